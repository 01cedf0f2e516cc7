"""The frame of every page: one HTML file that needs nothing beside it, its sections and its tables."""

from collections.abc import Iterable, Sequence
from html import escape
from importlib.resources import files

_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'"


def whole_page(title: str, below: str, body: str) -> bytes:
    """A page; `body` is HTML, title and the line below are text."""
    style = (files("packslip.insights") / "page.css").read_text(encoding="utf-8")
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="{_POLICY}">
<title>{escape(title)}</title><style>{style}</style></head><body>
<header><h1>{escape(title)}</h1><p>{escape(below)}</p></header>
{body}
</body></html>
""".encode()


def section(title: str, words: str, inner: str) -> str:
    """A section, or nothing where nothing is in it; `inner` is HTML."""
    if not inner:
        return ""
    below = f'<p class="told">{escape(words)}</p>' if words else ""
    return f'<section><h2>{escape(title)}</h2>{below}<div class="sheet">{inner}</div></section>'


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table; the cells of its rows are HTML."""
    top = "".join(f"<th>{escape(cell)}</th>" for cell in head)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="scroll"><table><thead><tr>{top}</tr></thead><tbody>{body}</tbody></table></div>'


def method(points: Iterable[str]) -> str:
    """How it is reckoned, point by point."""
    listed = "".join(f"<li>{escape(point)}</li>" for point in points)
    return f'<section class="method"><h2>How it is reckoned</h2><ul>{listed}</ul></section>'
