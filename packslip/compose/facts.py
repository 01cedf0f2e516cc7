"""The part of a slip that is never left out: order, parcel, lines, totals, brand."""

from packslip.compose.format import long_date, money, number
from packslip.compose.sheet import Sheet, line_reference, localised_name
from packslip.compose.text import one_line, paragraph
from packslip.compose.words import Voice
from packslip.model import (
    Finding,
    ParcelLine,
    SlipBrand,
    SlipLine,
    SlipOrder,
    SlipParcel,
    SlipTotal,
    error,
    warning,
)


def order_facts(sheet: Sheet, *, code: str) -> tuple[SlipOrder, tuple[Finding, ...]]:
    """Facts of the order; `code` is where its machine-readable id stands, or ""."""
    order = sheet.order
    findings: tuple[Finding, ...] = ()
    if order.gift_message and not order.gift:
        hint = "set gift to yes in the order, or clear gift_message"
        findings = (
            warning("gift.message_unused", sheet.where("gift_message"), "not printed, the order is no gift", hint),
        )
    facts = SlipOrder(
        id=one_line(order.key.order_id),
        date=long_date(order.order_date, sheet.locale),
        channel=one_line(order.channel),
        ship_method=one_line(order.ship_method),
        tracking=one_line(order.tracking),
        delivery_estimate=long_date(order.delivery_estimate, sheet.locale) if order.delivery_estimate else "",
        gift_message=paragraph(order.gift_message) if order.gift else "",
        code=code,
    )
    return facts, findings


def parcel_facts(sheet: Sheet) -> SlipParcel:
    """Facts of the parcel."""
    lines = sheet.parcel.lines
    return SlipParcel(
        number=number(sheet.parcel.number, sheet.locale),
        kind=sheet.parcel.kind.value,
        density="compact" if len(lines) >= sheet.layout.compact_from else "airy",
        pieces=number(sum(line.here for line in lines), sheet.locale),
        gift=sheet.order.gift,
        prices=sheet.prices,
    )


def line_facts(sheet: Sheet) -> tuple[tuple[SlipLine, ...], tuple[Finding, ...]]:
    """Every line of the order, in its order, with what is here and what is still to come."""
    lines = tuple(_line(sheet, line) for line in sheet.parcel.lines)
    box = sheet.layout.pictures.get("line")
    if box is None or box.missing != "hold" or "pictures" in sheet.dropped:
        return lines, ()
    hint = "add the picture, or choose another policy in layout.toml"
    message = f"layout {sheet.layout.name!r} prints no line without its picture"
    return lines, tuple(
        error("picture.missing", sheet.where(f"lines[{index}].picture"), message, hint)
        for index, line in enumerate(lines)
        if not line.picture
    )


def total_facts(sheet: Sheet, voice: Voice) -> tuple[tuple[SlipTotal, ...], tuple[Finding, ...]]:
    """The sums the shop stated, as stated; a discount of nothing is not mentioned."""
    if not sheet.prices:
        return (), ()
    stated = sheet.order.totals
    tax_inside = stated.prices_include_tax is True
    sums = (
        ("label.shipping", stated.shipping),
        ("label.discount", stated.discount or None),
        ("label.tax", None if tax_inside else stated.tax),
        ("label.order_total", stated.order),
        ("label.tax_included", stated.tax if tax_inside else None),
    )
    totals: list[SlipTotal] = []
    findings: list[Finding] = []
    for key, amount in sums:
        if amount is not None:
            label, found = voice.say(key)
            text = money(amount, sheet.order.currency, sheet.locale)
            totals.append(SlipTotal(label=label, amount=text, strong=key == "label.order_total"))
            findings += found
    return tuple(totals), tuple(findings)


def brand_facts(sheet: Sheet) -> SlipBrand:
    """What the layout shows of the brand."""
    brand = sheet.brand
    return SlipBrand(
        store=brand.store,
        dealer=brand.dealer,
        name=brand.name,
        logo=f"art:{brand.logo}" if brand.logo else "",
        address=brand.address,
        phone=brand.phone,
        hours=brand.hours,
        contact=brand.contact,
        email=brand.email,
        website=brand.website,
        returns=brand.returns,
    )


def _line(sheet: Sheet, settled: ParcelLine) -> SlipLine:
    line, locale = settled.line, sheet.locale
    product = sheet.world.catalogue.product(line.sku) if line.sku else None
    name = localised_name(product, locale) if product else ""
    price = line.unit_price if sheet.prices else None
    return SlipLine(
        name=one_line(name or line.description),
        sku=one_line(line.sku),
        ordered=number(settled.ordered, locale),
        here=number(settled.here, locale),
        to_come=number(settled.to_come, locale) if settled.to_come else "",
        price="" if price is None else money(price, sheet.order.currency, locale),
        picture=sheet.picture("line", line_reference(line, sheet.world)),
    )
