"""What other rules change for past orders, on a screen or as JSON."""

from rich.markup import escape

from packslip.cli.screen import clean, out, say, table
from packslip.engine.hindsight import Comparison, Difference, Fired, PastOrders, Sample

_MOST_SHOWN = 25
_NOBODY = "—"


def show_changes(found: Comparison, past: PastOrders, before: str, after: str) -> None:
    """Counts by what changes, by row, and an order for each way in which orders change."""
    say((f"{before} → {after}", "bold"))
    say(_headline(found, past))
    if past.known > past.most:
        say(f"the history knows {past.known:,} orders; {past.most:,} of them were looked at, the same each time")
    if past.unread:
        say(f"{past.unread:,} orders of files cannot be read, and were left out")
    if not found.changed:
        return
    shown = table("what", "before", "", "after", "orders")
    shown.columns[4].justify = "right"
    for change, count in found.changes[:_MOST_SHOWN]:
        shown.add_row(change.what, _value(change.before), "→", _value(change.after), f"{count:,}")
    out.print()
    out.print(shown)
    _more(len(found.changes))
    shown = table("what", "said by", "", "now by", "orders")
    shown.columns[4].justify = "right"
    for change, count in found.rows[:_MOST_SHOWN]:
        shown.add_row(change.what, _row(change.row_before), "→", _row(change.row_after), f"{count:,}")
    out.print()
    out.print(shown)
    _more(len(found.rows))
    shown = table("for example", "who", "changes", "like it")
    shown.columns[3].justify = "right"
    for sample in found.samples:
        shown.add_row(_name(sample), _value(sample.who), _told(sample), f"{sample.alike:,}")
    out.print()
    out.print(shown)


def change_values(found: Comparison, past: PastOrders, before: str, after: str) -> dict[str, object]:
    """The same for JSON."""
    return {
        "before": before,
        "after": after,
        "orders": found.orders,
        "changed": found.changed,
        "sources": dict(past.sources),
        "unread": past.unread,
        "changes": [
            {"what": change.what, "before": change.before, "after": change.after, "orders": count}
            for change, count in found.changes
        ],
        "rows": [
            {"what": one.what, "before": _fired(one.row_before), "after": _fired(one.row_after), "orders": count}
            for one, count in found.rows
        ],
        "samples": [
            {
                "order_id": sample.order_id,
                "parcel": sample.parcel,
                "store": sample.store,
                "who": sample.who,
                "orders": sample.alike,
                "changes": [_difference(one) for one in sample.differences],
            }
            for sample in found.samples
        ],
    }


def _headline(found: Comparison, past: PastOrders) -> str:
    where = ", ".join(f"{count:,} from {name}" for name, count in past.sources.items())
    if not found.orders:
        return "there are no past orders to look at: nothing was printed yet, and the history is empty"
    if not found.changed:
        return f"none of {found.orders:,} orders would get another slip ({where})"
    percent = 100 * found.changed / found.orders
    share = f"{percent:.0f} %" if percent >= 1 else "less than 1 %"
    return f"{found.changed:,} of {found.orders:,} orders would get another slip, {share} ({where})"


def _more(there: int) -> None:
    if there > _MOST_SHOWN:
        out.print(f"[dim]and {there - _MOST_SHOWN} more; --json has them all[/]")


def _value(text: str) -> str:
    return escape(clean(text))


def _row(row: Fired | None) -> str:
    if row is None:
        return _NOBODY
    place = f"{row.table} {row.row}" if row.row else row.table
    return f"{escape(clean(place))}  [dim]{escape(clean(row.why))}[/]"


def _name(sample: Sample) -> str:
    return escape(clean(sample.order_id if sample.parcel == 1 else f"{sample.order_id}/{sample.parcel}"))


def _told(sample: Sample) -> str:
    return "\n".join(f"{one.what} {_value(one.before)} → {_value(one.after)}" for one in sample.differences)


def _fired(row: Fired | None) -> dict[str, object] | None:
    return None if row is None else {"table": row.table, "row": row.row, "why": row.why}


def _difference(one: Difference) -> dict[str, object]:
    return {
        "what": one.what,
        "before": one.before,
        "after": one.after,
        "row_before": _fired(one.row_before),
        "row_after": _fired(one.row_after),
    }
