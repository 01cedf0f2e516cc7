"""Hot folders, as settings: where shops drop files, when such a file is whole, and what becomes of its orders.

The first one is `[hotfolder]`, others are `[folders.<name>]`. What they name (mappings, stations) is checked where that
is known; that no folder lies in another is checked when the line starts.
"""

from enum import StrEnum
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

Suffix = Annotated[str, StringConstraints(pattern=r"^\.[A-Za-z0-9_.-]*[A-Za-z0-9_-]$")]


class Readiness(StrEnum):
    """How a folder tells that a file is whole."""

    STABLE = "stable"  #: it lies unchanged, nobody writes to it, and its last row is complete
    RENAME = "rename"  #: its name: the sender writes under another name and renames
    TRIGGER = "trigger"  #: a second file of its name says so
    MANIFEST = "manifest"  #: a list of files says so, which are taken together


class OnConflict(StrEnum):
    """What becomes of a parcel that comes again with other data."""

    HOLD = "hold"  #: a person decides
    REPLACE_IF_UNSENT = "replace-if-unsent"  #: it takes the place of one that is not on its way to a printer yet
    NEW_REVISION = "new-revision"  #: the same, and prints beside one that is


class Habits(BaseModel):
    """What a folder does with the files in it."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    mapping: str = Field("", description="mapping of its drops; blank: the order contract itself")
    station: str = Field("", description="station of orders that name none; blank: default_station")
    priority: int = Field(0, ge=-100, le=100, description="of its drops; higher goes first to its printer")
    readiness: Readiness = Field(
        Readiness.STABLE,
        description="when a file is whole: stable, rename, trigger (a second file says so), manifest (a list says so)",
    )
    settle_s: float = Field(0.4, ge=0, description="seconds a file must lie unchanged before it is read")
    unended_s: float = Field(
        10.0, ge=0, description="the same, in seconds, for a file whose last line has no end or that is a header alone"
    )
    incomplete_after_s: float = Field(
        300.0, gt=0, description="seconds after which a file that is cut off, or not what was promised, is held"
    )
    scan_s: float = Field(1.0, gt=0, description="seconds between two looks at the folder, events or not")
    watch: Literal["auto", "events", "polling"] = Field(
        "auto", description="what wakes it early; auto: events on a local disk, on a share only the looks themselves"
    )
    nested: bool = Field(False, description="whether sub-folders are read too, eight deep")
    suffixes: tuple[Suffix, ...] = Field((".csv", ".tsv", ".txt"), description="endings of files that are read")
    trigger: Suffix = Field(".ok", description="ending of a trigger: x.csv.ok or x.ok for x.csv")
    manifest: Suffix = Field(".manifest", description="ending of a manifest")
    ignore: tuple[str, ...] = Field(
        (), description="names that are never read nor told of, such as *.bak, beside the usual temporary ones"
    )
    on_conflict: OnConflict = Field(
        OnConflict.HOLD,
        description="a parcel again with other data: hold, replace-if-unsent, new-revision (prints the new one too)",
    )


class _Place(BaseModel):
    path: str = Field(description="folder the shop drops CSVs into")
    results: str = Field("", description="folder for its result files; blank: that of [hotfolder]")


class FolderSettings(Habits, _Place):
    """A further hot folder."""


class _FirstPlace(BaseModel):
    inbox: str = Field("hotfolder/in", description="folder the shop drops CSVs into")
    trays: str = Field("hotfolder/out", description="folder with one tray for each folder printer")
    results: str = Field("hotfolder/results", description="folder for the result files, one folder a day")
    max_bytes: int = Field(256_000_000, gt=0, description="largest file that is read in any folder, in bytes")


class HotfolderSettings(Habits, _FirstPlace):
    """The hot folder."""
