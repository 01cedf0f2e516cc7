"""A printer that takes raw data on a TCP port, 9100 as a rule: it can be fed, and can never be asked.

Proof of a document's arrival is the peer's own end: everything was sent, our side was closed, and the printer read to
the last byte and closed its side. That the data left proves nothing, since a dead printer's network card takes it as
well. Whatever else happens after the first byte is unknown for ever.

No connection is opened but to print: some printers print a blank label or stay busy for a minute after an empty one.
The one exception is a printer that refused the last connection, which is tried before it is called up again.
"""

import time
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from packslip.dispatch.printer import Asked, Condition, Job, Progress, Sent
from packslip.dispatch.wire import Address, Line, LostError, NotConnectedError, connect
from packslip.errors import HoldOrder, RetryLater
from packslip.printers import PrinterSettings

RAW_PORT = 9100
#: Longest wait for a connection when a printer is only looked at, in seconds.
LOOK_S = 3.0

#: Begins and ends what is meant for the printer itself (Universal Exit Language).
UEL = b"\x1b%-12345X"
_MOST_READ = 65_536


class SocketPrinter:
    """One printer behind a port."""

    def __init__(self, name: str, settings: PrinterSettings) -> None:
        """Nothing is opened yet."""
        self._name = name
        parts = urlsplit(settings.uri)
        self._address = Address(host=parts.hostname or "", port=parts.port or RAW_PORT)
        self._preamble = "".join(f"{line}\r\n" for line in settings.preamble_lines).encode("ascii")
        self._wait_s = settings.answer_s
        self._away = ""  #: why the last connection was refused
        self._trouble = ""  #: what became of the last job that did not go through

    def prepare(self, *jobs: Job) -> None:
        """Nothing: a printer that is only asked whether it is there may print on that."""

    def withdraw(self, name: str) -> None:
        """Nothing lies at the printer before it is sent."""

    def send(self, job: Job) -> Sent:
        """Print a job: done where the printer read it to the end.

        Raises:
            RetryLater: no byte of it left.
            HoldOrder: the document holds what printers take for a command of their own.
        """
        if not job.data or UEL in job.data:
            what = "is empty" if not job.data else "holds the sequence that ends a job for printers"
            raise HoldOrder(f"the document {what}")
        try:
            line = connect(self._address, self._wait_s)
        except NotConnectedError as fault:
            self._away = str(fault)
            raise RetryLater(f"printer {self._name}: {fault}") from None
        self._away = ""
        try:
            return self._hand_over(line, self._wrapped(job.data))
        finally:
            line.close()

    def settle(self) -> None:
        """What a printer keeps is its own affair."""

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        """Nobody can know, not even of a job that may never have begun."""
        told = "a raw port cannot be asked what became of it"
        return tuple(Sent(progress=Progress.UNKNOWN, receipt=job.receipt, told=told) for job in jobs)

    def look(self) -> Condition:
        """How the printer was at the last job; one that refused it is tried again."""
        if self._away:
            try:
                line = connect(self._address, min(self._wait_s, LOOK_S))
            except NotConnectedError as fault:
                return Condition(is_up=False, reasons=("offline", str(fault)))
            line.deliver()
            line.close()
            self._away = ""
        return Condition(is_up=True, reasons=(self._trouble,) if self._trouble else ())

    def path(self, name: str) -> Path | None:
        """Paper has no path."""

    def close(self) -> None:
        """No connection outlives its job."""

    def _hand_over(self, line: Line, data: bytes) -> Sent:
        try:
            line.send(data, self._wait_s)
            line.finish()
            _read_to_end(line, self._wait_s)
        except LostError as fault:
            self._trouble = f"the printer {fault}"
            if not line.sent:
                raise RetryLater(f"printer {self._name}: {fault}") from None
            told = f"the printer {fault}; {line.sent} of {len(data)} bytes had left"
            return Sent(progress=Progress.UNKNOWN, told=told)
        self._trouble = ""
        return Sent(progress=Progress.DONE)

    def _wrapped(self, data: bytes) -> bytes:
        return UEL + self._preamble + data + UEL if self._preamble else data


def _read_to_end(line: Line, wait_s: float) -> None:
    """Wait until the printer has closed its side; what it says meanwhile is not listened to."""
    until = time.monotonic() + wait_s
    read = 0
    while piece := line.receive(_MOST_READ, until):
        read += len(piece)
        if read > _MOST_READ:
            raise LostError("talks without end")
