"""Brands: a store's look and its contact block, one TOML file each; and its dealers, who change pieces of it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from packslip.library.source_file import read_source_text
from packslip.library.toml_file import read_toml
from packslip.model import Finding, Where, error

FOLDER = "layouts/brands"

_Template = Annotated[str, StringConstraints(pattern=r"^$|^[^{}]*\{token\}[^{}]*$")]
_Prefix = Annotated[str, StringConstraints(pattern=r"^[A-Z0-9]{0,4}$")]
_Property = Annotated[str, StringConstraints(pattern=r"^[A-Za-z][A-Za-z0-9_-]*$")]


class _Pieces(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    logo: str = ""
    address: str = ""
    phone: str = ""
    hours: str = ""
    contact: str = ""
    email: str = ""
    website: str = ""
    returns: str = ""
    review_url: _Template = ""
    survey_url: _Template = ""
    code_prefix: _Prefix = ""
    locale: str = ""
    css: str = ""
    colours: dict[_Property, str] = Field(default_factory=dict)
    fonts: dict[_Property, str] = Field(default_factory=dict)


class _BrandFile(_Pieces):
    name: str


class _DealerFile(_Pieces):
    name: str = Field("", min_length=1)


_File = TypeVar("_File", bound=_Pieces)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A store's look, or that of a dealer who sells for it."""

    store: str
    dealer: str = ""  #: as its file is called, "" for the store's own
    name: str
    logo: str  #: file name in layouts/art, "" for none
    address: str
    phone: str = ""
    hours: str = ""  #: when somebody answers
    contact: str = ""  #: who answers
    email: str
    website: str
    returns: str
    review_url: str  #: template with {token}, "" for the one in the settings
    survey_url: str = ""  #: the same for surveys
    code_prefix: str = ""  #: goes before promo codes
    locale: str  #: language where an order names none, "" for none
    css: str  #: text that comes after the layout's own CSS
    colours: Mapping[str, str] = field(default_factory=dict)  #: each becomes a CSS variable
    fonts: Mapping[str, str] = field(default_factory=dict)
    look: str = ""  #: what its style is known by: dealers who change none of it share their store's
    dealers: Mapping[str, "Brand"] = field(default_factory=dict)  #: by the folded name of their files

    def of_dealer(self, dealer: str) -> "Brand | None":
        """What a dealer makes of it, itself for no dealer; None for one that has no file."""
        return self.dealers.get(_folded(dealer)) if dealer.strip() else self

    @property
    def file(self) -> str:
        """The file that says it."""
        return f"{FOLDER}/{self.store}/{self.dealer}.toml" if self.dealer else f"{FOLDER}/{self.store}.toml"

    @property
    def styled_by(self) -> str:
        """What its style is known by."""
        return self.look or self.store


def brand_of(brands: Mapping[str, Brand], store: str, dealer: str = "") -> Brand | None:
    """The brand of a store as a dealer has it; the store's own for a dealer without a file, None for no such store."""
    brand = brands.get(store)
    return None if brand is None else brand.of_dealer(dealer) or brand


def with_dealers(brands: Iterable[Brand]) -> Iterator[Brand]:
    """Every brand, and after each its dealers."""
    for brand in brands:
        yield brand
        yield from brand.dealers.values()


def looks_of(brands: Iterable[Brand]) -> Iterator[Brand]:
    """One brand or dealer for each style there is."""
    yield from {brand.styled_by: brand for brand in reversed([*with_dealers(brands)])}.values()


def load_brands(folder: Path) -> tuple[dict[str, Brand], tuple[Finding, ...]]:
    """Every brand below `layouts/brands` by store, and what is wrong with the others."""
    brands: dict[str, Brand] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        record, css, found = _read(path, _BrandFile, folder)
        findings += found
        if record is None:
            continue
        brand = Brand(store=path.stem, look=path.stem, **{**record.model_dump(), "css": css})
        dealers, found = _load_dealers(folder, brand)
        findings += found
        brands[path.stem] = replace(brand, dealers=dealers)
    findings += _strays(folder, brands)
    if not brands:
        findings.append(error("brands.missing", Where(file=FOLDER), "no brand", "add layouts/brands/<store>.toml"))
    return brands, tuple(findings)


def _load_dealers(folder: Path, brand: Brand) -> tuple[dict[str, Brand], tuple[Finding, ...]]:
    dealers: dict[str, Brand] = {}
    findings: list[Finding] = []
    for path in sorted((folder / brand.store).glob("*.toml")):
        record, css, found = _read(path, _DealerFile, folder)
        findings += found
        if record is None:
            continue
        known = dealers.get(_folded(path.stem))
        if known is not None:
            hint = "capitals make no difference; remove one of them"
            where = Where(file=f"{FOLDER}/{brand.store}/{path.name}")
            findings.append(error("dealer.twice", where, f"the same dealer as {known.dealer}.toml", hint))
            continue
        dealers[_folded(path.stem)] = _changed(brand, path.stem, record, css)
    return dealers, tuple(findings)


def _changed(brand: Brand, dealer: str, record: _DealerFile, css: str) -> Brand:
    """A store's brand with the pieces that a dealer states, blank ones too; colours and fonts one by one."""
    said = record.model_dump(exclude_unset=True, exclude={"css", "colours", "fonts"})
    is_own = bool(css or record.colours or record.fonts)
    return replace(
        brand,
        dealer=dealer,
        css="\n".join(sheet for sheet in (brand.css, css) if sheet),
        colours={**brand.colours, **record.colours},
        fonts={**brand.fonts, **record.fonts},
        look=f"{brand.store}/{dealer}" if is_own else brand.store,
        **said,
    )


def _read(path: Path, kind: type[_File], folder: Path) -> tuple[_File | None, str, tuple[Finding, ...]]:
    """One file, and the text of its style sheet."""
    label = f"{FOLDER}/{path.relative_to(folder).as_posix()}"
    record, findings = read_toml(path, kind, label=label)
    if record is None:
        return None, "", findings
    css, found = _read_css(path.parent, record.css, label)
    findings += found
    if record.logo and not _is_file_of(folder.parent / "art", record.logo):
        where = Where(file=label, spot="logo")
        findings += (error("brand.logo", where, f"no file {record.logo!r} in layouts/art"),)
    return record, css, findings


def _strays(folder: Path, brands: Mapping[str, Brand]) -> Iterator[Finding]:
    """Folders of dealers whose store has no brand."""
    for path in sorted(folder.glob("*/")):
        if path.name not in brands and any(path.glob("*.toml")):
            where = Where(file=f"{FOLDER}/{path.name}")
            yield error("dealer.store", where, f"no brand {path.name!r}", f"add {FOLDER}/{path.name}.toml")


def _read_css(folder: Path, name: str, label: str) -> tuple[str, tuple[Finding, ...]]:
    if not name:
        return "", ()
    beside = label.rpartition("/")[0]
    if not any(entry.name == name for entry in folder.iterdir()):
        return "", (error("brand.css", Where(file=label, spot="css"), f"no file {name!r} in {beside}"),)
    text, findings = read_source_text(folder / name, label=f"{beside}/{name}")
    return text or "", findings


def _is_file_of(folder: Path, name: str) -> bool:
    return folder.is_dir() and any(entry.name == name and entry.is_file() for entry in folder.iterdir())


def _folded(dealer: str) -> str:
    """A dealer's name, whatever its capitals and blanks."""
    return re.sub(r"\s+", " ", dealer.strip()).casefold()
