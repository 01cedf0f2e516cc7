"""The slip's HTML and CSS for engines that read files and data URLs: the layout's own, sources spelled out."""

import re
from urllib.parse import quote

from benchmarks.peers.shop import Shop
from packslip.model import Slip
from packslip.press.codes import Symbol
from packslip.press.styles import brand_css, page_of_css
from packslip.press.template import fill_layout

_SOURCE = re.compile(r'src="(picture|art|code):([^"]+)"')
_LINK = '<link rel="stylesheet" href="slip.css">'


def fill(slip: Slip, shop: Shop) -> str:
    """The layout's HTML with the slip in it; pictures as `file:`, codes as SVG."""
    html, findings = fill_layout(shop.layout(slip), slip)
    if html is None:
        raise RuntimeError(f"{slip.key}: {findings}")
    symbols = shop.symbols(slip)

    def spell(found: re.Match[str]) -> str:
        kind, name = found.groups()
        if kind == "code":
            return f'src="data:image/svg+xml,{quote(svg(symbols[name]))}"'
        return f'src="{shop.source(f"{kind}:{name}").as_uri()}"'

    return _SOURCE.sub(spell, html).replace(_LINK, "")


def fixed_css(slip: Slip, shop: Shop) -> str:
    """The CSS of the slip's brand: the same for all its slips."""
    brand = shop.brand(slip)
    return brand_css(brand, shop.media(slip)) + shop.layout(slip).css + brand.css


def language_css(slip: Slip) -> str:
    """The CSS that says "page 1 of 2" in the slip's language."""
    return page_of_css(slip.copy.get("label", {}).get("page_of", ""))


def with_style(html: str, css: str) -> str:
    """A document with its style sheet inside."""
    return html.replace("</head>", f"<style>{css}</style></head>", 1)


def svg(symbol: Symbol) -> str:
    """A code as a picture of one path."""
    path = "".join(f"M{bar.x} {bar.y}h{bar.width}v{bar.height}h-{bar.width}z" for bar in symbol.bars)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{symbol.width_mm:.4f}mm" height="{symbol.height_mm:.4f}mm"'
        f' viewBox="0 0 {symbol.width} {symbol.height}"><path d="{path}"/></svg>'
    )


def margin_css(slip: Slip) -> str:
    """Page-margin boxes with the slip's own words, for engines without running elements."""
    label = slip.copy["label"]
    pages = page_of_css(label["page_of"]).partition("--page-of:")[2].partition("}")[0]
    runner = f"{label['order']} {slip.order.id} · {slip.ship_to.name}"
    return (
        f"@page{{@bottom-right{{content:{_string(f'{slip.order.id}/{slip.parcel.number} · ')} {pages}}}"
        f"@top-left{{content:{_string(slip.brand.name)}}}@top-right{{content:{_string(runner)}}}}}"
        "@page:first{@top-left{content:none}@top-right{content:none}}"
    )


def _string(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
