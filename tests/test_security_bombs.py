"""Layouts and drawings made to cost without end: their worker is lost at its limits, and the next slip is drawn."""

import contextlib
import os
import socket
import stat
from dataclasses import dataclass
from pathlib import Path

import pytest
from press_kit import CSS, HTML, make_slip, make_world, no_pictures

from packslip.engine.pool import Pool, Task, WorkerBugError, WorkerKilled
from packslip.model import SlipLine
from packslip.press import press
from packslip.press.shelf import RefusedError, Shelf

DEADLINE_S = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Bomb:
    """A layout, its art, and how many lines its slip has."""

    html: str = HTML
    css: str = ""
    art: str = ""
    lines: int = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Drawn:
    """What came of one."""

    pages: int
    codes: tuple[str, ...]


def open_press(root: Path):
    """A press without a preflight: what a bomb costs, it costs here."""

    def draw(bomb):
        html = bomb.html
        if bomb.art:
            html = html.replace("<h1>", '<img src="art:mark.svg" style="width:50mm;height:50mm"><h1>')
        world = make_world(root, html, CSS + bomb.css)
        line = SlipLine(name="Vase", sku="x", ordered="1", here="1", to_come="")
        document, findings = press(make_slip(lines=(line,) * bomb.lines), world, no_pictures, reference=True)
        return Drawn(pages=len(document.pages) if document else 0, codes=tuple(found.code for found in findings))

    draw(Bomb())  # what is loaded once is not the first bomb's to wait for
    return draw


@pytest.fixture(scope="module")
def root(tmp_path_factory):
    folder = tmp_path_factory.mktemp("bombs")
    make_world(folder)  # a worker makes no folder
    return folder


@pytest.fixture(scope="module")
def pool(root):
    task = Task(module=__name__, opener="open_press", arguments=(str(root),), request=Bomb, answer=Drawn)
    with Pool(task, count=1, memory_mb=768, deadline_s=DEADLINE_S, tries=1) as opened:
        yield opened


def prove_the_next_is_drawn(pool, root, bomb):
    art = root / "layouts" / "art" / "mark.svg"
    art.parent.mkdir(parents=True, exist_ok=True)
    art.write_text(bomb.art or "<svg/>")
    with contextlib.suppress(WorkerKilled, WorkerBugError):
        pool(bomb)
    assert pool(Bomb()) == Drawn(pages=1, codes=())


def before(text):
    return HTML.replace("<h1>", text + "<h1>")


def doubled(first, step, times=40):
    """A text that says, in so many steps, twice what the step before says."""
    return first + "".join(step.format(here=at, last=at - 1) for at in range(1, times))


LAYOUTS = {
    "loops in loops": Bomb(
        html=before("{% for a in lines %}{% for b in lines %}{{ a.name }}{{ b.name }}{% endfor %}{% endfor %}"),
        lines=5000,
    ),
    "deep elements": Bomb(html=before("<div>" * 20_000)),
    "many elements": Bomb(html=before("<p>x</p>" * 200_000)),
    "wide cells": Bomb(html=before("<table><tr><td colspan=1000000000>x</td></tr></table>")),
    "high cells": Bomb(html=before("<table><tr><td rowspan=1000000000>x</td></tr><tr><td>y</td></tr></table>")),
    "one endless word": Bomb(html=before("x" * 5_000_000)),
    "huge page": Bomb(css="@page{size:1e9mm 1e9mm}"),
    "huge margin": Bomb(css="h1{margin-top:1e12mm}"),
    "huge type": Bomb(css="h1{font-size:1e30pt;letter-spacing:1e30mm}"),
    "endless columns": Bomb(css="body{column-count:1000000000;column-gap:0}"),
    "endless grid": Bomb(css="body{display:grid;grid-template-columns:repeat(1000000000,1mm)}"),
    "tiny tiles": Bomb(css="h1{background:radial-gradient(red,blue);background-size:1e-6px 1e-6px}"),
    "variables that double": Bomb(
        css=":root{--x0:a a a a;"
        + doubled("", "--x{here}:var(--x{last}) var(--x{last});")
        + "} h1{font-family:var(--x39)}"
    ),
    "variables in a ring": Bomb(css=":root{--a:var(--b);--b:var(--a)} h1{color:var(--a)}"),
    "deep sums": Bomb(css="h1{width:" + "calc(" * 5000 + "1mm" + ")" * 5000 + "}"),
    "deep blocks": Bomb(css="@media print{" * 5000),
    "endless counters": Bomb(css="h1{counter-increment:x 1000000000000}h1::before{content:counter(x,lower-roman)}"),
}

LINE = '<path id="x0" d="M0 0h9" stroke="red"/>'
USE = '<g id="x{here}"><use href="#x{last}"/><use href="#x{last}"/></g>'
DRAWINGS = {
    "uses that double": f'<svg viewBox="0 0 9 9">{doubled(LINE, USE)}</svg>',
    "use of itself": '<svg viewBox="0 0 9 9"><g id="x"><use href="#x"/></g></svg>',
    "pattern of itself": '<svg viewBox="0 0 9 9"><pattern id="x" width="1" height="1"><rect width="9" height="9" '
    'fill="url(#x)"/></pattern><rect width="9" height="9" fill="url(#x)"/></svg>',
    "mask of itself": '<svg viewBox="0 0 9 9"><mask id="x"><rect width="9" height="9" mask="url(#x)"/></mask>'
    '<rect width="9" height="9" mask="url(#x)"/></svg>',
    "gradients in a ring": '<svg viewBox="0 0 9 9"><linearGradient id="a" href="#b"/><linearGradient id="b" href="#a"/>'
    '<rect width="9" height="9" fill="url(#a)"/></svg>',
    "entities that double": "<!DOCTYPE svg [<!ENTITY x0 'ha'>"
    + doubled("", "<!ENTITY x{here} '&x{last};&x{last};'>")
    + "]><svg viewBox='0 0 9 9'><text>&x39;</text></svg>",
    "one entity without end": f"<!DOCTYPE svg [<!ENTITY x '{'a' * 100_000}'>]><svg><text>{'&x;' * 20_000}</text></svg>",
    "deep groups": "<svg viewBox='0 0 9 9'>" + "<g>" * 50_000 + "</g>" * 50_000 + "</svg>",
    "huge drawing": '<svg width="1e30" height="1e30"><rect width="1e30" height="1e30"/></svg>',
    "nothing wide": '<svg viewBox="0 0 0 0" width="0" height="0"><rect width="1" height="1"/></svg>',
    "no number": '<svg viewBox="nan inf -1 1e999" width="nan"><path d="M nan inf L 1e999 0"/></svg>',
}


@pytest.mark.parametrize("name", LAYOUTS)
def test_a_layout_that_costs_without_end_costs_one_worker(pool, root, name):
    prove_the_next_is_drawn(pool, root, LAYOUTS[name])


@pytest.mark.parametrize("name", DRAWINGS)
def test_a_drawing_that_costs_without_end_costs_one_worker(pool, root, name):
    prove_the_next_is_drawn(pool, root, Bomb(art=DRAWINGS[name]))


def test_art_that_is_no_plain_file_is_never_opened(tmp_path):
    """A FIFO would keep its reader waiting for ever, a device would give without end."""
    art = tmp_path / "layouts" / "art"
    art.mkdir(parents=True)
    (tmp_path / "layouts" / "card").mkdir()
    os.mkfifo(art / "fifo.svg")
    (art / "folder.svg").mkdir()
    (art / "zero.svg").symlink_to("/dev/zero")
    names = ["fifo.svg", "folder.svg", "zero.svg", "socket.svg"]
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(art / "socket.svg"))
        with contextlib.suppress(OSError):  # only root may
            os.mknod(art / "device.svg", stat.S_IFCHR | 0o600, os.makedev(1, 5))
            names.append("device.svg")
        shelf = Shelf(layouts=tmp_path / "layouts", layout="card")
        for name in names:
            for reference in (f"art:{name}", f"../art/{name}"):
                with pytest.raises(RefusedError):
                    shelf.fetch(reference)
