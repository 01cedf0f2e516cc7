"""Objects: what WeasyPrint wrote beside the pages (pictures, groups, patterns, gradients) as values of our own."""

import re
import zlib
from collections.abc import Mapping

import pydyf
from weasyprint.pdf.stream import Stream

from packslip.press.imprint import FONTS, PdfObject
from packslip.press.weasy.obstacles import GROUPED, GROWING_ART
from packslip.press.weasy.tape import UntraceableError

#: What stands for a hole among operators and in dictionaries.
HOLE = re.compile(rb"\0(\d+)\0")

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
