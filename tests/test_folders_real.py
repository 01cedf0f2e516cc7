"""Hot folders on the real line: files as shops write them, mappings and stations of their own."""

import csv
from pathlib import Path

import pytest
from workspace_kit import go_on, make_quick

from packslip.check import check_world
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.world import Workspace, World

HEADER = "order_id,order_date,currency,ship_name,ship_line1,ship_city,ship_postcode,ship_country,description,quantity"
MAPPING = """
[consent]
slip = "marketing"
meaning = "the till asks for no consent; who objects is named in customers.csv"

[columns]
order_id = "Nr"
order_date = "Datum"
currency = { constant = "EUR" }
ship_name = "Name"
ship_line1 = "Straße"
ship_city = "Ort"
ship_postcode = "PLZ"
ship_country = { constant = "DE" }
description = "Artikel"
quantity = "Menge"
"""
FOLDERS = """
[folders.laden]
path = "laden"
mapping = "laden"
station = "upstairs"
settle_s = 0.0
unended_s = 0.0

[stations.upstairs]
printers = ["upstairs-a4"]

[printers.upstairs-a4]
media = "a4"
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    make_quick(root, FOLDERS)
    (root / "rules/mappings/laden.toml").write_text(MAPPING, encoding="utf-8")
    return root


def test_each_folder_is_read_its_own_way(shop: Path) -> None:
    (shop / "hotfolder/in").mkdir(parents=True, exist_ok=True)
    (shop / "laden").mkdir()
    plain = f"{HEADER}\nA1,2026-11-20,GBP,Ada Brink,1 Wharf Lane,Bristol,BS1 6XN,GB,Bowl,1\n"
    theirs = "Nr;Datum;Name;Straße;Ort;PLZ;Artikel;Menge\r\nB1;2026-11-20;Jörg Müßig;Hafen 1;Köln;50667;Schüssel;2"
    (shop / "hotfolder/in/a.CSV").write_bytes(plain.encode("utf-16"))
    (shop / "laden/b.txt").write_bytes(theirs.encode("cp1252"))
    go_on(Workspace.at(shop))
    assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    out = shop / "hotfolder/out"
    assert [path.name.partition("-")[0] for path in out.glob("bench-a4/*.pdf")] == ["A1"]
    assert [path.name.partition("-")[0] for path in out.glob("upstairs-a4/*.pdf")] == ["B1"]
    found = [
        row["state"]
        for path in (shop / "hotfolder/results").rglob("*.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    ]
    assert found == ["done", "done"]


def test_a_mapping_that_is_not_there_is_a_finding(shop: Path) -> None:
    (shop / "rules/mappings/laden.toml").unlink()
    codes = {(finding.code, finding.where.spot) for finding in check_world(World.open(shop))}
    assert ("mapping.unknown", "folders.laden.mapping") in codes
