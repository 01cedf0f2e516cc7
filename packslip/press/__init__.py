"""The press: a slip's content in, the document for the printer out.

`press` draws, `warm` loads beforehand what slips share; `check_layout` judges a layout's HTML and `check_styles` all
style sheets without drawing. Trusts no text, fetches only the workspace's own files, uses no font of the machine.
"""

from packslip.press.reference import PressWorld, check_styles, press, warm
from packslip.press.template import check_layout

__all__ = ["PressWorld", "check_layout", "check_styles", "press", "warm"]
