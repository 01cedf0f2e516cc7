"""Orders for proofs: what a case's traits mean, as a record that could have come from a CSV."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from packslip.model import Address, CustomerStatus, Line, Order, OrderKey, Product, Totals, Where
from packslip.proof.people import (
    GIFT_MESSAGE,
    LONG_PRODUCT,
    LONG_WORD_PRODUCT,
    PLAIN_PRODUCTS,
    RIGHT_TO_LEFT_PRODUCT,
    recipient,
)
from packslip.world import World

_STATUS = {
    "new": (CustomerStatus.NEW, 0),
    "repeat": (CustomerStatus.REPEAT, 3),
    "ambassador": (CustomerStatus.AMBASSADOR, 14),
    "opt-out": (CustomerStatus.REPEAT, 2),
    "gift": (CustomerStatus.REPEAT, 2),
}
_COUNTS = {"1-line": 1, "3-lines": 3, "40-lines": 40}
_ODD_PRODUCTS = {
    "longest-names": LONG_PRODUCT,
    "longest-words": LONG_WORD_PRODUCT,
    "right-to-left": RIGHT_TO_LEFT_PRODUCT,
}
_SHIPPING = Decimal("4.95")


def make_order(world: World, traits: Mapping[str, str], *, number: int, today: date) -> Order:
    """The order of one case. The same traits, number and day give the same order."""
    where = Where(file="proof", line=number)
    segment, kind = traits["segment"], traits["kind"]
    store, _, dealer = traits["store"].partition("/")
    status, orders = _STATUS.get(segment, (None, None))
    products = _products(world, store, _COUNTS[traits["lines"]], turn=number)
    lines = tuple(_line(place, each, traits, where) for place, each in enumerate(products, start=1))
    goods = sum(((line.unit_price or Decimal(0)) * line.quantity for line in lines), Decimal(0))
    return Order(
        key=OrderKey(store=store, order_id=f"PR-{104800 + number}", parcel=2 if kind == "final" else 1),
        order_date=today - timedelta(days=2),
        currency=products[0].currency or "GBP",
        channel="web",
        locale=traits["locale"],
        customer_id="" if status is None else f"PROOF-{number}",
        customer_status=status,
        customer_orders=orders,
        marketing_opt_out=segment == "opt-out",
        gift=segment == "gift",
        gift_message=GIFT_MESSAGE if segment == "gift" else "",
        dealer=dealer,
        ship_method="Courier, signed for",
        tracking=f"PR{number:04d}739405{number:03d}",
        delivery_estimate=today + timedelta(days=9) if kind == "partial" else today + timedelta(days=2),
        ship_to=_recipient(world, traits),
        lines=lines,
        totals=Totals(order=goods + _SHIPPING, shipping=_SHIPPING, prices_include_tax=True),
        where=where,
    )


def _recipient(world: World, traits: Mapping[str, str]) -> Address:
    """Who gets the parcel; a gift stays in the country, since customs would have to see its prices."""
    address = recipient(traits["text"], traits["locale"].split("-")[0])
    return replace(address, country=world.settings.shop.country) if traits["segment"] == "gift" else address


def _products(world: World, store: str, count: int, *, turn: int) -> Sequence[Product]:
    """As many of the store's products as wanted, another first one for each case, all in one currency."""
    sold = [each for each in world.catalogue.products if each.store in {"", store} and each.available and each.price]
    currency = sold[0].currency if sold else ""
    pool = [each for each in sold if each.currency == currency] or [
        Product(sku=f"PR-{place}", name=name, price=Decimal(18 + 7 * place), currency="GBP")
        for place, name in enumerate(PLAIN_PRODUCTS)
    ]
    step = 7 if len(pool) % 7 else 5
    return [pool[(turn * 3 + place * step) % len(pool)] for place in range(count)]


def _line(place: int, product: Product, traits: Mapping[str, str], where: Where) -> Line:
    kind = traits["kind"]
    ordered, before, here = _quantities(place, kind)
    line = Line(
        line_id=str(place),
        sku=product.sku,
        description=product.name,
        category=product.category,
        brand=product.brand,
        quantity=ordered,
        quantity_shipped=here,
        quantity_before=before,
        unit_price=product.price,
        image=product.image,
        where=replace(where, spot=f"line {place}"),
    )
    if traits["pictures"] == "no-picture":  # a SKU the catalogue does not know, or it would lend its picture
        line = replace(line, sku=f"X-{product.sku}", image="")
    if place == 1 and traits["text"] in _ODD_PRODUCTS:  # nor may it lend its name
        odd = f"X-{product.sku}".removeprefix("X-X-")
        line = replace(line, sku=odd, description=_ODD_PRODUCTS[traits["text"]])
    return line


def _quantities(place: int, kind: str) -> tuple[int, int, int]:
    """Pieces ordered, in earlier parcels, and here: every third line differs, the first always."""
    if kind == "complete" or place % 3 != 1:
        pieces = 1 + place % 2
        return (pieces, 0, pieces) if kind != "final" else (pieces, pieces - 1, 1)
    return (3, 0, 2) if kind == "partial" else (3, 2, 1)
