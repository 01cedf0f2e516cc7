"""Glasses, carafes and the glass vase."""

from still_life.finish import dense, timber_rings
from still_life.glass import glass
from still_life.light import BIRCH, Rgb, rgb, tone
from still_life.scene import Scene
from still_life.solids import Profile, curve, ellipse, strokes, turn

CLEAR = rgb("#c6cfcc")


def vase_flared(scene: Scene, tint: Rgb) -> None:
    body = curve((84, 0), (84, 0), (92, 12), (86, 70), (84, 150), (98, 270), (130, 380), (172, 470))
    scene.stand(88, reach=1.2, weight=0.75)
    glass(scene, body, tint, base=46, strength=1.05)


def tumbler(scene: Scene, tint: Rgb) -> None:
    body = dense(curve((96, 0), (96, 0), (104, 10), (104, 10), (142, 356)), 16)
    scene.stand(104, reach=1.0, weight=0.75)
    glass(scene, body, tint, base=30, ribs=17, strength=0.95)


def _stemmed(scene: Scene, bowl: Profile, stem: float) -> None:
    scene.stand(84, reach=0.9, weight=0.55, depth=0.2)
    disc = scene.radial(
        [
            (0, (0.75, 0.78, 0.77), 0.55),
            (0.55, (0.93, 0.95, 0.94), 0.40),
            (0.86, (0.80, 0.83, 0.82), 0.40),
            (1, (0.52, 0.55, 0.55), 0.60),
        ],
        -8,
        -6,
        92,
    )
    scene.draw(ellipse(86, 2, f'fill="{disc}" stroke="#7d8483" stroke-width="1.4" stroke-opacity=".55"', view=0.2))
    scene.draw(
        strokes(["M-80 3A84 16 0 0 0 40 15"], "#ffffff", 2.2, 0.9)
        + strokes(["M-48 -8A60 9 0 0 1 10 -11"], "#ffffff", 2.0, 0.7)
    )
    stem_foot = curve((22, 4), (13, 10), (8, 24), (6, 40))
    glass(scene, stem_foot, CLEAR, base=0, rim=False, strength=0.8)
    rod = curve((13, 11), (8, 30), (5.5, 70), (5.5, stem - 30), (8, stem - 8), (14, stem + 4))
    glass(scene, rod, CLEAR, base=0, rim=False, strength=1.25)
    glass(scene, bowl, CLEAR, base=0, strength=1.15)


def wine_glasses(scene: Scene) -> None:
    bowl = curve((6, 250), (40, 262), (84, 300), (102, 360), (98, 440), (80, 540))
    for x, y, size in ((92, -34, 0.93), (-84, 10, 1.0)):
        with scene.placed(x, y, size):
            _stemmed(scene, bowl, 250)


def coupes(scene: Scene) -> None:
    bowl = curve((6, 222), (50, 230), (110, 256), (138, 300), (144, 334))
    for x, y, size in ((112, -36, 0.93), (-118, 12, 1.0)):
        with scene.placed(x, y, size):
            _stemmed(scene, bowl, 222)


def carafe(scene: Scene) -> None:
    body = curve((100, 0), (100, 0), (120, 10), (138, 80), (134, 170), (96, 270), (58, 340), (52, 400), (66, 450))
    cup = dense(curve((66, 0), (66, 0), (74, 8), (74, 8), (82, 170)), 16)
    with scene.placed(-96, -10):
        scene.stand(112, reach=1.0, weight=0.6)
        water = body.inset(7).part(10, 214)
        scene.draw(f'<path d="{water.outline()}" fill="#b7c6c6" fill-opacity=".30"/>')
        scene.draw(
            ellipse(
                water.rim, 214, 'fill="#dfe8e6" fill-opacity=".55" stroke="#fff" stroke-width="1.4" stroke-opacity=".8"'
            )
        )
        glass(scene, body, CLEAR, base=20, strength=0.9)
    with scene.placed(146, 22):
        scene.stand(74, reach=0.9, weight=0.6)
        glass(scene, cup, CLEAR, base=18, strength=0.9)


def carafe_stopper(scene: Scene) -> None:
    body = curve((104, 0), (104, 0), (122, 10), (130, 60), (126, 180), (104, 300), (66, 400), (58, 460))
    scene.stand(116, reach=1.1, weight=0.65)
    water = body.inset(7).part(12, 250)
    scene.draw(f'<path d="{water.outline()}" fill="#b4c5c6" fill-opacity=".30"/>')
    scene.draw(
        ellipse(
            water.rim, 250, 'fill="#dfe8e6" fill-opacity=".55" stroke="#fff" stroke-width="1.4" stroke-opacity=".8"'
        )
    )
    neck = dense(Profile(((46, 424), (48, 460))), 6)
    turn(scene, neck, tone(BIRCH, 0.9))
    glass(scene, body, CLEAR, base=22, strength=0.9)
    ball = curve((40, 456), (58, 470), (70, 500), (66, 534), (42, 560), (2, 570))
    turn(scene, ball, BIRCH, gloss=0.1, power=12)
    timber_rings(scene, ball, BIRCH, every=9, sway=8, opacity=0.28)
