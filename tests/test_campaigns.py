"""Campaigns: who is in which arm, which slips count, and what those who are held out get."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from campaign_kit import SECRET, STORE, TOML, customer_in, load, make_campaign, write_campaign
from rules_kit import make_order, read_rules, told

from packslip.check import check_world
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.decide import decide
from packslip.engine.upkeep.purging import Purge
from packslip.insights.planning import chi_square_tail, sample_ratio
from packslip.ledger import Ledger
from packslip.library.campaigns import HOLDOUT, arms_of, leaving
from packslip.library.vocabulary import vocabulary
from packslip.model import Facts, settle_parcel
from packslip.world import Workspace, World, go_live, snapshot
from packslip.world.starter import make_workspace

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 6, 1)
EVER = ["code", "code", "", "letter", "code", "letter", "letter", "code"]
CUSTOMERS = [f"C-{number}" for number in range(20_000)]


def arms(campaign, customers=CUSTOMERS, store=STORE):
    return [campaign.arm(SECRET, store, customer) for customer in customers]


# --- assignment -----------------------------------------------------------------------------------------------------


def test_arms_are_as_large_as_their_shares_and_who_is_left_over_takes_no_part():
    campaign = make_campaign()
    sizes = Counter(arms(campaign))
    assert sample_ratio(sizes, {**campaign.shares, "": 10.0}) > 0.01
    assert set(sizes) == {"letter", "code", HOLDOUT, ""}


def test_a_customer_is_in_the_same_arm_in_every_process_and_for_ever():
    """These customers' arms may never change: campaigns run for months, over upgrades."""
    campaign = make_campaign()
    told = "from campaign_kit import *; print([make_campaign().arm(SECRET, STORE, f'C-{n}') for n in range(8)])"
    paths = {"PYTHONPATH": ":".join(sys.path), "PYTHONHASHSEED": "7"}
    elsewhere = subprocess.run([sys.executable, "-c", told], env=paths, capture_output=True, text=True, check=True)
    assert elsewhere.stdout.strip() == str(arms(campaign, CUSTOMERS[:8]))
    assert arms(campaign, CUSTOMERS[:8]) == EVER


def test_campaigns_stores_and_sites_assign_independently():
    one, other = make_campaign("one"), make_campaign("other")
    for left, right in (
        (arms(one), arms(other)),
        (arms(one), arms(one, store="halden")),
        (arms(one), [one.arm(bytes(32), STORE, customer) for customer in CUSTOMERS]),
    ):
        assert independence(left, right) > 0.001


def independence(left, right):
    """How probable a table of two kinds of arms is, were they independent."""
    rows, columns, cells = Counter(left), Counter(right), Counter(zip(left, right, strict=True))
    expected = {(a, b): rows[a] * columns[b] / len(left) for a in rows for b in columns}
    value = sum((cells[cell] - number) ** 2 / number for cell, number in expected.items())
    return chi_square_tail(value, (len(rows) - 1) * (len(columns) - 1))


def test_a_share_that_grows_into_what_was_left_moves_nobody_who_was_in_an_arm():
    before, after = make_campaign(), make_campaign(variants={"letter": 40.0, "code": 35.0}, holdout=25.0)
    moved = {(a, b) for a, b in zip(arms(before), arms(after), strict=True) if a != b}
    assert moved == {("", "code"), ("", HOLDOUT)}


@pytest.mark.parametrize(
    ("changed", "left"),
    [
        ({}, 0),
        ({"variants": {"letter": 40.0, "code": 35.0}, "holdout": 25.0}, 0),
        ({"variants": {"letter": 30.0, "code": 30.0}}, 20),
        ({"holdout": 10.0}, 10),
    ],
)
def test_it_is_known_how_many_leave_their_arm_when_shares_change(changed, left):
    before, after = make_campaign(), make_campaign(**changed)
    assert leaving(before, after) == left
    gone = [a for a, b in zip(arms(before), arms(after), strict=True) if a not in ("", b)]
    assert len(gone) / len(CUSTOMERS) * 100 == pytest.approx(left, abs=1)


@pytest.mark.usefixtures("no_trials")
def test_publishing_other_shares_while_a_campaign_runs_warns(shop, capsys):
    workspace = Workspace.at(shop)
    go_live(workspace, snapshot(workspace), who="Ada", at=datetime(2026, 11, 26, tzinfo=UTC))
    write_campaign(shop, TOML.replace("letter = 40", "letter = 30"))
    assert run(["-w", str(shop), "publish"]) == Exit.WELL
    told = capsys.readouterr().err
    assert "rules/campaigns/second-order.toml: variants: 20 per cent of the customers change their arm" in told


def test_an_unknown_customer_is_in_no_campaign():
    assert make_campaign().arm(SECRET, STORE, "") == ""


@pytest.mark.parametrize(
    ("store", "day", "runs"),
    [
        (STORE, date(2026, 1, 1), True),
        (STORE, date(2026, 12, 31), True),
        (STORE, date(2025, 12, 31), False),
        (STORE, date(2027, 1, 1), False),
        ("halden", DAY, False),
    ],
)
def test_a_campaign_runs_from_its_first_to_its_last_day_in_its_stores(store, day, runs):
    campaign = make_campaign(stores=(STORE,))
    customer = customer_in(campaign, "code", store=store)
    found = arms_of([campaign], SECRET, store=store, customer_id=customer, day=day)
    assert found == ({"second-order": "code"} if runs else {})


# --- the file -------------------------------------------------------------------------------------------------------


def test_a_campaign_file_says_all_of_it(tmp_path):
    campaigns, findings = load(tmp_path)
    assert findings == ()
    campaign = campaigns["second-order"]
    assert campaign.shares == {"letter": 40, "code": 30, HOLDOUT: 20}
    assert (campaign.measure, campaign.smallest_lift) == ("repeat", 10)


@pytest.mark.parametrize(
    ("old", "new", "code", "spot", "words"),
    [
        ("letter = 40", "letter = 60", "campaign.shares", "variants", "shares overlap: variants and holdout make 110"),
        ("letter = 40", "Letter = 40", "campaign.name", "variants.Letter", "lower-case"),
        ("letter = 40", "holdout = 40", "campaign.name", "variants.holdout", "the holdout is no variant"),
        ("letter = 40", "letter = -1", "toml.bad_value", "variants.letter", "greater than 0"),
        ("2099-12-31", "2019-12-31", "campaign.dates", "ends", "2019-12-31 lies before 2020-01-01"),
        ("holdout = 20", "", "toml.missing_key", "holdout", "missing"),
        ("holdout = 20", "holdout = 20\nmesure = 'repeat'", "toml.unknown_key", "mesure", "measure"),
        ("holdout = 20", "holdout = 20\nmeasure = 'clicks'", "toml.bad_value", "measure", "second purchase"),
        ('tables = ["30-offer.csv"]', "tables = []", "toml.bad_value", "tables", "at least 1"),
        ("begins = 2020-01-01", "begins = 'soon'", "toml.bad_value", "begins", "date"),
    ],
)
def test_each_fault_of_the_file_is_told_with_its_key(tmp_path, old, new, code, spot, words):
    campaigns, findings = load(tmp_path, TOML.replace(old, new))
    assert campaigns == {}, "what is wrong assigns nobody"
    (finding,) = findings
    assert (finding.code, finding.where.file, finding.where.spot) == (code, "rules/campaigns/second-order.toml", spot)
    assert words in str(finding)


def test_a_file_that_rules_cannot_name_is_told(tmp_path):
    assert told(load(tmp_path, key="Second Order")[1]) == [("campaign.name", "rules/campaigns/Second Order.toml")]


# --- deciding -------------------------------------------------------------------------------------------------------

TABLES = {
    "_20_message": "order.channel,set: segment,set: message,set: layout,why\n,s,plain,sheet,w\n",
    "_30_offer": "order.country,campaign.one,set: offer,set: offer.amount,set: offer.valid_days,why\n"
    "DE,code,welcome,15 %,90,the campaign's code\n,,none,,,nobody else gets one\n",
}
WORDS = vocabulary(campaigns={"one": ("code", "letter"), "two": ("yes",)})


@pytest.fixture
def rules(tmp_path):
    book, findings = read_rules(tmp_path, WORDS, **TABLES)
    assert findings == ()
    return book


def choose(rules, arms, **given):
    order = make_order(**given)
    choice, findings = decide(order, settle_parcel(order, {})[0], Facts(arms=arms), rules, DAY, origin="DE")
    assert findings == ()
    return choice


def test_a_row_that_asks_for_a_variant_fires_for_its_customers_alone(rules):
    assert choose(rules, {"one": "code"}).offer.name == "welcome"
    assert choose(rules, {"one": "letter"}).offer is None
    assert choose(rules, {}).offer is None


def test_the_choice_says_campaign_and_arm(rules):
    choice = choose(rules, {"one": "letter"})
    assert choice.arms == {"one": "letter"}
    assert (choice.because[0].table, choice.because[0].outputs) == ("one.toml", {"campaign.one": "letter"})
    assert choose(rules, {}).arms == {}


def test_who_is_held_out_gets_the_transactional_slip_and_counts(rules):
    choice = choose(rules, {"one": HOLDOUT})
    assert (choice.segment, choice.message) == ("transactional", "transactional")
    assert (choice.offer, choice.review, choice.content) == (None, False, False)
    assert choice.arms == {"one": HOLDOUT}
    assert choice.because[0].outputs == {"campaign.one": HOLDOUT}
    assert (choice.because[-1].table, choice.because[-1].why) == (
        "policy",
        "held out of one, so that its effect can be measured",
    )


@pytest.mark.parametrize("arm", ["code", "letter", HOLDOUT])
def test_a_parcel_that_no_row_of_the_campaign_would_touch_counts_in_no_arm(rules, arm):
    choice = choose(rules, {"one": arm}, country="FR")
    assert (choice.segment, choice.arms) == ("s", {})


@pytest.mark.parametrize("arm", ["code", "letter", HOLDOUT])
@pytest.mark.parametrize(
    ("given_", "segment"), [({"gift": True}, "gift"), ({"marketing_opt_out": True}, "transactional")]
)
def test_gifts_and_objections_come_before_every_campaign_and_count_in_no_arm(rules, arm, given_, segment):
    choice = choose(rules, {"one": arm}, **given_)
    assert (choice.segment, choice.offer, choice.arms) == (segment, None, {})
    assert [because.why for because in choice.because if "held out" in because.why] == []


def test_whom_one_campaign_holds_out_counts_in_no_other(tmp_path):
    second = "campaign.two,set: review,why\nyes,yes,ask\n,no,do not\n"
    rules, findings = read_rules(tmp_path, WORDS, **TABLES, _40_review=second)
    assert findings == ()
    counted = {
        (one, two): choose(rules, {"one": one, "two": two}).arms
        for one in ("code", HOLDOUT)
        for two in ("yes", HOLDOUT)
    }
    assert counted == {
        ("code", "yes"): {"one": "code", "two": "yes"},
        ("code", HOLDOUT): {"two": HOLDOUT},
        (HOLDOUT, "yes"): {"one": HOLDOUT},
        (HOLDOUT, HOLDOUT): {},
    }
    assert choose(rules, {"one": HOLDOUT, "two": HOLDOUT}).segment == "transactional"


def test_the_same_order_gets_the_same_choice(rules):
    for arm in ("code", HOLDOUT):
        assert choose(rules, {"one": arm}) == choose(rules, {"one": arm})


# --- check ----------------------------------------------------------------------------------------------------------

TOML_FILE = "rules/campaigns/second-order.toml"
OFFERS = (
    "segment,campaign.second-order,set: offer,set: offer.amount,set: offer.valid_days,why\n"
    "new,code,welcome,15 %,90,The code that the campaign tries\n"
    "new,letter,none,,,The letter alone\n"
    "ambassador,,friends,20 %,60,Something to pass on to a friend\n"
    ",,none,,,No code\n"
)


@pytest.fixture(scope="module")
def pristine(tmp_path_factory):
    folder = tmp_path_factory.mktemp("campaigns") / "shop"
    make_workspace(folder)
    write_campaign(folder)
    (folder / "rules/30-offer.csv").write_text(OFFERS)
    shutil.rmtree(folder / "rules/examples")  # they say what the shipped offers are
    return folder


@pytest.fixture
def shop(pristine, tmp_path):
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def findings_of(shop):
    return [str(finding) for finding in check_world(World.open(shop))]


def test_a_campaign_that_fits_its_tables_is_well(shop):
    assert findings_of(shop) == []


def test_the_campaign_of_the_documents_is_well(shop):
    text = (ROOT / "docs" / "insights.md").read_text(encoding="utf-8")
    write_campaign(shop, text.partition("```toml\n")[2].partition("```")[0])
    rows = [line[1:-1].split("|") for line in text.splitlines() if re.match(r"\| (segment|new|ambassador| *\|)", line)]
    (shop / "rules/30-offer.csv").write_text("\n".join(",".join(f'"{cell.strip()}"' for cell in row) for row in rows))
    assert findings_of(shop) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "words"),
    [
        (TOML_FILE, '["oriel-ash"]', '["orielash"]', "no brand 'orielash'"),
        (TOML_FILE, "30-offer", "30-ofer", "no table '30-ofer.csv'; hint: did you mean 30-offer.csv"),
        (TOML_FILE, '["30-offer.csv"', '["30-offer.csv", "20-message.csv"', "20-message.csv asks nothing"),
        (TOML_FILE, "30-offer", "20-message", "30-offer.csv: B1: second-order does not say that it owns rows here"),
        (TOML_FILE, "code = 30", "code = 30\nbook = 5", "no row asks for 'book'"),
        ("rules/30-offer.csv", "new,code", "new,coed", "did you mean"),
        ("rules/30-offer.csv", "campaign.second-order", "campaign.second-ordre", "did you mean"),
    ],
)
def test_each_misfit_of_campaign_and_tables_is_told_with_its_place(shop, file, old, new, words):
    path = shop / file
    path.write_text(path.read_text().replace(old, new))
    told = findings_of(shop)
    assert any(words in finding for finding in told), told


@pytest.mark.parametrize(
    ("change", "overlaps"),
    [
        (("x", "x"), True),
        (("2020-01-01", "2099-12-31"), True),
        (("2099-12-31", "2019-12-31"), False),
        (('["oriel-ash"]', '["halden"]'), False),
        (('["oriel-ash"]', "[]"), True),
    ],
)
def test_two_campaigns_may_not_own_rows_of_one_table_at_once(shop, change, overlaps):
    other = TOML.replace(*change) if change[0] != "2099-12-31" else TOML.replace("2020", "2010").replace(*change)
    write_campaign(shop, other, "third-order")
    told = [finding.code for finding in check_world(World.open(shop))]
    assert ("campaign.overlap" in told) is overlaps


# --- on the line ----------------------------------------------------------------------------------------------------

HEADER = (
    "order_id,order_date,currency,store,locale,customer_id,customer_status,ship_name,ship_country,sku,description,"
    "quantity,unit_price,order_total"
)


def place_orders(shop, *customers):
    rows = [
        f"CA-{number},2026-11-20,GBP,{STORE},en-GB,{customer},new,A Reader,GB,OA-2071,Vase,1,64.00,64.00"
        for number, customer in enumerate(customers)
    ]
    inbox = shop / "hotfolder/in"
    (inbox / "orders.csv").write_text("\n".join((HEADER, *rows)) + "\n")


@pytest.mark.timeout(300)
def test_the_line_prints_each_arm_its_slip_and_keeps_on_record_who_was_in_which(shop, capsys):
    workspace = Workspace.at(shop)
    toml = shop / "packslip.toml"
    toml.write_text(toml.read_text().replace("settle_s = 0.4", "settle_s = 0.0").replace("count = 0", "count = 1"))
    go_live(workspace, snapshot(workspace), who="Ada", at=datetime(2026, 11, 26, tzinfo=UTC))
    campaign = World.open(shop).campaigns["second-order"]
    wanted = ("letter", "code", HOLDOUT, "")
    place_orders(shop, *(customer_in(campaign, arm, workspace.secret()) for arm in wanted), "")
    assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL

    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        records = [ledger.find(f"CA-{number}")[0] for number in range(5)]
        assert [(one.choice.segment, one.offer) for one in records] == [
            ("new", ""),
            ("new", "welcome"),
            ("transactional", ""),
            ("new", ""),
            ("new", ""),
        ]
        expected = [("CA-0", "letter"), ("CA-1", "code"), ("CA-2", HOLDOUT)]
        assert exposed(ledger) == expected
        (answer,) = (shop / "hotfolder/results").rglob("*.csv")
        codes = [bool(row["promo_code"]) for row in csv.DictReader(answer.read_text().splitlines())]
        assert codes == [False, True, False, False, False]

        later = datetime.now(UTC) + timedelta(days=400)
        Purge(workspace=workspace, ledger=ledger, settings=workspace.settings(), now=later).run()
        assert ledger.find("CA-2")[0].choice is None
        assert exposed(ledger) == expected, "who was in which arm outlives the slips"

    capsys.readouterr()
    assert run(["-w", str(shop), "explain", "CA-2"]) == Exit.WELL
    assert "campaign second-order holdout" in " ".join(capsys.readouterr().out.split())
    assert run(["-w", str(shop), "erase", "CA-2"]) == Exit.WELL
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        assert exposed(ledger) == expected[:2]

    used = shop / "used.csv"
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        used.write_text(f"code\n{ledger.granted(STORE, 'CA-1').promo_code}\n")
    assert run(["-w", str(shop), "codes", "redeemed", str(used)]) == Exit.WELL
    capsys.readouterr()
    assert run(["-w", str(shop), "insights", "--json"]) == Exit.WELL
    values, origins = map(json.loads, capsys.readouterr().out.splitlines())
    assert all(arm["redeemed"] is not None for arm in values["arms"]), "what is on record counts"
    assert [one["origin"] for one in origins["groups"][0]["origins"]] == ["slip"]
    assert {arm["arm"]: arm["customers"] for arm in values["arms"]} == {"letter": 1, "code": 1, HOLDOUT: 0}
    assert Path(values["page"]).read_text().startswith("<!DOCTYPE html>")
    for day, customers, ripe in ((date(2020, 1, 1), 0, 0), (datetime.now(UTC).date() + timedelta(days=100), 1, 1)):
        asked = ["--campaign", "second-order", "--today", str(day), "--arms", str(shop / "arms.csv")]
        assert run(["-w", str(shop), "insights", *asked, "--json"]) == Exit.WELL
        letter = json.loads(capsys.readouterr().out)["arms"][0]
        assert (letter["customers"], letter["with_twelve_weeks"]) == (customers, ripe), day
        rows = csv.DictReader((shop / "arms.csv").read_text(encoding="utf-8").splitlines())
        told = sorted((row["order_id"], row["campaign"], row["arm"]) for row in rows)
        assert told == [(order, "second-order", arm) for order, arm in expected[:2] if customers], day


def exposed(ledger):
    return sorted((one.order_id, one.arm) for one in ledger.exposures())


def test_a_render_shows_the_same_arm_as_the_line_would_print(shop, capsys):
    campaign = World.open(shop).campaigns["second-order"]
    secret = Workspace.at(shop).secret()
    place_orders(shop, customer_in(campaign, HOLDOUT, secret), customer_in(campaign, "code", secret))
    assert run(["-w", str(shop), "explain", str(shop / "hotfolder/in/orders.csv"), "--json"]) == Exit.WELL
    shown = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [row["segment"] for row in shown] == ["transactional", "new"]
    assert [row["because"][0]["outputs"] for row in shown] == [
        {"campaign.second-order": HOLDOUT},
        {"campaign.second-order": "code"},
    ]


def test_a_person_can_see_what_each_arm_gets_before_anybody_does(shop, capsys):
    place_orders(shop, "C-1", "")
    file = str(shop / "hotfolder/in/orders.csv")

    def segments(arm):
        assert run(["-w", str(shop), "explain", file, "--json", "--today", "1999-01-01", "--arm", arm]) == Exit.WELL
        return [json.loads(line)["segment"] for line in capsys.readouterr().out.splitlines()]

    assert segments("second-order=letter") == ["new", "new"]
    assert segments(f"second-order={HOLDOUT}") == ["transactional", "transactional"]
    for wrong, words in (("third=letter", "no campaign 'third'"), ("second-order=book", "has no arm 'book'")):
        assert run(["-w", str(shop), "explain", file, "--arm", wrong]) == Exit.USAGE
        assert words in capsys.readouterr().err


def test_insights_writes_a_page_before_anybody_was_in_the_campaign_and_says_what_it_cannot_use(shop, capsys):
    at = ["-w", str(shop), "insights"]
    assert run([*at, "--out", str(shop / "reports")]) == Exit.WELL
    assert sorted(path.name for path in (shop / "reports").iterdir()) == [
        "second-order.csv",
        "second-order.html",
        "second-order.json",
    ]
    assert "Too early to say what “letter” does." in capsys.readouterr().err
    codes = shop / "used.csv"
    codes.write_text("voucher\nX\n")
    for wrong, code, words in (
        (["--campaign", "third"], Exit.USAGE, "no campaign 'third'"),
        (["--redeemed", str(shop / "nowhere.csv")], Exit.USAGE, "No such file"),
        (["--redeemed", str(codes)], Exit.FINDINGS, "no column code"),
    ):
        assert run([*at, *wrong]) == code
        assert words in capsys.readouterr().err
    (shop / TOML_FILE).unlink()
    assert run(at) == Exit.USAGE
    assert "rules/campaigns holds one TOML file each" in capsys.readouterr().err
