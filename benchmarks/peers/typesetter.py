"""Typst: the layout rewritten in its language, one warm compiler, each slip handed over as JSON in `sys.inputs`."""

import json
import shutil
from dataclasses import asdict
from functools import lru_cache
from pathlib import Path

import typst
from fontTools.ttLib import TTFont

from benchmarks.peers.design import LOOKS, Voice
from benchmarks.peers.page import svg
from benchmarks.peers.shop import Peer, Shop
from packslip.model import Slip


class Typesetter(Peer):
    """Pictures are files below the root, codes SVG, fonts the workspace's own and no other."""

    def __init__(self, shop: Shop) -> None:
        self._shop = shop
        folder = shop.root / "typst"
        folder.mkdir(exist_ok=True)
        main = shutil.copy(Path(__file__).with_name("slip.typ"), folder)
        for store, look in LOOKS.items():
            voices = {name: {**asdict(voice), **self._box(voice)} for name, voice in look.voices.items()}
            data = {**look.data(), "voices": voices}
            (folder / f"look-{store}.json").write_text(json.dumps(data), encoding="utf-8")
        fonts = sorted({str(font.path.parent) for font in shop.world.fonts})
        self._compiler = typst.Compiler(main, root=shop.root, font_paths=fonts, ignore_system_fonts=True)

    def draw(self, slip: Slip) -> bytes:
        codes = {
            name: {"svg": svg(symbol), "width": symbol.width_mm} for name, symbol in self._shop.symbols(slip).items()
        }
        inputs = {
            "slip": slip.to_json(),
            "codes": json.dumps(codes),
            "files": json.dumps({name: self._file(name) for name in _pictures(slip)}),
        }
        return self._compiler.compile(format="pdf", sys_inputs=inputs, pdf_tags=False)

    @lru_cache(maxsize=1000)  # noqa: B019 -- one typesetter a process
    def _file(self, name: str) -> str:
        """A picture's path as Typst sees it, from its root."""
        cache = self._shop.world.workspace.image_cache
        path = self._shop.source(name)
        return f"/image_cache/{path.relative_to(cache)}"

    def _box(self, voice: Voice) -> dict[str, float]:
        """How far a line reaches above and below its baseline in em, as CSS has it."""
        ascent, descent = _metrics(self._path(voice))
        spare = (voice.line / voice.size - ascent - descent) / 2
        return {"up": ascent + spare, "down": descent + spare}

    def _path(self, voice: Voice) -> Path:
        fonts = [font for font in self._shop.world.fonts if font.family == voice.family]
        style = "italic" if voice.italic else "normal"
        return next(font.path for font in fonts if font.weight == voice.weight and font.style == style)


def _pictures(slip: Slip) -> set[str]:
    named = [item.picture for item in (*slip.lines, *slip.recommendations)]
    if slip.content is not None:
        named.append(slip.content.picture)
    return {name for name in named if name}


@lru_cache
def _metrics(path: Path) -> tuple[float, float]:
    with TTFont(path, lazy=True) as font:
        units = font["head"].unitsPerEm
        return font["hhea"].ascent / units, -font["hhea"].descent / units
