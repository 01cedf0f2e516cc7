"""The shop of the soak: a workspace of the repository's own files, published, with its pictures made, and its line."""

import os
import re
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.slips import REPOSITORY, Run
from packslip.world import World, go_live, snapshot
from packslip.world.starter import make_workspace

_SHIM = REPOSITORY / "benchmarks" / "soak" / "slow_fsync.c"
_STOP_S = 120.0


@contextmanager
def fresh_shop(parent: Path | None, values: dict[str, str]) -> Iterator[World]:
    """A new workspace below a folder; `values` are settings written into its file, by key."""
    with tempfile.TemporaryDirectory(prefix="packslip-soak-", dir=parent) as folder:
        workspace = make_workspace(Path(folder) / "shop")
        path = workspace.root / "packslip.toml"
        text = path.read_text("utf-8")
        for key, value in values.items():
            text, count = re.subn(rf"(?m)^{re.escape(key)} = .*$", f"{key} = {value}", text)
            if count != 1:
                raise RuntimeError(f"no setting {key}")
        path.write_text(text, "utf-8")
        _call(workspace.root, "images", "sync", allowed=(0, 1))
        world = World.open(workspace.root)
        Run(world)  # a summer's orders, so that recommendations differ
        go_live(workspace, snapshot(workspace), who="soak", at=datetime.now(UTC))
        yield world


class Line:
    """A line that runs in a process of its own, as a user would start it."""

    def __init__(self, root: Path, *, workers: int | None, fsync_ms: float, profile: Path | None) -> None:
        command = [*_packslip(root), "run"]
        if workers:
            command += ["--workers", str(workers)]
        if profile:
            command = ["py-spy", "record", "-f", "raw", "-r", "200", "-o", str(profile), "--", *command]
        self._log = (root / "soak.log").open("wb")
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log, env=_environment(root, fsync_ms))
        self._profiled = profile is not None

    @property
    def pid(self) -> int:
        """Of the line itself."""
        pid = self._process.pid
        if self._profiled:
            found = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
            return int(found[0]) if found else pid
        return pid

    @property
    def is_running(self) -> bool:
        """Whether it still runs."""
        return self._process.poll() is None

    def stop(self) -> int:
        """Let it finish what is under way; its exit status."""
        if self.is_running:
            os.kill(self.pid, signal.SIGTERM)
        try:
            return self._process.wait(_STOP_S)
        finally:
            self._process.kill()
            self._log.close()


def _environment(root: Path, fsync_ms: float) -> dict[str, str]:
    """Of the line, with a disk that is as slow as asked for."""
    there = dict(os.environ, PYTHONPATH=str(REPOSITORY))
    if fsync_ms:
        library = root / "slow_fsync.so"
        subprocess.run(["cc", "-shared", "-fPIC", "-O2", "-o", library, _SHIM, "-ldl"], check=True)
        there |= {"LD_PRELOAD": str(library), "SLOW_FSYNC_US": str(int(fsync_ms * 1000))}
    return there


def _packslip(root: Path) -> list[str]:
    return [sys.executable, "-m", "packslip", "--workspace", str(root)]


def _call(root: Path, *words: str, allowed: Sequence[int] = (0,)) -> Sequence[str]:
    done = subprocess.run(
        [*_packslip(root), *words], check=False, capture_output=True, text=True, env=_environment(root, 0)
    )
    if done.returncode not in allowed:
        raise RuntimeError(f"packslip {' '.join(words)}: {done.stdout}{done.stderr}")
    return done.stdout.splitlines()
