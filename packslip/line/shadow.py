"""Shadow: a press room of the line that draws some of the struck slips by the reference path too.

Should the two differ, the reference prints and the answer carries an alarm. Which slips are chosen follows from the
slip alone. Retires nothing and writes nothing: that is for whoever hears the alarm, and keeps it first.
"""

from pathlib import Path

from packslip.line.pressed import Pressed
from packslip.line.pressing import PressRoom, open_press_room
from packslip.model import Alarm, Document, Finding, PressPath, Severity, Slip, Where, warning
from packslip.press.sameness import differences
from packslip.world import World


class ShadowedRoom(PressRoom):
    """A press room that does not quite trust its plates."""

    def __init__(self, world: World, one_in: int) -> None:
        super().__init__(world)
        self._one_in = one_in

    def __call__(self, slip: Slip) -> Pressed:
        """Draw a slip and check the document; a chosen one is struck and laid out."""
        document, findings = self.draw(slip)
        if document is None or document.path is not PressPath.PLATE or not is_chosen(slip, self._one_in):
            return self.check(slip, document, findings)
        reference, found = self.draw(slip, reference=True)
        told = (*_compare(document, reference), *_compare_findings(findings, found))
        if not told:
            return self.check(slip, document, findings)
        pressed = self.check(slip, reference, (*found, _finding(slip)))
        alarm = Alarm(
            plate=self.plate_of(slip),
            layout=slip.layout,
            struck=document.data,
            reference=reference.data if reference else b"",
            differences=told,
        )
        return Pressed(document=pressed.document, findings=pressed.findings, alarm=alarm)


def open_shadowed_room(root: Path, release: str) -> ShadowedRoom:
    """A warm press room of a release, with as many shadow checks as its settings say."""
    world = open_press_room(root, release).world
    return ShadowedRoom(world, world.settings.press.shadow)


def is_chosen(slip: Slip, one_in: int) -> bool:
    """Whether a slip is one of those drawn by both paths, one in so many; 0: none."""
    return one_in > 0 and int(slip.digest[:12], 16) % one_in == 0


def _compare(struck: Document, reference: Document | None) -> tuple[str, ...]:
    if reference is None:
        return ("the reference path draws no document",)
    return differences(struck.data, reference.data)


def _compare_findings(struck: tuple[Finding, ...], reference: tuple[Finding, ...]) -> tuple[str, ...]:
    """What only one path would have held the slip for."""
    first, second = _holding(struck), _holding(reference)
    return (
        *(f"only the struck slip has {code}" for code in sorted(first - second)),
        *(f"only the reference has {code}" for code in sorted(second - first)),
    )


def _holding(findings: tuple[Finding, ...]) -> frozenset[str]:
    return frozenset(finding.code for finding in findings if finding.severity is Severity.ERROR)


def _finding(slip: Slip) -> Finding:
    return warning(
        "plate.alarm",
        Where(file=f"layouts/{slip.layout}"),
        "a plate struck this slip unlike the reference path, whose document is used; the plate is retired",
        "packslip status tells of the alarm; docs/operator.md says what to send",
    )
