"""Sheet: everything one slip is composed from, settled once, so that each block can be made by itself."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from packslip.compose.needs import ComposeWorld
from packslip.library.brands import Brand
from packslip.library.layouts import Layout
from packslip.library.locales import lookup_order
from packslip.model import Choice, Grant, Line, Order, Parcel, Product, Where

#: Message of every gift slip, whatever the tables say.
GIFT = "gift"
#: Message of a slip that sells nothing.
TRANSACTIONAL = "transactional"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One slip in the making; the same to every block."""

    order: Order
    parcel: Parcel
    choice: Choice
    grant: Grant
    pictures: Mapping[tuple[str, str], str]  #: (role, reference) → `picture:<digest>`
    world: ComposeWorld
    layout: Layout
    brand: Brand
    locale: str
    today: date
    dropped: frozenset[str]

    @property
    def prices(self) -> bool:
        """Whether money may stand on the paper."""
        return self.choice.prices and not self.order.gift

    @property
    def message(self) -> str:
        """The message that speaks."""
        return GIFT if self.order.gift else self.choice.message

    def shows(self, block: str) -> bool:
        """Whether a block that sells or asks may stand here: never on a gift, after an opt-out or where left out."""
        if self.order.gift or self.order.marketing_opt_out or block in self.dropped:
            return False
        return any(path == block or path.startswith(f"{block}.") for path in self.layout.variables)

    def picture(self, role: str, reference: str) -> str:
        """The rendition for a place in the layout, "" where there is none."""
        if "pictures" in self.dropped or role not in self.layout.pictures:
            return ""
        return self.pictures.get((role, reference), "")

    def where(self, spot: str) -> Where:
        """A field of this order."""
        return Where(file=self.order.where.file, line=self.order.where.line, spot=spot)


def line_reference(line: Line, world: ComposeWorld) -> str:
    """What the picture of a line is called: its own, else that of the product."""
    return line.image or (world.catalogue.image(line.sku) if line.sku else "")


def localised_name(product: Product, locale: str) -> str:
    """A product's name in a locale or its language, "" where the catalogue has none."""
    return next((product.names[tag] for tag in lookup_order(locale) if product.names.get(tag)), "")
