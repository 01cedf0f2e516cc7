"""Lamps and the paper lantern, lit."""

# ruff: noqa: E501 (a path stays in one piece)

from still_life.finish import CLAY_BODY, brass, cone, dense, throwing, timber_rings, window
from still_life.glass import WHITE, shade
from still_life.light import (
    BIRCH,
    BRASS,
    IRON,
    LINEN,
    WALNUT,
    Rgb,
    css,
    mix,
    rgb,
    tone,
)
from still_life.scene import Scene
from still_life.solids import blend, curve, lid, mouth, strokes, sweep, turn, wave, wrap


def stand_glow(scene: Scene, y: float, r: float) -> None:
    """Warm light on the wall behind a lamp."""

    scene.soften(f'<circle cx="0" cy="{y}" r="{r}" fill="#fff3d2" opacity=".50"/>', 60)


def lamp_alabaster(scene: Scene) -> None:
    stand_glow(scene, -430, 190)
    foot = curve((92, 0), (92, 0), (94, 6), (94, 16), (86, 24))
    scene.stand(94, reach=1.1)
    brass(scene, foot)
    stone = rgb("#e6ddcd")
    body = curve((60, 24), (60, 24), (104, 50), (124, 110), (112, 180), (66, 238), (36, 262))
    turn(
        scene,
        body,
        blend((24, tone(stone, 0.95)), (120, stone), (262, mix(stone, WHITE, 0.35))),
        gloss=0.25,
        power=24,
        depth=0.75,
    )
    veins = [wrap(body, wave(40 + 40 * k, (44, 0.9, k * 0.7), (5, 4, k * 2))) for k in range(6)]
    scene.soften(strokes(veins, "#b09a7c", 16, 0.22), 9, clip=body.outline())
    scene.soften(strokes(veins[1::2], "#9a8260", 2.2, 0.30), 1.6, clip=body.outline())
    window(scene, body, 70, 190, width=14, opacity=0.5)
    brass(scene, curve((30, 260), (30, 260), (30, 268), (13, 274), (11, 330)))
    shade(scene, cone(318, 560, 186, 118), LINEN)


def lamp_reading(scene: Scene) -> None:
    scene.stand(118, reach=1.0)
    foot = curve((116, 0), (116, 0), (118, 6), (118, 14), (104, 22), (30, 30), (18, 42))
    brass(scene, foot)
    sweep(scene, [(0, -40), (0, -300)], (9, 9), BRASS, metal=True)
    sweep(
        scene,
        [(0, -290), (2, -420), (-2, -478), (-44, -520), (-100, -520), (-126, -492)],
        (9, 8.5, 8, 8, 8, 8),
        BRASS,
        metal=True,
        steps=26,
    )
    hood = curve((88, -2), (88, -2), (86, 20), (66, 70), (40, 104), (24, 120), (14, 126))
    scene.soften('<ellipse cx="-160" cy="-330" rx="92" ry="70" fill="#fff0c8" opacity=".75"/>', 44)
    with scene.placed_turned(-134, -402, -14):
        brass(scene, hood)
        scene.draw(strokes([wrap(hood, 0.5)], "#fff3cf", 4, 0.9))
    scene.draw(
        f'<circle cx="0" cy="-300" r="13" fill="{css(tone(BRASS, 0.8))}"/><circle cx="-3" cy="-303" r="8" fill="{css(tone(BRASS, 1.25))}"/>'
    )


def lamp_pleated(scene: Scene, glaze: Rgb) -> None:
    stand_glow(scene, -420, 190)
    body = curve((84, 0), (84, 0), (106, 12), (132, 74), (128, 140), (84, 206), (44, 240), (38, 256))
    scene.stand(88, reach=1.2)
    turn(scene, body, blend((14, CLAY_BODY), (20, glaze)), gloss=0.4, power=34)
    throwing(scene, body, glaze, 18, 0.08)
    window(scene, body, 60, 170, width=14, opacity=0.5)
    brass(scene, curve((26, 254), (26, 254), (26, 264), (11, 268), (11, 320)))
    shade(scene, cone(300, 548, 200, 104), rgb("#efe3ca"), pleats=34)


def lamp_globe(scene: Scene) -> None:
    stand_glow(scene, -330, 220)
    foot = curve(
        (112, 0), (112, 0), (114, 6), (114, 16), (100, 24), (40, 40), (26, 70), (24, 120), (40, 150), (70, 166)
    )
    scene.stand(114, reach=1.0)
    brass(scene, foot)
    globe = curve((62, 160), (62, 160), (130, 196), (176, 262), (186, 330), (172, 400), (120, 472), (60, 505), (2, 515))
    shade(scene, globe, rgb("#ddd3c0"), open_top=False)
    window(scene, globe, 330, 452, angle=2.3, width=20, opacity=0.85)
    brass(scene, curve((68, 152), (68, 152), (72, 160), (68, 172)))


def lamp_walnut(scene: Scene) -> None:
    stand_glow(scene, -450, 180)
    body = dense(
        curve(
            (104, 0),
            (104, 0),
            (106, 14),
            (106, 14),
            (76, 26),
            (50, 50),
            (50, 50),
            (62, 84),
            (58, 130),
            (34, 160),
            (34, 160),
            (46, 172),
            (34, 184),
            (34, 184),
            (44, 230),
            (34, 280),
            (24, 304),
        ),
        6,
    )
    scene.stand(108, reach=1.0)
    turn(scene, body, WALNUT, gloss=0.22, power=20)
    timber_rings(scene, body, WALNUT, every=10, sway=9, opacity=0.35)
    window(scene, body, 190, 290, width=6, opacity=0.3)
    brass(scene, curve((18, 302), (18, 302), (18, 312), (10, 316), (10, 350)))
    shade(scene, cone(338, 560, 168, 108), rgb("#e9dcc0"))


def lantern_paper(scene: Scene) -> None:
    stand_glow(scene, -240, 260)
    scene.stand(78, reach=2.0, weight=0.9)
    globe = curve((70, 0), (70, 0), (150, 44), (214, 126), (236, 226), (216, 330), (150, 414), (72, 456))
    shade(scene, globe, rgb("#eee5d2"), open_top=True)
    dark, light = [], []
    for i in range(1, 25):
        h = globe.top * i / 25
        dark.append(wrap(globe, wave(h, (1.4, 2, i))))
        light.append(wrap(globe, wave(h + 4.5, (1.4, 2, i))))
    scene.draw(
        scene.clipped(globe.outline(), strokes(dark, "#a58c62", 2.6, 0.34) + strokes(light, "#ffffff", 2.8, 0.34))
    )
    mouth(scene, 72, 456, rgb("#a08258"), wall=5, inside=rgb("#f7e6bd"), deep=1.15)
    scene.draw(
        strokes(["M-60 -470Q0 -560 60 -470"], "#4d3e2c", 3.0, 0.9)
        + strokes(["M-60 -471.500Q0 -561.500 60 -471.500"], "#d8bf90", 1.0, 0.8)
    )


def lamp_opal(scene: Scene) -> None:
    stand_glow(scene, -320, 220)
    foot = curve((104, 0), (104, 0), (106, 6), (106, 18), (92, 26), (44, 44), (36, 90), (36, 200), (44, 236))
    scene.stand(106, reach=1.1)
    turn(scene, foot, rgb("#e6e5df"), gloss=0.4, power=30, depth=0.8)
    window(scene, foot, 70, 216, width=7, opacity=0.6)
    dome = curve((214, 220), (214, 220), (218, 240), (206, 300), (164, 366), (96, 410), (30, 424), (2, 425))
    scene.soften('<ellipse cx="4" cy="-196" rx="120" ry="46" fill="#1d160e" opacity=".20"/>', 16, clip=foot.outline())
    shade(scene, dome, rgb("#d9d6cb"), open_top=False)
    window(scene, dome, 262, 384, angle=2.35, width=18, opacity=0.8)


def lamp_birch(scene: Scene) -> None:
    stand_glow(scene, -400, 180)
    body = dense(curve((86, 0), (86, 0), (90, 6), (90, 6), (90, 176), (90, 176), (84, 184)), 9)
    scene.stand(92, reach=1.0)
    turn(scene, body, BIRCH, gloss=0.06, power=12)
    timber_rings(scene, body, BIRCH, every=12, sway=11, opacity=0.26)
    lid(scene, 84, 184, BIRCH)
    turn(scene, curve((12, 182), (12, 182), (12, 240)), IRON, gloss=0.4)
    shade(scene, cone(226, 500, 158, 158), rgb("#e7e4da"))
