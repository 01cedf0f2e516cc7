"""Suppressions: customers who objected to marketing. From then on their slips say what is in the parcel and no more.

Kept by keyed hash in a file of its own, which outlives an erasure: only so the objection of somebody who was erased can
be respected when they order again.
"""

from collections.abc import Iterable
from datetime import datetime

from packslip.ledger import suppression_hash
from packslip.world import KeyedLine, KeyedLines, Workspace

_SUPPRESS = "suppress"
_LIFT = "lift"
_BOTH = (_SUPPRESS, _LIFT)


class Suppressions:
    """The objections of one workspace. Any thread may ask."""

    def __init__(self, workspace: Workspace) -> None:
        self._lines = KeyedLines(workspace.suppressed)
        self._workspace = workspace

    def holds(self, store: str, customer_id: str) -> bool:
        """Whether a customer's objection stands, in this store or in all."""
        if not customer_id or not self._lines:
            return False
        return any(line is not None and line.kind == _SUPPRESS for line in self._latest(store, customer_id))

    def holds_any(self, store: str, ids: Iterable[str]) -> bool:
        """Whether the objection of a customer stands who is known by some ids."""
        return any(self.holds(store, one) for one in ids)

    def suppress(self, customer_id: str, *, store: str | None, at: datetime, who: str) -> None:
        """Put an objection on record, against one store or, None, against all."""
        self._add(_SUPPRESS, (store,), customer_id, at, who)

    def lift(self, customer_id: str, *, stores: Iterable[str | None], at: datetime, who: str) -> None:
        """Put on record that a customer takes an objection back."""
        self._add(_LIFT, stores, customer_id, at, who)

    def standing(self) -> tuple[KeyedLine, ...]:
        """Every objection that stands, oldest first; whose they are is not written anywhere."""
        latest = {line.key: line for line in self._lines.lines()}
        return tuple(line for line in latest.values() if line.kind == _SUPPRESS)

    def _latest(self, store: str, customer_id: str) -> Iterable[KeyedLine | None]:
        for one in (store, None):
            yield self._lines.latest(self._key(one, customer_id), _BOTH)

    def _key(self, store: str | None, customer_id: str) -> str:
        return suppression_hash(self._workspace.secret(), store=store, customer_id=customer_id)

    def _add(self, kind: str, stores: Iterable[str | None], customer_id: str, at: datetime, who: str) -> None:
        self._lines.add(
            KeyedLine(
                at=at,
                kind=kind,
                key=self._key(store, customer_id),
                who=who,
            )
            for store in stores
        )
