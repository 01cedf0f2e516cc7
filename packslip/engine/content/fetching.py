"""Fetching: a feed's bytes and its pictures, from allowed hosts or from a file of the workspace.

All that leaves the machine goes through `packslip.pictures.remote`, which judges hosts, addresses, sizes and times.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from packslip.content_feeds import ContentFeedSettings
from packslip.files import private_folder, read_file, sha256, write_atomic
from packslip.library.content_feeds import FeedEntry, is_art
from packslip.model import Finding, Severity, Where, error, warning
from packslip.pictures.remote import UNASKED, Errand, Fetched, Fetcher, Validators, is_url
from packslip.settings import Settings

#: All pictures of a feed together; what is not there by then comes with the next sync.
PICTURES_S = 120.0

_FEED = Errand(
    what="feed",
    accept="application/rss+xml, application/atom+xml, application/feed+json, application/json, text/xml;q=0.9",
    hosts="content.hosts",
    most="content.max_bytes",
)
_PICTURE = Errand(hosts="content.hosts")
_SUFFIXES = {b"\xff\xd8\xff": "jpg", b"\x89PNG\r\n\x1a\n": "png", b"GIF8": "gif", b"II*\0": "tif", b"MM\0*": "tif"}

#: What is wrong with a picture where it is printed; an error means that it cannot be.
Judge = Callable[[Path], tuple[Finding, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pictures:
    """Files of an entry's pictures by what the feed calls them, and whether asking again may bring more."""

    files: Mapping[str, str]
    may_come: bool
    findings: tuple[Finding, ...]


def fetch_feed(feed: ContentFeedSettings, settings: Settings, root: Path, validators: Validators = UNASKED) -> Fetched:
    """The bytes of a feed, or that they have not changed. Total: whatever goes wrong is a finding."""
    if feed.file:
        return _read(root / feed.file, settings.content.max_bytes)
    return asyncio.run(_fetch(feed.url, validators, settings))


async def _fetch(url: str, validators: Validators, settings: Settings) -> Fetched:
    limits = settings.pictures.model_copy(
        update={"hosts": settings.content.hosts, "max_bytes": settings.content.max_bytes}
    )
    async with Fetcher(limits, deadline_s=settings.content.fetch_s, errand=_FEED) as fetcher:
        return await fetcher.fetch(url, validators)


def _read(path: Path, max_bytes: int) -> Fetched:
    try:
        if path.stat().st_size > max_bytes:
            hint = "shorten it, or raise content.max_bytes"
            message = f"file is larger than the {max_bytes} bytes allowed"
            return Fetched(findings=(error("feed.too_large", Where(), message, hint),))
        return Fetched(data=read_file(path))
    except OSError as fault:
        return Fetched(findings=(error("feed.unreadable", Where(), f"cannot be read: {fault.strerror}"),))


def fetch_pictures(
    entries: Sequence[FeedEntry], known: Mapping[str, str], *, settings: Settings, folder: Path, art: Path, judge: Judge
) -> Pictures:
    """A file for each picture that can be had and printed; `known` are those that were had before.

    `folder` keeps what is fetched; `art` is layouts/art, whose files an entry may name.
    """
    files: dict[str, str] = {}
    findings: list[Finding] = []
    wanted: dict[str, Where] = {}
    listed = {entry.name for entry in art.glob("*") if entry.is_file()}
    for entry in entries:
        name = entry.picture
        if is_art(name):
            if name in listed:
                files[name] = f"art:{name}"
            else:
                findings.append(warning("content.picture", entry.where, f"no file {name!r} in layouts/art"))
        elif is_url(name):
            if known.get(name) and (folder / known[name]).is_file():
                files[name] = known[name]
            else:
                wanted.setdefault(name, entry.where)
    may_come = False
    for name, fetched in asyncio.run(_fetch_all(tuple(wanted), settings)).items():
        where = wanted[name]
        found = fetched.findings
        if fetched.data:
            file, found = _keep(fetched.data, folder, judge)
            files |= {name: file} if file else {}
        may_come |= fetched.may_pass
        findings += [replace(finding, where=where, severity=Severity.WARNING) for finding in found]
    return Pictures(files=files, may_come=may_come, findings=tuple(findings))


async def _fetch_all(urls: Sequence[str], settings: Settings) -> dict[str, Fetched]:
    """What came of each, asked one after the other."""
    limits = settings.pictures.model_copy(update={"hosts": settings.content.hosts})
    late = Fetched(
        findings=(error("picture.unreachable", Where(), "not fetched in time, it is asked for again later"),),
        may_pass=True,
    )
    fetched = dict.fromkeys(urls, late)
    try:
        async with (
            asyncio.timeout(PICTURES_S),
            Fetcher(limits, deadline_s=settings.content.fetch_s, errand=_PICTURE) as fetcher,
        ):
            for url in urls:
                fetched[url] = await fetcher.fetch(url)
    except TimeoutError:
        pass
    return fetched


def _keep(data: bytes, folder: Path, judge: Judge) -> tuple[str, tuple[Finding, ...]]:
    """The file of some bytes, "" where they are no picture that can be printed."""
    webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    suffix = next((each for magic, each in _SUFFIXES.items() if data.startswith(magic)), "webp" if webp else "")
    if not suffix:
        return "", (error("picture.not_readable", Where(), "no picture, whatever its address says"),)
    name = f"{sha256(data)[:24]}.{suffix}"
    private_folder(folder)
    write_atomic(folder / name, data)
    findings = judge(folder / name)
    if any(finding.severity is Severity.ERROR for finding in findings):
        (folder / name).unlink()
        return "", findings
    return name, findings
