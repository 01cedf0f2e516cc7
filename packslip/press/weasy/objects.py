"""Objects: what WeasyPrint wrote beside the pages (pictures, groups, patterns, gradients) as values of our own."""

import hashlib
import re
import zlib
from collections.abc import Iterator, Mapping
from weakref import WeakValueDictionary

import pydyf
from weasyprint.pdf.stream import Stream

from packslip.press.imprint import FONTS, PdfObject
from packslip.press.weasy.obstacles import GROUPED, GROWING_ART
from packslip.press.weasy.tape import UntraceableError

#: What stands for a hole among operators and in dictionaries.
HOLE = re.compile(rb"\0(\d+)\0")

#: Names of pictures, groups, states, patterns and shadings among operators.
_NAMED = re.compile(rb"/([\w.-]+) (gs|Do|scn|SCN|sh)\b")
_KINDS = {b"gs": "ExtGState", b"Do": "XObject", b"scn": "Pattern", b"SCN": "Pattern", b"sh": "Shading"}

#: Kind and name of something that operators use.
Name = tuple[str, str]

#: Equal objects are one, whatever traces they come from.
_KNOWN: WeakValueDictionary[bytes, PdfObject] = WeakValueDictionary()

_to_bytes = pydyf._to_bytes  # noqa: SLF001


class Objects:
    """Objects of pydyf as our own, each once."""

    def __init__(self, images: Mapping[str, pydyf.Stream] | None = None) -> None:
        self._images = images or {}
        self._made: dict[int, tuple[object, PdfObject]] = {}

    def of(self, item: pydyf.Object) -> PdfObject:
        """A dictionary or stream as an object of its own."""
        if id(item) not in self._made:
            self._made[id(item)] = item, self._make(item)
        return self._made[id(item)][1]

    def inside(self, item: pydyf.Dictionary) -> tuple[bytes | PdfObject, ...]:
        """What stands inside of a dictionary."""
        head: list[bytes | PdfObject] = []
        for key, value in item.items():
            head += [b"/" + str(key).encode() + b" ", *self._value(value, str(key)), b" "]
        joined: list[bytes | PdfObject] = []
        for part in head:
            last = joined[-1] if joined else None
            if isinstance(part, bytes) and isinstance(last, bytes) and FONTS not in (part, last):
                joined[-1] = last + part
            else:
                joined.append(part)
        if any(isinstance(part, bytes) and HOLE.search(part) for part in joined):
            raise UntraceableError(GROWING_ART)
        return tuple(joined)

    def _make(self, item: pydyf.Object) -> PdfObject:
        made = self._object(item)
        return _KNOWN.setdefault(digest_of(made.head, made.data), made)

    def _object(self, item: pydyf.Object) -> PdfObject:
        if not isinstance(item, pydyf.Stream):
            return PdfObject(self.inside(item))
        content = b"\n".join(_to_bytes(token) for token in item.stream)
        extra = pydyf.Dictionary(item.extra)
        if isinstance(item, Stream):
            if HOLE.search(content):
                raise UntraceableError(GROUPED)
            resources = pydyf.Dictionary(extra["Resources"])
            resources["Font"] = FONTS
            named = resources["XObject"].items()
            resources["XObject"] = pydyf.Dictionary(
                {name: self._images[name] if item is None else item for name, item in named}
            )
            extra["Resources"] = resources
            content = zlib.compress(content)
            extra["Filter"] = "/FlateDecode"
        elif item.compress:
            content = zlib.compress(content)
            extra["Filter"] = "/FlateDecode"
        return PdfObject(self.inside(extra), content)

    def _value(self, value: object, key: str) -> list[bytes | PdfObject]:
        if isinstance(value, pydyf.Stream) or (isinstance(value, pydyf.Object) and key == "G"):
            return [self.of(value)]
        if isinstance(value, pydyf.Dictionary):
            return [b"<<", *self.inside(value), b">>"]
        if isinstance(value, pydyf.Array):
            parts: list[bytes | PdfObject] = [b"["]
            for entry in value:
                parts += [*self._value(entry, ""), b" "]
            return [*parts, b"]"]
        if isinstance(value, pydyf.Object):
            return [bytes(value.data)]
        return [bytes(_to_bytes(value))]


def digest_of(head: tuple[bytes | PdfObject, ...], data: bytes | None = None) -> bytes:
    """What tells objects apart."""
    digest = hashlib.blake2b(digest_size=16)
    for piece in head:
        content = digest_of(piece.head, piece.data) if isinstance(piece, PdfObject) else piece
        digest.update(b"%d " % len(content) + content)
    if data is not None:
        digest.update(b"stream" + data)
    return digest.digest()


def renamed(content: bytes, names: Mapping[Name, str]) -> bytes:
    """Operators with other names."""

    def rename(found: re.Match[bytes]) -> bytes:
        name = names.get((_KINDS[found[2]], found[1].decode()))
        return found[0] if name is None else b"/%b %b" % (name.encode(), found[2])

    return _NAMED.sub(rename, content)


def names_in(content: bytes) -> Iterator[Name]:
    """What operators use."""
    return ((_KINDS[kind], name.decode()) for name, kind in _NAMED.findall(content))
