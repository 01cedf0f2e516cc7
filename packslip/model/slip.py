"""Slip: everything that will be printed, final. The contract between marketing and print.

A slip holds text as it will stand on paper, digests of pictures and payloads of codes; no logic is left to do.
It is JSON-able, and that JSON is the namespace of the layouts (`order.id`, `lines[].name`, `copy.message.headline`).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, is_dataclass
from datetime import date
from enum import StrEnum

from pydantic import TypeAdapter

from packslip.model.order import OrderKey


class Symbology(StrEnum):
    """The kinds of codes packslip draws."""

    QR = "qr"
    CODE128 = "code128"


@dataclass(frozen=True, slots=True, kw_only=True)
class Code:
    """A machine-readable code; a layout places it with `<img src="code:NAME">`."""

    name: str  #: as in `[codes.NAME]` of layout.toml
    symbology: Symbology
    payload: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipOrder:
    """Facts of the order."""

    id: str
    date: str
    channel: str = ""
    ship_method: str = ""
    tracking: str = ""
    delivery_estimate: str = ""
    gift_message: str = ""
    code: str = ""  #: `code:order`, the order id as Code 128


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipParcel:
    """Facts of the parcel."""

    number: str
    kind: str  #: complete, partial, final
    density: str  #: airy or compact, for the line table
    pieces: str  #: pieces in this parcel
    gift: bool = False
    prices: bool = True  #: whether prices may stand on the paper


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipAddress:
    """The address, formatted for its country; `lines` come after the name."""

    name: str
    lines: tuple[str, ...]
    address: str = field(init=False)  #: the lines as one text

    def __post_init__(self) -> None:
        object.__setattr__(self, "address", "\n".join(self.lines))


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipLine:
    """One line; quantities are formatted, `to_come` is blank where nothing is."""

    name: str
    sku: str
    ordered: str
    here: str
    to_come: str
    price: str = ""  #: per piece, blank where prices do not show
    picture: str = ""  #: `picture:<digest>` or blank


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipTotal:
    """One stated sum."""

    label: str
    amount: str
    strong: bool = False  #: the order's total


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipOffer:
    """The ticket."""

    code: str
    long: bool = False  #: whether the code wants a smaller size
    amount: str  #: "15 %" or "£10.00"
    until: str
    minimum: str = ""  #: what the order must come to that uses it, "" for anything


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipProduct:
    """A recommendation."""

    sku: str
    name: str
    price: str = ""
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipReview:
    """The review request, or the survey that takes its place."""

    kind: str = "review"  #: or "survey"
    token: str = ""
    url: str
    code: str  #: `code:review`


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipContent:
    """The editorial block of the week."""

    kicker: str = ""
    headline: str
    body: str
    picture: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SlipBrand:
    """What the layout shows of the store's brand; colours and fonts reach it as CSS variables."""

    store: str
    dealer: str = ""  #: whose look it is, blank for the store's own
    name: str
    logo: str  #: `art:<file>` below layouts/, or blank
    address: str  #: one line
    phone: str = ""
    hours: str = ""  #: when somebody answers
    contact: str = ""  #: who answers
    email: str
    website: str
    returns: str  #: where returns are explained


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """One parcel's paper."""

    key: OrderKey
    layout: str
    release: str  #: id of the published release, or "working"
    dated: date  #: today, as the document's own date
    locale: str  #: BCP 47
    direction: str = "ltr"
    segment: str
    message: str
    order: SlipOrder
    parcel: SlipParcel
    ship_to: SlipAddress
    lines: tuple[SlipLine, ...]
    totals: tuple[SlipTotal, ...] = ()
    copy: Mapping[str, Mapping[str, str]]  #: block → name → text
    offer: SlipOffer | None = None
    recommendations: tuple[SlipProduct, ...] = ()
    review: SlipReview | None = None
    content: SlipContent | None = None
    brand: SlipBrand
    codes: tuple[Code, ...] = ()
    dropped: tuple[str, ...] = field(default=())  #: optional blocks left out by degradation

    def to_json(self) -> str:
        """Canonical JSON: sorted keys, UTF-8 text, no white space to spare; an offer without a minimum says none."""
        values = self.namespace()
        if self.offer is not None and not self.offer.minimum:
            values["offer"] = {"code": self.offer.code, "amount": self.offer.amount, "until": self.offer.until}
        return json.dumps(values, sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)

    def namespace(self) -> dict[str, object]:
        """What a layout may name: the slip's own values, dataclasses as mappings."""
        return {name: _plain(getattr(self, name)) for name in self.__slots__}

    @staticmethod
    def from_json(text: str | bytes) -> "Slip":
        """The slip a JSON text holds.

        Raises:
            pydantic.ValidationError: the text is not a slip of this version.
        """
        return _ADAPTER.validate_json(text)

    @property
    def digest(self) -> str:
        """SHA-256 of the canonical JSON."""
        return hashlib.sha256(self.to_json().encode()).hexdigest()


def _plain(value: object) -> object:
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    slots = getattr(value, "__slots__", None)
    if slots and is_dataclass(value):
        return {name: _plain(getattr(value, name)) for name in slots}
    return value


_ADAPTER: TypeAdapter[Slip] = TypeAdapter(Slip)
