"""Whose: an order or a customer named at the keyboard → the orders, drops and parcels that are theirs.

The ledger knows customers by keyed hash only, the history by id, and a drop's file holds orders that no row tells of,
because they were duplicates. So every drop that is kept is read.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial

from packslip.errors import UsageError
from packslip.history import HistoryKeeper
from packslip.hotfolder import Filing
from packslip.intake import Stretch, ids_of, stretches_in
from packslip.ledger import DropRecord, Ledger, Order, ParcelRecord
from packslip.library.mappings import OrderMapping
from packslip.model import Drop
from packslip.world import Workspace, World, current_release


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer of a store, by the shop's own id."""

    store: str
    customer_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptDrop:
    """A drop whose file is kept, and which of its lines are somebody's."""

    drop: Drop
    record: DropRecord
    mapping: OrderMapping
    stretches: tuple[Stretch, ...] | None  #: None where the file cannot be read
    theirs: tuple[Stretch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Everything that is somebody's."""

    customers: tuple[Customer, ...]
    orders: tuple[Order, ...]
    records: tuple[ParcelRecord, ...]
    drops: tuple[KeptDrop, ...]  #: those that hold a line of theirs
    unread: tuple[KeptDrop, ...] = field(default=())  #: drops that nobody can read


class Finder:
    """Looks through a workspace for somebody's data."""

    def __init__(self, workspace: Workspace, ledger: Ledger) -> None:
        self._ledger = ledger
        self._history = HistoryKeeper(workspace.history)
        self._filing = Filing(workspace.spool, workspace.done, workspace.held)
        self.world = World.open(workspace.root, current_release(workspace))

    def named(self, text: str, store: str = "", kind: str = "") -> Holding:
        """What an order id, a customer id or a customer's e-mail address means.

        `kind` says `order` or `customer` where it could be both.

        Raises:
            UsageError: nobody and nothing is called so, or both an order and a customer are.
        """
        wanted = frozenset((store,)) if store else self._stores()
        given = ids_of(self.world.workspace.secret(), text)
        ids = tuple(dict.fromkeys(one for each in given for one in self.world.catalogue.ids_of(each)))
        called = {Customer(store=one, customer_id=each) for one in wanted for each in ids}
        orders = {order for order in self._orders_called(text) if order.store in wanted}
        customers = {one for one in called if self._is_known(one.store, one.customer_id)}
        if not orders and not customers and not kind:  # a drop may hold what was a duplicate, or is held
            in_files = self._kept(lambda one: one.store in wanted and (one.order_id == text or one.customer_id in ids))
            found = [one for kept in in_files for one in kept.theirs]
            orders |= {Order(store=one.store, order_id=text) for one in found if one.order_id == text}
            customers |= {
                Customer(store=one.store, customer_id=one.customer_id) for one in found if one.customer_id in ids
            }
        if orders and customers and not kind:
            raise UsageError("an order and a customer have that id", hint="say which with --as order or --as customer")
        if kind == "customer":
            orders, customers = set(), customers or called
        elif kind == "order":
            orders, customers = orders or {Order(store=one, order_id=text) for one in wanted}, set()
        if not orders and not customers:
            raise UsageError("no order and no customer of that id is known", hint="name a store with --store")
        return self.everything(orders, customers)

    def everything(self, orders: set[Order], customers: set[Customer]) -> Holding:
        """Everything of some orders, and of some customers with all their orders."""
        theirs = set(orders)
        for one in customers:
            theirs |= self._ledger.upkeep.orders_of(self._ledger.customer_hash(one.store, one.customer_id))
            known = self._history.orders(store=one.store, customer_id=one.customer_id)
            theirs |= {Order(store=order.store, order_id=order.order_id) for order in known}
        is_theirs = partial(_is_theirs, orders=theirs, customers=customers)
        before = -1
        while before != len(theirs):  # an order found in one drop may stand in another without its customer
            before = len(theirs)
            records = self._ledger.upkeep.records_of(theirs)
            kept = tuple(self._kept(is_theirs, {(record.drop, record.line) for record in records}))
            found = (one for each in kept for one in each.theirs if one.order_id)
            theirs.update(Order(store=one.store, order_id=one.order_id) for one in found)
        return Holding(
            customers=tuple(sorted(customers, key=lambda one: one.store)),
            orders=tuple(sorted(theirs, key=lambda one: (one.store, one.order_id))),
            records=records,
            drops=tuple(each for each in kept if each.theirs),
            unread=tuple(each for each in kept if each.stretches is None),
        )

    def _kept(
        self, is_theirs: Callable[[Stretch], bool], places: set[tuple[str, int | None]] | None = None
    ) -> Iterator[KeptDrop]:
        for kept in self.kept_drops():
            found = tuple(
                one
                for one in kept.stretches or ()
                if is_theirs(one) or (places and (kept.record.id, one.first) in places)
            )
            if found or kept.stretches is None:
                yield KeptDrop(
                    drop=kept.drop, record=kept.record, mapping=kept.mapping, stretches=kept.stretches, theirs=found
                )

    def kept_drops(self) -> Iterator[KeptDrop]:
        """Every drop whose file is kept, read."""
        settings = self.world.settings
        for record in self._ledger.upkeep.drops():
            path = self._filing.find(record)
            if path is None:
                continue
            mapping = self._mapping_of(record)
            drop = Drop(name=record.name, spool=path, sha256=record.sha256, accepted_at=record.accepted_at)
            stretches = stretches_in(drop, mapping, settings, secret=self.world.workspace.secret)
            yield KeptDrop(drop=drop, record=record, mapping=mapping, stretches=stretches)

    def _mapping_of(self, drop: DropRecord) -> OrderMapping:
        return self.world.mapping(self.world.settings.folder(drop.folder).mapping)

    def _stores(self) -> frozenset[str]:
        named = {*self._ledger.upkeep.stores(), *self._history.stores()}
        return frozenset({*named, *self.world.brands, self.world.settings.shop.store})

    def _orders_called(self, order_id: str) -> Iterator[Order]:
        yield from self._ledger.upkeep.known_orders(order_id)
        for order in self._history.orders(order_id=order_id):
            yield Order(store=order.store, order_id=order.order_id)

    def _is_known(self, store: str, customer_id: str) -> bool:
        return (
            bool(self._ledger.upkeep.orders_of(self._ledger.customer_hash(store, customer_id)))
            or self._history.knows(store, customer_id)
            or customer_id in self.world.catalogue.customers
        )


def public_pictures(world: World) -> frozenset[str]:
    """Pictures of the catalogue: nobody's."""
    catalogue = world.catalogue
    return frozenset({*(product.image.strip() for product in catalogue.products), *catalogue.pictures.values()})


def _is_theirs(stretch: Stretch, orders: set[Order], customers: set[Customer]) -> bool:
    if Order(store=stretch.store, order_id=stretch.order_id) in orders:
        return True
    return bool(stretch.customer_id) and (Customer(store=stretch.store, customer_id=stretch.customer_id) in customers)


def catalogue_rows(finder: Finder, customers: tuple[Customer, ...]) -> Mapping[str, Mapping[str, object]]:
    """What catalogue/customers.csv says of some customers, by id."""
    known = finder.world.catalogue.customers
    return {one.customer_id: dict(known[one.customer_id]) for one in customers if one.customer_id in known}
