"""The shelf: everything a layout may fetch, by name, and nothing else.

    picture:<digest>   a rendition of the picture library
    code:<name>        a code of the slip (drawn by the press itself, never fetched)
    art:<file>         a file in layouts/art
    mark.svg           a file of the layout's own folder; ../art/mark.svg, ../fonts/x.ttf likewise

Names are looked up, never joined to a path. No file://, no http, no data:, no redirect, no attachment.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote

MIME = {
    ".css": "text/css",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".otf": "font/otf",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".ttf": "font/ttf",
}

_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*):(.*)", re.DOTALL)
_DIGEST = re.compile(r"[0-9a-f]{8,128}")
_MAGIC = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG\r\n\x1a\n": "image/png"}


class RefusedError(Exception):
    """A layout asks for what it may not have or what is not there; the message says which."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """Bytes and what they are."""

    data: bytes
    mime: str


class Shelf:
    """What one layout may fetch for one slip."""

    def __init__(
        self,
        *,
        layouts: Path,
        layout: str = "",
        pictures: Callable[[str], Path] | None = None,
    ) -> None:
        self._layouts = layouts
        self._layout = layout
        self._pictures = pictures
        #: URL → why it was refused, in the order asked for.
        self.refused: dict[str, str] = {}

    def fetch(self, url: str) -> Resource:
        """The bytes a URL names.

        Raises:
            RefusedError: they may not be had; remembered in `refused`.
        """
        try:
            return self._fetch(url)
        except RefusedError as fault:
            self.refused.setdefault(url, str(fault))
            raise

    def _fetch(self, url: str) -> Resource:
        scheme = _SCHEME.fullmatch(url)
        if scheme is None:
            return self._file(unquote(url))
        match scheme[1].lower(), unquote(scheme[2]):
            case "picture", digest:
                return self._picture(digest)
            case "art", name:
                return self._named(self._layouts / "art", name)
            case "code", name:
                raise RefusedError(f"this slip has no code {name!r} that can be drawn")
            case other, _:
                raise RefusedError(f"{other}: is not fetched; a layout has its own files, art:, picture: and code:")

    def _picture(self, digest: str) -> Resource:
        if self._pictures is None or not _DIGEST.fullmatch(digest):
            raise RefusedError("no such picture")
        try:
            data = self._pictures(digest).read_bytes()
        except (OSError, LookupError) as fault:
            raise RefusedError(f"no such picture ({type(fault).__name__})") from None
        for magic, mime in _MAGIC.items():
            if data.startswith(magic):
                return Resource(data=data, mime=mime)
        raise RefusedError("the rendition is neither JPEG nor PNG")

    def _file(self, reference: str) -> Resource:
        """A file a layout names relative to its own folder, found by walking names from `layouts/`."""
        parts: list[str] = [self._layout]
        for part in PurePosixPath(reference.partition("?")[0].partition("#")[0]).parts:
            if part == ".." and parts:
                parts.pop()
            elif part != ".":
                parts.append(part)
        if len(parts) < 2 or parts[0] not in {self._layout, "art", "fonts"} or not self._layout:
            raise RefusedError("only files of the layout's own folder, layouts/art and layouts/fonts are fetched")
        if parts == [self._layout, "slip.css"]:
            return Resource(data=b"", mime=MIME[".css"])  # already in force; the link serves a designer's browser
        folder = self._layouts
        for name in parts[:-1]:
            folder = _entry(folder, name)
        return self._named(folder, parts[-1])

    def _named(self, folder: Path, name: str) -> Resource:
        path = _entry(folder, name)
        if not path.resolve().is_relative_to(self._layouts.resolve()):
            raise RefusedError("it points out of layouts/")
        return _read(path)


def _entry(folder: Path, name: str) -> Path:
    entries: Mapping[str, Path] = {entry.name: entry for entry in folder.iterdir()} if folder.is_dir() else {}
    if name not in entries:
        raise RefusedError(f"no file {name!r} in layouts/{folder.name}" if name.isprintable() else "no such file")
    return entries[name]


def _read(path: Path) -> Resource:
    mime = MIME.get(path.suffix.lower())
    if mime is None:
        raise RefusedError(f"{path.suffix or 'no suffix'}: not a kind of file a layout uses ({', '.join(MIME)})")
    if not path.is_file():
        raise RefusedError("no plain file")
    try:
        return Resource(data=path.read_bytes(), mime=mime)
    except OSError as fault:
        raise RefusedError(f"cannot be read ({type(fault).__name__})") from None
