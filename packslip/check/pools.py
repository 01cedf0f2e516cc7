"""Whether code pools, decision tables, stores and campaigns fit."""

from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal

from packslip.library.literals import did_you_mean, near
from packslip.library.output_cells import Amount, OutputValue
from packslip.library.phrases import Phrasebook
from packslip.library.pools import POLICIES, Pool
from packslip.library.rule_headings import OFFER
from packslip.library.rules import RuleBook
from packslip.model import Finding, Where, error, warning

_NAME, _AMOUNT = OFFER[0], OFFER[1]
_MINIMUM = "{minimum}"
_MISSPELT = 0.8  #: how much alike two names are of which one may be a slip of the hand


def check_pools(
    pools: Mapping[str, Pool],
    rules: RuleBook,
    *,
    stores: Collection[str],
    campaigns: Collection[str],
    phrases: Phrasebook,
) -> tuple[Finding, ...]:
    """What pools name and nobody knows, and what their codes give beside what the rules promise."""
    findings: list[Finding] = []
    for pool in pools.values():
        findings += _check_names(pool, "stores", pool.stores, stores, "brand")
        findings += _check_names(pool, "campaigns", pool.campaigns, campaigns, "campaign")
        findings += _check_names(pool, "segments", pool.segments, rules.constants("segment"), "segment")
        findings += _check_names(pool, "offers", pool.offers, rules.constants(_NAME), "offer in the rules")
        findings += _check_stand_in(pool, pools)
        findings += _check_amounts(pool, rules)
    findings += _check_unserved(pools, rules)
    findings += _check_minimum(pools, phrases)
    findings += _check_hidden(list(pools.values()))
    return tuple(findings)


def _check_names(pool: Pool, spot: str, named: Collection[str], known: Collection[str], what: str) -> Iterator[Finding]:
    for name in named:
        if name not in known:
            hint = did_you_mean(name, list(known)) or f"known: {', '.join(known) or 'none'}"
            yield error("pool.unknown", Where(file=pool.file, spot=spot), f"no {what} {name!r}", hint)


def _check_stand_in(pool: Pool, pools: Mapping[str, Pool]) -> Iterator[Finding]:
    where = Where(file=pool.file, spot="when_dry")
    if pool.when_dry not in (*POLICIES, *pools):
        hint = did_you_mean(pool.when_dry, [*POLICIES, *pools]) or f"write {', '.join(POLICIES)}, or a pool's name"
        yield error("pool.dry", where, f"no pool {pool.when_dry!r}", hint)
    seen, at = {pool.name}, pools.get(pool.when_dry)
    while at is not None:
        if at.name in seen:
            yield error("pool.dry", where, "pools stand in for each other in a circle", "end it with hold or none")
            return
        seen.add(at.name)
        at = pools.get(at.when_dry)


def _check_amounts(pool: Pool, rules: RuleBook) -> Iterator[Finding]:
    """Rows that promise what a pool's codes do not give."""
    if pool.amount is None:
        return
    for table in rules.tables:
        for column in table.outputs:
            if column.output.path != _AMOUNT:
                continue
            for row in table.rows:
                said = row.outputs.get(_AMOUNT)
                if row.outputs.get(_NAME) in pool.offers and said is not None and not _is_same(said, pool.amount):
                    hint = f"make them the same, or leave amount out of {pool.file}"
                    message = f"says {said}, the codes of pool {pool.name} give {pool.amount}"
                    yield error("pool.amount", table.where(row.line, column.index), message, hint)


def _check_unserved(pools: Mapping[str, Pool], rules: RuleBook) -> Iterator[Finding]:
    """Offers spelled much like one that a pool serves: nobody told the pool of them, so they get none of its codes."""
    served = {name for pool in pools.values() for name in pool.offers}
    for table in rules.tables:
        for column in table.outputs:
            if column.output.path != _NAME:
                continue
            for row in table.rows:
                name = str(row.outputs.get(_NAME) or "")
                close = near(name, served, alike=_MISSPELT) if name and name not in served else ""
                if close and _digits(close) == _digits(name):
                    hint = f"did you mean {close}? If not, name it in a pool, or call it something less alike"
                    message = f"no pool serves the offer {name}, and one serves {close}"
                    yield warning("pool.unserved", table.where(row.line, column.index), message, hint)


def _digits(name: str) -> str:
    """What parts `spring-10` from `spring-20`, which are two offers and no slip of the hand."""
    return "".join(letter for letter in name if letter.isdigit())


def _is_same(said: OutputValue, amount: Amount) -> bool:
    return isinstance(said, Amount) and said.unit == amount.unit and Decimal(said.value) == amount.value


def _check_minimum(pools: Mapping[str, Pool], phrases: Phrasebook) -> Iterator[Finding]:
    """A minimum that no words of the offer say would surprise a customer at the till."""
    first = next((pool for pool in pools.values() if pool.minimum is not None), None)
    if first is None:
        return
    hint = f"add {_MINIMUM} to offer.terms, and offer.terms.plain without it"
    for (store, locale), book in phrases.catalogues.items():
        own = {key: phrase for key, phrase in book.phrases.items() if key.startswith("offer.")}
        common = phrases.catalogues.get(("", locale), book).phrases
        said = {key: phrase for key, phrase in common.items() if key.startswith("offer.")} | own
        if own and not any(_MINIMUM in form for phrase in said.values() for form in phrase.forms):
            of = f" of {store}" if store else ""
            message = f"no phrase of the offer says {_MINIMUM} in {locale}{of}, and pool {first.name} has one"
            yield warning("pool.minimum", next(iter(own.values())).where, message, hint)


def _check_hidden(pools: list[Pool]) -> Iterator[Finding]:
    """A pool that is never asked, because one before it serves all that it serves."""
    for number, pool in enumerate(pools):
        for earlier in pools[:number]:
            if _covers(earlier, pool):
                hint = f"give {earlier.file} stores, segments or campaigns, or rename it so that it comes later"
                where = Where(file=pool.file, spot="offers")
                yield warning("pool.hidden", where, f"{earlier.name} comes first and serves the same", hint)
                break


def _covers(one: Pool, other: Pool) -> bool:
    pairs = (
        (one.stores, other.stores),
        (one.segments, other.segments),
        (one.campaigns, other.campaigns),
    )
    is_wider = all(not wide or (narrow and {*narrow} <= {*wide}) for wide, narrow in pairs)
    return is_wider and {*other.offers} <= {*one.offers} and one.minimum is None
