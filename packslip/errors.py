"""What can go wrong so badly that a step cannot go on.

    PackslipError
    ├── UsageError          the command was called wrongly, or names what does not exist
    ├── WorkspaceError      the workspace is broken, missing or busy
    │   └── LayoutError     a layout cannot be drawn: stop this layout, not the line
    ├── HoldOrder           this parcel cannot print; its findings say why
    └── RetryLater          a resource is away for now; the drop or job stays where it is

What is wrong in *data* is a `Finding`, not an exception. An exception carries a fate, and only `cli` turns a
fate into an exit code. Any other exception is a bug.
"""

from enum import StrEnum


class Fate(StrEnum):
    """What becomes of the work in hand."""

    REFUSE = "refuse"  #: tell the caller, do nothing
    STOP = "stop"  #: stop this workspace, layout or printer
    HOLD = "hold"  #: hold this order, go on with the next
    RETRY = "retry"  #: leave it, try again later


class PackslipError(Exception):
    """A step cannot go on; `str()` is a whole message in the house form."""

    fate: Fate = Fate.STOP

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(f"{message}; hint: {hint}" if hint else message)
        self.message = message
        self.hint = hint


class UsageError(PackslipError):
    """The command names something that does not exist or does not fit."""

    fate = Fate.REFUSE


class WorkspaceError(PackslipError):
    """The workspace cannot be used as it is."""

    fate = Fate.STOP


class LayoutError(WorkspaceError):
    """A layout cannot be drawn at all."""


class HoldOrder(PackslipError):
    """One parcel cannot print."""

    fate = Fate.HOLD


class RetryLater(PackslipError):
    """A resource is away for now."""

    fate = Fate.RETRY
