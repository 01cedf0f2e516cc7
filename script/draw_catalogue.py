"""Draw the pictures of the sample shop: catalogue/pictures/*.jpg and the editorial pictures in layouts/art/.

    .venv/bin/python script/draw_catalogue.py                    everything
    .venv/bin/python script/draw_catalogue.py --only mug-ash     some, by name
    .venv/bin/python script/draw_catalogue.py --sheet /tmp/s.png a contact sheet of what is drawn

The drawings are vector: each piece composes SVG, which WeasyPrint turns into PDF and pdfium into pixels; shadows are
layers blurred in between. Nothing is random: the same packages give the same pictures. The SVG is not kept.
"""

import argparse
import math
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from PIL import Image
from still_life.pieces import PIECES, SPREADS, draw

ROOT = Path(__file__).resolve().parent.parent
PRODUCTS = ROOT / "catalogue" / "pictures"
EDITORIAL = ROOT / "layouts" / "art"
MOST_BYTES = 140_000


def _save(name: str) -> Path:
    folder = EDITORIAL if name in SPREADS else PRODUCTS
    path = folder / f"{name}.jpg"
    picture = draw(name)
    for quality in (88, 84, 80, 76):
        picture.save(path, "JPEG", quality=quality, optimize=True, progressive=False)
        if path.stat().st_size <= MOST_BYTES:
            break
    return path


def _sheet(paths: list[Path], target: Path, *, across: int = 4, cell: int = 400) -> None:
    sheet = Image.new("RGB", (across * cell, math.ceil(len(paths) / across) * cell), "white")
    for index, path in enumerate(paths):
        with Image.open(path) as picture:
            picture.thumbnail((cell - 6, cell - 6), Image.Resampling.LANCZOS)
            sheet.paste(picture, (index % across * cell, index // across * cell))
    sheet.save(target)


def main() -> None:
    """Draw what the command line asks for."""
    parser = argparse.ArgumentParser(description="draw the sample shop's pictures")
    parser.add_argument("--only", nargs="+", metavar="NAME", default=[*PIECES, *SPREADS], help="names without .jpg")
    parser.add_argument("--sheet", type=Path, help="also write a contact sheet here")
    parser.add_argument("--jobs", type=int, default=2, help="pictures drawn at once")
    wanted = parser.parse_args()
    PRODUCTS.mkdir(parents=True, exist_ok=True)
    with ProcessPoolExecutor(wanted.jobs) as pool:
        paths = list(pool.map(_save, wanted.only))
    print(f"{len(paths)} pictures, {sum(path.stat().st_size for path in paths) / 1e6:.2f} MB")
    if wanted.sheet:
        _sheet(paths, wanted.sheet)


if __name__ == "__main__":
    main()
