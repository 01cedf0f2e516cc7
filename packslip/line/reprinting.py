"""What a worker does for a reprint: a slip drawn again, by the path that drew it first.

Runs in a limited child process, like `line.pressing`, whose room it uses; loads the press.
"""

from collections.abc import Callable
from pathlib import Path

from packslip.line.pressed import Pressed, Redraw
from packslip.line.pressing import PressRoom
from packslip.model import PressPath
from packslip.world import World


def open_redrawing(root: Path, release: str) -> Callable[[Redraw], Pressed]:
    """A press room for one slip: it is not worth warming."""
    room = PressRoom(World.open(root, release))

    def redraw(request: Redraw) -> Pressed:
        document, findings = room.draw(request.slip, reference=request.path == PressPath.REFERENCE)
        return room.check(request.slip, document, findings)

    return redraw
