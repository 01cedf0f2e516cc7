"""What jobs ask of a printer, from what it says of itself; and how its answers are read, whatever they are."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from printer_kit import A4, ipp_settings

from packslip.dispatch.ipp import http
from packslip.dispatch.ipp.abilities import Plan, plan
from packslip.dispatch.ipp.media import size_of_name
from packslip.dispatch.ipp.values import Attribute, Attributes, Range, Resolution, Tag, Value, attribute
from packslip.dispatch.ipp.words import is_stopper, job_words, printer_words
from packslip.dispatch.wire import LostError
from packslip.model import Severity
from packslip.settings import MediaSettings

LABEL = MediaSettings.model_validate(
    {"width_mm": 101.5, "height_mm": 152.5, "dots_per_mm": 8, "profile": "thermal", "source": "main-roll"}
)


def words(name: str, *data: str) -> Attribute:
    return attribute(name, Tag.KEYWORD, *data)


def size(across: int | Range, down: int | Range) -> Attributes:
    sides = (("x-dimension", across), ("y-dimension", down))
    return Attributes(
        tuple(attribute(name, Tag.RANGE if isinstance(side, Range) else Tag.INTEGER, side) for name, side in sides)
    )


def sized(*sizes: Attributes) -> Attribute:
    return attribute("media-size-supported", Tag.COLLECTION, *sizes)


MARGINS = tuple(
    attribute(f"media-{side}-margin-supported", Tag.INTEGER, 0, 500) for side in ("top", "right", "bottom", "left")
)
#: A printer that can do everything.
ABLE = (
    attribute("operations-supported", Tag.ENUM, 2, 4, 8, 9, 10, 11),
    attribute("printer-up-time", Tag.INTEGER, 500),
    attribute("document-format-supported", Tag.MIME_TYPE, "application/octet-stream", "application/pdf"),
    words("job-creation-attributes-supported", "copies", "sides", "media-col", "ipp-attribute-fidelity"),
    attribute("copies-supported", Tag.RANGE, Range(1, 99)),
    words("sides-supported", "one-sided", "two-sided-long-edge", "two-sided-short-edge"),
    words("print-color-mode-supported", "monochrome", "color"),
    attribute("printer-resolution-supported", Tag.RESOLUTION, Resolution(600, 600), Resolution(1200, 600)),
    words("output-bin-supported", "face-up", "face-down"),
    words("print-scaling-supported", "auto", "none"),
    words("media-source-supported", "main", "main-roll"),
    sized(size(21000, 29700), size(10160, 15240), size(Range(5000, 9000), Range(2000, 40000))),
    *MARGINS,
)


def without(*names: str, more: tuple[Attribute, ...] = ()) -> Attributes:
    return Attributes(tuple(item for item in ABLE if item.name not in names) + more)


def told(printer: Attributes, media: MediaSettings = A4, **settings: object) -> Plan:
    return plan("p", ipp_settings("ipp://host/", **settings), media, printer)


def asked(made: Plan) -> Attributes:
    return Attributes(made.job)


def errors(made: Plan) -> list[str]:
    return [str(item) for item in made.findings if item.severity is Severity.ERROR]


def test_a_printer_that_can_do_everything_is_asked_for_everything() -> None:
    made = told(
        without(),
        A4.model_copy(update={"source": "main"}),
        copies=2,
        duplex="long",
        colour="colour",
        resolution_dpi=600,
        output_bin="face-up",
    )
    assert made.findings == ()
    assert made.document_format == "application/pdf"
    assert made.fidelity
    job = asked(made)
    assert job.number("copies") == 2
    assert job.text("sides") == "two-sided-long-edge"
    assert job.text("print-color-mode") == "color"
    assert job.resolutions("printer-resolution") == (Resolution(600, 600),)
    assert job.text("output-bin") == "face-up"
    assert job.text("print-scaling") == "none"
    (media,) = job.collections("media-col")
    assert media.collections("media-size") == (size(21000, 29700),)
    assert media.text("media-source") == "main"
    assert media.number("media-top-margin") == 0


def test_what_is_not_set_is_left_to_the_printer_but_one_copy_on_one_side() -> None:
    job = asked(told(without()))
    assert [item.name for item in job.items] == ["copies", "sides", "print-scaling", "media-col"]
    assert (job.number("copies"), job.text("sides")) == (1, "one-sided")


@pytest.mark.parametrize(
    ("settings", "lacks", "told_as"),
    [
        ({"duplex": "short"}, "sides-supported", "duplex: the printer cannot print both sides"),
        ({"colour": "colour"}, "print-color-mode-supported", "colour: the printer cannot print in colour"),
        ({"resolution_dpi": 300}, "", "resolution_dpi: the printer cannot print at 300 dpi"),
        ({"resolution_dpi": 1200}, "", "resolution_dpi: the printer cannot print at 1200 dpi"),
        ({"output_bin": "tray-1"}, "", "output_bin: the printer has no output 'tray-1'"),
        ({"copies": 2}, "copies-supported", "copies: the printer cannot print 2 copies"),
        ({}, "document-format-supported", "language: the printer does not take application/pdf"),
    ],
)
def test_a_wish_that_is_not_granted_is_an_error_and_not_asked_for(
    settings: dict[str, object], lacks: str, told_as: str
) -> None:
    made = told(without(lacks), **settings)
    (found,) = errors(made)
    assert found.startswith(f"packslip.toml: printers.p.{told_as}")
    assert "; hint: " in found
    assert not {"duplex", "colour", "resolution", "output-bin"} & {item.name for item in made.job}


def test_a_source_that_is_not_there_is_an_error() -> None:
    elsewhere = A4.model_copy(update={"source": "tray-7"})
    assert "'tray-7'" in errors(told(without(), elsewhere))[0]
    assert "'tray-7'" in errors(told(without("media-size-supported"), elsewhere))[0]
    by_name = (words("job-creation-attributes-supported", "media"), words("media-supported", "iso_a4_210x297mm"))
    plain = without("job-creation-attributes-supported", "media-size-supported", more=by_name)
    assert "'tray-7'" in errors(told(plain, elsewhere))[0]


def test_a_word_of_the_printer_s_own_is_sent_as_the_name_that_it_is() -> None:
    own = tuple(attribute(name, Tag.NAME, "Fach 3") for name in ("output-bin-supported", "media-source-supported"))
    made = told(
        without("output-bin-supported", "media-source-supported", more=own),
        A4.model_copy(update={"source": "Fach 3"}),
        output_bin="Fach 3",
    )
    (media,) = asked(made).collections("media-col")
    assert made.findings == ()
    assert media.values("media-source") == (Value(Tag.NAME, "Fach 3"),)
    assert asked(made).values("output-bin") == (Value(Tag.NAME, "Fach 3"),)
    known = asked(told(without(), output_bin="face-up"))
    assert known.values("output-bin") == (Value(Tag.KEYWORD, "face-up"),)


def test_a_label_gets_the_size_that_the_printer_has_for_it() -> None:
    (media,) = asked(told(without(), LABEL, language="zpl")).collections("media-col")
    assert media.collections("media-size") == (size(10160, 15240),)


def test_a_size_within_a_range_is_asked_for_as_it_is_and_one_outside_is_an_error() -> None:
    strip = MediaSettings(width_mm=57.3, height_mm=131)
    (media,) = asked(told(without(), strip)).collections("media-col")
    assert media.collections("media-size") == (size(5730, 13100),)
    (found,) = errors(told(without(), MediaSettings(width_mm=93, height_mm=131)))
    assert "takes no sheets of 93 × 131 mm; hint: its nearest size is 90 × 131 mm" in found


def test_a_printer_without_media_col_is_told_the_name_of_the_media() -> None:
    names = words("media-supported", "custom_min_3x5in", "na_letter_8.5x11in", "iso_a4_210x297mm")
    known = words("job-creation-attributes-supported", "media", "sides")
    job = asked(told(without("job-creation-attributes-supported", "media-size-supported", more=(names, known))))
    assert job.text("media") == "iso_a4_210x297mm"
    assert "media-col" not in job


def test_a_queue_that_says_nothing_of_sheets_is_told_nothing_of_them() -> None:
    made = told(without("media-size-supported"))
    assert errors(made) == []
    assert [item.code for item in made.findings] == ["printer.size"]
    assert "media-col" not in asked(made)


def test_sheets_that_are_not_loaded_are_told_but_print() -> None:
    ready = attribute("media-size", Tag.COLLECTION, size(21590, 27940))
    loaded = attribute("media-col-ready", Tag.COLLECTION, Attributes((ready,)))
    (found,) = told(without(more=(loaded,))).findings
    assert (found.code, found.severity) == ("printer.loaded", Severity.WARNING)
    assert "215.9 × 279.4 mm" in found.hint


def test_margins_of_nothing_are_asked_for_only_where_both_sides_can() -> None:
    bled = A4.model_copy(update={"bleed_mm": 3.0})
    edged = A4.model_copy(update={"unprintable_mm": (4.0, 4.0, 4.0, 4.0)})
    narrow = without("media-left-margin-supported")
    for media, printer, edge, told_as in (
        (bled, without(), True, []),
        (edged, without(), False, []),
        (A4, narrow, False, []),
        (bled, narrow, False, ["printer.margins"]),
    ):
        made = told(printer, media)
        (asked_for,) = asked(made).collections("media-col")
        assert ("media-left-margin" in asked_for) is edge
        assert [item.code for item in made.findings] == told_as


@pytest.mark.parametrize(
    ("language", "formats", "chosen", "code"),
    [
        ("pdf", ["image/urf", "application/pdf"], "application/pdf", ""),
        ("pdf", ["application/octet-stream"], "application/pdf", "printer.format"),
        ("png", ["image/png"], "image/png", ""),
        ("pwg-raster", ["image/pwg-raster"], "image/pwg-raster", ""),
        ("pwg-raster", ["application/vnd.cups-raw"], "image/pwg-raster", "printer.format"),
        ("zpl", ["application/octet-stream", "application/vnd.zebra-zpl"], "application/vnd.zebra-zpl", ""),
        ("zpl-hex", ["application/vnd.zebra-zpl"], "application/vnd.zebra-zpl", ""),
        ("epl", ["application/vnd.eltron-epl"], "application/vnd.eltron-epl", ""),
        ("tspl", ["application/vnd.tsc-tspl"], "application/vnd.tsc-tspl", ""),
        ("escpos", ["application/octet-stream", "application/vnd.cups-raw"], "application/vnd.cups-raw", ""),
        ("escpos", ["application/octet-stream"], "application/octet-stream", "printer.format"),
        ("zpl", ["application/pdf"], "application/octet-stream", "printer.format"),
        ("zpl", [], "application/octet-stream", "printer.format"),
    ],
)
def test_the_format_is_one_that_the_printer_names(language: str, formats: list[str], chosen: str, code: str) -> None:
    known = (attribute("document-format-supported", Tag.MIME_TYPE, *formats),) if formats else ()
    made = told(without("document-format-supported", more=known), LABEL, language=language)
    assert made.document_format == chosen
    assert [item.code for item in made.findings if item.code == "printer.format"] == ([code] if code else [])
    if code and language == "escpos":
        assert errors(made) == []


@pytest.mark.parametrize(
    ("more", "found"),
    [
        ((), []),
        ((words("pwg-raster-document-type-supported", "sgray_8", "black_1"),), []),
        ((words("pwg-raster-document-type-supported", "sgray_8"),), ["printer.raster"]),
        ((attribute("pwg-raster-document-resolution-supported", Tag.RESOLUTION, Resolution(203, 203)),), []),
        ((attribute("pwg-raster-document-resolution-supported", Tag.RESOLUTION, Resolution(80, 80, 4)),), []),
        (
            (attribute("pwg-raster-document-resolution-supported", Tag.RESOLUTION, Resolution(300, 300)),),
            ["printer.raster"],
        ),
    ],
)
def test_a_raster_fits_the_head(more: tuple[Attribute, ...], found: list[str]) -> None:
    formats = attribute("document-format-supported", Tag.MIME_TYPE, "image/pwg-raster")
    made = told(without("document-format-supported", more=(formats, *more)), LABEL, language="pwg-raster")
    assert [item.code for item in made.findings] == found


def test_a_printer_that_takes_no_jobs_or_cannot_be_asked_is_told() -> None:
    mute = told(without("operations-supported", more=(attribute("operations-supported", Tag.ENUM, 2, 11),)))
    assert [(item.code, item.severity) for item in mute.findings] == [("printer.operations", Severity.WARNING)]
    deaf = told(without("operations-supported", more=(attribute("operations-supported", Tag.ENUM, 9, 10, 11),)))
    assert "takes no jobs" in errors(deaf)[0]


def test_a_printer_that_cannot_be_kept_from_scaling_is_told() -> None:
    made = told(without("print-scaling-supported"))
    assert [item.code for item in made.findings] == ["printer.scaling"]
    assert "print-scaling" not in asked(made)


def test_what_a_printer_says_is_shown_without_its_tricks() -> None:
    evil = words("output-bin-supported", "\x1b[2J", "<script>alert(1)</script>", "x" * 500)
    (found,) = errors(told(without("output-bin-supported", more=(evil,)), output_bin="a"))
    assert "\x1b" not in found
    assert "<" not in found
    assert len(found) < 300


@given(st.lists(st.text(max_size=200) | st.text(alphabet="ab-", max_size=9), max_size=60))
def test_whatever_a_printer_calls_itself_is_shown_in_few_plain_words(said: list[str]) -> None:
    for text in ("|".join(printer_words(said)), job_words(said)):
        assert all(" " <= letter <= "~" for letter in text)
        assert len(text) < 1000
    assert isinstance(any(map(is_stopper, said)), bool)


@pytest.mark.parametrize(
    ("name", "measures"),
    [
        ("iso_a4_210x297mm", (21000, 29700)),
        ("na_letter_8.5x11in", (21590, 27940)),
        ("oe_4x6-label_4x6in", (10160, 15240)),
        ("custom_min_3x5in", None),
        ("custom_max_8.5x14in", None),
        ("a4", None),
        ("x_1..2x3mm", None),
    ],
)
def test_sizes_are_read_from_names(name: str, measures: tuple[int, int] | None) -> None:
    found = size_of_name(name)
    assert (found and (found.width.first, found.height.first)) == measures


class Pieces:
    """A line on which bytes arrive in pieces, then the end."""

    def __init__(self, data: bytes, step: int) -> None:
        self._data, self._step = data, step

    def receive(self, most: int, until: float) -> bytes:
        piece, self._data = self._data[: self._step], self._data[self._step :]
        return piece


HEADS = st.sampled_from(
    [
        b"HTTP/1.1 200 OK\r\n",
        b"HTTP/1.1 100 Continue\r\n\r\n",
        b"HTTP/1.1 99999999999999999999 \r\n",
        b"HTTP/1.1 \xb2 x\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Content-Length: 5\r\n",
        b"Content-Length: \xb2\r\n",
        b"Content-Length: 99999999999999\r\n",
        b"\r\n",
        b"5\r\nhello\r\n",
        b"-5\r\n",
        b"fffffffffffffffff\r\n",
        b"0x5\r\n",
        b"0\r\n\r\n",
        b":\r\n",
    ]
)


@given(st.lists(HEADS | st.binary(max_size=12), max_size=12), st.integers(1, 40))
def test_any_answer_is_a_body_or_one_clear_error(pieces: list[bytes], step: int) -> None:
    reader = http._Reader(Pieces(b"".join(pieces), step))  # type: ignore[arg-type]
    with contextlib.suppress(LostError):
        while reader.status() == 100:
            pass
        assert isinstance(reader.body(), bytes)
