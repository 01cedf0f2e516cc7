"""Dithering: a picture in black dots alone, one for each dot of a thermal head.

Owns tones and dots. The picture has its size already.
"""

from PIL import Image, ImageFilter

#: Thermal heads have no light grey: from here on a tone is paper.
PAPER_WHITE = 242
_BLACK = 6
#: A backdrop of at least this tone becomes paper too, so that no dust of dots lies around a product …
_LIGHT_BACKDROP = 205
#: … if it is even: so many tones at most between the tenth and the ninetieth of a hundred of its dots,
_BACKDROP_SPREAD = 28
#: if at least so much of the picture is darker and stays,
_LEAST_LEFT = 0.02
#: and if no more than that is lighter by so many tones: a white lamp would go with its grey wall.
_MOST_LIGHTER, _LIGHTER = 0.012, 8

#: Edges are all that tells a white cup from a white wall.
_OUTLINE = ImageFilter.UnsharpMask(radius=1.2, percent=120, threshold=2)


def dither(picture: Image.Image) -> Image.Image:
    """The picture in black and white, dot for dot, mode 1: error diffusion, backdrop and near whites left clean."""
    grey = picture.convert("L")
    white = white_point(grey)
    tones = [min(255, max(0, round((tone - _BLACK) * 255 / (white - _BLACK)))) for tone in range(256)]
    return grey.filter(_OUTLINE).point(tones).convert("1")


def white_point(grey: Image.Image) -> int:
    """The tone from which on a picture is left white."""
    rim = _rim(grey)
    low, high = _tone_at(rim, 0.1), _tone_at(rim, 0.9)
    white = low - 2
    if low < _LIGHT_BACKDROP or high - low > _BACKDROP_SPREAD or white >= PAPER_WHITE:
        return PAPER_WHITE
    counts, dots = grey.histogram(), grey.width * grey.height
    darker, lighter = sum(counts[: white - 10]) / dots, sum(counts[high + _LIGHTER + 1 :]) / dots
    return white if darker >= _LEAST_LEFT and lighter <= _MOST_LIGHTER else PAPER_WHITE


def _rim(grey: Image.Image) -> list[int]:
    """How often each tone comes along the edges."""
    width, height = grey.size
    deep = max(1, min(width, height) // 24)
    sides = (
        (0, 0, width, deep),
        (0, height - deep, width, height),
        (0, 0, deep, height),
        (width - deep, 0, width, height),
    )
    counts = (grey.crop(side).histogram() for side in sides)
    return [sum(each) for each in zip(*counts, strict=True)]


def _tone_at(counts: list[int], share: float) -> int:
    """The tone that such a share of the dots is not lighter than."""
    wanted, seen = share * sum(counts), 0
    for tone, count in enumerate(counts):
        seen += count
        if seen >= wanted:
            return tone
    return len(counts) - 1
