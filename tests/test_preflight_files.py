"""Preflight of any file: the right one passes; broken in just one way, it is caught for that and for nothing else."""

import io
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pikepdf
import pytest
from pdfx_kit import BLEED, HEIGHT, MEDIA, MM, WIDTH, paint, picture, profile, right_file, spot, text
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import Image
from press_kit import A5, LABEL, REPOSITORY, make_slip, make_world, no_pictures

from packslip.library.printing_conditions import PrintingCondition, shipped_conditions
from packslip.preflight.foreign import RULES, Asked, Profile, Report, examine, look_for_codes, merge, weigh_inks
from packslip.press import press
from packslip.settings import MediaSettings, OutputProfile, Zone

Change = Callable[[Pdf], None]
X4 = Asked(profile=Profile.PDFX4, media=MEDIA)
BLACK = MEDIA.model_copy(update={"profile": OutputProfile.THERMAL, "dots_per_mm": 8.0, "safe_mm": 2.0})


def looked_at(data: bytes, asked: Asked = X4) -> Report:
    objects = examine(data, asked)
    return merge(objects, look_for_codes(data, asked), *([weigh_inks(data, asked)] if objects.is_inked else ()))


def codes_of(report: Report) -> set[str]:
    return {fault.code for fault in report.faults}


@pytest.mark.parametrize("asked", [X4, Asked(), Asked(media=MEDIA), Asked(profile=Profile.OFFICE)])
def test_the_right_file_passes(asked: Asked) -> None:
    report = looked_at(right_file(), asked)
    assert report.faults == ()
    assert report.pages == 1


def test_a_file_is_judged_as_what_it_claims() -> None:
    assert looked_at(right_file(), Asked()).profile is Profile.PDFX4
    assert looked_at(right_file(no_intent_nor_claim), Asked()).profile is Profile.OFFICE
    assert looked_at(right_file(no_intent_nor_claim), Asked()).faults == ()


@pytest.mark.parametrize("media", [A5, LABEL])
def test_what_the_press_draws_passes(tmp_path: Path, media: MediaSettings) -> None:
    document, _ = press(make_slip(), make_world(tmp_path, media=media), no_pictures)
    assert document is not None
    assert looked_at(document.data, Asked(media=media)).faults == ()


def test_of_many_alike_some_are_told() -> None:
    lines = b" ".join(b"100 %d 20 0.1 re f" % (150 + 2 * each) for each in range(30))
    report = looked_at(right_file(paint(b"0 0 0 1 k " + lines)))
    assert [fault.message for fault in report.faults] == ["a line of 0.10 pt"] * 3 + ["and 27 more like these"]


def test_of_many_pages_alike_some_are_told() -> None:
    def repeat(pdf: Pdf) -> None:
        paint(b"0 0 0 1 K 0.1 w 100 200 m 140 200 l S")(pdf)
        for _ in range(29):
            pdf.pages.append(pdf.pages[0])

    faults = examine(right_file(repeat), X4).faults
    assert len(faults) == 25
    assert sorted(fault.message for fault in faults)[-1] == "and 6 more like these on later pages"


def no_intent_nor_claim(pdf: Pdf) -> None:
    del pdf.Root["/OutputIntents"]
    del pdf.Root["/Metadata"]


# How to break it


def root(**entries: object) -> Change:
    """Set entries of the catalog; None takes one away."""

    def change(pdf: Pdf) -> None:
        put(pdf.Root, entries, pdf)

    return change


def page(**entries: object) -> Change:
    return lambda pdf: put(pdf.pages[0].obj, entries, pdf)


def intent(**entries: object) -> Change:
    return lambda pdf: put(pdf.Root.OutputIntents[0], entries, pdf)


def info(**entries: object) -> Change:
    return lambda pdf: put(pdf.trailer.Info, entries, pdf)


def put(holder: pikepdf.Object, entries: dict[str, object], pdf: Pdf) -> None:
    for key, value in entries.items():
        if value is None:
            del holder[f"/{key}"]
        else:
            holder[f"/{key}"] = value(pdf) if callable(value) else value


def xmp(old: bytes, new: bytes) -> Change:
    def change(pdf: Pdf) -> None:
        said = pdf.Root.Metadata.read_bytes()
        assert old in said
        pdf.Root.Metadata.write(said.replace(old, new))

    return change


def both(*changes: Change) -> Change:
    def change(pdf: Pdf) -> None:
        for each in changes:
            each(pdf)

    return change


def state(**entries: object) -> Change:
    """Set an extended graphics state with these entries."""
    told = lambda pdf: Dictionary(  # noqa: E731
        Type=Name.ExtGState, **{key: value(pdf) if callable(value) else value for key, value in entries.items()}
    )
    return paint(b"/Odd gs", ExtGState={"Odd": told})


def intent_profile(data: bytes, channels: int = 4) -> Change:
    return intent(DestOutputProfile=lambda pdf: pdf.make_indirect(Stream(pdf, data, N=channels)))


def annotate(**entries: object) -> Change:
    note = Dictionary(**{"Type": Name.Annot, "Subtype": Name.Text, "Rect": [100, 100, 120, 120], **entries})
    return page(Annots=lambda pdf: Array([pdf.make_indirect(note)]))


def blank_page(pdf: Pdf, at: int) -> None:
    box = [0, 0, WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED]
    trim = [BLEED, BLEED, BLEED + WIDTH, BLEED + HEIGHT]
    pdf.pages.insert(
        at, pikepdf.Page(Dictionary(Type=Name.Page, MediaBox=box, TrimBox=trim, BleedBox=box, Resources=Dictionary()))
    )


def unembed(pdf: Pdf) -> None:
    font = pdf.pages[0].obj.Resources.Font.Jost
    del font.DescendantFonts[0].FontDescriptor["/FontFile2"]


def widen(pdf: Pdf) -> None:
    widths = pdf.pages[0].obj.Resources.Font.Jost.DescendantFonts[0].W[1]
    for at in range(len(widths)):
        widths[at] = float(widths[at]) + 3


def loop(pdf: Pdf) -> None:
    form = pdf.make_indirect(Stream(pdf, b"/Self Do", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    form.Resources = Dictionary(XObject=Dictionary(Self=form))
    paint(b"/Loop Do", XObject={"Loop": form})(pdf)


def bomb(pdf: Pdf) -> None:
    """Forms that each draw the next one twelve times: 12^9 rectangles."""
    held = pdf.make_indirect(Stream(pdf, b"0 0 1 1 re n", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9]))
    for _ in range(9):
        more = Stream(pdf, b"/In Do " * 12, Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9])
        more.Resources = Dictionary(XObject=Dictionary(In=held))
        held = pdf.make_indirect(more)
    paint(b"/Bomb Do", XObject={"Bomb": held})(pdf)


def file_spec(pdf: Pdf) -> None:
    pdf.attachments["note.txt"] = b"a note"


def form_field(pdf: Pdf) -> None:
    field = pdf.make_indirect(Dictionary(FT=Name.Tx, T="name", V=""))
    pdf.Root.AcroForm = Dictionary(Fields=Array([field]))


def odd_name(pdf: Pdf) -> None:
    pdf.pages[0].obj.Resources.ColorSpace.Spot[1] = pikepdf.Object.parse(b"/Copper#e9")


def lab_like(channels: int, broken: bool = False) -> Callable[[Pdf], Array]:
    data = b"no profile" if broken else profile(b"scnr", b"CMYK" if channels == 4 else b"RGB ")
    return lambda pdf: Array([Name.ICCBased, pdf.make_indirect(Stream(pdf, data, N=channels))])


def image(*arguments: object, at: bytes = b"60 0 0 40 100 200 cm", **more: object) -> Change:
    def change(pdf: Pdf) -> None:
        paint(at + b" /Odd Do", XObject={"Odd": picture(pdf, *arguments, **more)})(pdf)  # type: ignore[arg-type]

    return change


def jpeg(*pixel: int) -> Change:
    """A JPEG as Adobe writes it: upside down, and Decode says so."""
    held = io.BytesIO()
    Image.new("CMYK", (300, 200), pixel).save(held, "JPEG", quality=95)

    def change(pdf: Pdf) -> None:
        told = picture(pdf, 300, 200, Name.DeviceCMYK, b"", Decode=[1, 0] * 4)
        told.write(held.getvalue(), filter=Name.DCTDecode)
        paint(b"60 0 0 40 100 200 cm /Odd Do", XObject={"Odd": told})(pdf)

    return change


def reference(pdf: Pdf) -> None:
    form = Stream(pdf, b"", Type=Name.XObject, Subtype=Name.Form, BBox=[0, 0, 9, 9], Ref=Dictionary(Page=0))
    paint(b"/Odd Do", XObject={"Odd": form})(pdf)


def opi(pdf: Pdf) -> None:
    image(300, 200, Name.DeviceCMYK, bytes(4), OPI=Dictionary())(pdf)


def alternates(pdf: Pdf) -> None:
    other = pdf.make_indirect(picture(pdf, 600, 400, Name.DeviceCMYK, bytes(4)))
    told = Array([Dictionary(Image=other, DefaultForPrinting=True)])
    image(300, 200, Name.DeviceCMYK, bytes(4), Alternates=told)(pdf)


def damage_code(pdf: Pdf) -> None:
    paint(b"0 0 0 0.08 k 42 64 22 20 re f")(pdf)


def small_code(factor: float) -> Change:
    """The page's content drawn smaller, so that its code is."""

    def change(pdf: Pdf) -> None:
        data = pdf.pages[0].obj.Contents.read_bytes()
        start = data.index(b"q 0 0 0 1 k 30")
        shrunk = b"q %g 0 0 %g 40 40 cm " % (factor, factor) + data[start + 2 :]
        pdf.pages[0].obj.Contents = Stream(pdf, data[:start] + shrunk)

    return change


def move_code(pdf: Pdf) -> None:
    data = pdf.pages[0].obj.Contents.read_bytes()
    start = data.index(b"q 0 0 0 1 k 30")
    pdf.pages[0].obj.Contents = Stream(pdf, data[:start] + b"q 1 0 0 1 -13 0 cm " + data[start + 2 :])


def separation_all(pdf: Pdf) -> None:
    paint(b"/Marks cs 1 scn 100 100 20 1 re f", ColorSpace={"Marks": spot("All", full=(1, 1, 1, 1))})(pdf)


def layers_without_name(pdf: Pdf) -> None:
    del pdf.Root.OCProperties.D["/Name"]


WHITE = b"0 0 0 0 k 90 90 130 80 re f "


def locked(password: str) -> bytes:
    return right_file(deterministic_id=False, encryption=pikepdf.Encryption(user=password, owner="owner", R=4))


def packed_xmp() -> bytes:
    """The right file with its XMP compressed, which pikepdf never writes by itself."""
    data = right_file()
    start = data.index(b"/Subtype /XML")
    return data[:start] + b"/Filter /RunLengthDecode " + data[start:]


@dataclass(frozen=True)
class Broken:
    """One way to break the right file, and what must be said of it."""

    expected: str
    change: Change
    also: frozenset[str] = frozenset()
    asked: Asked = X4


def broken(
    expected: str,
    change: Change,
    *also: str,
    media: MediaSettings | None = MEDIA,
    condition: PrintingCondition | None = None,
) -> Broken:
    return Broken(expected, change, frozenset(also), Asked(profile=Profile.PDFX4, media=media, condition=condition))


def media_with(**entries: object) -> MediaSettings:
    return MEDIA.model_copy(update=entries)


def zone(kind: str, x: float = 0, y: float = 0, width: float = 0, height: float = 0) -> MediaSettings:
    return media_with(zones=(Zone(kind=kind, x_mm=x, y_mm=y, width_mm=width, height_mm=height),))  # type: ignore[arg-type]


def without_ground(pdf: Pdf) -> None:
    """Without the tint that covers the whole page."""
    page_ = pdf.pages[0].obj
    data = page_.Contents.read_bytes()
    page_.Contents = Stream(pdf, data[data.index(b"re f Q") + 6 :])


def swollen_code(pdf: Pdf) -> None:
    """The modules of the code drawn wider than they are apart."""
    data = pdf.pages[0].obj.Contents.read_bytes()
    start = data.index(b"q 0 0 0 1 k 30")
    grown = re.sub(rb"1\.417 1\.417 re", b"2.000 1.417 re", data[start:])
    pdf.pages[0].obj.Contents = Stream(pdf, data[:start] + grown)


NO_TRIM_OF_BLEED = page(BleedBox=[BLEED, BLEED, BLEED + WIDTH, BLEED + HEIGHT])
COATED, UNCOATED = (shipped_conditions()[name] for name in ("FOGRA39L_coated", "FOGRA47L_uncoated"))


MUTATIONS: dict[str, Broken] = {
    # what it says of itself
    "PDF 1.7 by its catalog": broken("pdf.version", root(Version=Name("/1.7"))),
    "XMP of another standard": broken(
        "x4.unclaimed", xmp(b'GTS_PDFXVersion="PDF/X-4"', b'GTS_PDFXVersion="PDF/X-3"'), "info.differs"
    ),
    "XMP without a claim": broken("x4.unclaimed", xmp(b'pdfxid:GTS_PDFXVersion="PDF/X-4"', b"")),
    "no XMP": broken("xmp.missing", root(Metadata=None)),
    "XMP with a document type": broken("xmp.missing", xmp(b"<x:xmpmeta", b'<!DOCTYPE x [<!ENTITY a "b">]><x:xmpmeta')),
    "XMP cut off": broken("xmp.missing", xmp(b"</rdf:RDF>", b"")),
    "no title": broken("xmp.entries", xmp(b"A right card", b""), "info.differs"),
    "no document id": broken("xmp.entries", xmp(b"xmpMM:DocumentID", b"xmpMM:OtherID")),
    "no metadata date": broken("xmp.entries", xmp(b"xmp:MetadataDate", b"xmp:OtherDate")),
    "another title in Info": broken("info.differs", info(Title="Another card")),
    "another date in Info": broken("info.differs", info(ModDate="D:20270214100001Z")),
    "a date in Info that is none": broken("info.differs", info(CreationDate="yesterday")),
    "another Trapped in Info": broken("info.differs", info(Trapped=Name("/True"))),
    "Trapped unknown": broken("trapped.missing", both(info(Trapped=Name.Unknown), xmp(b'pdf:Trapped="False"', b""))),
    "Trapped nowhere": broken("trapped.missing", both(info(Trapped=None), xmp(b'pdf:Trapped="False"', b""))),
    # the printing condition
    "no output intent": broken("intent.missing", root(OutputIntents=None), "colour.device", "colour.group"),
    "an intent of PDF/A alone": broken("intent.missing", intent(S=Name.GTS_PDFA1), "colour.device", "colour.group"),
    "two intents": broken("intent.several", lambda pdf: pdf.Root.OutputIntents.append(pdf.Root.OutputIntents[0])),
    "an intent without a name": broken("intent.identifier", intent(OutputConditionIdentifier=None)),
    "an intent without registry": broken("intent.registry", intent(RegistryName=None)),
    "an intent without profile": broken("intent.profile", intent(DestOutputProfile=None)),
    "a profile that is none": broken("intent.profile", intent_profile(b"no profile")),
    "a profile cut off": broken("intent.profile", intent_profile(profile()[:900])),
    "a profile of a screen": broken("intent.profile_kind", intent_profile(profile(b"mntr"))),
    "a profile of ICC 5": broken("intent.profile_kind", intent_profile(profile(version=5))),
    "a profile of other channels": broken("intent.profile_kind", intent_profile(profile(), channels=3)),
    "the intent of another paper": broken("intent.other", lambda pdf: None, condition=COATED),
    "an intent for RGB on media for CMYK": broken(
        "intent.other",
        intent_profile(profile(space=b"RGB "), channels=3),
        "colour.device",
        "colour.group",
        condition=UNCOATED,
    ),
    # what has no business in print
    "an action on opening": broken(
        "active.action", root(OpenAction=lambda pdf: Dictionary(S=Name.Named, N=Name.Print))
    ),
    "JavaScript": broken("active.script", root(Names=Dictionary(JavaScript=Dictionary(Names=Array([]))))),
    "a link to a site": broken(
        "active.action", annotate(A=Dictionary(S=Name.URI, URI="https://shop.example")), "annotation.inside"
    ),
    "an action of the page": broken("active.action", page(AA=Dictionary(O=Dictionary(S=Name.Named, N=Name.NextPage)))),
    "a form field": broken("form.fields", form_field),
    "an XFA form": broken(
        "form.fields", root(AcroForm=lambda pdf: Dictionary(Fields=Array([]), XFA=Stream(pdf, b"<x/>")))
    ),
    "an attachment": broken("file.embedded", file_spec),
    "a note on the page": broken("annotation.inside", annotate()),
    "layers without a name": broken("layer.settings", layers_without_name),
    "layers that switch themselves": broken(
        "layer.settings",
        lambda pdf: put(pdf.Root.OCProperties.D, {"AS": Array([Dictionary(Event=Name.Print)])}, pdf),
    ),
    "alternate presentations": broken("page.presentation", root(Names=Dictionary(AlternatePresentations=Dictionary()))),
    "PostScript": broken(
        "xobject.postscript",
        paint(b"", XObject={"Odd": lambda pdf: Stream(pdf, b"showpage", Type=Name.XObject, Subtype=Name.PS)}),
    ),
    "a drawing in another file": broken("external.content", reference),
    "OPI": broken("external.content", opi),
    "a stream in another file": broken(
        "external.content", paint(b"", XObject={"Odd": lambda pdf: Stream(pdf, b"", F="other.pdf")})
    ),
    "an unknown filter": broken(
        "stream.filter",
        paint(b"", Properties={"Odd": lambda pdf: pdf.make_indirect(Stream(pdf, b"x", Filter=Name.OddDecode))}),
    ),
    "LZW in the content": broken(
        "stream.filter", paint(b"60 0 0 40 100 200 cm BI /W 1 /H 1 /BPC 1 /IM true /F /LZW ID \x80\x0b\x60\x50 EI")
    ),
    "a picture for print": broken("picture.alternates", alternates),
    "a transfer curve": broken("state.transfer", state(TR=Name.Identity)),
    "another transfer curve": broken("state.transfer", state(TR2=Name.Identity)),
    "a halftone of type 6": broken(
        "state.halftone", state(HT=lambda pdf: Stream(pdf, b"x", Type=Name.Halftone, HalftoneType=6, Width=1, Height=1))
    ),
    "a named halftone": broken("state.halftone", state(HT=Dictionary(HalftoneType=1, HalftoneName=b"round"))),
    "an unknown blend mode": broken("state.blend", state(BM=Name.Sparkle)),
    "an unknown rendering intent": broken("colour.rendering_intent", state(RI=Name.Pretty)),
    "an unknown rendering intent in the content": broken("colour.rendering_intent", paint(b"/Pretty ri")),
    "an unknown operator": broken("content.operator", paint(b"1 2 sparkle")),
    "an unknown operator between BX and EX": broken("content.operator", paint(b"BX 1 2 sparkle EX")),
    "operators without operands": broken("content.broken", paint(b"1 2 re f")),
    "a drawing that cannot be unpacked": broken(
        "content.broken",
        paint(
            b"/Odd Do",
            XObject={
                "Odd": lambda pdf: Stream(pdf, b"\0\0\0", Subtype=Name.Form, BBox=[0, 0, 1, 1], Filter=Name.FlateDecode)
            },
        ),
    ),
    "a drawing that holds itself": broken("content.loop", loop),
    "thirty states in one another": broken("limit.exceeded", paint(b"q " * 30 + b"Q " * 30)),
    "a name that is no UTF-8": broken("name.encoding", odd_name),
    # pages
    "no pages": broken("pdf.no_pages", lambda pdf: pdf.pages.__delitem__(0), "pdf.broken"),
    "no trim": broken("box.missing", page(TrimBox=None), "page.size", "bleed.short"),
    "trim and art": broken("box.both", page(ArtBox=[BLEED, BLEED, 200, 300])),
    "bleed beyond media": broken("box.order", page(BleedBox=[-9, 0, WIDTH, HEIGHT])),
    "trim beyond bleed": broken("box.order", page(BleedBox=[20, 20, 200, 300])),
    "crop within trim": broken("box.order", page(CropBox=[20, 20, 200, 300])),
    "an empty bleed": broken("box.order", page(BleedBox=[0, 0, 0, 0])),
    "a turned page": broken("page.turned", page(Rotate=180)),
    "a scaled page": broken("page.turned", page(UserUnit=2.0), "page.size", "picture.modest_ppi"),
    "a page of another size": broken("page.size", page(TrimBox=[BLEED, BLEED, 220, BLEED + HEIGHT])),
    "a blank page before": broken("page.blank", lambda pdf: blank_page(pdf, 0)),
    "a blank page at the end": broken("page.surplus", lambda pdf: blank_page(pdf, 1)),
    "an area that ends at the edge": broken("bleed.short", paint(b"0.5 0 0 0 k %g 200 40 40 re f" % BLEED)),
    "no bleed": broken("bleed.missing", NO_TRIM_OF_BLEED, media=media_with(bleed_mm=3.0)),
    "less bleed than the media wants": broken(
        "bleed.missing", lambda pdf: None, "bleed.short", media=media_with(bleed_mm=5.0)
    ),
    "an area in the margin of the device": broken(
        "page.unprintable",
        both(without_ground, paint(b"0.5 0 0 0 k %g 200 20 20 re f" % (BLEED + MM))),
        media=media_with(unprintable_mm=(3.0, 3.0, 3.0, 3.0)),
    ),
    "a ground up to the edge": broken(
        "page.unprintable", lambda pdf: None, media=media_with(unprintable_mm=(0.0, 0.0, 4.0, 0.0))
    ),
    "text across a fold": broken("zone.fold", lambda pdf: None, media=zone("fold", 0, 57, 100)),
    "a code across a fold": broken("zone.fold", lambda pdf: None, media=zone("fold", 0, 125, 100)),
    "text across a perforation": broken("zone.perforation", lambda pdf: None, media=zone("perforation", 0, 57, 100)),
    "a code across a perforation": broken("zone.perforation", lambda pdf: None, media=zone("perforation", 0, 125, 100)),
    "a code across a peel-off": broken("zone.peel_off", lambda pdf: None, media=zone("peel-off", 10, 110, 30, 30)),
    "text across a peel-off": broken("zone.peel_off", lambda pdf: None, media=zone("peel-off", 20, 50, 60, 15)),
    "an area on what is printed": broken(
        "zone.preprinted", paint(b"0.5 0 0 0 k 200 150 20 20 re f"), media=zone("pre-printed", 60, 90, 30, 20)
    ),
    "text on what is printed": broken(
        "zone.preprinted",
        paint(text(b"0 0 0 1 k 1 0 0 1 200 150 Tm")),
        media=zone("pre-printed", 60, 90, 30, 20),
    ),
    # fonts
    "a font left out": broken("font.missing", unembed),
    "widths that are not the font's": broken("font.widths", widen),
    # colour
    "RGB in the content": broken("colour.device", paint(b"1 0 0 rg 100 200 20 20 re f")),
    "RGB lines": broken("colour.device", paint(b"1 0 0 RG 100 200 m 140 200 l S")),
    "an RGB picture": broken("colour.device", image(300, 200, Name.DeviceRGB, bytes(3))),
    "an RGB picture in the content": broken(
        "colour.device", paint(b"1.9 0 0 1.9 100 200 cm BI /W 8 /H 8 /BPC 8 /CS /RGB ID " + b"abc" * 64 + b" EI")
    ),
    "an indexed RGB picture": broken(
        "colour.device", image(300, 200, Array([Name.Indexed, Name.DeviceRGB, 1, bytes(6)]), bytes(1))
    ),
    "a spot colour over RGB": broken(
        "colour.device",
        paint(b"/Odd cs 1 scn 100 200 20 20 re f", ColorSpace={"Odd": spot("Copper", Name.DeviceRGB, (1, 0, 0))}),
    ),
    "a gradient in RGB": broken(
        "colour.device",
        paint(
            b"100 200 20 20 re W n /Odd sh",
            Shading={
                "Odd": Dictionary(
                    ShadingType=2,
                    ColorSpace=Name.DeviceRGB,
                    Coords=[0, 0, 9, 9],
                    Function=Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0], C1=[1, 0, 0], N=1),
                )
            },
        ),
    ),
    "RGB in a pattern": broken(
        "colour.device",
        paint(
            b"/Pattern cs /Odd scn 100 200 20 20 re f",
            Pattern={
                "Odd": lambda pdf: Stream(
                    pdf,
                    b"1 0 0 rg 0 0 2 2 re f",
                    PatternType=1,
                    PaintType=1,
                    TilingType=1,
                    BBox=[0, 0, 4, 4],
                    XStep=4,
                    YStep=4,
                    Resources=Dictionary(),
                )
            },
        ),
    ),
    "RGB in a soft mask": broken(
        "colour.device",
        state(
            SMask=lambda pdf: Dictionary(
                S=Name.Luminosity,
                G=Stream(pdf, b"1 1 1 rg 0 0 9 9 re f", Subtype=Name.Form, BBox=[0, 0, 9, 9]),
            )
        ),
    ),
    "a space that nothing tells": broken("colour.unknown", paint(b"/Nowhere cs 1 scn 100 200 20 20 re f")),
    "a profile that is none, in the content": broken(
        "colour.unknown", paint(b"/Odd cs 1 0 0 scn 100 200 20 20 re f", ColorSpace={"Odd": lab_like(3, broken=True)})
    ),
    "a profile of other channels, in the content": broken(
        "colour.unknown",
        paint(
            b"/Odd cs 1 0 0 scn 100 200 20 20 re f",
            ColorSpace={"Odd": lambda pdf: Array([Name.ICCBased, Stream(pdf, profile(), N=3)])},
        ),
    ),
    "a page that blends in RGB": broken("colour.group", page(Group=Dictionary(S=Name.Transparency, CS=Name.DeviceRGB))),
    "white that overprints": broken(
        "overprint.vanishes", both(state(OP=True, op=True, OPM=1), paint(b"/Odd gs 0 0 0 0 k 100 200 20 20 re f"))
    ),
    "CMYK by profile that overprints": broken(
        "overprint.mode",
        both(
            state(OP=True, op=True, OPM=1),
            paint(b"/Odd gs /Own cs 0 0 0 1 scn 100 200 20 20 re f", ColorSpace={"Own": lab_like(4)}),
        ),
    ),
    "grey that is to overprint": broken(
        "overprint.idle", both(state(OP=True, op=True, OPM=1), paint(b"/Odd gs 0 g 100 200 20 20 re f"))
    ),
    "too much ink": broken("ink.too_much", paint(b"0.9 0.9 0.9 0.9 k 100 200 20 20 re f")),
    "too much ink in a picture": broken("ink.too_much", image(300, 200, Name.DeviceCMYK, bytes([240] * 4))),
    "too much ink in a JPEG": broken("ink.too_much", jpeg(240, 240, 240, 240)),
    "too much ink for this paper": broken(
        "ink.too_much",
        paint(b"0.8 0.7 0.6 0.3 k 100 200 20 20 re f"),
        media=media_with(profile=OutputProfile.PDFX4_CMYK, most_ink=220.0),
    ),
    "too much ink where inks lie over each other": broken(
        "ink.too_much",
        paint(
            b"1 0.9 0 0 k 100 200 20 20 re f /Odd gs 0 0 0.9 0.9 k 100 200 20 20 re f",
            ExtGState={"Odd": Dictionary(Type=Name.ExtGState, BM=Name.Multiply)},
        ),
    ),
    "registration colour": broken("colour.registration", separation_all, "ink.too_much"),
    "small text in four inks": broken("text.many_inks", paint(text(b"0.6 0.6 0.6 0.9 k 1 0 0 1 120 200 Tm", 8))),
    # what people see
    "a coarse picture": broken("picture.low_ppi", image(100, 60, Name.DeviceCMYK, bytes(4))),
    "a coarse stencil": broken(
        "picture.low_ppi",
        image(210, 210, None, bytes(0), at=b"0 0 0 1 k 150 0 0 150 60 150 cm", ImageMask=True),
    ),
    "a picture that is not quite sharp": broken("picture.modest_ppi", image(200, 140, Name.DeviceCMYK, bytes(4))),
    "text smaller than the media takes": broken(
        "text.small", paint(text(b"0 0 0 1 k 1 0 0 1 120 150 Tm", 6)), media=media_with(smallest_pt=7.0)
    ),
    "light text smaller than the media takes": broken(
        "text.small",
        paint(b"0 0 0 1 k 100 140 90 40 re f " + text(b"0 0 0 0 k 1 0 0 1 120 150 Tm", 8)),
        media=media_with(smallest_reversed_pt=9.0),
    ),
    "a hairline": broken("line.hair", paint(b"0 0 0 1 K 0.1 w 100 200 m 140 200 l S")),
    "a line of no width": broken("line.hair", paint(b"0 0 0 1 K 0 w 100 200 m 140 200 l S")),
    "a line made thin by scaling": broken(
        "line.hair", paint(b"0.1 0 0 0.1 0 0 cm 0 0 0 1 K 1 w 999 2000 m 1400 2000 l S")
    ),
    "a hairline made as an area": broken("line.hair", paint(b"0 0 0 1 k 100 200 40 0.1 re f")),
    "invisible text": broken("text.hidden", paint(text(b"3 Tr 1 0 0 1 120 200 Tm"))),
    "white text on white": broken("text.hidden", paint(WHITE + text(b"0 0 0 0 k 1 0 0 1 120 150 Tm"))),
    "text painted over": broken(
        "text.hidden", paint(text(b"0 0 0 1 k 1 0 0 1 120 150 Tm") + b" 0 0 0 0.3 k 100 140 90 40 re f")
    ),
    "text cut off": broken("text.clipped", paint(b"120 150 10 20 re W n " + text(b"0 0 0 1 k 1 0 0 1 120 150 Tm"))),
    "text that runs off the page": broken(
        "text.clipped", paint(text(b"0 0 0 1 k 1 0 0 1 %g 150 Tm" % (BLEED + WIDTH - 12))), "text.unsafe"
    ),
    "small text": broken("text.small", paint(text(b"0 0 0 1 k 1 0 0 1 120 150 Tm", 4))),
    "text made small by scaling": broken("text.small", paint(text(b"0 0 0 1 k 0.3 0 0 0.3 120 150 Tm"))),
    "light text on dark": broken(
        "text.small", paint(b"0 0 0 1 k 100 140 90 40 re f " + text(b"0 0 0 0 k 1 0 0 1 120 150 Tm", 5.5))
    ),
    "faint text": broken("text.faint", paint(WHITE + text(b"0 0 0 0.2 k 1 0 0 1 120 150 Tm"))),
    "text near the edge": broken("text.unsafe", paint(text(b"0 0 0 1 k 1 0 0 1 %g 150 Tm" % (BLEED + 3 * MM)))),
    # codes
    "a code that is damaged": broken("code.unreadable", damage_code),
    "a code too small": broken("code.small", small_code(0.5)),
    "a code without quiet zone": broken("code.quiet", paint(b"0 0 0 1 k 30 97.5 36 3 re f")),
    "a code with swollen modules": broken("code.uneven", swollen_code),
    "a code near the edge": broken("code.unsafe", move_code),
    # black-only media
    "grey on black media": broken("ink.not_black", lambda pdf: None, media=BLACK),
    "a code off the dots": broken("code.uneven", small_code(0.9), "ink.not_black", media=BLACK),
}


@pytest.mark.parametrize("name", MUTATIONS)
def test_each_fault_is_caught_and_nothing_else(name: str) -> None:
    mutation = MUTATIONS[name]
    report = looked_at(right_file(mutation.change), mutation.asked)
    assert mutation.expected in codes_of(report), [fault.message for fault in report.faults]
    assert codes_of(report) <= {mutation.expected, *mutation.also}, [str(fault.finding("x")) for fault in report.faults]


BYTES: dict[str, tuple[str, bytes]] = {
    "nothing": ("pdf.broken", b""),
    "no PDF": ("pdf.broken", b"no pdf at all"),
    "a head alone": ("pdf.broken", b"%PDF-1.6\n"),
    "more drawing than is followed": ("pdf.too_much", right_file(bomb)),
    "without its cross references": ("pdf.repaired", right_file().replace(b"startxref", b"startxxxx")),
    "no ID": ("id.missing", right_file().replace(b"/ID [", b"/XD [")),
    "XMP compressed": ("xmp.packed", packed_xmp()),
    "PDF 1.7": ("pdf.version", right_file(force_version="1.7")),
    "a password": ("pdf.encrypted", locked("secret")),
    "restrictions": ("pdf.encrypted", locked("")),
}


@pytest.mark.parametrize("name", BYTES)
def test_each_fault_of_the_bytes_is_caught(name: str) -> None:
    expected, data = BYTES[name]
    report = examine(data, X4)
    assert expected in codes_of(report), [fault.message for fault in report.faults]


RIGHT_TOO: dict[str, Change] = {
    "a light JPEG": jpeg(20, 30, 40, 10),
    "RGB where the page has a Default space": paint(
        b"1 0 0 rg 100 200 20 20 re f", ColorSpace={"DefaultRGB": lab_like(3)}
    ),
    "grey under a CMYK intent": paint(b"0.5 g 100 200 20 20 re f"),
    "Lab": paint(
        b"/Odd cs 40 10 10 scn 100 200 20 20 re f",
        ColorSpace={"Odd": Array([Name.Lab, Dictionary(WhitePoint=[0.96, 1, 0.82])])},
    ),
    "a note beyond the bleed": both(page(MediaBox=[-200, 0, 400, 600]), annotate(Rect=[-150, 10, -100, 60])),
    "a printer's mark": annotate(Subtype=Name.PrinterMark),
    "a form without fields": root(AcroForm=Dictionary(Fields=Array([]))),
    "an empty drawing": paint(
        b"/Odd Do", XObject={"Odd": lambda pdf: Stream(pdf, b"", Subtype=Name.Form, BBox=[0, 0, 1, 1])}
    ),
    "a transfer curve that is the default": state(TR2=Name.Default),
    "black text that overprints": both(
        state(OP=True, op=True, OPM=1), paint(b"/Odd gs " + text(b"0 0 0 1 k 1 0 0 1 120 150 Tm"))
    ),
    "white text on dark": paint(b"0 0 0 1 k 100 140 90 40 re f " + text(b"0 0 0 0 k 1 0 0 1 120 150 Tm")),
    "text beyond the trim": paint(text(b"0 0 0 1 k 1 0 0 1 120 -30 Tm", 3)),
    "small text in a layer that is off": both(
        lambda pdf: put(pdf.Root.OCProperties.D, {"OFF": pdf.Root.OCProperties.OCGs}, pdf),
        paint(b"/OC /On BDC " + text(b"1 0 0 1 120 150 Tm", 3) + b" EMC"),
    ),
    "an area that bleeds": paint(b"0.5 0 0 0 k 0 200 40 40 re f"),
}


RIGHT_MEDIA: dict[str, tuple[Change, MediaSettings]] = {
    "bleed as the media wants it": (lambda pdf: None, media_with(bleed_mm=3.0)),
    "white in the margin of the device": (
        both(without_ground, paint(b"0 0 0 0 k %g 200 20 20 re f" % (BLEED + MM))),
        media_with(unprintable_mm=(3.0, 3.0, 3.0, 3.0)),
    ),
    "a fold between": (lambda pdf: None, zone("fold", 0, 90, 100)),
    "areas across a perforation": (lambda pdf: None, zone("perforation", 0, 40, 100)),
    "a ground on what is printed": (lambda pdf: None, zone("pre-printed", 60, 90, 30, 20)),
    "a code within a peel-off": (lambda pdf: None, zone("peel-off", 5, 110, 30, 30)),
    "ink that this paper takes": (
        paint(b"0.8 0.7 0.6 0.3 k 100 200 20 20 re f"),
        media_with(profile=OutputProfile.PDFX4_CMYK, most_ink=250.0),
    ),
    "a dot of much ink": (paint(b"1 1 1 1 k 100 200 2 2 re f"), MEDIA),
}


@pytest.mark.parametrize("name", RIGHT_MEDIA)
def test_what_its_media_takes_passes(name: str) -> None:
    change, media = RIGHT_MEDIA[name]
    report = looked_at(right_file(change), Asked(profile=Profile.PDFX4, media=media, condition=UNCOATED))
    assert report.faults == (), [str(fault.finding("x")) for fault in report.faults]


def test_media_for_pdfx_asks_for_it() -> None:
    pdfx = media_with(profile=OutputProfile.PDFX4_CMYK)
    assert looked_at(right_file(no_intent_nor_claim), Asked(media=pdfx)).profile is Profile.PDFX4


def test_codes_are_told_with_their_place() -> None:
    (code,) = looked_at(right_file()).codes
    assert (code.kind, code.payload, code.page) == ("QR Code", "HTTPS://OA.EXAMPLE/R/RIGHT", 1)
    assert code.place == pytest.approx((7.6, 118.8, 12.5, 12.5), abs=0.3)


@pytest.mark.parametrize("name", RIGHT_TOO)
def test_what_is_right_too_passes(name: str) -> None:
    report = looked_at(right_file(RIGHT_TOO[name]))
    assert report.faults == (), [str(fault.finding("x")) for fault in report.faults]


def test_every_rule_is_broken_once() -> None:
    seen = {mutation.expected for mutation in MUTATIONS.values()} | {expected for expected, _ in BYTES.values()}
    assert seen == set(RULES)


def test_the_rules_are_in_the_documents() -> None:
    """docs/preflight.md has each rule in a row, with its source, and says which are approximations."""
    rows = {}
    for line in (REPOSITORY / "docs" / "preflight.md").read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if line.startswith("| `") and len(cells) == 5:
            rows[cells[0].strip("`")] = cells[1:]
    assert rows == {
        rule.code: [
            rule.severity.value,
            rule.asks,
            rule.source,
            f"{'exact' if rule.is_exact else 'approximate'}{', PDF/X-4 only' if rule.is_x4 else ''}",
        ]
        for rule in RULES.values()
    }
