import sqlite3
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from line_kit import make_choice
from sqlalchemy import bindparam, create_engine, insert, select, update
from sqlalchemy.exc import IntegrityError

from packslip.errors import RetryLater, UsageError, WorkspaceError
from packslip.folders import OnConflict
from packslip.ledger import (
    CONFLICT,
    LEASE,
    Arrival,
    AttemptState,
    Drawn,
    DropEnd,
    DropState,
    Intent,
    Ledger,
    ParcelState,
    Verdict,
    exposures,
)
from packslip.ledger.database import journal_mode, make_engine
from packslip.ledger.place import file_system, refuse_network
from packslip.ledger.statements import Statement
from packslip.ledger.states import (
    DROP_STEPS,
    PARCEL_STARTS,
    PARCEL_STEPS,
    Move,
    diagram,
    parcel_changes,
)
from packslip.ledger.tables import drops, metadata
from packslip.model import Because, Drop, OrderKey, Where, error, warning

SECRET = b"s" * 32
KEY = OrderKey(store="s", order_id="4711")
NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
BECAUSE = (Because(table="20-message.csv", row=3, why="first order", outputs={"message": "new"}),)
HELD = (error("x.bad", Where(file="a.csv", line=2), "is bad", "mend it"),)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET, now=lambda: NOW) as opened:
        yield opened


def take(ledger, drop_id="d1", sha256="", source="", name="a.csv"):
    drop = Drop(name=name, spool=Path("unused"), sha256=sha256 or drop_id, accepted_at=NOW)
    return ledger.take_drop(drop, drop_id=drop_id, source=source)


def arrival(drop="d1", line=2, data="x", key=KEY):
    where = Where(file="a.csv", line=line)
    return Arrival(key=key, data_sha256=data, drop=drop, drop_name="a.csv", where=where)


def drawn(document="d" * 64, pieces=None, print_on="arrival"):
    return Drawn(
        choice=make_choice(BECAUSE),
        offer="",
        slip='{"order":{}}',
        document=document,
        size=10,
        pages=2,
        media="a4",
        drawn_by="reference",
        release="r1",
        station="bench",
        printer="bench-a4",
        pieces=pieces or {"1": 1},
        findings=(warning("x.look", Where(), "look"),),
        print_on=print_on,
    )


def close_drop(ledger, drop, *, repeated=False):
    (closed,) = ledger.close_drops([DropEnd(drop=drop, repeated=repeated)])
    return closed


def send(ledger, ref):
    intent = Intent(ref=ref, document="d" * 64, printer="bench-a4", number=1, name=f"{ref.revision}.pdf")
    (attempt,) = ledger.intend([intent])
    return attempt


def bring(ledger, ref, state):
    """Take an accepted parcel to a state."""
    if state is ParcelState.ACCEPTED:
        return
    if state in (ParcelState.HELD, ParcelState.DROPPED):
        ledger.hold(ref, HELD)
        if state is ParcelState.DROPPED:
            ledger.put_aside(ref)
        return
    if state is ParcelState.CANCELLED:
        ledger.cancel(ref)
        return
    ledger.ready(ref, drawn())
    if state is ParcelState.READY:
        return
    attempt = send(ledger, ref)
    if state is ParcelState.DONE:
        ledger.conclude([attempt], AttemptState.DELIVERED)
    if state is ParcelState.UNCERTAIN:
        ledger.conclude([attempt], AttemptState.UNCERTAIN)


def accepted(ledger, state=ParcelState.ACCEPTED):
    take(ledger)
    ref = ledger.accept(arrival()).record.ref
    bring(ledger, ref, state)
    assert ledger.record(ref).state is state
    return ref


def test_the_road_of_a_parcel_is_on_record(ledger):
    ref = accepted(ledger, ParcelState.DONE)
    record = ledger.record(ref)
    assert (record.pages, record.media, record.printer, record.delivered_as) == (2, "a4", "bench-a4", "1.pdf")
    assert (record.choice, record.because[0].why) == (make_choice(BECAUSE), "first order")
    assert (record.accepted_at, record.ready_at, record.done_at) == (NOW, NOW, NOW)
    assert record.findings[0].code == "x.look"
    events = [(event.kind, event.source, event.target) for event in ledger.events(KEY)]
    assert events == [
        ("accept", "", "accepted"),
        ("draw", "accepted", "ready"),
        ("send", "ready", "sending"),
        ("finish", "sending", "done"),
    ]


MOVES = {
    Move.DRAW: lambda ledger, ref: ledger.ready(ref, drawn()),
    Move.HOLD: lambda ledger, ref: ledger.hold(ref, HELD),
    Move.RETRY: lambda ledger, ref: ledger.retry(ref),
    Move.DROP: lambda ledger, ref: ledger.put_aside(ref),
    Move.CANCEL: lambda ledger, ref: ledger.cancel(ref),
}


@pytest.mark.parametrize("state", ParcelState)
@pytest.mark.parametrize("move", MOVES)
def test_a_move_starts_from_its_own_states_only(ledger, state, move):
    ref = accepted(ledger, state)
    if state in PARCEL_STEPS[move].sources:
        MOVES[move](ledger, ref)
        assert ledger.record(ref).state is PARCEL_STEPS[move].target
    else:
        with pytest.raises(UsageError, match=f"is {state}; to {move} it, it must be"):
            MOVES[move](ledger, ref)
        assert ledger.record(ref).state is state


def test_the_database_itself_refuses_a_change_that_is_no_move():
    allowed = {(source, target) for source, _, target in parcel_changes()}
    engine = create_engine("sqlite://")
    metadata.create_all(engine)
    with engine.connect() as connection:
        for source in ParcelState:
            for target in ParcelState:
                connection.exec_driver_sql("DELETE FROM parcels")
                connection.exec_driver_sql(
                    "INSERT INTO parcels (store, order_id, parcel, revision, state, data_sha256, drop_id, accepted_at)"
                    f" VALUES ('s', 'o', 1, 1, '{source}', 'x', 'd1', 'now')"
                )
                change = f"UPDATE parcels SET state = '{target}'"
                if (source, target) in allowed or source == target:
                    connection.exec_driver_sql(change)
                else:
                    with pytest.raises(IntegrityError, match="no such change of state"):
                        connection.exec_driver_sql(change)
    engine.dispose()


def test_the_database_refuses_unknown_states_and_a_rewritten_log(ledger, tmp_path):
    accepted(ledger)
    connection = sqlite3.connect(tmp_path / "state/ledger.db")
    with pytest.raises(sqlite3.IntegrityError):
        connection.execute("UPDATE parcels SET state = 'printed'")
    with pytest.raises(sqlite3.IntegrityError, match="only added to"):
        connection.execute("UPDATE events SET who = 'me'")
    connection.close()


def test_every_state_can_be_reached_and_left_as_drawn():
    reached = set(PARCEL_STARTS)
    for _ in ParcelState:
        reached |= {target for source, _, target in parcel_changes() if source in reached}
    assert reached == set(ParcelState)
    assert {step.target for step in DROP_STEPS.values()} == set(DropState)


def test_the_page_draws_the_states_from_the_code():
    page = (Path(__file__).parent.parent / "docs/ledger.md").read_text(encoding="utf-8")
    assert f"```mermaid\n{diagram()}\n```" in page
    for state in ParcelState:
        assert f"*{state}*" in page


# arrivals


def test_the_same_file_seen_again_is_the_same_drop(ledger):
    first = take(ledger, "d1", "abc", "1:2")
    again = take(ledger, "d2", "abc", "1:2")
    assert (first.known, again.known, again.record.id) == (False, True, "d1")


def test_the_same_bytes_in_another_file_are_a_repeat(ledger):
    take(ledger, "d1", "abc", "1:2")
    again = take(ledger, "d2", "abc", "1:3")
    assert (again.known, again.record.repeats) == (False, "d1")
    assert take(ledger, "d3", "other", "1:4").record.repeats == ""


TAKEN = [
    ParcelState.ACCEPTED,
    ParcelState.READY,
    ParcelState.SENDING,
    ParcelState.DONE,
    ParcelState.UNCERTAIN,
    ParcelState.CANCELLED,
]


@pytest.mark.parametrize("state", [*TAKEN, ParcelState.DROPPED])
def test_the_same_data_in_another_drop_is_a_duplicate(ledger, state):
    ref = accepted(ledger, state)
    take(ledger, "d2")
    acceptance = ledger.accept(arrival("d2"))
    assert (acceptance.verdict, acceptance.record.ref) == (Verdict.DUPLICATE, ref)
    assert ledger.record(ref).state is state


@pytest.mark.parametrize("state", TAKEN)
def test_other_data_for_a_taken_parcel_is_held_beside_it(ledger, state):
    ref = accepted(ledger, state)
    before = ledger.record(ref)
    take(ledger, "d2")
    acceptance = ledger.accept(arrival("d2", data="y"))
    assert acceptance.verdict is Verdict.CONFLICT
    assert ledger.record(ref) == before
    (held,) = ledger.held()
    assert (held.ref.revision, held.findings[0].code, held.drop) == (2, CONFLICT, "d2")
    assert held.findings[0] == acceptance.record.findings[0]


def test_a_conflict_that_comes_again_stays_one_record(ledger):
    accepted(ledger, ParcelState.DONE)
    for number, data in enumerate(["y", "y", "z"], 2):
        take(ledger, f"d{number}")
        assert ledger.accept(arrival(f"d{number}", data=data)).verdict is Verdict.CONFLICT
    (held,) = ledger.held()
    assert (held.ref.revision, held.data_sha256, held.drop) == (2, "z", "d4")


def test_a_record_that_comes_again_is_tried_again_itself_where_other_data_is_held_too(ledger):
    first = accepted(ledger, ParcelState.READY)
    take(ledger, "d2", "f2")
    second = ledger.accept(arrival("d2", data="y")).record.ref
    ledger.hold(first, HELD)
    take(ledger, "d3", "f3")
    again = ledger.accept(arrival("d3"))
    assert (again.verdict, again.record.ref) == (Verdict.WALK, first)
    other = ledger.record(second)
    assert (other.state, other.data_sha256) == (ParcelState.HELD, "y")


def test_a_conflict_can_only_be_released_not_retried(ledger):
    accepted(ledger, ParcelState.DONE)
    take(ledger, "d2")
    ref = ledger.accept(arrival("d2", data="y")).record.ref
    ledger.retry(ref)
    assert ledger.accept(arrival("d2", data="y")).verdict is Verdict.CONFLICT
    ledger.release(ref)
    acceptance = ledger.accept(arrival("d2", data="y"))
    assert (acceptance.verdict, acceptance.record.ref) == (Verdict.WALK, ref)
    assert acceptance.record.forgiven == {CONFLICT}


def test_nothing_gives_way_to_a_record_that_a_person_has_released(ledger):
    first = accepted(ledger, ParcelState.READY)
    take(ledger, "d2")
    second = replace(arrival("d2", data="y"), on_conflict=OnConflict.HOLD)
    ref = ledger.accept(second).record.ref
    ledger.release(ref)
    again = ledger.accept(replace(second, on_conflict=OnConflict.NEW_REVISION))
    assert (again.verdict, again.record.ref) == (Verdict.WALK, ref)
    assert ledger.record(first).state is ParcelState.READY


@pytest.mark.parametrize("data", ["x", "y"])
def test_a_held_parcel_gives_way_to_the_next_record(ledger, data):
    ref = accepted(ledger, ParcelState.HELD)
    take(ledger, "d2")
    acceptance = ledger.accept(arrival("d2", data=data, line=9))
    assert (acceptance.verdict, acceptance.record.ref) == (Verdict.WALK, ref)
    record = ledger.record(ref)
    assert (record.state, record.drop, record.line, record.findings) == (ParcelState.ACCEPTED, "d2", 9, ())


def test_a_dropped_parcel_may_come_again_with_other_data(ledger):
    accepted(ledger, ParcelState.DROPPED)
    take(ledger, "d2")
    acceptance = ledger.accept(arrival("d2", data="y"))
    assert (acceptance.verdict, acceptance.record.ref.revision) == (Verdict.WALK, 2)


def test_another_parcel_of_the_order_is_no_conflict(ledger):
    accepted(ledger, ParcelState.DONE)
    assert ledger.accept(arrival(line=3, data="y", key=replace(KEY, parcel=2))).verdict is Verdict.WALK
    assert ledger.accept(arrival(line=4, data="y", key=replace(KEY, store="t"))).verdict is Verdict.WALK


@pytest.mark.parametrize(
    ("state", "verdict"),
    [
        (ParcelState.ACCEPTED, Verdict.WALK),
        (ParcelState.READY, Verdict.SEND),
        (ParcelState.SENDING, Verdict.SETTLED),
        (ParcelState.DONE, Verdict.SETTLED),
        (ParcelState.HELD, Verdict.SETTLED),
        (ParcelState.CANCELLED, Verdict.SETTLED),
    ],
)
def test_a_restart_takes_each_record_up_where_it_was(ledger, state, verdict):
    ref = accepted(ledger, state)
    acceptance = ledger.accept(arrival())
    assert (acceptance.verdict, acceptance.record.ref) == (verdict, ref)


def test_the_same_parcel_twice_in_one_file(ledger):
    accepted(ledger)
    assert ledger.accept(arrival(line=5)).verdict is Verdict.DUPLICATE
    assert ledger.accept(arrival(line=6, data="y")).verdict is Verdict.CONFLICT


# drops and people


def test_the_pictures_of_slips_on_record_are_known(ledger):
    one, other = "a" * 64, "b" * 64
    slip = f'{{"content":{{"picture":"picture:{one}"}},"lines":[{{"picture":"picture:{other}","name":"picture:x"}}]}}'
    ref = accepted(ledger)
    assert ledger.upkeep.pictures() == frozenset()
    ledger.ready(ref, replace(drawn(), slip=slip))
    assert ledger.upkeep.pictures() == {one, other}


def test_a_drop_closes_only_when_its_parcels_have_their_answers(ledger):
    ref = accepted(ledger)
    assert not close_drop(ledger, "d1")
    ledger.hold(ref, HELD)
    assert close_drop(ledger, "d1")
    assert ledger.drop("d1").state is DropState.DONE
    assert ledger.open_drops() == ()


def test_a_retry_reopens_the_drop(ledger):
    ref = accepted(ledger, ParcelState.HELD)
    close_drop(ledger, "d1", repeated=True)
    assert ledger.drop("d1").state is DropState.DUPLICATE
    ledger.retry(ref)
    assert [drop.id for drop in ledger.open_drops()] == ["d1"]


def test_a_drop_that_is_held_whole_can_be_tried_again_or_put_aside(ledger):
    take(ledger)
    ledger.hold_drop("d1", HELD)
    assert [drop.findings for drop in ledger.held_drops()] == [HELD]
    ledger.retry_drop("d1")
    assert ledger.drop("d1").findings == ()
    ledger.hold_drop("d1", HELD)
    ledger.put_aside_drop("d1")
    with pytest.raises(UsageError, match="dropped, not held"):
        ledger.retry_drop("d1")
    with pytest.raises(UsageError, match="no drop nope"):
        ledger.put_aside_drop("nope")


def test_orders_are_found_as_people_name_them(ledger):
    take(ledger)
    keys = [KEY, replace(KEY, parcel=2), replace(KEY, store="t"), OrderKey(store="s", order_id="a/1", parcel=3)]
    for line, key in enumerate(keys, 2):
        ledger.accept(arrival(line=line, data=str(line), key=key))
    assert [record.key for record in ledger.find("4711")] == [KEY, keys[1], keys[2]]
    assert [record.key for record in ledger.find("4711/2")] == [keys[1]]
    assert [record.key for record in ledger.find("a/1")] == [keys[3]]
    assert [record.key for record in ledger.find("a/1/3")] == [keys[3]]
    assert ledger.find("4711/x") == ledger.find("nothing") == ()


def test_counts_name_every_state(ledger):
    accepted(ledger, ParcelState.HELD)
    counts = ledger.counts()
    assert set(counts.parcels) == set(ParcelState)
    assert (counts.parcels[ParcelState.HELD], counts.drops[DropState.OPEN], counts.oldest_open) == (1, 1, NOW)


@pytest.mark.parametrize("state", ParcelState)
def test_what_other_parcels_hold_counts_once_it_is_drawn(ledger, state):
    accepted(ledger, state)
    shipped = state in (ParcelState.READY, ParcelState.SENDING, ParcelState.DONE, ParcelState.UNCERTAIN)
    second = ledger.accept(arrival(line=9, data="y", key=replace(KEY, parcel=2)))
    assert second.verdict is Verdict.WALK
    assert second.shipped_before == ({"1": 1} if shipped else {})


def test_a_cancelled_parcel_is_not_sent(ledger):
    ref = accepted(ledger, ParcelState.READY)
    ledger.cancel(ref)
    intent = Intent(ref=ref, document="d" * 64, printer="bench-a4", number=1, name="x.pdf")
    assert ledger.intend([intent]) == (None,)
    assert ledger.attempts(ref) == ()


def test_an_outcome_is_recorded_once(ledger):
    ref = accepted(ledger, ParcelState.READY)
    attempt = send(ledger, ref)
    assert ledger.open_attempts() == (attempt,)
    ledger.conclude([attempt], AttemptState.DELIVERED)
    ledger.conclude([attempt], AttemptState.DELIVERED)
    with pytest.raises(UsageError, match="another outcome"):
        ledger.conclude([attempt], AttemptState.UNCERTAIN)
    assert [event.kind for event in ledger.events(KEY)].count("finish") == 1


# leases and fencing


@pytest.fixture
def desks(tmp_path):
    """A line, the line after it, and a command, all with the same ledger and clock."""
    clock = [NOW]
    path = tmp_path / "state/ledger.db"
    with (
        Ledger.open(path, secret=SECRET, holder="line:1", now=lambda: clock[0]) as first,
        Ledger.open(path, secret=SECRET, holder="line:2", now=lambda: clock[0]) as second,
        Ledger.open(path, secret=SECRET, holder="command:1", who="eva", now=lambda: clock[0]) as command,
    ):
        yield first, second, command, clock


def begin(ledger):
    return send(ledger, accepted(ledger, ParcelState.READY))


def test_a_try_belongs_to_its_process_while_the_lease_lasts(desks):
    first, second, command, clock = desks
    attempt = begin(command)
    assert first.take_over("bench-a4") == second.take_over("bench-a4") == ()
    assert command.take_over("bench-a4") == (attempt,)
    clock[0] += LEASE + timedelta(seconds=1)
    (taken,) = first.take_over("bench-a4")
    assert (taken.holder, taken.token) == ("line:1", 1)
    with pytest.raises(UsageError, match="was taken over"):
        command.conclude([attempt], AttemptState.DELIVERED)
    with pytest.raises(UsageError, match="was taken over"):
        command.accepted(attempt, "job 7")
    first.conclude([taken], AttemptState.DELIVERED)
    assert first.record(attempt.ref).state is ParcelState.DONE


def test_a_new_line_takes_over_from_a_dead_one_at_once(desks):
    first, second, command, _ = desks
    attempt = begin(first)
    assert command.take_over("bench-a4") == ()
    assert second.take_over("another") == ()
    (taken,) = second.take_over("bench-a4")
    with pytest.raises(UsageError, match="was taken over"):
        first.conclude([attempt], AttemptState.GIVEN_UP)
    second.conclude([taken], AttemptState.GIVEN_UP, "paper out")
    assert second.record(attempt.ref).state is ParcelState.READY
    assert [event.detail for event in second.events(KEY)][-1] == "bench-a4: paper out"


def test_asking_again_renews_the_lease(desks):
    first, _, command, clock = desks
    begin(command)
    for _ in range(3):
        clock[0] += LEASE - timedelta(seconds=1)
        assert len(command.take_over("bench-a4")) == 1
    assert first.take_over("bench-a4") == ()


def test_a_receipt_is_kept_for_whoever_asks_later(desks):
    first, second, _, _ = desks
    first.accepted(begin(first), '{"job-id": 7}')
    (taken,) = second.take_over("bench-a4")
    assert (taken.state, taken.receipt) == (AttemptState.ACCEPTED, '{"job-id": 7}')
    assert second.record(taken.ref).state is ParcelState.SENDING


def test_who_slept_over_a_change_cannot_write(ledger):
    ref = accepted(ledger, ParcelState.ACCEPTED)
    turn = ledger.record(ref).turn
    ledger.hold(ref, HELD)
    ledger.retry(ref)
    with pytest.raises(UsageError):
        ledger.ready(ref, drawn(), turn=turn)
    with pytest.raises(UsageError):
        ledger.hold(ref, HELD, turn=turn)
    ledger.ready(ref, drawn(), turn=ledger.record(ref).turn)


# called for, sent another way


def test_a_parcel_waits_until_it_is_called_for(ledger):
    take(ledger)
    ref = ledger.accept(arrival()).record.ref
    ledger.ready(ref, drawn(print_on="call"))
    close_drop(ledger, "d1")
    assert ledger.record(ref).is_awaited
    assert ledger.queued() == ledger.called() == ()
    assert ledger.call(ref, station="bench", printer="bench-a5")
    assert not ledger.call(ref, station="other", printer="other")
    assert [record.ref for record in ledger.queued()] == [record.ref for record in ledger.called()] == [ref]
    assert ledger.record(ref).printer == "bench-a5"


def test_only_what_is_ready_is_given_to_another_printer(ledger):
    attempt = begin(ledger)
    assert ledger.reroute([attempt.ref], "deputy") == frozenset()
    ledger.conclude([attempt], AttemptState.GIVEN_UP)
    assert ledger.reroute([attempt.ref], "deputy") == {attempt.ref}
    assert ledger.backlog() == {"deputy": 1}


def test_what_belongs_to_an_open_drop_comes_with_it(ledger):
    accepted(ledger, ParcelState.READY)
    assert ledger.queued() == ()
    assert close_drop(ledger, "d1")
    assert len(ledger.queued()) == 1


def test_what_is_late_is_told_with_the_most_pressing_first(ledger):
    take(ledger)
    for number, hours in enumerate((3, 1, 2, 9), 1):
        key = replace(KEY, parcel=number)
        ledger.accept(replace(arrival(key=key, line=number, data=str(number)), deadline=NOW + timedelta(hours=hours)))
    assert [record.key.parcel for record in ledger.late(NOW + timedelta(hours=4))] == [2, 3, 1]


def test_how_a_printer_is_stands_on_record_with_since_when(tmp_path):
    moment = [NOW]
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET, now=lambda: moment[0]) as ledger:
        ledger.note_printer("label", is_up=True)
        moment[0] += timedelta(minutes=1)
        ledger.note_printer("label", is_up=False, reasons=("out of paper", "jam"))
        moment[0] += timedelta(minutes=1)
        ledger.note_printer("label", is_up=False, reasons=("out of paper", "jam"))
        (told,) = ledger.printers()
    assert (told.is_up, told.reasons) == (False, ("out of paper", "jam"))
    assert (told.since, told.seen_at) == (NOW + timedelta(minutes=1), NOW + timedelta(minutes=2))


# the file


def test_the_file_and_its_folder_are_private(tmp_path):
    Ledger.open(tmp_path / "state/ledger.db", secret=SECRET).close()
    assert (tmp_path / "state").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "state/ledger.db").stat().st_mode & 0o777 == 0o600


def test_what_is_recorded_is_there_after_opening_again(tmp_path):
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        ref = accepted(ledger, ParcelState.HELD)
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        assert ledger.record(ref).findings == HELD


def test_a_ledger_of_another_version_is_refused(tmp_path):
    path = tmp_path / "state/ledger.db"
    Ledger.open(path, secret=SECRET).close()
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE meta SET value = '99' WHERE name = 'schema'")
    connection.close()
    with pytest.raises(WorkspaceError, match="schema version 99"):
        Ledger.open(path, secret=SECRET)


def test_another_database_and_a_damaged_one_are_refused(tmp_path):
    with sqlite3.connect(tmp_path / "other.db") as connection:
        connection.execute("CREATE TABLE t (x)")
    connection.close()
    with pytest.raises(WorkspaceError, match="database of something else"):
        Ledger.open(tmp_path / "other.db", secret=SECRET)
    (tmp_path / "torn.db").write_bytes(b"no database at all" * 100)
    with pytest.raises(WorkspaceError, match="damaged"):
        Ledger.open(tmp_path / "torn.db", secret=SECRET)


def test_a_busy_ledger_is_a_matter_of_patience(tmp_path):
    path = tmp_path / "state/ledger.db"
    with Ledger.open(path, secret=SECRET, patience_s=0.01) as ledger:
        take(ledger)
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(RetryLater, match="busy"):
            take(ledger, "d2")
        other.execute("ROLLBACK")
        other.close()
        take(ledger, "d2")
        assert len(ledger.open_drops()) == 2


def test_a_closed_ledger_says_so(tmp_path):
    ledger = Ledger.open(tmp_path / "state/ledger.db", secret=SECRET)
    ledger.close()
    with pytest.raises(WorkspaceError, match="closed"):
        ledger.counts()


MOUNTS = """
/dev/vda / ext4 rw 0 0
nas:/a /mnt nfs4 rw 0 0
//nas/b /mnt/b\\040c cifs rw 0 0
/dev/vdb /mnt/local ext4 rw 0 0
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [("/", "ext4"), ("/mnt/x", "nfs4"), ("/mnt/b c/d", "cifs"), ("/mnt/local/x", "ext4"), ("/mntx", "ext4")],
)
def test_the_deepest_mount_tells_the_file_system(folder, kind):
    assert file_system(Path(folder), MOUNTS) == kind


def test_a_network_file_system_is_refused():
    refuse_network(Path("/mnt/local"), mounts=MOUNTS)
    with pytest.raises(WorkspaceError, match=r"network file system \(nfs4\)"):
        refuse_network(Path("/mnt/x"), mounts=MOUNTS)


def test_wal_waits_for_the_mended_sqlite():
    assert journal_mode((3, 51, 2)) == "TRUNCATE"
    assert journal_mode((3, 51, 3)) == "WAL"


def test_a_refused_operation_is_undone_alone(ledger):
    """Threads share commits; what one is refused does not touch the others."""
    take(ledger)
    refs = [
        ledger.accept(arrival(line=line, key=replace(KEY, order_id=str(line)), data=str(line))).record.ref
        for line in range(40)
    ]
    refused = []

    def work(ref):
        ledger.hold(ref, HELD)
        try:
            ledger.ready(ref, drawn())
        except UsageError:
            refused.append(ref)
        ledger.retry(ref)

    threads = [threading.Thread(target=work, args=(ref,)) for ref in refs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(refused) == 40
    assert {ledger.record(ref).state for ref in refs} == {ParcelState.ACCEPTED}


class LedgerMachine(RuleBasedStateMachine):
    """Drops, retries, restarts and people in any order: at most one delivery for each record of a parcel."""

    def __init__(self):
        super().__init__()
        import tempfile

        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name) / "ledger.db"
        self.ledger = Ledger.open(self.path, secret=SECRET)
        self.drops = 0

    def teardown(self):
        self.ledger.close()
        self.folder.cleanup()

    @rule(data=st.sampled_from("xyz"), fate=st.sampled_from(["print", "hold", "stop"]))
    def drop(self, data, fate):
        self.drops += 1
        take(self.ledger, f"d{self.drops}", sha256=data)
        self.walk(f"d{self.drops}", data, fate)

    @precondition(lambda self: self.drops)
    @rule(data=st.sampled_from("xyz"))
    def restart(self, data):
        self.ledger.close()
        self.ledger = Ledger.open(self.path, secret=SECRET)
        for drop in self.ledger.open_drops():
            self.walk(drop.id, drop.sha256, "print")

    @rule(verb=st.sampled_from(["retry", "release", "put_aside", "cancel"]))
    def person(self, verb):
        for record in self.ledger.find("4711"):
            try:
                getattr(self.ledger, verb)(record.ref)
            except UsageError:
                continue

    def walk(self, drop, data, fate):
        acceptance = self.ledger.accept(arrival(drop, data=data))
        ref = acceptance.record.ref
        if acceptance.verdict is Verdict.WALK and fate != "stop":
            if fate == "hold":
                self.ledger.hold(ref, HELD)
            else:
                self.ledger.ready(ref, drawn())
                self.ledger.conclude([send(self.ledger, ref)], AttemptState.DELIVERED)
        if acceptance.verdict is Verdict.SEND:
            self.ledger.conclude([send(self.ledger, ref)], AttemptState.DELIVERED)
        close_drop(self.ledger, drop)

    @invariant()
    def each_record_is_delivered_once_at_most(self):
        for record in self.ledger.find("4711"):
            delivered = [try_.state for try_ in self.ledger.attempts(record.ref)]
            assert delivered == ([AttemptState.DELIVERED] if record.state is ParcelState.DONE else [])

    @invariant()
    def the_same_data_is_printed_once(self):
        printed = [record.data_sha256 for record in self.ledger.find("4711") if record.state is ParcelState.DONE]
        assert len(printed) == len(set(printed))

    @invariant()
    def other_data_is_printed_only_by_a_person(self):
        done = [record for record in self.ledger.find("4711") if record.state is ParcelState.DONE]
        assert len([record for record in done if CONFLICT not in record.forgiven]) <= 1


TestLedgerMachine = LedgerMachine.TestCase
TestLedgerMachine.settings = hypothesis_settings(max_examples=10, stateful_step_count=15, deadline=None)


def test_a_statement_compiled_once_takes_other_columns_and_keeps_the_values_it_holds(tmp_path):
    engine = make_engine(tmp_path / "ledger.db", patience_s=1)
    with engine.connect() as connection:
        metadata.create_all(connection)
        enter = Statement(insert(drops))
        known = {"name": "a.csv", "sha256": "x", "accepted_at": NOW.isoformat(), "state": DropState.OPEN}
        enter.run(connection, {"id": "d1", **known})
        enter.run(connection, {"id": "d2", **known, "folder": "left"})
        found = Statement(select(drops).where(drops.c.state.in_([DropState.OPEN]), drops.c.id == bindparam("at_id")))
        assert [row["folder"] for row in found.rows(connection, {"at_id": "d1"})] == [""]
        row = found.first(connection, {"at_id": "d2"})
        assert row is not None
        assert (row["folder"], row["state"]) == ("left", "open")
        held = Statement(update(drops).where(drops.c.id == bindparam("at_id"), drops.c.state == DropState.OPEN))
        assert held.run(connection, {"at_id": "d1", "state": DropState.HELD}).rowcount == 1
        assert held.run(connection, {"at_id": "d1", "state": DropState.HELD}).rowcount == 0
        assert found.first(connection, {"at_id": "d1"}) is None


def test_a_question_is_answered_before_the_next_change_is_made(tmp_path):
    begun, go_on = threading.Event(), threading.Event()

    def slowly(_connection):
        begun.set()
        assert go_on.wait(20)

    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET, now=lambda: NOW, group_limit=1) as ledger:
        thread = ledger._thread
        first = thread.submit(slowly)
        assert begun.wait(20)
        second = thread.submit(lambda _: asked.done())
        asked = thread.submit(lambda tx: tx.exec_driver_sql("SELECT 1").scalar(), writes=False)
        go_on.set()
        first.result(20)
        assert second.result(20)
        assert asked.result(20) == 1


# campaigns


def in_campaign(arm):
    return replace(drawn(), choice=replace(make_choice(BECAUSE), arms={"autumn": arm}))


def test_a_slip_of_a_campaign_stays_on_record_with_its_arm_unless_it_is_called_off(ledger):
    take(ledger)
    refs = [ledger.accept(arrival(line=line, key=replace(KEY, order_id=f"o{line}"))).record.ref for line in range(3)]
    for ref, arm in zip(refs, ("letter", "holdout", "letter"), strict=True):
        ledger.ready(ref, in_campaign(arm))
    ledger.cancel(refs[2])
    found = ledger.exposures()
    assert [(one.order_id, one.campaign, one.arm, one.at) for one in found] == [
        ("o0", "autumn", "letter", NOW),
        ("o1", "autumn", "holdout", NOW),
    ]


def test_exposures_are_found_in_every_stretch_of_a_long_log(ledger, monkeypatch):
    monkeypatch.setattr(exposures, "STRETCH", 2)
    take(ledger)
    for line in range(5):
        ref = ledger.accept(arrival(line=line, key=replace(KEY, order_id=f"o{line}"))).record.ref
        ledger.ready(ref, in_campaign("letter"))
    assert [one.order_id for one in ledger.exposures()] == [f"o{line}" for line in range(5)]
