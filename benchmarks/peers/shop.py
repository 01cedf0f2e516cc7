"""What every contestant is given: the world of the run, its pictures, its codes, and what a contestant must offer."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from xml.sax.saxutils import escape

from packslip.library.brands import Brand
from packslip.library.layouts import Layout
from packslip.model import Slip, Where
from packslip.pictures.library import PictureLibrary
from packslip.press.codes import Symbol, draw_code
from packslip.settings import MediaSettings
from packslip.world import World


class Absent(Exception):
    """A contestant that cannot take part; the message says why."""


class Peer:
    """A contestant, opened in a process of its own."""

    def prepare(self, slips: Sequence[Slip]) -> None:
        """What may be done before the clock starts; nothing, but for the floor."""

    def draw(self, slip: Slip) -> bytes:
        """The slip's PDF."""
        raise NotImplementedError

    def forget(self) -> None:
        """Drop what is remembered of whole documents, so that each slip pays for its own."""

    def cpu_s(self) -> float:
        """CPU seconds used so far by all that works for this contestant."""
        return time.process_time()

    def close(self) -> None:
        """End what was started."""


@dataclass(frozen=True)
class Shop:
    """The run's workspace, opened."""

    root: Path

    @cached_property
    def world(self) -> World:
        """The workspace's working files."""
        return World.open(self.root)

    @cached_property
    def _library(self) -> PictureLibrary:
        workspace, settings = self.world.workspace, self.world.settings.pictures
        return PictureLibrary(workspace.image_cache, workspace.root / settings.folder, settings)

    def layout(self, slip: Slip) -> Layout:
        """The slip's layout."""
        return self.world.layout(slip.layout)

    def media(self, slip: Slip) -> MediaSettings:
        """What it is printed on."""
        return self.world.media(self.layout(slip))

    def brand(self, slip: Slip) -> Brand:
        """The slip's brand."""
        return self.world.brands[slip.brand.store]

    def picture(self, digest: str) -> Path:
        """The file of a rendition, of any of the libraries: renditions are found by digest alone."""
        return self._library.path(digest)

    def source(self, reference: str) -> Path:
        """The file of `picture:<digest>` or `art:<name>`."""
        kind, _, name = reference.partition(":")
        return self.picture(name) if kind == "picture" else self.root / "layouts" / "art" / name

    def symbols(self, slip: Slip) -> Mapping[str, Symbol]:
        """The slip's codes as whole-dot bars: every contestant draws these, so that codes cost all the same."""
        layout, media = self.layout(slip), self.media(slip)
        made = ((code.name, draw_code(code, layout.codes[code.name], media, Where())[0]) for code in slip.codes)
        return {name: symbol for name, symbol in made if symbol is not None}

    @cached_property
    def font_configuration(self) -> Path:
        """A fontconfig file that knows the workspace's faces by the names the layout calls them, and no other."""
        path = self.root / "bench-fonts.conf"
        rules = "".join(
            _RULE.format(path=escape(str(font.path)), family=escape(font.family), weight=_WEIGHTS[font.weight])
            for font in self.world.fonts
        )
        cache, fonts = self.root / "bench-fonts", self.root / "layouts" / "fonts"
        path.write_text(_CONFIGURATION.format(fonts=escape(str(fonts)), cache=escape(str(cache)), rules=rules))
        return path


_CONFIGURATION = """<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig><dir>{fonts}</dir><cachedir>{cache}</cachedir>
{rules}</fontconfig>
"""
_RULE = """<match target="scan"><test name="file" compare="eq"><string>{path}</string></test>
<edit name="family" mode="prepend"><string>{family}</string></edit>
<edit name="weight" mode="assign_replace"><int>{weight}</int></edit></match>
"""
#: CSS weight → fontconfig's own scale.
_WEIGHTS = {300: 50, 400: 80, 500: 100, 600: 180, 700: 200}
