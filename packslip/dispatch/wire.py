"""A line to a printer over TCP or TLS, on which every wait has an end.

Owns time limits: a peer that is silent, slow or drips byte by byte holds nobody longer than was said. Knows no
protocol.
"""

import contextlib
import hashlib
import hmac
import os
import socket
import ssl
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass

#: Slowest that a document may flow to a printer, in bytes a second, beyond the wait for an answer.
SLOWEST = 4096

_PIECE = 65_536
_RESET = struct.pack("ii", 1, 0)
_IN_PEACE = struct.pack("ii", 0, 0)


class NotConnectedError(Exception):
    """No line came about, so nothing was sent; `str()` says why, for people."""


class LostError(Exception):
    """A line that was open is of no use any more; `str()` says why, for people."""


class SilentError(LostError):
    """Nothing came, or nothing was taken, in time."""


class BrokenOffError(LostError):
    """Some of what was to be sent had left, and no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Address:
    """Where a printer listens."""

    host: str
    port: int
    tls: bool = False
    fingerprint: str = ""  #: SHA-256 of the certificate; "": known authorities must have signed it


class Line:
    """An open connection. Moments are by `time.monotonic`.

    Until `deliver` is called, its end is a reset, whoever brings it about, `kill -9` included: a printer that sees half
    a document end in peace may print that half and call it complete.
    """

    def __init__(self, peer: socket.socket) -> None:
        self._peer = peer
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        self.sent = 0  #: bytes that have left this process

    def send(self, data: bytes, wait_s: float) -> None:
        """Send everything: no wait longer than `wait_s`, and none of it slower than `SLOWEST`.

        Raises:
            LostError: the peer is gone or does not take it; `BrokenOffError` where it took some.
        """
        end = time.monotonic() + wait_s + len(data) / SLOWEST
        left = memoryview(data)
        while left:
            try:
                with _told("takes no more data"):
                    self._wait(min(time.monotonic() + wait_s, end))
                    taken = self._peer.send(left[:_PIECE])
            except LostError as fault:
                if len(left) == len(data):
                    raise
                raise BrokenOffError(str(fault)) from None
            self.sent += taken
            left = left[taken:]

    def deliver(self) -> None:
        """All is said: what has left shall arrive, even if this process ends now."""
        with contextlib.suppress(OSError):
            self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _IN_PEACE)

    def finish(self) -> None:
        """Say that nothing more comes; the peer may still answer.

        Raises:
            LostError: the peer is gone.
        """
        self.deliver()
        with _told("is gone"):
            self._peer.shutdown(socket.SHUT_WR)

    def receive(self, most: int, until: float) -> bytes:
        """Some bytes, b"" where the peer has said that nothing more comes.

        Raises:
            LostError: the peer is gone or says nothing in time.
        """
        with _told("gives no answer"):
            self._wait(until)
            return self._peer.recv(min(most, _PIECE))

    def close(self) -> None:
        """Let go."""
        with contextlib.suppress(OSError):
            self._peer.close()

    def _wait(self, until: float) -> None:
        left = until - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._peer.settimeout(left)


def connect(address: Address, wait_s: float) -> Line:
    """A line to a printer.

    Raises:
        NotConnectedError: there is nobody, or somebody else.
    """
    try:
        peer = socket.create_connection((address.host, address.port), timeout=wait_s)
    except TimeoutError:
        raise NotConnectedError("does not answer") from None
    except (OSError, UnicodeError) as fault:
        raise NotConnectedError(_reason(fault)) from None
    peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    if not address.tls:
        return Line(peer)
    try:
        return Line(_secure(peer, address))
    except NotConnectedError:
        peer.close()
        raise
    except (OSError, ValueError) as fault:
        peer.close()
        raise NotConnectedError(f"no TLS: {_reason(fault)}") from None


def _secure(peer: socket.socket, address: Address) -> ssl.SSLSocket:
    context = ssl.create_default_context()
    if address.fingerprint:  # this one certificate, whoever signed it and whatever name it bears
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    secured = context.wrap_socket(peer, server_hostname=address.host)
    if address.fingerprint:
        shown = hashlib.sha256(secured.getpeercert(binary_form=True) or b"").hexdigest()
        if not hmac.compare_digest(shown, address.fingerprint):
            secured.close()
            raise NotConnectedError(f"its certificate has the fingerprint {shown}, the settings say another")
    return secured


def _reason(fault: Exception) -> str:
    match fault:
        case ssl.SSLCertVerificationError():
            return f"its certificate is not trusted: {fault.verify_message}"
        case ssl.SSLError():
            return str(fault.reason or "handshake failed").lower().replace("_", " ")
        case socket.gaierror():
            return "its name is not known"
        case OSError(errno=int(number)):
            return os.strerror(number).lower()
        case _:
            return "not a host"


@contextlib.contextmanager
def _told(silent: str) -> Iterator[None]:
    try:
        yield
    except TimeoutError:
        raise SilentError(silent) from None
    except OSError as fault:
        raise LostError(_reason(fault)) from None
