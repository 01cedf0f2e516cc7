"""Drawing a proof: each case decided by the rules, forced into the layout, composed, pressed and judged.

Nothing is left out to make it fit: a designer wants to see what goes wrong.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from packslip.compose import compose, wanted_pictures
from packslip.engine.decoding import Decoders
from packslip.engine.offers import stand_in
from packslip.history import History
from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Pressed
from packslip.line.walk import judge
from packslip.model import Choice, Document, Finding, Severity, Slip, has_errors
from packslip.proof.cases import ProofCase
from packslip.world import World

#: Not the site's secret: no code on a proof is ever good.
_SECRET = hashlib.sha256(b"packslip proof").digest()

#: Gives what was pressed in the order of the slips; may press several at once.
PressMany = Callable[[Sequence[Slip]], Iterable[Pressed]]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofSlip:
    """One case, drawn as far as it could be."""

    case: ProofCase
    slip: Slip | None
    document: Document | None
    findings: tuple[Finding, ...]

    @property
    def faults(self) -> tuple[Finding, ...]:
        """The findings a designer must see: errors and warnings, but for what the case sets out to provoke."""
        return tuple(
            finding
            for finding in self.findings
            if finding.severity is not Severity.NOTE and not (self.case.strange and finding.code == "locale.fallback")
        )

    @property
    def has_errors(self) -> bool:
        """Whether this slip would have been held."""
        return has_errors(self.findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """A whole proof."""

    layout: str
    slips: tuple[ProofSlip, ...]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """Every fault once."""
        return tuple(dict.fromkeys(finding for slip in self.slips for finding in slip.faults))


def draw_proof(world: World, cases: Sequence[ProofCase], press_many: PressMany) -> Sheet:
    """Every case drawn."""
    composed = list(_compose_all(world, cases))
    pressed = iter(press_many([slip for _, slip, _ in composed if slip is not None]))
    slips = tuple(_finish(*each, next(pressed) if each[1] is not None else None) for each in composed)
    return Sheet(layout=cases[0].layout if cases else "", slips=slips)


def draw_cases(world: World, cases: Iterable[ProofCase], press: Callable[[Slip], Pressed]) -> Iterator[ProofSlip]:
    """The same one by one, each as soon as it is drawn."""
    for case, slip, findings in _compose_all(world, cases):
        yield _finish(case, slip, findings, press(slip) if slip is not None else None)


def _finish(case: ProofCase, slip: Slip | None, findings: tuple[Finding, ...], pressed: Pressed | None) -> ProofSlip:
    document = pressed.document if pressed else None
    return ProofSlip(
        case=case, slip=slip, document=document, findings=(*findings, *(pressed.findings if pressed else ()))
    )


def _compose_all(
    world: World, cases: Iterable[ProofCase]
) -> Iterator[tuple[ProofCase, Slip | None, tuple[Finding, ...]]]:
    """Each case's slip, None where the rules leave none, and what was found on the way."""
    with (
        History.open(world.workspace.history, read_only=True) as history,
        Decoders(world.settings.pictures) as decode,
    ):
        desk = PictureDesk(world, decode)
        for case in cases:
            slip, findings = _compose(world, case, desk, history)
            yield case, slip, findings


def _compose(
    world: World, case: ProofCase, desk: PictureDesk, history: History
) -> tuple[Slip | None, tuple[Finding, ...]]:
    order = case.order
    facts = replace(history.facts(order, world.catalogue, case.today), customer={})
    judged = judge(order, facts, world, today=case.today)
    if judged.choice is None or has_errors(judged.findings):
        return None, judged.findings
    choice = _asking(replace(judged.choice, layout=case.layout), case)
    grant = stand_in(world, order, choice, case.today, secret=_SECRET)
    wanted = wanted_pictures(order, choice, world, case.today)
    pictures, found = desk.fetch(wanted, world.layout(case.layout))
    slip, more = compose(order, judged.parcel, choice, grant, pictures, world, today=case.today)
    return slip, (*judged.findings, *found, *more)


def _asking(choice: Choice, case: ProofCase) -> Choice:
    """A choice that asks for what the case asks for, where it asks for anything."""
    asks = case.traits.get("asks", "")
    if not asks or not (choice.review or choice.survey):
        return choice
    return replace(choice, review=asks == "review", survey=asks == "survey")
