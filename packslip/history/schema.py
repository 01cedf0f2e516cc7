"""Schema: how known orders lie in SQLite.

Holds a customer's id and what was bought, never a name or an address. `known_customer` says nothing that orders and
returns do not say: it is their sum for each customer at the end of each day on which something happened, so that what
was known before any order is one row. Money that is summed is whole ten-thousandths of its currency.
"""

from sqlalchemy import Boolean, Column, Date, ForeignKey, Index, Integer, MetaData, String, Table, UniqueConstraint

VERSION = 2

metadata = MetaData()

known_order = Table(
    "known_order",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("store", String, nullable=False),
    Column("order_id", String, nullable=False),
    Column("customer_id", String, nullable=False),  # "" where the shop does not know
    Column("ordered_on", Date, nullable=False),
    Column("currency", String, nullable=False),
    Column("total", String),  # as the shop stated it
    Column("refunded", String),  # of the total, as the shop stated it
    Column("cancelled_on", Date),
    Column("worth", Integer),  # after cancellation, refund and returns; None where no amount is known
    UniqueConstraint("store", "order_id"),
)

known_line = Table(
    "known_line",
    metadata,
    Column("order", ForeignKey("known_order.id", ondelete="CASCADE"), primary_key=True),
    Column("line_id", String, primary_key=True),
    Column("sku", String, nullable=False),
    Column("category", String, nullable=False),
    Column("quantity", Integer, nullable=False),  # pieces ordered
    Column("unit_price", String),  # as the shop stated it
    Column("discount", String),  # off the line, as the shop stated it
    Column("returned", Integer, nullable=False, server_default="0"),  # pieces that came back
    sqlite_with_rowid=False,
)

known_return = Table(
    "known_return",
    metadata,
    Column("store", String, primary_key=True),
    Column("return_id", String, primary_key=True),  # the shop's own number of it, or that of the order
    Column("line_id", String, primary_key=True),
    Column("customer_id", String, nullable=False),  # "" where the shop does not know
    Column("returned_on", Date, nullable=False),
    Column("sku", String, nullable=False),
    Column("quantity", Integer, nullable=False),  # pieces that came back
    Column("unit_price", String),  # as the shop stated it
    sqlite_with_rowid=False,
)

known_customer = Table(
    "known_customer",
    metadata,
    Column("store", String, primary_key=True),
    Column("customer_id", String, primary_key=True),
    Column("day", Date, primary_key=True),  # it is so at the end of this day
    Column("first_on", Date),
    Column("last_on", Date),
    Column("orders", Integer, nullable=False),  # neither cancelled nor returned whole
    Column("days", Integer, nullable=False),  # on which they were placed
    Column("returns", Integer, nullable=False),
    Column("spend", String, nullable=False),  # JSON: currency → ten-thousandths
    Column("categories", String, nullable=False),  # JSON: folded category → day last bought
    sqlite_with_rowid=False,
)

store_ranks = Table(
    "store_ranks",
    metadata,
    Column("store", String, primary_key=True),
    Column("day", Date, primary_key=True),  # counted over what happened before this day
    Column("ranks", String, nullable=False),  # JSON of `Ranks`
    sqlite_with_rowid=False,
)

due_customer = Table(
    "due_customer",
    metadata,
    Column("store", String, primary_key=True),
    Column("customer_id", String, primary_key=True),  # to be counted anew, all rows
    sqlite_with_rowid=False,
)

known_import = Table(
    "known_import",
    metadata,
    Column("digest", String, primary_key=True),  # of the file and of the mapping that read it
    Column("line", Integer, nullable=False),  # all orders up to there are in
    Column("is_done", Boolean, nullable=False),
    sqlite_with_rowid=False,
)

Index("known_order_by_customer", known_order.c.store, known_order.c.customer_id, known_order.c.ordered_on)
called_off = Index(
    "known_order_called_off",
    known_order.c.store,
    known_order.c.customer_id,
    sqlite_where=known_order.c.cancelled_on.is_not(None),
)
Index("known_return_by_customer", known_return.c.store, known_return.c.customer_id, known_return.c.returned_on)
