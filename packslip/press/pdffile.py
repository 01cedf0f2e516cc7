"""A PDF file as it grows: numbers its objects, packs the small ones, remembers where each one stands.

Writes straight on and never goes back, so a file of any length takes memory for its index alone. Knows no page and no
font. Source: ISO 32000-1:2008, 7.3 to 7.5.
"""

import hashlib
import re
import struct
import zlib
from array import array
from codecs import BOM_UTF16_BE
from collections.abc import Callable, Mapping
from functools import lru_cache

#: Objects in one object stream.
PACK = 200

#: How hard a single document's data is pressed; higher levels cost a slip more time than all else that writing does.
QUICK = 1
#: How hard art is pressed: once, then it is kept.
HARD = 9

#: Operators without a letter but those of paths, from so many bytes on, are art: a logo, an ornament.
ART_BYTES = 1024
#: Pieces of art kept pressed.
MOST_ART = 64

_HEADER = b"%%PDF-%b\n%%\xf0\x9f\x96\xa4\n"
_PATH = bytes(0x2E if byte in b"0123456789-. \nmlcvyh" else 0x0A for byte in range(256))
_LAST_BLOCK = b"\x03\x00"  # an empty one
_ZLIB_HEADER = b"\x78\x01"
_DELIMITER = re.compile(rb"[\\()\r]")
_ESCAPES = {b"\\": rb"\\", b"(": rb"\(", b")": rb"\)", b"\r": rb"\r"}

# Kinds of index entry: no object, where one stands in the file, the pack it is in and its place there.
_FREE, _PLAIN, _PACKED = range(3)
_FREE_FOREVER = 65535  # what stands for the place in a pack of object 0


class PdfFile:
    """A PDF being written through `write`; numbers start at 1."""

    def __init__(self, write: Callable[[bytes], object], version: bytes = b"1.7") -> None:
        self._write = write
        self._index = array("Q", [_entry(_FREE, 0, _FREE_FOREVER)])
        self._position = 0
        self._packed: list[tuple[int, bytes]] = []
        self._put(_HEADER % version)

    def reserve(self) -> int:
        """A number for an object that comes later, or now."""
        self._index.append(_FREE)
        return len(self._index) - 1

    def add(self, value: bytes, number: int = 0) -> bytes:
        """Write an object that is no stream; its reference. Without a number it takes the next."""
        number = number or self.reserve()
        self._packed.append((number, value))
        if len(self._packed) == PACK:
            self._write_pack()
        return b"%d 0 R" % number

    def add_stream(self, head: bytes, data: bytes, number: int = 0) -> bytes:
        """Write a stream of final data; `head` is its dictionary but for the length and the brackets."""
        number = number or self.reserve()
        self._index[number] = _entry(_PLAIN, self._position)
        self._put(
            b"%d 0 obj\n<<%b/Length %d>>\nstream\n%b\nendstream\nendobj\n" % (number, head, len(data), data),
        )
        return b"%d 0 R" % number

    def close(self, root: bytes, info: bytes, identifier: bytes) -> None:
        """Write what is left and the index. Nothing may come after.

        The identifier stands twice, as in any file that is written for the first time.
        Source: ISO 32000-1:2008, 14.4.
        """
        self._write_pack()
        number = self.reserve()
        self._index[number] = _entry(_PLAIN, self._position)
        wide = "BQH" if self._position >= 1 << 32 else "BIH"
        fields = [field for entry in self._index for field in (entry & 3, entry >> 18, entry >> 2 & 0xFFFF)]
        index = zlib.compress(struct.pack(">" + wide * len(self._index), *fields), QUICK)
        identity = b"/ID[%b %b]" % (literal(identifier), literal(identifier)) if identifier else b""
        self._put(
            b"%d 0 obj\n<</Type/XRef/Size %d/W[1 %d 2]/Root %b/Info %b%b/Filter/FlateDecode/Length %d>>\nstream\n"
            b"%b\nendstream\nendobj\nstartxref\n%d\n%%%%EOF\n"
            % (number, number + 1, 8 if "Q" in wide else 4, root, info, identity, len(index), index, self._position),
        )

    def _write_pack(self) -> None:
        if not self._packed:
            return
        pack, self._packed = self._packed, []
        number = self.reserve()
        offset, offsets = 0, []
        for index, (member, value) in enumerate(pack):
            self._index[member] = _entry(_PACKED, number, index)
            offsets.append(b"%d %d " % (member, offset))
            offset += len(value) + 1
        first = b"".join(offsets)
        values = b"\n".join([value for _, value in pack])
        head = b"/Type/ObjStm/N %d/First %d/Filter/FlateDecode" % (len(pack), len(first))
        self.add_stream(head, zlib.compress(first + values, QUICK), number)

    def _put(self, data: bytes) -> None:
        self._write(data)
        self._position += len(data)


def _entry(kind: int, place: int, index: int = 0) -> int:
    """An index entry in one number."""
    return place << 18 | index << 2 | kind


def text(string: str) -> bytes:
    """A text string, in ASCII where that will do."""
    if string.isascii():
        return literal(string.encode())
    return b"<%b>" % (BOM_UTF16_BE + string.encode("utf-16-be")).hex().encode()


def literal(data: bytes) -> bytes:
    """A string of bytes."""
    return b"(%b)" % _DELIMITER.sub(lambda found: _ESCAPES[found.group()], data)


def name(string: str) -> bytes:
    """A name."""
    return b"/" + b"".join(
        b"%c" % byte if 0x21 <= byte <= 0x7E and byte not in b"()<>[]{}/%#" else b"#%02x" % byte
        for byte in string.encode()
    )


def number(value: float) -> bytes:
    """A number to a millionth, as the reference writes it."""
    return str(int(value)).encode() if value == int(value) else f"{value:f}".rstrip("0").encode()


def dictionary(entries: Mapping[bytes, bytes]) -> bytes:
    """A dictionary of values as they are written."""
    return b"<<%b>>" % b"".join([b"/%b %b" % entry for entry in entries.items()])


def numbers(values: tuple[float, ...]) -> bytes:
    """An array of numbers."""
    return b"[%b]" % b" ".join(map(number, values))


def split_art(content: bytes) -> list[tuple[bytes, bool]]:
    """A page's operators in pieces, whole lines each, and whether a piece is art; at least one piece.

    Art repeats from slip to slip to the letter, however much stands around it; it holds no text and no colour.
    """
    pieces, done = [], 0
    runs = content.translate(_PATH)
    while (found := runs.find(b"." * ART_BYTES, done)) >= 0:
        end = runs.find(b"\n", found)
        start = content.find(b"\n", found) + 1
        end = content.rfind(b"\n", start, end if end >= 0 else len(content)) + 1
        if end - start < ART_BYTES // 2:
            break
        if start > done:
            pieces.append((content[done:start], False))
        pieces.append((content[start:end], True))
        done = end
    if done < len(content) or not pieces:
        pieces.append((content[done:], False))
    return pieces


def deflate_pieces(pieces: list[tuple[bytes, bool]], level: int) -> bytes:
    """Pieces of `split_art`, pressed as one stream; of art the pressed form is kept.

    Each piece ends on a byte and refers to no other, so that they may stand in a row: the same bytes whether the art
    was known or not.
    """
    if len(pieces) == 1 and not pieces[0][1]:
        return zlib.compress(pieces[0][0], level)
    parts, check = [], 1
    for piece, is_art in pieces:
        parts.append(_press_art(piece) if is_art else _press(piece, level))
        check = zlib.adler32(piece, check)
    return b"".join((_ZLIB_HEADER, *parts, _LAST_BLOCK, check.to_bytes(4, "big")))


def deflate(data: bytes, level: int) -> bytes:
    """Data for a stream with the filter `FlateDecode`."""
    return zlib.compress(data, level)


def _press(piece: bytes, level: int) -> bytes:
    press = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    return press.compress(piece) + press.flush(zlib.Z_FULL_FLUSH)


@lru_cache(maxsize=MOST_ART)
def _press_art(piece: bytes) -> bytes:
    return _press(piece, HARD)


def digest(*parts: bytes) -> bytes:
    """What tells objects apart."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        state.update(b"%d " % len(part))
        state.update(part)
    return state.digest()
