"""Quality: what is wrong with a product's picture at the sizes the layouts print it.

Pure: what the feed, the index and the layouts say goes in, findings come out.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from packslip.library.feeds import FeedItem
from packslip.model import Finding, Severity, Where, error, note, warning
from packslip.pictures.index import Entry, Source
from packslip.pictures.recipe import Look, Recipe
from packslip.pictures.rendering import LEAST_PPI
from packslip.units import MM_PER_INCH

#: Least share of a picture that a box has to show; below it too much is cropped.
LEAST_SHOWN = 0.6
#: Pixels to the inch from which print shows no more.
FINE_PPI = 300
#: From this share of white on, a picture prints as an empty place.
NEARLY_WHITE = 0.985


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """A place where layouts print product pictures."""

    label: str  #: for people: layout and role
    recipe: Recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the index knows of one picture."""

    source: Source | None
    look: Look | None
    entries: Mapping[Recipe, Entry]


def judge(item: FeedItem, known: Known, uses: tuple[Use, ...]) -> tuple[Finding, ...]:
    """Everything that is wrong with one product's picture, errors first."""
    where = replace(item.where, spot=item.sku)
    findings = [replace(finding, where=where) for finding in (*_had(item, known), *_made(known, uses))]
    if known.look is not None:
        findings += _looks(known.look, where)
        for use in uses:
            findings += _fits(known.look, use, where)
    ranks = list(Severity)
    return tuple(sorted(dict.fromkeys(findings), key=lambda finding: ranks.index(finding.severity)))


def ppi_at(look: Look, recipe: Recipe) -> float:
    """Pixels of the source to the inch where a picture fills its box."""
    return min(look.width / recipe.width_mm, look.height / recipe.height_mm) * MM_PER_INCH


def shown_of(look: Look, recipe: Recipe) -> float:
    """Share of a picture that its box shows, the rest being cropped."""
    there, wanted = look.width / look.height, recipe.width_mm / recipe.height_mm
    return min(there, wanted) / max(there, wanted)


def _had(item: FeedItem, known: Known) -> list[Finding]:
    """Whether there are any bytes."""
    if not item.image:
        return [error("picture.missing", Where(), "no picture is named", "give the product a picture")]
    if known.source is None:
        hint = "run packslip images sync without --offline"
        return [warning("picture.unasked", Where(), "its server was not asked yet", hint)]
    if known.source.sha256 and known.source.findings:  # an older one is kept, and printed
        return [
            replace(finding, severity=Severity.WARNING, message=f"{finding.message}; the one from before is printed")
            for finding in known.source.findings
        ]
    return list(known.source.findings)


def _made(known: Known, uses: tuple[Use, ...]) -> list[Finding]:
    """What decoding found; resolution is told with its place, see `_fits`."""
    found = (finding for use in uses if (entry := known.entries.get(use.recipe)) for finding in entry.findings)
    return [finding for finding in dict.fromkeys(found) if finding.code != "picture.low_resolution"]


def _looks(look: Look, where: Where) -> list[Finding]:
    if look.is_flat:
        return [warning("picture.one_colour", where, "one colour all over", "check that it is the right picture")]
    if look.white >= NEARLY_WHITE:
        message = f"{look.white:.0%} of it is white, it prints as an empty place"
        return [warning("picture.nearly_white", where, message, "give it an edge, or a ground that is not white")]
    return []


def _fits(look: Look, use: Use, where: Where) -> list[Finding]:
    recipe = use.recipe
    place = f"{use.label}, {recipe.width_mm:g} × {recipe.height_mm:g} mm"
    findings = []
    shown = shown_of(look, recipe)
    if shown < LEAST_SHOWN:
        message = f"{look.width} × {look.height} pixels: {place} shows {shown:.0%} of it"
        hint = f"crop it nearer to {recipe.width_mm:g} : {recipe.height_mm:g}"
        findings.append(warning("picture.aspect", where, message, hint))
    ppi, finest = ppi_at(look, recipe), min(FINE_PPI, recipe.dots_per_mm * MM_PER_INCH)
    if ppi >= finest - 1:
        return findings
    message = f"{look.width} × {look.height} pixels make {ppi:.0f} to the inch in {place}"
    needed = " × ".join(str(round(side * finest / MM_PER_INCH)) for side in (recipe.width_mm, recipe.height_mm))
    hint = f"give a picture of {needed} pixels or more"
    low = ppi < LEAST_PPI
    findings.append((warning if low else note)(f"picture.{'low_resolution' if low else 'soft'}", where, message, hint))
    return findings
