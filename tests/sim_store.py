"""What `sim_disk` is made of: files and folders with a visible and a durable side, and the changes between the two."""

import errno
import heapq
import os
import stat
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from random import Random
from typing import NamedTuple

_SECTOR = 512
_LONGEST_NAME = 255


class SimStatus(NamedTuple):
    st_mode: int
    st_dev: int
    st_ino: int
    st_nlink: int
    st_size: int
    st_mtime_ns: int
    st_ctime_ns: int


class Device:
    """One file system. Its attributes are its troubles; set them and take them back at will."""

    def __init__(self, number: int, now: int) -> None:
        self.number = number
        self.capacity: int | None = None  #: bytes of content; a write past it stops with ENOSPC
        self.read_only = False  #: changes fail with EROFS
        self.away = 0  #: an errno such as ESTALE, EIO or ENOENT, given to all that reaches for it
        self.is_unmounted = False  #: what is seen is the folder beneath it, as when a share is not there
        self.used = 0
        self._next_inode = 2
        self._free_inodes: list[int] = []
        self.root = Node(self, stat.S_IFDIR | 0o755, now)

    def take_inode(self) -> int:
        if self._free_inodes:
            return heapq.heappop(self._free_inodes)
        self._next_inode += 1
        return self._next_inode - 1

    def free_inode(self, number: int) -> None:
        heapq.heappush(self._free_inodes, number)

    def recount(self, nodes: "list[Node]") -> None:
        numbers = {node.inode for node in nodes}
        self._next_inode = max(numbers, default=1) + 1
        self._free_inodes = sorted(set(range(2, self._next_inode)) - numbers)
        self.used = sum(len(node.data) for node in nodes)


class Node:
    __slots__ = (
        "ctime",
        "data",
        "device",
        "durable_data",
        "durable_entries",
        "durable_links",
        "durable_times",
        "entries",
        "inode",
        "is_dirty",
        "is_freed",
        "links",
        "mode",
        "mounted",
        "mtime",
        "opens",
        "pending",
        "version",
    )

    def __init__(self, device: Device, mode: int, now: int) -> None:
        self.device = device
        self.inode = device.take_inode()
        self.mode = mode
        self.mtime = self.ctime = now
        self.links = self.durable_links = self.opens = self.pending = self.version = 0
        self.data = bytearray()
        self.durable_data = b""
        self.durable_times = (0, mode, now, now)
        self.is_dirty = self.is_freed = False
        self.entries: dict[str, Node] | None = {} if stat.S_ISDIR(mode) else None
        self.durable_entries: dict[str, Node] = {}
        self.mounted: Device | None = None

    def seen(self) -> "Node":
        """This, or what is mounted on it."""
        return self if self.mounted is None or self.mounted.is_unmounted else self.mounted.root

    def status(self) -> SimStatus:
        links = self.links if self.entries is None else 2
        return SimStatus(self.mode, self.device.number, self.inode, links, len(self.data), self.mtime, self.ctime)

    def touch(self, now: int) -> None:
        self.ctime = now
        self.version += 1

    def sync(self) -> None:
        self.durable_data = bytes(self.data)
        self.durable_times = (self.version, self.mode, self.mtime, self.ctime)
        self.is_dirty = False

    def lose(self, random: Random, kept: float) -> None:
        """Become what a power cut left of it."""
        if self.is_dirty:
            self.data = torn(self.durable_data, bytes(self.data), random, kept)
            if random.random() >= kept:
                _, self.mode, self.mtime, self.ctime = self.durable_times
            self.sync()
        else:
            self.version, self.mode, self.mtime, self.ctime = self.durable_times


class Change:
    """A change of names that is not durable yet."""

    __slots__ = ("ctime", "folders", "keys", "node", "places", "version")

    def __init__(self, node: Node, *places: "tuple[Node, str, Node | None]") -> None:
        self.node = node
        self.places = places
        self.ctime = node.ctime
        self.version = node.version
        node.pending += 1
        self.folders = [folder for folder, _, _ in places]
        self.keys: list[object] = [node, *((folder, name) for folder, name, _ in places)]


def names(folder: Node, path: Path | str = "") -> dict[str, Node]:
    if folder.entries is None:
        raise fault(errno.ENOENT if stat.S_ISLNK(folder.mode) else errno.ENOTDIR, path)
    return folder.entries


@lru_cache(4096)
def _parts(path: str) -> tuple[str, ...]:
    return tuple(part for part in path.split("/") if part)


def lookup(folder: Node, name: str, path: Path | str) -> Node | None:
    """What has a name in a folder."""
    found = names(folder, path).get(name)
    if found is None and len(name) * 4 > _LONGEST_NAME and len(os.fsencode(name)) > _LONGEST_NAME:
        raise fault(errno.ENAMETOOLONG, path)
    return found


def check_replaceable(node: Node, replaced: Node, source: Node, path: Path) -> None:
    if replaced.entries is not None and source in reached(replaced):
        raise fault(errno.ENOTEMPTY, path)
    if node.entries is None and replaced.entries is not None:
        raise fault(errno.EISDIR, path)
    if node.entries is not None and replaced.entries is None:
        raise fault(errno.ENOTDIR, path)
    if replaced.entries:
        raise fault(errno.ENOTEMPTY, path)


def reached(root: Node) -> list[Node]:
    """A node and all below it on its device."""
    nodes = [root]
    for node in nodes:
        nodes.extend((node.entries or {}).values())
    return list(dict.fromkeys(nodes))


def survivors(root: Node) -> list[Node]:
    """The same, of what is durable, which is made the visible."""
    nodes = [root]
    for node in nodes:
        if node.entries is not None:
            node.entries = dict(node.durable_entries)
            nodes.extend(node.entries.values())
    return list(dict.fromkeys(nodes))


def torn(old: bytes, new: bytes, random: Random, kept: float) -> bytearray:
    """What is left of a file whose writes were under way."""
    sizes = len(old), len(new)
    size = len(new) if random.random() < kept else random.choice((len(old), random.randint(min(sizes), max(sizes))))
    left = bytearray(size)
    for start in range(0, size, _SECTOR):
        source = new if random.random() < kept else random.choice((old, b""))
        sector = source[start : start + _SECTOR][: size - start]
        left[start : start + len(sector)] = sector
    return left


def gather(node: Node, path: str, found: dict[str, bytes]) -> None:
    for name, child in (node.entries or {}).items():
        if child.entries is not None:
            gather(child.seen(), f"{path}{name}/", found)
        elif stat.S_ISREG(child.mode):
            found[path + name] = bytes(child.data)


def fault(number: int, path: Path | str) -> OSError:
    return OSError(number, os.strerror(number), str(path))


class Store:
    """The file systems of one machine: what acts are made of, without anyone who does them."""

    def __init__(self, random: Random, clock: Callable[[], int]) -> None:
        self.random = random
        self.clock = clock
        self.local = Device(1, clock())
        self._devices = [self.local]
        self._pending: list[Change] = []

    def lose_power(self) -> None:
        """Keep what is durable, and by chance some of the rest; no file may be open."""
        kept = self.random.choice((0.0, 0.5, 1.0, self.random.random()))
        lost: set[object] = set()
        for change in self._pending:
            if self.random.random() >= kept or any(key in lost for key in change.keys):
                lost.update(change.keys)
            else:
                self._make_durable(change)
        self._pending.clear()
        for device in self._devices:
            nodes = survivors(device.root)
            for node in nodes:
                node.lose(self.random, kept)
                node.links, node.pending = node.durable_links, 0
            device.recount(nodes)

    def add_device(self, folder: Node) -> Device:
        device = Device(len(self._devices) + 1, self.clock())
        self._devices.append(device)
        folder.mounted = device
        return device

    def sync(self) -> None:
        """Make everything durable, as the kernel does some time later."""
        for change in self._pending:
            self._make_durable(change)
        self._pending.clear()
        for device in self._devices:
            for node in reached(device.root):
                node.sync()

    def walk(self, path: str, *, follow: bool = True) -> Node:
        node = self.local.root
        for part in _parts(path):
            child = node.entries.get(part) if node.entries else None
            if child is None and lookup(node, part, path) is None:
                raise fault(errno.ENOENT, path)
            node = child if child.mounted is None else child.seen()
            if node.device.away:
                raise fault(node.device.away, path)
        if follow and stat.S_ISLNK(node.mode):
            raise fault(errno.ENOENT, path)
        return node

    def parent(self, path: str) -> tuple[Node, str]:
        folder, _, name = path.rpartition("/")
        node = self.walk(folder)
        names(node, path)
        return node, name

    def name(self, folder: Node, name: str, node: Node) -> None:
        names(folder)[name] = node
        node.links += 1
        self._pending.append(Change(node, (folder, name, node)))

    def unname(self, folder: Node, name: str) -> None:
        node = names(folder).pop(name)
        node.touch(self.clock())
        self.drop(node)
        self._pending.append(Change(node, (folder, name, None)))

    def rename(self, source: tuple[Node, str], target: tuple[Node, str]) -> None:
        node = names(source[0]).pop(source[1])
        replaced = names(target[0]).get(target[1])
        names(target[0])[target[1]] = node
        node.touch(self.clock())
        if replaced is not None:
            replaced.touch(node.ctime)
            self.drop(replaced)
        self._pending.append(Change(node, (*source, None), (*target, node)))

    def drop(self, node: Node) -> None:
        node.links -= 1
        self.forget(node)

    def forget(self, node: Node) -> None:
        """Free the space of what nobody can reach any more."""
        if node.links == 0 and node.opens == 0:
            node.device.used -= len(node.data)
            self._free_number(node)

    def sync_folder(self, folder: Node) -> None:
        """Make a folder's names durable, and of the rest what had to come before them."""
        needed: set[object] = set()
        durable: list[Change] = []
        waiting: list[Change] = []
        for change in reversed(self._pending):
            if folder in change.folders or any(key in needed for key in change.keys):
                needed.update(change.keys)
                durable.append(change)
            else:
                waiting.append(change)
        self._pending = waiting[::-1]
        for change in reversed(durable):
            self._make_durable(change)

    def _make_durable(self, change: Change) -> None:
        changed = change.node
        for folder, name, node in change.places:
            old = folder.durable_entries.pop(name, None)
            if old is not None:
                old.durable_links -= 1
                if old is not changed:
                    self._free_number(old)
            if node is not None:
                folder.durable_entries[name] = node
                node.durable_links += 1
        changed.pending -= 1
        version, mode, mtime, _ = changed.durable_times
        if change.version > version:
            changed.durable_times = (change.version, mode, mtime, change.ctime)
        self._free_number(changed)

    def _free_number(self, node: Node) -> None:
        """Give out an inode number again, once it is durable that its file is gone."""
        if not (node.links or node.opens or node.durable_links or node.pending or node.is_freed):
            node.is_freed = True
            node.device.free_inode(node.inode)
