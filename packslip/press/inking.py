"""Inking: the holes of a plate filled with one slip's words, pictures and codes, and the marks they leave.

Writes operators as WeasyPrint writes them. Keeps where every line of text came to stand, and asks cheaply whether any
could be in the way of another; what could is judged in full by `overflow`.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from packslip.press.codes import Symbol, symbol_path
from packslip.press.imprint import FaceUse, ImprintPage, PdfObject
from packslip.press.overflow import CLIP_MM, CLOSE_MM, COLLIDE_MM, COLLIDE_SHARE, HEIGHT_SHARE, SIZE_MM
from packslip.press.pieces import CodePiece, Edge, Limit, PicturePiece, Rect, Sheet, TextPiece
from packslip.press.weasy.images import MM_PER_PX, place_code
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.setting import SetLine
from packslip.press.weasy.tape import Argument
from packslip.press.weasy.traces import CodeHole, LinesHole, PictureHole, Room, RunHole, TracedPage
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """What pages should be like, in mm."""

    width: float
    height: float
    safe: float  #: nothing to read stands closer to the edge

    def has_size(self, width: float, height: float) -> bool:
        """Whether a page is of this size."""
        return abs(width - self.width) <= SIZE_MM and abs(height - self.height) <= SIZE_MM


class Mark(NamedTuple):  # a slip has sixty, which take three times as long to make as dataclasses
    """A line of text on a page, before any CSS transform."""

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
        known, own, agrees = self.widths, shape.widths, True
        for ids, _, _ in shape.runs:
            for glyph in ids:
                if known.setdefault(glyph, own[glyph]) != own[glyph]:
                    agrees = False
        for glyph in shape.texts.keys() - self.texts.keys():
            self.texts[glyph] = shape.texts[glyph]
        return agrees

    def face_use(self) -> FaceUse:
        """The same as the imprint has it."""
        glyphs = sorted(self.widths)
        return FaceUse(widths={g: self.widths[g] for g in glyphs}, texts={g: self.texts[g] for g in glyphs})


class Inking:
    """One strike's ink, page by page. `number` gives the plate's numbers, `shape` its single lines of text."""

    def __init__(
        self, matter: Matter, number: Mapping[int, object], shape: Callable[[int], Shape], paper: Paper
    ) -> None:
        self._matter, self._number, self._shape, self._paper = matter, number, shape, paper
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
        number = self._number
        out: list[bytes] = []
        for part in page.parts:
            kind = type(part)
            if kind is bytes:
                out.append(part)  # type: ignore[arg-type]
            elif kind is int:
                out.append(written(number[part]))  # type: ignore[index, arg-type]
            elif kind is LinesHole:
                self._lines(part, out)  # type: ignore[arg-type]
            elif kind is RunHole:
                self._run(part, out)  # type: ignore[arg-type]
            elif kind is CodeHole:
                self._code(part, page, out)  # type: ignore[arg-type]
            elif kind is PictureHole:
                out.append(self._picture(part))  # type: ignore[arg-type]
        self._look(page)
        return ImprintPage(
            content=b"".join(out), media_box=page.media_box, bleed_box=page.bleed_box, trim_box=page.trim_box
        )

    def _lines(self, hole: LinesHole, out: list[bytes]) -> None:
        number = self._number
        lines: tuple[SetLine, ...] = number[hole.lines]  # type: ignore[assignment]
        top = self._float(hole.top)
        shifts = [(self._float(dx), self._float(dy)) for dx, dy in hole.shifts]
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
                marks.append(_mark(room, run.spot, shape, x, baseline, (x, y, text.width, text.height)))
            top += line.height

    def _run(self, hole: RunHole, out: list[bytes]) -> None:
        shape = self._shape(hole.text)
        x, y = self._float(hole.x), self._float(hole.y)
        out.append(
            b"/F%d %b Tf\n1 0 0 -1 %b %b Tm\n[%b] TJ"
            % (shape.face, written(shape.size), written(x), written(y), self._operators(shape))
        )
        frame = x, self._float(hole.top), self._float(hole.width), self._float(hole.height)
        self.marks[-1].append(_mark(hole.room, hole.room.spot, shape, x, y, frame))

    def _code(self, hole: CodeHole, page: TracedPage, out: list[bytes]) -> None:
        symbol = self._matter.symbols[hole.name]
        a, b, c, d, e, f = (self._float(value) for value in hole.ctm)
        width, height = self._float(hole.width), self._float(hole.height)
        matrix, place, room = place_code(
            symbol,
            (a, b, c, d, e, f),
            width,
            height,
            hole.position,
            page_height=Mm(page.height * MM_PER_PX),
        )
        out.append(b"%b cm\n0 0 0 rg\n%b\nf" % (b" ".join(map(written, matrix)), symbol_path(symbol)))
        self.codes[-1].append(CodePiece(symbol=symbol, place=place, room=room))

    def _picture(self, hole: PictureHole) -> bytes:
        picture = self._matter.pictures[hole.slot]
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

    def _float(self, argument: Argument) -> float:
        return self._number[argument] if type(argument) is int else argument  # type: ignore[return-value]

    # judging

    def _look(self, page: TracedPage) -> None:
        """Note whether anything may stand where it should not."""
        marks, codes = self.marks[-1], self.codes[-1]
        width, height = page.width * MM_PER_PX, page.height * MM_PER_PX
        safe = self._paper.safe
        filled = any(not mark.room.margin for mark in marks) or any(not picture.margin for picture in page.pictures)
        if not (filled or codes) or not self._paper.has_size(width, height):
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
        for picture in page.pictures:
            left, top, right, bottom = (self._float(value) for value in picture.place)
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
        room = mark.room
        if room.column is not None and left >= room.column[0] - CLOSE_MM and right <= room.column[1] + CLOSE_MM:
            return False
        frame_left, _, frame_right, _ = mark.frame
        for limit in room.limits:
            place = limit.place
            low, high = self._float(place[0]), self._float(place[2])
            if limit.edge is Edge.WIDTH:
                by_ink, by_frame = max(low - left, right - high), max(low - frame_left, frame_right - high)
                if by_ink > CLOSE_MM and by_frame > CLOSE_MM:
                    return True
                continue
            over = max(self._float(place[1]) - top, bottom - self._float(place[3]))
            if limit.edge is Edge.CLIP:
                over = max(over, low - left, right - high)
            if over > (CLIP_MM if limit.edge is Edge.CLIP else HEIGHT_SHARE * mark.size):
                return True
        return False


def sheets(pages: Sequence[TracedPage], inking: Inking, number: Mapping[int, object]) -> tuple[Sheet, ...]:
    """Everything on the pages, to be judged in full."""

    def value(argument: Argument) -> float:
        return number[argument] if type(argument) is int else argument  # type: ignore[return-value]

    def rect(place: Sequence[Argument]) -> Rect:
        left, top, right, bottom = map(value, place)
        return Rect(Mm(left), Mm(top), Mm(right), Mm(bottom))

    def piece(mark: Mark) -> TextPiece:
        room = mark.room
        ink, frame = Rect(*map(Mm, mark.ink)), Rect(*map(Mm, mark.frame))
        return TextPiece(
            spot=mark.spot,
            block=room.block,
            frame=frame,
            ink=ink,
            place=ink if room.matrix is None else _mapped([value(v) for v in room.matrix], mark.ink),
            size=Mm(mark.size),
            limits=tuple(Limit(edge=limit.edge, rect=rect(limit.place), spot=limit.spot) for limit in room.limits),
            behind=room.behind,
            shortened=False,
            margin=room.margin,
        )

    return tuple(
        Sheet(
            width=Mm(page.width * MM_PER_PX),
            height=Mm(page.height * MM_PER_PX),
            bleed=Mm(page.bleed * MM_PER_PX),
            texts=tuple(map(piece, marks)),
            pictures=tuple(PicturePiece(spot=p.spot, place=rect(p.place), margin=p.margin) for p in page.pictures),
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
    room: Room, spot: str, shape: Shape, x: float, baseline: float, frame: tuple[float, float, float, float]
) -> Mark:
    ink_x, ink_y, ink_width, ink_height = shape.ink
    left, top = (x + ink_x) * MM_PER_PX, (baseline + ink_y) * MM_PER_PX
    frame_left, frame_top, frame_width, frame_height = frame
    return Mark(
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
        [(mark.ink[1], mark.ink, mark.room.block) for mark in marks if not mark.room.behind]
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
