"""Literals of the rule grammar: what one number, date or yes in a cell means, and how it is spelled.

Owns text → value for a single literal, as a person or a spreadsheet writes it. Where it could mean two things it is
refused with a hint, never guessed. Lists, ranges and `not` are built on top by `packslip.library.cells`.
"""

import re
import unicodedata
from collections.abc import Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

MOST_DECIMALS = 9
LARGEST = Decimal(10) ** 15

_QUOTES = str.maketrans("“”„‟«»‘’‚‛", '""""""\'\'\'\'')
_SIGNS = str.maketrans({"−": "-", "≥": ">=", "≤": "<=", "≠": "!=", "…": ".."})
_SPACES = re.compile(r"[\s\u200b\u2060\ufeff]+")
_GROUPING = re.compile(r"(?<=\d)[\u00a0\u2009\u202f](?=\d{3}(?!\d))")

_PLAIN = re.compile(r"-?\d+")
_DECIMAL = re.compile(r"-?\d+[.,]\d+")
_GROUPED = re.compile(r"-?\d{1,3}(?:,\d{3})+\.\d+|-?\d{1,3}(?:\.\d{3})+,\d+|-?\d{1,3}(?:'\d{3})+(?:[.,]\d+)?")
_THOUSANDS = re.compile(r"-?[1-9]\d{0,2}(?:([.,])\d{3})(?:\1\d{3})*")

_ISO = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?:[T ]00:00(?::00(?:\.0+)?)?)?")
_DOTTED = re.compile(r"(\d{1,2})\.\s?(\d{1,2})\.\s?(\d{4})")
_SLASHED = re.compile(r"(\d{1,2})[/-](\d{1,2})[/-](\d{4})")

_YES = frozenset(("yes", "true", "ja", "oui", "wahr", "vrai"))
_NO = frozenset(("no", "false", "nein", "non", "falsch", "faux"))

_SPREADSHEET_FAULT = re.compile(
    r"#(?:NAME\?|REF ?!|VALUE!|DIV/0!|N/A|NUM!|NULL!|WERT!|BEZUG!|NV|ZAHL!|NOM ?\?|VALEUR!|##+)"
)
_DATE_HINT = "write the year first: 2026-12-24"


class CellError(ValueError):
    """A cell does not parse; carries what is wrong and what to write instead."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint


def tidy(text: str) -> str:
    """The cell with typographic quotes, signs and spaces as one types them on a plain keyboard.

    Spaces that group thousands (no-break and narrow ones, as spreadsheets put them) are taken out of numbers.

    Raises:
        CellError: the cell holds a spreadsheet's error value or a control character.
    """
    text = _GROUPING.sub("", unicodedata.normalize("NFC", text))
    text = _SPACES.sub(" ", text.translate(_QUOTES)).strip()
    if _SPREADSHEET_FAULT.fullmatch(text):
        raise CellError(
            f"{text!r} is a spreadsheet's error value",
            "retype the cell; write >= 5, not => 5, and begin no cell with =",
        )
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise CellError(f"control character in {text!r}", "retype the cell")
    return text


def plain_signs(text: str) -> str:
    """Comparison signs and minus as one types them: `≥` is `>=`."""
    return text.translate(_SIGNS)


def fold(text: str) -> str:
    """The form in which texts are compared: case, spacing and the kind of quotes do not matter."""
    return _SPACES.sub(" ", unicodedata.normalize("NFC", text).translate(_QUOTES)).strip().casefold()


def shorten(text: str, limit: int = 40) -> str:
    """A cell's text quoted for a message, cut where it is long."""
    return repr(text if len(text) <= limit else text[: limit - 1] + "…")


def did_you_mean(text: str, choices: list[str]) -> str:
    """A hint that names what was probably meant, else the choices where they are few."""
    close = near(text, choices)
    if close:
        return f"did you mean {close}?"
    if choices and len(choices) <= 16:
        return f"one of: {', '.join(choices)}"
    return ""


def near(text: str, choices: Iterable[str], *, alike: float = 0.6) -> str:
    """The choice that is spelled most like a text, "" where none is; `alike` is from 0 to 1, for the same."""
    by_fold = {fold(choice): choice for choice in choices}
    close = get_close_matches(fold(text), by_fold, n=1, cutoff=alike)
    return by_fold[close[0]] if close else ""


def parse_number(text: str, *, comma: bool = True) -> Decimal:
    """A number with a point or a comma as decimal mark.

    `1.000` and `1,000` are refused: they are a thousand to one reader and one to another. `comma=False` refuses the
    comma too, where it could as well part a list.

    Raises:
        CellError: no number, or one that two people would read differently.
    """
    if _PLAIN.fullmatch(text):
        return _bounded(Decimal(text), text)
    if not comma and "," in text:
        raise CellError(f"{text!r} may be one number or a list", "write 1.5 for a number, 1; 5 for a list")
    if _THOUSANDS.fullmatch(text):
        raise CellError(f"{text!r} may mean thousands or decimals", "write 1000, or 1.0 for one")
    if _GROUPED.fullmatch(text):
        mark = max(text.rfind("."), text.rfind(","))
        whole, part = (text, "") if mark < 0 else (text[:mark], "." + text[mark + 1 :])
        return _bounded(Decimal(re.sub(r"[.,']", "", whole) + part), text)
    if _DECIMAL.fullmatch(text):
        return _bounded(Decimal(text.replace(",", ".")), text)
    raise CellError(f"expected a number, got {shorten(text)}", number_hint(text))


def number_hint(text: str) -> str:
    """What to write instead of something that is no number."""
    if text.endswith("+"):
        return f"write >= {text[:-1].strip()}"
    if re.fullmatch(r"-?[\d.,]+\s*(?:-|–|—|to|bis|à)\s*-?[\d.,]+", text):
        return "write a range with two points: 1..5"
    if re.search(r"\d\s*(?:%|€|\$|£|[A-Za-z]{3})$", text):
        return "write the number alone"
    if re.fullmatch(r"[\d.,]+(?: [\d.,]+)+", text):
        return "put ; between the numbers of a list: 1; 5"
    return "write 5, >= 49.90, < 3, 1..5 or a list: 1; 5"


def plain_number(text: str) -> Decimal | None:
    """The number a shop's own text holds, None where it is none; a point is a decimal mark there, always."""
    text = text.strip()
    if not (_PLAIN.fullmatch(text) or _DECIMAL.fullmatch(text)) or ("," in text and _THOUSANDS.fullmatch(text)):
        return None
    return Decimal(text.replace(",", "."))


def _bounded(value: Decimal, text: str) -> Decimal:
    exponent = value.as_tuple().exponent
    if abs(value) >= LARGEST or (isinstance(exponent, int) and -exponent > MOST_DECIMALS):
        raise CellError(
            f"{shorten(text)} is out of range", f"numbers below 10^15 with at most {MOST_DECIMALS} decimals"
        )
    return value


def spell_number(value: Decimal) -> str:
    """The number with a decimal point, no exponent, its decimals as given."""
    return f"{value:f}" if value else "0"


def parse_date(text: str) -> date:
    """A date: `2026-12-24`, as German spreadsheets save it `24.12.2026`, or `24/12/2026` where that is clear.

    Raises:
        CellError: no date, or one that two people would read differently.
    """
    if found := _ISO.fullmatch(text):
        return _calendar(text, found[1], found[3], found[4])
    if found := _DOTTED.fullmatch(text):
        return _calendar(text, found[3], found[2], found[1])
    if found := _SLASHED.fullmatch(text):
        first, second = int(found[1]), int(found[2])
        if first <= 12 and second <= 12 and first != second:
            raise CellError(f"{text!r} may be day/month or month/day", _DATE_HINT)
        month, day = (found[1], found[2]) if second > 12 else (found[2], found[1])
        return _calendar(text, found[3], month, day)
    raise CellError(f"expected a date, got {shorten(text)}", _DATE_HINT)


def plain_date(text: str) -> date | None:
    """The date a shop's own text holds, None where it is none."""
    try:
        return parse_date(text.strip())
    except CellError:
        return None


def _calendar(text: str, year: str, month: str, day: str) -> date:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        raise CellError(f"{text!r} is not in the calendar", _DATE_HINT) from None


def parse_yes_no(text: str) -> bool:
    """Yes or no, also as a spreadsheet in German or French turns them.

    Raises:
        CellError: neither.
    """
    word = text.casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise CellError(f"expected yes or no, got {shorten(text)}", "write yes or no")
