"""Brands: a store's look and its contact block, one TOML file each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from packslip.library.source_file import read_source_text
from packslip.library.toml_file import read_toml
from packslip.model import Finding, Where, error


class _BrandFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    logo: str = ""
    address: str = ""
    email: str = ""
    website: str = ""
    returns: str = ""
    review_url: str = Field("", pattern=r"^$|^[^{}]*\{token\}[^{}]*$")
    locale: str = ""
    css: str = ""
    colours: dict[str, str] = Field(default_factory=dict)
    fonts: dict[str, str] = Field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Brand:
    """A store's look."""

    store: str
    name: str
    logo: str  #: file name in layouts/art, "" for none
    address: str
    email: str
    website: str
    returns: str
    review_url: str  #: template with {token}, "" for the one in the settings
    locale: str  #: language where an order names none, "" for none
    css: str  #: text that comes after the layout's own CSS
    colours: Mapping[str, str] = field(default_factory=dict)  #: each becomes a CSS variable
    fonts: Mapping[str, str] = field(default_factory=dict)


def load_brands(folder: Path) -> tuple[dict[str, Brand], tuple[Finding, ...]]:
    """Every brand below `layouts/brands` by store, and what is wrong with the others."""
    brands: dict[str, Brand] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        label = f"layouts/brands/{path.name}"
        record, found = read_toml(path, _BrandFile, label=label)
        findings += found
        if record is None:
            continue
        css, found = _read_css(folder, record.css, label)
        findings += found
        if record.logo and not _is_file_of(folder.parent / "art", record.logo):
            where = Where(file=label, spot="logo")
            findings.append(error("brand.logo", where, f"no file {record.logo!r} in layouts/art"))
        values = record.model_dump()
        values["css"] = css
        brands[path.stem] = Brand(store=path.stem, **values)
    if not brands:
        findings.append(
            error("brands.missing", Where(file="layouts/brands"), "no brand", "add layouts/brands/<store>.toml")
        )
    return brands, tuple(findings)


def _read_css(folder: Path, name: str, label: str) -> tuple[str, tuple[Finding, ...]]:
    if not name:
        return "", ()
    if not any(entry.name == name for entry in folder.iterdir()):
        return "", (error("brand.css", Where(file=label, spot="css"), f"no file {name!r} in layouts/brands"),)
    text, findings = read_source_text(folder / name, label=f"layouts/brands/{name}")
    return text or "", findings


def _is_file_of(folder: Path, name: str) -> bool:
    return folder.is_dir() and any(entry.name == name and entry.is_file() for entry in folder.iterdir())
