"""Parts of twins: pictures and gradients in greys that say how much of one ink they print."""

import zlib
from collections.abc import Sequence

import numpy as np
import pikepdf
from pikepdf import Array, Dictionary, Name, Stream

from packslip.preflight.foreign.amounts import Recipe
from packslip.preflight.foreign.functions import Floats, read_function
from packslip.preflight.foreign.meshes import repaint_mesh
from packslip.preflight.foreign.samples import INDEXES, read_samples
from packslip.preflight.foreign.tokens import Operand
from packslip.preflight.foreign.values import content, entries, entry, is_holder, is_stream, name, names, numbers, whole

#: Steps that a gradient is divided into, and along each side where it runs both ways.
_STEPS, _STEPS_BOTH = 256, 48
_LONG = {
    "W": "Width",
    "H": "Height",
    "BPC": "BitsPerComponent",
    "CS": "ColorSpace",
    "F": "Filter",
    "DP": "DecodeParms",
    "D": "Decode",
    "IM": "ImageMask",
    "I": "Interpolate",
}
_LONG_FILTERS = {
    "AHx": "ASCIIHexDecode",
    "A85": "ASCII85Decode",
    "LZW": "LZWDecode",
    "Fl": "FlateDecode",
    "RL": "RunLengthDecode",
    "CCF": "CCITTFaxDecode",
    "DCT": "DCTDecode",
}


def copied(holder: object, without: frozenset[str] = frozenset()) -> Dictionary:
    """A dictionary, or that of a stream, with the same entries but for some."""
    found = Dictionary()
    for key, value in entries(holder):
        if key not in without:
            found[key] = value
    return found


def outside(pdf: pikepdf.Pdf, told: dict[str, Operand], data: bytes) -> Stream:
    """An inline image as an image that stands by itself. Source: ISO 32000-1:2008, Table 93 and 94."""
    stream = Stream(pdf, data)
    for key, value in told.items():
        long = _LONG.get(key, key)
        if long == "Filter":
            parts = value if isinstance(value, list) else [value]
            value = [_LONG_FILTERS.get(part, part) if isinstance(part, str) else part for part in parts]  # noqa: PLW2901
        if key:
            stream[f"/{long}"] = _object(value)
    stream.Subtype = Name.Image
    return stream


def _object(value: Operand) -> pikepdf.Object | float | int | bool | None:
    if isinstance(value, str):
        return Name(f"/{value}")
    if isinstance(value, bytes):
        return pikepdf.String(value)
    if isinstance(value, list):
        return Array([_object(each) for each in value])
    if isinstance(value, dict):
        return Dictionary({f"/{key}": _object(each) for key, each in value.items() if key})
    return int(value) if isinstance(value, float) and value == int(value) else value


def repaint_picture(pdf: pikepdf.Pdf, thing: pikepdf.Object, recipe: Recipe, inks: int) -> list[pikepdf.Object]:
    """A picture once for each ink. One that cannot be read prints nothing.

    Pictures of one channel keep their pixels, whatever packs them, and get a table of greys.
    """
    bits = whole(entry(thing, "/BitsPerComponent")) or 8
    if recipe.channels == 1 and bits <= 8 and "JPXDecode" not in names(entry(thing, "/Filter")):
        return [_with_table(pdf, thing, table, bits) for table in _tables(recipe, bits, thing)]
    samples = read_samples(thing, recipe.channels, recipe.reach)
    if samples is None:
        return [_white(pdf, thing)] * inks
    height, width, channels = samples.shape
    amounts = recipe.mix(samples.reshape(-1, channels))
    return [_grey(pdf, thing, amounts[:, ink].reshape(height, width)) for ink in range(inks)]


def _tables(recipe: Recipe, bits: int, thing: object) -> list[bytes]:
    last = 2**bits - 1
    sides = numbers(entry(thing, "/Decode"))
    usual = (0.0, float(last)) if recipe.reach == INDEXES else recipe.reach or (0.0, 1.0)
    low, high = sides if len(sides) == 2 else usual
    amounts = recipe.mix((low + np.arange(last + 1) / last * (high - low)).reshape(-1, 1))
    return [bytes(np.rint((1 - column) * 255).astype(np.uint8)) for column in amounts.T]


def _with_table(pdf: pikepdf.Pdf, thing: pikepdf.Object, table: bytes, bits: int) -> pikepdf.Object:
    if not any(byte != 255 for byte in table):
        return _white(pdf, thing)
    found = Stream(pdf, thing.read_raw_bytes())
    for key, value in entries(thing):
        if key not in ("/Length", "/Decode", "/ColorSpace"):
            found[key] = value
    found.BitsPerComponent = bits
    found.ColorSpace = Array([Name.Indexed, Name.DeviceGray, len(table) - 1, pikepdf.String(table)])
    return pdf.make_indirect(found)


def _white(pdf: pikepdf.Pdf, thing: object) -> pikepdf.Object:
    return _grey(pdf, thing, np.zeros((1, 1)))


def _grey(pdf: pikepdf.Pdf, thing: object, amounts: Floats) -> pikepdf.Object:
    if not amounts.any():
        amounts = amounts[:1, :1]
    found = Stream(pdf, b"")
    pixels = np.rint((1 - np.clip(amounts, 0, 1)) * 255).astype(np.uint8)
    found.write(zlib.compress(pixels.tobytes(), 1), filter=Name.FlateDecode)
    found.Type, found.Subtype, found.ColorSpace, found.BitsPerComponent = Name.XObject, Name.Image, Name.DeviceGray, 8
    found.Height, found.Width = amounts.shape
    for key in ("/SMask", "/Mask", "/OC", "/Interpolate"):
        value = entry(thing, key)
        if value is not None and name(value) == "" and not (key == "/Mask" and not is_holder(value)):
            found[key] = value
    return pdf.make_indirect(found)


def repaint_shading(pdf: pikepdf.Pdf, shading: object, recipe: Recipe, inks: int) -> list[pikepdf.Object] | None:
    """A gradient once for each ink, None where it makes no sense. Source: ISO 32000-1:2008, 8.7.4.5."""
    kind = whole(entry(shading, "/ShadingType")) or 0
    told = entry(shading, "/Function")
    background = numbers(entry(shading, "/Background"))
    behind = recipe.mix(np.array([background]))[0] if len(background) == recipe.channels else None
    if kind in (1, 2, 3) or told is not None:
        function = read_function(told)
        domain = _domain(shading, kind)
        if function is None or domain is None:
            return None
        sizes = (_STEPS_BOTH, _STEPS_BOTH) if kind == 1 else (_STEPS,)
        values = function(_grid(domain, sizes))
        if values.shape[1] != recipe.channels:
            return None
        amounts = recipe.mix(values)
        found = [_with_samples(pdf, shading, amounts[:, ink], domain, sizes) for ink in range(inks)]
    else:
        meshes = repaint_mesh(pdf, shading, recipe, inks)
        if meshes is None:
            return None
        found = meshes
    for ink, each in enumerate(found):
        each["/ColorSpace"] = Name.DeviceGray
        if behind is not None:
            each["/Background"] = Array([round(1 - float(behind[ink]), 4)])
    return [pdf.make_indirect(each) for each in found]


def _domain(shading: object, kind: int) -> tuple[float, ...] | None:
    """What runs into a gradient's function."""
    if kind >= 4:
        return numbers(entry(shading, "/Decode"))[4:6] or None
    told = numbers(entry(shading, "/Domain"))
    usual = (0.0, 1.0, 0.0, 1.0) if kind == 1 else (0.0, 1.0)
    return told if len(told) == len(usual) else usual


def _grid(domain: tuple[float, ...], sizes: Sequence[int]) -> Floats:
    """Places of samples, the first input running fastest."""
    lines = [np.linspace(domain[2 * at], domain[2 * at + 1], size) for at, size in enumerate(sizes)]
    return np.stack([mesh.ravel(order="F") for mesh in np.meshgrid(*lines, indexing="ij")], axis=1)


def _with_samples(
    pdf: pikepdf.Pdf, shading: object, amounts: Floats, domain: tuple[float, ...], sizes: Sequence[int]
) -> pikepdf.Object:
    table = Stream(pdf, bytes(np.rint((1 - np.clip(amounts, 0, 1)) * 255).astype(np.uint8)))
    table.FunctionType, table.BitsPerSample = 0, 8
    table.Domain, table.Range, table.Size = Array([*domain]), Array([0, 1]), Array([*sizes])
    dropped = frozenset({"/Function", "/ColorSpace", "/Background", "/Length", "/Filter", "/DecodeParms"})
    found: pikepdf.Object = copied(shading, dropped)
    if is_stream(shading):
        stream = Stream(pdf, content(shading) or b"")
        for key, value in entries(found):
            stream[key] = value
        found = stream
    found["/Function"] = pdf.make_indirect(table)
    return found
