"""What a printer's no is worth: whether anything can have been printed, and whether it is worth another try.

Source: RFC 8011, B.1; RFC 9110, 15.
"""

from enum import Enum, auto

from packslip.dispatch.ipp.client import Status
from packslip.dispatch.ipp.values import GroupTag, Message
from packslip.dispatch.ipp.words import MOST_WORDS, keyword


class Refusal(Enum):
    """What a no means for the job."""

    OF_NOW = auto()  #: certainly not taken; another time it may be
    OF_THE_DOCUMENT = auto()  #: certainly not taken, nor ever will be
    IN_DOUBT = auto()  #: there may be a job all the same


_OF_THE_DOCUMENT = frozenset({Status.ENTITY_TOO_LARGE, Status.FORMAT_NOT_SUPPORTED, Status.FORMAT_ERROR})
#: Faults in the middle of the work, and what no standard names: a job may be there.
_IN_DOUBT = frozenset({Status.INTERNAL_ERROR, Status.DEVICE_ERROR, Status.CANCELED})
_NAMED = range(0x0400, 0x0600)

_WORDS: dict[int, str] = {
    0x0401: "does not let packslip print",
    0x0402: "asks for a login, and packslip has none",
    0x0403: "does not let packslip print",
    Status.NOT_FOUND: "has no such queue",
    Status.ENTITY_TOO_LARGE: "does not take documents so large",
    Status.FORMAT_NOT_SUPPORTED: "does not take documents of this format",
    Status.VALUES_NOT_SUPPORTED: "cannot do what the job asks for",
    Status.FORMAT_ERROR: "cannot read the document",
    0x0501: "cannot do what is asked",
    0x0502: "is not in service",
    0x0505: "has a passing fault",
    Status.NOT_ACCEPTING: "takes no jobs now",
    Status.BUSY: "is busy",
    0x050A: "is switched off",
    0x050B: "has too many jobs",
}
_HTTP_WORDS: dict[int, str] = {
    401: "asks for a login, and packslip has none",
    403: "does not let packslip print",
    404: "has no such queue",
    413: "does not take documents so large",
    426: "wants TLS; set ipps:// in its uri",
    503: "is not in service",
}
#: HTTP answers of a server that has looked at nothing but the request's head.
_OF_THE_HEAD = frozenset({400, 401, 403, 404, 405, 411, 413, 417, 426})


def refusal_words(code: int) -> str:
    """An IPP status for people, to go on from "the printer"."""
    return _WORDS.get(code, f"refuses it with IPP status {code:#06x}")


def status_words(status: int) -> str:
    """An HTTP status for people, to go on from "the printer"."""
    return _HTTP_WORDS.get(status, f"answers with HTTP status {status}")


def fate_of_refusal(code: int) -> Refusal:
    """What an IPP status that is no success means."""
    if code in _OF_THE_DOCUMENT:
        return Refusal.OF_THE_DOCUMENT
    return Refusal.IN_DOUBT if code in _IN_DOUBT or code not in _NAMED else Refusal.OF_NOW


def fate_of_status(status: int, *, body_sent: bool) -> Refusal:
    """What an HTTP status that is not 200 means."""
    if status == 413:
        return Refusal.OF_THE_DOCUMENT
    return Refusal.OF_NOW if status in _OF_THE_HEAD or not body_sent else Refusal.IN_DOUBT


def left_out(reply: Message) -> str:
    """Attributes that a printer did not take, "" where it took them all."""
    groups = reply.all_of(GroupTag.UNSUPPORTED)
    names = dict.fromkeys(keyword(item.name) for group in groups for item in group.items)
    return ", ".join(list(names)[:MOST_WORDS])
