"""Facts, Choice and Grant: what is known, what was decided and why, what the order now owns."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

Scalar = str | int | bool | Decimal | date | None


@dataclass(frozen=True, slots=True)
class Season:
    """A part of every year, from a month and day to another one, which may lie in the next year."""

    first: tuple[int, int]
    last: tuple[int, int]

    def holds(self, day: date) -> bool:
        """Whether a day is in it."""
        now = day.month, day.day
        if self.first <= self.last:
            return self.first <= now <= self.last
        return now >= self.first or now <= self.last


@dataclass(frozen=True, slots=True, kw_only=True)
class Product:
    """One row of the catalogue."""

    sku: str
    name: str
    names: Mapping[str, str] = field(default_factory=dict)  #: by locale or language, from `name.<locale>` columns
    category: str = ""
    brand: str = ""
    store: str = ""  #: the one store that sells it, "" for all
    price: Decimal | None = None
    currency: str = ""
    image: str = ""  #: file name or http(s) URL
    url: str = ""
    available: bool = True
    season: Season | None = None  #: when it sells, None for always

    def sells_on(self, day: date) -> bool:
        """Whether it is in season."""
        return self.season is None or self.season.holds(day)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What the history knows of a customer before an order, as of the order's own day.

    What was cancelled or came back whole is no order and no spend. Ranks go from 1 to 5, 5 being the best fifth of the
    store's customers; None for who never ordered and where nobody was ranked yet.
    """

    day: date  #: the order's own
    orders: int = 0
    first_on: date | None = None
    last_on: date | None = None
    days_since_last: int | None = None
    spend: Mapping[str, Decimal] = field(default_factory=dict)  #: by currency
    returns: int = 0
    categories: Mapping[str, date] = field(default_factory=dict)  #: folded category → day last bought
    new_categories: frozenset[str] = frozenset()  #: folded; in this order, and never bought before
    recency: int | None = None
    frequency: int | None = None
    monetary: int | None = None  #: among those who spent in the order's currency
    next_order_in: int | None = None  #: days from this order until the next is to be expected


DRY = "offer.dry"  #: code of the finding of a parcel that waits for a code of a pool


@dataclass(frozen=True, slots=True, kw_only=True)
class Withheld:
    """Why an offer that the rules want made to a customer is not made."""

    offer: str  #: its name
    why: str
    pools: tuple[str, ...] = ()  #: those that have no code for it, none where that is not the reason
    holds: bool = False  #: the parcel waits for a code rather than go without


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known of the customer and the products before this order."""

    known_orders: int | None = None  #: orders of this customer before this one; None: nothing is known
    past: Past | None = None  #: None: the customer is unknown
    customer: Mapping[str, Scalar] = field(default_factory=dict)  #: columns of catalogue/customers.csv
    suppressed: bool = False  #: the customer objected to marketing, see `packslip customer suppress`
    arms: Mapping[str, str] = field(default_factory=dict)  #: campaign → the customer's arm, of those that run today
    withheld: Mapping[str, Withheld] = field(default_factory=dict)  #: offers that cannot be made, by name
    shipped_before: Mapping[str, int] = field(default_factory=dict)  #: line_id → pieces in earlier parcels
    #: strategy → ranked products, none of them in this order
    suggestions: Mapping[str, tuple[Product, ...]] = field(default_factory=dict)
    suggested_by: str = ""  #: id of the model that ranked them, "" where sales were counted
    reasons: Mapping[str, Mapping[str, str]] = field(
        default_factory=dict
    )  #: strategy → SKU → why, where a model ranked


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """An offer a rule wants made."""

    name: str
    amount: Decimal
    unit: str  #: "percent" or a currency
    valid_days: int  #: counted from today; of a pool's code, from the day the parcel is delivered
    minimum: Decimal | None = None  #: what the order must come to that uses it, None for anything
    minimum_currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Because:
    """One row that fired."""

    table: str  #: file name of the table
    row: int  #: line in the file, the header being 1
    why: str  #: the marketer's own words
    outputs: Mapping[str, Scalar]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """What the rules decided for one parcel, and why."""

    segment: str
    message: str
    offer: Offer | None
    strategy: str  #: recommendation strategy, "" for none
    recommendations: tuple[Product, ...]  #: ranked, more than will be shown so that one may fail
    layout: str
    review: bool
    survey: bool = False  #: asked for in the review's place
    content: bool
    prices: bool
    extra: Mapping[str, Scalar] = field(default_factory=dict)
    arms: Mapping[str, str] = field(default_factory=dict)  #: campaign → arm, where the slip is part of the comparison
    because: tuple[Because, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """The promo code and the review token an order owns, the same on every retry and reprint."""

    promo_code: str = ""  #: as it stands on paper, "" where no offer was made
    pool: str = ""  #: where the code came from, "" where no pool serves the offer
    offer: Offer | None = None
    expires_on: date | None = None  #: last valid day
    review_token: str
    review_url: str
    survey_token: str = ""  #: "" where the brand has no surveys
    survey_url: str = ""
