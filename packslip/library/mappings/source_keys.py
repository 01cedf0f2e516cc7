"""The tables of `[columns]` → sources, with a finding for every key that does not fit."""

import string

from packslip.library.mappings.contract import BY_NAME, Column, Kind
from packslip.library.mappings.mapping import Rows
from packslip.library.mappings.sources import Source, Steps
from packslip.library.mappings.tables import Keys

_ORIGINS = ("from", "constant", "template", "first")
_STEPS = ("unescape", "key", "split", "part", "pattern", "matches", "strip", "drop_prefix", "drop_suffix",
          "case", "keep", "map", "otherwise", "country", "default", "hash")  # fmt: skip
_HASHES = ("email", "text")
_SHAPES = ("decimal", "thousands", "date")
_NUMBERS = (Kind.WHOLE, Kind.MONEY)
_DATES = (Kind.DATE, Kind.MOMENT)


def column_spec(columns: Keys, target: str) -> Keys:
    """A column's table; a bare text is short for `{ from = … }`."""
    value = columns.value(target)
    spec = columns.table(target) if isinstance(value, dict) else columns.within(target, {"from": columns.text(target)})
    column = BY_NAME.get(target)
    own = ("optional", "rows") if column is not None and not column.of_line else ("optional",)
    spec.only(*_ORIGINS, "unless", *_STEPS, *own, *(key for key in _SHAPES if column and _takes(column, key)))
    if column and column.required and "optional" in spec:
        spec.fault(
            "optional", "optional", f"{target} is required", "give it a default, or a constant as the last of first"
        )
    return spec


def column_rows(spec: Keys, target: str) -> Rows:
    """How an order's rows make the value of a column."""
    rows = Rows(spec.choice("rows", tuple(Rows), Rows.SAME))
    kind = BY_NAME[target].kind
    fits = {Rows.ANY: (Kind.FLAG,), Rows.ALL: (Kind.TEXT, Kind.NOTE)}.get(rows)
    if fits and kind not in fits:
        spec.fault("rows", "rows", f"{target} is no {' or '.join(fits)}", "choices: same, first")
    return rows


def _takes(column: Column, key: str) -> bool:
    return column.kind in (_DATES if key == "date" else _NUMBERS)


def column_source(keys: Keys) -> Source:
    """The source that a column's table describes."""
    origins = [key for key in _ORIGINS if key in keys]
    if len(origins) != 1:
        found = " and ".join(origins) or "none"
        keys.fault("origin", "", f"expected one of {', '.join(_ORIGINS)}; got {found}")
        return Source()
    steps, unless = _steps(keys), keys.text("unless").strip()
    if origins == ["from"]:
        return Source(column=keys.text("from").strip(), unless=unless, steps=steps)
    if origins == ["constant"]:
        return Source(constant=keys.text("constant"), unless=unless, steps=steps)
    if origins == ["template"]:
        return Source(template=_template(keys), unless=unless, steps=steps)
    return Source(first=_alternatives(keys), unless=unless, steps=steps)


def _alternatives(keys: Keys) -> tuple[Source, ...]:
    value = keys.value("first")
    if not isinstance(value, list) or not value or not all(isinstance(item, str | dict) for item in value):
        keys.fault("wrong_type", "first", 'expected a list such as ["Company", { template = "{First} {Last}" }]')
        return ()
    sources = []
    for number, item in enumerate(value, 1):
        spec = keys.within(f"first[{number}]", {"from": item} if isinstance(item, str) else item)
        spec.only(*_ORIGINS, "unless", *_STEPS)
        sources.append(column_source(spec))
    return tuple(sources)


def _template(keys: Keys) -> tuple[str, ...]:
    parts = [""]
    try:
        for text, name, shape, conversion in string.Formatter().parse(keys.text("template")):
            parts[-1] += text
            if name is None:
                continue
            if not name or shape or conversion:
                keys.fault("template", "template", f"expected {{column}}, got {{{name}}} with a format")
                continue
            parts += [name, ""]
    except ValueError as fault:
        keys.fault("template", "template", f"braces do not pair: {fault}", "write {{ and }} for braces that print")
    return tuple(parts)


def _steps(keys: Keys) -> Steps:
    table = keys.table("map")
    if "map" in keys and not table.names():
        keys.fault("map", "map", "the map is empty")
    return Steps(
        unescape=keys.flag("unescape", default=False),
        pairs=keys.text("key"),
        split=keys.text("split"),
        part=keys.whole("part"),
        pattern=keys.pattern("pattern"),
        matches=keys.pattern("matches"),
        strip=keys.text("strip"),
        drop_prefix=keys.text("drop_prefix"),
        drop_suffix=keys.text("drop_suffix"),
        case=keys.choice("case", ("sentence", "title", "upper", "lower")),
        keep=keys.texts("keep"),
        map={key: table.text(key) for key in table.names()},
        otherwise=keys.text("otherwise") if "otherwise" in keys else None,
        country=keys.flag("country", default=False),
        default=keys.text("default"),
        alias=keys.choice("hash", _HASHES),
    )
