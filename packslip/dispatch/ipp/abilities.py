"""What a printer is asked for with each job, and what of it it cannot do.

Pure: settings, media and the printer's own words in; the attributes of every job out, with a finding for each wish that
the printer does not grant. Nothing is left out in silence, and nothing is asked for that the printer does not know.

Source: RFC 8011, 5.2 and 5.4; PWG 5100.13, 5 (print-scaling).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from packslip.dispatch.ipp.client import Operation
from packslip.dispatch.ipp.media import (
    CLOSE,
    media_col,
    name_of,
    prints_to_the_edge,
    sizes_of,
)
from packslip.dispatch.ipp.values import Attribute, Attributes, Resolution, Tag, attribute
from packslip.dispatch.ipp.words import MOST_WORDS, keyword
from packslip.model import Finding, Where, error, note, warning
from packslip.printers import Language, PrinterSettings
from packslip.settings import MediaSettings

#: Media types of a language, best first. Raw ones are taken where a printer knows no better.
_FORMATS: dict[Language, tuple[str, ...]] = {
    Language.PDF: ("application/pdf",),
    Language.PWG_RASTER: ("image/pwg-raster",),
    Language.PNG: ("image/png",),
    Language.ZPL: ("application/vnd.zebra-zpl",),
    Language.ZPL_HEX: ("application/vnd.zebra-zpl",),
    Language.EPL: ("application/vnd.eltron-epl",),
    Language.TSPL: ("application/vnd.tsc-tspl",),
    Language.ESCPOS: (),
}
#: What hands bytes on as they are: a queue of CUPS, and the last resort.
_UNTOUCHED = "application/vnd.cups-raw"
_ANY = "application/octet-stream"
_REGISTERED = frozenset({Language.PDF, Language.PWG_RASTER, Language.PNG})

_SIDES = {"": "one-sided", "long": "two-sided-long-edge", "short": "two-sided-short-edge"}
_MODES = {"colour": "color", "monochrome": "monochrome"}

#: An up-time beyond that is a clock: CUPS tells the time of day instead.
LONGEST_UP_S = 20 * 366 * 86_400


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What goes with every job to a printer."""

    document_format: str
    job: tuple[Attribute, ...]
    fidelity: bool  #: whether the printer is told to refuse what it cannot do
    findings: tuple[Finding, ...]

    def asked(self, name: str) -> tuple[Attribute, ...]:
        """What a request says of a job's document, under a title."""
        fidelity = (attribute("ipp-attribute-fidelity", Tag.BOOLEAN, True),) if self.fidelity else ()
        return (
            attribute("job-name", Tag.NAME, name),
            *fidelity,
            attribute("document-format", Tag.MIME_TYPE, self.document_format),
        )


def plan(name: str, settings: PrinterSettings, media: MediaSettings, printer: Attributes) -> Plan:
    """How jobs are told to a printer; `media` is the paper that it is loaded with."""
    planner = _Planner(name, settings, media, printer)
    document_format = planner.document_format()
    planner.operations()
    job = (
        *planner.copies(),
        *planner.sides(),
        *planner.colour(),
        *planner.resolution(),
        *planner.output_bin(),
        *planner.scaling(),
        *planner.media(),
    )
    return Plan(
        document_format=document_format,
        job=job,
        fidelity=planner.takes("ipp-attribute-fidelity"),
        findings=tuple(planner.findings),
    )


class _Planner:
    """Goes through the settings, one wish after another."""

    def __init__(self, name: str, settings: PrinterSettings, media: MediaSettings, printer: Attributes) -> None:
        self._name = name
        self._settings = settings
        self._media = media
        self._printer = printer
        self._creation = printer.texts("job-creation-attributes-supported")
        self.findings: list[Finding] = []

    def takes(self, job_attribute: str) -> bool:
        """Whether a job may say this attribute."""
        return job_attribute in self._creation or f"{job_attribute}-supported" in self._printer

    def operations(self) -> None:
        known = self._printer.numbers("operations-supported")
        if known and Operation.PRINT_JOB not in known:
            self._error("uri", "operations", "takes no jobs", "is it the URI of a printer or of a queue?")
        if known and not {Operation.GET_JOBS, Operation.GET_JOB_ATTRIBUTES} <= set(known):
            self._warn("uri", "operations", "cannot be asked about jobs", "what it does not confirm is held")
        up_time = self._printer.number("printer-up-time")
        if up_time is None or up_time > LONGEST_UP_S:
            message = "the printer does not tell how long it has been up, so that it does not know a job proves nothing"
            self.findings.append(note("printer.up_time", self._where("uri"), message))

    def document_format(self) -> str:
        language = self._settings.language
        known = self._printer.texts("document-format-supported")
        for choice in _FORMATS[language]:
            if choice in known:
                self._check_raster(choice)
                return choice
        if language in _REGISTERED:
            wanted = _FORMATS[language][0]
            self._error("language", "format", f"does not take {wanted}", f"it takes {_list(known)}")
            return wanted
        if _UNTOUCHED in known:
            return _UNTOUCHED
        if known and _ANY not in known:
            self._error("language", "format", f"does not take {language.value}", f"it takes {_list(known)}")
        else:
            message = f"does not say that it takes {language.value}; it is sent as {_ANY}"
            self._warn("language", "format", message, "print one and look")
        return _ANY

    def _check_raster(self, choice: str) -> None:
        if choice != "image/pwg-raster":
            return
        kinds = self._printer.texts("pwg-raster-document-type-supported")
        if kinds and "black_1" not in kinds:
            self._error("language", "raster", "takes no raster of black and white", f"it takes {_list(kinds)}")
        dpi = round(self._media.dots_per_mm * 25.4)
        known = self._printer.resolutions("pwg-raster-document-resolution-supported")
        if known and not _has_resolution(known, dpi):
            hint = f"set dots_per_mm of its media to one of {_dpi(known)}, divided by 25.4"
            self._error("media", "raster", f"takes no raster of {dpi} dpi", hint)

    def copies(self) -> Iterator[Attribute]:
        wanted = self._settings.copies
        most = max((span.last for span in self._printer.ranges("copies-supported")), default=1)
        if self.takes("copies") and wanted <= most:
            yield attribute("copies", Tag.INTEGER, wanted)
        elif wanted > 1:
            self._error("copies", "copies", f"cannot print {wanted} copies", f"it prints {most} at most")

    def sides(self) -> Iterator[Attribute]:
        wanted = _SIDES[self._settings.duplex]
        known = self._printer.texts("sides-supported")
        if self.takes("sides") and wanted in known:
            yield attribute("sides", Tag.KEYWORD, wanted)
        elif self._settings.duplex:
            self._error("duplex", "sides", "cannot print both sides so", f"it prints {_list(known)}")

    def colour(self) -> Iterator[Attribute]:
        if not self._settings.colour:
            return
        wanted = _MODES[self._settings.colour]
        known = self._printer.texts("print-color-mode-supported")
        if self.takes("print-color-mode") and wanted in known:
            yield attribute("print-color-mode", Tag.KEYWORD, wanted)
        else:
            self._error("colour", "colour", f"cannot print in {self._settings.colour}", f"it prints {_list(known)}")

    def resolution(self) -> Iterator[Attribute]:
        wanted = self._settings.resolution_dpi
        if not wanted:
            return
        known = self._printer.resolutions("printer-resolution-supported")
        if self.takes("printer-resolution") and _has_resolution(known, wanted):
            yield attribute("printer-resolution", Tag.RESOLUTION, Resolution(wanted, wanted))
        else:
            self._error("resolution_dpi", "resolution", f"cannot print at {wanted} dpi", f"it prints at {_dpi(known)}")

    def output_bin(self) -> Iterator[Attribute]:
        wanted = self._settings.output_bin
        if not wanted:
            return
        known = self._printer.texts("output-bin-supported")
        if self.takes("output-bin") and wanted in known:
            yield attribute("output-bin", _tag_of(self._printer, "output-bin-supported", wanted), wanted)
        else:
            self._error("output_bin", "output_bin", f"has no output {wanted!r}", f"it has {_list(known)}")

    def scaling(self) -> Iterator[Attribute]:
        if self.takes("print-scaling") and "none" in self._printer.texts("print-scaling-supported"):
            yield attribute("print-scaling", Tag.KEYWORD, "none")
        else:
            message = "cannot be told to print at true size"
            self._warn("uri", "scaling", message, "print one, measure it, switch scaling off at the printer")

    def media(self) -> Iterator[Attribute]:
        width, height = round(self._media.width_mm * 100), round(self._media.height_mm * 100)
        sizes = sizes_of(self._printer)
        if not sizes:
            yield from self._unnamed_media()
            return
        best = min(sizes, key=lambda size: size.distance(width, height))
        if best.distance(width, height) >= CLOSE:
            across, down = best.nearest(width, height)
            hint = f"its nearest size is {across / 100:g} × {down / 100:g} mm"
            self._error("media", "size", f"takes no sheets of {width / 100:g} × {height / 100:g} mm", hint)
            return
        width, height = best.nearest(width, height)
        self._check_loaded(width, height)
        if self.takes("media-col"):
            yield media_col(width, height, source=self._source(), to_the_edge=self._to_the_edge())
        elif name := name_of(self._printer, width, height) if self.takes("media") else "":
            self._unnamed_source()
            yield attribute("media", Tag.KEYWORD, name)
        else:
            self._error("media", "size", "cannot be told what to print on", "choose the paper at the printer")

    def _unnamed_media(self) -> Iterator[Attribute]:
        """A printer that says nothing of sheets prints on what is in it."""
        self._unnamed_source()
        message = "the printer says nothing of sheets and prints on what is in it"
        self.findings.append(note("printer.size", self._where("media"), message))
        yield from ()

    def _unnamed_source(self) -> None:
        source = self._media.source
        if source:
            hint = "blank out source of its media, and choose the tray at the printer"
            self._error("media", "source", f"cannot be told to take {source!r}", hint)

    def _source(self) -> Attribute | None:
        wanted = self._media.source
        if not wanted:
            return None
        known = self._printer.texts("media-source-supported")
        if wanted in known and self._is_member("media-source"):
            return attribute("media-source", _tag_of(self._printer, "media-source-supported", wanted), wanted)
        self._error("media", "source", f"has no source {wanted!r}", f"it has {_list(known)}")
        return None

    def _to_the_edge(self) -> bool:
        if any(self._media.unprintable_mm):
            return False
        if prints_to_the_edge(self._printer) and self._is_member("media-top-margin"):
            return True
        if self._media.bleed_mm:
            message = "does not print to the edge, and its media has a bleed"
            self._warn(
                "media", "margins", message, "set unprintable_mm of its media, or print on larger sheets and cut"
            )
        return False

    def _is_member(self, name: str) -> bool:
        members = self._printer.texts("media-col-supported")
        return not members or name in members

    def _check_loaded(self, width: int, height: int) -> None:
        loaded = sizes_of(self._printer, ready=True)
        if loaded and all(size.distance(width, height) >= CLOSE for size in loaded):
            shown = "; ".join(f"{size.width.first / 100:g} × {size.height.first / 100:g} mm" for size in loaded[:8])
            message = f"is not loaded with {width / 100:g} × {height / 100:g} mm"
            self._warn("media", "loaded", message, f"it says it holds {shown}")

    def _where(self, setting: str) -> Where:
        return Where(file="packslip.toml", spot=f"printers.{self._name}.{setting}")

    def _error(self, setting: str, code: str, what: str, hint: str) -> None:
        self.findings.append(error(f"printer.{code}", self._where(setting), f"the printer {what}", hint))

    def _warn(self, setting: str, code: str, what: str, hint: str) -> None:
        self.findings.append(warning(f"printer.{code}", self._where(setting), f"the printer {what}", hint))


def _tag_of(printer: Attributes, name: str, word: str) -> Tag:
    """Whether a printer lists a word as a keyword of the standard or as a name of its own."""
    as_keyword = any(value.tag == Tag.KEYWORD and value.data == word for value in printer.values(name))
    return Tag.KEYWORD if as_keyword else Tag.NAME


def _has_resolution(known: Sequence[Resolution], dpi: int) -> bool:
    return any(all(abs(side - dpi) < 1 for side in item.in_dpi()) for item in known)


def _dpi(known: Sequence[Resolution]) -> str:
    return ", ".join(f"{item.in_dpi()[0]:g} dpi" for item in known[:MOST_WORDS]) or "no resolution that it tells of"


def _list(keywords: Sequence[str]) -> str:
    """What a printer offers, as untrusted as it is."""
    shown = [_shown(word) for word in keywords[:MOST_WORDS]]
    return ", ".join(shown) + (" …" if len(keywords) > len(shown) else "") if shown else "nothing that it tells of"


def _shown(word: str) -> str:
    return "/".join(keyword(part) for part in word.split("/"))
