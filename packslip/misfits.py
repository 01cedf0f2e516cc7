"""What a TOML file says that does not fit its record, in words for the person who wrote it.

Owns the way from pydantic's faults to a message with the value and a hint. Knows no particular file.
"""

import difflib

from pydantic import BaseModel
from pydantic_core import ErrorDetails


def misfit(item: ErrorDetails, record: type[BaseModel]) -> tuple[str, str]:
    """What is wrong with one value, and what to do about it, "" where only its owner knows."""
    kind, message, value = item["type"], item["msg"], item["input"]
    if kind == "extra_forbidden":
        close = difflib.get_close_matches(str(item["loc"][-1]), _known_keys(record), n=1)
        return "unknown key", f"did you mean {close[0]!r}" if close else "remove it"
    if kind == "missing":
        return "missing", "add the key"
    if kind == "value_error":
        return str(item["ctx"]["error"]), ""
    shown = f", got {value!r}" if isinstance(value, str | int | float | bool) else ""
    if kind in ("enum", "literal_error"):
        return f"expected {message.removeprefix('Input should be ')}{shown}", ""
    told = message.removeprefix("Input ")
    return told[:1].lower() + told[1:] + shown, ""


def _known_keys(record: type[BaseModel]) -> frozenset[str]:
    keys: set[str] = set()
    for name, field in record.model_fields.items():
        keys.add(field.alias or name)
        inner = field.annotation
        for candidate in (inner, *getattr(inner, "__args__", ())):
            if isinstance(candidate, type) and issubclass(candidate, BaseModel):
                keys |= _known_keys(candidate)
    return frozenset(keys)
