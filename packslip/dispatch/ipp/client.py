"""A printer's IPP operations, one call each. Knows requests and replies, judges no job and no state.

Source: RFC 8011, 4.
"""

import itertools
from collections.abc import Sequence
from enum import IntEnum
from urllib.parse import urlsplit

from packslip.dispatch.ipp.codec import IppError, decode, encode
from packslip.dispatch.ipp.http import Expect, post
from packslip.dispatch.ipp.values import Attribute, Attributes, Group, GroupTag, Message, Tag, attribute
from packslip.dispatch.wire import Address, LostError

#: Who asks for everything: never a person.
USER = "packslip"

IPP_PORT = 631


class Operation(IntEnum):
    """What a printer is asked to do."""

    PRINT_JOB = 0x02
    VALIDATE_JOB = 0x04
    CANCEL_JOB = 0x08
    GET_JOB_ATTRIBUTES = 0x09
    GET_JOBS = 0x0A
    GET_PRINTER_ATTRIBUTES = 0x0B


class Status(IntEnum):
    """Replies that mean something here; all below 0x100 are successes."""

    OK = 0x0000
    NOT_FOUND = 0x0406
    GONE = 0x0407
    ENTITY_TOO_LARGE = 0x0408
    FORMAT_NOT_SUPPORTED = 0x040A
    VALUES_NOT_SUPPORTED = 0x040B
    FORMAT_ERROR = 0x0411
    INTERNAL_ERROR = 0x0500
    VERSION_NOT_SUPPORTED = 0x0503
    DEVICE_ERROR = 0x0504
    NOT_ACCEPTING = 0x0506
    BUSY = 0x0507
    CANCELED = 0x0508


def is_success(code: int) -> bool:
    """Whether a reply says that it was done."""
    return 0 <= code < 0x100


class IppClient:
    """Asks one printer."""

    def __init__(self, uri: str, *, fingerprint: str, wait_s: float) -> None:
        """`wait_s` is the longest wait for an answer."""
        self.uri = uri
        self._wait_s = wait_s
        self._address, self._path = _target(uri, fingerprint)
        self._numbers = itertools.count(1)
        self._version = (2, 0)
        self._expect = Expect.TRY

    def call(
        self,
        operation: Operation,
        asked: Sequence[Attribute] = (),
        *,
        job: Sequence[Attribute] = (),
        document: bytes = b"",
        wait_s: float | None = None,
    ) -> Message:
        """The printer's reply, whatever it says.

        Raises:
            NotSentError: the printer knows nothing of this call.
            StatusError: it refused it below IPP.
            LostError: nobody can know what it did.
        """
        longest = min(wait_s or self._wait_s, self._wait_s)
        reply = self._once(operation, asked, job, document, longest)
        if reply.code == Status.VERSION_NOT_SUPPORTED and self._version != (1, 1):
            self._version = (1, 1)
            reply = self._once(operation, asked, job, document, longest)
        return reply

    def _once(
        self,
        operation: Operation,
        asked: Sequence[Attribute],
        job: Sequence[Attribute],
        document: bytes,
        wait_s: float,
    ) -> Message:
        number = next(self._numbers)
        groups = [Group(GroupTag.OPERATION, Attributes((*self._opening(), *asked)))]
        if job:
            groups.append(Group(GroupTag.JOB, Attributes(tuple(job))))
        request = Message(code=operation, request_id=number, groups=tuple(groups), version=self._version)
        expect = self._expect if document or self._expect is Expect.TRY else Expect.NEVER
        answer = post(self._address, self._path, encode(request) + document, expect=expect, wait_s=wait_s)
        if expect is Expect.TRY:
            self._expect = Expect.INSIST if answer.continued else Expect.NEVER
        try:
            reply = decode(answer.body)
        except IppError:
            raise LostError("gives an answer that is no IPP") from None
        if reply.request_id != number:
            raise LostError("gives an answer to another question")
        return reply

    def _opening(self) -> tuple[Attribute, ...]:
        """What every request begins with, in this order."""
        return (
            attribute("attributes-charset", Tag.CHARSET, "utf-8"),
            attribute("attributes-natural-language", Tag.LANGUAGE, "en"),
            attribute("printer-uri", Tag.URI, self.uri),
            attribute("requesting-user-name", Tag.NAME, USER),
        )


def _target(uri: str, fingerprint: str) -> tuple[Address, str]:
    """Where a printer listens, and the path of its requests."""
    parts = urlsplit(uri)
    tls = parts.scheme == "ipps"
    address = Address(host=parts.hostname or "", port=parts.port or IPP_PORT, tls=tls, fingerprint=fingerprint)
    return address, (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
