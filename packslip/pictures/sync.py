"""Sync: every picture of a shop fetched, looked through and made ready ahead of the orders.

Bounded in memory, connections and processes; what is done is on disk before it is counted, so that a sync which is
killed goes on where it was. Only what changed is touched.
"""

import asyncio
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

from packslip.files import sha256
from packslip.pictures.asking import Asker, Sleep
from packslip.pictures.folder import PictureFolder
from packslip.pictures.index import Entry, Index, Note, Source
from packslip.pictures.plan import Job, Made, Plan, Planner
from packslip.pictures.recipe import Decode, Look, Recipe
from packslip.pictures.remote import Fetcher, Validators
from packslip.pictures.sources import read_source
from packslip.pictures.store import Store, mark_used
from packslip.settings import PictureSettings

#: A sync that was begun longer ago is not gone on with: what it asked for may have changed since.
RESUME_S = 24 * 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a sync is."""

    total: int = 0  #: pictures of the feed, each once
    done: int = 0
    current: int = 0  #: of these, were as they should be
    fetched: int = 0  #: of these, came from a server
    made: int = 0  #: renditions made
    failed: int = 0  #: of `done`, could not be had or made
    unasked: int = 0  #: left out, because no server was to be asked
    resumed: bool = False  #: it goes on with one that was interrupted


Listener = Callable[[Progress], None]


@dataclass(frozen=True, slots=True)
class _Got:
    """What asking or reading gave."""

    source: Source
    data: bytes | None = None  #: None where it failed, or where nothing changed
    is_new: bool = False  #: came from a server


class PictureSync:
    """One sync of one image cache."""

    def __init__(
        self,
        cache: Path,
        folder: Path,
        settings: PictureSettings,
        recipes: tuple[Recipe, ...],
        *,
        decode: Decode,
        decoders: int,
        offline: bool = False,
        listener: Listener = lambda progress: None,
        clock: Callable[[], float] = time.monotonic,
        today: Callable[[], float] = time.time,
        sleep: Sleep = asyncio.sleep,
    ) -> None:
        """Renditions for `recipes` go below `cache`, bare names are looked up below `folder`.

        `decode` is called by as many threads as there are `decoders`. `offline` asks no server. `listener` hears of
        each picture once it is on disk. `clock` counts seconds from anywhere, as `sleep` passes; `today` since 1970.
        """
        self._store = Store(cache)
        self._index = Index(cache)
        self._folder = PictureFolder(folder)
        self._settings = settings
        self._recipes = recipes
        self._decode = decode
        self._decoders = decoders
        self._offline = offline
        self._listener = listener
        self._clock = clock
        self._today = today
        self._sleep = sleep
        self._progress = Progress()

    def run(self, references: Iterable[str]) -> Progress:
        """Bring every picture up to date; blocks until that is done.

        Raises:
            OSError: the cache cannot be written to.
        """
        now = self._today()
        open_sync = self._index.open_sync()
        resumed = bool(open_sync) and 0 <= now - float(open_sync) < RESUME_S
        sync = open_sync if resumed else f"{now:.3f}"
        made, known = self._look_around(), self._index.sources()
        planner = Planner(
            known=known,
            made=made,
            recipes=self._recipes,
            store=self._store,
            pictures=self._folder,
            settings=self._settings,
            sync=sync,
            offline=self._offline,
        )
        plan = planner.plan(references)
        self._index.begin_sync(sync)
        self._index.note(Note(reference=name, source=Source(sha256="", findings=why)) for name, why in plan.absent)
        self._mark((*plan.current, *(job.name for job in plan.jobs)), known, made, now)
        self._begin(plan, resumed=resumed)
        try:
            asyncio.run(self._work(plan.jobs, made, sync))
        except BaseExceptionGroup as group:  # the first fault ends all workers
            raise group.exceptions[0] from None
        self._index.end_sync()
        self._index.close()
        return self._progress

    def _look_around(self) -> Made:
        """What is made already."""
        self._store.sweep()
        files = list(self._store.files())
        return Made(
            entries={recipe: self._index.entries(recipe) for recipe in self._recipes},
            renditions={kept.digest: kept for kept in files if not kept.is_source},
            sources={kept.digest: kept for kept in files if kept.is_source},
        )

    def _mark(self, names: Iterable[str], known: Mapping[str, Source], made: Made, now: float) -> None:
        """What a feed still names counts as used, so that the budget spares it."""
        for name in names:
            source = known.get(name)
            for kept in made.kept(source.sha256) if source else ():
                mark_used(kept.path, kept.used, now)

    def _begin(self, plan: Plan, *, resumed: bool) -> None:
        current, absent = len(plan.current), len(plan.absent)
        self._progress = Progress(
            total=len(plan.jobs) + current + absent + plan.unasked,
            done=current + absent + plan.unasked,
            current=current,
            failed=absent,
            unasked=plan.unasked,
            resumed=resumed,
        )
        self._listener(self._progress)

    async def _work(self, jobs: tuple[Job, ...], made: Made, sync: str) -> None:
        """Let a few workers take one job after another; each holds one picture, so memory has a bound."""
        waiting = iter(jobs)
        count = min(self._settings.connections + self._decoders, len(jobs))
        with (
            ThreadPoolExecutor(self._decoders, thread_name_prefix="decode") as decoders,
            ThreadPoolExecutor(1, thread_name_prefix="index") as writer,
        ):
            patience = self._settings.sync_s
            async with (
                Fetcher(self._settings, deadline_s=patience, clock=self._today) as fetcher,
                asyncio.TaskGroup() as workers,
            ):
                asker = Asker(fetcher, connections=self._settings.connections, clock=self._clock, sleep=self._sleep)
                desk = _Desk(self._index, writer)
                maker = _Maker(self._store, made, self._recipes, self._decode, decoders)
                for _ in range(count):
                    workers.create_task(self._take(waiting, _Room(asker, maker, desk, sync)))

    async def _take(self, jobs: Iterator[Job], room: "_Room") -> None:
        for job in jobs:
            got = await self._get(job, room)
            if got.source.sha256 and (got.data is not None or job.path is not None or not got.source.findings):
                await room.maker.make(got)
            note = self._note(job, got, room.maker)
            await room.desk.remember(note)
            self._count(got, note, room.maker)

    def _note(self, job: Job, got: _Got, maker: "_Maker") -> Note:
        """What is to be remembered: the picture, or the one from before where the new one is broken."""
        source = got.source
        if maker.is_sound(source.sha256):
            return Note(
                reference=job.name,
                source=source,
                entries=maker.fresh(source.sha256),
                look=maker.looks.get(source.sha256),
            )
        source = replace(source, etag="", last_modified="")  # a broken picture is asked for whole the next time
        if got.is_new and job.known is not None and maker.is_sound(job.known.sha256):
            why = tuple(dict.fromkeys(each for entry in maker.entries(source.sha256) for each in entry.findings))
            return Note(reference=job.name, source=replace(source, sha256=job.known.sha256, findings=why))
        return Note(reference=job.name, source=source, entries=maker.fresh(source.sha256))

    async def _get(self, job: Job, room: "_Room") -> _Got:
        """The bytes of a job, or why there are none."""
        if job.asks:
            return await self._ask(job, room)
        if job.stamp is None and job.known is not None:
            return _Got(job.known)
        data, findings = await asyncio.to_thread(read_source, job.path or Path(), self._settings)
        digest = "" if data is None else sha256(data)
        return _Got(Source(sha256=digest, stamp=job.stamp, findings=findings), data)

    async def _ask(self, job: Job, room: "_Room") -> _Got:
        known = job.known or Source(sha256="")
        validators = Validators(etag=known.etag, last_modified=known.last_modified) if job.may_stay else Validators()
        fetched = await room.asker.ask(job.name, validators)
        if fetched.is_unchanged:
            return _Got(replace(known, asked=room.sync, findings=()))
        if not fetched.data:  # what was had before is kept: last week's picture beats none
            return _Got(replace(known, asked=room.sync, findings=fetched.findings))
        source = Source(
            sha256=sha256(fetched.data),
            etag=fetched.validators.etag,
            last_modified=fetched.validators.last_modified,
            asked=room.sync,
        )
        return _Got(source, fetched.data, is_new=True)

    def _count(self, got: _Got, note: Note, maker: "_Maker") -> None:
        before = self._progress
        broken = any(not entry.digest for entry in maker.entries(note.source.sha256))
        failed = bool(note.source.findings) or broken
        self._progress = replace(
            before,
            done=before.done + 1,
            current=before.current + (got.data is None and not failed and not note.entries),
            fetched=before.fetched + got.is_new,
            made=maker.made,
            failed=before.failed + failed,
        )
        self._listener(self._progress)


@dataclass(frozen=True, slots=True)
class _Room:
    """What the workers of a sync share."""

    asker: Asker
    maker: "_Maker"
    desk: "_Desk"
    sync: str


class _Maker:
    """Makes what recipes lack, each picture once, whoever asks for it."""

    def __init__(
        self, store: Store, made: Made, recipes: tuple[Recipe, ...], decode: Decode, decoders: ThreadPoolExecutor
    ) -> None:
        self._store = store
        self._made = made
        self._recipes = recipes
        self._decode = decode
        self._decoders = decoders
        self._fresh: dict[str, dict[Recipe, Entry]] = {}  #: made in this sync
        self._locks: dict[str, asyncio.Lock] = {}
        self.looks: dict[str, Look] = {}  #: of what was decoded in this sync
        self.made = 0  #: renditions, in this sync

    async def make(self, got: _Got) -> None:
        """Make what the recipes lack of some bytes."""
        digest = got.source.sha256
        async with self._locks.setdefault(digest, asyncio.Lock()):
            lacking = () if digest in self._fresh else self._made.lacks(digest, self._recipes)
            if not lacking:
                return
            loop = asyncio.get_running_loop()
            entries, look = await loop.run_in_executor(self._decoders, self._render, got, lacking)
            self._fresh[digest] = entries
            if look is not None:
                self.looks[digest] = look
            self.made += sum(bool(entry.digest) for entry in entries.values())

    def fresh(self, sha256: str) -> dict[Recipe, Entry]:
        """What was made of some bytes in this sync, for whichever reference."""
        return self._fresh.get(sha256, {})

    def entries(self, sha256: str) -> tuple[Entry, ...]:
        """Everything that was ever made of some bytes."""
        known = (entries[sha256] for entries in self._made.entries.values() if sha256 in entries)
        return (*known, *self.fresh(sha256).values())

    def is_sound(self, sha256: str) -> bool:
        """Whether some bytes gave any rendition."""
        return any(entry.digest for entry in self.entries(sha256))

    def _render(self, got: _Got, recipes: tuple[Recipe, ...]) -> tuple[dict[Recipe, Entry], Look | None]:
        data = got.data
        if data is None:
            try:
                data = self._store.source(got.source.sha256).read_bytes()
            except FileNotFoundError:  # the budget took it meanwhile; the next sync asks for it
                return {}, None
        decoded = self._decode(data, recipes)
        if got.is_new and decoded.look is not None:
            self._store.keep_source(data)
        entries = {
            recipe: Entry(
                digest=self._store.keep(rendered.data, rendered.suffix) if rendered.data else "",
                suffix=rendered.suffix,
                width=rendered.width,
                height=rendered.height,
                findings=rendered.findings,
            )
            for recipe, rendered in zip(recipes, decoded.rendered, strict=True)
        }
        return entries, decoded.look


class _Desk:
    """Writes what is done into the index: all that came while the last page was being written goes on the next."""

    def __init__(self, index: Index, writer: ThreadPoolExecutor) -> None:
        self._index = index
        self._writer = writer
        self._waiting: list[Note] = []
        self._writing = asyncio.Lock()

    async def remember(self, note: Note) -> None:
        """Return once a note is on disk."""
        self._waiting.append(note)
        async with self._writing:
            notes, self._waiting = self._waiting, []
            if notes:
                await asyncio.get_running_loop().run_in_executor(self._writer, self._index.note, notes)
