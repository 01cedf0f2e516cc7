"""Writing: an approved entry as the files that a release takes: its block in layouts/content, its picture beside.

A file that somebody has edited since is never written over.
"""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path, PurePosixPath

from packslip.engine.content.keeping import KeptEntry
from packslip.errors import UsageError
from packslip.files import read_file, sha256, write_atomic
from packslip.library.contents import Content, content_toml
from packslip.library.plain_text import tidy

ART = "art:"

#: Files by their path in the workspace; None for one that is to go.
Changes = Mapping[str, bytes | None]


def block_path(identity: str) -> str:
    """Where an entry's block lies."""
    return f"layouts/content/feed-{identity}.toml"


def approve(root: Path, pictures: Path, entry: KeptEntry, *, who: str, at: datetime) -> tuple[KeptEntry, Changes]:
    """Write an entry's files; the entry as it is then, and what changed.

    Raises:
        UsageError: its file was edited by hand.
    """
    _refuse_edited(root, entry)
    changes: dict[str, bytes | None] = {}
    art = ""
    name = entry.picture.removeprefix(ART)
    if entry.picture and not entry.picture.startswith(ART):
        art = name = f"feed-{entry.id}-{PurePosixPath(entry.picture).stem[:8]}{PurePosixPath(entry.picture).suffix}"
        changes[f"layouts/art/{art}"] = read_file(pictures / entry.picture)
    if entry.art and entry.art != art:
        changes[f"layouts/art/{entry.art}"] = None
    block = Content(
        file=block_path(entry.id),
        valid_from=entry.valid_from,
        valid_to=entry.valid_to,
        stores=entry.stores,
        picture=name,
        texts=entry.texts,
    )
    feed = entry.id.rpartition("-")[0]
    told = tidy(f"Entry {entry.guid} of the feed {feed}; approved by {who} on {at.date()}.")
    data = content_toml(block, told=told).encode()
    changes[block.file] = data
    _write(root, changes)
    made = entry.model_copy(
        update={
            "approved": entry.version,
            "rejected": "",
            "written": sha256(data),
            "art": art,
            "is_due": False,
            "who": who,
            "at": at,
        }
    )
    return made, changes


def withdraw(root: Path, entry: KeptEntry) -> tuple[KeptEntry, Changes]:
    """Take an entry's files away; a block that was edited by hand stays.

    Raises:
        UsageError: its file was edited by hand.
    """
    if not entry.approved:
        return entry, {}
    _refuse_edited(root, entry)
    changes: dict[str, bytes | None] = {block_path(entry.id): None}
    if entry.art:
        changes[f"layouts/art/{entry.art}"] = None
    _write(root, changes)
    return entry.model_copy(update={"approved": "", "written": "", "art": "", "is_due": False}), changes


def is_edited(root: Path, entry: KeptEntry) -> bool:
    """Whether somebody has changed an entry's block since it was written; one that is gone is not edited."""
    try:
        return bool(entry.written) and sha256(read_file(root / block_path(entry.id))) != entry.written
    except FileNotFoundError:
        return False


def _refuse_edited(root: Path, entry: KeptEntry) -> None:
    if is_edited(root, entry):
        path = block_path(entry.id)
        raise UsageError(f"{path}: edited by hand, it is left as it is", hint="delete or rename it first")


def _write(root: Path, changes: Changes) -> None:
    """Blocks last: a block never names a picture that is not there."""
    for path, data in sorted(changes.items(), key=lambda change: change[0].startswith("layouts/content/")):
        if data is not None:
            write_atomic(root / path, data, mode=0o644)
    for path, data in changes.items():
        if data is None:
            (root / path).unlink(missing_ok=True)
