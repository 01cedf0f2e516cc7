"""A shop's export on the real line: printed, answered, its customers known by one alias wherever it is read."""

import csv
import io
import shutil
import sqlite3
from contextlib import closing
from dataclasses import astuple
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shop_kit import EXPORTS

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.render import Renderer
from packslip.engine.results import HEADER, ResultRow, results_csv
from packslip.engine.suppressing import Suppressions
from packslip.intake import alias_of
from packslip.ledger import CodeRow, CodeState, Origin, export_codes
from packslip.world import Workspace, World, go_live, snapshot
from packslip.world.starter import make_workspace

pytestmark = pytest.mark.timeout(300)


def test_an_export_runs_through_the_line_and_its_customers_have_one_alias(tmp_path):
    shop = Workspace(tmp_path / "shop")
    make_workspace(shop.root)
    toml = shop.root / "packslip.toml"
    text = toml.read_text(encoding="utf-8").replace('mapping = ""', 'mapping = "shopify"', 1)
    toml.write_text(
        text.replace("settle_s = 0.4", "settle_s = 0.0").replace("count = 0", "count = 1"), encoding="utf-8"
    )
    go_live(shop, snapshot(shop), who="Ada", at=datetime(2026, 11, 26, tzinfo=UTC))
    shutil.copy(EXPORTS / "shopify.csv", shop.root / "hotfolder/in/orders.csv")
    assert run(["-w", str(shop.root), "run", "--once"]) == Exit.WELL

    (answer,) = (shop.root / "hotfolder/results").rglob("*.csv")
    answers = csv.DictReader(answer.read_text(encoding="utf-8").splitlines())
    assert [(row["order_id"], row["state"]) for row in answers] == [
        ("1001", "done"), ("1002", "done"), ("1003", "done"), ("1008", "done"),
    ]  # fmt: skip
    with closing(sqlite3.connect(shop.history)) as history:
        remembered = dict(history.execute("SELECT order_id, customer_id FROM known_order"))
    world = World.open(shop.root)
    looked_at = Renderer(world, None, mapping=world.mapping("shopify")).render([EXPORTS / "shopify.csv"])
    rendered = {item.label: item.order.customer_id for item in looked_at if item.order}
    alias = alias_of(shop.secret())
    assert remembered == rendered
    assert remembered["1001"] == alias("email", "nora.feldmann@example.org") != ""
    kept = [path for path in shop.root.rglob("*") if path.is_file() and "samples" not in path.parts]
    told = [path.relative_to(shop.root) for path in kept if b"@example.org" in path.read_bytes()]
    assert {path.parts[:2] for path in told} <= {(".packslip", "done")}, told  # the drop itself, until it is purged

    place = ["-w", str(shop.root)]
    assert run([*place, "customer", "suppress", "Nora.Feldmann@example.org"]) == Exit.WELL
    assert Suppressions(shop).holds("oriel-ash", remembered["1001"])
    assert (
        run([*place, "customer", "export", "nora.feldmann@example.org", "--out", str(tmp_path / "hers")]) == Exit.WELL
    )
    assert "1001" in (tmp_path / "hers" / "data.json").read_text(encoding="utf-8")
    assert run([*place, "erase", "nora.feldmann@example.org"]) == Exit.WELL
    left = [path for path in shop.root.rglob("*") if path.is_file() and path.parent != shop.root / "samples/exports"]
    assert not [path for path in left if b"feldmann" in path.read_bytes().lower()]


_sly = st.text(st.sampled_from("=+-@＝1a ,;|\t\n\r\"'"), max_size=8)


@given(cells=st.lists(_sly, min_size=len(HEADER), max_size=len(HEADER)), mark=st.sampled_from(",;\t|"))
def test_no_result_file_and_no_list_of_codes_holds_a_formula(cells, mark):
    row = ResultRow(**dict(zip(HEADER, cells, strict=True)))
    answer = results_csv([row])
    names = ("store", "order_id", "code", "offer", "amount", "unit", "granted_on", "expires_on", "segment", "pool")
    told = dict(zip(names, cells, strict=False), minimum=cells[0])
    code = CodeRow(**told, origin=Origin.SLIP, state=CodeState.ISSUED, is_redeemed=True)
    for data in (answer, export_codes([code])):
        for line in csv.reader(io.StringIO(data.decode(), newline=""), delimiter=mark):
            assert not [cell for cell in line if cell.strip(" ").startswith(("=", "+", "-", "@", "＝"))]
    plain = [cell for cell in astuple(row) if cell.isalnum()]
    assert all(cell in answer.decode() for cell in plain)
