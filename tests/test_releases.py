import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from packslip.errors import UsageError, WorkspaceError
from packslip.settings_toml import settings_toml
from packslip.world import (
    Workspace,
    current_release,
    go_live,
    previous_release,
    release_folder,
    release_log,
    snapshot,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    for name in ("layouts/plain", "rules/phrases"):
        (tmp_path / name).mkdir(parents=True)
    (tmp_path / "layouts/plain/slip.html").write_text("one")
    (tmp_path / "rules/10-segment.csv").write_text("a")
    (tmp_path / "packslip.toml").write_text(settings_toml())
    return Workspace.at(tmp_path)


def edit(workspace: Workspace, text: str) -> str:
    (workspace.root / "layouts/plain/slip.html").write_text(text)
    return snapshot(workspace)


def test_the_same_files_are_the_same_release(workspace: Workspace) -> None:
    first = snapshot(workspace)
    assert snapshot(workspace) == first
    assert edit(workspace, "two") != first
    assert edit(workspace, "one") == first


def test_saving_does_not_change_a_release(workspace: Workspace) -> None:
    release = snapshot(workspace)
    (workspace.root / "layouts/plain/slip.html").write_text("changed")
    assert (release_folder(workspace, release) / "layouts/plain/slip.html").read_text() == "one"


def test_a_snapshot_is_not_live(workspace: Workspace) -> None:
    release = snapshot(workspace)
    assert current_release(workspace) is None
    go_live(workspace, release, who="ada", at=NOW)
    assert current_release(workspace) == release


def test_the_log_says_who_and_what_changed(workspace: Workspace) -> None:
    go_live(workspace, snapshot(workspace), who="ada", at=NOW)
    entry = go_live(workspace, edit(workspace, "two"), who="bo", at=NOW)
    assert entry.changed == ("layouts/plain/slip.html",)
    assert [item.who for item in release_log(workspace)] == ["ada", "bo"]


def test_rolling_back_twice_goes_back_twice(workspace: Workspace) -> None:
    ids = [edit(workspace, text) for text in ("one", "two", "three")]
    for release in ids:
        go_live(workspace, release, who="ada", at=NOW)
    for expected in (ids[1], ids[0]):
        go_live(workspace, previous_release(workspace), who="ada", at=NOW, rollback=True)
        assert current_release(workspace) == expected
    with pytest.raises(WorkspaceError, match="no earlier release"):
        previous_release(workspace)


def test_a_line_torn_by_a_crash_is_passed_over(workspace: Workspace) -> None:
    go_live(workspace, snapshot(workspace), who="ada", at=NOW)
    with (workspace.releases / "log.jsonl").open("a") as log:
        log.write('{"id": "abc", "at": "2026')
    assert len(release_log(workspace)) == 1


@pytest.mark.parametrize("name", ["nothing", "../layouts", "current", ""])
def test_only_releases_can_be_opened(workspace: Workspace, name: str) -> None:
    go_live(workspace, snapshot(workspace), who="ada", at=NOW)
    with pytest.raises(UsageError):
        release_folder(workspace, name)


def test_hidden_files_and_editors_litter_stay_out(workspace: Workspace) -> None:
    clean = snapshot(workspace)
    (workspace.root / "layouts/.DS_Store").write_text("x")
    (workspace.root / "layouts/plain/slip.html~").write_text("x")
    assert snapshot(workspace) == clean


def test_threads_that_come_together_share_one_secret(workspace: Workspace) -> None:
    barrier = threading.Barrier(8)

    def ask() -> bytes:
        barrier.wait()
        return workspace.secret()

    with ThreadPoolExecutor(8) as threads:
        answers = {future.result() for future in [threads.submit(ask) for _ in range(8)]}
    assert len(answers) == 1
    assert [entry.name for entry in workspace.state.iterdir()] == ["secret"]


def test_the_secret_is_made_once_and_is_private(workspace: Workspace) -> None:
    assert workspace.secret() == workspace.secret()
    assert len(workspace.secret()) == 32
    assert (workspace.state / "secret").stat().st_mode & 0o777 == 0o600
    (workspace.state / "secret").write_text("not hexadecimal")
    with pytest.raises(WorkspaceError, match="damaged"):
        workspace.secret()


@pytest.mark.parametrize("kind", ["file", "folder", "ring", "device", "nothing", "fifo"])
def test_a_release_takes_plain_files_only(workspace: Workspace, tmp_path: Path, kind: str) -> None:
    """A link's goal would be copied, whoever it belongs to; a FIFO or a device has no end."""
    secret = tmp_path / "secret"
    secret.mkdir()
    (secret / "word").write_text("x")
    odd = workspace.root / "layouts/plain/odd.png"
    if kind == "fifo":
        os.mkfifo(odd)
    else:
        goals = {"file": secret / "word", "folder": secret, "ring": ".", "device": "/dev/zero", "nothing": "none"}
        odd.symlink_to(goals[kind])
    (workspace.root / "layouts/plain/.#slip.html").symlink_to("an editor's lock")
    with pytest.raises(WorkspaceError, match=r"odd\.png: (a symbolic link|no plain file); hint: copy the file itself"):
        snapshot(workspace)
    assert [path.name for path in workspace.releases.iterdir()] == []
    odd.unlink()
    assert snapshot(workspace)
