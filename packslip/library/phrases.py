"""Phrases: every word on the slip, by key, language and brand.

Owns the catalogues below `rules/phrases` and the lookup; what is wrong with a catalogue is found in
`packslip.library.phrase_checks`, what changes with the English text in `packslip.library.phrase_sync`.
A key has the form `block.name` or `message.<message>.<name>`; a key ending in `.plain` is the sibling used where a
value that its phrase needs is blank.
"""

import gettext
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from packslip.library.locales import SOURCE, cldr_locale, is_home_region, is_regional, lookup_order, tag_of
from packslip.library.phrase_checks import check_catalogues
from packslip.library.phrase_files import FOLDER, PhraseFile, read_folder
from packslip.library.phrase_sync import PhraseChange, sync_phrases
from packslip.library.placeholders import PLAIN, blanks_in, fill
from packslip.model import Finding, Where, error, note, warning

__all__ = ["Catalogue", "Phrase", "PhraseChange", "Phrasebook", "find_unused", "load_phrases", "sync_phrases"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrase:
    """One text in one language; `forms` has several where {count} chooses."""

    forms: tuple[str, ...]
    where: Where


@dataclass(frozen=True, slots=True, kw_only=True)
class Catalogue:
    """The phrases of one language or locale, of all brands (`store` blank) or of one."""

    locale: str
    store: str = ""
    plural: str = "n != 1"  #: gettext's plural expression
    phrases: Mapping[str, Phrase]


@dataclass(frozen=True, slots=True, kw_only=True)
class Phrasebook:
    """All catalogues; looks up, falls back, fills in."""

    catalogues: Mapping[tuple[str, str], Catalogue]  #: (store, locale) → catalogue

    @property
    def locales(self) -> tuple[str, ...]:
        """Languages and locales that have a catalogue, sorted."""
        return tuple(sorted({locale for _, locale in self.catalogues}))

    @property
    def keys(self) -> Mapping[str, Where]:
        """Every key of the English catalogues, and where it stands."""
        english = [book for book in self.catalogues.values() if book.locale == SOURCE]
        return {key: book.phrases[key].where for book in english for key in sorted(book.phrases)}

    def has(self, key: str) -> bool:
        """Whether any English catalogue has a key."""
        return any(key in book.phrases for book in self.catalogues.values() if book.locale == SOURCE)

    def lacking(self, key: str) -> tuple[str, ...]:
        """Languages that have a catalogue but no phrase for a key."""
        languages = [locale for locale in self.locales if not is_regional(locale)]
        return tuple(locale for locale in languages if self._find(key, locale, "") is None)

    def settle_locale(self, locale: str, default: str) -> tuple[str, tuple[Finding, ...]]:
        """The locale a slip is written and formatted in, all of it.

        The one asked for where its language has a catalogue, else the workspace's default, else English: a page never
        mixes languages.
        """
        asked = self._known(locale)
        if asked:
            return asked, _inherited(asked, default, self.locales)
        used = self._known(default) or SOURCE
        have = ", ".join(self.locales) or "none"
        finding = warning(
            "locale.fallback",
            Where(spot="locale"),
            f"no phrases for {locale!r}, the slip is in {used}; languages: {have}",
            f"add {FOLDER}/<language>.po, or set the order's locale",
        )
        return used, (finding,)

    def text(
        self, key: str, locale: str, store: str, values: Mapping[str, str], *, count: int = 1, default: str = SOURCE
    ) -> tuple[str, tuple[Finding, ...]]:
        """The phrase of a key, its placeholders filled.

        Asked in turn: the brand's catalogues, then everybody's, each from `de-AT` to `de`; then the same of `default`.
        A phrase with a blank value gives way to its `.plain` sibling. What is missing gives "" and a finding.
        """
        found, findings = self._fall_back(key, locale, store, default)
        if found is None:
            return "", findings
        blanks = blanks_in(_form(found, count), values)
        if blanks and not key.endswith(PLAIN):
            sibling = self._find(key + PLAIN, locale, store) or self._find(key + PLAIN, default, store)
            found = sibling or found
            blanks = blanks_in(_form(found, count), values)
        if blanks:
            findings += (_blank_value(key, blanks, found[1].where),)
        return fill(_form(found, count), values), findings

    def _known(self, tag: str) -> str:
        locale = cldr_locale(tag)
        if locale is None:
            return ""
        known = tag_of(locale)
        have = {catalogue for store, catalogue in self.catalogues if not store}
        return known if have.intersection(lookup_order(known)) else ""

    def _find(self, key: str, locale: str, store: str) -> tuple[Catalogue, Phrase] | None:
        for owner in dict.fromkeys((store, "")):
            for tag in lookup_order(locale):
                book = self.catalogues.get((owner, tag))
                if book is not None and key in book.phrases:
                    return book, book.phrases[key]
        return None

    def _fall_back(
        self, key: str, locale: str, store: str, default: str
    ) -> tuple[tuple[Catalogue, Phrase] | None, tuple[Finding, ...]]:
        found = self._find(key, locale, store)
        if found is not None:
            return found, ()
        found = self._find(key, default, store) or self._find(key, SOURCE, store)
        if found is None:
            hint = f"add it to {FOLDER}/{SOURCE}.po, then run packslip phrases sync"
            return None, (error("phrase.missing", Where(spot=key), f"no phrase {key!r}", hint),)
        message = f"no phrase {key!r} in {locale}, {found[0].locale} is used"
        return found, (warning("phrase.fallback", found[1].where, message, f"translate it in {FOLDER}"),)


def load_phrases(folder: Path) -> tuple[Phrasebook, tuple[Finding, ...]]:
    """The phrasebook of a folder `rules/phrases`, and everything that is wrong in it.

    A file that cannot be read is left out; of a key given twice the first stands.
    """
    files, findings = read_folder(folder)
    catalogues = {(file.store, file.locale): _catalogue(file) for file in files}
    return Phrasebook(catalogues=catalogues), findings + check_catalogues(files)


def find_unused(phrasebook: Phrasebook, used: Iterable[str]) -> tuple[Finding, ...]:
    """A finding for each phrase that no layout, rule or program asks for."""
    wanted = set(used)
    hint = "remove it from every catalogue, or use it"
    return tuple(
        warning("phrase.unused", where, f"nothing uses the phrase {key!r}", hint)
        for key, where in phrasebook.keys.items()
        if key not in wanted and key.removesuffix(PLAIN) not in wanted
    )


def _catalogue(file: PhraseFile) -> Catalogue:
    phrases: dict[str, Phrase] = {}
    for key, entry in file.entries:
        if any(entry.forms):
            phrases.setdefault(key, Phrase(forms=entry.forms, where=file.where(entry.line, key)))
    return Catalogue(locale=file.locale, store=file.store, plural=file.po.plural, phrases=phrases)


def _form(found: tuple[Catalogue, Phrase], count: int) -> str:
    book, phrase = found
    if len(phrase.forms) == 1:
        return phrase.forms[0]
    index = _chooser(book.plural)(abs(count))
    return phrase.forms[min(index, len(phrase.forms) - 1)] or phrase.forms[0]


@lru_cache(maxsize=64)
def _chooser(expression: str) -> Callable[[int], int]:
    return gettext.c2py(expression)


def _inherited(locale: str, default: str, have: tuple[str, ...]) -> tuple[Finding, ...]:
    if locale in have or locale == default or is_home_region(locale):
        return ()
    used = next(tag for tag in lookup_order(locale) if tag in have)
    return (
        note("locale.inherited", Where(spot="locale"), f"no phrases of its own for {locale}, those of {used} are used"),
    )


def _blank_value(key: str, blanks: tuple[str, ...], where: Where) -> Finding:
    names = ", ".join(f"{{{name}}}" for name in blanks)
    hint = f"add the phrase {key}{PLAIN} without it, or give the order or brand the value"
    return error("phrase.blank_value", where, f"{key!r} needs {names}, blank on this slip", hint)
