"""The one door to a workspace and its releases."""

from packslip.world.keyed_lines import KeyedLine, KeyedLines
from packslip.world.releases import (
    Release,
    ReleasePointer,
    changed_files,
    current_release,
    derive,
    go_live,
    previous_release,
    release_folder,
    release_log,
    remove_release,
    snapshot,
)
from packslip.world.retired import Retired
from packslip.world.workspace import OLDER_LOGS, RELEASED, Workspace
from packslip.world.world import WORKING, World

__all__ = [
    "OLDER_LOGS",
    "RELEASED",
    "WORKING",
    "KeyedLine",
    "KeyedLines",
    "Release",
    "ReleasePointer",
    "Retired",
    "Workspace",
    "World",
    "changed_files",
    "current_release",
    "derive",
    "go_live",
    "previous_release",
    "release_folder",
    "release_log",
    "remove_release",
    "snapshot",
]
