"""Settings: one TOML file, every key typed, with a default and a description.

Owns the shape of `packslip.toml`. Secrets are never settings.
"""

import tomllib
from collections.abc import Collection
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from packslip.content_feeds import ContentFeedSettings, ContentSettings, check_names
from packslip.errors import WorkspaceError
from packslip.folders import FolderSettings, Habits, HotfolderSettings
from packslip.impositions import ImpositionSettings, Sheet
from packslip.misfits import misfit
from packslip.printers import Language, Name, PrinterSettings, RouteSettings, StationSettings
from packslip.reviews import ReviewSettings, SurveySettings
from packslip.units import Mm

FILE_NAME = "packslip.toml"

NotNegative = Annotated[float, Field(ge=0)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ShopSettings(_Part):
    """Who sends the orders."""

    store: Name = Field("oriel-ash", description="brand used where an order names no store")
    locale: str = Field("en-GB", description="language where nothing else tells it (BCP 47)")
    late_minutes: float = Field(
        30, ge=0, description="so near to an order's deadline a slip that cannot be drawn falls back to the plain one"
    )
    country: str = Field("GB", pattern=r"^[A-Z]{2}$", description="where the parcels leave from (ISO 3166-1 alpha-2)")
    country_locales: dict[str, str] = Field(
        default_factory=lambda: {
            "AT": "de-AT",
            "BE": "fr-BE",
            "CH": "de-CH",
            "DE": "de-DE",
            "FR": "fr-FR",
            "GB": "en-GB",
            "IE": "en-IE",
            "LU": "fr-LU",
            "US": "en-US",
        },
        description="locale by country of delivery, where the order names none",
    )


class OutputProfile(StrEnum):
    """What kind of document a media takes."""

    OFFICE = "office"  #: PDF 1.7, sRGB
    PDFX4_CMYK = "pdfx4-cmyk"
    PDFX4_RGB = "pdfx4-rgb"
    THERMAL = "thermal"  #: a bitmap of exactly the head's dots, black and white

    @property
    def is_pdfx(self) -> bool:
        """Whether documents are PDF/X-4, which has a printing condition."""
        return self in {OutputProfile.PDFX4_CMYK, OutputProfile.PDFX4_RGB}

    @property
    def space(self) -> Literal["CMYK", "RGB"]:
        """What colours are in."""
        return "CMYK" if self is OutputProfile.PDFX4_CMYK else "RGB"


class Zone(_Part):
    """A part of a media that is not plain paper; from the top left corner of the trimmed page."""

    kind: Literal["pre-printed", "peel-off", "perforation", "fold"]
    x_mm: float = 0.0
    y_mm: float = 0.0
    width_mm: float = Field(0.0, ge=0)  #: 0 for a line that runs down
    height_mm: float = Field(0.0, ge=0)  #: 0 for a line that runs across

    def lies_in(self, width: float, height: float) -> bool:
        """Whether any of it lies inside a page of this size, in mm; a line along its edge does not."""
        across = self.x_mm < width and self.x_mm + self.width_mm > 0
        down = self.y_mm < height and self.y_mm + self.height_mm > 0
        return bool(self.width_mm or self.height_mm) and across and down


_CONDITIONS = {OutputProfile.PDFX4_CMYK: "FOGRA47L_uncoated", OutputProfile.PDFX4_RGB: "sRGB_print"}

#: Top, right, bottom, left.
Margins = tuple[NotNegative, NotNegative, NotNegative, NotNegative]


class MediaSettings(_Part):
    """What is printed on."""

    width_mm: float = Field(gt=0, le=2000, description="trim width in mm")
    height_mm: float = Field(gt=0, le=2000, description="trim height in mm")
    dots_per_mm: float = Field(23.622, gt=0, description="resolution of the device in dots per mm")
    safe_mm: float = Field(4.0, ge=0, description="margin that must stay free of text, in mm")
    profile: OutputProfile = Field(
        OutputProfile.OFFICE,
        description="office (PDF, sRGB), pdfx4-cmyk, pdfx4-rgb (PDF/X-4), thermal (black and white, dot for dot)",
    )
    condition: str = Field(
        "",
        pattern=r"^[A-Za-z0-9_-]*$",
        description="printing condition of PDF/X-4: a layouts/profiles file; blank: FOGRA47L_uncoated, or sRGB_print",
    )
    most_ink: float = Field(300.0, gt=0, le=400, description="most ink the media takes, in per cent of one full ink")
    bleed_mm: float = Field(
        0.0, ge=0, le=20, description="how far colour that reaches the edge goes on beyond it, in mm"
    )
    unprintable_mm: Margins = Field(
        (0.0, 0.0, 0.0, 0.0), description="what the device cannot print at the top, right, bottom and left, in mm"
    )
    smallest_pt: float = Field(5.0, ge=0, description="smallest text that prints well, in pt")
    smallest_reversed_pt: float = Field(6.0, ge=0, description="smallest light text on dark that prints well, in pt")
    source: str = Field("", description="tray or source the printer takes it from, as the printer names it")
    zones: tuple[Zone, ...] = Field(
        (), description='pre-printed, peel-off, perforation, fold: { kind = "fold", y_mm = 99, width_mm = 210 }'
    )

    @property
    def ink(self) -> Literal["colour", "black"]:
        """Black: pure black and white, dot for dot."""
        return "black" if self.profile is OutputProfile.THERMAL else "colour"

    @property
    def printing_condition(self) -> str:
        """Name of the printing condition, "" where the profile has none."""
        return self.condition or _CONDITIONS.get(self.profile, "")

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.bleed_mm and any(self.unprintable_mm):
            raise ValueError(
                "bleed_mm: a device with unprintable margins cannot print beyond the edge; set one of them"
            )
        for zone in self.zones:
            if not zone.lies_in(self.width_mm, self.height_mm):
                raise ValueError(
                    f"zones: a {zone.kind} at {zone.x_mm:g}, {zone.y_mm:g} mm that is not inside the page; "
                    "a line across wants y_mm and width_mm, one that runs down x_mm and height_mm"
                )
        if self.condition and not self.profile.is_pdfx:
            raise ValueError(f"condition: only PDF/X-4 has a printing condition, the profile is {self.profile.value!r}")
        return self


class WorkerSettings(_Part):
    """The limited child processes that draw documents."""

    count: int = Field(0, ge=0, le=64, description="how many; 0: one for each core")
    memory_mb: int = Field(1536, ge=256, description="most memory a worker may use, in MB")
    deadline_s: float = Field(
        60.0, gt=0, description="longest time for one document in seconds; a slower worker is killed"
    )


class PressSettings(_Part):
    """The press, which strikes most slips from plates and lays the rest out by WeasyPrint."""

    plates: int = Field(
        200, ge=1, description="most plates of pages a worker keeps, and of their parts, the latest used ones"
    )
    shadow: int = Field(500, ge=0, description="one struck slip in so many is drawn by both paths; 0: none")


class PictureSettings(_Part):
    """Product pictures."""

    folder: str = Field("catalogue/pictures", description="folder that bare picture names are looked up in")
    max_pixels: int = Field(60_000_000, gt=0, description="largest picture that is decoded, in pixels")
    max_bytes: int = Field(40_000_000, gt=0, description="largest picture file that is read, in bytes")
    fetch_s: float = Field(4.0, gt=0, description="longest time for fetching a picture by URL, in seconds")
    hosts: tuple[str, ...] = Field((), description="hosts pictures may be fetched from; empty: none")
    sync_s: float = Field(30.0, gt=0, description="the same for one try of images sync, which tries again, in seconds")
    connections: int = Field(8, ge=1, le=64, description="most pictures that images sync fetches from a host at a time")
    memory_mb: int = Field(1024, ge=256, description="most memory a process that decodes pictures may use, in MB")
    deadline_s: float = Field(15.0, gt=0, description="longest time for decoding a picture, in seconds")
    budget_mb: int = Field(20_000, ge=1, description="most disk space image_cache may take, in MB")


class RetentionSettings(_Part):
    """How long people's data is kept, in days; 0: for ever. docs/retention.md tells what each is."""

    slips_days: int = Field(90, ge=0, description="slip, choice and reasons of a parcel, counted from its end")
    documents_days: int = Field(90, ge=0, description="its documents; while the slip is kept they can be drawn again")
    drops_days: int = Field(30, ge=0, description="dropped files, counted from the end of the drop")
    results_days: int = Field(90, ge=0, description="result files, counted from the end of the drop")
    trays_days: int = Field(30, ge=0, description="documents that nobody took out of their trays")
    alarms_days: int = Field(30, ge=0, description="documents that the press drew in two ways that differ")
    held_days: int = Field(
        180, ge=0, description="what is held or uncertain and nobody decides on; held, it is put aside"
    )
    history_days: int = Field(1095, ge=0, description="whose an order in the history was, counted from its date")
    releases_kept: int = Field(20, ge=0, description="latest releases kept beside those that kept slips name; 0: all")
    purge_at: str = Field(
        "03:10",
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$",
        description="time of day at which a running line purges; blank: never by itself",
    )


class RecommendSettings(_Part):
    """The model behind recommendations. docs/recommendations.md tells what it does."""

    build_at: str = Field(
        "02:40",
        pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$",
        description="time of day at which a running line makes the next day's model; blank: never by itself",
    )


class LimitSettings(_Part):
    """What an order may be."""

    lines: int = Field(2000, gt=0, description="most lines of one order")
    field_chars: int = Field(2000, gt=0, description="longest text in one cell")
    columns: int = Field(400, gt=0, description="most columns of a CSV")


def _default_media() -> dict[str, MediaSettings]:
    return {
        "a4": MediaSettings(width_mm=210, height_mm=297),
        "a5": MediaSettings(width_mm=148, height_mm=210),
        "label-4x6": MediaSettings(
            width_mm=101.5, height_mm=152.5, dots_per_mm=8, safe_mm=2.0, profile=OutputProfile.THERMAL
        ),
    }


def _default_printers() -> dict[str, PrinterSettings]:
    return {
        "bench-a4": PrinterSettings(media="a4"),
        "bench-a5": PrinterSettings(media="a5"),
        "bench-label": PrinterSettings(media="label-4x6"),
    }


class Settings(BaseSettings):
    """Everything that can be set."""

    model_config = SettingsConfigDict(
        frozen=True, extra="forbid", env_prefix="PACKSLIP_SET_", env_nested_delimiter="__"
    )

    default_station: Name = Field("bench", description="station of orders that name none")
    shop: ShopSettings = Field(default_factory=ShopSettings)
    hotfolder: HotfolderSettings = Field(default_factory=HotfolderSettings)
    folders: dict[Name, FolderSettings] = Field(default_factory=dict)
    review: ReviewSettings = Field(default_factory=ReviewSettings)
    survey: SurveySettings = Field(default_factory=SurveySettings)
    workers: WorkerSettings = Field(default_factory=WorkerSettings)
    press: PressSettings = Field(default_factory=PressSettings)
    pictures: PictureSettings = Field(default_factory=PictureSettings)
    content: ContentSettings = Field(default_factory=ContentSettings)
    limits: LimitSettings = Field(default_factory=LimitSettings)
    recommend: RecommendSettings = Field(default_factory=RecommendSettings)
    retention: RetentionSettings = Field(default_factory=RetentionSettings)
    media: dict[Name, MediaSettings] = Field(default_factory=_default_media)
    printers: dict[Name, PrinterSettings] = Field(default_factory=_default_printers)
    impositions: dict[Name, ImpositionSettings] = Field(default_factory=dict)
    routes: tuple[RouteSettings, ...] = Field(
        (), description="where documents go, and when, as [[routes]]; none: to the first printer of the station"
    )
    content_feeds: tuple[ContentFeedSettings, ...] = Field(
        (), description="where the weekly block comes from, as [[content_feeds]]; none: from layouts/content alone"
    )
    stations: dict[Name, StationSettings] = Field(
        default_factory=lambda: {"bench": StationSettings(printers=("bench-a4", "bench-a5", "bench-label"))}
    )

    @model_validator(mode="after")
    def _names_exist(self) -> Self:
        for name, printer in self.printers.items():
            if printer.media not in self.media:
                raise ValueError(
                    f"printers.{name}.media: no media {printer.media!r}; declared: {', '.join(self.media)}"
                )
            profile = self.media[printer.media].profile
            if printer.language is not Language.PDF and profile is not OutputProfile.THERMAL:
                raise ValueError(
                    f"printers.{name}.language: {printer.language.value!r} says dots of black and white, but media "
                    f"{printer.media!r} has the profile {profile.value!r}; set pdf, or media with the profile thermal"
                )
        self._check_impositions()
        self._check_deputies()
        self._check_routes()
        self._check_folders()
        check_names(self.content_feeds)
        for name, station in self.stations.items():
            for printer_name in station.printers:
                if printer_name not in self.printers:
                    raise ValueError(
                        f"stations.{name}.printers: no printer {printer_name!r}; declared: {', '.join(self.printers)}"
                    )
        if self.default_station not in self.stations:
            raise ValueError(
                f"default_station: no station {self.default_station!r}; declared: {', '.join(self.stations)}"
            )
        return self

    def folder(self, name: str) -> Habits:
        """What a hot folder does with its drops; one that is declared no more does as the first one."""
        return self.folders.get(name, self.hotfolder)

    def language_of(self, printer: str) -> Language:
        """What a printer is told documents in; one that is declared no more gets them as they are kept."""
        return self.printers[printer].language if printer in self.printers else Language.PDF

    def _check_deputies(self) -> None:
        """A deputy is there, is another printer, and holds the same media."""
        for name, printer in self.printers.items():
            if not printer.deputy:
                continue
            deputy = self.printers.get(printer.deputy)
            if deputy is None or printer.deputy == name:
                others = ", ".join(other for other in self.printers if other != name)
                raise ValueError(f"printers.{name}.deputy: no other printer {printer.deputy!r}; declared: {others}")
            if deputy.media != printer.media or deputy.imposition != printer.imposition:
                raise ValueError(
                    f"printers.{name}.deputy: {printer.deputy!r} is loaded with {deputy.media!r}, not "
                    f"{printer.media!r}, or imposes otherwise; a deputy takes the same media"
                )

    def _check_routes(self) -> None:
        """What routes name is declared."""
        known: dict[str, Collection[str]] = {
            "station": self.stations,
            "media": self.media,
            "printers": self.printers,
        }
        for number, way in enumerate(self.routes):
            for key, declared in known.items():
                for value in getattr(way, key):
                    if value not in declared:
                        raise ValueError(
                            f"routes.{number}.{key}: no such {key.removesuffix('s')} {value!r}; "
                            f"declared: {', '.join(declared)}"
                        )

    def _check_folders(self) -> None:
        """Stations that hot folders name are declared."""
        places = {"hotfolder": self.hotfolder, **{f"folders.{name}": one for name, one in self.folders.items()}}
        for place, habits in places.items():
            if habits.station and habits.station not in self.stations:
                declared = ", ".join(self.stations)
                raise ValueError(f"{place}.station: no station {habits.station!r}; declared: {declared}")

    def _check_impositions(self) -> None:
        """Sheets are declared, and hold what their printers put on them."""
        for name, imposition in self.impositions.items():
            if imposition.media not in self.media:
                raise ValueError(
                    f"impositions.{name}.media: no media {imposition.media!r}; declared: {', '.join(self.media)}"
                )
        for name, printer in self.printers.items():
            if not printer.imposition:
                continue
            if printer.imposition not in self.impositions:
                raise ValueError(
                    f"printers.{name}.imposition: no imposition {printer.imposition!r}; "
                    f"declared: {', '.join(self.impositions) or 'none'}"
                )
            if self.media[printer.media].profile is OutputProfile.THERMAL:
                raise ValueError(f"printers.{name}.imposition: bitmaps for thermal media are not imposed")
            told = self.sheet(printer.imposition, printer.media).why_not()
            if told:
                raise ValueError(f"printers.{name}.imposition: {told}; choose another sheet, gutter or marks")

    def sheet(self, imposition: str, media: str) -> Sheet:
        """The sheet of an imposition with slips of a media on it."""
        wanted, slip = self.impositions[imposition], self.media[media]
        paper = self.media[wanted.media]
        return Sheet(
            width=Mm(paper.width_mm),
            height=Mm(paper.height_mm),
            slip_width=Mm(slip.width_mm),
            slip_height=Mm(slip.height_mm),
            bleed=Mm(slip.bleed_mm),
            unprintable=paper.unprintable_mm,
            imposition=wanted,
        )

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Environment over file; nothing else."""
        return (env_settings, init_settings)


def load_settings(path: Path) -> Settings:
    """The settings a TOML file holds; environment variables `PACKSLIP_SET_<PART>__<KEY>` win over it.

    Raises:
        WorkspaceError: the file is missing, no TOML, or holds a key or value that does not fit.
    """
    try:
        values = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise WorkspaceError(
            f"{path}: no such file", hint="run packslip init DIR, or name a workspace with --workspace"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise WorkspaceError(f"{path}: not readable as TOML: {fault}") from None
    try:
        return Settings(**values)
    except ValidationError as fault:
        told = "; ".join(_told(item) for item in fault.errors())
        raise WorkspaceError(f"{path}: {told}", hint="docs/settings.md lists every key") from None


def _told(item: ErrorDetails) -> str:
    """`media.a5.bleed: unknown key, did you mean 'bleed_mm'`; a validator's own message begins with its key."""
    key = ".".join(map(str, item["loc"]))
    message, hint = misfit(item, Settings)
    parted = "." if item["type"] == "value_error" else ": "
    return (f"{key}{parted}" if key else "") + message + (f", {hint}" if hint else "")
