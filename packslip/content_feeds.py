"""Content feeds, as settings: where the weekly block may come from, and what has to happen before it is printed.

What they name (stores) is checked where that is known.
"""

from enum import StrEnum
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

FeedName = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9-]{0,31}$")]
_Locale = Annotated[str, StringConstraints(pattern=r"^$|^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]


class ContentKind(StrEnum):
    """What a feed is written in."""

    AUTO = "auto"  #: told by what it holds
    RSS = "rss"
    ATOM = "atom"
    JSON = "json"  #: JSON Feed, or packslip's own


class Approval(StrEnum):
    """What an entry waits for."""

    EACH = "each"  #: a person approves it, and publishes
    NONE = "none"  #: nothing: it goes live by itself where nothing is wrong with it


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ContentSettings(_Part):
    """The weekly block from the shop's web content. docs/content.md tells how it goes live."""

    sync_minutes: int = Field(
        60, ge=0, le=10_080, description="minutes after which a running line asks the feeds again; 0: never by itself"
    )
    hosts: tuple[str, ...] = Field((), description="hosts that feeds and their pictures may be fetched from")
    max_bytes: int = Field(4_000_000, gt=0, le=64_000_000, description="largest feed that is read, in bytes")
    fetch_s: float = Field(20.0, gt=0, description="longest time for fetching a feed or a picture of it, in seconds")


class ContentFeedSettings(_Part):
    """One feed."""

    name: FeedName = Field(description="what it is called, such as journal; part of its entries' names")
    url: str = Field("", description="where it is; its host must be in content.hosts")
    file: str = Field("", description="in place of url: a file, relative to the workspace")
    stores: tuple[str, ...] = Field((), description="brands that print it; none: every brand")
    locale: _Locale = Field("", description="language of its texts; blank: as the feed says")
    kind: ContentKind = Field(ContentKind.AUTO, description="rss, atom, json; auto: told by what it holds")
    days: int = Field(14, ge=1, le=730, description="days that an entry may be printed, from its date on")
    approval: Approval = Field(
        Approval.EACH, description="each: a person approves every entry; none: entries go live by themselves"
    )
    most_words: int = Field(40, ge=5, le=400, description="longest text, in words; it is cut after a sentence")

    @model_validator(mode="after")
    def _has_one_place(self) -> Self:
        if bool(self.url) == bool(self.file):
            raise ValueError(f"{self.name}: set either url or file")
        if self.url and not self.url.lower().startswith(("http://", "https://")):
            raise ValueError(f"{self.name}.url: only http and https addresses are fetched, got {self.url!r}")
        return self


def check_names(feeds: tuple[ContentFeedSettings, ...]) -> None:
    """Each feed has a name of its own.

    Raises:
        ValueError: two have the same.
    """
    names = [feed.name for feed in feeds]
    twice = next((name for name in names if names.count(name) > 1), "")
    if twice:
        raise ValueError(f"content_feeds: two are called {twice!r}; each has a name of its own")
