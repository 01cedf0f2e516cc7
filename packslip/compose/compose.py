"""Compose: from an order, a choice and a grant to the slip, every word and number final.

Decides nothing about whom to tell what; that was done. Fetches nothing; pictures arrive as names of renditions.
"""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from packslip.compose.address import format_address
from packslip.compose.blocks import (
    make_content,
    make_offer,
    make_order_code,
    make_recommendations,
    make_review,
)
from packslip.compose.facts import brand_facts, line_facts, order_facts, parcel_facts, total_facts
from packslip.compose.format import cldr, long_date, number
from packslip.compose.glyphs import check_glyphs
from packslip.compose.needs import ComposeWorld
from packslip.compose.people import first_name, full_name
from packslip.compose.sheet import GIFT, TRANSACTIONAL, Sheet
from packslip.compose.text import one_line
from packslip.compose.words import REVIEW, Voice, write_copy
from packslip.library.brands import Brand, brand_of
from packslip.library.layouts import Layout
from packslip.model import Choice, Finding, Grant, Order, Parcel, Slip, SlipOffer, Where, error, note


def compose(  # noqa: PLR0917 -- the six arrive from six rooms, in the order they are made
    order: Order,
    parcel: Parcel,
    choice: Choice,
    grant: Grant,
    pictures: Mapping[tuple[str, str], str],
    world: ComposeWorld,
    *,
    today: date,
    dropped: frozenset[str] = frozenset(),
) -> tuple[Slip, tuple[Finding, ...]]:
    """The slip of one parcel, and what is wrong with it; an error among the findings means it may not print.

    `pictures` gives `picture:<digest>` for (role, reference); `dropped` names blocks to leave out (recommendations,
    content, pictures, review, offer). Always gives a slip, whatever the order says.
    """
    locale, found_locale = world.phrases.settle_locale(order.locale, world.settings.shop.locale)
    brand, found_brand = _brand(order, world)
    layout, found_layout = _layout(choice, world)
    sheet = Sheet(
        order=order,
        parcel=parcel,
        choice=choice,
        grant=grant,
        pictures=pictures,
        world=world,
        layout=layout,
        brand=brand,
        locale=locale,
        today=today,
        dropped=dropped,
    )
    return _fill(sheet, _placed(sheet, found_locale) + found_brand + found_layout)


def _fill(sheet: Sheet, findings: tuple[Finding, ...]) -> tuple[Slip, tuple[Finding, ...]]:
    offer, found = make_offer(sheet)
    findings += found
    voice = _voice(sheet, offer)
    review, review_code = make_review(sheet)
    order_code, found = make_order_code(sheet)
    findings += found
    facts, found = order_facts(sheet, code="code:order" if order_code else "")
    findings += found
    lines, found = line_facts(sheet)
    findings += found
    totals, found = total_facts(sheet, voice)
    findings += found
    recommendations, found = make_recommendations(sheet)
    findings += found
    content, found = make_content(sheet)
    findings += found
    selling = {"offer": offer, "recommendations": recommendations, "review": review, "content": content}
    copy, found = write_copy(
        sheet.layout.phrase_uses,
        voice,
        message=sheet.message,
        kind=sheet.parcel.kind,
        absent=_absent(sheet, selling),
        asks=review.kind if review else REVIEW,
    )
    findings += found
    slip = Slip(
        key=sheet.order.key,
        layout=sheet.choice.layout,
        release=sheet.world.release,
        dated=sheet.today,
        locale=sheet.locale,
        direction=cldr(sheet.locale).text_direction,
        segment=sheet.choice.segment,
        message=sheet.message,
        order=facts,
        parcel=parcel_facts(sheet),
        ship_to=format_address(
            sheet.order.ship_to, locale=sheet.locale, from_country=sheet.world.settings.shop.country
        ),
        lines=lines,
        totals=totals,
        copy=copy,
        offer=offer,
        recommendations=recommendations,
        review=review,
        content=content,
        brand=brand_facts(sheet),
        codes=tuple(code for code in (review_code, order_code) if code is not None),
        dropped=tuple(sorted(sheet.dropped)),
    )
    return slip, findings + check_glyphs(sheet, slip)


def _placed(sheet: Sheet, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    return tuple(
        Finding(
            severity=finding.severity,
            code=finding.code,
            where=sheet.where(finding.where.spot),
            message=finding.message,
            hint=finding.hint,
        )
        for finding in findings
    )


def _brand(order: Order, world: ComposeWorld) -> tuple[Brand, tuple[Finding, ...]]:
    store = order.key.store or world.settings.shop.store
    brand = brand_of(world.brands, store, order.dealer)
    if brand is not None:
        return brand, _unknown_dealer(order, brand)
    where = Where(file=order.where.file, line=order.where.line, spot="store")
    known = ", ".join(sorted(world.brands)) or "none"
    hint = f"known stores: {known}; a new one is a file layouts/brands/<store>.toml"
    unknown = Brand(
        store=store, name=store, logo="", address="", email="", website="", returns="", review_url="", locale="", css=""
    )
    return unknown, (error("store.unknown", where, f"no brand for store {store!r}", hint),)


def _unknown_dealer(order: Order, brand: Brand) -> tuple[Finding, ...]:
    """A note where a store has looks for dealers, and none for the one that an order names."""
    if not brand.dealers or not order.dealer.strip() or brand.dealer:
        return ()
    where = Where(file=order.where.file, line=order.where.line, spot="dealer")
    hint = f"a look of its own is a file layouts/brands/{brand.store}/<dealer>.toml"
    return (note("dealer.unknown", where, "this dealer has no look of its own, the store's is printed", hint),)


def _layout(choice: Choice, world: ComposeWorld) -> tuple[Layout, tuple[Finding, ...]]:
    layout = world.layouts.get(choice.layout)
    if layout is not None:
        return layout, ()
    known = ", ".join(sorted(world.layouts)) or "none"
    blank = Layout(
        name=choice.layout,
        folder=Path(),
        title="",
        media="",
        html="",
        css="",
        max_pages=1,
        fallback="",
        compact_from=1,
        optional=frozenset(),
    )
    finding = error("layout.unknown", Where(spot="layout"), f"no layout {choice.layout!r}", f"layouts: {known}")
    return blank, (finding,)


def _voice(sheet: Sheet, offer: SlipOffer | None) -> Voice:
    order, brand, locale = sheet.order, sheet.brand, sheet.locale
    to_come = sum(line.to_come for line in sheet.parcel.lines)
    values = {
        "order_id": one_line(order.key.order_id),
        "date": long_date(order.order_date, locale),
        "amount": offer.amount if offer else "",
        "until": offer.until if offer else "",
        "minimum": offer.minimum if offer else "",
        "count": number(to_come, locale),
        "pieces": number(sum(line.here for line in sheet.parcel.lines), locale),
        "store": brand.name,
        "website": brand.website,
        "returns": brand.returns,
        "email": brand.email,
        "parcel": number(sheet.parcel.number, locale),
        "delivery_estimate": long_date(order.delivery_estimate, locale) if order.delivery_estimate else "",
        "name": full_name(order),
        "first_name": first_name(order),
    }
    return Voice(
        phrases=sheet.world.phrases,
        locale=locale,
        default=sheet.world.settings.shop.locale,
        store=brand.store,
        values=values,
        count=to_come,
    )


def _absent(sheet: Sheet, selling: Mapping[str, object]) -> frozenset[str]:
    absent = {block for block, made in selling.items() if not made}
    if not sheet.order.gift:
        absent.add("gift")
    if sheet.message in {GIFT, TRANSACTIONAL} and len(absent & selling.keys()) == len(selling):
        absent.add("notice")
    return frozenset(absent)
