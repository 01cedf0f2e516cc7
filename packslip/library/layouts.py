"""Layouts: a folder of HTML, CSS and TOML that designers own.

Loads and types `layouts/<name>/`. Which variables the HTML uses is read off its syntax tree; whether it may use them
is for the press to judge, what they mean for compose.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal

from jinja2 import Environment, TemplateSyntaxError, nodes
from pydantic import BaseModel, ConfigDict, Field

from packslip.library.source_file import read_source_text
from packslip.library.toml_file import read_toml
from packslip.model import Finding, Symbology, Where, error
from packslip.printers import Name

#: Folders below layouts/ that are not layouts.
SHARED = frozenset({"brands", "content", "fonts", "art", "profiles"})

Missing = Literal["omit", "drop", "hold"]


class PictureBox(BaseModel):
    """The room a layout gives to a kind of picture."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    width_mm: float = Field(gt=0, le=1000)
    height_mm: float = Field(gt=0, le=1000)
    missing: Missing = "omit"  #: omit the picture, drop the record it belongs to, or hold the order


class CodeBox(BaseModel):
    """The room a layout gives to a code, quiet zone included: an upper bound, the code takes whole dots of it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    symbology: Symbology
    width_mm: float = Field(gt=0, le=1000)
    height_mm: float = Field(gt=0, le=1000)


class _LayoutFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    title: str
    media: Name
    max_pages: int = Field(1, ge=1, le=500)
    fallback: str = ""
    back: str = ""
    compact_from: int = Field(9, ge=1)
    optional: frozenset[Literal["recommendations", "content", "pictures", "review"]] = frozenset()
    pictures: dict[Literal["line", "recommendation", "content"], PictureBox] = Field(default_factory=dict)
    codes: dict[Literal["review", "order"], CodeBox] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """One design, ready to be filled."""

    name: str
    folder: Path
    title: str
    media: str
    html: str
    css: str
    max_pages: int
    fallback: str  #: layout for the transactional slip when this one cannot be drawn, "" for none
    compact_from: int  #: from so many lines the line table is compact
    optional: frozenset[str]  #: blocks that may be left out, in favour of printing at all
    back: str = ""  #: layout that stands on the back of each page, "" where the paper is printed on one side
    pictures: Mapping[str, PictureBox] = field(default_factory=dict)
    codes: Mapping[str, CodeBox] = field(default_factory=dict)
    variables: Mapping[str, Where] = field(default_factory=dict)  #: path (`lines.name`) → first use

    @property
    def sides(self) -> int:
        """Pages that a leaf of paper has."""
        return 2 if self.back else 1

    @property
    def phrase_uses(self) -> frozenset[tuple[str, str]]:
        """Block and name of every `copy.<block>.<name>` the HTML uses."""
        parts = (path.split(".") for path in self.variables)
        return frozenset((part[1], part[2]) for part in parts if part[0] == "copy" and len(part) == 3)


def load_layouts(folder: Path) -> tuple[dict[str, Layout], tuple[Finding, ...]]:
    """Every layout below a folder by name, and what is wrong with the others."""
    layouts: dict[str, Layout] = {}
    findings: list[Finding] = []
    if not folder.is_dir():
        return {}, (error("layouts.missing", Where(file="layouts"), "no such folder"),)
    for path in sorted(folder.iterdir()):
        if not path.is_dir() or path.name in SHARED or path.name.startswith((".", "_")):
            continue
        layout, found = _load_layout(path)
        findings += found
        if layout is not None:
            layouts[layout.name] = layout
    for layout in layouts.values():
        if layout.fallback and layout.fallback not in layouts:
            where = Where(file=f"layouts/{layout.name}/layout.toml", spot="fallback")
            findings.append(
                error("layout.fallback", where, f"no layout {layout.fallback!r}", f"choose one of {', '.join(layouts)}")
            )
    found = tuple(finding for layout in layouts.values() if (finding := _check_back(layout, layouts)))
    whole = {name: _with_back(layout, layouts.get(layout.back)) for name, layout in layouts.items()}
    return whole, (*findings, *found)


def _check_back(layout: Layout, layouts: Mapping[str, Layout]) -> Finding | None:
    """What is wrong with the layout that another names as its back."""
    if not layout.back:
        return None
    where = Where(file=f"layouts/{layout.name}/layout.toml", spot="back")
    back = layouts.get(layout.back)
    if back is None:
        return error("layout.back", where, f"no layout {layout.back!r}", f"choose one of {', '.join(layouts)}")
    if back.back:
        return error("layout.back", where, f"{back.name!r} has a back itself", "paper has two sides")
    if back.media != layout.media:
        message = f"{back.name!r} is for {back.media!r}, this layout for {layout.media!r}"
        return error("layout.back", where, message, "both sides are on the same paper")
    return None


def _with_back(layout: Layout, back: Layout | None) -> Layout:
    """A layout that asks of a slip what its back asks too; what both declare is as the front has it."""
    if back is None:
        return layout
    return replace(
        layout,
        pictures={**back.pictures, **layout.pictures},
        codes={**back.codes, **layout.codes},
        variables={**back.variables, **layout.variables},
    )


def _load_layout(folder: Path) -> tuple[Layout | None, tuple[Finding, ...]]:
    label = f"layouts/{folder.name}"
    record, findings = read_toml(folder / "layout.toml", _LayoutFile, label=f"{label}/layout.toml")
    texts: dict[str, str] = {}
    for name in ("slip.html", "slip.css"):
        text, found = read_source_text(folder / name, label=f"{label}/{name}")
        findings += found
        if text is not None:
            texts[name] = text
    if record is None or len(texts) < 2:
        return None, findings
    try:
        variables = read_variables(texts["slip.html"], file=f"{label}/slip.html")
    except TemplateSyntaxError as fault:
        where = Where(file=f"{label}/slip.html", line=fault.lineno)
        findings += (error("layout.syntax", where, str(fault.message), "docs/designer.md shows what a layout may say"),)
        variables = {}
    layout = Layout(
        name=folder.name,
        folder=folder,
        title=record.title,
        media=record.media,
        html=texts["slip.html"],
        css=texts["slip.css"],
        max_pages=record.max_pages,
        fallback=record.fallback,
        compact_from=record.compact_from,
        back=record.back,
        optional=frozenset(record.optional),
        pictures={str(role): box for role, box in record.pictures.items()},
        codes={str(name): box for name, box in record.codes.items()},
        variables=variables,
    )
    return layout, findings


def read_variables(html: str, *, file: str) -> dict[str, Where]:
    """Every variable path a layout's HTML uses, loop variables resolved to what they run over.

    `{% for line in lines %}{{ line.name }}{% endfor %}` uses `lines` and `lines.name`.

    Raises:
        jinja2.TemplateSyntaxError: the HTML is no Jinja.
    """
    uses: dict[str, Where] = {}
    _collect(Environment(autoescape=True).parse(html), {}, uses, file)
    return uses


def _collect(node: nodes.Node, loops: Mapping[str, str], uses: dict[str, Where], file: str) -> None:
    if isinstance(node, nodes.For):
        source = _path(node.iter, loops)
        _collect(node.iter, loops, uses, file)
        inner = dict(loops)
        if isinstance(node.target, nodes.Name) and source is not None:
            inner[node.target.name] = source
        inner["loop"] = "loop"
        for child in (*node.body, *node.else_):
            _collect(child, inner, uses, file)
        return
    if isinstance(node, nodes.Name | nodes.Getattr | nodes.Getitem):
        path = _path(node, loops)
        if path is not None:
            if not path.startswith("loop"):
                uses.setdefault(path, Where(file=file, line=node.lineno, spot=path))
            return
    for child in node.iter_child_nodes():
        _collect(child, loops, uses, file)


def _path(node: nodes.Node, loops: Mapping[str, str]) -> str | None:
    if isinstance(node, nodes.Name):
        return loops.get(node.name, node.name)
    if isinstance(node, nodes.Getattr):
        base = _path(node.node, loops)
        return None if base is None else f"{base}.{node.attr}"
    return None
