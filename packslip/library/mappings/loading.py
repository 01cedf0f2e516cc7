"""`rules/mappings/<name>.toml` → `OrderMapping`, with a finding for every fault."""

import re
import tomllib
from pathlib import Path

from packslip.csvfile import CODECS
from packslip.files import read_file
from packslip.library.mappings.contract import BY_NAME
from packslip.library.mappings.mapping import FileShape, OrderMapping, Rows
from packslip.library.mappings.numbers import NumberShape
from packslip.library.mappings.rule_keys import consent_of, skip_rule
from packslip.library.mappings.source_keys import column_rows, column_source, column_spec
from packslip.library.mappings.sources import Source
from packslip.library.mappings.tables import Keys, did_you_mean
from packslip.library.source_file import unreadable
from packslip.model import Finding, Where, error

_EMPTY = OrderMapping(name="-", columns={})
_LOCALE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_COUNTRY = re.compile(r"[A-Z]{2}")
_EXTRA = "extra."
_TOML_HINT = "names with spaces, dots or accents stand in quotation marks"


def load_mapping(path: Path) -> tuple[OrderMapping, tuple[Finding, ...]]:
    """The mapping a TOML file holds; with an error among the findings it must not be used."""
    file = f"rules/mappings/{path.name}"
    try:
        values = tomllib.loads(read_file(path).decode("utf-8-sig"))
    except OSError as fault:
        return _EMPTY, (unreadable(fault, file),)
    except UnicodeDecodeError:
        return _EMPTY, (error("mapping.no_toml", Where(file=file), "not in UTF-8", "save the file as UTF-8"),)
    except tomllib.TOMLDecodeError as fault:
        return _EMPTY, (error("mapping.no_toml", Where(file=file), f"no TOML: {fault}", _TOML_HINT),)
    findings: list[Finding] = []
    mapping = _mapping(path.stem, Keys(values, file=file, path="", findings=findings))
    return mapping, tuple(findings)


def _mapping(name: str, keys: Keys) -> OrderMapping:
    keys.only("about", "consent", "file", "columns", "locale", "skip", "history")
    keys.text("about")
    keys.table("history").only("refunded", "cancelled_on", "line_total")
    file = keys.table("file")
    number = _number(file)
    locale, locales = _locales(keys.table("locale"))
    columns = keys.table("columns")
    specs = {target: column_spec(columns, target) for target in columns.names()}
    _check_targets(columns)
    sources = {target: column_source(spec) for target, spec in specs.items()}
    known = {target: spec for target, spec in specs.items() if target in BY_NAME}
    rows = {target: column_rows(spec, target) for target, spec in known.items() if "rows" in spec}
    return OrderMapping(
        name=name,
        shape=_shape(file),
        columns={target: sources[target] for target in known},
        extras={target.removeprefix(_EXTRA): source for target, source in sources.items() if target.startswith(_EXTRA)},
        number=number,
        numbers={target: _number(spec) for target, spec in specs.items() if "decimal" in spec or "thousands" in spec},
        dates=file.texts("dates"),
        column_dates={target: spec.texts("date") for target, spec in specs.items() if "date" in spec},
        locale=locale,
        locales=locales,
        skips=tuple(skip_rule(rule, number) for rule in keys.tables("skip")),
        consent=consent_of(keys, sources.get("marketing_opt_out")),
        rows={target: how for target, how in rows.items() if how is not Rows.SAME},
        optional=frozenset(target for target, spec in known.items() if spec.flag("optional", default=False)),
        refunded=_of_history(keys.table("history"), "refunded"),
        cancelled_on=_of_history(keys.table("history"), "cancelled_on"),
        line_total=_of_history(keys.table("history"), "line_total"),
    )


def _of_history(keys: Keys, target: str) -> Source | None:
    """Where the history finds what no slip needs."""
    return column_source(column_spec(keys, target)) if target in keys else None


def _shape(keys: Keys) -> FileShape:
    keys.only(
        "encoding",
        "delimiter",
        "quotes",
        "header",
        "blanks",
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
        has_header=keys.choice("header", ("names", "none"), "names") == "names",
        quoted=keys.choice("quotes", ("cells", "none"), "cells") == "cells",
        blanks=frozenset(keys.texts("blanks")),
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
