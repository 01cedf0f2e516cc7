"""PO files: entries as values, read by Babel, written back without a loss.

Owns the format: what is an entry, a flag, an obsolete line. Knows neither keys nor languages.
Babel forgives a missing quote and prints its warnings; here every line is looked at first and nothing is forgiven.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import PoFileError, PoFileParser, denormalize, escape

_QUOTED = r'"(?:[^"\\]|\\[\\trn"])*"'
_KEYWORD = re.compile(rf"(msgctxt|msgid_plural|msgid|msgstr\[\d\]|msgstr) {_QUOTED}$")
_CONTINUED = re.compile(rf"{_QUOTED}$")
_PREVIOUS = re.compile(rf"\| ?(?:(msgctxt|msgid_plural|msgid) )?({_QUOTED})$")

#: What may stand before each keyword; "" is the beginning of the file.
_BEFORE = {
    "msgctxt": {"", "msgstr", "msgstr[]"},
    "msgid": {"", "msgctxt", "msgstr", "msgstr[]"},
    "msgid_plural": {"msgid"},
    "msgstr": {"msgid"},
    "msgstr[]": {"msgid_plural", "msgstr[]"},
}
_ENDS = {"", "msgstr", "msgstr[]"}
_WIDTH = 100

#: Flags that Babel guesses from the text; the first sees a format in "15 % of", the second is written where it is true.
_BRACES = "python-brace-format"
_GUESSED = {"python-format", _BRACES}


class PoSyntaxError(Exception):
    """A text is no PO file; `line` says where."""

    def __init__(self, message: str, *, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True, kw_only=True)
class PoEntry:
    """One entry: `ids` and `forms` have one text, or several where it has plural forms."""

    context: str = ""
    ids: tuple[str, ...]
    forms: tuple[str, ...]
    flags: tuple[str, ...] = ()
    comments: tuple[str, ...] = ()  #: comment lines as they stand, `#` included; flags and previous ids apart
    previous: tuple[str, ...] = ()  #: ids before they changed
    line: int = 0  #: of its msgid, counted from 1
    obsolete: bool = False

    @property
    def is_fuzzy(self) -> bool:
        """Whether somebody has still to confirm it."""
        return "fuzzy" in self.flags


@dataclass(frozen=True, slots=True, kw_only=True)
class PoFile:
    """A whole file; `header` is the entry whose id is blank."""

    header: PoEntry | None
    entries: tuple[PoEntry, ...]
    plural: str  #: the header's plural expression, `n != 1`
    plurals: int  #: how many forms it can choose from


class _Listening(Catalog):
    """A catalogue that keeps every entry in order, where Babel would merge those of one id."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[Message] = []

    def __setitem__(self, id: str | tuple[str, ...] | list[str], message: Message) -> None:  # noqa: A002 -- Babel's name
        """Babel calls this for every entry."""
        self.heard.append(message)
        super().__setitem__(id, message)


def read_po(data: bytes) -> PoFile:
    """The entries of a PO file, in order, duplicates included.

    Raises:
        PoSyntaxError: the bytes are not UTF-8 or not a whole PO file.
    """
    lines = _decode(data).split("\n")
    _check_lines(lines)
    lines = ["" if line.strip().startswith("#~|") else line for line in lines]
    catalog = _Listening()
    try:
        PoFileParser(catalog, abort_invalid=True).parse(lines)
        plural, plurals = catalog.plural_expr, catalog.num_plurals
    except PoFileError as fault:
        raise PoSyntaxError(str(fault), line=fault.lineno + 1) from None
    except (ValueError, LookupError, TypeError, AttributeError) as fault:
        raise PoSyntaxError(f"the header cannot be read: {fault}", line=1) from None
    heard = [_entry(message) for message in catalog.heard]
    obsolete = tuple(replace(_entry(message), obsolete=True) for message in catalog.obsolete.values())
    return PoFile(
        header=next((entry for entry in heard if entry.ids == ("",)), None),
        entries=tuple(entry for entry in heard if entry.ids != ("",)) + obsolete,
        plural=plural,
        plurals=plurals,
    )


def write_po(file: PoFile) -> bytes:
    """The bytes of a PO file: header, living entries, obsolete ones; the same entries give the same bytes."""
    blocks = [] if file.header is None else [_block(file.header)]
    blocks += [_block(entry) for entry in file.entries if not entry.obsolete]
    blocks += [_block(entry) for entry in file.entries if entry.obsolete]
    return "\n".join(blocks).encode()


def _decode(data: bytes) -> str:
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as fault:
        line = data[: fault.start].count(b"\n") + 1
        raise PoSyntaxError(f"byte 0x{data[fault.start]:02x} is not UTF-8", line=line) from None


def _check_lines(lines: list[str]) -> None:
    seen = {False: "", True: ""}  # obsolete entries follow one another in their own lines
    for number, raw in enumerate(lines, start=1):
        line = raw.strip()
        obsolete = line.startswith("#~")
        if not line or (line.startswith("#") and not obsolete) or line.startswith("#~|"):
            continue
        line = line[2:].lstrip() if obsolete else line
        found = _KEYWORD.match(line)
        if found is None:
            if seen[obsolete] and _CONTINUED.match(line):
                continue
            raise PoSyntaxError(f"expected a keyword and a quoted text, got {line[:40]!r}", line=number)
        word = re.sub(r"\d", "", found[1])
        if seen[obsolete] not in _BEFORE[word] or seen[not obsolete] not in _ENDS:
            raise PoSyntaxError(f"{found[1]} cannot stand here", line=number)
        seen[obsolete] = word
    if not set(seen.values()) <= _ENDS:
        raise PoSyntaxError("the last entry has no msgstr", line=len("\n".join(lines).rstrip().split("\n")))


def _entry(message: Message) -> PoEntry:
    previous, comments = _split_previous(message.user_comments)
    return PoEntry(
        context=message.context or "",
        ids=_texts(message.id),
        forms=_texts(message.string),
        flags=tuple(sorted(message.flags - _GUESSED)),
        comments=(
            *(f"# {text}".rstrip() for text in comments),
            *(f"#. {text}" for text in message.auto_comments),
            *(f"#: {name}:{line}" if line else f"#: {name}" for name, line in message.locations),
        ),
        previous=previous,
        line=message.lineno or 0,
    )


def _texts(text: str | tuple[str, ...] | list[str] | None) -> tuple[str, ...]:
    return (text or "",) if text is None or isinstance(text, str) else tuple(text)


def _split_previous(comments: list[str]) -> tuple[tuple[str, ...], list[str]]:
    ids: list[str] = []
    rest: list[str] = []
    for comment in comments:
        found = _PREVIOUS.match(comment)
        if found is None:
            rest.append(comment)
        elif found[1] == "msgctxt":
            continue
        elif found[1] or not ids:
            ids.append(denormalize(found[2]))
        else:
            ids[-1] += denormalize(found[2])
    return tuple(ids), rest


def _block(entry: PoEntry) -> str:
    mark = "#~ " if entry.obsolete else ""
    lines = list(entry.comments)
    flags = sorted({*entry.flags, _BRACES} if any("{" in text for text in entry.ids) else entry.flags)
    if flags and not entry.obsolete:
        lines.append(f"#, {', '.join(flags)}")
    if not entry.obsolete:
        names = ("msgid", "msgid_plural")
        lines += [f"#| {name} {_quote(text, '#| ')}" for name, text in zip(names, entry.previous, strict=False)]
    lines += [f"{mark}{name} {_quote(text, mark)}" for name, text in _fields(entry)]
    return "\n".join(lines) + "\n"


def _quote(text: str, mark: str) -> str:
    chunks = [""]
    for word in re.findall(r"[^ \n]*(?: +|\n|$)|[^ \n]+", text):
        if chunks[-1].endswith("\n") or len(escape(chunks[-1] + word)) > _WIDTH:
            chunks.append("")
        chunks[-1] += word
    lines = [escape(chunk) for chunk in chunks if chunk]
    return escape(text) if len(lines) <= 1 else "\n".join(['""', *(mark + line for line in lines)])


def _fields(entry: PoEntry) -> Iterator[tuple[str, str]]:
    if entry.context:
        yield "msgctxt", entry.context
    yield "msgid", entry.ids[0]
    if len(entry.ids) > 1:
        yield "msgid_plural", entry.ids[1]
        yield from ((f"msgstr[{index}]", form) for index, form in enumerate(entry.forms))
    else:
        yield "msgstr", entry.forms[0]
