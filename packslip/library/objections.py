"""Objections: what a cell of a column means that asks for no marketing."""

from packslip.library.literals import parse_yes_no
from packslip.model import Scalar

#: columns of customers.csv that ask for no marketing
SUPPRESSING = ("suppress", "opt_out", "marketing_opt_out")


def is_clear_no(value: Scalar) -> bool:
    """Whether a value certainly does not ask for it; in doubt the customer is left alone."""
    if value is None or value is False or value == 0:
        return True
    text = str(value).strip()
    if text in ("", "0"):
        return True
    try:
        return not parse_yes_no(text)
    except ValueError:
        return False
