"""Separations: how much of each ink is printed where, told from the page as a printer would compose it."""

import io
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pikepdf
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pdfx_kit import picture, right_file, spot
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image, ImageCms

from packslip.library.printing_conditions import SHIPPED
from packslip.preflight.foreign import Asked, Separations, separations, weigh_inks
from packslip.preflight.foreign.amounts import Recipes
from packslip.preflight.foreign.state import Budget, ExhaustedError
from packslip.preflight.foreign.twin_operators import OPERATORS
from packslip.preflight.foreign.twin_pens import Pen
from packslip.preflight.foreign.twins import Twins

PROFILE = SHIPPED / "FOGRA39L_coated.icc"
SIDE = 100
Make = Callable[[Pdf], object]


def file_of(content: bytes, **resources: dict[str, object]) -> bytes:
    """A page of 100 units a side with an intent for coated paper."""
    with pikepdf.new() as pdf:
        page = pdf.add_blank_page(page_size=(SIDE, SIDE)).obj
        page.Contents = Stream(pdf, content)
        page.Resources = Dictionary()
        for kind, named in resources.items():
            page.Resources[f"/{kind}"] = Dictionary(
                {f"/{key}": value(pdf) if callable(value) else value for key, value in named.items()}
            )
        intent = Dictionary(
            Type=Name.OutputIntent,
            S=Name.GTS_PDFX,
            OutputConditionIdentifier="FOGRA39",
            DestOutputProfile=pdf.make_indirect(Stream(pdf, PROFILE.read_bytes(), N=4)),
        )
        pdf.Root.OutputIntents = Array([intent])
        out = io.BytesIO()
        pdf.save(out)
        return out.getvalue()


def plates_of(data: bytes, dpi: float = 72) -> Separations:
    (found,) = separations(data, dpi)
    return found


def ink_at(found: Separations, x: int, y: int) -> dict[str, int]:
    """Inks in percent at a place in PDF units, those that are printed."""
    inks = {ink: round(int(plate[SIDE - 1 - y, x]) / 2.55) for ink, plate in zip(found.inks, found.plates, strict=True)}
    return {ink: amount for ink, amount in inks.items() if amount}


AREA = b" 20 20 60 60 re f "


def state(**entries: object) -> dict[str, object]:
    return {"Odd": Dictionary(Type=Name.ExtGState, **entries)}


OVERPRINT = {"Odd": Dictionary(Type=Name.ExtGState, OP=True, op=True, OPM=1)}


def form(content: bytes, resources: Callable[[Pdf], Dictionary] | None = None, **entries: object) -> Make:
    def make(pdf: Pdf) -> object:
        found = Stream(pdf, content, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, SIDE, SIDE], **entries)
        found.Resources = Dictionary() if resources is None else resources(pdf)
        return pdf.make_indirect(found)

    return make


def srgb(pdf: Pdf) -> Array:
    data = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    return Array([Name.ICCBased, pdf.make_indirect(Stream(pdf, data, N=3))])


def cell(pdf: Pdf, content: bytes, kind: int) -> object:
    return pdf.make_indirect(
        Stream(
            pdf,
            content,
            PatternType=1,
            PaintType=kind,
            TilingType=1,
            BBox=[0, 0, 10, 10],
            XStep=10,
            YStep=10,
            Resources=Dictionary(),
        )
    )


def fade(space: object, start: list[float], end: list[float], kind: int = 2) -> Dictionary:
    coords = [20, 0, 80, 0] if kind == 2 else [50, 50, 10, 50, 50, 40]
    function = Dictionary(FunctionType=2, Domain=[0, 1], C0=start, C1=end, N=1)
    return Dictionary(ShadingType=kind, ColorSpace=space, Coords=coords, Function=function, Extend=[True, True])


def glyphs(pdf: Pdf) -> object:
    drawing = pdf.make_indirect(Stream(pdf, b"1000 0 d0 0.5 0 0 0 k 0 0 1000 1000 re f"))
    return pdf.make_indirect(
        Dictionary(
            Type=Name.Font,
            Subtype=Name.Type3,
            FontBBox=[0, 0, 1000, 1000],
            FontMatrix=[0.001, 0, 0, 0.001, 0, 0],
            CharProcs=Dictionary(Box=drawing),
            Encoding=Dictionary(Type=Name.Encoding, Differences=[65, Name.Box]),
            FirstChar=65,
            LastChar=65,
            Widths=[1000],
            Resources=Dictionary(),
        )
    )


def mesh(pdf: Pdf) -> object:
    """A triangle whose corners have the same colour."""
    corners = b"".join(bytes([0, x, y, 255, 0, 0, 128]) for x, y in ((0, 0), (255, 0), (128, 255)))
    return pdf.make_indirect(
        Stream(
            pdf,
            corners,
            ShadingType=4,
            ColorSpace=Name.DeviceCMYK,
            BitsPerCoordinate=8,
            BitsPerComponent=8,
            BitsPerFlag=8,
            Decode=[0, 100, 0, 100, 0, 1, 0, 1, 0, 1, 0, 1],
        )
    )


def tints(pdf: Pdf) -> object:
    """Two inks, the first cyan and the second black, as CMYK."""
    return Stream(pdf, b"{0 exch 0 exch}", FunctionType=4, Domain=[0, 1, 0, 1], Range=[0, 1] * 4)


def two_inks(pdf: Pdf) -> Array:
    return Array([Name.DeviceN, Array([Name.Cyan, Name.Black]), Name.DeviceCMYK, tints(pdf)])


def mask(grey: bytes) -> Make:
    def make(pdf: Pdf) -> object:
        light = form(grey + b" g 0 0 100 100 re f", Group=Dictionary(S=Name.Transparency, CS=Name.DeviceGray))
        return Dictionary(SMask=Dictionary(S=Name.Luminosity, G=light(pdf)))

    return make


#: What is drawn, and the ink in percent in the middle of the page.
DRAWN: dict[str, tuple[bytes, dict[str, int]]] = {
    "nothing": (file_of(b""), {}),
    "CMYK": (file_of(b"0.1 0.2 0.3 0.4 k" + AREA), {"Cyan": 10, "Magenta": 20, "Yellow": 30, "Black": 40}),
    "grey is black ink": (file_of(b"0.25 g" + AREA), {"Black": 75}),
    "black to begin with": (file_of(AREA), {"Black": 100}),
    "lines": (file_of(b"0 1 0 0 K 20 w 0 50 m 100 50 l S"), {"Magenta": 100}),
    "white knocks out": (file_of(b"0 1 0 0 k" + AREA + b"0 0 0 0 k 40 40 20 20 re f"), {}),
    "a space of its own name": (
        file_of(
            b"/Inks cs 0.5 0.6 scn" + AREA,
            ColorSpace={"Inks": two_inks},
        ),
        {"Cyan": 50, "Black": 60},
    ),
    "a spot ink has a plate": (
        file_of(b"/Spot cs 0.5 scn" + AREA, ColorSpace={"Spot": spot("Copper")}),
        {"Copper": 50},
    ),
    "a spot ink knocks out": (
        file_of(b"0 1 0 0 k" + AREA + b"/Spot cs 0.5 scn" + AREA, ColorSpace={"Spot": spot("Copper")}),
        {"Copper": 50},
    ),
    "registration colour is all inks": (
        file_of(b"/All cs 1 scn" + AREA, ColorSpace={"All": spot("All", full=(1, 1, 1, 1))}),
        {"Cyan": 100, "Magenta": 100, "Yellow": 100, "Black": 100},
    ),
    "half transparent": (
        file_of(b"0 1 0 0 k" + AREA + b"/Odd gs 1 0 0 0 k" + AREA, ExtGState=state(ca=0.5)),
        {"Cyan": 50, "Magenta": 50},
    ),
    "multiplied": (
        file_of(b"0.5 0 0 0 k" + AREA + b"/Odd gs 0.5 0.3 0 0 k" + AREA, ExtGState=state(BM=Name.Multiply)),
        {"Cyan": 75, "Magenta": 30},
    ),
    "black that overprints": (
        file_of(b"0.3 0.2 0 0 k" + AREA + b"/Odd gs 0 0 0 1 k" + AREA, ExtGState=OVERPRINT),
        {"Cyan": 30, "Magenta": 20, "Black": 100},
    ),
    "a spot ink that overprints": (
        file_of(
            b"0.3 0.2 0 0 k" + AREA + b"/Odd gs /Spot cs 0.4 scn" + AREA,
            ExtGState=OVERPRINT,
            ColorSpace={"Spot": spot("Copper")},
        ),
        {"Cyan": 30, "Magenta": 20, "Copper": 40},
    ),
    "overprint in mode 0 knocks out": (
        file_of(b"0.3 0.2 0 0 k" + AREA + b"/Odd gs 0 0 0 1 k" + AREA, ExtGState=state(OP=True, op=True, OPM=0)),
        {"Black": 100},
    ),
    "lines that overprint around an area that does not": (
        file_of(
            b"0.3 0 0 0 k" + AREA + b"/Odd gs 0 0.4 0 0 k 0 0 0 1 K 30 w 30 40 40 20 re B",
            ExtGState=state(OP=True, op=False, OPM=1),
        ),
        {"Magenta": 40, "Black": 100},
    ),
    "a state that is taken back": (file_of(b"q 1 0 0 0 k Q" + AREA), {"Black": 100}),
    "a form takes the colour": (
        file_of(b"0 0 1 0 k /Part Do", XObject={"Part": form(AREA)}),
        {"Yellow": 100},
    ),
    "a form in two colours": (
        file_of(b"0 0 1 0 k /Part Do 1 0 0 1 0 50 cm 1 0 0 0 k /Part Do", XObject={"Part": form(b"0 0 100 50 re f")}),
        {"Cyan": 100},
    ),
    "a transparent group": (
        file_of(
            b"0 1 0 0 k" + AREA + b"/Odd gs /Part Do",
            ExtGState=state(ca=0.5),
            XObject={
                "Part": form(b"1 0 0 0 k" + AREA, Group=Dictionary(S=Name.Transparency, I=True, CS=Name.DeviceCMYK))
            },
        ),
        {"Cyan": 50, "Magenta": 50},
    ),
    "a picture in CMYK": (
        file_of(
            b"q 60 0 0 60 20 20 cm /Photo Do Q",
            XObject={"Photo": lambda pdf: picture(pdf, 4, 4, Name.DeviceCMYK, bytes([51, 102, 153, 204]))},
        ),
        {"Cyan": 20, "Magenta": 40, "Yellow": 60, "Black": 80},
    ),
    "a picture upside down": (
        file_of(
            b"q 60 0 0 60 20 20 cm /Photo Do Q",
            XObject={
                "Photo": lambda pdf: picture(pdf, 4, 4, Name.DeviceCMYK, bytes([51, 102, 153, 204]), Decode=[1, 0] * 4)
            },
        ),
        {"Cyan": 80, "Magenta": 60, "Yellow": 40, "Black": 20},
    ),
    "a grey picture": (
        file_of(
            b"q 60 0 0 60 20 20 cm /Photo Do Q",
            XObject={"Photo": lambda pdf: picture(pdf, 4, 4, Name.DeviceGray, bytes([204]))},
        ),
        {"Black": 20},
    ),
    "a grey picture upside down": (
        file_of(
            b"q 60 0 0 60 20 20 cm /Photo Do Q",
            XObject={"Photo": lambda pdf: picture(pdf, 4, 4, Name.DeviceGray, bytes([204]), Decode=[1, 0])},
        ),
        {"Black": 80},
    ),
    "a picture with a table": (
        file_of(
            b"q 60 0 0 60 20 20 cm /Photo Do Q",
            XObject={
                "Photo": lambda pdf: picture(
                    pdf, 4, 4, Array([Name.Indexed, Name.DeviceCMYK, 1, bytes([0, 0, 0, 0, 51, 0, 102, 0])]), bytes([1])
                )
            },
        ),
        {"Cyan": 20, "Yellow": 40},
    ),
    "a picture in a spot ink": (
        file_of(
            b"q 60 0 0 60 20 20 cm /Photo Do Q",
            XObject={"Photo": lambda pdf: picture(pdf, 4, 4, spot("Copper"), bytes([102]))},
        ),
        {"Copper": 40},
    ),
    "a picture in the content": (
        file_of(b"q 60 0 0 60 20 20 cm BI /W 1 /H 1 /BPC 8 /CS /CMYK ID " + bytes([51, 102, 153, 204]) + b"\nEI Q"),
        {"Cyan": 20, "Magenta": 40, "Yellow": 60, "Black": 80},
    ),
    "a stencil": (
        file_of(
            b"0 0.5 0 0 k q 60 0 0 60 20 20 cm BI /W 1 /H 1 /BPC 1 /IM true ID \x00\nEI Q",
        ),
        {"Magenta": 50},
    ),
    "a gradient": (
        file_of(
            b"/Pattern cs /Fade scn" + AREA,
            Pattern={"Fade": Dictionary(PatternType=2, Shading=fade(Name.DeviceCMYK, [1, 0, 0, 0], [0, 0, 0, 1]))},
        ),
        {"Cyan": 50, "Black": 50},
    ),
    "a gradient that shades": (
        file_of(b"/Fade sh", Shading={"Fade": fade(Name.DeviceCMYK, [0, 0.8, 0, 0], [0, 0, 0, 1], kind=3)}),
        {"Magenta": 80},
    ),
    "a mesh": (file_of(b"/Mesh sh", Shading={"Mesh": mesh}), {"Cyan": 100, "Black": 50}),
    "a pattern": (
        file_of(
            b"/Pattern cs /Cell scn" + AREA,
            Pattern={"Cell": lambda pdf: cell(pdf, b"0 0 0.5 0 k 0 0 10 10 re f", 1)},
        ),
        {"Yellow": 50},
    ),
    "a pattern without colour": (
        file_of(
            b"/Some cs 0 0 0.5 0.25 /Cell scn" + AREA,
            ColorSpace={"Some": Array([Name.Pattern, Name.DeviceCMYK])},
            Pattern={"Cell": lambda pdf: cell(pdf, b"0 0 10 10 re f", 2)},
        ),
        {"Yellow": 50, "Black": 25},
    ),
    "glyphs that are drawings": (
        file_of(b"BT /Drawn 60 Tf 1 0 0 1 20 20 Tm (A) Tj ET", Font={"Drawn": glyphs}),
        {"Cyan": 50},
    ),
    "a soft mask": (file_of(b"/Odd gs 1 0 0 0 k" + AREA, ExtGState={"Odd": mask(b"1")}), {"Cyan": 100}),
    "a soft mask of half the light": (
        file_of(b"/Odd gs 1 0 0 0 k" + AREA, ExtGState={"Odd": mask(b"0.5")}),
        {"Cyan": 50},
    ),
    "a Default space": (
        file_of(b"1 1 1 rg" + AREA, ColorSpace={"DefaultRGB": srgb}),
        {},
    ),
}


@pytest.mark.parametrize("name", DRAWN)
def test_the_ink_is_what_was_meant(name: str) -> None:
    data, expected = DRAWN[name]
    found = ink_at(plates_of(data), 50, 50)
    assert found.keys() == expected.keys()
    assert all(abs(found[ink] - amount) <= 1 for ink, amount in expected.items()), found


@pytest.mark.parametrize(
    "colour", [b"0.8 0.2 0.1 rg", b"/Own cs 0.2 0.5 0.3 scn", b"/Lab cs 40 30 -20 scn", b"/Round cs 0.1 0.6 0.7 scn"]
)
def test_colours_with_a_profile_are_converted_to_the_intent(colour: bytes) -> None:
    """As littleCMS converts them by itself, to a per cent."""
    spaces: dict[str, object] = {
        "Own": srgb,
        "Lab": Array([Name.Lab, Dictionary(WhitePoint=[0.9642, 1, 0.8249], Range=[-128, 127, -128, 127])]),
        "Round": Array([Name.CalRGB, Dictionary(WhitePoint=[0.95, 1, 1.09])]),
    }
    found = ink_at(plates_of(file_of(colour + AREA, ColorSpace=spaces)), 50, 50)
    values = [float(word) for word in colour.split() if word[:1].isdigit() or word[:1] == b"-"]
    if b"/Lab" in colour:
        source, mode = ImageCms.createProfile("LAB"), "LAB"
        pixel = bytes([round(values[0] * 2.55), *(int(value) % 256 for value in values[1:])])
    else:
        source, mode = ImageCms.createProfile("sRGB"), "RGB"
        pixel = bytes(round(value * 255) for value in values)
    transform = ImageCms.buildTransform(
        source, str(PROFILE), mode, "CMYK", ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    )
    converted = ImageCms.applyTransform(Image.frombytes(mode, (1, 1), pixel), transform)
    assert converted is not None
    meant = {
        ink: round(value / 2.55)
        for ink, value in zip(("Cyan", "Magenta", "Yellow", "Black"), converted.getpixel((0, 0)), strict=True)
    }  # type: ignore[arg-type]
    assert {ink: found.get(ink, 0) for ink in meant} == pytest.approx(meant, abs=1)


@pytest.mark.skipif(shutil.which("gs") is None, reason="Ghostscript is not installed; separations were not compared")
@pytest.mark.parametrize("name", sorted(DRAWN.keys() - {"a soft mask of half the light"}))  # grey has a gamma there
def test_ghostscript_separates_alike(name: str, tmp_path: Path) -> None:
    """The four process plates by Ghostscript's tiffsep, away from edges."""
    data, _ = DRAWN[name]
    (tmp_path / "page.pdf").write_bytes(data)
    subprocess.run(
        [
            "gs",
            "-q",
            "-dBATCH",
            "-dNOPAUSE",
            "-dSAFER",
            "-r72",
            "-sDEVICE=tiffsep",
            f"--permit-file-read={PROFILE}",
            f"-sOutputICCProfile={PROFILE}",
            f"-sDefaultCMYKProfile={PROFILE}",
            f"-sOutputFile={tmp_path / 'out.tif'}",
            str(tmp_path / "page.pdf"),
        ],
        check=True,
        capture_output=True,
    )
    found = plates_of(data)
    for ink, plate in zip(found.inks[:4], found.plates, strict=False):
        theirs = 255 - np.asarray(Image.open(tmp_path / f"out({ink}).tif").convert("L")).astype(int)
        ours = plate.astype(int)
        inner = np.ones_like(ours, bool)
        for axis in (0, 1):  # edges are drawn by other rules: a dot that is touched, or a share of it
            for by in (-1, 1):
                inner &= np.abs(ours - np.roll(ours, by, axis)) < 12
                inner &= np.abs(theirs - np.roll(theirs, by, axis)) < 12
        spared = 12 if "gradient" in name else 6  # Ghostscript draws gradients in steps
        assert np.abs(ours - theirs)[inner].max(initial=0) <= spared, ink


@settings(max_examples=25, deadline=None)
@given(share=st.floats(0, 1), flip=st.integers(0, 255), at=st.floats(0, 0.999))
def test_broken_bytes_end_in_one_of_the_faults_that_are_told(share: float, flip: int, at: float) -> None:
    data = right_file()
    place = int(len(data) * at)
    bent = (data[:place] + bytes([flip]) + data[place + 1 :])[: max(9, int(len(data) * (0.5 + share)))]
    try:
        for found in separations(bent, 20):
            assert found.plates.shape[0] == len(found.inks)
    except (pikepdf.PdfError, ExhaustedError):
        pass


# Hostile files


def nested(pdf: Pdf) -> object:
    """Forms that each draw the next one twelve times: 12^9 rectangles."""
    held = pdf.make_indirect(Stream(pdf, b"0 0 1 1 re f", Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    for step in range(9):
        more = Stream(pdf, b"0.%d g /In Do " % step * 12, Subtype=Name.Form, BBox=[0, 0, 9, 9])
        more.Resources = Dictionary(XObject=Dictionary(In=held))
        held = pdf.make_indirect(more)
    return held


def within_itself(pdf: Pdf) -> object:
    found = pdf.make_indirect(Stream(pdf, b"/Self Do 0 0 9 9 re f", Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    found.Resources = Dictionary(XObject=Dictionary(Self=found))
    return found


def pattern_of_itself(pdf: Pdf) -> object:
    found = cell(pdf, b"/Pattern cs /Cell scn 0 0 9 9 re f", 1)
    found.Resources = Dictionary(Pattern=Dictionary(Cell=found))  # type: ignore[attr-defined]
    return found


def test_forms_in_forms_are_made_once_for_each_colour_they_are_drawn_in() -> None:
    """So a bomb of forms costs what it holds, not what it would draw; pdfium's own limits end the drawing."""
    with pikepdf.new() as pdf:
        pages = Twins(pdf, Recipes(None), Budget(), OPERATORS)
        form_ = nested(pdf)
        assert pages.form(form_, None, Pen(pages.black)) is not None
        assert pages.budget.left > Budget().left - 5000


@pytest.mark.parametrize(
    "data",
    [
        file_of(b"/Loop Do", XObject={"Loop": within_itself}),
        file_of(b"/Pattern cs /Cell scn" + AREA, Pattern={"Cell": pattern_of_itself}),
        file_of(b"/Nowhere cs 1 scn /Nothing scn /Nobody Do /None sh /No gs" + AREA),
        file_of(b"q " * 5000 + b"1 0 0 0 k" + AREA),
        file_of(b"1 0 k 0.5 rg 9 9 9 9 9 k -1 -1 -1 -1 k 1e30 g" + AREA),
        file_of(b"BI /W 99999 /H 99999 /BPC 8 /CS /CMYK ID abc EI" + AREA),
        file_of(b"/Odd sh", Shading={"Odd": Dictionary(ShadingType=4, ColorSpace=Name.DeviceCMYK)}),
        file_of(b"/Odd sh", Shading={"Odd": Dictionary(ShadingType=2, ColorSpace=Name.Pattern)}),
        file_of(
            b"q 9 0 0 9 0 0 cm /Odd Do Q",
            XObject={"Odd": lambda pdf: picture(pdf, 4, 4, Name.DeviceCMYK, b"", Filter=Name.DCTDecode)},
        ),
    ],
)
def test_what_makes_no_sense_prints_what_is_left_of_it(data: bytes) -> None:
    assert plates_of(data).plates.shape == (4, 100, 100)


def test_more_drawing_than_is_followed_is_told() -> None:
    many = b"0 0 0 1 k 1 1 1 1 re f " * 40_000
    data = file_of(b"/Part Do 0.1 g /Part Do", XObject={"Part": form(many)})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("packslip.preflight.foreign.state.MOST_OPERATORS", 50_000)
        with pytest.raises(ExhaustedError):
            plates_of(data)
        assert [fault.code for fault in weigh_inks(data, Asked()).faults] == ["pdf.too_much"]
