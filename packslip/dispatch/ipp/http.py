"""One request and its answer over HTTP/1.1, as IPP uses it: a POST, a body, a body back, a connection for each.

Says of every failure how far the request was. Where the server knows `Expect: 100-continue`, a printer that is frozen
or refuses is found out before the body leaves. Answers are untrusted: their size, their headers and the time they take
have limits.

Source: RFC 9110, 10.1.1; RFC 9112; RFC 8010, 4.
"""

import time
from dataclasses import dataclass
from enum import Enum, auto

from packslip.dispatch.wire import Address, Line, LostError, NotConnectedError, SilentError, connect

#: Largest answer that is read, in bytes: the attributes of a talkative printer, or some thousand jobs.
LARGEST = 4 * 1024 * 1024
#: Longest line of a header, in bytes, and most of them.
LONGEST_LINE = 8192
MOST_LINES = 200
#: Longest wait for a 100 from a server that may not know it, in seconds.
PATIENCE_S = 0.5

_HEX = frozenset("0123456789abcdefABCDEF")
_CONTINUE = 100
_OK = 200


class Expect(Enum):
    """Whether the server says 100 before it gets the body."""

    TRY = auto()  #: nobody knows: it gets the body after a moment all the same
    INSIST = auto()  #: it does: without a 100 it gets nothing
    NEVER = auto()  #: it does not, so it is not asked


class NotSentError(Exception):
    """No byte of the body left; `str()` says why, for people."""


class StatusError(Exception):
    """An answer that is not 200."""

    def __init__(self, status: int, *, body_sent: bool) -> None:
        super().__init__(f"HTTP status {status}")
        self.status = status
        self.body_sent = body_sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """A body that came back."""

    body: bytes
    continued: bool  #: whether the server said 100 before


def post(address: Address, path: str, body: bytes, *, expect: Expect, wait_s: float) -> Answer:
    """Send a body to a path; what came back.

    Raises:
        NotSentError: no byte of the body left.
        StatusError: the server refused it, or failed.
        LostError: the line broke or the answer makes no sense; nobody can know what the server did.
    """
    try:
        line = connect(address, wait_s)
    except NotConnectedError as fault:
        raise NotSentError(str(fault)) from None
    try:
        reader = _Reader(line)
        head = _head(address, path, len(body), expect)
        continued = _announce(line, reader, head, expect, wait_s)
        return Answer(body=_hand_over(line, reader, body, wait_s), continued=continued)
    finally:
        line.close()


def _head(address: Address, path: str, length: int, expect: Expect) -> bytes:
    host = f"[{address.host}]" if ":" in address.host else address.host
    lines = [
        f"POST {path} HTTP/1.1",
        f"Host: {host}:{address.port}",
        "Content-Type: application/ipp",
        f"Content-Length: {length}",
        "User-Agent: packslip",
        "Connection: close",
    ]
    if expect is not Expect.NEVER:
        lines.append("Expect: 100-continue")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def _announce(line: Line, reader: "_Reader", head: bytes, expect: Expect, wait_s: float) -> bool:
    """Send the head and wait for the 100; whether it came."""
    try:
        line.send(head, wait_s)
        if expect is Expect.NEVER:
            return False
        reader.wait(wait_s if expect is Expect.INSIST else min(wait_s, PATIENCE_S))
        status = reader.status()
    except SilentError as fault:
        if expect is Expect.INSIST:
            raise NotSentError(str(fault)) from None
        return False
    except LostError as fault:
        raise NotSentError(str(fault)) from None
    if status != _CONTINUE:
        raise StatusError(status, body_sent=False)
    return True


def _hand_over(line: Line, reader: "_Reader", body: bytes, wait_s: float) -> bytes:
    """Send the body and read what comes back.

    A server may refuse a long body before it has all of it, and hang up: its answer is read even so.
    """
    broken: LostError | None = None
    try:
        line.send(body, wait_s)
        line.deliver()
    except LostError as fault:
        broken = fault
    reader.wait(PATIENCE_S if broken else wait_s)
    try:
        status = reader.status()
        while status == _CONTINUE:
            status = reader.status()
        if status != _OK:
            raise StatusError(status, body_sent=True)
        return reader.body()
    except LostError as fault:
        raise broken or fault from None


class _Reader:
    """Reads what comes back; no longer than `wait` says, however it drips."""

    def __init__(self, line: Line) -> None:
        self._line = line
        self._until = 0.0
        self._held = bytearray()
        self._headers: dict[str, str] = {}

    def wait(self, seconds: float) -> None:
        """All that is read from now on must be there in so many seconds."""
        self._until = time.monotonic() + seconds

    def status(self) -> int:
        """The status of an answer, with its headers taken in."""
        words = self._text_line().split(" ", 2)
        if len(words) < 2 or not words[0].startswith("HTTP/1.") or not words[1].isdecimal():
            raise LostError(_SENSELESS)
        self._headers = {}
        for _ in range(MOST_LINES):
            text = self._text_line()
            if not text:
                return int(words[1][:3])
            name, _, value = text.partition(":")
            self._headers[name.strip().lower()] = value.strip()
        raise LostError(_TOO_LARGE)

    def body(self) -> bytes:
        """What follows the headers."""
        if self._headers.get("transfer-encoding", "").lower() == "chunked":
            return self._chunks()
        length = self._headers.get("content-length", "")
        if not length:
            return self._rest()
        if not length.isdecimal() or len(length) > 12:
            raise LostError(_SENSELESS)
        return self._exactly(int(length))

    def _chunks(self) -> bytes:
        whole = bytearray()
        while size := self._chunk_size():
            whole += self._exactly(size, before=len(whole))
            if self._text_line():
                raise LostError(_SENSELESS)
        return bytes(whole)

    def _chunk_size(self) -> int:
        text = self._text_line().partition(";")[0].strip()
        if not text or len(text) > 12 or not _HEX.issuperset(text):
            raise LostError(_SENSELESS)
        return int(text, 16)

    def _exactly(self, count: int, *, before: int = 0) -> bytes:
        if before + count > LARGEST:
            raise LostError(_TOO_LARGE)
        while len(self._held) < count:
            self._more()
        return self._cut(count)

    def _rest(self) -> bytes:
        while piece := self._line.receive(LARGEST, self._until):
            self._held += piece
            if len(self._held) > LARGEST:
                raise LostError(_TOO_LARGE)
        return self._cut(len(self._held))

    def _text_line(self) -> str:
        while (end := self._held.find(b"\n")) < 0:
            if len(self._held) > LONGEST_LINE:
                raise LostError(_TOO_LARGE)
            self._more()
        if end > LONGEST_LINE:
            raise LostError(_TOO_LARGE)
        return self._cut(end + 1).decode("latin-1").rstrip("\r\n")

    def _more(self) -> None:
        piece = self._line.receive(LARGEST, self._until)
        if not piece:
            raise LostError("ended its answer too early")
        self._held += piece

    def _cut(self, count: int) -> bytes:
        piece = bytes(self._held[:count])
        del self._held[:count]
        return piece


_SENSELESS = "gives an answer that makes no sense"
_TOO_LARGE = "gives an answer beyond all measure"
