import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip import files
from packslip.disk import LocalDisk, OpenFile


class FullDisk(LocalDisk):
    """Its files take bytes and cannot flush them."""

    def create(self, path: Path) -> OpenFile:
        return FullFile(super().create(path))


class FullFile:
    def __init__(self, file: OpenFile) -> None:
        self.write, self.set_mode, self.close = file.write, file.set_mode, file.close

    def sync(self) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")


def test_a_write_that_fails_leaves_the_old_file_and_no_litter(tmp_path: Path) -> None:
    path = tmp_path / "result.csv"
    files.write_atomic(path, b"old")
    with pytest.raises(OSError, match="No space"):
        files.write_atomic(path, b"new", disk=FullDisk())
    assert path.read_bytes() == b"old"
    assert [entry.name for entry in tmp_path.iterdir()] == ["result.csv"]


def test_a_written_file_is_private(tmp_path: Path) -> None:
    files.write_atomic(tmp_path / "a" / "b", b"x")
    assert (tmp_path / "a" / "b").stat().st_mode & 0o777 == 0o600


@given(st.text())
def test_a_safe_name_is_a_plain_file_name(text: str) -> None:
    name = files.safe_name(text)
    assert name == Path(name).name
    assert name not in {"", ".", ".."}
    assert name.isascii()
    assert not name.startswith((".", "-"))


def test_a_safe_name_says_what_the_text_says() -> None:
    assert files.safe_name("OA-104882") == "OA-104882"
    assert files.safe_name("../../etc/passwd") == "etc-passwd"


def test_what_a_killed_process_left_half_written_is_swept(tmp_path: Path) -> None:
    left = tmp_path / ".999999999-ab_c1.tmp"  # above the highest process number there can be
    kept = [tmp_path / ".1-abc.tmp", tmp_path / "order.pdf", tmp_path / ".hidden.tmp"]
    for path in (left, *kept):
        path.write_bytes(b"x")
    files.sweep_unfinished(tmp_path)
    assert sorted(tmp_path.iterdir()) == sorted(kept)
    files.sweep_unfinished(tmp_path / "nowhere")


class FoldersSeen(LocalDisk):
    """Remembers what is flushed, in what order."""

    def __init__(self) -> None:
        self.acts: list[str] = []

    def rename(self, old: Path, new: Path) -> None:
        self.acts.append(f"rename {new.name}")
        super().rename(old, new)

    def sync_folder(self, folder: Path) -> None:
        self.acts.append(f"flush {folder.name}")
        super().sync_folder(folder)


@pytest.mark.parametrize("threads", [0, 4])
def test_files_that_are_written_together_share_the_flush_of_their_folder(tmp_path: Path, threads: int) -> None:
    wanted = {tmp_path / "a" / f"{number}.csv": f"{number}".encode() for number in range(20)}
    wanted[tmp_path / "b" / "1.csv"] = b"one"
    for folder in "ab":
        (tmp_path / folder).mkdir()
    disk = FoldersSeen()
    with ThreadPoolExecutor(4) as pool:
        files.write_all(wanted, disk=disk, threads=pool if threads else None)
    assert {path: path.read_bytes() for path in wanted} == wanted
    assert disk.acts[-2:] == ["flush a", "flush b"]
    assert all(act.startswith("rename") for act in disk.acts[:-2])
    assert sorted(path.name for path in (tmp_path / "b").iterdir()) == ["1.csv"]


def test_of_files_written_together_one_that_fails_is_told_and_leaves_no_litter(tmp_path: Path) -> None:
    wanted = {tmp_path / "there.csv": b"x", tmp_path / ("n" * 300): b"y"}
    with ThreadPoolExecutor(2) as pool, pytest.raises(OSError, match="too long"):
        files.write_all(wanted, threads=pool)
    assert {path.name for path in tmp_path.iterdir()} <= {"there.csv"}
