"""Shadow: a struck slip laid out by the reference path as well, and whether the two agree.

Loaded in a worker of its own, behind the line: the struck document is on its way to the printer meanwhile. Retires
nothing and writes nothing: that is for whoever hears the alarm, and keeps it first.
"""

from collections.abc import Callable
from pathlib import Path

from packslip.line.pressed import Looked, Pressed, Shadowed
from packslip.line.pressing import PressRoom
from packslip.model import Alarm
from packslip.press.sameness import differences
from packslip.world import World


class ShadowRoom(PressRoom):
    """A press room that only looks at what others have struck."""

    def look(self, shadowed: Shadowed) -> Looked:
        """Whether the reference path gives what the plate gave: the same pages, and the same reasons to hold them."""
        slip = shadowed.slip
        reference = self.check(slip, *self.draw(slip, reference=True))
        told = (*_compare(shadowed.struck, reference), *_compare_reasons(shadowed.held_for, reference))
        if not told:
            return Looked(alarm=None)
        return Looked(
            alarm=Alarm(
                plate=self.plate_of(slip),
                layout=slip.layout,
                struck=shadowed.struck,
                reference=reference.document.data if reference.document else b"",
                differences=told,
            )
        )


def open_shadow_room(root: Path, release: str) -> Callable[[Shadowed], Looked]:
    """What a worker does. Nothing waits for it, so it is not warmed."""
    return ShadowRoom(World.open(root, release)).look


def _compare(struck: bytes, reference: Pressed) -> tuple[str, ...]:
    if reference.document is None:
        return ("the reference path draws no document",)
    return differences(struck, reference.document.data)


def _compare_reasons(struck: frozenset[str], reference: Pressed) -> tuple[str, ...]:
    """What only one path would have held the slip for."""
    laid_out = reference.held_for
    return (
        *(f"only the struck slip has {code}" for code in sorted(struck - laid_out)),
        *(f"only the reference has {code}" for code in sorted(laid_out - struck)),
    )
