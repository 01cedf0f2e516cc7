"""The cell grammar: `FR, DE` · `not FR` · `>= 49.90` · `1..5` · `yes` · `from 2026-12-01` · `known` · blank for any.

Owns text → `Cell`. What does not parse is a `CellError`, never a cell that silently never matches.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from packslip.library import literals
from packslip.library.conditions import (
    ANY,
    ANY_WORDS,
    UNKNOWN_WORDS,
    Cell,
    Item,
    Literal,
    Sense,
    Span,
    as_text,
    is_less,
)
from packslip.library.literals import CellError, did_you_mean, fold, near, shorten, tidy
from packslip.library.words import Field, Kind

_SIGN = re.compile(r"(>=|<=|=>|=<|==|<>|!=|>|<|=)\s*(.*)", re.DOTALL)
_WORD = re.compile(r"(from|since|until|till|before|after)\s+(.+)", re.IGNORECASE | re.DOTALL)
_NOT = re.compile(r"(?:not\b(?![-_])|<>|!=)\s*(.*)", re.IGNORECASE | re.DOTALL)
_SIGN_OF_WORD: Mapping[str, str] = {
    "from": ">=",
    "since": ">=",
    "until": "<=",
    "till": "<=",
    "before": "<",
    "after": ">",
}
_MISTAKEN_SIGN: Mapping[str, str] = {"=>": ">=", "=<": "<=", "==": "="}
_COMPARED = frozenset((Kind.NUMBER, Kind.WHOLE, Kind.DATE))


class NeverSetError(CellError):
    """A cell asks an output of an earlier table for what no row of that table sets."""

    def __init__(self, field: Field, text: str, hint: str) -> None:
        meant = near(text, field.allowed)
        place = field.set_at.get(fold(meant), "")
        super().__init__(
            f"{field.path} is never {shorten(text)}",
            f"did you mean {meant}, which {place} sets?" if place else hint,
        )
        self.path = field.path
        self.text = text
        self.meant = meant  #: what is set and spelled alike, "" where nothing is


def parse_cell(text: str, field: Field) -> Cell:
    """The condition a cell holds for its field.

    Raises:
        CellError: it does not parse, or names a value the field cannot have.
    """
    text = tidy(text)
    if not text:
        return ANY
    if field.kind in _COMPARED:
        text = literals.plain_signs(text)
    found = _NOT.fullmatch(text)
    if found is None:
        return _positive(_split(text, field.kind), field)
    if not found[1]:
        raise CellError("'not' what?", "write not FR, or not FR, DE")
    parts = [_without_not(part) for part in _split(found[1], field.kind)]
    return _negative(parts, field)


@dataclass(frozen=True, slots=True)
class _Part:
    text: str
    is_quoted: bool
    is_alone: bool = True  #: the only one, so that a comma in it may be meant to part a list


def _positive(parts: list[_Part], field: Field) -> Cell:
    if any(_NOT.fullmatch(part.text) and not part.is_quoted for part in parts):
        raise CellError("'not' in the middle of a list", "not FR, DE means neither of them; use two rows for the rest")
    items: list[Item] = []
    or_unknown = False
    for part in parts:
        word = "" if part.is_quoted else part.text.casefold()
        if word == "unknown":
            or_unknown = True
        elif word == "known" and len(parts) > 1:
            raise CellError("'known' within a list", "known alone covers every value")
        elif word == "known":
            return Cell(sense=Sense.KNOWN)
        else:
            items.append(_item(part, field))
    if not items:
        return Cell(sense=Sense.NOTHING)
    return Cell(sense=Sense.AMONG, items=_unique(items), or_unknown=or_unknown)


def _negative(parts: list[_Part], field: Field) -> Cell:
    words = ["" if part.is_quoted else part.text.casefold() for part in parts]
    if words == ["unknown"]:
        return Cell(sense=Sense.KNOWN)
    if words == ["known"]:
        return Cell(sense=Sense.NOTHING)
    kept = [part for part, word in zip(parts, words, strict=True) if word != "unknown"]
    if "known" in words or not kept:
        raise CellError("'known' within a list", "write unknown alone")
    return Cell(sense=Sense.OUTSIDE, items=_unique([_item(part, field) for part in kept]))


def _without_not(part: _Part) -> _Part:
    found = None if part.is_quoted else _NOT.fullmatch(part.text)
    return _Part(found[1], False, part.is_alone) if found else part


def _unique(items: list[Item]) -> tuple[Item, ...]:
    seen: dict[object, Item] = {}
    for item in items:
        seen.setdefault(item.key if isinstance(item, Literal) else item, item)
    return tuple(seen.values())


def _split(text: str, kind: Kind) -> list[_Part]:
    """The parts of a list; quoted ones hold any separator.

    A semicolon always parts. A comma parts texts; numbers and dates only where a space follows, since `49,90` is a
    number, and not at all where a semicolon parts already.
    """
    parts: list[_Part] = []
    rest = text
    has_semicolon = kind in _COMPARED and ";" in text
    while True:
        token, rest, is_quoted, mark = _next_part(rest.lstrip(), kind, has_semicolon)
        if not token and not is_quoted:
            raise CellError(f"an empty place in the list {shorten(text)}", "take out the extra comma")
        parts.append(_Part(token, is_quoted))
        if not mark:
            break
    if len(parts) == 1 or has_semicolon:
        return [_Part(part.text, part.is_quoted, len(parts) == 1) for part in parts]
    return parts


def _next_part(text: str, kind: Kind, has_semicolon: bool) -> tuple[str, str, bool, str]:
    for quote in ('"', "'"):
        if text.startswith(quote):
            return _quoted_part(text, quote)
    pattern = r";" if has_semicolon else r";|,(?=\s|$)" if kind in _COMPARED else r"[,;]"
    found = re.search(pattern, text)
    token = text if found is None else text[: found.start()]
    if '"' in token:
        raise CellError(
            f"stray quotation mark in {shorten(token)}", 'quote the whole text and double the mark: "24"" frame"'
        )
    return token.strip(), "" if found is None else text[found.end() :], False, "" if found is None else found[0]


def _quoted_part(text: str, quote: str) -> tuple[str, str, bool, str]:
    found = re.match(rf"{quote}((?:[^{quote}]|{quote}{quote})*){quote}\s*(?:([,;])|$)", text)
    if found is None:
        raise CellError(f"stray quotation mark in {shorten(text)}", "close the quote, or take it out")
    token = found[1].replace(quote * 2, quote).strip()
    return token, text[found.end() :], True, found[2] or ""


def _item(part: _Part, field: Field) -> Item:
    if not part.is_quoted:
        _refuse_words(part.text, field)
    if field.kind in (Kind.NUMBER, Kind.WHOLE):
        return _number_span(part.text, field.kind, is_alone=part.is_alone)
    if field.kind is Kind.DATE:
        return _date_span(part.text)
    if part.is_quoted:
        return _literal(part.text, field)
    if field.kind is Kind.LOOSE:
        return _loose_item(part.text)
    if field.kind is Kind.YES_NO:
        return Literal(as_text(literals.parse_yes_no(part.text)))
    text = part.text[1:].strip() if re.match(r"=[^=<>]", part.text) else part.text
    _refuse_comparison(text, field)
    return _literal(text, field)


def _literal(text: str, field: Field) -> Literal:
    if field.kind is Kind.YES_NO:
        return Literal(as_text(literals.parse_yes_no(text)))
    if field.kind is not Kind.CHOICE:
        return Literal(text)
    for choice in field.allowed:
        if fold(choice) == fold(text) or choice == fold(text).replace(" ", "_"):
            return Literal(choice)
    meant = field.aliases.get(fold(text))
    hint = f"did you mean {meant}?" if meant else did_you_mean(text, list(field.allowed))
    if re.fullmatch(r"\w+(?: (?:or |oder |ou )?\w+)+", text) and len(text.split(maxsplit=1)[0]) == len(field.sample):
        hint = f"put commas between the values: {', '.join(re.split(r' (?:or |oder |ou )?', text))}"
    if field.output:
        raise NeverSetError(field, text, hint)
    raise CellError(f"{field.path} is never {shorten(text)}", hint)


def _refuse_words(text: str, field: Field) -> None:
    word = text.casefold()
    if word in (fold(choice) for choice in field.allowed):
        return
    if word in ANY_WORDS:
        raise CellError(
            f"{text!r} does not mean any here", f'leave the cell blank for any; quote it for the text itself: "{text}"'
        )
    if word in UNKNOWN_WORDS:
        raise CellError(
            f"{text!r} is no condition", f'write unknown for no value; quote it for the text itself: "{text}"'
        )


def _refuse_comparison(text: str, field: Field) -> None:
    plain = literals.plain_signs(text)
    word = _WORD.fullmatch(plain)
    dated = word is not None and literals.plain_date(word[2]) is not None
    if _SIGN.fullmatch(plain) or ".." in plain or dated:
        raise CellError(
            f"{field.path} is {field.kind.value}, it cannot be compared: {shorten(text)}",
            "quote it for the text itself",
        )


def _loose_item(text: str) -> Item:
    plain = literals.plain_signs(text)
    sign, word = _SIGN.fullmatch(plain), _WORD.fullmatch(plain)
    if sign and sign[1] == "=":
        return Literal(sign[2])
    if sign or ".." in plain or (word and literals.plain_date(word[2])):
        operand = re.sub(r"^[<>=!]+|\.\.", " ", plain).split()
        if word or (operand and literals.plain_date(operand[0])):
            return _date_span(plain)
        return _number_span(plain, Kind.NUMBER, is_alone=False)
    return Literal(text)


def _number_span(text: str, kind: Kind, *, is_alone: bool) -> Span:
    if ".." in text:
        low, high = _ends(text)
        first = _number(low, kind) if low else None
        last = _number(high, kind) if high else None
        return _ordered(Span(low=first, high=last), text)
    sign, operand = _sign(text)
    if sign != "=":
        return _compared(sign, _number(operand, kind))
    value = _number(operand, kind, comma=not is_alone)
    return Span(low=value, high=value)


def _number(text: str, kind: Kind, *, comma: bool = True) -> Decimal:
    value = literals.parse_number(text, comma=comma)
    if kind is Kind.WHOLE and value != value.to_integral_value():
        raise CellError(f"expected a whole number, got {shorten(text)}", "write it without decimals")
    return value.to_integral_value() if kind is Kind.WHOLE else value


def _date_span(text: str) -> Span:
    text = literals.plain_signs(text)
    if ".." in text:
        low, high = _ends(text)
        first = literals.parse_date(low) if low else None
        last = literals.parse_date(high) if high else None
        return _ordered(Span(low=first, high=last), text)
    word = _WORD.fullmatch(text)
    sign, operand = (_SIGN_OF_WORD[word[1].casefold()], word[2].strip()) if word else _sign(text)
    value = literals.parse_date(operand)
    if sign == ">" and value < date.max:
        return Span(low=value + timedelta(days=1))
    if sign == "<" and value > date.min:
        return Span(high=value - timedelta(days=1))
    return Span(low=value, high=value) if sign == "=" else _compared(sign, value)


def _ends(text: str) -> tuple[str, str]:
    ends = [end.strip() for end in re.split(r"\.\.+", text)]
    if len(ends) != 2 or not any(ends):
        raise CellError(f"expected a range of two ends, got {shorten(text)}", "write 1..5")
    return ends[0], ends[1]


def _sign(text: str) -> tuple[str, str]:
    found = _SIGN.fullmatch(text)
    if found is None:
        return "=", text
    sign, operand = found[1], found[2].strip()
    if sign in _MISTAKEN_SIGN:
        raise CellError(f"{sign!r} is no comparison", f"write {_MISTAKEN_SIGN[sign]} {operand}".strip())
    if _SIGN.fullmatch(operand) or re.search(r"[<>]", operand):
        raise CellError(f"two comparisons in one cell: {shorten(text)}", "write a range with two points: 1..5")
    return sign, operand


def _compared(sign: str, value: Decimal | date) -> Span:
    if sign.startswith(">"):
        return Span(low=value, low_within=sign == ">=")
    return Span(high=value, high_within=sign == "<=")


def _ordered(span: Span, text: str) -> Span:
    if span.low is not None and span.high is not None and is_less(span.high, span.low):
        raise CellError(f"the range {shorten(text)} runs backwards", "put the smaller end first")
    return span
