"""Faults: what is wrong with a file as a CSV, before anybody asks what its columns mean."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong with the file; message and hint are in the house form and hold no cell's text."""

    code: str
    line: int | None = None  #: counted from 1; None: the whole file
    spot: str = ""  #: column, `C` or `quantity`
    message: str
    hint: str = ""
    severity: Literal["error", "warning", "note"] = "error"
