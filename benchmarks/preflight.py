"""What preflight costs a struck slip in the line, beside looking at everything each time and beside a foreign file.

    python -m benchmarks.preflight --count 60

CPU time of one process, never the clock; of each slip the best of several rounds, of all slips the mean. The rounds of
the contestants are interleaved, so that a busy machine is busy for all.
"""

import argparse
import statistics
import time
from collections.abc import Callable, Sequence

from benchmarks.slips import COUNT, SEED, Run, fresh_world
from packslip.library.layouts import Layout
from packslip.model import Document, PressPath, Slip
from packslip.pictures.library import PictureLibrary
from packslip.preflight import Proofs, preflight
from packslip.preflight.foreign import Asked, examine, look_for_codes, weigh_inks
from packslip.press import press, warm
from packslip.settings import MediaSettings
from packslip.world import World

#: A struck document, and what it is held against.
Case = tuple[Document, Slip, Layout, MediaSettings]
ROUNDS = 5


def main() -> None:
    parser = argparse.ArgumentParser(description="what preflight costs a struck slip")
    parser.add_argument("--count", type=int, default=min(COUNT, 60), help="slips of the standard run")
    parser.add_argument("--seed", type=int, default=SEED)
    wanted = parser.parse_args()
    with fresh_world() as world:
        cases = struck(world, Run(world).slips(wanted.count, seed=wanted.seed))
    proofs = Proofs()
    for case in cases:
        preflight(*case, proofs)
    ways: dict[str, Callable[[Case], object]] = {
        "in the line, plate proved": lambda case: preflight(*case, proofs),
        "in the line, nothing proved": lambda case: preflight(*case),
        "as a foreign file": _as_foreign,
    }
    costs = {name: 1000 * statistics.mean(best) for name, best in measure(cases, ways).items()}
    first = next(iter(costs.values()))
    print(f"{len(cases)} struck slips, {sum(len(case[0].codes) for case in cases) / len(cases):.1f} codes each")
    for name, cost in costs.items():
        print(f"{name:<30} {cost:8.2f} ms CPU   {cost / first:6.1f} ×")


def struck(world: World, slips: Sequence[Slip]) -> list[Case]:
    """The struck documents of slips."""
    settings = world.settings.pictures
    library = PictureLibrary(world.workspace.image_cache, world.workspace.root / settings.folder, settings)
    warm(world)
    cases: list[Case] = []
    for slip in slips:
        document, _ = press(slip, world, library.path)
        if document is not None and document.path is PressPath.PLATE:
            layout = world.layout(slip.layout)
            cases.append((document, slip, layout, world.media(layout)))
    return cases


def measure(cases: Sequence[Case], ways: dict[str, Callable[[Case], object]]) -> dict[str, list[float]]:
    """Of each way the best seconds for each case."""
    best = {name: [float("inf")] * len(cases) for name in ways}
    for number in range(ROUNDS):
        for name, way in ways.items():
            if number and name == "as a foreign file":
                continue  # once is enough, and long
            for at, case in enumerate(cases):
                started = time.process_time()
                way(case)
                best[name][at] = min(best[name][at], time.process_time() - started)
    return best


def _as_foreign(case: Case) -> None:
    asked = Asked(media=case[3])
    for part in (examine, look_for_codes, weigh_inks):
        part(case[0].data, asked)


if __name__ == "__main__":
    main()
