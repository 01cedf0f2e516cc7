"""Which campaigns a parcel is part of: those whose rows would decide something about it, in any of their variants.

Owns who is compared with whom. A parcel counts in all arms by the same question, so that the arms stay alike: would a
row of the campaign fire for this parcel, were its customer in some variant? Nothing else of the customer is looked at.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from packslip.decide.policies import Policy, held_out
from packslip.decide.running import fired_rows
from packslip.library.campaigns import HOLDOUT
from packslip.library.conditions import Sense
from packslip.library.rule_fields import campaign_path
from packslip.library.rules import RuleBook
from packslip.library.words import Situation
from packslip.model import Because

_CHOSEN = "the customer's arm of the campaign"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What campaigns have to do with a parcel."""

    arms: Mapping[str, str] = field(default_factory=dict)  #: campaign → arm, where the parcel counts
    variants: Mapping[str, str] = field(default_factory=dict)  #: what the rules may ask
    policies: tuple[Policy, ...] = ()

    @property
    def because(self) -> tuple[Because, ...]:
        """How each arm explains itself."""
        return tuple(
            Because(table=f"{campaign}.toml", row=0, why=_CHOSEN, outputs={campaign_path(campaign): arm})
            for campaign, arm in self.arms.items()
        )


def take_part(rules: RuleBook, situation: Situation, *, is_barred: bool) -> Part:
    """The campaigns that a parcel is part of, and what follows.

    `is_barred`: a policy decides already; then no campaign does, in no arm. Whom one campaign holds out counts in no
    other, so that every arm of the others loses the same.
    """
    arms = situation.facts.arms
    if is_barred or not arms or not rules.is_sound:
        return Part()
    variants = {campaign: arm for campaign, arm in arms.items() if arm != HOLDOUT}
    owners = [campaign for campaign in arms if _owns(rules, situation, campaign, variants)]
    holding = [campaign for campaign in owners if arms[campaign] == HOLDOUT]
    if not holding:
        return Part(arms={campaign: arms[campaign] for campaign in owners}, variants=variants)
    counted = {holding[0]: HOLDOUT} if len(holding) == 1 else {}
    return Part(arms=counted, policies=(held_out(holding),))


def _owns(rules: RuleBook, situation: Situation, campaign: str, variants: Mapping[str, str]) -> bool:
    """Whether a row that asks for the campaign fires in any variant; the customer's own is tried first."""
    path = campaign_path(campaign)
    asking = [
        (number, place, column.field)
        for number, table in enumerate(rules.tables)
        for place, column in enumerate(table.conditions)
        if column.field.path == path
    ]
    allowed = asking[0][2].allowed if asking else ()
    for variant in sorted(allowed, key=lambda name: name != variants.get(campaign)):
        facts = replace(situation.facts, arms={**variants, campaign: variant})
        rows = fired_rows(rules, replace(situation, facts=facts), {})
        fired = ((rows[number], place) for number, place, _ in asking)
        if any(row is not None and row.cells[place].sense is not Sense.ANY for row, place in fired):
            return True
    return False
