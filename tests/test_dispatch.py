import functools
import itertools
import shutil
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest
from line_kit import Crash, crash_at, make_choice  # noqa: F401 - a fixture
from sim_disk import Crashed, SimFiles
from thermal_kit import bitmap_of, drawing, read_zpl, record

from packslip.disk import LOCAL
from packslip.dispatch import (
    DeliveryState,
    Dispatcher,
    DocumentStore,
    Marked,
    Parting,
    Printers,
    Tray,
    route,
    tray_name,
)
from packslip.errors import HoldOrder, RetryLater, UsageError
from packslip.files import sha256
from packslip.ledger import (
    Arrival,
    AttemptState,
    Drawn,
    Ledger,
    ParcelRef,
    ParcelState,
    Purpose,
)
from packslip.model import Drop, OrderKey, Where
from packslip.settings import Settings

WHERE = Where(file="a.csv", line=2)
SETTINGS = Settings()
SPEAKING = Settings(
    printers={
        **{name: printer.model_dump() for name, printer in SETTINGS.printers.items()},
        "zebra": {"media": "label-4x6", "language": "zpl"},
    }
)
DOTS = bitmap_of("#..#.....", "....##..#")


@pytest.fixture
def place(tmp_path):
    return Place(tmp_path)


class Place:
    def __init__(self, root, disk=LOCAL):
        self.root = root
        self.ledger = Ledger.open(root / "state/ledger.db", secret=b"s" * 32)
        self.documents = DocumentStore(root / "state/documents", disk)
        self.dispatcher = Dispatcher(self.ledger, self.documents, Printers(root / "out", lambda: SPEAKING, disk))

    def restart(self):
        self.ledger.close()
        self.__init__(self.root)
        return self.recover()

    def recover(self):
        return [delivery for name in self.dispatcher.unsettled() for delivery in self.dispatcher.reconcile(name)]

    def ready(self, *orders, printer="bench-a4", data=None):
        outgoing = []
        for line, order in enumerate(orders, 2):
            drop = Drop(name="a.csv", spool=Path(), sha256=order, accepted_at=datetime.now(UTC))
            self.ledger.take_drop(drop, drop_id=order)
            where = Where(file="a.csv", line=line)
            key = OrderKey(store="s", order_id=order)
            ref = self.ledger.accept(
                Arrival(key=key, data_sha256=order, drop=order, drop_name="a.csv", where=where)
            ).record.ref
            kept = data or f"%PDF {order}".encode()
            digest = self.documents.put(kept)
            self.ledger.ready(
                ref,
                Drawn(
                    choice=make_choice(),
                    offer="",
                    slip="{}",
                    document=digest,
                    size=len(kept),
                    pages=1,
                    media="a4",
                    drawn_by="reference",
                    release="r1",
                    station="bench",
                    printer=printer,
                    pieces={},
                    findings=(),
                ),
            )
            outgoing.append(self.dispatcher.outgoing(ref, digest, printer, kept))
        return outgoing

    def tray(self, printer="bench-a4"):
        return sorted(path.read_text() for path in (self.root / "out" / printer).glob("*.pdf"))

    def staged(self, printer="bench-a4"):
        return list((self.root / "out" / printer / ".staging").glob("*"))

    def state(self, outgoing):
        return self.ledger.record(outgoing.ref).state


# routes


def parting(station="", media="a4", **values):
    wanted = {"country": "GB", "layout": "atelier-a4", "store": "oriel-ash", **values}
    return Parting(station=station, media=media, **wanted)


def test_a_document_goes_to_the_first_printer_with_its_media():
    way, findings = route(parting(media="label-4x6"), SETTINGS, WHERE)
    assert (way.station, way.printer, way.on_call, findings) == ("bench", "bench-label", False, ())
    assert route(parting("bench"), SETTINGS, WHERE)[0].printer == "bench-a4"


def with_routes(*routes):
    values = SETTINGS.model_dump()
    values["printers"]["bulk"] = {"media": "a4"}
    values["stations"]["bulk"] = {"printers": ["bench-label", "bulk"]}
    return Settings(**{**values, "routes": routes})


@pytest.mark.parametrize(
    ("condition", "value", "other"),
    [
        ("station", "bulk", "bench"),
        ("media", "a4", "a5"),
        ("country", "FR", "DE"),
        ("layout", "note-a4", "atelier-a4"),
        ("store", "oriel-ash", "hafen"),
    ],
)
def test_a_route_is_taken_where_its_conditions_fit(condition, value, other):
    settings = with_routes({condition: [value], "printers": ["bench-a5", "bulk"], "print_on": "call"})
    way, _ = route(parting(**{"media": "a4", condition: value}), settings, WHERE)
    assert (way.printer, way.on_call) == ("bulk", True)
    way, _ = route(parting(**{condition: other}), settings, WHERE)
    assert (way.printer, way.on_call) != ("bulk", True)


def test_a_route_without_a_fitting_printer_is_told():
    way, (finding,) = route(parting(), with_routes({"printers": ["bench-a5"]}), WHERE)
    assert way is None
    assert "no printer of its route is loaded with 'a4'" in finding.message


def test_priorities_and_deadlines_sort_at_the_printer():
    soon, later = datetime(2026, 11, 20, 16, tzinfo=UTC), datetime(2026, 11, 20, 18, tzinfo=UTC)
    urgent = {"country": ["FR"], "priority": 5, "deadline_first": True}
    settings = with_routes(urgent, {"deadline_first": True, "country": ["DE"]})

    def rank(country, deadline=None, priority=0):
        return route(parting(country=country, deadline=deadline), settings, WHERE, priority=priority)[0].rank

    assert rank("FR", soon) < rank("FR", later) < rank("FR") < rank("DE", soon) < rank("DE") == rank("GB", soon)
    assert rank("GB", priority=100) < rank("FR", soon) < rank("GB", priority=-100)


def test_an_unknown_station_is_told_and_the_default_one_prints():
    way, (finding,) = route(parting("packing 7"), SETTINGS, WHERE)
    assert (way.station, finding.severity.value, finding.code) == ("bench", "warning", "station.unknown")
    assert "'packing 7'" in finding.message


def test_media_that_no_printer_has_is_an_error():
    way, (finding,) = route(parting(media="a3"), SETTINGS, WHERE)
    assert (way, finding.severity.value, finding.code) == (None, "error", "printer.no_media")
    assert "bench-a4 (a4)" in finding.hint


# documents


def test_documents_are_private_and_checked(tmp_path):
    store = DocumentStore(tmp_path)
    digest = store.put(b"%PDF one")
    assert digest == sha256(b"%PDF one") == store.put(b"%PDF one")
    assert store.get(digest) == b"%PDF one"
    assert store.path(digest).stat().st_mode & 0o777 == 0o600
    assert store.path(digest).parent.stat().st_mode & 0o777 == 0o700
    store.path(digest).write_bytes(b"other")
    with pytest.raises(HoldOrder, match="changed on disk"):
        store.get(digest)
    with pytest.raises(HoldOrder, match="not stored"):
        store.get("0" * 64)


def files_left(folder, crash, seed, work):
    """The files of a process that did some work below a folder and was ended at one of its acts."""
    files = SimFiles(Random(seed))
    files.make_folders(folder)
    disk = files.start()
    disk.on_act = functools.partial(end_at, disk, crash)
    with suppress(Crashed):
        work(disk)
    return files


@pytest.mark.parametrize("is_next", [True, False], ids=["the next line", "a command beside it"])
def test_a_document_outlives_a_power_cut_in_folders_that_a_killed_process_made(is_next):
    """The first process died before it flushed their names, and another one finds them there."""
    folder, data = Path("/state/documents"), b"%PDF one"
    for crash, seed in itertools.product(range(1, 20), range(3)):
        files = files_left(folder.parent, crash, seed, lambda disk: DocumentStore(folder, disk).put(data))
        store = DocumentStore(folder, files.start())
        if is_next:
            store.sweep()
        digest = store.put(data)
        files.power_cut()
        assert DocumentStore(folder, files.start()).get(digest) == data


def test_what_is_delivered_outlives_a_power_cut_in_a_tray_that_somebody_else_made_just_now():
    """Whoever made it stands still before it flushed its name, and the line delivers there meanwhile."""
    folder = Path("/shop/out/tray")
    for still, seed in itertools.product(range(1, 20), range(5)):
        files = files_left(folder.parent, still, seed, lambda disk: Tray(folder, disk).stage("called.pdf", b"%PDF one"))
        tray = Tray(folder, files.start())
        tray.stage("a.pdf", b"%PDF two")
        tray.deliver("a.pdf")
        tray.flush()
        files.power_cut()
        assert files.tree(folder).get("a.pdf") == b"%PDF two", still


# names


@pytest.mark.parametrize("order", ["../../x", "/etc/passwd", "a\nb", "..", "CON", "é" * 300, "\x1b[2J", "a/b", ""])
def test_a_tray_name_is_never_a_path(order):
    name = tray_name(ParcelRef(key=OrderKey(store="s", order_id=order)), "d" * 64, 1)
    assert Path(name).name == name
    assert name.isascii()
    assert name.isprintable()
    assert not name.startswith((".", "-"))
    assert len(name) < 80


def test_two_deliveries_never_share_a_name():
    def name(store="s", order="a/b", parcel=1, revision=1, number=1, document="d"):
        key = OrderKey(store=store, order_id=order, parcel=parcel)
        return tray_name(ParcelRef(key=key, revision=revision), document, number)

    names = [name(), name("t"), name(order="a-b"), name(parcel=2), name(revision=2), name(number=2), name(document="e")]
    assert len(set(names)) == len(names)
    assert name() == name()


# delivery


def test_documents_arrive_in_order_and_are_done(place, monkeypatch):
    sent = place.ready("A1", "A2", "A3")
    seen = []
    deliver = Tray.deliver
    monkeypatch.setattr(Tray, "deliver", lambda tray, name: seen.append(name) or deliver(tray, name))
    paths = [delivery.path for delivery in place.dispatcher.send(sent)]
    assert seen == [path.name for path in paths]
    assert [path.read_text() for path in paths] == ["%PDF A1", "%PDF A2", "%PDF A3"]
    assert [place.state(one) for one in sent] == [ParcelState.DONE] * 3
    assert place.staged() == []
    assert place.ledger.record(sent[0].ref).delivered_as == paths[0].name


def test_a_parcel_called_off_meanwhile_is_not_delivered(place):
    one, two = place.ready("A1", "A2")
    place.ledger.cancel(one.ref)
    states = [delivery.state for delivery in place.dispatcher.send([one, two])]
    assert states == [DeliveryState.CALLED_OFF, DeliveryState.DELIVERED]
    assert place.tray() == ["%PDF A2"]
    assert place.staged() == []


POINTS = [
    "dispatch.staged",
    "dispatch.intended",
    "dispatch.renamed",
    "dispatch.renamed:2",
    "dispatch.delivered",
    "dispatch.concluded",
]


@pytest.mark.parametrize("consumed", [False, True], ids=["lies in tray", "was printed"])
@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_step_delivers_once(place, crash_at, point, consumed):  # noqa: F811
    sent = place.ready("A1", "A2")
    crash_at(point)
    with pytest.raises(Crash):
        place.dispatcher.send(sent)
    printed = []
    if consumed:  # the printer takes what it sees at once
        for path in (place.root / "out/bench-a4").glob("*.pdf"):
            printed.append(path.read_text())
            path.unlink()
    crash_at("nowhere")
    place.restart()
    left = [one for one in sent if place.state(one) is ParcelState.READY]
    place.dispatcher.send(left)
    assert sorted(printed + place.tray()) == ["%PDF A1", "%PDF A2"]
    assert [place.state(one) for one in sent] == [ParcelState.DONE] * 2
    assert place.staged() == []


def end_at(disk, act, name, path):
    if disk.acts == act:
        raise Crashed


@pytest.mark.parametrize("power", [False, True], ids=["killed", "power cut"])
def test_a_document_is_delivered_once_wherever_its_way_is_cut(tmp_path, power):
    """Before each act there is, with what a power cut leaves drawn anew each time; the ledger is durable."""
    for crash in itertools.count(1):
        root = tmp_path / str(crash)
        files = SimFiles(Random(crash))
        files.make_folders(root)

        disk = files.start()
        disk.on_act = functools.partial(end_at, disk, crash)
        place, sent = Place(root, disk), []
        with suppress(Crashed):
            sent = place.ready("A1", "A2")
            place.dispatcher.send(sent)
        finished = not disk.is_dead
        if power:
            files.power_cut()
        place.ledger.close()
        if sent:
            place = Place(root, files.start())
            place.dispatcher.sweep()
            place.recover()
            place.dispatcher.send([one for one in sent if place.state(one) is ParcelState.READY])
            if power:
                files.power_cut()  # what is on record as delivered stays so
            delivered = files.tree(root / "out/bench-a4")
            assert sorted(delivered.values()) == [b"%PDF A1", b"%PDF A2"], crash
            assert not any(path.startswith(".staging/") for path in delivered), crash
            assert [place.state(one) for one in sent] == [ParcelState.DONE] * 2
            documents = DocumentStore(root / "state/documents", files.start())
            assert [documents.get(one.document) for one in sent] == [one.data for one in sent]
            place.ledger.close()
        if finished:
            break
    assert crash > 30


def test_a_tray_that_was_lost_on_the_way_makes_the_parcel_uncertain(place, crash_at):  # noqa: F811
    sent = place.ready("A1")
    crash_at("dispatch.intended")
    with pytest.raises(Crash):
        place.dispatcher.send(sent)
    shutil.rmtree(place.root / "out/bench-a4")
    (told,) = place.restart()
    assert (told.state, told.told) == (DeliveryState.UNCERTAIN, "its tray was lost")
    assert place.state(sent[0]) is ParcelState.UNCERTAIN


def test_a_tray_that_cannot_be_written_waits(place):
    (place.root / "out").write_text("a file where the trays should be")
    sent = place.ready("A1")
    with pytest.raises(RetryLater, match="tray bench-a4: not a directory"):
        place.dispatcher.send(sent)
    assert place.state(sent[0]) is ParcelState.READY
    (place.root / "out").unlink()
    place.dispatcher.send(sent)
    assert place.tray() == ["%PDF A1"]


def test_a_tray_that_becomes_read_only_under_a_delivery_waits():
    files = SimFiles(Random(0))
    device = files.mount(Path("/out"))
    tray = Tray(Path("/out/bench-a4"), files.start())
    tray.stage("A1.pdf", b"%PDF A1")
    device.read_only = True
    for act in (tray.deliver, tray.unstage):
        with pytest.raises(RetryLater, match="tray bench-a4: read-only file system"):
            act("A1.pdf")


def test_what_the_tray_does_not_take_is_ready_again(place, monkeypatch):
    sent = place.ready("A1", "A2", "A3")
    deliver = Tray.deliver

    def fail(tray, name):
        if "A1" not in name:
            raise RetryLater("tray: full")
        return deliver(tray, name)

    monkeypatch.setattr(Tray, "deliver", fail)
    told = place.dispatcher.send(sent)
    assert [one.state for one in told] == [DeliveryState.DELIVERED, DeliveryState.WAITS, DeliveryState.WAITS]
    assert told[1].told == "tray: full"
    assert [place.state(one) for one in sent] == [ParcelState.DONE, ParcelState.READY, ParcelState.READY]
    assert place.staged() == []
    monkeypatch.undo()
    place.dispatcher.send(sent[1:])
    assert place.tray() == ["%PDF A1", "%PDF A2", "%PDF A3"]
    assert place.restart() == []


def test_documents_that_are_not_taken_are_given_back_together(place, monkeypatch):
    """A line killed between two of them would print the others first."""
    sent, conclude, given_back = place.ready("A1", "A2", "A3"), place.ledger.conclude, []

    def note(tries, outcome, told=""):
        given_back.append([attempt.ref.key.order_id for attempt in tries])
        conclude(tries, outcome, told)

    def fail(tray, name):
        raise RetryLater("tray: full")

    monkeypatch.setattr(Tray, "deliver", fail)
    monkeypatch.setattr(place.ledger, "conclude", note)
    place.dispatcher.send(sent)
    assert given_back == [["A1", "A2", "A3"]]


def test_a_tray_that_cannot_be_flushed_is_asked_later(place, monkeypatch):
    sent = place.ready("A1", "A2")
    monkeypatch.setattr(Tray, "flush", lambda self: (_ for _ in ()).throw(RetryLater("away")))
    with pytest.raises(RetryLater):
        place.dispatcher.send(sent)
    assert [place.state(one) for one in sent] == [ParcelState.SENDING] * 2
    monkeypatch.undo()
    assert [one.state for one in place.restart()] == [DeliveryState.DELIVERED] * 2
    assert place.tray() == ["%PDF A1", "%PDF A2"]


# reprints


def test_a_reprint_sends_the_same_bytes_as_an_attempt_of_its_own(place):
    (one,) = place.ready("A1")
    first = place.dispatcher.send([one])[0].path
    again = place.dispatcher.reprint(place.ledger.record(one.ref)).path
    assert again != first
    assert again.read_bytes() == first.read_bytes()
    attempts = place.ledger.attempts(one.ref)
    assert [(a.number, a.purpose, a.state) for a in attempts] == [
        (1, Purpose.PRINT, AttemptState.DELIVERED),
        (2, Purpose.REPRINT, AttemptState.DELIVERED),
    ]
    assert place.state(one) is ParcelState.DONE
    assert place.ledger.record(one.ref).delivered_as == again.name


def test_a_marked_reprint_is_a_document_of_its_own(place):
    (one,) = place.ready("A1")
    place.dispatcher.send([one])
    path = place.dispatcher.reprint(
        place.ledger.record(one.ref), marked=Marked(data=b"%PDF A1 reprint", drawn_with="x 1", told="told")
    ).path
    assert path.read_bytes() == b"%PDF A1 reprint"
    assert place.ledger.attempts(one.ref)[1].document == sha256(b"%PDF A1 reprint")
    assert place.ledger.record(one.ref).document == one.document
    assert place.ledger.document(sha256(b"%PDF A1 reprint")).drawn_with == "x 1"
    (event,) = (event for event in place.ledger.events(one.ref.key) if event.kind == "marked")
    assert event.detail == f"{sha256(b'%PDF A1 reprint')} is a marked copy of {one.document}, told"


def test_what_was_not_printed_cannot_be_printed_again(place):
    (one,) = place.ready("A1")
    with pytest.raises(UsageError, match="is ready; only a printed one"):
        place.dispatcher.reprint(place.ledger.record(one.ref))


def test_a_reprint_cut_short_is_finished_once(place, crash_at):  # noqa: F811
    (one,) = place.ready("A1")
    place.dispatcher.send([one])
    crash_at("dispatch.intended")
    with pytest.raises(Crash):
        place.dispatcher.reprint(place.ledger.record(one.ref))
    crash_at("nowhere")
    place.restart()
    assert place.tray() == ["%PDF A1", "%PDF A1"]
    assert place.staged() == []
    assert place.state(one) is ParcelState.DONE


# languages


def test_a_printer_gets_its_language_and_the_ledger_keeps_the_document(place):
    (one,) = place.ready("A1", printer="zebra", data=record(DOTS))
    path = place.dispatcher.send([one])[0].path
    assert path.suffix == ".zpl"
    assert read_zpl(path.read_bytes()) == [drawing(DOTS)]
    kept = place.ledger.record(one.ref)
    assert (kept.document, kept.delivered_as) == (sha256(record(DOTS)), path.name)
    assert place.documents.get(kept.document) == record(DOTS)
    again = place.dispatcher.reprint(kept).path
    assert again != path
    assert again.read_bytes() == path.read_bytes()


@pytest.mark.parametrize("point", POINTS)
def test_a_crash_at_any_step_delivers_once_in_any_language(place, crash_at, point):  # noqa: F811
    sent = place.ready("A1", "A2", printer="zebra", data=record(DOTS))
    crash_at(point)
    with pytest.raises(Crash):
        place.dispatcher.send(sent)
    crash_at("nowhere")
    place.restart()
    place.dispatcher.send([one for one in sent if place.state(one) is ParcelState.READY])
    delivered = sorted((place.root / "out/zebra").glob("*.zpl"))
    assert [read_zpl(path.read_bytes()) for path in delivered] == [[drawing(DOTS)]] * 2
    assert place.staged("zebra") == []


def test_what_a_language_cannot_say_is_not_sent(place):
    with pytest.raises(HoldOrder, match="the document cannot be said in zpl"):
        place.ready("A1", printer="zebra")
    assert place.staged("zebra") == []
