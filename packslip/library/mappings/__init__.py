"""Mappings: how one shop's export becomes the order contract.

Owns the contract's columns and the language of `rules/mappings/*.toml`. Reads no orders; `packslip.intake` does.
"""

from packslip.library.mappings.contract import BY_NAME, COLUMNS, Column, Kind
from packslip.library.mappings.loading import load_mapping
from packslip.library.mappings.mapping import CONTRACT, FileShape, NumberShape, OrderMapping
from packslip.library.mappings.skipping import Condition, Scope, SkipRule
from packslip.library.mappings.sources import Source, Taker

__all__ = [
    "BY_NAME",
    "COLUMNS",
    "CONTRACT",
    "Column",
    "Condition",
    "FileShape",
    "Kind",
    "NumberShape",
    "OrderMapping",
    "Scope",
    "SkipRule",
    "Source",
    "Taker",
    "load_mapping",
]
