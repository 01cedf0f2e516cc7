"""What a worker does: one slip in, one document out, preflight included.

Runs in a limited child process that holds a release open; it never sees the ledger, the catalogue or the network.
"""

from dataclasses import replace
from functools import cached_property
from pathlib import Path

from packslip.line.pressed import Pressed
from packslip.model import Document, Finding, Slip
from packslip.pictures.store import Store
from packslip.preflight import Proofs, preflight
from packslip.press import plate_of, press, traced, warm
from packslip.world import World


class PressRoom:
    """A release, ready to draw its slips."""

    def __init__(self, world: World) -> None:
        self.world = world
        self._proofs = Proofs()

    @cached_property
    def pictures(self) -> Store:
        """Where the renditions lie that slips name."""
        return Store(self.world.workspace.image_cache)

    def __call__(self, slip: Slip) -> Pressed:
        """Draw a slip and check the document."""
        known = traced(self.world)
        pressed = self.check(slip, *self.draw(slip))
        return replace(pressed, is_first=traced(self.world) > known)

    def draw(self, slip: Slip, *, reference: bool = False) -> tuple[Document | None, tuple[Finding, ...]]:
        """The document of a slip, and what was found; `reference` as in `packslip.press.press`."""
        return press(slip, self.world, self.pictures.find, reference=reference)

    def plate_of(self, slip: Slip) -> str:
        """The digest that retires the plate of a slip."""
        return plate_of(slip, self.world, self.pictures.find)

    def check(self, slip: Slip, document: Document | None, findings: tuple[Finding, ...]) -> Pressed:
        """The answer for a slip, its document looked through as the printer will."""
        if document is not None:
            layout = self.world.layout(slip.layout)
            findings += preflight(document, slip, layout, self.world.media(layout), self._proofs)
        return Pressed(document=document, findings=findings)


def open_press_room(root: Path, release: str) -> PressRoom:
    """A press room that is warm: the first slip does not wait for fonts or imports."""
    world = World.open(root, release)
    warm(world, world.phrases.locales)
    return PressRoom(world)
