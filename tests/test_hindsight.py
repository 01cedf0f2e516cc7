"""What rules would have said of past orders: rows counted, rule sets compared."""

import json
import shutil
import subprocess
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from campaign_kit import TOML, write_campaign
from rules_kit import make_order
from workspace_kit import go_on

from packslip.cli.main import run
from packslip.engine.hindsight import count_rows
from packslip.history import History
from packslip.hotfolder.claiming import spool_path
from packslip.ledger import Ledger
from packslip.model import Drop, OrderKey, settle_parcel
from packslip.world import Workspace, World, current_release
from packslip.world.starter import make_workspace


@pytest.fixture(scope="module")
def pristine(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("hindsight") / "shop"
    make_workspace(folder)
    return folder


@pytest.fixture
def shop(pristine, tmp_path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def order_of(customer: str, number: int, day: date, **given):
    key = OrderKey(store="oriel-ash", order_id=f"{customer}-{number}")
    return make_order(key=key, customer_id=customer, order_date=day, currency="GBP", **given)


def remember(shop: Path, *orders) -> None:
    world = World.open(shop)
    with History.open(world.workspace.history) as history:
        history.add_all(((order, settle_parcel(order, {})[0]) for order in orders), world.catalogue)


def counted(shop: Path, table: str, **given) -> dict[int, int]:
    counts = count_rows(World.open(shop), **given)
    return {row.row: row.customers for row in counts.rows if row.table == table}


def change(shop: Path, name: str, old: str, new: str) -> None:
    path = shop / "rules" / name
    text = path.read_text(encoding="utf-8-sig")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


THREE = (
    order_of("C1", 1, date(2026, 3, 1)),
    order_of("C1", 2, date(2026, 9, 1)),
    order_of("C2", 1, date(2026, 5, 1), categories=("vases",)),
    order_of("C3", 1, date(2026, 6, 1), categories=()),
)


# --- counts -----------------------------------------------------------------------------------------------------------


def test_a_row_is_counted_by_each_customers_latest_order(shop):
    remember(shop, *THREE)
    assert counted(shop, "20-message.csv") == {2: 2, 3: 1, 4: 0, 5: 0}
    counts = count_rows(World.open(shop))
    assert (counts.customers, counts.total, counts.is_sample) == (3, 3, False)


def test_orders_are_decided_with_what_was_known_on_their_day(shop):
    remember(shop, *THREE)
    heading, row = "customer.opt_out,customer.status", "yes,,,,transactional"
    change(shop, "10-segment.csv", heading, f"customer.days_since_last,order.total,{heading}")
    path = shop / "rules" / "10-segment.csv"
    lines = path.read_text(encoding="utf-8").splitlines()
    head, *rows = lines
    later = '184,49.90,,,,,repeat,"half a year after, to the day"'
    path.write_text("\n".join([head, later, *(f",,{line}" for line in rows), ""]), encoding="utf-8")
    assert row in path.read_text(encoding="utf-8")
    assert counted(shop, "10-segment.csv")[2] == 1


def test_categories_come_back_out_of_the_history(shop):
    remember(shop, *THREE)
    assert counted(shop, "40-recommend.csv") == {2: 0, 3: 1, 4: 1, 5: 1}


def test_what_the_history_does_not_keep_is_unknown_not_nobody(shop):
    remember(shop, *THREE)
    rows = {(row.table, row.row): row for row in count_rows(World.open(shop)).rows}
    assert rows["50-layout.csv", 5].blind == ("order.channel",)
    assert rows["20-message.csv", 4].blind == ("customer.status",)  # only such a row sets the segment it asks for
    assert not rows["20-message.csv", 2].blind
    assert rows["10-segment.csv", 9].blind == ()


def test_without_a_history_of_anybody_nothing_is_said(shop):
    assert count_rows(World.open(shop)) is None
    remember(shop, order_of("", 1, date(2026, 3, 1)))
    assert count_rows(World.open(shop)) is None


def test_a_sample_is_the_same_each_time_and_of_the_size_asked_for(shop):
    remember(shop, *(order_of(f"C{number}", 1, date(2026, 3, 1)) for number in range(40)))
    one, again = (count_rows(World.open(shop), most=10) for _ in range(2))
    assert one == again
    assert (one.customers, one.total, one.is_sample) == (10, 40, True)


def test_customers_with_several_ids_count_once(shop):
    remember(shop, *THREE)
    (shop / "catalogue" / "customer-ids.csv").write_text("customer_id,same_as\nC3,C2\n", encoding="utf-8")
    assert count_rows(World.open(shop)).total == 2


def test_rules_with_errors_count_nobody(shop):
    remember(shop, *THREE)
    change(shop, "10-segment.csv", ",,>= 1,", ",,=> 1,")
    assert count_rows(World.open(shop)) is None


@pytest.mark.usefixtures("no_trials")
def test_check_shows_the_counts(shop, capfd):
    remember(shop, *THREE)
    assert run(["-w", str(shop), "check"]) == 0
    shown, said = capfd.readouterr()
    assert "33 %" in shown
    assert "nobody" in shown
    assert "all 3 customers of the history" in said
    assert run(["-w", str(shop), "check", "--json"]) == 0
    rows = [json.loads(line) for line in capfd.readouterr().out.splitlines()]
    told = {(row["table"], row["row"]): row["customers"] for row in rows}
    assert told["20-message.csv", 2] == 2
    assert told["50-layout.csv", 5] is None


# --- other rules ------------------------------------------------------------------------------------------------------

SAMPLES = "16-evening-batch.csv"
ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def live(shop) -> Path:
    """A shop whose rules are published, with a history."""
    go_on(Workspace.at(shop))
    remember(shop, *THREE)
    return shop


def narrow(shop: Path) -> None:
    """Who ordered once before is no repeat customer any more."""
    change(shop, "10-segment.csv", ",,>= 1,", ",,>= 2,")


def diff(capfd, shop: Path, *arguments: str, code: int) -> dict[str, object]:
    capfd.readouterr()
    assert run(["-w", str(shop), "rules", "diff", *arguments, "--json"]) == code
    return json.loads(capfd.readouterr().out)


def changes(found) -> dict[str, tuple[str, str, int]]:
    return {each["what"]: (each["before"], each["after"], each["orders"]) for each in found["changes"]}


def test_the_same_rules_change_nothing(live, capfd):
    assert diff(capfd, live, code=0)["changed"] == 0
    assert run(["-w", str(live), "rules", "diff"]) == 0
    assert "are the same" in capfd.readouterr().err


def test_a_diff_says_how_many_orders_get_another_slip_and_by_which_rows(live, capfd):
    narrow(live)
    found = diff(capfd, live, code=1)
    assert (found["orders"], found["changed"], found["sources"]) == (4, 1, {"the history": 4})
    assert changes(found) == {
        "segment": ("repeat", "new", 1),
        "message": ("repeat", "new", 1),
        "offer": ("none", "welcome 15 % for 90 days", 1),
        "strategy": ("bought together", "same category", 1),
    }
    (row,) = (row for row in found["rows"] if row["what"] == "segment")
    assert (row["before"]["row"], row["after"]["row"]) == (6, 8)
    assert row["after"]["why"] == "Has a customer number, and we know of no earlier order"
    (sample,) = found["samples"]
    assert sample["order_id"] == "C1-2"
    assert sample["who"].startswith("a customer with one order before")


def test_a_diff_is_shown_in_words(live, capfd):
    narrow(live)
    assert run(["-w", str(live), "rules", "diff"]) == 1
    shown, said = capfd.readouterr()
    assert "1 of 4 orders would get another slip, 25 % (4 from the history)" in said
    assert "Has ordered before" in shown
    assert "with one order before" in shown


def test_an_offer_that_is_worth_something_else_is_a_change(live, capfd):
    change(live, "30-offer.csv", "15 %,90", "10 %,90")
    assert changes(diff(capfd, live, code=1)) == {
        "offer": ("welcome 15 % for 90 days", "welcome 10 % for 90 days", 3),
    }


def test_a_release_is_named_by_the_beginning_of_its_id(live, capfd):
    first = current_release(Workspace.at(live))
    narrow(live)
    go_on(Workspace.at(live))
    assert diff(capfd, live, code=0)["changed"] == 0
    assert diff(capfd, live, first[:6], code=1)["before"] == f"release {first}"
    assert run(["-w", str(live), "rules", "diff", "no-such-thing"]) == 2
    assert "neither a release nor a git revision" in capfd.readouterr().err


def test_nothing_published_is_told(shop, capfd):
    assert run(["-w", str(shop), "rules", "diff"]) == 3
    assert "nothing is published yet" in capfd.readouterr().err


def git(folder: Path, *arguments: str) -> None:
    who = ["-c", "user.name=Ada", "-c", "user.email=ada@mail.example", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(folder), *who, *arguments], check=True, capture_output=True)


def test_a_git_revision_is_read_without_touching_the_files(shop, capfd):
    remember(shop, *THREE)
    git(shop.parent, "init", "-q")
    git(shop.parent, "add", "shop/rules", "shop/layouts/brands", "shop/packslip.toml")
    git(shop.parent, "commit", "-qm", "one")
    narrow(shop)
    (shop / "rules" / "10-segment.csv").rename(shop / "rules" / "11-segment.csv")
    before = sorted(path.name for path in (shop / "rules").iterdir())
    found = diff(capfd, shop, "HEAD", code=1)
    assert found["changed"] == 1
    assert found["before"].startswith("HEAD (")
    assert sorted(path.name for path in (shop / "rules").iterdir()) == before


def test_without_git_a_revision_is_told_clearly(live, capfd, monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert run(["-w", str(live), "rules", "diff", "HEAD"]) == 2
    assert "git is not there" in capfd.readouterr().err


def test_rules_with_errors_are_compared_with_nothing(live, capfd):
    change(live, "10-segment.csv", ",,>= 1,", ",,=> 1,")
    assert run(["-w", str(live), "rules", "diff"]) == 3
    assert "the decision tables of the working files have errors" in capfd.readouterr().err


def test_named_files_are_looked_at_instead(live, capfd):
    change(live, "50-layout.csv", "\n,,,atelier-a4,", "\n,,,plain,")
    found = diff(capfd, live, "--orders", str(live / "samples" / SAMPLES), code=1)
    assert list(found["sources"]) == [SAMPLES]
    assert changes(found)["layout"][:2] == ("atelier-a4", "plain")


def keep_drop(shop: Path, sample: str) -> None:
    """A drop on record, its file kept."""
    workspace = Workspace.at(shop)
    path = spool_path(workspace.spool, "d1")
    path.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(shop / "samples" / sample, path)
    drop = Drop(name=sample, spool=path, sha256="x", accepted_at=datetime(2026, 12, 20, 9, tzinfo=UTC))
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        ledger.take_drop(drop, drop_id="d1")


def test_kept_drops_tell_more_than_the_history_and_go_before_it(live, capfd):
    keep_drop(live, SAMPLES)
    printed = OrderKey(store="oriel-ash", order_id="OA-104972")
    remember(live, make_order(key=printed, customer_id="C-10501", order_date=date(2026, 11, 22)))
    change(live, "10-segment.csv", ",ambassador,,,ambassador", ",ambassador,,,repeat")
    for name in ("20-message.csv", "30-offer.csv"):
        path = live / "rules" / name
        rows = path.read_text(encoding="utf-8-sig").splitlines(keepends=True)
        path.write_text("".join(row for row in rows if not row.startswith("ambassador")), encoding="utf-8")
    found = diff(capfd, live, code=1)
    assert found["sources"] == {"kept drops": 4, "the history": 4}
    assert changes(found)["segment"] == ("ambassador", "repeat", 2)  # the status stands in the drop alone


def test_the_day_of_a_kept_drop_is_the_day_it_came(live, capfd):
    keep_drop(live, SAMPLES)
    path = live / "rules" / "20-message.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    dated = [f",{line}" for line in lines[1:]]
    path.write_text("\n".join([f"today,{lines[0]}", "2026-12-20,new,repeat,yes,yes,x", *dated, ""]), encoding="utf-8")
    found = diff(capfd, live, code=1)
    assert changes(found)["message"][:2] == ("new", "repeat")
    assert found["changed"] < found["orders"]


def test_campaigns_are_part_of_the_rules(live, capfd):
    remember(live, *(order_of(f"N{number}", 1, date(2026, 7, 1)) for number in range(40)))
    write_campaign(live, TOML)
    path = live / "rules" / "30-offer.csv"
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    head, *rows = (f"campaign.second-order,{line}" if not number else f",{line}" for number, line in enumerate(lines))
    letters = ["letter,new,none,,,A letter instead", "code,new,welcome,15 %,90,As ever"]
    path.write_text("\n".join([head, *letters, *rows, ""]), encoding="utf-8")
    found = changes(diff(capfd, live, code=1))
    assert found["campaign.second-order"][0] == "none"
    told = {each["after"] for each in diff(capfd, live, code=1)["changes"] if each["what"] == "campaign.second-order"}
    assert told == {"letter", "code", "holdout"}
    assert ("segment", "new", "transactional") in {
        (each["what"], each["before"], each["after"]) for each in diff(capfd, live, code=1)["changes"]
    }


def test_a_slip_that_would_be_held_is_a_change(live, capfd):
    change(live, "20-message.csv", "set: content", "set: prices")
    change(live, "20-message.csv", "new,new,yes,yes", "new,new,yes,no")
    found = diff(capfd, live, "--orders", str(live / "samples" / SAMPLES), code=1)
    assert changes(found)["held"] == ("printed", "prices.customs", 1)
    assert changes(diff(capfd, live, code=1))["prices"] == ("yes", "no", 3)  # the history knows no country


def test_a_diff_names_nobody(live, capfd):
    narrow(live)
    text = json.dumps(diff(capfd, live, "--orders", str(ROOT / "samples" / SAMPLES), code=0))
    assert "Zumbusch" not in text
