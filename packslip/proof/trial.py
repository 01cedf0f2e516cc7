"""Trial: a few slips of every layout in every brand, drawn before a release may go live."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from packslip.library.brands import looks_of
from packslip.line.pressing import PressRoom
from packslip.model import Finding, Severity
from packslip.press import why_not_struck
from packslip.proof.cases import ProofCase, proof_cases
from packslip.proof.drawing import Sheet, draw_proof
from packslip.proof.logos import check_drawn_logo
from packslip.world import World

#: Dealers with a style of their own are tried as well, so many of them.
_MOST_DEALERS = 8

#: A plain slip, and one in which much goes differently.
_TRIALS: tuple[Mapping[str, str], ...] = (
    MappingProxyType({"segment": "new", "kind": "complete", "lines": "3-lines", "text": "usual"}),
    MappingProxyType({"segment": "gift", "kind": "partial", "lines": "3-lines", "text": "longest-names"}),
)


def try_layouts(world: World, *, today: date) -> tuple[Finding, ...]:
    """What goes wrong when each layout is drawn for each brand: errors, and warnings about the layouts themselves.

    Behind them, as notes, what in the layouts kept those slips from being struck.
    """
    press = PressRoom(world)
    sheets = (
        draw_proof(world, tuple(_trials(world, name, today)), lambda slips: map(press, slips)) for name in world.layouts
    )
    found = [finding for sheet in sheets for finding in _found_on(sheet, world)]
    return (*dict.fromkeys(finding for finding in found if _matters(finding)), *why_not_struck(world))


def _trials(world: World, layout: str, today: date) -> Iterator[ProofCase]:
    dealers = [f"{brand.store}/{brand.dealer}" for brand in looks_of(world.brands.values()) if brand.dealer]
    for store in (*world.brands, *dealers[:_MOST_DEALERS]):
        for traits in _TRIALS:
            only = ",".join(f"{axis}={value}" for axis, value in {**traits, "store": store}.items())
            yield proof_cases(world, layout, today=today, only=only)[0]


def _found_on(sheet: Sheet, world: World) -> Iterator[Finding]:
    yield from sheet.findings
    for drawn in sheet.slips:
        if drawn.slip is not None and drawn.document is not None:
            yield from check_drawn_logo(drawn.slip, drawn.document, world)


def _matters(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR or finding.where.file.startswith("layouts/")
