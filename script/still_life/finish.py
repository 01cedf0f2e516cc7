"""What the maker's hand leaves on a surface: throwing rings, grain, polish, the window on a glaze."""

import math

from still_life.light import (
    BRASS,
    Rgb,
    css,
    rgb,
    tone,
)
from still_life.scene import Scene
from still_life.solids import Profile, strokes, turn, wave, wrap

CLAY_BODY = rgb("#a98c6c")


def throwing(scene: Scene, body: Profile, colour: Rgb, every: float = 17.0, opacity: float = 0.12) -> None:
    """The faint rings a potter's fingers leave."""
    dark, light = [], []
    h = body.points[0][1] + every
    i = 0
    while h < body.top - 6:
        dark.append(wrap(body, wave(h, (0.9, 2, i))))
        light.append(wrap(body, wave(h + 2.6, (0.9, 2, i))))
        h += every * (0.85 + 0.3 * ((i * 7) % 5) / 5)
        i += 1
    path = body.outline()
    scene.draw(
        scene.clipped(
            path,
            strokes(dark, css(tone(colour, 0.5)), 2.0, opacity)
            + strokes(light, css(tone(colour, 1.5)), 1.8, opacity * 0.8),
        )
    )


def window(
    scene: Scene,
    body: Profile,
    low: float,
    high: float,
    *,
    angle: float = 2.25,
    width: float = 10,
    opacity: float = 0.35,
    at: float = 0.0,
) -> None:
    """The window's reflection on a glaze."""
    points = []
    for i in range(31):
        h = low + (high - low) * i / 30
        r = body.radius(h)
        points.append(f"{at + r * math.cos(angle):.1f} {-h + r * 0.22 * math.sin(angle):.1f}")
    scene.soften(
        strokes(["M" + "L".join(points)], "#fffdf6", width * 1.35, opacity * 0.72), 7, clip=body.outline(at=at)
    )


def dense(body: Profile, step: float = 12.0) -> Profile:
    count = max(2, round((body.top - body.points[0][1]) / step))
    heights = sorted(
        {
            *(h for _, h in body.points),
            *(body.points[0][1] + (body.top - body.points[0][1]) * i / count for i in range(count + 1)),
        }
    )
    return Profile(tuple((body.radius(h), h) for h in heights))


def cone(low: float, high: float, r_low: float, r_high: float, steps: int = 26) -> Profile:
    return Profile(
        tuple((r_low + (r_high - r_low) * i / steps, low + (high - low) * i / steps) for i in range(steps + 1))
    )


def brass(scene: Scene, body: Profile, *, at: float = 0.0, colour: Rgb = BRASS) -> None:
    """Turn a body in polished brass."""
    turn(scene, body, colour, at=at, metal=True)


def timber_rings(
    scene: Scene, body: Profile, colour: Rgb, *, every: float = 9.0, sway: float = 7.0, opacity: float = 0.3
) -> None:
    """Grain on turned wood: long lines that rise and fall round the body."""
    lines = []
    h = body.points[0][1] + every * 0.4
    i = 0
    while h < body.top:
        lines.append(wrap(body, wave(h, (sway, 1.7, 0.35 * math.sin(i * 0.9)), (1.6, 5, i))))
        h += every * (0.55 + 0.9 * ((i * 5) % 7) / 7)
        i += 1
    pen = css(tone(colour, 0.5))
    scene.draw(
        scene.clipped(
            body.outline(), strokes(lines[::2], pen, 1.1, opacity) + strokes(lines[1::2], pen, 1.9, opacity * 0.6)
        )
    )
