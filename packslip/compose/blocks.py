"""The blocks that sell, ask or entertain: offer, recommendations, review, content. Any of them may be absent."""

from datetime import date

from packslip.compose.format import long_date, money, offer_amount
from packslip.compose.needs import ComposeWorld
from packslip.compose.sheet import Sheet, line_reference, localised_name
from packslip.compose.text import one_line
from packslip.compose.words import SURVEY
from packslip.library.contents import Content, ContentText
from packslip.library.locales import lookup_order
from packslip.model import (
    Choice,
    Code,
    Finding,
    Order,
    Product,
    SlipContent,
    SlipOffer,
    SlipProduct,
    SlipReview,
    Symbology,
    error,
    note,
    warning,
)

#: Characters of a code without a prefix, which layouts are drawn for.
_USUAL_CODE = 14
_MOST_RECOMMENDATIONS = 3
#: Candidates whose pictures are fetched, so that some may fail.
_MOST_CANDIDATES = 6


def wanted_pictures(order: Order, choice: Choice, world: ComposeWorld, today: date) -> tuple[tuple[str, str], ...]:
    """Role and reference of every picture that a slip of `today` could show, each once, the lines' first."""
    layout = world.layouts.get(choice.layout)
    if layout is None:
        return ()
    wanted = [("line", line_reference(line, world)) for line in order.lines]
    if not order.gift and not order.marketing_opt_out:
        wanted += [("recommendation", product.image) for product in choice.recommendations[:_MOST_CANDIDATES]]
        wanted += [("content", reference) for reference in _content_picture(order, choice, world, today)]
    return tuple(dict.fromkeys(pair for pair in wanted if pair[1] and pair[0] in layout.pictures))


def _content_picture(order: Order, choice: Choice, world: ComposeWorld, today: date) -> tuple[str, ...]:
    if not choice.content:
        return ()
    locale, _ = world.phrases.settle_locale(order.locale, world.settings.shop.locale)
    content, _ = pick_content(world, order.key.store or world.settings.shop.store, locale, today)
    return (content.picture,) if content else ()


def make_offer(sheet: Sheet) -> tuple[SlipOffer | None, tuple[Finding, ...]]:
    """The ticket, where a code was granted and is still good; what was granted stands, whatever the tables say now."""
    grant = sheet.grant
    offer = grant.offer or sheet.choice.offer
    if offer is None or sheet.choice.offer is None or not grant.promo_code or not sheet.shows("offer"):
        return None, ()
    if grant.expires_on is not None and grant.expires_on < sheet.today:
        message = f"the code of this order was good until {grant.expires_on}, it is not printed"
        return None, (note("offer.expired", sheet.where("offer"), message),)
    until = long_date(grant.expires_on, sheet.locale) if grant.expires_on else ""
    code = grant.promo_code
    least = "" if offer.minimum is None else money(offer.minimum, offer.minimum_currency, sheet.locale)
    amount = offer_amount(offer, sheet.locale)
    return SlipOffer(code=code, long=len(code) > _USUAL_CODE, amount=amount, until=until, minimum=least), ()


def make_review(sheet: Sheet) -> tuple[SlipReview | None, Code | None]:
    """The review request and its code, or the survey's where one is asked for and there is an address for it."""
    choice, grant = sheet.choice, sheet.grant
    kind, token, url = "review", grant.review_token, grant.review_url if choice.review else ""
    if choice.survey and grant.survey_url:
        kind, token, url = SURVEY, grant.survey_token, grant.survey_url
    if not url or not sheet.shows("review"):
        return None, None
    box = sheet.layout.codes.get("review")
    if box is None:
        return SlipReview(kind=kind, token=token, url=url, code=""), None
    code = Code(name="review", symbology=box.symbology, payload=url)
    return SlipReview(kind=kind, token=token, url=url, code="code:review"), code


def make_order_code(sheet: Sheet) -> tuple[Code | None, tuple[Finding, ...]]:
    """The order id and parcel for the packer's scanner; left out where the symbology cannot say them."""
    box = sheet.layout.codes.get("order")
    payload = str(sheet.order.key)
    if box is None or "order code" in sheet.dropped:
        return None, ()
    strange = sorted({letter for letter in payload if not " " <= letter <= "~"})
    if box.symbology is Symbology.CODE128 and strange:
        points = ", ".join(f"U+{ord(letter):04X}" for letter in strange[:5])
        hint = "use letters, digits and signs of ASCII in order ids"
        message = f"Code 128 cannot hold {points}, the code is left out"
        return None, (warning("code.characters", sheet.where("order_id"), message, hint),)
    return Code(name="order", symbology=box.symbology, payload=payload), ()


def make_recommendations(sheet: Sheet) -> tuple[tuple[SlipProduct, ...], tuple[Finding, ...]]:
    """The first three suggestions that may stand, by the layout's policy for a missing picture."""
    if not sheet.shows("recommendations"):
        return (), ()
    box = sheet.layout.pictures.get("recommendation")
    policy = box.missing if box else "omit"
    candidates = [_product(sheet, product) for product in sheet.choice.recommendations]
    shown = [product for product in candidates if product.picture or policy != "drop"][:_MOST_RECOMMENDATIONS]
    hint = "add the picture, or choose another policy in layout.toml"
    findings = tuple(
        error("picture.missing", sheet.where("recommendations"), f"no picture of {product.sku!r}", hint)
        for product in shown
        if policy == "hold" and not product.picture
    )
    return tuple(shown), findings


def make_content(sheet: Sheet) -> tuple[SlipContent | None, tuple[Finding, ...]]:
    """The newest block that is valid today, speaks the slip's language and belongs to its store."""
    if not sheet.choice.content or not sheet.shows("content"):
        return None, ()
    content, text = pick_content(sheet.world, sheet.brand.store, sheet.locale, sheet.today)
    if content is None or text is None:
        return None, ()
    picture = sheet.picture("content", content.picture)
    box = sheet.layout.pictures.get("content")
    policy = box.missing if box and content.picture and not picture and "pictures" not in sheet.dropped else "omit"
    if policy == "drop":
        return None, ()
    hint = "add the picture, or choose another policy in layout.toml"
    held = (error("picture.missing", sheet.where("content.picture"), f"no picture {content.picture!r}", hint),)
    made = SlipContent(
        kicker=one_line(text.kicker), headline=one_line(text.headline), body=one_line(text.body), picture=picture
    )
    return made, held if policy == "hold" else ()


def pick_content(
    world: ComposeWorld, store: str, locale: str, today: date
) -> tuple[Content | None, ContentText | None]:
    """The editorial block for a store, language and day, and its words."""
    for content in world.contents:
        if content.valid_from <= today <= content.valid_to and (not content.stores or store in content.stores):
            text = next((content.texts[tag] for tag in lookup_order(locale) if tag in content.texts), None)
            if text is not None:
                return content, text
    return None, None


def _product(sheet: Sheet, product: Product) -> SlipProduct:
    priced = sheet.prices and product.currency == sheet.order.currency
    return SlipProduct(
        sku=product.sku,
        name=one_line(localised_name(product, sheet.locale) or product.name),
        price=money(product.price, product.currency, sheet.locale) if priced and product.price is not None else "",
        picture=sheet.picture("recommendation", product.image),
    )
