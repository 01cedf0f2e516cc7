"""`rules/mappings/<name>.toml` → `OrderMapping`, with a finding for every fault."""

import re
import string
import tomllib
from decimal import Decimal
from pathlib import Path

from packslip.csvfile import CODECS
from packslip.library.mappings.contract import BY_NAME, Column, Kind
from packslip.library.mappings.mapping import FileShape, OrderMapping
from packslip.library.mappings.numbers import NumberShape
from packslip.library.mappings.skipping import Condition, Scope, SkipRule
from packslip.library.mappings.sources import Source, Steps
from packslip.library.mappings.tables import Keys, did_you_mean
from packslip.model import Finding, Where, error

_EMPTY = OrderMapping(name="-", columns={})
_ORIGINS = ("from", "constant", "template", "first")
_STEPS = ("key", "split", "part", "pattern", "matches", "strip", "drop_prefix", "drop_suffix",
          "case", "keep", "map", "otherwise", "default")  # fmt: skip
_SHAPES = ("decimal", "thousands", "date")
_NUMBERS = (Kind.WHOLE, Kind.MONEY)
_DATES = (Kind.DATE, Kind.MOMENT)
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_EXTRA = "extra."
_TOML_HINT = "names with spaces, dots or accents stand in quotation marks"


def load_mapping(path: Path) -> tuple[OrderMapping, tuple[Finding, ...]]:
    """The mapping a TOML file holds; with an error among the findings it must not be used."""
    file = f"rules/mappings/{path.name}"
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except OSError as fault:
        return _EMPTY, (error("mapping.missing", Where(file=file), f"cannot be read: {fault.strerror}"),)
    except UnicodeDecodeError:
        return _EMPTY, (error("mapping.no_toml", Where(file=file), "not in UTF-8", "save the file as UTF-8"),)
    except tomllib.TOMLDecodeError as fault:
        return _EMPTY, (error("mapping.no_toml", Where(file=file), f"no TOML: {fault}", _TOML_HINT),)
    findings: list[Finding] = []
    mapping = _mapping(path.stem, Keys(values, file=file, path="", findings=findings))
    return mapping, tuple(findings)


def _mapping(name: str, keys: Keys) -> OrderMapping:
    keys.only("about", "file", "columns", "locale", "skip")
    keys.text("about")
    file = keys.table("file")
    number = _number(file)
    locale, locales = _locales(keys.table("locale"))
    columns = keys.table("columns")
    specs = {target: _spec(columns, target) for target in columns.names()}
    _check_targets(columns)
    return OrderMapping(
        name=name,
        shape=_shape(file),
        columns={target: _source(spec) for target, spec in specs.items() if target in BY_NAME},
        extras={
            target.removeprefix(_EXTRA): _source(spec) for target, spec in specs.items() if target.startswith(_EXTRA)
        },
        number=number,
        numbers={target: _number(spec) for target, spec in specs.items() if "decimal" in spec or "thousands" in spec},
        dates=file.texts("dates"),
        column_dates={target: spec.texts("date") for target, spec in specs.items() if "date" in spec},
        locale=locale,
        locales=locales,
        skips=tuple(_skip(rule, number) for rule in keys.tables("skip")),
    )


def _shape(keys: Keys) -> FileShape:
    keys.only(
        "encoding",
        "delimiter",
        "decimal",
        "thousands",
        "dates",
        "skip_lines",
        "header_holds",
        "short_rows",
        "unknown_columns",
    )
    delimiter = keys.text("delimiter")
    if delimiter and (len(delimiter) != 1 or delimiter in '"\r\n'):
        keys.fault("delimiter", "delimiter", f"expected one character, got {delimiter!r}", r'write "\t" for a tab')
        delimiter = ""
    skip_lines = keys.whole("skip_lines")
    if skip_lines < 0:
        keys.fault("wrong_type", "skip_lines", f"expected a whole number from 0, got {skip_lines}")
    return FileShape(
        encoding=keys.choice("encoding", CODECS),
        delimiter=delimiter,
        skip_lines=max(skip_lines, 0),
        header_holds=keys.texts("header_holds"),
        pads_rows=keys.choice("short_rows", ("hold", "pad"), "hold") == "pad",
        keeps_unknown=keys.choice("unknown_columns", ("keep", "drop"), "keep") == "keep",
    )


def _number(keys: Keys) -> NumberShape:
    decimal, thousands = keys.text("decimal", "."), keys.text("thousands")
    if decimal not in (".", ","):
        keys.fault("number", "decimal", f'expected "." or ",", got {decimal!r}')
        decimal = "."
    if thousands not in ("", ".", ",", " ", "'", "’"):
        keys.fault("number", "thousands", f"no such thousands mark {thousands!r}", "choices: . , ' or a space")
        thousands = ""
    if decimal == thousands:
        keys.fault("number", "thousands", f"{thousands!r} is the decimal mark too")
        thousands = ""
    return NumberShape(decimal=decimal, thousands=thousands)


def _locales(keys: Keys) -> tuple[str, dict[str, str]]:
    locales = {}
    for key in keys.names():
        text = keys.text(key)
        if key != "default" and not _COUNTRY.fullmatch(key):
            keys.fault("country", key, f"expected default or a country of two capital letters, got {key!r}")
        elif not _LOCALE.fullmatch(text):
            keys.fault("locale", key, f"expected a language tag, got {text!r}", "write it as de-AT")
        else:
            locales[key] = text
    return locales.pop("default", ""), locales


def _check_targets(columns: Keys) -> None:
    for target in columns.names():
        if target not in BY_NAME and not (target.startswith(_EXTRA) and len(target) > len(_EXTRA)):
            hint = did_you_mean(target, BY_NAME) or "write extra.<name> for a column of your own"
            columns.fault("unknown_column", target, f"the order contract has no column {target!r}", hint)
    for column in BY_NAME.values():
        if column.required and column.name not in columns:
            message = f"nothing says where {column.name} comes from"
            columns.fault("column_missing", column.name, message, "name a column, or give a constant")


def _spec(columns: Keys, target: str) -> Keys:
    """A column's table; a bare text is short for `{ from = … }`."""
    value = columns.value(target)
    spec = columns.table(target) if isinstance(value, dict) else columns.within(target, {"from": columns.text(target)})
    column = BY_NAME.get(target)
    allowed = (*_ORIGINS, *_STEPS, *(key for key in _SHAPES if column and _takes(column, key)))
    spec.only(*allowed)
    return spec


def _takes(column: Column, key: str) -> bool:
    return column.kind in (_DATES if key == "date" else _NUMBERS)


def _source(keys: Keys) -> Source:
    origins = [key for key in _ORIGINS if key in keys]
    if len(origins) != 1:
        found = " and ".join(origins) or "none"
        keys.fault("origin", "", f"expected one of {', '.join(_ORIGINS)}; got {found}")
        return Source()
    steps = _steps(keys)
    if origins == ["from"]:
        return Source(column=keys.text("from").strip(), steps=steps)
    if origins == ["constant"]:
        return Source(constant=keys.text("constant"), steps=steps)
    if origins == ["template"]:
        return Source(template=_template(keys), steps=steps)
    return Source(first=_alternatives(keys), steps=steps)


def _alternatives(keys: Keys) -> tuple[Source, ...]:
    value = keys.value("first")
    if not isinstance(value, list) or not value or not all(isinstance(item, str | dict) for item in value):
        keys.fault("wrong_type", "first", 'expected a list such as ["Company", { template = "{First} {Last}" }]')
        return ()
    sources = []
    for number, item in enumerate(value, 1):
        spec = keys.within(f"first[{number}]", {"from": item} if isinstance(item, str) else item)
        spec.only(*_ORIGINS, *_STEPS)
        sources.append(_source(spec))
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
        default=keys.text("default"),
    )


def _skip(keys: Keys, number: NumberShape) -> SkipRule:
    keys.only("reason", "scope", "where")
    reason = keys.text("reason").strip()
    if not reason:
        keys.fault("reason", "reason", "a skip rule says why", 'such as reason = "cancellation"')
    where = keys.table("where")
    if not where.names():
        keys.fault("where", "where", "a skip rule without a condition would skip every row")
    scope = keys.choice("scope", tuple(Scope), Scope.LINE)
    conditions = tuple(_condition(where, column, number) for column in where.names())
    return SkipRule(reason=reason, scope=Scope(scope), where=conditions)


def _condition(where: Keys, column: str, number: NumberShape) -> Condition:
    value = where.value(column)
    if not isinstance(value, dict):
        return Condition(column=column, among=frozenset(where.texts(column)))
    keys = where.table(column)
    keys.only("is", "is_not", "matches", "not_matches", "blank", "below", "at_most", "at_least", "above")
    if not keys.names():
        keys.fault("where", "", "the condition is empty")
    return Condition(
        column=column,
        among=frozenset(keys.texts("is")) if "is" in keys else None,
        not_among=frozenset(keys.texts("is_not")) if "is_not" in keys else None,
        matches=keys.pattern("matches"),
        not_matches=keys.pattern("not_matches"),
        blank=keys.flag("blank", default=True) if "blank" in keys else None,
        below=_bound(keys, "below"),
        at_most=_bound(keys, "at_most"),
        at_least=_bound(keys, "at_least"),
        above=_bound(keys, "above"),
        number=number,
    )


def _bound(keys: Keys, key: str) -> Decimal | None:
    value = keys.value(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    keys.fault("wrong_type", key, f"expected a number, got {value!r}")
    return None
