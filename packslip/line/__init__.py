"""The road of one order, from what was read to the document for the printer. Reads like a table of contents.

Decides nothing and draws nothing itself: it calls the rooms in their order and knows when a slip may lose a block.
"""

from packslip.line.pictures import PictureDesk
from packslip.line.pressing import Pressed, PressRoom, open_press_room
from packslip.line.walk import Outcome, Road, judge, walk

__all__ = ["Outcome", "PictureDesk", "PressRoom", "Pressed", "Road", "judge", "open_press_room", "walk"]
