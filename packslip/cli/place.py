"""Where a command works: the workspace it was given, opened when it is needed."""

import getpass
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from packslip.errors import WorkspaceError
from packslip.ledger import Ledger
from packslip.world import Workspace, World, current_release


@dataclass(frozen=True, slots=True)
class Place:
    """A workspace folder as named on the command line."""

    folder: Path

    def workspace(self) -> Workspace:
        """The workspace.

        Raises:
            WorkspaceError: there is none.
        """
        return Workspace.at(self.folder)

    def working(self) -> World:
        """The working files."""
        return World.open(self.folder)

    def published(self) -> World:
        """The release the line prints from.

        Raises:
            WorkspaceError: nothing was published yet.
        """
        release = current_release(self.workspace())
        if release is None:
            raise WorkspaceError("nothing is published yet", hint="packslip publish makes the working files go live")
        return World.open(self.folder, release)

    def is_published(self) -> bool:
        """Whether there is a release."""
        return current_release(self.workspace()) is not None

    def ledger(self) -> Ledger:
        """The queue of record, on behalf of the person at the keyboard."""
        workspace = self.workspace()
        holder = f"command:{os.getpid()}:{secrets.token_hex(4)}"
        return Ledger.open(workspace.ledger, secret=workspace.secret(), who=person(), holder=holder)


def person() -> str:
    """Who is at the keyboard, for the log."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # no such user in the password database
        return f"uid {os.getuid()}"
