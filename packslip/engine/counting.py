"""Counting: which answers of a drop are news. A drop that is read anew gives those it has given before as well."""

from collections import Counter

from packslip.engine.results import READY, ResultRow
from packslip.ledger import DropRecord, Ledger, ParcelState

_Key = tuple[str, str, str]


class News:
    """Remembers the answers of the drops under way. One thread begins drops, another one asks."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._old: dict[str, Counter[_Key]] = {}
        self._now: dict[str, Counter[_Key]] = {}

    def begin(self, drop: DropRecord) -> None:
        """A drop is read, perhaps not for the first time."""
        settled: Counter[_Key] = Counter()
        for order_id, parcel, state in self._ledger.settled_in(drop.id):
            settled[(order_id, str(parcel), READY if state == ParcelState.SENDING else state)] += 1
        self._old[drop.id] = settled | self._now.get(drop.id, Counter())
        self._now[drop.id] = Counter()

    def is_new(self, drop: DropRecord, row: ResultRow) -> bool:
        """Whether a row was not given before."""
        key = (row.order_id, row.parcel, row.state)
        now = self._now.setdefault(drop.id, Counter())
        now[key] += 1
        return now[key] > self._old.get(drop.id, Counter())[key]

    def end(self, drop: DropRecord) -> None:
        """A drop is finished."""
        self._old.pop(drop.id, None)
        self._now.pop(drop.id, None)
