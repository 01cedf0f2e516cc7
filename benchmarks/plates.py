"""What plates hold: how many skeletons and plates a run makes, and what memory they take.

    python -m benchmarks.plates --count 300

Draws the standard run from cold as a worker does, with as many plates kept as `[press] plates` says by default.
"""

import argparse
import os
from collections.abc import Sequence
from pathlib import Path

from benchmarks.slips import COUNT, MOST, SEED, Run, fresh_world
from packslip.model import Slip
from packslip.pictures.library import PictureLibrary
from packslip.press import press, warm
from packslip.press.kept import kept_of
from packslip.press.plates import PlateBook
from packslip.press.skeleton import choices_of, read_skeleton
from packslip.press.template import mark_layout
from packslip.settings import PressSettings
from packslip.world import World

EVERY = 50


def resident_mb() -> float:
    """Memory of this process that is in use now."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="count the plates of the standard run and the memory they take")
    parser.add_argument("--count", type=int, default=COUNT, help=f"slips of the run, at most {MOST}")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--skeletons", action="store_true", help="count skeletons only, without drawing")
    wanted = parser.parse_args()
    with fresh_world() as world:
        slips = Run(world).slips(min(wanted.count, MOST), seed=wanted.seed)
        skeletons = set()
        for slip in slips:
            layout = world.layout(slip.layout)
            filled = mark_layout(layout, slip)
            if filled is not None:
                skeleton = read_skeleton(filled.text, layout.css)
                skeletons.add((slip.brand.store, filled.text, skeleton.key(filled.values, choices_of(slip))))
        print(f"{len(slips)} slips, {len(skeletons)} skeletons")
        if not wanted.skeletons:
            draw(world, slips)


def draw(world: World, slips: Sequence[Slip]) -> None:
    """Draw them, telling from time to time."""
    settings = world.settings.pictures
    library = PictureLibrary(world.workspace.image_cache, world.workspace.root / settings.folder, settings)
    warm(world)
    kept = kept_of(world)
    kept.plates = PlateBook(kept.typesetter, PressSettings().plates, world.retired)
    print(f"warm: {resident_mb():.0f} MB")
    for number, slip in enumerate(slips, start=1):
        press(slip, world, library.path)
        if number % EVERY == 0 or number == len(slips):
            pages, parts = kept.plates.kept
            plates = f"{kept.plates.traced} traced, {pages} pages and {parts} parts kept"
            print(f"{number} slips: {plates}, {resident_mb():.0f} MB")


if __name__ == "__main__":
    main()
