"""Readiness: which files of a look may be claimed, in the four ways a sender can say that a file is whole.

Pure but for reading triggers and manifests, which goes through a function given. What was said of a file comes with it;
whether it is true is found out by the claim, from the bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

from packslip.hotfolder.names import printable
from packslip.hotfolder.promises import BadMarkError, Promise, read_manifest, read_trigger
from packslip.hotfolder.settling import Settler
from packslip.hotfolder.sights import Look, Oddity, Sight

ReadMark = Callable[[Sight], bytes | None]
_NOTHING = Promise()


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Files that are claimed together, all or none."""

    files: tuple[Sight, ...]
    promises: Mapping[str, Promise] = field(default_factory=dict)  #: by the file's name
    marks: tuple[Sight, ...] = ()  #: go away with the files
    lain_s: float = 0.0  #: how long it was seen unchanged
    patience_s: float = 0.0  #: how long it must lie before it is held for being cut off or not as promised
    doubted: bool = False  #: nobody said that it is whole: look whether somebody writes and how it ends
    broken: str = ""  #: why it is held whatever its bytes are

    def promise(self, file: Sight) -> Promise:
        """What was said of one of its files."""
        return self.promises.get(file.name, _NOTHING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Readied:
    """What one look found ready, and what waits for so long that it is told."""

    groups: tuple[Group, ...] = ()
    told: tuple[Oddity, ...] = ()


class Readiness(Protocol):
    """One way to tell."""

    def seen(self, look: Look, now: float) -> Readied:
        """Take in one look, at a monotonic time in seconds."""
        ...

    def next_look(self, now: float) -> float | None:
        """Seconds until something may be ready if nothing changes; None where nothing waits for time alone."""
        ...


class OnSight:
    """The sender renames: a file that has its name is whole."""

    def seen(self, look: Look, now: float) -> Readied:
        """As in `Readiness`."""
        return Readied(groups=tuple(Group(files=(file,)) for file in look.files))

    def next_look(self, now: float) -> float | None:
        """As in `Readiness`."""
        return None


class Stable:
    """The file lies unchanged; nobody said that it is whole."""

    def __init__(self, *, settle_s: float, patience_s: float) -> None:
        self._settler = Settler(settle_s)
        self._patience_s = patience_s

    def seen(self, look: Look, now: float) -> Readied:
        """As in `Readiness`."""
        ready = self._settler.seen(look.files, now)
        return Readied(groups=tuple(self._group(file, now) for file in ready))

    def next_look(self, now: float) -> float | None:
        """As in `Readiness`."""
        return self._settler.next_look(now)

    def _group(self, file: Sight, now: float) -> Group:
        lain = self._settler.lain(file, now)
        return Group(files=(file,), lain_s=lain, patience_s=self._patience_s, doubted=True)


class _Marked:
    """What triggers and manifests share: both files and marks must lie still; a mark is read once."""

    def __init__(self, *, settle_s: float, patience_s: float, read: ReadMark) -> None:
        self._settler = Settler(settle_s)
        self._patience_s = patience_s
        self._read = read
        self._settled: frozenset[str] = frozenset()

    def next_look(self, now: float) -> float | None:
        """As in `Readiness`."""
        return self._settler.next_look(now)

    def _settle(self, look: Look, now: float) -> None:
        self._settled = frozenset(one.name for one in self._settler.seen((*look.files, *look.marks), now))

    def _is_still(self, *sights: Sight) -> bool:
        return all(one.name in self._settled for one in sights)

    def _group(self, files: tuple[Sight, ...], mark: Sight, now: float, promises: Mapping[str, Promise]) -> Group:
        """A file younger than its mark may still be growing, so what differs from the promise has time."""
        is_late = any(file.changed_ns > mark.changed_ns for file in files)
        return Group(
            files=files,
            promises=promises,
            marks=(mark,),
            lain_s=min(self._settler.lain(one, now) for one in (*files, mark)),
            patience_s=self._patience_s if is_late else 0.0,
        )

    def _overdue(self, sights: Iterable[Sight], now: float, reason: Callable[[Sight], str]) -> Iterator[Oddity]:
        for one in sights:
            if self._settler.lain(one, now) >= self._patience_s:
                yield Oddity(name=printable(one.name), reason=reason(one))


class Triggered(_Marked):
    """A second file, `x.csv.ok` or `x.ok`, says that `x.csv` is whole, and may say what it is."""

    def __init__(self, *, suffix: str, settle_s: float, patience_s: float, read: ReadMark) -> None:
        super().__init__(settle_s=settle_s, patience_s=patience_s, read=read)
        self._suffix = suffix

    def seen(self, look: Look, now: float) -> Readied:
        """As in `Readiness`."""
        self._settle(look, now)
        wanted = _Wanted(look.files)
        groups, orphans = [], []
        for mark in look.marks:
            file = wanted.take(mark.name[: -len(self._suffix)])
            if file is None:
                orphans.append(mark)
            elif self._is_still(file, mark) and (group := self._pair(file, mark, now)):
                groups.append(group)
        told = [
            *self._overdue(orphans, now, lambda _: "is a trigger without its file; it waits"),
            *self._overdue(wanted.left, now, lambda _: f"has no trigger ({self._suffix}); it is not read"),
        ]
        return Readied(groups=tuple(groups), told=tuple(told))

    def _pair(self, file: Sight, mark: Sight, now: float) -> Group | None:
        data = self._read(mark)
        if data is None:
            return None
        try:
            return self._group((file,), mark, now, {file.name: read_trigger(data)})
        except BadMarkError as fault:
            return Group(files=(file,), marks=(mark,), broken=f"its trigger cannot be understood: {fault}")


class Manifested(_Marked):
    """A list names files that are whole when all of them are there; they are taken together."""

    def __init__(self, *, settle_s: float, patience_s: float, read: ReadMark) -> None:
        super().__init__(settle_s=settle_s, patience_s=patience_s, read=read)
        self._understood: dict[str, tuple[tuple[int, int, int, int], dict[str, Promise] | BadMarkError]] = {}

    def seen(self, look: Look, now: float) -> Readied:
        """As in `Readiness`."""
        self._settle(look, now)
        there = {file.name: file for file in look.files}
        groups: list[Group] = []
        told: list[Oddity] = []
        named: set[str] = set()
        self._understood = {mark.name: known for mark in look.marks if (known := self._understood.get(mark.name))}
        for mark in look.marks:
            promises = self._promises(mark) if self._is_still(mark) else None
            if isinstance(promises, BadMarkError):
                told.append(Oddity(name=printable(mark.name), reason=f"cannot be understood: {promises}; mend it"))
                continue
            if promises is None:
                continue
            files = tuple(there[name] for name in promises if name in there and name not in named)
            named.update(promises)
            if len(files) < len(promises):
                lacking = len(promises) - len(files)
                reason = f"{lacking} of the {len(promises)} files it names {'is' if lacking == 1 else 'are'} not there"
                told += self._overdue((mark,), now, lambda _, reason=reason: f"{reason}; it waits")  # type: ignore[misc]
            elif self._is_still(*files):
                groups.append(self._group(files, mark, now, promises))
        left = (file for file in look.files if file.name not in named)
        told += self._overdue(left, now, lambda _: "no manifest names it; it is not read")
        return Readied(groups=tuple(groups), told=tuple(told))

    def _promises(self, mark: Sight) -> dict[str, Promise] | BadMarkError | None:
        known = self._understood.get(mark.name)
        if known is not None and known[0] == mark.content:
            return known[1]
        data = self._read(mark)
        if data is None:
            return None
        folder = mark.name.rpartition("/")[0]
        understood: dict[str, Promise] | BadMarkError
        try:
            promises = read_manifest(data)
            understood = {f"{folder}/{name}" if folder else name: one for name, one in promises.items()}
        except BadMarkError as fault:
            understood = fault
        self._understood[mark.name] = (mark.content, understood)
        return understood


class _Wanted:
    """Files by what a trigger may call them."""

    def __init__(self, files: Iterable[Sight]) -> None:
        self._left = {file.name: file for file in files}
        self._called: dict[str, list[str]] = {}
        for name in self._left:
            for called in (name, name.lower(), name.rpartition(".")[0], name.rpartition(".")[0].lower()):
                self._called.setdefault(called, []).append(name)

    def take(self, called: str) -> Sight | None:
        """The file a trigger means; each file has one trigger."""
        for name in (*self._called.get(called, ()), *self._called.get(called.lower(), ())):
            if name in self._left:
                return self._left.pop(name)
        return None

    @property
    def left(self) -> Iterable[Sight]:
        """Files that no trigger meant."""
        return self._left.values()
