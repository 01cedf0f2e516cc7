"""What a person's command does beside the line: print a parcel once more, ask whether the line runs.

A reprint sends the stored bytes. Where they are gone it draws them again, and sends them only if they are the same to
the byte. Anything else goes out marked as a copy, and only when a person asks for that.
"""

from dataclasses import dataclass
from pathlib import Path

from packslip.dispatch import Dispatcher, DocumentStore
from packslip.engine.lock import is_locked
from packslip.engine.redrawing import purged, redraw
from packslip.errors import HoldOrder
from packslip.ledger import Ledger, ParcelRecord, ParcelState, crash_point
from packslip.world import Workspace, World, current_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprinted:
    """A parcel that was printed once more."""

    path: Path  #: where the document appeared
    redrawn: bool  #: drawn again, the stored bytes being gone


def is_running(workspace: Workspace) -> bool:
    """Whether a line is running in the workspace."""
    return is_locked(workspace.state)


def reprint_parcel(workspace: Workspace, ledger: Ledger, record: ParcelRecord) -> Reprinted:
    """Send a printed parcel's document to its printer once more.

    Raises:
        UsageError: the parcel was not printed yet.
        HoldOrder: its document is gone and cannot be drawn again as it was.
        RetryLater: the tray or the ledger is away.
    """
    settings = World.open(workspace.root, current_release(workspace)).settings
    store = DocumentStore(workspace.documents)
    dispatcher = Dispatcher(ledger, workspace.trays(settings), store)
    if record.state is ParcelState.DONE and not record.document:
        raise purged(record)
    dispatcher.check_printed(record)
    is_gone = store.find(record.document) is None
    if is_gone:
        redrawn = redraw(workspace, record, ledger.document(record.document))
        if redrawn.data is None or redrawn.changes:
            raise _not_the_same(record, redrawn.changes)
        store.put(redrawn.data)
        crash_point("reprint.stored")
    return Reprinted(path=dispatcher.reprint(record), redrawn=is_gone)


def _not_the_same(record: ParcelRecord, changes: tuple[str, ...]) -> HoldOrder:
    return HoldOrder(
        f"parcel {record.ref}: its document {record.document[:12]} is gone and cannot be drawn again as it was: "
        + "; ".join(changes),
        hint="restore what is missing, or print it anew with --marked, which says that it is a copy",
    )
