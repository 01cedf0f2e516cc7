"""Slips drawn by both paths, what a difference sets off, and the plates that strike no more."""

import errno
import json
import os
import sqlite3
import stat
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from hashlib import sha256
from types import SimpleNamespace

import pytest
from press_kit import CSS, HTML, make_slip, make_world, no_pictures

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine import alarms, road
from packslip.engine.alarms import AlarmDesk, kept_alarms, sweep_alarms
from packslip.engine.pool import WorkerBugError
from packslip.engine.shadowing import Shadows, is_chosen
from packslip.errors import RetryLater
from packslip.ledger import Ledger, ParcelState
from packslip.line.pressed import Looked, Pressed, Shadowed
from packslip.line.pressing import PressRoom
from packslip.line.shadow import ShadowRoom
from packslip.model import Alarm, OrderKey, PressPath, Slip, SlipAddress, Where, error
from packslip.press import drawing, plate_of, press
from packslip.world import Retired, Workspace, World, go_live, retired, snapshot
from packslip.world.starter import make_workspace

PLATE, REFERENCE = PressPath.PLATE, PressPath.REFERENCE
DIGESTS = [sha256(letter.encode()).hexdigest() for letter in "abc"]
ALARM = Alarm(plate=DIGESTS[0], layout="card", struck=b"one", reference=b"other", differences=("page 1: pixels",))


def named(name, **changes):
    return make_slip(ship_to=SlipAddress(name=name, lines=("14 Wharf Lane", "Bristol")), **changes)


def path_of(slip, world):
    document, _ = press(slip, world, no_pictures)
    return document.path


# which slips


def test_the_document_alone_says_whether_it_is_chosen():
    documents = [struck(f"Customer {number}") for number in range(400)]
    chosen = [is_chosen(document, 4) for document in documents]
    assert 60 < sum(chosen) < 140
    assert [int(document.sha256[:12], 16) % 4 == 0 for document in documents] == chosen
    assert not any(is_chosen(document, 0) for document in documents)
    assert all(is_chosen(document, 1) for document in documents)


def struck(words, path=PLATE):
    """A document as far as it matters here."""
    return SimpleNamespace(path=path, data=words.encode(), sha256=sha256(words.encode()).hexdigest())


# retired plates


def test_a_plate_that_is_retired_is_retired_for_everybody(tmp_path):
    folder = tmp_path / "plates" / "retired"
    early, late = Retired(folder), Retired(folder)
    assert DIGESTS[0] not in early
    late.add(DIGESTS[0])
    assert DIGESTS[0] in early
    assert DIGESTS[0] in Retired(folder)
    late.add(DIGESTS[1])
    late.add(DIGESTS[1])
    assert (len(early), DIGESTS[1] in early, DIGESTS[2] in early) == (2, True, False)
    (folder / DIGESTS[0]).unlink()
    assert (DIGESTS[0] in early, DIGESTS[1] in late) == (False, True)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE((folder / DIGESTS[1]).stat().st_mode) == 0o600


def test_a_folder_that_lay_still_is_read_again_when_it_changes(tmp_path, monkeypatch):
    known = Retired(tmp_path)
    known.add(DIGESTS[0])
    an_hour_ago = time.time_ns() - 3_600_000_000_000
    os.utime(tmp_path, ns=(an_hour_ago, an_hour_ago))
    assert DIGESTS[0] in known
    reads = []
    monkeypatch.setattr(retired, "_NAME", SimpleNamespace(fullmatch=reads.append))
    assert DIGESTS[0] in known
    assert not reads
    monkeypatch.undo()
    (tmp_path / DIGESTS[1]).touch()
    assert DIGESTS[1] in known


def test_two_changes_in_one_tick_of_the_clock_are_both_seen(tmp_path):
    known = Retired(tmp_path)
    known.add(DIGESTS[0])
    tick = tmp_path.stat().st_mtime_ns
    assert DIGESTS[0] in known
    (tmp_path / DIGESTS[1]).touch()
    os.utime(tmp_path, ns=(tick, tick))
    assert DIGESTS[1] in known


def test_only_digests_count_as_retired(tmp_path):
    known = Retired(tmp_path)
    (tmp_path / f".{os.getpid()}-x.tmp").touch()
    (tmp_path / "README").touch()
    assert len(known) == 0
    with pytest.raises(ValueError, match="digest"):
        known.add("../secret")


def test_a_full_disk_is_a_matter_of_time(tmp_path, monkeypatch):
    monkeypatch.setattr(retired, "write_atomic", disk_full)
    with pytest.raises(RetryLater, match="No space left"):
        Retired(tmp_path).add(DIGESTS[0])


def disk_full(*_arguments, **_values):
    raise OSError(errno.ENOSPC, "full")


# at the press


def test_the_slips_of_a_retired_plate_take_the_reference_path_and_no_others_do(tmp_path):
    world = make_world(tmp_path)
    slip, twin, other = make_slip(), named("Bo"), make_slip(review=None, codes=make_slip().codes[1:])
    assert [path_of(each, world) for each in (slip, twin, other)] == [PLATE] * 3
    struck, _ = press(twin, world, no_pictures)
    world.retired.add(plate_of(slip, world, no_pictures))
    assert [path_of(each, world) for each in (slip, twin, other)] == [REFERENCE, REFERENCE, PLATE]
    drawn, _ = press(twin, world, no_pictures)
    assert drawn.data == press(twin, world, no_pictures, reference=True)[0].data
    world.retired.clear()
    assert path_of(twin, world) is PLATE
    assert press(twin, world, no_pictures)[0].data == struck.data


def test_a_plate_has_the_same_name_wherever_it_is_made(tmp_path):
    slip = make_slip()
    name = plate_of(slip, make_world(tmp_path / "a"), no_pictures)
    second = make_world(tmp_path / "b")
    path_of(make_slip(review=None, codes=slip.codes[1:]), second)
    assert plate_of(named("Bo"), second, no_pictures) == name
    assert len(name) == 64


@pytest.mark.parametrize(
    "change",
    [
        {"css": CSS + "p{color:#111}"},
        {"html": HTML.replace("<h1>", "<h1><b>").replace("</h1>", "</b></h1>")},
        {"name": "folded"},
    ],
)
def test_an_edited_layout_has_other_plates(tmp_path, change):
    slip = make_slip(layout=change.get("name", "card"))
    before = plate_of(make_slip(), make_world(tmp_path / "a"), no_pictures)
    assert plate_of(slip, make_world(tmp_path / "b", **change), no_pictures) not in {before, ""}


def test_plates_differ_by_everything_that_is_not_a_word_of_the_order(tmp_path):
    world = make_world(tmp_path, HTML.replace("<h1>", '<h1 class="{{ segment }}">'))
    slip = make_slip()
    slips = (
        slip,
        replace(slip, segment="repeat"),
        replace(slip, copy={**slip.copy, "label": {"page_of": "{page}/{pages}"}}),
        replace(slip, lines=slip.lines[:1]),
    )
    assert len({plate_of(each, world, no_pictures) for each in slips}) == len(slips)


def test_slips_of_every_language_have_the_same_plate(tmp_path):
    world = make_world(tmp_path)
    slip = make_slip()
    german = replace(slip, locale="de-DE", copy={**slip.copy, "label": {"page_of": "Seite {page} von {pages}"}})
    assert plate_of(german, world, no_pictures) == plate_of(slip, world, no_pictures) != ""


def test_a_slip_that_is_never_struck_has_no_plate(tmp_path):
    world = make_world(tmp_path, HTML.replace("<h1>", '<h1 style="color:{{ ship_to.name }}">'))
    assert plate_of(make_slip(), world, no_pictures) == ""


def test_a_press_keeps_as_many_plates_as_its_world_says(tmp_path):
    slip, other = make_slip(), make_slip(review=None, codes=make_slip().codes[1:])
    for most, expected in ((200, 2), (1, 4)):  # a page and its parts are more than one
        world = make_world(tmp_path)
        world.most_plates = most
        for each in (slip, slip, other, slip):
            assert path_of(each, world) is PLATE
        assert drawing.take_up(slip, world, no_pictures).kept.plates.traced == expected


# a slip looked at


class Room(ShadowRoom):
    """A shadow room in a small world."""

    pictures = SimpleNamespace(find=no_pictures)


def looked_at(slip, world):
    """What became of a slip that was pressed and looked at."""
    room = Room(world)
    pressed = room(slip)
    return pressed, room.look(Shadowed(slip=slip, struck=pressed.document.data, held_for=pressed.held_for)).alarm


def put_out(monkeypatch, wrong=lambda slip: True):
    """From now on, plates strike the words of an earlier slip where `wrong` says so."""
    sound = drawing.strike

    def strike(task):
        if not wrong(task.slip):
            return sound(task)
        return sound(replace(task, slip=replace(task.slip, ship_to=replace(task.slip.ship_to, name="Somebody"))))

    monkeypatch.setattr(drawing, "strike", strike)


@pytest.fixture
def world(tmp_path):
    return make_world(tmp_path)


def test_a_slip_that_both_paths_draw_alike_gives_no_alarm(world):
    pressed, alarm = looked_at(make_slip(), world)
    assert (pressed.document.path, pressed.findings, alarm) == (PLATE, (), None)


def test_a_room_says_which_slips_it_had_to_lay_out_first(world):
    """So that the other rooms can make the same plates."""
    room, other = Room(world), replace(make_slip(), review=None, codes=make_slip().codes[1:])
    first = [room(slip).is_first for slip in (make_slip(), named("Bo"), other, other, make_slip())]
    assert first == [True, False, True, False, False]
    world.retired.add(plate_of(make_slip(), world, no_pictures))
    assert not room(make_slip()).is_first


def test_a_difference_gives_an_alarm_with_both_documents_and_nobody_s_name(world, monkeypatch):
    put_out(monkeypatch)
    slip = make_slip()
    pressed, alarm = looked_at(slip, world)
    right = press(slip, world, no_pictures, reference=True)[0]
    assert pressed.document.data == alarm.struck != right.data == alarm.reference
    assert (alarm.plate, alarm.layout) == (plate_of(slip, world, no_pictures), "card")
    assert any(sentence.startswith("page 1: ") for sentence in alarm.differences)
    told = " ".join(alarm.differences)
    assert "Eleanor" not in told
    assert "Somebody" not in told


def test_what_only_one_path_would_be_held_for_is_a_difference_too(world, monkeypatch):
    overflow = error("text.overflow", Where(spot="page 1"), "text stands outside the page")
    sound = drawing.draw_reference

    def draw_reference(task):
        document, findings = sound(task)
        return document, (*findings, overflow)

    monkeypatch.setattr(drawing, "draw_reference", draw_reference)
    assert looked_at(make_slip(), world)[1].differences == ("only the reference has text.overflow",)
    monkeypatch.undo()
    monkeypatch.setattr(drawing, "struck_findings", lambda task, struck: (overflow,))
    assert looked_at(make_slip(), world)[1].differences == ("only the struck slip has text.overflow",)


def test_a_reference_that_cannot_be_drawn_is_a_difference(world, monkeypatch):
    lost = (None, (error("pages.too_many", Where(), "more than 5 pages"),))
    monkeypatch.setattr(drawing, "draw_reference", lambda task: lost)
    _, alarm = looked_at(make_slip(), world)
    assert (alarm.reference, len(alarm.differences)) == (b"", 2)


# behind the line


class Behind(Shadows):
    """Looks in this process, at whatever is chosen, when a test lets them."""

    def __init__(self, take_up=lambda slip, alarm: None, *, one_in=1, alarm=None):
        super().__init__(SimpleNamespace(settings=SimpleNamespace(press=SimpleNamespace(shadow=one_in))), take_up)
        self.may_go, self.alarm, self.seen = threading.Event(), alarm, []

    def _opened(self):
        def look(shadowed):
            assert self.may_go.wait(10)
            self.seen.append(shadowed)
            if isinstance(self.alarm, Exception):
                raise self.alarm
            return Looked(alarm=self.alarm)

        return look


def pressed(words="Ada", path=PLATE, *findings):
    return Pressed(document=struck(words, path), findings=findings)


def test_only_what_is_chosen_and_struck_is_looked_at():
    slips = [named(f"Ada {number}") for number in range(20)]
    held = error("x.y", Where(), "z")
    with Behind(one_in=4) as shadows:
        shadows.may_go.set()
        for slip in slips:
            shadows.look(slip, pressed(slip.ship_to.name, REFERENCE))
            shadows.look(slip, Pressed(document=None, findings=()))
            shadows.look(slip, pressed(slip.ship_to.name, PLATE, held))
            while shadows._room._value < 8:
                time.sleep(0.001)
    wanted = [slip for slip in slips if is_chosen(struck(slip.ship_to.name), 4)]
    assert [each.slip for each in shadows.seen] == wanted != []
    assert [each.struck.decode() for each in shadows.seen] == [slip.ship_to.name for slip in wanted]
    assert {each.held_for for each in shadows.seen} == {frozenset({"x.y"})}


def test_nobody_waits_for_a_look_and_where_too_many_are_chosen_some_are_let_go():
    with Behind() as shadows:
        began = time.monotonic()
        for number in range(20):
            shadows.look(named(f"Ada {number}"), pressed())
        assert time.monotonic() - began < 5
        shadows.may_go.set()
    assert [each.slip.ship_to.name for each in shadows.seen] == [f"Ada {number}" for number in range(8)]


def test_an_alarm_is_taken_up_and_a_fault_ends_no_later_look(caplog):
    taken = []
    with Behind(lambda slip, alarm: taken.append((slip, alarm)), alarm=WorkerBugError("a place")) as shadows:
        shadows.may_go.set()
        shadows.look(named("Ada"), pressed())
        while not shadows.seen:
            time.sleep(0.001)
        shadows.alarm = ALARM
        shadows.look(named("Bo"), pressed())
    assert [(slip.ship_to.name, alarm) for slip, alarm in taken] == [("Bo", ALARM)]
    assert "a place" in caplog.text


# on record


@pytest.fixture
def workspace(tmp_path):
    (tmp_path / "packslip.toml").write_text("")
    return Workspace(tmp_path)


@pytest.fixture
def ledger(workspace):
    with Ledger.open(workspace.ledger, secret=b"x" * 32) as ledger:
        yield ledger


def test_an_alarm_is_kept_then_recorded_then_retires_the_plate(workspace, ledger, monkeypatch):
    slip, known = make_slip(), Retired(workspace.retired_plates)
    desk = AlarmDesk(workspace, ledger, known)
    monkeypatch.setattr(alarms, "write_atomic", disk_full)
    with pytest.raises(RetryLater, match="No space left"):
        desk.take_up(slip, ALARM)
    assert ledger.events(slip.key) == ()
    monkeypatch.undo()
    monkeypatch.setattr(retired, "write_atomic", disk_full)
    with pytest.raises(RetryLater):
        desk.take_up(slip, ALARM)
    assert ALARM.plate not in known
    assert [event.kind for event in ledger.events(slip.key)] == ["alarm"]
    monkeypatch.undo()
    desk.take_up(slip, ALARM)
    assert ALARM.plate in known
    (name,) = kept_alarms(workspace)
    assert name.startswith("2026-11-20-")
    assert {path.name for path in (workspace.alarms / name).iterdir()} == {
        "struck.pdf",
        "reference.pdf",
        "differences.txt",
    }
    for event in ledger.events(slip.key):
        assert (event.kind, event.ref.key, event.who) == ("alarm", slip.key, "")
        assert event.detail == f"{name}, plate {ALARM.plate}"


def test_alarms_are_private_and_named_by_nobody(workspace, ledger):
    slip = make_slip()
    AlarmDesk(workspace, ledger, Retired(workspace.retired_plates)).take_up(slip, ALARM)
    (name,) = kept_alarms(workspace)
    folder = workspace.alarms / name
    assert stat.S_IMODE(workspace.alarms.stat().st_mode) == stat.S_IMODE(folder.stat().st_mode) == 0o700
    for file in folder.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    report = (folder / "differences.txt").read_text()
    assert "page 1: pixels" in report
    assert ALARM.plate in report
    for text in (name, report):
        for secret in (slip.order.id, slip.ship_to.name, *slip.ship_to.lines):
            assert secret not in text


def test_each_alarm_of_a_parcel_has_a_folder_of_its_own(workspace, ledger):
    desk = AlarmDesk(workspace, ledger, Retired(workspace.retired_plates))
    desk.take_up(make_slip(), ALARM)
    desk.take_up(make_slip(), ALARM)
    desk.take_up(make_slip(), replace(ALARM, plate=DIGESTS[1], reference=b""))
    desk.take_up(make_slip(key=OrderKey(store="s", order_id="OA-2", parcel=1)), ALARM)
    assert len(kept_alarms(workspace)) == 3
    assert sum((workspace.alarms / name / "reference.pdf").exists() for name in kept_alarms(workspace)) == 2


def test_what_a_killed_run_left_half_written_is_swept(workspace, ledger):
    AlarmDesk(workspace, ledger, Retired(workspace.retired_plates)).take_up(make_slip(), ALARM)
    folders = (workspace.alarms / kept_alarms(workspace)[0], workspace.retired_plates)
    before = [sorted(folder.iterdir()) for folder in folders]
    for folder in folders:
        (folder / f".{os.getpid()}-half.tmp").touch()
    sweep_alarms(workspace)
    assert [sorted(folder.iterdir()) for folder in folders] == before


# a whole run


@pytest.fixture
def shop(tmp_path):
    root = tmp_path / "shop"
    make_workspace(root)
    toml = root / "packslip.toml"
    text = toml.read_text().replace("settle_s = 0.4", "settle_s = 0.0").replace("scan_s = 1.0", "scan_s = 0.05")
    toml.write_text(text.replace("count = 0", "count = 1").replace("shadow = 500", "shadow = 1"))
    workspace = Workspace.at(root)
    go_live(workspace, snapshot(workspace), who="packer", at=datetime.now(UTC))
    return root


def drop(shop, *samples):
    """Copies of samples, each order's id new and its customer another."""
    for number, sample in enumerate(samples):
        text = (shop / "samples" / f"{sample}.csv").read_text(encoding="utf-8")
        text = text.replace("OA-104882", f"OA-{number}").replace("C-10412", f"C-{number}")
        text = text.replace("Eleanor Fitzgerald", f"Ada {'Byron ' * number}King")
        (shop / "hotfolder" / "in" / f"{number}.csv").write_text(text, encoding="utf-8")


def records(shop):
    workspace = Workspace.at(shop)
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        done = ledger.in_state(ParcelState.DONE)
        events = [event for record in done for event in ledger.events(record.key)]
    return {record.key.order_id: record for record in done}, [event for event in events if event.kind == "alarm"]


def status(shop, capsys):
    capsys.readouterr()
    code = run(["-w", str(shop), "status", "--json"])
    values = json.loads(capsys.readouterr().out)
    return code, len(values["alarms"]), values["retired_plates"]


def test_a_run_in_which_every_slip_is_drawn_by_both_paths_is_well(shop, capsys):
    drop(shop, "01-new-en-partial", "01-new-en-partial")
    assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    known, events = records(shop)
    assert (len(known), events) == (2, [])
    assert status(shop, capsys) == (Exit.WELL, 0, 0)
    assert "laid out" not in Workspace.at(shop).log.read_text()
    with closing(sqlite3.connect(Workspace.at(shop).ledger)) as database:
        assert database.execute("SELECT DISTINCT drawn_by FROM documents").fetchall() == [("plate",)]


@pytest.fixture
def one_room(monkeypatch):
    """The line's workers are rooms in this process, which a test can put out of order."""
    turn = threading.Lock()

    @contextmanager
    def open_presses(world, workers=None):
        room = PressRoom(world)

        def ask(slip):
            with turn:
                return room(slip)

        yield ask

    def opened(shadows):
        def look(shadowed):
            with turn:
                return ShadowRoom(shadows._world).look(shadowed)

        return look

    monkeypatch.setattr(road, "open_presses", open_presses)
    monkeypatch.setattr(Shadows, "_opened", opened)


def test_a_difference_holds_nothing_back_and_retires_the_plate(shop, one_room, monkeypatch, capsys):
    with monkeypatch.context() as broken:
        put_out(broken, lambda slip: slip.order.id == "OA-0")
        drop(shop, "01-new-en-partial")
        assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    assert status(shop, capsys) == (Exit.FINDINGS, 1, 1)
    known, events = records(shop)
    workspace = Workspace.at(shop)
    (name,) = kept_alarms(workspace)
    assert [(event.ref, event.detail.split(",")[0]) for event in events] == [(known["OA-0"].ref, name)]
    kept = workspace.alarms / name
    assert sha256((kept / "struck.pdf").read_bytes()).hexdigest() == known["OA-0"].document
    assert (kept / "struck.pdf").read_bytes() != (kept / "reference.pdf").read_bytes()

    drop(shop, "01-new-en-partial", "01-new-en-partial", "03-ambassador-fr")
    (shop / "hotfolder" / "in" / "0.csv").unlink()
    assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    known, events = records(shop)
    assert len(events) == 1
    world = World.open(shop, known["OA-1"].release)
    paths = {}
    for order_id, record in known.items():
        document, _ = press(Slip.from_json(record.slip), world, pictures(world))
        assert (document.sha256 == record.document) == (order_id != "OA-0")
        paths[order_id] = document.path
    assert paths.pop("OA-0") is paths.pop("OA-1") is REFERENCE
    assert list(paths.values()) == [PLATE]
    render = PressRoom(World.open(shop))
    again = [render(Slip.from_json(record.slip)).document.path for record in known.values()]
    assert sorted(again) == sorted([REFERENCE, REFERENCE, PLATE])

    assert run(["-w", str(shop), "status"]) == Exit.FINDINGS
    told = capsys.readouterr().out
    assert "1 slip" in told
    assert "plates retired: 1" in told
    kept.rename(shop / "sent")
    (lifted,) = workspace.retired_plates.iterdir()
    lifted.unlink()
    assert status(shop, capsys) == (Exit.WELL, 0, 0)
    assert press(Slip.from_json(known["OA-1"].slip), world, pictures(world))[0].path is PLATE


def pictures(world):
    return PressRoom(world).pictures.find
