"""Samples: the pixels of a picture as shares of its channels, made smaller where there are very many.

Total: what cannot be unpacked is None. Pictures are read by Pillow (JPEG, JPEG 2000) or unpacked as they stand.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from packslip.preflight.foreign.functions import unpack
from packslip.preflight.foreign.values import FAULTS, content, entry, is_stream, names, numbers, whole

#: Pixels that are unpacked, and pixels that are kept.
MOST_PIXELS, MOST_KEPT = 60_000_000, 3_000_000
#: What Pillow's decoders are known to raise.
BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, Image.DecompressionBombError)
_BY_PILLOW = {"DCTDecode": "JPEG", "DCT": "JPEG", "JPXDecode": "JPEG2000"}

#: Stands for the reach of an Indexed space, which depends on the picture's bits.
INDEXES = (0.0, -1.0)

#: (height, width, channels), as they stand in the file
Samples = NDArray[np.float64]


def read_samples(thing: object, channels: int, reach: tuple[float, ...]) -> Samples | None:
    """The samples of an image, through its Decode array; `reach` as `Recipe.reach` has it."""
    width, height = whole(entry(thing, "/Width")) or 0, whole(entry(thing, "/Height")) or 0
    if not 0 < width * height <= MOST_PIXELS or width < 0 or channels < 1:
        return None
    filters = names(entry(thing, "/Filter"))
    bits = whole(entry(thing, "/BitsPerComponent")) or 8
    if filters and filters[-1] in _BY_PILLOW:
        plain = _by_pillow(thing, channels, _BY_PILLOW[filters[-1]])
        bits = 8
    else:
        plain = _as_it_stands(thing, width, height, channels, bits)
    return None if plain is None else _decoded(plain, bits, numbers(entry(thing, "/Decode")), reach)


def _decoded(plain: NDArray[np.uint8], bits: int, told: tuple[float, ...], reach: tuple[float, ...]) -> Samples:
    """Source: ISO 32000-1:2008, 8.9.5.2."""
    channels = plain.shape[2]
    usual = (0.0, 2.0**bits - 1) if reach == INDEXES else reach or (0.0, 1.0) * channels
    sides = told if len(told) == 2 * channels else usual
    low, high = np.array(sides[::2]), np.array(sides[1::2])
    most = 255 if bits in (8, 16) else 2**bits - 1
    return np.asarray(low + plain / most * (high - low), np.float64)


def _as_it_stands(thing: object, width: int, height: int, channels: int, bits: int) -> NDArray[np.uint8] | None:
    if bits not in (1, 2, 4, 8, 16):
        return None
    row = -(-width * channels * bits // 8)
    data = content(thing, 8 * MOST_PIXELS)
    if data is None or row * height > 8 * MOST_PIXELS:
        return None
    rows = np.frombuffer(data[: row * height].ljust(row * height, b"\0"), np.uint8).reshape(height, row)
    step = _step(width, height)
    rows = rows[::step]
    if bits == 16:
        rows = rows[:, : 2 * width * channels : 2]  # the upper byte says enough
    elif bits < 8:
        rows = unpack(np.ascontiguousarray(rows).tobytes(), bits).astype(np.uint8).reshape(len(rows), -1)
    return rows[:, : width * channels].reshape(len(rows), width, channels)[:, ::step]


def _step(width: int, height: int) -> int:
    """Of how many pixels, across and down, one is kept."""
    return max(1, int(np.ceil((width * height / MOST_KEPT) ** 0.5)))


def _by_pillow(thing: object, channels: int, kind: str) -> NDArray[np.uint8] | None:
    if not is_stream(thing):
        return None
    try:
        raw = thing.read_raw_bytes() if len(names(entry(thing, "/Filter"))) == 1 else None
    except FAULTS:
        return None
    if raw is None:
        return None
    try:
        image = Image.open(io.BytesIO(raw), formats=(kind,))
        if len(image.getbands()) != channels or image.width * image.height > MOST_PIXELS:
            return None
        is_turned = image.mode == "CMYK" and kind == "JPEG"
        step = _step(image.width, image.height)
        image.draft(None, (image.width // step, image.height // step))
        pixels = np.asarray(image, np.uint8).reshape(image.height, image.width, channels)
    except BROKEN:
        return None
    step = _step(pixels.shape[1], pixels.shape[0])
    pixels = pixels[::step, ::step]
    # Pillow takes every CMYK JPEG for one that Adobe wrote upside down and turns it; a PDF says so itself, by Decode
    return 255 - pixels if is_turned else pixels
