"""The codes of a ledger seen by those who fill pools, watch them and hear what was used. `Ledger.codes` gives it."""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import partial

from packslip.ledger import code_list, pools, redeeming
from packslip.ledger.changes import Stamp
from packslip.ledger.code_list import CodeRow
from packslip.ledger.pools import Level, NewCode, Told
from packslip.ledger.records import Origin
from packslip.ledger.redeeming import Redemption
from packslip.ledger.writer import LedgerThread

_PORTION = 1000  #: codes put on record in one transaction, so that a line can commit in between


class CodeBook:
    """Each method returns when what it did is on disk."""

    def __init__(self, thread: LedgerThread, stamp: Callable[[], Stamp]) -> None:
        self._thread = thread
        self._stamp = stamp

    def add(
        self, pool: str, new: Sequence[NewCode], *, origin: Origin = Origin.SLIP, renew: bool = False
    ) -> tuple[Told, ...]:
        """Put codes into a pool, each whole or not at all, and try again what waits for one; what became of each.

        The same codes may come again: nothing is doubled. `renew` makes those free again that were withdrawn.
        """
        told: list[Told] = []
        for start in range(0, len(new), _PORTION):
            portion = new[start : start + _PORTION]
            told += self._thread.do(
                partial(pools.add, stamp=self._stamp(), pool=pool, origin=origin, new=portion, renew=renew)
            )
        return tuple(told)

    def withdraw(self, pool: str, named: Sequence[str] | None = None) -> int:
        """Give a pool's free codes, all or those named, to nobody; how many there were. What an order has, it keeps."""
        if named is None:
            return self._thread.do(partial(pools.withdraw_free, stamp=self._stamp(), pool=pool, named=None))
        portions = (named[start : start + _PORTION] for start in range(0, len(named), _PORTION))
        return sum(
            self._thread.do(partial(pools.withdraw_free, stamp=self._stamp(), pool=pool, named=portion))
            for portion in portions
        )

    def free(self, pool: str, most: int) -> int:
        """How many free codes a pool has, counted no further than `most`."""
        return self._thread.do(lambda tx: pools.free_codes(tx, pool, most), writes=False)

    def levels(self, now: datetime) -> tuple[Level, ...]:
        """How full every pool is that codes were imported into, one for each origin."""
        return self._thread.do(lambda tx: pools.levels(tx, now), writes=False)

    def all(self) -> tuple[CodeRow, ...]:
        """Every code, imported or made here and granted."""
        return self._thread.do(lambda tx: tuple(code_list.all_codes(tx)), writes=False)

    def redeem(self, used: Sequence[Redemption]) -> tuple[bool, ...]:
        """Put uses of codes on record, one told again in place of the first; whether each is of a code known here."""
        told: list[bool] = []
        for start in range(0, len(used), _PORTION):
            portion = used[start : start + _PORTION]
            told += self._thread.do(partial(redeeming.redeem, stamp=self._stamp(), used=portion))
        return tuple(told)

    def redemptions(self) -> tuple[Redemption, ...]:
        """Every use on record; codes by their letters and digits."""
        return self._thread.do(redeeming.all_redemptions, writes=False)

    def redemptions_of(self, store: str, order_id: str) -> tuple[Redemption, ...]:
        """Uses of an order's code, and of any code in an order."""
        return self._thread.do(lambda tx: redeeming.redemptions_of(tx, store, order_id), writes=False)
