"""Cushions and folded cloth."""

# ruff: noqa: E501 (a path stays in one piece)

import math

from still_life.cloth import cushion, folded, fringe, slab_path
from still_life.finish import dense
from still_life.light import (
    CHALK,
    Rgb,
    css,
    mix,
    rgb,
    tone,
)
from still_life.scene import Scene
from still_life.solids import curve, lid, strokes, turn, wave, wrap


def throw_fringed(scene: Scene, wool: Rgb, *, seed: int = 3) -> None:
    """A throw folded in four, its fringe falling over the front."""

    scene.rest(536)
    top = 0.0
    for index, (width, shift) in enumerate(((540, 0), (532, 3), (528, -1))):
        top = folded(
            scene,
            width,
            200,
            wool,
            thickness=80,
            leaves=2,
            low=top - (4 if index else 0),
            shift=shift,
            seed=seed + index,
            twill=True,
        )
    drop = slab_path((-120, 190), top - 126, top + 2, (10, 6))
    scene.soften(f'<path d="{drop}" transform="translate(9 10)" fill="#20160d" opacity=".34"/>', 9)
    fringe(scene, (-112, 186), -top + 122, 58, tone(wool, 0.98), seed=seed)
    face = scene.gradient(
        [(0, tone(wool, 1.12), 1), (0.18, tone(wool, 1.03), 1), (1, tone(wool, 0.86), 1)], (0, -top, 0, -top + 126)
    )
    scene.draw(f'<path d="{drop}" fill="{face}"/>')
    rise = 200 * 0.275
    flap = f"M-120 {-top:.1f}L-114 {-top - rise + 4:.1f}H186L190 {-top:.1f}Z"
    scene.draw(
        f'<path d="{flap}" fill="{scene.gradient([(0, tone(wool, 1.10), 1), (1, tone(wool, 1.15), 1)], (0, -top - rise, 0, -top))}"/>'
    )
    lines = []
    for i in range(33):
        x = -116 + i * 9.6
        lines.append(f"M{x:.1f} {-top - rise + 6:.1f}" + "".join(f"l{5 if k % 2 else -5} 8.500" for k in range(21)))
    clip = f"M-120 {-top - rise + 4:.1f}H190V{-top + 126:.1f}H-120Z"
    scene.draw(scene.clipped(clip, strokes(lines, css(tone(wool, 0.7)), 1.6, 0.34)))
    scene.draw(strokes([f"M-120 {-top + 2:.1f}V{-top + 120:.1f}"], css(tone(wool, 1.3)), 2, 0.5))


def napkins(scene: Scene, linen: Rgb) -> None:
    scene.rest(414)
    top = 0.0
    for index in range(4):
        top = folded(
            scene, 420 - index, 250, linen, thickness=34, leaves=3, low=top, shift=(0, 4, -3, 1)[index], seed=20 + index
        )
    rise = 250 * 0.275
    twine = rgb("#8a6f4a")
    front = [
        f"M-30 {-top + 1:.1f}C-31 {-top * 0.6:.1f} -30 {-top * 0.3:.1f} -30 2",
        f"M-22 {-top + 1:.1f}C-23 {-top * 0.6:.1f} -22 {-top * 0.3:.1f} -22 2",
    ]
    over = [f"M-30 {-top + 1:.1f}L-27 {-top - rise:.1f}", f"M-22 {-top + 1:.1f}L-19 {-top - rise:.1f}"]
    scene.soften(strokes(front, "#20160d", 6, 0.35), 3)
    scene.draw(
        strokes([*front, *over], css(tone(twine, 0.62)), 5.6) + strokes([*front, *over], css(tone(twine, 1.1)), 3.0)
    )
    knot = f"M-26 {-top - 24:.1f}c-34 -30 -66 -16 -58 2c6 14 36 8 58 -2c30 -26 64 -20 60 0c-4 16 -38 10 -60 0"
    tails = f"M-26 {-top - 24:.1f}c-10 16 -22 24 -34 44M-26 {-top - 24:.1f}c12 14 20 26 26 46"
    scene.draw(
        strokes([knot, tails], css(tone(twine, 0.62)), 5.2) + strokes([knot, tails], css(tone(twine, 1.12)), 2.8)
    )


def tea_towels(scene: Scene, stripe: Rgb) -> None:
    cloth = rgb("#e8dfcd")
    scene.rest(466)
    bands = (
        (0.14, 0.18, stripe),
        (0.20, 0.208, stripe),
        (0.112, 0.12, stripe),
        (0.80, 0.84, stripe),
        (0.86, 0.868, stripe),
        (0.772, 0.78, stripe),
    )
    top = folded(scene, 470, 240, cloth, thickness=84, leaves=4, seed=31, bands=bands)
    folded(scene, 458, 236, cloth, thickness=84, leaves=4, low=top, shift=-5, seed=35, bands=bands)


def towel(scene: Scene, cloth: Rgb) -> None:
    scene.rest(474)
    top = 0.0
    for index in range(3):
        top = folded(
            scene,
            478 - 4 * index,
            240,
            cloth,
            thickness=92,
            leaves=2,
            low=top - (3 if index else 0),
            shift=(0, 3, -2)[index],
            seed=40 + index,
            waffle=True,
        )
    lines = [f"M-236 {-top * i / 34:.1f}H236" for i in range(1, 34)]
    columns = [f"M{-232 + i * 10.8:.1f} {-top + 6:.1f}V-4" for i in range(44)]
    scene.draw(strokes(lines, css(tone(cloth, 0.6)), 1.3, 0.16) + strokes(columns, css(tone(cloth, 0.6)), 1.3, 0.16))


def runner(scene: Scene, linen: Rgb) -> None:
    body = dense(curve((116, 0), (116, 0), (120, 5), (121, 12), (121, 12), (120, 330), (120, 330), (117, 336)), 10)
    scene.stand(118, reach=1.0)
    turn(scene, body, linen, depth=0.92)
    threads = [wrap(body, 6.0 + k * 5.2) for k in range(63)]
    slubs = [
        wrap(body, 12.0 + (k * 37) % 310, start=0.4 + (k % 7) * 0.33, end=0.62 + (k % 7) * 0.33) for k in range(34)
    ]
    scene.draw(
        scene.clipped(
            body.outline(),
            strokes(threads, css(tone(linen, 0.55)), 0.9, 0.16) + strokes(slubs, css(tone(linen, 1.35)), 1.6, 0.35),
        )
    )
    edge = "M52 24C54 -80 53 -220 52 -310"
    scene.soften(strokes(["M58 24C60 -80 59 -220 58 -310"], "#20160d", 7, 0.36), 4, clip=body.outline())
    scene.draw(strokes([edge], css(tone(linen, 1.2)), 2.4, 0.8))
    lid(scene, 117, 336, tone(linen, 0.98))
    points = []
    for i in range(420):
        angle = i / 420 * math.tau * 9
        r = 8 + 108 * i / 420
        points.append(f"{r * math.cos(angle):.1f} {-336 + r * 0.22 * math.sin(angle):.1f}")
    scene.draw(
        strokes(["M" + "L".join(points)], css(tone(linen, 0.5)), 2.6, 0.62)
        + f'<g transform="translate(-1 -1.600)">{strokes(["M" + "L".join(points)], css(tone(linen, 1.25)), 1.2, 0.6)}</g>'
    )
    twine = rgb("#8a6f4a")
    loops = [wrap(body, wave(168 + k * 6, (1.2, 2, k))) for k in range(3)]
    scene.draw(strokes(loops, css(tone(twine, 0.6)), 5.0) + strokes(loops, css(tone(twine, 1.1)), 2.6))
    bow = "M-22 -144c-34 -34 -72 -18 -62 4c8 14 38 6 62 -4c32 -32 70 -24 64 -2c-6 16 -42 10 -64 2c-8 22 -22 34 -32 58M-22 -144c14 20 22 34 28 60"
    scene.draw(strokes([bow], css(tone(twine, 0.6)), 5.0) + strokes([bow], css(tone(twine, 1.12)), 2.6))


def cushion_piece(
    scene: Scene, colour: Rgb, *, stripe: Rgb | None = None, piping: Rgb | None = None, nubs: bool = False
) -> None:
    cushion(scene, 560, 500, colour, stripe=stripe, piping=piping, nubs=nubs)


def blanket(scene: Scene, wool: Rgb) -> None:
    scene.rest(536)
    pale = mix(wool, CHALK, 0.82)
    top = 0.0
    for index in range(3):
        top = folded(
            scene,
            536 - index * 4,
            210,
            wool,
            thickness=86,
            leaves=2,
            low=top - (3 if index else 0),
            shift=(0, 4, -2)[index],
            seed=50 + index,
            twill=True,
            bands=((0.70, 0.745, pale), (0.775, 0.79, pale)),
        )
