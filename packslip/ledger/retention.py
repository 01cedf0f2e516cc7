"""What is personal in the ledger's rows, and how it leaves them: purged when its time is over, erased when asked.

A purged parcel keeps its state, its digests, its keyed customer and its events, so that the same record stays a
duplicate. An erased order keeps nothing. Each function runs inside one transaction of the ledger thread.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import (
    ColumnElement,
    Connection,
    FromClause,
    Integer,
    and_,
    delete,
    exists,
    func,
    literal,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)

from packslip.ledger import queries, redeeming, reserving, rows
from packslip.ledger.changes import Stamp, log, move, move_drop
from packslip.ledger.records import DropRecord, ParcelRecord, ParcelRef
from packslip.ledger.states import DropMove, DropState, Move, ParcelState
from packslip.ledger.tables import attempts, documents, drops, events, first_orders, grants, meta, parcels, tools
from packslip.model import Finding, Where

#: a parcel of which nothing is to come any more
ENDED = (ParcelState.DONE, ParcelState.DROPPED, ParcelState.CANCELLED)
#: what must print before its order may be erased
UNDER_WAY = (ParcelState.ACCEPTED, ParcelState.READY, ParcelState.SENDING)

_ENDED_DROPS = (DropState.DONE, DropState.DUPLICATE, DropState.DROPPED)
REWRITTEN = "drop.erase"  #: event of a drop whose file lost rows

PURGED = "purged"  #: when a running line purged last

_MARKED = "marked"
_ERASED = "erased"
_ABANDONED = "nobody decided"
_GONE = "purged"
_BATCH = 500
_LOOKED_AT = 500  #: rows of one step of a walk: nobody else can commit meanwhile
_REF = (parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision)
_ROW: ColumnElement[int] = literal_column("parcels.rowid", Integer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """An order, all its parcels."""

    store: str
    order_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """A parcel record whose time is over."""

    ref: ParcelRef
    documents: tuple[str, ...]  #: digests that no other kept parcel has


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """How far a walk through the parcels that are not purged has come, those that came first in front."""

    accepted_at: str = ""
    row: int = 0  #: SQLite's number of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a walk has found since its last page."""

    due: tuple[Due, ...]
    at: Place | None  #: where the next page goes on; None: there is none


def due_parcels(connection: Connection, before: datetime, *, at: Place, limit: int) -> Page:
    """Parcels that ended before a time and still hold what is personal."""
    return _page(connection, _ended_before(before), before, at, limit)


def due_documents(connection: Connection, before: datetime, *, at: Place, limit: int) -> Page:
    """Parcels that ended before a time and whose documents are still kept."""
    keeps = exists().where(documents.c.sha256 == parcels.c.document, documents.c.purged_at.is_(None))
    other = parcels.alias()
    shared = exists().where(
        other.c.document == parcels.c.document, other.c.purged_at.is_(None), ~_ended_before(before, other)
    )
    page = _page(connection, and_(_ended_before(before), keeps, ~shared), before, at, limit)
    due = (replace(one, documents=tuple(sorted(documents_of(connection, [one.ref])))) for one in page.due)
    return replace(page, due=tuple(due))


def due_uncertain(connection: Connection, before: datetime, *, at: Place, limit: int) -> Page:
    """Parcels that came before a time and of which nobody ever said whether they printed."""
    return _page(connection, parcels.c.state == ParcelState.UNCERTAIN, before, at, limit)


def _ended_before(before: datetime, table: FromClause = parcels) -> ColumnElement[bool]:
    columns = table.c
    ended = func.coalesce(columns.done_at, columns.accepted_at) < _utc(before)
    return and_(_is(columns.state, ENDED), columns.accepted_at < _utc(before), ended)


def _is(state: ColumnElement[str], wanted: Sequence[str]) -> ColumnElement[bool]:
    """Whether a state is one of some; asked so that SQLite looks at what is not purged, not at all of that state."""
    return func.coalesce(state, "").in_(wanted)


def _page(connection: Connection, condition: ColumnElement[bool], before: datetime, at: Place, limit: int) -> Page:
    """At most so many parcels that fulfil a condition, of the next few hundred that came before a time."""
    query = (
        select(*_REF, parcels.c.accepted_at, _ROW.label("row"), condition.label("is_due"))
        .where(parcels.c.purged_at.is_(None), parcels.c.accepted_at < _utc(before), _after(at))
        .order_by(parcels.c.accepted_at, _ROW)
        .limit(_LOOKED_AT)
    )
    refs: list[ParcelRef] = []
    found = connection.execute(query).mappings().all()
    is_whole = True  #: everything that was found is looked at
    for row in found:
        if row["is_due"] and len(refs) == limit:
            is_whole = False
            break
        if row["is_due"]:
            refs.append(rows.ref_of(row))
        at = Place(accepted_at=row["accepted_at"], row=row["row"])
    due = tuple(Due(ref=ref, documents=tuple(own_documents(connection, [ref]))) for ref in refs)
    return Page(due=due, at=None if is_whole and len(found) < _LOOKED_AT else at)


def _after(at: Place) -> ColumnElement[bool]:
    return tuple_(parcels.c.accepted_at, _ROW) > tuple_(literal(at.accepted_at), literal(at.row))


def documents_of(connection: Connection, refs: Iterable[ParcelRef]) -> frozenset[str]:
    """Digests of every document that was made for some parcels, marked copies too."""
    found: set[str] = set()
    for ref in refs:
        at = rows.at_ref(ref)
        found |= set(connection.scalars(select(parcels.c.document).where(queries.at_record(parcels)), at))
        found |= set(connection.scalars(select(attempts.c.document).where(queries.at_record(attempts)), at))
        told = select(events.c.detail).where(queries.at_record(events), events.c.kind == _MARKED)
        found |= {str(detail).partition(" ")[0] for detail in connection.scalars(told, at)}
    return frozenset(digest for digest in found if digest)


def own_documents(connection: Connection, refs: Sequence[ParcelRef]) -> Iterator[str]:
    """Documents of some parcels that no other parcel, unless purged, is printed from."""
    own = set(refs)
    for digest in sorted(documents_of(connection, refs)):
        users = connection.execute(
            select(parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision).where(
                parcels.c.document == digest, parcels.c.purged_at.is_(None)
            )
        )
        if {rows.ref_of(row) for row in users.mappings()} <= own:
            yield digest


def purge_documents(connection: Connection, stamp: Stamp, digests: Iterable[str]) -> None:
    """Put on record that documents' bytes are gone."""
    for part in _parts(digests):
        connection.execute(update(documents).where(documents.c.sha256.in_(part)).values(purged_at=stamp.at))


def purge_parcels(connection: Connection, stamp: Stamp, refs: Iterable[ParcelRef]) -> None:
    """Take what is personal out of parcels' rows; their files are gone already."""
    for ref in refs:
        found = queries.record(connection, ref)
        if found is None or found.purged_at is not None:
            continue
        connection.execute(
            update(parcels)
            .where(queries.at_record(parcels))
            .values(slip="", choice=None, findings=rows.findings_text(_bare(found.findings)), purged_at=stamp.at),
            rows.at_ref(ref),
        )
        log(connection, stamp, "purge", ref=ref)


def _bare(findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """Findings without what they say; which there were stays known."""
    return tuple(replace(one, where=Where(), message=_GONE, hint="") for one in findings)


def abandon(connection: Connection, stamp: Stamp, before: datetime, *, limit: int) -> int:
    """Put aside what is held since before a time and nobody decided on; how much that was."""
    is_old = and_(parcels.c.state == ParcelState.HELD, parcels.c.accepted_at < _utc(before))
    query = select(parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision)
    refs = [rows.ref_of(row) for row in connection.execute(query.where(is_old).limit(limit)).mappings()]
    for ref in refs:
        move(connection, stamp, ref, Move.DROP, detail=_ABANDONED)
        reserving.settle(connection, stamp, ref.key)
    old = select(drops.c.id).where(drops.c.state == DropState.HELD, drops.c.closed_at < _utc(before)).limit(limit)
    ids = list(connection.scalars(old))
    for drop in ids:
        move_drop(connection, stamp, drop, DropMove.DROP)
    return len(refs) + len(ids)


def due_drops(connection: Connection, before: datetime, *, limit: int) -> tuple[DropRecord, ...]:
    """Drops that were finished before a time and that nobody has to read again."""
    needed = exists().where(parcels.c.drop_id == drops.c.id, parcels.c.state.in_((*UNDER_WAY, ParcelState.HELD)))
    query = (
        select(drops)
        .where(drops.c.purged_at.is_(None), _is(drops.c.state, _ENDED_DROPS), drops.c.closed_at < _utc(before), ~needed)
        .order_by(drops.c.closed_at)
        .limit(limit)
    )
    return tuple(rows.drop_of(row) for row in connection.execute(query).mappings())


def purge_drops(connection: Connection, stamp: Stamp, ids: Iterable[str]) -> None:
    """Put on record that drops' files are gone; their names go too, shops put customers' names there."""
    for drop in ids:
        found = queries.drop_by_id(connection, drop)
        if found is not None:
            values = {"name": _GONE, "findings": rows.findings_text(_bare(found.findings)), "purged_at": stamp.at}
            connection.execute(update(drops).where(drops.c.id == drop).values(**values))
            log(connection, stamp, "drop.purge", drop=drop)


def kept_drops(connection: Connection, after: int, *, limit: int) -> tuple[tuple[DropRecord, ...], int]:
    """The next drops whose file may still be kept, oldest first, and the number of the last one."""
    query = select(drops).where(drops.c.purged_at.is_(None), drops.c.number > after).order_by(drops.c.number)
    found = connection.execute(query.limit(limit)).mappings().all()
    return tuple(rows.drop_of(row) for row in found), found[-1]["number"] if found else after


def kept_documents(connection: Connection, after: str, *, limit: int) -> dict[str, bool]:
    """The next documents, by digest, whose bytes should be there, and whether a kept parcel is printed from them."""
    needed = exists().where(parcels.c.document == documents.c.sha256, parcels.c.purged_at.is_(None)).label("needed")
    query = select(documents.c.sha256, needed).where(documents.c.purged_at.is_(None), documents.c.sha256 > after)
    found = connection.execute(query.order_by(documents.c.sha256).limit(limit))
    return {str(digest): bool(is_needed) for digest, is_needed in found}


def kept(connection: Connection, column: ColumnElement[str], at: Place, *, limit: int) -> tuple[tuple[str, ...], Place]:
    """A column of the next parcels that are not purged, and where they end."""
    query = select(column.label("value"), parcels.c.accepted_at, _ROW.label("row"))
    is_next = (parcels.c.purged_at.is_(None), _after(at))
    found = connection.execute(query.where(*is_next).order_by(parcels.c.accepted_at, _ROW).limit(limit)).all()
    if found:
        at = Place(accepted_at=found[-1].accepted_at, row=found[-1].row)
    return tuple(row.value for row in found), at


def forget_tools(connection: Connection) -> int:
    """Let go of versions that no document is drawn again with; how many there were."""
    named = exists().where(
        parcels.c.document == documents.c.sha256, parcels.c.slip != "", documents.c.tools == tools.c.id
    )
    return connection.execute(delete(tools).where(~named)).rowcount


# erasing


def orders_of(connection: Connection, customer: str) -> frozenset[Order]:
    """Every order on record of a customer, by keyed hash."""
    query = select(parcels.c.store, parcels.c.order_id).where(parcels.c.customer == customer).distinct()
    return frozenset(Order(store=store, order_id=order_id) for store, order_id in connection.execute(query))


def known_orders(connection: Connection, order_id: str = "") -> Iterator[Order]:
    """Every order on record, or those of one id in any store; grants without a parcel too."""
    for table in (parcels, grants):
        query = select(table.c.store, table.c.order_id).distinct()
        for store, found in connection.execute(query.where(table.c.order_id == order_id) if order_id else query):
            yield Order(store=store, order_id=found)


def stores(connection: Connection) -> frozenset[str]:
    """Every store that an order on record has."""
    return frozenset(connection.scalars(select(parcels.c.store).distinct()))


def records_of(connection: Connection, orders: Iterable[Order]) -> tuple[ParcelRecord, ...]:
    """Every record of every parcel of some orders."""
    found: list[ParcelRecord] = []
    for order in sorted(orders, key=lambda one: (one.store, one.order_id)):
        found += queries.of_order(connection, order.store, order.order_id)
    return tuple(found)


def erase(
    connection: Connection, stamp: Stamp, orders: Sequence[Order], *, renamed: Mapping[str, str], mark: str
) -> int:
    """Delete every row of some orders; how many parcel records there were. `mark` says up to where that was asked for.

    The rows of documents go with them, those of drops stay: other people's orders came with them. Sheets that others
    share are `renamed`, since they may be called after an order.
    """
    records = records_of(connection, orders)
    made = documents_of(connection, (record.ref for record in records))
    own = set(own_documents(connection, [record.ref for record in records]))
    for order in orders:
        redeeming.forget(connection, order.store, order.order_id)
        for table in (attempts, events, parcels, grants, first_orders):
            is_its = and_(table.c.store == order.store, table.c.order_id == order.order_id)
            connection.execute(delete(table).where(is_its))
    for digest in made & own:
        used = or_(exists().where(parcels.c.document == digest), exists().where(attempts.c.document == digest))
        connection.execute(delete(documents).where(documents.c.sha256 == digest, ~used))
    for old, new in renamed.items():
        connection.execute(update(attempts).where(attempts.c.name == old).values(name=new))
    log(connection, stamp, "erase", detail=f"orders: {len(orders)}, records of parcels: {len(records)}")
    set_meta(connection, _ERASED, mark)
    return len(records)


def note_rewritten(connection: Connection, stamp: Stamp, drop: str, sha256: str) -> None:
    """Put on record that rows were blanked out of a drop's file, and what its digest is now; "" where it is gone."""
    if not sha256:
        found = queries.drop_by_id(connection, drop)
        if found is not None and found.state is DropState.HELD:
            move_drop(connection, stamp, drop, DropMove.DROP)
        purge_drops(connection, stamp, [drop])
    log(connection, stamp, REWRITTEN, drop=drop, detail=sha256)


def pictures_of(connection: Connection, refs: AbstractSet[ParcelRef]) -> tuple[frozenset[str], frozenset[str]]:
    """Digests of pictures that the slips of some parcels name, and those that all other kept slips name."""
    theirs: set[str] = set()
    kept: set[str] = set()
    query = select(parcels.c.store, parcels.c.order_id, parcels.c.parcel, parcels.c.revision, parcels.c.slip)
    for row in connection.execution_options(yield_per=_BATCH).execute(query.where(parcels.c.slip != "")).mappings():
        (theirs if rows.ref_of(row) in refs else kept).update(queries.pictures_in(row["slip"]))
    return frozenset(theirs), frozenset(kept)


def shared_sheets(connection: Connection, names: Sequence[str], refs: Sequence[ParcelRef]) -> dict[str, int]:
    """Of some files in trays, how many tries of other parcels than these share each."""
    own, shared = set(refs), dict.fromkeys(names, 0)
    for part in _parts(names):
        query = select(attempts.c.name, attempts.c.store, attempts.c.order_id, attempts.c.parcel, attempts.c.revision)
        for row in connection.execute(query.where(attempts.c.name.in_(part))).mappings():
            shared[row["name"]] += rows.ref_of(row) not in own
    return shared


def rewritten(connection: Connection) -> dict[str, str]:
    """Drops of whose files rows were blanked out, and the digests they have since."""
    query = select(events.c.drop_id, events.c.detail).where(events.c.kind == REWRITTEN).order_by(events.c.id)
    return {str(drop): str(digest) for drop, digest in connection.execute(query)}


def erased_mark(connection: Connection) -> str:
    """Up to where erasing was asked for and done."""
    return meta_value(connection, _ERASED)


def purged_at(connection: Connection) -> datetime | None:
    """When a running line purged last."""
    text = meta_value(connection, PURGED)
    return datetime.fromisoformat(text) if text else None


def meta_value(connection: Connection, name: str) -> str:
    """A value of the ledger about itself, "" for none."""
    return str(connection.scalar(select(meta.c.value).where(meta.c.name == name)) or "")


def set_meta(connection: Connection, name: str, value: str) -> None:
    """Change a value of the ledger about itself."""
    connection.execute(delete(meta).where(meta.c.name == name))
    if value:
        connection.execute(meta.insert(), {"name": name, "value": value})


def _utc(moment: datetime) -> str:
    return rows.time_text(moment)


def _parts(items: Iterable[str]) -> Iterator[list[str]]:
    listed = list(items)
    for start in range(0, len(listed), _BATCH):
        yield listed[start : start + _BATCH]
