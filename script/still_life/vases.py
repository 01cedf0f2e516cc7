"""The potter's vases."""

# ruff: noqa: E501 (a path stays in one piece)

from still_life.finish import CLAY_BODY, dense, throwing, window
from still_life.light import (
    ASH,
    CHALK,
    Rgb,
    css,
    mix,
    rgb,
    tone,
)
from still_life.scene import Scene
from still_life.solids import blend, curve, mouth, speckle, strokes, sweep, turn, wave, wrap


def vase_stoneware(scene: Scene, glaze: Rgb, neck: Rgb) -> None:
    body = curve(
        (74, 0), (74, 0), (104, 16), (156, 88), (170, 165), (134, 268), (76, 368), (59, 440), (64, 515), (86, 562)
    )
    scene.stand(78, reach=1.2)
    turn(scene, body, blend((26, tone(CLAY_BODY, 0.78)), (34, glaze), (380, glaze), (432, neck)), gloss=0.22, power=22)
    throwing(scene, body, glaze, 19, 0.09)
    speckle(scene, body.outline(), (-180, -560, 180, 14), 3, count=330)
    window(scene, body, 70, 260, width=13, opacity=0.26)
    mouth(scene, 86, 562, mix(neck, ASH, 0.3), wall=7)


def moon_jar(scene: Scene, glaze: Rgb) -> None:
    body = curve(
        (92, 0),
        (92, 0),
        (96, 12),
        (96, 12),
        (158, 56),
        (208, 118),
        (234, 186),
        (239, 236),
        (231, 296),
        (204, 358),
        (160, 410),
        (108, 446),
        (108, 446),
        (103, 462),
        (106, 476),
    )
    scene.stand(96, reach=1.5)
    turn(scene, body, blend((8, CLAY_BODY), (13, glaze)), gloss=0.20, power=26)
    scene.draw(
        scene.clipped(
            body.outline(),
            strokes([wrap(body, wave(236, (2, 1.6, 0)))], css(tone(glaze, 0.6)), 2.2, 0.16),
        )
    )
    speckle(scene, body.outline(), (-240, -480, 240, 14), 8, count=90, opacity=0.22)
    window(scene, body, 250, 372, angle=2.3, width=26, opacity=0.5)
    mouth(scene, 106, 476, glaze, wall=8)


def vase_bottle(scene: Scene, glaze: Rgb) -> None:
    body = curve(
        (88, 0),
        (88, 0),
        (112, 14),
        (128, 70),
        (128, 150),
        (104, 240),
        (52, 320),
        (33, 400),
        (30, 500),
        (36, 548),
        (50, 566),
    )
    scene.stand(92, reach=1.2)
    turn(
        scene,
        body,
        blend(
            (16, CLAY_BODY),
            (26, tone(glaze, 0.86)),
            (150, glaze),
            (430, mix(glaze, ASH, 0.22)),
            (566, mix(glaze, ASH, 0.45)),
        ),
        gloss=0.5,
        power=44,
    )
    throwing(scene, body, glaze, 24, 0.07)
    window(scene, body, 60, 235, width=11, opacity=0.55)
    window(scene, body, 350, 520, width=5, opacity=0.45)
    mouth(scene, 50, 566, mix(glaze, ASH, 0.5), wall=6)


def vase_bud(scene: Scene, glaze: Rgb) -> None:
    body = curve(
        (70, 0), (70, 0), (98, 12), (136, 66), (140, 118), (104, 190), (48, 240), (32, 290), (32, 350), (50, 382)
    )
    scene.stand(76, reach=1.2)
    turn(
        scene,
        body,
        blend((30, mix(CLAY_BODY, glaze, 0.25)), (40, glaze), (300, glaze), (382, mix(glaze, CHALK, 0.35))),
        gloss=0.30,
        power=30,
    )
    drip = wrap(body, wave(36, (7, 5, 1), (4, 11, 0)))
    scene.draw(scene.clipped(body.outline(), strokes([drip], css(tone(glaze, 0.62)), 4, 0.45)))
    speckle(scene, body.outline(), (-140, -385, 140, 14), 12, count=150)
    window(scene, body, 70, 170, width=14, opacity=0.4)
    stem = [(2, -372), (10, -440), (-4, -500), (14, -560)]
    sweep(scene, stem, (2.6, 2.0, 1.4), rgb("#6b6a4a"), steps=26)
    for x, y, turn_, size in ((6, -452, -38, 1.0), (-1, -492, 34, 0.95), (8, -530, -30, 0.8), (13, -556, 12, 0.75)):
        leaf = "M0 0C14 -10 20 -34 4 -58C-12 -36 -12 -12 0 0Z"
        shade = scene.gradient([(0, rgb("#a3a684"), 1), (1, rgb("#666b4c"), 1)], (-10, -40, 14, -10))
        scene.draw(
            f'<g transform="translate({x} {y}) rotate({turn_}) scale({size})"><path d="{leaf}" fill="{shade}"/><path d="M0 0Q4 -28 4 -54" stroke="#5a5e42" stroke-width="1.3" fill="none" stroke-opacity=".6"/></g>'
        )
    mouth(scene, 50, 382, mix(glaze, CHALK, 0.35), wall=6)
    scene.draw('<path d="M-1 -372L5 -388L9 -387L5 -372Z" fill="#63633f"/>')


def amphora(scene: Scene, clay: Rgb) -> None:
    body = curve(
        (66, 0),
        (66, 0),
        (72, 20),
        (72, 20),
        (112, 90),
        (150, 190),
        (156, 270),
        (120, 350),
        (72, 404),
        (58, 450),
        (62, 520),
        (62, 520),
        (84, 540),
        (86, 560),
    )
    scene.stand(70, reach=1.3)
    for side in (-1, 1):
        sweep(
            scene,
            [(side * 64, -505), (side * 128, -512), (side * 166, -446), (side * 156, -372), (side * 116, -322)],
            (15, 14, 13, 14, 17),
            tone(clay, 0.96),
        )
    turn(
        scene,
        body,
        blend((0, tone(clay, 0.86)), (120, clay), (400, clay), (560, mix(clay, CHALK, 0.14))),
        gloss=0.05,
        power=10,
    )
    throwing(scene, body, clay, 15, 0.15)
    scene.draw(
        scene.clipped(
            body.outline(),
            strokes([wrap(body, 372), wrap(body, 364)], css(tone(clay, 0.5)), 2.4, 0.4),
        )
    )
    speckle(scene, body.outline(), (-160, -560, 160, 14), 5, count=200, opacity=0.2)
    scene.soften('<ellipse cx="-50" cy="-300" rx="46" ry="80" fill="#ffe9d6" opacity=".20"/>', 26, clip=body.outline())
    mouth(scene, 86, 560, clay, wall=9)


def vase_fluted(scene: Scene, glaze: Rgb) -> None:
    body = curve(
        (96, 0), (96, 0), (104, 10), (140, 130), (152, 260), (138, 380), (118, 450), (118, 480), (136, 520), steps=9
    )
    scene.stand(100, reach=1.1)
    turn(scene, body, blend((0, tone(glaze, 0.88)), (90, glaze)), gloss=0.12, power=20, flutes=30, relief=0.16)
    window(scene, body, 120, 400, width=16, opacity=0.16)
    mouth(scene, 136, 520, glaze, wall=8)


def vase_cylinder(scene: Scene, glaze: Rgb, foot: Rgb) -> None:
    body = curve((104, 0), (104, 0), (110, 8), (112, 30), (112, 30), (112, 470), (112, 470), (112, 482), (106, 488))
    scene.stand(108, reach=1.0)
    turn(
        scene,
        dense(body),
        blend((86, foot), (94, tone(glaze, 0.85)), (180, glaze), (470, glaze), (488, mix(glaze, foot, 0.5))),
        gloss=0.30,
        power=34,
    )
    edge = wrap(dense(body), wave(90, (5, 3, 0.6)))
    scene.draw(scene.clipped(body.outline(), strokes([edge], css(tone(glaze, 0.55)), 3.5, 0.5)))
    speckle(scene, body.outline(), (-112, -92, 112, 26), 22, count=110, opacity=0.3)
    window(scene, body, 120, 450, angle=2.3, width=14, opacity=0.36)
    mouth(scene, 106, 488, mix(glaze, foot, 0.25), wall=7)
