"""A fresh process and one slip: nothing is warm but the compiled bytecode. `press` times it from outside.

python -m benchmarks.first SHOP RUN
"""

import sys
from pathlib import Path

from packslip.model import Slip
from packslip.pictures.library import PictureLibrary
from packslip.press import press
from packslip.world import World


def main() -> None:
    shop, run = Path(sys.argv[1]), Path(sys.argv[2])
    with run.open(encoding="utf-8") as lines:
        slip = Slip.from_json(next(lines))
    world = World.open(shop)
    settings = world.settings.pictures
    library = PictureLibrary(world.workspace.image_cache, shop / settings.folder, settings)
    document, _ = press(slip, world, library.path)
    sys.stdout.write(f"{len(document.data) if document else 0}\n")


if __name__ == "__main__":
    main()
