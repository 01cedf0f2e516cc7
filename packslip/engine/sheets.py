"""Sheets: which printers impose, and the making of what they take, from the release that is open."""

from collections.abc import Callable, Sequence

from packslip.dispatch import Outgoing
from packslip.engine.faults import Bug, catch_bug
from packslip.engine.gathering import Gathering, gathering_of
from packslip.engine.ports import Road
from packslip.errors import HoldOrder
from packslip.ledger import Ledger
from packslip.model import Caption, Work


class SheetDesk:
    """What the flow asks of a line's printers."""

    def __init__(self, ledger: Ledger, road: Callable[[], Road]) -> None:
        """`road` gives the release that is open."""
        self._ledger = ledger
        self._road = road

    def gathering(self, printer: str) -> Gathering | None:
        """How a printer gathers, None where documents go to it as they are."""
        settings = self._road().settings
        found = settings.printers.get(printer)
        return gathering_of(settings.impositions[found.imposition]) if found and found.imposition else None

    def places(self, printer: str, pages: int) -> int:
        """How many places of a sheet a document of so many pages takes: one a page, or one for a page and its back."""
        return -(-pages // 2) if self._road().settings.printers[printer].duplex else pages

    def impose(self, parcels: Sequence[Outgoing]) -> bytes:
        """The sheets of some documents of one printer.

        Raises:
            HoldOrder: they cannot be imposed.
        """
        works = [self._work(parcel) for parcel in parcels]
        sheets = catch_bug(lambda: self._road().impose(parcels[0].printer, works), f"sheets of {parcels[0].printer}")
        if isinstance(sheets, Bug):
            raise HoldOrder("packslip itself failed on this", hint="see .packslip/log, and report it")
        return sheets

    def _work(self, parcel: Outgoing) -> Work:
        record = self._ledger.record(parcel.ref)
        number = f"/{record.key.parcel}" if record.key.parcel > 1 else ""
        return Work(
            data=parcel.data,
            caption=Caption(
                order_id=f"{record.key.order_id}{number}",
                release=record.release,
                station=record.station,
                accepted=record.accepted_at,
            ),
        )
