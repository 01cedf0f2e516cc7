"""Plan: what a sync has to do, told apart from what is done already.

Pure but for looking at the picture folder: what the index says, which files the store has and what the layouts ask for
go in, jobs come out.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from packslip.model import Finding
from packslip.pictures.folder import PictureFolder
from packslip.pictures.index import Entry, Source, Stamp
from packslip.pictures.recipe import Recipe
from packslip.pictures.remote import is_url
from packslip.pictures.sources import missing, reference_name, stamp_of
from packslip.pictures.store import Kept, Store
from packslip.settings import PictureSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What is made already."""

    entries: Mapping[Recipe, Mapping[str, Entry]]  #: recipe → SHA-256 of the bytes → what it gave
    renditions: Mapping[str, Kept]  #: that the store has, by their own digest
    sources: Mapping[str, Kept]  #: fetched bytes that the store has, by theirs

    def lacks(self, sha256: str, recipes: Iterable[Recipe]) -> tuple[Recipe, ...]:
        """The recipes whose rendition of some bytes is not there."""
        return tuple(recipe for recipe in recipes if not self._has(self.entries[recipe].get(sha256)))

    def kept(self, sha256: str) -> Iterator[Kept]:
        """Every file of the store that comes from some bytes, and these themselves."""
        if sha256 in self.sources:
            yield self.sources[sha256]
        for entries in self.entries.values():
            entry = entries.get(sha256)
            if entry is not None and entry.digest in self.renditions:
                yield self.renditions[entry.digest]

    def _has(self, entry: Entry | None) -> bool:
        return entry is not None and (not entry.digest or entry.digest in self.renditions)


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One picture to be asked for, read or made."""

    name: str  #: in the index; a URL is its own name
    known: Source | None
    path: Path | None  #: of a file of the picture folder, or of fetched bytes that are kept
    stamp: Stamp | None = None  #: of a file of the picture folder
    asks: bool = False  #: the server is to be asked
    may_stay: bool = False  #: the server may answer that nothing has changed: all is there to make what lacks


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is to do."""

    jobs: tuple[Job, ...]
    absent: tuple[tuple[str, tuple[Finding, ...]], ...]  #: name in the index, and why there is no file
    current: tuple[str, ...]  #: names in the index of what needs nothing
    unasked: int  #: addresses left out because no server is to be asked


@dataclass(slots=True, kw_only=True)
class Planner:
    """Tells which pictures want work. What the sync `sync` has asked for already is not asked for again."""

    known: Mapping[str, Source]
    made: Made
    recipes: tuple[Recipe, ...]
    store: Store
    pictures: PictureFolder
    settings: PictureSettings
    sync: str
    offline: bool

    def plan(self, references: Iterable[str]) -> Plan:
        """The jobs of some references, each once."""
        jobs: list[Job] = []
        absent: list[tuple[str, tuple[Finding, ...]]] = []
        current: list[str] = []
        unasked = 0
        for reference in dict.fromkeys(references):
            name = reference_name(reference, self.settings)
            source = self.known.get(name)
            lacks = source is None or not source.sha256 or bool(self.made.lacks(source.sha256, self.recipes))
            if not is_url(reference):
                path = self.pictures.find(reference)
                stamp = None if path is None else stamp_of(str(path))
                if stamp is None:
                    absent.append((name, missing(reference, self.pictures, self.settings)))
                elif source is not None and source.stamp == stamp and not lacks:
                    current.append(name)
                else:
                    jobs.append(Job(name=name, known=source, path=path, stamp=stamp))
                continue
            job = self._remote(name, source, lacks=lacks)
            if job is not None:
                jobs.append(job)
            elif lacks:
                unasked += 1
            else:
                current.append(name)
        return Plan(jobs=tuple(jobs), absent=tuple(absent), current=tuple(current), unasked=unasked)

    def _remote(self, url: str, source: Source | None, *, lacks: bool) -> Job | None:
        """What to do for an address; None where nothing is to do, or nothing can be done without asking."""
        kept = source is not None and source.sha256 in self.made.sources
        path = self.store.source(source.sha256) if source and kept else None
        asked = source is not None and source.asked == self.sync and not source.findings
        if self.offline or asked:
            if not lacks:
                return None
            if kept:
                return Job(name=url, known=source, path=path)
            if self.offline:
                return None
        return Job(name=url, known=source, path=path, asks=True, may_stay=kept or not lacks)
