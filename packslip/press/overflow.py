"""Overflow: judges where text and pictures came to stand. Nothing leaves its place without a finding.

Reads geometry only, never a word of the text: a finding names element, page and millimetres.
"""

from collections.abc import Iterator, Sequence

from packslip.library.layouts import Layout
from packslip.model import Finding, Where, error, warning
from packslip.press.pieces import Edge, Limit, Rect, Sheet, TextPiece
from packslip.settings import MediaSettings
from packslip.units import Mm

#: What is taken as exact, in mm: rounding, the overhang of an italic, a hair.
CLOSE_MM = 0.1
CLIP_MM = 0.05
#: How far ink may leave a box of fixed height that clips nothing, as a share of the font size.
HEIGHT_SHARE = 0.15
#: Lines of different blocks collide where they share so much.
COLLIDE_MM = 0.4
COLLIDE_SHARE = 0.2
SIZE_MM = 0.1


def judge(sheets: Sequence[Sheet], layout: Layout, media: MediaSettings) -> tuple[Finding, ...]:
    """What is wrong with the geometry of a document."""
    found: dict[Finding, None] = {}
    for number, sheet in enumerate(sheets, start=1):
        page = _Page(number, sheet, layout, media)
        for finding in page.findings():
            found[finding] = None
    if len(sheets) > layout.max_pages:
        found[too_many_pages(layout, str(len(sheets)))] = None
    return tuple(found)


def too_many_pages(layout: Layout, count: str) -> Finding:
    """The finding for a document that is longer than its layout allows."""
    where = Where(file=f"layouts/{layout.name}/layout.toml", spot="max_pages")
    message = f"{count} pages, but the layout allows {layout.max_pages}"
    return error("pages.too_many", where, message, "shorten the content, choose another layout, or raise max_pages")


class _Page:
    def __init__(self, number: int, sheet: Sheet, layout: Layout, media: MediaSettings) -> None:
        self._number, self._sheet, self._layout, self._media = number, sheet, layout, media

    def findings(self) -> Iterator[Finding]:
        """Everything, in reading order of the checks."""
        yield from self._size()
        yield from self._bleed()
        yield from self._blank()
        for text in self._sheet.texts:
            yield from self._text(text)
        yield from self._pictures()
        yield from self._codes()
        yield from self._collisions()

    def _size(self) -> Iterator[Finding]:
        width, height = self._media.width_mm, self._media.height_mm
        if abs(self._sheet.width - width) > SIZE_MM or abs(self._sheet.height - height) > SIZE_MM:
            is_size = f"{self._sheet.width:.1f} × {self._sheet.height:.1f} mm"
            message = f"page {self._number} is {is_size}, media {self._layout.media!r} is {width:g} × {height:g} mm"
            where = Where(file=f"layouts/{self._layout.name}/slip.css", spot="@page")
            yield error("page.size", where, message, "leave out @page size: packslip sets it")

    def _bleed(self) -> Iterator[Finding]:
        least, wanted = self._sheet.least_bleed, self._media.bleed_mm
        if least < wanted - SIZE_MM:
            message = (
                f"page {self._number} has {least:.1f} mm of bleed on a side, media {self._layout.media!r} {wanted:g} mm"
            )
            where = Where(file=f"layouts/{self._layout.name}/slip.css", spot="@page")
            yield error("page.bleed", where, message, "leave out @page bleed: packslip sets it")

    def _blank(self) -> Iterator[Finding]:
        filled = any(not text.margin for text in self._sheet.texts)
        filled = filled or any(not picture.margin for picture in self._sheet.pictures)
        if not filled and not self._sheet.codes:
            message = f"page {self._number} is blank"
            yield warning(
                "page.blank", self._where(""), message, "look for a page break or a box too tall for the page before it"
            )

    def _text(self, text: TextPiece) -> Iterator[Finding]:
        if text.shortened:
            yield self._overflow(text.spot, text.place, "text is cut short by an ellipsis", "give it more room")
        for limit in text.limits:
            fault = _beyond(text, limit)
            if fault:
                yield self._overflow(
                    text.spot, text.place, f"text {fault} {limit.spot}", "give it more room, or shorten the copy"
                )
                return
        safe, margin = _shrunk(self._sheet, self._media.safe_mm), self._media.safe_mm
        if _sticks_out(text.place, safe, CLOSE_MM):
            fault = f"text comes closer than {margin:g} mm to the edge of the paper"
            yield self._overflow(text.spot, text.place, fault, "move it in, or shorten the copy")

    def _pictures(self) -> Iterator[Finding]:
        paper = _shrunk(self._sheet, -self._sheet.bleed)
        for picture in self._sheet.pictures:
            if _sticks_out(picture.place, paper, CLOSE_MM):
                yield self._overflow(
                    picture.spot, picture.place, "a picture leaves the paper", "move it in, or make it smaller"
                )

    def _codes(self) -> Iterator[Finding]:
        for code in self._sheet.codes:
            name = code.symbol.code.name
            half_dot = 0.5 / code.symbol.resolution + 0.01  # it may move that far to start on a whole dot
            if _sticks_out(code.place, code.room, half_dot):
                needed, given = _size(code.place), _size(code.room)
                message = f"page {self._number}: code {name!r} needs {needed}, the layout gives it {given}"
                hint = f"give the <img> the size of [codes.{name}], or no size at all"
                yield error("code.no_room", self._where(f"code:{name}"), message, hint)

    def _collisions(self) -> Iterator[Finding]:
        texts = sorted((text for text in self._sheet.texts if not text.behind), key=lambda text: text.place.top)
        for index, upper in enumerate(texts):
            for lower in texts[index + 1 :]:
                if lower.place.top >= upper.place.bottom:
                    break
                if upper.block != lower.block and _collide(upper.place, lower.place):
                    message = f"text lies over the text of {upper.spot}"
                    yield self._overflow(
                        lower.spot, lower.place, message, "leave room between them, or shorten the copy"
                    )
        for code in self._sheet.codes:
            for text in texts:
                if _collide(code.place, text.place):
                    yield self._overflow(
                        text.spot, text.place, f"text lies over code {code.symbol.code.name!r}", "move one of them"
                    )

    def _overflow(self, spot: str, place: Rect, fault: str, hint: str) -> Finding:
        message = f"page {self._number}, {place.left:.1f} mm from left, {place.top:.1f} mm from top: {fault}"
        return error("text.overflow", self._where(spot), message, hint)

    def _where(self, spot: str) -> Where:
        return Where(file=f"layouts/{self._layout.name}/slip.html", spot=spot)


def _beyond(text: TextPiece, limit: Limit) -> str:
    """How a text leaves a box, "" where it does not."""
    ink, rect = text.ink, limit.rect
    match limit.edge:
        case Edge.CLIP if _sticks_out(ink, rect, CLIP_MM):
            return "is cut off by"
        case Edge.HEIGHT if _over(ink.top, ink.bottom, rect.top, rect.bottom) > HEIGHT_SHARE * text.size:
            return "sticks out of the fixed height of"
        case Edge.WIDTH:
            # both must leave it: advance counts trailing space, ink the overhang of italics
            by_frame = _over(text.frame.left, text.frame.right, rect.left, rect.right)
            by_ink = _over(ink.left, ink.right, rect.left, rect.right)
            return "is wider than" if min(by_frame, by_ink) > CLOSE_MM else ""
    return ""


def _over(low: float, high: float, lowest: float, highest: float) -> float:
    """How far a span leaves another, on the worse side."""
    return max(lowest - low, high - highest)


def _sticks_out(inner: Rect, outer: Rect, close: float) -> bool:
    across = _over(inner.left, inner.right, outer.left, outer.right)
    return max(across, _over(inner.top, inner.bottom, outer.top, outer.bottom)) > close


def _collide(one: Rect, other: Rect) -> bool:
    common = one.common(other)
    deep = max(COLLIDE_MM, COLLIDE_SHARE * min(one.height, other.height))
    return common.width > COLLIDE_MM and common.height > min(deep, 0.5 * min(one.height, other.height))


def _size(rect: Rect) -> str:
    return f"{rect.width:.1f} × {rect.height:.1f} mm"


def _shrunk(sheet: Sheet, margin: float) -> Rect:
    return Rect(Mm(margin), Mm(margin), Mm(sheet.width - margin), Mm(sheet.height - margin))
