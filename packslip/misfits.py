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
        close = difflib.get_close_matches(str(item["loc"][-1]), _record_at(record, item["loc"]).model_fields, n=1)
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


def _record_at(record: type[BaseModel], place: tuple[int | str, ...]) -> type[BaseModel]:
    """The record that a key stands in; names of several things, and places in a list, lead nowhere further."""
    for part in place[:-1]:
        field = record.model_fields.get(str(part))
        inner = field.annotation if field else None
        candidates = (inner, *getattr(inner, "__args__", ()))
        record = next((one for one in candidates if isinstance(one, type) and issubclass(one, BaseModel)), record)
    return record
