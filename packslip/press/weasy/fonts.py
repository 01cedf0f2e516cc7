"""Fonts: a configuration that holds the workspace's faces by their own names, and nothing of the machine's.

WeasyPrint's own `@font-face` copies every font into a temporary folder that a killed worker leaves behind; so the files
are registered where they lie.
"""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import escape

from weasyprint.text.constants import FONTCONFIG_WEIGHT
from weasyprint.text.ffi import ffi, fontconfig, pangoft2
from weasyprint.text.fonts import FontConfiguration

from packslip.errors import LayoutError

_RULE = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><match target="scan"><test name="file" compare="eq"><string>{path}</string></test>
<edit name="family" mode="prepend"><string>{family}</string></edit>
<edit name="slant" mode="assign_replace"><const>{slant}</const></edit>
<edit name="weight" mode="assign_replace"><int>{weight}</int></edit></match></fontconfig>"""
_SLANTS = {"normal": "roman", "italic": "italic", "oblique": "oblique"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Face:
    """A font file and the name layouts call it by."""

    path: Path
    family: str
    weight: int
    style: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fonts:
    """The faces of a workspace, loaded once and kept; there are no others."""

    configuration: FontConfiguration
    faces: tuple[Face, ...]  #: in the order they are numbered by


def load_fonts(faces: Iterable[Face]) -> Fonts:
    """A font configuration of these faces, always in the same order.

    Raises:
        LayoutError: a font file cannot be used.
    """
    configuration = FontConfiguration()
    ordered = tuple(sorted(faces, key=lambda face: (face.family, face.weight, face.style, face.path.name)))
    for face in ordered:
        _register(configuration, face)
    pangoft2.pango_fc_font_map_config_changed(ffi.cast("PangoFcFontMap *", configuration.font_map))
    return Fonts(configuration=configuration, faces=ordered)


def _register(configuration: FontConfiguration, face: Face) -> None:
    path = str(face.path.absolute())
    rule = _RULE.format(
        path=escape(path),
        family=escape(face.family),
        slant=_SLANTS[face.style],
        weight=FONTCONFIG_WEIGHT[min(900, max(100, round(face.weight / 100) * 100))],
    )
    fontconfig.FcConfigParseAndLoadFromMemory(configuration._config, rule.encode(), True)  # noqa: SLF001
    if not fontconfig.FcConfigAppFontAddFile(configuration._config, os.fsencode(path)):  # noqa: SLF001
        raise LayoutError(f"layouts/fonts/{face.path.name}: no usable font", hint="export it again as TTF or OTF")
