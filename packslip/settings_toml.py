"""Settings as a file: a whole `packslip.toml`, every key with what it means."""

import json
import re

from pydantic import BaseModel

from packslip.settings import Settings


def settings_toml(settings: Settings | None = None) -> str:
    """A whole `packslip.toml`: every key with its description as a comment, in the order of the model.

    Of things of which there are several, the first tells every key, the others what is not by default. Where there are
    none, the key is a comment, so that tables of its name may follow.
    """
    blocks: list[str] = ["# Every setting of this workspace. Secrets are never kept here."]
    tables: list[str] = []
    for name in Settings.model_fields:
        value = getattr(settings or Settings(), name)
        if isinstance(value, BaseModel):
            tables.append(_table(f"[{name}]", value, comments=True))
        elif isinstance(value, dict):
            first = True
            for key, part in value.items():
                tables.append(_table(f"[{name}.{_key(key)}]", part, comments=first))
                first = False
        elif isinstance(value, tuple) and value:
            tables += [_table(f"[[{name}]]", part, comments=number == 0) for number, part in enumerate(value)]
        else:
            field = Settings.model_fields[name]
            line = f"{'' if value or not isinstance(value, tuple) else '# '}{name} = {_toml(value)}"
            blocks.append(f"{f'# {field.description}{chr(10)}' if field.description else ''}{line}")
    return "\n\n".join([*blocks, *tables]) + "\n"


def _table(header: str, part: BaseModel, *, comments: bool) -> str:
    lines = [header]
    if comments and part.__doc__:
        lines.insert(0, f"# {part.__doc__.splitlines()[0]}")
    for name, field in type(part).model_fields.items():
        comment = f"  # {field.description}" if comments and field.description else ""
        value = getattr(part, name)
        if not comments and value == field.default:
            continue
        lines.append(f"{name} = {_toml(value)}{comment}")
    return "\n".join(lines)


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else json.dumps(key)


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, tuple):
        return f"[{', '.join(_toml(item) for item in value)}]"
    if isinstance(value, BaseModel):
        return _toml({name: getattr(value, name) for name in type(value).model_fields})
    if isinstance(value, dict):
        return f"{{ {', '.join(f'{_key(key)} = {_toml(item)}' for key, item in value.items())} }}"
    return json.dumps(str(value), ensure_ascii=False)
