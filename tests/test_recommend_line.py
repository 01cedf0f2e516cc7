"""Models in a workspace: kept, served by day, made each night, backed up, explained."""

import json
import logging
import stat
import threading
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
import recommend_kit as kit

from packslip.cli import recommending, screen
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.recommending import Recommender
from packslip.engine.upkeep import aside, modelling, nightly
from packslip.engine.upkeep.backing_up import back_up
from packslip.engine.upkeep.modelling import build, build_aside, is_due
from packslip.engine.upkeep.nightly import Nightly
from packslip.engine.upkeep.restoring import restore
from packslip.errors import RetryLater, WorkspaceError
from packslip.history import History
from packslip.ledger import Ledger
from packslip.library.catalogue import Catalogue
from packslip.model import Product
from packslip.recommend import Kept, Model, Recipe, day_number, kept_models, load, remove_old, save, serving
from packslip.recommend.building import learn
from packslip.world import Workspace
from packslip.world.starter import make_workspace

NOW = datetime(2026, 5, 2, 12, tzinfo=UTC)
TODAY = NOW.date()
SHOP = Catalogue(products=tuple(Product(sku=sku, name=f"The {sku}", currency="GBP") for sku in "ABCDEKLMN"))


@pytest.fixture(scope="module")
def model() -> Model:
    return learn(kit.baskets(kit.habits()), Recipe(), until=day_number(TODAY))


@pytest.fixture
def shop(tmp_path: Path) -> Workspace:
    root = tmp_path / "shop"
    make_workspace(root)
    workspace = Workspace.at(root)
    kit.remember(workspace.history, kit.habits(120))
    return workspace


def keep(folder: Path, model: Model, day: date = TODAY, *, at: datetime = NOW) -> Kept:
    return save(folder, {"oriel-ash": model}, until=day, serves_from=day, built_at=at)


def made(shop: Workspace, day: date = TODAY, *, serves_from: date | None = None) -> Kept:
    return build(shop, today=day, serves_from=serves_from or day, now=NOW)


def facts(shop: Workspace, *, day: date = TODAY, customer: str = "new", skus: str = "A"):
    ((order, _),) = kit.orders([((day - kit.FIRST).days, "asked", customer, skus)])
    with History.open(shop.history, read_only=True) as history:
        return history.facts(order, SHOP, day, Recommender(shop))


class TestKeeping:
    def test_a_kept_model_says_what_it_said(self, tmp_path: Path, model: Model) -> None:
        again = load(tmp_path, keep(tmp_path, model))["oriel-ash"]
        assert again.skus == model.skus
        assert again.recipe == model.recipe
        seeds = np.array([0, 3])
        for asked in (again, model):
            assert asked.ahead(seeds, seeds, np.array([1.0, 9.0])).scores().any()
        ahead = [asked.new_scores(asked.ahead(seeds, seeds, np.array([1.0, 9.0]))) for asked in (again, model)]
        assert np.array_equal(*ahead)
        assert np.array_equal(*(asked.rest_scores(asked.beside(seeds)) for asked in (again, model)))
        assert isinstance(again.coming.weights.base, np.memmap)

    def test_its_name_is_what_it_holds(self, tmp_path: Path, model: Model) -> None:
        first = keep(tmp_path, model)
        again = keep(tmp_path, model, at=NOW + timedelta(hours=1))
        other = keep(tmp_path, learn(kit.baskets(kit.habits(seed=8)), Recipe(), until=day_number(TODAY)))
        assert first.id == again.id != other.id
        assert [kept.id for kept in kept_models(tmp_path)] == [other.id, again.id]

    def test_it_is_private(self, tmp_path: Path, model: Model) -> None:
        kept = keep(tmp_path / "models", model)
        assert stat.S_IMODE((tmp_path / "models" / kept.id).stat().st_mode) == 0o700
        assert {stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "models" / kept.id).iterdir()} == {0o600}

    def test_one_that_is_damaged_is_refused(self, tmp_path: Path, model: Model) -> None:
        kept = keep(tmp_path, model)
        path = next((tmp_path / kept.id).glob("*weights.npy"))
        path.write_bytes(path.read_bytes()[:-1] + b"\x99")
        with pytest.raises(WorkspaceError, match="damaged"):
            load(tmp_path, kept)
        path.unlink()
        with pytest.raises(WorkspaceError, match="cannot be read"):
            load(tmp_path, kept)

    def test_a_day_is_served_by_the_latest_that_may(self, tmp_path: Path, model: Model) -> None:
        for day in (1, 2, 4):
            keep(tmp_path, model, date(2026, 5, day))
        models = kept_models(tmp_path)
        served = [serving(models, date(2026, 5, day)) for day in (1, 2, 3, 4, 9)]
        assert [kept.until.day for kept in served if kept] == [1, 2, 2, 4, 4]
        assert serving(models, date(2026, 4, 30)) is None

    def test_what_serves_no_more_goes_and_so_does_what_a_killed_build_left(self, tmp_path: Path, model: Model) -> None:
        for day in (1, 2, 3):
            keep(tmp_path, model, date(2026, 5, day))
        (tmp_path / ".new-killed").mkdir()
        (tmp_path / ".new-killed" / "manifest.json").write_text("{}")
        assert len(kept_models(tmp_path)) == 3
        assert remove_old(tmp_path, date(2026, 5, 2)) == 1
        assert [kept.until.day for kept in kept_models(tmp_path)] == [2, 3]
        assert not list(tmp_path.glob(".*"))

    def test_a_manifest_that_cannot_be_read_is_no_model(self, tmp_path: Path, model: Model) -> None:
        kept = keep(tmp_path, model)
        (tmp_path / kept.id / "manifest.json").write_text('{"format": 1}')
        assert kept_models(tmp_path) == ()


class TestServing:
    def test_without_a_model_sales_are_counted(self, shop: Workspace) -> None:
        found = facts(shop)
        assert found.suggested_by == ""
        assert found.suggestions["bought_together"]

    def test_a_model_ranks_and_says_why(self, shop: Workspace) -> None:
        kept = made(shop)
        found = facts(shop)
        assert found.suggested_by == kept.id
        assert found.suggestions["new_to_them"][0].sku == "B"
        assert found.reasons["new_to_them"]["B"] == "because you bought The A (A)"

    def test_what_the_customer_bought_before_today_is_known(self, shop: Workspace) -> None:
        made(shop)
        for strategy, expected in (("new_to_them", False), ("next_basket", True)):
            given = {each.sku for each in facts(shop, customer="c1", skus="E").suggestions[strategy]}
            assert bool(given & {"A", "B"}) is expected

    def test_a_model_of_the_night_serves_the_next_day(self, shop: Workspace) -> None:
        old = made(shop, TODAY - timedelta(days=1))
        new = made(shop, TODAY, serves_from=TODAY + timedelta(days=1))
        assert facts(shop).suggested_by == old.id
        assert facts(shop, day=TODAY + timedelta(days=1)).suggested_by == new.id

    def test_an_open_line_finds_a_new_model(self, shop: Workspace) -> None:
        recommender = Recommender(shop)
        ((order, _),) = kit.orders([((TODAY - kit.FIRST).days, "asked", "", "A")])
        with History.open(shop.history, read_only=True) as history:
            assert history.facts(order, SHOP, TODAY, recommender).suggested_by == ""
            first = made(shop, TODAY - timedelta(days=1))
            assert history.facts(order, SHOP, TODAY, recommender).suggested_by == first.id
            second = made(shop)
            assert history.facts(order, SHOP, TODAY, recommender).suggested_by == second.id

    def test_a_damaged_model_serves_nobody(self, shop: Workspace, caplog: pytest.LogCaptureFixture) -> None:
        kept = made(shop)
        next((shop.models / kept.id).glob("*items.npy")).write_bytes(b"")
        with caplog.at_level(logging.WARNING, logger="packslip.engine"):
            assert facts(shop).suggested_by == ""
        assert "damaged" in caplog.text

    def test_a_store_of_few_orders_is_counted(self, shop: Workspace) -> None:
        kit.remember(shop.history, [(1, "h1", "", "AB")], store="halden")
        assert made(shop).stores == {"oriel-ash": 15}

    def test_orders_of_today_change_nothing(self, shop: Workspace) -> None:
        before = made(shop)
        kit.remember(shop.history, [((TODAY - kit.FIRST).days, f"x{n}", "", "AT") for n in range(50)])
        assert made(shop).id == before.id

    def test_a_model_holds_no_customer(self, shop: Workspace) -> None:
        kit.remember(shop.history, [(1, f"ORDER-{n}", "KUNDE-ZQX", "AB") for n in range(20)])
        kept = made(shop)
        for path in (shop.models / kept.id).iterdir():
            assert b"KUNDE" not in path.read_bytes()
            assert b"ORDER-" not in path.read_bytes()


class TestNights:
    def test_it_is_due_once_a_night_where_there_is_enough_to_learn_from(self, shop: Workspace, monkeypatch) -> None:
        night = datetime(2026, 5, 2, 2, 40, tzinfo=UTC)
        assert is_due(shop, night)
        assert not is_due(shop, None)
        made(shop, TODAY)
        assert is_due(shop, night)
        made(shop, TODAY, serves_from=TODAY + timedelta(days=1))
        assert not is_due(shop, night)
        assert is_due(shop, night + timedelta(days=1))
        monkeypatch.setattr(modelling, "LEAST_ORDERS", 1000)
        assert not is_due(shop, night + timedelta(days=1))

    def test_a_child_makes_the_model_of_tomorrow(self, shop: Workspace, monkeypatch) -> None:
        monkeypatch.setattr(aside, "_MODEST", 0)  # a busy machine would make the test wait
        assert build_aside(shop, threading.Event())
        (kept,) = kept_models(shop.models)
        assert kept.serves_from == kept.until + timedelta(days=1)

    def test_a_line_that_stops_does_not_wait_for_it(self, shop: Workspace) -> None:
        stop = threading.Event()
        stop.set()
        assert not build_aside(shop, stop)
        assert kept_models(shop.models) == ()

    def test_a_child_that_fails_is_told_and_tried_again_later(self, shop: Workspace) -> None:
        shop.history.write_bytes(b"no history at all" * 300)
        with pytest.raises(RetryLater, match="not a history"):
            build_aside(shop, threading.Event())

    def test_a_running_line_makes_it_once(self, shop: Workspace, monkeypatch) -> None:
        asked: list[Path] = []

        def instead(workspace: Workspace, _stop: threading.Event) -> bool:
            asked.append(workspace.root)
            if len(asked) == 1:
                raise RetryLater("not now")
            made(workspace, now.date(), serves_from=now.date() + timedelta(days=1))
            return True

        monkeypatch.setattr(nightly, "build_aside", instead)
        now = datetime(2026, 5, 2, 3, tzinfo=UTC)
        with Ledger.open(shop.ledger, secret=shop.secret()) as ledger:
            night = Nightly(shop, ledger, shop.settings, lambda _: None, now=lambda: now)
            with pytest.raises(RetryLater):
                night.model()
            assert night.model()
            assert not night.model()
            now += timedelta(days=1)
            assert night.model()
        assert len(asked) == 3


def test_a_back_up_holds_the_models(shop: Workspace, tmp_path: Path) -> None:
    with Ledger.open(shop.ledger, secret=shop.secret()):
        kept = made(shop)
    archive = back_up(shop, tmp_path / "one.tar", now=NOW).path
    for path in (shop.models / kept.id).iterdir():
        path.unlink()
    assert kept_models(shop.models) == ()
    restore(shop, archive, now=NOW, who="packer", replace=True)
    assert load(shop.models, kept)["oriel-ash"].number("A") is not None


class TestCommands:
    @pytest.fixture(autouse=True)
    def _unfolded(self, monkeypatch: pytest.MonkeyPatch) -> None:
        """Tables as in a pipe, however wide the terminal is that the tests were started from."""
        monkeypatch.setattr(screen.out, "width", 500)

    def test_build_says_what_it_made(self, shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
        assert run(["-w", str(shop.root), "recommend", "build", "--today", "2026-05-02"]) == Exit.WELL
        shown = capsys.readouterr()
        assert shown.out.strip() == kept_models(shop.models)[0].id
        assert "oriel-ash: 15 products" in shown.err
        assert run(["-w", str(shop.root), "recommend", "build", "--today", "2026-05-02", "--tonight", "--json"]) == 0
        assert json.loads(capsys.readouterr().out)["serves_from"] == "2026-05-03"

    def test_explain_names_the_model_and_what_it_rests_on(
        self, shop: Workspace, capsys: pytest.CaptureFixture[str]
    ) -> None:
        products = "".join(f"{sku},The {sku},prints,1.00,GBP\n" for sku in "ABCDEKLMN")
        (shop.root / "catalogue/products.csv").write_text(f"sku,name,category,price,currency\n{products}")
        (shop.root / "rules/40-recommend.csv").write_text("set: strategy,why\nnew to them,Show what comes next\n")
        order = shop.root / "order.csv"
        order.write_text(
            "order_id,order_date,currency,store,locale,customer_id,ship_name,ship_line1,ship_city,ship_postcode,"
            "ship_country,sku,description,quantity,unit_price\n"
            "X-1,2026-05-02,GBP,oriel-ash,en-GB,new,A Reader,1 Street,Town,AB1 2CD,GB,A,Lamp,1,1.00\n"
        )
        kept = made(shop)
        assert run(["-w", str(shop.root), "explain", str(order)]) == Exit.WELL
        shown = capsys.readouterr().out
        assert f"new to them, by model {kept.id}" in shown
        assert "B because you bought The A (A)" in shown

    def test_evaluate_tells_the_standing_of_each(
        self, shop: Workspace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recommending, "is_there", lambda: False)
        command = ["-w", str(shop.root), "recommend", "evaluate", "--days", "40", "--task", "new to them"]
        assert run(command) == Exit.WELL
        shown = capsys.readouterr()
        assert "implicit is not installed" in shown.err
        assert "new to them:" in shown.out
        assert "popularity" in shown.out
        assert run([*command, "--json"]) == Exit.WELL
        standings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
        assert {each["name"] for each in standings} == {
            "packslip",
            "popularity",
            "bought before",
            "cosine",
            "BM25",
            "EASE",
        }
        assert all(each["hit"]["low"] <= each["hit"]["value"] <= each["hit"]["high"] for each in standings)

    def test_evaluate_reads_order_files_as_the_line_does(
        self, shop: Workspace, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(recommending, "is_there", lambda: False)
        rows = [
            f"{order},X{sku},{sku},1,{kit.FIRST + timedelta(days=day)} 10:00:00,1.00,{customer},United Kingdom"
            for day, order, customer, skus in kit.habits(100)
            for sku in skus
        ]
        file = tmp_path / "sold.csv"
        head = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country"
        file.write_text("\n".join([head, *rows]) + "\n")
        command = ["recommend", "evaluate", str(file), "--mapping", "online-retail", "--days", "40"]
        assert run(["-w", str(shop.root), *command, "--task", "new to them"]) == Exit.WELL
        assert "200 baskets of 100 known customers, 15 products" in capsys.readouterr().err

    def test_nothing_sold_is_told(self, shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
        shop.history.unlink()
        assert run(["-w", str(shop.root), "recommend", "evaluate"]) == Exit.USAGE
        assert "nothing was sold" in capsys.readouterr().err
