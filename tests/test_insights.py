"""Insights: the intervals of the books, the customers that count, the verdicts, and a page that says them."""

import csv
import io
import json
import math
import re
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import numpy as np
import pytest
from campaign_kit import make_campaign
from hypothesis import given
from hypothesis import strategies as st
from test_history import make_order, remember

from packslip.history import History, Purchase, Sold, come_back, purchases_of_buyers
from packslip.insights import (
    Count,
    Subject,
    Subjects,
    Verdict,
    gather,
    make_study,
    read_redemptions,
    say_verdict,
    study_csv,
    study_json,
    study_page,
    study_values,
)
from packslip.insights.intervals import difference, ratio, wilson
from packslip.insights.planning import (
    chi_square_tail,
    customers_needed,
    planned_variance,
    sample_ratio,
    smallest_seen,
)
from packslip.insights.resampling import adjust, compare_means
from packslip.insights.sequences import always_valid
from packslip.ledger import Exposure, GrantRecord
from packslip.library.campaigns import HOLDOUT
from packslip.model import Offer

DAY = date(2026, 6, 30)

counts = st.integers(0, 400).flatmap(lambda hits: st.builds(Count, st.just(hits), st.integers(max(hits, 1), 800)))


# --- intervals ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("hits", "trials", "low", "high"),
    [(81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0.0, 0.1611), (1, 29, 0.0061, 0.1718)],
)
def test_wilson_gives_the_figures_of_newcombe_1998(hits, trials, low, high):
    found = wilson(Count(hits, trials))
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@pytest.mark.parametrize(
    ("one", "other", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0),
    ],
)
def test_differences_give_the_figures_of_newcombe_1998_method_10(one, other, low, high):
    found = difference(Count(*one), Count(*other)).interval
    assert (found.low, found.high) == (pytest.approx(low, abs=5e-5), pytest.approx(high, abs=5e-5))


@given(counts, counts)
def test_a_ratio_lies_in_its_interval_and_turned_round_is_the_other_one(one, other):
    found, turned = ratio(one, other), ratio(other, one)
    assert 0 <= found.interval.low <= found.interval.high
    if one.hits and other.hits:
        assert found.interval.holds(found.value)
        assert found.interval.low == pytest.approx(1 / turned.interval.high, rel=1e-6)


@given(counts, counts)
def test_difference_and_ratio_agree_about_no_effect(one, other):
    gap, share = difference(one, other).interval, ratio(one, other).interval
    if min(abs(gap.low), abs(gap.high)) > 1e-9:
        assert gap.holds(0.0) == share.holds(1.0)


def test_a_ratio_to_nobody_has_no_end():
    found = ratio(Count(3, 10), Count(0, 10))
    assert (found.value, found.interval.high) == (math.inf, math.inf)
    assert found.interval.low > 0


@pytest.mark.parametrize(
    ("value", "freedom"), [(3.841459, 1), (5.991465, 2), (7.814728, 3), (9.487729, 4), (11.070498, 5)]
)
def test_the_tail_of_a_chi_square_is_that_of_the_tables(value, freedom):
    assert chi_square_tail(value, freedom) == pytest.approx(0.05, abs=1e-6)
    assert chi_square_tail(0, freedom) == 1


@pytest.mark.parametrize("buyers", [1.0, 0.1])
def test_means_are_compared_by_bootstrap_and_the_same_data_give_the_same_interval(buyers):
    """Whether nearly all customers spent or nearly none did: the two are drawn in different ways."""
    rng = np.random.default_rng(1)
    one, other = (rng.exponential(mean, size) * (rng.random(size) < buyers) for mean, size in ((11, 900), (10, 1100)))
    gap, share = compare_means(one, other)
    assert share is not None
    normal = 1.96 * math.sqrt(one.var() / 900 + other.var() / 1100)
    assert gap.interval.high - gap.interval.low == pytest.approx(2 * normal, rel=0.08)
    assert (gap.value, share.value) == (one.mean() - other.mean(), one.mean() / other.mean())
    assert compare_means(one, other) == (gap, share)


def test_a_mean_that_may_be_nothing_is_no_base_for_a_ratio():
    assert compare_means(np.ones(50), np.array([-1.0, 1.0] * 25))[1] is None


def test_what_was_spent_before_narrows_the_interval_and_leaves_the_difference_in_expectation():
    rng = np.random.default_rng(2)
    before = {arm: rng.exponential(50, 2000) for arm in "ab"}
    outcomes = {arm: values * 0.8 + rng.exponential(20, 2000) for arm, values in before.items()}
    adjusted = adjust(outcomes, before)
    assert adjusted is not None
    assert adjusted.saved == pytest.approx(0.8, abs=0.03)
    wide, _ = compare_means(outcomes["a"], outcomes["b"])
    narrow, _ = compare_means(adjusted.values["a"], adjusted.values["b"])
    width = [found.interval.high - found.interval.low for found in (wide, narrow)]
    assert width[1] / width[0] == pytest.approx(math.sqrt(1 - adjusted.saved), rel=0.1)
    together = [np.concatenate([values["a"], values["b"]]).mean() for values in (outcomes, adjusted.values)]
    assert together[0] == pytest.approx(together[1])


def test_a_past_that_foretells_nothing_adjusts_nothing():
    outcomes = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 1.0])}
    assert adjust(outcomes, {arm: np.zeros(2) for arm in "ab"}) is None


def test_the_interval_for_every_look_is_wider_than_the_one_for_a_single_look_and_narrowest_where_it_was_planned():
    planned = planned_variance(0.02)
    reach = {
        scale: always_valid(0.0, planned * scale, planned=planned).high / math.sqrt(planned * scale)
        for scale in (0.01, 0.5, 1, 2, 100)
    }
    assert min(reach.values()) > 2.7
    assert min(reach, key=reach.get) in (0.5, 1)
    assert reach[1] == pytest.approx(3.03, abs=0.05)


@pytest.mark.parametrize(("one", "other"), [(4000, 4000), (6000, 2000)])
def test_the_smallest_rise_seen_and_the_customers_needed_for_it_agree(one, other):
    rise = smallest_seen(0.2, one, other)
    needed = customers_needed(0.2, rise, share=one / 100, holdout=other / 100)
    assert needed == pytest.approx(one + other, abs=2)


def test_arms_as_meant_are_not_suspicious_and_others_are():
    shares = {"a": 40.0, HOLDOUT: 20.0}
    assert sample_ratio({"a": 4010, HOLDOUT: 1990}, shares) > 0.5
    assert sample_ratio({"a": 4300, HOLDOUT: 1700}, shares) < 1e-6
    assert sample_ratio({}, shares) == 1


# --- customers ------------------------------------------------------------------------------------------------------


def order(number, customer="C1", *, day, total="50", currency="GBP", store="s", lines=()):
    return Purchase(
        store=store,
        order_id=str(number),
        customer_id=customer,
        ordered_on=day,
        currency=currency,
        worth=None if total is None else Decimal(total),
        lines=tuple(lines),
    )


def slip(number, arm="code", day=date(2026, 1, 10), store="s"):
    at = datetime(day.year, day.month, day.day, 9, tzinfo=UTC)
    return Exposure(store=store, order_id=str(number), campaign="second-order", arm=arm, at=at)


def first(found):
    (subject,) = found.customers
    return subject


def test_orders_within_twelve_weeks_after_the_slip_count_and_no_others():
    days = [
        date(2025, 12, 1),
        date(2026, 1, 8),
        date(2026, 1, 10),
        date(2026, 2, 1),
        date(2026, 4, 4),
        date(2026, 4, 5),
    ]
    orders = [order(number, day=day, total=str(2**number)) for number, day in enumerate(days)]
    subject = first(gather([slip(1)], orders, costs={}))
    assert (subject.since, subject.was_first, subject.again_after) == (date(2026, 1, 10), False, 22)
    assert subject.revenue == 2**3 + 2**4, "the order of the slip's day is neither before nor after it"
    assert subject.before == 2**0
    assert not subject.is_ripe(date(2026, 4, 3))
    assert subject.is_ripe(date(2026, 4, 4))


def test_a_customer_counts_once_from_the_first_slip_in_its_arm():
    orders = [order(1, day=date(2026, 1, 8)), order(2, day=date(2026, 2, 1))]
    found = gather([slip(2, "code", date(2026, 2, 3)), slip(1, "letter")], orders, costs={})
    assert (first(found).arm, first(found).since, found.moved) == ("letter", date(2026, 1, 10), 1)
    assert first(found).was_first


def test_the_same_number_in_another_store_is_another_customer():
    orders = [order(1, day=date(2026, 1, 8)), order(1, day=date(2026, 2, 1), store="t")]
    found = gather([slip(1), slip(1, store="t")], orders, costs={})
    assert [one.again_after for one in found.customers] == [None, None]


def test_slips_whose_customer_the_history_no_longer_knows_are_counted():
    found = gather([slip(1), slip(9)], [order(1, day=date(2026, 1, 8))], costs={})
    assert (len(found.customers), found.unknown) == (1, 1)


def test_margin_is_the_total_less_what_goods_cost_and_unknown_costs_are_taken_like_the_known():
    lines = [Sold(sku="A", quantity=2, unit_price=Decimal(20)), Sold(sku="B", quantity=1, unit_price=Decimal(40))]
    orders = [order(1, day=date(2026, 1, 8)), order(2, day=date(2026, 2, 1), total="68", lines=lines)]
    found = gather([slip(1)], orders, costs={"A": Decimal(5)})
    assert found.costed == 0.5
    assert (first(found).revenue, first(found).margin) == (68, 68 - 10 - 10)


def test_an_order_without_a_total_brought_in_what_its_lines_say():
    lines = [Sold(sku="A", quantity=3, unit_price=Decimal("2.50")), Sold(sku="B", quantity=1, unit_price=None)]
    orders = [order(1, day=date(2026, 1, 8)), order(2, day=date(2026, 2, 1), total=None, lines=lines)]
    assert first(gather([slip(1)], orders, costs={})).revenue == 7.5


def test_what_was_called_off_or_came_back_whole_is_no_order():
    back = [Sold(sku="A", quantity=0, unit_price=Decimal(20))]
    orders = [
        order(0, day=date(2025, 12, 1), lines=back),
        order(1, day=date(2026, 1, 8)),
        replace(order(2, day=date(2026, 2, 1)), is_cancelled=True),
        order(3, day=date(2026, 2, 2), lines=back),
    ]
    subject = first(gather([slip(1)], orders, costs={}))
    assert (subject.was_first, subject.again_after, subject.revenue, subject.before) == (True, None, 0, 0)


def test_a_customer_known_by_several_ids_is_one(tmp_path):
    path = tmp_path / "history.db"
    with History.open(path) as history:
        remember(history, make_order("0", ["A"], customer="till-8", day=date(2026, 1, 8)))
        remember(history, make_order("1", ["A"], customer="C1", day=date(2026, 2, 1)))
    store = "oriel-ash"
    (mine,) = purchases_of_buyers(path, {(store, "0")})
    assert mine.order_id == "0"
    both = purchases_of_buyers(path, {(store, "0")}, same={"till-8": "C1"})
    assert [(one.order_id, one.customer_id) for one in both] == [("0", "C1"), ("1", "C1")]
    assert come_back(path, (), within=timedelta(weeks=12), until=date(2027, 1, 1)) == (0, 2)
    assert come_back(path, (), within=timedelta(weeks=12), until=date(2027, 1, 1), same={"till-8": "C1"}) == (1, 2)


def test_money_of_another_currency_is_not_added_up():
    orders = [order(1, day=date(2026, 1, 8)), order(2, day=date(2026, 2, 1), currency="EUR")]
    subject = first(gather([slip(1)], orders, costs={}))
    assert (subject.again_after, subject.revenue) == (22, 0)


def test_codes_are_known_again_however_they_are_written():
    offer = Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90)
    grant = GrantRecord(
        store="s", order_id="1", promo_code="H7QK-M3XD-9FRT", offer=offer, granted_on="2026-01-10", expires_on="",
        review_token="", review_url="", segment="new",
    )  # fmt: skip
    data = b"Order,Code\n77,h7qkm3xd 9frt\n78,SUMMER\n"
    found = read_redemptions(data, [grant], name="used.csv")
    assert found.orders == {("s", "1")}
    assert [finding.code for finding in found.findings] == ["codes.unknown"]
    assert first(gather([slip(1)], [order(1, day=date(2026, 1, 8))], costs={}, redeemed=found.orders)).redeemed
    (missing,) = read_redemptions(b"voucher\nX\n", [grant], name="used.csv").findings
    assert missing.code == "codes.column_missing"


# --- the study ------------------------------------------------------------------------------------------------------

CAMPAIGN = make_campaign(variants={"code": 40.0, "letter": 40.0}, holdout=20.0, smallest_lift=20.0)


def crowd(arm, size, rate, *, since=date(2026, 1, 1), days=60, revenue=40.0):
    """Customers who come evenly; every so many of them order again."""
    again = [math.floor((number + 1) * rate) > math.floor(number * rate) for number in range(size)]
    return [
        Subject(
            arm=arm,
            since=since + timedelta(days=number * days // size),
            was_first=number % 2 == 0,
            again_after=10 + number % 60 if came else None,
            currency="GBP",
            revenue=revenue + number % 7 if came else 0.0,
            margin=0.4 * revenue if came else 0.0,
            before=0.0,
            redeemed=came and arm == "code",
        )
        for number, came in enumerate(again)
    ]


def study_of(*groups, campaign=CAMPAIGN, day=DAY, **values):
    customers = sorted((one for group in groups for one in group), key=lambda one: one.since)
    return make_study(
        campaign, Subjects(customers=tuple(customers), costed=0.9, has_redemptions=True), day=day, **values
    )


def usual_crowd(size=4000, lifts=(1.6, 1.0), **values):
    rates = {"code": 0.2 * lifts[0], "letter": 0.2 * lifts[1], HOLDOUT: 0.2}
    sizes = {"code": size, "letter": size, HOLDOUT: size // 2}
    return [crowd(arm, sizes[arm], rate, **values) for arm, rate in rates.items()]


def verdicts(study):
    return {outlook.arm: outlook.verdict for outlook in study.outlooks}


def test_a_clear_effect_is_sure_and_none_is_none():
    study = study_of(*usual_crowd())
    assert verdicts(study) == {"code": Verdict.SURE, "letter": Verdict.NOTHING}
    found = study.deciding("code")
    assert found.ratio.value == pytest.approx(1.6, abs=0.01)
    assert found.ratio.interval.low > 1.3


def test_a_variant_that_drives_customers_away_is_told_so():
    study = study_of(*usual_crowd(lifts=(0.5, 1.0)))
    said = say_verdict(study, study.outlooks[0])
    assert (verdicts(study)["code"], said.mood) == (Verdict.SURE, "bad")
    assert "50 % fewer customers come back" in said.headline.replace("\u202f", " ")


def test_what_only_a_single_look_shows_is_told_with_that_caution():
    study = study_of(*usual_crowd(size=4000, lifts=(1.15, 1.0)))
    assert verdicts(study)["code"] is Verdict.READ
    assert "at the first look" in say_verdict(study, study.outlooks[0]).below


def test_before_it_is_readable_nothing_but_the_interval_for_every_look_makes_a_result():
    today = date(2026, 7, 10)
    study = study_of(*usual_crowd(size=4000, lifts=(1.15, 1.0), days=190), day=today)
    assert verdicts(study) == {"code": Verdict.OPEN, "letter": Verdict.OPEN}
    outlook = study.outlooks[0]
    assert outlook.needed > 0
    assert outlook.readable > today
    assert "will be readable on" in say_verdict(study, outlook).below


def test_customers_without_their_twelve_weeks_count_in_nothing():
    study = study_of(*usual_crowd(since=date(2026, 6, 1), days=20), usual=Count(200, 1000))
    assert all(arm.ripe == 0 and arm.again == Count(0, 0) for arm in study.arms)
    assert set(verdicts(study).values()) == {Verdict.EARLY}
    assert study.outlooks[0].rate == 0.2
    assert study.outlooks[0].readable > DAY
    assert "readable on" in say_verdict(study, study.outlooks[0]).below


def test_uneven_arms_are_told_before_any_result():
    study = study_of(*usual_crowd(), crowd("letter", 800, 0.2))
    assert set(verdicts(study).values()) == {Verdict.BROKEN}
    assert "The arms are uneven" in study_page(study).decode()


def test_a_campaign_that_is_too_short_says_so():
    campaign = make_campaign(
        variants={"code": 40.0, "letter": 40.0}, holdout=20.0, smallest_lift=2.0, ends=date(2026, 6, 1)
    )
    study = study_of(*usual_crowd(lifts=(1.0, 1.0), days=150), campaign=campaign)
    assert study.outlooks[0].readable is None
    below = say_verdict(study, study.outlooks[0]).below.replace("\u202f", " ")
    assert "the campaign is over before that. What can be read at its end, on 24 August 2026, is an effect of" in below
    assert study.outlooks[0].seen_at_end < study.outlooks[0].seen_now


def test_a_campaign_that_was_too_short_is_read_once_at_its_end():
    campaign = make_campaign(variants={"code": 40.0, "letter": 40.0}, smallest_lift=2.0, ends=date(2026, 3, 1))
    study = study_of(*usual_crowd(lifts=(1.15, 1.0)), campaign=campaign)
    assert verdicts(study) == {"code": Verdict.READ, "letter": Verdict.NOTHING}
    assert "since 24 May 2026" in say_verdict(study, study.outlooks[0]).below
    assert "Too few customers came" in say_verdict(study, study.outlooks[1]).below


def test_the_readable_day_is_that_on_which_the_last_customer_needed_has_had_twelve_weeks():
    study = study_of(*usual_crowd())
    outlook = study.outlooks[0]
    since = sorted(one.since for group in (crowd("code", 4000, 0.32), crowd(HOLDOUT, 2000, 0.2)) for one in group)
    assert outlook.readable == since[outlook.needed - 1] + timedelta(weeks=12)


def test_only_first_orders_count_where_the_campaign_is_about_second_ones():
    campaign = make_campaign(variants={"code": 40.0, "letter": 40.0}, measure="second purchase")
    study = study_of(*usual_crowd(), campaign=campaign)
    assert study.arms[0].second.trials == 2000
    assert study.deciding("code").measure == "second purchase"
    assert study.outlooks[0].entered == 3000


def test_a_study_of_nobody_is_a_page_all_the_same():
    study = study_of()
    assert set(verdicts(study).values()) == {Verdict.EARLY}
    assert b"Too early" in study_page(study)
    json.loads(study_json(study))


def test_the_csv_has_a_row_for_each_comparison_and_the_json_says_all():
    study = study_of(*usual_crowd())
    rows = list(csv.DictReader(io.StringIO(study_csv(study).decode())))
    assert {(row["measure"], row["arm"]) for row in rows} == {
        (measure, arm) for measure in ("repeat", "second purchase", "revenue", "margin") for arm in ("code", "letter")
    }
    code = next(row for row in rows if (row["measure"], row["arm"]) == ("repeat", "code"))
    assert float(code["ratio_low"]) < float(code["ratio"]) < float(code["ratio_high"])
    assert float(code["always_low"]) < float(code["difference_low"])
    values = json.loads(study_json(study))
    assert values == json.loads(json.dumps(study_values(study)))
    assert values["arms"][0]["redeemed"] == [1280, 4000]


def test_the_page_needs_nothing_beside_it_and_believes_no_name():
    campaign = make_campaign(name="<script>alert(1)</script> & co", variants={"code": 40.0, "letter": 40.0})
    page = study_page(study_of(*usual_crowd(), campaign=campaign)).decode()
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert re.findall(r"(?:src|href)=", page) == []
    assert page.count("<svg") == 4
    assert "default-src 'none'" in page


# --- the history's part ---------------------------------------------------------------------------------------------


def test_every_order_of_the_buyers_is_found_and_nobody_elses(tmp_path):
    path = tmp_path / "state" / "history.db"
    assert purchases_of_buyers(path, [("oriel-ash", "1")]) == ()
    with History.open(path) as history:
        remember(
            history,
            make_order("1", ["A"], customer="C1"),
            make_order("2", ["B", "C"], customer="C1", day=date(2026, 11, 9)),
            make_order("3", ["A"], customer="C2"),
            make_order("4", ["A"], customer=""),
            make_order("5", ["A"], customer="C1", store="halden"),
        )
    found = purchases_of_buyers(path, [("oriel-ash", "1"), ("oriel-ash", "4")])
    assert [(one.order_id, one.ordered_on, len(one.lines)) for one in found] == [
        ("1", date(2026, 11, 1), 1),
        ("2", date(2026, 11, 9), 2),
    ]
    within = timedelta(weeks=12)
    assert come_back(path, (), within=within, until=date(2027, 1, 25)) == (1, 3)
    assert come_back(path, ("oriel-ash",), within=timedelta(days=7), until=date(2027, 3, 1)) == (0, 3)
    assert come_back(tmp_path / "none.db", (), within=within, until=DAY) == (0, 0)
