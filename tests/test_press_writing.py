"""The writer of struck slips: what it writes is what the reference wrote, from the same operators."""

import hashlib
import io
import re
import subprocess
import sys
import tracemalloc
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pikepdf
import pypdfium2
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.t2CharStringPen import T2CharStringPen
from fontTools.ttLib import TTFont
from PIL import Image
from plate_kit import vector
from press_kit import FONTS, REPOSITORY, make_slip, make_world, no_pictures
from test_press_shipped import LAYOUTS, ShippedWorld, full_slip

from packslip.library.fonts import FontFile, load_fonts
from packslip.model import Slip
from packslip.press.embedding import Shared
from packslip.press.identity import Facts, info_entries, xmp
from packslip.press.imprint import FONTS as FONTS_MARK
from packslip.press.imprint import FaceUse, Imprint, ImprintPage, PdfObject
from packslip.press.pdffile import ART_BYTES, PACK, PdfFile, deflate_pieces, split_art
from packslip.press.writing import BatchWriter, Faces, load_faces, write_document

FACES = load_faces([font.path for font in FONTS])
NAMES = [face.name for face in FACES.faces]
SELF = Path(__file__)

RICH_HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"></head><body>
<h1>{{ copy.message.headline }}</h1><p class="faint">Faint <i>words</i> for {{ ship_to.name }}</p>
<p class="shade"> </p><p class="veil"> </p><p class="tiles"> </p><p class="lab">in Lab</p>
<img src="art:leaf.png"><img src="art:leaf.png">
{% if review %}<p><img src="{{ review.code }}"></p>{% endif %}{% if order.code %}<img src="{{ order.code }}">{% endif %}
{% for line in lines %}<p class="line">{{ line.name }}</p>{% endfor %}
</body></html>"""
RICH_CSS = """
@page{margin:12mm;bleed:5mm;marks:crop}
body{margin:0;font:9pt/12pt Jost;color:#000} h1{font:400 20pt/22pt "Cormorant Garamond"} i{font-family:"EB Garamond"}
.faint{opacity:.5} .shade{height:8mm;background:linear-gradient(90deg,#400,#cba)}
.veil{height:8mm;background:linear-gradient(#0000,#123)}
.tiles{height:10mm;background:url(art:leaf.png) 0 0/5mm 5mm} .lab{color:lab(50% 40 20)}
img{width:9mm}
"""


def facts_of(document: bytes) -> Facts:
    with pikepdf.open(io.BytesIO(document)) as pdf:
        return Facts(
            title=str(pdf.docinfo["/Title"]),
            dated=date(2026, 11, 20),
            language=str(pdf.Root.Lang),
            producer=str(pdf.docinfo["/Producer"]),
            identifier=bytes(pdf.trailer.ID[0]),
            release=str(pdf.docinfo["/PackslipRelease"]),
        )


class Reading:
    """A reference document, read back as the imprint it could have been written from."""

    def __init__(self, document: bytes, faces: Faces) -> None:
        self.pdf = pikepdf.open(io.BytesIO(document))
        resources = self.pdf.pages[0].Resources
        names = [face.name for face in faces.faces]
        self.faces = {key: names.index(str(font.BaseFont).split("+", 1)[1]) for key, font in resources.Font.items()}
        self.objects: dict[tuple[int, int], PdfObject] = {}
        self.imprint = Imprint(
            pages=tuple(self.page(page) for page in self.pdf.pages),
            faces={self.faces[key]: use_of(font) for key, font in resources.Font.items()},
            states={key[1:]: tuple(self.pieces(state)) for key, state in resources.ExtGState.items()},
            images={key[1:]: self.object(value) for key, value in resources.get("/XObject", {}).items()},
            patterns={key[1:]: self.object(value) for key, value in resources.get("/Pattern", {}).items()},
            shadings={key[1:]: self.object(value) for key, value in resources.get("/Shading", {}).items()},
        )

    def page(self, page: pikepdf.Page) -> ImprintPage:
        return ImprintPage(
            content=self.rename(page.Contents.read_bytes()),
            media_box=tuple(map(float, page.MediaBox)),
            bleed_box=tuple(map(float, page.BleedBox)),
            trim_box=tuple(map(float, page.TrimBox)),
        )

    def rename(self, content: bytes) -> bytes:
        return re.sub(rb"/([A-Z]{6}) (?=\S+ Tf)", lambda found: b"/F%d " % self.faces["/" + found[1].decode()], content)

    def object(self, source: pikepdf.Object) -> PdfObject:
        known = self.objects.get(source.objgen)
        if known is None:
            known = self.objects[source.objgen] = self.convert(source)
        return known

    def convert(self, source: pikepdf.Object) -> PdfObject:
        if not isinstance(source, pikepdf.Stream):
            return PdfObject(head=tuple(self.pieces(source)))
        leave, data = {"/Length"}, source.read_raw_bytes()
        if source.get("/Filter") == pikepdf.Name.FlateDecode and "/DecodeParms" not in source:
            data = zlib.compress(self.rename(source.read_bytes()))
        return PdfObject(head=tuple(self.pieces(source, leave)), data=data)

    def pieces(
        self, source: pikepdf.Object, leave: frozenset[str] | set[str] = frozenset()
    ) -> Iterator[bytes | PdfObject]:
        for key, value in source.items():
            if key in leave:
                continue
            yield key.encode() + b" "
            if key == "/Font":
                yield FONTS_MARK
            elif isinstance(value, pikepdf.Stream) or (isinstance(value, pikepdf.Dictionary) and value.is_indirect):
                yield self.object(value)
            elif isinstance(value, pikepdf.Dictionary):
                yield b"<<"
                yield from self.pieces(value)
                yield b">>"
            else:
                yield pikepdf.unparse_content_stream([([value], pikepdf.Operator("n"))])[:-2] + b" "


def use_of(font: pikepdf.Object) -> FaceUse:
    widths: dict[int, int] = {}
    entries = list(font.DescendantFonts[0].W.as_list())
    for first, run in zip(entries[::2], entries[1::2], strict=True):
        widths |= {int(first) + i: int(width) for i, width in enumerate(run.as_list())}
    lines = re.findall(
        rb"<([0-9a-f]{4})> ?<([0-9a-f]*)>\n", font.ToUnicode.read_bytes().partition(b"endcodespacerange")[2]
    )
    texts = {int(glyph, 16): bytes.fromhex(string.decode()).decode("utf-16-be") for glyph, string in lines}
    return FaceUse(widths=widths, texts=texts)


def imprint_of(document: bytes, faces: Faces = FACES) -> Imprint:
    return Reading(document, faces).imprint


def rewrite(document: bytes, fonts: Sequence[FontFile] = FONTS) -> bytes:
    faces = load_faces([font.path for font in fonts])
    return write_document(imprint_of(document, faces), facts_of(document), faces)


def rasters(document: bytes) -> list[np.ndarray]:
    with pypdfium2.PdfDocument(document) as pdf:
        return [page.render(scale=150 / 72).to_numpy().copy() for page in pdf]


def words(document: bytes) -> list[str]:
    with pypdfium2.PdfDocument(document) as pdf:
        return [page.get_textpage().get_text_range() for page in pdf]


def fonts_of(pdf: pikepdf.Pdf) -> dict[str, pikepdf.Object]:
    """Font dictionaries by what they are called without the tag."""
    fonts = [font for page in pdf.pages for font in page.Resources.Font.as_dict().values()]
    return {str(font.BaseFont).split("+", 1)[1]: font for font in fonts}


def check(document: bytes) -> pikepdf.Pdf:
    pdf = pikepdf.open(io.BytesIO(document))
    assert pdf.check_pdf_syntax() == []
    assert pdf.get_warnings() == []
    return pdf


@pytest.fixture(scope="module")
def picture(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("pictures") / "x.jpg"
    Image.effect_noise((120, 120), 20).convert("RGB").save(path)
    return path


def draw_shipped(name: str, lines: int, picture: Path, **changes: object) -> bytes:
    slip = replace(full_slip(LAYOUTS[name], "oriel-ash", lines), **changes)
    return drawn(slip, ShippedWorld(), picture)


def drawn(slip: Slip, world: object, picture: Path | None = None) -> bytes:
    return vector(slip, world, (lambda _digest: picture) if picture else no_pictures, reference=True)


@pytest.fixture(scope="module")
def shipped(picture: Path) -> Mapping[str, bytes]:
    cases = [("atelier-a4", 3), ("atelier-a4", 40), ("label-4x6", 2), ("note-a5", 1), ("plain", 12)]
    return {f"{name} {lines}": draw_shipped(name, lines, picture) for name, lines in cases}


@pytest.fixture(scope="module")
def rich(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return draw_rich(tmp_path_factory.mktemp("rich"))


def draw_rich(root: Path, **changes: object) -> bytes:
    world = make_world(root, RICH_HTML, RICH_CSS, max_pages=4)
    leaf = Image.linear_gradient("L").resize((64, 64))
    Image.merge("RGBA", (leaf, leaf, leaf, leaf)).save(root / "layouts" / "art" / "leaf.png")
    return drawn(make_slip(**changes), world)


@pytest.fixture(scope="module")
def documents(shipped: Mapping[str, bytes], rich: bytes) -> list[bytes]:
    return [*shipped.values(), rich]


@pytest.fixture(scope="module")
def faces_shown(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Every face that ships, in odd sizes."""
    letters = [sorted(map(chr, font.characters & set(range(0x30, 0x6F0))))[5:9] for font in FONTS]
    shown = [f"<p class='f{i}'>{''.join(each)}</p>" for i, each in enumerate(letters)]
    styles = [
        f".f{i}{{font:{font.style} {font.weight} {7.3 + 1.7 * i}px '{font.family}'}}" for i, font in enumerate(FONTS)
    ]
    world = make_world(tmp_path_factory.mktemp("faces"), "".join(shown), "".join(styles))
    document = drawn(make_slip(), world)
    with pikepdf.open(io.BytesIO(document)) as pdf:
        assert set(fonts_of(pdf)) == set(NAMES)
    return document


def test_pages_are_the_references_to_the_pixel(documents: list[bytes]) -> None:
    for document in documents:
        written = rewrite(document)
        check(written)
        pairs = list(zip(rasters(document), rasters(written), strict=True))
        assert pairs
        assert all(np.array_equal(reference, struck) for reference, struck in pairs)
        assert words(written) == words(document)


def reached(source: PdfObject) -> Iterator[PdfObject]:
    yield source
    for piece in source.head:
        if isinstance(piece, PdfObject):
            yield from reached(piece)


def test_the_rich_document_has_groups_patterns_shadings_and_masks(rich: bytes) -> None:
    imprint = imprint_of(rich)
    used = [*imprint.images.values(), *imprint.patterns.values()]
    heads = [
        b"".join(piece for piece in each.head if isinstance(piece, bytes)) for top in used for each in reached(top)
    ]
    for word in (b"/Group", b"/SMask", b"/Luminosity", b"/ShadingType", b"/PatternType", FONTS_MARK):
        assert any(word in head for head in heads), word
    assert not any(b"/lab-d" in page.content for page in imprint.pages)  # all is in the space of what is printed on


def test_the_file_says_what_the_reference_says(documents: list[bytes]) -> None:
    for document in documents:
        reference, written = pikepdf.open(io.BytesIO(document)), check(rewrite(document))
        assert written.pdf_version == reference.pdf_version
        assert dict(written.docinfo.items()) == dict(reference.docinfo.items())
        assert written.Root.Lang == reference.Root.Lang
        assert bytes(written.trailer.ID[0]) == bytes(reference.trailer.ID[0])
        assert "/ProcSet" not in written.pages[0].Resources
        for old, new in zip(reference.pages, written.pages, strict=True):
            for box in ("/MediaBox", "/TrimBox", "/BleedBox"):
                assert list(new[box].as_list()) == list(old[box].as_list())


def test_fonts_are_described_as_in_the_reference(documents: list[bytes], faces_shown: bytes) -> None:
    for document in (*documents, faces_shown):
        reference, written = pikepdf.open(io.BytesIO(document)), check(rewrite(document))
        olds, news = fonts_of(reference), fonts_of(written)
        assert set(olds) == set(news)
        for name, old in olds.items():
            new = news[name]
            assert (new.Type, new.Subtype, new.Encoding) == (old.Type, old.Subtype, old.Encoding)
            old_part, new_part = old.DescendantFonts[0], new.DescendantFonts[0]
            for key in ("/Type", "/Subtype", "/CIDSystemInfo", "/CIDToGIDMap"):
                assert new_part[key] == old_part[key]
            for key in set(old_part.FontDescriptor.keys()) - {"/FontName", "/FontFile2"}:
                assert new_part.FontDescriptor[key] == old_part.FontDescriptor[key], key
            assert use_of(new) == use_of(old)
            assert re.fullmatch(r"/[A-Z]{6}\+" + re.escape(name), str(new.BaseFont))
            assert new.BaseFont == new_part.BaseFont == new_part.FontDescriptor.FontName


def test_files_are_hardly_larger_than_the_references(documents: list[bytes]) -> None:
    assert [len(rewrite(document)) <= 1.05 * len(document) for document in documents] == [True] * len(documents)


def outlines(program: bytes) -> dict[int, object]:
    font = TTFont(io.BytesIO(program))
    table = font["glyf"]
    order = font.getGlyphOrder()
    return {i: table[glyph].getCoordinates(table) for i, glyph in enumerate(order) if table[glyph].numberOfContours}


def test_subsets_hold_exactly_the_glyphs_used(shipped: Mapping[str, bytes]) -> None:
    pdf = check(rewrite(shipped["atelier-a4 3"]))
    reference_pdf = pikepdf.open(io.BytesIO(shipped["atelier-a4 3"]))
    reference = fonts_of(reference_pdf)
    for name, font in fonts_of(pdf).items():
        file = font.DescendantFonts[0].FontDescriptor.FontFile2
        program = file.read_bytes()
        assert int(file.Length1) == len(program)
        face = outlines(FONTS[NAMES.index(name)].path.read_bytes())
        used = set(use_of(font).widths)
        full = TTFont(FONTS[NAMES.index(name)].path)
        components = {
            full.getGlyphID(part)
            for glyph in used
            for part in full["glyf"][full.getGlyphName(glyph)].getComponentNames(full["glyf"])
        }
        embedded = outlines(program)
        assert set(embedded) - components == used & set(face) - components
        assert set(embedded) <= used | components
        assert embedded == {glyph: face[glyph] for glyph in embedded}
        old = TTFont(io.BytesIO(reference[name].DescendantFonts[0].FontDescriptor.FontFile2.read_bytes()))
        new = TTFont(io.BytesIO(program))
        assert all(new.reader[table] == old.reader[table] for table in ("glyf", "loca", "hmtx", "maxp"))


def test_hints_are_dropped(tmp_path: Path) -> None:
    font = TTFont(FONTS[7].path)
    name = font.getBestCmap()[ord("A")]
    font["glyf"][name].program.fromBytecode(b"\xb0\x01\x21" * 40)
    font.save(tmp_path / "x.ttf")
    use = say("A", 7)[1]
    hinted_face = load_faces([tmp_path / "x.ttf"])[0]
    plain, hinted = (zlib.decompress(face.subset(frozenset(use.widths)).program) for face in (FACES[7], hinted_face))
    glyphs = TTFont(io.BytesIO(hinted))["glyf"]
    assert not glyphs[glyphs.glyphOrder[next(iter(use.widths))]].program.getBytecode()
    assert len(hinted) == len(plain)


def test_bytes_follow_from_the_slip_alone(tmp_path: Path, documents: list[bytes]) -> None:
    fresh = [rewrite(document) for document in documents]
    faces = load_faces([font.path for font in FONTS])
    for turn in (documents, documents[::-1]):
        kept = [write_document(imprint_of(document), facts_of(document), faces) for document in turn]
        assert kept == (fresh if turn is documents else fresh[::-1])
    path = tmp_path / "x.pdf"
    path.write_bytes(documents[-1])
    program = f"""
import hashlib, sys
sys.path.insert(0, {str(SELF.parent)!r})
from pathlib import Path
from test_press_writing import rewrite
print(hashlib.sha256(rewrite(Path({str(path)!r}).read_bytes())).hexdigest())"""
    for seed in "12":
        run = [sys.executable, "-c", program]
        result = subprocess.run(
            run, capture_output=True, text=True, check=True, env={"PYTHONHASHSEED": seed}, cwd=REPOSITORY
        )
        assert result.stdout.strip() == hashlib.sha256(fresh[-1]).hexdigest()


def one_page(content: bytes, use: FaceUse, index: int = 0, **changes: object) -> Imprint:
    box = (0.0, 0.0, 200.0, 100.0)
    page = ImprintPage(content=content, media_box=box, bleed_box=box, trim_box=box)
    imprint = Imprint(pages=(page,), faces={index: use}, states={}, images={}, patterns={}, shadings={})
    return replace(imprint, **changes)


FACTS = Facts(title="A (1)", dated=date(2026, 3, 4), language="de-DE", producer="packslip", identifier=b"id")


def say(string: str, index: int = 0) -> tuple[bytes, FaceUse]:
    """Operators that set a text in a face, and the use they make of it."""
    font = TTFont(FONTS[index].path)
    glyphs = {font.getGlyphID(font.getBestCmap()[ord(letter)]): letter for letter in string}
    by_letter = {letter: glyph for glyph, letter in glyphs.items()}
    shown = "".join(f"{by_letter[letter]:04x}" for letter in string)
    widths = {
        glyph: round(1000 * font["hmtx"][font.getGlyphName(glyph)][0] / font["head"].unitsPerEm) for glyph in glyphs
    }
    return f"BT /F{index} 20 Tf 10 30 Td <{shown}> Tj ET".encode(), FaceUse(widths=widths, texts=glyphs)


def test_a_text_in_brackets_and_no_identifier(rich: bytes) -> None:
    content, use = say("Anna")
    pdf = check(write_document(one_page(content, use), replace(FACTS, identifier=b"", language=""), FACES))
    assert str(pdf.docinfo["/Title"]) == "A (1)"
    assert str(pdf.docinfo["/CreationDate"]) == "D:20260304"
    assert "/ID" not in pdf.trailer
    assert "/Lang" not in pdf.Root


def save_postscript(path: Path) -> None:
    """A face with cubic outlines, made of one of ours."""
    source = TTFont(FONTS[0].path)
    names = source.getGlyphOrder()
    glyphs, charstrings = source.getGlyphSet(), {}
    for name in names:
        pen = T2CharStringPen(glyphs[name].width, glyphs)
        glyphs[name].draw(pen)
        charstrings[name] = pen.getCharString()
    builder = FontBuilder(source["head"].unitsPerEm, isTTF=False)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap(source.getBestCmap())
    builder.setupCFF("X", {}, charstrings, {})
    builder.setupHorizontalMetrics({name: source["hmtx"][name] for name in names})
    builder.setupHorizontalHeader(ascent=924, descent=-287)
    builder.setupNameTable({"familyName": "Post Script", "styleName": "Regular"})
    builder.setupOS2(usWeightClass=600)
    builder.setupPost()
    builder.save(path)


def test_a_postscript_face(tmp_path: Path) -> None:
    (tmp_path / "fonts").mkdir()
    save_postscript(tmp_path / "fonts" / "x.otf")
    fonts = load_fonts(tmp_path / "fonts")[0]
    world = make_world(tmp_path, "<p>{{ ship_to.name }}</p>", "body{font:600 20pt 'Post Script'}")
    world.fonts = fonts
    document = drawn(make_slip(), world)
    written = rewrite(document, fonts)
    assert words(written) == words(document) == ["Eleanor Fitzgerald"]
    assert np.array_equal(rasters(written), rasters(document))
    assert len(written) <= 1.05 * len(document)
    reference, pdf = pikepdf.open(io.BytesIO(document)), check(written)
    (name, old), (same_name, new) = *fonts_of(reference).items(), *fonts_of(pdf).items()
    assert name == same_name == "Post-Script-Semi-Bold"
    old_part, new_part = old.DescendantFonts[0], new.DescendantFonts[0]
    assert new_part.Subtype == old_part.Subtype == "/CIDFontType0"
    assert new_part.FontDescriptor.FontFile3.Subtype == "/OpenType"
    for key in set(old_part.FontDescriptor.keys()) - {"/FontName", "/FontFile3"}:
        assert new_part.FontDescriptor[key] == old_part.FontDescriptor[key], key
    program = TTFont(io.BytesIO(new_part.FontDescriptor.FontFile3.read_bytes()))
    shapes, glyphs = program["CFF "].cff[0].CharStrings, program.getGlyphOrder()
    filled = {i for i, glyph in enumerate(glyphs) if len(shapes[glyph].bytecode) > 1}
    assert filled - {0} == set(use_of(new).widths)  # HarfBuzz leaves .notdef in CFF, for the reference as well


def test_faces_that_the_reference_makes_over_are_refused(tmp_path: Path) -> None:
    paths = []
    for tag in ("fvar", "COLR"):
        font = TTFont(FONTS[7].path)
        font[tag] = raw_table(tag)
        paths.append(tmp_path / f"{tag}.ttf")
        font.save(paths[-1])
    faces = load_faces([FONTS[7].path, *paths])
    assert faces.refused == {1: "a variable font", 2: "a font in colour"}
    assert FACES.refused == {}
    content, use = say("Anna", 7)
    with pytest.raises(ValueError, match="face 1 is a variable font"):
        write_document(one_page(content, use, 1), FACTS, faces)


def raw_table(tag: str) -> object:
    from fontTools.ttLib.tables.DefaultTable import DefaultTable

    table = DefaultTable(tag)
    table.data = bytes(16)
    return table


def test_a_glyph_that_a_face_has_not_is_refused() -> None:
    content, _ = say("Anna")
    use = FaceUse(widths={65000: 500}, texts={65000: "x"})
    with pytest.raises(ValueError, match="not 65000"):
        write_document(one_page(content, use), FACTS, FACES)


def test_many_glyphs_and_texts_of_several_letters() -> None:
    count = 230
    use = FaceUse(widths=dict.fromkeys(range(5, 5 + count), 600), texts=dict.fromkeys(range(5, 5 + count), "f🌿"))
    pdf = check(write_document(one_page(b"", use), FACTS, FACES))
    font = pdf.pages[0].Resources.Font.F0
    assert use_of(font) == use
    assert re.findall(rb"(\d+) beginbfchar", font.ToUnicode.read_bytes()) == [b"100", b"100", b"30"]
    assert int(font.DescendantFonts[0].FontDescriptor.Flags) & 1  # of one width


ART = b"".join(b"%d %d l\n" % (i * 37 % 400, i * 91 % 300) for i in range(400))


def test_art_is_found_to_the_line() -> None:
    content = b"q\n1 0 0 1 5 5 cm\nq\n0 0 0 rg\n0 0 m\n" + ART + b"h\nf\nQ\nQ\nBT\n[<0001>] TJ\nET\n" + ART + b"S"
    pieces = split_art(content)
    assert b"".join(piece for piece, _ in pieces) == content
    assert [is_art for _, is_art in pieces] == [False, True, False, True, False]
    assert pieces[1][0] == b"0 0 m\n" + ART + b"h\n"
    assert zlib.decompress(deflate_pieces(pieces, 1)) == content
    for plain in (b"", b"q\nQ", ART[: ART_BYTES // 2], b"1 " * ART_BYTES, ART.replace(b"\n", b" ")):
        assert b"".join(piece for piece, _ in split_art(plain)) == plain
        assert zlib.decompress(deflate_pieces(split_art(plain), 1)) == plain
    assert split_art(ART)[-1][1]


def test_many_small_objects_are_packed_in_several_streams() -> None:
    chunks: list[bytes] = []
    file = PdfFile(chunks.append)
    pages = file.reserve()
    root = file.add(b"<</Type/Catalog/Pages %d 0 R>>" % pages)
    values = [file.add(b"<</N %d>>" % i) for i in range(3 * PACK)]
    file.add(b"<</Type/Pages/Kids[]/Count 0/All[%b]>>" % b" ".join(values), pages)
    file.close(root, file.add(b"<</Producer(x)>>"), b"")
    pdf = pikepdf.open(io.BytesIO(b"".join(chunks)))
    assert [int(value.N) for value in pdf.Root.Pages.All.as_list()] == list(range(3 * PACK))
    assert b"".join(chunks).count(b"/ObjStm") == 4


def batch(imprints: list[Imprint], facts: Facts = FACTS, faces: Faces = FACES) -> bytes:
    output = io.BytesIO()
    with BatchWriter(
        output,
        faces,
        Facts(title="Run · 1", dated=date(2026, 11, 20), language="", producer="packslip", identifier=b""),
    ) as writer:
        for imprint in imprints:
            writer.add(imprint, facts)
    return output.getvalue()


@pytest.fixture(scope="module")
def day(picture: Path, tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    names = ["Eleanor Fitzgerald", "Jörg Weiß", "Zoë Quaïl", "Ørjan Æther", "Ida Nováková", "Vic Xu"]
    slips = [
        draw_shipped(
            "atelier-a4",
            (1, 2, 40)[i % 3],
            picture,
            ship_to=replace(make_slip().ship_to, name=name, lines=(f"{i} Kiln Yard",)),
        )
        for i, name in enumerate(names)
    ]
    riches = [
        draw_rich(tmp_path_factory.mktemp("rich"), ship_to=replace(make_slip().ship_to, name=name)) for name in names
    ]
    return [*slips, *riches]


def test_pages_of_a_batch_are_those_of_the_single_documents(day: list[bytes]) -> None:
    written = batch([imprint_of(document) for document in day])
    check(written)
    singles = [page for document in day for page in rasters(document)]
    together = rasters(written)
    assert len(together) == len(singles) > len(day)
    assert all(np.array_equal(one, other) for one, other in zip(singles, together, strict=True))
    assert words(written) == [page for document in day for page in words(document)]


def test_a_batch_says_what_it_is_and_keeps_boxes(day: list[bytes]) -> None:
    pdf = check(batch([imprint_of(document) for document in day]))
    assert str(pdf.docinfo["/Title"]) == "Run · 1"
    assert str(pdf.docinfo["/CreationDate"]) == "D:20261120"
    assert str(pdf.Root.Lang) == "de-DE"
    boxes = [list(page.BleedBox.as_list()) for document in day for page in pikepdf.open(io.BytesIO(document)).pages]
    assert [list(page.BleedBox.as_list()) for page in pdf.pages] == boxes


def test_a_batch_writes_what_is_equal_once(day: list[bytes]) -> None:
    pdf = check(batch([imprint_of(document) for document in day]))
    streams = [entry for entry in pdf.objects if isinstance(entry, pikepdf.Stream)]
    pictures = [entry for entry in streams if entry.get("/Subtype") == "/Image"]
    assert len(pictures) == len({hashlib.sha256(entry.read_raw_bytes()).digest() for entry in pictures})
    programs = [entry for entry in streams if "/Length1" in entry]
    faces = {str(font.BaseFont)[8:] for page in pdf.pages for font in page.Resources.Font.as_dict().values()}
    assert len(programs) == len(faces)
    arts = [page.Contents[1].objgen for page in pdf.pages if isinstance(page.Contents, pikepdf.Array)]
    assert len(arts) > len(set(arts)) >= 1


def test_a_batch_is_the_same_each_time(day: list[bytes]) -> None:
    assert batch([imprint_of(document) for document in day]) == batch(
        [imprint_of(document) for document in day], faces=load_faces([font.path for font in FONTS])
    )


def test_slips_that_disagree_on_a_glyph_get_fonts_of_their_own_over_one_program() -> None:
    (content, plain), (_, more) = say("Anna"), say("Bann")
    glyph = next(iter(plain.widths))
    wider = FaceUse(widths=plain.widths | {glyph: 900}, texts=plain.texts)
    other = FaceUse(widths=plain.widths, texts=plain.texts | {glyph: "Å"})
    uses = [plain, wider, more, other, plain, wider]
    written = batch([one_page(content, use) for use in uses])
    pdf = check(written)
    fonts = [page.Resources.Font.F0 for page in pdf.pages]
    numbers = [font.objgen for font in fonts]
    assert numbers[0] == numbers[2] == numbers[4]
    assert numbers[1] == numbers[5]
    assert len(set(numbers)) == 3
    assert len({font.DescendantFonts[0].FontDescriptor.FontFile2.objgen for font in fonts}) == 1
    for use, font in zip(uses, fonts, strict=True):
        known = use_of(font)
        assert use.widths.items() <= known.widths.items()
        assert use.texts.items() <= known.texts.items()
    assert words(written) == ["Anna", "Anna", "Anna", "Ånna", "Anna", "Anna"]


def test_a_group_with_text_follows_the_fonts_of_its_own_page() -> None:
    content, plain = say("Anna")
    glyph = next(iter(plain.widths))
    other = FaceUse(widths=plain.widths, texts=plain.texts | {glyph: "Å"})
    written = batch([one_page(b"/x0 Do", use, images={"x0": group(content)}) for use in (plain, other, plain)])
    check(written)
    assert words(written) == ["Anna", "Ånna", "Anna"]
    pdf = check(written)
    forms = [page.Resources.XObject.x0.objgen for page in pdf.pages]
    assert forms[0] == forms[2] != forms[1]


def group(content: bytes) -> PdfObject:
    head = b"/Type/XObject/Subtype/Form/BBox[0 0 200 100]/Filter/FlateDecode/Resources<</Font "
    return PdfObject(head=(head, FONTS_MARK, b">>"), data=zlib.compress(content))


def test_an_object_is_written_once_in_a_document() -> None:
    content, use = say("Anna")
    form = group(content)
    images = {
        "x0": form,
        "x1": form,
        "x2": PdfObject(head=(b"/Type/XObject/Subtype/Form/BBox[0 0 9 9]/G ", form), data=b""),
    }
    pdf = check(write_document(one_page(b"/x0 Do /x1 Do /x2 Do", use, images=images), FACTS, FACES))
    found = pdf.pages[0].Resources.XObject
    assert found.x0.objgen == found.x1.objgen == found.x2.G.objgen
    assert sum("/BBox" in entry for entry in pdf.objects if isinstance(entry, pikepdf.Stream)) == 2


def test_a_state_may_refer_to_a_group() -> None:
    content, use = say("Anna")
    form = group(content)
    states = {"s0": (b"/SMask<</S/Luminosity/G ", form, b">>")}
    pdf = check(write_document(one_page(b"/s0 gs /x0 Do", use, states=states, images={"x0": form}), FACTS, FACES))
    resources = pdf.pages[0].Resources
    assert resources.ExtGState.s0.SMask.G.objgen == resources.XObject.x0.objgen
    assert resources.XObject.x0.Resources.Font.objgen == resources.Font.objgen


def test_a_dictionary_is_not_taken_for_an_empty_stream() -> None:
    shared = Shared(PdfFile([].append))
    assert shared.add(b"/A 1") == shared.add(b"/A 1") != shared.add(b"/A 1", b"")


class Counter:
    """A file that keeps nothing."""

    size = 0

    def write(self, data: bytes) -> int:
        self.size += len(data)
        return len(data)


def test_a_batch_keeps_no_page(day: list[bytes]) -> None:
    rng = np.random.default_rng(1)
    content, use = say("Anna")
    output = Counter()
    with BatchWriter(
        output, FACES, Facts(title="", dated=date(2026, 1, 1), language="", producer="p", identifier=b"")
    ) as writer:
        writer.add(one_page(content, use), FACTS)
        tracemalloc.start()
        for i in range(500):
            noise = rng.bytes(20_000).hex().encode()
            image = PdfObject(head=(b"/Type/XObject/Subtype/Form/BBox[0 0 9 %d]" % i,), data=rng.bytes(20_000))
            writer.add(one_page(b"%" + noise + b"\n" + content, use, images={"x0": image}), FACTS)
        kept, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert output.size > 500 * 40_000
    assert kept < 500 * 1_500
    assert peak < kept + 1_000_000


def test_a_page_tree_of_many_pages() -> None:
    content, use = say("Anna")
    pdf = check(batch([one_page(content + b" %%%d" % i, use) for i in range(250)]))
    assert [int(node.Count) for node in pdf.Root.Pages.Kids.as_list()] == [100, 100, 50]
    assert int(pdf.Root.Pages.Count) == len(pdf.pages) == 250
    assert [page.Contents.read_bytes()[-4:].strip(b" ").split(b"%")[1] for page in pdf.pages] == [
        b"%d" % i for i in range(250)
    ]
    whole = check(batch([one_page(content, use)] * 100))
    assert [int(node.Count) for node in whole.Root.Pages.Kids.as_list()] == [100]


def test_a_batch_that_fails_is_no_pdf() -> None:
    output = io.BytesIO()
    content, use = say("Anna")
    bad = one_page(content, FaceUse(widths={65000: 1}, texts={}))
    with (  # noqa: PT012
        pytest.raises(ValueError, match="not 65000"),
        BatchWriter(
            output, FACES, Facts(title="", dated=date(2026, 1, 1), language="", producer="p", identifier=b"")
        ) as writer,
    ):
        writer.add(one_page(content, use), FACTS)
        writer.add(bad, FACTS)
    assert b"%%EOF" not in output.getvalue()


def test_languages_that_differ_are_not_claimed() -> None:
    content, use = say("Anna")
    output = io.BytesIO()
    with BatchWriter(
        output, FACES, Facts(title="", dated=date(2026, 1, 1), language="", producer="p", identifier=b"")
    ) as writer:
        writer.add(one_page(content, use), FACTS)
        writer.add(one_page(content, use), replace(FACTS, language="fr-FR"))
    assert "/Lang" not in check(output.getvalue()).Root


@pytest.mark.parametrize(
    "title", ["A & <B>", "day\x01 one", "day\udc80", "a\uffffb", "one\rtwo\tthree", "Müller · ½", "\U0001f4e6"]
)
def test_info_and_metadata_say_the_same_title_whatever_a_batch_is_called(title: str) -> None:
    facts = Facts(title=title, dated=date(2026, 11, 20), language="", producer="packslip", identifier=b"")
    said = ET.fromstring(xmp(facts)).findtext(".//{*}title/{*}Alt/{*}li")
    assert said == str(pikepdf.Object.parse(info_entries(facts)[b"Title"]))
    assert said is not None
    assert said.replace("?", "") in title.translate({ord(letter): None for letter in "\x01\udc80\uffff\r\t"})
