"""What a person's command does beside the line: print a parcel once more, ask whether the line runs.

A reprint sends the stored bytes. Where they are gone it draws them again, and sends them only if they are the same to
the byte. Anything else goes out marked as a copy, and only when a person asks for that.
"""

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import ValidationError

from packslip.dispatch import DeliveryState, Dispatcher, DocumentStore, Marked, Printers
from packslip.engine.lock import is_locked
from packslip.engine.pool import Task
from packslip.engine.presses import open_worker, release_arguments
from packslip.engine.redrawing import purged, redraw
from packslip.errors import HoldOrder, RetryLater, UsageError
from packslip.ledger import Ledger, ParcelRecord, ParcelState, crash_point
from packslip.line.pressed import Copied, Copying
from packslip.model import Slip
from packslip.world import Workspace, World, current_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Reprinted:
    """A parcel that was printed once more."""

    state: DeliveryState
    path: Path | None  #: where the document appeared, None where that is paper
    printer: str
    redrawn: bool  #: drawn again, the stored bytes being gone
    changes: tuple[str, ...] = ()  #: what is not as it was, on a marked copy of what was drawn again


def is_running(workspace: Workspace) -> bool:
    """Whether a line is running in the workspace."""
    return is_locked(workspace.state)


def reprint_parcel(
    workspace: Workspace, ledger: Ledger, record: ParcelRecord, *, marked_on: date | None = None
) -> Reprinted:
    """Send a printed parcel's document to its printer once more; with a day, a copy marked as one of that day.

    Of an uncertain parcel only a marked copy is printed, and that settles it.

    Raises:
        UsageError: the parcel was not printed yet, or is uncertain and no marked copy is asked for.
        HoldOrder: its document is gone and cannot be drawn again as it was, or at all.
        LayoutError: the live release has no words or font for the mark.
        RetryLater: the printer or the ledger is away.
    """
    world = World.open(workspace.root, current_release(workspace))
    store = DocumentStore(workspace.documents)
    printers = Printers(workspace.trays(world.settings), lambda: world.settings)
    dispatcher = Dispatcher(ledger, store, printers)
    if record.state is ParcelState.DONE and not record.document:
        raise purged(record)
    dispatcher.check_printed(record)
    if record.state is ParcelState.UNCERTAIN and marked_on is None:
        raise UsageError(
            f"parcel {record.ref} is uncertain: nobody knows whether it was printed",
            hint="print a copy that says that it is one, with --marked",
        )
    data = store.find(record.document)
    changes: tuple[str, ...] = ()
    is_gone = data is None
    if is_gone:
        data, changes = _drawn_again(workspace, ledger, record, store)
    if marked_on is None and (data is None or changes):
        raise _not_the_same(record, changes)
    if data is None:
        raise HoldOrder(f"parcel {record.ref} cannot be drawn any more: " + "; ".join(changes))
    marked = None if marked_on is None else _marked(world, record, data, changes, marked_on)
    try:
        delivery = dispatcher.reprint(record, marked=marked)
    finally:
        printers.close()
    if delivery.state in {DeliveryState.WAITS, DeliveryState.REFUSED}:
        raise RetryLater(f"printer {record.printer}: {delivery.told}", hint="nothing was printed; try again")
    return Reprinted(state=delivery.state, path=delivery.path, printer=record.printer, redrawn=is_gone, changes=changes)


def _drawn_again(
    workspace: Workspace, ledger: Ledger, record: ParcelRecord, store: DocumentStore
) -> tuple[bytes | None, tuple[str, ...]]:
    """A document drawn again, and what is not as it was; stored where it is the very same."""
    redrawn = redraw(workspace, record, ledger.document(record.document))
    if redrawn.data is not None and not redrawn.changes:
        store.put(redrawn.data)
        crash_point("reprint.stored")
    return redrawn.data, redrawn.changes


def _marked(world: World, record: ParcelRecord, data: bytes, changes: tuple[str, ...], day: date) -> Marked:
    request = Copying(
        data=data,
        parent=record.document,
        dated=day,
        locale=_locale(record),
        store=record.key.store,
        media=record.media,
    )
    task = Task(
        module="packslip.line.reprinting",
        opener="open_copying",
        arguments=release_arguments(world),
        request=Copying,
        answer=Copied,
    )
    with open_worker(world, task) as worker:
        copied = worker(request)
    told = f"drawn anew: {'; '.join(changes)}" if changes else ""
    return Marked(data=copied.data, drawn_with=copied.drawn_with, told=told)


def _locale(record: ParcelRecord) -> str:
    try:
        return Slip.from_json(record.slip).locale if record.slip else ""
    except ValidationError:
        return ""


def _not_the_same(record: ParcelRecord, changes: tuple[str, ...]) -> HoldOrder:
    return HoldOrder(
        f"parcel {record.ref}: its document {record.document[:12]} is gone and cannot be drawn again as it was: "
        + "; ".join(changes),
        hint="restore what is missing, or print it anew with --marked, which says that it is a copy",
    )
