"""Inks: WeasyPrint's drawing, with every colour in the space of what is printed on.

All that WeasyPrint paints goes through a stream; `InkStream` is one that asks a palette, for fills and strokes, text,
gradients, groups, soft masks and pictures alike. Both paths of the press draw with it. Decides no colour itself.
"""

import io
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise

import pydyf
from PIL import Image
from tinycss2.color4 import Color
from weasyprint import css, draw
from weasyprint.css import ComputedStyle
from weasyprint.document import Page
from weasyprint.draw import color as draw_color
from weasyprint.formatting_structure import boxes
from weasyprint.images import Gradient, RasterImage
from weasyprint.logger import LOGGER
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream

from packslip.press.css_colours import OF_LIGHT, srgb_of
from packslip.press.palette import Inks, Palette

#: What is logged where a colour cannot come out as it was meant.
MIXED = "device-cmyk() in a gradient, a blurred shadow or a bevelled border"

SCALE = 0.75  #: pt per px

#: What is logged where a style sheet brings a colour profile.
OWN_PROFILE = "@color-profile: only a printing condition may be one"

#: Least size of a pattern's cell, in its own units.
CELL = 64

Box = tuple[float, float, float, float]

_QUALITY = 90  #: of JPEG
_OPERATORS = {"DeviceRGB": (b"rg", b"RG"), "DeviceCMYK": (b"k", b"K"), "DeviceGray": (b"g", b"G")}
_to_bytes = pydyf._to_bytes  # noqa: SLF001


class InkStream(Stream):  # type: ignore[misc]
    """A stream that paints in a palette's inks."""

    _current_color: tuple[object, ...] | None
    _current_color_stroke: tuple[object, ...] | None

    def __init__(self, *arguments: object, palette: Palette, **options: object) -> None:
        super().__init__(*arguments, **options)
        self.palette = palette
        self._text_size: float | None = None  #: px, while text is drawn
        self._overprint: bool | None = None  #: None where nobody knows
        self._overprints: list[bool | None] = []

    def clone(self, **options: object) -> "InkStream":
        """A stream of the same document, beside this one."""
        base = {
            "fonts": self._fonts,
            "page_rectangle": self.page_rectangle,
            "resources": self._resources,
            "images": self._images,
            "tags": self._tags,
            "color_profiles": self._color_profiles,
            "output_intent": self._output_intent,
            "compress": self.compress,
        }
        return InkStream(**(base | options), palette=self.palette)

    # what is painted

    def set_color(self, color: Color, stroke: bool = False) -> None:
        """Paint in a colour of CSS from here on."""
        self.set_alpha(color.alpha, stroke)
        if self._text_size is None:
            self.set_inks(self.palette.inks(color), stroke=stroke)
        else:
            inks, overprints = self.palette.text_inks(color, self._text_size)
            self.set_inks(inks, stroke=stroke, overprints=overprints)

    def set_inks(self, inks: Inks, *, stroke: bool = False, overprints: bool = False) -> None:
        """Paint in these inks from here on."""
        self._set_overprint(overprints=overprints)
        key = (self.palette.space, *inks)
        if key == (self._current_color_stroke if stroke else self._current_color):
            return
        if stroke:
            self._current_color_stroke = key
        else:
            self._current_color = key
        self.stream.append(_colour(self.palette, inks, stroke=stroke))

    def ink(self) -> bytes:
        """What paints in black from here on, whatever was painted before: the operators, which are not written."""
        state = b"/o0 gs\n" if self.palette.space == "DeviceCMYK" else b""
        if state:
            self._name_overprint(overprints=False)
        return state + _colour(self.palette, self.palette.black, stroke=False)

    @contextmanager
    def text(self, size: float) -> Iterator[None]:
        """Draw text `size` px high."""
        self._text_size = size
        try:
            yield
        finally:
            self._text_size = None

    def forget(self) -> None:
        """Take nothing for set: what comes next sets its colours, opacity and font again."""
        self._current_color = self._current_color_stroke = None
        self._current_alpha = self._current_alpha_stroke = None
        self._current_font = self._old_font = None
        self._overprint = None

    def cover(self) -> None:
        """Print over nothing from here on: what is no text brings its own colours and covers what lies below."""
        self._set_overprint(overprints=False)

    def draw_x_object(self, reference: str) -> None:
        """Draw a picture or a group."""
        self.cover()
        super().draw_x_object(reference)

    def paint_shading(self, name: str) -> None:
        """Paint a gradient."""
        self.cover()
        super().paint_shading(name)

    def set_color_special(self, name: str | None, stroke: bool = False, *operands: float) -> None:
        """Paint in a pattern from here on."""
        self.cover()
        super().set_color_special(name, stroke, *operands)

    def _set_overprint(self, *, overprints: bool) -> None:
        if self.palette.space == "DeviceCMYK" and self._overprint is not overprints:
            self._overprint = overprints
            pydyf.Stream.set_state(self, self._name_overprint(overprints=overprints))

    def _name_overprint(self, *, overprints: bool) -> str:
        """The state that prints over what lies below, or does not; mode 1 is for DeviceCMYK alone.

        Source: ISO 32000-1:2008, 8.6.7.
        """
        key, word = ("o1", "true") if overprints else ("o0", "false")
        states = self._resources["ExtGState"]
        if key not in states:
            states[key] = pydyf.Dictionary({"OP": word, "op": word, "OPM": 1})
        return key

    def push_state(self) -> None:
        """Remember the graphics state."""
        super().push_state()
        self._overprints.append(self._overprint)

    def pop_state(self) -> None:
        """Go back to the graphics state remembered last."""
        super().pop_state()
        self._overprint = self._overprints.pop()

    # what it is painted with

    @property
    def _default_color_space(self) -> str:
        return f"/{self.palette.space}"

    def set_alpha_state(self, x: float, y: float, width: float, height: float, mode: str = "luminosity") -> "InkStream":
        """A soft mask from here on; the stream that draws it."""
        mask: InkStream = super().set_alpha_state(x, y, width, height, mode)
        mask.palette = self.palette.mask
        mask.extra["Group"]["CS"] = f"/{mask.palette.space}"
        return mask

    def add_shading(  # noqa: PLR0917
        self,
        shading_type: int,
        domain: object,
        coords: object,
        extend: bool,
        function: pydyf.Dictionary,
        color_space: str | None = None,
    ) -> pydyf.Dictionary:
        """A gradient; `function` gives sRGB where no space is named."""
        if color_space == "DeviceGray" and self.palette.space == "DeviceRGB" and self.palette.name != "srgb":
            color_space = "DeviceRGB"  # a printing condition in RGB knows no grey by itself
            for part in function["Functions"]:
                part["C0"], part["C1"] = (pydyf.Array((*part[end],) * 3) for end in ("C0", "C1"))
        elif color_space is None and self.palette.name != "srgb":
            function["Functions"] = pydyf.Array([_blended(part, self.palette) for part in function["Functions"]])
        return super().add_shading(shading_type, domain, coords, extend, function, color_space)

    def add_pattern(  # noqa: PLR0917
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        repeat_width: float,
        repeat_height: float,
        matrix: Matrix,
    ) -> "InkStream":
        """A pattern; its cell is drawn large, for poppler draws nothing of one that is a unit wide, as SVG's are."""
        scale = CELL / max(abs(width), abs(height)) if 0 < max(abs(width), abs(height)) < CELL else 1
        sizes = (length * scale for length in (x, y, width, height, repeat_width, repeat_height))
        pattern: InkStream = super().add_pattern(*sizes, Matrix(a=1 / scale, d=1 / scale) @ matrix)
        if scale != 1:
            pattern.transform(a=scale, d=scale)
        return pattern

    def add_image(self, image: RasterImage, interpolate: bool, ratio: float) -> str:
        """Name of a picture."""
        return str(super().add_image(inked(image, self.palette), interpolate, ratio))


class PageStream(InkStream):
    """The stream of a page; the page begins at zero, its bleed included."""

    def __init__(self, *arguments: object, palette: Palette, **options: object) -> None:
        super().__init__(*arguments, palette=palette, **options)
        self._is_fresh = True
        self._overprint = False

    def transform(self, a: float = 1, b: float = 0, c: float = 0, d: float = 1, e: float = 0, f: float = 0) -> None:  # noqa: PLR0917
        """Change the coordinates. The first change turns the page upright, from its upper left trimmed corner."""
        if self._is_fresh:
            self._is_fresh = False
            left, top, _, height = self.page_rectangle
            e, f = -left * SCALE, (height + top) * SCALE
        super().transform(a, b, c, d, e, f)


def page_boxes(page: Page) -> tuple[Box, Box]:
    """Media and trim box of a page in pt: left, bottom, right, top. The bleed is all that lies between them."""
    bleed = {side: width * SCALE for side, width in page.bleed.items()}
    right, top = bleed["left"] + page.width * SCALE, bleed["bottom"] + page.height * SCALE
    return (0.0, 0.0, right + bleed["right"], top + bleed["top"]), (bleed["left"], bleed["bottom"], right, top)


class InkedImage:
    """A picture in a palette's inks, as a stream takes it."""

    def __init__(self, image: RasterImage, palette: Palette) -> None:
        self.id = f"{image.id}-{palette.name}"
        self._image, self._palette = image, palette

    def get_x_object(self, interpolate: bool, dpi_ratio: float) -> pydyf.Stream:
        """The picture's object in a PDF."""
        image = self._image
        opened = Image.open(io.BytesIO(image.image_data.data))
        alpha = opened.getchannel("A") if "A" in opened.getbands() and opened.mode != "LAB" else None
        opaque = opened.convert("L" if opened.mode == "LA" else "RGB") if alpha else opened
        mark = opened.info.get("comment")
        made = self._palette.picture(opaque, mark if isinstance(mark, bytes) else b"")
        if made is None:
            return image.get_x_object(interpolate, dpi_ratio)
        x_object = self._object(made, interpolate, is_jpeg=image.format == "JPEG")
        if alpha:
            x_object.extra["SMask"] = self._object(alpha, interpolate, is_jpeg=False)
        return x_object

    def _object(self, picture: Image.Image, interpolate: bool, *, is_jpeg: bool) -> pydyf.Stream:
        space = {"CMYK": "/DeviceCMYK", "RGB": "/DeviceRGB", "L": "/DeviceGray"}[picture.mode]
        extra = pydyf.Dictionary(
            {
                "Type": "/XObject",
                "Subtype": "/Image",
                "Width": picture.width,
                "Height": picture.height,
                "ColorSpace": space,
                "BitsPerComponent": 8,
                "Interpolate": "true" if interpolate else "false",
                "Filter": "/DCTDecode" if is_jpeg else "/FlateDecode",
            }
        )
        if is_jpeg and picture.mode == "CMYK":  # Pillow writes it the Adobe way, dark as light
            extra["Decode"] = pydyf.Array((1, 0) * 4)
        return pydyf.Stream([_packed(picture, is_jpeg=is_jpeg)], extra)


def _colour(palette: Palette, inks: Inks, *, stroke: bool) -> bytes:
    return b" ".join((*map(_to_bytes, inks), _OPERATORS[palette.space][stroke]))


def inked(image: RasterImage, palette: Palette) -> RasterImage | InkedImage:
    """A picture in a palette's inks."""
    return image if palette.name == "srgb" and image.mode != "CMYK" else InkedImage(image, palette)


def _packed(picture: Image.Image, *, is_jpeg: bool) -> bytes:
    if not is_jpeg:
        return zlib.compress(picture.tobytes(), 9)
    stream = io.BytesIO()
    picture.save(stream, "JPEG", quality=_QUALITY, subsampling=0, progressive=False)
    return stream.getvalue()


def _blended(part: pydyf.Dictionary, palette: Palette) -> pydyf.Dictionary:
    """A blend of two colours of sRGB as straight pieces between inks."""
    inks = palette.blend(tuple(part["C0"]), tuple(part["C1"]), float(part["N"]))
    pieces = [Stream.create_interpolation_function((0, 1), *pair, 1) for pair in pairwise(inks)]
    bounds = [number / len(pieces) for number in range(1, len(pieces))]
    return Stream.create_stitching_function((0, 1), (0, 1) * len(pieces), bounds, pieces)


def set_text_ink(stream: InkStream, style: ComputedStyle) -> None:
    """Paint in the colour of a style's text from here on."""
    with stream.text(style["font_size"]):
        stream.set_color(style["color"])


_draw_text = draw.draw_text
_draw_gradient = Gradient.draw
_draw_shadow = draw._draw_box_shadow  # noqa: SLF001
_darken, _lighten = draw_color.darken, draw_color.lighten


def _draw_inked_text(stream: InkStream, textbox: boxes.TextBox, *arguments: object) -> None:
    with stream.text(textbox.style["font_size"]):
        _draw_text(stream, textbox, *arguments)


def _draw_inked_gradient(gradient: Gradient, *arguments: object) -> None:
    """WeasyPrint's own drawing, which knows colours of sRGB only."""
    if any(colour.space == "device-cmyk" for colour in gradient.colors):
        LOGGER.error(MIXED)
        return
    gradient.colors = tuple(map(_screened, gradient.colors))
    _draw_gradient(gradient, *arguments)


def _bevelled(shade: Callable[[Color], Color]) -> Callable[[Color], Color]:
    def shaded(colour: Color) -> Color:
        if colour.space == "device-cmyk":
            LOGGER.error(MIXED)
            return colour
        return shade(_screened(colour))

    return shaded


def _draw_inked_shadow(  # noqa: PLR0917
    stream: InkStream,
    box: object,
    style: ComputedStyle,
    across: float,
    down: float,
    blur: float,
    spread: float,
    colour: Color,
    inset: bool,
) -> None:
    if blur and colour.space == "device-cmyk":
        LOGGER.error(MIXED)
        return
    _draw_shadow(stream, box, style, across, down, blur, spread, colour, inset)


def _refuse_profile(_prelude: object) -> None:
    LOGGER.error(OWN_PROFILE)


def _screened(colour: Color) -> Color:
    return Color("srgb", srgb_of(colour), colour.alpha) if colour.space in OF_LIGHT else colour


def _install() -> None:
    draw.draw_text = _draw_inked_text
    Gradient.draw = _draw_inked_gradient
    draw._draw_box_shadow = _draw_inked_shadow  # noqa: SLF001
    css.parse_color_profile_name = _refuse_profile
    draw_color.darken, draw_color.lighten = _bevelled(_darken), _bevelled(_lighten)


_install()
