"""The tables of `[[skip]]` and `[consent]` → rules, with a finding for every key that does not fit."""

from decimal import Decimal

from packslip.library.mappings.mapping import Consent
from packslip.library.mappings.numbers import NumberShape
from packslip.library.mappings.skipping import Condition, InHistory, Scope, SkipRule
from packslip.library.mappings.sources import Source
from packslip.library.mappings.tables import Keys

_SLIPS = ("marketing", "transactional")


def consent_of(mapping: Keys, opt_out: Source | None) -> Consent:
    """The statement of a mapping, which every mapping must make."""
    keys = mapping.table("consent")
    keys.only("slip", "meaning", "email")
    if "consent" not in mapping:
        mapping.fault("consent", "consent", "does not say what the customers have agreed to", _CONSENT_HINT)
        return Consent(is_transactional=True)
    slip, meaning, email = keys.choice("slip", _SLIPS), keys.text("meaning").strip(), keys.text("email").strip()
    if not slip:
        keys.fault("consent", "slip", "does not say which slips the customers get", "choices: marketing, transactional")
    if not meaning:
        keys.fault(
            "consent", "meaning", "does not say what consent the export states", "one sentence for your colleagues"
        )
    if email and opt_out and email in opt_out.needs:
        message = f"{email!r} is consent to e-mails, and none to e-mails is no objection to a slip"
        keys.fault("consent", "email", message, "take marketing_opt_out from an objection, or leave it out")
    return Consent(is_transactional=slip != "marketing", meaning=meaning, email=email)


_CONSENT_HINT = "write [consent] with slip and meaning; docs/ecommerce.md says how"


def skip_rule(keys: Keys, number: NumberShape) -> SkipRule:
    """One rule that leaves rows out."""
    keys.only("reason", "scope", "where", "unless_all", "optional", "history")
    reason = keys.text("reason").strip()
    if not reason:
        keys.fault("reason", "reason", "a skip rule says why", 'such as reason = "cancellation"')
    where = keys.table("where")
    if not where.names():
        keys.fault("where", "where", "a skip rule without a condition would skip every row")
    scope = keys.choice("scope", tuple(Scope), Scope.LINE)
    conditions = tuple(_condition(where, column, number) for column in where.names())
    unless_all = keys.flag("unless_all", default=False)
    if unless_all and scope != Scope.LINE:
        keys.fault(
            "unless_all", "unless_all", f"goes with scope line, not {scope}", "an order is left out whole or not at all"
        )
    return SkipRule(
        reason=reason,
        scope=Scope(scope),
        where=conditions,
        unless_all=unless_all,
        optional=keys.flag("optional", default=False),
        history=InHistory(keys.choice("history", tuple(InHistory), InHistory.SKIP)),
    )


def _condition(where: Keys, column: str, number: NumberShape) -> Condition:
    value = where.value(column)
    if not isinstance(value, dict):
        return Condition(column=column, among=frozenset(where.texts(column)))
    keys = where.table(column)
    keys.only("is", "is_not", "matches", "not_matches", "blank", "below", "at_most", "at_least", "above")
    if not keys.names():
        keys.fault("where", "", "the condition is empty")
    return Condition(
        column=column,
        among=frozenset(keys.texts("is")) if "is" in keys else None,
        not_among=frozenset(keys.texts("is_not")) if "is_not" in keys else None,
        matches=keys.pattern("matches"),
        not_matches=keys.pattern("not_matches"),
        blank=keys.flag("blank", default=True) if "blank" in keys else None,
        below=_bound(keys, "below"),
        at_most=_bound(keys, "at_most"),
        at_least=_bound(keys, "at_least"),
        above=_bound(keys, "above"),
        number=number,
    )


def _bound(keys: Keys, key: str) -> Decimal | None:
    value = keys.value(key)
    if value is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return Decimal(str(value))
    keys.fault("wrong_type", key, f"expected a number, got {value!r}")
    return None
