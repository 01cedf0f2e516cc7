"""Trace: lays a slip out once more, on a tape, and takes down its pages with holes where the slip's own things go."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from math import inf
from typing import Any
from unittest.mock import patch

import pydyf
from weasyprint import HTML, draw
from weasyprint.document import Document, Page
from weasyprint.draw import text as draw_text
from weasyprint.formatting_structure import boxes
from weasyprint.matrix import Matrix
from weasyprint.pdf.stream import Stream

from packslip.press.codes import Symbol
from packslip.press.palette import Palette
from packslip.press.pieces import Edge, Limit
from packslip.press.shelf import Shelf
from packslip.press.weasy.drawing import BASE, Fetcher, Style
from packslip.press.weasy.fonts import Fonts
from packslip.press.weasy.images import Images
from packslip.press.weasy.inks import SCALE, InkStream, PageStream, page_boxes
from packslip.press.weasy.languages import Measures
from packslip.press.weasy.linesbox import LinesBox
from packslip.press.weasy.objects import HOLE, Objects, digest_of, renamed
from packslip.press.weasy.obstacles import ELLIPSIS, OUTSIDE, SETTLED, Obstacle
from packslip.press.weasy.paragraphs import Colours, Reader
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.stand_ins import CodeSlot, PictureSlot, TracedSurvey
from packslip.press.weasy.stumbling import STUMBLES
from packslip.press.weasy.tape import Argument, Tape, Traced, UntraceableError, is_traced
from packslip.press.weasy.traces import (
    Hole,
    LinesHole,
    Place,
    Room,
    RunHole,
    Seam,
    Trace,
    TracedLimit,
    TracedPage,
    TracedPicture,
)
from packslip.press.weasy.tracing import Tracer
from packslip.press.weasy.typesetter import Typesetter
from packslip.press.weasy.watching import PagesExceededError, Watch, spot_of, watching
from packslip.press.weasy.wording import Wording

_draw_inline_level = draw.draw_inline_level
_to_bytes = pydyf._to_bytes  # noqa: SLF001


def trace(
    html: str,
    *,
    values: Sequence[str],
    language: str,
    pictures: Sequence[Picture],
    symbols: Mapping[str, Symbol],
    palette: Palette,
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
        recorder = _Recorder(values, language, typesetter, palette)
        images.update({f"code:{name}": CodeSlot(symbol, name, recorder) for name, symbol in symbols.items()})
        images.update({f"picture:slot-{n}": PictureSlot(n, image, recorder) for n, image in enumerate(pictures)})
        try:
            with recorder.recording():
                source = HTML(string=html, base_url=BASE, url_fetcher=Fetcher(shelf))
                recorder.expect(source.etree_element)
                document = source.render(
                    font_config=fonts.configuration, stylesheets=[style.css for style in styles], cache=images
                )
                return recorder.take_down(document, watch)
        except UntraceableError as reason:
            if reason.obstacle in SETTLED:
                reason.so_far = recorder.so_far()
            raise
        except PagesExceededError:
            raise UntraceableError(Obstacle("more pages than the layout allows")) from None
        except STUMBLES as fault:  # what WeasyPrint does with numbers and boxes that are not quite its own
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


class _Recorder:
    def __init__(self, values: Sequence[str], language: str, typesetter: Typesetter, palette: Palette) -> None:
        self._resources = pydyf.Dictionary(
            {name: pydyf.Dictionary() for name in ("ExtGState", "XObject", "Pattern", "Shading")}
        )
        self._resources["ColorSpace"] = pydyf.Dictionary()
        self._palette = palette
        self._images: dict[str, dict[str, Any]] = {}
        self._measures = Measures(typesetter)
        scratch = InkStream(*self._surroundings((0, 0, 0, 0)), palette=palette)
        reader = Reader(typesetter, Colours(scratch), self._measures)
        self._tracer = Tracer(Wording(values, language, self._measures), typesetter, reader, self._seam)
        self.expect = self._tracer.cuts.expect
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
        painted = [self._paint(page) for page in document.pages]
        drawn = {
            name: entry["image"].get_x_object(entry["interpolate"], max(entry["dpi_ratios"]))
            for name, entry in self._images.items()
        }
        objects = Objects(drawn)
        found = {
            kind: {
                name: objects.of(drawn[name] if item is None else item) for name, item in self._resources[kind].items()
            }
            for kind in ("XObject", "Pattern", "Shading")
        }
        states = {name: objects.inside(state) for name, state in self._resources["ExtGState"].items()}
        if watch.log:
            raise UntraceableError(Obstacle(f"WeasyPrint reports: {watch.log[0].template}"))
        names = {
            (kind, name): _named(name, digest_of(item.head, item.data))
            for kind, items in found.items()
            for name, item in items.items()
        } | {("ExtGState", name): _named(name, digest_of(state)) for name, state in states.items()}
        return replace(
            self.so_far(),
            pages=tuple(
                self._page(page, survey, renamed(content, names))
                for page, (survey, content) in zip(document.pages, painted, strict=True)
            ),
            states={names["ExtGState", name]: state for name, state in states.items()},
            images={names["XObject", name]: item for name, item in found["XObject"].items()},
            patterns={names["Pattern", name]: item for name, item in found["Pattern"].items()},
            shadings={names["Shading", name]: item for name, item in found["Shading"].items()},
            cuts=self._tracer.cuts.found(),
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

    def _surroundings(self, rectangle: tuple[float, float, float, float]) -> tuple[object, ...]:
        return {}, rectangle, self._resources, self._images, None, {}, None

    def _paint(self, page: Page) -> tuple["TracedSurvey", bytes]:
        """As `generate_pdf` draws a page: what is on it, and the operators."""
        survey = TracedSurvey(page)
        survey.walk()
        (_, _, width, height), _ = page_boxes(page)
        rectangle = -page.bleed["left"], -page.bleed["top"], width / SCALE, height / SCALE
        stream = PageStream(*self._surroundings(rectangle), palette=self._palette)
        stream.transform(d=-1)
        page.paint(stream, SCALE)
        return survey, b"\n".join(_to_bytes(item) for item in stream.stream)

    def _page(self, page: Page, survey: "TracedSurvey", content: bytes) -> TracedPage:
        media_box, trim_box = page_boxes(page)
        pictures = (
            TracedPicture(spot=spot, place=self._place(rect), margin=margin, part=part)
            for spot, rect, margin, part in survey.pictures
        )
        return TracedPage(
            parts=self._parts(content),
            media_box=media_box,
            bleed_box=media_box,
            trim_box=trim_box,
            width=page.width,
            height=page.height,
            bleed=max(page.bleed.values()),
            least_bleed=min(page.bleed.values()),
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

    def _limit(self, limit: Limit) -> TracedLimit:
        rect = limit.rect
        # a column's height limits nothing, and follows from all that stands in it
        top, bottom = (0.0, 0.0) if limit.edge is Edge.WIDTH else (rect.top, rect.bottom)
        return TracedLimit(edge=limit.edge, place=self._place((rect.left, top, rect.right, bottom)), spot=limit.spot)

    def _room(self, box: boxes.Box) -> Room:
        path = getattr(box, "path", None)
        if path is None:
            raise UntraceableError(OUTSIDE, spot_of(box))
        limits = tuple(map(self._limit, path.limits))
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
        self, stream: InkStream, page: boxes.PageBox, box: boxes.Box, *arguments: object, **options: object
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
        stream.forget()

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

    def _seam(self, stream: InkStream, seam: Seam) -> None:
        """Leave a seam; what is drawn after it does not hang on what was drawn before."""
        stream.stream.append(self.hole(seam))
        stream.forget()


def _named(name: str, digest: bytes) -> str:
    """A name that is the same wherever the thing is: WeasyPrint counts all but opacities; overprint is named by us."""
    return name if name[0] in "aAo" else f"{name[0]}{digest.hex()[:12]}"
