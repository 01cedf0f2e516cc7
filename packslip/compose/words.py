"""Words: the phrases a layout asks for, in the voice of one slip.

A layout names `copy.<block>.<name>`; which phrase that is depends on the message chosen and the kind of parcel. A block
that is not on the slip has no words either.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from packslip.compose.format import long_date
from packslip.compose.needs import ComposeWorld
from packslip.compose.sheet import GIFT, TRANSACTIONAL
from packslip.library.layouts import Layout
from packslip.library.phrases import Phrasebook, find_unused
from packslip.model import Finding, ParcelKind, Where, error

#: Asked for by the program itself: the press numbers pages, the totals have labels.
ALWAYS = (("label", "page_of"),)
REVIEW, SURVEY = "review", "survey"
COPY_LABEL = "label.copy"  #: on a marked reprint
TOTAL_LABELS = ("label.shipping", "label.discount", "label.tax", "label.tax_included", "label.order_total")


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Phrasebook, language, brand and values of one slip."""

    phrases: Phrasebook
    locale: str
    default: str
    store: str
    values: Mapping[str, str]
    count: int  #: pieces still to come; chooses plural forms

    def say(self, key: str) -> tuple[str, tuple[Finding, ...]]:
        """The text of a key."""
        return self.phrases.text(key, self.locale, self.store, self.values, count=self.count, default=self.default)


def phrase_key(block: str, name: str, *, message: str, kind: str, asks: str = REVIEW) -> str:
    """The key behind `copy.<block>.<name>`; `copy.review` speaks of the survey where that `asks`."""
    if block == REVIEW:
        return f"{asks}.{name}"
    middle = {"message": message, "parcel": kind}.get(block)
    return f"{block}.{middle}.{name}" if middle else f"{block}.{name}"


def write_copy(
    uses: Iterable[tuple[str, str]],
    voice: Voice,
    *,
    message: str,
    kind: ParcelKind,
    absent: frozenset[str],
    asks: str = REVIEW,
) -> tuple[dict[str, dict[str, str]], tuple[Finding, ...]]:
    """Block → name → text for everything a layout asks for; "" for blocks that are absent."""
    copy: dict[str, dict[str, str]] = {}
    findings: list[Finding] = []
    for block, name in sorted({*uses, *ALWAYS}):
        key = phrase_key(block, name, message=message, kind=kind.value, asks=asks)
        silent = block in absent or (_may_be_silent(block, kind) and not voice.phrases.has(key))
        text, found = ("", ()) if silent else voice.say(key)
        copy.setdefault(block, {})[name] = text
        findings += found
    return copy, tuple(findings)


def copy_words(world: ComposeWorld, locale: str, store: str, day: date) -> tuple[str, tuple[Finding, ...]]:
    """What a copy printed on a day says of itself, in the language of its slip, else in the workspace's."""
    default = world.settings.shop.locale
    used, _ = world.phrases.settle_locale(locale, default)
    return world.phrases.text(COPY_LABEL, used, store, {"today": long_date(day, used)}, default=default)


def asked_keys(uses: Iterable[tuple[str, str]], messages: Iterable[str]) -> frozenset[str]:
    """Every phrase key that layouts with these uses can ask for, given the messages that rules can choose."""
    known = {*messages, GIFT, TRANSACTIONAL}
    keys = {*TOTAL_LABELS, COPY_LABEL}
    for block, name in (*uses, *ALWAYS):
        keys |= {phrase_key(block, name, message=message, kind=kind) for message in known for kind in ParcelKind}
        keys |= {f"{SURVEY}.{name}"} if block == REVIEW else set()
    return frozenset(keys)


def check_copy(
    phrases: Phrasebook, layouts: Iterable[Layout], messages: Mapping[str, Where], *, survey: Where | None = None
) -> tuple[Finding, ...]:
    """Phrases that a layout asks for and some language lacks, and phrases nobody asks for.

    `messages` are the messages rules can choose, each with the cell that names it; `survey` is the cell that asks for
    one.
    """
    layouts = tuple(layouts)
    uses = {use for layout in layouts for use in layout.phrase_uses}
    findings = [*_missing_messages(phrases, messages)]
    for layout in layouts:
        findings += _missing_words(phrases, layout, asks=(REVIEW, *((SURVEY,) if survey else ())))
    return (*findings, *find_unused(phrases, asked_keys(uses, messages)))


def _missing_messages(phrases: Phrasebook, messages: Mapping[str, Where]) -> Iterator[Finding]:
    wanted = {GIFT: Where(), TRANSACTIONAL: Where(), **messages}
    for message, where in wanted.items():
        for name in ("headline", "body"):
            key = f"message.{message}.{name}"
            for locale in phrases.lacking(key):
                hint = f"add {key} to rules/phrases/{locale}.po, or choose another message"
                yield error("phrase.missing", where, f"message {message!r} has no phrase {key!r} in {locale}", hint)


def _missing_words(phrases: Phrasebook, layout: Layout, *, asks: Iterable[str]) -> Iterator[Finding]:
    for block, name in sorted(layout.phrase_uses):
        if block in {"message", "parcel"}:
            continue
        where = layout.variables.get(f"copy.{block}.{name}", Where(file=f"layouts/{layout.name}/slip.html"))
        for key in [f"{each}.{name}" for each in asks] if block == REVIEW else [f"{block}.{name}"]:
            for locale in phrases.lacking(key):
                hint = f"add {key} to rules/phrases/{locale}.po"
                yield error("phrase.missing", where, f"no phrase {key!r} in {locale}", hint)


def _may_be_silent(block: str, kind: ParcelKind) -> bool:
    return block == "parcel" and kind is ParcelKind.COMPLETE
