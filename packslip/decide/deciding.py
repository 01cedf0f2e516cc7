"""One parcel's choice: run the tables, let the policies have the last word, keep why.

Owns the road from outputs to `Choice`. Never prints a doubt: an output that is missing is an error.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from packslip.decide.campaigns import take_part
from packslip.decide.offers import make_offer
from packslip.decide.policies import Policy, customs_findings, forced_outputs, not_made, policies_for
from packslip.decide.running import fired_rows
from packslip.library.literals import fold
from packslip.library.output_cells import NONE, Amount, OutputValue, Share
from packslip.library.rule_headings import OFFER
from packslip.library.rules import RuleBook
from packslip.library.words import Situation
from packslip.model import (
    Because,
    Choice,
    Facts,
    Finding,
    Order,
    Parcel,
    Product,
    Scalar,
    Where,
    error,
    has_errors,
    note,
)

#: ranked candidates handed on, so that some may fail
MOST_CANDIDATES = 9
#: table of the reason that no row gives
RECOMMENDATIONS = "recommendations"

_MOST_EXPLAINED = 3

_EXTRA = "extra."


def decide(
    order: Order, parcel: Parcel, facts: Facts, rules: RuleBook, today: date, *, origin: str
) -> tuple[Choice, tuple[Finding, ...]]:
    """What this parcel's slip will say and look like, and why.

    `origin` is the country parcels leave from. With an error among the findings the choice must not be printed.
    """
    situation = Situation(order=order, parcel=parcel, facts=facts, today=today)
    findings: list[Finding] = []
    policies = policies_for(situation)
    part = take_part(rules, situation, is_barred=bool(policies))
    policies += part.policies
    situation = replace(situation, facts=replace(facts, arms=part.variants))
    outputs, fired, told = _run_all(rules, situation, policies)
    made = make_offer(outputs, order, facts.withheld)
    if made.withheld is not None:  # the tables run again, so that later ones see that nothing is offered
        policies += (not_made(made.withheld),)
        outputs, fired, told = _run_all(rules, situation, policies)
        told += (note("offer.withheld", order.where, f"no {made.withheld.offer}: {made.withheld.why}"),)
        made = make_offer(outputs, order, {})
    findings.extend(told)
    because = (*part.because, *fired, *made.because, *(policy.because for policy in policies))
    choice = _choice(outputs, situation, rules, because, findings)
    choice = replace(choice, arms=part.arms, offer=made.offer)
    findings.extend(customs_findings(situation, origin, prices=choice.prices))
    return choice, tuple(findings)


def _run_all(
    rules: RuleBook, situation: Situation, policies: tuple[Policy, ...]
) -> tuple[dict[str, OutputValue], tuple[Because, ...], tuple[Finding, ...]]:
    """What tables and policies set together, the rows that fired, and what is wrong."""
    outputs: dict[str, OutputValue] = {}
    findings: list[Finding] = []
    forced = forced_outputs(policies)
    fired = _run_tables(rules, situation, forced, outputs, findings)
    outputs.update(forced)
    return outputs, fired, tuple(findings)


def _run_tables(
    rules: RuleBook,
    situation: Situation,
    forced: Mapping[str, OutputValue],
    outputs: dict[str, OutputValue],
    findings: list[Finding],
) -> tuple[Because, ...]:
    """Fill the outputs of the rows that fire."""
    if not rules.is_sound:
        findings.append(
            error("rules.unsound", Where(file=rules.folder), "the decision tables have errors", "run packslip check")
        )
        return ()
    because: list[Because] = []
    for table, row in zip(rules.tables, fired_rows(rules, situation, forced), strict=True):
        if row is None:
            findings.append(
                error(
                    "rules.no_row",
                    Where(file=table.file),
                    "no row fires for this order",
                    "add a default row at the end",
                )
            )
            continue
        told = {path: value for path, value in row.outputs.items() if value is not None}
        if table.sets_offer:  # the three stand together, a later table's `none` clears them all
            for path in OFFER:
                outputs.pop(path, None)
        outputs.update(told)
        shown = {path: _scalar(value) for path, value in told.items()}
        because.append(Because(table=table.name, row=row.line, why=row.why, outputs=shown))
    return tuple(because)


def _scalar(value: OutputValue) -> Scalar:
    if isinstance(value, Amount | Share):
        return str(value)
    return NONE if value == "" else value


def _choice(
    outputs: Mapping[str, OutputValue],
    situation: Situation,
    rules: RuleBook,
    because: tuple[Because, ...],
    findings: list[Finding],
) -> Choice:
    is_decided = not has_errors(findings)

    def name(path: str) -> str:
        value = outputs.get(path)
        if isinstance(value, str) and value:
            return value
        if is_decided:
            findings.append(
                error(
                    "rules.output_missing",
                    Where(file=rules.folder),
                    f"no table sets {path}",
                    f"add a column set: {path}",
                )
            )
        return ""

    strategy = outputs.get("strategy")
    strategy = strategy if isinstance(strategy, str) else ""
    recommendations = _recommendations(situation, strategy, findings)
    return Choice(
        segment=name("segment"),
        message=name("message"),
        offer=None,
        strategy=strategy,
        recommendations=recommendations,
        layout=name("layout"),
        review=outputs.get("review") is True,
        survey=outputs.get("survey") is True,
        content=outputs.get("content") is True,
        prices=outputs.get("prices") is not False,
        extra={path.removeprefix(_EXTRA): _scalar(outputs[path]) for path in outputs if path.startswith(_EXTRA)},
        because=(*because, *_why(situation.facts, strategy, recommendations)),
    )


def _recommendations(situation: Situation, strategy: str, findings: list[Finding]) -> tuple[Product, ...]:
    """Candidates of the strategy, never something in this order, each once."""
    if not strategy:
        return ()
    suggested = situation.facts.suggestions.get(strategy, ())
    in_order = {fold(line.sku) for line in situation.order.lines} if suggested else set()
    candidates: dict[str, Product] = {}
    for product in suggested:
        if fold(product.sku) not in in_order:
            candidates.setdefault(product.sku, product)
    if not candidates:
        findings.append(
            note("recommendations.none", situation.order.where, f"nothing to recommend by {strategy.replace('_', ' ')}")
        )
    return tuple(candidates.values())[:MOST_CANDIDATES]


def _why(facts: Facts, strategy: str, recommendations: tuple[Product, ...]) -> tuple[Because, ...]:
    """Why a model recommends the first of them; counted sales speak for themselves."""
    if not facts.suggested_by or not recommendations:
        return ()
    reasons = facts.reasons.get(strategy, {})
    shown = {product.sku: reasons.get(product.sku, "") for product in recommendations[:_MOST_EXPLAINED]}
    why = f"{strategy.replace('_', ' ')}, by model {facts.suggested_by}"
    return (Because(table=RECOMMENDATIONS, row=0, why=why, outputs=shown),)
