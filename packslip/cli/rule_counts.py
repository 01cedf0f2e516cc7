"""Rows of the rules and the customers of the real history that they would have caught, on a screen or as JSON."""

from collections.abc import Iterator

from rich.markup import escape

from packslip.cli.screen import clean, out, say, table
from packslip.engine.hindsight import Counts


def show_counts(counts: Counts) -> None:
    """A table of all rows; those that caught nobody stand out."""
    shown = table("table", "row", "customers", "share", "why")
    for column in (1, 2, 3):
        shown.columns[column].justify = "right"
        shown.columns[column].no_wrap = True
    last = ""
    for row in counts.rows:
        name = "" if row.table == last else clean(row.table)
        last = row.table
        why = escape(clean(row.why))
        if row.customers:
            shown.add_row(name, str(row.row), f"{row.customers:,}", _share(row.customers, counts.customers), why)
        elif row.is_unknown:
            shown.add_row(name, str(row.row), "[dim]?[/]", "", f"{why} [dim]({', '.join(row.blind)})[/]")
        else:
            style = "dim" if row.is_default else "yellow"
            shown.add_row(name, str(row.row), f"[{style}]nobody[/]", "", why)
    out.print()
    out.print(shown)
    say(_told(counts))
    if any(row.is_unknown for row in counts.rows):
        say("?: a row that depends on what the history does not keep, named behind its reason")


def count_values(counts: Counts) -> Iterator[dict[str, object]]:
    """The same for JSON, one object a row."""
    for row in counts.rows:
        yield {
            "table": row.table,
            "row": row.row,
            "customers": None if row.is_unknown else row.customers,
            "of": counts.customers,
            "known": counts.total,
            "not_in_history": row.blind,
            "why": row.why,
        }


def _share(part: int, whole: int) -> str:
    percent = 100 * part / whole
    return f"{percent:.0f} %" if percent >= 1 else "< 1 %"


def _told(counts: Counts) -> str:
    whose = "each with their latest order, by these rules, with what was known on its day"
    if counts.is_sample:
        return f"{counts.customers:,} of the {counts.total:,} customers of the history, the same each time; {whose}"
    return f"all {counts.total:,} customers of the history; {whose}"
