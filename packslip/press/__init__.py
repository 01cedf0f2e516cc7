"""The press: a slip's content in, the document for the printer out.

`press` draws, `warm` loads beforehand what slips share, `plate_of` names the plate a slip is struck from, `Batch` makes
one PDF of many slips, `why_not_struck` says what kept slips from being struck; `check_layout` judges a layout's HTML,
`check_styles` all style sheets, without drawing. Trusts no text, fetches only the workspace's own files, and uses no
font of the machine.
"""

from packslip.press.batch import Batch
from packslip.press.drawing import plate_of, press
from packslip.press.kept import PressWorld, check_styles, traced, warm
from packslip.press.reasons import why_not_struck
from packslip.press.template import check_layout

__all__ = [
    "Batch",
    "PressWorld",
    "check_layout",
    "check_styles",
    "plate_of",
    "press",
    "traced",
    "warm",
    "why_not_struck",
]
