"""Pools of promo codes: their files, which one serves an order, files of codes, and what the line prints."""

import csv
import json
import logging
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from pool_kit import TOML, load, order_row, place_orders, write_pool
from rules_kit import TODAY, make_order, read_rules
from workspace_kit import go_on, make_quick

from packslip.check import check_world
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.decide import decide
from packslip.engine.code_files import read_codes, read_uses
from packslip.engine.offers import SPECIMEN, Offers
from packslip.ledger import Ledger, NewCode
from packslip.library.output_cells import parse_output
from packslip.library.pools import Asked, Pool, load_pools, pools_for
from packslip.library.vocabulary import vocabulary
from packslip.model import DRY, Facts, Grant, Line, Offer, OrderKey, Totals, Withheld, settle_parcel
from packslip.world import Workspace, World

ASKED = Asked(offer="welcome", store="oriel-ash", segment="new", currency="GBP")
OUTPUT = vocabulary().outputs["offer.amount"]


def make_pool(name="spring", **values):
    return Pool(name=name, **({"offers": ("welcome",), "kind": "imported"} | values))


# the file


def test_a_pool_s_file_says_what_it_serves_and_what_its_codes_give(tmp_path):
    pools, findings = load(tmp_path, TOML + 'amount = "15 %"\nminimum = "40.00 GBP"\nsegments = ["new"]\n')
    assert findings == ()
    pool = pools["spring"]
    assert (str(pool.amount), str(pool.minimum), pool.when_dry, pool.least_days) == ("15 %", "40.00 GBP", "hold", 14)


@pytest.mark.parametrize(
    ("name", "more", "code", "spot"),
    [
        ("spring", 'amount = "much"\n', "pool.amount", "amount"),
        ("spring", 'minimum = "5 %"\n', "pool.amount", "minimum"),
        ("spring", 'prefix = "wel"\n', "pool.prefix", "prefix"),
        ("spring", 'when_dry = "spring"\n', "pool.dry", "when_dry"),
        ("hold", "", "pool.name", ""),
        ("Spring Codes", "", "pool.name", ""),
        ("spring", "lowest = 3\n", "toml.unknown_key", "lowest"),
    ],
)
def test_what_is_wrong_with_a_pool_s_file_is_told_and_the_pool_left_out(tmp_path, name, more, code, spot):
    pools, findings = load(tmp_path, TOML + more, name)
    assert pools == {}
    assert [(finding.code, finding.where.spot) for finding in findings] == [(code, spot)]


@pytest.mark.parametrize(
    ("values", "serves"),
    [
        ({}, True),
        ({"stores": ("oriel-ash",)}, True),
        ({"stores": ("halden",)}, False),
        ({"segments": ("repeat",)}, False),
        ({"campaigns": ("second-order",)}, False),
        ({"offers": ("friends",)}, False),
    ],
)
def test_a_pool_serves_those_it_names(values, serves):
    assert bool(pools_for({"spring": make_pool(**values)}, ASKED)) is serves


def test_a_pool_with_a_minimum_serves_orders_in_its_currency(tmp_path):
    pools, _ = load(tmp_path, TOML + 'minimum = "40.00 EUR"\n')
    assert pools_for(pools, ASKED) == ()
    assert pools_for(pools, replace(ASKED, currency="EUR"))


def test_a_pool_for_a_campaign_serves_those_in_it():
    pools = {"spring": make_pool(campaigns=("second-order",))}
    assert pools_for(pools, replace(ASKED, campaigns=frozenset({"second-order"})))


def test_pools_stand_in_for_each_other_in_turn():
    pools = {
        "a": make_pool("a", when_dry="b"),
        "b": make_pool("b", when_dry="c", stores=("halden",), offers=("other",)),
        "c": make_pool("c", when_dry="a", offers=("other",)),
    }
    assert [pool.name for pool in pools_for(pools, ASKED)] == ["a", "c"]


# what check says


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    return make_quick(tmp_path_factory.mktemp("pools") / "shop")


@pytest.fixture
def shop(made, tmp_path):
    shutil.copytree(made.root, tmp_path / "shop")
    return Workspace.at(tmp_path / "shop")


@pytest.mark.parametrize(
    ("more", "code", "spot"),
    [
        ('stores = ["orielash"]\n', "pool.unknown", "stores"),
        ('segments = ["news"]\n', "pool.unknown", "segments"),
        ('campaigns = ["none-such"]\n', "pool.unknown", "campaigns"),
        ('when_dry = "autumn"\n', "pool.dry", "when_dry"),
        ('amount = "20 %"\n', "pool.amount", "C2"),
    ],
)
def test_check_tells_what_of_a_pool_does_not_fit(shop, more, code, spot):
    write_pool(shop.root, TOML + more)
    told = {(finding.code, finding.where.spot) for finding in check_world(World.open(shop.root))}
    assert (code, spot) in told


def test_check_tells_a_circle_a_hidden_pool_and_an_unknown_offer(shop):
    write_pool(shop.root, TOML + 'when_dry = "summer"\n')
    write_pool(shop.root, TOML.replace("welcome", "wellcome") + 'when_dry = "spring"\n', "summer")
    write_pool(shop.root, TOML + 'segments = ["new"]\n', "winter")
    told = [(finding.code, finding.where.file) for finding in check_world(World.open(shop.root))]
    assert told.count(("pool.dry", "rules/pools/spring.toml")) == 1
    assert ("pool.unknown", "rules/pools/summer.toml") in told
    assert ("pool.hidden", "rules/pools/winter.toml") in told


@pytest.mark.parametrize(("written", "told"), [("welcom", ["B2"]), ("welcome-2", []), ("greeting", [])])
def test_an_offer_spelled_much_like_one_that_a_pool_serves_is_told(shop, written, told):
    rules = shop.root / "rules/30-offer.csv"
    text = rules.read_text(encoding="utf-8")
    first = text.splitlines()[1]
    misspelt = first.replace(",welcome,", f",{written},", 1)
    rules.write_text(text.replace(first, f"{misspelt}\n{first.replace('new', 'repeat', 1)}"), encoding="utf-8")
    found = check_world(World.open(shop.root))
    assert [finding.where.spot for finding in found if finding.code == "pool.unserved"] == told


def test_check_wants_a_minimum_in_the_words_of_the_offer(shop):
    write_pool(shop.root, TOML + 'minimum = "40.00 GBP"\n')
    assert check_world(World.open(shop.root)) == ()
    for path in (shop.root / "rules/phrases").glob("*.po"):
        text = path.read_text(encoding="utf-8")
        path.write_text(text.replace("{minimum}", "more"), encoding="utf-8")
    told = [finding.code for finding in check_world(World.open(shop.root))]
    assert told.count("pool.minimum") == 4  # English, French, German, and German of one brand


# amounts


@pytest.mark.parametrize(
    ("cell", "spelled"),
    [
        ("5 % of goods", "5 % of goods"),
        ("2,5% of ORDER.TOTAL at least 5", "2.5 % of order.total, at least 5"),
        ("5 % of goods, at least 5 and at most 50", "5 % of goods, at least 5, at most 50"),
    ],
)
def test_a_share_is_read_and_spelled(cell, spelled):
    value = parse_output(cell, OUTPUT)
    assert str(value) == spelled
    assert parse_output(spelled, OUTPUT) == value


@pytest.mark.parametrize(
    "cell", ["5 % of postage", "0 % of goods", "5 % of goods, at least 9, at most 8", "5 of goods"]
)
def test_a_share_that_means_nothing_is_refused(cell):
    with pytest.raises(ValueError):  # noqa: PT011 - what it says is its own affair
        parse_output(cell, OUTPUT)


TABLE = "set: segment,set: message,set: layout,set: offer,set: offer.amount,set: offer.valid_days,order.dealer,why\n"


def choose(tmp_path, cell, *, facts=None, dealer="", after="", **values):
    rows = f'new,new,atelier-a4,welcome,"{cell}",90,,all\n'
    if dealer:
        rows = f'new,new,atelier-a4,dealer,"10 % of goods",90,{dealer},theirs\n' + rows
    tables = {"_10_all": TABLE + rows}
    if after:
        tables["_20_after"] = after
    rules, findings = read_rules(tmp_path, **tables)
    assert findings == ()
    order = make_order(**values, **({"dealer": dealer} if dealer else {}))
    parcel, _ = settle_parcel(order, {})
    return decide(order, parcel, facts or Facts(), rules, TODAY, origin="DE")


def lines(*prices, discount=None):
    place = make_order().where
    return tuple(
        Line(
            line_id=str(number),
            description="x",
            quantity=2,
            unit_price=None if price is None else Decimal(price),
            line_discount=Decimal(discount) if discount else None,
            where=place,
        )
        for number, price in enumerate(prices)
    )


@pytest.mark.parametrize(
    ("cell", "amount"),
    [
        ("5 % of goods", "7"),  # of 148.90 EUR
        ("10 % of goods", "14"),
        ("5 % of order.total", "10"),
        ("5 % of goods, at least 9", "9"),
        ("10 % of goods, at most 12.50", "12"),
    ],
)
def test_a_share_is_computed_and_rounded_down(tmp_path, cell, amount):
    choice, _ = choose(tmp_path, cell, lines=lines("49.95", "24.50"), totals=Totals(order=Decimal("200.00")))
    assert choice.offer == Offer(name="welcome", amount=Decimal(amount), unit="EUR", valid_days=90)
    (told,) = [row for row in choice.because if row.table == "amount"]
    assert told.outputs == {"offer.amount": f"{amount} EUR"}


def test_a_share_goes_by_dealer_and_by_what_was_paid(tmp_path):
    choice, _ = choose(tmp_path, "5 % of goods", dealer="D7", lines=lines("50.00", discount="20.00"))
    assert (choice.offer.name, choice.offer.amount) == ("dealer", Decimal(8))


@pytest.mark.parametrize("prices", [("49.95", None), ("0.50",)])
def test_a_share_of_what_nobody_knows_or_of_next_to_nothing_is_no_offer(tmp_path, prices):
    after = "offer,set: extra.seen,why\nnone,nothing,n\n,something,s\n"
    choice, findings = choose(tmp_path, "5 % of goods", lines=lines(*prices), after=after)
    assert choice.offer is None
    assert choice.extra["seen"] == "nothing", "later tables see that nothing is offered"
    assert [finding.code for finding in findings] == ["offer.withheld"]
    assert choice.because[-1].why.startswith("no welcome: 5 % of goods")


def test_an_offer_that_is_withheld_is_decided_without(tmp_path):
    facts = Facts(withheld={"welcome": Withheld(offer="welcome", why="it is given once")})
    choice, findings = choose(tmp_path, "15 %", facts=facts)
    assert choice.offer is None
    assert [(finding.code, finding.message) for finding in findings] == [
        ("offer.withheld", "no welcome: it is given once")
    ]


# files of codes


def test_codes_are_read_with_their_terms(tmp_path):
    pools, _ = load(tmp_path, TOML + 'amount = "15 %"\nminimum = "40.00 GBP"\n')
    text = "code,amount,unit,minimum,expires_on\nAA-11,,,,\nAA-12,15,percent,40 GBP,2027-01-31\n"
    found = read_codes(text.encode(), pools["spring"], name="codes.csv")
    assert found.findings == ()
    assert found.codes == (
        NewCode(line=2, code="AA-11", worth="15%", minimum="40.00 GBP"),
        NewCode(line=3, code="AA-12", worth="15%", minimum="40.00 GBP", expires_on=date(2027, 1, 31)),
    )


@pytest.mark.parametrize(
    ("row", "spot", "said"),
    [
        ("AA 11,,,,", "code", "'AA 11'"),
        ("=A1,,,,", "code", "'=A1'"),
        ("AÄ-11,,,,", "code", "'AÄ-11'"),
        ("A1,,,,", "code", "'A1'"),
        ("AA-11,20 %,,,", "amount", "20% contradicts rules/pools/spring.toml, where amount is 15%"),
        ("AA-11,much,,,", "amount", "much"),
        ("AA-11,,,50.00 GBP,", "minimum", "50.00 GBP contradicts rules/pools/spring.toml, where minimum is 40.00 GBP"),
        ("AA-11,,,,soon", "expires_on", "'soon'"),
    ],
)
def test_a_row_that_does_not_fit_is_told_with_line_and_value_and_no_other_is_lost(tmp_path, row, spot, said):
    pools, _ = load(tmp_path, TOML + 'amount = "15 %"\nminimum = "40.00 GBP"\n')
    text = f"code,amount,unit,minimum,expires_on\n{row}\nBB-11,,,,\n"
    found = read_codes(text.encode(), pools["spring"], name="codes.csv")
    (finding,) = found.findings
    assert (finding.code, finding.where.line, finding.where.spot) == ("codes.row", 2, spot)
    assert said in finding.message
    assert [code.code for code in found.codes] == ["BB-11"]


def test_uses_are_read_and_a_cost_makes_a_margin():
    text = "code,used_at,order_id,revenue,currency,cost\naa11,2026-12-01T10:00:00Z,900,80.00,gbp,30\nAA-12,,,9,,\n"
    found = read_uses(text.encode(), name="used.csv")
    (used,) = found.used
    assert (used.revenue, used.margin, used.currency, used.used_on) == ("80.00", "50.00", "GBP", date(2026, 12, 1))
    assert [(finding.where.line, finding.where.spot) for finding in found.findings] == [(3, "currency")]


# on the line


def add_codes(shop, *codes, options=(), columns="code"):
    path = shop.root / "codes.csv"
    path.write_text("\n".join((columns, *codes)) + "\n", encoding="utf-8")
    return run(["-w", str(shop.root), "codes", "import", str(path), "--pool", "spring", *options])


def withdraw(shop, *arguments):
    return run(["-w", str(shop.root), "codes", "withdraw", "--pool", "spring", "--json", *arguments])


def test_codes_are_withdrawn_by_a_file_or_all_and_come_back_by_an_import(shop, capsys):
    write_pool(shop.root, TOML)
    assert add_codes(shop, "AA-11", "AA-12", "AA-13") == Exit.WELL
    file = shop.root / "leaked.csv"
    file.write_text("code,amount\naa11,99 %\nZZ-99,\n", encoding="utf-8")
    write_pool(shop.root, TOML + 'amount = "15 %"\n')
    capsys.readouterr()
    assert withdraw(shop, str(file)) == Exit.WELL, "what a file says of its codes does not matter any more"
    assert json.loads(capsys.readouterr().out) == {"pool": "spring", "withdrawn": 1, "not_free": 1}
    assert withdraw(shop) == Exit.WELL
    assert json.loads(capsys.readouterr().out) == {"pool": "spring", "withdrawn": 2, "not_free": 0}
    write_pool(shop.root, TOML)
    assert add_codes(shop, "AA-12", options=("--renew",)) == Exit.WELL
    with ledger_of(shop) as ledger:
        assert [row.state.value for row in ledger.codes.all()] == ["withdrawn", "free", "withdrawn"]


def answers(shop):
    rows = []
    for path in sorted((shop.root / "hotfolder/results").rglob("*.csv")):
        rows += csv.DictReader(path.read_text(encoding="utf-8").splitlines())
    return {(row["order_id"], row["parcel"]): row for row in rows}


def one_run(shop):
    return run(["-w", str(shop.root), "run", "--once"])


def ledger_of(shop):
    return Ledger.open(shop.ledger, secret=shop.secret())


@pytest.mark.timeout(300)
def test_the_line_prints_a_shop_s_codes_waits_for_more_and_goes_on_by_itself(shop, capsys):
    write_pool(shop.root, TOML + 'minimum = "40.00 GBP"\nfirst_order = true\ndelivery_days = 3\n')
    go_on(shop)
    assert add_codes(shop, "AA-11") == Exit.WELL
    place_orders(
        shop.root,
        order_row("O-1", customer="C-1"),
        order_row("O-1", customer="C-1", parcel=2),
    )
    assert one_run(shop) == Exit.WELL
    place_orders(
        shop.root,
        order_row("O-2", customer="C-1"),
        order_row("O-3", customer="C-2", delivery="2100-01-01"),
        order_row("O-4", customer=""),
        name="more.csv",
    )
    assert one_run(shop) == Exit.FINDINGS
    told = answers(shop)
    assert told["O-1", "1"]["promo_code"] == told["O-1", "2"]["promo_code"] == "AA-11"
    assert told["O-1", "1"]["minimum"] == "40.00 GBP"
    day = datetime.now(UTC).date() + timedelta(days=93)
    assert date.fromisoformat(told["O-1", "1"]["expires_at"]) in {day, day - timedelta(days=1)}
    assert told["O-2", "1"]["state"] == "done"
    assert "given once, and the customer has one" in told["O-2", "1"]["findings"]
    assert told["O-4", "1"]["state"] == "held", "who is unknown cannot be told from others, and gets one like them"
    assert (told["O-3", "1"]["state"], told["O-2", "1"]["promo_code"]) == ("held", "")
    assert "no code is left in spring" in told["O-3", "1"]["findings"]

    capsys.readouterr()
    assert run(["-w", str(shop.root), "status", "--json"]) == Exit.FINDINGS
    (level,) = json.loads(capsys.readouterr().out)["pools"]
    assert (level["pool"], level["free"], level["issued"], level["dry"]) == ("spring", 0, 1, True)
    assert run(["-w", str(shop.root), "codes", "status"]) == Exit.FINDINGS
    assert "dry" in capsys.readouterr().out

    assert add_codes(shop, "AA-11", "AA-12", "AA-13", "AA-14", "AA-15") == Exit.WELL
    assert one_run(shop) == Exit.WELL
    told = answers(shop)
    later = {told[order, "1"]["promo_code"]: order for order in ("O-3", "O-4")}
    assert sorted(later) == ["AA-12", "AA-13"]
    assert told["O-3", "1"]["expires_at"] == "2100-04-01"
    with ledger_of(shop) as ledger:
        slip = ledger.find("O-3")[0].slip
        assert "on orders of £40.00 or more" in slip
        assert '"minimum":"£40.00"' in slip
        assert "minimum" not in ledger.find("O-2")[0].slip
        assert ledger.upkeep.check_records() == ()
    capsys.readouterr()
    assert run(["-w", str(shop.root), "explain", "O-2"]) == Exit.WELL
    assert "it is given once" in " ".join(capsys.readouterr().out.split())
    assert run(["-w", str(shop.root), "codes", "status"]) == Exit.WELL
    capsys.readouterr()
    assert run(["-w", str(shop.root), "codes", "export"]) == Exit.WELL
    rows = list(csv.DictReader(capsys.readouterr().out.splitlines()))
    assert sorted((row["code"], row["order_id"], row["state"], row["pool"]) for row in rows) == [
        ("AA-11", "O-1", "issued", "spring"),
        *((code, later[code], "issued", "spring") for code in sorted(later)),
    ]


@pytest.mark.timeout(300)
def test_a_dry_pool_prints_without_where_it_may_and_no_copy_promises_a_code(shop):
    write_pool(shop.root, TOML + 'when_dry = "none"\n')
    go_on(shop)
    place_orders(shop.root, order_row("O-1"))
    assert one_run(shop) == Exit.WELL
    (told,) = answers(shop).values()
    assert (told["state"], told["promo_code"]) == ("done", "")
    assert "no code is left in spring" in told["findings"]
    with ledger_of(shop) as ledger:
        record = ledger.find("O-1")[0]
        slip = json.loads(record.slip)
        assert slip["offer"] is None
        assert "thanks" not in slip["copy"]["message"]["body"]
        assert record.choice.offer is None


@pytest.mark.timeout(300)
def test_a_held_parcel_may_be_released_without_a_code_or_tried_again_with_all_others(shop, capsys):
    write_pool(shop.root)
    go_on(shop)
    place_orders(shop.root, order_row("O-1"), order_row("O-2"))
    assert one_run(shop) == Exit.FINDINGS
    place = ["-w", str(shop.root)]
    assert run([*place, "held", "retry", "--reason", DRY]) == Exit.WELL
    assert run([*place, "held", "retry"]) == Exit.USAGE
    assert one_run(shop) == Exit.FINDINGS
    assert run([*place, "held", "release", "O-1"]) == Exit.WELL
    one_run(shop)
    told = answers(shop)
    assert (told["O-1", "1"]["state"], told["O-2", "1"]["state"]) == ("done", "held")


# the road's own end


def offers(shop, ledger, clock=lambda: 0.0):
    return Offers(World.open(shop.root), ledger, clock=clock)


@pytest.fixture
def choice(tmp_path):
    return choose(tmp_path, "15 %")[0]


def an_order(number, **values):
    return make_order(key=OrderKey(store="oriel-ash", order_id=f"O-{number}"), currency="GBP", **values)


def test_two_orders_of_one_customer_at_the_same_moment_get_one_code(shop, choice):
    write_pool(shop.root, TOML + "first_order = true\n")
    with ledger_of(shop) as ledger:
        ledger.codes.add("spring", [NewCode(line=2, code=f"AA-{number}") for number in range(1000, 1040)])
        desk = offers(shop, ledger)
        orders = [an_order(number, customer_id=f"C{number % 10}") for number in range(40)]
        with ThreadPoolExecutor(16) as threads:
            made = list(threads.map(lambda order: desk.grant(order, choice, TODAY), orders))
        assert sum(isinstance(one, Grant) for one in made) == 10
        assert sum(row.state == "reserved" for row in ledger.codes.all()) == 10


def test_ids_of_one_customer_are_one_customer(shop, choice):
    write_pool(shop.root, TOML.replace("imported", "generated") + 'first_order = true\nprefix = "WEL"\n')
    (shop.root / "catalogue/customer-ids.csv").write_text("customer_id,same_as\nOLD-1,NEW-1\n", encoding="utf-8")
    with ledger_of(shop) as ledger:
        desk = offers(shop, ledger)
        made = desk.grant(an_order(1, customer_id="OLD-1"), choice, TODAY)
        assert made.promo_code.startswith("WEL-")
        assert isinstance(desk.grant(an_order(2, customer_id="NEW-1"), choice, TODAY), Withheld)
        assert isinstance(desk.grant(an_order(1, customer_id="OLD-1"), choice, TODAY), Grant)


def test_a_pool_that_generates_when_dry_never_holds(shop, choice):
    write_pool(shop.root, TOML + 'when_dry = "generate"\nminimum = "40.00 GBP"\n')
    with ledger_of(shop) as ledger:
        made = offers(shop, ledger).grant(an_order(1), choice, TODAY)
        assert (made.pool, made.offer.minimum) == ("spring", Decimal("40.00"))
        assert ledger.granted("oriel-ash", "O-1").offer == made.offer


def test_the_last_pool_asked_says_what_a_dry_one_does(shop, choice):
    write_pool(shop.root, TOML + 'when_dry = "summer"\n')
    write_pool(shop.root, TOML.replace("welcome", "friends") + 'when_dry = "none"\n', "summer")
    with ledger_of(shop) as ledger:
        withheld = offers(shop, ledger).grant(an_order(1), choice, TODAY)
        assert (withheld.pools, withheld.holds) == (("spring", "summer"), False)
        ledger.codes.add("summer", [NewCode(line=2, code="SUMMER-1")])
        assert offers(shop, ledger).grant(an_order(1), choice, TODAY).promo_code == "SUMMER-1"


def test_what_is_left_of_a_pool_is_logged_once(shop, choice, caplog):
    write_pool(shop.root)
    now = [0.0]
    with ledger_of(shop) as ledger, caplog.at_level(logging.WARNING, "packslip.engine"):
        desk = offers(shop, ledger, clock=lambda: now[0])

        def take(number):
            now[0] += 60.0
            desk.grant(an_order(number), choice, TODAY)

        ledger.codes.add("spring", [NewCode(line=2, code=f"AA-{number}") for number in range(10, 13)])
        for number in range(5):
            take(number)
        assert [record.getMessage() for record in caplog.records] == ["pool spring has 1 free codes left"]
        ledger.codes.add("spring", [NewCode(line=2, code=f"BB-{number}") for number in range(10, 13)])
        take(6)
        take(7)
        assert len(caplog.records) == 2


def test_no_pool_gives_the_codes_there_always_were(shop, choice):
    with ledger_of(shop) as ledger:
        order = an_order(1)
        plain = ledger.grant(replace(order.key, order_id="O-1"), choice.offer, today=TODAY, template="{token}")
        made = offers(shop, ledger).grant(order, choice, TODAY)
        assert (made.promo_code, made.pool, made.expires_on) == (plain.promo_code, "", TODAY + timedelta(days=90))


@pytest.mark.timeout(300)
def test_what_is_only_looked_at_takes_no_code_and_shows_a_specimen(shop, capsys):
    write_pool(shop.root, TOML + 'minimum = "40.00 GBP"\n')
    assert add_codes(shop, "AA-11") == Exit.WELL
    file = place_orders(shop.root, order_row("O-1"))
    capsys.readouterr()
    assert run(["-w", str(shop.root), "render", str(file), "--out", str(shop.root / "out"), "--json"]) == Exit.WELL
    told = json.loads(capsys.readouterr().out)
    assert (told["promo_code"], told["minimum"]) == (SPECIMEN, "£40.00")
    with ledger_of(shop) as ledger:
        assert [row.state for row in ledger.codes.all()] == ["free"]


# the command line


def test_codes_by_mail_must_say_when_they_were_sent(shop, capsys):
    write_pool(shop.root)
    assert add_codes(shop, "MAIL-1", options=["--origin", "email"]) == Exit.USAGE
    assert add_codes(shop, "MAIL-1", options=["--origin", "email", "--issued"]) == Exit.WELL
    assert add_codes(shop, "MAIL-2,2026-11-01", options=["--origin", "email"], columns="code,issued_on") == Exit.WELL
    assert add_codes(shop, "MAIL-1") == Exit.FINDINGS
    assert "came before with other terms" in " ".join(capsys.readouterr().err.split())
    with ledger_of(shop) as ledger:
        assert [row.granted_on for row in ledger.codes.all()][1] == "2026-11-01"


def test_a_pool_must_be_there_and_take_codes(shop, capsys):
    assert add_codes(shop, "AA-11") == Exit.USAGE
    write_pool(shop.root, TOML.replace("imported", "generated"))
    assert add_codes(shop, "AA-11") == Exit.USAGE
    assert load_pools(shop.root / "rules/pools")[0]["spring"].prefix == ""
    assert "makes its codes itself" in " ".join(capsys.readouterr().err.split())


def test_uses_are_put_on_record_as_often_as_they_are_told(shop, capsys):
    write_pool(shop.root)
    add_codes(shop, "AA-11")
    path = shop.root / "used.csv"
    path.write_text("code,order_id,revenue,currency\naa11,900,80.00,GBP\nNOBODYS,901,1,GBP\n", encoding="utf-8")
    for _ in range(2):
        capsys.readouterr()
        assert run(["-w", str(shop.root), "codes", "redeemed", str(path), "--json"]) == Exit.WELL
        assert json.loads(capsys.readouterr().out) == {"known": 1, "unknown": 1, "refused": 0}
    with ledger_of(shop) as ledger:
        assert len(ledger.codes.redemptions()) == 1


@pytest.mark.timeout(300)
def test_the_shipped_welcome_code_goes_to_a_customer_once(shop):
    go_on(shop)
    place_orders(
        shop.root,
        order_row("O-1", customer="C-1"),
        order_row("O-2", customer="C-1"),
        order_row("O-3", customer="C-2"),
        order_row("O-4", customer=""),
        order_row("O-5", customer=""),
    )
    assert one_run(shop) == Exit.WELL
    given = {key: row["promo_code"] for key, row in answers(shop).items()}
    assert sum(bool(given[order, "1"]) for order in ("O-1", "O-2")) == 1
    assert all(given[order, "1"] for order in ("O-3", "O-4", "O-5"))
    assert len(set(given.values()) - {""}) == 4
