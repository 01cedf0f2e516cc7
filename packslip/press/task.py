"""Task: a slip with everything of its world that drawing it takes, and the document that comes of it."""

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from packslip.errors import LayoutError
from packslip.files import sha256
from packslip.library.brands import Brand, brand_of
from packslip.library.layouts import Layout
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Document, Finding, PageBox, PlacedCode, PressPath, Slip, Where, error
from packslip.press import weasy
from packslip.press.codes import Symbol, draw_code
from packslip.press.identity import Facts
from packslip.press.kept import PRODUCER, Kept, Look, Pictures, PressWorld, kept_of
from packslip.press.palette import Palette, palette_of
from packslip.press.pieces import CodePiece
from packslip.press.shelf import Shelf
from packslip.press.tools import tool_versions
from packslip.settings import MediaSettings
from packslip.units import Mm, pt_from_mm


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A slip to be drawn."""

    slip: Slip
    world: PressWorld
    layout: Layout
    brand: Brand
    media: MediaSettings
    condition: PrintingCondition | None
    kept: Kept
    look: Look
    symbols: Mapping[str, Symbol]
    shelf: Shelf
    findings: tuple[Finding, ...]  #: about its codes
    started: float  #: by `time.perf_counter`

    @property
    def palette(self) -> Palette:
        """The inks it is drawn in."""
        return palette_of(self.condition)

    @property
    def page_of(self) -> str:
        """The phrase that numbers pages."""
        return self.slip.copy.get("label", {}).get("page_of", "")

    @property
    def styles(self) -> tuple[weasy.Style, ...]:
        """Every style sheet, in the order of the cascade."""
        return self.styles_with(self.page_of)

    def styles_with(self, page_of: str) -> tuple[weasy.Style, ...]:
        """The same, with pages numbered by a phrase."""
        return (*self.look.styles, self.kept.page_of(page_of))

    @property
    def facts(self) -> Facts:
        """What the document says of itself."""
        slip = self.slip
        return Facts(
            title=f"{slip.order.id} · {slip.brand.name}",
            dated=slip.dated,
            language=slip.locale,
            producer=PRODUCER,
            identifier=slip.digest[:32].encode(),
            condition=self.condition,
            release=slip.release,
        )

    def document(
        self,
        data: bytes,
        path: PressPath,
        sizes: Iterable[tuple[Mm, Mm]],
        codes: Iterable[Sequence[CodePiece]],
        *,
        plate: str = "",
    ) -> Document:
        """The document; `sizes` and `codes` of each page, `plate` as `Struck` has it."""
        return Document(
            data=data,
            sha256=sha256(data),
            media=self.layout.media,
            pages=_boxes(sizes),
            codes=tuple(_placed(code, page) for page, found in enumerate(codes, start=1) for code in found),
            path=path,
            render_ms=self._elapsed_ms(),
            plate=plate,
            drawn_with=tool_versions(),
        )

    def redrawn(self, document: Document, data: bytes, sizes: Iterable[tuple[Mm, Mm]]) -> Document:
        """A document in other bytes: the same pages with the same codes."""
        return replace(document, data=data, sha256=sha256(data), pages=_boxes(sizes), render_ms=self._elapsed_ms())

    def _elapsed_ms(self) -> float:
        return 1000 * (time.perf_counter() - self.started)


def take_up(slip: Slip, world: PressWorld, pictures: Pictures) -> Task:
    """The task of drawing a slip.

    Raises:
        LayoutError: the world has no such layout, media, printing condition or brand.
    """
    started = time.perf_counter()
    layout = world.layout(slip.layout)
    media, brand = world.media(layout), _brand(world, slip)
    kept = kept_of(world)
    symbols, findings = _symbols(slip, layout, media)
    return Task(
        slip=slip,
        world=world,
        layout=layout,
        brand=brand,
        media=media,
        condition=world.condition(media),
        kept=kept,
        look=kept.look(layout, brand, media),
        symbols=symbols,
        shelf=Shelf(layouts=world.root / "layouts", layout=layout.name, pictures=pictures),
        findings=findings,
        started=started,
    )


def _brand(world: PressWorld, slip: Slip) -> Brand:
    store = slip.brand.store
    brand = brand_of(world.brands, store, slip.brand.dealer)
    if brand is None:
        raise LayoutError(f"no brand {store!r}", hint=f"layouts/brands has {', '.join(world.brands)}")
    return brand


def _symbols(slip: Slip, layout: Layout, media: MediaSettings) -> tuple[dict[str, Symbol], tuple[Finding, ...]]:
    symbols: dict[str, Symbol] = {}
    findings: list[Finding] = []
    for code in slip.codes:
        where = Where(file=f"layouts/{layout.name}/layout.toml", spot=f"codes.{code.name}")
        box = layout.codes.get(code.name)
        if box is None or box.symbology is not code.symbology:
            message = f"the slip has a {code.symbology} code {code.name!r}, the layout has no room for one"
            findings.append(error("code.no_box", where, message, f"add [codes.{code.name}] to layout.toml"))
            continue
        symbol, found = draw_code(code, box, media, where)
        findings += found
        if symbol is not None:
            symbols[code.name] = symbol
    return symbols, tuple(findings)


def _boxes(sizes: Iterable[tuple[Mm, Mm]]) -> tuple[PageBox, ...]:
    return tuple(PageBox(width=pt_from_mm(width), height=pt_from_mm(height)) for width, height in sizes)


def _placed(piece: CodePiece, page: int) -> PlacedCode:
    return PlacedCode(
        symbology=piece.symbol.code.symbology,
        payload=piece.symbol.code.payload,
        page=page,
        x=piece.place.left,
        y=piece.place.top,
        width=Mm(piece.place.width),
        height=Mm(piece.place.height),
    )
