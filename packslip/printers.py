"""Printers, stations and routes, as settings: where documents go, in which language, and when.

What they name (media, impositions, each other) is checked where all of it is known, in `packslip.settings`.
"""

from enum import StrEnum
from typing import Annotated, Literal, Self
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

Name = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Language(StrEnum):
    """What a printer is told a document in."""

    PDF = "pdf"
    ZPL = "zpl"
    ZPL_HEX = "zpl-hex"  #: for firmware that knows no compressed graphics
    EPL = "epl"
    TSPL = "tspl"
    ESCPOS = "escpos"
    PWG_RASTER = "pwg-raster"
    PNG = "png"


#: What can be told to no other kind of printer.
_IPP_ALONE = ("copies", "colour", "resolution_dpi", "output_bin", "fingerprint")


class PrinterSettings(_Part):
    """One printer."""

    kind: Literal["folder", "ipp", "socket"] = Field(
        "folder", description="folder: a tray folder; ipp: a printer or CUPS queue; socket: raw data on port 9100"
    )
    uri: str = Field(
        "",
        description="where it is: ipp://host/ipp/print, ipps://host/ipp/print, socket://host:9100; blank for a folder",
    )
    media: Name = Field(description="media it is loaded with; with an imposition, what its sheets are cut to")
    language: Language = Field(
        Language.PDF,
        description="what it is sent: pdf; on thermal media also zpl, zpl-hex, epl, tspl, escpos, pwg-raster, png",
    )
    imposition: str = Field("", description="how its sheets are imposed; blank: documents go to it as they are")
    duplex: Literal["", "long", "short"] = Field(
        "", description="which edge its sheets are turned on to print the back; blank: one side only"
    )
    deputy: str = Field("", description="printer with the same media that takes over while this one cannot print")
    deputy_after_s: float = Field(60.0, ge=0, description="seconds that it cannot print before its deputy takes over")
    on_uncertain: Literal["hold", "reprint"] = Field(
        "hold",
        description="where nobody can know whether it printed: hold for a person, or reprint as a marked copy",
    )
    copies: int = Field(1, ge=1, le=99, description="copies of each document, ipp only")
    colour: Literal["", "colour", "monochrome"] = Field("", description="print-color-mode, ipp only; blank: its own")
    resolution_dpi: int = Field(0, ge=0, le=4800, description="printer-resolution, ipp only; 0: its own")
    output_bin: str = Field("", description="where the paper comes out, as the printer names it; ipp only")
    fingerprint: str = Field(
        "",
        pattern=r"^([0-9a-f]{64})?$",
        description="SHA-256 of the certificate of an ipps printer; blank: it must be signed by a known authority",
    )
    preamble: str = Field(
        "", description="PJL that goes before each document, socket only, such as @PJL SET MEDIASOURCE=TRAY2"
    )
    answer_s: float = Field(30.0, gt=0, description="longest wait for an answer of the printer, in seconds")
    tray_mode: str = Field(
        "600",
        pattern=r"^[0-7]{3}$",
        description="permissions of files in a folder printer's tray, octal; 640 for a spooler",
    )

    @model_validator(mode="after")
    def _fits_its_kind(self) -> Self:
        self._check_uri()
        if self.kind == "socket" and "language" not in self.model_fields_set:
            raise ValueError("language: a socket takes raw data and cannot be asked, so it must say its language")
        for key in _IPP_ALONE if self.kind != "ipp" else ():
            if getattr(self, key) != type(self).model_fields[key].default:
                raise ValueError(f"{key}: only an ipp printer can be told; set it at the printer, or in a PJL preamble")
        if self.fingerprint and not self.uri.startswith("ipps:"):
            raise ValueError("fingerprint: only an ipps:// printer has a certificate")
        self._check_preamble()
        return self

    def _check_uri(self) -> None:
        if self.kind == "folder":
            if self.uri:
                raise ValueError('uri: a folder printer has none; set kind = "ipp" or kind = "socket"')
            return
        schemes = ("ipp", "ipps") if self.kind == "ipp" else ("socket",)
        wants = f"uri: kind {self.kind!r} wants {' or '.join(f'{name}://host' for name in schemes)}, got {self.uri!r}"
        try:
            parts = urlsplit(self.uri)
            is_address = bool(parts.hostname) and (parts.port is None or parts.port > 0)
        except ValueError as fault:
            raise ValueError(f"{wants}: {fault}") from None
        is_plain = all(0x20 < ord(letter) < 0x7F for letter in self.uri)
        is_bare = self.kind == "ipp" or not (parts.path.strip("/") or parts.query)
        if not (is_address and is_plain and is_bare) or parts.scheme not in schemes:
            raise ValueError(wants)
        if parts.username or parts.password or parts.fragment:
            raise ValueError(f"{wants}; it holds no login: name and password are never in settings")

    def _check_preamble(self) -> None:
        if self.preamble and self.kind != "socket":
            raise ValueError("preamble: only a socket printer takes one")
        if any((ord(letter) < 0x20 and letter not in "\r\n") or ord(letter) > 0x7E for letter in self.preamble):
            raise ValueError("preamble: only printable ASCII and line ends")
        for line in self.preamble_lines:
            if not line.startswith("@PJL"):
                raise ValueError(
                    f"preamble: expected lines that begin with @PJL, got {line!r}; set label printers up at the printer"
                )

    @property
    def preamble_lines(self) -> tuple[str, ...]:
        """The lines of the preamble, without their ends."""
        return tuple(line.strip() for line in self.preamble.splitlines() if line.strip())


class RouteSettings(_Part):
    """Where documents of some kind go, and when. The first route that fits is taken; blank conditions fit all."""

    station: tuple[str, ...] = Field((), description="packing tables")
    media: tuple[str, ...] = Field((), description="media of the document")
    country: tuple[str, ...] = Field((), description="countries of delivery (ISO 3166-1 alpha-2)")
    layout: tuple[str, ...] = Field((), description="layouts")
    store: tuple[str, ...] = Field((), description="brands")
    printers: tuple[Name, ...] = Field(
        (), description="printers; a document goes to the first with its media; blank: the station's"
    )
    priority: int = Field(0, ge=-100, le=100, description="higher goes first to its printer")
    deadline_first: bool = Field(False, description="among equals, the earliest deadline goes first")
    print_on: Literal["arrival", "call"] = Field(
        "arrival", description="call: the slip is ready and waits until packslip call asks for it"
    )

    def fits(self, *, station: str, media: str, country: str, layout: str, store: str) -> bool:
        """Whether a document goes this way."""
        asked = ((self.station, station), (self.media, media), (self.country, country), (self.layout, layout))
        return all(not among or value in among for among, value in (*asked, (self.store, store)))


class StationSettings(_Part):
    """A packing table."""

    printers: tuple[Name, ...] = Field(description="its printers; a document goes to the first with its media")
