"""What compose needs of the world, and no more, so that a test can hand it a small one."""

from collections.abc import Mapping, Sequence
from typing import Protocol

from packslip.library.brands import Brand
from packslip.library.contents import Content
from packslip.library.fonts import FontFile
from packslip.library.layouts import Layout
from packslip.library.phrases import Phrasebook
from packslip.model import Product
from packslip.settings import Settings


class Products(Protocol):
    """The catalogue, as far as a slip looks into it."""

    def product(self, sku: str) -> Product | None:
        """The product of a SKU, if there is one."""
        ...

    def image(self, sku: str) -> str:
        """What the picture of a SKU is called, "" where there is none."""
        ...


class ComposeWorld(Protocol):
    """A release, as far as a slip needs it; `packslip.world.World` is one."""

    @property
    def release(self) -> str:
        """Id of the release, or "working"."""
        ...

    @property
    def settings(self) -> Settings:
        """Its settings."""
        ...

    @property
    def layouts(self) -> Mapping[str, Layout]:
        """Layouts by name."""
        ...

    @property
    def brands(self) -> Mapping[str, Brand]:
        """Brands by store."""
        ...

    @property
    def contents(self) -> Sequence[Content]:
        """Editorial blocks, newest first."""
        ...

    @property
    def fonts(self) -> Sequence[FontFile]:
        """All faces."""
        ...

    @property
    def phrases(self) -> Phrasebook:
        """The copy in every language."""
        ...

    @property
    def catalogue(self) -> Products:
        """The products."""
        ...
