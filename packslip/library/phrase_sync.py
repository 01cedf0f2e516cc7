"""Sync of the phrase catalogues: every language gets the keys and English texts of the source.

Matches by key alone, never by similarity; writes nothing but `.po` files, and only those that change. No clock: the
same files give the same bytes, and a second run changes nothing.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from packslip.errors import WorkspaceError
from packslip.files import write_atomic
from packslip.library.locales import is_regional
from packslip.library.phrase_files import PhraseFile, read_folder
from packslip.library.po import PoEntry, PoFile, write_po
from packslip.model import has_errors


class Change(StrEnum):
    """What became of a phrase in one catalogue."""

    ADDED = "added"  #: new in English; to be translated
    FUZZY = "fuzzy"  #: its English text changed; to be looked at
    CLEARED = "cleared"  #: its English text changed back
    REVIVED = "revived"  #: was obsolete, is in English again
    OBSOLETE = "obsolete"  #: no longer in English; kept as `#~`
    ORDERED = "ordered"  #: only the order or writing of the file changed


@dataclass(frozen=True, slots=True, kw_only=True)
class PhraseChange:
    """One phrase that changed in one file."""

    file: str  #: relative to the workspace
    key: str  #: blank for the file itself
    change: Change


def sync_phrases(folder: Path) -> tuple[PhraseChange, ...]:
    """Bring every catalogue of a folder in line with `en.po`, and say what changed.

    Catalogues of languages get missing keys with a blank translation; those of regions and brands hold differences only
    and get none.

    Raises:
        WorkspaceError: a file cannot be read, or holds a key twice; nothing is written.
    """
    files, findings = read_folder(folder)
    if has_errors(findings):
        raise WorkspaceError(str(findings[0]))
    english = {file.store: _by_key(file) for file in files if file.is_source}
    synced = [_sync_file(file, english[""] | english.get(file.store, {})) for file in files if not file.is_source]
    for file, after, _ in synced:
        data = write_po(after)
        if data != file.path.read_bytes():
            write_atomic(file.path, data, mode=file.path.stat().st_mode & 0o777)
    return tuple(change for _, _, changes in synced for change in changes)


def _sync_file(file: PhraseFile, english: Mapping[str, PoEntry]) -> tuple[PhraseFile, PoFile, tuple[PhraseChange, ...]]:
    ours = _by_key(file)
    obsolete = {entry.context: entry for entry in file.po.entries if entry.obsolete}
    living: list[PoEntry] = []
    changes: list[PhraseChange] = []
    whole = not file.store and not is_regional(file.locale)
    for key, source in english.items():
        old = ours.get(key) or obsolete.pop(key, None)
        if old is None and not whole:
            continue
        entry, change = _renew(old, key, source, file.po.plurals)
        living.append(entry)
        changes += [PhraseChange(file=file.name, key=key, change=change)] if change else []
    for key, entry in ours.items():
        if key not in english:
            obsolete[key] = replace(entry, obsolete=True)
            changes.append(PhraseChange(file=file.name, key=key, change=Change.OBSOLETE))
    dead = tuple(replace(obsolete[key], flags=(), previous=()) for key in sorted(obsolete))
    after = replace(file.po, entries=(*living, *dead))
    if not changes and write_po(after) != file.path.read_bytes():
        changes.append(PhraseChange(file=file.name, key="", change=Change.ORDERED))
    return file, after, tuple(changes)


def _renew(old: PoEntry | None, key: str, source: PoEntry, plurals: int) -> tuple[PoEntry, Change | None]:
    ids = source.forms[:2]
    count = plurals if len(ids) > 1 else 1
    if old is None:
        return PoEntry(context=key, ids=ids, forms=("",) * count), Change.ADDED
    revived = Change.REVIVED if old.obsolete else None
    entry = replace(old, ids=ids, forms=tuple(_fit(old.forms, count)), obsolete=False)
    flags = tuple(flag for flag in old.flags if flag != "fuzzy")
    if old.ids == ids:
        return entry, revived
    if old.previous == ids and old.is_fuzzy:
        return replace(entry, flags=flags, previous=()), Change.CLEARED
    if not any(old.forms):
        return replace(entry, flags=flags, previous=()), Change.FUZZY
    previous = old.previous if old.is_fuzzy and old.previous else old.ids
    return replace(entry, flags=tuple(sorted({*flags, "fuzzy"})), previous=previous), Change.FUZZY


def _fit(forms: tuple[str, ...], count: int) -> Iterator[str]:
    yield from (forms[index] if index < len(forms) else "" for index in range(count))


def _by_key(file: PhraseFile) -> dict[str, PoEntry]:
    entries: dict[str, PoEntry] = {}
    for key, entry in file.entries:
        if not key or key in entries:
            place = file.where(entry.line, key)
            raise WorkspaceError(f"{place}: {'given twice' if key else 'has no phrase key'}", hint="run packslip check")
        entries[key] = entry
    return entries
