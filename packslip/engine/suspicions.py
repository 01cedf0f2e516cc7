"""Suspicions: why an order must not print before a person has looked, whatever its data says.

It was erased, or it may have printed after the back-up that the ledger is. Known when an order comes, told as findings
that hold it; a person who releases it lets them pass.
"""

from collections.abc import Callable

from packslip.ledger import Ledger, doubted, order_hash
from packslip.model import Finding, Order, OrderKey, Where, error
from packslip.world import KeyedLines, Workspace

ERASED = "order.erased"

Suspicions = Callable[[OrderKey, Order | None, Where], tuple[Finding, ...]]


def nothing_suspected(_key: OrderKey, _order: Order | None, _where: Where) -> tuple[Finding, ...]:
    """No suspicions."""
    return ()


def suspicions_of(workspace: Workspace, ledger: Ledger) -> Suspicions:
    """What is suspected in a workspace; erasures of other processes count from their first line on."""
    erased = KeyedLines(workspace.erased)
    secret = workspace.secret()
    restored = ledger.upkeep.doubted_through()

    def suspicions(key: OrderKey, order: Order | None, where: Where) -> tuple[Finding, ...]:
        found: list[Finding] = []
        line = None
        if erased:
            line = erased.latest(order_hash(secret, store=key.store, order_id=key.order_id), ("order",))
        if line is not None:
            found.append(_erased(where, line.at.astimezone().date().isoformat()))
        if restored is not None and order is not None and order.order_date <= restored.through:
            found.append(doubted(where, restored.taken_at))
        return tuple(found)

    return suspicions


def _erased(where: Where, day: str) -> Finding:
    return error(
        ERASED,
        where,
        f"this order was erased on {day}, and came again",
        "put it aside and erase it again, or release it if the customer wants it printed",
    )
