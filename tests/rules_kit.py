"""Orders and rule folders for the tests of the rules: short to write, real all through."""

from datetime import date
from decimal import Decimal
from pathlib import Path

from packslip.library.rules import RuleBook, load_rules
from packslip.library.vocabulary import Vocabulary
from packslip.library.words import Situation
from packslip.model import Address, Facts, Finding, Line, Order, OrderKey, Totals, Where, settle_parcel

TODAY = date(2026, 12, 2)
PLACE = Where(file="in.csv", line=2)


def make_order(*, country="DE", total="49.90", categories=("Candles",), skus=("S1",), **given) -> Order:
    pairs = [(sku, categories[index] if index < len(categories) else "") for index, sku in enumerate(skus)]
    lines = tuple(
        Line(line_id=str(number), sku=sku, description=f"item {sku}", category=category, quantity=2, where=PLACE)
        for number, (sku, category) in enumerate(pairs, 1)
    )
    values = {
        "key": OrderKey(store="oriel-ash", order_id="A1"),
        "order_date": date(2026, 12, 1),
        "currency": "EUR",
        "locale": "de-DE",
        "customer_id": "C1",
        "ship_to": Address(name="N", country=country),
        "lines": lines,
        "totals": Totals(order=None if total is None else Decimal(total)),
        "where": PLACE,
    }
    return Order(**(values | given))


def make_situation(order: Order | None = None, facts: Facts | None = None, today: date = TODAY) -> Situation:
    order = order or make_order()
    return Situation(order=order, parcel=settle_parcel(order, {})[0], facts=facts or Facts(), today=today)


def write_rules(folder: Path, **tables: str | bytes) -> Path:
    """A rules folder; `_20_message="..."` writes 20-message.csv."""
    rules = folder / "rules"
    rules.mkdir(exist_ok=True)
    for name, text in tables.items():
        path = rules / f"{name.strip('_').replace('_', '-')}.csv"
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return rules


def read_rules(
    folder: Path, words: Vocabulary | None = None, **tables: str | bytes
) -> tuple[RuleBook, tuple[Finding, ...]]:
    return load_rules(write_rules(folder, **tables), words)


def told(findings) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where)) for finding in findings]
