"""Codes by slip, e-mail and card: who counts, what is compared, and what the page says of it."""

import csv
import json
from datetime import UTC, date, datetime, timedelta

import pytest
from pool_kit import write_pool
from workspace_kit import make_quick

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.insights import origin_csv, origin_page, origin_values, say_origins, study_origins, used_orders
from packslip.insights.intervals import Count, difference, wilson
from packslip.ledger import CodeRow, CodeState, Ledger, NewCode, Origin, Redemption

GIVEN = date(2026, 1, 10)
DAY = date(2026, 11, 20)


def code(number, origin=Origin.SLIP, *, given=GIVEN, pool="spring", state=CodeState.ISSUED):
    return CodeRow(
        store="s",
        order_id=f"O{number}" if origin is Origin.SLIP else "",
        code=f"{origin.value}-{number:05}",
        offer="welcome",
        amount="15",
        unit="percent",
        granted_on=given.isoformat(),
        expires_on="",
        segment="new",
        pool=pool,
        origin=origin,
        state=state,
        minimum="",
        is_redeemed=False,
    )


def use(number, origin=Origin.SLIP, *, revenue="80.00", margin="", day=GIVEN + timedelta(days=9), currency="GBP"):
    name = f"{origin.value}{number:05}".upper()
    return Redemption(code=name, order_id=f"U{name}", used_on=day, revenue=revenue, margin=margin, currency=currency)


def crowd(origin, size, used, *, revenue=80, margin=30):
    codes = [code(number, origin) for number in range(size)]
    uses = [
        use(number, origin, revenue=f"{revenue + number % 7}.00", margin=f"{margin}" if margin else "")
        for number in range(used)
    ]
    return codes, uses


def study(*crowds, day=DAY):
    return study_origins(
        [one for codes, _ in crowds for one in codes], [u for _, uses in crowds for u in uses], day=day
    )


def numbers(found, origin=Origin.SLIP, group=0):
    return next(one for one in found.groups[group].numbers if one.origin is origin)


def test_rates_and_their_difference_are_those_of_wilson_and_newcombe():
    found = study(crowd(Origin.SLIP, 400, 40), crowd(Origin.EMAIL, 1000, 30))
    slip = numbers(found)
    assert (slip.used, slip.rate) == (Count(40, 400), wilson(Count(40, 400)))
    (rate, *_) = found.groups[0].comparisons
    assert rate.difference == difference(Count(40, 400), Count(30, 1000))
    assert [one.measure for one in found.groups[0].comparisons] == [
        "used",
        "sales per code",
        "margin per code",
        "basket",
    ]


def test_money_is_for_each_code_given_out_and_a_basket_for_each_use():
    found = study(([code(number) for number in range(4)], [use(0, revenue="80.00", margin="20"), use(1, margin="40")]))
    slip = numbers(found)
    assert (slip.sales.value, slip.margin.value, slip.basket.value) == (40.0, 15.0, 80.0)
    assert slip.sales.interval.low < 40 < slip.sales.interval.high
    assert not found.has_others


def test_a_use_without_a_margin_leaves_no_margin_to_tell():
    slip = numbers(study(([code(0), code(1)], [use(0, margin="20"), use(1)])))
    assert slip.margin is None
    assert slip.sales.value == 80.0


def test_only_codes_with_their_twelve_weeks_count_and_uses_within_them():
    late = GIVEN + timedelta(weeks=12, days=1)
    codes = [code(0), code(1), code(2, given=DAY - timedelta(days=30)), code(3, state=CodeState.RESERVED)]
    uses = [use(0), use(1, day=late), use(2, day=DAY), use(3)]
    slip = numbers(study((codes, uses)))
    assert (slip.given, slip.ripe, slip.used) == (3, 2, Count(1, 2))


def test_money_of_another_currency_is_not_added_up_and_is_told():
    found = study(([code(0), code(1)], [use(0), use(1, revenue="9000", currency="JPY"), use(0)]))
    assert (found.currency, found.foreign) == ("GBP", 1)
    assert numbers(found).used == Count(2, 2)
    assert "1 uses in another currency" in origin_page(found).decode()


def test_pools_with_several_origins_stand_by_themselves():
    other = [code(number, pool="autumn") for number in range(50, 60)]
    found = study(crowd(Origin.SLIP, 40, 4), crowd(Origin.CARD, 40, 4), (other, []))
    assert [group.pool for group in found.groups] == ["", "spring"]
    assert (numbers(found).given, numbers(found, group=1).given) == (50, 40)


def test_what_is_said_is_no_surer_than_the_interval():
    clear = say_origins(study(crowd(Origin.SLIP, 400, 60), crowd(Origin.EMAIL, 1000, 30)))
    assert clear.startswith("of codes on slips 15.0% were used, by e-mail 3.0%") or "15" in clear
    assert "may be nothing" not in clear
    assert "which may be nothing" in say_origins(study(crowd(Origin.SLIP, 40, 4), crowd(Origin.EMAIL, 40, 3)))
    assert "no codes by e-mail" in say_origins(study(crowd(Origin.SLIP, 40, 4)))


def test_the_page_says_that_nobody_was_drawn_by_chance_and_believes_no_name():
    codes = [code(0, pool="<script>"), code(1, Origin.EMAIL, pool="<script>")]
    page = origin_page(study((codes, [use(0)]), crowd(Origin.EMAIL, 40, 3), crowd(Origin.SLIP, 40, 3))).decode()
    assert "Nobody was drawn by chance" in page
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_the_csv_has_a_row_for_each_number_and_the_json_says_all():
    found = study(crowd(Origin.SLIP, 400, 40), crowd(Origin.EMAIL, 1000, 30))
    rows = list(csv.DictReader(origin_csv(found).decode().splitlines()))
    assert [(row["pool"], row["measure"], row["origin"]) for row in rows[:5]] == [
        ("", "used", "slip"),
        ("", "sales per code", "slip"),
        ("", "margin per code", "slip"),
        ("", "basket", "slip"),
        ("", "used", "email"),
    ]
    assert (rows[4]["value"], rows[4]["slip_less_this"]) == ("0.030000", "0.070000")
    told = json.loads(json.dumps(origin_values(found)))
    assert told["drawn_by_chance"] is False
    assert told["groups"][0]["origins"][0]["used"] == [40, 400]


def test_a_study_of_nothing_is_a_page_all_the_same():
    found = study(([], []))
    assert b"All codes" in origin_page(found)
    assert origin_csv(found).count(b"\n") == 1


def test_the_orders_whose_codes_were_used_are_found():
    assert used_orders([code(0), code(1), code(2, Origin.EMAIL)], [use(0), use(2, Origin.EMAIL)]) == {("s", "O0")}


@pytest.mark.timeout(300)
def test_insights_tells_of_codes_by_origin_from_what_is_on_record(tmp_path, capsys):
    shop = make_quick(tmp_path / "shop")
    write_pool(shop.root)
    given = datetime.now(UTC).date() - timedelta(weeks=20)
    with Ledger.open(shop.ledger, secret=shop.secret()) as ledger:
        for origin in (Origin.EMAIL, Origin.CARD):
            new = [NewCode(line=2, code=f"{origin.value}-{n:05}", issued_on=given) for n in range(20)]
            ledger.codes.add("spring", new, origin=origin)
    used = shop.root / "used.csv"
    used.write_text(f"code,used_at,revenue,currency\nemail-00001,{given},80.00,GBP\n", encoding="utf-8")
    place = ["-w", str(shop.root)]
    assert run([*place, "insights"]) == Exit.USAGE
    assert run([*place, "codes", "redeemed", str(used)]) == Exit.WELL
    capsys.readouterr()
    assert run([*place, "insights", "--json"]) == Exit.WELL
    told = json.loads(capsys.readouterr().out)
    (group, *_) = told["groups"]
    assert [(one["origin"], one["given_out"], one["used"]) for one in group["origins"]] == [
        ("email", 20, [1, 20]),
        ("card", 20, [0, 20]),
    ]
    folder = shop.root / "out/insights"
    names = sorted(path.name for path in folder.iterdir())
    assert names == ["codes_by_origin.csv", "codes_by_origin.html", "codes_by_origin.json"]
