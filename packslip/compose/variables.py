"""Variables: everything a layout can say, with a label and a sample for each.

Paths and types are read off the Slip itself, so that a field without a label here fails at import, and a label without
a field in the tests.
"""

import dataclasses
import types
import typing
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum

from packslip.model import Slip


class VariableKind(StrEnum):
    """What a variable is good for."""

    TEXT = "text"  #: prints
    FLAG = "flag"  #: for `{% if %}`
    LIST = "list"  #: for `{% for %}` and `{% if %}`
    BLOCK = "block"  #: for `{% if %}`; its parts print
    PICTURE = "picture"  #: for `<img src>`
    CODE = "code"  #: for `<img src>`


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One thing a layout can say; inside a list the path is that of the list: `lines.name`."""

    path: str
    label: str
    kind: VariableKind
    sample: str


#: Parts of the Slip that are not for layouts.
_PRIVATE = frozenset({"key", "codes", "dropped"})

#: Path → label and sample.
_LABELS: Mapping[str, tuple[str, str]] = {
    "layout": ("name of the layout", "atelier-a4"),
    "release": ("release the slip was made with", "working"),
    "dated": ("day the slip was made, ISO 8601", "2026-11-20"),
    "locale": ("language and region of the slip, for lang=", "en-GB"),
    "direction": ("writing direction, for dir=", "ltr"),
    "segment": ("segment of the customer; not for print", "new"),
    "message": ("message the rules chose; not for print", "new"),
    "order": ("the order", ""),
    "order.id": ("order id", "OA-104882"),
    "order.date": ("order date, long", "20 November 2026"),
    "order.channel": ("where the order was placed", "web"),
    "order.ship_method": ("shipping method", "Express"),
    "order.tracking": ("tracking number", "JD0146000031"),
    "order.delivery_estimate": ("expected day of delivery, long", "24 November 2026"),
    "order.gift_message": ("what the giver wrote; blank unless a gift", "For your new kitchen. Love, Tom"),
    "order.code": ("order id and parcel as a code", "code:order"),
    "parcel": ("this parcel", ""),
    "parcel.number": ("number of the parcel within its order", "1"),
    "parcel.kind": ("complete, partial or final", "partial"),
    "parcel.density": ("airy or compact, by the number of lines", "airy"),
    "parcel.pieces": ("pieces in this parcel", "5"),
    "parcel.gift": ("whether the order is a gift", "no"),
    "parcel.prices": ("whether prices may stand on the paper", "yes"),
    "ship_to": ("the recipient", ""),
    "ship_to.name": ("recipient's name", "Eleanor Fitzgerald"),
    "ship_to.lines": ("address below the name, by the country's custom, in lines", "14 Wharf Lane"),
    "ship_to.address": ("the same as one text, for a block with white-space: pre-line", "14 Wharf Lane"),
    "lines": ("lines of the order", ""),
    "lines.name": ("product name in the slip's language, else as ordered", "Stoneware vase, ash glaze"),
    "lines.sku": ("SKU", "OA-2071"),
    "lines.ordered": ("pieces ordered", "2"),
    "lines.here": ("pieces in this parcel", "1"),
    "lines.to_come": ("pieces still to come; blank if none", "1"),
    "lines.price": ("price of one piece; blank where prices do not show", "£64.00"),
    "lines.picture": ("picture of the product", "picture:7c1e"),
    "totals": ("sums the shop stated; none where prices do not show", ""),
    "totals.label": ("what the sum is", "Order total"),
    "totals.amount": ("the sum", "£190.00"),
    "totals.strong": ("whether it is the order's total", "yes"),
    "offer": ("the ticket; blank where nothing is offered", ""),
    "offer.code": ("promo code", "H7QK-M3XD-9F"),
    "offer.long": ("whether the code has more than 14 characters, so that it wants a smaller size", "no"),
    "offer.amount": ("what it gives", "15%"),
    "offer.until": ("last day, long", "18 February 2027"),
    "offer.minimum": ("what the order must come to that uses it; blank for anything", "£40.00"),
    "recommendations": ("up to three products to go with the order", ""),
    "recommendations.sku": ("SKU", "OA-3310"),
    "recommendations.name": ("product name in the slip's language", "Alabaster table lamp"),
    "recommendations.price": ("price; blank where prices do not show", "£148.00"),
    "recommendations.picture": ("picture of the product", "picture:a90f"),
    "review": ("the review request, or the survey in its place; blank where none is made", ""),
    "review.kind": ("review or survey; `copy.review` speaks of the one it is", "review"),
    "review.token": ("the token alone", "7Q4M9XK2TD"),
    "review.url": ("where the review is written", "HTTPS://OA.EXAMPLE/R/7Q4M9XK2TD"),
    "review.code": ("the same as a QR", "code:review"),
    "content": ("the editorial block of the week; blank if none", ""),
    "content.kicker": ("small line above", "From the studio"),
    "content.headline": ("headline", "A kiln in winter"),
    "content.body": ("text", "The ash glaze is fired once a year, in the first week of frost."),
    "content.picture": ("picture", "picture:51b8"),
    "brand": ("the store", ""),
    "brand.store": ("store id", "oriel-ash"),
    "brand.dealer": ("dealer whose look it is; blank for the store's own", "bodil-aas"),
    "brand.name": ("name", "Oriel & Ash"),
    "brand.logo": ("logo; blank if none", "art:oriel-ash.svg"),
    "brand.address": ("address in one line", "3 Kiln Yard, Bath BA1 1AB"),
    "brand.phone": ("telephone; blank if none", "+44 1225 496 0110"),
    "brand.hours": ("when somebody answers; blank if not said", "Tue–Sat, 10–6"),
    "brand.contact": ("who answers; blank if not said", "Alice Rowe"),
    "brand.email": ("e-mail address", "care@orielandash.example"),
    "brand.website": ("website", "orielandash.example"),
    "brand.returns": ("where returns are explained", "orielandash.example/returns"),
    "copy.*": ("any phrase of rules/phrases by its key, such as copy.label.ordered", "Ordered"),
}


def _walk(record: type, prefix: str) -> Iterator[tuple[str, VariableKind]]:
    hints = typing.get_type_hints(record)
    for field in dataclasses.fields(record):
        path = f"{prefix}{field.name}"
        if path in _PRIVATE:
            continue
        if path == "copy":
            yield "copy.*", VariableKind.TEXT
            continue
        yield from _variable(path, hints[field.name])


def _variable(path: str, hint: object) -> Iterator[tuple[str, VariableKind]]:
    inner, kind = hint, VariableKind.BLOCK
    if typing.get_origin(hint) is tuple:
        inner, kind = typing.get_args(hint)[0], VariableKind.LIST
    elif isinstance(hint, types.UnionType):
        inner = next(option for option in typing.get_args(hint) if option is not types.NoneType)
    if isinstance(inner, type) and dataclasses.is_dataclass(inner):
        yield path, kind
        yield from _walk(inner, f"{path}.")
    elif kind is VariableKind.LIST:
        yield path, kind
    else:
        yield path, VariableKind.FLAG if inner is bool else _kind_of_text(_LABELS[path][1])


def _kind_of_text(sample: str) -> VariableKind:
    if sample.startswith("code:"):
        return VariableKind.CODE
    return VariableKind.PICTURE if sample.startswith(("picture:", "art:")) else VariableKind.TEXT


#: Every variable by its path, in the order of the slip; `copy.*` stands for all phrases.
VARIABLES: Mapping[str, Variable] = {
    path: Variable(path=path, label=_LABELS[path][0], kind=kind, sample=_LABELS[path][1])
    for path, kind in _walk(Slip, "")
}


def known_paths(keys: Iterable[str]) -> frozenset[str]:
    """Every path a layout may say; `keys` are all phrase keys."""
    return frozenset(VARIABLES) - {"copy.*"} | frozenset(_copy_paths(keys))


def _copy_paths(keys: Iterable[str]) -> Iterator[str]:
    for key in keys:
        parts = key.split(".")
        if parts[0] in {"message", "parcel"} and len(parts) == 3:
            yield f"copy.{parts[0]}.{parts[2]}"
        elif len(parts) == 2:
            yield f"copy.{key}"
