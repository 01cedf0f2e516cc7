"""Cloth and timber: cushions, folded linen, stacks, boards and boxes, seen from the front and a little above."""

# ruff: noqa: E501 (a path stays in one piece)

import math
import random

from still_life.light import VIEW, Rgb, css, lit, mix, tone
from still_life.scene import Scene
from still_life.solids import strokes

Span = tuple[float, float]  #: from, to along one line


def cushion_path(width: float, height: float, pinch: float = 0.045) -> str:
    """The outline of a filled cushion: corners drawn out, sides drawn in."""

    w, h, d = width / 2, height, width * pinch
    return (
        f"M{-w:.1f} {-h + 8:.1f}C{-w:.1f} {-h:.1f} {-w + 3:.1f} {-h - 3:.1f} {-w + 10:.1f} {-h:.1f}"
        f"C{-w * 0.5:.1f} {-h + d * 0.9:.1f} {w * 0.5:.1f} {-h + d * 0.9:.1f} {w - 10:.1f} {-h:.1f}"
        f"C{w - 3:.1f} {-h - 3:.1f} {w:.1f} {-h:.1f} {w:.1f} {-h + 8:.1f}"
        f"C{w - d:.1f} {-h * 0.72:.1f} {w - d:.1f} {-h * 0.28:.1f} {w:.1f} -8"
        f"C{w:.1f} 0 {w - 3:.1f} 2 {w - 10:.1f} 0"
        f"C{w * 0.6:.1f} 4 {-w * 0.6:.1f} 4 {-w + 10:.1f} 0"
        f"C{-w + 3:.1f} 2 {-w:.1f} 0 {-w:.1f} -8"
        f"C{-w + d:.1f} {-h * 0.28:.1f} {-w + d:.1f} {-h * 0.72:.1f} {-w:.1f} {-h + 8:.1f}Z"
    )


def cushion(
    scene: Scene,
    width: float,
    height: float,
    colour: Rgb,
    *,
    stripe: Rgb | None = None,
    piping: Rgb | None = None,
    nubs: bool = False,
) -> None:
    """A cushion on its edge: filled form, creases at the corners, weave, and if wanted stripes, piping or bouclé nubs."""
    w, h = width / 2, height
    path = cushion_path(width, height)
    scene.rest(width * 0.90)
    light, dark = tone(colour, 1.13), tone(colour, 0.70)
    fill = scene.gradient([(0, light, 1), (0.5, tone(colour, 0.98), 1), (1, dark, 1)], (-w * 0.8, -h, w * 0.75, 0))
    scene.draw(f'<path d="{path}" fill="{fill}"/>')
    if stripe:
        bands = ""
        count = 9
        for i in range(count):
            x = -w + width * (i + 0.5) / count
            bow = (x / w) * -w * 0.05
            for shift, wide, alpha in ((-7, 3.2, 0.85), (0, 6.5, 0.9), (7, 3.2, 0.85)):
                bands += f'<path d="M{x + shift:.1f} {-h - 5:.1f}Q{x + shift - bow * 2:.1f} {-h / 2:.1f} {x + shift:.1f} 5" fill="none" stroke="{css(stripe)}" stroke-width="{wide}" stroke-opacity="{alpha}"/>'
        scene.draw(scene.clipped(path, bands))
    _weave(scene, path, w, h, colour)
    if nubs:
        _nubs(scene, path, w, h, colour)
    shade = "#1d140c"
    scene.soften(
        f'<ellipse cx="{-w * 0.28:.0f}" cy="{-h * 0.66:.0f}" rx="{w * 0.52:.0f}" ry="{h * 0.26:.0f}" fill="{css(tone(colour, 1.28))}" opacity=".55"/>',
        52,
        clip=path,
    )
    scene.soften(
        f'<path d="{path}" fill="none" stroke="{shade}" stroke-width="64" stroke-opacity=".30"/>', 26, clip=path
    )
    scene.soften(
        f'<path d="M{w * 1.02:.0f} {-h * 0.95:.0f}C{w * 0.8:.0f} {-h * 0.5:.0f} {w * 0.7:.0f} {-h * 0.16:.0f} {-w:.0f} {h * 0.02:.0f}L{w * 1.2:.0f} {h * 0.2:.0f}Z" fill="{shade}" opacity=".22"/>',
        30,
        clip=path,
    )
    folds, ridges = [], []
    for sx, top in ((-1, True), (1, True), (-1, False), (1, False)):
        for along, down, lean in ((0.34, 0.20, 0.10), (0.20, 0.30, 0.03), (0.44, 0.11, 0.16)):
            x0, y0 = sx * (w - 9), (-h + 7 if top else -7)
            x1, y1 = sx * w * (1 - along), (-h * (1 - down) if top else -h * down)
            cx, cy = sx * w * (1 - along * 0.45 - lean * 0.3), (-h * (1 - down * 0.75) if top else -h * down * 0.75)
            folds.append(f"M{x0:.1f} {y0:.1f}Q{cx:.1f} {cy:.1f} {x1:.1f} {y1:.1f}")
            ridges.append(f"M{x0:.1f} {y0 - 7:.1f}Q{cx - 6:.1f} {cy - 8:.1f} {x1 - 4:.1f} {y1 - 8:.1f}")
    scene.soften(strokes(folds, shade, 10, 0.20), 7, clip=path)
    scene.soften(strokes(ridges, css(tone(colour, 1.30)), 9, 0.30), 7, clip=path)
    if piping:
        for pen, level, slip in ((7.5, 0.7, 0.0), (5.4, 1.0, -0.8), (2.2, 1.25, -1.6)):
            scene.draw(f'<g transform="translate({slip} {slip})">{strokes([path], css(tone(piping, level)), pen)}</g>')
    else:
        scene.draw(strokes([path], css(tone(colour, 0.62)), 1.6, 0.6))


def _weave(scene: Scene, path: str, w: float, h: float, colour: Rgb) -> None:
    dark, light = css(tone(colour, 0.55)), css(tone(colour, 1.35))
    rows, columns, pale = [], [], []
    y = -h
    chance = random.Random(11)
    while y < 8:
        bow = (y + h / 2) / h * 22
        rows.append(f"M{-w:.0f} {y:.1f}Q0 {y + bow:.1f} {w:.0f} {y:.1f}")
        if chance.random() < 0.35:
            x = chance.uniform(-w, w * 0.7)
            pale.append(f"M{x:.0f} {y + bow * 0.5 + 2:.1f}h{chance.uniform(20, 90):.0f}")
        y += 4.4
    x = -w
    while x < w:
        columns.append(f"M{x:.1f} {-h:.0f}Q{x + x / w * -16 * -1:.1f} {-h / 2:.0f} {x:.1f} 4")
        x += 4.4
    scene.draw(
        scene.clipped(
            path, strokes(rows, dark, 1.0, 0.10) + strokes(columns, dark, 1.0, 0.08) + strokes(pale, light, 1.3, 0.22)
        )
    )


def _nubs(scene: Scene, path: str, w: float, h: float, colour: Rgb) -> None:
    chance = random.Random(29)
    dark, light = [], []
    for _ in range(2600):
        x, y, r = chance.uniform(-w, w), chance.uniform(-h, 0), chance.uniform(3.2, 6.4)
        turn = chance.uniform(0, math.tau)
        dark.append(f"M{x:.1f} {y:.1f}q{r * math.cos(turn):.1f} {r * math.sin(turn):.1f} {r * 1.1:.1f} {r * 0.5:.1f}")
        light.append(
            f"M{x - 1.4:.1f} {y - 2.2:.1f}q{r * math.cos(turn):.1f} {r * math.sin(turn):.1f} {r:.1f} {r * 0.4:.1f}"
        )
    scene.draw(
        scene.clipped(
            path, strokes(dark, css(tone(colour, 0.72)), 2.6, 0.30) + strokes(light, css(tone(colour, 1.2)), 2.8, 0.40)
        )
    )


def slab_path(span: Span, low: float, high: float, rounds: Span, bow: float = 0.0) -> str:
    """A band between two heights with rounded ends, its upper edge bowed a little."""
    x0, x1 = span
    left, right = (min(share, (high - low) / 2) for share in rounds)
    x, y = x0 + (x1 - x0) * 0.45, -high - bow
    return (
        f"M{x0 + left:.1f} {-high:.1f}Q{x:.1f} {y:.1f} {x1 - right:.1f} {-high:.1f}Q{x1:.1f} {-high:.1f} {x1:.1f} {-high + right:.1f}V{-low - right:.1f}Q{x1:.1f} {-low:.1f} {x1 - right:.1f} {-low:.1f}"
        f"H{x0 + left:.1f}Q{x0:.1f} {-low:.1f} {x0:.1f} {-low - left:.1f}V{-high + left:.1f}Q{x0:.1f} {-high:.1f} {x0 + left:.1f} {-high:.1f}Z"
    )


def folded(
    scene: Scene,
    width: float,
    depth: float,
    colour: Rgb,
    *,
    thickness: float,
    leaves: int,
    low: float = 0.0,
    shift: float = 0.0,
    seed: int = 1,
    bands: tuple[tuple[float, float, Rgb], ...] = (),
    waffle: bool = False,
    twill: bool = False,
) -> float:
    """A folded cloth lying flat, the fold to the left; gives the height of its top.

    `bands` are woven stripes (from, to as shares of the width, colour).
    """
    chance = random.Random(seed)
    step = thickness / leaves
    rise = depth * VIEW * 1.25
    top = low + thickness
    x0, x1 = shift - width / 2, shift + width / 2
    for leaf in range(leaves):
        a, b = low + step * leaf, low + step * (leaf + 1)
        bow = chance.uniform(-step * 0.10, step * 0.16) if leaf < leaves - 1 else 0.0
        slack = chance.uniform(-4, 5) if leaf < leaves - 1 else 0
        path = slab_path(
            (x0 + chance.uniform(-2, 3), x1 + slack), a - 3.0 if a > low else a, b, (step / 2, step * 0.34), bow
        )
        face = scene.gradient(
            [
                (0, tone(colour, 1.03), 1),
                (0.40, tone(colour, 0.94), 1),
                (0.8, tone(colour, 0.76), 1),
                (1, tone(colour, 0.60), 1),
            ],
            (0, -b, 0, -a),
        )
        side = scene.gradient(
            [
                (0, (0.1, 0.07, 0.05), 0.16),
                (0.10, (0.1, 0.07, 0.05), 0.0),
                (0.72, (0.1, 0.07, 0.05), 0.0),
                (1, (0.1, 0.07, 0.05), 0.26),
            ],
            (x0, 0, x1, 0),
        )
        woven = "".join(
            f'<rect x="{x0 + width * s:.1f}" y="{-b:.1f}" width="{width * (e - s):.1f}" height="{step + 1:.1f}" fill="{css(c)}" fill-opacity=".88"/>'
            for s, e, c in bands
        )
        shade = scene.gradient(
            [(0, (0, 0, 0), 0.0), (0.4, (0, 0, 0), 0.06), (1, (0.05, 0.03, 0.02), 0.42)], (0, -b, 0, -a)
        )
        scene.draw(
            f'<path d="{path}" fill="{face}"/>'
            + (scene.clipped(path, woven + f'<path d="{path}" fill="{shade}"/>') if bands else "")
            + f'<path d="{path}" fill="{side}"/>'
        )
        scene.draw(strokes([f"M{x0 + step / 2:.1f} {-b + 1.2:.1f}H{x1 - 4:.1f}"], css(tone(colour, 1.22)), 1.4, 0.55))
    inset = 5.0
    surface = (
        f"M{x0 + inset:.1f} {-top + 1:.1f}L{x0 + inset + 3:.1f} {-top - rise + 9:.1f}Q{x0 + inset + 4:.1f} {-top - rise:.1f} {x0 + inset + 16:.1f} {-top - rise:.1f}"
        f"H{x1 - inset - 14:.1f}Q{x1 - inset - 3:.1f} {-top - rise:.1f} {x1 - inset - 2:.1f} {-top - rise + 8:.1f}L{x1 - 2:.1f} {-top + 1:.1f}Z"
    )
    sheet = scene.gradient(
        [(0, tone(colour, 1.14), 1), (0.6, tone(colour, 1.06), 1), (1, tone(colour, 0.96), 1)],
        (x0, -top - rise, x1, -top),
    )
    marks = "".join(
        f'<path d="M{x0 + width * s:.1f} {-top + 1:.1f}L{x0 + inset + (width - 2 * inset) * s:.1f} {-top - rise:.1f}H{x0 + inset + (width - 2 * inset) * e:.1f}L{x0 + width * e:.1f} {-top + 1:.1f}Z" fill="{css(tone(c, 1.1))}" fill-opacity=".88"/>'
        for s, e, c in bands
    )
    lines = []
    if waffle:
        lines = [f"M{x0:.1f} {-top - rise * i / 9:.1f}H{x1:.1f}" for i in range(1, 9)] + [
            f"M{x0 + width * i / 40:.1f} {-top:.1f}V{-top - rise:.1f}" for i in range(1, 40)
        ]
        marks += (
            strokes(lines, css(tone(colour, 0.66)), 1.6, 0.35)
            + f'<g transform="translate(-1.4 -1.2)">{strokes(lines, css(tone(colour, 1.4)), 1.2, 0.6)}</g>'
        )
    elif twill:
        for i in range(-8, 120):
            x = x0 + width * i / 110
            lines.append(f"M{x:.1f} {-top:.1f}" + "".join(f"l{6 if k % 2 else -6} {-rise / 9:.2f}" for k in range(9)))
        marks += strokes(lines, css(tone(colour, 0.66)), 1.7, 0.40)
    else:
        lines = [f"M{x0:.1f} {-top - rise * i / 22:.2f}H{x1:.1f}" for i in range(23)]
        marks += strokes(lines, css(tone(colour, 0.6)), 0.9, 0.13)
    scene.draw(f'<path d="{surface}" fill="{sheet}"/>' + scene.clipped(surface, marks))
    threads = [f"M{x0 + 3:.1f} {-low - thickness * i / (leaves * 5):.1f}H{x1 - 3:.1f}" for i in range(leaves * 5)]
    scene.draw(strokes(threads, css(tone(colour, 0.5)), 0.8, 0.10))
    return top


def fringe(scene: Scene, span: Span, y: float, length: float, colour: Rgb, *, seed: int = 4) -> None:
    """Twisted tassels hanging from an edge."""
    chance = random.Random(seed)
    dark, light = [], []
    x, x1 = span
    while x < x1:
        sway = chance.uniform(-3, 3)
        tail = length * chance.uniform(0.86, 1.06)
        dark.append(f"M{x:.1f} {y:.1f}q{sway:.1f} {tail * 0.5:.1f} {sway * 0.4:.1f} {tail:.1f}")
        light.append(f"M{x - 1.2:.1f} {y:.1f}q{sway:.1f} {tail * 0.5:.1f} {sway * 0.4:.1f} {tail * 0.95:.1f}")
        x += chance.uniform(8.2, 10.0)
    scene.draw(strokes(dark, css(tone(colour, 0.62)), 5.0) + strokes(light, css(tone(colour, 1.02)), 2.6, 0.9))


def grain(
    scene: Scene,
    path: str,
    box: tuple[float, float, float, float],
    colour: Rgb,
    *,
    seed: int = 1,
    upright: bool = True,
    heart: float = 0.4,
    strength: float = 1.0,
) -> None:
    """The lines of a sawn board within a path: straight at the sides, a flame where the heart ran."""
    chance = random.Random(seed)
    x0, y0, x1, y1 = box
    long, wide = (y1 - y0, x1 - x0) if upright else (x1 - x0, y1 - y0)
    lines: list[tuple[str, float]] = []
    position = 0.0
    while position < wide:
        near = math.exp(-(((position / wide - heart) / 0.16) ** 2))
        points = []
        for i in range(25):
            t = i / 24
            drift = 7 * math.sin(t * 3.1 + seed) + 3 * math.sin(t * 9 + position * 0.05)
            bulge = (position / wide - heart) * wide * 0.55 * near * math.cos(t * math.pi * 1.1 - 0.5)
            across = position + drift + bulge
            points.append(
                f"{x0 + across:.1f} {y0 + long * t:.1f}" if upright else f"{x0 + long * t:.1f} {y0 + across:.1f}"
            )
        lines.append(("M" + "L".join(points), chance.uniform(0.6, 2.4)))
        position += chance.uniform(5, 13)
    pen = css(tone(colour, 0.58))
    body = "".join(strokes([line], pen, round(width, 2), round(0.26 * strength, 3)) for line, width in lines)
    flecks = []
    for _ in range(int(wide * long / 900)):
        x, y, size = chance.uniform(x0, x1), chance.uniform(y0, y1), chance.uniform(4, 13)
        flecks.append(f"M{x:.1f} {y:.1f}v{size:.1f}" if upright else f"M{x:.1f} {y:.1f}h{size:.1f}")
    scene.draw(scene.clipped(path, body + strokes(flecks, pen, 0.8, 0.22 * strength)))


def front_light(
    scene: Scene,
    path: str,
    colour: Rgb,
    line: tuple[float, float, float, float],
    *,
    top: float = 1.10,
    foot: float = 0.84,
) -> None:
    """A flat face, lighter where the light comes from."""
    fill = scene.gradient([(0, tone(colour, top), 1), (1, tone(colour, foot), 1)], line)
    scene.draw(f'<path d="{path}" fill="{fill}"/>')


def upper(colour: Rgb) -> Rgb:
    """The colour of a level surface."""
    return mix(lit(colour, (0, 1, 0)), colour, 0.15)
