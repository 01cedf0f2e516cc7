"""WeasyPrint, and the only part of packslip that knows its inside.

Everything else sees HTML, CSS and names go in and `Drawn` values come out. WeasyPrint is pinned to `VERSION`; a test
fails as soon as a new version moves what is touched here.
"""

from packslip.press.weasy import machine  # first: no machine fonts

# isort: split

from packslip.press.weasy.drawing import Style, draw, parse_css
from packslip.press.weasy.fonts import Face, Fonts, load_fonts
from packslip.press.weasy.images import Images
from packslip.press.weasy.outline import Outline, read_outline
from packslip.press.weasy.pictures import Picture
from packslip.press.weasy.stand_ins import read_picture
from packslip.press.weasy.trace import trace
from packslip.press.weasy.traces import Trace
from packslip.press.weasy.typesetter import Typesetter

VERSION = "70.0"
FONTS_CONFIGURATION = machine.FONTS_CONFIGURATION
library_versions = machine.library_versions

__all__ = [
    "FONTS_CONFIGURATION",
    "VERSION",
    "Face",
    "Fonts",
    "Images",
    "Outline",
    "Picture",
    "Style",
    "Trace",
    "Typesetter",
    "draw",
    "library_versions",
    "load_fonts",
    "parse_css",
    "read_outline",
    "read_picture",
    "trace",
]
