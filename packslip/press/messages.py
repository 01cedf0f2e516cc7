"""Messages: what WeasyPrint logged and what the shelf refused, as findings with their place."""

import unicodedata
from collections.abc import Iterable, Mapping

from packslip.model import Finding, Where, error, warning
from packslip.press.pieces import GlyphFault, LogLine
from packslip.press.weasy.inks import MIXED, OWN_PROFILE
from packslip.press.weasy.stumbling import STUMBLED, STUMBLED_AT
from packslip.press.weasy.watching import NOTDEF

_PLACE = "%d:%d"

#: Lines that tell again what the shelf already told, by their template.
_FETCHING = frozenset(
    {
        "Failed to load image at %r: %s",
        "Failed to load stylesheet at %s : %s",
        "Failed to load stylesheet at %s: %s",
    }
)
#: Lines logged as warnings that lose what the designer meant.
_SERIOUS = frozenset(
    {
        "Font-face %r cannot be loaded",
        "Invalid or unsupported selector, %s",
        "Parse error at %d:%d: %s",
    }
)
#: Lines about colours that cannot come out as they were meant, with what to do.
_COLOURS = {
    MIXED: "give it a plain colour: #rrggbb, rgb(), lab() or oklch()",
    OWN_PROFILE: "name the condition of the media in packslip.toml, and put its profile into layouts/profiles",
}
_STUMBLE_HINT = (
    "write it another way, as documented; most often it is a value WeasyPrint half knows, such as attr() for an address"
)


def log_findings(lines: Iterable[LogLine], refused: Mapping[str, str], *, layout: str) -> tuple[Finding, ...]:
    """One finding for each log line that no finding of another kind covers."""
    found: dict[Finding, None] = {}
    for line in lines:
        told = line.template in _FETCHING and line.args and str(line.args[0]) in refused
        if line.template != NOTDEF and not told:
            found[_finding(line, layout)] = None
    return tuple(found)


def refused_findings(refused: Mapping[str, str], *, layout: str) -> tuple[Finding, ...]:
    """One finding for each resource a layout asked for in vain."""
    where = Where(file=f"layouts/{layout}/slip.html")
    return tuple(
        error("resource.refused", where, f"{_shown(url)}: {reason}", "put the file there, or take the reference out")
        for url, reason in refused.items()
    )


def glyph_findings(faults: Iterable[GlyphFault], *, layout: str) -> tuple[Finding, ...]:
    """One finding for each character and element that the layout's own fonts cannot set."""
    found: dict[Finding, None] = {}
    for fault in faults:
        where = Where(file=f"layouts/{layout}/slip.html", spot=fault.spot)
        name = f"U+{ord(fault.character):04X} {unicodedata.name(fault.character, 'without a name')}"
        message = (
            f"{name} would be drawn by {fault.family}, which is not asked for here"
            if fault.family
            else f"no font has {name}"
        )
        hint = "add a font with this character to layouts/fonts and to the font list of the brand"
        found[error("glyph.missing", where, message, hint)] = None
    return tuple(found)


def upright_findings(spots: Iterable[str], *, layout: str) -> tuple[Finding, ...]:
    """One finding for each element that asks for an italic there is not."""
    message = "italic is asked for, but the font has none and stands upright"
    return tuple(
        warning(
            "font.upright",
            Where(file=f"layouts/{layout}/slip.css", spot=spot),
            message,
            "add the italic to layouts/fonts",
        )
        for spot in spots
    )


def _finding(line: LogLine, layout: str) -> Finding:
    numbers = [value for value in line.args if isinstance(value, int)]
    placed = _PLACE in line.template and len(numbers) >= 2
    where = Where(file=line.sheet or f"layouts/{layout}/slip.css", line=numbers[0] if placed else None)
    # what is logged while drawing may quote the slip, so only the constant part of it is shown
    text = line.text if line.sheet or placed else line.template.replace("%r", "…").replace("%s", "…")
    if line.template in {STUMBLED, STUMBLED_AT}:
        return error("layout.stumbles", where, line.text, _STUMBLE_HINT)
    if line.template in _COLOURS:
        return error("colour.mixed", where, text, _COLOURS[line.template])
    message = f"{text[:1].lower()}{text[1:].rstrip('.')}"
    if line.serious or line.template in _SERIOUS:
        return error("css.broken", where, message, "correct the style sheet")
    return warning(
        "css.ignored", where, message, "correct the style sheet; WeasyPrint's documentation lists what it supports"
    )


def _shown(url: str) -> str:
    return url if len(url) <= 80 else f"{url[:60]}…"
