"""What docs/designer.md shows works as it stands there, and the shipped layouts draw without a finding."""

import re
import shutil
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from thorough_kit import THOROUGH

from packslip.check import check_world
from packslip.line.pressing import PressRoom
from packslip.proof import ProofSlip, draw_cases, proof_cases
from packslip.world import World

ROOT = Path(__file__).resolve().parent.parent
SHIPPED = ("atelier-a4", "note-a5", "label-4x6", "plain")
#: enough to meet both brands, every message and every kind of parcel
USUAL = "lines=3-lines|1-line,text=usual,pictures=no-picture"


def examples() -> list[tuple[str, str]]:
    text = (ROOT / "docs" / "designer.md").read_text(encoding="utf-8")
    return re.findall(r"```(html|css|toml)\n(.*?)```", text, re.DOTALL)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A copy of the workspace with the docs' layout and the docs' brand in it."""
    root = tmp_path_factory.mktemp("workspace")
    for name in ("layouts", "rules"):
        shutil.copytree(ROOT / name, root / name)
    (root / "catalogue").mkdir()
    for table in (ROOT / "catalogue").glob("*.csv"):
        shutil.copy(table, root / "catalogue")
    shutil.copy(ROOT / "packslip.toml", root)
    html, css, layout, brand, dealer = examples()
    card = root / "layouts" / "postcard"
    card.mkdir()
    (card / "slip.html").write_text(html[1], encoding="utf-8")
    (card / "slip.css").write_text(css[1], encoding="utf-8")
    (card / "layout.toml").write_text(layout[1], encoding="utf-8")
    (root / "layouts" / "brands" / "marram.toml").write_text(brand[1], encoding="utf-8")
    (root / "layouts" / "brands" / "halden" / "wendel.toml").write_text(dealer[1], encoding="utf-8")
    return World.open(root)


def drawn(world: World, layout: str, only: str) -> Iterator[ProofSlip]:
    cases = proof_cases(world, layout, today=date(2026, 11, 20), only=only)
    return draw_cases(world, cases, PressRoom(world))


def faults(slips: Iterator[ProofSlip]) -> dict[str, list[str]]:
    """Case → what a designer would see, but for pictures that this small workspace has not."""
    found = {
        slip.case.name: [str(fault) for fault in slip.faults if not fault.code.startswith("picture.")] for slip in slips
    }
    assert found, "no case was drawn"
    return {name: told for name, told in found.items() if told}


def test_the_docs_show_three_files_a_brand_and_a_dealer() -> None:
    assert [kind for kind, _ in examples()] == ["html", "css", "toml", "toml", "toml"]


def test_check_finds_nothing_with_the_docs_layout_and_brand_added(world: World) -> None:
    found = [finding for finding in check_world(world) if finding.code != "picture.missing"]
    assert [str(finding) for finding in found] == []


def test_the_docs_layout_draws_in_the_docs_brand(world: World) -> None:
    assert faults(drawn(world, "postcard", f"{USUAL},store=marram")) == {}


@pytest.mark.parametrize("layout", SHIPPED)
def test_a_brand_of_one_file_draws_in_every_shipped_layout(world: World, layout: str) -> None:
    assert faults(drawn(world, layout, f"{USUAL},store=marram,locale=de|fr")) == {}


@pytest.mark.parametrize("layout", SHIPPED)
@pytest.mark.parametrize("text", ["longest-names", "longest-words", "right-to-left"])
def test_long_and_foreign_names_stay_in_their_places(world: World, layout: str, text: str) -> None:
    """Daily where most stands beside them, and where least does."""
    beside = "" if THOROUGH else ",segment=new|gift,kind=partial|complete"
    assert faults(drawn(world, layout, f"lines=3-lines,text={text},pictures=no-picture,locale=de{beside}")) == {}
