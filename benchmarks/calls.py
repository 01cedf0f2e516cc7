"""A call at the packing table: from the line a scanner types to the document in the tray, seen from outside.

python -m benchmarks.calls
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from packslip.settings import FILE_NAME

_ROOT = Path(__file__).resolve().parent.parent
_PATIENCE_S = 20.0
_ROUTES = 'routes = [{ print_on = "call" }]'


def packslip(shop: Path, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "packslip", "-w", str(shop), *arguments]


def make_shop(folder: Path) -> Path:
    """A workspace with the sample orders drawn, all waiting for a call."""
    shop = folder / "shop"
    subprocess.run([sys.executable, "-m", "packslip", "init", str(shop)], check=True, capture_output=True)
    settings = shop / FILE_NAME
    lines = settings.read_text(encoding="utf-8").splitlines()
    settings.write_text("\n".join(_ROUTES if line.startswith("routes =") else line for line in lines), encoding="utf-8")
    for sample in sorted((_ROOT / "samples").glob("*.csv")):
        (shop / "hotfolder" / "in" / sample.name).write_bytes(sample.read_bytes())
    subprocess.run(packslip(shop, "publish"), check=True, capture_output=True)
    subprocess.run(packslip(shop, "run", "--once"), check=False, capture_output=True)
    return shop


def wait_for(trays: Path, order: str, started: float) -> float:
    """Seconds until a document of an order lies in a tray."""
    while time.perf_counter() - started < _PATIENCE_S:
        if any(path.name.startswith(f"{order}-") for path in trays.glob("*/*.pdf")):
            return time.perf_counter() - started
        time.sleep(0.0005)
    raise SystemExit(f"{order} never came")


def ready(shop: Path) -> list[str]:
    """Orders with one parcel that wait for a call, from the result files."""
    rows = [line.split(",")[:3] for path in (shop / "hotfolder" / "results").rglob("*.csv") for line in path.open("r")]
    orders = [order for order, _, state in rows if state == "ready"]
    return sorted(order for order in orders if orders.count(order) == 1)


def main() -> None:
    with tempfile.TemporaryDirectory(dir=".") as folder:
        shop = make_shop(Path(folder))
        trays, orders = shop / "hotfolder" / "out", ready(shop)
        scanner = subprocess.Popen(
            packslip(shop, "call", "--station", "bench"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        if scanner.stdin is None or scanner.stdout is None:
            raise SystemExit("no scanner")
        figures = []
        for order in orders:
            started = time.perf_counter()
            scanner.stdin.write(f"{order}\n")
            scanner.stdin.flush()
            figures.append(1000 * wait_for(trays, order, started))
            scanner.stdout.readline()
        scanner.stdin.close()
        scanner.wait()
    first, *rest = figures
    print(f"{len(figures)} calls; the first {first:.0f} ms with the command's own start")
    print(f"the others: median {statistics.median(rest):.1f} ms, worst {max(rest):.1f} ms")


if __name__ == "__main__":
    main()
