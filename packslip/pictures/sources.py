"""Sources: what a reference is called, where it is shown, and how the file behind it is read."""

import os
from pathlib import Path

from packslip.model import Finding, Where, error
from packslip.pictures.folder import PictureFolder
from packslip.pictures.index import Stamp
from packslip.pictures.remote import is_url
from packslip.settings import PictureSettings


def reference_name(reference: str, settings: PictureSettings) -> str:
    """What a reference is called in the index: an address is its own name, a file has its folder before it."""
    name = reference if is_url(reference) else f"{settings.folder}/{reference}"
    return name.encode("utf-8", "backslashreplace").decode()


def place_of(name: str) -> Where:
    """Where a finding about a picture points to; an address without its query, which may carry keys."""
    if is_url(name):
        return Where(spot=name.split("?", 1)[0].split("#", 1)[0][:200])
    return Where(file=plain(name))


def plain(text: str) -> str:
    """A name short and printable enough for a message."""
    return "".join(letter if letter.isprintable() else "?" for letter in text[:120])


def missing(reference: str, pictures: PictureFolder, settings: PictureSettings) -> tuple[Finding, ...]:
    """The finding for a name that no file has."""
    nearest = pictures.nearest(reference)
    hint = f"did you mean {nearest!r}?" if nearest else f"put the file into {settings.folder}"
    return (error("picture.missing", Where(), f"no picture {plain(reference)!r}", hint),)


def stamp_of(path: str) -> Stamp | None:
    """How a file looks from outside; None where there is none."""
    try:
        status = os.stat(path)  # noqa: PTH116 (twice as fast as Path.stat, and this is the hot line)
    except (OSError, ValueError):
        return None
    return Stamp(mtime_ns=status.st_mtime_ns, size=status.st_size)


def read_source(path: Path, settings: PictureSettings) -> tuple[bytes | None, tuple[Finding, ...]]:
    """The bytes of a picture file; None with a finding where it is too large or cannot be read."""
    try:
        size = path.stat().st_size
        if size > settings.max_bytes:
            message = f"file has {size} bytes, more than the {settings.max_bytes} allowed"
            hint = "scale the picture down, or raise pictures.max_bytes"
            return None, (error("picture.too_large", Where(), message, hint),)
        return path.read_bytes(), ()
    except OSError as fault:
        message = f"file cannot be read: {fault.strerror}"
        return None, (error("picture.not_readable", Where(), message, "check the file's permissions"),)
