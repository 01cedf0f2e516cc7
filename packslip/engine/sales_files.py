"""Sales files: what order CSVs say was sold, read as the history reads them, for whoever compares recommendations."""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

import pandas as pd

from packslip.engine.render import open_drop
from packslip.intake import read_past_orders
from packslip.library.mappings import OrderMapping
from packslip.model import Finding
from packslip.settings import Settings

_Row = tuple[object, str, str, str]


def read_sales(
    files: Iterable[Path],
    mapping: OrderMapping,
    settings: Settings,
    *,
    secret: Callable[[], bytes],
) -> tuple[Mapping[str, pd.DataFrame], tuple[Finding, ...]]:
    """What each store sold: `day`, `order`, `customer` ("" for unknown) and `sku` of each line; and what is unreadable.

    What was called off is no sale, nor is what came back under a number of its own.

    Raises:
        UsageError: a file cannot be opened.
    """
    rows: dict[str, list[_Row]] = {}
    findings: list[Finding] = []
    for file in files:
        reading = read_past_orders(open_drop(file), mapping, settings, secret=secret)
        for portion in reading.portions:
            for order in portion.orders:
                if order.cancelled_on is None:
                    rows.setdefault(order.store, []).extend(
                        (order.day, order.order_id, order.customer_id, line.sku) for line in order.lines if line.sku
                    )
        findings.extend(reading.findings)
    columns = ["day", "order", "customer", "sku"]
    return {store: pd.DataFrame(found, columns=columns) for store, found in sorted(rows.items())}, tuple(findings)
