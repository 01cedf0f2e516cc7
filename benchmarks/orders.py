"""Orders of the standard run: a CSV of the order contract, invented from word lists, the same for the same seed.

Owns the mix: who orders, what, how often a parcel is partial or a gift. Knows nothing of slips.
"""

import csv
import io
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from benchmarks import words
from benchmarks.words import Country
from packslip.library.locales import lookup_order
from packslip.model import Product

#: Lines of an order and how often: three in the mean.
LINE_COUNTS = (1, 2, 3, 4, 5, 6, 7, 8, 9, 12)
LINE_WEIGHTS = (22, 24, 20, 13, 8, 5, 3, 2, 2, 1)

SEGMENTS = ("new", "repeat", "ambassador", "opt-out", "gift", "unknown")
SEGMENT_WEIGHTS = (36, 36, 11, 6, 7, 4)
KINDS = ("complete", "partial", "final")
KIND_WEIGHTS = (76, 15, 9)

#: One order in six is the second brand's.
HALDEN_SHARE = 1 / 6

FIRST_DAY, DAYS = date(2026, 11, 2), 26

HEADER = [
    "order_id",
    "parcel",
    "order_date",
    "currency",
    "store",
    "channel",
    "locale",
    "customer_id",
    "customer_status",
    "customer_orders",
    "marketing_opt_out",
    "gift",
    "gift_message",
    "ship_method",
    "tracking",
    "delivery_estimate",
    "ship_name",
    "ship_company",
    "ship_line1",
    "ship_line2",
    "ship_city",
    "ship_postcode",
    "ship_region",
    "ship_country",
    "bill_name",
    "line_id",
    "sku",
    "description",
    "category",
    "brand",
    "quantity",
    "quantity_shipped",
    "quantity_before",
    "unit_price",
    "line_discount",
    "order_total",
    "shipping_total",
    "discount_total",
    "tax_total",
    "prices_include_tax",
]

_EURO = Decimal("1.15")

Row = dict[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Line:
    row: Row
    total: Decimal


def write_orders(
    products: Sequence[Product],
    count: int,
    *,
    seed: int,
    first: int = 0,
    lines: int | None = None,
    first_day: date = FIRST_DAY,
    variety: int = 0,
) -> bytes:
    """A CSV of `count` orders, numbered from `first` on, one parcel each, every one different.

    `lines` fixes how many lines each has. With a `variety` goods, customer and country come round after so many orders;
    who it is for and the numbers are always new.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, HEADER, restval="", lineterminator="\n")
    writer.writeheader()
    sold = {store: _sold(products, store) for store in ("oriel-ash", "halden")}
    for number in range(first, first + count):
        chance = random.Random(f"{seed}:{number % variety if variety else number}")
        # of its own: order 17 is the same in a run of 30 and of 20,000
        person = random.Random(f"{seed}:{number}") if variety else chance
        writer.writerows(_order(chance, person, number, sold, lines, first_day))
    return text.getvalue().encode()


def _sold(products: Sequence[Product], store: str) -> Sequence[Product]:
    return [product for product in products if product.store in {"", store} and product.available and product.price]


def _order(  # noqa: PLR0917 -- all of them decided before
    chance: random.Random,
    person: random.Random,
    number: int,
    sold: Mapping[str, Sequence[Product]],
    lines: int | None,
    first_day: date,
) -> Iterator[Row]:
    segment, kind = chance.choices(SEGMENTS, SEGMENT_WEIGHTS)[0], chance.choices(KINDS, KIND_WEIGHTS)[0]
    country = chance.choices(words.COUNTRIES, words.COUNTRY_WEIGHTS)[0]
    locale = country.locale
    if segment == "gift":  # stays in the country, where no customs wants to see its prices; its reader may be anyone
        country = words.COUNTRIES[0]
    store = "halden" if chance.random() < HALDEN_SHARE else "oriel-ash"
    count = lines or chance.choices(LINE_COUNTS, LINE_WEIGHTS)[0]
    made = [
        _line(chance, place, product, kind, country, locale)
        for place, product in enumerate(chance.sample(sold[store], min(count, len(sold[store]))), start=1)
    ]
    while len(made) < count:
        made.append(_line(chance, len(made) + 1, chance.choice(sold[store]), kind, country, locale))
    order = {
        **_head(chance, number, store, kind, country, locale, first_day),
        **_customer(chance, number, segment, locale),
        **_recipient(person, country),
        **_sums(chance, country, made),
    }
    for line in made:
        yield {**order, **line.row}


def _head(  # noqa: PLR0917 -- all of them decided before
    chance: random.Random, number: int, store: str, kind: str, country: Country, locale: str, first_day: date
) -> Row:
    day = first_day + timedelta(days=chance.randrange(DAYS))
    order_id = {
        0: f"OA-{104000 + number}",
        1: f"{day:%Y}-{number:06d}",
        2: f"W{number:05d}-{country.code}",
    }[chance.choices((0, 1, 2), (80, 12, 8))[0]]
    if store == "halden":
        order_id = f"HA-{20000 + number}"
    arrives = day + timedelta(days=chance.randrange(2, 12))
    return {
        "order_id": order_id,
        "parcel": "2" if kind == "final" else "1",
        "order_date": day.isoformat(),
        "currency": country.currency,
        "store": store,
        "channel": chance.choice(("web", "web", "web", "app", "phone")),
        "locale": locale,
        "ship_method": chance.choice(country.ship) if chance.random() < 0.92 else "",
        "tracking": f"PK{40871000 + 7 * number}{country.code}" if chance.random() < 0.85 else "",
        "delivery_estimate": arrives.isoformat() if kind == "partial" or chance.random() < 0.8 else "",
    }


def _customer(chance: random.Random, number: int, segment: str, locale: str) -> Row:
    orders = {"new": 0, "repeat": chance.randrange(1, 9), "ambassador": chance.randrange(8, 40)}
    row = {"customer_id": "" if segment == "unknown" else f"B-{50000 + number}"}
    if segment in orders:
        row |= {"customer_status": segment, "customer_orders": str(orders[segment])}
    elif segment != "unknown":
        row |= {"customer_status": "repeat", "customer_orders": "2"}
    if segment == "opt-out":
        row["marketing_opt_out"] = "yes"
    if segment == "gift":
        row |= {"gift": "yes", "gift_message": chance.choice((*words.NOTES[locale[:2]], ""))}
    return row


def _recipient(chance: random.Random, country: Country) -> Row:
    language = country.language
    first, last = chance.choice(words.FIRST[language]), chance.choice(words.LAST[language])
    name = f"{first} {last}"
    if chance.random() < 0.12:
        name += f"-{chance.choice(words.LAST[language])}"
    if chance.random() < 0.03:
        name = words.LONG[language]
    city, postcode = chance.choice(country.cities)
    return {
        "ship_name": name,
        "ship_company": chance.choice(words.COMPANIES[language]) if chance.random() < 0.12 else "",
        "ship_line1": chance.choice(words.STREETS[language]).format(n=chance.randrange(1, 180)),
        "ship_line2": chance.choice(words.MORE[language]) if chance.random() < 0.2 else "",
        "ship_city": city,
        "ship_postcode": postcode,
        "ship_region": chance.choice(country.regions) if country.regions and chance.random() < 0.15 else "",
        "ship_country": country.code,
        "bill_name": name,
    }


def _line(  # noqa: PLR0917 -- all of them decided before
    chance: random.Random, place: int, product: Product, kind: str, country: Country, locale: str
) -> _Line:
    price = product.price or Decimal(0)
    if product.currency == "GBP" and country.currency != "GBP":
        price = (price * _EURO).quantize(Decimal(1)) + chance.choice((Decimal(0), Decimal("0.90")))
    ordered, before, here = _quantities(chance, place, kind)
    discount = (price * ordered / 10).quantize(Decimal("0.01")) if chance.random() < 0.05 else Decimal(0)
    names = (product.names[tag] for tag in lookup_order(locale) if tag in product.names)
    sku, description = product.sku, next(names, product.name)
    if chance.random() < 0.03:
        sku, description = f"X-{chance.randrange(100, 999)}", chance.choice(words.ODD[locale[:2]])
    row = {
        "line_id": str(place),
        "sku": sku,
        "description": description,
        "category": product.category,
        "brand": product.brand,
        "quantity": str(ordered),
        "quantity_shipped": str(here),
        "quantity_before": str(before),
        "unit_price": f"{price:.2f}",
        "line_discount": f"{discount:.2f}" if discount else "",
    }
    return _Line(row=row, total=price * ordered - discount)


def _quantities(chance: random.Random, place: int, kind: str) -> tuple[int, int, int]:
    """Pieces ordered, in earlier parcels, and here; the first line is what makes a parcel partial or final."""
    ordered = chance.choices((1, 2, 3, 4, 6, 12), (55, 24, 8, 8, 4, 1))[0]
    if kind == "complete" or (place > 1 and chance.random() < 0.6):
        return ordered, 0, ordered
    if kind == "partial":
        return ordered + 1, 0, ordered
    return ordered + 1, ordered, 1


def _sums(chance: random.Random, country: Country, lines: Sequence[_Line]) -> Row:
    goods = sum((line.total for line in lines), Decimal(0))
    shipping = Decimal(chance.choice(("0.00", "4.50", "4.90", "12.00")))
    discount = Decimal("10.00") if chance.random() < 0.08 and goods > 60 else Decimal(0)
    total = goods + shipping - discount
    return {
        "order_total": f"{total:.2f}",
        "shipping_total": f"{shipping:.2f}",
        "discount_total": f"{discount:.2f}",
        "tax_total": f"{total / 6:.2f}",
        "prices_include_tax": "yes",
    }
