"""Whether campaigns and decision tables fit: rows where a campaign says it has some, no two campaigns over one row."""

from collections.abc import Collection, Iterator, Mapping
from datetime import date
from itertools import combinations

from packslip.library.campaigns import Campaign, leaving
from packslip.library.conditions import Sense
from packslip.library.literals import did_you_mean
from packslip.library.rule_fields import campaign_path
from packslip.library.rules import RuleBook, RuleTable
from packslip.library.words import Kind
from packslip.model import Finding, Where, error, warning


def check_campaigns(campaigns: Mapping[str, Campaign], rules: RuleBook, stores: Collection[str]) -> tuple[Finding, ...]:
    """What one campaign and the tables, or two campaigns, show together; each file's own faults are told elsewhere."""
    findings: list[Finding] = []
    for campaign in campaigns.values():
        findings += _check_stores(campaign, stores)
        findings += _check_tables(campaign, rules)
        findings += _check_rows(campaign, rules)
    for one, other in combinations(campaigns.values(), 2):
        findings += _check_overlap(one, other)
    return tuple(findings)


def check_changes(before: Mapping[str, Campaign], after: Mapping[str, Campaign], *, today: date) -> tuple[Finding, ...]:
    """Campaigns that have begun and whose customers would now move: who was in two arms has seen both."""
    findings: list[Finding] = []
    for key, campaign in after.items():
        known = before.get(key)
        moving = leaving(known, campaign) if known is not None and known.begins <= today else 0.0
        if moving:
            place = Where(file=campaign.file, spot="variants")
            hint = "leave shares as they are while it runs, or begin another campaign"
            findings.append(
                warning("campaign.moved", place, f"{moving:g} per cent of the customers change their arm", hint)
            )
    return tuple(findings)


def _check_stores(campaign: Campaign, stores: Collection[str]) -> Iterator[Finding]:
    for store in campaign.stores:
        if store not in stores:
            place = Where(file=campaign.file, spot="stores")
            yield error("store.unknown", place, f"no brand {store!r}", f"layouts/brands holds: {', '.join(stores)}")


def _check_tables(campaign: Campaign, rules: RuleBook) -> Iterator[Finding]:
    place = Where(file=campaign.file, spot="tables")
    path = campaign_path(campaign.key)
    tables = {table.name: table for table in rules.tables}
    for name in campaign.tables:
        if name not in tables:
            hint = did_you_mean(name, list(tables)) or f"rules holds: {', '.join(tables)}"
            yield error("campaign.table", place, f"no table {name!r}", hint)
        elif _place_of(tables[name], path) is None:
            hint = f"give it a column {path} with a variant in each row that the campaign owns"
            yield error("campaign.rows", place, f"{name} asks nothing of this campaign", hint)
    for table in rules.tables:
        column = _place_of(table, path)
        if column is not None and table.name not in campaign.tables:
            hint = f"add it to tables in {campaign.file}"
            where = table.where(1, table.conditions[column].index)
            yield error("campaign.table", where, f"{campaign.key} does not say that it owns rows here", hint)


def _check_rows(campaign: Campaign, rules: RuleBook) -> Iterator[Finding]:
    """Variants that no row asks for: whoever is in them gets what everybody gets."""
    path = campaign_path(campaign.key)
    asking = [(table, place) for table in rules.tables if (place := _place_of(table, path)) is not None]
    if not asking or not all(table.is_whole for table, _ in asking):
        return
    cells = [row.cells[place] for table, place in asking for row in table.rows]
    for variant in campaign.variants:
        if not any(cell.sense is not Sense.ANY and cell.matches(variant, Kind.CHOICE) for cell in cells):
            where = Where(file=campaign.file, spot=f"variants.{variant}")
            hint = "add one that says what its customers get, even if it is what all others get"
            yield warning("campaign.variant", where, f"no row asks for {variant!r}", hint)


def _check_overlap(one: Campaign, other: Campaign) -> Iterator[Finding]:
    """One campaign's row would hide the other's, so neither would be measured."""
    shared = [name for name in one.tables if name in other.tables]
    if shared and one.meets(other):
        where = Where(file=other.file, spot="tables")
        message = f"owns rows of {', '.join(shared)} in the same days and stores as {one.key}"
        yield error("campaign.overlap", where, message, "part them by dates or stores, or make them one campaign")


def _place_of(table: RuleTable, path: str) -> int | None:
    """Which condition of a table asks for a field."""
    return next((place for place, column in enumerate(table.conditions) if column.field.path == path), None)
