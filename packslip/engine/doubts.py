"""Doubts: what is done with a parcel of which nobody can know whether it was printed.

Its printer's settings say: it is held for a person, or a copy that says on every page that it is one is printed
at once. Never twice by itself: a copy that is uncertain too is a matter for a person, and so is what a restore made
uncertain.
"""

import threading
from collections.abc import Callable

from packslip.ledger import RESTORED, Ledger, ParcelRecord, ParcelRef, Purpose
from packslip.settings import Settings


class Doubts:
    """Settles uncertain parcels as far as that is allowed. Any thread may call."""

    def __init__(
        self, ledger: Ledger, settings: Callable[[], Settings], print_copy: Callable[[ParcelRecord], object]
    ) -> None:
        """`print_copy` sends a marked copy to the parcel's printer."""
        self._ledger = ledger
        self._settings = settings
        self._print_copy = print_copy
        self._lock = threading.Lock()
        self._in_hand: set[ParcelRef] = set()

    def settle(self, record: ParcelRecord) -> bool:
        """Print a marked copy if the printer is to; whether one was sent.

        Raises:
            PackslipError: it could not be made or sent.
        """
        printer = self._settings().printers.get(record.printer)
        if printer is None or printer.on_uncertain != "reprint" or not record.document:
            return False
        if any(finding.code == RESTORED for finding in record.findings):
            return False  # after a restore there may be many, and most of them are printed: a person looks
        with self._lock:
            if record.ref in self._in_hand:
                return False
            self._in_hand.add(record.ref)
        try:
            if any(attempt.purpose is Purpose.REPRINT for attempt in self._ledger.attempts(record.ref)):
                return False
            self._print_copy(record)
        finally:
            with self._lock:
                self._in_hand.discard(record.ref)
        return True
