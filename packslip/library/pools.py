"""Code pools: where the promo code of an offer comes from, whom a pool serves, and what happens when it is dry.

Owns `rules/pools/<name>.toml` and which pool serves an order. The codes themselves are in the ledger.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from packslip.library.literals import CellError
from packslip.library.output_cells import Amount, parse_amount
from packslip.library.toml_file import read_toml
from packslip.model import Finding, Where, error

HOLD = "hold"
GENERATE = "generate"
NONE = "none"
#: what a dry pool may do besides naming another one
POLICIES = (HOLD, GENERATE, NONE)

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_PREFIX = re.compile(r"[A-Z0-9]{1,8}")

Kind = Literal["imported", "generated"]


class _PoolFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    offers: tuple[str, ...] = Field(min_length=1)
    kind: Kind
    stores: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    amount: str = ""
    minimum: str = ""
    prefix: str = ""
    low: int = Field(200, ge=0)
    when_dry: str = HOLD
    first_order: bool = False
    delivery_days: int = Field(0, ge=0, le=90)
    least_days: int = Field(14, ge=0, le=365)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """An order that wants an offer, as far as pools look at it."""

    offer: str
    store: str
    segment: str
    campaigns: frozenset[str] = frozenset()  #: that the parcel is part of
    currency: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """One pool. Blank lists serve everybody."""

    name: str  #: of its file
    offers: tuple[str, ...]
    kind: Kind
    stores: tuple[str, ...] = ()
    segments: tuple[str, ...] = ()
    campaigns: tuple[str, ...] = ()
    amount: Amount | None = None  #: what the shop made its codes for; None: whatever the rules say
    minimum: Amount | None = None  #: what the order must come to that a code is used in
    prefix: str = ""  #: of codes made here
    low: int = 200  #: so few free codes are told to whoever watches
    when_dry: str = HOLD  #: hold, generate, none, or the name of another pool
    first_order: bool = False  #: a customer gets such a code once
    delivery_days: int = 0  #: from drop to doorstep, where the order does not say
    least_days: int = 14  #: a shop's code must be good for so many days after that

    @property
    def file(self) -> str:
        """Its file, for places in findings."""
        return f"rules/pools/{self.name}.toml"

    @property
    def is_imported(self) -> bool:
        """Whether its codes are the shop's own."""
        return self.kind == "imported"

    def serves(self, asked: Asked) -> bool:
        """Whether it has codes for an order, for whichever offer."""
        return (
            (not self.stores or asked.store in self.stores)
            and (not self.segments or asked.segment in self.segments)
            and (not self.campaigns or bool(asked.campaigns & {*self.campaigns}))
            and (self.minimum is None or self.minimum.unit == asked.currency)
        )


def pools_for(pools: Mapping[str, Pool], asked: Asked) -> tuple[Pool, ...]:
    """The first pool, by name, that serves an order, and those that stand in for it when it is dry, in turn."""
    first = next((pool for pool in pools.values() if asked.offer in pool.offers and pool.serves(asked)), None)
    return tuple(pool for pool in _chain(pools, first) if pool is first or pool.serves(asked)) if first else ()


def _chain(pools: Mapping[str, Pool], pool: Pool | None) -> Iterator[Pool]:
    seen: set[str] = set()
    while pool is not None and pool.name not in seen:
        seen.add(pool.name)
        yield pool
        pool = pools.get(pool.when_dry) if pool.is_imported else None


def load_pools(folder: Path) -> tuple[dict[str, Pool], tuple[Finding, ...]]:
    """Every pool of `rules/pools` by its file's name, and what is wrong with any.

    One with an error is left out.
    """
    pools: dict[str, Pool] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        label = f"rules/pools/{path.name}"
        record, found = read_toml(path, _PoolFile, label=label)
        if record is not None:
            pool, found = _pool(path.stem, record, label)
            if pool is not None:
                pools[path.stem] = pool
        findings += found
    return pools, tuple(findings)


def _pool(name: str, record: _PoolFile, label: str) -> tuple[Pool | None, tuple[Finding, ...]]:
    faults = list(_faults(name, record, label))
    amounts: dict[str, Amount | None] = {}
    for key in ("amount", "minimum"):
        text = str(getattr(record, key))
        try:
            amounts[key] = parse_amount(text) if text else None
        except CellError as fault:
            faults.append(error("pool.amount", Where(file=label, spot=key), fault.message, fault.hint))
    least = amounts.get("minimum")
    if least is not None and least.unit == "percent":
        where = Where(file=label, spot="minimum")
        faults.append(error("pool.amount", where, "a minimum in per cent says nothing", "write 40.00 EUR"))
    if faults:
        return None, tuple(faults)
    return Pool(name=name, **{**record.model_dump(), **amounts}), ()


def _faults(name: str, record: _PoolFile, label: str) -> Iterator[Finding]:
    plain = "name the file with lower-case letters, digits and hyphens, such as spring-codes"
    if not _NAME.fullmatch(name) or name in POLICIES:
        yield error("pool.name", Where(file=label), f"no name for a pool: {name!r}", plain)
    if record.prefix and not _PREFIX.fullmatch(record.prefix):
        message = f"no prefix for a code: {record.prefix!r}"
        yield error("pool.prefix", Where(file=label, spot="prefix"), message, "up to eight capitals and digits")
    if record.when_dry == name and name not in POLICIES:
        yield error("pool.dry", Where(file=label, spot="when_dry"), "a pool cannot stand in for itself", "name another")


def least_of(pool: Pool) -> tuple[Decimal | None, str]:
    """A pool's minimum as offers carry it: amount and currency."""
    return (pool.minimum.value, pool.minimum.unit) if pool.minimum else (None, "")
