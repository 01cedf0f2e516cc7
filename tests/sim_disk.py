"""A disk in memory behind `packslip.disk.Disk`, and what a power cut does to it. Deterministic, for one thread.

`SimFiles` is what outlives a process: folders, files, devices. `SimDisk` is the disk as one process sees it. It counts
its acts and calls `on_act(name, path)` before each: the methods of `Disk` by their names, those of an open file as
`file_read`, `file_write` and so on. The hook may raise `Crashed`, and from then on every act of this process raises it
too, so that no `finally` of the dead tidies up; or an `OSError`, and the act fails and has changed nothing.

What is visible and what is durable are two things here. Visible is what the acts did, in their order; a process that
dies loses none of it. Durable is what `SimFiles.power_cut` leaves:

- A file's bytes, mode and times are durable once `sync` on the open file returned. Of later writes anything may be
  left, sector by sector: the old bytes, the new ones, zeros; and any length between the old and the new one.
- A name is durable once `sync_folder` on its folder returned; syncing the file does not keep its name (POSIX promises
  no more). Of names that were made, moved or taken away since, any may have reached the disk, in any order, except that
  what concerns one name or one file keeps its order. A rename is one step on disk too: both its folders show it or
  neither does, and syncing either makes it durable. Journaling file systems do that; ext2 may do worse.
- A new folder's name is a name in its parent like any other; if it is lost, so is all that lies in it.
- Bytes and names are independent: a name can outlive the cut while its file's unsynced bytes do not.
- What is durable never rots. A `sync` that fails, as a hook can have it, leaves the bytes unsynced, not forgotten.

How much is left is drawn from the given `Random`: nothing, everything, or a share. Times come from the given clock,
which may stand still. Inode numbers of files that are gone for good are given out again, as ext4 does. Left out are
hard links, other users' permissions, `.` and `..`, link counts and times of folders, and what links point to: a link
dangles.
"""

import errno
import os
import re
import stat
from collections.abc import Callable
from pathlib import Path
from random import Random

from sim_store import (
    Device,
    Node,
    SimStatus,
    Store,
    check_replaceable,
    fault,
    gather,
    lookup,
    names,
    reached,
)

from packslip.disk import every_name

_UNFINISHED = re.compile(r"\.(?P<process>[0-9]{1,10})-\w+\.tmp")

OnAct = Callable[[str, Path], None]


class Crashed(BaseException):
    """The process is gone; no code of it runs any more."""


class SimFiles(Store):
    """The file systems of one machine, and the processes that run on it."""

    def __init__(self, random: Random, clock: Callable[[], int] = lambda: 0) -> None:
        """`random` chooses what a power cut leaves; `clock` gives nanoseconds."""
        super().__init__(random, clock)
        self.hands = SimDisk(self, process=0)  #: whoever else works on these files: never counted, never killed
        self._processes: list[SimDisk] = []

    def start(self, on_act: OnAct | None = None) -> "SimDisk":
        """The disk as a new process sees it."""
        process = SimDisk(self, process=len(self._processes) + 1, on_act=on_act)
        self._processes.append(process)
        return process

    def is_running(self, process: int) -> bool:
        return process == 0 or any(one.process == process and not one.is_dead for one in self._processes)

    def power_cut(self) -> None:
        """End every process; only what is durable, and by chance some of the rest, is still there."""
        for process in self._processes:
            process.kill()
        self.hands.let_go()
        self.lose_power()

    def mount(self, folder: Path) -> Device:
        """A device of its own at an empty folder, which is made if missing; all there is becomes durable."""
        self.make_folders(folder)
        device = self.add_device(self.walk(str(folder)))
        self.sync()
        return device

    def device(self, path: Path) -> Device:
        """The device that a path lies on."""
        return self.walk(str(path)).device

    def put(self, path: Path, data: bytes, *, synced: bool = True) -> None:
        """Somebody writes a new file under its final name, its folders made if missing; `synced`: name and all."""
        self.make_folders(path.parent)
        self.hands.unlink(path, missing_ok=True)
        file = self.hands.create(path)
        file.write(data)
        file.set_mode(0o644)
        if synced:
            file.sync()
            self.hands.sync_folder(path.parent)
        file.close()

    def make_folders(self, folder: Path) -> None:
        """A folder and what is missing above it, durable."""
        for path in (*reversed(folder.parents), folder):
            if self.hands.status(path) is None:
                self.hands.make_folder(path)
                self.hands.sync_folder(path.parent)

    def make_special(self, path: Path, kind: int) -> None:
        """A link, pipe or socket: `stat.S_IFLNK`, `S_IFIFO`, `S_IFSOCK`."""
        folder, name = self.parent(str(path))
        node = Node(folder.device, kind | 0o600, self.clock())
        self.name(folder, name, node)

    def tree(self, folder: Path) -> dict[str, bytes]:
        """Every regular file below a folder: its path from there, its bytes."""
        found: dict[str, bytes] = {}
        gather(self.walk(str(folder)), "", found)
        return found


class SimDisk:
    """The disk as one process sees it; a `packslip.disk.Disk`."""

    def __init__(self, files: SimFiles, *, process: int, on_act: OnAct | None = None) -> None:
        self.files = files
        self.process = process
        self.on_act = on_act
        self.acts = 0  #: how many were begun
        self.is_dead = False
        self._written = 0
        self._open: dict[_SimFile, None] = {}

    def kill(self) -> None:
        """End this process, as `kill -9` does: nothing visible is lost."""
        self.is_dead = True
        self.let_go()

    def let_go(self) -> None:
        """Close all that is open."""
        for file in list(self._open):
            self.closed(file)

    def scan(self, folder: Path, wanted: Callable[[str], bool] = every_name) -> list[tuple[str, SimStatus]]:
        self.act("scan", folder)
        node = self._folder(folder)
        return [(name, child.seen().status()) for name, child in names(node).items() if wanted(name)]

    def status(self, path: Path, *, follow: bool = True) -> SimStatus | None:
        self.act("status", path)
        try:
            return self.files.walk(str(path), follow=follow).status()
        except (FileNotFoundError, NotADirectoryError):
            return None

    def open(self, path: Path) -> "_SimFile":
        self.act("open", path)
        node = self.files.walk(str(path), follow=False)
        if stat.S_ISLNK(node.mode):
            raise fault(errno.ELOOP, path)
        if stat.S_ISSOCK(node.mode):
            raise fault(errno.ENXIO, path)
        return self._opened(node, path, writes=False)

    def create(self, path: Path) -> "_SimFile":
        self.act("create", path)
        folder, name = self._fresh(path)
        node = Node(folder.device, stat.S_IFREG | 0o600, self.files.clock())
        self.files.name(folder, name, node)
        return self._opened(node, path, writes=True)

    def read(self, path: Path) -> bytes:
        self.act("read", path)
        node = self.files.walk(str(path))
        if node.entries is not None:
            raise fault(errno.EISDIR, path)
        return bytes(node.data)

    def rename(self, old: Path, new: Path) -> None:
        self.act("rename", old)
        source, target = self.files.parent(str(old)), self.files.parent(str(new))
        if source[0].device is not target[0].device:
            raise OSError(errno.EXDEV, os.strerror(errno.EXDEV), str(old), None, str(new))
        self._check_writable(source[0], old)
        node = lookup(*source, old)
        if node is None:
            raise fault(errno.ENOENT, old)
        replaced = lookup(*target, new)
        if node.mounted is not None or (replaced is not None and replaced.mounted is not None):
            raise fault(errno.EBUSY, old)
        if node.entries is not None and target[0] in reached(node):
            raise fault(errno.EINVAL, old)
        if replaced is node:
            return
        if replaced is not None:
            check_replaceable(node, replaced, source[0], new)
        self.files.rename(source, target)

    def unlink(self, path: Path, *, missing_ok: bool = False) -> None:
        self.act("unlink", path)
        try:
            folder, name = self.files.parent(str(path))
            self._check_writable(folder, path)
            node = lookup(folder, name, path)
            if node is None:
                raise fault(errno.ENOENT, path)
        except FileNotFoundError:
            if missing_ok:
                return
            raise
        if node.entries is not None:
            raise fault(errno.EISDIR, path)
        self.files.unname(folder, name)

    def make_folder(self, path: Path, mode: int = 0o777) -> None:
        self.act("make_folder", path)
        folder, name = self._fresh(path)
        self.files.name(folder, name, Node(folder.device, stat.S_IFDIR | (mode & ~0o022), self.files.clock()))

    def sync_folder(self, folder: Path) -> None:
        self.act("sync_folder", folder)
        self.files.sync_folder(self._folder(folder))

    def unfinished_name(self) -> str:
        self._written += 1
        return f".{self.process}-{self._written}.tmp"

    def is_unfinished(self, name: str) -> bool:
        found = _UNFINISHED.fullmatch(name)
        if found is None:
            return False
        process = int(found["process"])
        return process == self.process or not self.files.is_running(process)

    def act(self, name: str, path: Path) -> None:
        if self.is_dead:
            raise Crashed
        self.acts += 1
        if self.on_act is not None:
            try:
                self.on_act(name, path)
            except Crashed:
                self.kill()
                raise

    def closed(self, file: "_SimFile") -> None:
        del self._open[file]
        file.node.opens -= 1
        self.files.forget(file.node)

    def is_open(self, file: "_SimFile") -> bool:
        return file in self._open

    def _opened(self, node: Node, path: Path, *, writes: bool) -> "_SimFile":
        file = _SimFile(self, node, path, writes=writes)
        node.opens += 1
        self._open[file] = None
        return file

    def _folder(self, path: Path) -> Node:
        node = self.files.walk(str(path))
        names(node, path)
        return node

    def _fresh(self, path: Path) -> tuple[Node, str]:
        folder, name = self.files.parent(str(path))
        if not name or lookup(folder, name, path) is not None:
            raise fault(errno.EEXIST, path)
        self._check_writable(folder, path)
        return folder, name

    def _check_writable(self, folder: Node, path: Path) -> None:
        if folder.device.read_only:
            raise fault(errno.EROFS, path)


class _SimFile:
    __slots__ = ("_at", "_disk", "_path", "_writes", "node")

    def __init__(self, disk: SimDisk, node: Node, path: Path, *, writes: bool) -> None:
        self.node = node
        self._disk = disk
        self._path = path
        self._writes = writes
        self._at = 0

    def status(self) -> SimStatus:
        self._act("file_status")
        return self.node.status()

    def read(self, size: int) -> bytes:
        self._act("file_read")
        if self._writes:
            raise fault(errno.EBADF, self._path)
        if self.node.entries is not None:
            raise fault(errno.EISDIR, self._path)
        data = bytes(self.node.data[self._at : self._at + size])
        self._at += len(data)
        return data

    def write(self, data: bytes) -> None:
        self._act("file_write")
        if not data:
            return
        if not self._writes:
            raise fault(errno.EBADF, self._path)
        device = self.node.device
        if device.read_only:
            raise fault(errno.EROFS, self._path)
        room = len(data) if device.capacity is None else max(0, device.capacity - device.used)
        part = data[:room]
        if part:
            self.node.data += part
            self.node.mtime = self._disk.files.clock()
            self.node.touch(self.node.mtime)
            self.node.is_dirty = True
            device.used += len(part)
        if len(part) < len(data):
            raise fault(errno.ENOSPC, self._path)

    def set_mode(self, mode: int) -> None:
        self._act("file_mode")
        if self.node.device.read_only:
            raise fault(errno.EROFS, self._path)
        self.node.mode = stat.S_IFMT(self.node.mode) | mode
        self.node.touch(self._disk.files.clock())
        self.node.is_dirty = True

    def sync(self) -> None:
        self._act("file_sync")
        if self.node.entries is None:
            self.node.sync()
        else:
            self._disk.files.sync_folder(self.node)

    def close(self) -> None:
        self._disk.act("file_close", self._path)
        if not self._disk.is_open(self):
            raise fault(errno.EBADF, self._path)
        self._disk.closed(self)

    def _act(self, name: str) -> None:
        self._disk.act(name, self._path)
        if not self._disk.is_open(self):
            raise fault(errno.EBADF, self._path)
        if self.node.device.away:
            raise fault(self.node.device.away, self._path)
