"""What a person's command does beside the line: print a parcel once more, ask whether the line runs."""

from pathlib import Path

from packslip.dispatch import Dispatcher, DocumentStore
from packslip.engine.lock import is_locked
from packslip.ledger import Ledger, ParcelRecord
from packslip.world import Workspace, World, current_release


def is_running(workspace: Workspace) -> bool:
    """Whether a line is running in the workspace."""
    return is_locked(workspace.state)


def reprint_parcel(workspace: Workspace, ledger: Ledger, record: ParcelRecord, *, marked: bytes | None = None) -> Path:
    """Send a printed parcel's document to its printer once more; where it appeared.

    `marked` is a document made from the stored one; without it the very same bytes are sent.

    Raises:
        UsageError: the parcel was not printed yet.
        HoldOrder: its document is gone or was changed.
        RetryLater: the tray or the ledger is away.
    """
    settings = World.open(workspace.root, current_release(workspace)).settings
    documents = DocumentStore(workspace.documents)
    dispatcher = Dispatcher(ledger, workspace.trays(settings), documents, settings.language_of)
    return dispatcher.reprint(record, marked=marked)
