"""Back-ups taken while the line runs, restored without printing anything twice; checks; ledgers of earlier schemas."""

import io
import json
import shutil
import sqlite3
import tarfile
import threading
from contextlib import closing, suppress
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import line_kit
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from line_kit import Crash, documents, drop_file, make_workspace, results, run, run_child, tray

from packslip.cli.exits import Exit
from packslip.cli.main import run as command_line
from packslip.engine.lock import run_lock, upkeep_lock
from packslip.engine.upkeep import archive as archives
from packslip.engine.upkeep.archive import read_archive
from packslip.engine.upkeep.backing_up import back_up
from packslip.engine.upkeep.checking import check_state
from packslip.engine.upkeep.restoring import restore
from packslip.errors import UsageError, WorkspaceError
from packslip.ledger import Ledger, ParcelState, copying, examine
from packslip.ledger.tables import SCHEMA_VERSION
from packslip.world import Workspace

crash_at = line_kit.crash_at

GOLDEN = Path(__file__).parent / "golden" / "ledgers"
POINTS = (
    "claim.spooled",
    "claim.recorded",
    "line.accepted",
    "line.stored",
    "line.ready",
    "dispatch.staged",
    "dispatch.intended",
    "dispatch.delivered",
    "drop.answered",
    "drop.filed",
)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "shop")


def open_ledger(workspace: Workspace) -> Ledger:
    return Ledger.open(workspace.ledger, secret=workspace.secret(), who="packer")


def take(workspace: Workspace, name: str = "one.tar") -> Path:
    made = back_up(workspace, workspace.root.parent / name, now=datetime.now(UTC))
    assert made.findings == ()
    return made.path


def bring_back(workspace: Workspace, path: Path, **values: bool):
    return restore(workspace, path, now=datetime.now(UTC), who="packer", replace=True, **values)


def empty_tray(workspace: Workspace) -> list[str]:
    """What the printer took: its orders."""
    taken = [text.split()[1] for text in documents(workspace)]
    for name in tray(workspace):
        (workspace.root / "hotfolder/out/bench-a4" / name).unlink()
    return taken


def states(workspace: Workspace) -> dict[str, str]:
    with open_ledger(workspace) as ledger:
        return {str(one.key): one.state.value for one in ledger.in_state(*ParcelState)}


def faults(workspace: Workspace) -> set[str]:
    """What does not fit; the releases of these tests are not named by what they hold."""
    return {one.code for one in check_state(workspace)} - {"release.changed"}


def command(workspace: Workspace, *arguments: str) -> int:
    return command_line(["-w", str(workspace.root), *arguments])


# taking one


def test_a_backup_holds_everything_the_ledger_names(workspace: Workspace) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold")
    drop_file(workspace, "b.csv", "A1,1,,\0")
    run(workspace)
    path = take(workspace)
    manifest = read_archive(path)
    assert path.stat().st_mode & 0o777 == 0o600
    with open_ledger(workspace) as ledger:
        digests = ledger.upkeep.kept_documents()
        (held,) = ledger.held_drops()
    assert {f"documents/{digest[:2]}/{digest}.pdf" for digest in digests} <= manifest.digests.keys()
    assert {"ledger.db", "secret", "releases/current", "releases/r1/packslip.toml"} <= manifest.digests.keys()
    assert {name.partition("/")[0] for name in manifest.digests} >= {"done", "held", "documents", "releases"}
    assert next(name for name in manifest.digests if held.id in name).startswith("held/")
    assert not [entry for entry in workspace.state.iterdir() if entry.name.startswith(".")]


def test_a_backup_is_never_written_over_and_never_into_itself(workspace: Workspace) -> None:
    with pytest.raises(UsageError, match="no ledger yet"):
        take(workspace)
    run(workspace)
    path = take(workspace)
    with pytest.raises(UsageError, match="there already"):
        back_up(workspace, path, now=datetime.now(UTC))
    with pytest.raises(UsageError, match="lies in what is backed up"):
        back_up(workspace, workspace.state / "b.tar", now=datetime.now(UTC))
    assert back_up(workspace, path.parent, now=datetime(2026, 11, 27, 3, 4, 5, tzinfo=UTC)).path.name == (
        "packslip-20261127T030405.tar"
    )
    with upkeep_lock(workspace.state), pytest.raises(WorkspaceError, match="is under way here"):
        take(workspace, "two.tar")


@pytest.mark.parametrize("pages", [1, 2048])
def test_a_copy_is_of_one_moment_while_others_write(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, pages: int
) -> None:
    """With a page at a time every write begins the copy anew, until it is made in one go."""
    monkeypatch.setattr(copying, "_PAGES", pages)
    monkeypatch.setattr(copying, "_PAUSE_S", 0.005)
    for number in range(30):
        drop_file(workspace, f"{number}.csv", f"A{number},1,,x")
    run(workspace)
    stop = threading.Event()

    def write() -> None:
        with open_ledger(workspace) as ledger:
            number = 0
            while not stop.is_set():
                number += 1
                ledger.note_printer("probe", is_up=bool(number % 2), reasons=(f"{number}",))

    writer = threading.Thread(target=write)
    writer.start()
    try:
        for turn in range(5):
            copying.copy_database(workspace.ledger, workspace.root / f"copy-{turn}.db")
    finally:
        stop.set()
        writer.join()
    for turn in range(5):
        copy = workspace.root / f"copy-{turn}.db"
        assert list(examine(copy)) == []
        with closing(sqlite3.connect(copy)) as database:
            (seen,) = database.execute("SELECT reasons FROM printers WHERE name = 'probe'").fetchone() or ("0",)
            (told,) = database.execute("SELECT count(*) FROM events WHERE detail LIKE 'probe%'").fetchone()
            assert int(seen) == told


def test_a_backup_can_be_taken_while_the_line_works(workspace: Workspace) -> None:
    for number in range(60):
        drop_file(workspace, f"{number}.csv", f"A{number},1,,x", f"B{number},1,,x")
    working = threading.Thread(target=run, args=(workspace,))
    working.start()
    paths: list[Path] = []
    while working.is_alive() and len(paths) < 20:
        with suppress(UsageError):  # no ledger was made yet
            paths.append(take(workspace, f"{len(paths)}.tar"))
    working.join()
    assert len(set(empty_tray(workspace))) == 120
    for number, path in enumerate(paths[:: max(1, len(paths) // 3)]):
        fresh = make_workspace(workspace.root.parent / f"fresh-{number}")
        restore(fresh, path, now=datetime.now(UTC), who="packer")
        assert faults(fresh) == {"ledger.doubted"}


@given(data=st.data())
@settings(max_examples=60, deadline=None)
def test_an_archive_that_is_cut_or_changed_is_refused(data: st.DataObject, tmp_path_factory) -> None:
    folder = tmp_path_factory.mktemp("cut")
    for name, text in (("ledger.db", b"l" * 3000), ("documents/aa/bb.pdf", b"%PDF"), ("secret", b"s" * 64)):
        (folder / name.replace("/", "-")).write_bytes(text)
    with archives.writing(folder / "a.tar") as archive:
        for name in ("ledger.db", "documents/aa/bb.pdf", "secret"):
            assert archive.add(name, folder / name.replace("/", "-"))
        assert not archive.add("erased", folder / "nothing")
        archive.finish(taken_at=datetime.now(UTC), schema="3")
    whole = (folder / "a.tar").read_bytes()
    assert len(read_archive(folder / "a.tar").digests) == 3
    end = whole.rstrip(b"\0")
    if data.draw(st.booleans()):
        cut = whole[: data.draw(st.integers(0, len(end) - 1))]
    else:
        place = data.draw(st.sampled_from([600, 3000, 4097, 5700, 6200]))
        cut = whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :]
    (folder / "cut.tar").write_bytes(cut)
    if cut != whole:
        with pytest.raises(WorkspaceError):
            read_archive(folder / "cut.tar")


@pytest.mark.parametrize("name", ["../x", "/etc/x", "documents/../../x", "packslip.toml", "documents", "run.lock"])
def test_an_archive_writes_nowhere_else(name: str, tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        info = tarfile.TarInfo(name)
        info.size = 1
        tar.addfile(info, io.BytesIO(b"x"))
    (tmp_path / "into").mkdir()
    with pytest.raises(WorkspaceError, match="holds what no back-up holds"):
        read_archive(tmp_path / "a.tar", tmp_path / "into")
    assert list((tmp_path / "into").iterdir()) == []


def test_an_archive_holds_no_links(tmp_path: Path) -> None:
    with tarfile.open(tmp_path / "a.tar", "w") as tar:
        info = tarfile.TarInfo("documents/x")
        info.type, info.linkname = tarfile.SYMTYPE, "/etc/passwd"
        tar.addfile(info)
    with pytest.raises(WorkspaceError, match="holds what no back-up holds"):
        read_archive(tmp_path / "a.tar")


# bringing it back


@pytest.mark.parametrize("point", POINTS)
def test_nothing_prints_twice_after_a_restore(point: str, workspace: Workspace) -> None:
    """A line that died anywhere is backed up and goes on; then its state is lost, and the back-up brought back."""
    rows = ("A1,1,,x", "A2,1,,y", "A3,1,,z")
    drop_file(workspace, "a.csv", *rows)
    assert run_child(workspace, point) or point == "claim.spooled"
    path = take(workspace)
    run(workspace)
    drop_file(workspace, "b.csv", "B1,1,,x")
    run(workspace)
    printed = empty_tray(workspace)
    assert sorted(printed) == ["A1/1", "A2/1", "A3/1", "B1/1"]
    bring_back(workspace, path)
    run(workspace)
    drop_file(workspace, "a.csv", *rows)
    drop_file(workspace, "b.csv", "B1,1,,x")
    drop_file(workspace, "c.csv", "A1,1,,x")
    run(workspace)
    with open_ledger(workspace) as ledger:
        for drop in ledger.held_drops():
            ledger.retry_drop(drop.id)
    run(workspace)
    assert empty_tray(workspace) == []
    assert set(states(workspace).values()) <= {"done", "held", "uncertain"}
    assert faults(workspace) == {"ledger.doubted", "ledger.aside"}


def test_what_was_under_way_says_so(workspace: Workspace) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    run_child(workspace, "line.ready")
    path = take(workspace)
    done = bring_back(workspace, path)
    assert [(str(one.key), one.state) for one in done.uncertain] == [("A1/1", ParcelState.READY)]
    with open_ledger(workspace) as ledger:
        (record,) = ledger.in_state(ParcelState.UNCERTAIN)
    assert record.findings[-1].code == "parcel.restored"
    assert "nobody knows whether this parcel was printed since" in str(record.findings[-1])


def test_who_vouches_that_nothing_came_since_goes_on_as_before(workspace: Workspace) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    run_child(workspace, "line.ready")
    path = take(workspace)
    done = bring_back(workspace, path, nothing_since=True)
    assert (done.uncertain, done.later) == ((), ())
    drop_file(workspace, "b.csv", "B1,1,,x")
    run(workspace)
    assert sorted(empty_tray(workspace)) == ["A1/1", "B1/1"]


def test_a_drop_that_came_later_is_not_lost(workspace: Workspace) -> None:
    """Finished, or in the spool still, where a starting line sweeps what it does not know."""
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    path = take(workspace)
    drop_file(workspace, "b.csv", "B1,1,,x")
    run(workspace)
    drop_file(workspace, "c.csv", "C1,1,,x")
    assert run_child(workspace, "claim.recorded")
    empty_tray(workspace)
    done = bring_back(workspace, path)
    assert len(done.later) == 2
    run(workspace)
    with open_ledger(workspace) as ledger:
        drops = ledger.held_drops()
        assert {drop.findings[0].code for drop in drops} == {"drop.restored"}
        for drop in drops:
            ledger.retry_drop(drop.id)
    run(workspace)
    assert empty_tray(workspace) == []
    with open_ledger(workspace) as ledger:
        (lost,) = (one for one in ledger.held() if one.key.order_id == "C1")
        ledger.release(lost.ref)
    run(workspace)
    assert empty_tray(workspace) == ["C1/1"]


def test_new_orders_print_and_the_rest_does_when_it_is_trusted(workspace: Workspace, monkeypatch) -> None:
    run(workspace)
    path = take(workspace)
    bring_back(workspace, path)
    drop_file(workspace, "old.csv", "A1,1,,x")
    run(workspace)
    assert (states(workspace), empty_tray(workspace)) == ({"A1/1": "held"}, [])
    drop_file(workspace, "again.csv", "A1,1,,x")  # a held parcel is tried again when it comes again, but not this one
    run(workspace)
    assert (states(workspace), empty_tray(workspace)) == ({"A1/1": "held"}, [])
    monkeypatch.setattr(line_kit, "date", Tomorrow)
    drop_file(workspace, "new.csv", "A2,1,,x")
    run(workspace)
    assert empty_tray(workspace) == ["A2/1"]
    monkeypatch.setattr(line_kit, "date", date)
    assert command(workspace, "ledger", "trust") == Exit.WELL
    drop_file(workspace, "other.csv", "A3,1,,x")
    run(workspace)
    assert empty_tray(workspace) == ["A3/1"]


class Tomorrow(date):
    def __new__(cls, *_: int) -> date:
        return date.today() + timedelta(days=1)  # noqa: DTZ011


def test_a_restore_wants_the_line_stopped_and_a_ledger_that_is_lost(workspace: Workspace) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    path = take(workspace)
    with run_lock(workspace.state), pytest.raises(WorkspaceError, match="a line is running here already"):
        bring_back(workspace, path)
    with pytest.raises(UsageError, match="is sound"):
        restore(workspace, path, now=datetime.now(UTC), who="packer")
    workspace.ledger.write_bytes(b"SQLite format 3\0" + b"torn" * 5000)
    assert command(workspace, "ledger", "verify") == Exit.FINDINGS
    restore(workspace, path, now=datetime.now(UTC), who="packer")
    assert states(workspace) == {"A1/1": "done"}
    assert command(workspace, "ledger", "verify") == Exit.WELL


@pytest.mark.parametrize("point", ["restore.merged", "restore.replaced"])
def test_a_restore_cut_short_leaves_a_whole_ledger(point: str, workspace: Workspace, crash_at, monkeypatch) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    path = take(workspace)
    drop_file(workspace, "b.csv", "B1,1,,x")
    run(workspace)
    crash_at(point)
    with pytest.raises(Crash):
        bring_back(workspace, path)
    monkeypatch.delenv("PACKSLIP_CRASH_AT")
    assert states(workspace).get("A1/1") == "done"
    assert ("B1/1" in states(workspace)) == (point == "restore.merged")
    bring_back(workspace, path)
    empty_tray(workspace)
    drop_file(workspace, "b.csv", "B1,1,,x")
    run(workspace)
    assert empty_tray(workspace) == []


def test_codes_are_the_same_in_another_workspace(workspace: Workspace) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    (row,) = results(workspace)
    path = take(workspace)
    other = make_workspace(workspace.root.parent / "other")
    other.secret()
    restore(other, path, now=datetime.now(UTC), who="packer")
    with open_ledger(other) as ledger:
        grant = ledger.granted("s", "A1")
    assert grant is not None
    assert (grant.promo_code, grant.review_token) == (row["promo_code"], row["review_token"])
    assert other.secret() == workspace.secret()


# checks


def spoil(workspace: Workspace, statement: str) -> None:
    with closing(sqlite3.connect(workspace.ledger)) as database, database:
        for trigger in ("parcels_change", "drops_change", "events_append_only"):
            database.execute(f"DROP TRIGGER {trigger}")
        database.execute(statement)


FAULTS = {
    "UPDATE parcels SET state = 'ready' WHERE order_id = 'A1'": "ledger.state",
    "UPDATE drops SET state = 'held'": "ledger.state",
    "DELETE FROM parcels WHERE order_id = 'A2'": "ledger.events",
    "DELETE FROM events WHERE order_id = 'A1' AND kind = 'draw'": "ledger.log",
    "UPDATE events SET target = 'ready' WHERE order_id = 'A1' AND kind = 'accept'": "ledger.log",
    "UPDATE parcels SET document = NULL WHERE order_id = 'A1'": "ledger.document",
    "UPDATE grants SET promo_code = 'AAAA-BBBB-CCCC'": "ledger.code",
    "UPDATE grants SET review_token = 'AAAA'": "ledger.token",
    "UPDATE parcels SET drop_id = 'nobody'": "ledger.damaged",
}


@pytest.mark.parametrize("statement", FAULTS)
def test_what_does_not_fit_is_found(statement: str, workspace: Workspace) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x", "A2,1,,hold")
    run(workspace)
    assert faults(workspace) == set()
    spoil(workspace, statement)
    assert FAULTS[statement] in faults(workspace)
    assert command(workspace, "ledger", "verify") == Exit.FINDINGS


def test_files_that_are_gone_or_changed_are_found(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    drop_file(workspace, "b.csv", "A2,1,,x")
    drop_file(workspace, "c.csv", "A3,1,,\0")
    run(workspace)
    first, second = sorted(workspace.documents.rglob("*.pdf"))
    first.unlink()
    second.write_bytes(b"%PDF other")
    (done, _) = sorted(workspace.done.rglob("*.csv"))
    done.write_text("other")
    (held,) = workspace.held.rglob("*.csv")
    held.unlink()
    assert command(workspace, "ledger", "verify", "--json") == Exit.FINDINGS
    found = {json.loads(line)["code"] for line in capsys.readouterr().out.splitlines()}
    assert found - {"release.changed"} == {"document.lost", "document.changed", "drop.changed", "drop.gone"}
    assert {one.code for one in back_up(workspace, workspace.root / "b.tar", now=datetime.now(UTC)).findings} == {
        "document.lost",
        "drop.gone",
    }


def test_the_command_line_backs_up_and_checks_what_it_wrote(
    workspace: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    drop_file(workspace, "a.csv", "A1,1,,x")
    run(workspace)
    assert command(workspace, "ledger", "backup", str(workspace.root)) == Exit.WELL
    path = Path(capsys.readouterr().out.strip())
    assert command(workspace, "ledger", "verify", str(path)) == Exit.WELL
    path.write_bytes(path.read_bytes()[:-20_000])
    assert command(workspace, "ledger", "verify", str(path)) == Exit.WORKSPACE
    assert command(workspace, "ledger", "restore", str(path)) == Exit.WORKSPACE
    assert command(workspace, "ledger", "backup", str(workspace.root / "no/such/folder.tar")) == Exit.WORKSPACE
    assert "folder.tar cannot be written: no such file or directory" in capsys.readouterr().err
    assert command(workspace, "ledger", "trust") == Exit.WELL
    assert command(workspace, "ledger", "compact") == Exit.WELL


# earlier schemas


def test_an_earlier_ledger_is_brought_up_and_kept(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    assert command(workspace, "ledger", "migrate") == Exit.USAGE
    workspace.secret()
    with closing(sqlite3.connect(workspace.ledger)) as database:
        database.executescript((GOLDEN / "schema-1.sql").read_text(encoding="utf-8"))
    assert command(workspace, "ledger", "migrate") == Exit.WELL
    assert f"had schema 1, it has {SCHEMA_VERSION} now" in capsys.readouterr().err
    assert copying.read_version(workspace.ledger) == str(SCHEMA_VERSION)
    (copy,) = workspace.state.glob("ledger.db.before-*")
    assert copying.read_version(copy) == "1"
    assert copy.stat().st_mode & 0o777 == 0o600
    assert command(workspace, "ledger", "migrate") == Exit.WELL
    assert "already" in capsys.readouterr().err
    with run_lock(workspace.state):
        assert command(workspace, "ledger", "migrate") == Exit.WORKSPACE


def test_an_earlier_ledger_is_backed_up_as_it_is(workspace: Workspace) -> None:
    workspace.secret()
    with closing(sqlite3.connect(workspace.ledger)) as database:
        database.executescript((GOLDEN / "schema-2.sql").read_text(encoding="utf-8"))
    path = back_up(workspace, workspace.root.parent / "old.tar", now=datetime.now(UTC)).path
    assert read_archive(path).schema == "2"
    assert copying.read_version(workspace.ledger) == "2"
    shutil.rmtree(workspace.state)
    restore(workspace, path, now=datetime.now(UTC), who="packer")
    assert copying.read_version(workspace.ledger) == str(SCHEMA_VERSION)
