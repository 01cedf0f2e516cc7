"""Pixels of pictures, as far as rules ask for them: how much ink, and whether there are greys.

Decodes plain and JPEG pictures of bounded size, nothing else; None says that it cannot be told.
"""

import io

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from packslip.preflight.foreign.painted import Picture
from packslip.preflight.foreign.values import FAULTS, content, entry, is_stream, names, numbers

#: Pixels that are unpacked, and pixels that are looked at.
MOST_PIXELS = 40_000_000
_SAMPLE = 400_000
#: Share of a picture's pixels that may have more ink.
_SPARED = 0.5
#: What Pillow's JPEG decoder is known to raise.
_BROKEN = (OSError, SyntaxError, ValueError, ArithmeticError, LookupError, TypeError, Image.DecompressionBombError)


def most_ink(picture: Picture) -> float | None:
    """Ink in percent that all but the darkest half percent of a CMYK picture's pixels stay below."""
    space = picture.space
    if space is None or not space.is_cmyk or picture.bits != 8:
        return None
    pixels = _samples(picture, 4)
    if pixels is None or not pixels.size:
        return None
    sums = pixels.astype(np.float32).sum(axis=1) / 2.55
    return float(np.percentile(sums, 100 - _SPARED))


def shades(picture: Picture) -> bool:
    """Whether a picture has anything but pure black and white, as far as its kind tells."""
    if is_stream(picture.thing) and entry(picture.thing, "/SMask") is not None:
        return True
    space = picture.space
    return picture.bits != 1 or (space is not None and space.family not in ("DeviceGray", "CalGray"))


def _samples(picture: Picture, channels: int) -> NDArray[np.uint8] | None:
    """Some of a picture's pixels, one to a row."""
    if picture.thing is None or picture.width * picture.height > MOST_PIXELS:
        return None
    said = names(entry(picture.thing, "/Filter"))
    flat = _jpeg(picture.thing, channels) if said == ("DCTDecode",) else _plain(picture, channels)
    if flat is None:
        return None
    sides = numbers(entry(picture.thing, "/Decode"))
    if len(sides) == 2 * channels and sides[0] > sides[1]:
        flat = 255 - flat
    return flat[:: max(1, len(flat) // _SAMPLE)]


def _plain(picture: Picture, channels: int) -> NDArray[np.uint8] | None:
    size = picture.width * picture.height * channels
    data = content(picture.thing, size + 4096)
    if data is None or len(data) < size:
        return None
    return np.frombuffer(data, np.uint8, size).reshape(-1, channels)


def _jpeg(thing: object, channels: int) -> NDArray[np.uint8] | None:
    if not is_stream(thing):
        return None
    try:
        raw = thing.read_raw_bytes()
    except FAULTS:
        return None
    try:
        image = Image.open(io.BytesIO(raw), formats=("JPEG",))
        if len(image.getbands()) != channels or image.width * image.height > MOST_PIXELS:
            return None
        image.draft(None, (1000, 1000))
        pixels = np.asarray(image, np.uint8).reshape(-1, channels)
    except _BROKEN:
        return None
    # Pillow takes every CMYK JPEG for one that Adobe wrote upside down and turns it; a PDF says so itself, by Decode
    return 255 - pixels if image.mode == "CMYK" else pixels
