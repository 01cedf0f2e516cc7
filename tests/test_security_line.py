"""Order files made to do harm, through the whole line: where it writes, what it says, what a spreadsheet would run."""

import contextlib
import csv
import os
import re
import shutil
import sqlite3
import stat
from pathlib import Path

import pytest
from workspace_kit import go_on, make_quick

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.library.mappings.contract import COLUMNS
from packslip.world import Workspace

SAMPLE = Path(__file__).parents[1] / "samples" / "01-new-en-partial.csv"
PLAIN_NAME = re.compile(r"[A-Za-z0-9._-]+")
FORMULA = re.compile(r"(?:^|[;\t|\r\n])[ \"]*[=+\-@]")

#: What may look like a path, a command or a device to somebody.
TRICKS = (
    "../../../outside",
    "/tmp/outside",
    "..\\..\\outside",
    "..",
    "CON",
    "aux.pdf.",
    "outside\0.pdf",
    "x" * 5000,
    "~root",
    "$(touch outside)`touch outside`",
    "%2e%2e%2foutside",
    "file:///etc/passwd",
    "\x1b]0;outside\x07\x1b[2J",
    "\u202efdp.outside",
    "a/b",
)
CALCULATIONS = ("=1+1", "+1+1", "-1+1", "@SUM(1)", "\t=1+1", 'x;=1+1&"', "x|=1+1", "＝1+1")
#: Columns that name something, which somebody may look up; the others are words.
NAMES = ("order_id", "store", "channel", "customer_id", "station", "locale", "line_id", "sku", "tracking", "dealer")
MORE_NAMES = ("image", "layout", "media", "printer", "picture", "store_name", "release")


def base_row():
    with SAMPLE.open(encoding="utf-8", newline="") as stream:
        row = next(csv.DictReader(stream))
    return (
        row
        | dict.fromkeys([column.name for column in COLUMNS if column.name not in row], "")
        | {"order_total": "64.00"}
    )


def orders(changes):
    """One order for each change of the sample's first row."""
    for at, change in enumerate(changes):
        yield base_row() | {"order_id": f"OA-{at:05}", "customer_id": f"C-{at:05}", "quantity_before": "0"} | change


@pytest.fixture(scope="module")
def published(tmp_path_factory):
    root = tmp_path_factory.mktemp("published") / "shop"
    go_on(make_quick(root))
    return root


@pytest.fixture
def shop(published, tmp_path):
    return Path(shutil.copytree(published, tmp_path / "deep" / "down" / "shop", symlinks=True))


def drop(shop, rows, name="drop.csv"):
    rows = list(rows)
    header = list(dict.fromkeys(key for row in rows for key in row))
    inbox = shop / "hotfolder" / "in"
    with (shop / "drop.part").open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, header, restval="")
        writer.writeheader()
        writer.writerows(rows)
    (shop / "drop.part").rename(inbox / name)
    return len(rows)


def files(folder):
    return {path for path in folder.rglob("*") if not path.is_dir()}


def results(shop):
    rows = []
    for path in (shop / "hotfolder" / "results").rglob("*.csv"):
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows += csv.DictReader(stream)
    return rows


def test_no_column_names_a_path(shop, tmp_path, capsys):
    before, outside = files(shop), files(tmp_path) - files(shop)
    strange = [{name: trick} for name in (*NAMES, *MORE_NAMES) for trick in TRICKS[:: 1 if name in NAMES[:1] else 4]]
    words = [{column.name: "../../outside\0"} for column in COLUMNS if column.name not in NAMES]
    count = drop(shop, orders([*strange, *words]))
    assert run(["-w", str(shop), "run", "--once"]) in {Exit.WELL, Exit.FINDINGS}
    capsys.readouterr()
    rows = results(shop)
    assert len(rows) >= count * 0.9  # orders with one blank id, or ids that are the same once tidied, are told as one
    assert {row["state"] for row in rows} <= {"done", "held", "duplicate"}
    assert [row for row in rows if "packslip itself failed" in row["findings"]] == []
    assert [row for row in rows if row["state"] == "done"]
    assert files(tmp_path) - files(shop) == outside
    for path in files(shop) - before:
        for part in path.relative_to(shop).parts:
            assert PLAIN_NAME.fullmatch(part), path
        assert "outside" not in path.suffix
        assert stat.S_IMODE(path.stat().st_mode) & 0o077 == 0, path


def test_no_cell_of_an_export_calculates(shop, capsys):
    changes = [{name: text} for name in ("order_id", "store", "sku", "station", "description") for text in CALCULATIONS]
    drop(shop, orders(changes), name="=1+1.csv")
    assert run(["-w", str(shop), "run", "--once"]) in {Exit.WELL, Exit.FINDINGS}
    capsys.readouterr()
    assert run(["-w", str(shop), "codes", "export"]) == Exit.WELL
    exported = list(csv.reader(capsys.readouterr().out.splitlines()))
    rows = results(shop)
    assert len(rows) > 30
    assert len(exported) > 10
    for cell in [cell for row in rows for cell in row.values()] + [cell for row in exported for cell in row]:
        assert not FORMULA.search(cell.replace("|'", "")), cell


PERSONAL = {
    "ship_name": "Kanarienvogel Quill",
    "ship_company": "Kanarienwerke",
    "ship_line1": "Kanariengasse 7",
    "ship_line2": "Kanarienhof",
    "ship_city": "Kanarienstadt",
    "ship_postcode": "KANA-77",
    "ship_region": "Kanarienland",
    "bill_name": "Kanarienvogel Bill",
    "customer_id": "KANARI-4711",
    "gift_message": "Kanariengruss",
    "tracking": "KANARI9988GB",
}
FAULTS = (
    {},
    {"quantity": "many"},
    {"currency": "XXX9"},
    {"order_date": "yesterday"},
    {"store": "nowhere"},
    {"ship_country": "Kanarien"},
    {"locale": "xx-Quux"},
    {"station": "nowhere"},
    {"deadline": "soon"},
    {"ship_name": "Kanarienvogel \U00013000"},
    {"ship_line1": "Kanariengasse \x07\x1b[2J"},
    {"ship_name": "Kanarienvogel " * 40},
    {"description": "x" * 3000},
    {"quantity_shipped": "99"},
    {"gift": "perhaps"},
    {"email": "kanari@quill.example"},
)


def test_no_word_of_a_person_leaves_the_slip(shop, capsys):
    """Findings, the log, the events, results, file names and every command's answer are searched for the canaries."""
    drop(shop, orders([PERSONAL | fault for fault in FAULTS]))
    drop(shop, [base_row() | PERSONAL | {"order_id": "OA-1", "quantity": ""}], name="broken.csv")
    here = ["-w", str(shop)]
    assert run([*here, "run", "--once"]) == Exit.FINDINGS
    for command in (
        ["status"],
        ["status", "--json"],
        ["held", "list"],
        ["held", "list", "--json"],
        ["codes", "export"],
    ):
        run([*here, *command])
    for at in range(len(FAULTS)):
        run([*here, "held", "show", f"OA-{at:05}"])
    told = capsys.readouterr()
    said = told.out + told.err
    assert "OA-00001" in said
    for path in [*(shop / "hotfolder" / "results").rglob("*.csv"), *(shop / ".packslip").rglob("*.log")]:
        said += path.read_text(encoding="utf-8")
    for log in filter(Path.is_file, Workspace.at(shop).logs):
        said += log.read_text(encoding="utf-8")
    said += "\n".join(str(path.relative_to(shop)) for path in files(shop))
    with contextlib.closing(sqlite3.connect(Workspace.at(shop).ledger)) as database:
        for table, columns in (("events", "*"), ("attempts", "*"), ("parcels", "findings")):
            said += "\n".join(map(str, database.execute(f"SELECT {columns} FROM {table}")))
    assert re.findall(r"(?i).{0,60}kana.{0,60}", said) == []
    assert {row["state"] for row in results(shop)} == {"done", "held"}


def test_what_is_no_file_of_orders_is_left_alone(shop, tmp_path, capsys):
    """Links, pipes, sockets, devices and folders with the right name: none is opened, followed or moved."""
    inbox = shop / "hotfolder" / "in"
    secret = tmp_path / "secret.csv"
    secret.write_bytes(SAMPLE.read_bytes())
    (inbox / "link.csv").symlink_to(secret)
    (inbox / "dangling.csv").symlink_to(tmp_path / "nothing.csv")
    (inbox / "ring.csv").symlink_to(inbox / "ring.csv")
    (inbox / "zero.csv").symlink_to("/dev/zero")
    (inbox / "folder.csv").mkdir()
    os.mkfifo(inbox / "pipe.csv")
    with contextlib.suppress(OSError):  # only root may
        os.mknod(inbox / "device.csv", stat.S_IFCHR | 0o600, os.makedev(1, 5))
    names = sorted(path.name for path in inbox.iterdir())
    drop(shop, [base_row()], name="\x1b[2Jreal\n.csv")
    assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    told = capsys.readouterr()
    assert "\x1b" not in told.out + told.err
    assert sorted(path.name for path in inbox.iterdir()) == names
    assert secret.read_bytes() == SAMPLE.read_bytes()
    assert [row["state"] for row in results(shop)] == ["done"]
