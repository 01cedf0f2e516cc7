"""Looking at the inbox: which files lie there, told by names and numbers, without opening one.

The look is the truth; events only say when to look. Owns which names are drops and which are litter.
"""

import stat
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from packslip.disk import LOCAL, Disk, Status

SUFFIXES = (".csv", ".tsv", ".txt")
TAKEN_PREFIX = ".taken-"  #: a claimed file on its way out, hidden from every look

_LITTER_STARTS = (".", "~$")
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_DIRECTIONS = {code: f"\\u{code:04x}" for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """A file as one look saw it."""

    name: str  #: as the file system has it, with undecodable bytes escaped by Python
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
    """Something in the inbox that will not be read, and why."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One look at the inbox."""

    files: tuple[Sight, ...]  #: oldest first, then by name
    oddities: tuple[Oddity, ...]


def look_at(folder: Path, disk: Disk = LOCAL) -> Look:
    """What lies in the inbox now; sub-folders and litter are not even named.

    Raises:
        OSError: the folder is away.
    """
    files: list[Sight] = []
    oddities: list[Oddity] = []
    for name, status in disk.scan(folder, is_drop_name):
        reason = _reason_against(status)
        if reason:
            oddities.append(Oddity(name=printable(name), reason=reason))
        elif stat.S_ISREG(status.st_mode):
            files.append(sight(name, status))
    files.sort(key=lambda file: (file.changed_ns, file.name))
    return Look(files=tuple(files), oddities=tuple(oddities))


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


def is_drop_name(name: str, suffixes: Sequence[str] = SUFFIXES) -> bool:
    """Whether a name is a finished drop's: a CSV suffix in any case, and no mark of an unfinished or hidden file.

    Partial uploads (`x.csv.part`, `.filepart`, `.tmp`, `.crdownload`) end in another suffix; locks and temporary files
    (`.~lock.x.csv#`, `~$x.csv`, `.x.csv`) have their marks in front.
    """
    return name.lower().endswith(tuple(suffixes)) and not name.startswith(_LITTER_STARTS)


def printable(name: str) -> str:
    """A file's name for people: undecodable bytes, control and direction characters are spelt out."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.translate(_CONTROLS).translate(_DIRECTIONS)


def _reason_against(status: Status) -> str:
    if stat.S_ISDIR(status.st_mode):
        return ""
    if stat.S_ISLNK(status.st_mode):
        return "is a symbolic link; copy the file itself"
    if not stat.S_ISREG(status.st_mode):
        return "is no regular file"
    if status.st_nlink > 1:
        return "has a second name elsewhere (hard link); copy it instead"
    return ""
