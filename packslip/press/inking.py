"""Inking: the holes of a plate filled with one slip's words, pictures and codes, and the marks they leave.

Writes operators as WeasyPrint writes them. Keeps where every line of text came to stand, and asks cheaply whether any
could be in the way of another; what could is judged in full by `overflow`.
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple

from packslip.press.codes import Symbol, symbol_path
from packslip.press.imprint import FaceUse, ImprintPage, PdfObject
from packslip.press.overflow import CLIP_MM, CLOSE_MM, COLLIDE_MM, COLLIDE_SHARE, HEIGHT_SHARE, SIZE_MM
from packslip.press.pieces import CodePiece, Edge, Limit, PicturePiece, Rect, Sheet, TextPiece
from packslip.press.weasy.images import MM_PER_PX, place_code
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.setting import SetLine
from packslip.press.weasy.tape import Argument
from packslip.press.weasy.traces import (
    CodeHole,
    Hole,
    LinesHole,
    PartHole,
    PictureHole,
    Room,
    RunHole,
    Trace,
    TracedPage,
    TracedPicture,
)
from packslip.press.weasy.typesetter import Shape, array_of, token_of
from packslip.units import Mm

#: A code may leave its room by this much, to start on a whole dot.
HALF_DOT = 0.5

Box = tuple[float, float, float, float]  #: left, top, right, bottom, in mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Matter:
    """What one slip brings to a plate."""

    values: Sequence[str]  #: by number of the slot
    language: str  #: "" where the layout does not ask for it
    pictures: Sequence[Picture]
    symbols: Mapping[str, Symbol]
    public: Collection[str]  #: texts of the release, the same for everybody

    def of(self, slots: Sequence[int], pictures: Sequence[int]) -> "Matter":
        """What it brings to a piece of a plate, which counts its own slots and pictures."""
        values = [self.values[slot] for slot in slots]
        return replace(self, values=values, pictures=[self.pictures[picture] for picture in pictures])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fill:
    """What fills the holes of one piece of a plate."""

    number: Mapping[int, object]  #: the piece's numbers
    shape: Callable[[int], Shape]  #: its single lines of text
    trace: Trace
    pictures: Sequence[Picture]
    parts: Sequence["Fill"]  #: by joint
    blocks: int  #: added to the numbers of its blocks, which are counted anew in each piece

    def float(self, argument: Argument) -> float:
        """A number of the piece."""
        return self.number[argument] if type(argument) is int else argument  # type: ignore[return-value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What pages should be like, in mm."""

    width: float
    height: float
    safe: float  #: nothing to read stands closer to the edge
    bleed: float  #: no side has less

    def has_size(self, width: float, height: float) -> bool:
        """Whether a page is of this size."""
        return abs(width - self.width) <= SIZE_MM and abs(height - self.height) <= SIZE_MM


class Mark(NamedTuple):  # a slip has sixty, which take three times as long to make as dataclasses
    """A line of text on a page, before any CSS transform."""

    fill: Fill
    room: Room
    spot: str  #: the element
    ink: Box
    frame: Box
    size: float  #: of the font, in mm


class _Use:
    """What a document uses of a face.

    Advances in 1/1000 em differ between sizes of a face for a glyph now and then; the first in the document decides.
    """

    def __init__(self) -> None:
        self.widths: dict[int, int] = {}
        self.texts: dict[int, str] = {}

    def agrees(self, shape: Shape) -> bool:
        """Take in the glyphs of a line; whether the document has the advances that its operators count with."""
        known, agrees = self.widths, True
        if not shape.widths.items() <= known.items():
            for glyph, width in shape.widths.items():
                agrees &= known.setdefault(glyph, width) == width
        for glyph in shape.texts.keys() - self.texts.keys():
            self.texts[glyph] = shape.texts[glyph]
        return agrees

    def face_use(self) -> FaceUse:
        """The same as the imprint has it."""
        glyphs = sorted(self.widths)
        return FaceUse(widths={g: self.widths[g] for g in glyphs}, texts={g: self.texts[g] for g in glyphs})


class Inking:
    """One strike's ink, page by page."""

    def __init__(self, fill: Fill, symbols: Mapping[str, Symbol], paper: Paper) -> None:
        self._page, self._symbols, self._paper = fill, symbols, paper
        self.faces: dict[int, _Use] = {}
        self.images: dict[str, PdfObject] = {}
        self._names: dict[int, str] = {}
        self.marks: list[list[Mark]] = []
        self.codes: list[list[CodePiece]] = []
        self.suspect = False  #: whether anything needs judging

    def page(self, page: TracedPage) -> ImprintPage:
        """One page."""
        self.marks.append([])
        self.codes.append([])
        out: list[bytes] = []
        self._draw(page.parts, self._page, page, out)
        self._look(page)
        return ImprintPage(
            content=b"".join(out), media_box=page.media_box, bleed_box=page.bleed_box, trim_box=page.trim_box
        )

    def _draw(self, parts: Iterable[bytes | Hole], fill: Fill, page: TracedPage, out: list[bytes]) -> None:
        for part in parts:
            kind = type(part)
            if kind is bytes:
                out.append(part)  # type: ignore[arg-type]
            elif kind is int:
                out.append(written(fill.number[part]))  # type: ignore[index, arg-type]
            elif kind is LinesHole:
                self._lines(part, fill, out)  # type: ignore[arg-type]
            elif kind is RunHole:
                self._run(part, fill, out)  # type: ignore[arg-type]
            elif kind is CodeHole:
                self._code(part, fill, page, out)  # type: ignore[arg-type]
            elif kind is PictureHole:
                out.append(self._picture(part, fill))  # type: ignore[arg-type]
            elif kind is PartHole:
                below = fill.parts[part.part]  # type: ignore[union-attr]
                self._draw(below.trace.layers[part.layer], below, page, out)  # type: ignore[union-attr]

    def _lines(self, hole: LinesHole, fill: Fill, out: list[bytes]) -> None:
        lines: tuple[SetLine, ...] = fill.number[hole.lines]  # type: ignore[assignment]
        top = fill.float(hole.top)
        shifts = [(fill.float(dx), fill.float(dy)) for dx, dy in hole.shifts]
        colour, font = hole.colour, (-1, 0.0)
        room, marks = hole.room, self.marks[-1]
        for line in lines:
            offset = top - line.top
            for text in line.texts:
                x, y = text.x, text.y + offset
                for dx, dy in shifts:
                    x += dx
                    y += dy
                shape, run = text.shape, text.run
                if run.colour != colour:
                    colour = run.colour
                    out.append(colour + b"\n")
                baseline = y + text.baseline
                if font != (shape.face, shape.size):
                    font = shape.face, shape.size
                    out.append(b"/F%d %b Tf\n" % (shape.face, written(shape.size)))
                out.append(b"1 0 0 -1 %b %b Tm\n[%b] TJ\n" % (written(x), written(baseline), self._operators(shape)))
                marks.append(_mark(fill, room, run.spot, shape, x, baseline, (x, y, text.width, text.height)))
            top += line.height

    def _run(self, hole: RunHole, fill: Fill, out: list[bytes]) -> None:
        shape = fill.shape(hole.text)
        x, y = fill.float(hole.x), fill.float(hole.y)
        out.append(
            b"/F%d %b Tf\n1 0 0 -1 %b %b Tm\n[%b] TJ"
            % (shape.face, written(shape.size), written(x), written(y), self._operators(shape))
        )
        frame = x, fill.float(hole.top), fill.float(hole.width), fill.float(hole.height)
        self.marks[-1].append(_mark(fill, hole.room, hole.room.spot, shape, x, y, frame))

    def _code(self, hole: CodeHole, fill: Fill, page: TracedPage, out: list[bytes]) -> None:
        symbol = self._symbols[hole.name]
        a, b, c, d, e, f = map(fill.float, hole.ctm)
        width, height = fill.float(hole.width), fill.float(hole.height)
        matrix, place, room = place_code(
            symbol,
            (a, b, c, d, e, f),
            width,
            height,
            hole.position,
            corner=(page.trim_box[0], page.trim_box[3]),
        )
        out.append(b"%b cm\n%b\n%b\nf" % (b" ".join(map(written, matrix)), hole.ink, symbol_path(symbol)))
        self.codes[-1].append(CodePiece(symbol=symbol, place=place, room=room))

    def _picture(self, hole: PictureHole, fill: Fill) -> bytes:
        picture = fill.pictures[hole.slot]
        item = picture.smooth if hole.smooth else picture.crisp
        name = self._names.get(id(item))
        if name is None:
            name = self._names[id(item)] = f"P{len(self._names)}"
            self.images[name] = item
        return name.encode()

    def _operators(self, shape: Shape) -> bytes:
        """The array of a TJ; counts with the advances that the document already has for its glyphs."""
        use = self.faces.get(shape.face)
        if use is None:
            use = self.faces[shape.face] = _Use()
        return shape.operators if use.agrees(shape) else _rewritten(shape, use.widths)

    def pictures(self, page: TracedPage) -> Iterator[tuple[Fill, TracedPicture]]:
        """The pictures of a page and of its parts, with what fills them."""
        yield from ((self._page, picture) for picture in page.pictures)
        waiting = [*self._page.parts]
        while waiting:
            part = waiting.pop(0)
            yield from ((part, picture) for picture in part.trace.pictures)
            waiting += part.parts

    # judging

    def _look(self, page: TracedPage) -> None:
        """Note whether anything may stand where it should not."""
        marks, codes = self.marks[-1], self.codes[-1]
        width, height = page.width * MM_PER_PX, page.height * MM_PER_PX
        safe = self._paper.safe
        pictures = list(self.pictures(page))
        filled = any(not mark.room.margin for mark in marks) or any(not picture.margin for _, picture in pictures)
        has_bleed = page.least_bleed * MM_PER_PX >= self._paper.bleed - SIZE_MM
        if not (filled or codes) or not has_bleed or not self._paper.has_size(width, height):
            self.suspect = True
        for mark in marks:
            left, top, right, bottom = mark.ink
            if (
                mark.room.matrix is not None
                or left < safe - CLOSE_MM
                or top < safe - CLOSE_MM
                or right > width - safe + CLOSE_MM
                or bottom > height - safe + CLOSE_MM
                or self._beyond(mark)
            ):
                self.suspect = True
        bleed = page.bleed * MM_PER_PX + CLOSE_MM
        for fill, picture in pictures:
            left, top, right, bottom = map(fill.float, picture.place)
            if left < -bleed or top < -bleed or right > width + bleed or bottom > height + bleed:
                self.suspect = True
        for code in codes:
            place, room = code.place, code.room
            spare = min(
                place.left - room.left, place.top - room.top, room.right - place.right, room.bottom - place.bottom
            )
            if spare < -HALF_DOT / code.symbol.resolution:
                self.suspect = True
        if not self.suspect:
            self.suspect = _crowded(marks, [(c.place.left, c.place.top, c.place.right, c.place.bottom) for c in codes])

    def _beyond(self, mark: Mark) -> bool:
        """Whether a text leaves a box that limits it, by the measures of `overflow`."""
        left, top, right, bottom = mark.ink
        room, value = mark.room, mark.fill.float
        if room.column is not None and left >= room.column[0] - CLOSE_MM and right <= room.column[1] + CLOSE_MM:
            return False
        frame_left, _, frame_right, _ = mark.frame
        for limit in room.limits:
            place = limit.place
            low, high = value(place[0]), value(place[2])
            if limit.edge is Edge.WIDTH:
                by_ink, by_frame = max(low - left, right - high), max(low - frame_left, frame_right - high)
                if by_ink > CLOSE_MM and by_frame > CLOSE_MM:
                    return True
                continue
            over = max(value(place[1]) - top, bottom - value(place[3]))
            if limit.edge is Edge.CLIP:
                over = max(over, low - left, right - high)
            if over > (CLIP_MM if limit.edge is Edge.CLIP else HEIGHT_SHARE * mark.size):
                return True
        return False


def sheets(
    pages: Sequence[TracedPage], inking: Inking, judged: Callable[[Fill], Mapping[int, object]]
) -> tuple[Sheet, ...]:
    """Everything on the pages, to be judged in full; `judged` gives all the numbers of a piece."""

    def value(fill: Fill, argument: Argument) -> float:
        return judged(fill)[argument] if type(argument) is int else argument  # type: ignore[return-value]

    def rect(fill: Fill, place: Sequence[Argument]) -> Rect:
        left, top, right, bottom = (value(fill, argument) for argument in place)
        return Rect(Mm(left), Mm(top), Mm(right), Mm(bottom))

    def piece(mark: Mark) -> TextPiece:
        fill, room = mark.fill, mark.room
        ink, frame = Rect(*map(Mm, mark.ink)), Rect(*map(Mm, mark.frame))
        return TextPiece(
            spot=mark.spot,
            block=room.block + fill.blocks,
            frame=frame,
            ink=ink,
            place=ink if room.matrix is None else _mapped([value(fill, v) for v in room.matrix], mark.ink),
            size=Mm(mark.size),
            limits=tuple(
                Limit(edge=limit.edge, rect=rect(fill, limit.place), spot=limit.spot) for limit in room.limits
            ),
            behind=room.behind,
            shortened=False,
            margin=room.margin,
        )

    return tuple(
        Sheet(
            width=Mm(page.width * MM_PER_PX),
            height=Mm(page.height * MM_PER_PX),
            bleed=Mm(page.bleed * MM_PER_PX),
            least_bleed=Mm(page.least_bleed * MM_PER_PX),
            texts=tuple(map(piece, marks)),
            pictures=tuple(
                PicturePiece(spot=picture.spot, place=rect(fill, picture.place), margin=picture.margin)
                for fill, picture in inking.pictures(page)
            ),
            codes=tuple(codes),
        )
        for page, marks, codes in zip(pages, inking.marks, inking.codes, strict=True)
    )


def written(number: float) -> bytes:
    """A number as pydyf writes it."""
    if number == int(number):
        return b"%d" % number
    return (f"{number:f}".rstrip("0")).encode()


def _mark(  # noqa: PLR0917 -- called for every line of text
    fill: Fill, room: Room, spot: str, shape: Shape, x: float, baseline: float, frame: tuple[float, float, float, float]
) -> Mark:
    ink_x, ink_y, ink_width, ink_height = shape.ink
    left, top = (x + ink_x) * MM_PER_PX, (baseline + ink_y) * MM_PER_PX
    frame_left, frame_top, frame_width, frame_height = frame
    return Mark(
        fill,
        room,
        spot,
        (left, top, left + ink_width * MM_PER_PX, top + ink_height * MM_PER_PX),
        (
            frame_left * MM_PER_PX,
            frame_top * MM_PER_PX,
            (frame_left + frame_width) * MM_PER_PX,
            (frame_top + frame_height) * MM_PER_PX,
        ),
        shape.size * MM_PER_PX,
    )


def _mapped(matrix: Sequence[float], box: Box) -> Rect:
    a, b, c, d, e, f = matrix
    e, f = e * MM_PER_PX, f * MM_PER_PX
    corners = [(x, y) for x in (box[0], box[2]) for y in (box[1], box[3])]
    across = [a * x + c * y + e for x, y in corners]
    down = [b * x + d * y + f for x, y in corners]
    return Rect(Mm(min(across)), Mm(min(down)), Mm(max(across)), Mm(max(down)))


def _rewritten(shape: Shape, widths: Mapping[int, int]) -> bytes:
    runs = [
        "".join(token_of(g, widths[g], w, o, shape.size) for g, w, o in zip(*glyphs, strict=True))
        for glyphs in shape.runs
    ]
    return array_of(runs)


def _crowded(marks: Sequence[Mark], codes: Sequence[Box]) -> bool:
    """Whether lines of different blocks, or lines and codes, share more than a hair."""
    return any(_overlaps(marks, codes))


def _overlaps(marks: Sequence[Mark], codes: Sequence[Box]) -> Iterator[bool]:
    ordered = sorted(
        [(mark.ink[1], mark.ink, mark.room.block + mark.fill.blocks) for mark in marks if not mark.room.behind]
        + [(code[1], code, -1) for code in codes],
        key=lambda item: item[0],
    )
    for index, (_, (left, top, right, bottom), block) in enumerate(ordered):
        for lower_top, (lower_left, _, lower_right, lower_bottom), lower_block in ordered[index + 1 :]:
            if lower_top >= bottom:
                break
            if lower_block == block or min(right, lower_right) - max(left, lower_left) <= COLLIDE_MM:
                continue
            low = min(bottom - top, lower_bottom - lower_top)
            deep = max(COLLIDE_MM, COLLIDE_SHARE * low)
            if min(bottom, lower_bottom) - lower_top > min(deep, 0.5 * low):
                yield True
