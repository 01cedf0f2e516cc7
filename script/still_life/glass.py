"""Blown and pressed glass, flames and shades: what the light goes through, or comes from."""

# ruff: noqa: E501 (a path stays in one piece)

import math

from still_life.light import Rgb, css, mix, tone
from still_life.scene import Scene
from still_life.solids import Profile, ellipse, meridian, mouth, strokes, turn, wrap

WHITE: Rgb = (1.0, 1.0, 0.99)


def glass(
    scene: Scene,
    body: Profile,
    tint: Rgb,
    *,
    at: float = 0.0,
    base: float = 18.0,
    strength: float = 1.0,
    ribs: int = 0,
    rim: bool = True,
) -> None:
    """A glass vessel: the far wall, the tinted body that darkens to its edges, a thick base, glints and a rim."""

    path = body.outline(at=at)
    edge = tone(tint, 0.62)
    widest = max(r for r, _ in body.points)
    y = -body.top
    if rim:
        scene.draw(
            ellipse(
                body.rim,
                body.top,
                f'fill="{css(tint)}" fill-opacity="{0.10 * strength:.3f}" stroke="{css(edge)}" stroke-width="1.6" stroke-opacity=".45"',
                at=at,
            )
        )
    fill = scene.gradient(
        [
            (0, edge, 0.62 * strength),
            (0.07, tint, 0.40 * strength),
            (0.25, tint, 0.24 * strength),
            (0.6, tint, 0.20 * strength),
            (0.9, tint, 0.42 * strength),
            (1, edge, 0.72 * strength),
        ],
        (at - widest, 0, at + widest, 0),
    )
    scene.draw(f'<path d="{path}" fill="{fill}"/>')
    veil = scene.gradient([(0, tint, 0.0), (1, edge, 0.30 * strength)], (0, y, 0, 0))
    scene.draw(f'<path d="{path}" fill="{veil}"/>')
    scene.soften(strokes([path], css(edge), 20, 0.50 * strength), 7, clip=path)
    scene.draw(strokes([path], css(tone(edge, 0.8)), 1.5, 0.40))
    if ribs:
        _ribs(scene, body, ribs, edge, at)
    if base > 0:
        foot = body.part(body.points[0][1], base)
        pane = scene.gradient(
            [(0, edge, 0.55), (0.3, mix(tint, WHITE, 0.3), 0.30), (0.55, tint, 0.15), (1, edge, 0.6)],
            (at - foot.rim, 0, at + foot.rim, 0),
        )
        scene.draw(f'<path d="{foot.outline(at=at)}" fill="{pane}"/>')
        scene.draw(
            ellipse(
                foot.rim - 3,
                base,
                f'fill="{css(mix(tint, WHITE, 0.55))}" fill-opacity=".28" stroke="#fff" stroke-width="1.3" stroke-opacity=".55"',
                at=at,
            )
        )
        scene.soften(
            strokes([wrap(body, base * 0.35, start=0.7, end=1.3, at=at)], "#ffffff", base * 0.20, 0.40),
            4,
            clip=path,
        )
    low, high = body.points[0][1] + base + 10, body.top - 14
    scene.soften(
        strokes(
            [meridian(body.inset(widest * 0.05), 2.42, low=low, high=high, at=at)], "#ffffff", widest * 0.075, 0.85
        ),
        3.0,
        clip=path,
    )
    scene.soften(
        strokes(
            [meridian(body.inset(widest * 0.06), 2.12, low=low + (high - low) * 0.3, high=high, at=at)],
            "#ffffff",
            widest * 0.03,
            0.55,
        ),
        2.0,
        clip=path,
    )
    scene.soften(
        strokes(
            [meridian(body.inset(widest * 0.05), 0.50, low=low, high=low + (high - low) * 0.72, at=at)],
            "#ffffff",
            widest * 0.04,
            0.55,
        ),
        2.4,
        clip=path,
    )
    if rim:
        r, rise = body.rim, body.rim * 0.22
        front = f"M{at - r:.2f} {y:.2f}A{r:.2f} {rise:.2f} 0 0 0 {at + r:.2f} {y:.2f}"
        back = f"M{at - r:.2f} {y:.2f}A{r:.2f} {rise:.2f} 0 0 1 {at + r:.2f} {y:.2f}"
        scene.draw(
            strokes([front, back], css(edge), 3.4, 0.50)
            + strokes([front], "#ffffff", 1.7, 0.85)
            + strokes([back], "#ffffff", 1.3, 0.55)
        )


def _ribs(scene: Scene, body: Profile, ribs: int, edge: Rgb, at: float) -> None:
    low, high = body.points[0][1] + 6, body.top * 0.86
    far, near, bright = [], [], []
    for i in range(ribs + 1):
        angle = math.pi * i / ribs
        near.append(meridian(body, angle, low=low, high=high, at=at))
        bright.append(meridian(body, min(math.pi, angle + 0.045), low=low, high=high - 4, at=at))
        far.append(meridian(body, -angle - math.pi / ribs / 2, low=low + 8, high=high, at=at))
    scene.draw(
        strokes(far, css(edge), 1.6, 0.16)
        + strokes(near, css(tone(edge, 0.75)), 3.0, 0.34)
        + strokes(bright, "#ffffff", 2.0, 0.55)
    )


def flame(scene: Scene, at: float, y: float, size: float = 1.0) -> None:
    """A wick and its flame, standing still, with the foot of the wick at y."""
    scene.soften(
        f'<circle cx="{at}" cy="{y - 44 * size:.1f}" r="{62 * size:.1f}" fill="#f7cf86" opacity=".40"/>', 26 * size
    )
    scene.draw(strokes([f"M{at} {y:.1f}q{1.5 * size:.1f} {-12 * size:.1f} 0 {-24 * size:.1f}"], "#3d3026", 3.4 * size))
    shape = (
        f"M{at} {y - 86 * size:.1f}c{9 * size:.1f} {22 * size:.1f} {15 * size:.1f} {34 * size:.1f} {14 * size:.1f} {48 * size:.1f}"
        f"c0 {14 * size:.1f} {-6 * size:.1f} {24 * size:.1f} {-14 * size:.1f} {24 * size:.1f}s{-14 * size:.1f} {-10 * size:.1f} {-14 * size:.1f} {-24 * size:.1f}"
        f"c{-1 * size:.1f} {-14 * size:.1f} {6 * size:.1f} {-26 * size:.1f} {14 * size:.1f} {-48 * size:.1f}Z"
    )
    fill = scene.gradient(
        [
            (0, (0.97, 0.78, 0.42), 0.85),
            (0.45, (1.0, 0.90, 0.62), 1),
            (0.75, (1.0, 0.97, 0.86), 1),
            (1, (0.93, 0.68, 0.36), 0.75),
        ],
        (0, y - 86 * size, 0, y - 12 * size),
    )
    scene.draw(f'<path d="{shape}" fill="{fill}"/>')
    scene.draw(strokes([f"M{at} {y - 8 * size:.1f}V{y - 25 * size:.1f}"], "#5a4230", 3.0 * size, 0.7))


def wax(
    scene: Scene,
    radius: float,
    low: float,
    high: float,
    colour: Rgb,
    *,
    at: float = 0.0,
    burnt: bool = True,
    taper: float = 1.0,
) -> None:
    """A candle; its head glows a little where it has burnt."""
    body = Profile(tuple((radius * (1 + (taper - 1) * i / 24), low + (high - low) * i / 24) for i in range(25)))
    bright = mix(colour, (1.0, 0.93, 0.74), 0.45 if burnt else 0.12)

    def paint(height: float) -> Rgb:
        share = max(0.0, (height - low) / (high - low) * 1.5 - 0.5)
        return mix(colour, bright, share * share)

    turn(scene, body, paint, at=at, gloss=0.14, power=12, depth=0.72)
    if burnt:
        mouth(
            scene,
            body.rim,
            high,
            bright,
            wall=max(2.0, radius * 0.10),
            inside=mix(bright, (1, 0.95, 0.8), 0.4),
            deep=1.12,
            at=at,
        )


def shade(
    scene: Scene,
    body: Profile,
    cloth: Rgb,
    *,
    at: float = 0.0,
    pleats: int = 0,
    warm: float = 1.0,
    open_top: bool = True,
) -> None:
    """A lit lampshade: warm within, its cloth darker at the edges and towards top and foot."""
    low, high = body.points[0][1], body.top
    widest = max(r for r, _ in body.points)
    core: Rgb = (1.0, 0.955, 0.83)

    def glow(distance: float, height: float) -> Rgb:
        across = distance / (widest if not open_top else body.radius(height))
        place = (height - low) / (high - low)
        edge = (0.58 if open_top else 0.85) * abs(across + 0.12) ** 2.2
        level = math.exp(-(((place - 0.42) / 0.52) ** 2)) * (1 - min(1.0, edge))
        side = tone(cloth, 1.02 - 0.26 * max(0.0, across + 0.2) ** 1.5 - 0.08 * max(0.0, -across - 0.5))
        return mix(side, core, max(0.0, min(1.0, level * 0.92 * warm)))

    if open_top:
        turn(scene, body, cloth, at=at, glow=glow)
        r, y = body.rim, -high
        inner = scene.gradient(
            [(0, tone(cloth, 0.80), 1), (0.6, tone(cloth, 1.05), 1), (1, core, 1)], (at - r, 0, at + r, 0)
        )
        scene.draw(ellipse(r, high, f'fill="{inner}"', at=at))
        scene.draw(
            strokes(
                [
                    f"M{at - r:.1f} {y:.1f}A{r:.1f} {r * 0.22:.1f} 0 1 0 {at + r:.1f} {y:.1f}A{r:.1f} {r * 0.22:.1f} 0 1 0 {at - r:.1f} {y:.1f}"
                ],
                css(tone(cloth, 0.78)),
                2.4,
                0.8,
            )
        )
    else:
        turn(scene, body, cloth, at=at, glow=glow)
    if pleats:
        dark = [meridian(body, math.pi * (i + 0.5) / pleats, at=at) for i in range(pleats)]
        light = [meridian(body, math.pi * (i + 0.68) / pleats, at=at) for i in range(pleats)]
        scene.draw(
            scene.clipped(
                body.outline(at=at),
                strokes(dark, css(tone(cloth, 0.62)), 2.2, 0.30) + strokes(light, "#ffffff", 2.0, 0.30),
            )
        )
    for height, width in ((low + 3.5, 7.0), (high - 3.0, 6.0)) if open_top else ():
        scene.draw(strokes([wrap(body, height, at=at)], css(tone(cloth, 0.86)), width, 0.75, cap="butt"))
