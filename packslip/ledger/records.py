"""What the ledger answers: rows as frozen values, their JSON already read back.

Times are aware. Nothing here opens a file or a connection.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from packslip.ledger.states import DropState, ParcelState
from packslip.model import Because, Choice, Finding, Offer, OrderKey


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRef:
    """One record of one parcel. The first is revision 1; only a record that contradicts an earlier one has another."""

    key: OrderKey
    revision: int = 1

    def __str__(self) -> str:
        return str(self.key) if self.revision == 1 else f"{self.key} (revision {self.revision})"


@dataclass(frozen=True, slots=True, kw_only=True)
class DropRecord:
    """One claimed file."""

    id: str
    name: str  #: as dropped, for people
    sha256: str
    accepted_at: datetime
    state: DropState
    findings: tuple[Finding, ...]  #: of the file as a whole
    closed_at: datetime | None
    repeats: str  #: id of the first drop with the same bytes, "" for a first one
    folder: str = ""  #: name of the hot folder it was dropped into, "" for the first one
    priority: int = 0
    purged_at: datetime | None = None  #: when its file was removed for good


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelRecord:
    """One record of one parcel, with all that is known of it."""

    ref: ParcelRef
    state: ParcelState
    data_sha256: str  #: of the order's normalised record
    drop: str  #: id of the drop it came with
    drop_name: str
    line: int | None  #: where its record starts in the drop
    findings: tuple[Finding, ...]
    accepted_at: datetime
    forgiven: frozenset[str] = frozenset()  #: codes of findings that a person let pass
    choice: Choice | None = None
    offer: str = ""  #: name of the offer whose code stands on the slip
    slip: str = ""  #: JSON, "" before the slip is drawn
    document: str = ""  #: sha256, "" before the document is drawn
    pages: int = 0
    media: str = ""
    release: str = ""
    station: str = ""
    printer: str = ""
    delivered_as: str = ""  #: name of its latest document in the printer's tray, "" before it was delivered
    ready_at: datetime | None = None
    done_at: datetime | None = None
    turn: int = 0  #: fencing token: grows with every change of state
    rank: str = ""  #: sorts before greater ones at its printer
    deadline: datetime | None = None  #: when it must have left
    print_on: str = "arrival"  #: `arrival` or `call`
    called_at: datetime | None = None  #: when a person at a station asked for it
    customer: str = ""  #: keyed hash, "" for an unknown customer
    purged_at: datetime | None = None  #: when what is personal in it was removed for good

    @property
    def key(self) -> OrderKey:
        """The parcel this is a record of."""
        return self.ref.key

    @property
    def is_awaited(self) -> bool:
        """Whether it is not to print before a station calls for it."""
        return self.print_on == "call" and self.called_at is None

    @property
    def because(self) -> tuple[Because, ...]:
        """The rows that fired."""
        return self.choice.because if self.choice else ()


class Verdict(StrEnum):
    """What the ledger says of an order that arrives."""

    WALK = "walk"  #: go on: decide, press, print
    SEND = "send"  #: its document is ready; only the sending is left
    SETTLED = "settled"  #: this very record has its answer already
    DUPLICATE = "duplicate"  #: the same record came before
    CONFLICT = "conflict"  #: taken by a record with other data, or in doubt: this one is held, its findings say why


@dataclass(frozen=True, slots=True, kw_only=True)
class Acceptance:
    """An order's place in the ledger. For a duplicate, `record` is the earlier one."""

    verdict: Verdict
    record: ParcelRecord
    shipped_before: Mapping[str, int] = field(default_factory=dict)  #: pieces by line id that other parcels hold


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What is on record once a parcel is ready."""

    choice: Choice
    offer: str  #: name of the offer whose code stands on the slip, "" for none
    promo_code: str = ""  #: the code itself
    slip: str  #: JSON
    document: str  #: sha256
    size: int  #: of the document, in bytes
    pages: int
    media: str
    drawn_by: str  #: which path of the press
    drawn_with: str = ""  #: versions of what drew it
    release: str
    station: str
    printer: str
    pieces: Mapping[str, int]  #: line id → pieces in this parcel
    findings: tuple[Finding, ...]
    rank: str = ""  #: sorts before greater ones at its printer
    print_on: str = "arrival"


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentRow:
    """What is on record of a document's bytes."""

    sha256: str
    size: int  #: in bytes
    pages: int
    media: str
    drawn_by: str  #: which path of the press, or what else made it
    drawn_with: str = ""  #: versions of what drew it, "" where nobody wrote them down


class AttemptState(StrEnum):
    """Where one try at delivering a document is."""

    INTENT = "intent"  #: recorded before acting
    ACCEPTED = "accepted"  #: the printer has the bytes, and a receipt says which job they are
    DELIVERED = "delivered"
    GIVEN_UP = "given up"  #: certainly not printed
    UNCERTAIN = "uncertain"


class Origin(StrEnum):
    """How a promo code reached its customer."""

    SLIP = "slip"
    EMAIL = "email"
    CARD = "card"


class Purpose(StrEnum):
    """Why a document is sent."""

    PRINT = "print"
    REPRINT = "reprint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try at delivering a parcel's document; its row is written before anything is done."""

    id: int
    ref: ParcelRef
    number: int  #: counted from 1 for each parcel record
    document: str  #: sha256
    printer: str
    name: str  #: file name or job title
    purpose: Purpose
    state: AttemptState
    intended_at: datetime
    ended_at: datetime | None
    receipt: str = ""  #: what the printer calls the job
    told: str = ""  #: why it ended so
    holder: str = ""  #: the process that may act on it
    token: int = 0  #: fencing: grows when another process takes it over


@dataclass(frozen=True, slots=True, kw_only=True)
class PrinterRecord:
    """How a printer was when it was last looked at."""

    name: str
    is_up: bool
    reasons: tuple[str, ...]  #: why it cannot print, or what to look after
    since: datetime  #: when it came to be so
    seen_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One line of the log that is only ever added to."""

    id: int
    at: datetime
    kind: str
    ref: ParcelRef | None  #: None for events of a drop
    drop: str
    source: str  #: state before, "" where none
    target: str  #: state after, "" where unchanged
    who: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Exposure:
    """A slip that was drawn as part of a campaign, for a parcel that was not called off."""

    store: str
    order_id: str
    campaign: str
    arm: str
    at: datetime  #: when it was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class GrantRecord:
    """What an order owns, as first granted."""

    store: str
    order_id: str
    promo_code: str
    offer: Offer | None
    granted_on: str  #: ISO date
    expires_on: str  #: ISO date, "" where no offer was made
    review_token: str
    review_url: str
    segment: str
    pool: str = ""  #: where the code came from, "" where no pool serves the offer


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many parcels and drops are in each state."""

    parcels: Mapping[ParcelState, int]
    drops: Mapping[DropState, int]
    oldest_open: datetime | None  #: when the oldest unfinished drop was claimed
