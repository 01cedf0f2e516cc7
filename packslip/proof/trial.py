"""Trial: a few slips of every layout in every brand, drawn before a release may go live."""

from collections.abc import Iterator, Mapping
from datetime import date
from types import MappingProxyType

from packslip.line.pressing import PressRoom
from packslip.model import Finding, Severity
from packslip.press import why_not_struck
from packslip.proof.cases import ProofCase, proof_cases
from packslip.proof.drawing import draw_proof
from packslip.world import World

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
    found = (finding for sheet in sheets for finding in sheet.findings)
    return (*dict.fromkeys(finding for finding in found if _matters(finding)), *why_not_struck(world))


def _trials(world: World, layout: str, today: date) -> Iterator[ProofCase]:
    for store in world.brands:
        for traits in _TRIALS:
            only = ",".join(f"{axis}={value}" for axis, value in {**traits, "store": store}.items())
            yield proof_cases(world, layout, today=today, only=only)[0]


def _matters(finding: Finding) -> bool:
    return finding.severity is Severity.ERROR or finding.where.file.startswith("layouts/")
