"""The ledger's file, read and filled from outside: what it says of the soak's orders, and a past that is long.

Only for a workspace of the soak's own. None of packslip's code reads or writes here, so that it judges itself nowhere.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from datetime import date
from pathlib import Path

from packslip.files import sha256

_PAST = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :count)
"""
_FILLS = (
    """INSERT INTO drops (id, name, sha256, accepted_at, state, closed_at)
       SELECT printf('past%08x', i), printf('past-%d.csv', i), printf('%064x', i), :day || 'T00:00:00+00:00', 'done',
              :day || 'T00:00:01+00:00' FROM n WHERE i <= :drops""",
    """INSERT INTO documents (sha256, size, pages, media, drawn_by, made_at)
       SELECT printf('%064x', i), 40000, 1, 'a4', 'plate', :day || 'T00:00:00+00:00' FROM n""",
    """INSERT INTO parcels (store, order_id, parcel, revision, state, data_sha256, drop_id, line, segment, message,
                            slip, pieces, document, release, station, printer, accepted_at, ready_at, done_at,
                            turn, customer)
       SELECT 'oriel-ash', printf('PAST-%d', i), 1, 1, 'done', printf('%064x', i), printf('past%08x', 1 + i % :drops),
              2 + i / :drops, 'repeat', 'repeat', :slip, '{"1":1}', printf('%064x', i), 'r', 'bench', 'bench-a4',
              :day || 'T00:00:00+00:00', :day || 'T00:00:00+00:00', :day || 'T00:00:00+00:00', 3,
              printf('%064x', i) FROM n""",
    """INSERT INTO attempts (store, order_id, parcel, revision, number, document, printer, name, purpose, state,
                             intended_at, ended_at)
       SELECT 'oriel-ash', printf('PAST-%d', i), 1, 1, 1, printf('%064x', i), 'bench-a4', printf('PAST-%d.pdf', i),
              'print', 'delivered', :day || 'T00:00:00+00:00', :day || 'T00:00:00+00:00' FROM n""",
    """INSERT INTO grants (store, order_id, granted_on, review_token, review_url)
       SELECT 'oriel-ash', printf('PAST-%d', i), :day, printf('T%d', i), 'HTTPS://OA.EXAMPLE/R/T' FROM n""",
)
_EVENTS = """
    INSERT INTO events (at, kind, store, order_id, parcel, revision, source, target)
    SELECT :day || 'T00:00:00+00:00', k.column1, 'oriel-ash', printf('PAST-%d', i), 1, 1, '', k.column2
    FROM n, (VALUES ('accept', 'accepted'), ('draw', 'ready'), ('send', 'sending'), ('finish', 'done')) AS k
"""
_SLIP_BYTES = 3000


def fill_past(ledger: Path, done: Path, *, orders: int, files: int, day: date) -> None:
    """A ledger with so many orders that were printed on a day, and so many filed drops; the line must not run."""
    drops = max(files, 1)
    with closing(sqlite3.connect(ledger, isolation_level=None)) as book:
        book.execute("PRAGMA synchronous = OFF")
        book.execute("PRAGMA journal_mode = MEMORY")
        book.execute("BEGIN")
        values = {"count": max(orders, drops), "drops": drops, "slip": "x" * _SLIP_BYTES, "day": day.isoformat()}
        for statement in (*_FILLS, _EVENTS):
            book.execute(_PAST + statement, values)
        book.execute("COMMIT")
    folder = done / day.isoformat()
    folder.mkdir(parents=True, exist_ok=True)
    for number in range(1, files + 1):
        (folder / f"past{number:08x}__past-{number}.csv").touch()


def drawn_by(ledger: Path, *, since: str) -> Counter[str]:
    """How the parcels that were accepted since then were drawn."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as book:
        found = book.execute(
            "SELECT d.drawn_by, count(*) FROM parcels AS p JOIN documents AS d ON d.sha256 = p.document "
            "WHERE p.accepted_at >= ? GROUP BY 1",
            (since,),
        )
        return Counter(dict(found.fetchall()))


def states(ledger: Path, *, since: str) -> Counter[str]:
    """In which states the parcels are that were accepted since then."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as book:
        query = "SELECT state, count(*) FROM parcels WHERE accepted_at >= ? GROUP BY 1"
        return Counter(dict(book.execute(query, (since,)).fetchall()))


def count_changed(ledger: Path, found: Mapping[str, list[Path]], *, since: str) -> int:
    """Documents in the trays that are not, byte for byte, what is on record of their parcel."""
    with closing(sqlite3.connect(f"file:{ledger}?mode=ro", uri=True)) as book:
        query = (
            "SELECT a.name, p.document FROM attempts AS a JOIN parcels AS p USING (store, order_id, parcel, revision) "
            "WHERE p.accepted_at >= ?"
        )
        recorded = dict(book.execute(query, (since,)).fetchall())
    paths = [path for lying in found.values() for path in lying]
    return sum(recorded.get(path.name) != sha256(path.read_bytes()) for path in paths)
