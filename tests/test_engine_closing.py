"""Drops are closed together where they can, and one that cannot be keeps no other open."""

import threading
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace

import pytest

from packslip.engine.closing import Closing
from packslip.engine.drops import Closer, Desk
from packslip.engine.events import RunSummary, ignore
from packslip.engine.flow import Tally
from packslip.engine.results import ResultRow
from packslip.errors import WorkspaceError
from packslip.hotfolder import Filing, spool_path
from packslip.ledger import DropState, Ledger
from packslip.model import Drop

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path):
    with Ledger.open(tmp_path / "state/ledger.db", secret=b"s" * 32, now=lambda: NOW) as opened:
        yield opened


def dropped(root: Path, ledger: Ledger, name: str, folder: str = "") -> Tally:
    copy = spool_path(root / "spool", name)
    copy.parent.mkdir(exist_ok=True)
    copy.write_text("order_id\n")
    drop = Drop(name=f"{name}.csv", spool=copy, sha256=name, accepted_at=NOW, folder=folder)
    record = ledger.take_drop(drop, drop_id=name).record
    tally = Tally(drop=record, sealed=True)
    tally.answers[0] = ResultRow(order_id="A1", parcel="1", state="done", findings="")
    return tally


def desk_of(root: Path, ledger: Ledger) -> Desk:
    (root / "no folder").touch()
    return Desk(
        ledger=ledger,
        filing=Filing(root / "spool", root / "done", root / "held"),
        stepper=SimpleNamespace(shown=str),
        results=lambda folder: root / ("no folder" if folder == "lost" else "results"),
        root=root,
        listener=ignore,
        summary=RunSummary(),
    )


def test_of_drops_closed_together_one_that_cannot_be_answered_waits_alone(tmp_path, ledger):
    tallies = [dropped(tmp_path, ledger, name, "lost" if name == "b" else "") for name in "abc"]
    freed: list[str] = []
    later: list[str] = []
    closer = Closer(
        desk_of(tmp_path, ledger),
        free=lambda drop: freed.append(drop.id),
        later=lambda drop, why: later.append(drop.id),
    )
    closer.close_all(tallies)
    assert (sorted(freed), later) == (["a", "c"], ["b"])
    assert len(list((tmp_path / "results").rglob("*.csv"))) == len(list((tmp_path / "done").rglob("*.csv"))) == 2
    assert [path.stem for path in (tmp_path / "spool").iterdir()] == ["b"]
    states = {name: record.state for name in "abc" if (record := ledger.drop(name))}
    assert states == {"a": DropState.DONE, "b": DropState.OPEN, "c": DropState.DONE}


class SlowCloser:
    def __init__(self) -> None:
        self.batches: list[int] = []
        self.begun, self.go_on = threading.Event(), threading.Event()

    def close_all(self, tallies) -> None:
        self.batches.append(len(tallies))
        self.begun.set()
        assert self.go_on.wait(20)
        if len(tallies) == 3:
            raise WorkspaceError("the ledger is damaged")


@pytest.mark.parametrize(("more", "batches"), [(2, [1, 2]), (100, [1, 64, 36])])
def test_what_is_finished_while_drops_are_closed_is_closed_together(tmp_path, ledger, more, batches):
    tally = dropped(tmp_path, ledger, "a")
    slow = SlowCloser()
    closing = Closing(slow)
    closing.put(tally)
    assert slow.begun.wait(20)
    for _ in range(more):
        closing.put(tally)
    slow.go_on.set()
    closing.end()
    closing.check()
    assert slow.batches == batches


def test_what_ends_the_closing_ends_the_line(tmp_path, ledger):
    tally = dropped(tmp_path, ledger, "a")
    slow = SlowCloser()
    closing = Closing(slow)
    closing.put(tally)
    assert slow.begun.wait(20)
    for _ in range(3):
        closing.put(tally)
    slow.go_on.set()
    closing.end()
    with pytest.raises(WorkspaceError, match="damaged"):
        closing.check()
