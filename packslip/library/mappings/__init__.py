"""Mappings: how one shop's export becomes the order contract.

Owns the contract's columns and the language of `rules/mappings/*.toml`. Reads no orders; `packslip.intake` does.
"""

from packslip.library.mappings.contract import BY_NAME, COLUMNS, Column, Kind
from packslip.library.mappings.countries import country_code, country_codes
from packslip.library.mappings.loading import load_mapping
from packslip.library.mappings.mapping import CONTRACT, Consent, FileShape, NumberShape, OrderMapping, Rows
from packslip.library.mappings.skipping import Condition, InHistory, Scope, SkipRule
from packslip.library.mappings.sources import Alias, Source, Taker

__all__ = [
    "BY_NAME",
    "COLUMNS",
    "CONTRACT",
    "Alias",
    "Column",
    "Condition",
    "Consent",
    "FileShape",
    "InHistory",
    "Kind",
    "NumberShape",
    "OrderMapping",
    "Rows",
    "Scope",
    "SkipRule",
    "Source",
    "Taker",
    "country_code",
    "country_codes",
    "load_mapping",
]
