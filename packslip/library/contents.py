"""Editorial content: the block of the week, one TOML file each, with its languages and dates."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pydantic import BaseModel, ConfigDict, Field

from packslip.library.toml_file import read_toml
from packslip.model import Finding, Where, error


class ContentText(BaseModel):
    """The words of a block in one language."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    kicker: str = ""
    headline: str
    body: str


class _ContentFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    valid_from: date
    valid_to: date
    stores: tuple[str, ...] = ()
    picture: str = ""
    text: dict[str, ContentText] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """One block."""

    file: str
    valid_from: date
    valid_to: date  #: last day
    stores: tuple[str, ...]  #: empty: every store
    picture: str  #: file name in layouts/art, "" for none
    texts: Mapping[str, ContentText]  #: by language or locale


def load_contents(folder: Path) -> tuple[tuple[Content, ...], tuple[Finding, ...]]:
    """Every block below `layouts/content`, newest first, and what is wrong with the others."""
    contents: list[Content] = []
    findings: list[Finding] = []
    art = {entry.name for entry in (folder.parent / "art").glob("*") if entry.is_file()}
    for path in sorted(folder.glob("*.toml")):
        label = f"layouts/content/{path.name}"
        record, found = read_toml(path, _ContentFile, label=label)
        findings += found
        if record is None:
            continue
        if record.valid_to < record.valid_from:
            where = Where(file=label, spot="valid_to")
            findings.append(error("content.dates", where, f"{record.valid_to} lies before {record.valid_from}"))
        if record.picture and record.picture not in art:
            where = Where(file=label, spot="picture")
            findings.append(error("content.picture", where, f"no file {record.picture!r} in layouts/art"))
        contents.append(
            Content(
                file=label,
                valid_from=record.valid_from,
                valid_to=record.valid_to,
                stores=record.stores,
                picture=record.picture,
                texts=record.text,
            )
        )
    contents.sort(key=lambda content: (content.valid_from, content.file), reverse=True)
    return tuple(contents), tuple(findings)


def content_toml(content: Content, *, told: str) -> str:
    """A block as its file; `told` is a comment that says where it comes from."""
    days = f"valid_from = {content.valid_from}\nvalid_to = {content.valid_to}"
    stores = ", ".join(map(_quoted, content.stores))
    head = f"# {told}\n{days}\nstores = [{stores}]\npicture = {_quoted(content.picture)}\n"
    texts = (
        f"\n[text.{locale}]\nkicker = {_quoted(text.kicker)}\nheadline = {_quoted(text.headline)}\n"
        f"body = {_quoted(text.body)}\n"
        for locale, text in sorted(content.texts.items())
    )
    return head + "".join(texts)


def _quoted(text: str) -> str:
    """A basic string of TOML, which JSON's is but for one character."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")
