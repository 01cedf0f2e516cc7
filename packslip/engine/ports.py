"""What the line needs from the rooms below, as shapes: a road for one release, and what comes back from it.

`packslip.engine.road` is the real one; tests walk another.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from packslip.model import Choice, Document, Drop, Ending, Finding, Grant, Order, OrderKey, Parcel, Slip, Where, Work
from packslip.settings import Settings


class ReadOrder(Protocol):
    """One parcel of one order, read or held."""

    @property
    def key(self) -> OrderKey | None: ...  # noqa: D102 - as in `packslip.intake`
    @property
    def label(self) -> str: ...  # noqa: D102
    @property
    def order(self) -> Order | None: ...  # noqa: D102
    @property
    def findings(self) -> tuple[Finding, ...]: ...  # noqa: D102
    @property
    def where(self) -> Where: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


class Reading(Protocol):
    """What a drop holds."""

    @property
    def findings(self) -> tuple[Finding, ...]: ...  # noqa: D102 - as in `packslip.intake`
    @property
    def orders(self) -> Iterator[ReadOrder]: ...  # noqa: D102
    @property
    def skipped(self) -> Mapping[str, int]: ...  # noqa: D102


class Outcome(Protocol):
    """How far an order came; a document means that it may print."""

    @property
    def parcel(self) -> Parcel: ...  # noqa: D102 - as in `packslip.line`
    @property
    def choice(self) -> Choice | None: ...  # noqa: D102
    @property
    def grant(self) -> Grant | None: ...  # noqa: D102
    @property
    def slip(self) -> Slip | None: ...  # noqa: D102
    @property
    def document(self) -> Document | None: ...  # noqa: D102
    @property
    def findings(self) -> tuple[Finding, ...]: ...  # noqa: D102


class Road(Protocol):
    """One release, open: reads drops and walks orders. Several threads walk at once."""

    @property
    def release(self) -> str:
        """Id of the release."""
        ...

    @property
    def settings(self) -> Settings:
        """The settings of the release."""
        ...

    def read(self, drop: Drop) -> Reading:
        """The orders of a drop, one after another, as its hot folder says."""
        ...

    def probe(self, drop: Drop) -> Ending:
        """How a file that nobody said is whole ends."""
        ...

    def walk(
        self,
        order: Order,
        *,
        shipped_before: Mapping[str, int],
        today: date,
        read: tuple[Finding, ...],
        forgiven: frozenset[str],
    ) -> Outcome:
        """Take an order to its document; `forgiven` are codes of findings that a person let pass."""
        ...

    def impose(self, printer: str, works: Sequence[Work]) -> bytes:
        """The sheets of some documents, as a printer takes them.

        Raises:
            HoldOrder: they cannot be imposed.
        """
        ...

    def remember(self, order: Order, parcel: Parcel) -> None:
        """Add a printed order to the history; said twice, it counts once."""
        ...

    def close(self) -> None:
        """Let go of everything; nobody walks any more."""
        ...
