"""The starter: the files a new workspace begins with, shipped inside the package or, in a source tree, its own."""

import shutil
from pathlib import Path

from packslip.errors import UsageError
from packslip.settings import FILE_NAME
from packslip.settings_toml import settings_toml
from packslip.world.workspace import Workspace

_PACKAGE = Path(__file__).resolve().parent.parent
_COPIED = ("layouts", "rules", "catalogue", "samples")
_MADE = ("image_cache", "hotfolder/in", "hotfolder/out", "hotfolder/results")


def starter_folder() -> Path:
    """Where the starter files lie."""
    shipped = _PACKAGE / "starter"
    return shipped if shipped.is_dir() else _PACKAGE.parent


def make_workspace(root: Path) -> Workspace:
    """A new workspace in an empty or missing folder, with layouts, rules, catalogue and samples to start from.

    Raises:
        UsageError: the folder holds something already.
    """
    if root.exists() and (not root.is_dir() or any(root.iterdir())):
        raise UsageError(f"{root}: not empty", hint="name a new folder; an existing workspace is left alone")
    source = starter_folder()
    ignore = shutil.ignore_patterns(".*", "__pycache__")
    for name in _COPIED:
        shutil.copytree(source / name, root / name, ignore=ignore)
    for name in _MADE:
        (root / name).mkdir(parents=True, exist_ok=True)
    (root / FILE_NAME).write_text(settings_toml(), encoding="utf-8")
    workspace = Workspace.at(root)
    workspace.secret()
    return workspace
