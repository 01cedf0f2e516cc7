"""The machine, kept out: imports WeasyPrint so that nothing of the machine shows in a document or in this process.

`import weasyprint` reads the machine's fonts, warns where there are none, and makes Pillow load truncated pictures
without a word in the whole process. Imported by `weasy` before anything else.
"""

import os
import warnings
from pathlib import Path

from PIL import Image, ImageFile

#: An empty fontconfig configuration: no folder, no alias, no fallback.
FONTS_CONFIGURATION = Path(__file__).with_name("fonts.conf")

os.environ["FONTCONFIG_FILE"] = str(FONTS_CONFIGURATION)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # "No fonts configured in FontConfig", which is what we want
    import weasyprint  # noqa: F401 -- for what the import does
    from weasyprint.text.ffi import harfbuzz, pango

ImageFile.LOAD_TRUNCATED_IMAGES = False
Image.preinit()  # now, not while the first slip waits


def library_versions() -> dict[str, str]:
    """The libraries below WeasyPrint that no Python package stands for, and their versions."""
    whole: int = pango.pango_version()
    return {
        "pango": f"{whole // 10_000}.{whole // 100 % 100}.{whole % 100}",
        "harfbuzz": _harfbuzz_version(),
    }


def _harfbuzz_version() -> str:
    """Asked for number by number: WeasyPrint knows no other question."""
    found: list[int] = []
    for _ in range(3):
        number = 0
        while harfbuzz.hb_version_atleast(*[*found, number + 1, 0, 0][:3]):
            number += 1
        found.append(number)
    return ".".join(map(str, found))
