"""Candles and what holds them."""

# ruff: noqa: E501 (a path stays in one piece)

from still_life.finish import brass, cone, dense, window
from still_life.glass import flame, glass, wax
from still_life.light import BRASS, CHALK, IRON, PAPER, Rgb, css, mix, rgb, tone
from still_life.scene import Scene
from still_life.solids import Profile, blend, curve, hollow, lid, strokes, sweep, turn


def pillar(scene: Scene, colour: Rgb) -> None:
    scene.stand(98, reach=1.0)
    wax(scene, 96, 0, 410, colour)
    body = Profile(((96, 0), (96, 410)))
    window(scene, dense(body), 40, 380, angle=2.4, width=15, opacity=0.32)
    scene.soften('<ellipse cx="0" cy="-404" rx="54" ry="11" fill="#fff2c8" opacity=".9"/>', 7)
    flame(scene, 0, -404, 1.25)


def dinner_candles(scene: Scene, colour: Rgb) -> None:
    for index, (x, y) in enumerate(((0, -34), (-29, -18), (29, -18), (-56, 4), (0, 6), (56, 4))):
        with scene.placed(x, y):
            scene.stand(26, reach=1.6)
            body = cone(0, 545 - (index * 3) % 7, 26, 20, 30)
            turn(
                scene,
                body,
                blend((0, tone(colour, 0.92)), (300, colour), (545, mix(colour, CHALK, 0.10))),
                gloss=0.25,
                power=14,
            )
            top = body.top
            turn(scene, cone(top, top + 16, 20, 6, 5), mix(colour, CHALK, 0.12), gloss=0.2, power=14)
            scene.draw(
                strokes([f"M0 {-top - 14:.1f}q6 -12 2 -26"], "#efe6d4", 3.2)
                + strokes([f"M1 {-top - 14:.1f}q6 -12 2 -26"], "#8d7d66", 1.0, 0.7)
            )
    ribbon = rgb("#d9c8a6")
    band = Profile(((82, 206), (82, 242)))
    turn(scene, dense(band, 6), ribbon, depth=0.9)
    bow = "M0 -228C-40 -262 -78 -256 -74 -234C-70 -214 -30 -216 0 -228C40 -262 78 -256 74 -234C70 -214 30 -216 0 -228Z"
    with scene.placed(0, 16):
        for tail in (
            "M-4 -226C-16 -196 -34 -170 -44 -146L-28 -150C-18 -172 -6 -200 4 -224Z",
            "M4 -226C18 -196 30 -168 46 -140L30 -143C18 -166 4 -198 -4 -224Z",
        ):
            scene.draw(f'<path d="{tail}" fill="{css(tone(ribbon, 0.86))}"/>')
        fill = scene.gradient([(0, tone(ribbon, 1.12), 1), (1, tone(ribbon, 0.8), 1)], (-60, -256, 60, -210))
        scene.draw(
            f'<path d="{bow}" fill="{fill}"/>'
            + strokes(
                ["M-62 -240C-40 -242 -20 -236 0 -228", "M62 -240C40 -242 20 -236 0 -228"],
                css(tone(ribbon, 0.6)),
                2,
                0.5,
            )
        )
        scene.draw(
            f'<ellipse cx="0" cy="-228" rx="13" ry="11" fill="{css(tone(ribbon, 0.95))}"/><ellipse cx="-3" cy="-231" rx="7" ry="6" fill="{css(tone(ribbon, 1.18))}"/>'
        )


def candle_glass(scene: Scene, tint: Rgb, wax_colour: Rgb, *, label: bool = True) -> None:
    body = dense(curve((104, 0), (104, 0), (118, 8), (122, 24), (122, 24), (124, 258)), 10)
    scene.stand(112, reach=1.0, weight=0.9)
    scene.draw(strokes(["M-124 -258A124 27 0 0 1 124 -258"], css(tone(tint, 0.5)), 2, 0.6))
    fill = dense(Profile(((112, 22), (115, 186))))
    turn(
        scene, fill, blend((20, wax_colour), (140, wax_colour), (186, mix(wax_colour, (1, 0.93, 0.74), 0.5))), depth=0.8
    )
    lid(scene, 115, 186, mix(wax_colour, (1, 0.95, 0.8), 0.5))
    scene.soften('<ellipse cx="0" cy="-187" rx="62" ry="12" fill="#fff0c4" opacity=".95"/>', 8)
    flame(scene, 0, -184, 0.82)
    glass(scene, body, tint, base=18, strength=0.85)
    if label:
        low = "M-58 -148Q0 -122 58 -148V-66Q0 -40 -58 -66Z"
        paper = scene.gradient([(0, PAPER, 1), (0.6, tone(PAPER, 0.97), 1), (1, tone(PAPER, 0.88), 1)], (-58, 0, 58, 0))
        scene.draw(f'<path d="{low}" fill="{paper}"/>')
        scene.draw(strokes(["M-50 -139Q0 -116 50 -139M-50 -74Q0 -50 50 -74"], "#8b6b43", 1.4, 0.8, cap="butt"))
        leaf = "M0 -112c12 9 15 22 0 38c-15 -16 -12 -29 0 -38z"
        scene.draw(f'<path d="{leaf}" fill="#6f7355"/>' + strokes(["M0 -110V-66"], "#4f5340", 1.6))


def candlestick(scene: Scene) -> None:
    foot = curve(
        (86, 0),
        (86, 0),
        (88, 6),
        (88, 12),
        (70, 22),
        (26, 34),
        (15, 60),
        (15, 60),
        (22, 74),
        (15, 88),
        (15, 88),
        (12, 150),
        (15, 200),
        (15, 200),
        (24, 212),
        (15, 224),
        (15, 224),
        (18, 250),
        (34, 266),
        (36, 270),
    )
    scene.stand(88, reach=1.0)
    brass(scene, foot)
    lid(scene, 36, 270, BRASS, gloss=0.3)
    wax(scene, 19, 266, 486, rgb("#efe5d0"), burnt=False, taper=0.86)
    turn(scene, cone(486, 498, 16, 6, 6), rgb("#f4ecd9"))
    flame(scene, 0, -496, 0.78)


def chamberstick(scene: Scene) -> None:
    outer = curve((116, 0), (116, 0), (120, 6), (160, 26), (188, 54))
    inner = curve((110, 14), (130, 20), (156, 34), (180, 54))
    scene.stand(124, reach=0.9, depth=0.25)
    sweep(
        scene,
        [(174, -44), (206, -66), (240, -66), (262, -44), (258, -16), (232, -2), (204, -8), (178, -30)],
        (11, 10, 10, 10, 10, 10, 10, 11),
        BRASS,
        metal=True,
    )
    brass(scene, outer)
    lid(scene, 188, 54, BRASS)
    hollow(scene, inner, tone(BRASS, 0.92), metal=True)
    socket = curve((48, 16), (48, 16), (34, 28), (26, 50), (26, 90), (38, 104), (40, 108))
    scene.soften('<ellipse cx="26" cy="-18" rx="70" ry="15" fill="#20150a" opacity=".42"/>', 6)
    brass(scene, socket)
    lid(scene, 40, 108, BRASS, gloss=0.3)
    wax(scene, 23, 104, 300, rgb("#efe5d0"), burnt=False, taper=0.9)
    turn(scene, cone(300, 313, 20.5, 7, 6), rgb("#f4ecd9"))
    flame(scene, 0, -311, 0.85)


def candle_iron(scene: Scene) -> None:
    outer = curve((150, 0), (150, 0), (156, 6), (176, 20), (184, 44))
    inner = curve((140, 16), (150, 18), (166, 26), (172, 44))
    scene.stand(158, reach=0.8, depth=0.24)
    turn(scene, outer, IRON, gloss=0.12, power=10)
    lid(scene, 184, 44, tone(IRON, 1.1))
    hollow(scene, inner, IRON)
    scene.soften('<ellipse cx="44" cy="-16" rx="96" ry="18" fill="#0d0a08" opacity=".5"/>', 8)
    socket = curve((58, 16), (58, 16), (58, 60), (58, 60), (54, 64))
    turn(scene, socket, IRON, gloss=0.12, power=10)
    lid(scene, 54, 64, tone(IRON, 1.1))
    wax(scene, 46, 62, 372, rgb("#ece6da"))
    scene.soften('<ellipse cx="0" cy="-369" rx="24" ry="5" fill="#fff2c8" opacity=".9"/>', 4)
    flame(scene, 0, -367, 1.0)


def tealight(scene: Scene, tint: Rgb) -> None:
    body = dense(curve((92, 0), (92, 0), (118, 12), (138, 60), (144, 130), (140, 214)), 8)
    scene.stand(108, reach=1.0, weight=0.85)
    scene.soften('<ellipse cx="60" cy="22" rx="140" ry="26" fill="#e8d49a" opacity=".35"/>', 18)
    cup = dense(Profile(((52, 22), (52, 54))))
    turn(scene, cup, rgb("#c9c6be"), gloss=0.5, power=14)
    lid(scene, 50, 54, rgb("#f6ecd2"))
    scene.soften('<circle cx="0" cy="-96" r="82" fill="#fbe7a8" opacity=".75"/>', 30, clip=body.outline())
    glass(scene, body, tint, base=20, strength=0.95)
    flame(scene, 0, -56, 0.80)
