"""Meshes: gradients whose corners bring their own colours. Source: ISO 32000-1:2008, 8.7.4.5.5 to 8.7.4.5.8."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pikepdf
from pikepdf import Array, Stream

from packslip.preflight.foreign.amounts import Recipe
from packslip.preflight.foreign.functions import Floats
from packslip.preflight.foreign.values import content, entries, entry, numbers, whole

_MOST_CORNERS = 200_000
_FREE, _LATTICE, _COONS, _TENSOR = 4, 5, 6, 7
#: Points of a patch that begins anew, and of one that shares a side.
_POINTS = {_COONS: (12, 8), _TENSOR: (16, 12)}


@dataclass(frozen=True, slots=True)
class _Record:
    """Corners that stand together: what precedes their colours, and the colours."""

    flag: int
    points: tuple[int, ...]
    colours: tuple[tuple[int, ...], ...]


def repaint_mesh(pdf: pikepdf.Pdf, shading: object, recipe: Recipe, inks: int) -> list[pikepdf.Object] | None:
    """A mesh once for each ink, None where it makes no sense."""
    kind = whole(entry(shading, "/ShadingType"))
    bits = [whole(entry(shading, f"/BitsPer{what}")) or 0 for what in ("Flag", "Coordinate", "Component")]
    data = content(shading)
    decode = numbers(entry(shading, "/Decode"))
    if kind not in (_FREE, _LATTICE, _COONS, _TENSOR) or data is None or len(decode) != 4 + 2 * recipe.channels:
        return None
    if not (bits[0] in (2, 4, 8) or kind == _LATTICE) or not 0 < bits[1] <= 32 or not 0 < bits[2] <= 16:
        return None
    records = list(_records(kind, bits, data, recipe.channels))
    colours = np.array([colour for record in records for colour in record.colours], np.float64)
    if not len(colours):
        return None
    low, high = np.array(decode[4::2]), np.array(decode[5::2])
    amounts = recipe.mix(low + colours / (2 ** bits[2] - 1) * (high - low))
    dropped = {"/ColorSpace", "/Background", "/Length", "/Filter", "/DecodeParms", "/BitsPerComponent", "/Decode"}
    found: list[pikepdf.Object] = []
    for ink in range(inks):
        stream = Stream(pdf, _packed(kind, bits, records, amounts[:, ink]))
        for key, value in entries(shading):
            if key not in dropped:
                stream[key] = value
        stream["/BitsPerComponent"], stream["/Decode"] = 8, Array([*decode[:4], 0, 1])
        found.append(stream)
    return found


class _Bits:
    """Whole numbers of any width, one after the other."""

    def __init__(self, data: bytes) -> None:
        self._data, self._at, self._end = data, 0, 8 * len(data)

    def has(self, count: int) -> bool:
        return self._at + count <= self._end

    def take(self, count: int) -> int:
        first, last = self._at // 8, (self._at + count + 7) // 8
        value = int.from_bytes(self._data[first:last], "big") >> (8 * last - self._at - count)
        self._at += count
        return value & ((1 << count) - 1)

    def align(self) -> None:
        self._at = -(-self._at // 8) * 8


def _records(kind: int, bits: list[int], data: bytes, channels: int) -> Iterator[_Record]:
    reading = _Bits(data)
    flag_bits = 0 if kind == _LATTICE else bits[0]
    for _ in range(_MOST_CORNERS):
        if not reading.has(flag_bits + 1):
            return
        flag = reading.take(flag_bits) & 3 if flag_bits else 0
        points = _POINTS[kind][bool(flag)] if kind in _POINTS else 1
        count = (2 if flag else 4) if kind in _POINTS else 1
        if not reading.has(2 * points * bits[1] + count * channels * bits[2]):
            return
        places = tuple(reading.take(bits[1]) for _ in range(2 * points))
        colours = tuple(tuple(reading.take(bits[2]) for _ in range(channels)) for _ in range(count))
        reading.align()
        yield _Record(flag, places, colours)


def _packed(kind: int, bits: list[int], records: list[_Record], amounts: Floats) -> bytes:
    greys = np.rint((1 - np.clip(amounts, 0, 1)) * 255).astype(np.int64).tolist()
    out = bytearray()
    at = 0
    for record in records:
        value, width = (record.flag, bits[0]) if kind != _LATTICE else (0, 0)
        for place in record.points:
            value, width = value << bits[1] | place, width + bits[1]
        for grey in greys[at : at + len(record.colours)]:
            value, width = value << 8 | grey, width + 8
        at += len(record.colours)
        spare = -width % 8
        out += (value << spare).to_bytes((width + spare) // 8, "big")
    return bytes(out)
