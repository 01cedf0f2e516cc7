"""Wood, stone, iron and rush."""

# ruff: noqa: E501 (a path stays in one piece)

import math
import random

from still_life.cloth import front_light, grain, slab_path, upper
from still_life.finish import brass, dense, timber_rings, window
from still_life.light import (
    BIRCH,
    BRASS,
    CHALK,
    GRANITE,
    OAK,
    WALNUT,
    Rgb,
    css,
    lit,
    mix,
    rgb,
    tone,
    turned_normal,
)
from still_life.scene import Scene
from still_life.solids import Profile, blend, curve, hollow, lid, mouth, speckle, strokes, sweep, turn, wrap


def bowl_walnut(scene: Scene) -> None:
    outer = curve((104, 0), (104, 0), (102, 18), (102, 18), (190, 54), (262, 140), (288, 232))
    inner = curve((90, 44), (150, 62), (238, 138), (270, 232))
    wood = mix(WALNUT, OAK, 0.12)
    scene.stand(108, reach=1.8, depth=0.25)
    turn(scene, outer, wood, gloss=0.16, power=16)
    timber_rings(scene, outer, wood, every=13, sway=16, opacity=0.42)
    lid(scene, 288, 232, mix(wood, OAK, 0.35))
    hollow(scene, inner, mix(wood, OAK, 0.12), gloss=0.12)
    mouth_path = "M-270 -232A270 59.400 0 1 0 270 -232A270 59.400 0 1 0 -270 -232Z"
    rings = [
        f"M-280 {-276 + k * 9}C{-150 + k * 6} {-216 + k * 6} {90 + k * 5} {-214 + k * 6} 280 {-282 + k * 9}"
        for k in range(11)
    ]
    scene.draw(
        scene.clipped(
            mouth_path,
            strokes(rings[::2], css(tone(wood, 0.45)), 1.2, 0.30)
            + strokes(rings[1::2], css(tone(wood, 0.45)), 2.4, 0.16),
        )
    )
    window(scene, outer, 110, 212, angle=2.35, width=14, opacity=0.26)


def board(scene: Scene, wood: Rgb, *, handle: bool = True, seed: int = 5) -> None:
    """A board leaning upright."""

    w, h = 168, 400 if handle else 430
    if handle:
        path = (
            f"M{-w + 22} 0H{w - 22}Q{w} 0 {w} -22V{-h + 40}C{w} {-h - 6} {w - 60} {-h - 12} 52 {-h - 28}C34 {-h - 34} 33 {-h - 50} 33 {-h - 70}V{-h - 112}"
            f"A33 33 0 0 0 -33 {-h - 112}V{-h - 70}C-33 {-h - 50} -34 {-h - 34} -52 {-h - 28}C{-w + 60} {-h - 12} {-w} {-h - 6} {-w} {-h + 40}V-22Q{-w} 0 {-w + 22} 0Z"
        )
        full = h + 145
    else:
        path = f"M{-w - 10} 0H{w + 10}Q{w + 26} 0 {w + 26} -16V{-h + 190}A{w + 26} {w + 26} 0 0 0 {-w - 26} {-h + 190}V-16Q{-w - 26} 0 {-w - 10} 0Z"
        full = h + 4
    scene.soften(f'<path d="{path}" transform="translate(34 -4)" fill="#2b2016" opacity=".20"/>', 24)
    scene.rest(2 * w + (0 if handle else 48))
    scene.draw(
        f'<g transform="translate(9 -3)"><path d="{path}" fill="{css(tone(wood, 0.62))}"/></g><g transform="translate(4.500 -1.500)"><path d="{path}" fill="{css(tone(wood, 0.74))}"/></g>'
    )
    front_light(scene, path, wood, (-w, -full, w * 0.6, 0), top=1.10, foot=0.9)
    grain(scene, path, (-w - 30, -full, w + 30, 4), wood, seed=seed, heart=0.42)
    scene.soften(
        f'<path d="{path}" fill="none" stroke="#fff3dc" stroke-width="5" stroke-opacity=".7" transform="translate(2.500 3)"/>',
        1.6,
        clip=path,
    )
    scene.soften(
        f'<ellipse cx="{-w * 0.4}" cy="{-h * 0.72}" rx="100" ry="150" fill="#fff2d8" opacity=".16"/>', 40, clip=path
    )
    hole = -h - 108 if handle else -h + 52
    dark = tone(rgb("#d9cfbf"), 0.78)
    scene.draw(
        f'<circle cx="0" cy="{hole}" r="15" fill="{css(tone(wood, 0.5))}"/><circle cx="2.500" cy="{hole + 2}" r="12" fill="{css(dark)}"/>'
    )


def mortar(scene: Scene) -> None:
    outer = curve((110, 0), (110, 0), (116, 14), (110, 26), (150, 70), (178, 150), (184, 236))
    inner = curve((70, 110), (120, 136), (148, 190), (152, 236))
    scene.stand(116, reach=1.4)
    turn(scene, outer, GRANITE, gloss=0.05, power=8)
    speckle(scene, outer.outline(), (-186, -236, 186, 26), 111, count=900, colour="#3b3b3a", opacity=0.42)
    speckle(scene, outer.outline(), (-186, -236, 186, 26), 112, count=700, colour="#f2f1ec", opacity=0.5)
    lid(scene, 184, 236, GRANITE)
    rim = "M-184 -236A184 40.500 0 1 0 184 -236A184 40.500 0 1 0 -184 -236Z"
    speckle(scene, rim, (-184, -278, 184, -194), 113, count=300, colour="#3b3b3a", opacity=0.4)
    hollow(scene, inner, tone(GRANITE, 0.86))
    sweep(scene, [(36, -236), (110, -330), (178, -420)], (38, 33, 27), GRANITE)
    head = [(172, -411), (186, -432)]
    sweep(scene, head, (27, 31), GRANITE)
    shaft = "M4 -262L150 -446L214 -408L74 -206Z"
    speckle(scene, shaft, (0, -450, 220, -200), 114, count=240, colour="#3b3b3a", opacity=0.4)
    front = "M-152 -236A152 33.400 0 0 0 152 -236L184 -236A184 40.500 0 0 1 -184 -236Z"
    scene.draw(
        f'<path d="{front}" fill="{scene.gradient([(0, tone(lit(GRANITE, (0, 1, 0)), 1.06), 1), (1, tone(lit(GRANITE, (0, 1, 0)), 0.92), 1)], (-184, 0, 184, 0))}"/>'
    )
    speckle(scene, front, (-184, -240, 184, -190), 115, count=260, colour="#3b3b3a", opacity=0.4)


def pepper_mill(scene: Scene) -> None:
    body = dense(
        curve(
            (78, 0),
            (78, 0),
            (80, 10),
            (80, 10),
            (70, 60),
            (48, 150),
            (44, 220),
            (60, 300),
            (66, 330),
            (66, 330),
            (58, 338),
        ),
        6,
    )
    scene.stand(82, reach=1.1)
    turn(scene, body, WALNUT, gloss=0.28, power=22)
    timber_rings(scene, body, WALNUT, every=11, sway=12, opacity=0.36)
    window(scene, body, 60, 300, width=8, opacity=0.38)
    brass(scene, dense(Profile(((57, 337), (57, 346))), 3))
    head = dense(curve((60, 346), (60, 346), (68, 372), (70, 410), (52, 452), (26, 474), (16, 478)), 6)
    turn(scene, head, WALNUT, gloss=0.3, power=24)
    timber_rings(scene, head, WALNUT, every=10, sway=10, opacity=0.34)
    window(scene, head, 372, 440, width=8, opacity=0.4)
    brass(scene, curve((12, 476), (12, 476), (10, 486), (20, 498), (20, 508), (10, 518), (1, 520)))


def casserole(scene: Scene, enamel: Rgb) -> None:
    body = dense(curve((196, 0), (196, 0), (216, 10), (226, 40), (228, 170), (228, 170), (232, 176)), 9)
    scene.stand(206, reach=0.9, depth=0.24)
    for side in (-1, 1):
        sweep(
            scene,
            [(side * 216, -150), (side * 268, -158), (side * 284, -132), (side * 266, -108), (side * 218, -110)],
            (15, 14, 13, 14, 15),
            enamel,
            gloss=0.5,
            power=24,
        )
    turn(
        scene, body, blend((0, tone(enamel, 0.72)), (90, enamel), (176, mix(enamel, CHALK, 0.06))), gloss=0.5, power=34
    )
    window(scene, body, 30, 160, angle=2.45, width=18, opacity=0.5)
    scene.draw(strokes([wrap(body, 174)], css(tone(enamel, 0.45)), 5, 0.8, cap="butt"))
    top = curve((236, 178), (236, 178), (236, 192), (236, 192), (218, 206), (140, 238), (40, 254), (2, 255))
    turn(scene, top, enamel, gloss=0.5, power=34)
    scene.draw(
        scene.clipped(
            top.outline(),
            strokes([wrap(top, 216, start=-math.pi, end=math.pi, steps=120)], css(tone(enamel, 1.3)), 2.4, 0.4),
        )
    )
    brass(scene, curve((20, 252), (20, 252), (16, 268), (38, 284), (40, 298), (24, 308), (1, 310)))


def coffee_pot(scene: Scene, enamel: Rgb) -> None:
    body = dense(curve((146, 0), (146, 0), (152, 8), (150, 30), (96, 360), (96, 360), (100, 366)), 8)
    scene.stand(150, reach=1.0)
    sweep(
        scene,
        [(100, -330), (176, -338), (214, -280), (206, -190), (136, -120)],
        (14, 13, 13, 13, 15),
        enamel,
        gloss=0.55,
    )
    spout = [(-110, -190), (-150, -240), (-172, -310), (-196, -360)]
    sweep(scene, spout, (44, 30, 20, 15), enamel, gloss=0.55)
    scene.draw(
        f'<ellipse cx="-198" cy="-365" rx="15" ry="7" transform="rotate(-24 -198 -365)" fill="{css(rgb("#e9e5da"))}"/><ellipse cx="-198" cy="-364" rx="11" ry="4.500" transform="rotate(-24 -198 -364)" fill="{css(tone(enamel, 0.5))}"/>'
    )
    turn(scene, body, blend((0, tone(enamel, 0.8)), (80, enamel)), gloss=0.55, power=36)
    scene.draw(strokes([wrap(body, 5)], "#ece8dd", 6, 0.95, cap="butt"))
    window(scene, body, 40, 330, angle=2.35, width=15, opacity=0.55)
    speckle(scene, body.outline(), (-152, -366, 152, 32), 131, count=130, colour="#ffffff", opacity=0.30)
    top = curve((104, 364), (104, 364), (104, 374), (104, 374), (80, 394), (28, 410), (10, 412))
    turn(scene, top, enamel, gloss=0.55, power=36)
    scene.draw(strokes([wrap(top, 368)], "#ece8dd", 4.5, 0.95, cap="butt"))
    ball = curve((9, 410), (9, 410), (10, 420), (24, 434), (25, 448), (12, 460), (1, 462))
    turn(scene, ball, BIRCH, gloss=0.12, power=12)


def basket(scene: Scene, rush: Rgb) -> None:
    body = dense(curve((158, 0), (158, 0), (176, 14), (206, 120), (210, 230), (198, 330)), 10)
    scene.stand(172, reach=0.9, depth=0.24)
    for side in (-1, 1):
        sweep(
            scene,
            [(side * 96, -338), (side * 104, -410), (side * 150, -434), (side * 178, -392), (side * 172, -318)],
            (10, 11, 11, 11, 10),
            tone(rush, 0.9),
        )
    turn(scene, body, tone(rush, 0.72))
    chance = random.Random(17)
    rows = 20
    parts = []
    for row in range(rows):
        h = 8 + (body.top - 14) * row / (rows - 1)
        r = body.radius(h)
        slope = body.slope(h)
        count = 26
        for k in range(-1, count + 1):
            start = math.pi * (k + (0.5 if row % 2 else 0.0)) / count
            end = start + math.pi * 0.92 / count
            if end < 0.02 or start > math.pi - 0.02:
                continue
            start, end = max(0.0, start), min(math.pi, end)
            middle = (start + end) / 2
            colour = lit(tone(rush, chance.uniform(0.90, 1.10)), turned_normal(math.cos(middle), slope))
            points = []
            for i in range(7):
                a = start + (end - start) * i / 6
                swell = 2.2 * math.sin(math.pi * i / 6)
                points.append(f"{(r + swell * 0.6) * math.cos(a):.1f} {-h - swell + r * 0.22 * math.sin(a):.1f}")
            parts.append(
                strokes(["M" + "L".join(points)], css(tone(colour, 0.62)), 13.5)
                + strokes(["M" + "L".join(points)], css(colour), 10.5)
            )
    scene.draw("".join(parts))
    mouth(scene, 202, 334, rush, wall=15, inside=tone(rush, 0.7), deep=0.6)
    turns = []
    for i in range(64):
        a = math.tau * i / 64
        x, y = 196 * math.cos(a), -334 + 196 * 0.22 * math.sin(a)
        turns.append((math.sin(a), f"M{x - 7:.1f} {y + 6:.1f}Q{x:.1f} {y - 6:.1f} {x + 7:.1f} {y - 5:.1f}"))
    for _, line in sorted(turns):
        shade_ = tone(rush, chance.uniform(0.92, 1.15))
        scene.draw(strokes([line], css(tone(shade_, 0.62)), 12) + strokes([line], css(shade_), 9))


def box(scene: Scene, wood: Rgb) -> None:
    """A low box with a brass catch, its lid closed."""
    w, h, cap, rise = 262, 176, 62, 74
    scene.rest(520)
    body = slab_path((-w, w), 0, h, (6, 6))
    cover = slab_path((-w - 5, w + 5), h, h + cap, (6, 6))
    front_light(scene, body, wood, (-w, -h, w, 0), top=1.0, foot=0.76)
    grain(scene, body, (-w, -h, w, 0), wood, seed=7, upright=False, heart=0.55)
    scene.soften(
        f'<path d="M{-w} {-h + 3}H{w}" stroke="#20160d" stroke-width="16" stroke-opacity=".45"/>', 6, clip=body
    )
    front_light(scene, cover, wood, (-w, -h - cap, w, -h), top=1.07, foot=0.84)
    grain(scene, cover, (-w - 5, -h - cap, w + 5, -h), wood, seed=9, upright=False, heart=0.3)
    top = f"M{-w - 5} {-h - cap + 3}L{-w + 26} {-h - cap - rise + 4}Q{-w + 30} {-h - cap - rise} {-w + 38} {-h - cap - rise}H{w - 38}Q{w - 30} {-h - cap - rise} {w - 26} {-h - cap - rise + 4}L{w + 5} {-h - cap + 3}Z"
    front_light(scene, top, upper(wood), (-w, -h - cap - rise, w, -h - cap), top=1.08, foot=0.95)
    grain(
        scene,
        top,
        (-w - 5, -h - cap - rise, w + 5, -h - cap),
        upper(wood),
        seed=13,
        upright=False,
        heart=0.5,
        strength=0.8,
    )
    scene.draw(strokes([f"M{-w - 2} {-h - cap + 3}H{w + 2}"], css(tone(wood, 1.3)), 2.4, 0.7))
    for x0, x1 in ((-w, -w + 46), (w - 46, w)):
        marks = [f"M{x0} {-h * i / 5:.1f}H{x1}" for i in range(1, 5)]
        scene.draw(strokes(marks, css(tone(wood, 0.5)), 1.8, 0.55, cap="butt"))
        inner = x1 if x0 < 0 else x0
        scene.draw(strokes([f"M{inner} -2V{-h}"], css(tone(wood, 0.5)), 1.8, 0.5))
    plate = slab_path((-22, 22), h - 26, h + 24, (5, 5))
    scene.soften(f'<path d="{plate}" transform="translate(4 5)" fill="#20160d" opacity=".5"/>', 4)
    front_light(scene, plate, BRASS, (-22, -h - 24, 22, -h + 26), top=1.3, foot=0.8)
    scene.draw(
        f'<circle cx="0" cy="{-h + 4}" r="9" fill="{css(tone(BRASS, 0.72))}"/><circle cx="-2" cy="{-h + 2}" r="6" fill="{css(tone(BRASS, 1.28))}"/>'
    )
    scene.draw(strokes([f"M-20 {-h}H20"], css(tone(BRASS, 0.5)), 1.8, 0.8))


def tray(scene: Scene, wood: Rgb) -> None:
    view = 0.30
    outer = curve((262, 0), (262, 0), (276, 8), (286, 30), (290, 50))
    inner = Profile(((262, 18), (266, 20), (274, 34), (277, 50)))
    scene.stand(266, reach=0.4, depth=0.28)
    turn(scene, outer, wood, gloss=0.14, power=16, view=view)
    lid(scene, 290, 50, mix(wood, OAK, 0.35), view=view)
    hollow(scene, inner, wood, view=view, depth=0.75)
    meet = (262**2 - 277**2 - (18 / view) ** 2 + (50 / view) ** 2) / (2 * (50 - 18) / view)
    half = math.sqrt(262**2 - (meet - 18 / view) ** 2)
    y = -meet * view  # here the front rim hides the floor
    floor = f"M{-half:.1f} {y:.1f}A262 {262 * view:.1f} 0 1 1 {half:.1f} {y:.1f}A277 {277 * view:.1f} 0 0 1 {-half:.1f} {y:.1f}Z"
    sheen = scene.gradient(
        [(0, (1, 0.96, 0.88), 0.30), (0.5, (1, 1, 1), 0.0), (1, (0.1, 0.06, 0.03), 0.2)], (-240, -110, 240, 60)
    )
    opening = f"M-277 -50A277 {277 * view:.1f} 0 1 0 277 -50A277 {277 * view:.1f} 0 1 0 -277 -50Z"
    scene.draw(f'<path d="{floor}" fill="{css(tone(wood, 1.04))}"/>')
    grain(scene, floor, (-270, -104, 270, 66), wood, seed=19, upright=False, heart=0.45)
    edge = f'<path d="{floor}" fill="none" stroke="#1c1008" stroke-width="26" stroke-opacity=".30"/>'
    scene.soften(edge, 12, clip=opening)
    scene.draw(scene.clipped(opening, f'<path d="{floor}" fill="{sheen}"/>'))


def dish_brass(scene: Scene) -> None:
    outer = curve((110, 0), (110, 0), (116, 6), (200, 40), (248, 86))
    inner = curve((96, 14), (130, 24), (196, 54), (241, 86))
    scene.stand(120, reach=1.2, depth=0.24)
    brass(scene, outer)
    lid(scene, 248, 86, BRASS, gloss=0.3)
    hollow(scene, inner, BRASS, metal=True)
    rings = [
        f"M{-r} -30A{r} {r * 0.22:.1f} 0 1 0 {r} -30A{r} {r * 0.22:.1f} 0 1 0 {-r} -30Z" for r in range(20, 200, 9)
    ]
    opening = "M-241 -86A241 53 0 1 0 241 -86A241 53 0 1 0 -241 -86Z"
    scene.draw(scene.clipped(opening, strokes(rings, css(tone(BRASS, 0.6)), 1.1, 0.22)))
    scene.soften('<ellipse cx="96" cy="-96" rx="70" ry="13" fill="#fff6d8" opacity=".6"/>', 10, clip=opening)
    scene.draw(strokes(["M-240 -86A241 53 0 0 0 240 -86"], css(tone(BRASS, 1.4)), 2.2, 0.8))


def boxes_veneer(scene: Scene, wood: Rgb) -> None:
    for x, y, r, h, seed in ((70, -40, 170, 190, 1), (-104, 22, 128, 132, 2)):
        with scene.placed(x, y):
            scene.stand(r + 2, reach=0.7)
            body = dense(Profile(((r, 0), (r, h))), 10)
            turn(scene, body, wood, gloss=0.05, power=10)
            timber_rings(scene, body, wood, every=12, sway=4, opacity=0.22)
            cap = dense(Profile(((r + 6, h - 46), (r + 6, h), (r + 4, h + 3))), 8)
            scene.soften(strokes([wrap(body, h - 48)], "#20160d", 10, 0.4), 5, clip=body.outline())
            turn(scene, cap, mix(wood, OAK, 0.12), gloss=0.05, power=10)
            timber_rings(scene, cap, wood, every=11, sway=3, opacity=0.24)
            lid(scene, r + 4, h + 3, mix(wood, CHALK, 0.1))
            oval = f"M{-r - 4} {-h - 3}A{r + 4} {(r + 4) * 0.22:.1f} 0 1 0 {r + 4} {-h - 3}A{r + 4} {(r + 4) * 0.22:.1f} 0 1 0 {-r - 4} {-h - 3}Z"
            grain(
                scene,
                oval,
                (-r - 8, -h - 6 - r * 0.24, r + 8, -h + r * 0.24),
                wood,
                seed=seed + 3,
                upright=False,
                heart=0.4,
            )
            seam = r * 0.30
            front = (r * r - seam * seam) ** 0.5 * 0.22
            for low, high, shift in ((4, h - 50, 0), (h - 44, h, 6)):
                top_, foot_ = -high + front + shift * 0.2, -low + front
                scene.soften(strokes([f"M{seam + 4:.1f} {top_:.1f}V{foot_:.1f}"], "#20160d", 5, 0.3), 2.5)
                scene.draw(strokes([f"M{seam:.1f} {top_ + 1:.1f}V{foot_ - 1:.1f}"], css(tone(wood, 0.55)), 2.0, 0.7))
                stitches = [
                    f"M{seam - 20:.1f} {top_ + 10 + k * 14:.1f}l11 4" for k in range(max(2, int((foot_ - top_) / 14)))
                ]
                scene.draw(
                    strokes(stitches, css(rgb("#6e4a2b")), 4.2, 0.9) + strokes(stitches, css(rgb("#a87a4c")), 1.6, 0.8)
                )
