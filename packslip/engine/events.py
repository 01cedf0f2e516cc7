"""What a run tells while it works, and what it sums up at the end."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import StrEnum

from packslip.model import Finding


class Kind(StrEnum):
    """What happened."""

    LISTENING = "listening"  #: the line is ready; `text` names the inbox
    CLAIMED = "claimed"  #: a drop was taken; `text` is its name
    PARCEL = "parcel"  #: a parcel has its answer; `state` is as in the result file
    PRINTED = "printed"  #: a parcel that waited has its outcome; `text` is the printer
    DROP = "drop"  #: a drop is finished; `text` is the path of its result file
    RELEASE = "release"  #: the line prints from another release; `text` is its id
    WARNING = "warning"  #: something waits or was left out; `text` is a whole sentence
    STOPPING = "stopping"  #: no new order is begun


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent:
    """One thing that happened. Carries no personal data."""

    kind: Kind
    text: str = ""
    drop: str = ""  #: id
    order_id: str = ""
    parcel: int = 0
    state: str = ""
    document: str = ""  #: path in the tray, "" where nothing was printed
    findings: tuple[Finding, ...] = ()  #: of a drop as a whole: rows its mapping left out, why it is held


Listener = Callable[[RunEvent], None]


def ignore(_event: RunEvent) -> None:
    """Listens to nothing."""


@dataclass(slots=True)
class RunSummary:
    """What a run did."""

    parcels: Counter[str] = field(default_factory=Counter)  #: state as in the result files → how many
    drops: int = 0
    held_drops: int = 0
    waiting: int = 0  #: drops that could not be finished and are tried again at the next run
    printed: int = 0  #: parcels that had waited for their printer, and are done
    queued: int = 0  #: parcels that are ready and wait for their printer
    interrupted: bool = False

    @property
    def wants_a_person(self) -> bool:
        """Whether anything was held or is uncertain or waits."""
        return bool(self.held_drops or self.waiting or self.queued or self.parcels["held"] or self.parcels["uncertain"])
