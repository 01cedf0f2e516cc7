"""People's data leaves when its time is over, or when they ask: every file is searched for names that must be gone.

The shop of these tests has printed a canary's orders in every way there is: in a file of their own and in one with
other people's, in UTF-16, twice, held, reprinted as a marked copy, with an alarm. Each step that takes something away
is left out once, and then the search must find it.
"""

import csv
import json
import re
import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TypeVar

import line_kit
import pikepdf
import pypdfium2 as pdfium
import pytest
from line_kit import Crash
from pool_kit import TOML as POOL_TOML
from pool_kit import write_pool
from workspace_kit import go_on, make_quick

from benchmarks.soak.book import fill_past
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.alarms import AlarmDesk, alarm_name
from packslip.engine.events import RunEvent
from packslip.engine.lock import run_lock, upkeep_lock
from packslip.engine.suppressing import Suppressions
from packslip.engine.upkeep import erasing, files_of_orders
from packslip.engine.upkeep.nightly import Nightly, last_due
from packslip.engine.upkeep.purging import Purge
from packslip.engine.upkeep.ranking import rank_customers
from packslip.errors import WorkspaceError
from packslip.history import HistoryKeeper
from packslip.ledger import CodeState, Ledger, NewCode, ParcelState, Redemption
from packslip.ledger import retention as rows
from packslip.model import Alarm, OrderKey, Slip
from packslip.pictures.index import Entry, Index, Note, Source
from packslip.pictures.recipe import Recipe
from packslip.pictures.store import Store
from packslip.world import Retired, Workspace, World

pytestmark = pytest.mark.timeout(300)

crash_at = line_kit.crash_at

ROOT = Path(__file__).resolve().parent.parent
ORDER, GIFT, HELD, OTHER = "KANARI-7001", "KANARI-7002", "KANARI-7003", "OA-104882"
USED = "KANARI-7009"  #: the order in which the code of the first was used
CUSTOMER = "KUNDE-ZQX-9"
NAME, STREET, BILL, WISH, MAIL = "Zqxvera", "Qzgasse", "Qxbillerin", "Zqwunsch", "zqx.vera@mail.example"
PERSONAL = (NAME, STREET, BILL, WISH, MAIL, CUSTOMER)
EVERYTHING = (*PERSONAL, ORDER, GIFT, HELD, USED)
T = TypeVar("T")

LATER = datetime.now(UTC) + timedelta(days=5 * 365)


SHEETS = """
[media.a4]
width_mm = 210
height_mm = 297
[media.big]
width_mm = 700
height_mm = 1000
[printers.bench-a4]
media = "a4"
imposition = "three"
[stations.bench]
printers = ["bench-a4"]
[impositions.three]
media = "big"
across = 3
wait_s = 600
"""


def canary(order: str, **changes: str) -> list[dict[str, str]]:
    with (ROOT / "samples/01-new-en-partial.csv").open(encoding="utf-8") as stream:
        sample = list(csv.DictReader(stream))
    own = {
        "order_id": order,
        "customer_id": CUSTOMER,
        "ship_name": f"{NAME} Maas",
        "ship_line1": f"{STREET} 5",
        "bill_name": f"{BILL} Maas",
        "email": MAIL,
        "deadline": "",
    }
    return [{"email": "", "gift": "", "gift_message": "", **row, **own, **changes} for row in sample]


def others() -> list[dict[str, str]]:
    with (ROOT / "samples/01-new-en-partial.csv").open(encoding="utf-8") as stream:
        return [{"email": "", "gift": "", "gift_message": "", **row} for row in csv.DictReader(stream)]


def drop(shop: Path, name: str, *orders: list[dict[str, str]], encoding: str = "utf-8") -> None:
    lines = [row for order in orders for row in order]
    hidden = shop / f"hotfolder/in/.{name}.part"
    with hidden.open("w", encoding=encoding, newline="") as stream:
        writer = csv.DictWriter(stream, lines[0].keys())
        writer.writeheader()
        writer.writerows(lines)
    hidden.rename(shop / "hotfolder/in" / name)


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    shop = tmp_path_factory.mktemp("canary") / "shop"
    workspace = make_quick(shop)
    write_pool(shop, POOL_TOML + 'first_order = true\nwhen_dry = "generate"\n')
    go_on(workspace)
    with ledger_of(workspace) as ledger:
        ledger.codes.add("spring", [NewCode(line=2, code="SPRING-1")])
    drop(shop, "alone.csv", canary(ORDER))
    drop(shop, "mixed.csv", canary(GIFT, gift="yes", gift_message=f"Alles Gute, {WISH}"), others())
    drop(shop, "held.csv", canary(HELD, quantity="two", email=MAIL))
    assert run(["-w", str(shop), "run", "--once"]) == Exit.FINDINGS
    drop(shop, "again.csv", canary(ORDER), encoding="utf-16")
    drop(shop, "torn.csv", [{"not": "an order", "file": f"{NAME} {ORDER}"}])
    assert run(["-w", str(shop), "run", "--once"]) == Exit.FINDINGS
    assert run(["-w", str(shop), "reprint", ORDER, "--marked"]) == Exit.WELL
    with ledger_of(workspace) as ledger:
        (code,) = [row.code for row in ledger.codes.all() if row.order_id == ORDER]
        assert ledger.codes.redeem([Redemption(code=code, order_id=USED)]) == (True,)
        (record,) = ledger.find(ORDER)
        slip = Slip.from_json(record.slip)
        document = (workspace.documents / record.document[:2] / f"{record.document}.pdf").read_bytes()
        alarm = Alarm(layout=slip.layout, plate="a" * 64, struck=document, reference=document, differences=("a line",))
        AlarmDesk(workspace, ledger, Retired(workspace.retired_plates)).take_up(slip, alarm)
        assert (workspace.alarms / alarm_name(slip, alarm)).is_dir()
    for path in workspace.logs:
        with path.open("a", encoding="utf-8") as log:
            log.write(f"2026-11-27 ERROR drop 1, parcel {ORDER}/1: KeyError at step.py:1\n")
    return shop


@pytest.fixture
def shop(printed: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(printed, tmp_path / "shop")
    return Workspace.at(tmp_path / "shop")


def ledger_of(workspace: Workspace) -> Ledger:
    return Ledger.open(workspace.ledger, secret=workspace.secret(), who="Ada")


def purge(workspace: Workspace, *, now: datetime = LATER, dry_run: bool = False) -> dict[str, int]:
    with ledger_of(workspace) as ledger:
        settings = workspace.settings()
        return dict(
            Purge(workspace=workspace, ledger=ledger, settings=settings, now=now.astimezone(), dry_run=dry_run).run()
        )


def command(workspace: Workspace, *arguments: str) -> int:
    return run(["-w", str(workspace.root), *arguments])


def found(workspace: Workspace, words: tuple[str, ...]) -> set[str]:
    """Where any of some words stands: in bytes, in UTF-16, in the pages and objects of a PDF."""
    needles = [word.lower().encode(codec) for word in words for codec in ("utf-8", "utf-16-le", "utf-16-be")]
    places = set()
    for path in workspace.root.rglob("*"):
        shown = path.relative_to(workspace.root).as_posix()
        if any(word.lower() in shown.lower() for word in words):
            places.add(shown)
        if path.is_file() and any(needle in text for text in texts(path) for needle in needles):
            places.add(shown)
    return places


def texts(path: Path) -> list[bytes]:
    data = path.read_bytes()
    if not data.startswith(b"%PDF-") or "broken" in path.parts:
        return [data.lower()]
    with closing(pdfium.PdfDocument(data)) as pdf:
        pages = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    with pikepdf.open(path) as pdf:
        streams = [
            item.read_bytes()
            for item in pdf.objects
            if isinstance(item, pikepdf.Stream) and "/Filter" in item and item.get("/Filter") == "/FlateDecode"
        ]
        streams.append(repr(dict(pdf.docinfo)).encode())
    return [data.lower(), pages.lower().encode(), *(stream.lower() for stream in streams)]


def kinds(places: set[str]) -> set[str]:
    names = ("documents", "done", "held", "alarms", "results", "out", "ledger.db", "history.db", "log")
    return {name for name in names for place in places if re.search(rf"(^|/){re.escape(name)}(\.\d)?(/|$)", place)}


def test_the_search_finds_what_is_there(shop: Workspace) -> None:
    assert kinds(found(shop, EVERYTHING)) == {
        "documents", "done", "held", "alarms", "results", "out", "ledger.db", "history.db", "log",
    }  # fmt: skip


# purge


def test_what_is_over_is_purged_and_nothing_of_anybody_is_left(shop: Workspace) -> None:
    counts = purge(shop)
    assert found(shop, PERSONAL) == set()
    assert {what for what, count in counts.items() if count} >= {
        "documents", "slips", "drops", "result files", "tray files", "alarms", "customers of the history",
    }  # fmt: skip
    assert purge(shop) == dict.fromkeys(counts, 0)


def test_what_purge_would_do_is_what_it_does(shop: Workspace) -> None:
    before = {path: path.read_bytes() for path in shop.root.rglob("*") if path.is_file()}
    would = purge(shop, dry_run=True)
    assert {path: path.read_bytes() for path in shop.root.rglob("*") if path.is_file()} == before
    did = purge(shop)
    assert would["documents"] == did["documents"] > 0
    assert {what for what, count in would.items() if count} == {what for what, count in did.items() if count}


def test_nothing_is_purged_before_its_time(shop: Workspace) -> None:
    settings = shop.settings().retention
    shortest = min(settings.slips_days, settings.documents_days, settings.drops_days, settings.trays_days)
    assert not any(purge(shop, now=datetime.now(UTC) + timedelta(days=shortest - 1)).values())


def test_a_purged_order_is_a_duplicate_still_and_a_reprint_says_that_it_was_purged(shop: Workspace, capsys) -> None:
    with ledger_of(shop) as ledger:
        (before,) = ledger.find(ORDER)
    purge(shop)
    with ledger_of(shop) as ledger:
        (record,) = ledger.find(ORDER)
        assert (record.state, record.document, record.data_sha256, record.customer) == (
            ParcelState.DONE,
            before.document,
            before.data_sha256,
            before.customer,
        )
        assert (record.slip, record.choice, record.purged_at is not None) == ("", None, True)
        assert ledger.granted(record.key.store, ORDER) is not None
        (held,) = ledger.find(HELD)
        assert [finding.message for finding in held.findings] == ["purged"] * len(held.findings)
        assert [finding.code for finding in held.findings] != []
    assert command(shop, "reprint", ORDER) == Exit.FINDINGS
    assert "was purged: neither its document nor its slip is kept" in capsys.readouterr().err
    assert command(shop, "explain", ORDER) == Exit.WELL
    assert "purged on" in capsys.readouterr().out
    assert command(shop, "explain", ORDER, "--json") == Exit.WELL
    assert json.loads(capsys.readouterr().out)["purged_at"]
    drop(shop.root, "late.csv", canary(ORDER))
    command(shop, "run", "--once")
    (result,) = (shop.root / "hotfolder/results").rglob("late.*.csv")
    assert [row["state"] for row in table_of(result)] == ["duplicate"]
    assert command(shop, "status") in {Exit.WELL, Exit.FINDINGS}
    assert command(shop, "ledger", "verify") == Exit.WELL


STEPS_OF_PURGE = {
    "documents": ("documents", ((files_of_orders, "remove_documents"), (Purge, "_stray_documents"))),
    "slips": ("ledger.db", ((rows, "purge_parcels"),)),
    "drops": ("done", ((Purge, "_drops"),)),
    "results": ("results", ((Purge, "_results"),)),
    "trays": ("out", ((Purge, "_trays"),)),
    "alarms": ("alarms", ((Purge, "_alarms"),)),
    "history": ("history.db", ((Purge, "_history"),)),
}


@pytest.mark.parametrize("step", STEPS_OF_PURGE)
def test_each_step_of_a_purge_is_needed(step: str, shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    place, parts = STEPS_OF_PURGE[step]
    for owner, name in parts:
        monkeypatch.setattr(owner, name, lambda *_, **__: 0)
    monkeypatch.setattr(Purge, "_in_batches", once)  # a step that does nothing would be done for ever
    purge(shop)
    words = EVERYTHING if step == "results" else PERSONAL
    assert place in kinds(found(shop, words))


def once(_purge: Purge, due_of: Callable[[int], tuple[T, ...]], act: Callable[[tuple[T, ...]], None]) -> int:
    due = due_of(1000)
    act(due)
    return len(due)


def test_a_purge_of_very_much_goes_in_small_steps_with_a_rest_after_each(tmp_path: Path) -> None:
    """However much is due, a line that runs meanwhile prints; of what came at one moment nothing is left behind."""
    workspace = line_kit.make_workspace(tmp_path / "shop")
    ledger_of(workspace).close()
    old, young = date(2026, 1, 1), date(2026, 11, 1)
    fill_past(workspace.ledger, workspace.done, orders=1234, files=3, day=old)
    with closing(sqlite3.connect(workspace.ledger)) as database:
        database.execute("UPDATE parcels SET done_at = ? WHERE line % 2", (f"{young}T00:00:00+00:00",))
        database.commit()
        (due,) = database.execute("SELECT count(*) FROM parcels WHERE done_at < ?", (f"{old}T01",)).fetchone()
    rests: list[float] = []
    now = datetime(2026, 11, 20, 12, tzinfo=UTC)
    with ledger_of(workspace) as ledger:
        purge = Purge(workspace=workspace, ledger=ledger, settings=workspace.settings(), now=now, rest=rests.append)
        assert replace(purge, dry_run=True)._slips(datetime(2026, 3, 1, tzinfo=UTC)) == due
        rests.clear()
        assert purge._slips(datetime(2026, 3, 1, tzinfo=UTC)) == due
        assert len(rests) > due / 25
        assert purge._slips(datetime(2026, 3, 1, tzinfo=UTC)) == 0
        assert len(ledger.upkeep.kept_documents()) == 1234 - due
        assert ledger.upkeep.named_releases() == {"r"}
        assert len(list(ledger.upkeep.drops())) == 3
        assert 0 < due < 1234


def test_a_release_that_a_kept_slip_names_stays(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    (first,) = releases(shop)
    for number in range(3):
        with (shop.root / "rules/20-message.csv").open("ab") as table:
            table.write(b"\n" * (number + 1))
        go_on(shop)
    assert len(releases(shop)) == 4
    monkeypatch.setenv("PACKSLIP_SET_RETENTION__RELEASES_KEPT", "2")
    monkeypatch.setenv("PACKSLIP_SET_RETENTION__SLIPS_DAYS", "0")
    assert purge(shop)["releases"] == 1
    assert first in releases(shop)
    monkeypatch.setenv("PACKSLIP_SET_RETENTION__SLIPS_DAYS", "1")
    assert purge(shop)["releases"] == 1
    assert first not in releases(shop)
    assert len(releases(shop)) == 2
    with closing(sqlite3.connect(shop.ledger)) as database:
        assert database.execute("SELECT count(*) FROM tools").fetchone() == (0,)


def releases(shop: Workspace) -> list[str]:
    return sorted(path.name for path in shop.releases.iterdir() if path.is_dir())


def test_a_line_purges_when_its_time_has_come(shop: Workspace) -> None:
    now = LATER.astimezone().replace(hour=12)
    told: list[RunEvent] = []
    with ledger_of(shop) as ledger:
        nightly = Nightly(shop, ledger, shop.settings, told.append, now=lambda: now)
        with upkeep_lock(shop.state), pytest.raises(WorkspaceError):
            nightly.tend()
        assert nightly.tend()
        assert found(shop, PERSONAL) == set()
        assert not nightly.tend()
        now += timedelta(hours=14)
        assert not nightly.tend()
        now += timedelta(hours=2)
        assert nightly.tend()
        with Nightly(shop, ledger, shop.settings, told.append, now=lambda: now + timedelta(days=1), look_s=0.01):
            until = time.monotonic() + 20
            while ledger.upkeep.purged_at() == now and time.monotonic() < until:
                pass
        assert ledger.upkeep.purged_at() == now + timedelta(days=1)
    assert told == []


@pytest.mark.parametrize(
    ("at", "hour", "due"), [("03:10", 4, (27, 3)), ("03:10", 2, (26, 3)), ("12:00", 12, (27, 12)), ("", 5, None)]
)
def test_the_time_of_day_at_which_it_is_due(at: str, hour: int, due: tuple[int, int] | None) -> None:
    found = last_due(at, datetime(2026, 11, 27, hour, tzinfo=UTC))
    assert (found and (found.day, found.hour)) == due


# erase


def test_an_erased_customer_is_nowhere(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(shop, "erase", CUSTOMER) == Exit.FINDINGS  # a torn drop went as a whole
    assert "is no file that can be read" in capsys.readouterr().err
    assert found(shop, EVERYTHING) == set()
    assert command(shop, "ledger", "verify") == Exit.WELL
    with ledger_of(shop) as ledger:
        assert ledger.find(OTHER)[0].state is ParcelState.DONE
        assert [order.order_id for order in HistoryKeeper(shop.history).orders()] == [OTHER]
        assert ledger.held_drops() == ()
    assert command(shop, "reprint", OTHER) == Exit.WELL
    (mixed,) = shop.done.rglob("*mixed.csv")
    assert [row["order_id"] for row in table_of(mixed)] == [OTHER] * 3
    assert [line for line, text in enumerate(mixed.read_text().splitlines(), 1) if text] == [1, 5, 6, 7]
    assert command(shop, "erase", CUSTOMER) == Exit.USAGE


def test_an_erased_order_leaves_the_customers_others(shop: Workspace) -> None:
    assert command(shop, "erase", ORDER) == Exit.FINDINGS
    assert kinds(found(shop, (ORDER,))) == set()
    assert kinds(found(shop, (GIFT,))) >= {"documents", "done", "out", "results", "ledger.db", "history.db"}
    with ledger_of(shop) as ledger:
        assert [bool(ledger.find(order)) for order in (ORDER, GIFT, HELD)] == [False, True, True]


PAST, RETURNED = "KANARI-6001", "KANARI-6002"


@pytest.fixture
def imported(shop: Workspace) -> Workspace:
    """The canary's past orders too, with what came back, and a second id of theirs."""
    past = shop.root.parent / "past.csv"
    past.write_text(
        "order_id,order_date,currency,customer_id,sku,quantity,unit_price\n"
        f"{PAST},2026-10-01,GBP,{CUSTOMER},OA-1,2,10.00\n{RETURNED},2026-10-05,GBP,{CUSTOMER},OA-1,-1,10.00\n"
        f"till-1,2026-10-06,GBP,{CUSTOMER}-TILL,OA-1,1,10.00\nsomebody,2026-10-07,GBP,C-1,OA-1,1,10.00\n",
        encoding="utf-8",
    )
    assert command(shop, "history", "import", str(past)) == Exit.WELL
    assert kinds(found(shop, (RETURNED,))) == {"history.db"}
    return shop


def test_past_orders_and_returns_are_purged_like_what_was_printed(imported: Workspace) -> None:
    purge(imported)
    assert found(imported, PERSONAL) == set()
    assert kinds(found(imported, (PAST,))) == {"history.db"}  # what was bought stays, nobody's


def test_past_orders_and_returns_are_erased_with_every_id_of_the_customer(imported: Workspace) -> None:
    ids = imported.catalogue / "customer-ids.csv"
    ids.write_text(f"customer_id,same_as\n{CUSTOMER}-TILL,{CUSTOMER}\n", encoding="utf-8")
    assert command(imported, "erase", CUSTOMER) == Exit.FINDINGS
    ids.unlink()
    assert found(imported, (*EVERYTHING, PAST, RETURNED, "till-1")) == set()
    assert HistoryKeeper(imported.history).known(["C-1", CUSTOMER]) == {"C-1"}


def test_a_customer_who_only_sent_something_back_is_exported_and_erased(imported: Workspace, tmp_path: Path) -> None:
    assert command(imported, "erase", PAST) in {Exit.WELL, Exit.FINDINGS}
    assert command(imported, "customer", "export", CUSTOMER, "--out", str(tmp_path / "theirs")) == Exit.WELL
    theirs = json.loads((tmp_path / "theirs/data.json").read_text(encoding="utf-8"))
    assert [one["return_id"] for one in theirs["returns"]] == [RETURNED]
    assert [(one["customer_id"], one["returns"]) for one in theirs["known"]] == [(CUSTOMER, 1)]


def test_a_use_of_a_code_in_an_order_that_only_the_shop_knows_is_erased_by_its_number(shop: Workspace) -> None:
    assert found(shop, (USED,))
    assert command(shop, "erase", USED, "--as", "order") in {Exit.WELL, Exit.FINDINGS}
    assert found(shop, (USED,)) == set()
    with ledger_of(shop) as ledger:
        assert ledger.codes.redemptions() == ()
        assert [row.order_id for row in ledger.codes.all() if row.state is CodeState.ISSUED]


@pytest.mark.parametrize("act", ["erase", "purge"])
def test_an_import_that_was_cut_short_leaves_nobody_behind(
    shop: Workspace, act: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("packslip.history.importing.HistoryImport.finish", lambda *_: None)
    past = shop.root.parent / "past.csv"
    header = "order_id,order_date,currency,customer_id,sku,quantity"
    past.write_text(f"{header}\n{PAST},2026-10-01,GBP,{CUSTOMER},OA-1,2\n", encoding="utf-8")
    command(shop, "history", "import", str(past))
    if act == "erase":
        command(shop, "erase", CUSTOMER)
    else:
        purge(shop)
        rank_customers(World.open(shop.root), LATER.date())
    assert found(shop, PERSONAL) == set()


STEPS_OF_ERASE = {
    "documents": ("documents", files_of_orders, "remove_documents"),
    "trays": ("out", files_of_orders, "clear_trays"),
    "results": ("results", files_of_orders, "clear_results"),
    "alarms": ("alarms", files_of_orders, "clear_alarms"),
    "drops": ("done", erasing, "_clear_drops"),
    "drops nobody can read": ("held", erasing, "_unread"),
    "log": ("log", files_of_orders, "clear_log"),
    "history": ("history.db", HistoryKeeper, "forget"),
    "codes": ("ledger.db", rows.redeeming, "forget"),
    "ledger": ("ledger.db", rows, "erase"),
}


@pytest.mark.parametrize("step", STEPS_OF_ERASE)
def test_each_step_of_an_erasure_is_needed(step: str, shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    place, owner, name = STEPS_OF_ERASE[step]
    nothing = {"clear_trays": (0, []), "_unread": ()}.get(name, 0)
    monkeypatch.setattr(owner, name, lambda *_, **__: nothing)
    command(shop, "erase", CUSTOMER)
    assert kinds(found(shop, EVERYTHING)) == {place}


def test_what_is_deleted_is_not_left_in_free_pages(shop: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file is written anew: where that is left out, it has free pages, and what SQLite moved about may be there."""

    def pages() -> int:
        with closing(sqlite3.connect(shop.ledger)) as database:
            return int(database.execute("PRAGMA freelist_count").fetchone()[0])

    with ledger_of(shop) as ledger:
        ledger.alarm(OrderKey(store="oriel-ash", order_id="filler"), "x" * 100_000)
    with closing(sqlite3.connect(shop.ledger)) as database, database:
        database.execute("DELETE FROM events WHERE order_id = 'filler'")
    assert pages() > 10
    command(shop, "erase", CUSTOMER)
    assert pages() == 0
    assert not [path for path in shop.state.glob("*.db-*") if path.stat().st_size]


@pytest.mark.parametrize("point", ["erase.written", "erase.files"])
def test_an_erasure_cut_short_is_finished_at_the_next_start(
    point: str, shop: Workspace, crash_at: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    crash_at(point)
    with pytest.raises(Crash):
        command(shop, "erase", CUSTOMER)
    monkeypatch.delenv("PACKSLIP_CRASH_AT")
    assert found(shop, EVERYTHING)
    command(shop, "run", "--once")
    assert found(shop, EVERYTHING) == set()


def test_an_erasure_is_made_again_after_a_restore(shop: Workspace, tmp_path: Path) -> None:
    assert command(shop, "ledger", "backup", str(tmp_path / "before.tar")) == Exit.WELL
    command(shop, "erase", CUSTOMER)
    assert command(shop, "ledger", "restore", str(tmp_path / "before.tar")) == Exit.USAGE  # the one here is sound
    assert command(shop, "ledger", "restore", str(tmp_path / "before.tar"), "--replace") in {Exit.WELL, Exit.FINDINGS}
    assert found(shop, EVERYTHING) == set()
    with ledger_of(shop) as ledger:
        assert ledger.find(OTHER)[0].state is ParcelState.DONE
    assert command(shop, "ledger", "verify") == Exit.WELL


def test_an_erasure_reaches_a_workspace_that_is_restored_elsewhere(shop: Workspace, tmp_path: Path) -> None:
    """The tombstones of the place it is restored to count, and those of the back-up."""
    command(shop, "ledger", "backup", str(tmp_path / "before.tar"))
    command(shop, "erase", CUSTOMER)
    shutil.copytree(shop.root, tmp_path / "other")
    other = Workspace.at(tmp_path / "other")
    shutil.rmtree(other.state)
    other.state.mkdir(mode=0o700)
    shutil.copy(shop.erased, other.erased)
    command(other, "ledger", "restore", str(tmp_path / "before.tar"))
    assert found(other, EVERYTHING) == set()


def test_sheets_in_a_tray_go_whole_and_it_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    workspace = line_kit.make_workspace(tmp_path / "sheets", settings=SHEETS)
    line_kit.drop_file(workspace, "a.csv", f"{ORDER},1,,x", "B1,1,,y")
    line_kit.run(workspace)
    (sheet,) = line_kit.tray(workspace)
    assert command(workspace, "erase", ORDER) == Exit.FINDINGS
    assert "held slips of others too" in capsys.readouterr().err
    assert line_kit.tray(workspace) == []
    assert kinds(found(workspace, (ORDER,))) == set()
    with ledger_of(workspace) as ledger:
        assert ledger.find("B1")[0].state is ParcelState.DONE
        (attempt,) = ledger.attempts(ledger.find("B1")[0].ref)
    assert attempt.name == f"erased-{sheet.rpartition('-')[2]}"


PHOTO, PRODUCT = "https://shop.example/u/Zqxvera.jpg", "https://shop.example/vase.jpg"


@pytest.fixture
def pictured(shop: Workspace) -> Workspace:
    """The canary's own photograph and a product's, both on the canary's slip."""
    (shop.catalogue / "pictures.csv").write_text(f"sku,image\nOA-1,{PRODUCT}\n", encoding="utf-8")
    index, store = Index(shop.image_cache), Store(shop.image_cache)
    box = Recipe(width_mm=1, height_mm=1, dots_per_mm=8, ink="colour", max_pixels=9, condition=None)
    names = []
    for reference in (PHOTO, PRODUCT):
        digest = store.keep(f"rendition of {reference}".encode(), "jpg")
        source = store.keep_source(f"original of {reference}".encode())
        entry = Entry(digest=digest, suffix="jpg")
        index.note([Note(reference=reference, source=Source(sha256=source), entries={box: entry})])
        names.append(f'"picture:{digest}"')
    index.close()
    with closing(sqlite3.connect(shop.ledger)) as database, database:
        added = f', "pictures": [{", ".join(names)}]' + "}"
        database.execute("UPDATE parcels SET slip = rtrim(slip, '}') || ? WHERE order_id = ?", (added, ORDER))
    assert len(found(shop, (PHOTO,))) == 3
    return shop


def test_pictures_that_only_orders_named_are_erased(pictured: Workspace) -> None:
    command(pictured, "erase", CUSTOMER)
    assert found(pictured, (*EVERYTHING, PHOTO)) == set()
    assert len(found(pictured, (PRODUCT,))) == 4


def test_pictures_that_only_orders_named_are_purged_with_their_slips(pictured: Workspace) -> None:
    assert purge(pictured, now=datetime.now(UTC) + timedelta(days=1))["pictures of orders"] == 0
    assert purge(pictured, dry_run=True)["pictures of orders"] == 0  # a slip names it still
    assert purge(pictured)["pictures of orders"] == 1
    assert found(pictured, (*PERSONAL, PHOTO)) == set()
    assert len(found(pictured, (PRODUCT,))) == 4


def test_what_is_still_to_be_printed_is_not_erased(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    with ledger_of(shop) as ledger:
        ledger.retry(ledger.find(HELD)[0].ref)
    before = found(shop, EVERYTHING)
    assert command(shop, "erase", CUSTOMER) == Exit.USAGE
    assert "is accepted: it is still to be printed" in capsys.readouterr().err
    assert found(shop, EVERYTHING) == before
    assert command(shop, "cancel", HELD) == Exit.WELL
    with run_lock(shop.state):  # its drop is open again, and a running line may be reading it
        assert command(shop, "erase", CUSTOMER) == Exit.WORKSPACE
    assert found(shop, EVERYTHING) == before
    command(shop, "erase", CUSTOMER)
    assert found(shop, EVERYTHING) == set()


def test_an_erased_order_that_comes_again_is_held_and_a_new_one_prints(shop: Workspace) -> None:
    command(shop, "erase", CUSTOMER)
    drop(shop.root, "old.csv", canary(ORDER), others())
    drop(shop.root, "new.csv", canary("KANARI-8001"))
    command(shop, "run", "--once")
    answers = {path.name[:3]: table_of(path) for path in (shop.root / "hotfolder/results").rglob("*.csv")}
    assert [row["state"] for row in answers["new"]] == ["done"]
    assert [row["state"] for row in answers["old"]] == ["held", "duplicate"]
    assert "was erased on" in answers["old"][0]["findings"]
    assert command(shop, "held", "drop", ORDER) == Exit.WELL
    assert command(shop, "erase", CUSTOMER) == Exit.WELL
    assert found(shop, (*EVERYTHING, "KANARI-8001")) == set()


def test_an_erased_order_is_released_by_a_person(shop: Workspace) -> None:
    command(shop, "erase", CUSTOMER)
    drop(shop.root, "old.csv", canary(ORDER))
    command(shop, "run", "--once")
    assert command(shop, "held", "release", ORDER) == Exit.WELL
    command(shop, "run", "--once")
    with ledger_of(shop) as ledger:
        assert ledger.find(ORDER)[0].state is ParcelState.DONE


def test_an_id_of_an_order_and_a_customer_must_say_which(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    drop(shop.root, "odd.csv", canary("X-1", customer_id=GIFT))
    command(shop, "run", "--once")
    assert command(shop, "erase", GIFT) == Exit.USAGE
    assert "--as order or --as customer" in capsys.readouterr().err
    assert command(shop, "erase", GIFT, "--as", "something") == Exit.USAGE
    assert command(shop, "erase", GIFT, "--as", "order") in {Exit.WELL, Exit.FINDINGS}
    with ledger_of(shop) as ledger:
        assert not ledger.find(GIFT)
        assert ledger.find("X-1")


# rights


def test_a_person_gets_everything_that_is_kept(shop: Workspace, tmp_path: Path) -> None:
    assert command(shop, "customer", "export", CUSTOMER, "--out", str(tmp_path / "out")) == Exit.WELL
    values = json.loads((tmp_path / "out/data.json").read_text(encoding="utf-8"))
    assert {order["key"]["order_id"] for order in values["orders_as_dropped"]} == {ORDER, GIFT}
    assert {parcel["record"]["ref"]["key"]["order_id"] for parcel in values["parcels"]} == {ORDER, GIFT, HELD}
    text = json.dumps(values)
    assert all(word in text for word in EVERYTHING)
    assert OTHER not in text
    assert len(list((tmp_path / "out").glob("*.pdf"))) == 3  # two slips and a marked copy
    assert {path.stat().st_mode & 0o777 for path in (tmp_path / "out").iterdir()} == {0o600}
    assert command(shop, "customer", "export", CUSTOMER, "--out", str(tmp_path / "out")) == Exit.USAGE
    assert command(shop, "customer", "export", "nobody", "--out", str(tmp_path / "new")) == Exit.USAGE


def test_who_objects_to_marketing_gets_none_after_an_erasure_too(
    shop: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    def looked_at(order: str) -> str:
        capsys.readouterr()
        drop(shop.root, f"{order}.csv", canary(order))
        assert command(shop, "explain", str(shop.root / f"hotfolder/in/{order}.csv"), "--json") == Exit.WELL
        (shop.root / f"hotfolder/in/{order}.csv").unlink()
        return json.loads(capsys.readouterr().out)["segment"]

    def printed(order: str) -> str:
        drop(shop.root, f"{order}.csv", canary(order))
        command(shop, "run", "--once")
        with ledger_of(shop) as ledger:
            record = ledger.find(order)[0]
            return record.choice.segment if record.choice else ""

    assert looked_at("KANARI-9001") != "transactional"
    assert command(shop, "customer", "suppress", CUSTOMER) == Exit.WELL
    assert command(shop, "customer", "suppressed", CUSTOMER) == Exit.FINDINGS
    assert printed("KANARI-9002") == "transactional"
    command(shop, "erase", CUSTOMER)
    assert printed("KANARI-9003") == "transactional"
    assert CUSTOMER.encode() not in shop.suppressed.read_bytes()
    assert command(shop, "customer", "suppressed") == Exit.WELL
    assert command(shop, "customer", "suppress", CUSTOMER, "--lift") == Exit.WELL
    assert command(shop, "customer", "suppressed", CUSTOMER) == Exit.WELL
    assert looked_at("KANARI-9004") != "transactional"


def test_an_objection_holds_for_every_id_of_the_customer(shop: Workspace) -> None:
    (shop.catalogue / "customer-ids.csv").write_text(f"customer_id,same_as\n{CUSTOMER},till-9\n", encoding="utf-8")
    assert command(shop, "customer", "suppress", "till-9") == Exit.WELL
    drop(shop.root, "nine.csv", canary("KANARI-9009"))
    command(shop, "run", "--once")
    with ledger_of(shop) as ledger:
        choice = ledger.find("KANARI-9009")[0].choice
    assert choice is not None
    assert choice.segment == "transactional"


def test_an_objection_may_be_against_one_store(shop: Workspace) -> None:
    assert command(shop, "customer", "suppress", CUSTOMER, "--store", "halden") == Exit.WELL
    objections = Suppressions(shop)
    assert [objections.holds(store, CUSTOMER) for store in ("halden", "oriel-ash")] == [True, False]
    assert not objections.holds("halden", "")
    assert command(shop, "customer", "suppress", CUSTOMER) == Exit.WELL
    assert objections.holds("oriel-ash", CUSTOMER)
    assert command(shop, "customer", "suppress", CUSTOMER, "--lift", "--store", "oriel-ash") == Exit.FINDINGS
    assert objections.holds("oriel-ash", CUSTOMER)


def test_what_is_rendered_respects_an_objection_too(shop: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    sample = str(ROOT / "samples/01-new-en-partial.csv")
    segments = []
    for act in ((), ("customer", "suppress", "C-10412")):
        if act:
            command(shop, *act)
        capsys.readouterr()
        assert command(shop, "explain", sample, "--json") == Exit.WELL
        segments.append(json.loads(capsys.readouterr().out)["segment"])
    assert segments == ["new", "transactional"]


def table_of(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        return list(csv.DictReader(stream))
