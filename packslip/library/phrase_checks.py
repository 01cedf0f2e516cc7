"""Checks of the phrase catalogues: everything that would print wrong, with file and line.

Looks at the files only; whether a layout uses a phrase is not known here.
"""

import re
from collections.abc import Iterable, Iterator, Mapping

from packslip.library.locales import SOURCE, is_regional
from packslip.library.phrase_files import PhraseFile
from packslip.library.placeholders import (
    OF_EVERY_OFFER,
    PERSON,
    PLACEHOLDERS,
    PLAIN,
    SOMETIMES_BLANK,
    has_stray_brace,
    names_in,
)
from packslip.library.po import PoEntry
from packslip.model import Finding, Where, error, warning

_SYNC = "run packslip phrases sync, then translate it"

#: An ordinary space, or none, where French wants one that cannot break.
#: Source: Imprimerie nationale, Lexique des règles typographiques, ponctuation.
_FRENCH_SPACE = re.compile(r"[^\S\u202f\u00a0][:;!?»]|«[^\S\u202f\u00a0]|[^\s\u202f\u00a0][;!?»]|«[^\u202f\u00a0]")


def check_catalogues(files: Iterable[PhraseFile]) -> tuple[Finding, ...]:
    """Every fault of a set of catalogues."""
    files = tuple(files)
    english = {file.store: dict(reversed(list(file.entries))) for file in files if file.is_source}
    findings: list[Finding] = []
    for file in files:
        source = english.get("", {}) | english.get(file.store, {})
        findings += _check_keys(file)
        findings += _check_entries(file, source)
        findings += _check_plain(file)
        findings += () if file.store or file.is_source or is_regional(file.locale) else _check_missing(file, source)
    return tuple(findings)


def _check_keys(file: PhraseFile) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for key, entry in file.entries:
        if not key:
            wanted = "msgid" if file.is_source else "msgctxt"
            given = entry.ids[0] if file.is_source else entry.context
            message = f"{wanted} is no phrase key: {given[:60]!r}"
            yield error("phrase.bad_key", file.where(entry.line), message, "a key looks like message.new.headline")
        elif key in first:
            message = f"given before in line {first[key]}"
            yield error("phrase.duplicate", file.where(entry.line, key), message, "keep one of them")
        else:
            first[key] = entry.line


def _check_entries(file: PhraseFile, source: Mapping[str, PoEntry]) -> Iterator[Finding]:
    for key, entry in file.entries:
        where = file.where(entry.line, key)
        if not key:
            continue
        if entry.is_fuzzy:
            yield error(
                "phrase.fuzzy", where, "marked fuzzy: the English text changed", "translate it again, clear the mark"
            )
        if not all(entry.forms):
            yield error(
                "phrase.untranslated", where, "has no text" if file.is_source else "has no translation", "write it"
            )
        if not file.is_source:
            yield from _check_source(entry, source.get(key), where)
        yield from _check_text(file, entry, where)


def _check_source(entry: PoEntry, english: PoEntry | None, where: Where) -> Iterator[Finding]:
    if english is None:
        yield error("phrase.unknown", where, f"{SOURCE}.po has no such phrase", "run packslip phrases sync")
        return
    if entry.ids != english.forms[: len(entry.ids)] or len(entry.ids) != min(len(english.forms), 2):
        yield error("phrase.stale", where, f"the English text is now {english.forms[-1]!r}", _SYNC)
        return
    ours, theirs = _names(entry.forms), _names(english.forms)
    for name in sorted(ours - theirs):
        yield error("phrase.placeholder", where, f"{{{name}}} is not in the English text", "use the same placeholders")
    for name in sorted(theirs - ours):
        yield error(
            "phrase.placeholder", where, f"{{{name}}} of the English text is missing", "use the same placeholders"
        )


def _check_text(file: PhraseFile, entry: PoEntry, where: Where) -> Iterator[Finding]:
    for text in entry.forms:
        for name in sorted(names_in(text) - PLACEHOLDERS.keys()):
            known = ", ".join(sorted(PLACEHOLDERS))
            yield error("phrase.placeholder", where, f"unknown placeholder {{{name}}}", f"known: {known}")
        if has_stray_brace(text):
            yield error("phrase.brace", where, "a brace outside a placeholder", "write {name} with both braces")
        if "'" in text or '"' in text or "..." in text:
            yield warning("phrase.typography", where, "typewriter quote or dots", "use ’ “ ” « » „ or …")
        if file.locale.startswith("fr") and _FRENCH_SPACE.search(text):
            yield warning("phrase.typography", where, "no narrow space before ; : ! ? » or after «", "use U+202F")
    if len(entry.forms) > 1 and len(entry.forms) != file.po.plurals:
        message = f"has {len(entry.forms)} plural forms, the header says {file.po.plurals}"
        yield error("phrase.plural", where, message, "give every form")


def _check_plain(file: PhraseFile) -> Iterator[Finding]:
    have = {key for key, _ in file.entries}
    for key, entry in file.entries:
        blank = SOMETIMES_BLANK - OF_EVERY_OFFER if key.startswith("offer.") else SOMETIMES_BLANK
        needs = sorted(blank & _all_names(entry.forms))
        if not needs or not key:
            continue
        where, named = file.where(entry.line, key), ", ".join(f"{{{name}}}" for name in needs)
        if key.endswith(PLAIN):
            yield error("phrase.not_plain", where, f"a {PLAIN} phrase cannot use {named}", "word it without")
        elif key + PLAIN not in have:
            yield error("phrase.no_plain", where, f"uses {named}, which can be blank", f"add {key}{PLAIN} without it")


def _check_missing(file: PhraseFile, source: Mapping[str, PoEntry]) -> Iterator[Finding]:
    have = {key for key, _ in file.entries}
    for key in source:
        if key not in have:
            yield error("phrase.untranslated", file.where(None, key), f"is missing in {file.locale}", _SYNC)


def _all_names(forms: Iterable[str]) -> frozenset[str]:
    return frozenset(name for text in forms for name in names_in(text))


def _names(forms: Iterable[str]) -> frozenset[str]:
    return frozenset("first_name" if name in PERSON else name for name in _all_names(forms))
