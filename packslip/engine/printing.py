"""Printing: a desk and a thread for each printer, so that one that is slow or away keeps no other waiting."""

import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from packslip.dispatch import Delivery, DeliveryState, Dispatcher, Outgoing, Printers
from packslip.engine.printer_desk import PrinterDesk, Sheets
from packslip.engine.queueing import Answer, Waiting
from packslip.errors import HoldOrder, PackslipError, WorkspaceError
from packslip.ledger import Ledger, ParcelRecord, ParcelRef


class Ears:
    """What a line hears of its printers; hears nothing unless told otherwise. Called by the printers' threads."""

    def refuse(self, ref: ParcelRef, fault: HoldOrder) -> None:
        """A parcel's document cannot be sent: hold it."""

    def late(self, printer: str, delivery: Delivery) -> None:
        """What became of a parcel whose answer was given before."""

    def is_away(self, printer: str, why: str) -> None:
        """A printer cannot print."""

    def is_back(self, printer: str) -> None:
        """A printer prints again."""


class Driver(Protocol):
    """Steps one desk for as long as it has something to do."""

    desk: PrinterDesk

    def __init__(self, desk: PrinterDesk, *, is_tray: bool, fail: Callable[[BaseException], None]) -> None:
        """`fail` is told what ended it."""
        ...

    def put(self, waiting: Waiting) -> None:
        """Let a parcel wait at the desk."""
        ...

    def wake(self) -> None:
        """Step soon."""
        ...

    def end(self) -> None:
        """Ask to end."""
        ...

    def join(self) -> None:
        """Wait for the end."""
        ...


class Printing:
    """The desks of all printers. Any thread may call."""

    def __init__(
        self,
        dispatcher: Dispatcher,
        printers: Printers,
        ledger: Ledger,
        *,
        sheets: Sheets,
        ears: Ears,
        driver: type[Driver] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`driver` steps a desk; a thread for each unless one is given. `clock` is monotonic, in seconds."""
        self._dispatcher = dispatcher
        self._printers = printers
        self._ledger = ledger
        self._sheets = sheets
        self._ears = ears
        self._lock = threading.Lock()
        self._driver: type[Driver] = driver or _Thread
        self._clock = clock
        self._desks: dict[str, Driver] = {}
        self._number = 0
        self._failure: BaseException | None = None

    def start(self) -> None:
        """Ask printers what became of what the last run left, then let what is ready for them wait.

        Raises:
            RetryLater: the ledger is away.
        """
        for name in self._dispatcher.unsettled():
            thread = self._thread(name)
            thread.desk.step(self._clock())
            thread.wake()
        self.resume(self._ledger.queued())

    def put(self, outgoing: Outgoing, rank: str, answer: Answer) -> None:
        """Let a ready document wait for its printer; `answer` is told once what became of it, or that it waits."""
        waiting = self._waiting(outgoing.ref, rank, outgoing.document, outgoing.pages)
        if self._is_waiting(outgoing.ref):
            answer(Delivery(ref=outgoing.ref, state=DeliveryState.WAITS))
            return
        waiting.outgoing, waiting.answer = outgoing, answer
        self._thread(outgoing.printer).put(waiting)

    def resume(self, records: Iterable[ParcelRecord]) -> None:
        """Let parcels wait that are ready by the ledger and wait nowhere yet."""
        for record in records:
            if not self._is_waiting(record.ref):
                waiting = self._waiting(record.ref, record.rank, record.document, record.pages)
                self._thread(record.printer).put(waiting)

    def ask_again(self) -> None:
        """Ask every printer that something was sent to what became of it."""
        for name in self._dispatcher.unsettled():
            thread = self._thread(name)
            thread.desk.ask_again()
            thread.wake()

    def flush(self) -> None:
        """Let nothing wait for a full stack of sheets."""
        for thread in self._threads():
            thread.desk.flush()
            thread.wake()

    def check(self) -> None:
        """Make sure that all desks still work.

        Raises:
            Exception: what ended one.
        """
        if self._failure is not None:
            raise self._failure

    @property
    def is_idle(self) -> bool:
        """Whether nothing is left that could be printed now."""
        return all(thread.desk.is_idle or thread.desk.is_down for thread in self._threads())

    def close(self) -> None:
        """Let trays have what waits for them, then end; what waits for other printers stays ready on record."""
        threads = self._threads()
        for thread in threads:
            thread.desk.flush()
            thread.end()
        for thread in threads:
            thread.join()
        self._printers.close()

    # what desks ask

    def take_over(self, deputy: str, waiting: Sequence[Waiting]) -> bool:
        """As in `Others`."""
        thread = self._thread(deputy)
        if thread.desk.is_down:
            return False
        moved = self._ledger.reroute([one.ref for one in waiting], deputy)
        for one in waiting:
            if one.ref in moved:
                thread.put(self._renumbered(one))
        return True

    def refuse(self, ref: ParcelRef, fault: HoldOrder) -> None:
        """As in `Others`."""
        self._ears.refuse(ref, fault)

    def late(self, printer: str, delivery: Delivery) -> None:
        """As in `Others`."""
        if delivery.state is not DeliveryState.CALLED_OFF:
            self._ears.late(printer, delivery)

    def is_away(self, printer: str, why: str) -> None:
        """As in `Others`."""
        self._ears.is_away(printer, why)

    def is_back(self, printer: str) -> None:
        """As in `Others`."""
        self._ears.is_back(printer)

    def _fail(self, fault: BaseException) -> None:
        self._failure = fault

    def _threads(self) -> list[Driver]:
        with self._lock:
            return list(self._desks.values())

    def _thread(self, printer: str) -> Driver:
        with self._lock:
            thread = self._desks.get(printer)
            if thread is None:
                desk = PrinterDesk(
                    printer,
                    dispatcher=self._dispatcher,
                    printers=self._printers,
                    ledger=self._ledger,
                    sheets=self._sheets,
                    others=self,
                )
                thread = self._desks[printer] = self._driver(
                    desk, is_tray=self._printers.is_folder(printer), fail=self._fail
                )
            return thread

    def _is_waiting(self, ref: ParcelRef) -> bool:
        return any(ref in thread.desk for thread in self._threads())

    def _waiting(self, ref: ParcelRef, rank: str, document: str, pages: int) -> Waiting:
        with self._lock:
            self._number += 1
            return Waiting(rank, self._number, ref, document, pages)

    def _renumbered(self, waiting: Waiting) -> Waiting:
        with self._lock:
            self._number += 1
            return replace(waiting, number=self._number)


class _Thread:
    """Drives one desk."""

    def __init__(self, desk: PrinterDesk, *, is_tray: bool, fail: Callable[[BaseException], None]) -> None:
        self.desk = desk
        self._is_tray = is_tray
        self._fail = fail
        self._changed = threading.Condition()
        self._is_woken = False
        self._is_ending = False
        self._thread = threading.Thread(target=self._work, name=f"packslip-printer-{desk.name}", daemon=True)
        self._is_started = False

    def put(self, waiting: Waiting) -> None:
        self.desk.put(waiting)
        self.wake()

    def wake(self) -> None:
        with self._changed:
            self._is_woken = True
            self._changed.notify()
            if not self._is_started:
                self._is_started = True
                self._thread.start()

    def end(self) -> None:
        self._is_ending = True
        self.wake()

    def join(self) -> None:
        self._thread.join()

    def _work(self) -> None:
        ended = False
        try:
            ended = self._drive()
        except PackslipError as fault:
            self._fail(fault)
            ended = True
        finally:
            if not ended:
                self._fail(WorkspaceError("the line stopped at a fault of packslip itself"))

    def _drive(self) -> bool:
        while not (self._is_ending and self._may_end()):
            with self._changed:
                self._is_woken = False
            pause = self.desk.step(time.monotonic())
            with self._changed:
                if not self._is_woken and not self._is_ending:
                    self._changed.wait(pause)
        return True

    def _may_end(self) -> bool:
        """Whether to leave what waits for the next run: a tray that is there takes everything first."""
        return not self._is_tray or self.desk.is_idle or self.desk.is_down
