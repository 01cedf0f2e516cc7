"""A printer as dispatch sees it: something jobs are sent to, that can or cannot be asked afterwards.

The kinds (`folder`, `ipp`, `socket`) stand behind this one port, each as honest as its channel allows. Called by one
thread at a time. Nothing here knows an order, a slip or the ledger.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class Progress(StrEnum):
    """What is known of a job."""

    DONE = "done"  #: it is printed, or lies in the tray
    PRINTING = "printing"  #: the printer has it; ask again
    NOT_PRINTED = "not printed"  #: certainly: it may be sent again
    UNKNOWN = "unknown"  #: nobody can know


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is sent to a printer."""

    name: str  #: file name and job title: unique for ever, without personal data, `[A-Za-z0-9._-]` only
    data: bytes  #: in the printer's language
    pages: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How far a job is."""

    progress: Progress
    receipt: str = ""  #: what the printer calls it, as text that `ask` understands; "" where it gave none
    told: str = ""  #: why, for people; no personal data


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """A job that was sent, or was about to be, and whose outcome is not on record."""

    name: str
    intended_at: datetime  #: when its sending was put on record
    receipt: str = ""  #: as `send` gave it, "" where no answer came


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """How a printer is."""

    is_up: bool  #: takes jobs and prints them
    reasons: tuple[str, ...] = ()  #: why not, or what to look after: `out of paper`, `jam`, `offline`, `busy` …


class Printer(Protocol):
    """One printer."""

    def prepare(self, *jobs: Job) -> None:
        """Bring jobs so near to the printer that little can go wrong later; nothing is printed yet.

        Raises:
            RetryLater: the printer is away or full.
        """
        ...

    def withdraw(self, name: str) -> None:
        """Forget a job that was prepared and is not sent."""
        ...

    def send(self, job: Job) -> Sent:
        """Print a job; its intent is on record. Where the answer is lost it is `UNKNOWN`, and is asked for.

        Raises:
            RetryLater: the printer did not take it, certainly: it is busy, away or stopped.
            HoldOrder: the printer will never take this document.
        """
        ...

    def settle(self) -> None:
        """Make what was sent durable, where that is ours to do.

        Raises:
            RetryLater: that is not possible now.
        """
        ...

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        """How far some jobs are, one answer for each.

        Raises:
            RetryLater: the printer is away and cannot be asked now.
        """
        ...

    def look(self) -> Condition:
        """How the printer is; a printer that cannot be reached is told, not raised."""
        ...

    def path(self, name: str) -> Path | None:
        """Where a job appears, None where that is paper."""
        ...

    def close(self) -> None:
        """Let go of connections."""
        ...
