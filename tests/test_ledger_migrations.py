"""Older ledgers brought up to this schema: `golden/ledgers` holds some as the packslips of their day wrote them."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from packslip.errors import UsageError
from packslip.ledger import AttemptState, Ledger, ParcelState
from packslip.ledger.tables import SCHEMA_VERSION, metadata

SECRET = b"s" * 32
OLD = sorted((Path(__file__).parent / "golden" / "ledgers").glob("schema-*.sql"))


def restore(dump: Path, path: Path) -> None:
    path.parent.mkdir(parents=True)
    with closing(sqlite3.connect(path)) as database:
        database.executescript(dump.read_text(encoding="utf-8"))


def contents(path: Path) -> dict[str, list[dict[str, object]]]:
    with closing(sqlite3.connect(path)) as database:
        database.row_factory = sqlite3.Row
        names = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        return {name: [dict(row) for row in database.execute(f"SELECT * FROM {name}")] for name in names}


def shape(path: Path) -> dict[str, list[tuple[object, ...]]]:
    with closing(sqlite3.connect(path)) as database:
        tables = [row[0] for row in database.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        columns = {name: sorted(row[1:6] for row in database.execute(f"PRAGMA table_info({name})")) for name in tables}
        rest = "SELECT type, name FROM sqlite_master WHERE type IN ('trigger', 'index') ORDER BY name"
        return columns | {"others": [row for row in database.execute(rest) if "autoindex" not in row[1]]}


def test_there_is_one_of_every_older_schema() -> None:
    assert [path.stem for path in OLD] == [f"schema-{version}" for version in range(1, SCHEMA_VERSION)]


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_no_row_and_no_value_is_lost(dump: Path, tmp_path: Path) -> None:
    path = tmp_path / "state/ledger.db"
    restore(dump, path)
    before = contents(path)
    Ledger.open(path, secret=SECRET).close()
    after = contents(path)
    assert after["meta"] != before.pop("meta")
    for name, rows in before.items():
        assert [{key: new[key] for key in old} for old, new in zip(rows, after[name], strict=True)] == rows


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_it_is_as_if_it_had_been_made_today(dump: Path, tmp_path: Path) -> None:
    restore(dump, tmp_path / "old/ledger.db")
    Ledger.open(tmp_path / "old/ledger.db", secret=SECRET).close()
    Ledger.open(tmp_path / "new/ledger.db", secret=SECRET).close()
    assert shape(tmp_path / "old/ledger.db") == shape(tmp_path / "new/ledger.db")
    assert set(metadata.tables) <= set(shape(tmp_path / "old/ledger.db"))


@pytest.mark.parametrize("dump", OLD, ids=lambda path: path.stem)
def test_its_parcels_go_on(dump: Path, tmp_path: Path) -> None:
    restore(dump, tmp_path / "old/ledger.db")
    with Ledger.open(tmp_path / "old/ledger.db", secret=SECRET, holder="line:new") as ledger:
        (sending,) = ledger.take_over("bench-a4")
        ledger.conclude([sending], AttemptState.GIVEN_UP, "it was not in the tray")
        assert ledger.record(sending.ref).state is ParcelState.READY
        (held,) = ledger.held()
        ledger.retry(held.ref)
        with pytest.raises(UsageError):
            ledger.retry(held.ref)
