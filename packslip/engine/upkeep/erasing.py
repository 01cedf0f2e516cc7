"""Erasing: an order or a customer, now and completely; and again after a restore.

What is to be erased is written down first, by keyed hash, in a file that no restore takes back. So an erasure that is
cut short is finished at the next start of a line, and an erased order that is dropped again is held and never comes
back in silence. A new order of the same customer is a new order.
"""

import hashlib
from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.engine.lock import upkeep_lock
from packslip.engine.upkeep import files_of_orders as files
from packslip.engine.upkeep import leftovers
from packslip.engine.upkeep.whose import Customer, Finder, Holding, catalogue_rows, public_pictures
from packslip.errors import RetryLater, UsageError
from packslip.history import HistoryKeeper
from packslip.ledger import UNDER_WAY, DropState, Ledger, Order, crash_point, make_anew, order_hash
from packslip.library.catalogue import CUSTOMER_IDS, CUSTOMERS
from packslip.model import Finding, Where, warning
from packslip.pictures.forgetting import forget_pictures
from packslip.pictures.index import NAME as INDEX
from packslip.settings import Settings
from packslip.world import KeyedLine, KeyedLines, Workspace

ORDER = "order"
CUSTOMER = "customer"

_MOST_WHILE_RUNNING = 256_000_000  #: bytes of a ledger that is written anew beside a running line


@dataclass(slots=True, kw_only=True)
class Erased:
    """What was erased."""

    orders: int = 0
    parcels: int = 0
    documents: int = 0
    drops: int = 0  #: files that lost lines, or are gone
    result_rows: int = 0
    tray_files: int = 0
    alarms: int = 0
    pictures: int = 0  #: that only their orders named
    history: int = 0
    findings: tuple[Finding, ...] = ()  #: what is left for a person to do


def erase(
    workspace: Workspace, ledger: Ledger, finder: Finder, holding: Holding, *, now: datetime, who: str, running: bool
) -> Erased:
    """Erase everything that is somebody's. Call it under the upkeep lock.

    Raises:
        UsageError: a parcel of theirs is still to be printed.
        RetryLater: a drop of theirs is being read, or the ledger is busy.
    """
    _refuse_unfinished(holding, running=running)
    secret = workspace.secret()
    lines = [
        *(KeyedLine(at=now, kind=ORDER, key=_order_key(secret, order), who=who) for order in holding.orders),
        *(
            KeyedLine(at=now, kind=CUSTOMER, key=ledger.customer_hash(one.store, one.customer_id), who=who)
            for one in holding.customers
        ),
    ]
    KeyedLines(workspace.erased).add(lines)
    crash_point("erase.written")
    with leftovers.told_of_the_disk("not all could be erased; the rest is when the line starts next"):
        erased = _erase(workspace, ledger, finder, holding)
    erased.findings = (
        *_left_in_catalogue(finder, holding.customers),
        *erased.findings,
        *_make_anew(workspace, running=running),
    )
    return erased


def erase_again(workspace: Workspace, ledger: Ledger) -> int:
    """Erase what was to be erased and is there still, or again: after a crash or a restore. How many orders that were.

    Costs nothing where the ledger knows that all of it was done. Call it before the line takes anything up.
    """
    mark = _mark(workspace)
    if ledger.upkeep.erased_mark() == mark:
        return 0
    finder = Finder(workspace, ledger)
    holding = _written_down(workspace, ledger, finder)
    _erase(workspace, ledger, finder, holding)
    if holding.orders or holding.customers:
        _make_anew(workspace, running=False)
    return len(holding.orders)


def finish_erasures(workspace: Workspace, ledger: Ledger) -> None:
    """Before a line takes anything up: erase what was to be erased and is not.

    Raises:
        WorkspaceError: another command is at it.
    """
    if ledger.upkeep.erased_mark() != _mark(workspace):
        with upkeep_lock(workspace.state):
            erase_again(workspace, ledger)


def _refuse_unfinished(holding: Holding, *, running: bool) -> None:
    for record in holding.records:
        if record.state in UNDER_WAY:
            raise UsageError(
                f"parcel {record.ref} is {record.state}: it is still to be printed",
                hint="let it print or packslip cancel it, then erase",
            )
    for kept in holding.drops:
        if running and kept.record.state is DropState.OPEN:
            raise RetryLater(
                f"drop {kept.record.id} is being read, and holds what is to be erased",
                hint="try again when it is finished, or stop the line first",
            )


def _erase(workspace: Workspace, ledger: Ledger, finder: Finder, holding: Holding) -> Erased:
    settings = finder.world.settings
    erased = Erased(orders=len(holding.orders))
    findings: list[Finding] = []
    tries = files.tries_of(ledger, holding)
    shared = ledger.upkeep.shared_sheets(
        [attempt.name for attempt in tries], [record.ref for record in holding.records]
    )
    erased.documents = files.remove_documents(
        workspace, ledger.upkeep.own_documents(record.ref for record in holding.records)
    )
    erased.tray_files, sheets = files.clear_trays(workspace.trays(settings), tries, shared)
    findings += (_sheet_gone(sheet) for sheet in sheets)
    renamed = {name: files.nameless(name) for name, others in shared.items() if others}
    erased.result_rows = _clear_results(workspace, ledger, settings, holding, renamed)
    erased.alarms = files.clear_alarms(workspace, holding)
    erased.drops = _clear_drops(ledger, holding)
    findings += _unread(ledger, holding)
    erased.pictures = _forget_pictures(workspace, ledger, finder, holding)
    for log in workspace.logs:  # one that becomes an older one meanwhile is come to again
        files.clear_log(log, holding.orders)
    erased.history = HistoryKeeper(workspace.history).forget(
        [(order.store, order.order_id) for order in holding.orders],
        [(one.store, one.customer_id) for one in holding.customers],
    )
    for path in leftovers.kept_aside(workspace):
        files.remove(path)
    leftovers.sweep(workspace)
    crash_point("erase.files")
    erased.parcels = ledger.upkeep.erase(holding.orders, renamed=renamed, mark=_mark(workspace))
    erased.findings = tuple(findings)
    return erased


def _clear_results(
    workspace: Workspace, ledger: Ledger, settings: Settings, holding: Holding, renamed: Mapping[str, str]
) -> int:
    theirs = frozenset({kept.record.id for kept in holding.drops} | {record.drop for record in holding.records})
    kept = frozenset(drop.id for drop in ledger.upkeep.drops())
    return files.clear_results(
        workspace.all_results(settings), holding.orders, kept=kept, theirs=theirs, renamed=renamed
    )


def _clear_drops(ledger: Ledger, holding: Holding) -> int:
    for kept in holding.drops:
        ledger.upkeep.note_rewritten(kept.record.id, files.blank_drop(kept, kept.theirs))
    return len(holding.drops)


def _forget_pictures(workspace: Workspace, ledger: Ledger, finder: Finder, holding: Holding) -> int:
    """Pictures that their slips name, nobody else's, and no catalogue."""
    own = {record.ref for record in holding.records}
    theirs, kept = ledger.upkeep.pictures_of(own)

    def is_due(digests: AbstractSet[str], _used: float) -> bool:
        return bool(digests & theirs) and not digests & kept

    return forget_pictures(workspace.image_cache, public=public_pictures(finder.world), is_due=is_due)


def _unread(ledger: Ledger, holding: Holding) -> Iterator[Finding]:
    """A drop that nobody can read may hold them too: told where its bytes say so."""
    ids = {order.order_id for order in holding.orders} | {one.customer_id for one in holding.customers}
    for kept in holding.unread:
        data = kept.drop.spool.read_bytes()
        if any(name.encode(codec) in data for name in ids for codec in ("utf-8", "utf-16-le", "utf-16-be")):
            files.remove(kept.drop.spool)
            ledger.upkeep.note_rewritten(kept.record.id, "")
            yield warning(
                "erase.drop",
                Where(file=f"drop {kept.record.id}"),
                "is no file that can be read, and held one of the ids, so it is gone as a whole",
                "have the shop drop again what else was in it",
            )


def _sheet_gone(sheet: str) -> Finding:
    return warning(
        "erase.sheet",
        Where(file=sheet),
        "lay in its tray still and held slips of others too; it is gone",
        "print theirs again if it was not printed: packslip reprint",
    )


def _left_in_catalogue(finder: Finder, customers: tuple[Customer, ...]) -> Iterator[Finding]:
    same = finder.world.catalogue.same
    named = {*same, *same.values()}
    for file, is_there in (
        (CUSTOMERS, bool(catalogue_rows(finder, customers))),
        (CUSTOMER_IDS, any(one.customer_id in named for one in customers)),
    ):
        if is_there:
            yield warning(
                "erase.catalogue",
                Where(file=f"catalogue/{file}"),
                "has a row of this customer; the file is the shop's own and stays as it is",
                "take the row out",
            )


def _make_anew(workspace: Workspace, *, running: bool) -> tuple[Finding, ...]:
    """Leave nothing in free pages and journals."""
    for path in (workspace.ledger, workspace.history, workspace.image_cache / INDEX):
        if path.exists():
            if running and path.stat().st_size > _MOST_WHILE_RUNNING:
                return (_not_anew(path, "it is large and the line runs"),)
            try:
                make_anew(path)
            except RetryLater as fault:
                return (_not_anew(path, fault.message),)
    return ()


def _not_anew(path: Path, why: str) -> Finding:
    return warning(
        "erase.pages",
        Where(file=path.name),
        f"was not written anew: {why}; what was deleted is overwritten with zeros in it, as far as SQLite tells",
        "stop the line and run packslip ledger compact",
    )


def _order_key(secret: bytes, order: Order) -> str:
    return order_hash(secret, store=order.store, order_id=order.order_id)


def _mark(workspace: Workspace) -> str:
    """Stands for everything that was ever to be erased; "" for nothing."""
    text = "\n".join(line.text for line in KeyedLines(workspace.erased).lines())
    return hashlib.sha256(text.encode()).hexdigest()[:16] if text else ""


def _written_down(workspace: Workspace, ledger: Ledger, finder: Finder) -> Holding:
    """What is on record or in kept files and was to be erased; what came after that was asked for stays."""
    secret = workspace.secret()
    until = {(line.kind, line.key): line.at for line in KeyedLines(workspace.erased).lines()}

    def is_gone(kind: str, key: str, came_at: datetime | None) -> bool:
        at = until.get((kind, key))
        return at is not None and (came_at is None or came_at <= at)

    orders: set[Order] = set()
    customers: set[Customer] = set()
    for order in ledger.upkeep.known_orders():
        key = _order_key(secret, order)
        if (ORDER, key) in until:
            records = ledger.upkeep.records_of([order])
            if not records or any(is_gone(ORDER, key, record.accepted_at) for record in records):
                orders.add(order)
    for (kind, key), at in until.items():
        if kind == CUSTOMER:
            for order in ledger.upkeep.orders_of(key):
                if any(record.accepted_at <= at for record in ledger.upkeep.records_of([order])):
                    orders.add(order)
    for known in HistoryKeeper(workspace.history).orders():
        order = Order(store=known.store, order_id=known.order_id)
        customer = until.get((CUSTOMER, ledger.customer_hash(known.store, known.customer_id)))
        if is_gone(ORDER, _order_key(secret, order), None) or (customer and known.ordered_on <= customer.date()):
            orders.add(order)
    for kept in finder.kept_drops():
        for one in kept.stretches or ():
            order = Order(store=one.store, order_id=one.order_id)
            if is_gone(ORDER, _order_key(secret, order), kept.record.accepted_at):
                orders.add(order)
    return finder.everything(orders, customers)
