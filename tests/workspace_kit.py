"""Workspaces as `init` makes them, made quick for tests."""

from datetime import UTC, datetime
from pathlib import Path

from packslip.world import Workspace, go_live, snapshot
from packslip.world.starter import make_workspace


def make_quick(root: Path, more: str = "") -> Workspace:
    """One that settles drops at once, looks often, and has one worker; `more` is added to its settings."""
    make_workspace(root)
    toml = root / "packslip.toml"
    text = toml.read_text(encoding="utf-8")
    for usual, quick in (
        ("settle_s = 0.4", "settle_s = 0.0"),
        ("scan_s = 1.0", "scan_s = 0.05"),
        ("count = 0", "count = 1"),
    ):
        assert usual in text
        text = text.replace(usual, quick)
    toml.write_text(text + more, encoding="utf-8")
    return Workspace.at(root)


def go_on(workspace: Workspace) -> None:
    """The working files go live, without the check and the trial slips that `publish` demands."""
    go_live(workspace, snapshot(workspace), who="Ada", at=datetime(2026, 11, 26, tzinfo=UTC))
