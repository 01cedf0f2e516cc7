"""The wide pictures beside the editorial texts: a few pieces together on one table."""

from still_life import candles, linen, tableware, vases, workshop
from still_life.light import ASH, BIRCH, CHALK, FOG, INK, MOSS, NIGHT, OAT, SMOKE, SPRUCE, rgb
from still_life.scene import Scene

WIDE = 1600


def _table(tint: str) -> Scene:
    return Scene(tint, height=560, front=30, width=WIDE)


def winter_table() -> Scene:
    """Candles, the walnut bowl and folded linen, for the dark weeks."""
    scene = _table("#ece6db")
    for x, y, size, paint in ((-350, -64, 0.98, candles.candlestick), (-150, -26, 0.86, candles.candlestick)):
        with scene.placed(x, y, size):
            paint(scene)
    with scene.placed(226, -10, 0.92):
        workshop.bowl_walnut(scene)
    with scene.placed(-440, 24, 0.50):
        linen.napkins(scene, OAT)
    with scene.placed(606, -50, 0.72):
        candles.pillar(scene, rgb("#e4d9c2"))
    return scene


def first_green() -> Scene:
    """The first green in the house: jar, bud vase, jug."""
    scene = _table("#efe9de")
    with scene.placed(-330, -40, 1.0):
        vases.moon_jar(scene, CHALK)
    with scene.placed(-34, 14, 0.86):
        vases.vase_bud(scene, MOSS)
    with scene.placed(310, -30, 1.02):
        tableware.jug(scene, OAT)
    with scene.placed(506, 30, 0.62):
        tableware.mug(scene, ASH)
    return scene


def nordic() -> Scene:
    """A table by the window: night-blue vase, coffee for one, a light."""
    scene = _table("#e5e8e8")
    with scene.placed(-470, -44, 1.0):
        vases.vase_cylinder(scene, NIGHT, BIRCH)
    with scene.placed(-226, 18, 0.80):
        tableware.dish_serving(scene, SPRUCE)
    with scene.placed(220, -36, 1.0):
        workshop.coffee_pot(scene, INK)
    with scene.placed(536, 26, 0.74):
        tableware.mug(scene, FOG, handle=False)
    return scene


def long_afternoon() -> Scene:
    """Tea, early dusk: pot, cup and the cake stand."""
    scene = _table("#ebe3d6")
    with scene.placed(-340, -16, 1.04):
        tableware.teapot(scene, SMOKE)
    with scene.placed(360, -44, 0.98):
        tableware.cake_stand(scene, CHALK)
    with scene.placed(64, 28, 0.66):
        tableware.mug(scene, FOG, handle=False)
    return scene
