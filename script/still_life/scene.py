"""A scene: layers of SVG over a paper ground, rasterised and laid over each other.

Sharp layers are drawn as they are; soft ones are blurred after rasterising, since SVG to PDF knows no blur.
"""

# ruff: noqa: E501 (a path stays in one piece)

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import numpy as np
import pypdfium2 as pdfium
import weasyprint
from PIL import Image, ImageFilter

from still_life.light import Rgb, css, rgb

PIXELS = 1200
_SAMPLES = 2  # pixels drawn for one kept, each way


@dataclass
class Layer:
    """One sheet of the drawing; `blur` in scene units, `clip` what bounds it after blurring, as SVG."""

    svg: str
    blur: float = 0.0
    clip: str = ""


@dataclass
class Scene:
    """A drawing of 1000 × 1000 units; the object stands on y = 0, heights are negative, x = 0 is its middle."""

    tint: str
    height: float  #: from the object's top to the front edge of its foot
    front: float = 0.0  #: how far the foot's front edge lies below y = 0
    shift: float = 0.0  #: moves the object to the right
    width: int = 1000
    layers: list[Layer] = field(default_factory=list)
    defs: dict[str, str] = field(default_factory=dict)
    frame: tuple[float, float, float] = (0.0, 0.0, 1.0)

    @contextmanager
    def placed(self, x: float, y: float, size: float = 1.0) -> Iterator[None]:
        """What is drawn within stands at x, y of the frame around it, scaled."""
        before = self.frame
        left, top, scale = before
        self.frame = (left + x * scale, top + y * scale, scale * size)
        yield
        self.frame = before

    @contextmanager
    def placed_turned(self, x: float, y: float, degrees: float) -> Iterator[None]:
        """What is drawn within stands at x, y, leaning; sharp drawing only."""
        before = list(self.layers)
        self.layers = [Layer("")]
        yield
        inner = self.layers[0].svg
        self.layers = before
        self.draw(f'<g transform="translate({x:.1f} {y:.1f}) rotate({degrees:.2f})">{inner}</g>')

    def draw(self, svg: str) -> None:
        """Add to the sharp layer on top."""
        svg = self._framed(svg)
        if self.layers and not self.layers[-1].blur and not self.layers[-1].clip:
            self.layers[-1].svg += svg
        else:
            self.layers.append(Layer(svg))

    def soften(self, svg: str, blur: float, *, clip: str = "") -> None:
        """Add a blurred layer, bounded by the path `clip`."""
        bound = self._framed(f'<path d="{clip}" fill="#000"/>') if clip else ""
        self.layers.append(Layer(self._framed(svg), blur * self.frame[2], bound))

    def _framed(self, svg: str) -> str:
        x, y, size = self.frame
        return (
            svg
            if self.frame == (0.0, 0.0, 1.0)
            else f'<g transform="translate({x:.1f} {y:.1f}) scale({size:.4f})">{svg}</g>'
        )

    def gradient(self, stops: list[tuple[float, Rgb, float]], line: tuple[float, float, float, float]) -> str:
        """A linear gradient of (offset, colour, opacity) along the line x1, y1, x2, y2, as a fill."""
        body = "".join(
            f'<stop offset="{at:.4f}" stop-color="{css(colour)}"'
            + (f' stop-opacity="{alpha:.3f}"/>' if alpha < 1 else "/>")
            for at, colour, alpha in stops
        )
        x1, y1, x2, y2 = (f"{value:.2f}" for value in line)
        text = f'gradientUnits="userSpaceOnUse" x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}">{body}</linearGradient>'
        name = self.defs.setdefault(text, f"g{len(self.defs)}")
        return f"url(#{name})"

    def radial(self, stops: list[tuple[float, Rgb, float]], cx: float, cy: float, r: float) -> str:
        """A radial gradient around a point, as a fill."""
        body = "".join(f'<stop offset="{at:.4f}" stop-color="{css(c)}" stop-opacity="{a:.3f}"/>' for at, c, a in stops)
        text = f'gradientUnits="userSpaceOnUse" cx="{cx:.2f}" cy="{cy:.2f}" r="{r:.2f}">{body}</radialGradient>'
        name = self.defs.setdefault(text, f"g{len(self.defs)}")
        return f"url(#{name})"

    def clipped(self, path: str, svg: str) -> str:
        """The SVG bounded by a path."""
        name = self.defs.setdefault(f'clip"><path d="{path}"/></clipPath>', f"g{len(self.defs)}")
        return f'<g clip-path="url(#{name})">{svg}</g>'

    def stand(
        self, radius: float, *, at: float = 0.0, reach: float = 0.6, depth: float = 0.22, weight: float = 1.0
    ) -> None:
        """The shadow on the table: tight below the foot, then softer, falling away to the right.

        `reach` is how far it falls, in radii; `depth` the foot's depth as a share of its width; `weight` below 1 for glass.
        """
        dark = "#2b2016"
        far = radius * reach
        cast = ""
        for step, opacity in ((0.15, 0.10), (0.4, 0.08), (0.7, 0.06), (1.0, 0.05)):
            cast += (
                f'<ellipse cx="{at + far * step:.1f}" cy="{4 - far * step * 0.05:.1f}" rx="{radius + far * step * 0.5:.1f}" '
                f'ry="{(radius + far * step * 0.35) * depth + 6:.1f}" fill="{dark}" opacity="{opacity * 1.25 * weight:.3f}"/>'
            )
        self.soften(cast, 16)
        self.soften(
            f'<ellipse cx="{at + 5:.1f}" cy="5" rx="{radius + 6:.1f}" ry="{radius * depth + 4:.1f}" fill="{dark}" opacity="{0.34 * weight:.3f}"/>',
            6,
        )
        self.soften(
            f'<ellipse cx="{at + 1.5:.1f}" cy="2" rx="{radius + 1:.1f}" ry="{radius * depth + 1:.1f}" fill="{dark}" opacity="{0.55 * weight:.3f}"/>',
            2.2,
        )

    def rest(self, width: float, *, weight: float = 1.0) -> None:
        """The shadow under something with a straight lower edge."""
        dark, w = "#2b2016", width / 2
        for x, y, grow, high, blur, opacity in (
            (40, -3, 26, 26, 20, 0.20),
            (10, 0, 6, 15, 8, 0.30),
            (3, 0, -4, 7, 2.6, 0.55),
        ):
            shape = f'<rect x="{-w - grow * 0.3 + x * 0.3:.1f}" y="{y - high * 0.4:.1f}" width="{width + grow + x * 0.4:.1f}" height="{high}" rx="{high / 2}"'
            self.soften(f'{shape} fill="{dark}" opacity="{opacity * weight:.3f}"/>', blur)

    def render(self) -> Image.Image:
        """The picture, PIXELS high."""
        width = round(PIXELS * self.width / 1000)
        picture = _ground(rgb(self.tint), width)
        for layer in self.layers:
            sheet = self._raster(layer.svg, width)
            if layer.blur:
                sheet = (
                    sheet.convert("RGBa").filter(ImageFilter.GaussianBlur(layer.blur * PIXELS / 1000)).convert("RGBA")
                )
            if layer.clip:
                mask = self._raster(layer.clip, width).getchannel("A")
                alpha = np.asarray(sheet.getchannel("A"), dtype=np.float64) * np.asarray(mask, dtype=np.float64) / 255
                sheet.putalpha(Image.fromarray(alpha.round().astype(np.uint8)))
            picture.alpha_composite(sheet)
        return _grain(picture.convert("RGB"))

    def _raster(self, svg: str, width: int) -> Image.Image:
        defs = ""
        wanted = set(re.findall(r"url\(#(g\d+)\)", svg))
        for text, name in self.defs.items():
            if name not in wanted:
                continue
            if text.startswith("clip"):
                defs += f'<clipPath id="{name}">' + text.removeprefix('clip">')
            else:
                kind = "radial" if text.endswith("</radialGradient>") else "linear"
                defs += f'<{kind}Gradient id="{name}" {text}'
        floor = 500 + self.height / 2 - self.front
        page = (
            f"<style>@page{{size:{self.width}px 1000px;margin:0}}body{{margin:0}}svg{{display:block}}</style>"
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{self.width}" height="1000" viewBox="0 0 {self.width} 1000">'
            f'<defs>{defs}</defs><g transform="translate({self.width / 2 + self.shift:.1f} {floor:.1f})">{svg}</g></svg>'
        )
        data = weasyprint.HTML(string=page).write_pdf(uncompressed_pdf=True)
        document = pdfium.PdfDocument(io.BytesIO(data))
        sheet = document[0]
        scale = PIXELS * _SAMPLES / sheet.get_size()[1]
        image: Image.Image = (
            sheet.render(scale=scale, fill_color=(0, 0, 0, 0), rev_byteorder=True).to_pil().convert("RGBA")
        )
        document.close()
        return image.resize((width, PIXELS), Image.Resampling.BOX)


def _ground(tint: Rgb, width: int) -> Image.Image:
    """Seamless paper: a little lighter where the light falls in, a little deeper at the foot and to the right."""
    y, x = np.mgrid[0:PIXELS, 0:width] / PIXELS
    x = x - (width / PIXELS - 1) / 2
    level = 1.012 - 0.055 * np.hypot(x - 0.25, (y - 0.2) * 0.9) ** 1.4
    level += 0.012 * np.exp(-(((y - 0.86) / 0.16) ** 2))
    dither = np.random.default_rng(7).uniform(-0.5, 0.5, (PIXELS, width, 1))
    pixels = np.clip(np.array(tint)[None, None, :] * level[:, :, None] * 255 + dither, 0, 255)
    return Image.fromarray(pixels.round().astype(np.uint8)).convert("RGBA")


def _grain(picture: Image.Image) -> Image.Image:
    """The faint tooth of uncoated paper; it also keeps gradients from banding."""
    noise = np.random.default_rng(20261122).normal(0.0, 0.8, (picture.height, picture.width, 1))
    return Image.fromarray(np.clip(np.asarray(picture, dtype=np.float64) + noise, 0, 255).round().astype(np.uint8))
