"""Picture folder: names from a CSV looked up in a listing, never joined to a path."""

import os
import threading
import unicodedata
from collections.abc import Iterable
from pathlib import Path

_MOST_ENTRIES = 1_000_000


class PictureFolder:
    """The files below one folder, by their name relative to it, with `/` between folders.

    Links are not followed and hidden files not listed, so that no name leads outside. Sub-folders count by listing.
    A name that is missing makes the listing fresh once, if any of its folders has changed since.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._lock = threading.Lock()
        self._files: dict[str, Path] = {}
        self._stems: dict[str, str] = {}  #: stem in small letters → the first name that has it
        self._folders: dict[Path, int] = {}  #: folder → mtime_ns when it was read

    def find(self, name: str) -> Path | None:
        """The file of that name; None where there is none."""
        wanted = _normal(name)
        found = self._files.get(wanted)
        if found is None and self._is_stale():
            self._read()
            found = self._files.get(wanted)
        return found

    def nearest(self, name: str) -> str:
        """A listed name that differs only in case, suffix or folder; "" where none does."""
        return self._stems.get(_stem(_normal(name)), "")

    def names(self) -> Iterable[str]:
        """Every listed name, read afresh where a folder has changed."""
        if self._is_stale():
            self._read()
        return self._files

    def _is_stale(self) -> bool:
        if not self._folders:
            return True
        try:
            return any(folder.stat().st_mtime_ns != seen for folder, seen in self._folders.items())
        except OSError:
            return True

    def _read(self) -> None:
        files: dict[str, Path] = {}
        folders: dict[Path, int] = {}
        waiting = [("", self.root)]
        while waiting and len(files) < _MOST_ENTRIES:
            prefix, folder = waiting.pop()
            try:
                folders[folder] = folder.stat().st_mtime_ns
                with os.scandir(folder) as entries:
                    for entry in entries:
                        if entry.name.startswith("."):
                            continue
                        if entry.is_dir(follow_symlinks=False):
                            waiting.append((f"{prefix}{entry.name}/", folder / entry.name))
                        elif entry.is_file(follow_symlinks=False):
                            files[_normal(prefix + entry.name)] = folder / entry.name
            except OSError:  # a folder that went away while being read holds nothing
                folders.pop(folder, None)
        stems: dict[str, str] = {}
        for name in files:
            stem = _stem(name)
            stems[stem] = min(name, stems.get(stem, name))
        with self._lock:
            self._files, self._folders, self._stems = files, folders, stems


def _stem(name: str) -> str:
    return name.rpartition("/")[2].rpartition(".")[0].casefold() or name.rpartition("/")[2].casefold()


def _normal(name: str) -> str:
    """One spelling for names that differ only in how accents are composed (Macs decompose them)."""
    return unicodedata.normalize("NFC", name)
