"""Who draws the run: packslip's own paths, and what else could draw the same page.

Each is a class with `draw(slip) -> bytes`, opened in a process of its own. What is not installed says so.
"""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass

from benchmarks.peers.shop import Absent, Peer, Shop

__all__ = ["CONTESTANTS", "Absent", "Contestant", "Peer", "Shop", "open_peer"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Contestant:
    """A line of the table."""

    title: str
    module: str
    name: str  #: the class
    note: str
    extra: bool = True  #: comes with the extra `bench`, not with packslip


CONTESTANTS: Mapping[str, Contestant] = {
    "plates": Contestant(
        title="packslip, plates",
        module="benchmarks.peers.house",
        name="Plates",
        note="HTML/CSS layout, traced once a shape, then struck",
        extra=False,
    ),
    "floor": Contestant(
        title="the floor",
        module="benchmarks.peers.floor",
        name="Floor",
        note="shape the strings, make the codes, subset, write; no layout",
        extra=False,
    ),
    "reference": Contestant(
        title="packslip, reference",
        module="benchmarks.peers.house",
        name="Reference",
        note="WeasyPrint, with every finding looked for",
        extra=False,
    ),
    "weasy-tuned": Contestant(
        title="WeasyPrint, tuned",
        module="benchmarks.peers.weasy",
        name="Tuned",
        note="kept fonts, parsed CSS, picture cache, harfbuzz-subset",
        extra=False,
    ),
    "weasy-naive": Contestant(
        title="WeasyPrint, naive",
        module="benchmarks.peers.weasy",
        name="Naive",
        note="HTML(…).write_pdf() anew for each slip",
        extra=False,
    ),
    "typst": Contestant(
        title="Typst", module="benchmarks.peers.typesetter", name="Typesetter", note="layout rewritten, warm compiler"
    ),
    "plutoprint": Contestant(
        title="PlutoPrint", module="benchmarks.peers.pluto", name="Pluto", note="same HTML; CSS without grid"
    ),
    "platypus": Contestant(
        title="ReportLab Platypus",
        module="benchmarks.peers.platypus",
        name="Platypus",
        note="hand-coded flowables; no kerning, no OpenType features",
        extra=False,
    ),
    "chromium": Contestant(
        title="Chromium", module="benchmarks.peers.browser", name="Browser", note="same HTML, warm page, printToPDF"
    ),
}


def open_peer(name: str, shop: Shop) -> Peer:
    """A contestant, ready but not warm.

    Raises:
        Absent: it is not installed, or not built yet.
    """
    contestant = CONTESTANTS[name]
    try:
        module = importlib.import_module(contestant.module)
    except ModuleNotFoundError as fault:
        raise Absent(f"{fault.name} is not installed") from None
    peer: Peer = getattr(module, contestant.name)(shop)
    return peer
