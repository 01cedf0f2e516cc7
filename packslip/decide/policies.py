"""What is always true, whatever the tables say.

A customer who opted out, or is held out of a campaign, gets a transactional slip. A gift's slip is read by a third
person: no price, segment copy, code, review or recommendation. A slip without prices that customs must see is held.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packslip.decide.customs import needs_prices
from packslip.library.output_cells import OutputValue
from packslip.library.rule_fields import opted_out
from packslip.library.vocabulary import GIFT, TRANSACTIONAL
from packslip.library.words import Situation
from packslip.model import Because, Finding, Order, Where, Withheld, error

POLICY = "policy"
_CUSTOMS = ("gift.customs", "prices.customs")

_NOTHING_FOR_SALE: Mapping[str, OutputValue] = {
    "offer": "",
    "strategy": "",
    "review": False,
    "survey": False,
    "content": False,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One thing no table overrules."""

    why: str
    outputs: Mapping[str, OutputValue]  #: "" for `none`

    @property
    def because(self) -> Because:
        """How the policy explains itself."""
        told = {path: "none" if value == "" else value for path, value in self.outputs.items()}
        scalars = {path: value for path, value in told.items() if isinstance(value, str | bool)}
        return Because(table=POLICY, row=0, why=self.why, outputs=scalars)


_OPTED_OUT = Policy(
    why="the customer wants no marketing",
    outputs={"segment": TRANSACTIONAL, "message": TRANSACTIONAL, **_NOTHING_FOR_SALE},
)
_GIFT = Policy(
    why="the parcel is a gift, its reader is a third person",
    outputs={"segment": GIFT, "message": GIFT, "prices": False, **_NOTHING_FOR_SALE},
)


def held_out(campaigns: Iterable[str]) -> Policy:
    """What holds for a customer whom campaigns hold out of what they would have this slip say."""
    return Policy(
        why=f"held out of {' and '.join(campaigns)}, so that its effect can be measured", outputs=_OPTED_OUT.outputs
    )


def forced_where(*, opt_out: bool, gift: bool) -> Mapping[str, OutputValue]:
    """What the policies set for an order that opts out, or is a gift, or both."""
    return forced_outputs(_standing(opt_out=opt_out, gift=gift))


def not_made(withheld: Withheld) -> Policy:
    """What holds where an offer that the tables want cannot be made."""
    return Policy(why=f"no {withheld.offer}: {withheld.why}", outputs={"offer": ""})


def policies_for(situation: Situation) -> tuple[Policy, ...]:
    """The policies this parcel meets; where two set the same, the later holds."""
    return _standing(opt_out=opted_out(situation), gift=situation.order.gift)


def _standing(*, opt_out: bool, gift: bool) -> tuple[Policy, ...]:
    return (*((_OPTED_OUT,) if opt_out else ()), *((_GIFT,) if gift else ()))


def forced_outputs(policies: tuple[Policy, ...]) -> dict[str, OutputValue]:
    """What the policies set together."""
    forced: dict[str, OutputValue] = {}
    for policy in policies:
        forced.update(policy.outputs)
    return forced


def customs_findings(situation: Situation, origin: str, *, prices: bool) -> tuple[Finding, ...]:
    """An error where a slip without prices would cross a customs border."""
    order = situation.order
    country = order.ship_to.country
    if prices or not needs_prices(origin, country):
        return ()
    what = "a gift slip without prices" if order.gift else "a slip without prices"
    return (
        error(
            _CUSTOMS[0] if order.gift else _CUSTOMS[1],
            Where(file=order.where.file, line=order.where.line, spot="gift" if order.gift else "ship_country"),
            f"{what} cannot go from {origin} to {country}: customs must see the prices",
            "send it without gift, or with a separate customs invoice",
        ),
    )


def without_unknown_borders(order: Order, findings: Iterable[Finding]) -> tuple[Finding, ...]:
    """Findings of an order that is only thought of: where nobody knows its country, no border is crossed."""
    if order.ship_to.country:
        return tuple(findings)
    return tuple(finding for finding in findings if finding.code not in _CUSTOMS)
