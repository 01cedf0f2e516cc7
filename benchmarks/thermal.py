"""A thermal label beside the plain way: from the pressed page to the bytes for the printer.

.venv/bin/python -m benchmarks.thermal [--count N] [--rounds N]

Labels of the standard run, 4 × 6 inch at 203 dpi, laid out beforehand. packslip: `rasterise`, then ZPL in Z64. The
peer: pdfium in grey with antialiasing, Pillow's `convert("1")`, every byte as two digits in a ^GFA. Rounds are
interleaved; CPU time of one process. Below them, what else a label costs on its way: its document, each language.
"""

import argparse
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from statistics import median

import pypdfium2

from benchmarks.slips import SEED, Run, fresh_world
from packslip.dispatch.languages import translate
from packslip.dispatch.languages.zpl import encode_zpl
from packslip.model import Slip
from packslip.press import warm
from packslip.press.drawing import strike
from packslip.press.identity import Facts
from packslip.press.kept import kept_of
from packslip.press.raster import rasterise, write_bitmaps
from packslip.press.task import take_up
from packslip.press.writing import write_document
from packslip.printers import Language
from packslip.settings import MediaSettings
from packslip.world import World

LAYOUT = "label-4x6"
DPI = 203.2


def by_packslip(data: bytes, media: MediaSettings) -> bytes:
    """Dots, looked through for grey, and ZPL."""
    bitmaps, _ = rasterise(data, media)
    return encode_zpl(bitmaps)


def by_pillow(data: bytes, _media: MediaSettings) -> bytes:
    """What everyone writes first."""
    labels = []
    with pypdfium2.PdfDocument(data) as pdf:
        for page in pdf:
            image = page.render(scale=DPI / 72, grayscale=True).to_pil().convert("1")
            dots = bytes(255 - byte for byte in image.tobytes())
            across = -(-image.width // 8)
            labels.append(f"^XA^FO0,0^GFA,{len(dots)},{len(dots)},{across},{dots.hex().upper()}^FS^XZ")
    return "".join(labels).encode()


def timed(contestant: Callable[[bytes, MediaSettings], bytes], pages: Sequence[bytes], media: MediaSettings) -> float:
    """Mean ms of CPU time a label."""
    started = time.process_time()
    for page in pages:
        contestant(page, media)
    return 1000 * (time.process_time() - started) / len(pages)


def struck(slips: Sequence[Slip], world: World) -> list[bytes]:
    """Labels of one page, before they are dots."""
    pages = []
    for slip in slips:
        task = take_up(replace(slip, layout=LAYOUT), world, Path)
        drawn = strike(task)
        if drawn is not None and len(drawn.imprint.pages) == 1:
            pages.append(write_document(drawn.imprint, task.facts, task.kept.faces))
    return pages


def tell_rest(pages: Sequence[bytes], world: World, media: MediaSettings) -> None:
    """The rest of a label's way, and how large it is in each language."""
    facts = Facts(title="", dated=date(2026, 11, 20), language="en", producer="packslip", identifier=b"0" * 32)
    dots = [rasterise(page, media)[0] for page in pages]
    faces = kept_of(world).faces
    started = time.process_time()
    records = [write_bitmaps(bitmaps, facts, faces) for bitmaps in dots]
    print(f"keeping the document  {1000 * (time.process_time() - started) / len(pages):6.2f} ms")
    for language in Language:
        started = time.process_time()
        said = [translate(record, language) for record in records]
        spent = 1000 * (time.process_time() - started) / len(pages)
        print(f"{language.value:<22}{spent:6.2f} ms{sum(map(len, said)) / len(said) / 1000:9.1f} kB")


def main() -> None:
    parser = argparse.ArgumentParser(description="a thermal label beside the plain way")
    parser.add_argument("--count", type=int, default=60, help="labels")
    parser.add_argument("--rounds", type=int, default=5)
    wanted = parser.parse_args()
    contestants = {"packslip": by_packslip, "pdfium, Pillow, hex": by_pillow}
    with fresh_world() as world:
        warm(world)
        media = world.settings.media[LAYOUT]
        pages = struck(Run(world).slips(wanted.count, seed=SEED), world)
        for contestant in contestants.values():
            timed(contestant, pages, media)
        spent: dict[str, list[float]] = {name: [] for name in contestants}
        for _ in range(wanted.rounds):
            for name, contestant in contestants.items():
                spent[name].append(timed(contestant, pages, media))
        print(f"{len(pages)} labels, {wanted.rounds} rounds; median of the rounds' means, fewest and most")
        for name, contestant in contestants.items():
            size = sum(len(contestant(page, media)) for page in pages) / len(pages)
            low, high = min(spent[name]), max(spent[name])
            print(f"{name:<22}{median(spent[name]):6.2f} ms ({low:.2f} to {high:.2f}){size / 1000:9.1f} kB")
        print(f"ratio of the medians  {median(spent['packslip']) / median(spent['pdfium, Pillow, hex']):6.2f}")
        tell_rest(pages, world, media)


if __name__ == "__main__":
    main()
