"""The desk of one printer: what waits for it, what it is printing, and what to do next.

Without a thread and without a clock of its own: `step` is called again and again by whoever drives it. A printer that
cannot print keeps what waits; after a while its deputy, which holds the same media, takes that over. What it may have
printed already stays with it and is asked for.
"""

import threading
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from math import inf
from typing import Protocol

from packslip.dispatch import Condition, Delivery, DeliveryState, Dispatcher, Outgoing, Printers
from packslip.engine.gathering import Gathering, next_stack
from packslip.engine.queueing import PrinterQueue, Waiting
from packslip.errors import HoldOrder, RetryLater
from packslip.ledger import Ledger, ParcelRef, Purpose

_BATCH = 64  #: documents that share the steps of one delivery into a tray
_KEPT = 256  #: documents whose bytes wait in memory; those of later ones are read when they go
_RETRY_S = (0.5, 1.0, 2.0, 5.0, 10.0)  #: before a printer that was away is tried again
_ASK_S = (0.05, 0.1, 0.2, 0.5, 1.0, 2.0)  #: before a printer is asked again what became of a job
_LOOK_S = 20.0  #: between two looks at a printer that has nothing to do
_LOOK_SOON_S = 1.0  #: between two looks at one that is busy with a job, or could not print
_BACK = -1  #: in place of a number of flushes: waits for no full stack of sheets
_TOLD_S = 60.0  #: before it is put on record again that a printer is as it was


class Sheets(Protocol):
    """The printers that impose."""

    def gathering(self, printer: str) -> Gathering | None:
        """How a printer gathers, None where documents go to it as they are."""
        ...

    def places(self, printer: str, pages: int) -> int:
        """How many places of a sheet a document of so many pages takes."""
        ...

    def impose(self, parcels: Sequence[Outgoing]) -> bytes:
        """The sheets of some documents of one printer; HoldOrder where they cannot be imposed."""
        ...


class Others(Protocol):
    """What a desk asks of whoever keeps all of them."""

    def take_over(self, deputy: str, waiting: Sequence[Waiting]) -> bool:
        """Let another printer's desk have what waits; False where it cannot print either."""
        ...

    def refuse(self, ref: ParcelRef, fault: HoldOrder) -> None:
        """Hold a parcel whose document cannot be sent."""
        ...

    def late(self, printer: str, delivery: Delivery) -> None:
        """Hear what became of a parcel whose answer was given before."""
        ...

    def is_away(self, printer: str, why: str) -> None:
        """Hear that a printer cannot print."""
        ...

    def is_back(self, printer: str) -> None:
        """Hear that a printer prints again."""
        ...


class PrinterDesk:
    """One printer's desk. `put` may be called by any thread, everything else by one."""

    def __init__(
        self, name: str, *, dispatcher: Dispatcher, printers: Printers, ledger: Ledger, sheets: Sheets, others: Others
    ) -> None:
        self.name = name
        self._dispatcher = dispatcher
        self._printers = printers
        self._ledger = ledger
        self._sheets = sheets
        self._others = others
        self._lock = threading.Lock()
        self._queue = PrinterQueue()
        self._in_hand: frozenset[ParcelRef] = frozenset()  #: what was taken from the queue is on its way
        self._flushes = 0
        self._number = 0  #: of what came back last; it goes before all that is here
        self._is_open = True  #: there may be tries whose outcome is not on record
        self._asked = 0  #: times since something changed
        self._ask_at = 0.0
        self._tries = 0  #: since it was last there
        self._retry_at = 0.0
        self._down_since: float | None = None
        self._looked_at = float("-inf")
        self._told: Condition | None = None
        self._told_at = 0.0

    def __contains__(self, ref: ParcelRef) -> bool:
        with self._lock:
            return self._has(ref)

    def _has(self, ref: ParcelRef) -> bool:
        return ref in self._queue or ref in self._in_hand

    @property
    def is_down(self) -> bool:
        """Whether the printer cannot print now."""
        return self._down_since is not None

    @property
    def is_idle(self) -> bool:
        """Whether nothing waits here and nothing is being printed, as far as is known."""
        with self._lock:
            return not (self._in_hand or self._queue or self._is_open)

    def put(self, waiting: Waiting) -> None:
        """Let a parcel wait for this printer; one that does already keeps its place."""
        is_slow = not self._printers.is_folder(self.name)
        answer = waiting.answer
        if answer is not None and (is_slow or self.is_down):
            waiting.answer = None
        with self._lock:
            if len(self._queue) >= _KEPT:
                waiting.outgoing = None
            waiting.flushes = self._flushes
            is_fresh = not self._has(waiting.ref)
            if is_fresh:
                self._queue.put(waiting)
        if answer is not None and (waiting.answer is None or not is_fresh):
            answer(Delivery(ref=waiting.ref, state=DeliveryState.WAITS))

    def ask_again(self) -> None:
        """Have the printer asked: somebody else has sent something to it."""
        self._is_open = True

    def flush(self) -> None:
        """Let nothing that waits wait for a full stack of sheets, nor share one with what comes later."""
        with self._lock:
            self._flushes += 1

    def step(self, now: float) -> float | None:
        """Do what is next; seconds until there is more to do, 0 for at once, None until something is put here.

        Raises:
            PackslipError: the line cannot go on.
        """
        if now < self._retry_at:
            self._fail_over(now)
            return self._sooner(self._retry_at - now, now)
        try:
            return self._step(now)
        except RetryLater as fault:
            self._away(fault.message, now)
            return min(self._sooner(self._retry_at - now, now), self._deputy_due(now))
        finally:
            self._in_hand = frozenset()

    def _step(self, now: float) -> float | None:
        if self._is_open and now >= self._ask_at:
            self._ask(now)
        if self._is_open:
            return max(self._ask_at - now, 0.0)
        self._look(now)
        if self.is_down and self._deputy and not self._printers.is_folder(self.name):
            self._fail_over(now)
            return self._sooner(max(self._look_due - now, 0.0), now)
        return self._send_next(now)

    def _ask(self, now: float) -> None:
        """Ask what became of tries that are open."""
        told = self._dispatcher.reconcile(self.name)
        self._is_open = any(delivery.state is DeliveryState.SENT for delivery in told)
        self._asked = 0 if any(delivery.state is not DeliveryState.SENT for delivery in told) else self._asked + 1
        self._ask_at = now + _ASK_S[min(self._asked, len(_ASK_S) - 1)]
        unprinted = [delivery for delivery in told if delivery.state is DeliveryState.WAITS]
        # a reprint is for whoever asked for it to ask again
        self._put_back([delivery.ref for delivery in unprinted if delivery.purpose is Purpose.PRINT])
        for delivery in told:
            if delivery.state not in {DeliveryState.WAITS, DeliveryState.SENT}:
                self._others.late(self.name, delivery)
        if told and self._is_open and self._asked > 2:
            self._look(now)

    def _send_next(self, now: float) -> float | None:
        gathering = self._sheets.gathering(self.name)
        batch, pause = self._take(now, gathering)
        if not batch:
            look = inf if self._printers.is_folder(self.name) else max(self._look_due - now, 0.0)
            return min(pause, look) if min(pause, look) < inf else None
        try:
            loaded = [(waiting, outgoing) for waiting in batch if (outgoing := self._load(waiting)) is not None]
            ready, parcels = [waiting for waiting, _ in loaded], [outgoing for _, outgoing in loaded]
            if gathering is None:
                told = self._dispatcher.send(parcels)
            elif len(ready) == len(batch):
                told = self._send_sheets(ready, parcels)
            else:  # what waits behind takes the places of those that are held
                told = ()
                self._take_back(ready)
        except RetryLater:
            self._take_back(batch)
            raise
        if told:
            self._hear(ready, told, now)
        return 0.0

    def _take(self, now: float, gathering: Gathering | None) -> tuple[list[Waiting], float]:
        """Take what goes next; where nothing does yet, tell in how many seconds."""
        with self._lock:
            if gathering is None:
                count, pause = _BATCH if self._printers.is_folder(self.name) else 1, inf
            else:
                for waiting in self._queue:
                    waiting.since = now if waiting.since is None else waiting.since
                places = partial(self._sheets.places, self.name)
                first = self._queue.first(gathering.places)
                stack, pause = next_stack(first, gathering, places=places, flushes=self._flushes, now=now)
                count = len(stack) if pause <= 0 else 0
            batch = self._queue.take(count)
            self._in_hand = frozenset(waiting.ref for waiting in batch)
            return batch, pause

    def _send_sheets(self, stack: Sequence[Waiting], parcels: Sequence[Outgoing]) -> tuple[Delivery, ...]:
        """Send a stack of sheets; nothing is told of one that cannot be imposed: its slips go one by one."""
        try:
            return self._dispatcher.send_sheets(parcels, self._sheets.impose)
        except HoldOrder as fault:
            if len(stack) == 1:
                self._refuse(stack[0], fault)
                return ()
        for waiting in stack:  # one of them is to blame, and the others print
            waiting.is_alone = True
        self._take_back(stack)
        return ()

    def _hear(self, batch: Sequence[Waiting], told: Sequence[Delivery], now: float) -> None:
        """Pass on what became of what was sent."""
        why = ""
        for waiting, delivery in zip(batch, told, strict=True):
            if delivery.state is DeliveryState.SENT:
                self._is_open, self._asked, self._ask_at = True, 0, now + _ASK_S[0]
            elif delivery.state is DeliveryState.WAITS:
                why = delivery.told or "busy"
                self._take_back([waiting])
            self._answer(waiting, delivery)
        if why:
            self._away(why, now)
        else:
            self._back(now)

    def _load(self, waiting: Waiting) -> Outgoing | None:
        """A document as this printer takes it; None where it is held instead."""
        outgoing = waiting.outgoing
        if outgoing is not None and outgoing.printer == self.name:
            return outgoing
        try:
            return self._dispatcher.stored(waiting.ref, waiting.document, self.name, pages=waiting.pages)
        except HoldOrder as fault:
            self._refuse(waiting, fault)
            return None

    def _refuse(self, waiting: Waiting, fault: HoldOrder) -> None:
        self._others.refuse(waiting.ref, fault)
        self._answer(waiting, Delivery(ref=waiting.ref, state=DeliveryState.REFUSED, told=fault.message))

    def _answer(self, waiting: Waiting, delivery: Delivery) -> None:
        answer, waiting.answer = waiting.answer, None
        if answer is not None:
            answer(delivery)
        elif delivery.state not in {DeliveryState.SENT, DeliveryState.WAITS}:
            self._others.late(self.name, delivery)

    def _answer_all(self, batch: Sequence[Waiting], state: DeliveryState) -> None:
        for waiting in batch:
            self._answer(waiting, Delivery(ref=waiting.ref, state=state))

    def _take_back(self, batch: Iterable[Waiting]) -> None:
        """Let parcels wait again whose sending failed; those under way meanwhile are found not to be ready."""
        with self._lock:
            for waiting in batch:
                self._queue.put(waiting)

    def _put_back(self, refs: Sequence[ParcelRef]) -> None:
        """Let parcels wait again that certainly were not printed, in their order and before all others.

        A stack of sheets goes out again as it was.
        """
        for record in [self._ledger.record(ref) for ref in reversed(refs)]:
            self._number -= 1
            back = Waiting(record.rank, self._number, record.ref, record.document, record.pages, flushes=_BACK)
            with self._lock:
                if not self._has(record.ref):
                    self._queue.put(back)

    def _away(self, why: str, now: float) -> None:
        """The printer did not take a job, or the ledger is away."""
        self._is_open = True
        self._ask_at = 0.0
        self._retry_at = now + _RETRY_S[min(self._tries, len(_RETRY_S) - 1)]
        self._tries += 1
        with self._lock:
            waiting = self._queue.unanswered()
        self._answer_all(waiting, DeliveryState.WAITS)
        self._down(Condition(is_up=False, reasons=(why,)), now)

    def _back(self, now: float) -> None:
        self._tries, self._retry_at = 0, 0.0
        if self._printers.is_folder(self.name):
            self._up(Condition(is_up=True), now)

    def _look(self, now: float) -> None:
        """Look at a printer that can be asked, every so often."""
        if now < self._look_due or self._printers.is_folder(self.name):
            return
        self._looked_at = now
        condition = self._printers.open(self.name).look()
        if condition.is_up:
            self._up(condition, now)
        else:
            self._down(condition, now)

    @property
    def _look_due(self) -> float:
        return self._looked_at + (_LOOK_SOON_S if self._is_open or self.is_down else _LOOK_S)

    def _up(self, condition: Condition, now: float) -> None:
        was_down, self._down_since = self._down_since is not None, None
        self._tell(condition, now)
        if was_down:
            self._others.is_back(self.name)

    def _down(self, condition: Condition, now: float) -> None:
        was_down = self._down_since is not None
        if not was_down:
            self._down_since = now
        is_new = self._told is None or self._told.reasons != condition.reasons
        self._tell(condition, now)
        if is_new or not was_down:
            self._others.is_away(self.name, ", ".join(condition.reasons))

    def _tell(self, condition: Condition, now: float) -> None:
        if condition == self._told and now - self._told_at < _TOLD_S:
            return
        with suppress(RetryLater):
            self._ledger.note_printer(self.name, is_up=condition.is_up, reasons=condition.reasons)
            self._told, self._told_at = condition, now

    @property
    def _deputy(self) -> str:
        wanted = self._printers.declared.get(self.name)
        return wanted.deputy if wanted else ""

    def _deputy_due(self, now: float) -> float:
        """Seconds until its deputy takes over, 0 from then on."""
        wanted = self._printers.declared.get(self.name)
        if wanted is None or not wanted.deputy:
            return inf
        since = self._down_since if self._down_since is not None else now
        return max(since + wanted.deputy_after_s - now, 0.0)

    def _sooner(self, pause: float, now: float) -> float:
        """A pause, cut short where the deputy takes over before its end."""
        due = self._deputy_due(now)
        return min(pause, due) if due > 0 else pause

    def _fail_over(self, now: float) -> None:
        """Let the deputy have what waits, if this printer has been down for long enough."""
        if not self.is_down or not self._deputy or self._deputy_due(now) > 0:
            return
        with self._lock:
            waiting = self._queue.take(len(self._queue))
        if not waiting:
            return
        given = False
        try:
            given = self._others.take_over(self._deputy, [replace(one, outgoing=None) for one in waiting])
        finally:
            if not given:
                self._take_back(waiting)
