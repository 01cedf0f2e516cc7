"""Which encoding a file is in: told by its mark, proved by decoding, or guessed and said so.

A legacy encoding cannot be proved. Windows-1252 is guessed where the text looks Western European; where it does not,
the file is refused rather than printed as mojibake.
"""

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass

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
_CHUNK = 1 << 20
_SAMPLE = 1 << 16
_WELL_FORMED = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_HIGH = re.compile(rb"[\x80-\xff]")
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
    faults: tuple[Fault, ...] = ()


def detect_encoding(data: bytes, *, named: str = "") -> Encoding:
    """The encoding of a file's bytes; with an error among its faults the bytes must not be read as text.

    `named` is what a mapping says. A byte order mark wins over it, since it is the file's own word.
    """
    for mark, codec in _MARKS:
        if data.startswith(mark):
            return _proved(data, codec, len(mark))
    if named:
        return _proved(data, named, 0)
    wide = _wide_codec(data)
    if wide:
        proved = _proved(data, wide, 0)
        return Encoding(codec=wide, faults=(*proved.faults, _guessed(wide)))
    place = _first_undecodable(data, "utf-8", 0)
    if place is None:
        return Encoding(codec="utf-8")
    return _legacy(data, place)


def is_wide(data: bytes) -> bool:
    """Whether a character takes two or four bytes, so that zero bytes are in order."""
    return bool(_wide_codec(data)) or any(data.startswith(mark) for mark, codec in _MARKS if codec != "utf-8")


def _proved(data: bytes, codec: str, mark: int) -> Encoding:
    place = _first_undecodable(data, codec, mark)
    if place is None:
        return Encoding(codec=codec, mark=mark)
    fault = Fault(
        code="encoding.unreadable",
        line=_line_at(data, place, codec),
        message=f"not readable as {codec} from byte {place} on",
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


def _wide_codec(data: bytes) -> str:
    """UTF-16 without a mark shows as zeros in every other byte."""
    sample = data[:_SAMPLE]
    pairs = len(sample) // 2
    if not pairs:
        return ""
    first = sample[0 : 2 * pairs : 2].count(0) / pairs
    second = sample[1 : 2 * pairs : 2].count(0) / pairs
    if second > 0.2 and first < 0.01:
        return "utf-16-le"
    if first > 0.2 and second < 0.01:
        return "utf-16-be"
    return ""


def _legacy(data: bytes, place: int) -> Encoding:
    if len(data) - place < 4 and not _is_wrong(data[place:]):
        fault = Fault(
            code="encoding.cut_off",
            line=_line_at(data, place, "utf-8"),
            message="the file ends in the middle of a character",
            hint="the file may be cut off; write it anew",
        )
        return Encoding(codec="utf-8", faults=(fault,))
    high = sum(1 for _ in _HIGH.finditer(data))
    if sum(len(found[0]) for found in _WELL_FORMED.finditer(data)) * 2 > high:
        fault = Fault(
            code="encoding.mixed",
            line=_line_at(data, place, "utf-8"),
            message=f"UTF-8 text with a byte that is none: 0x{data[place]:02x}",
            hint="parts of the file were written in another encoding; save it as UTF-8 throughout",
        )
        return Encoding(codec="utf-8", faults=(fault,))
    codec = "cp1252" if _first_undecodable(data, "cp1252", 0) is None else "iso-8859-1"
    if not _looks_western(data, codec):
        fault = Fault(
            code="encoding.unknown",
            line=_line_at(data, place, "utf-8"),
            message=f"neither UTF-8 nor Western European text: byte 0x{data[place]:02x}",
            hint=_SAVE_AS,
        )
        return Encoding(codec=codec, faults=(fault,))
    return Encoding(codec=codec, faults=(_guessed(codec),))


def _is_wrong(tail: bytes) -> bool:
    """Whether these last bytes are wrong in themselves, rather than the beginning of a character."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        decoder.decode(tail)
    except UnicodeDecodeError:
        return True
    return False


def _looks_western(data: bytes, codec: str) -> bool:
    """Whether the accented letters stand as Western European words have them."""
    unlikely = high = 0
    for stretch in _HIGH_STRETCH.finditer(data):
        text = stretch[0].decode(codec)
        unlikely += sum(1 for _ in _UNLIKELY.finditer(text))
        high += sum(character > "\x7f" for character in text)
        if high > 4000:
            break
    return unlikely * 12 <= high


def _chunks(data: bytes, start: int) -> Iterator[tuple[int, memoryview]]:
    view = memoryview(data)
    for offset in range(start, len(data), _CHUNK):
        yield offset, view[offset : offset + _CHUNK]


def _first_undecodable(data: bytes, codec: str, start: int) -> int | None:
    """Offset of the first byte that does not decode, None where all do; holds one chunk of text at a time."""
    decoder = codecs.getincrementaldecoder(codec)()
    for offset, chunk in _chunks(data, start):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(chunk)
        except UnicodeDecodeError as fault:
            return offset - kept + fault.start
    kept = len(decoder.getstate()[0])
    try:
        decoder.decode(b"", final=True)
    except UnicodeDecodeError:
        return len(data) - kept
    return None


def _line_at(data: bytes, place: int, codec: str) -> int:
    """Line of a byte, by line feeds, else by carriage returns."""
    step = {"utf-16-le": 2, "utf-16-be": 2, "utf-32-le": 4, "utf-32-be": 4}.get(codec, 1)
    if step > 1:
        return data[:place].decode(codec, errors="ignore").count("\n") + 1
    feeds = data.count(b"\n", 0, place)
    return (feeds or data.count(b"\r", 0, place)) + 1
