"""Taking aside: the hidden names that claimed files have on their way out of a hot folder.

`.taken-<workspace>-<claim>-<name>`: a killed claim's files are found again by their workspace alone, and go back under
their names or away, all of one claim alike.
"""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from packslip.disk import Disk
from packslip.hotfolder.names import TAKEN_PREFIX
from packslip.hotfolder.sights import taken_in

_LONGEST = 255  #: bytes of a file name
_TAKEN = re.compile(rf"{re.escape(TAKEN_PREFIX)}(?P<owner>[0-9a-f]*)-(?P<claim>[0-9A-Za-z]+)-(?P<name>.+)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Aside:
    """The hidden names of one workspace in one folder."""

    owner: str = ""  #: hexadecimal, tells the workspace
    nested: bool = False

    def name(self, name: str, claim: str) -> str:
        """The hidden name of a file; a very long one loses its beginning."""
        folder, _, last = name.rpartition("/")
        hidden = f"{TAKEN_PREFIX}{self.owner}-{claim}-"
        while len(os.fsencode(hidden + last)) > _LONGEST:
            last = last[1:]
        return f"{folder}/{hidden}{last}" if folder else hidden + last

    def put_back(self, inbox: Path, hidden: str, disk: Disk) -> None:
        """Give a file its name back, or one beside it where another file has that by now."""
        folder, _, last = hidden.rpartition("/")
        found = _TAKEN.fullmatch(last)
        if found is None:
            return
        target = inbox / folder / found["name"]
        if disk.status(target, follow=False) is not None:
            target = inbox / folder / f"{found['claim']}-{found['name'][-200:]}"
        disk.rename(inbox / hidden, target)

    def sweep(self, inbox: Path, disk: Disk, is_recorded: Callable[[str], bool]) -> tuple[str, ...]:
        """Finish the claims that were killed: all files of one go, or all go back. What is to be told."""
        claims: dict[str, list[str]] = {}
        foreign = 0
        for hidden in tuple(taken_in(inbox, disk, nested=self.nested)):
            found = _TAKEN.fullmatch(hidden.rpartition("/")[2])
            if found is None or found["owner"] != self.owner:
                foreign += 1
            else:
                claims.setdefault(found["claim"], []).append(hidden)
        for claim, hiddens in claims.items():
            recorded = is_recorded(claim)
            for hidden in hiddens:
                if recorded:
                    disk.unlink(inbox / hidden, missing_ok=True)
                else:
                    self.put_back(inbox, hidden, disk)
        if not foreign:
            return ()
        what = "1 file is" if foreign == 1 else f"{foreign} files are"
        told = f"{inbox}: {what} being taken by another workspace, or was when that was killed"
        return (f"{told}; it finishes them when it runs again, or rename what begins with {TAKEN_PREFIX}",)
