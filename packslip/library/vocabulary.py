"""The words rules may use: every field a condition can read and every output a table can set, typed.

One catalogue, so that a misspelt field or value is an error in its cell instead of a rule that silently never fires.
Owns no grammar (`packslip.library.cells`) and runs nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from packslip.library.literals import fold
from packslip.library.rule_fields import (
    built_in_fields,
    campaign_field,
    customer_field,
    days_since_field,
    extra_field,
    history_fields,
    said_first,
)
from packslip.library.words import Field, Kind, Output, Situation, Value

SAME_CATEGORY = "same_category"
BOUGHT_TOGETHER = "bought_together"
BEST_SELLERS = "best_sellers"
NEXT_BASKET = "next_basket"
NEW_TO_THEM = "new_to_them"
COMPLEMENTS = "complements"
RISING_SELLERS = "rising_sellers"
NEW_ARRIVALS = "new_arrivals"
STRATEGIES = (
    SAME_CATEGORY,
    BOUGHT_TOGETHER,
    BEST_SELLERS,
    NEXT_BASKET,
    NEW_TO_THEM,
    COMPLEMENTS,
    RISING_SELLERS,
    NEW_ARRIVALS,
)

#: the segment and message of a slip that sells nothing, and of one that a third person reads
TRANSACTIONAL = "transactional"
GIFT = "gift"

_EXTRA = "extra."
DAYS_SINCE = "customer.days_since."


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The catalogue for one workspace."""

    fields: Mapping[str, Field]
    outputs: Mapping[str, Output]

    def find_field(self, heading: str) -> Field | None:
        """The field a heading names, whatever its case; `extra.<name>` always exists.

        So does `customer.days_since.<category>`: a category that leaves the catalogue must not make a table unsound.
        """
        path = fold(heading)
        if path.startswith(_EXTRA) and path != _EXTRA:
            return extra_field(path.removeprefix(_EXTRA))
        if path.startswith(DAYS_SINCE) and path != DAYS_SINCE:
            return self.fields.get(path) or days_since_field(path.removeprefix(DAYS_SINCE))
        return self.fields.get(path)

    def find_output(self, name: str) -> Output | None:
        """The output a heading names after `set:`; `extra.<name>` always exists."""
        path = fold(name)
        if path.startswith(_EXTRA) and path != _EXTRA:
            return Output(path=path, kind=Kind.TEXT, label="your own value", sample="", may_be_blank=True)
        return self.outputs.get(path)


def vocabulary(
    *,
    customers: Mapping[str, Kind] | None = None,
    stores: Iterable[str] = (),
    categories: Iterable[str] = (),
    campaigns: Mapping[str, Iterable[str]] | None = None,
) -> Vocabulary:
    """The catalogue of a workspace: the shop's own customer columns beside the built-in fields.

    `customers`: columns of catalogue/customers.csv with their kinds; one that a built-in field names stays built-in,
    but where the history fills that field the column goes first. `stores`: where given, no other store parses.
    `categories`: those of the catalogue, each with a field for the days since it was bought. `campaigns`: their
    variants.
    """
    fields = dict(built_in_fields())
    for category in categories:
        since = days_since_field(category)
        fields.setdefault(since.path, since)
    for column, kind in (customers or {}).items():
        field = customer_field(column, kind)
        if field.path in history_fields():
            fields[field.path] = said_first(fields[field.path], field)
        fields.setdefault(field.path, field)
    for campaign, variants in (campaigns or {}).items():
        field = campaign_field(campaign, tuple(variants))
        fields[field.path] = field
    known_stores = tuple(stores)
    if known_stores:
        fields["order.store"] = replace(fields["order.store"], kind=Kind.CHOICE, allowed=known_stores)
    return Vocabulary(fields=fields, outputs={output.path: output for output in _OUTPUTS})


def output_field(output: Output, allowed: tuple[str, ...], *, always: bool) -> Field:
    """The field by which later tables read an output; a name is then one of the constants set before."""
    kind = Kind.CHOICE if output.kind is Kind.NAME else output.kind
    return Field(
        path=output.path,
        kind=kind,
        label=f"{output.label}; set by an earlier table",
        sample=output.sample,
        allowed=allowed if kind is Kind.CHOICE else (),
        always=always,
        read=_nothing,
        output=output.path,
    )


def _nothing(_: Situation) -> Value:
    return None


def _output(path: str, kind: Kind, label: str, sample: str) -> Output:
    return Output(path=path, kind=kind, label=label, sample=sample)


_OUTPUTS = (
    _output("segment", Kind.NAME, "who the customer is to us", "repeat"),
    _output("message", Kind.NAME, "message, by its name in the phrases", "repeat"),
    Output(path="offer", kind=Kind.NAME, label="offer, or none", sample="welcome", may_be_none=True),
    Output(
        path="offer.amount",
        kind=Kind.AMOUNT,
        label="what the offer is worth: 15 %, 10.00 EUR, or 5 % of goods",
        sample="15 %",
        may_be_blank=True,
    ),
    Output(path="offer.valid_days", kind=Kind.WHOLE, label="days the offer is valid", sample="90", may_be_blank=True),
    Output(
        path="strategy",
        kind=Kind.CHOICE,
        label="how products are recommended, or none",
        sample="bought together",
        allowed=STRATEGIES,
        may_be_none=True,
    ),
    _output("layout", Kind.NAME, "layout, by its folder", "atelier-a4"),
    _output("review", Kind.YES_NO, "ask for a review", "yes"),
    _output("survey", Kind.YES_NO, "ask for a survey in the review's place", "yes"),
    _output("content", Kind.YES_NO, "show the weekly content", "yes"),
    _output("prices", Kind.YES_NO, "show prices", "yes"),
)
