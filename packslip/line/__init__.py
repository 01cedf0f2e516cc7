"""The road of one order, from what was read to the document for the printer. Reads like a table of contents.

Decides nothing and draws nothing itself: it calls the rooms in their order and knows when a slip may lose a block.
`line.pressing`, the half that draws, and `line.shadow` are imported by workers alone: loading WeasyPrint takes
longer than a slip.
"""

from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Copied, Copying, Looked, Pressed, Redraw, Shadowed
from packslip.line.walk import Outcome, Road, judge, walk

__all__ = [
    "Copied",
    "Copying",
    "Looked",
    "Outcome",
    "PictureDesk",
    "Pressed",
    "Redraw",
    "Road",
    "Shadowed",
    "judge",
    "walk",
]
