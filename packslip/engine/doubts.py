"""Doubts: what is done with a parcel of which nobody can know whether it was printed.

Its printer's settings say: it is held for a person, or a copy that says on every page that it is one is printed
at once. Never twice by itself: a copy that is uncertain too is a matter for a person, and so is what a restore made
uncertain.
"""

from collections.abc import Callable
from datetime import datetime

from packslip.engine.reprint import reprint_parcel
from packslip.ledger import RESTORED, Ledger, ParcelRecord, Purpose
from packslip.settings import Settings
from packslip.world import Workspace


class Doubts:
    """Settles uncertain parcels as far as that is allowed."""

    def __init__(self, workspace: Workspace, ledger: Ledger, settings: Callable[[], Settings]) -> None:
        self._workspace = workspace
        self._ledger = ledger
        self._settings = settings

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
        if any(attempt.purpose is Purpose.REPRINT for attempt in self._ledger.attempts(record.ref)):
            return False
        today = datetime.now().astimezone().date()
        reprint_parcel(self._workspace, self._ledger, record, marked_on=today)
        return True
