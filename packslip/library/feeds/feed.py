"""Feed and its items; what every kind of feed has in common.

Owns when an item counts: an id of its own and an address that can be fetched. Knows no file format.
"""

import re
from dataclasses import dataclass, field
from enum import StrEnum

from packslip.library.literals import shorten
from packslip.model import Finding, Severity, Where, error, warning

MOST_ITEMS = 1_000_000
_MOST_FINDINGS = 200  #: of one feed; the others are counted
_MOST_ID = 200
_MOST_ADDRESS = 2000
_ADDRESS = re.compile(r"https?://[^\s\x00-\x1f\x7f]+", re.IGNORECASE)


class FeedKind(StrEnum):
    """The files that name products and their pictures."""

    MERCHANT_XML = "Google Merchant feed (XML)"
    MERCHANT_TABLE = "Google Merchant feed (table)"
    SHOPIFY = "Shopify product CSV"
    CATALOGUE = "catalogue"
    UNKNOWN = "no feed"


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedItem:
    """One product and its picture."""

    sku: str
    image: str  #: address, or file name in the picture folder; "" where the feed names none
    where: Where
    name: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """Every product of a file, in its order."""

    kind: FeedKind
    file: str  #: name for people
    items: tuple[FeedItem, ...] = ()


@dataclass(slots=True, kw_only=True)
class FeedBook:
    """A feed while it is read: the items taken so far, and what was found."""

    file: str
    items: list[FeedItem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)  #: the first ones
    unlisted: int = 0  #: further ones
    _lines: dict[str, int] = field(default_factory=dict)  #: id → line of its first item

    def take(self, *, line: int, sku: str, image: str, name: str, columns: tuple[str, str]) -> None:
        """Take in one product; `columns` are what the feed calls its id and its picture."""
        sku, image = sku.strip(), image.strip()
        if not sku:
            hint = f"every product needs {columns[0]}"
            self.find(warning("feed.no_id", self._at(line, columns[0]), "blank, the product is left out", hint))
            return
        if len(sku) > _MOST_ID:
            message = f"an id of {len(sku)} characters; at most {_MOST_ID}"
            self.find(warning("feed.bad_id", self._at(line, columns[0]), message, "shorten it"))
            return
        if sku in self._lines:
            message = f"id {shorten(sku)} stands on line {self._lines[sku]} already, this product is left out"
            hint = "give each product an id of its own"
            self.find(warning("feed.duplicate_id", self._at(line, columns[0]), message, hint))
            return
        if len(self.items) >= MOST_ITEMS:
            raise FeedFullError
        self._lines[sku] = line
        self.items.append(
            FeedItem(sku=sku, image=self._judged(image, line, columns[1]), where=self._at(line), name=name)
        )

    def find(self, finding: Finding) -> None:
        """Take in a finding; errors are always listed, since they are few."""
        if len(self.findings) < _MOST_FINDINGS or finding.severity is Severity.ERROR:
            self.findings.append(finding)
        else:
            self.unlisted += 1

    def fail(self, code: str, line: int | None, message: str, hint: str) -> None:
        """Something that costs the feed more than one product."""
        self.find(error(code, Where(file=self.file, line=line), message, hint))

    def lose(self, code: str, line: int, message: str, hint: str) -> None:
        """Something that costs the feed one product."""
        self.find(warning(code, self._at(line), message, hint))

    def reported(self) -> tuple[Finding, ...]:
        """All findings, or the first ones and how many there are beyond."""
        if not self.unlisted:
            return tuple(self.findings)
        message = f"{self.unlisted} more findings of this feed are not listed"
        return (*self.findings, warning("feed.many", Where(file=self.file), message))

    def _judged(self, image: str, line: int, column: str) -> str:
        """The address as it can be fetched; blank where it cannot, which the picture report tells again."""
        if not image:
            hint = "give the address of a picture"
            self.find(warning("feed.no_picture", self._at(line, column), "blank", hint))
            return ""
        if len(image) > _MOST_ADDRESS:
            message = f"an address of {len(image)} characters; at most {_MOST_ADDRESS}"
            self.find(warning("feed.bad_address", self._at(line, column), message, "shorten it"))
            return ""
        if _ADDRESS.fullmatch(image):
            return image
        hint = "write it out, with https:// and the host"
        message = f"expected an http or https address, got {shorten(image)}"
        self.find(warning("feed.relative_address", self._at(line, column), message, hint))
        return ""

    def _at(self, line: int, spot: str = "") -> Where:
        return Where(file=self.file, line=line, spot=spot)


class FeedFullError(Exception):
    """The feed has more products than any shop; reading stops."""
