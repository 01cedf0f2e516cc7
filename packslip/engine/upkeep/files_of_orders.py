"""Files of orders outside the ledger: documents, drops, trays, result files, alarms, the log. Found and taken away.

What is gone already is no error: an erasure that was cut short is done again from its beginning.
"""

import csv
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from pathlib import Path

from packslip.csvfile import safe_cell, write_csv
from packslip.dispatch import DocumentStore
from packslip.dispatch.dispatcher import SHEETS
from packslip.dispatch.tray import STAGING
from packslip.engine.alarms import alarm_folders
from packslip.engine.upkeep.whose import Holding, KeptDrop
from packslip.files import sha256, write_atomic
from packslip.intake import Stretch, blank
from packslip.ledger import Attempt, Ledger, Order
from packslip.world import Workspace

_RESULT = re.compile(r".*\.(?P<drop>[0-9a-f]{12})\.csv", re.DOTALL)


def remove_documents(workspace: Workspace, digests: Iterable[str]) -> int:
    """Remove stored documents; how many were there."""
    store = DocumentStore(workspace.documents)
    return sum(remove(store.path(digest)) for digest in digests)


def blank_drop(kept: KeptDrop, theirs: Iterable[Stretch]) -> str:
    """Blank lines out of a drop's file; its digest from now on, "" where nothing was left and the file is gone."""
    wanted = set(theirs)
    result = blank(kept.drop, kept.stretches or (), kept.mapping, wanted.__contains__)
    if not result.left:
        remove(kept.drop.spool)
        return ""
    write_atomic(kept.drop.spool, result.data)
    return sha256(result.data)


def result_files(folders: Iterable[Path]) -> Iterator[tuple[Path, str]]:
    """Every result file, with the id of its drop."""
    for path in (path for folder in folders for path in sorted(folder.glob("*/*.csv"))):
        match = _RESULT.fullmatch(path.name)
        if match and path.is_file() and not path.is_symlink():
            yield path, match["drop"]


def clear_results(
    folders: Iterable[Path],
    orders: Iterable[Order],
    *,
    kept: frozenset[str],
    theirs: frozenset[str],
    renamed: Mapping[str, str],
) -> int:
    """Take the rows of some orders out of the result files of their drops, and of drops that are not kept any more.

    `kept` are the ids of drops with a file, `theirs` of those that hold one of the orders; `renamed` gives other names
    to files that were named after one of them. Gives how many rows went.
    """
    cells = {safe_cell(order.order_id) for order in orders}
    gone = 0
    for path, drop in result_files(folders):
        is_theirs = drop in theirs or drop not in kept
        if is_theirs or renamed:
            gone += _clear(path, cells if is_theirs else frozenset(), renamed)
    return gone


def _clear(path: Path, cells: AbstractSet[str], renamed: Mapping[str, str]) -> int:
    with path.open(encoding="utf-8-sig", newline="") as stream:
        head, *rows = list(csv.reader(stream)) or [[]]
    place = head.index("order_id") if "order_id" in head else len(head)
    kept = [row for row in rows if len(row) <= place or row[place] not in cells]
    left = [[_renamed(cell, renamed) for cell in row] for row in kept]
    if left != rows and left:
        write_atomic(path, write_csv(tuple(head), left))
    elif left != rows:
        remove(path)
    return len(rows) - len(left)


def _renamed(cell: str, renamed: Mapping[str, str]) -> str:
    for old, new in renamed.items():
        cell = cell.replace(old, new)
    return cell


def nameless(sheets: str) -> str:
    """Another name for a file of sheets, without the order it was named after."""
    return f"erased-{sheets.rpartition('-')[2]}"


def clear_trays(trays: Path, attempts: Iterable[Attempt], shared: dict[str, int]) -> tuple[int, list[str]]:
    """Remove what lies in trays for some tries: how much that was, and which sheets held other people's slips as well.

    `shared` says of sheets how many tries of others are on them.
    """
    removed, sheets = 0, []
    for attempt in attempts:
        for path in (trays / attempt.printer / attempt.name, trays / attempt.printer / STAGING / attempt.name):
            if remove(path):
                removed += 1
                if attempt.name.endswith(SHEETS) and shared.get(attempt.name):
                    sheets.append(f"{attempt.printer}/{attempt.name}")
    return removed, sheets


def clear_alarms(workspace: Workspace, holding: Holding) -> int:
    """Remove the comparison files of some parcels; how many alarms there were."""
    removed = 0
    for key in {record.key for record in holding.records}:
        for folder in alarm_folders(workspace, key):
            remove_tree(folder)
            removed += 1
    return removed


def clear_log(log: Path, orders: Iterable[Order]) -> None:
    """Cross out order ids in the log, in place: a running line goes on writing at its end."""
    try:
        descriptor = os.open(log, os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    with os.fdopen(descriptor, "r+b", buffering=0) as stream:
        data = stream.read()
        for order in orders:
            name = order.order_id.encode()
            for match in re.finditer(rb"(?<=parcel )" + re.escape(name) + rb"(?=/)", data):
                os.pwrite(stream.fileno(), b"x" * len(name), match.start())
        os.fsync(stream.fileno())


def tries_of(ledger: Ledger, holding: Holding) -> tuple[Attempt, ...]:
    """Every try at delivering a parcel of somebody's."""
    return tuple(attempt for record in holding.records for attempt in ledger.attempts(record.ref))


def remove(path: Path) -> bool:
    """Remove a file; whether it was there."""
    try:
        path.unlink()
    except (FileNotFoundError, NotADirectoryError):
        return False
    return True


def remove_tree(folder: Path) -> None:
    """Remove a folder of ours and the files in it."""
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir() and not path.is_symlink():
            path.rmdir()
        else:
            remove(path)
    folder.rmdir()
