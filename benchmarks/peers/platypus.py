"""ReportLab Platypus: the layout hand-coded as flowables, fonts registered once, pictures kept as JPEG.

Platypus sets type without kerning or OpenType features: figures are the font's own, and a line may break elsewhere.
"""

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from xml.etree import ElementTree as ET

from fontTools.pens.recordingPen import RecordingPen
from fontTools.svgLib.path import parse_path
from PIL import Image
from reportlab import rl_config
from reportlab.lib.colors import HexColor
from reportlab.lib.enums import TA_LEFT, TA_RIGHT
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas
from reportlab.pdfgen.pathobject import PDFPathObject
from reportlab.platypus import (
    BaseDocTemplate,
    CondPageBreak,
    Flowable,
    Frame,
    Indenter,
    PageTemplate,
    Paragraph,
    Spacer,
    Table,
    TableStyle,
)

from benchmarks.peers.design import LOOKS, Look, Voice
from benchmarks.peers.shop import Peer, Shop
from packslip.model import Slip, SlipProduct
from packslip.press.codes import Symbol, symbol_path

rl_config.useA85 = 0  # binary streams: smaller and faster, as the user guide advises

_WIDTH, _HEIGHT = 210 * mm, 297 * mm

#: Platypus sets the first baseline a whole font size below the top of a line, CSS centres it; it shows in large type.
_SINK = 1.6 * mm


class Platypus(Peer):
    """Styles, fonts and the vector mark are made once; a document a slip."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        for font in shop.world.fonts:
            name = _font(font.family, font.weight, font.style == "italic")
            if name in _used_fonts():
                pdfmetrics.registerFont(TTFont(name, str(font.path)))
        self._marks = {store: _Mark(shop, look) for store, look in LOOKS.items()}

    def draw(self, slip: Slip) -> bytes:
        page = _Page(slip, self._shop, LOOKS[slip.brand.store], self._marks[slip.brand.store])
        out = io.BytesIO()
        frame = {"leftPadding": 0, "rightPadding": 0, "topPadding": 0, "bottomPadding": 0}
        first = Frame(18 * mm, 49 * mm, 174 * mm, (297 - 15 - 49) * mm, **frame)
        later = Frame(18 * mm, 49 * mm, 174 * mm, (297 - 27 - 49) * mm, **frame)
        document = BaseDocTemplate(out, pagesize=(_WIDTH, _HEIGHT), title=slip.order.id, lang=slip.locale)
        document.addPageTemplates(
            [
                PageTemplate("first", [first], onPage=page.foot, autoNextPageTemplate="later"),
                PageTemplate("later", [later], onPage=page.later),
            ]
        )
        document.build(page.story(), canvasmaker=_Numbered.of(page))
        return out.getvalue()


class _Page:
    """One slip's flowables and the fixed parts of its pages."""

    def __init__(self, slip: Slip, shop: Shop, look: Look, mark: "_Mark") -> None:
        self.slip, self.shop, self.look, self.mark = slip, shop, look, mark
        self.symbols = shop.symbols(slip)
        self.label = slip.copy["label"]
        self.compact = slip.parcel.density == "compact"

    def say(self, voice: str, text: str, *, right: bool = False) -> Flowable:
        if self.look.voices[voice].tracking > 0:
            return _Tracked(self.look.voices[voice], text, right)
        return Paragraph(_marked(self.look.voices[voice], escape(text)), _style(self.slip.brand.store, voice, right))

    def mixed(self, base: str, parts: Sequence[tuple[str, str]], *, right: bool = False) -> Paragraph:
        """One paragraph of several voices."""
        runs = (_run(self.look.voices[voice], text) for voice, text in parts)
        return Paragraph("".join(runs), _style(self.slip.brand.store, base, right))

    def _of(self, pair: tuple[float, float]) -> float:
        return pair[self.compact] * mm

    def story(self) -> list[Flowable]:
        return [*self._opening(), self._lines(), *self._after(), *self._band()]

    def _meta(self) -> list[Flowable]:
        order, label = self.slip.order, self.label
        made = [
            self.say("meta_strong", f"{label['order']} {order.id}"),
            self.say("meta", f"{order.date} · {label['parcel']} {self.slip.parcel.number}"),
        ]
        facts = (
            (order.ship_method, "ship_method"),
            (order.tracking, "tracking"),
            (order.delivery_estimate, "expected"),
        )
        return made + [self.say("meta", f"{label[name]} {value}") for value, name in facts if value]

    def _opening(self) -> Iterator[Flowable]:
        look, slip = self.look, self.slip
        address = [
            self.say("address", text, right=not look.stacked) for text in (slip.ship_to.name, *slip.ship_to.lines)
        ]
        if look.stacked:
            yield self.mark
            yield Spacer(1, self._of(look.mark_below))
            facts = _grid([[[*address, Spacer(1, 5 * mm), *self._meta()]]], [42])
            yield _grid([[facts, [*self._letter(), Spacer(1, self._of(look.letter_below))]]], [45, 129])
            return
        rules = [("BOTTOMPADDING", (0, 0), (-1, -1), 5 * mm), ("VALIGN", (0, 0), (0, 0), "BOTTOM")]
        yield _grid([[self.mark, self._meta(), address]], [70, 54, 50], *rules)
        letter = [[Spacer(1, self._of(look.letter_above)), *self._letter(), Spacer(1, self._of(look.letter_below))]]
        yield _grid(
            [["", *letter]],
            [look.edge, 174 - look.edge],
            ("LINEABOVE", (0, 0), (-1, 0), 0.4, HexColor(look.rule)),
        )

    def _letter(self) -> Iterator[Flowable]:
        look, slip = self.look, self.slip
        message = slip.copy["message"]
        if message.get("kicker"):
            yield self.say("kicker", message["kicker"])
            yield Spacer(1, 2 * mm)
        yield Spacer(1, look.headline_above * mm - _SINK)
        yield _grid([[self.say("headline", message["headline"])]], [look.headline_width])
        yield Spacer(1, look.headline_below * mm + _SINK)
        gift = slip.order.gift_message
        said = Paragraph(
            "<br/>".join(escape(part) for part in gift.split("\n")) if gift else escape(message["body"]),
            _style(slip.brand.store, "gift" if gift else "body", right=False),
        )
        yield _grid([[said]], [look.body_width])
        if slip.offer is not None:
            yield Spacer(1, look.ticket_above * mm)
            yield self._ticket(slip.offer.code)

    def _ticket(self, code: str) -> Flowable:
        look, copy = self.look, self.slip.copy["offer"]
        what = [self.say("what", copy["title"]), self.say("until", copy["terms"])]
        number = self.say("code", code, right=not look.stacked)
        edge = HexColor(look.accent)
        rules = [
            ("LINEABOVE", (0, 0), (-1, 0), look.ticket_rule, edge),
            ("TOPPADDING", (0, 0), (-1, -1), 3 * mm),
            ("BOTTOMPADDING", (0, 0), (-1, -1), look.ticket_below * mm),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ]
        if not look.stacked:
            rules.append(("LINEBELOW", (0, 0), (-1, 0), look.ticket_rule, edge))
        return _grid([[number, what] if look.stacked else [what, number]], look.ticket_columns, *rules)

    def _lines(self) -> Flowable:
        look, slip, label = self.look, self.slip, self.label
        prices = slip.parcel.prices
        heads = [label["ordered"], label["here"], *([label["price"]] if prices else [])]
        rows = [
            [self.say("heading", label["in_this_parcel"]), "", *(self.say("heading", x, right=True) for x in heads)]
        ]
        side = (7.5 if self.compact else 14) * mm
        for line in slip.lines:
            coming = [("come", f"   {label['to_come']} {line.to_come}")] if line.to_come else []
            if self.compact:
                name: object = self.mixed("name", [("name", line.name), ("sub", f"  {line.sku}"), *coming])
            else:
                name = [self.say("name", line.name), self.mixed("sub", [("sub", line.sku), *coming])]
            numbers = [line.ordered, line.here, *([line.price] if prices else [])]
            picture = _Picture(self.shop, line.picture, side, side) if line.picture else ""
            rows.append([picture, name, *(self.say("text", number, right=True) for number in numbers)])
        columns = [look.edge, 0, look.quantity, look.quantity, *([look.amount] if prices else [])]
        columns[1] = look.table_width - sum(columns)
        pad = (0.6 if self.compact else 1.5) * mm
        hair, strong = HexColor(look.hairline), HexColor(look.rule)
        rules = [
            ("SPAN", (0, 0), (1, 0)),
            ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
            ("TOPPADDING", (0, 1), (-1, -1), pad),
            ("BOTTOMPADDING", (0, 1), (-1, -1), pad),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 1.8 * mm),
        ]
        if look.rows_ruled_above:
            rules += [
                ("TOPPADDING", (0, 0), (-1, 0), 1.8 * mm),
                ("LINEABOVE", (0, 0), (-1, 0), 0.4, strong),
                ("LINEABOVE", (0, 1), (-1, -1), 0.3, hair),
            ]
        else:
            rules += [("LINEBELOW", (0, 0), (-1, 0), 0.4, hair), ("LINEBELOW", (0, 1), (-1, -1), 0.3, hair)]
        table = _grid(rows, columns, *rules, repeat=1)
        table.hAlign = "RIGHT"
        return table

    def _after(self) -> Iterator[Flowable]:
        look, slip = self.look, self.slip
        parcel = slip.copy.get("parcel", {})
        inner = look.left or look.edge
        note: object = ""
        if parcel.get("note"):
            said = [self.say("strong", parcel["title"]), self.say("text", parcel["note"])]
            note = _grid([["", said]], [inner, look.after_columns[0] - inner - (4 if look.stacked else 0)])
        rows = [
            [
                self.say("total_strong" if total.strong else "total_label", total.label, right=True),
                self.say("total_strong" if total.strong else "total", total.amount, right=True),
            ]
            for total in slip.totals
        ]
        totals = _grid(rows, [look.after_columns[1] - look.total_amount, look.total_amount]) if rows else ""
        yield Spacer(1, 2.6 * mm)
        yield _grid([[note, totals]], look.after_columns)

    def _figure(self, item: SlipProduct, width: float, height: float) -> list[Flowable]:
        made: list[Flowable] = []
        if item.picture:
            made.append(_Picture(self.shop, item.picture, width * mm, height * mm))
        made += [Spacer(1, 1.6 * mm), self.say("caption", item.name)]
        return made + ([self.say("caption_fine", item.price)] if item.price else [])

    def _band(self) -> Iterator[Flowable]:
        slip, look, content = self.slip, self.look, self.slip.content
        if not slip.recommendations and content is None:
            return
        yield Spacer(1, (4 if self.compact else 4.4) * mm)
        if not slip.recommendations:
            yield self._solo()
            return
        heading = self.say("band", slip.copy["recommendations"]["heading"])
        if content is None:
            width, height = look.band_figure
            figures = [self._figure(item, width, height) for item in slip.recommendations]
            if look.band_heading_beside:
                yield _grid([[cell for one in ([heading], *figures) for cell in (one, "")]], [39, 6] * 4)
                return
            spread = _grid([[cell for one in figures for cell in (one, "")]], [width, 6] * len(figures))
            yield CondPageBreak(60 * mm)
            yield Indenter(left=look.band_left * mm)
            yield from (heading, Spacer(1, 2.6 * mm), spread)
            yield Indenter(left=-look.band_left * mm)
            return
        article: list[Flowable] = []
        if content.picture and len(slip.lines) < 3:
            article += [_Picture(self.shop, content.picture, 39 * mm, 24.375 * mm), Spacer(1, 1.6 * mm)]
        article += [self.say("title", content.headline), Spacer(1, 1.2 * mm), self.say("content", content.body)]
        figures = [self._figure(item, 39, 29.25) for item in slip.recommendations]
        cells = [cell for one in figures for cell in (one, "")] + [""] * (6 - 2 * len(figures))
        yield _grid(
            [[heading, "", "", "", "", "", self.say("content_kicker", content.kicker)], [*cells, article]],
            [39, 6, 39, 6, 39, 6, 39],
            ("SPAN", (0, 0), (4, 0)),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 2.6 * mm),
            ("VALIGN", (0, 0), (-1, 0), "BOTTOM"),
            ("NOSPLIT", (0, 0), (-1, -1)),
        )

    def _solo(self) -> Flowable:
        look, content = self.look, self.slip.content
        picture = ""
        if content.picture:
            picture = _Picture(self.shop, content.picture, *(length * mm for length in look.solo_picture))
        article = [self.say("title", content.headline), Spacer(1, 1.2 * mm), self.say("content_solo", content.body)]
        if content.kicker:
            article.insert(0, self.say("content_kicker", content.kicker))
        return _grid([[picture, "", article]], [look.solo_columns[0], 6, look.solo_columns[1]])

    def later(self, canvas: Canvas, document: BaseDocTemplate) -> None:
        """The head of every page but the first, and the foot."""
        slip, look = self.slip, self.look
        said = f"{self.label['order']} {slip.order.id} · {slip.ship_to.name}"
        head = _grid(
            [[self.say("fine", slip.brand.name), self.say("fine", said, right=True)]],
            [54, 120],
            ("LINEBELOW", (0, 0), (-1, 0), 0.4, HexColor(look.rule)),
            ("BOTTOMPADDING", (0, 0), (-1, 0), 3 * mm),
        )
        _, height = head.wrapOn(canvas, 174 * mm, 20 * mm)
        head.drawOn(canvas, 18 * mm, _HEIGHT - 12 * mm - height)
        self.foot(canvas, document)

    def foot(self, canvas: Canvas, _document: BaseDocTemplate) -> None:
        """Returns, contact and the order code: on every page, on paper from the bottom up."""
        slip, copy = self.slip, self.slip.copy
        canvas.setStrokeColor(HexColor(self.look.rule))
        canvas.setLineWidth(0.4)
        canvas.line(18 * mm, 45 * mm, 192 * mm, 45 * mm)
        line = self.look.voices["foot"].line
        y = 11 * mm + line
        symbol = self.symbols.get("order")
        if symbol is not None:
            y += 0.4 * mm
            _draw_code(canvas, symbol, 192 * mm + 2.6 * mm - symbol.width_mm * mm, y)
            y += symbol.height_mm * mm
        y += 2 * mm
        texts = [
            self.say("foot", slip.brand.address, right=True),
            self.say("foot", copy["contact"]["line"], right=True),
            self.mixed(
                "foot",
                [("foot_strong", copy["returns"]["title"]), ("foot", f"  {copy['returns']['body']}")],
                right=True,
            ),
        ]
        for text in texts:
            _, height = text.wrapOn(canvas, 74 * mm, 40 * mm)
            text.drawOn(canvas, 118 * mm, y)
            y += height

    def last(self, canvas: Canvas) -> None:
        """What the last page asks: the review and the notice."""
        copy, top = self.slip.copy, 41 * mm
        symbol = self.symbols.get("review")
        if self.slip.review is not None and symbol is not None:
            said = self.mixed(
                "ask", [("ask_strong", copy["review"]["headline"]), ("ask", "\n" + copy["review"]["body"])]
            )
            _, height = said.wrapOn(canvas, 52 * mm, 40 * mm)
            tall = symbol.height_mm * mm
            room = max(tall, height)
            _draw_code(canvas, symbol, 15.4 * mm, top - (room + tall) / 2)
            said.drawOn(canvas, 42 * mm, top - (room + height) / 2)
            top -= room
        notice = copy.get("notice", {}).get("objection")
        if notice:
            text = self.say("notice", notice)
            _, height = text.wrapOn(canvas, 92 * mm, 40 * mm)
            text.drawOn(canvas, 18 * mm, top - height)

    def number(self, canvas: Canvas, page: int, pages: int) -> None:
        """The line below the order code."""
        said = self.label["page_of"].replace("{pages}", str(pages)).replace("{page}", str(page))
        text = self.say("pick", f"{self.slip.order.id}/{self.slip.parcel.number} · {said}", right=True)
        text.wrapOn(canvas, 76 * mm, 20 * mm)
        text.drawOn(canvas, 116 * mm, 11 * mm)


class _Numbered(Canvas):
    """Holds pages back until their count is known: the user guide's way to "page 1 of 2"."""

    page: _Page

    def __init__(self, *args: object, **keywords: object) -> None:
        super().__init__(*args, **keywords)
        self._held: list[dict[str, object]] = []

    @classmethod
    def of(cls, page: _Page) -> type["_Numbered"]:
        """A canvas class for one slip."""
        return type("_NumberedSlip", (cls,), {"page": page})

    def showPage(self) -> None:  # noqa: N802 -- reportlab's name
        self._held.append(dict(self.__dict__))
        self._startPage()

    def save(self) -> None:
        held = self._held
        for number, state in enumerate(held, start=1):
            self.__dict__.update(state)
            self.page.number(self, number, len(held))
            if number == len(held):
                self.page.last(self)
            super().showPage()
        super().save()


class _Tracked(Flowable):
    """One line of letter-spaced type, which a Paragraph cannot set."""

    def __init__(self, voice: Voice, text: str, right: bool) -> None:
        super().__init__()
        self._voice, self._right = voice, right
        self._text = text.upper() if voice.upper else text
        self._font = _font(voice.family, voice.weight, voice.italic)

    def wrap(self, width: float, _height: float) -> tuple[float, float]:
        voice = self._voice
        own = pdfmetrics.stringWidth(self._text, self._font, voice.size)
        self._left = width - own - voice.tracking * voice.size * (len(self._text) - 1) if self._right else 0
        self.width, self.height = width, voice.line
        return width, voice.line

    def draw(self) -> None:
        voice = self._voice
        line = self.canv.beginText(self._left, voice.line - voice.size)
        line.setFont(self._font, voice.size)
        line.setFillColor(HexColor(voice.colour))
        line.setCharSpace(voice.tracking * voice.size)
        line.textOut(self._text)
        line.setCharSpace(0)
        self.canv.drawText(line)


class _Picture(Flowable):
    """A JPEG as it is, filling its box: cut to its middle, as `object-fit: cover`."""

    def __init__(self, shop: Shop, name: str, width: float, height: float) -> None:
        super().__init__()
        self._path, self.width, self.height = str(shop.source(name)), width, height

    def wrap(self, *_: object) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        width, height = _pixels(self._path)
        scale = max(self.width / width, self.height / height)
        across, down = width * scale, height * scale
        canvas.saveState()
        if abs(across - self.width) + abs(down - self.height) > 0.02:
            path = canvas.beginPath()
            path.rect(0, 0, self.width, self.height)
            canvas.clipPath(path, stroke=0, fill=0)
        canvas.drawImage(self._path, (self.width - across) / 2, (self.height - down) / 2, across, down)
        canvas.restoreState()


class _Mark(Flowable):
    """The brand's logo as vector paths, read from its SVG once."""

    def __init__(self, shop: Shop, look: Look) -> None:
        super().__init__()
        self._paths, box = _svg_paths((shop.root / "layouts" / "art" / look.logo).read_text(encoding="utf-8"))
        self._left, self._top, across, down = box
        self.width = look.logo_width * mm
        self._scale = self.width / across
        self.height = down * self._scale

    def wrap(self, *_: object) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        canvas = self.canv
        canvas.saveState()
        canvas.transform(
            self._scale, 0, 0, -self._scale, -self._left * self._scale, self.height + self._top * self._scale
        )
        for path in self._paths:
            path.draw(canvas)
        canvas.restoreState()


def _draw_code(canvas: Canvas, symbol: Symbol, x: float, y: float) -> None:
    """A code as one path of rectangles; `x`, `y` is its lower left corner."""
    dot = symbol.width_mm * mm / symbol.width
    canvas.saveState()
    canvas.transform(dot, 0, 0, -dot, x, y + symbol.height * dot)
    canvas.setFillColorRGB(0, 0, 0)
    canvas.addLiteral(symbol_path(symbol).decode() + " f")
    canvas.restoreState()


def _grid(rows: list[list[object]], columns: Sequence[float], *style: tuple[object, ...], repeat: int = 0) -> Table:
    base = [
        ("LEFTPADDING", (0, 0), (-1, -1), 0),
        ("RIGHTPADDING", (0, 0), (-1, -1), 0),
        ("TOPPADDING", (0, 0), (-1, -1), 0),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 0),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
    ]
    widths = [width * mm for width in columns]
    return Table(rows, widths, style=TableStyle([*base, *style]), hAlign="LEFT", repeatRows=repeat)


def _font(family: str, weight: int, italic: bool) -> str:
    return f"{family.replace(' ', '')}-{weight}{'i' if italic else ''}"


@lru_cache
def _used_fonts() -> frozenset[str]:
    voices = (voice for look in LOOKS.values() for voice in look.voices.values())
    return frozenset(_font(voice.family, voice.weight, voice.italic) for voice in voices)


@lru_cache(maxsize=256)
def _style(store: str, name: str, right: bool) -> ParagraphStyle:
    voice = LOOKS[store].voices[name]
    return ParagraphStyle(
        f"{store}-{name}-{right}",
        fontName=_font(voice.family, voice.weight, voice.italic),
        fontSize=voice.size,
        leading=voice.line,
        textColor=HexColor(voice.colour),
        alignment=TA_RIGHT if right else TA_LEFT,
        splitLongWords=True,
    )


def _marked(voice: Voice, text: str) -> str:
    return text.upper() if voice.upper else text


def _run(voice: Voice, text: str) -> str:
    said = escape(text).replace("\n", "<br/>").replace("  ", "\xa0 ")
    name = _font(voice.family, voice.weight, voice.italic)
    return f'<font face="{name}" size="{voice.size}" color="{voice.colour}">{said}</font>'


@lru_cache(maxsize=1000)
def _pixels(path: str) -> tuple[int, int]:
    with Image.open(path) as picture:
        return picture.size


@dataclass(frozen=True, slots=True)
class _Stroke:
    """One path of a mark, as an object the canvas draws as it is."""

    path: PDFPathObject
    fill: str
    line: str
    width: float

    def draw(self, canvas: Canvas) -> None:
        if self.fill:
            canvas.setFillColor(HexColor(self.fill))
        if self.line:
            canvas.setStrokeColor(HexColor(self.line))
            canvas.setLineWidth(self.width)
        canvas.drawPath(self.path, stroke=bool(self.line), fill=bool(self.fill))


def _svg_paths(svg: str) -> tuple[list[_Stroke], tuple[float, float, float, float]]:
    """The paths of a mark and its box; quadratic curves and arcs become cubic ones."""
    root = ET.fromstring(svg)
    left, top, width, height = (float(number) for number in root.attrib["viewBox"].split())
    strokes = []
    for element in root.iter("{http://www.w3.org/2000/svg}path"):
        pen = RecordingPen()
        parse_path(element.attrib["d"], pen)
        fill, line = element.get("fill", "#000000"), element.get("stroke", "")
        width_ = float(element.get("stroke-width", 1))
        strokes.append(_Stroke(_path(pen), "" if fill == "none" else fill, line, width_))
    return strokes, (left, top, width, height)


def _path(pen: RecordingPen) -> PDFPathObject:
    path = PDFPathObject()
    here = (0.0, 0.0)
    for name, points in pen.value:
        match name:
            case "moveTo":
                path.moveTo(*points[0])
            case "lineTo":
                path.lineTo(*points[0])
            case "curveTo":
                path.curveTo(*(number for point in points for number in point))
            case "qCurveTo":
                (x, y), (end_x, end_y) = points
                first = here[0] + 2 / 3 * (x - here[0]), here[1] + 2 / 3 * (y - here[1])
                second = end_x + 2 / 3 * (x - end_x), end_y + 2 / 3 * (y - end_y)
                path.curveTo(*first, *second, end_x, end_y)
            case "closePath":
                path.close()
        here = points[-1] if points else here
    return path
