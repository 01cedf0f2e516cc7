"""Purging: what is personal goes when its time is over; states, digests and events stay.

Small transactions, so that a running line never waits for long. Files go before their rows are marked: cut short, the
next purge finds the rest.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol, TypeVar

from packslip.dispatch.tray import STAGING
from packslip.engine.upkeep import files_of_orders as files
from packslip.engine.upkeep import leftovers
from packslip.engine.upkeep.whose import public_pictures
from packslip.history import HistoryKeeper
from packslip.hotfolder import Filing
from packslip.ledger import DropRecord, Due, Ledger, Page, Place, Upkeep
from packslip.pictures.forgetting import forget_pictures
from packslip.settings import RetentionSettings, Settings
from packslip.world import Workspace, World, current_release, release_log, remove_release

_BATCH = 25  #: rows of one step: what takes a line's time takes it in small pieces
_EVERYTHING = 1 << 40
_DAY = timedelta(days=1)
_DOCUMENT = re.compile(r"[0-9a-f]{64}\.pdf")
_TRAY_FILE = re.compile(r".+-[0-9a-f]{8}(\.sheets)?\.[a-z]{2,6}")  #: as the dispatcher names them

GoOn = Callable[[], bool]
T = TypeVar("T")


class DueOf(Protocol):
    """Gives parcels whose time is over."""

    def __call__(self, before: datetime, *, at: Place, limit: int) -> Page:
        """At most so many of those that ended before a time, from a place on."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Purge:
    """One purge of one workspace."""

    workspace: Workspace
    ledger: Ledger
    settings: Settings
    now: datetime
    dry_run: bool = False
    go_on: GoOn = lambda: True  #: asked before each small step
    rest: Callable[[float], object] = lambda _seconds: None  #: called after each with the time it took

    @property
    def upkeep(self) -> Upkeep:
        """The ledger, asked as gently as the purge goes."""
        return self.ledger.upkeep.gently(self.rest)

    def run(self) -> Mapping[str, int]:
        """Remove what is due, or only count it; what → how many. Call it under the upkeep lock."""
        retention = self.settings.retention
        steps: tuple[tuple[str, Callable[[datetime], int], int], ...] = (
            ("held, put aside", self._abandon, retention.held_days),
            ("documents", self._documents, retention.documents_days),
            ("slips", self._slips, retention.slips_days),
            ("uncertain slips", self._uncertain, retention.held_days),
            ("drops", self._drops, retention.drops_days),
            ("result files", self._results, retention.results_days),
            ("tray files", self._trays, retention.trays_days),
            ("alarms", self._alarms, retention.alarms_days),
            ("pictures of orders", self._pictures, retention.slips_days),
            ("customers of the history", self._history, retention.history_days),
            ("replaced ledgers", self._aside, retention.drops_days),
        )
        if not self.dry_run:
            leftovers.sweep(self.workspace)
        counts: Counter[str] = Counter()
        for what, act, days in steps:
            if days and self.go_on():
                with leftovers.told_of_the_disk(f"{what} could not be purged"):
                    counts[what] = act(self.now - days * _DAY)
        if self.go_on():
            counts["releases"] = self._releases(retention)
        if not self.dry_run:
            self.upkeep.forget_tools()
        return counts

    # rows and their files

    def _slips(self, before: datetime) -> int:
        return self._parcels(self.upkeep.due_parcels, before)

    def _uncertain(self, before: datetime) -> int:
        return self._parcels(self.upkeep.due_uncertain, before)

    def _parcels(self, due_of: DueOf, before: datetime) -> int:
        return self._walk(due_of, before, self._purge_parcels)

    def _walk(self, due_of: DueOf, before: datetime, act: Callable[[tuple[Due, ...]], None]) -> int:
        total = 0
        at: Place | None = Place()
        while at is not None and self.go_on():
            page = due_of(before, at=at, limit=_BATCH)
            if page.due and not self.dry_run:
                act(page.due)
            total += len(page.due)
            at = page.at
        return total

    def _purge_parcels(self, due: tuple[Due, ...]) -> None:
        self._purge_documents(due)
        self.upkeep.purge_parcels(one.ref for one in due)

    def _purge_documents(self, due: tuple[Due, ...]) -> None:
        digests = [digest for one in due for digest in one.documents]
        files.remove_documents(self.workspace, digests)
        self.upkeep.purge_documents(digests)

    def _documents(self, before: datetime) -> int:
        return self._walk(self.upkeep.due_documents, before, self._purge_documents) + self._stray_documents()

    def _stray_documents(self) -> int:
        """Documents that were stored and never put on record, because the line was killed in between."""
        kept = self.upkeep.kept_documents()
        paths = (path for path in self.workspace.documents.glob("[0-9a-f][0-9a-f]/*.pdf") if path.stem not in kept)
        return self._remove(path for path in paths if _DOCUMENT.fullmatch(path.name) and self._is_old(path, _DAY))

    def _drops(self, before: datetime) -> int:
        filing = Filing(self.workspace.spool, self.workspace.done, self.workspace.held)

        def act(due: tuple[DropRecord, ...]) -> None:
            for drop in due:
                while (path := filing.find(drop)) is not None:
                    files.remove(path)
            self.upkeep.purge_drops(drop.id for drop in due)

        count = self._in_batches(lambda limit: self.upkeep.due_drops(before, limit=limit), act)
        return count + self._stray_drops(before)

    def _stray_drops(self, before: datetime) -> int:
        """Files of drops that are not on record."""
        known = {drop.id for drop in self.upkeep.drops()}
        paths = (path for folder in (self.workspace.done, self.workspace.held) for path in folder.glob("*/*__*.csv"))
        stray = (path for path in paths if path.name.partition("__")[0] not in known)
        count = self._remove(path for path in stray if _changed(path) < before)
        for folder in (*self.workspace.done.glob("*"), *self.workspace.held.glob("*")):
            self._remove_empty(folder, before)
        return count

    def _abandon(self, before: datetime) -> int:
        if self.dry_run:
            held = [record.accepted_at for record in self.ledger.held()]
            held += [drop.closed_at or drop.accepted_at for drop in self.ledger.held_drops()]
            return sum(at < before for at in held)
        total = 0
        while self.go_on() and (count := self.upkeep.abandon(before, limit=_BATCH)):
            total += count
        return total

    def _in_batches(self, due_of: Callable[[int], tuple[T, ...]], act: Callable[[tuple[T, ...]], None]) -> int:
        if self.dry_run:
            return len(due_of(_EVERYTHING))
        total = 0
        while self.go_on() and (due := due_of(_BATCH)):
            act(due)
            total += len(due)
        return total

    # files alone

    def _results(self, before: datetime) -> int:
        """Result files of drops that were finished before a time; of drops nobody knows, by their own age."""

        def is_due(path: Path, drop_id: str) -> bool:
            drop = self.ledger.drop(drop_id)
            if drop is None:
                return _changed(path) < before
            return drop.closed_at is not None and drop.closed_at < before

        folders = self.workspace.all_results(self.settings)
        found = ((path, drop) for path, drop in files.result_files(folders) if path.parent.name <= _day(before))
        count = self._remove(path for path, drop in found if is_due(path, drop))
        for day in (day for folder in folders for day in folder.glob("????-??-??")):
            self._remove_empty(day, before)
        return count

    def _trays(self, before: datetime) -> int:
        """Documents that nobody took out of their trays, and what was staged and never sent."""
        begun = {attempt.name for attempt in self.ledger.open_attempts()}
        trays = self.workspace.trays(self.settings)
        paths = (*trays.glob("*/*"), *trays.glob(f"*/{STAGING}/*"))
        return self._remove(
            path
            for path in paths
            if _TRAY_FILE.fullmatch(path.name) and path.name not in begun and _changed(path) < before
        )

    def _alarms(self, before: datetime) -> int:
        due = [folder for folder in self.workspace.alarms.glob("*") if folder.is_dir() and _changed(folder) < before]
        for folder in () if self.dry_run else due:
            files.remove_tree(folder)
        return len(due)

    def _pictures(self, before: datetime) -> int:
        """Pictures that only orders named, not used since a time."""
        world = World.open(self.workspace.root, current_release(self.workspace))
        kept = self.upkeep.pictures()

        def is_due(digests: AbstractSet[str], used: float) -> bool:
            return used < before.timestamp() and not digests & kept

        public = public_pictures(world)
        return forget_pictures(self.workspace.image_cache, public=public, is_due=is_due, dry_run=self.dry_run)

    def _history(self, before: datetime) -> int:
        return HistoryKeeper(self.workspace.history).blur(before.astimezone().date(), dry_run=self.dry_run)

    def _aside(self, before: datetime) -> int:
        return self._remove(
            path for path in leftovers.kept_aside(self.workspace) if _changed(path, inode=True) < before
        )

    def _releases(self, retention: RetentionSettings) -> int:
        """Releases that no kept slip names and that are not among the latest ones."""
        if not retention.releases_kept:
            return 0
        latest = [entry.id for entry in reversed(release_log(self.workspace))]
        kept = {*list(dict.fromkeys(latest))[: retention.releases_kept], *self.upkeep.named_releases()}
        kept.add(current_release(self.workspace) or "")
        due = [
            folder
            for folder in self.workspace.releases.glob("*")
            if folder.is_dir() and folder.name not in kept and self._is_old(folder, _DAY)
        ]
        for folder in () if self.dry_run else due:
            remove_release(self.workspace, folder.name)
        return len(due)

    def _remove(self, paths: Iterator[Path]) -> int:
        return sum(self.dry_run or files.remove(path) for path in paths if path.is_file() and self.go_on())

    def _remove_empty(self, folder: Path, before: datetime) -> None:
        if not self.dry_run and folder.name < _day(before) and folder.is_dir() and not any(folder.iterdir()):
            folder.rmdir()

    def _is_old(self, path: Path, age: timedelta) -> bool:
        return _changed(path) < self.now - age


def _changed(path: Path, *, inode: bool = False) -> datetime:
    """When a file was last written, or, `inode`, got its name; a file that is gone is of now."""
    try:
        status = path.lstat()
    except FileNotFoundError:
        return datetime.max.replace(tzinfo=UTC)
    return datetime.fromtimestamp(status.st_ctime if inode else status.st_mtime).astimezone()


def _day(moment: datetime) -> str:
    return moment.astimezone().date().isoformat()
