"""The potter's table: cups, bowls, plates, pots and jars."""

# ruff: noqa: E501 (a path stays in one piece)

from still_life.finish import CLAY_BODY, dense, throwing, window
from still_life.light import (
    ASH,
    BRASS,
    CHALK,
    OAK,
    Rgb,
    css,
    lit,
    mix,
    rgb,
    tone,
)
from still_life.scene import Scene
from still_life.solids import Profile, blend, curve, hollow, lid, mouth, speckle, strokes, sweep, turn, wave, wrap


def mug(scene: Scene, glaze: Rgb, *, handle: bool = True, foot: Rgb = CLAY_BODY, wide: float = 1.0) -> None:
    body = dense(
        curve(
            (96 * wide, 0),
            (96 * wide, 0),
            (116 * wide, 10),
            (124 * wide, 50),
            (124 * wide, 130),
            (120 * wide, 226),
            (122 * wide, 250),
        ),
        7,
    )
    scene.stand(104 * wide, reach=0.9)
    if handle:
        sweep(
            scene,
            [(112, -204), (168, -214), (198, -164), (180, -98), (112, -58)],
            (15, 13, 12, 13, 16),
            glaze,
            gloss=0.35,
        )
    turn(scene, body, blend((30, foot), (38, glaze), (222, glaze), (250, mix(glaze, foot, 0.4))), gloss=0.28, power=28)
    edge = wrap(body, wave(35, (4, 4, 2), (2, 9, 0)))
    scene.draw(scene.clipped(body.outline(), strokes([edge], css(tone(glaze, 0.6)), 3, 0.5)))
    throwing(scene, body, glaze, 20, 0.08)
    speckle(scene, body.outline(), (-126, -252, 126, 26), 31, count=170, opacity=0.3)
    window(scene, body, 60, 214, width=14, opacity=0.34)
    mouth(scene, 122 * wide, 250, mix(glaze, foot, 0.35), wall=8, inside=mix(glaze, CHALK, 0.3))


def bowl_breakfast(scene: Scene, glaze: Rgb) -> None:
    outer = curve((84, 0), (84, 0), (82, 20), (82, 20), (150, 50), (205, 112), (226, 190))
    inner = curve((70, 40), (120, 54), (192, 116), (214, 190))
    scene.stand(90, reach=1.6, depth=0.26)
    turn(
        scene,
        outer,
        blend((18, CLAY_BODY), (24, glaze), (170, glaze), (190, mix(glaze, CLAY_BODY, 0.45))),
        gloss=0.25,
        power=26,
    )
    throwing(scene, outer, glaze, 17, 0.1)
    speckle(scene, outer.outline(), (-226, -190, 226, 30), 44, count=200, opacity=0.28)
    window(scene, outer, 80, 165, width=16, opacity=0.3)
    lid(scene, 226, 190, mix(glaze, CLAY_BODY, 0.5))
    hollow(scene, inner, mix(glaze, CHALK, 0.35), gloss=0.2)


def plates(
    scene: Scene, glaze: Rgb, count: int, *, radius: float = 290.0, step: float = 27.0, gap: float = 1.0
) -> None:
    view = 0.27
    scene.stand(radius * 0.62, reach=0.75, depth=0.33)
    for i in range(count):
        base = i * step * gap
        outer = curve(
            (radius * 0.58, base),
            (radius * 0.58, base),
            (radius * 0.60, base + 7),
            (radius * 0.60, base + 7),
            (radius * 0.90, base + 22),
            (radius, base + 46),
        )
        turn(
            scene,
            outer,
            blend(
                (base + 6, CLAY_BODY),
                (base + 9, tone(glaze, 0.94)),
                (base + 38, glaze),
                (base + 46, mix(glaze, CLAY_BODY, 0.4)),
            ),
            gloss=0.12,
            power=20,
            view=view,
        )
        if i < count - 1:
            scene.draw(
                f'<ellipse cx="0" cy="{-base - 46:.1f}" rx="{radius}" ry="{radius * view:.1f}" fill="{css(tone(glaze, 0.6))}"/>'
            )
        else:
            lid(scene, radius, base + 46, mix(glaze, CLAY_BODY, 0.35), view=view)
            inner = curve(
                (radius * 0.66, base + 24),
                (radius * 0.68, base + 25),
                (radius * 0.74, base + 29),
                (radius * 0.978, base + 46),
            )
            hollow(scene, inner, glaze, gloss=0.12, view=view, depth=0.7)
            for share in (0.24, 0.43, 0.57):
                r = radius * share
                scene.draw(
                    f'<ellipse cx="0" cy="{-base - 24:.1f}" rx="{r:.1f}" ry="{r * view:.1f}" fill="none" stroke="{css(tone(glaze, 0.7))}" stroke-width="1.6" stroke-opacity=".20"/>'
                )
            well = radius * 0.66
            shine = scene.gradient(
                [(0, (1, 1, 0.97), 0.26), (0.6, (1, 1, 1), 0.0), (1, (0.2, 0.14, 0.1), 0.10)],
                (-well, -base - 60, well, -base + 10),
            )
            scene.draw(f'<ellipse cx="0" cy="{-base - 24:.1f}" rx="{well:.1f}" ry="{well * view:.1f}" fill="{shine}"/>')
            path = f"M{-radius} {-base - 46}A{radius} {radius * view} 0 1 0 {radius} {-base - 46}A{radius} {radius * view} 0 1 0 {-radius} {-base - 46}Z"
            speckle(
                scene,
                path,
                (-radius, -base - 46 - radius * view, radius, -base - 46 + radius * view),
                51,
                count=240,
                opacity=0.26,
            )


def dish_serving(scene: Scene, glaze: Rgb) -> None:
    outer = curve((176, 0), (176, 0), (182, 10), (250, 50), (284, 104))
    inner = curve((168, 26), (190, 34), (238, 62), (272, 104))
    scene.stand(186, reach=0.8, depth=0.25)
    turn(
        scene,
        outer,
        blend((14, CLAY_BODY), (20, glaze), (92, glaze), (104, mix(glaze, CLAY_BODY, 0.4))),
        gloss=0.3,
        power=26,
    )
    speckle(scene, outer.outline(), (-284, -104, 284, 44), 61, count=220, opacity=0.28)
    window(scene, outer, 34, 90, width=14, opacity=0.28)
    lid(scene, 284, 104, mix(glaze, CLAY_BODY, 0.45))
    hollow(scene, inner, mix(glaze, CHALK, 0.12), gloss=0.35)
    speckle(
        scene,
        "M-268 -104A268 59 0 1 0 268 -104A268 59 0 1 0 -268 -104Z",
        (-268, -165, 268, -45),
        62,
        count=160,
        opacity=0.25,
    )


def teapot(scene: Scene, glaze: Rgb) -> None:
    body = curve((108, 0), (108, 0), (134, 12), (184, 70), (198, 132), (176, 202), (116, 254), (84, 266))
    scene.stand(118, reach=1.2)
    sweep(
        scene, [(160, -96), (214, -118), (246, -168), (268, -232), (292, -258)], (36, 27, 20, 16, 14), glaze, gloss=0.3
    )
    scene.draw(
        f'<ellipse cx="291" cy="-262" rx="13" ry="6" transform="rotate(30 291 -262)" fill="{css(tone(glaze, 0.42))}"/>'
    )
    turn(scene, body, blend((18, CLAY_BODY), (26, glaze), (266, mix(glaze, ASH, 0.2))), gloss=0.3, power=28)
    throwing(scene, body, glaze, 18, 0.09)
    speckle(scene, body.outline(), (-198, -266, 198, 26), 71, count=230, opacity=0.34)
    window(scene, body, 80, 222, width=18, opacity=0.36)
    top = curve(
        (88, 264),
        (88, 264),
        (90, 272),
        (90, 272),
        (70, 292),
        (34, 306),
        (15, 310),
        (15, 310),
        (13, 320),
        (24, 334),
        (20, 350),
        (2, 356),
    )
    turn(scene, top, mix(glaze, ASH, 0.2), gloss=0.35, power=28)
    arch = [
        (-128, -236),
        (-146, -300),
        (-138, -364),
        (-102, -424),
        (-52, -458),
        (0, -469),
        (52, -458),
        (102, -424),
        (138, -364),
        (146, -300),
        (128, -236),
    ]
    sweep(scene, arch, (8, 10, 10.5, 10.5, 10.5, 10, 8), rgb("#9a7b50"), gloss=0.15, steps=44)
    for side in (-1, 1):
        scene.draw(
            f'<circle cx="{side * 128}" cy="-236" r="12" fill="{css(tone(glaze, 0.9))}"/><circle cx="{side * 128 - 2}" cy="-239" r="8" fill="{css(tone(glaze, 1.12))}"/>'
        )


def cake_stand(scene: Scene, glaze: Rgb) -> None:
    foot = curve((122, 0), (122, 0), (124, 8), (112, 20), (62, 46), (40, 90), (40, 130), (60, 178), (92, 192))
    scene.stand(126, reach=1.3)
    turn(scene, foot, glaze, gloss=0.16, power=24)
    scene.soften('<ellipse cx="6" cy="-170" rx="120" ry="34" fill="#20170f" opacity=".42"/>', 14, clip=foot.outline())
    plate = curve((120, 190), (120, 190), (262, 204), (286, 214), (290, 232))
    turn(scene, plate, glaze, gloss=0.16, power=24)
    lid(scene, 290, 232, glaze)
    scene.draw('<ellipse cx="0" cy="-229" rx="280" ry="60" fill="#3a2c1e" fill-opacity=".10"/>')
    hollow(scene, Profile(((268, 224), (276, 226), (281, 232))), glaze, gloss=0.1, depth=0.7)
    sheen = scene.gradient(
        [(0, (1, 1, 0.98), 0.5), (0.55, (1, 1, 1), 0.0), (1, (0.2, 0.15, 0.1), 0.10)], (-260, -280, 260, -180)
    )
    scene.draw(f'<ellipse cx="0" cy="-224" rx="268" ry="58" fill="{sheen}"/>')


def jug(scene: Scene, glaze: Rgb) -> None:
    body = curve((92, 0), (92, 0), (114, 12), (148, 80), (152, 150), (120, 250), (90, 320), (88, 370), (102, 420))
    scene.stand(98, reach=1.2)
    sweep(
        scene, [(90, -382), (152, -410), (206, -360), (204, -270), (140, -176)], (15, 14, 13, 13, 17), glaze, gloss=0.25
    )
    turn(scene, body, blend((24, CLAY_BODY), (32, glaze), (420, mix(glaze, CHALK, 0.15))), gloss=0.22, power=26)
    throwing(scene, body, glaze, 20, 0.1)
    speckle(scene, body.outline(), (-152, -420, 152, 22), 81, count=240, opacity=0.3)
    window(scene, body, 80, 250, width=15, opacity=0.3)
    pale = mix(glaze, CHALK, 0.15)
    mouth(scene, 102, 420, pale, wall=8, inside=mix(glaze, CHALK, 0.3))
    lip = "M-70 -436C-100 -443 -124 -446 -138 -442C-142 -426 -122 -396 -90 -358C-92 -380 -97 -402 -101 -420Z"
    face = scene.gradient(
        [(0, tone(pale, 1.12), 1), (0.6, tone(pale, 0.98), 1), (1, tone(pale, 0.9), 1)], (-138, -440, -92, -380)
    )
    scene.draw(f'<path d="{lip}" fill="{face}"/>')
    scene.draw(
        f'<path d="M-64 -434C-96 -441 -118 -443 -131 -440C-126 -430 -112 -418 -93 -411C-82 -420 -72 -428 -64 -434Z" fill="{css(tone(glaze, 0.70))}"/>'
    )
    scene.draw(
        strokes(["M-72 -437C-100 -443 -124 -446 -138 -442C-136 -432 -120 -416 -96 -407"], css(tone(pale, 1.18)), 5, 1)
    )


def jar_lidded(scene: Scene, glaze: Rgb) -> None:
    body = dense(curve((112, 0), (112, 0), (126, 10), (134, 50), (134, 250), (130, 290), (116, 306)), 9)
    scene.stand(120, reach=1.0)
    turn(scene, body, blend((22, CLAY_BODY), (30, glaze)), gloss=0.2, power=26)
    throwing(scene, body, glaze, 22, 0.07)
    speckle(scene, body.outline(), (-136, -306, 136, 26), 91, count=170, opacity=0.26)
    window(scene, body, 60, 270, angle=2.3, width=15, opacity=0.4)
    scene.soften('<ellipse cx="8" cy="-286" rx="118" ry="26" fill="#20170f" opacity=".35"/>', 7, clip=body.outline())
    top = dense(Profile(((122, 304), (123, 306), (123, 338), (119, 342))), 6)
    turn(scene, top, OAK, gloss=0.1, power=12)
    rings = [wrap(top, wave(308 + k * 6, (1.5, 3, k))) for k in range(6)]
    scene.draw(scene.clipped(top.outline(), strokes(rings, css(tone(OAK, 0.55)), 1.2, 0.35)))
    lid(scene, 119, 342, OAK)
    oval = "M-119 -342A119 26 0 1 0 119 -342A119 26 0 1 0 -119 -342Z"
    lines = [
        f"M-125 {-366 + i * 5.2:.1f}Q{-20 + i * 4} {-366 + i * 5.2 + (5 - i) * 1.2:.1f} 125 {-367 + i * 5.4:.1f}"
        for i in range(11)
    ]
    scene.draw(scene.clipped(oval, strokes(lines, css(tone(OAK, 0.55)), 1.4, 0.38)))
    knob = curve((16, 342), (16, 342), (14, 352), (26, 368), (26, 380), (14, 390), (1, 392))
    turn(scene, knob, OAK, gloss=0.14, power=14)


def oil_bottle(scene: Scene, glaze: Rgb) -> None:
    body = curve(
        (98, 0),
        (98, 0),
        (112, 10),
        (124, 60),
        (124, 190),
        (112, 260),
        (60, 330),
        (34, 370),
        (30, 440),
        (40, 452),
        (40, 466),
    )
    scene.stand(104, reach=1.1)
    turn(scene, body, blend((60, CLAY_BODY), (70, glaze)), gloss=0.22, power=26)
    edge = wrap(body, wave(65, (6, 3, 0), (3, 8, 1)))
    scene.draw(scene.clipped(body.outline(), strokes([edge], css(tone(glaze, 0.6)), 3.4, 0.55)))
    throwing(scene, body, glaze, 22, 0.08)
    speckle(scene, body.outline(), (-126, -466, 126, 24), 101, count=210, opacity=0.3)
    window(scene, body, 90, 290, width=13, opacity=0.34)
    mouth(scene, 40, 466, glaze, wall=6)
    cork = curve((30, 460), (30, 460), (33, 486), (33, 486), (31, 492))
    turn(scene, cork, rgb("#c69a68"), depth=0.9)
    lid(scene, 31, 492, rgb("#c69a68"))
    sweep(scene, [(0, -494), (2, -520), (14, -544), (40, -560)], (10, 9, 8, 7), BRASS, gloss=0.7, power=14)
    tip = lit(BRASS, (0, 1, 0))
    scene.draw(
        f'<ellipse cx="42" cy="-561" rx="6.5" ry="4" transform="rotate(38 42 -561)" fill="{css(tone(tip, 0.5))}"/>'
    )
