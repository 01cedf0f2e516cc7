"""What a person sees: findings, tables, progress. Data goes to standard output, talk to standard error."""

import json
import os
from collections.abc import Iterable, Mapping, Sequence

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from packslip.model import Finding, Severity

#: Columns of what nobody watches: a table in a pipe or a file is not folded, so that a long name or code stays whole.
_UNWATCHED = 500


def _console(*, stderr: bool = False) -> Console:
    made = Console(stderr=stderr, highlight=False, soft_wrap=True)
    if not made.is_terminal and "COLUMNS" not in os.environ:
        made.width = _UNWATCHED
    return made


#: What goes before an example in a message.
_EXAMPLE = "; e.g. "

out = _console()
err = _console(stderr=True)

#: How each severity looks.
STYLE = {Severity.ERROR: "bold red", Severity.WARNING: "yellow", Severity.NOTE: "dim"}


def say(*parts: str | tuple[str, str]) -> None:
    """A line of talk; a part may come with its style. Where nobody watches it is written as it is: that costs least."""
    cleaned = [clean(part) if isinstance(part, str) else (clean(part[0]), part[1]) for part in parts]
    if err.is_terminal:
        err.print(Text.assemble(*cleaned))
    else:
        err.file.write("".join(part if isinstance(part, str) else part[0] for part in cleaned) + "\n")


def show_findings(findings: Iterable[Finding], *, console: Console = err, notes: bool = True) -> None:
    """One line a finding: severity, place, what is wrong; an example of it and what to do below."""
    for finding in findings:
        if finding.severity is Severity.NOTE and not notes:
            continue
        where = clean(str(finding.where))
        line = Text.assemble(
            (f"{finding.severity.value:<8}", STYLE[finding.severity]), (f"{where}: " if where else "", "bold")
        )
        message, _, example = finding.message.partition(_EXAMPLE)
        line.append(clean(message))
        if example:
            line.append(f"\n        e.g. {clean(example)}")
        if finding.hint:
            line.append(f"\n        → {clean(finding.hint)}", style="dim")
        console.print(line)


def finding_values(findings: Iterable[Finding]) -> list[dict[str, str]]:
    """Findings for JSON."""
    return [
        {
            "severity": finding.severity.value,
            "code": finding.code,
            "where": str(finding.where),
            "message": finding.message,
            "hint": finding.hint,
        }
        for finding in findings
    ]


def print_json(values: Mapping[str, object] | Sequence[object]) -> None:
    """One JSON object on one line of standard output."""
    out.file.write(json.dumps(values, ensure_ascii=False, default=str) + "\n")
    out.file.flush()


def table(*columns: str, title: str = "") -> Table:
    """A quiet table: hairline under the head, no boxes."""
    made = Table(
        box=None, header_style="dim", title=title or None, title_justify="left", pad_edge=False, padding=(0, 3, 0, 0)
    )
    for column in columns:
        made.add_column(column, overflow="fold")
    return made


def progress_bar(*, quiet: bool = False) -> Progress:
    """Progress on a terminal; nothing where nobody watches."""
    return Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(bar_width=24),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=err,
        transient=True,
        disable=quiet or not err.is_terminal,
    )


def clean(text: str) -> str:
    """Text safe for a terminal: control characters are shown, not obeyed."""
    if text.isprintable():
        return text
    return "".join(letter if letter.isprintable() or letter == "\n" else f"\\x{ord(letter):02x}" for letter in text)
