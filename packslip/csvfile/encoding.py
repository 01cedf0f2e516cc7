"""Which encoding a file is in: told by its mark, proved by decoding, or guessed and said so.

A legacy encoding cannot be proved. Windows-1252 is guessed where the text looks Western European; where it does not,
the file is refused rather than printed as mojibake.
"""

import codecs
import re
from dataclasses import dataclass, replace
from pathlib import Path

from packslip.csvfile.content import Content
from packslip.csvfile.faults import Fault

#: encodings a mapping may name
CODECS = ("utf-8", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "cp1250", "cp1251", "cp1252", "cp1253", "cp1254",
          "cp1257", "iso-8859-1", "iso-8859-2", "iso-8859-5", "iso-8859-7", "iso-8859-9", "iso-8859-15", "mac-roman",
          "shift-jis", "cp932", "gb18030", "big5", "euc-kr")  # fmt: skip

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_ASCII = bytes(range(128))
_HIGH_STRETCH = re.compile(rb"[^\n\r]{0,12}[\x80-\xff][^\n\r]{0,12}")
_UNLIKELY = re.compile(
    "[À-ÖØ-öø-ÿ]{3}|[a-zA-ZÀ-ÖØ-öø-ÿ][\x80-\x9f¡-©«-¯±-¶¸¹»-¿×÷][a-zA-ZÀ-ÖØ-öø-ÿ]|[¢-¾×÷]{2}|[\x80-\x9fðþýÐÞÝ]"
)
_SAVE_AS = "save the file as UTF-8, or name its encoding in the mapping"


@dataclass(frozen=True, slots=True, kw_only=True)
class Encoding:
    """How to decode a file."""

    codec: str
    mark: int = 0  #: bytes of byte order mark to leave out
    longest: int = 0  #: characters of the longest line
    is_ended: bool = True  #: the last line has its end
    faults: tuple[Fault, ...] = ()


def detect_encoding(source: Content | bytes | Path, *, named: str = "") -> Encoding:
    """The encoding of a file's bytes; with an error among its faults the bytes must not be read as text.

    `named` is what a mapping says. A byte order mark wins over it, since it is the file's own word.
    """
    content = source if isinstance(source, Content) else Content(source=source)
    head = content.head
    for mark, codec in _MARKS:
        if head.startswith(mark):
            return _proved(content, codec, len(mark))
    if named:
        return _proved(content, named, 0)
    wide = _wide_codec(head)
    if wide:
        proved = _proved(content, wide, 0)
        return replace(proved, faults=(*proved.faults, _guessed(wide)))
    tried = _decode_all(content, "utf-8", 0)
    if tried.wrong_at is None:
        return tried.encoding("utf-8")
    return _legacy(content, tried.wrong_at)


def is_wide(head: bytes) -> bool:
    """Whether a character takes two or four bytes, so that zero bytes are in order."""
    return bool(_wide_codec(head)) or any(head.startswith(mark) for mark, codec in _MARKS if codec != "utf-8")


def _proved(content: Content, codec: str, mark: int) -> Encoding:
    tried = _decode_all(content, codec, mark)
    if tried.wrong_at is None:
        return tried.encoding(codec, mark)
    fault = Fault(
        code="encoding.unreadable",
        line=_line_at(content, tried.wrong_at, codec),
        message=f"not readable as {codec} from byte {tried.wrong_at} on",
        hint="the file may be cut off; write it anew",
    )
    return Encoding(codec=codec, mark=mark, faults=(fault,))


def _guessed(codec: str) -> Fault:
    return Fault(
        code="encoding.guessed",
        message=f"nothing states the encoding, read as {codec}",
        hint="save the file as UTF-8",
        severity="warning",
    )


def _wide_codec(head: bytes) -> str:
    """UTF-16 without a mark shows as zeros in every other byte."""
    pairs = len(head) // 2
    if not pairs:
        return ""
    first = head[0 : 2 * pairs : 2].count(0) / pairs
    second = head[1 : 2 * pairs : 2].count(0) / pairs
    if second > 0.2 and first < 0.01:
        return "utf-16-le"
    if first > 0.2 and second < 0.01:
        return "utf-16-be"
    return ""


def _legacy(content: Content, place: int) -> Encoding:
    """The guess for bytes that are not UTF-8 from `place` on."""
    rest = next(content.pieces(place), b"")
    if len(rest) < 4 and not _is_wrong(rest):
        fault = Fault(
            code="encoding.cut_off",
            line=_line_at(content, place, "utf-8"),
            message="the file ends in the middle of a character",
            hint="the file may be cut off; write it anew",
        )
        return Encoding(codec="utf-8", faults=(fault,))
    if _is_mostly_utf8(content):
        fault = Fault(
            code="encoding.mixed",
            line=_line_at(content, place, "utf-8"),
            message=f"UTF-8 text with a byte that is none: 0x{rest[0]:02x}",
            hint="parts of the file were written in another encoding; save it as UTF-8 throughout",
        )
        return Encoding(codec="utf-8", faults=(fault,))
    tried = _decode_all(content, "cp1252", 0)
    codec = "cp1252" if tried.wrong_at is None else "iso-8859-1"
    if not _looks_western(content, codec):
        fault = Fault(
            code="encoding.unknown",
            line=_line_at(content, place, "utf-8"),
            message=f"neither UTF-8 nor Western European text: byte 0x{rest[0]:02x}",
            hint=_SAVE_AS,
        )
        return Encoding(codec=codec, faults=(fault,))
    if tried.wrong_at is not None:
        tried = _decode_all(content, codec, 0)
    return replace(tried.encoding(codec), faults=(_guessed(codec),))


def _is_wrong(tail: bytes) -> bool:
    """Whether these last bytes are wrong in themselves, rather than the beginning of a character."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(tail)
    except UnicodeDecodeError:
        return True
    return False


def _is_mostly_utf8(content: Content) -> bool:
    """Whether more than half of the bytes past ASCII stand in well-formed characters."""
    high = sound = 0
    for piece in content.pieces():
        high += len(piece.translate(None, _ASCII))
        sound += len(piece.decode("utf-8", errors="ignore").encode().translate(None, _ASCII))
    return sound * 2 > high


def _looks_western(content: Content, codec: str) -> bool:
    """Whether the accented letters stand as Western European words have them."""
    unlikely = high = 0
    for piece in content.pieces():
        for stretch in _HIGH_STRETCH.finditer(piece):
            text = stretch[0].decode(codec)
            unlikely += sum(1 for _ in _UNLIKELY.finditer(text))
            high += sum(character > "\x7f" for character in text)
            if high > 4000:
                return unlikely * 12 <= high
    return unlikely * 12 <= high


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tried:
    """What came of decoding the whole file."""

    wrong_at: int | None  #: offset of the first byte that does not decode
    longest: int = 0  #: characters of the longest line
    is_ended: bool = True

    def encoding(self, codec: str, mark: int = 0) -> Encoding:
        """What is known of a file that decodes."""
        return Encoding(codec=codec, mark=mark, longest=self.longest, is_ended=self.is_ended)


def _decode_all(content: Content, codec: str, start: int) -> _Tried:
    """Decode piece by piece, and measure the lines on the way."""
    decoder = codecs.getincrementaldecoder(codec)()
    offset = start
    longest = open_line = 0
    for piece in content.pieces(start):
        kept = len(decoder.getstate()[0])
        try:
            text = decoder.decode(piece)
        except UnicodeDecodeError as fault:
            return _Tried(wrong_at=offset - kept + fault.start)
        first, *others = map(len, text.replace("\r", "\n").split("\n"))
        longest = max(longest, open_line + first, *others)
        open_line = others[-1] if others else open_line + first
        offset += len(piece)
    kept = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return _Tried(wrong_at=offset - kept)
    return _Tried(wrong_at=None, longest=longest, is_ended=not open_line)


def _line_at(content: Content, place: int, codec: str) -> int:
    """Line of a byte, by line feeds, else by carriage returns."""
    feeds = returns = passed = 0
    decoder = codecs.getincrementaldecoder(codec)(errors="ignore")
    for piece in content.pieces():
        text = decoder.decode(piece[: place - passed])
        feeds += text.count("\n")
        returns += text.count("\r")
        passed += len(piece)
        if passed >= place:
            break
    return (feeds or returns) + 1
