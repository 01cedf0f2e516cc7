"""The command inspect: what a PDF says of itself, ours or foreign."""

import re
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.screen import clean, out, print_json, table
from packslip.engine.inspecting import inspect_files
from packslip.preflight.inspection import Inspection, Pages, Rectangle

Files = Annotated[list[Path], typer.Argument(metavar="FILE…", help="PDFs.")]

#: Fonts, codes, parts and runs of pages that are shown; --json has them all.
_MOST_ROWS = 40


def add_commands(app: typer.Typer) -> None:
    """Put this module's commands on the command line."""
    app.command()(inspect)


def inspect(files: Files, as_json: Json = False) -> int:
    """Say what PDFs say of themselves, ours or foreign: order, slip, release, boxes in mm, printing condition, fonts.

    Codes are read back from the pixels. A marked copy names its parent, a PDF/VT file the pages of each order. Nothing
    is judged: packslip preflight does that. Exit code 1 where a file cannot be read.

    With --json, one object for each file.
    """
    unread = False
    for path, told in inspect_files(files):
        unread = unread or bool(told.fault)
        if as_json:
            print_json({"file": str(path), **asdict(told)})
        else:
            _show(path, told)
    return Exit.FINDINGS if unread else Exit.WELL


def _show(path: Path, told: Inspection) -> None:
    out.print(f"[bold]{_safe(path)}[/]")
    if told.fault:
        out.print(f"  [bold red]{_safe(told.fault)}[/]")
        return
    facts = table("", "")
    facts.show_header = False
    for label, value in _facts(told):
        facts.add_row(f"[dim]{label}[/]", _safe(value))
    out.print(facts)
    _show_rows("font", [(font.name, font.kind, _carried(font.is_embedded, font.is_subset)) for font in told.fonts])
    _show_rows("code", [(code.payload, code.kind, f"page {code.page}, {_place(code.place)}") for code in told.codes])
    _show_rows(
        "part",
        [
            (_numbers(part.first, part.last), ", ".join(f"{key} {value}" for key, value in part.said.items()), "")
            for part in told.parts
        ],
    )


def _facts(told: Inspection) -> Iterator[tuple[str, str]]:
    intent = told.intent
    facts = (
        ("order", told.order),
        ("slip", f"{told.slip}…" if told.slip else ""),
        ("release", told.release),
        ("copy of", told.parent),
        ("title", told.title),
        ("made by", " · ".join(dict.fromkeys(filter(None, (told.producer, told.creator))))),
        ("made", _day(told.created)),
        ("changed", _day(told.changed) if told.changed != told.created else ""),
        ("language", told.language),
        ("identifier", told.identifier if not told.slip else ""),
        ("kind", " · ".join((f"PDF {told.version}", *told.claims))),
        ("made for", f"{intent.condition} {intent.space} {intent.registry}".strip() if intent else ""),
        ("pages", str(told.count)),
        ("codes", told.codes_fault),
    )
    yield from ((label, value) for label, value in facts if value)
    for run in told.pages[:_MOST_ROWS]:
        yield f"page {_numbers(run.first, run.last)}" if told.count > 1 else "page", _boxes(run)


def _day(written: str) -> str:
    """`D:20261120` and longer dates of PDF as `2026-11-20`; any other as it stands."""
    found = re.match(r"D:(\d{4})(\d{2})(\d{2})", written)
    return "-".join(found.groups()) if found else written


def _boxes(run: Pages) -> str:
    told = [f"trim {_size(run.trim)}"]
    if run.bleed != run.trim:
        told.append(f"bleed {_size(run.bleed)}")
    if run.media != run.bleed:
        told.append(f"media {_size(run.media)}")
    return ", ".join(told) + (f", turned by {run.turned}°" if run.turned else "")


def _size(box: Rectangle) -> str:
    return f"{box.width:g} × {box.height:g} mm"


def _place(box: Rectangle) -> str:
    return f"{_size(box)} at {box.x:g}, {box.y:g}"


def _numbers(first: int, last: int) -> str:
    return str(first) if first == last else f"{first}–{last}"


def _carried(is_embedded: bool, is_subset: bool) -> str:
    return "not embedded" if not is_embedded else "subset embedded" if is_subset else "embedded"


def _show_rows(what: str, rows: list[tuple[str, str, str]]) -> None:
    if not rows:
        return
    shown = table(f"{what}s", "", "")
    for row in rows[:_MOST_ROWS]:
        shown.add_row(*(_safe(cell) for cell in row))
    if len(rows) > _MOST_ROWS:
        shown.add_row(f"[dim]and {len(rows) - _MOST_ROWS} more; --json has them all[/]", "", "")
    out.print(shown)


def _safe(text: object) -> str:
    return clean(str(text)).replace("[", "\\[")
