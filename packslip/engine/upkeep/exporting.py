"""Exporting: everything that is kept about a person, as JSON and documents, for that person.

Says what is there, not what was: what was purged is named as purged. Other people's orders are left out.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter

from packslip.dispatch import DocumentStore
from packslip.engine.suppressing import Suppressions
from packslip.engine.upkeep.whose import Customer, Finder, Holding, KeptDrop, catalogue_rows
from packslip.errors import UsageError
from packslip.files import private_folder, write_atomic
from packslip.history import HistoryKeeper, KnownCustomer, KnownOrder, KnownReturn
from packslip.intake import read_orders
from packslip.ledger import Attempt, Event, GrantRecord, Ledger, ParcelRecord, Redemption
from packslip.model import Order, OrderKey
from packslip.world import Workspace

DATA = "data.json"


@dataclass(frozen=True, slots=True, kw_only=True)
class ParcelExport:
    """One record of a parcel, with what happened to it; its slip is what was printed."""

    record: ParcelRecord
    deliveries: tuple[Attempt, ...]
    events: tuple[Event, ...]
    documents: tuple[str, ...]  #: files beside this one


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonExport:
    """Everything that is kept about a person."""

    made_at: datetime
    customers: tuple[Customer, ...]
    no_marketing: bool  #: an objection to marketing stands
    catalogue: Mapping[str, Mapping[str, object]]  #: the shop's own customers.csv, by customer id
    orders_as_dropped: tuple[Order, ...]  #: as they stand in the drops that are kept
    parcels: tuple[ParcelExport, ...]
    grants: tuple[GrantRecord, ...]  #: promo codes and review tokens
    redemptions: tuple[Redemption, ...]  #: where their codes were used, and codes used in their orders
    history: tuple[KnownOrder, ...]
    returns: tuple[KnownReturn, ...]
    known: tuple[KnownCustomer, ...]  #: what the history makes of orders and returns


_EXPORT: TypeAdapter[PersonExport] = TypeAdapter(PersonExport)


def export(workspace: Workspace, ledger: Ledger, finder: Finder, holding: Holding, folder: Path) -> int:
    """Write everything into a new private folder; how many files that are.

    Raises:
        UsageError: the folder is there already.
    """
    if folder.exists():
        raise UsageError(f"{folder}: there already", hint="name a new folder")
    private_folder(folder)
    store = DocumentStore(workspace.documents)
    parcels: list[ParcelExport] = []
    written = 1
    for record in holding.records:
        names: list[str] = []
        for digest in sorted(ledger.upkeep.documents_of([record.ref])):
            data = store.find(digest)
            if data is not None:
                names.append(f"{digest[:16]}.pdf")
                write_atomic(folder / names[-1], data)
        written += len(names)
        parcels.append(
            ParcelExport(
                record=record,
                deliveries=ledger.attempts(record.ref),
                events=tuple(event for event in ledger.events(record.key) if event.ref == record.ref),
                documents=tuple(names),
            )
        )
    grants = (ledger.granted(order.store, order.order_id) for order in holding.orders)
    uses = (use for order in holding.orders for use in ledger.codes.redemptions_of(order.store, order.order_id))
    keeper = HistoryKeeper(workspace.history)
    customers = [keeper.customer(whose.store, whose.customer_id) for whose in holding.customers]
    person = PersonExport(
        made_at=datetime.now(UTC),
        customers=holding.customers,
        no_marketing=any(Suppressions(workspace).holds(one.store, one.customer_id) for one in holding.customers),
        catalogue=catalogue_rows(finder, holding.customers),
        orders_as_dropped=tuple(order for kept in holding.drops for order in _orders(finder, kept)),
        parcels=tuple(parcels),
        grants=tuple(grant for grant in grants if grant is not None),
        redemptions=tuple(dict.fromkeys(uses)),
        history=tuple(_history(workspace, holding)),
        returns=tuple(one for whose in holding.customers for one in keeper.returns(whose.store, whose.customer_id)),
        known=tuple(known for known in customers if known is not None),
    )
    write_atomic(folder / DATA, _EXPORT.dump_json(person, indent=1))
    return written


def _orders(finder: Finder, kept: KeptDrop) -> Sequence[Order]:
    lines = {stretch.first for stretch in kept.theirs}
    keys = {(stretch.store, stretch.order_id) for stretch in kept.theirs}
    world = finder.world
    reading = read_orders(kept.drop, kept.mapping, world.settings, secret=world.workspace.secret)
    found = [read.order for read in reading.orders if read.order]
    return [order for order in found if order.where.line in lines or _pair(order.key) in keys]


def _pair(key: OrderKey) -> tuple[str, str]:
    return key.store, key.order_id


def _history(workspace: Workspace, holding: Holding) -> Sequence[KnownOrder]:
    keeper = HistoryKeeper(workspace.history)
    found: dict[tuple[str, str], KnownOrder] = {}
    for one in holding.customers:
        for known in keeper.orders(store=one.store, customer_id=one.customer_id):
            found[known.store, known.order_id] = known
    for order in holding.orders:
        for known in keeper.orders(store=order.store, order_id=order.order_id):
            found[known.store, known.order_id] = known
    return list(found.values())
