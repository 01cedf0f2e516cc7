"""What people see: pictures too coarse, lines too thin, text too small, too faint, hidden, cut off, too near the edge.

Text is judged by a box of its advance widths and its font's height. What lies under or over it is judged by boxes too.
"""

from collections.abc import Iterator, Sequence

from packslip.preflight.foreign.geometry import Box
from packslip.preflight.foreign.operators_text import INVISIBLE
from packslip.preflight.foreign.painted import Kind, Painted, Scan
from packslip.preflight.foreign.subject import Fault, Subject, fault_on
from packslip.preflight.foreign.tones import light_of
from packslip.preflight.foreign.values import entry, is_stream
from packslip.settings import MediaSettings
from packslip.units import MM_PER_INCH, PT_PER_INCH, Mm, pt_from_mm

LEAST_PPI = 150.0
#: What looks sharp from near.
GOOD_PPI = 300.0
#: A stencil or 1-bit picture has hard edges, and needs twice as many; small ones are codes, made of blocks on purpose.
LEAST_BILEVEL_PPI = 300.0
_CODE_PIXELS = 200
HAIRLINE_PT = 0.25
SMALLEST_PT = 5.0
SMALLEST_REVERSED_PT = 6.0
#: Least contrast of text with what is under it, (light + 0.05) / (dark + 0.05). Source: WCAG 2.2, 1.4.3, halved.
LEAST_CONTRAST = 2.0
_SAME_CONTRAST = 1.05
CLOSE_MM = Mm(0.1)
_MOST_UNDER = 400
_CLIP_MODES = 7


def check_seen(subject: Subject, scan: Scan) -> Iterator[Fault]:
    """All that is seen of one page."""
    media = subject.media
    smallest = (media.smallest_pt, media.smallest_reversed_pt) if media else (SMALLEST_PT, SMALLEST_REVERSED_PT)
    device = media.dots_per_mm * MM_PER_INCH if media else GOOD_PPI
    beneath: list[Painted] = []
    covers = _covers(scan.things)
    for at, thing in enumerate(scan.things):
        if not thing.is_shown:
            continue
        if thing.kind is Kind.TEXT:
            if not thing.is_blank and thing.mode != _CLIP_MODES:
                later = [cover for place, cover in covers if place > at]
                yield from _check_text(scan, thing, beneath, later, smallest)
                if subject.media is not None:
                    yield from _check_safe(scan, thing, subject.media)
        elif thing.picture is not None:
            yield from _check_picture(scan, thing, device)
        else:
            yield from _check_line(scan, thing)
        if thing.kind is not Kind.TEXT and not thing.box.is_empty:
            beneath.append(thing)


def _check_picture(scan: Scan, thing: Painted, device: float) -> Iterator[Fault]:
    """No picture needs more pixels than the device has dots."""
    picture = thing.picture
    if picture is None or thing.box.is_empty:
        return
    across, down = picture.matrix.across * scan.sheet.unit, picture.matrix.down * scan.sheet.unit
    if not across or not down:
        return
    bilevel = picture.bits == 1
    if bilevel and max(picture.width, picture.height) <= _CODE_PIXELS:
        return
    ppi = min(picture.width * PT_PER_INCH / across, picture.height * PT_PER_INCH / down)
    least, good = min(LEAST_BILEVEL_PPI if bilevel else LEAST_PPI, device), min(GOOD_PPI, device)
    if ppi < least * 0.99:
        message = f"a picture of {picture.width} × {picture.height} pixels prints at {ppi:.0f} ppi, under {least:.0f}"
        yield fault_on(scan.sheet, "picture.low_ppi", message, thing.box)
    elif ppi < good * 0.99:
        message = f"a picture of {picture.width} × {picture.height} pixels prints at {ppi:.0f} ppi, under {good:.0f}"
        yield fault_on(scan.sheet, "picture.modest_ppi", message, thing.box)


def _check_line(scan: Scan, thing: Painted) -> Iterator[Fault]:
    if thing.box.is_empty:
        return
    if thing.kind is Kind.STROKE:
        thick = thing.line
    elif thing.kind is Kind.FILL and thing.is_rectangle:
        thick = min(thing.whole.width, thing.whole.height)
    else:
        return
    if thick * scan.sheet.unit < HAIRLINE_PT - 0.005:
        yield fault_on(scan.sheet, "line.hair", f"a line of {thick * scan.sheet.unit:.2f} pt", thing.box)


def _check_text(
    scan: Scan,
    thing: Painted,
    beneath: Sequence[Painted],
    covers: Sequence[Painted],
    smallest: tuple[float, float],
) -> Iterator[Fault]:
    sheet = scan.sheet
    size = thing.size * sheet.unit
    if not thing.whole.meets(sheet.trim):
        return
    if thing.mode == INVISIBLE or thing.alpha == 0:
        yield fault_on(sheet, "text.hidden", "invisible text", thing.whole)
        return
    if thing.box.is_empty:
        yield fault_on(sheet, "text.clipped", "text of which nothing is left", thing.whole)
        return
    if any(cover.box.holds(thing.box) for cover in covers):
        yield fault_on(sheet, "text.hidden", "text that something is painted over", thing.box)
        return
    yield from _check_cut(scan, thing)
    contrast, reversed_ = _contrast(thing, beneath)
    if contrast is not None and contrast < _SAME_CONTRAST:
        yield fault_on(sheet, "text.hidden", "text in the colour of what is under it", thing.box)
        return
    if contrast is not None and contrast < LEAST_CONTRAST:
        yield fault_on(sheet, "text.faint", f"text with a contrast of {contrast:.1f} : 1", thing.box)
    least = smallest[reversed_]
    if size < least - 0.05:
        what = "light text on dark" if reversed_ else "text"
        yield fault_on(sheet, "text.small", f"{what} of {size:.1f} pt, under {least:g}", thing.box)


def _check_cut(scan: Scan, thing: Painted) -> Iterator[Fault]:
    """Text that a clip cuts by more than its letters' overhang, or that runs off the paper."""
    box, whole = thing.box, thing.whole
    spare = 0.3 * thing.size
    page = scan.sheet.trim
    if not is_measured(thing):
        return
    lost = max(box.left - whole.left, whole.right - box.right, box.bottom - whole.bottom, whole.top - box.top)
    off = max(page.left - whole.left, whole.right - page.right, page.bottom - whole.bottom, whole.top - page.top)
    if max(lost, off) > spare:
        yield fault_on(scan.sheet, "text.clipped", "text that is cut off", whole)


def is_measured(thing: Painted) -> bool:
    """Whether the file tells how wide the text's letters are; a font that is not there at all may not."""
    return thing.face is not None and (thing.face.is_embedded or bool(thing.face.widths))


def _contrast(thing: Painted, beneath: Sequence[Painted]) -> tuple[float | None, bool]:
    """How much text stands out, None where that cannot be told; and whether it is light on dark."""
    light = light_of(thing.ink.space, thing.ink.values) if thing.ink.is_plain else None
    ground = _ground(thing.box, beneath)
    if light is None or ground is None or thing.blend != "Normal" or thing.overprints or thing.is_masked:
        return None, False
    light = light * thing.alpha + ground * (1 - thing.alpha)
    dark, bright = sorted((light, ground))
    return (bright + 0.05) / (dark + 0.05), light > ground


def _ground(box: Box, beneath: Sequence[Painted]) -> float | None:
    """Light of what lies under the middle of a box: paper where nothing does, None where that is no plain colour."""
    x, y = box.centre
    spot = Box(x, y, x, y)
    for thing in reversed(beneath[-_MOST_UNDER:]):
        if thing.kind is Kind.STROKE or not thing.box.holds(spot):
            continue
        plain = thing.kind is Kind.FILL and thing.is_rectangle and thing.ink.is_plain and is_solid(thing)
        return light_of(thing.ink.space, thing.ink.values) if plain else None
    return 1.0 if len(beneath) <= _MOST_UNDER else None


def _covers(things: Sequence[Painted]) -> list[tuple[int, Painted]]:
    """What hides all under it: rectangles and pictures without transparency."""
    found = [
        (at, thing)
        for at, thing in enumerate(things)
        if thing.is_shown and is_solid(thing) and not thing.overprints and _is_opaque(thing)
    ]
    return found if len(found) <= _MOST_UNDER else []


def is_solid(thing: Painted) -> bool:
    """Whether nothing of what is under it shines through."""
    return thing.alpha == 1 and thing.blend in ("Normal", "Compatible") and not thing.is_masked


def _is_opaque(thing: Painted) -> bool:
    if thing.picture is not None:
        stream = thing.picture.thing
        masked = is_stream(stream) and any(entry(stream, key) is not None for key in ("/SMask", "/Mask"))
        return not masked and not thing.picture.is_stencil and thing.picture.matrix.is_upright
    return thing.kind is Kind.FILL and thing.is_rectangle and thing.ink.is_plain


def _check_safe(scan: Scan, thing: Painted, media: MediaSettings) -> Iterator[Fault]:
    sheet = scan.sheet
    if thing.box.is_empty or not thing.box.meets(sheet.trim) or not is_measured(thing):
        return
    near = pt_from_mm(Mm(media.safe_mm)) / sheet.unit
    if not sheet.trim.grown(-near).holds(thing.box, pt_from_mm(CLOSE_MM) / sheet.unit):
        message = f"text comes closer than {media.safe_mm:g} mm to the edge"
        yield fault_on(sheet, "text.unsafe", message, thing.box)
