"""Faults on the line: which end one order, which end the run; and the one place that catches what nobody foresaw."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from packslip.engine.pool import WorkerBugError, WorkerKilled
from packslip.engine.worker import describe_bug
from packslip.errors import Fate, LayoutError, PackslipError
from packslip.model import Finding, Where, error

log = logging.getLogger("packslip.engine")

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Bug:
    """A fault of packslip itself; `trace` names places in the code, never data."""

    trace: str


def catch_bug(act: Callable[[], T], what: str) -> T | Bug:
    """What an act gives, or the bug it ran into, which is logged: one bad order must not stop the line.

    Raises:
        PackslipError: what the act raised with a fate.
    """
    try:
        return act()
    except PackslipError:
        raise
    except Exception as fault:  # noqa: BLE001 - the one place of the house
        trace = describe_bug(type(fault), fault.__traceback__)
        if isinstance(fault, WorkerBugError):
            trace = f"{trace}; in the worker: {fault}"
        log.error("%s: %s", what, trace)  # noqa: TRY400 - the exception's own text may hold a customer's data
        return Bug(trace)


def internal(where: Where) -> Finding:
    """The finding of a bug."""
    return error("internal", where, "packslip itself failed on this", "see .packslip/log, and report it")


def finding_of(fault: PackslipError, where: Where) -> Finding | None:
    """The finding that holds an order for an exception; None where the exception is not the order's business."""
    if isinstance(fault, WorkerKilled):
        return error("press.killed", where, fault.message, fault.hint)
    if isinstance(fault, LayoutError):
        return error("layout.broken", where, fault.message, fault.hint)
    if fault.fate is Fate.HOLD:
        return error("order.held", where, fault.message, fault.hint)
    return None
