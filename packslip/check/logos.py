"""Whether a brand's logo can be read, and be seen on its paper."""

import io
import re
from pathlib import Path
from xml.parsers import expat

from PIL import Image
from tinycss2.color4 import Color

from packslip.files import read_file
from packslip.library.brands import Brand
from packslip.model import Finding, Where, error, has_errors, warning
from packslip.pictures.recipe import Recipe
from packslip.pictures.rendering import render_renditions
from packslip.press.contrast import LINE, ratio, read_colour

_PAINT = re.compile(r"(?:fill|stroke|stop-color)\s*[=:]\s*[\"']?\s*([^\"';)>]+\)?)")
_NO_PAINT = frozenset({"none", "transparent", "currentcolor", "context-fill", "context-stroke"})
_SEEN_SIDE = 120  #: pixels; a logo is looked at in this size
_LEAST_SEEN = 0.005  #: share of it that must stand out
_OPAQUE = 128


def check_logo(brand: Brand, art: Path, paper: Color, most_pixels: int) -> tuple[Finding, ...]:
    """What is wrong with the file of a logo; that there is none was told when the brand was read."""
    path = art / brand.logo
    where = Where(file=brand.file, spot="logo")
    try:
        data = read_file(path)
    except FileNotFoundError:
        return ()
    except OSError as fault:
        return (error("brand.logo", where, f"{brand.logo} cannot be read: {fault.strerror}"),)
    if path.suffix.lower() == ".svg":
        return _check_drawing(data, brand, where, paper)
    return _check_picture(data, brand, where, paper, most_pixels)


def _check_drawing(data: bytes, brand: Brand, where: Where, paper: Color) -> tuple[Finding, ...]:
    try:
        expat.ParserCreate().Parse(data, True)
    except expat.ExpatError as fault:
        hint = "open it in a drawing program and save it as SVG again"
        return (error("brand.logo", where, f"{brand.logo} is no SVG: {expat.ErrorString(fault.code)}", hint),)
    text = data.decode("utf-8", "replace")
    if "<image" in text or "url(" in text:  # pictures and gradients are not judged
        return ()
    named = {name.strip().lower() for name in _PAINT.findall(text)} - _NO_PAINT
    colours = [colour for colour in map(read_colour, named or {"black"}) if colour is not None]
    best = max((ratio(colour, paper) for colour in colours), default=LINE)
    return () if best >= LINE else (_unseen(brand, where, best),)


def _check_picture(data: bytes, brand: Brand, where: Where, paper: Color, most_pixels: int) -> tuple[Finding, ...]:
    trial = Recipe(width_mm=10, height_mm=10, dots_per_mm=10, ink="colour", max_pixels=most_pixels)
    (rendered,) = render_renditions(data, (trial,)).rendered
    if has_errors(rendered.findings):
        return tuple(
            error("brand.logo", where, f"{brand.logo}: {each.message}", each.hint) for each in rendered.findings
        )
    with Image.open(io.BytesIO(data)) as picture:
        small = picture.convert("RGBA")
    small.thumbnail((_SEEN_SIDE, _SEEN_SIDE))
    pixels = [pixel for pixel in small.get_flattened_data() if isinstance(pixel, tuple)]
    ratios: dict[tuple[int, ...], float] = {}
    for pixel in pixels:
        if pixel[3] >= _OPAQUE and pixel[:3] not in ratios:
            ratios[pixel[:3]] = ratio(Color("srgb", tuple(level / 255 for level in pixel[:3]), 1), paper)
    seen = sum(pixel[3] >= _OPAQUE and ratios[pixel[:3]] >= LINE for pixel in pixels)
    if seen >= _LEAST_SEEN * len(pixels):
        return ()
    return (_unseen(brand, where, max(ratios.values(), default=1.0)),)


def _unseen(brand: Brand, where: Where, best: float) -> Finding:
    message = f"{brand.logo} can hardly be seen on this paper: its strongest contrast is {best:.1f} to 1"
    return warning("brand.logo_unseen", where, message, "name one that is drawn for this paper")
