"""The line of a simulated history, and what people do beside it: the real parts, driven by tasks instead of threads.

What `packslip.engine.run.Line` is to threads, `SimLine` is to tasks; everything below it is the code that ships.
"""

import csv
import hashlib
import io
from collections.abc import Callable
from concurrent.futures import Executor, Future
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import partial

from checker import Record, make_paper, make_sheet, read_paper
from line_kit import OFFER, POOL, FakeOutcome, FakeRead, FakeReading, make_choice
from line_kit import _order as make_order
from sim_printers import SimPrinters
from sim_world import FOREVER, ROOT, TRAYS, Process, Task, World, open_ledger

from packslip.dispatch import Delivery, DeliveryState, Dispatcher, DocumentStore, Marked
from packslip.engine.doubts import Doubts
from packslip.engine.drops import Closer, Desk, Feeder
from packslip.engine.events import RunEvent, RunSummary
from packslip.engine.flow import Flow, Tally
from packslip.engine.inbox import Inbox
from packslip.engine.printer_desk import PrinterDesk
from packslip.engine.printing import Ears, Printing
from packslip.engine.queueing import Waiting
from packslip.engine.sheets import SheetDesk
from packslip.engine.step import Stepper
from packslip.errors import HoldOrder, PackslipError, RetryLater, UsageError
from packslip.files import flush_folders, sweep_unfinished
from packslip.hotfolder import Claimer, Filing, Stable
from packslip.ledger import LINE, DropRecord, DropState, Ledger, ParcelRecord, ParcelState, Source, Wish
from packslip.model import Document, Order, OrderKey, PageBox, PressPath, SlipOffer, Where, error, settle_parcel
from packslip.settings import Settings
from packslip.units import Pt

INBOX, SPOOL, DONE, HELD = ROOT / "in", ROOT / "spool", ROOT / "done", ROOT / "held"
DOCUMENTS, RESULTS = ROOT / "documents", ROOT / "results"
HEADER = "order_id,parcel,text,station"
_SCAN_S = 15.0
_RETRY_S = 5.0
_CALLS_S = 1.0
_LIST_S = 5.0
_ASK_S = 30.0
_ONE_PAGE = (PageBox(width=Pt(1), height=Pt(1)),)
_CHOICE = make_choice()
_WISH = Wish(offer=OFFER, begins=date.min, sources=(Source(pool=POOL, is_imported=True),))


class _Slip:
    """A slip that shows its order's code."""

    review = None

    def __init__(self, code: str) -> None:
        self.offer = SlipOffer(code=code, amount="15 %", until="soon") if code else None

    def to_json(self) -> str:
        return self.offer.code if self.offer else ""


class SimRoad:
    """Rows of `order_id,parcel,text,station`; texts that begin with one of a few words mean something.

    What says `hold` or `bug` is held, and what says `late` is by chance not drawn at once. A `wide` one has two pages,
    and a `torn` one stands on no sheet. Where there is a pool, each order is granted a code of it.
    """

    release = "r1"

    def __init__(self, world: World, process: Process, settings: Settings, ledger: Ledger) -> None:
        self._ledger = ledger
        self._world = world
        self._process = process
        self.settings = settings

    def read(self, drop):
        rows = csv.DictReader(io.StringIO(self._process.disk.read(drop.spool).decode()))
        return FakeReading(findings=(), orders=self._read(rows, drop))

    def _read(self, rows, drop):
        for number, row in enumerate(rows, 2):
            where = Where(file=drop.name, line=number)
            key = OrderKey(store="s", order_id=row["order_id"], parcel=int(row["parcel"]))
            yield FakeRead(
                key=key,
                label=row["order_id"],
                order=_order(key, row, where),
                findings=(),
                where=where,
                sha256=record_digest(Record(key.order_id, key.parcel, row["text"])),
            )

    def walk(self, order, *, shipped_before, today, read, forgiven):
        text = order.extra["text"]
        self._process.act("draw")
        parcel, findings = settle_parcel(order, shipped_before)
        code = self._code(order.key, today) if self._world.history.imported else ""
        if text.startswith("bug"):
            raise KeyError(text)
        if text.startswith("late") and self._world.random.random() < 0.5:
            raise RetryLater("the picture server is away")
        if text.startswith("hold") and "text.hold" not in forgiven:
            return FakeOutcome(parcel=parcel, findings=(*findings, error("text.hold", order.where, "says hold")))
        data = make_paper(Record(order.key.order_id, order.key.parcel, text))
        document = Document(
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            media="a4",
            pages=_ONE_PAGE * (2 if text.startswith("wide") else 1),
            codes=(),
            path=PressPath.REFERENCE,
            render_ms=1.0,
        )
        return FakeOutcome(parcel=parcel, choice=_CHOICE, slip=_Slip(code), document=document, findings=findings)

    def _code(self, key, today):
        wish = replace(_WISH, begins=today)
        return self._ledger.grant_from(key, wish, today=today, template="{token}").promo_code

    def impose(self, printer, works):
        self._process.act("impose")
        for work in works:
            if b"|torn" in work.data:
                raise HoldOrder("it cannot be imposed")
        return make_sheet([work.data for work in works])

    def remember(self, order, parcel):
        """There is no history here."""

    def close(self):
        """Nothing is open."""


def record_digest(record: Record) -> str:
    return hashlib.sha256(repr(record).encode()).hexdigest()


_ORDER = make_order(OrderKey(store="s", order_id="x"), {"quantity": "1", "text": ""}, Where(file="x"))


def _order(key: OrderKey, row: dict[str, str], where: Where) -> Order:
    return replace(_ORDER, key=key, extra={"text": row["text"]}, station=row["station"], where=where)


class _Tasks(Executor):
    """Draws in tasks."""

    def __init__(self, process: Process) -> None:
        self._process = process
        self._number = 0

    def submit(self, act, /, *args, **kwargs):
        future: Future = Future()
        self._number += 1

        def work() -> None:
            try:
                result = act()
            except PackslipError as fault:
                future.set_exception(fault)
            else:
                future.set_result(result)

        self._process.start(f"draw-{self._number}", work)
        return future


class SimFlow(Flow):
    """The flow, whose waits are pauses and whose answering thread is a task."""

    def __init__(self, line: "SimLine", **values) -> None:
        self._line_of = line
        self._answers: Task | None = None
        super().__init__(line.stepper, line.printing, threads=1000, pool=_Tasks(line.process), **values)
        self._answers = line.process.start("answers", lambda: line._or_stop(self._answer_all))

    def _answer_all(self) -> None:
        while True:
            self.turn()
            self._line_of.hub.pause(0.0 if self._told or (self._line and self._line[0].future.done()) else FOREVER)

    def _wake(self, done):
        super()._wake(done)
        self._answers.wake()

    def _hear(self, entry, delivery):
        super()._hear(entry, delivery)
        self._answers.wake()

    def _step_after(self, before, task):
        while before is not None and not before.done():
            self._line_of.hub.pause(0.001)
        return self._stepper.step(task)


class SimDriver:
    """Steps a desk in a task."""

    def __init__(
        self, line: "SimLine", desk: PrinterDesk, *, is_tray: bool, fail: Callable[[BaseException], None]
    ) -> None:
        self.desk = desk
        self._hub = line.hub
        self._task = line.process.start(f"desk-{desk.name}", lambda: line._or_stop(self._work))
        self._is_woken = False

    def put(self, waiting: Waiting) -> None:
        self.desk.put(waiting)
        self.wake()

    def wake(self) -> None:
        self._is_woken = True
        self._task.wake()

    def _work(self) -> None:
        hub = self._hub
        while True:
            self._is_woken = False
            pause = self.desk.step(hub.now)
            hub.pause(0.0 if self._is_woken else FOREVER if pause is None else pause)

    def end(self) -> None:
        """A killed line never ends."""

    def join(self) -> None:
        """A killed line never ends."""


class SimLine(Ears):
    """One life of the line."""

    def __init__(self, world, number: int, crash_at: int) -> None:
        self.world = world
        self.hub = world.hub
        self.process = process = Process(world, f"line{number}", crash_at)
        self.ledger = ledger = open_ledger(process, holder=f"{LINE}{number}")
        self.settings = world.settings
        documents = DocumentStore(DOCUMENTS, process.disk)
        printers = SimPrinters(process, TRAYS, lambda: world.settings, world.devices)
        self.dispatcher = Dispatcher(ledger, documents, printers)
        self.stepper = Stepper(ledger, documents, self.dispatcher, ROOT)
        self.printing = Printing(
            self.dispatcher,
            printers,
            ledger,
            sheets=SheetDesk(ledger, lambda: self._road),
            ears=self,
            driver=partial(SimDriver, self),
            clock=world.monotonic,
        )
        self._doubts = Doubts(
            ledger, lambda: world.settings, lambda record: reprint(world, process, ledger, record, mark="copy")
        )
        self._filing = Filing(SPOOL, DONE, HELD, process.disk)
        self._road = SimRoad(world, process, world.settings, ledger)
        self._active: set[str] = set()
        self._later: dict[str, float] = {}
        self._claimed: list[DropRecord] = []
        self._list_at = 0.0
        self._is_printing = False
        self._inbox: Inbox | None = None
        self._called_at = self._asked_at = self.hub.now
        self.main = process.start("main", lambda: self._or_stop(self._run))

    def hear_event(self) -> None:
        """Something happened in the inbox."""
        if self._inbox is not None:
            self._inbox._on_event()

    def _or_stop(self, work: Callable[[], None]) -> None:
        """A fault that is nobody's in particular ends the line; whoever keeps it running starts it again."""
        try:
            work()
        except (PackslipError, OSError) as fault:
            self.world.stopped(self.process, fault)

    def _run(self) -> None:
        process, world = self.process, self.world
        claimer = Claimer(
            INBOX,
            SPOOL,
            self.ledger,
            new_id=lambda: f"{world.random.getrandbits(48):012x}",
            now=world.clock,
            disk=process.disk,
            is_busy=lambda path: False,
        )
        self._inbox = Inbox(
            INBOX,
            claimer,
            readiness=Stable(settle_s=0.4, patience_s=60.0),
            scan_s=_SCAN_S,
            watch="polling",
            wake=self.main.wake,
            listener=self._hear,
            clock=world.monotonic,
        )
        desk = Desk(
            ledger=self.ledger,
            filing=self._filing,
            stepper=self.stepper,
            results=lambda folder: RESULTS,
            root=ROOT,
            listener=self._hear,
            summary=RunSummary(),
        )
        closer = Closer(desk, free=self._free, later=self._postpone)
        self._flow = SimFlow(self, on_row=lambda drop, row: None, on_finish=closer.close)
        self._feeder = Feeder(desk, self._flow, road=lambda: self._road, go_on=lambda: True)
        self._recover(claimer)
        while True:
            try:
                self._tend()
                self._feed()
            except RetryLater:
                self.hub.pause(_SCAN_S)  # the ledger is away
            self.hub.pause(min(_SCAN_S, self._inbox.next_look()))

    def _recover(self, claimer: Claimer) -> None:
        claimer.sweep()
        self._filing.sweep()
        with suppress(RetryLater, OSError):
            flush_folders(RESULTS, disk=self.process.disk)
            for day in self.world.days_of(RESULTS):
                sweep_unfinished(day, disk=self.process.disk)
        for act in (self.dispatcher.sweep, self._start_printing):
            with suppress(RetryLater, OSError):
                act()

    def _start_printing(self) -> None:
        self.printing.start()
        self._is_printing = True
        for record in self.ledger.in_state(ParcelState.UNCERTAIN):
            self._settle_doubt(record)

    def _tend(self) -> None:
        if not self._is_printing:
            self._start_printing()
        self._claimed += self._inbox.tend()
        if self.hub.now - self._called_at > _CALLS_S:
            self._called_at = self.hub.now
            self.printing.resume(self.ledger.called())
        if self.hub.now - self._asked_at > _ASK_S:
            self._asked_at = self.hub.now
            self.printing.ask_again()

    def _feed(self) -> None:
        while self._claimed:
            drop = self._claimed.pop(0)
            if self._may_begin(drop):
                self._put(drop, is_fresh=True)
        if self.hub.now < self._list_at:
            return
        self._list_at = self.hub.now + _LIST_S
        for listed in self.ledger.open_drops():
            if self._may_begin(listed):
                self._put(listed)

    def _may_begin(self, drop: DropRecord) -> bool:
        return drop.id not in self._active and self.hub.now >= self._later.get(drop.id, 0.0)

    def _put(self, drop: DropRecord, *, is_fresh: bool = False) -> None:
        self._active.add(drop.id)
        try:
            now = drop if is_fresh else self.ledger.drop(drop.id)
            if now is None or now.state is not DropState.OPEN:
                self._free(drop)
            else:
                self._feeder.feed(Tally(drop=now))
        except RetryLater as fault:
            self._postpone(drop, str(fault))

    def _free(self, drop) -> None:
        self._active.discard(drop.id)
        self.main.wake()

    def _postpone(self, drop, why: str) -> None:
        self.world.disturbed.add(drop.name)
        self._later[drop.id] = self.hub.now + _RETRY_S
        self._active.discard(drop.id)

    def _hear(self, event: RunEvent) -> None:
        if event.text.startswith(("in/", "f")) and "hint" in event.text:
            self.world.disturbed.add(event.text.partition(":")[0])

    # what the desks tell

    def refuse(self, ref, fault: HoldOrder) -> None:
        self.stepper.refuse(ref, fault)

    def late(self, printer: str, delivery: Delivery) -> None:
        record = self.ledger.record(delivery.ref)
        self.main.wake()
        if record.state is ParcelState.UNCERTAIN:
            self._settle_doubt(record)

    def _settle_doubt(self, record: ParcelRecord) -> None:
        with suppress(RetryLater, HoldOrder, UsageError):
            if self._doubts.settle(record):
                self.printing.ask_again()


def call(world, process: Process, ledger: Ledger, record: ParcelRecord, *, is_quick: bool) -> bool:
    """What `packslip call` does; one that is not quick leaves the sending to the line."""
    printers = SimPrinters(process, TRAYS, lambda: world.settings, world.devices)
    dispatcher = Dispatcher(ledger, DocumentStore(DOCUMENTS, process.disk), printers)
    outgoing = dispatcher.stored(record.ref, record.document, record.printer, pages=record.pages)
    if not ledger.call(record.ref, station="call", printer=record.printer):
        return False
    if is_quick:
        with suppress(RetryLater):
            dispatcher.send([outgoing])
    return True


def reprint(world, process: Process, ledger: Ledger, record: ParcelRecord, *, mark: str = "") -> DeliveryState:
    """What `packslip reprint` does once it has the document."""
    documents = DocumentStore(DOCUMENTS, process.disk)
    printers = SimPrinters(process, TRAYS, lambda: world.settings, world.devices)
    marked = None
    if mark:
        read = read_paper(documents.get(record.document))
        assert read is not None
        marked = Marked(data=make_paper(read[0], mark), drawn_with="x 1")
    elif record.state is ParcelState.UNCERTAIN:
        raise UsageError("uncertain: only with a mark")
    return Dispatcher(ledger, documents, printers).reprint(record, marked=marked).state
