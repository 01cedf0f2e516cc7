"""Names: what a file in a hot folder is, told by its name alone.

Temporary and hidden names are never read and never told of, since nobody waits for them; a name that is neither a drop
nor one of those was meant for us by somebody, and is told.
"""

from dataclasses import dataclass
from enum import Enum, auto
from fnmatch import fnmatchcase

TAKEN_PREFIX = ".taken-"  #: a claimed file on its way out, hidden from every look
SUFFIXES = (".csv", ".tsv", ".txt")

_LITTER_STARTS = (".", "~", "#")
# fmt: off
_LITTER_NAMES = frozenset((
    "thumbs.db", "ehthumbs.db", "desktop.ini", "lost+found", "$recycle.bin", "system volume information", "@eadir",
    "#recycle", "__macosx", "network trash folder", "temporary items",
))
_PARTIAL_ENDS = frozenset((
    "part", "partial", "filepart", "tmp", "temp", "crdownload", "download", "opdownload", "upload", "uploading",
    "writing", "inprogress", "in-progress", "incomplete", "!ut", "swp", "swx", "lock", "lck", "aria2", "bc!", "ftp",
    "pending",
))
# fmt: on
_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))}
_DIRECTIONS = {code: f"\\u{code:04x}" for code in (0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A))}


class NameKind(Enum):
    """What a name is."""

    DROP = auto()
    MARK = auto()  #: a trigger or a manifest
    LITTER = auto()
    OTHER = auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    """Which names are what in one folder, all of it told in lower case; upper and lower case are alike."""

    suffixes: tuple[str, ...] = SUFFIXES
    mark: str = ""  #: ending of triggers or manifests, "" where neither is awaited
    ignore: tuple[str, ...] = ()  #: patterns

    def kind(self, name: str) -> NameKind:
        """What a file of this name is; of a path, the last part counts and `ignore` may name the whole."""
        lower = name.lower()
        last = lower.rpartition("/")[2]
        if is_litter(last) or (self.ignore and any(_fits(pattern, lower, last) for pattern in self.ignore)):
            return NameKind.LITTER
        if self.mark and last.endswith(self.mark):
            return NameKind.MARK
        return NameKind.DROP if last.endswith(self.suffixes) else NameKind.OTHER


def is_litter(name: str) -> bool:
    """Whether a name, in lower case, is hidden, temporary, or what a file manager or NAS leaves everywhere.

    Partial uploads (`x.csv.part`, `.filepart`, `.tmp`, `.crdownload`) end in a suffix of their own; locks and temporary
    files (`.~lock.x.csv#`, `~$x.csv`, `.x.csv.Ab12cd`) have their marks in front.
    """
    return (
        name.startswith(_LITTER_STARTS)
        or name.endswith(("~", "#"))
        or name.rpartition(".")[2] in _PARTIAL_ENDS
        or name in _LITTER_NAMES
    )


def printable(name: str) -> str:
    """A file's name for people: undecodable bytes, control and direction characters are spelt out."""
    text = name.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
    return text.translate(_CONTROLS).translate(_DIRECTIONS)


def _fits(pattern: str, name: str, last: str) -> bool:
    return fnmatchcase(last, pattern) or fnmatchcase(name, pattern)
