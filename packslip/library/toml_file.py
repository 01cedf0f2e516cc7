"""One TOML file, read into one typed record, or findings that say what to mend.

Owns the way from TOML to pydantic and from what does not fit there to findings with a line. Knows no particular file.
"""

import re
import tomllib
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from packslip.library.source_file import read_source_text
from packslip.misfits import misfit
from packslip.model import Finding, Where, error

Record = TypeVar("Record", bound=BaseModel)


def read_toml(path: Path, record: type[Record], *, label: str) -> tuple[Record | None, tuple[Finding, ...]]:
    """The record a TOML file holds, or None and what is wrong with it.

    `label` is the file's name in findings.
    """
    text, findings = read_source_text(path, label=label)
    if text is None:
        return None, findings
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        found = re.search(r"at line (\d+)", str(fault))
        line = int(found.group(1)) if found else len(text.splitlines())
        return None, (error("toml.syntax", Where(file=label, line=line), f"no TOML: {fault}"),)
    try:
        return record.model_validate(values), ()
    except ValidationError as fault:
        return None, tuple(_finding(item, label=label, text=text, record=record) for item in fault.errors())


def _finding(item: ErrorDetails, *, label: str, text: str, record: type[BaseModel]) -> Finding:
    loc = tuple(map(str, item["loc"]))
    where = Where(file=label, line=_line_of(text, loc), spot=".".join(loc))
    code = {"extra_forbidden": "toml.unknown_key", "missing": "toml.missing_key"}.get(item["type"], "toml.bad_value")
    return error(code, where, *misfit(item, record))


def _line_of(text: str, loc: tuple[str, ...]) -> int | None:
    """Line of the last key of a path that stands in the text, the table header before the key."""
    lines = text.splitlines()
    table = ".".join(loc[:-1])
    start = next((n for n, line in enumerate(lines) if table and line.strip() == f"[{table}]"), 0)
    key = re.compile(rf"\s*\"?{re.escape(loc[-1])}\"?\s*=") if loc else None
    if key is not None:
        for number in range(start, len(lines)):
            if key.match(lines[number]):
                return number + 1
    return start + 1 if start else None
