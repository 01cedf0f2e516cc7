"""From the settings of a workspace to sheets: jobs, the child that imposes, and `render --impose`."""

import io
import shutil
from dataclasses import replace
from pathlib import Path

import pikepdf
import pytest
from impose_kit import caption, card, placed
from press_kit import FONTS, REPOSITORY

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.imposing import Imposer, sheet_job, slug_font
from packslip.errors import HoldOrder, UsageError
from packslip.model import Work
from packslip.world import World
from packslip.world.starter import make_workspace

SHEETS = """
[media.sra3]
width_mm = 320
height_mm = 450
[media.cards]
width_mm = 100
height_mm = 150
profile = "pdfx4-cmyk"
bleed_mm = 3
zones = [{ kind = "fold", y_mm = 75, width_mm = 100 }]
[printers.cards]
media = "cards"
imposition = "two"
duplex = "long"
[impositions.two]
media = "sra3"
across = 2
[impositions.notes]
media = "sra3"
across = 2
down = 2
marks = ["crop", "slug"]
"""


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("imposing") / "shop"
    make_workspace(folder)
    with (folder / "packslip.toml").open("a", encoding="utf-8") as settings:
        settings.write(SHEETS)
    return folder


@pytest.fixture(scope="module")
def world(shop: Path) -> World:
    return World.open(shop)


def test_a_job_is_what_the_settings_say(world: World) -> None:
    job = sheet_job(world, "two", "cards", duplex="long")
    assert (job.space, job.duplex, job.turn) == ("CMYK", "long", "upright")
    assert [zone.kind for zone in job.zones] == ["fold"]
    assert job.font is not None
    assert job.font.name == "Inter_400Regular.ttf"
    assert (job.sheet.slip_width, job.sheet.bleed, job.sheet.width) == (100, 3, 320)
    assert sheet_job(world, "notes", "a5").space == "RGB"


@pytest.mark.parametrize(
    ("imposition", "media", "told"),
    [
        ("three", "a5", "no imposition 'three'; hint: declared in packslip.toml: two, notes"),
        ("two", "a4", "imposition 'two' with 'a4': 2 slips of 210 mm"),
        (
            "two",
            "label-4x6",
            "imposition 'two' with 'label-4x6': bitmaps for thermal printers are not imposed; hint: leave",
        ),
    ],
)
def test_a_job_that_cannot_be_is_told(world: World, imposition: str, media: str, told: str) -> None:
    with pytest.raises(UsageError) as caught:
        sheet_job(world, imposition, media)
    assert told in str(caught.value)


def test_the_slug_takes_what_face_there_is_and_can_go_without() -> None:
    others = tuple(font for font in FONTS if font.family != "Inter")
    chosen = slug_font(others)
    assert chosen is not None
    assert chosen.suffix == ".ttf"
    assert slug_font(tuple(replace(font, style="italic") for font in FONTS)) is None


def test_a_child_imposes_for_a_printer_and_says_what_it_cannot(world: World) -> None:
    works = [Work(data=card(name, pages=2), caption=caption(name)) for name in "AB"]
    with Imposer(world) as imposer:
        front, back = placed(imposer.for_printer("cards", works))
        assert (sorted(front.values()), sorted(back.values())) == (["A.1", "B.1"], ["A.2", "B.2"])
        turned = Work(data=card("C", change=lambda pdf: pdf.pages[0].rotate(90, relative=True)), caption=caption("C"))
        with pytest.raises(HoldOrder, match="order C: a page with /Rotate"):
            imposer.for_printer("cards", [turned])


def test_render_puts_a_batch_on_sheets(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    note = str(REPOSITORY / "samples" / "10-note-card-en.csv")
    sheets = tmp_path / "new" / "sheets.pdf"
    arguments = ["-w", str(shop), "render", note, "--workers", "1", "--batch", str(sheets), "--impose"]
    assert run([*arguments, "notes"]) == Exit.WELL
    assert f"1 pages in {sheets}" in capsys.readouterr().err.replace("\n", "")
    with pikepdf.open(io.BytesIO(sheets.read_bytes())) as pdf:
        assert [round(float(side) * 25.4 / 72) for side in pdf.pages[0].mediabox.as_list()] == [0, 0, 320, 450]
        assert str(pdf.docinfo.Title) == "OA-104930"
    assert sheets.stat().st_mode & 0o777 == 0o600
    assert run([*arguments, "none"]) == Exit.USAGE
    assert "no imposition 'none'" in capsys.readouterr().err
    assert run([*arguments[:-3], "--out", str(tmp_path), "--impose", "notes"]) == Exit.USAGE
    assert "--impose: no file for the sheets" in capsys.readouterr().err


def test_slips_of_two_media_share_no_sheet(shop: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    both = tmp_path / "both.csv"
    note = REPOSITORY / "samples" / "10-note-card-en.csv"
    shutil.copyfile(note, both)
    arguments = ["render", str(both), str(REPOSITORY / "samples" / "11-label-de.csv"), "--workers", "1"]
    sheets = tmp_path / "sheets.pdf"
    assert run(["-w", str(shop), *arguments, "--batch", str(sheets), "--impose", "notes"]) == Exit.USAGE
    assert "slips of 'a5' and 'label-4x6' cannot share sheets" in capsys.readouterr().err.replace("\n", " ")
    assert not sheets.exists()
