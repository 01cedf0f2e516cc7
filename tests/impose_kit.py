"""Small right documents to impose, and what stands on the sheets that come of them."""

import io
import re
from datetime import UTC, datetime

import pikepdf
from pdfx_kit import BLEED, MM, right_file
from press_kit import REPOSITORY

from packslip.impositions import ImpositionSettings, Sheet
from packslip.model import Caption, SheetJob, Work
from packslip.settings import Zone

INTER = REPOSITORY / "layouts" / "fonts" / "inter" / "Inter_400Regular.ttf"
ACCEPTED = datetime(2026, 11, 26, 9, 12, tzinfo=UTC)
_PLACED = re.compile(rb"1 0 0 1 (\S+) (\S+) cm /(P\d+) Do")
_SAID = re.compile(rb"^% (\S+)", re.MULTILINE)
FOLD = Zone(kind="fold", y_mm=75, width_mm=100)


def make_sheet(
    width=320.0, height=450.0, *, slip=(100.0, 150.0), bleed=3.0, unprintable=(0.0, 0.0, 0.0, 0.0), **wanted
):
    return Sheet(
        width=width,
        height=height,
        slip_width=slip[0],
        slip_height=slip[1],
        bleed=bleed,
        unprintable=unprintable,
        imposition=ImpositionSettings(media="sra3", **wanted),
    )


def make_job(sheet=None, *, space="CMYK", duplex="", zones=(), **wanted):
    return SheetJob(sheet=sheet or make_sheet(**wanted), space=space, font=INTER, duplex=duplex, zones=zones)


def caption(name):
    return Caption(order_id=name, release="3f2a9c01d4", station="bench-2", accepted=ACCEPTED)


def card(name, *, pages=1, change=None):
    """A PDF/X-4 of 100 × 150 mm with 3 mm bleed; a comment in each page's operators says its name and number."""

    def say(pdf):
        del pdf.Root["/OCProperties"]
        for _ in range(pages - 1):
            pdf.pages.append(pdf.pages[0])
        for number, page in enumerate(pdf.pages, 1):
            page.contents_add(f"% {name}.{number}\n".encode(), prepend=True)
            page.contents_coalesce()
        if change:
            change(pdf)

    return right_file(say)


def work(name, **wanted):
    return Work(data=card(name, **wanted), caption=caption(name))


def placed(data):
    """For each side of the sheets, where each page stands: bottom left corner of its trim in whole mm → its name."""
    sides = []
    with opened(data) as pdf:
        for page in pdf.pages:
            here = {}
            for x, y, name in _PLACED.findall(page.obj.Contents.read_bytes()):
                form = page.obj.Resources.XObject["/" + name.decode()]
                said = _SAID.search(form.read_bytes())
                here[round((float(x) + BLEED) / MM), round((float(y) + BLEED) / MM)] = said[1].decode() if said else ""
            sides.append(here)
    return sides


def rows(side, sheet):
    """The names of a side as it is read: left to right, then down."""
    wanted = sheet.imposition
    corners = [[sheet.corner(column, row) for column in range(wanted.across)] for row in range(wanted.down)]
    return [" ".join(side.get((round(x), round(y)), "-") for x, y in row) for row in corners]


def opened(data):
    return pikepdf.open(io.BytesIO(data))
