"""How a printer is, from what it says of itself. Pure.

Source: RFC 8011, 5.4.11 to 5.4.24.
"""

from collections.abc import Sequence

from packslip.dispatch.ipp.values import Attributes
from packslip.dispatch.ipp.words import is_stopper, printer_words
from packslip.dispatch.printer import Condition

#: What is asked of a printer.
STATE = (
    "printer-state",
    "printer-state-reasons",
    "printer-is-accepting-jobs",
    "queued-job-count",
    "printer-up-time",
)
_STOPPED = 5


def is_accepting(state: Attributes) -> bool:
    """Whether a printer takes jobs; one that does not say takes them."""
    return state.truth("printer-is-accepting-jobs") is not False


def condition_of(state: Attributes, unable: Sequence[str]) -> Condition:
    """How a printer is; `unable` is what the settings ask of it in vain."""
    reasons = state.texts("printer-state-reasons")
    told = printer_words(reasons)
    is_stopped = state.number("printer-state") == _STOPPED
    words = [*unable, *told]
    if is_stopped and not told:
        words.append("stopped")
    if not is_accepting(state):
        words.append("takes no jobs now")
    if waiting := state.number("queued-job-count"):
        words.append(f"busy: {waiting} in its queue")
    is_up = not unable and not is_stopped and is_accepting(state) and not any(map(is_stopper, reasons))
    return Condition(is_up=is_up, reasons=tuple(words))
