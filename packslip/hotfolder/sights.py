"""Looking at a hot folder: what lies there, told by names and numbers, without opening one file.

The look is the truth; events only say when to look. Nothing is passed over in silence but litter.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packslip.disk import LOCAL, Disk, Status
from packslip.hotfolder.names import TAKEN_PREFIX, NameKind, Names, is_litter, printable

DEEPEST = 8  #: sub-folders within sub-folders
_MOST_ODDITIES = 200  #: in one look; a folder of a million strange files is one line


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A file as one look saw it."""

    name: str  #: as the file system has it, with undecodable bytes escaped by Python; in a sub-folder `sub/name`
    device: int
    inode: int
    size: int
    changed_ns: int  #: of its content, by the clock of its file system; compared, never read as a time
    touched_ns: int  #: of its inode

    @property
    def identity(self) -> str:
        """Tells this very file, in this very state, from any other."""
        return ":".join(
            map(str, (self.device, self.inode, self.size, self.changed_ns, self.touched_ns)),
        )

    @property
    def content(self) -> tuple[int, int, int, int]:
        """Changes whenever another file, or another content, has the name."""
        return self.device, self.inode, self.size, self.changed_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Oddity:
    """Something in a hot folder that will not be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at a hot folder."""

    files: tuple[Sight, ...]  #: oldest first, then by name
    marks: tuple[Sight, ...] = ()  #: triggers or manifests, by name
    oddities: tuple[Oddity, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """How a folder is looked at."""

    names: Names = field(default_factory=Names)
    nested: bool = False
    max_bytes: int = 0  #: larger files are oddities; 0: none is


def look_at(folder: Path, disk: Disk = LOCAL, view: View = View()) -> Look:
    """What lies in a hot folder now.

    Raises:
        OSError: the folder is away.
    """
    files: list[Sight] = []
    marks: list[Sight] = []
    oddities: list[Oddity] = []
    for name, kind, status in _walk(folder, disk, view, oddities):
        reason = _reason_against(kind, status, view)
        if reason:
            if len(oddities) < _MOST_ODDITIES:
                oddities.append(Oddity(name=printable(name), reason=reason))
        else:
            (files if kind is NameKind.DROP else marks).append(sight(name, status))
    files.sort(key=lambda file: (file.changed_ns, file.name))
    marks.sort(key=lambda file: file.name)
    return Look(files=tuple(files), marks=tuple(marks), oddities=tuple(oddities))


def taken_in(folder: Path, disk: Disk = LOCAL, *, nested: bool = False) -> Iterator[str]:
    """Names of files that a claim took aside, those in sub-folders too where they are read."""
    for part in _parts(folder, disk, nested=nested):
        for name, _ in tuple(disk.scan(folder / part, _is_taken)):
            yield f"{part}/{name}" if part else name


def sight(name: str, status: Status) -> Sight:
    """A file's sight from its status."""
    return Sight(
        name=name,
        device=status.st_dev,
        inode=status.st_ino,
        size=status.st_size,
        changed_ns=status.st_mtime_ns,
        touched_ns=status.st_ctime_ns,
    )


def _walk(folder: Path, disk: Disk, view: View, oddities: list[Oddity]) -> Iterator[tuple[str, NameKind, Status]]:
    """Every file that is not litter, and every other thing but folders that are walked."""
    left = [("", 0)]
    while left:
        part, depth = left.pop()
        try:
            found = tuple(disk.scan(folder / part, _is_shown))
        except OSError:
            if not part:
                raise
            oddities.append(Oddity(name=printable(part), reason="is a folder that cannot be read"))
            continue
        for last, status in found:
            name = f"{part}/{last}" if part else last
            kind = view.names.kind(name)
            if kind is NameKind.LITTER:
                continue
            if view.nested and stat.S_ISDIR(status.st_mode) and depth < DEEPEST:
                left.append((name, depth + 1))
            else:
                yield name, kind, status


def _parts(folder: Path, disk: Disk, *, nested: bool) -> Iterator[str]:
    """The folder itself, "", and its sub-folders where they are read."""
    left = [("", 0)]
    while left:
        part, depth = left.pop()
        yield part
        if nested and depth < DEEPEST:
            for name, status in tuple(disk.scan(folder / part, _is_no_litter)):
                if stat.S_ISDIR(status.st_mode):
                    left.append((f"{part}/{name}" if part else name, depth + 1))


def _is_no_litter(name: str) -> bool:
    return not is_litter(name.lower())


def _is_shown(name: str) -> bool:
    """Spares asking after what is hidden."""
    return not name.startswith(".")


def _is_taken(name: str) -> bool:
    return name.startswith(TAKEN_PREFIX)


def _reason_against(kind: NameKind, status: Status, view: View) -> str:
    mode = status.st_mode
    if not stat.S_ISREG(mode):
        return _what_it_is(mode, view)
    if status.st_nlink > 1:
        return "has a second name elsewhere (hard link); copy it instead"
    if kind is NameKind.OTHER:
        return f"does not end in {' or '.join(view.names.suffixes)}"
    if view.max_bytes and status.st_size > view.max_bytes:
        return f"has {status.st_size} bytes, at most {view.max_bytes} are read (max_bytes); split it"
    return ""


def _what_it_is(mode: int, view: View) -> str:
    if stat.S_ISDIR(mode):
        return f"is a folder too deep within others (at most {DEEPEST})" if view.nested else _FOLDER
    return "is a symbolic link; copy the file itself" if stat.S_ISLNK(mode) else "is no regular file"


_FOLDER = "is a folder, and folders are not read; move its files up, or set nested = true"
