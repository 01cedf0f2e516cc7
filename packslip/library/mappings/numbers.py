"""How an export writes numbers."""

import re
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True, slots=True, kw_only=True)
class NumberShape:
    """The marks in a number; the contract has a decimal point and no thousands mark."""

    decimal: str = "."
    thousands: str = ""

    def plain(self, text: str) -> str | None:
        """The number in plain digits with a decimal point; None where it is not written in this shape."""
        found = _pattern(self.decimal, self.thousands).fullmatch(text)
        if found is None:
            return None
        whole = found["whole"]
        for mark in _marks(self.thousands):
            whole = whole.replace(mark, "")
        sign = "-" if found["sign"] in ("-", "−") else ""
        return f"{sign}{whole}.{found['rest']}" if found["rest"] else f"{sign}{whole}"


def _marks(thousands: str) -> str:
    """A space as thousands mark stands for the narrow and the non-breaking one too."""
    return " \u00a0\u202f\u2009" if thousands == " " else "'’" if thousands in ("'", "’") else thousands


#: the contract's own way
PLAIN = NumberShape()


@lru_cache(maxsize=32)
def _pattern(decimal: str, thousands: str) -> re.Pattern[str]:
    grouped = rf"[0-9]{{1,3}}(?:[{re.escape(_marks(thousands))}][0-9]{{3}})+|" if thousands else ""
    return re.compile(
        rf"(?P<sign>[+\-−]?)(?P<whole>{grouped}[0-9]{{1,15}})(?:{re.escape(decimal)}(?P<rest>[0-9]{{1,6}}))?"
    )
