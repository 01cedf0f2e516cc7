"""What the packing table and its lead see: call, status, held and uncertain parcels, on the command line."""

import io
import json
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from line_kit import drop_file, make_workspace, tray
from line_kit import run as run_fake
from test_printing import FakePrinter, settings

from packslip.cli import status
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.dispatch import printers as opening
from packslip.engine.heartbeat import beat
from packslip.engine.inbox import FolderCondition
from packslip.errors import RetryLater
from packslip.ledger import Arrival, Ledger
from packslip.model import Drop, OrderKey, Where

CALL = "[[routes]]\nprint_on = 'call'\n"


@pytest.fixture
def laser(monkeypatch: pytest.MonkeyPatch) -> FakePrinter:
    made = FakePrinter()
    monkeypatch.setattr(opening, "open_printer", lambda name, settings, media: made)
    return made


def shop(tmp_path: Path, *rows: str, routes: str = "") -> tuple[object, list[str]]:
    workspace = make_workspace(tmp_path / "shop", settings=settings(routes=routes))
    if rows:  # one without any would be waited for, as one that is being written
        drop_file(workspace, "a.csv", *rows)
    run_fake(workspace)
    return workspace, ["-w", str(workspace.root)]


def test_a_scanner_types_into_a_terminal(tmp_path, laser, monkeypatch, capsys):
    workspace, here = shop(tmp_path, "A1,1,,x", "L1,1,,label", "H1,1,,hold", routes=CALL)
    monkeypatch.setattr("sys.stdin", io.StringIO("L1\n\n A1/1 \nH1\nA1\nnobody\x1b[2J\n"))
    assert run([*here, "call", "--station", "bench"]) == Exit.USAGE
    told = capsys.readouterr()
    assert [line.split()[:2] for line in told.out.splitlines()] == [["printed", "L1/1"], ["printed", "A1/1"]]
    assert "H1  parcel H1/1 is held, not ready" in told.err
    assert "A1  parcel A1/1 is done on laser, not ready" in told.err
    assert "\x1b[2J" not in told.err
    assert (len(laser.sheets), len(tray(workspace, "bench-label"))) == (1, 1)


def test_one_call_says_where_it_lies(tmp_path, laser, capsys):
    _, here = shop(tmp_path, "L1,1,,label", routes=CALL)
    assert run([*here, "call", "L1", "--station", "second", "--json"]) == Exit.WELL
    answer = json.loads(capsys.readouterr().out)
    assert (answer["outcome"], answer["printer"]) == ("printed", "bench-label")
    assert Path(answer["document"]).is_file()
    assert run([*here, "call", "L1"]) == Exit.USAGE
    assert "packslip reprint" in capsys.readouterr().err


def test_a_call_that_has_to_wait_is_no_success(tmp_path, laser, capsys):
    _, here = shop(tmp_path, "A1,1,,x", routes=CALL)
    laser.fault = RetryLater("out of paper")
    assert run([*here, "call", "A1"]) == Exit.FINDINGS
    assert re.search(r"waits +A1/1 +laser +out of paper", capsys.readouterr().out)


def test_status_shows_printers_and_what_waits(tmp_path, laser, capsys):
    laser.fault = RetryLater("out of paper")
    _, here = shop(tmp_path, "A1,1,,x", "A2,1,,x", "L1,1,,label")
    assert run([*here, "status", "--json"]) == Exit.FINDINGS
    told = json.loads(capsys.readouterr().out)
    known = {printer["name"]: printer for printer in told["printers"]}
    assert (known["laser"]["up"], known["laser"]["reasons"], known["laser"]["waiting"]) == (False, ["out of paper"], 2)
    assert known["bench-label"]["up"]
    assert run([*here, "status"]) == Exit.FINDINGS
    assert re.search(r"laser +out of paper +2 ", capsys.readouterr().out)
    laser.fault = None
    shop(tmp_path, "A3,1,,x")
    assert run([*here, "status"]) == Exit.WELL


def test_status_shows_what_waits_for_a_call(tmp_path, laser, capsys):
    _, here = shop(tmp_path, "A1,1,,x", routes=CALL)
    assert run([*here, "status"]) == Exit.WELL
    assert "1 slip ready for bench to call" in capsys.readouterr().out
    assert run([*here, "status", "--json"]) == Exit.WELL
    assert json.loads(capsys.readouterr().out)["awaiting_call"] == {"bench": 1}


def test_status_shows_what_is_late(tmp_path, laser, capsys):
    workspace, here = shop(tmp_path, "L1,1,,label")
    now = datetime.now(UTC)
    with Ledger.open(workspace.ledger, secret=workspace.secret()) as ledger:
        ledger.take_drop(Drop(name="b.csv", spool=Path(), sha256="b", accepted_at=now), drop_id="b")
        for line, minutes in enumerate((-90, 5, 500), 1):
            key = OrderKey(store="s", order_id=f"D{minutes}")
            ledger.accept(
                Arrival(
                    key=key,
                    data_sha256=str(line),
                    drop="b",
                    drop_name="b.csv",
                    where=Where(file="b.csv", line=line),
                    deadline=now + timedelta(minutes=minutes, seconds=30),
                )
            )
    assert run([*here, "status", "--json"]) == Exit.FINDINGS
    assert [late["order_id"] for late in json.loads(capsys.readouterr().out)["late"]] == ["D-90", "D5"]
    assert run([*here, "status"]) == Exit.FINDINGS
    shown = capsys.readouterr().out
    assert re.search(r"D-90/1 +accepted +89 min ago", shown)
    assert re.search(r"D5/1 +accepted +in 5 min", shown)


def test_a_person_settles_what_is_uncertain(tmp_path, laser, capsys):
    laser.is_holding = laser.forgets = True
    _, here = shop(tmp_path, "A1,1,,x")
    assert run([*here, "held", "list"]) == Exit.FINDINGS
    assert "uncertain whether laser printed it: the printer was restarted" in " ".join(capsys.readouterr().out.split())
    assert run([*here, "held", "list", "--json"]) == Exit.FINDINGS
    assert json.loads(capsys.readouterr().out)["state"] == "uncertain"
    assert run([*here, "reprint", "A1"]) == Exit.USAGE
    assert "--marked" in capsys.readouterr().err
    assert run([*here, "held", "drop", "A1"]) == Exit.WELL
    assert "taken as printed" in capsys.readouterr().err
    assert run([*here, "held", "list"]) == Exit.WELL


def test_the_doctor_looks_at_printers(tmp_path, capsys):
    """Nobody listens at `ipp://localhost:9`."""
    _, here = shop(tmp_path)
    run([*here, "doctor", "--json"])
    told = {line["what"]: line for line in map(json.loads, capsys.readouterr().out.splitlines())}
    assert not told["printer laser"]["good"]
    assert "laser" in told["printer laser"]["told"]
    assert "printer bench-label" not in told


def test_status_shows_a_hot_folder_that_is_away_and_a_line_that_is_stuck(tmp_path, laser, capsys, monkeypatch):
    workspace, here = shop(tmp_path)
    monkeypatch.setattr(status, "is_running", lambda workspace: True)
    share = FolderCondition(
        name="web", path="/mnt/web", is_there=False, has_events=False, looked_s=1.0, waiting=0, troubled=0
    )
    beat(workspace, [share])
    assert run([*here, "status"]) == Exit.FINDINGS
    assert "hot folder away: /mnt/web; it is awaited" in capsys.readouterr().out
    beat(workspace, [replace(share, is_there=True, troubled=2)])
    assert run([*here, "status"]) == Exit.WELL
    assert "/mnt/web: 2 files not whole" in capsys.readouterr().out
    beat(workspace, [], now=datetime.now(UTC) - timedelta(minutes=9))
    assert run([*here, "status"]) == Exit.FINDINGS
    assert "has not looked at its hot folders for 9 min" in capsys.readouterr().out
    monkeypatch.undo()
    assert run([*here, "status", "--json"]) == Exit.WELL
    assert json.loads(capsys.readouterr().out)["folders"] == []
