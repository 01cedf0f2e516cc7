"""Calling: a station asks for a slip that is ready, and has it at once.

Works beside a running line, and without one. What the printer cannot take now the line sends as soon as it can.
"""

from dataclasses import dataclass
from enum import StrEnum
from types import TracebackType
from typing import Self

from packslip.dispatch import DeliveryState, Dispatcher, DocumentStore, Parting, Printers, route
from packslip.errors import HoldOrder, RetryLater, UsageError
from packslip.ledger import Ledger, ParcelRecord, ParcelState
from packslip.model import Where
from packslip.world import Workspace, World, current_release


class Called(StrEnum):
    """What came of a call."""

    PRINTED = "printed"  #: it lies in the tray
    SENT = "sent"  #: the printer has it
    WAITS = "waits"  #: the printer cannot take it now


@dataclass(frozen=True, slots=True, kw_only=True)
class CallAnswer:
    """The answer to a call."""

    parcel: str
    printer: str
    outcome: Called
    document: str = ""  #: path in the tray
    told: str = ""  #: why it waits


class CallDesk:
    """Takes calls, one after another. What it needs is opened once, so that each answer is quick."""

    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self._world = World.open(workspace.root, current_release(workspace))
        self._ledger = ledger
        self._printers = Printers(workspace.trays(self._world.settings), lambda: self._world.settings)
        self._dispatcher = Dispatcher(ledger, DocumentStore(workspace.documents), self._printers)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._printers.close()

    def call(self, text: str, *, station: str, store: str = "") -> CallAnswer:
        """Print the ready slip of an order or parcel at a station.

        Raises:
            UsageError: there is no such order or station, its slip is not ready, or it was called for before.
            HoldOrder: its document is gone, or the printer there cannot be told it.
        """
        record = self._pick(text, store)
        printer = self._printer_at(station, record)
        outgoing = self._dispatcher.stored(record.ref, record.document, printer, pages=record.pages)
        if not self._ledger.call(record.ref, station=station, printer=printer):
            raise UsageError(f"parcel {record.ref} was called for before; it waits for {record.printer}")
        try:
            (delivery,) = self._dispatcher.send([outgoing])
        except RetryLater as fault:
            return CallAnswer(parcel=str(record.key), printer=printer, outcome=Called.WAITS, told=fault.message)
        if delivery.state is DeliveryState.REFUSED:
            raise HoldOrder(f"printer {printer} does not take it: {delivery.told}")
        if delivery.state is DeliveryState.CALLED_OFF:
            raise self._not_ready(text, [self._ledger.record(record.ref)])
        outcome = {DeliveryState.DELIVERED: Called.PRINTED, DeliveryState.SENT: Called.SENT}
        return CallAnswer(
            parcel=str(record.key),
            printer=printer,
            outcome=outcome.get(delivery.state, Called.WAITS),
            document=str(delivery.path or ""),
            told=delivery.told,
        )

    def _pick(self, text: str, store: str) -> ParcelRecord:
        """The one ready parcel that a call can mean."""
        found = [record for record in self._ledger.find(text) if not store or record.key.store == store]
        ready = [record for record in found if record.state is ParcelState.READY]
        if not ready:
            raise self._not_ready(text, found)
        if len({record.key for record in ready}) > 1:
            known = ", ".join(f"{record.key} of {record.key.store}" for record in ready)
            raise UsageError(f"{text!r} can mean {known}", hint="name ORDER/PARCEL and --store")
        return ready[-1]

    def _printer_at(self, station: str, record: ParcelRecord) -> str:
        settings = self._world.settings
        if station not in settings.stations:
            raise UsageError(f"no station {station!r}", hint=f"stations: {', '.join(settings.stations)}")
        parting = Parting(
            station=station,
            media=record.media,
            country="",
            layout=record.choice.layout if record.choice else "",
            store=record.key.store,
        )
        way, findings = route(parting, settings, Where())
        if way is None:
            raise UsageError(findings[-1].message, hint=findings[-1].hint)
        return way.printer

    def _not_ready(self, text: str, found: list[ParcelRecord]) -> UsageError:
        if not found:
            return UsageError(f"no order {text!r} is on record", hint="is the drop in the hot folder already?")
        record = found[-1]
        hints = {
            ParcelState.ACCEPTED: "its slip is not drawn yet; call again in a moment",
            ParcelState.HELD: "packslip held show says why",
            ParcelState.DONE: "packslip reprint prints it once more",
            ParcelState.SENDING: f"printer {record.printer} has it",
            ParcelState.UNCERTAIN: "look at the printer; packslip reprint --marked prints a marked copy",
        }
        where = f" on {record.printer}" if record.state is ParcelState.DONE else ""
        return UsageError(f"parcel {record.ref} is {record.state}{where}, not ready", hint=hints.get(record.state, ""))
