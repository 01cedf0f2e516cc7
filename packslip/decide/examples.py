"""Whether the rules say of worked examples what those demand; each that they do not is told with the row that fired."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from packslip.decide.deciding import decide
from packslip.decide.example_orders import example_situation
from packslip.decide.policies import without_unknown_borders
from packslip.library.campaigns import HOLDOUT
from packslip.library.conditions import as_text
from packslip.library.literals import fold
from packslip.library.output_cells import NONE, Amount
from packslip.library.rule_examples import HELD, ROW, Expected, RuleExample, spell_amount
from packslip.library.rule_fields import read_field
from packslip.library.rules import RuleBook
from packslip.library.vocabulary import Vocabulary
from packslip.library.words import Value
from packslip.model import Because, Choice, Finding, Offer, error, has_errors


@dataclass(frozen=True, slots=True, kw_only=True)
class Tried:
    """One example, and what is wrong with it or with the rules."""

    example: RuleExample
    findings: tuple[Finding, ...]
    because: tuple[Because, ...]


def try_examples(
    rules: RuleBook, examples: Iterable[RuleExample], words: Vocabulary, *, origin: str
) -> tuple[Tried, ...]:
    """What the rules say of each example; `origin` is the country that parcels leave from."""
    return tuple(_try(rules, example, words, origin) for example in examples)


def _try(rules: RuleBook, example: RuleExample, words: Vocabulary, origin: str) -> Tried:
    at = example_situation({path: given.value for path, given in example.given.items()})
    findings: list[Finding] = []
    for path, given in example.given.items():
        field = words.find_field(path)
        read = None if field is None else read_field(field, at)
        if given.value != HOLDOUT and not _is_same(read, given.value):
            said = "unknown" if read is None else _spelled(read)
            message = f"{example.name}: {path} would be {said} with what else the row says"
            findings.append(error("example.cell", given.where, message, "correct one of the cells, or clear it"))
    if findings:
        return Tried(example=example, findings=tuple(findings), because=())
    choice, found = decide(at.order, at.parcel, at.facts, rules, at.today, origin=origin)
    came = _said(choice, without_unknown_borders(at.order, found))
    failed = tuple(_failed(example, one, came, choice) for one in example.expected if not _is_met(one, came, choice))
    return Tried(example=example, findings=failed, because=choice.because)


def _is_same(read: Value, given: Value) -> bool:
    if isinstance(read, frozenset) and isinstance(given, frozenset):
        return {fold(text) for text in read} == {fold(text) for text in given}
    if isinstance(read, str) and not isinstance(given, str | None):
        return fold(read) == fold(_spelled(given))
    return fold(read) == fold(given) if isinstance(read, str) and isinstance(given, str) else read == given


def _spelled(value: Value) -> str:
    return ", ".join(sorted(value)) if isinstance(value, frozenset) else as_text(value)


def _said(choice: Choice, findings: Iterable[Finding]) -> Mapping[str, str]:
    """The outputs of a choice, spelled as tables spell them."""
    offer: Offer | None = choice.offer
    amount = NONE if offer is None else spell_amount(Amount(value=offer.amount, unit=offer.unit))
    return {
        "segment": choice.segment,
        "message": choice.message,
        "offer": NONE if offer is None else offer.name,
        "offer.amount": amount,
        "offer.valid_days": NONE if offer is None else str(offer.valid_days),
        "strategy": choice.strategy.replace("_", " ") or NONE,
        "layout": choice.layout,
        "review": as_text(choice.review),
        "survey": as_text(choice.survey),
        "content": as_text(choice.content),
        "prices": as_text(choice.prices),
        HELD: as_text(has_errors(findings)),
        **{f"extra.{name}": str(value) for name, value in choice.extra.items()},
    }


def _is_met(one: Expected, came: Mapping[str, str], choice: Choice) -> bool:
    if one.what == ROW:
        fired = {fold(f"{reason.table} {reason.row}") for reason in choice.because}
        return all(fold(part) in fired for part in one.text.replace(";", ",").split(","))
    return fold(came.get(one.what, NONE)) == fold(one.text)


def _failed(example: RuleExample, one: Expected, came: Mapping[str, str], choice: Choice) -> Finding:
    if one.what == ROW:
        fired = ", ".join(f"{reason.table} {reason.row}" for reason in choice.because if reason.row)
        message = f"{example.name}: expected row {one.text}; these fired: {fired}"
    else:
        message = f"{example.name}: expected {one.what} {one.text}, came {came.get(one.what, NONE)}"
        message += _saying(one.what, choice)
    return error("rules.example", one.where, message, "correct the table, or the example if the rules are meant so")


def _saying(what: str, choice: Choice) -> str:
    """The row that had the last word, and its reason."""
    path = "offer" if what.startswith("offer.") else what
    reason = next((each for each in reversed(choice.because) if path in each.outputs), None)
    if reason is None:
        return ""
    place = f"{reason.table} row {reason.row}" if reason.row else reason.table
    return f" by {place}: {reason.why}"
