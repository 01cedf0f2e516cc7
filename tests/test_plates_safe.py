"""Nobody's data: what is kept from slip to slip, and other slips' documents, hold nothing of a slip that was struck."""

import functools
import gc
import io
import re
import struct
import sys
import types
import zlib
from collections.abc import Callable, Collection, Iterator
from dataclasses import fields, is_dataclass, replace
from pathlib import Path

import pikepdf
import pytest
import uharfbuzz as hb
from plate_kit import PLATE, draw, make_pictures, vector
from press_kit import FONTS, REPOSITORY, SmallWorld
from test_press_shipped import BRANDS, COPY, LAYOUTS, MEDIA, full_slip

from packslip.library.layouts import Layout
from packslip.model import Code, Slip, SlipAddress, SlipLine, SlipOffer, SlipOrder, SlipReview, SlipTotal, Symbology
from packslip.press.kept import kept_of
from packslip.settings import MediaSettings

#: Every one is a word of its own, in letters that shape one by one in every font of the house.
CANARIES = {
    "order.id": "ZQ-70731",
    "order.tracking": "QX9946102ZK",
    "order.gift_message": "Jwuqkona Vyrp",
    "order.delivery_estimate": "Zwolkyday 31",
    "order.ship_method": "Quyxpost",
    "ship_to.name": "Xavyq Zrukmopel",
    "ship_to.lines": "77 Kwyjzab Lane",
    "lines.name": "Pywzok burqel",
    "lines.sku": "KX-90417",
    "lines.price": "£83.17",
    "totals.amount": "£9,317.46",
    "offer.code": "W7QK-X3ZD-Y4",
    "review.url": "HTTPS://OA.EXAMPLE/R/Z7Q2M9QX4W",
}


class PublicWorld(SmallWorld):
    """The layouts that ship. Knows the texts of the release, as the real world does."""

    def __init__(self) -> None:
        super().__init__(REPOSITORY, LAYOUTS, brands=BRANDS)

    def media(self, layout: Layout) -> MediaSettings:
        return MEDIA[layout.media]

    def public_texts(self, amount: str) -> frozenset[str]:
        return frozenset({amount, *(text for block in COPY.values() for text in block.values())})


def canary_slip(name: str, tail: str = "") -> Slip:
    """A slip that says a canary in every field; `tail` makes other canaries of them."""
    said = {field: f"{text}{tail}" for field, text in CANARIES.items()}
    slip = full_slip(LAYOUTS[name], "oriel-ash", 3)
    payloads = {"review": said["review.url"], "order": said["order.id"]}
    return replace(
        slip,
        order=SlipOrder(
            id=said["order.id"],
            date="20 November 2026",
            code=slip.order.code,
            ship_method=said["order.ship_method"],
            tracking=said["order.tracking"],
            delivery_estimate=said["order.delivery_estimate"],
            gift_message=said["order.gift_message"],
        ),
        ship_to=SlipAddress(name=said["ship_to.name"], lines=(said["ship_to.lines"], "Bristol")),
        lines=tuple(
            replace(line, name=said["lines.name"], sku=said["lines.sku"], price=said["lines.price"])
            for line in slip.lines
        ),
        totals=(SlipTotal(label="Order total", amount=said["totals.amount"], strong=True),),
        offer=SlipOffer(code=said["offer.code"], amount="15 %", until="14 February 2027"),
        review=slip.review and SlipReview(url=said["review.url"], code=slip.review.code),
        codes=tuple(replace(code, payload=payloads[code.name]) for code in slip.codes),
    )


class Search:
    """Looks for canaries as text, in any encoding a PDF has, and as runs of glyphs of any face."""

    def __init__(self, words: Collection[str]) -> None:
        parts = {part for word in words for part in re.split(r"[ /:]+", word)}
        self.words = {part for part in parts if len(part) > 4} - {"HTTPS", "OA.EXAMPLE"}
        self.glyphs = {run for word in self.words for run in glyph_runs(word)}
        self._hex = {b"".join(b"%04x" % glyph for glyph in run) for run in self.glyphs}
        self._bytes = {word.encode(code) for word in self.words for code in ("utf-8", "utf-16-be")} | {
            struct.pack(f"<{len(run)}{kind}", *run) for run in self.glyphs for kind in "HI"
        }

    def finds(self, thing: object) -> bool:
        """Whether a thing says a canary by itself."""
        if isinstance(thing, str):
            return any(word in thing for word in self.words) or self.finds(thing.encode(errors="replace"))
        if isinstance(thing, bytes | bytearray | memoryview):
            data = bytes(thing)
            return self._in_bytes(data) or (data[:1] == b"\x78" and self._in_bytes(inflated(data)))
        if isinstance(thing, list | tuple) and thing and all(type(item) is int for item in thing):
            return any(run == tuple(thing[at : at + len(run)]) for run in self.glyphs for at in range(len(thing)))
        return False

    def _in_bytes(self, data: bytes) -> bool:
        if any(word in data for word in self._bytes):
            return True
        if b"<" not in data:
            return False
        bare = re.sub(rb">\s*-?[\d.]+\s*<|>\s*<", b"", data).lower()
        return any(run in bare for run in self._hex)


def inflated(data: bytes) -> bytes:
    try:
        return zlib.decompress(data)
    except zlib.error:
        return b""


@functools.cache
def faces() -> tuple[hb.Font, ...]:
    return tuple(hb.Font(hb.Face(font.path.read_bytes())) for font in FONTS)


def glyph_runs(word: str) -> Iterator[tuple[int, ...]]:
    """A word in each face, as shaping gives it."""
    for font in faces():
        buffer = hb.Buffer()
        buffer.add_str(word)
        buffer.guess_segment_properties()
        hb.shape(font, buffer)
        glyphs = tuple(info.codepoint for info in buffer.glyph_infos)
        if 0 not in glyphs:
            yield glyphs


def reachable(*roots: object) -> Iterator[object]:
    """Every object that hangs on the roots, but for code, classes and modules, which hold the whole interpreter."""
    seen: set[int] = set()
    waiting = list(roots)
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, types.ModuleType | types.FrameType | types.CodeType | type):
            continue
        seen.add(id(thing))
        yield thing
        if isinstance(thing, types.FunctionType):
            waiting += [thing.__closure__, thing.__defaults__, thing.__kwdefaults__]
        else:
            waiting += gc.get_referents(thing)


def press_globals() -> list[object]:
    """What the modules of the press and of WeasyPrint hold by themselves."""
    return [
        value
        for name, module in list(sys.modules.items())
        if name.startswith(("packslip.press", "packslip.compose", "packslip.world", "weasyprint", "pydyf"))
        for value in vars(module).values()
        if not isinstance(value, types.ModuleType | type)
    ]


def pdf_streams(data: bytes) -> Iterator[bytes]:
    with pikepdf.open(io.BytesIO(data)) as pdf:
        for thing in pdf.objects:
            yield thing.unparse(resolved=False)
            if isinstance(thing, pikepdf.Stream) and thing.get("/Subtype") != "/Image":
                yield thing.read_bytes()


def found_in(search: Search, *roots: object) -> list[str]:
    return [repr(thing)[:200] for thing in reachable(*roots) if search.finds(thing)]


@pytest.mark.parametrize("name", sorted(LAYOUTS))
def test_nothing_of_a_slip_is_kept(name: str, tmp_path: Path) -> None:
    pictures, world = make_pictures(tmp_path), PublicWorld()
    slips = (canary_slip(name), canary_slip(name, "V"))
    assert [draw(slip, world, pictures)[0].path for slip in slips] == [PLATE, PLATE]
    told = [vector(slip, world, pictures) for slip in slips]
    clean, _ = draw(full_slip(LAYOUTS[name], "oriel-ash", 3), world, pictures)
    assert clean.path is PLATE
    search = Search([*CANARIES.values(), *(f"{text}V" for text in CANARIES.values())])
    assert sum(any(map(search.finds, pdf_streams(data))) for data in told) == 2
    assert not any(map(search.finds, pdf_streams(clean.data)))
    kept = kept_of(world)
    assert kept.plates.traced > 0
    assert found_in(search, kept) == []


@pytest.fixture(scope="module")
def kept_words(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[str], list[str]]:
    """What a world keeps after a slip, and what modules keep."""
    world, pictures = PublicWorld(), make_pictures(tmp_path_factory.mktemp("pictures"))
    search = Search(CANARIES.values())
    document, _ = draw(canary_slip("label-4x6"), world, pictures)
    assert document.path is PLATE
    gc.collect()
    return found_in(search, kept_of(world)), found_in(search, *press_globals())


def test_the_last_slip_leaves_nothing_in_its_world(kept_words: tuple[list[str], ...]) -> None:
    assert kept_words[0] == []


def test_the_last_slip_leaves_nothing_in_modules(kept_words: tuple[list[str], ...]) -> None:
    assert kept_words[1] == []


def holding(word: str) -> Callable[[], str]:
    return lambda: word


def test_the_search_finds_what_is_hidden() -> None:
    """The searcher itself, on everything that it must see."""
    search = Search(["Xavyq"])
    run = next(glyph_runs("Xavyq"))
    array = "<" + ">12<".join(f"{glyph:04x}" for glyph in run) + ">"
    hidden = [
        "a Xavyq b",
        b"Xavyq",
        "Xavyq".encode("utf-16-be"),
        zlib.compress(b"..Xavyq.."),
        [7, *run, 9],
        run,
        array,
        array.encode(),
        zlib.compress(array.encode()),
        {"deep": [{"er": ("Xavyq",)}]},
        holding("Xavyq"),
        functools.partial(print, "Xavyq"),
    ]
    for thing in hidden:
        assert found_in(search, thing), thing
    cached = functools.lru_cache(str.upper)
    cached("Xavyq")
    assert found_in(search, cached)
    assert found_in(search, "Xavy", b"nothing", [1, 2, 3], {"a": 1}) == []


def test_every_field_of_a_slip_has_a_canary() -> None:
    """Whatever a slip gains is either told here or nobody's."""
    public = {"key", "layout", "release", "dated", "locale", "direction", "segment", "message", "parcel", "copy"}
    public |= {"recommendations", "content", "brand", "dropped", "codes"}
    told = {field.partition(".")[0] for field in CANARIES}
    assert {field.name for field in fields(Slip)} == public | told
    for block in (SlipOrder, SlipLine, SlipOffer, SlipReview, Code):
        assert is_dataclass(block)
    assert Symbology.QR in {code.symbology for code in canary_slip("atelier-a4").codes}
