"""Every picture of the shop: which piece, in which colours, how large, on which paper."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from PIL import Image

from still_life import candles, glassware, lamps, linen, tableware, vases, workshop
from still_life.light import (
    ASH,
    BIRCH,
    CHALK,
    CLAY,
    FOG,
    INK,
    MOSS,
    NIGHT,
    OAK,
    OAT,
    SMOKE,
    SPRUCE,
    STONE,
    WALNUT,
    WAX,
    mix,
    rgb,
)
from still_life.scene import Scene
from still_life.spreads import first_green, long_afternoon, nordic, winter_table

TALLEST = 604.0  #: what stands within an 8:5 crop of the square, in thousandths of its side
SHADOW = 16.0  #: how far the shadow reaches before the foot

SAND, DUSK, CREAM, SHELL, BISCUIT, MIST = "#efe9df", "#e9e6df", "#f0e8da", "#ece7de", "#ebe3d6", "#e6e8e6"
PALE = "#e4e7e6"
WOOL_SMOKE, WOOL_CLAY, RUSH, TICKING = rgb("#96918a"), rgb("#ba7f61"), rgb("#c2a46f"), rgb("#e6dcc8")
GLASS_SMOKE, GLASS_MOSS, GLASS_PINE = rgb("#8b8d90"), rgb("#9aa384"), rgb("#7c9484")


@dataclass(frozen=True)
class Piece:
    """One picture: what is drawn, how high it stands, how far its foot reaches forward, how much it is enlarged."""

    paint: Callable[[Scene], None]
    height: float
    front: float
    tint: str = SAND
    size: float = 1.0
    shift: float = 0.0


PIECES: dict[str, Piece] = {
    "vase-stoneware-ash": Piece(partial(vases.vase_stoneware, glaze=ASH, neck=SMOKE), 580, 17, SAND, 1.02),
    "moon-jar-chalk": Piece(partial(vases.moon_jar, glaze=CHALK), 500, 21, DUSK, 1.14),
    "vase-bottle-ink": Piece(partial(vases.vase_bottle, glaze=INK), 577, 20, SHELL, 1.02),
    "vase-bud-moss": Piece(partial(vases.vase_bud, glaze=MOSS), 606, 17, CREAM),
    "amphora-clay": Piece(partial(vases.amphora, clay=CLAY), 580, 16, SAND, 1.02),
    "vase-fluted-oat": Piece(partial(vases.vase_fluted, glaze=OAT), 550, 22, BISCUIT, 1.04),
    "vase-flared-smoke": Piece(partial(glassware.vase_flared, tint=GLASS_SMOKE), 514, 20, DUSK, 1.14),
    "lamp-alabaster": Piece(lamps.lamp_alabaster, 586, 21, SHELL),
    "lamp-reading-brass": Piece(lamps.lamp_reading, 540, 26, SAND, 1.1, 30),
    "lamp-pleated-moss": Piece(partial(lamps.lamp_pleated, glaze=MOSS), 572, 20, CREAM, 1.02),
    "lamp-globe-opal": Piece(lamps.lamp_globe, 522, 26, BISCUIT, 1.1),
    "lantern-paper": Piece(lamps.lantern_paper, 520, 16, DUSK, 1.1),
    "lamp-walnut": Piece(lamps.lamp_walnut, 584, 24, SAND),
    "cushion-linen-oat": Piece(partial(linen.cushion_piece, colour=OAT), 505, 6, SAND, 1.08),
    "cushion-linen-ink": Piece(partial(linen.cushion_piece, colour=INK), 505, 6, SHELL, 1.08),
    "cushion-ticking-moss": Piece(
        partial(linen.cushion_piece, colour=TICKING, stripe=MOSS, piping=MOSS), 505, 6, DUSK, 1.08
    ),
    "throw-lambswool-smoke": Piece(partial(linen.throw_fringed, wool=WOOL_SMOKE), 292, 10, SAND, 1.2),
    "throw-lambswool-clay": Piece(partial(linen.throw_fringed, wool=WOOL_CLAY, seed=8), 292, 10, CREAM, 1.2),
    "napkins-linen-oat": Piece(partial(linen.napkins, linen=OAT), 206, 10, SHELL, 1.42),
    "tea-towels-ink": Piece(partial(linen.tea_towels, stripe=INK), 234, 10, BISCUIT, 1.32),
    "towel-waffle-stone": Piece(partial(linen.towel, cloth=STONE), 336, 10, SAND, 1.22),
    "runner-linen-natural": Piece(partial(linen.runner, linen=rgb("#cbb893")), 362, 27, DUSK, 1.4),
    "bowl-walnut": Piece(workshop.bowl_walnut, 296, 24, BISCUIT, 1.12),
    "plates-stone": Piece(partial(tableware.plates, glaze=STONE, count=4), 205, 52, SAND, 1.14),
    "bowl-breakfast-moss": Piece(partial(tableware.bowl_breakfast, glaze=MOSS), 240, 20, CREAM, 1.34),
    "mug-ash": Piece(partial(tableware.mug, glaze=ASH), 277, 22, SAND, 1.5, -34),
    "mug-ink": Piece(partial(tableware.mug, glaze=INK), 277, 22, SHELL, 1.5, -34),
    "teapot-smoke": Piece(partial(tableware.teapot, glaze=SMOKE), 480, 26, BISCUIT, 1.14, -28),
    "cake-stand-chalk": Piece(partial(tableware.cake_stand, glaze=CHALK), 296, 28, DUSK, 1.14),
    "jug-oat": Piece(partial(tableware.jug, glaze=OAT), 450, 22, SAND, 1.24, -14),
    "tumbler-ribbed-smoke": Piece(partial(glassware.tumbler, tint=GLASS_SMOKE), 388, 24, DUSK, 1.36),
    "tumbler-ribbed-moss": Piece(partial(glassware.tumbler, tint=GLASS_MOSS), 388, 24, CREAM, 1.36),
    "wine-glasses": Piece(glassware.wine_glasses, 564, 28, SHELL),
    "carafe-bedside": Piece(glassware.carafe, 494, 40, SAND, 1.16),
    "coupes-champagne": Piece(glassware.coupes, 362, 30, BISCUIT, 1.26),
    "candle-pillar-beeswax": Piece(partial(candles.pillar, colour=WAX), 530, 22, CREAM, 1.1),
    "candles-dinner-clay": Piece(partial(candles.dinner_candles, colour=CLAY), 642, 18, SAND),
    "candle-scented-fig": Piece(
        partial(candles.candle_glass, tint=rgb("#b9b3a6"), wax_colour=rgb("#efe6d2")), 286, 26, SHELL, 1.55
    ),
    "candlestick-brass": Piece(candles.candlestick, 568, 20, DUSK, 1.05),
    "chamberstick-brass": Piece(candles.chamberstick, 388, 28, BISCUIT, 1.2, -26),
    "board-oak": Piece(partial(workshop.board, wood=OAK), 546, 6, SAND, 1.04),
    "mortar-granite": Piece(workshop.mortar, 476, 26, DUSK, 1.16, -10),
    "pepper-mill-walnut": Piece(workshop.pepper_mill, 522, 18, SHELL, 1.12),
    "jar-chalk": Piece(partial(tableware.jar_lidded, glaze=CHALK), 394, 26, CREAM, 1.32),
    "casserole-ink": Piece(partial(workshop.casserole, enamel=INK), 312, 44, SAND, 1.14),
    "oil-bottle-oat": Piece(partial(tableware.oil_bottle, glaze=OAT), 572, 23, BISCUIT, 1.02),
    "basket-rush": Piece(partial(workshop.basket, rush=RUSH), 438, 38, SAND, 1.2),
    "box-oak": Piece(partial(workshop.box, wood=OAK), 314, 6, DUSK, 1.18),
    "tray-walnut": Piece(partial(workshop.tray, wood=WALNUT), 138, 80, CREAM, 1.14),
    "dish-brass": Piece(workshop.dish_brass, 142, 28, SHELL, 1.24),
    "cup-fog": Piece(partial(tableware.mug, glaze=FOG, handle=False), 277, 22, MIST, 1.5),
    "plate-fog": Piece(partial(tableware.plates, glaze=FOG, count=1), 126, 50, PALE, 1.16),
    "dish-spruce": Piece(partial(tableware.dish_serving, glaze=SPRUCE), 166, 40, MIST, 1.18),
    "blanket-wool-spruce": Piece(partial(linen.blanket, wool=SPRUCE), 308, 10, "#e9e9e4", 1.2),
    "cushion-boucle-chalk": Piece(
        partial(linen.cushion_piece, colour=mix(CHALK, OAT, 0.12), nubs=True), 505, 6, "#dfe2e0", 1.08
    ),
    "lamp-opal": Piece(lamps.lamp_opal, 426, 24, "#e0e3e4", 1.26),
    "lamp-birch": Piece(lamps.lamp_birch, 536, 21, MIST, 1.08),
    "carafe-birch": Piece(glassware.carafe_stopper, 572, 26, PALE, 1.04),
    "tealight-pine": Piece(partial(candles.tealight, tint=GLASS_PINE), 246, 24, MIST, 1.6),
    "candle-holder-iron": Piece(candles.candle_iron, 454, 36, "#e9e9e4", 1.2),
    "coffee-pot-ink": Piece(partial(workshop.coffee_pot, enamel=NIGHT), 462, 34, MIST, 1.22, -4),
    "board-birch": Piece(partial(workshop.board, wood=BIRCH, handle=False), 434, 6, PALE, 1.2),
    "boxes-birch": Piece(partial(workshop.boxes_veneer, wood=BIRCH), 274, 52, "#e9e9e4", 1.3, 0),
    "vase-cylinder-night": Piece(partial(vases.vase_cylinder, glaze=NIGHT, foot=BIRCH), 512, 24, MIST, 1.12),
}

SPREADS: dict[str, Callable[[], Scene]] = {
    "content-winter-table": winter_table,
    "content-first-green": first_green,
    "content-long-afternoon": long_afternoon,
    "content-nordic": nordic,
}


def draw(name: str) -> Image.Image:
    """The picture of that name.

    Raises:
        KeyError: there is none.
    """
    if name in SPREADS:
        return SPREADS[name]().render()
    piece = PIECES[name]
    whole = piece.height + piece.front + SHADOW
    size = min(piece.size, TALLEST / whole)
    scene = Scene(piece.tint, height=whole * size, front=(piece.front + SHADOW) * size, shift=piece.shift)
    with scene.placed(0, 0, size):
        piece.paint(scene)
    return scene.render()
