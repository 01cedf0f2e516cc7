"""The picture library beside plain Pillow and libvips' thumbnailer: the same pictures, the same two renditions each.

.venv/bin/python -m benchmarks.pictures [--count N] [--rounds N] [--only NAME …] [--folder DIR]

Pictures of 600 × 600 to 2000 × 2400 pixels are made first, one in twenty a PNG with a clear ground. Each is one of two
dozen drawings, a little different every time: of a JPEG some steps of its quantisation are changed, which costs no
encoding, of a PNG a patch. So no two pictures or renditions are the same. Then each contestant makes, in a fresh
process with a child for each core, a JPEG of 14 × 14 mm and one of 48 × 36 mm at 300 pixels to the inch, quality 90,
4:4:4, cropped from the centre. packslip alone also sharpens, checks each file, keeps an index, judges the picture and
flushes all to disk; and once more in CMYK for uncoated paper, which the others are not asked for. Afterwards it syncs
again, once with nothing changed and once with one picture in a hundred.
"""

import argparse
import importlib
import importlib.util
import io
import json
import os
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from concurrent.futures import ProcessPoolExecutor
from functools import lru_cache
from pathlib import Path
from statistics import median

from PIL import Image, ImageDraw, ImageFilter, ImageOps

from packslip.engine.decoding import Decoders
from packslip.library.printing_conditions import PrintingCondition, shipped_conditions
from packslip.pictures.library import PictureLibrary
from packslip.pictures.recipe import Recipe
from packslip.pictures.sync import PictureSync, Progress
from packslip.settings import PictureSettings

SIZES = ((165, 165), (567, 425))
ROOMS = ((600, 600), (800, 1000), (1000, 1000), (1080, 1340), (1200, 1200), (1274, 1580), (1600, 1200), (2000, 2400))
_DRAWN = 24
_PNG_EVERY = 20
_CORES = os.cpu_count() or 1

#: Places in a table of quantisation, in zigzag order: coarse shades that every reduction keeps.
_STEPS = range(1, 9)


def draw_picture(seed: int) -> Image.Image:
    """Something like a product on a light ground: soft shades, edges, and a grain that keeps the file large."""
    chance = random.Random(seed)
    width, height = ROOMS[seed % len(ROOMS)]
    picture = Image.new("RGB", (width, height), (244, 242, 238))
    draw = ImageDraw.Draw(picture)
    for _ in range(60):
        left, top = chance.randint(0, width), chance.randint(0, height)
        size = chance.randint(20, width // 3)
        colour = tuple(chance.randint(20, 235) for _ in range(3))
        draw.ellipse((left - size, top - size, left + size, top + size), fill=colour)
    picture = picture.filter(ImageFilter.GaussianBlur(3))
    grain = Image.effect_noise((width, height), 26).convert("RGB")
    return Image.blend(picture, grain, 0.08)


def make_pictures(folder: Path, count: int) -> None:
    """Write so many pictures, each another one to look at."""
    folder.mkdir(parents=True)
    with ProcessPoolExecutor(_CORES) as pool:
        for _ in pool.map(_write_picture, [folder] * count, range(count), chunksize=32):
            pass


@lru_cache(maxsize=_DRAWN)
def _drawn(seed: int) -> tuple[bytes, Image.Image]:
    """A drawing as a JPEG, and its half as a cutout."""
    picture, stream = draw_picture(seed), io.BytesIO()
    picture.save(stream, "JPEG", quality=84)
    cutout = picture.resize((picture.width // 2, picture.height // 2)).convert("RGBA")
    cutout.putalpha(cutout.convert("L").point(lambda tone: 0 if tone > 225 else 255))
    return stream.getvalue(), cutout


def name_of(number: int) -> str:
    return f"{number:06}.{'png' if number % _PNG_EVERY == 0 else 'jpg'}"


def _write_picture(folder: Path, number: int, change: int = 0) -> None:
    data, cutout = _drawn(number % _DRAWN)
    path, variant = folder / name_of(number), number // _DRAWN + change
    if path.suffix == ".jpg":
        path.write_bytes(requantised(data, variant))
        return
    picture = cutout.copy()
    patch = Image.frombytes("RGB", (3, 3), (number + change).to_bytes(3, "big") * 9)
    picture.paste(patch.resize((90, 90), Image.Resampling.NEAREST), (picture.width // 2, picture.height // 2))
    picture.save(path, compress_level=1)


def requantised(data: bytes, variant: int) -> bytes:
    """A JPEG with other steps in its first table of quantisation: another picture, not encoded anew."""
    table = data.index(b"\xff\xdb") + 5  # marker, length, number of the table
    changed = bytearray(data)
    for step in _STEPS:
        changed[table + step] = min(data[table + step] + variant % 4, 255)
        variant //= 4
    return bytes(changed)


def by_packslip(pictures: Path, out: Path, condition: PrintingCondition | None = None) -> dict[str, float]:
    """The library's own sync, then a second one, then every product looked up as an order does."""
    settings = PictureSettings()
    names = sorted(path.name for path in pictures.iterdir())
    recipes = tuple(
        Recipe(
            width_mm=width,
            height_mm=height,
            dots_per_mm=23.622,
            ink="colour",
            max_pixels=settings.max_pixels,
            condition=condition,
        )
        for width, height in ((14, 14), (48, 36))
    )
    figures: dict[str, float] = {}

    def sync(what: str) -> Progress:
        started = time.perf_counter()
        tell = _teller(started)
        with Decoders(settings) as decode:
            sync = PictureSync(out, pictures, settings, recipes, decode=decode, decoders=decode.count, listener=tell)
            progress = sync.run(names)
        figures[what] = time.perf_counter() - started
        return progress

    sync("seconds")
    figures["cpu_s"] = _cpu_s()
    figures["sync_mb"] = _peak_mb()
    progress = sync("again_s")
    if progress.current != len(names):
        raise SystemExit(f"{progress.failed} pictures failed")
    changed = range(0, len(names), 100)
    for number in changed:
        _write_picture(pictures, number, change=time.time_ns() % 4**8)
    progress = sync("changed_s")
    if progress.made != len(changed) * len(recipes):
        raise SystemExit(f"{len(changed)} pictures changed, {progress.made} renditions made")
    started = time.perf_counter()
    library = PictureLibrary(out, pictures, settings)
    library.fetch(names[0], recipes[0], recipes[0].dots_per_mm, recipes[0].ink, condition)
    figures["listing_ms"] = (time.perf_counter() - started) * 1e3
    for what in ("first_us", "known_us"):
        started = time.process_time()
        for recipe in recipes:
            for name in names:
                library.fetch(name, recipe, recipe.dots_per_mm, recipe.ink, condition)
        figures[what] = (time.process_time() - started) / len(names) / len(recipes) * 1e6
    return figures


def by_packslip_in_cmyk(pictures: Path, out: Path) -> dict[str, float]:
    return by_packslip(pictures, out, shipped_conditions()["FOGRA47L_uncoated"])


def _teller(started: float) -> Callable[[Progress], None]:
    """Tells on the way how a long run does."""

    def tell(progress: Progress) -> None:
        if progress.done and progress.done % 1000 == 0:
            seconds = time.perf_counter() - started
            print(f"{progress.done:,} of {progress.total:,}, {seconds:.0f} s, {_peak_mb():.0f} MB", file=sys.stderr)

    return tell


def _fitted(image: Image.Image, size: tuple[int, int]) -> Image.Image:
    """Upright, on white, cropped from the centre."""
    upright = ImageOps.exif_transpose(image)
    if upright.mode == "RGBA":
        paper = Image.new("RGB", upright.size, "white")
        paper.paste(upright, mask=upright.getchannel("A"))
        upright = paper
    return ImageOps.fit(upright, size, Image.Resampling.LANCZOS)


def _pillow(path: Path, out: Path) -> None:
    for width, height in SIZES:
        with Image.open(path) as image:
            made = _fitted(image, (width, height))
        made.save(out / f"{path.stem}-{width}.jpg", quality=90, subsampling=0, optimize=True)


def _pillow_draft(path: Path, out: Path) -> None:
    for width, height in SIZES:
        with Image.open(path) as image:
            image.draft("RGB", (width * 2, height * 2))
            made = _fitted(image, (width, height))
        made.save(out / f"{path.stem}-{width}.jpg", quality=90, subsampling=0, optimize=True)


def _vips(path: Path, out: Path) -> None:
    vips = importlib.import_module("pyvips")  # of the bench requirements, loads libvips
    for width, height in SIZES:
        made = vips.Image.thumbnail(str(path), width, height=height, crop="centre")
        if made.hasalpha():
            made = made.flatten(background=255)
        made.jpegsave(
            str(out / f"{path.stem}-{width}.jpg"), Q=90, subsample_mode="off", optimize_coding=True, keep="none"
        )


Make = Callable[[Path, Path], None]

PEERS: dict[str, tuple[str, Make]] = {
    "pillow": ("Pillow, as first written", _pillow),
    "draft": ("Pillow, decoding no more than needed", _pillow_draft),
    "vips": ("libvips' thumbnailer (pyvips)", _vips),
}


OURS: dict[str, tuple[str, Callable[[Path, Path], dict[str, float]]]] = {
    "packslip": ("packslip images sync", by_packslip),
    "cmyk": ("packslip images sync, CMYK", by_packslip_in_cmyk),
}


def by_peer(make: Make, pictures: Path, out: Path) -> dict[str, float]:
    out.mkdir()
    os.environ["VIPS_CONCURRENCY"] = "1"  # a process for each core already
    paths = sorted(pictures.iterdir())
    started = time.perf_counter()
    with ProcessPoolExecutor(_CORES) as pool:
        for _ in pool.map(make, paths, [out] * len(paths), chunksize=16):
            pass
    return {"seconds": time.perf_counter() - started, "cpu_s": _cpu_s()}


def _cpu_s() -> float:
    """CPU time of this process, imports included, and of the children it waited for."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _peak_mb() -> float:
    """The most memory this process took; what `getrusage` says begins with that of whoever started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(status.split("VmHWM:")[1].split()[0]) / 1000


def measure(name: str, pictures: Path) -> dict[str, float]:
    """One contestant in this process; what it took, children included."""
    with tempfile.TemporaryDirectory(dir=pictures.parent) as folder:
        out = Path(folder) / "out"
        figures = OURS[name][1](pictures, out) if name in OURS else by_peer(PEERS[name][1], pictures, out)
    figures["parent_mb"] = figures.pop("sync_mb", _peak_mb())
    figures["child_mb"] = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1000
    return figures


def _contest(names: Iterable[str], pictures: Path, rounds: int) -> dict[str, dict[str, float]]:
    """The median of each figure over rounds that are interleaved, so that a busy machine is so for all."""
    runs: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(rounds):
        for name, found in runs.items():
            command = [sys.executable, "-m", "benchmarks.pictures", "--run", name, "--folder", str(pictures)]
            done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
            if done.returncode:
                raise SystemExit(f"{name} failed")
            found.append(json.loads(done.stdout))
    return {name: {key: median(run[key] for run in found) for key in found[0]} for name, found in runs.items()}


def _show(found: dict[str, dict[str, float]], count: int, size: int) -> None:
    print(f"{count:,} pictures, {size / count / 1000:.0f} kB each, {2 * count:,} renditions, {_CORES} cores\n")
    print(f"{'':40}{'pictures/s':>11}{'ratio':>7}{'CPU ms':>9}{'ratio':>7}{'MB parent':>11}{'MB child':>10}")
    own = found.get("packslip", {})
    for name, figures in found.items():
        title = {**OURS, **PEERS}[name][0]
        ratios = [f"{figures[key] / own[key]:.2f}" if own else "" for key in ("seconds", "cpu_s")]
        print(
            f"{title:40}{count / figures['seconds']:11.1f}{ratios[0]:>7}{figures['cpu_s'] / count * 1000:9.1f}"
            f"{ratios[1]:>7}{figures['parent_mb']:11.0f}{figures['child_mb']:10.0f}"
        )
    if own:
        minutes = own["seconds"] / count * 40_000 / 60
        print("\nratio: time, or CPU time, of each to packslip's")
        print(f"40,000 pictures at packslip's rate: {minutes:.0f} min")
        print(
            f"second sync, nothing changed: {own['again_s']:.2f} s; one in a hundred changed: {own['changed_s']:.2f} s"
        )
        print(
            f"lookup of a product's picture: {own['known_us']:.1f} µs; its first in a process {own['first_us']:.0f} µs"
        )
        print(f"the first lookup of all, which lists the folder: {own['listing_ms']:.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--count", type=int, default=200, help="how many pictures")
    parser.add_argument("--rounds", type=int, default=1, help="how often each contestant runs")
    parser.add_argument("--only", nargs="+", choices=[*OURS, *PEERS], help="contestants")
    parser.add_argument("--folder", type=Path, help="where pictures are made, and kept for the next run")
    parser.add_argument("--run", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.run:
        print(json.dumps(measure(arguments.run, arguments.folder)))
        return
    names = arguments.only or [*OURS, *PEERS]
    if arguments.count < 1 or arguments.rounds < 1:
        parser.error("--count and --rounds are 1 or more")
    if "vips" in names and importlib.util.find_spec("pyvips") is None:
        print("libvips is left out: PACKSLIP_REQUIREMENTS=bench script/bootstrap installs it", file=sys.stderr)
        names = [name for name in names if name != "vips"]
    work = Path(tempfile.mkdtemp(prefix="packslip-pictures-"))
    pictures = (arguments.folder or work) / f"{arguments.count}"
    try:
        if not pictures.exists():
            make_pictures(pictures, arguments.count)
        size = sum(path.stat().st_size for path in pictures.iterdir())
        _show(_contest(names, pictures, arguments.rounds), arguments.count, size)
    finally:
        shutil.rmtree(work)


if __name__ == "__main__":
    main()
