"""Stand-ins: pictures and codes whose size and looks come from the slip, and the survey that finds them on a page."""

from dataclasses import replace
from typing import Protocol

from weasyprint.css import ComputedStyle
from weasyprint.document import Page
from weasyprint.formatting_structure import boxes
from weasyprint.images import RasterImage, get_image_from_uri
from weasyprint.layout.absolute import AbsolutePlaceholder

from packslip.press.codes import Symbol
from packslip.press.palette import Palette
from packslip.press.shelf import Shelf
from packslip.press.weasy.cuts import part_of
from packslip.press.weasy.drawing import Fetcher
from packslip.press.weasy.images import CodeImage, Images, read_position
from packslip.press.weasy.inks import InkStream, inked
from packslip.press.weasy.linesbox import LinesBox
from packslip.press.weasy.objects import Objects
from packslip.press.weasy.obstacles import Obstacle
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.survey import Path, Survey
from packslip.press.weasy.tape import Tape, UntraceableError
from packslip.press.weasy.traces import CodeHole, Hole, PictureHole


class Recorder(Protocol):
    """What a stand-in records into."""

    @property
    def tape(self) -> Tape:
        """The tape."""

    def code(self, name: str) -> int:
        """Number of a code among the trace's."""

    def hole(self, hole: Hole) -> bytes:
        """What stands for a hole among the operators."""


def read_picture(url: str, shelf: Shelf, images: Images, palette: Palette) -> Picture:
    """A picture of the shelf in a palette's inks, as plates take it.

    Raises:
        UntraceableError: it cannot be had, which the reference path says properly.
    """
    options = {"optimize_images": False, "jpeg_quality": None, "dpi": None}
    image = get_image_from_uri(images, Fetcher(shelf), options, url)
    if not isinstance(image, RasterImage):
        raise UntraceableError(Obstacle("a picture that cannot be had"))
    objects = Objects()
    smooth, crisp = (objects.of(inked(image, palette).get_x_object(interpolate, 1)) for interpolate in (True, False))
    return Picture(width=image.width, height=image.height, ratio=image.ratio, smooth=smooth, crisp=crisp)


class TracedSurvey(Survey):
    """A survey that leaves on every box that draws text the path to it."""

    def __init__(self, page: Page) -> None:
        super().__init__(page)
        self.pictures: list[tuple[str, tuple[object, ...], bool, int]] = []

    def _visit(self, box: boxes.Box, path: Path) -> None:
        real = box._box if isinstance(box, AbsolutePlaceholder) else box  # noqa: SLF001
        if isinstance(real, boxes.TextBox | LinesBox):
            matrix = real.transformation_matrix
            real.path = path if not matrix else replace(path, matrix=matrix @ path.matrix, limits=())
        if not isinstance(real, LinesBox):
            super()._visit(box, path)

    def _note_picture(self, box: boxes.Box, path: Path) -> None:
        if isinstance(box.replacement, CodeSlot):
            box.replacement = _PlacedCodeSlot(box.replacement.symbol, box.replacement.name, box.replacement.recorder)
            return
        super()._note_picture(box, path)
        if box.style["visibility"] == "visible":
            piece = self._pictures.pop()
            place = (piece.place.left, piece.place.top, piece.place.right, piece.place.bottom)
            self.pictures.append((piece.spot, place, piece.margin, part_of(box)))


class CodeSlot(CodeImage):
    """A code whose size and modules come from the slip."""

    def __init__(self, symbol: Symbol, name: str, recorder: Recorder) -> None:
        super().__init__(symbol)
        self.name, self.recorder = name, recorder

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        """Width and height in px, and their ratio, traced."""
        sizes = super().get_intrinsic_size(resolution, font_size)
        number = self.recorder.code(self.name)
        return tuple(self.recorder.tape.input(f"code {n}", (), number, size) for n, size in enumerate(sizes))  # type: ignore[return-value]


class _PlacedCodeSlot(CodeSlot):
    """A code in an `<img>`: a hole among the operators."""

    def draw(self, stream: InkStream, width: float, height: float, style: ComputedStyle) -> None:
        """Leave the hole."""
        reference = self.recorder.tape.reference
        hole = CodeHole(
            name=self.name,
            ctm=tuple(reference(number) for number in stream.ctm.values),
            width=reference(width),
            height=reference(height),
            position=read_position(style),
            ink=stream.ink(),
        )
        with stream.stacked():
            stream.stream.append(self.recorder.hole(hole))


class PictureSlot:
    """A picture whose size and pixels come from the slip."""

    def __init__(self, number: int, image: Picture, recorder: Recorder) -> None:
        self._number, self._image, self._recorder = number, image, recorder

    def get_intrinsic_size(self, resolution: float, font_size: float) -> tuple[float, float, float]:
        """Width and height in px, and their ratio, traced."""
        image = self._image
        sizes = (image.width / resolution, image.height / resolution, image.ratio)
        tape = self._recorder.tape
        return tuple(tape.input(f"picture {n}", (resolution,), self._number, size) for n, size in enumerate(sizes))  # type: ignore[return-value]

    def draw(self, stream: InkStream, width: float, height: float, style: ComputedStyle) -> None:
        """As a raster image is drawn, but for its name."""
        stream.transform(width, 0, 0, -height, 0, height)
        stream.cover()
        smooth = style["image_rendering"] == "auto"
        stream.stream.append(b"/" + self._recorder.hole(PictureHole(slot=self._number, smooth=smooth)) + b" Do")
