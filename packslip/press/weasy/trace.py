"""Trace: lays a slip out once more, on a tape, and takes down its pages with holes where the slip's own things go."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import inf
from typing import Any
from unittest.mock import patch

import pydyf
from tinycss2.color5 import D50, D65
from weasyprint import HTML, draw
from weasyprint.css import ComputedStyle
from weasyprint.document import Document, Page
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.images import RasterImage, get_image_from_uri
from weasyprint.layout.absolute import AbsolutePlaceholder
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream

from packslip.press.codes import Symbol
from packslip.press.pieces import Edge
from packslip.press.shelf import Shelf
from packslip.press.weasy.drawing import BASE, Fetcher, Style
from packslip.press.weasy.fonts import Fonts
from packslip.press.weasy.images import CodeImage, Images, read_position
from packslip.press.weasy.languages import Measures
from packslip.press.weasy.linesbox import LinesBox
from packslip.press.weasy.objects import HOLE, Objects
from packslip.press.weasy.obstacles import ELLIPSIS, OUTSIDE, SETTLED, Obstacle
from packslip.press.weasy.paragraphs import Colours, Reader
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.survey import Path, Survey
from packslip.press.weasy.tape import Argument, Tape, Traced, UntraceableError, is_traced
from packslip.press.weasy.traces import (
    CodeHole,
    Hole,
    LinesHole,
    PictureHole,
    Place,
    Room,
    RunHole,
    Trace,
    TracedLimit,
    TracedPage,
    TracedPicture,
)
from packslip.press.weasy.tracing import Tracer
from packslip.press.weasy.typesetter import Typesetter
from packslip.press.weasy.watching import PagesExceededError, Watch, spot_of, watching
from packslip.press.weasy.wording import Wording

_STUMBLES = (ArithmeticError, AssertionError, AttributeError, LookupError, TypeError, ValueError)

SCALE = 0.75  #: pt per px

#: Colour spaces that WeasyPrint declares for CSS colours of a perceptual kind.
_LAB = {
    name: pydyf.Array(
        ("/Lab", pydyf.Dictionary({"WhitePoint": pydyf.Array(white), "Range": pydyf.Array((-125, 125, -125, 125))}))
    )
    for name, white in (("lab-d50", D50), ("lab-d65", D65))
}

_draw_inline_level = draw.draw_inline_level
_to_bytes = pydyf._to_bytes  # noqa: SLF001


def trace(
    html: str,
    *,
    values: Sequence[str],
    language: str,
    pictures: Sequence[Picture],
    symbols: Mapping[str, Symbol],
    styles: Sequence[Style],
    fonts: Fonts,
    images: Images,
    shelf: Shelf,
    typesetter: Typesetter,
    page_limit: int,
) -> Trace:
    """The layout of a skeleton with these values.

    In `html`, `slots.mark` stands for values, in a `lang` for the language, and `picture:slot-n` for pictures.

    Raises:
        UntraceableError: a plate cannot hold it.
        UnsettableError: a text takes more than plain glyphs.
    """
    with watching(page_limit=page_limit) as watch:
        recorder = _Recorder(values, language, typesetter)
        images.update({f"code:{name}": _CodeSlot(symbol, name, recorder) for name, symbol in symbols.items()})
        images.update({f"picture:slot-{n}": _PictureSlot(n, image, recorder) for n, image in enumerate(pictures)})
        try:
            with recorder.recording():
                document = HTML(string=html, base_url=BASE, url_fetcher=Fetcher(shelf)).render(
                    font_config=fonts.configuration, stylesheets=[style.css for style in styles], cache=images
                )
                return recorder.take_down(document, watch)
        except UntraceableError as reason:
            if reason.obstacle in SETTLED:
                reason.so_far = recorder.so_far()
            raise
        except PagesExceededError:
            raise UntraceableError(Obstacle("more pages than the layout allows")) from None
        except _STUMBLES as fault:  # what WeasyPrint does with numbers and boxes that are not quite its own
            raise UntraceableError(
                Obstacle(f"a construct that tracing stumbles over: {type(fault).__name__}")
            ) from None
        finally:
            images.settle()


def _column(limits: Sequence[TracedLimit]) -> tuple[float, float] | None:
    if any(limit.edge is not Edge.WIDTH for limit in limits):
        return None
    left, right = [limit.place[0] for limit in limits], [limit.place[2] for limit in limits]
    if not all(type(side) is float for side in (*left, *right)):
        return None
    return max(left, default=-inf), min(right, default=inf)


def read_picture(url: str, shelf: Shelf, images: Images) -> Picture:
    """A picture of the shelf as plates take it.

    Raises:
        UntraceableError: it cannot be had, which the reference path says properly.
    """
    options = {"optimize_images": False, "jpeg_quality": None, "dpi": None}
    image = get_image_from_uri(images, Fetcher(shelf), options, url)
    if not isinstance(image, RasterImage):
        raise UntraceableError(Obstacle("a picture that cannot be had"))
    objects = Objects()
    smooth, crisp = (objects.of(image.get_x_object(interpolate, 1)) for interpolate in (True, False))
    return Picture(width=image.width, height=image.height, ratio=image.ratio, smooth=smooth, crisp=crisp)


class _Recorder:
    def __init__(self, values: Sequence[str], language: str, typesetter: Typesetter) -> None:
        self._resources = pydyf.Dictionary(
            {name: pydyf.Dictionary() for name in ("ExtGState", "XObject", "Pattern", "Shading")}
        )
        self._resources["ColorSpace"] = pydyf.Dictionary(_LAB)
        self._images: dict[str, dict[str, Any]] = {}
        self._measures = Measures(typesetter)
        reader = Reader(typesetter, Colours(self._stream((0, 0, 0, 0))), self._measures)
        self._tracer = Tracer(Wording(values, language, self._measures), typesetter, reader)
        self.holes: list[Hole] = []
        self._codes: dict[str, int] = {}

    @property
    def tape(self) -> Tape:
        """The tape."""
        return self._tracer.tape

    def recording(self) -> ExitStack:
        """Have WeasyPrint lay out and draw into this recorder."""
        stack = ExitStack()
        stack.enter_context(self._tracer.recording())
        stack.enter_context(patch.object(pydyf, "_to_bytes", self._bytes))
        stack.enter_context(patch.object(draw, "draw_inline_level", self._draw_inline_level))
        stack.enter_context(patch.object(draw_text, "draw_first_line", self._draw_first_line))
        return stack

    def code(self, name: str) -> int:
        """Number of a code among the trace's."""
        return self._codes.setdefault(name, len(self._codes))

    def hole(self, hole: Hole) -> bytes:
        """What stands for a hole among the operators."""
        self.holes.append(hole)
        return b"\0%d\0" % (len(self.holes) - 1)

    def take_down(self, document: Document, watch: Watch) -> Trace:
        """Draw the pages and make a trace of all."""
        if document.color_profiles or document.output_intent:
            raise UntraceableError(Obstacle("@color-profile"))
        pages = tuple(self._page(page) for page in document.pages)
        resources = self._resources
        found = resources["XObject"].items()
        drawn = {
            name: entry["image"].get_x_object(entry["interpolate"], max(entry["dpi_ratios"]))
            for name, entry in self._images.items()
        }
        objects = Objects(drawn)
        if watch.log:
            raise UntraceableError(Obstacle(f"WeasyPrint reports: {watch.log[0].template}"))
        return replace(
            self.so_far(),
            pages=pages,
            states={name: objects.inside(state) for name, state in resources["ExtGState"].items()},
            images={name: objects.of(drawn[name] if item is None else item) for name, item in found},
            patterns={name: objects.of(item) for name, item in resources["Pattern"].items()},
            shadings={name: objects.of(item) for name, item in resources["Shading"].items()},
        )

    def so_far(self) -> Trace:
        """What is recorded, without pages."""
        tracer = self._tracer
        return Trace(
            steps=tuple(tracer.tape.steps),
            guards=tuple((count, guard) for guard, count in tracer.tape.guards.items()),
            paragraphs=tuple(tracer.paragraphs),
            texts=tuple(tracer.texts),
            breaks=tuple(tracer.breaks),
            codes=tuple(self._codes),
            measures=self._measures.all(tracer.speaker),
        )

    def _stream(self, rectangle: tuple[float, float, float, float]) -> Stream:
        return Stream({}, rectangle, self._resources, self._images, None, {}, None, compress=False)

    def _page(self, page: Page) -> TracedPage:
        """As `generate_pdf` draws a page."""
        survey = _TracedSurvey(page)
        survey.walk()
        width = SCALE * (page.width + page.bleed["left"] + page.bleed["right"])
        height = SCALE * (page.height + page.bleed["top"] + page.bleed["bottom"])
        left, top = -SCALE * page.bleed["left"], -SCALE * page.bleed["top"]
        right, bottom = left + width, top + height
        stream = self._stream((left / SCALE, top / SCALE, (right - left) / SCALE, (bottom - top) / SCALE))
        stream.transform(d=-1, f=page.height * SCALE)
        page.paint(stream, SCALE)
        bleed = {side: value * SCALE for side, value in page.bleed.items()}
        trim = (left + bleed["left"], top + bleed["top"], right - bleed["right"], bottom - bleed["bottom"])
        pictures = (
            TracedPicture(spot=spot, place=self._place(rect), margin=margin) for spot, rect, margin in survey.pictures
        )
        return TracedPage(
            parts=self._parts(b"\n".join(_to_bytes(item) for item in stream.stream)),
            media_box=(left, top, right, bottom),
            bleed_box=(
                trim[0] - min(10, bleed["left"]),
                trim[1] - min(10, bleed["top"]),
                trim[2] + min(10, bleed["right"]),
                trim[3] + min(10, bleed["bottom"]),
            ),
            trim_box=trim,
            width=page.width,
            height=page.height,
            bleed=max(page.bleed.values()),
            pictures=tuple(pictures),
        )

    def _parts(self, content: bytes) -> tuple[bytes | Hole, ...]:
        pieces = HOLE.split(content)
        parts = [self.holes[int(piece)] if index % 2 else piece for index, piece in enumerate(pieces)]
        return tuple(part for part in parts if part != b"")

    def _place(self, place: Sequence[object]) -> Place:
        left, top, right, bottom = self._numbers(place)
        return left, top, right, bottom

    def _numbers(self, numbers: Sequence[object]) -> tuple[Argument, ...]:
        return tuple(self.tape.reference(number) for number in numbers)  # type: ignore[arg-type]

    def _room(self, box: boxes.Box) -> Room:
        path = getattr(box, "path", None)
        if path is None:
            raise UntraceableError(OUTSIDE, spot_of(box))
        limits = tuple(
            TracedLimit(
                edge=limit.edge,
                place=self._place((limit.rect.left, limit.rect.top, limit.rect.right, limit.rect.bottom)),
                spot=limit.spot,
            )
            for limit in path.limits
        )
        values = path.matrix.values
        moved = any(is_traced(value) for value in values) or tuple(values) != (1, 0, 0, 1, 0, 0)
        return Room(
            spot=spot_of(box),
            block=path.block,
            limits=limits,
            behind=path.behind,
            margin=path.margin,
            matrix=self._numbers(values) if moved else None,
            column=_column(limits),
        )

    def _bytes(self, item: object) -> bytes:
        if type(item) is Traced:
            return self.hole(item.number)
        return bytes(_to_bytes(item))

    def _draw_inline_level(
        self, stream: Stream, page: boxes.PageBox, box: boxes.Box, *arguments: object, **options: object
    ) -> None:
        if not isinstance(box, LinesBox):
            _draw_inline_level(stream, page, box, *arguments, **options)
            return
        first = next(text.run for line in box.lines for text in line.texts)
        if box.style["visibility"] != "visible":
            return
        stream.stream.append(first.colour)
        stream.begin_text()
        reference = self.tape.reference
        hole = LinesHole(
            lines=box.number,
            top=reference(box.top),
            shifts=tuple((reference(dx), reference(dy)) for dx, dy in box.shifts),
            colour=first.colour,
            room=self._room(box),
        )
        stream.stream.append(self.hole(hole))
        stream.end_text()
        self._forget_state(stream)

    def _draw_first_line(
        self, stream: Stream, textbox: boxes.TextBox, overflow: str, ellipsis: str, matrix: Matrix
    ) -> list[object]:
        if not textbox.text.strip() or textbox.style["font_size"] < 1e-6:
            return []
        if ellipsis != "none" or overflow == "ellipsis":
            raise UntraceableError(ELLIPSIS, spot_of(textbox))
        _, _, _, _, x, y = matrix.values
        reference = self.tape.reference
        hole = RunHole(
            text=self._tracer.text_number(textbox),
            x=reference(x),
            y=reference(y),
            top=reference(textbox.position_y),
            width=reference(textbox.width),
            height=reference(textbox.height),
            room=self._room(textbox),
        )
        stream.stream.append(self.hole(hole))
        stream._current_font = None  # noqa: SLF001
        return []

    @staticmethod
    def _forget_state(stream: Stream) -> None:
        """What is drawn next sets its colours and font again."""
        stream._current_color = stream._current_alpha = stream._current_font = stream._old_font = None  # noqa: SLF001


class _TracedSurvey(Survey):
    """A survey that leaves on every box that draws text the path to it."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.pictures: list[tuple[str, tuple[object, ...], bool]] = []

    def _visit(self, box: boxes.Box, path: Path) -> None:
        real = box._box if isinstance(box, AbsolutePlaceholder) else box  # noqa: SLF001
        if isinstance(real, boxes.TextBox | LinesBox):
            matrix = real.transformation_matrix
            real.path = path if not matrix else replace(path, matrix=matrix @ path.matrix, limits=())
        if not isinstance(real, LinesBox):
            super()._visit(box, path)

    def _note_picture(self, box: boxes.Box, path: Path) -> None:
        if isinstance(box.replacement, _CodeSlot):
            box.replacement = _PlacedCodeSlot(box.replacement.symbol, box.replacement.name, box.replacement.recorder)
            return
        super()._note_picture(box, path)
        if box.style["visibility"] == "visible":
            piece = self._pictures.pop()
            place = (piece.place.left, piece.place.top, piece.place.right, piece.place.bottom)
            self.pictures.append((piece.spot, place, piece.margin))


class _CodeSlot(CodeImage):
    """A code whose size and modules come from the slip."""

    def __init__(self, symbol: Symbol, name: str, recorder: _Recorder) -> None:
        super().__init__(symbol)
        self.name, self.recorder = name, recorder

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        """Width and height in px, and their ratio, traced."""
        sizes = super().get_intrinsic_size(resolution, font_size)
        number = self.recorder.code(self.name)
        return tuple(self.recorder.tape.input(f"code {n}", (), number, size) for n, size in enumerate(sizes))  # type: ignore[return-value]


class _PlacedCodeSlot(_CodeSlot):
    """A code in an `<img>`: a hole among the operators."""

    def draw(self, stream: Stream, width: float, height: float, style: ComputedStyle) -> None:
        """Leave the hole."""
        reference = self.recorder.tape.reference
        hole = CodeHole(
            name=self.name,
            ctm=tuple(reference(number) for number in stream.ctm.values),
            width=reference(width),
            height=reference(height),
            position=read_position(style),
        )
        with stream.stacked():
            stream.stream.append(self.recorder.hole(hole))


class _PictureSlot:
    """A picture whose size and pixels come from the slip."""

    def __init__(self, number: int, image: Picture, recorder: _Recorder) -> None:
        self._number, self._image, self._recorder = number, image, recorder

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        """Width and height in px, and their ratio, traced."""
        image = self._image
        sizes = (image.width / resolution, image.height / resolution, image.ratio)
        tape = self._recorder.tape
        return tuple(tape.input(f"picture {n}", (resolution,), self._number, size) for n, size in enumerate(sizes))  # type: ignore[return-value]

    def draw(self, stream: Stream, width: float, height: float, style: ComputedStyle) -> None:
        """As a raster image is drawn, but for its name."""
        stream.transform(width, 0, 0, -height, 0, height)
        smooth = style["image_rendering"] == "auto"
        stream.stream.append(b"/" + self._recorder.hole(PictureHole(slot=self._number, smooth=smooth)) + b" Do")
