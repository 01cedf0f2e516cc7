"""Fonts: the files below layouts/fonts, known by what they say of themselves.

The only fonts a slip is ever set in; the machine's own do not exist for packslip.
"""

import io
import struct
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from fontTools.ttLib import TTFont, TTLibError

from packslip.library.source_file import read_source
from packslip.model import Finding, Where, error

_FAMILY, _SUBFAMILY, _TYPOGRAPHIC_FAMILY = 1, 2, 16
_ITALIC_BIT = 1


@dataclass(frozen=True, kw_only=True)
class FontFile:
    """One face."""

    path: Path
    family: str  #: typographic family, as CSS names it
    weight: int  #: 100 to 900
    style: str  #: normal or italic

    @cached_property
    def characters(self) -> frozenset[int]:
        """Code points the face has glyphs for."""
        with TTFont(self.path, lazy=True) as font:
            return frozenset(font.getBestCmap() or {})


def load_fonts(folder: Path) -> tuple[tuple[FontFile, ...], tuple[Finding, ...]]:
    """Every face below a folder, sorted by path, and the files that are none."""
    fonts: list[FontFile] = []
    findings: list[Finding] = []
    for path in sorted(folder.rglob("*")):
        if path.suffix.lower() not in {".ttf", ".otf"}:
            continue
        label = f"layouts/fonts/{path.relative_to(folder)}"
        data, found = read_source(path, label=label)
        findings += found
        if data is None:
            continue
        try:
            fonts.append(_read_face(data, path))
        except (TTLibError, OSError, KeyError, ValueError, struct.error) as fault:
            where = Where(file=label)
            findings.append(error("font.broken", where, f"no usable font: {fault}"))
    if not fonts:
        findings.append(
            error("fonts.missing", Where(file="layouts/fonts"), "no font", "put the layouts' fonts (TTF, OTF) there")
        )
    return tuple(fonts), tuple(findings)


def _read_face(data: bytes, path: Path) -> FontFile:
    with TTFont(io.BytesIO(data), lazy=True) as font:
        names, metrics = font["name"], font["OS/2"]
        family = names.getDebugName(_TYPOGRAPHIC_FAMILY) or names.getDebugName(_FAMILY)
        if not family:
            raise ValueError("no family name")
        style = "italic" if metrics.fsSelection & _ITALIC_BIT else "normal"
        return FontFile(path=path, family=family, weight=int(metrics.usWeightClass), style=style)
