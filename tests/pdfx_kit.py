"""A right PDF/X-4 of our own, small and whole, for tests that break it in one way each.

One page of 100 × 150 mm with 3 mm bleed: an embedded font, CMYK, a spot colour, a picture in sRGB by profile and one in
CMYK, a gradient, a transparent form, a layer, a QR code, and an output intent with a profile made here.
"""

import io
import struct
from collections.abc import Callable

import pikepdf
import qrcode
from fontTools.ttLib import TTFont
from pikepdf import Array, Dictionary, Name, Pdf, Stream
from PIL import ImageCms
from press_kit import REPOSITORY

from packslip.settings import MediaSettings

MM = 72 / 25.4
BLEED = 3 * MM
WIDTH, HEIGHT = 100 * MM, 150 * MM
MEDIA = MediaSettings(width_mm=100, height_mm=150, dots_per_mm=11.811, safe_mm=4)
FONT = REPOSITORY / "layouts" / "fonts" / "jost" / "Jost_400Regular.ttf"
DATE = "2027-02-14T10:00:00+00:00"

XMP = """<?xpacket begin="" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/" xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/"
 xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/" pdfxid:GTS_PDFXVersion="PDF/X-4" pdf:Trapped="False">
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">A right card</rdf:li></rdf:Alt></dc:title>
<xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate>
<xmp:MetadataDate>{date}</xmp:MetadataDate><xmp:CreatorTool>the kit</xmp:CreatorTool>
<xmpMM:DocumentID>uuid:00000000-0000-4000-8000-000000000001</xmpMM:DocumentID>
<xmpMM:VersionID>1</xmpMM:VersionID><xmpMM:RenditionClass>default</xmpMM:RenditionClass>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""

CONTENT = """
q /Layer gs 0 0 0 0.08 k 0 0 {page_width:.3f} {page_height:.3f} re f Q
q {width:.3f} 0 0 40 20 360 cm /Photo Do Q
q 60 0 0 40 20 300 cm /Plate Do Q
q /Spot cs 0.9 scn 100 300 60 40 re f Q
q /Pattern cs /Fade scn 170 300 40 40 re f Q
/OC /On BDC q 0 0 0 1 K 0.5 w 20 290 m 220 290 l S Q EMC
q 1 0 0 1 20 240 cm /Group Do Q
BT 0 0 0 1 k /Jost 12 Tf 1 0 0 1 25 270 Tm <{hello}> Tj ET
q 0 0 0 1 k {code} f Q
"""


def profile(kind: bytes = b"prtr", space: bytes = b"CMYK", version: int = 2) -> bytes:
    """An ICC profile of two points a side: enough to be one, of no press."""
    inputs = {b"CMYK": 4, b"RGB ": 3, b"GRAY": 1}.get(space, 3)

    def table(channels_in: int, channels_out: int) -> bytes:
        head = b"mft1" + bytes(4) + bytes([channels_in, channels_out, 2, 0])
        head += struct.pack(">9i", 65536, 0, 0, 0, 65536, 0, 0, 0, 65536)
        ramp = bytes(range(256))
        return head + ramp * channels_in + bytes([128] * (channels_out * 2**channels_in)) + ramp * channels_out

    tags = {
        b"A2B0": table(inputs, 3),
        b"B2A0": table(3, inputs),
        b"cprt": b"text" + bytes(4) + b"made for a test\0",
        b"desc": b"desc" + bytes(4) + struct.pack(">I", 9) + b"no press\0" + bytes(78),
        b"wtpt": b"XYZ " + bytes(4) + struct.pack(">3i", 63190, 65536, 54061),
    }
    at = 132 + 12 * len(tags)
    index, data = b"", b""
    for tag, held in tags.items():
        index += tag + struct.pack(">II", at + len(data), len(held))
        data += held + bytes(-len(held) % 4)
    size = at + len(data)
    header = struct.pack(">I4sBB2x4s4s4s12x4s", size, b"none", version, 0x20, kind, space, b"Lab ", b"acsp")
    return header + bytes(128 - len(header)) + struct.pack(">I", len(tags)) + index + data


def right_file(change: Callable[[Pdf], None] | None = None, **saving: object) -> bytes:
    """The bytes of the right file, changed before it is saved."""
    pdf = pikepdf.new()
    page = pdf.add_blank_page(page_size=(WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED)).obj
    page.TrimBox = Array([BLEED, BLEED, BLEED + WIDTH, BLEED + HEIGHT])
    page.BleedBox = Array([0, 0, WIDTH + 2 * BLEED, HEIGHT + 2 * BLEED])
    font, hello = _font(pdf, "Thank you for your order")
    page.Resources = _resources(pdf, font)
    page.Contents = Stream(
        pdf,
        CONTENT.format(
            hello=hello,
            code=_code("HTTPS://OA.EXAMPLE/R/RIGHT"),
            width=60.0,
            page_width=WIDTH + 2 * BLEED,
            page_height=HEIGHT + 2 * BLEED,
        ).encode(),
    )
    _identify(pdf)
    if change is not None:
        change(pdf)
    out = io.BytesIO()
    pdf.save(out, **{"deterministic_id": True, "force_version": "1.6", "fix_metadata_version": False, **saving})  # type: ignore[arg-type]
    return out.getvalue()


def paint(content: bytes, *, under: bool = False, **resources: dict[str, object]) -> Callable[[Pdf], None]:
    """A change that paints something more, with resources by kind and name."""

    def change(pdf: Pdf) -> None:
        page = pdf.pages[0]
        for kind, named in resources.items():
            held = page.obj.Resources.get(f"/{kind}", Dictionary())
            page.obj.Resources[f"/{kind}"] = held
            for name, value in named.items():
                held[f"/{name}"] = value(pdf) if callable(value) else value
        page.contents_add(Stream(pdf, b"\nq " + content + b" Q\n"), prepend=under)

    return change


def text(operators: bytes, size: float = 12, font: str = "Jost") -> bytes:
    """Operators that show a word, with others before it."""
    word = "".join(f"{glyph:04x}" for glyph in _glyphs("Word")).encode()
    return b"BT " + operators + b" /%b %g Tf <%b> Tj ET" % (font.encode(), size, word)


def _glyphs(said: str) -> list[int]:
    with TTFont(FONT, lazy=True) as font:
        table, order = font.getBestCmap(), font.getReverseGlyphMap()
        return [order[table[ord(letter)]] for letter in said]


def _font(pdf: Pdf, said: str) -> tuple[pikepdf.Object, str]:
    """The whole font by glyph numbers, and what a text is in it."""
    with TTFont(FONT, lazy=True) as font:
        em = font["head"].unitsPerEm
        names = font.getGlyphOrder()
        widths = Array([round(font["hmtx"][name][0] * 1000 / em, 2) for name in names])
    descriptor = pdf.make_indirect(
        Dictionary(
            Type=Name.FontDescriptor,
            FontName=Name.Jost,
            Flags=4,
            FontBBox=[-200, -300, 1200, 1000],
            ItalicAngle=0,
            Ascent=800,
            Descent=-250,
            CapHeight=700,
            StemV=80,
            FontFile2=Stream(pdf, FONT.read_bytes()),
        )
    )
    part = Dictionary(
        Type=Name.Font,
        Subtype=Name.CIDFontType2,
        BaseFont=Name.Jost,
        CIDSystemInfo=Dictionary(Registry=b"Adobe", Ordering=b"Identity", Supplement=0),
        FontDescriptor=descriptor,
        W=Array([0, widths]),
        CIDToGIDMap=Name.Identity,
    )
    face = Dictionary(
        Type=Name.Font,
        Subtype=Name.Type0,
        BaseFont=Name.Jost,
        Encoding=Name("/Identity-H"),
        DescendantFonts=Array([pdf.make_indirect(part)]),
    )
    return pdf.make_indirect(face), "".join(f"{glyph:04x}" for glyph in _glyphs(said))


def _resources(pdf: Pdf, font: pikepdf.Object) -> Dictionary:
    srgb = Stream(pdf, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), N=3)
    photo = picture(pdf, 300, 200, Array([Name.ICCBased, pdf.make_indirect(srgb)]), bytes([120, 90, 60]))
    plate = picture(pdf, 300, 200, Name.DeviceCMYK, bytes([200, 100, 50, 20]))
    group = Stream(
        pdf,
        b"0.5 0 0.5 0 k 0 0 30 10 re f",
        Type=Name.XObject,
        Subtype=Name.Form,
        BBox=[0, 0, 30, 10],
        Group=Dictionary(S=Name.Transparency, CS=Name.DeviceCMYK),
    )
    layer = pdf.make_indirect(Dictionary(Type=Name.OCG, Name="Rules"))
    pdf.Root.OCProperties = Dictionary(
        OCGs=Array([layer]), D=Dictionary(Name="Default", Order=Array([layer]), ON=Array([layer]))
    )
    return Dictionary(
        Font=Dictionary(Jost=font),
        XObject=Dictionary(Photo=photo, Plate=plate, Group=group),
        ColorSpace=Dictionary(Spot=spot("Copper")),
        Pattern=Dictionary(
            Fade=Dictionary(
                PatternType=2,
                Shading=Dictionary(
                    ShadingType=2,
                    ColorSpace=Name.DeviceCMYK,
                    Coords=[170, 300, 210, 300],
                    Function=Dictionary(FunctionType=2, Domain=[0, 1], C0=[0, 0, 0, 0], C1=[1, 0, 0, 0], N=1),
                ),
            )
        ),
        ExtGState=Dictionary(Layer=Dictionary(Type=Name.ExtGState, ca=0.9, BM=Name.Multiply)),
        Properties=Dictionary(On=layer),
    )


def spot(name: str, alternate: object = Name.DeviceCMYK, full: tuple[float, ...] = (0, 0.5, 0.9, 0.1)) -> Array:
    """A spot colour by its name."""
    return Array(
        [
            Name.Separation,
            Name(f"/{name}"),
            alternate,
            Dictionary(FunctionType=2, Domain=[0, 1], C0=[0] * len(full), C1=list(full), N=1),
        ]
    )


def picture(pdf: Pdf, width: int, height: int, space: object, pixel: bytes, **more: object) -> pikepdf.Object:
    """A picture of one colour."""
    return Stream(
        pdf,
        pixel * (width * height),
        Type=Name.XObject,
        Subtype=Name.Image,
        Width=width,
        Height=height,
        ColorSpace=space,
        BitsPerComponent=8,
        **more,
    )


def _code(said: str, module: float = 0.5 * MM, x: float = 30, y: float = 60) -> str:
    code = qrcode.QRCode(border=0)
    code.add_data(said)
    code.make()
    side = len(code.modules)
    return " ".join(
        f"{x + column * module:.3f} {y + (side - row) * module:.3f} {module:.3f} {module:.3f} re"
        for row, line in enumerate(code.modules)
        for column, dark in enumerate(line)
        if dark
    )


def _identify(pdf: Pdf) -> None:
    intent = Dictionary(
        Type=Name.OutputIntent,
        S=Name.GTS_PDFX,
        OutputConditionIdentifier="FOGRA47",
        RegistryName="http://www.color.org",
        Info="uncoated paper",
        DestOutputProfile=pdf.make_indirect(Stream(pdf, profile(), N=4)),
    )
    pdf.Root.OutputIntents = Array([pdf.make_indirect(intent)])
    metadata = Stream(pdf, XMP.format(date=DATE).encode(), Type=Name.Metadata, Subtype=Name.XML)
    pdf.Root.Metadata = pdf.make_indirect(metadata)
    pdf.trailer.Info = pdf.make_indirect(
        Dictionary(
            Title="A right card",
            CreationDate="D:20270214100000+00'00'",
            ModDate="D:20270214100000Z",
            Trapped=Name("/False"),
            GTS_PDFXVersion="PDF/X-4",
        )
    )
