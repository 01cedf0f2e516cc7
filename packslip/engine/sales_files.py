"""Sales files: what order CSVs say was sold, read as the line reads them, for whoever compares recommendations."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from packslip.engine.render import open_drop
from packslip.intake import read_orders
from packslip.library.mappings import OrderMapping
from packslip.settings import Settings


def read_sales(
    files: Iterable[Path], mapping: OrderMapping, settings: Settings, *, secret: Callable[[], bytes]
) -> Mapping[str, pd.DataFrame]:
    """What each store sold: `day`, `order`, `customer` ("" for unknown) and `sku` of each line; bad records left out.

    Raises:
        UsageError: a file cannot be read.
    """
    rows: dict[str, list[tuple[object, str, str, str]]] = {}
    for file in files:
        for record in read_orders(open_drop(file), mapping, settings, secret=secret).orders:
            if record.order is not None:
                order = record.order
                rows.setdefault(order.key.store, []).extend(
                    (order.order_date, order.key.order_id, order.customer_id, line.sku)
                    for line in order.lines
                    if line.sku
                )
    columns = ["day", "order", "customer", "sku"]
    return {store: pd.DataFrame(found, columns=columns) for store, found in sorted(rows.items())}
