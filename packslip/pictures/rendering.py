"""Rendering: untrusted picture bytes in, one print-ready rendition out.

`render_renditions` is pure and made to run in a limited child. It trusts nothing: formats by allow-list,
pixels counted before they are decoded, a truncated file is an error and never half a picture.
"""

import io
import struct
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import ExifTags, Image, ImageChops, ImageFile, ImageFilter, UnidentifiedImageError

from packslip.library.picture_colours import mark_of, on_paper, to_condition, to_scalable
from packslip.model import Finding, Where, warning
from packslip.pictures.dithering import PAPER_WHITE, dither
from packslip.pictures.recipe import Decoded, Look, Recipe, Rendered, Suffix, refused
from packslip.units import MM_PER_INCH

#: What is read. GIF and animated WebP give their first frame; TIFF is what studios send. No EPS, PSD, JPEG 2000 or
#: AVIF: their decoders are large and shops do not need them.
FORMATS = ("JPEG", "PNG", "WEBP", "TIFF", "GIF")
LEAST_PPI = 150

#: What Pillow's decoders are known to raise on broken files.
_BROKEN = (
    OSError,
    SyntaxError,
    ValueError,
    ArithmeticError,
    LookupError,
    EOFError,
    TypeError,
    AttributeError,
    RuntimeError,
    MemoryError,
    struct.error,
)

_TURNS = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
_SIDEWAYS = frozenset({5, 6, 7, 8})

#: Pictures are judged for white and for one colour on so many fields a side.
_GRID = 48
_ONE_COLOUR = 10  #: widest spread of tones, of 255, that still looks like one

#: An unsharp mask of radius 0.8 and 55 %, as the nine dots around it have it; a third of the time of Pillow's own.
_SHARPEN = ImageFilter.Kernel((3, 3), (-3, -7, -3, -7, 140, -7, -3, -7, -3), scale=100)

_decoder = threading.Lock()


def render_renditions(data: bytes, recipes: tuple[Recipe, ...]) -> Decoded:
    """One picture, cropped to each recipe's box from the centre and ready for the press.

    Colour: baseline JPEG in sRGB or in the space of the printing condition, quality 90, 4:4:4, no metadata, never more
    pixels than the source has. Black: 1-bit PNG of exactly the device's dots, dithered. Same bytes in, same bytes out,
    whichever other recipes come along. Total: bad input gives a finding.
    """
    most = min(recipe.max_pixels for recipe in recipes)
    try:
        with _strict_decoder(most):
            return _render(data, recipes)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        message = f"picture has more than the {most} pixels allowed"
        hint = "scale the picture down, or raise pictures.max_pixels"
        return refused(recipes, "picture.too_large", message, hint)
    except UnidentifiedImageError:
        return _unreadable(data, recipes)
    except _BROKEN as fault:
        return _broken(recipes, str(fault).split("\n", 1)[0][:120] or type(fault).__name__)


def _render(data: bytes, recipes: tuple[Recipe, ...]) -> Decoded:
    image = _open(data)
    if image.format == "PNG":
        image.verify()  # checks every chunk's sum, and spends the image
    decoded: dict[tuple[int, int], Image.Image] = {}
    made: list[Rendered] = []
    look = None
    for recipe in recipes:
        upright, source, findings = _make(data, recipe, decoded)
        look = look or _look(_open(data), source, upright)
        encoded, suffix = _encode(upright, recipe)
        made.append(
            Rendered(data=encoded, suffix=suffix, width=upright.width, height=upright.height, findings=findings)
        )
    return Decoded(rendered=tuple(made), look=look)


def _make(
    data: bytes, recipe: Recipe, decoded: dict[tuple[int, int], Image.Image]
) -> tuple[Image.Image, tuple[int, int], tuple[Finding, ...]]:
    """A picture as a recipe wants it, upright and in its colours; its size in the file; what was found.

    `decoded` keeps what was decoded at one size, so that recipes share it.
    """
    image = _open(data)
    orientation = _orientation(image)
    sideways = orientation in _SIDEWAYS
    source = _flipped(image.size) if sideways else image.size
    findings = _judge_resolution(source, recipe)
    wanted = _flipped(recipe.size) if sideways else recipe.size
    image.draft("", (wanted[0] * 2, wanted[1] * 2))  # a JPEG may be decoded at an eighth of its size
    known = decoded.get(image.size)
    if known is None:
        known = decoded[image.size] = to_scalable(image)
    profile = image.info.get("icc_profile")
    scaled = _scale(known, wanted, enlarge=recipe.ink == "black")
    colours, more = to_condition(scaled, profile if isinstance(profile, bytes) else None, recipe.condition)
    turn = _TURNS.get(orientation)
    return colours if turn is None else colours.transpose(turn), source, (*findings, *more)


def _look(image: Image.Image, size: tuple[int, int], upright: Image.Image) -> Look:
    white, is_flat = _tones(upright)
    return Look(
        width=size[0],
        height=size[1],
        format=image.format or "",
        mode=image.mode,
        has_profile=bool(image.info.get("icc_profile")),
        white=white,
        is_flat=is_flat,
    )


def _tones(image: Image.Image) -> tuple[float, bool]:
    """How much of a picture is white, and whether it is one colour; grain and compression are averaged away."""
    small = image.resize((_GRID, _GRID), Image.Resampling.BOX).convert("RGB")  # of CMYK: ink taken from white
    darkest = small.split()[0]
    for band in small.split()[1:]:
        darkest = ImageChops.darker(darkest, band)
    white = sum(darkest.histogram()[PAPER_WHITE:]) / _GRID**2
    spread = [high - low for low, high in (_extremes(band) for band in small.split())]
    return white, max(spread) <= _ONE_COLOUR


def _extremes(band: Image.Image) -> tuple[int, int]:
    tones = [tone for tone, count in enumerate(band.histogram()) if count]
    return tones[0], tones[-1]


@contextmanager
def _strict_decoder(max_pixels: int) -> Iterator[None]:
    """Pillow's process-wide switches, set for one decode and put back: no half pictures, no more pixels than allowed.

    WeasyPrint turns LOAD_TRUNCATED_IMAGES on when it is imported: half a picture would pass for a whole one.
    """
    with _decoder, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        lenient, limit = ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS
        ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = False, max_pixels
        try:
            yield
        finally:
            ImageFile.LOAD_TRUNCATED_IMAGES, Image.MAX_IMAGE_PIXELS = lenient, limit


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=FORMATS)


def _orientation(image: Image.Image) -> int:
    """How the camera was held, 1 to 8; 1 for TIFF, which Pillow turns upright itself when it loads it."""
    if image.format == "TIFF":
        return 1
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except _BROKEN:  # the tags are broken, the picture need not be
        return 1
    return value if isinstance(value, int) else 1


def _flipped(size: tuple[int, int]) -> tuple[int, int]:
    return size[1], size[0]


def _cover(size: tuple[int, int], wanted: tuple[int, int]) -> tuple[float, float, float, float]:
    """The largest centred part of a picture with the wanted proportions, as left, top, right, bottom."""
    width, height = size
    scale = min(width / wanted[0], height / wanted[1])
    across, down = wanted[0] * scale, wanted[1] * scale
    left, top = (width - across) / 2, (height - down) / 2
    return max(left, 0.0), max(top, 0.0), min(left + across, float(width)), min(top + down, float(height))


def _scale(image: Image.Image, wanted: tuple[int, int], *, enlarge: bool) -> Image.Image:
    left, top, right, bottom = _cover(image.size, wanted)
    shrink = (right - left) / wanted[0]
    if shrink < 1 and not enlarge:
        wanted = max(round(wanted[0] * shrink), 1), max(round(wanted[1] * shrink), 1)
    resized = image.resize(wanted, Image.Resampling.LANCZOS, box=(left, top, right, bottom), reducing_gap=3.0)
    flat = on_paper(resized)
    return flat.filter(_SHARPEN) if shrink > 1 and flat.mode != "LAB" else flat


def _judge_resolution(size: tuple[int, int], recipe: Recipe) -> tuple[Finding, ...]:
    left, top, right, bottom = _cover(size, recipe.size)
    ppi = min((right - left) / recipe.width_mm, (bottom - top) / recipe.height_mm) * MM_PER_INCH
    if ppi >= LEAST_PPI:
        return ()
    place = f"{recipe.width_mm:g} × {recipe.height_mm:g} mm"
    message = f"{size[0]} × {size[1]} pixels make {ppi:.0f} to the inch at {place}"
    needed = " × ".join(str(round(side * 300 / MM_PER_INCH)) for side in (recipe.width_mm, recipe.height_mm))
    return (warning("picture.low_resolution", Where(), message, f"give a picture of {needed} pixels or more"),)


def _encode(image: Image.Image, recipe: Recipe) -> tuple[bytes, Suffix]:
    stream = io.BytesIO()
    if recipe.ink == "black":
        dither(image).save(stream, "PNG", optimize=True)
        return stream.getvalue(), "png"
    # CMYK is written as Adobe does it, inverted and with APP14: WeasyPrint sees that and turns it back in the PDF
    with _room_for(image):
        mark = mark_of(recipe.condition)
        image.save(stream, "JPEG", quality=90, subsampling=0, optimize=True, progressive=False, comment=mark)
    return stream.getvalue(), "jpg"


@contextmanager
def _room_for(image: Image.Image) -> Iterator[None]:
    """Another switch of the process, put back: Pillow reserves a byte for each pixel, and fine grain takes more.

    An optimised JPEG is written in one piece; one that does not fit fails as a "broken data stream". Called with
    `_decoder` held. Source: Pillow 13, JpegImagePlugin._save.
    """
    before = ImageFile.MAXBLOCK
    ImageFile.MAXBLOCK = max(before, 4 * image.width * image.height)
    try:
        yield
    finally:
        ImageFile.MAXBLOCK = before


def _broken(recipes: tuple[Recipe, ...], reason: str) -> Decoded:
    hint = "open it in a picture editor and save it again"
    return refused(recipes, "picture.broken", f"picture is broken: {reason}", hint)


_OURS = {
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"GIF8": "GIF",
    b"RIFF": "WebP",
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
}
_OTHERS = {
    b"%PDF": "a PDF",
    b"%!PS": "an EPS or PostScript file",
    b"8BPS": "a Photoshop file",
    b"BM": "a BMP picture",
    b"<svg": "an SVG drawing",
    b"<?xml": "an XML or SVG file",
    b"<!": "a web page",
    b"<html": "a web page",
    b"\0\0\0\x0cjP": "a JPEG 2000 picture",
    b"\0\0\1\0": "a Windows icon",
}


def _unreadable(data: bytes, recipes: tuple[Recipe, ...]) -> Decoded:
    """Says what a file that Pillow refuses to open seems to be."""
    for start, name in _OURS.items():
        if data.startswith(start):
            return _broken(recipes, f"its {name} header does not make sense")
    found = "an AVIF or HEIF picture" if data[4:8] == b"ftyp" else "an unknown format"
    shown = (
        next((name for start, name in _OTHERS.items() if data.startswith(start)), found) if data else "an empty file"
    )
    hint = "save it as JPEG, PNG, WebP, TIFF or GIF"
    return refused(recipes, "picture.not_readable", f"no picture packslip reads: {shown}", hint)
