"""Phrase files: which `.po` files a folder holds, whose they are, and the key of each entry.

`en.po` is the source: msgid is the key, msgstr the English text. In every other file msgctxt is the key and msgid the
English text. `<store>/<locale>.po` overlays one brand.
"""

import gettext
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from packslip.library.locales import SOURCE, cldr_locale, tag_of
from packslip.library.po import PoEntry, PoFile, PoSyntaxError, read_po
from packslip.library.source_file import read_source
from packslip.model import Finding, Where, error

#: Where phrases live in a workspace, for messages.
FOLDER = "rules/phrases"

_KEY = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)+")


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseFile:
    """One catalogue file as read."""

    path: Path
    name: str  #: relative to the workspace, for people
    store: str  #: blank: of all brands
    locale: str
    po: PoFile

    @property
    def is_source(self) -> bool:
        """Whether msgid is the key."""
        return self.locale == SOURCE

    @property
    def entries(self) -> Iterator[tuple[str, PoEntry]]:
        """Key and entry, in the file's order, duplicates included, obsolete ones left out."""
        return ((self.key(entry), entry) for entry in self.po.entries if not entry.obsolete)

    def key(self, entry: PoEntry) -> str:
        """The key of an entry, "" where it has none."""
        key = entry.ids[0] if self.is_source else entry.context
        return key if _KEY.fullmatch(key) else ""

    def where(self, line: int | None, spot: str = "") -> Where:
        """A place in this file."""
        return Where(file=self.name, line=line, spot=spot)


def read_folder(folder: Path) -> tuple[tuple[PhraseFile, ...], tuple[Finding, ...]]:
    """Every catalogue of a folder, the source first; those that cannot be read are findings."""
    files: list[PhraseFile] = []
    findings: list[Finding] = []
    for path in sorted([*folder.glob("*.po"), *folder.glob("*/*.po")]):
        data, found = read_source(path, label=name_of(path, folder))
        findings += found
        if data is None:
            continue
        try:
            files.append(_read(data, path, folder))
        except PoSyntaxError as fault:
            where = Where(file=name_of(path, folder), line=fault.line)
            findings.append(error("phrase.unreadable", where, fault.message, "open it in Poedit, or restore it"))
    if not any(file.is_source and not file.store for file in files):
        where = Where(file=name_of(folder / f"{SOURCE}.po", folder))
        findings.append(
            error("phrase.no_source", where, "no readable source catalogue", f"{SOURCE}.po names every phrase")
        )
    return tuple(sorted(files, key=lambda file: (file.store, not file.is_source, file.locale))), tuple(findings)


def name_of(path: Path, folder: Path) -> str:
    """A path for people, relative to the workspace."""
    return f"{FOLDER}/{path.relative_to(folder).as_posix()}"


def _read(data: bytes, path: Path, folder: Path) -> PhraseFile:
    locale = cldr_locale(path.stem)
    if locale is None or tag_of(locale) != path.stem:
        near = f", nearest is {tag_of(locale)!r}" if locale else ""
        raise PoSyntaxError(f"{path.stem!r} is not the name of a locale{near}", line=1)
    po = read_po(data)
    try:
        gettext.c2py(po.plural)
    except ValueError as fault:
        raise PoSyntaxError(f"Plural-Forms: {fault}", line=1) from None
    store = "" if path.parent == folder else path.parent.name
    return PhraseFile(path=path, name=name_of(path, folder), store=store, locale=path.stem, po=po)
