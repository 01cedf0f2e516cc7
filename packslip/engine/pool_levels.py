"""How full code pools are beside what their files ask for: for status, and for whoever watches it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packslip.ledger import Level, Origin
from packslip.library.pools import Pool


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolLevel:
    """One pool, for one way that its codes take."""

    level: Level
    low: int | None  #: so few free codes are low; None: nobody is to be told

    @property
    def pool(self) -> str:
        """Its name."""
        return self.level.pool

    @property
    def origin(self) -> str:
        """How its codes reach customers."""
        return self.level.origin.value

    @property
    def free(self) -> int:
        """Codes that nobody has."""
        return self.level.free

    @property
    def days_left(self) -> int | None:
        """How long they last, None where none were used of late."""
        return self.level.days_left

    @property
    def counts(self) -> tuple[int, int, int]:
        """Reserved, issued, redeemed."""
        return self.level.reserved, self.level.issued, self.level.redeemed

    @property
    def is_dry(self) -> bool:
        """Whether orders get no code any more."""
        return self.low is not None and not self.free

    @property
    def is_low(self) -> bool:
        """Whether somebody should see to it; a dry one is low too."""
        return self.low is not None and (not self.free or self.free < self.low)

    @property
    def told(self) -> str:
        """What there is to say of it."""
        said = ["dry"] if self.is_dry else ["low"] if self.is_low else []
        if self.level.ended:
            said.append(f"{self.level.ended:,} ended unused")
        if self.level.withdrawn:
            said.append(f"{self.level.withdrawn:,} withdrawn")
        return ", ".join(said)

    @property
    def values(self) -> dict[str, object]:
        """The same for programs."""
        level = self.level
        return {
            "pool": level.pool,
            "origin": level.origin.value,
            "free": level.free,
            "days_left": level.days_left,
            "reserved": level.reserved,
            "issued": level.issued,
            "redeemed": level.redeemed,
            "ended": level.ended,
            "withdrawn": level.withdrawn,
            "low": self.is_low,
            "dry": self.is_dry,
        }


def pool_levels(pools: Mapping[str, Pool], levels: Iterable[Level]) -> tuple[PoolLevel, ...]:
    """Every pool that takes a shop's codes, one that has none among them, and codes of pools that are gone."""
    known = {(level.pool, level.origin): level for level in levels}
    for pool in pools.values():
        if pool.is_imported:
            known.setdefault((pool.name, Origin.SLIP), _empty(pool.name))
    return tuple(
        PoolLevel(level=level, low=pools[name].low if name in pools and origin is Origin.SLIP else None)
        for (name, origin), level in sorted(known.items())
    )


def _empty(pool: str) -> Level:
    return Level(
        pool=pool, origin=Origin.SLIP, free=0, ended=0, reserved=0, issued=0, withdrawn=0, redeemed=0, lately=0
    )
