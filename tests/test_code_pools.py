"""Codes of pools in the ledger: imported, reserved with the grant, issued with the document, given back."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from line_kit import make_choice

from packslip.errors import RetryLater
from packslip.ledger import (
    Arrival,
    CodeState,
    Drawn,
    Ledger,
    NewCode,
    Order,
    Origin,
    ParcelState,
    Redemption,
    Refusal,
    Source,
    Told,
    Wish,
    pools,
    redeeming,
    reserving,
)
from packslip.model import DRY, Drop, Grant, Offer, OrderKey, Where, error

SECRET = b"s" * 32
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
TODAY = NOW.date()
WELCOME = Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90)
POOL = Source(pool="spring", is_imported=True)
HELD = (error("x.bad", Where(file="a.csv", line=2), "is bad", "mend it"),)


@pytest.fixture
def ledger(tmp_path):
    with open_ledger(tmp_path) as opened:
        yield opened


def open_ledger(folder):
    ledger = Ledger.open(folder / "state/ledger.db", secret=SECRET, now=lambda: NOW)
    ledger.take_drop(Drop(name="a.csv", spool=Path("unused"), sha256="x", accepted_at=NOW), drop_id="d1", source="1")
    return ledger


def fill(ledger, *texts, pool="spring", **values):
    new = [NewCode(line=line, code=text, **values) for line, text in enumerate(texts, 2)]
    return ledger.codes.add(pool, new)


def accept(ledger, order_id="4711", parcel=1):
    key = OrderKey(store="s", order_id=order_id, parcel=parcel)
    where = Where(file="a.csv", line=hash(key) % 100_000)
    data = f"{order_id}/{parcel}"
    return ledger.accept(Arrival(key=key, data_sha256=data, drop="d1", drop_name="a.csv", where=where)).record.ref


def grant(ledger, ref, *sources, offer=WELCOME, customers=(), begins=TODAY):
    wish = Wish(offer=offer, begins=begins, sources=sources or (POOL,), customers=customers)
    return ledger.grant_from(ref.key, wish, today=TODAY, template="HTTPS://X/{token}", segment="new")


def draw(ledger, ref, code=""):
    drawn = Drawn(
        choice=make_choice(),
        offer="welcome" if code else "",
        promo_code=code,
        slip="{}",
        document="d" * 64,
        size=10,
        pages=1,
        media="a4",
        drawn_by="reference",
        release="r1",
        station="bench",
        printer="bench-a4",
        pieces={"1": 1},
        findings=(),
    )
    ledger.ready(ref, drawn)


def states(ledger):
    return {row.code: row.state.value for row in ledger.codes.all()}


def row_of(ledger, code):
    return next(row for row in ledger.codes.all() if row.code == code)


def wrong(ledger):
    return [str(finding) for finding in ledger.upkeep.check_records()]


# from free to issued


def test_a_code_is_reserved_when_granted_and_issued_with_the_document(ledger):
    fill(ledger, "AA-1", "AA-2")
    ref = accept(ledger)
    granted = grant(ledger, ref)
    assert (granted.promo_code, granted.pool, granted.expires_on) == ("AA-1", "spring", date(2027, 2, 18))
    assert states(ledger) == {"AA-1": "reserved", "AA-2": "free"}
    assert grant(ledger, ref) == granted
    draw(ledger, ref, "AA-1")
    assert states(ledger) == {"AA-1": "issued", "AA-2": "free"}
    assert wrong(ledger) == []


def test_every_parcel_of_an_order_has_its_one_code(ledger):
    fill(ledger, "AA-1", "AA-2")
    first, second = accept(ledger), accept(ledger, parcel=2)
    assert grant(ledger, first) == grant(ledger, second)
    draw(ledger, first, "AA-1")
    draw(ledger, second, "AA-1")
    assert states(ledger) == {"AA-1": "issued", "AA-2": "free"}
    assert wrong(ledger) == []


def test_what_was_granted_stands_when_the_rules_want_something_else(ledger):
    fill(ledger, "AA-1")
    fill(ledger, "BB-1", pool="autumn")
    ref = accept(ledger)
    granted = grant(ledger, ref)
    ledger.hold(ref, HELD)
    ledger.retry(ref)
    other = replace(WELCOME, name="friends", amount=Decimal(20))
    assert grant(ledger, ref, Source(pool="autumn", is_imported=True), offer=other) == granted
    assert states(ledger) == {"AA-1": "reserved", "BB-1": "free"}


def test_a_parcel_drawn_without_a_code_gives_it_back(ledger):
    fill(ledger, "AA-1")
    ref = accept(ledger)
    grant(ledger, ref)
    ledger.hold(ref, HELD)
    ledger.retry(ref)
    draw(ledger, ref)
    assert states(ledger) == {"AA-1": "free"}
    assert ledger.granted("s", "4711").promo_code == ""
    assert ledger.granted("s", "4711").review_token


@pytest.mark.parametrize("end", ["cancel", "put aside", "abandon"])
def test_an_order_that_was_never_ready_gives_its_code_back(ledger, end):
    fill(ledger, "AA-1")
    ref = accept(ledger)
    grant(ledger, ref)
    if end == "cancel":
        ledger.cancel(ref)
    else:
        ledger.hold(ref, HELD)
        assert states(ledger) == {"AA-1": "reserved"}
        if end == "put aside":
            ledger.put_aside(ref)
        else:
            ledger.upkeep.abandon(NOW + timedelta(days=1), limit=10)
    assert states(ledger) == {"AA-1": "free"}
    assert grant(ledger, accept(ledger, "4712")).promo_code == "AA-1"
    assert wrong(ledger) == []


def test_a_code_that_was_on_paper_never_comes_back(ledger):
    fill(ledger, "AA-1")
    ref = accept(ledger)
    draw(ledger, ref, grant(ledger, ref).promo_code)
    ledger.cancel(ref)
    assert states(ledger) == {"AA-1": "issued"}
    assert grant(ledger, accept(ledger, "4712")) is Refusal.DRY


def test_a_parcel_called_off_keeps_the_code_for_the_other_one(ledger):
    fill(ledger, "AA-1")
    first, second = accept(ledger), accept(ledger, parcel=2)
    grant(ledger, first)
    ledger.cancel(first)
    assert states(ledger) == {"AA-1": "reserved"}
    draw(ledger, second, grant(ledger, second).promo_code)
    assert states(ledger) == {"AA-1": "issued"}


def test_a_slip_drawn_with_a_code_that_its_order_lost_is_not_made_ready(ledger):
    """One parcel was put aside while the other was drawn: the code may be another order's by now."""
    fill(ledger, "AA-1", "AA-2")
    ref = accept(ledger)
    code = grant(ledger, ref).promo_code
    with closing(sqlite3.connect(ledger_path(ledger))) as other:
        other.execute("UPDATE codes SET state = 'free', store = '', order_id = '' WHERE code = ?", (code,))
        other.execute("UPDATE grants SET promo_code = '', offer = 'null', pool = ''")
        other.commit()
    assert grant(ledger, accept(ledger, "4712")).promo_code == code
    with pytest.raises(RetryLater):
        draw(ledger, ref, code)
    assert ledger.record(ref).state is ParcelState.ACCEPTED
    assert ledger.record(ref).document == ""
    draw(ledger, ref, grant(ledger, ref).promo_code)
    assert states(ledger) == {"AA-1": "reserved", "AA-2": "issued"}


def ledger_path(ledger):
    return ledger._thread._engine.url.database


def test_the_database_itself_keeps_an_issued_code_with_its_order(ledger):
    fill(ledger, "AA-1", "AA-2")
    for order in ("1", "2"):
        ref = accept(ledger, order)
        draw(ledger, ref, grant(ledger, ref).promo_code)
    with closing(sqlite3.connect(ledger_path(ledger))) as other:
        for change in (
            "UPDATE codes SET state = 'free' WHERE code = 'AA-1'",
            "UPDATE codes SET order_id = '3' WHERE code = 'AA-1'",
            "UPDATE codes SET order_id = '2' WHERE code = 'AA-1'",
            f"INSERT INTO codes ({A_SECOND}) SELECT 'X', {A_SECOND[5:]} FROM codes WHERE code = 'AA-1'",
        ):
            with pytest.raises(sqlite3.IntegrityError):
                other.execute(change)


# which code


def test_the_code_that_ends_first_goes_first_and_one_that_ends_too_soon_never(ledger):
    fill(ledger, "LATE", expires_on=date(2027, 3, 1))
    fill(ledger, "NEVER")
    fill(ledger, "SOON", expires_on=date(2026, 12, 24))
    fill(ledger, "OVER", expires_on=date(2026, 11, 19))
    source = replace(POOL, least_days=14)
    given = [grant(ledger, accept(ledger, str(number)), source) for number in range(4)]
    assert [one.promo_code for one in given[:3]] == ["SOON", "LATE", "NEVER"]
    assert [one.expires_on for one in given[:3]] == [date(2026, 12, 24), date(2027, 2, 18), date(2027, 2, 18)]
    assert given[3] is Refusal.DRY
    (level,) = ledger.codes.levels(NOW)
    assert (level.free, level.ended, level.reserved) == (0, 1, 3)


def test_days_count_from_the_day_of_delivery(ledger):
    fill(ledger, "AA-1")
    assert grant(ledger, accept(ledger), begins=date(2026, 11, 25)).expires_on == date(2027, 2, 23)


def test_a_code_is_granted_for_what_it_is_worth_and_for_nothing_else(ledger):
    fill(ledger, "TWENTY", worth="20%")
    fill(ledger, "FIFTEEN", worth="15%", minimum="40.00 GBP")
    granted = grant(ledger, accept(ledger))
    assert granted.promo_code == "FIFTEEN"
    assert (granted.offer.minimum, granted.offer.minimum_currency) == (Decimal("40.00"), "GBP")
    assert grant(ledger, accept(ledger, "2")) is Refusal.DRY
    precise = replace(WELCOME, amount=Decimal("20.00"))
    assert grant(ledger, accept(ledger, "2"), offer=precise).promo_code == "TWENTY"


def test_sources_are_tried_in_turn_and_a_dry_one_leaves_nothing_behind(ledger):
    ref = accept(ledger)
    assert grant(ledger, ref) is Refusal.DRY
    assert ledger.granted("s", "4711") is None
    made = grant(ledger, ref, POOL, Source(pool="made", prefix="WEL"))
    assert made.promo_code.startswith("WEL-")
    assert made.pool == "made"
    draw(ledger, ref, made.promo_code)
    (row,) = ledger.codes.all()
    assert (row.state, row.pool, row.origin) == (CodeState.ISSUED, "made", Origin.SLIP)
    assert wrong(ledger) == []


# once per customer


def test_a_customer_gets_such_a_code_once_by_whichever_id(ledger):
    fill(ledger, "AA-1", "AA-2", "AA-3")
    first = accept(ledger, "1")
    assert isinstance(grant(ledger, first, customers=("chief", "other")), Grant)
    assert isinstance(grant(ledger, first, customers=("chief", "other")), Grant)
    assert grant(ledger, accept(ledger, "2"), customers=("chief",)) is Refusal.HAD
    assert grant(ledger, accept(ledger, "3"), customers=("new chief", "other", "chief")) is Refusal.HAD
    assert isinstance(grant(ledger, accept(ledger, "4"), customers=("somebody",)), Grant)
    assert sorted(states(ledger).values()) == ["free", "reserved", "reserved"]


def test_a_code_given_back_counts_for_nothing(ledger):
    made = Source(pool="made")
    first = accept(ledger, "1")
    grant(ledger, first, made, customers=("c",))
    ledger.cancel(first)
    assert isinstance(grant(ledger, accept(ledger, "2"), made, customers=("c",)), Grant)


# import


def test_the_same_file_twice_doubles_nothing(ledger):
    assert fill(ledger, "AA-1", "AA-2") == (Told.ADDED, Told.ADDED)
    grant(ledger, accept(ledger))
    assert fill(ledger, "aa1", "AA-2", "AA-3") == (Told.KNOWN, Told.KNOWN, Told.ADDED)
    assert states(ledger) == {"AA-1": "reserved", "AA-2": "free", "AA-3": "free"}


def test_a_code_of_another_pool_with_other_terms_or_made_here_is_refused(ledger):
    ours = ledger.grant(accept(ledger).key, WELCOME, today=TODAY, template="{token}").promo_code
    fill(ledger, "AA-1", worth="15%")
    assert fill(ledger, "AA1", worth="15%", pool="autumn") == (Told.OTHER_POOL,)
    assert fill(ledger, "AA-1", worth="20%") == (Told.OTHER_TERMS,)
    assert fill(ledger, ours, ours.lower().replace("-", "")) == (Told.OURS, Told.OURS)


def test_codes_that_were_sent_by_mail_are_never_granted(ledger):
    new = [NewCode(line=2, code="MAIL-1", issued_on=date(2026, 11, 1))]
    assert ledger.codes.add("spring", new, origin=Origin.EMAIL) == (Told.ADDED,)
    assert ledger.codes.add("spring", new, origin=Origin.EMAIL) == (Told.KNOWN,)
    assert grant(ledger, accept(ledger)) is Refusal.DRY
    fill(ledger, "AA-1")
    sent = [NewCode(line=2, code="AA-1", issued_on=date(2026, 11, 1))]
    assert ledger.codes.add("spring", sent, origin=Origin.EMAIL) == (Told.OTHER_TERMS,)


def test_what_waits_for_a_code_goes_on_when_some_are_imported(ledger):
    waiting, other, broken = (accept(ledger, order) for order in ("1", "2", "3"))
    dry = error(DRY, Where(file="a.csv", line=2, spot="spring"), "the pool has no code")
    ledger.hold(waiting, (dry,))
    ledger.hold(other, (replace(dry, where=replace(dry.where, spot="autumn, winter")),))
    ledger.hold(broken, (dry, *HELD))
    fill(ledger, "AA-1")
    assert [ledger.record(ref).state.value for ref in (waiting, other, broken)] == ["accepted", "held", "held"]
    fill(ledger, "WW-1", pool="winter")
    assert [ledger.record(ref).state.value for ref in (waiting, other, broken)] == ["accepted", "accepted", "held"]


@pytest.mark.parametrize(
    "statement",
    [
        reserving._NEXT,
        reserving._ISSUE,
        reserving._GIVE_BACK,
        reserving._FIRST,
        reserving._RELEASE,
        pools._LEVEL,
        redeeming._GRANTED,
    ],
)
def test_no_statement_of_the_line_looks_at_every_code(ledger, statement):
    """Partial indexes serve only what says their condition word for word."""
    fill(ledger, "AA-1")
    values = dict.fromkeys(("at_pool", "at_worth", "at_day", "at_store", "at_order_id", "at_customer", "at_code"), "x")
    text, constants = statement._compile((*values, "at_most", *(("state",) if "UPDATE" in kind(statement) else ())))
    with closing(sqlite3.connect(ledger_path(ledger))) as other:
        plan = other.execute(
            f"EXPLAIN QUERY PLAN {text}", {**constants, **values, "at_most": 1, "state": "x"}
        ).fetchall()
    assert [row[3] for row in plan if "SCAN" in row[3]] == []
    assert any("INDEX" in row[3] for row in plan)


def kind(statement):
    return str(statement._statement)


def test_after_a_restore_no_code_is_given_out_that_may_be_on_paper(ledger):
    fill(ledger, "AA-1", "AA-2", "AA-3")
    printed, drawing = accept(ledger, "1"), accept(ledger, "2")
    draw(ledger, printed, grant(ledger, printed, customers=("a",)).promo_code)
    grant(ledger, drawing, customers=("b",))
    ledger.upkeep.doubt(NOW, through=TODAY)
    assert states(ledger) == {"AA-1": "issued", "AA-2": "withdrawn", "AA-3": "withdrawn"}
    ledger.release(drawing)
    assert grant(ledger, drawing, customers=("b",)) is Refusal.DRY
    assert ledger.codes.add("spring", [NewCode(line=2, code="AA-3")], renew=True) == (Told.RENEWED,)
    assert grant(ledger, drawing, customers=("b",)).promo_code == "AA-3"
    assert wrong(ledger) == []


def test_a_code_that_an_order_has_is_not_withdrawn(ledger):
    fill(ledger, "AA-1", "AA-2", "AA-3", "AA-4")
    fill(ledger, "BB-1", pool="autumn")
    printed = accept(ledger, "1")
    draw(ledger, printed, grant(ledger, printed).promo_code)
    grant(ledger, accept(ledger, "2"))
    assert ledger.codes.withdraw("spring", ["aa1", "aa2", "aa3", "BB-1", "NOBODY-S"]) == 1
    assert ledger.codes.withdraw("spring") == 1
    assert states(ledger) == {
        "AA-1": "issued",
        "AA-2": "reserved",
        "AA-3": "withdrawn",
        "AA-4": "withdrawn",
        "BB-1": "free",
    }
    assert wrong(ledger) == []


# what was used, and what is forgotten


def test_uses_are_told_again_in_place_of_the_first(ledger):
    fill(ledger, "AA-1")
    ref = accept(ledger)
    draw(ledger, ref, grant(ledger, ref).promo_code)
    used = Redemption(code="aa1", order_id="900", used_on=date(2026, 12, 1), revenue="80.00", currency="GBP")
    assert ledger.codes.redeem([used, Redemption(code="NOBODY-S")]) == (True, False)
    assert ledger.codes.redeem([replace(used, revenue="75.00")]) == (True,)
    (told,) = ledger.codes.redemptions()
    assert (told.code, told.revenue) == ("AA1", "75.00")
    assert row_of(ledger, "AA-1").is_redeemed


def test_a_code_made_here_is_known_however_a_till_writes_it(ledger):
    made = grant(ledger, accept(ledger), Source(pool="made", prefix="WEL")).promo_code
    plain = ledger.grant(accept(ledger, "2").key, WELCOME, today=TODAY, template="{token}").promo_code
    spellings = [write for code in (made, plain) for write in (code, code.lower(), code.replace("-", ""))]
    assert made.startswith("WEL-")
    assert ledger.codes.redeem([Redemption(code=spelling) for spelling in spellings]) == (True,) * 6
    assert len(ledger.codes.redemptions()) == 2


def test_an_erased_order_s_code_stays_issued_and_is_nobody_s(ledger):
    fill(ledger, "AA-1", "AA-2")
    printed, put_aside = accept(ledger, "PRINTED-1"), accept(ledger, "HELD-1")
    draw(ledger, printed, grant(ledger, printed, customers=("hash-of-ada",)).promo_code)
    grant(ledger, put_aside)
    ledger.hold(put_aside, HELD)
    ledger.codes.redeem([Redemption(code="AA-1", order_id="USED-1"), Redemption(code="AA-2", order_id="PRINTED-1")])
    ledger.upkeep.erase([Order(store="s", order_id=one) for one in ("PRINTED-1", "HELD-1")], renamed={}, mark="m")
    with closing(sqlite3.connect(ledger_path(ledger))) as other:
        left = "\n".join(other.iterdump())
    for trace in ("PRINTED-1", "HELD-1", "USED-1", "hash-of-ada"):
        assert trace not in left
    assert states(ledger) == {"AA-1": "issued", "AA-2": "free"}
    assert wrong(ledger) == []


def test_the_ledger_is_told_wrong_where_a_code_and_its_order_part(ledger):
    fill(ledger, "AA-1", "AA-2")
    ref = accept(ledger)
    draw(ledger, ref, grant(ledger, ref).promo_code)
    with closing(sqlite3.connect(ledger_path(ledger))) as other:
        other.execute("UPDATE grants SET promo_code = 'AA-2'")
        other.commit()
    assert any("not granted to it" in text for text in wrong(ledger))
    with closing(sqlite3.connect(ledger_path(ledger))) as other:
        other.execute("UPDATE grants SET promo_code = 'AA-1'")
        other.execute("DROP TRIGGER codes_change")
        other.execute("UPDATE codes SET state = 'reserved' WHERE code = 'AA-1'")
        other.commit()
    assert any("on paper, and reserved" in text for text in wrong(ledger))


class Crash(BaseException):
    """The process is gone."""


class PoolLife(RuleBasedStateMachine):
    """Orders, imports and crashes in any order: nothing doubled, nothing lost, nothing on paper but issued."""

    def __init__(self):
        super().__init__()
        self.folder = Path(self.make_folder())
        self.ledger = open_ledger(self.folder)
        self.imported: set[str] = set()
        self.papers: dict[str, set[str]] = {}  # order → codes seen on documents that became ready
        self.drawing: dict[tuple[str, int], str] = {}  # parcel → the code its drawing thread has in hand
        self.orders: set[tuple[str, int]] = set()

    @staticmethod
    def make_folder():
        import tempfile

        return tempfile.mkdtemp(prefix="packslip-pools-")

    orders_of = st.tuples(st.sampled_from("ABCD"), st.integers(1, 2))

    def _ref(self, parcel):
        order, number = parcel
        return next(one.ref for one in self.ledger.find(f"{order}/{number}") if one.key.order_id == order)

    def _state(self, parcel):
        return self.ledger.record(self._ref(parcel)).state

    @rule(numbers=st.sets(st.integers(1, 9), min_size=1))
    def fill(self, numbers):
        texts = [f"C{number:02}" for number in sorted(numbers)]
        fill(self.ledger, *texts)
        self.imported |= set(texts)

    @rule(numbers=st.sets(st.integers(1, 9), min_size=1), back=st.booleans())
    def withdraw(self, numbers, back):
        texts = [f"C{number:02}" for number in sorted(numbers)]
        self.ledger.codes.withdraw("spring", texts)
        if back:
            told = self.ledger.codes.add("spring", [NewCode(line=2, code=text) for text in texts], renew=True)
            self.imported |= {text for text, one in zip(texts, told, strict=True) if one is Told.ADDED}

    @rule(parcel=orders_of)
    def arrive(self, parcel):
        if parcel not in self.orders:
            accept(self.ledger, *parcel)
            self.orders.add(parcel)

    @rule(parcel=orders_of, once=st.booleans())
    def grant(self, parcel, once):
        if parcel in self.orders and self._state(parcel) is ParcelState.ACCEPTED:
            made = grant(self.ledger, self._ref(parcel), customers=(parcel[0],) if once else ())
            if isinstance(made, Grant):
                self.drawing[parcel] = made.promo_code

    @rule(parcel=orders_of, with_code=st.booleans())
    def ready(self, parcel, with_code):
        """A parcel that nothing was granted to was refused a code."""
        if parcel not in self.orders or self._state(parcel) is not ParcelState.ACCEPTED:
            return
        code = self.drawing.pop(parcel, "") if with_code else ""
        try:
            draw(self.ledger, self._ref(parcel), code)
        except RetryLater:
            return
        if code:
            self.papers.setdefault(parcel[0], set()).add(code)

    @rule(parcel=orders_of, how=st.sampled_from(["cancel", "hold", "put_aside", "retry"]))
    def decide(self, parcel, how):
        if parcel not in self.orders:
            return
        state, ref = self._state(parcel), self._ref(parcel)
        if how == "cancel" and state in {ParcelState.ACCEPTED, ParcelState.HELD, ParcelState.READY}:
            self.ledger.cancel(ref)
        elif how == "hold" and state is ParcelState.ACCEPTED:
            self.ledger.hold(ref, HELD)
        elif how == "put_aside" and state is ParcelState.HELD:
            self.ledger.put_aside(ref)
        elif how == "retry" and state is ParcelState.HELD:
            self.ledger.retry(ref)

    @rule(point=st.sampled_from(["ledger.commit", "ledger.committed"]), parcel=orders_of)
    def crash(self, point, parcel):
        """Killed before or behind the commit of a grant; what was in hand is lost."""
        if parcel in self.orders and self._state(parcel) is ParcelState.ACCEPTED:
            path = Path(ledger_path(self.ledger))
            self.ledger.close()
            taken = path.read_bytes()
            with open_again(path) as other:
                grant(other, next(one.ref for one in other.find(f"{parcel[0]}/{parcel[1]}")))
            if point == "ledger.commit":
                path.write_bytes(taken)
        else:
            self.ledger.close()
        self.ledger = open_again(self.folder / "state/ledger.db")
        self.drawing.clear()

    @invariant()
    def nothing_is_doubled_or_lost(self):
        rows = self.ledger.codes.all()
        assert {row.code for row in rows} == self.imported
        owners = [(row.store, row.order_id) for row in rows if row.order_id]
        assert len(owners) == len(set(owners))
        by_code = {row.code: row for row in rows}
        for order, seen in self.papers.items():
            assert len(seen) == 1
            (code,) = seen
            assert (by_code[code].order_id, by_code[code].state) == (order, CodeState.ISSUED)
        for row in rows:
            if row.state is CodeState.RESERVED:
                open_ones = [one for one in self.ledger.find(row.order_id) if one.state in WAITING]
                assert open_ones, "a code is reserved and nobody will print it"
        assert wrong(self.ledger) == []

    def teardown(self):
        import shutil

        self.ledger.close()
        shutil.rmtree(self.folder)


#: columns of another code for the same order
A_SECOND = "bare, code, pool, origin, state, store, order_id, imported_at"
WAITING = (ParcelState.ACCEPTED, ParcelState.HELD)


def open_again(path):
    return Ledger.open(path, secret=SECRET, now=lambda: NOW)


TestPoolLife = PoolLife.TestCase
TestPoolLife.settings = hypothesis_settings(max_examples=25, stateful_step_count=25, deadline=None)
