"""The ledger's tables, in SQLAlchemy Core, and the triggers that keep states to the allowed changes.

Times are ISO text, so that every backend sorts and compares them alike; values of the model are JSON text.
"""

from collections.abc import Iterable

from sqlalchemy import (
    CheckConstraint,
    Column,
    Connection,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
    event,
    literal_column,
)

from packslip.ledger.states import CODE_CHANGES, CodeState, DropState, ParcelState, drop_changes, parcel_changes

SCHEMA_VERSION = 4

metadata = MetaData()


def _text(name: str, *, default: str | None = "") -> Column[str]:
    return Column(name, Text, nullable=False, server_default=default)


def _one_of(column: str, values: Iterable[str]) -> CheckConstraint:
    listed = ", ".join(f"'{value}'" for value in values)
    return CheckConstraint(f"{column} IN ({listed})")


meta = Table("meta", metadata, Column("name", Text, primary_key=True), _text("value", default=None))

drops = Table(
    "drops",
    metadata,
    Column("number", Integer, primary_key=True),  # order of arrival
    Column("id", Text, nullable=False, unique=True),
    _text("name", default=None),
    _text("sha256", default=None),
    _text("source"),  # identity of the dropped file, so that a claim cut short is known again
    _text("accepted_at", default=None),
    _text("state", default=None),
    _text("findings", default="[]"),
    Column("closed_at", Text),
    _text("repeats"),
    _text("folder"),  # name of the hot folder it was dropped into, "" for the first one
    Column("priority", Integer, nullable=False, server_default="0"),
    Column("purged_at", Text),
    _one_of("state", DropState),
    Index("drops_by_sha256", "sha256"),
    Index("drops_by_state", "state"),
)

unpurged_drops = Index("drops_unpurged", drops.c.closed_at, sqlite_where=drops.c.purged_at.is_(None))

tools = Table("tools", metadata, Column("id", Text, primary_key=True), _text("versions", default=None))

documents = Table(
    "documents",
    metadata,
    Column("sha256", Text, primary_key=True),
    Column("size", Integer, nullable=False),
    Column("pages", Integer, nullable=False),
    _text("media", default=None),
    _text("drawn_by", default=None),
    _text("made_at", default=None),
    _text("tools"),  # id of the versions it was drawn with, "" for a document of schema 1
    Column("purged_at", Text),  # when its bytes were removed for good
)

parcels = Table(
    "parcels",
    metadata,
    _text("store", default=None),
    _text("order_id", default=None),
    Column("parcel", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    _text("state", default=None),
    Column("turn", Integer, nullable=False, server_default="0"),  # fencing token: grows with every change of state
    _text("data_sha256", default=None),
    Column("drop_id", Text, ForeignKey("drops.id"), nullable=False),
    Column("line", Integer),
    _text("findings", default="[]"),
    _text("forgiven", default="[]"),
    _text("segment"),
    _text("message"),
    _text("offer"),
    Column("choice", Text),
    _text("slip"),
    _text("pieces", default="{}"),
    Column("document", Text, ForeignKey("documents.sha256")),
    _text("release"),
    _text("station"),
    _text("printer"),
    _text("accepted_at", default=None),
    Column("ready_at", Text),
    Column("done_at", Text),
    _text("rank"),  # sorts before greater ones at its printer
    _text("deadline"),  # ISO time in UTC, "" for none
    _text("print_on", default="arrival"),
    Column("called_at", Text),
    _text("customer"),  # keyed hash of store and customer id, "" for an unknown customer
    Column("purged_at", Text),
    PrimaryKeyConstraint("store", "order_id", "parcel", "revision"),
    _one_of("state", ParcelState),
    Index("parcels_by_order", "order_id"),
    Index("parcels_by_state", "state"),
    Index("parcels_by_drop", "drop_id"),
    Index("parcels_by_customer", "customer"),
    Index("parcels_by_document", "document"),
)

#: what purge looks for: cost does not grow with all that was purged
unpurged = Index("parcels_unpurged", parcels.c.accepted_at, sqlite_where=parcels.c.purged_at.is_(None))

_PARCEL = ("store", "order_id", "parcel", "revision")

attempts = Table(
    "attempts",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("store", default=None),
    _text("order_id", default=None),
    Column("parcel", Integer, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("number", Integer, nullable=False),
    Column("document", Text, ForeignKey("documents.sha256"), nullable=False),
    _text("printer", default=None),
    _text("name", default=None),
    _text("purpose", default=None),
    _text("state", default=None),
    _text("who"),
    _text("intended_at", default=None),
    Column("ended_at", Text),
    _text("receipt"),  # what the printer calls the job
    _text("told"),  # why it ended so
    _text("holder"),  # the process that may act on it until the lease ends
    _text("leased_until"),
    Column("token", Integer, nullable=False, server_default="0"),  # fencing: grows when another process takes it over
    ForeignKeyConstraint(_PARCEL, [f"parcels.{name}" for name in _PARCEL]),
    UniqueConstraint(*_PARCEL, "number"),
    Index("attempts_by_state", "state"),
)

printers = Table(
    "printers",
    metadata,
    Column("name", Text, primary_key=True),
    Column("is_up", Integer, nullable=False),
    _text("reasons"),
    _text("since", default=None),
    _text("seen_at", default=None),
)

grants = Table(
    "grants",
    metadata,
    _text("store", default=None),
    _text("order_id", default=None),
    _text("promo_code"),
    _text("offer", default="null"),
    _text("granted_on", default=None),
    _text("expires_on"),
    _text("review_token", default=None),
    _text("review_url", default=None),
    _text("segment"),
    _text("pool"),  # where the code came from, "" where no pool serves the offer
    PrimaryKeyConstraint("store", "order_id"),
)

grants_by_code = Index("grants_by_code", grants.c.promo_code, sqlite_where=grants.c.promo_code != literal_column("''"))

#: codes that a shop made, and codes that were given out by other ways than the slip
codes = Table(
    "codes",
    metadata,
    Column("number", Integer, primary_key=True),  # order of import
    Column("bare", Text, nullable=False, unique=True),  # letters and digits in capitals: what makes it this code
    _text("code", default=None),  # as it is printed
    _text("pool", default=None),
    _text("origin", default=None),  # slip, email or card
    _text("state", default=None),
    _text("worth"),  # as `amount_text` says it, "" for whatever the rules say
    _text("minimum"),  # amount and currency, "" for none
    _text("expires_on", default="9999-12-31"),  # last day by the shop's own word
    _text("store"),  # the order it belongs to
    _text("order_id"),
    _text("imported_at", default=None),
    _text("reserved_at"),
    _text("issued_at"),
    _one_of("state", CodeState),
    Index("codes_by_pool", "pool", "origin", "state"),
)

#: what a grant looks for: the one that ends first
free_codes = Index(
    "codes_free",
    codes.c.pool,
    codes.c.worth,
    codes.c.expires_on,
    codes.c.number,
    sqlite_where=codes.c.state == literal_column("'free'"),
)
#: an order has one code, whatever anybody does
codes_of_orders = Index(
    "codes_of_orders",
    codes.c.store,
    codes.c.order_id,
    unique=True,
    sqlite_where=codes.c.order_id != literal_column("''"),
)

first_orders = Table(
    "first_orders",
    metadata,
    Column("customer", Text, primary_key=True),  # keyed hash: has a code that a customer gets once
    _text("store", default=None),
    _text("order_id", default=None),
    Index("first_orders_by_order", "store", "order_id"),
)

redemptions = Table(
    "redemptions",
    metadata,
    _text("bare", default=None),
    _text("order_id"),  # the order in which it was used
    _text("used_on"),
    _text("revenue"),
    _text("margin"),
    _text("currency"),
    _text("told_at", default=None),
    PrimaryKeyConstraint("bare", "order_id"),
    Index("redemptions_by_order", "order_id"),
)

events = Table(
    "events",
    metadata,
    Column("id", Integer, primary_key=True),
    _text("at", default=None),
    _text("kind", default=None),
    _text("store"),
    _text("order_id"),
    Column("parcel", Integer),
    Column("revision", Integer),
    _text("drop_id"),
    _text("source"),
    _text("target"),
    _text("who"),
    _text("detail"),
    Index("events_by_order", "order_id"),
)


def _guard(table: Table, changes: Iterable[tuple[str, str]]) -> str:
    allowed = " OR ".join(f"(OLD.state = '{source}' AND NEW.state = '{target}')" for source, target in changes)
    return _add_trigger(
        table,
        f"CREATE TRIGGER {table.name}_change BEFORE UPDATE OF state ON {table.name} "
        f"WHEN NEW.state <> OLD.state AND NOT ({allowed}) BEGIN SELECT RAISE(ABORT, 'no such change of state'); END",
    )


def _keep_owner(table: Table) -> str:
    """A code that was given out never goes to another order; where its order is erased it is nobody's."""
    return _add_trigger(
        table,
        f"CREATE TRIGGER {table.name}_owner BEFORE UPDATE OF store, order_id ON {table.name} "
        "WHEN OLD.state = 'issued' AND NEW.order_id <> '' "
        "AND (NEW.order_id <> OLD.order_id OR NEW.store <> OLD.store) "
        "BEGIN SELECT RAISE(ABORT, 'the code belongs to another order'); END",
    )


def _append_only(table: Table) -> str:
    return _add_trigger(
        table,
        f"CREATE TRIGGER {table.name}_append_only BEFORE UPDATE ON {table.name} "
        "BEGIN SELECT RAISE(ABORT, 'the event log is only added to'); END",
    )


def _add_trigger(table: Table, statement: str) -> str:
    @event.listens_for(table, "after_create")
    def _create(_table: Table, connection: Connection, **_options: object) -> None:
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(statement)

    return statement


#: name → statement of every trigger, for a ledger that is brought up to this schema
TRIGGERS = {
    "parcels_change": _guard(parcels, ((source, target) for source, _, target in parcel_changes())),
    "drops_change": _guard(drops, ((source, target) for source, _, target in drop_changes())),
    "codes_change": _guard(codes, CODE_CHANGES),
    "codes_owner": _keep_owner(codes),
    "events_append_only": _append_only(events),
}
