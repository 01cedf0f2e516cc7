"""Renditions for each output profile: inks, dots, and what they are worth in a PDF."""

import io
import random
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pypdfium2
import pytest
import weasyprint
from hypothesis import given, settings
from hypothesis import strategies as st
from picture_kit import encode, noise, photo
from PIL import Image, ImageCms, ImageDraw

from packslip.engine.decoding import Decoders
from packslip.engine.images import product_uses
from packslip.library.picture_colours import mark_of, most_ink
from packslip.library.printing_conditions import shipped_conditions
from packslip.line.pictures import PictureDesk
from packslip.pictures.dithering import PAPER_WHITE, dither, white_point
from packslip.pictures.index import key
from packslip.pictures.recipe import Recipe
from packslip.pictures.rendering import render_renditions
from packslip.settings import PictureSettings
from packslip.world import World
from packslip.world.starter import make_workspace

CONDITIONS = shipped_conditions()
UNCOATED, COATED, RGB = (CONDITIONS[name] for name in ("FOGRA47L_uncoated", "FOGRA39L_coated", "sRGB_print"))

OFFICE = Recipe(width_mm=20, height_mm=15, dots_per_mm=23.622, ink="colour", max_pixels=60_000_000)
INKS = replace(OFFICE, condition=UNCOATED)
LIGHT = replace(OFFICE, condition=RGB)
DOTS = replace(OFFICE, dots_per_mm=8, ink="black")
PROFILES = (OFFICE, INKS, LIGHT, DOTS)


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def mean(image: Image.Image) -> tuple[int, ...]:
    return tuple(round(value) for value in np.asarray(image.convert("RGB")).reshape(-1, 3).mean(axis=0))


def seen(rendition: Image.Image) -> Image.Image:
    """A CMYK rendition as its paper shows it."""
    paper = ImageCms.ImageCmsProfile(io.BytesIO(UNCOATED.data))
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION
    intent = ImageCms.Intent.RELATIVE_COLORIMETRIC
    return ImageCms.profileToProfile(rendition, paper, ImageCms.createProfile("sRGB"), intent, "RGB", flags=flags)


def test_each_profile_gets_its_own_kind_of_rendition():
    made = render_renditions(photo(3), PROFILES).rendered
    assert [opened(each.data).mode for each in made] == ["RGB", "CMYK", "RGB", "1"]
    assert [each.suffix for each in made] == ["jpg", "jpg", "jpg", "png"]
    assert [opened(each.data).size for each in made] == [(236, 177)] * 3 + [(160, 120)]
    for each, recipe in zip(made[:3], PROFILES, strict=False):
        picture = opened(each.data)
        assert not {"icc_profile", "exif", "progressive"} & picture.info.keys()
        assert picture.info.get("comment", b"") == mark_of(recipe.condition)
        assert [part[1:3] for part in picture.layer] == [(1, 1)] * len(picture.getbands())
    assert not made[3].findings


def test_a_rendition_is_the_same_whichever_others_come_along():
    alone = [render_renditions(photo(3), (recipe,)).rendered[0].data for recipe in PROFILES]
    assert alone == [each.data for each in render_renditions(photo(3), PROFILES).rendered]


def test_recipes_differ_by_what_their_condition_says_not_by_its_name():
    assert len({key(recipe) for recipe in (*PROFILES, replace(OFFICE, condition=COATED))}) == 5
    other = replace(INKS, condition=replace(UNCOATED, name="other"))
    assert key(other) == key(INKS)
    assert render_renditions(photo(3), (other,)) == render_renditions(photo(3), (INKS,))


def test_a_rendition_in_inks_looks_like_the_picture():
    made = render_renditions(photo(5), PROFILES).rendered
    shown, wanted = mean(seen(opened(made[1].data))), mean(opened(made[0].data))
    assert all(abs(one - other) <= 8 for one, other in zip(shown, wanted, strict=True))


@pytest.mark.parametrize("condition", [UNCOATED, COATED], ids=lambda it: it.name)
@pytest.mark.parametrize("seed", range(3))
def test_ink_never_exceeds_what_the_condition_lays_down(condition, seed):
    """Noise as hard as it comes; JPEG may add a little to single dots, never to a patch of them."""
    rough = noise(236, 177, seed).point(lambda tone: 0 if tone < 200 else tone)
    for data in (encode(rough), encode(rough.convert("CMYK"), "TIFF", icc_profile=condition.data), photo(seed)):
        (made,) = render_renditions(data, (replace(OFFICE, condition=condition),)).rendered
        inks = np.asarray(opened(made.data)).astype(int).sum(axis=-1) / 2.55
        patches = inks[:176, :232].reshape(22, 8, 29, 8).mean(axis=(1, 3))
        assert patches.max() <= most_ink(condition) + 1
        assert inks.max() <= most_ink(condition) + 20


def test_pdf_readers_see_the_rendition_and_not_its_negative(tmp_path: Path):
    """Adobe's inverted CMYK with its mark: WeasyPrint writes the Decode array that turns it back."""
    picture = Image.new("RGB", (600, 450), "white")
    ImageDraw.Draw(picture).rectangle((0, 0, 300, 450), fill=(190, 40, 40))
    (made,) = render_renditions(encode(picture), (INKS,)).rendered
    (tmp_path / "it.jpg").write_bytes(made.data)
    style = "@page { size: 20mm 15mm; margin: 0 } body { margin: 0 } img { width: 20mm; display: block }"
    page = f'<style>{style}</style><img src="it.jpg">'
    document = weasyprint.HTML(string=page, base_url=str(tmp_path)).write_pdf(uncompressed_pdf=True)
    assert b"/Decode [1 0 1 0 1 0 1 0]" in document
    shown = pypdfium2.PdfDocument(document)[0].render(scale=2).to_pil().convert("RGB")
    red, paper = shown.getpixel((10, 20)), shown.getpixel((100, 20))
    assert red[0] > 150
    assert max(red[1:]) < 100
    assert min(paper) > 250


def test_children_give_what_this_process_gives_and_read_a_profile_once(monkeypatch):
    recipes = (*PROFILES, replace(OFFICE, condition=COATED))
    with Decoders(PictureSettings()) as decode:
        for seed in (1, 2):
            assert decode(photo(seed), recipes) == render_renditions(photo(seed), recipes)
        sent = [decode._lighter(recipe) for recipe in recipes]
        assert [name for _, name in sent] == ["", "0.icc", "1.icc", "", "2.icc"]
        assert not any(recipe.condition.data for recipe, _ in sent if recipe.condition)
        folder = Path(decode._folder.name)
    assert not folder.exists()


class TestWorkspace:
    """Layouts of one workspace print on media of different profiles."""

    @pytest.fixture
    def shop(self, tmp_path: Path) -> World:
        make_workspace(tmp_path / "shop")
        toml = tmp_path / "shop" / "packslip.toml"
        text = toml.read_text()
        toml.write_text(text.replace('profile = "office"', 'profile = "pdfx4-cmyk"', 1))
        layouts = tmp_path / "shop" / "layouts"
        for media in ("a5", "label-4x6"):
            shutil.copytree(layouts / "atelier-a4", layouts / f"atelier-{media}")
            wanted = layouts / f"atelier-{media}" / "layout.toml"
            wanted.write_text(wanted.read_text().replace('media = "a4"', f'media = "{media}"'))
        return World.open(tmp_path / "shop")

    def test_a_sync_makes_what_each_layout_s_media_needs(self, shop: World):
        found = {use.label.split()[0]: use.recipe for use in product_uses([shop])}
        for name, recipe in found.items():
            media = shop.media(shop.layout(name))
            assert recipe.condition == shop.condition(media), name
            assert (recipe.dots_per_mm, recipe.ink) == (media.dots_per_mm, media.ink)
        inks = {recipe.condition.name if recipe.condition else recipe.ink for recipe in found.values()}
        assert inks == {"FOGRA47L_uncoated", "colour", "black"}

    def test_an_order_gets_the_inks_of_its_media(self, shop: World):
        desk = PictureDesk(shop)
        name = next(product.image for product in shop.catalogue.products if product.image)
        modes = {}
        for layout in shop.layouts.values():
            if "line" not in layout.pictures:
                continue
            pictures, _ = desk.fetch([("line", name)], layout)
            digest = pictures["line", name].removeprefix("picture:")
            (path,) = shop.workspace.image_cache.rglob(f"{digest}.*")
            modes[layout.media] = opened(path.read_bytes()).mode
        assert modes == {"a4": "CMYK", "a5": "RGB", "label-4x6": "1"}


class TestDithering:
    @staticmethod
    def product(ground: int, tone: int, size: int = 160) -> Image.Image:
        picture = Image.new("L", (size, size), ground)
        ImageDraw.Draw(picture).ellipse((size // 4, size // 4, 3 * size // 4, 3 * size // 4), fill=tone)
        return picture

    @pytest.mark.parametrize("ground", [255, 245, 236, 222, 210])
    def test_a_light_backdrop_is_left_clean(self, ground):
        dots = dither(self.product(ground, 90))
        assert dots.mode == "1"
        assert dots.crop((0, 0, 160, 30)).getextrema() == (255, 255)
        assert 0.2 < np.asarray(dots.crop((60, 60, 100, 100))).mean() < 0.5

    def test_a_white_lamp_keeps_its_grey_wall(self):
        lamp = self.product(222, 250)
        ImageDraw.Draw(lamp).rectangle((60, 120, 100, 140), fill=60)
        assert white_point(lamp) == PAPER_WHITE
        assert dither(lamp).crop((0, 0, 160, 30)).getextrema() == (0, 255)

    def test_a_cloth_that_fills_the_picture_is_no_backdrop(self):
        cloth = Image.new("L", (160, 160), 215)
        assert white_point(cloth) == PAPER_WHITE
        assert 0.05 < 1 - np.asarray(dither(cloth)).mean() < 0.25

    def test_a_shaded_rim_is_no_backdrop(self):
        assert white_point(Image.linear_gradient("L").resize((160, 160))) == PAPER_WHITE

    @pytest.mark.parametrize("tone", [40, 100, 128, 180])
    def test_the_share_of_white_dots_is_the_tone(self, tone):
        assert np.asarray(dither(Image.new("L", (120, 120), tone))).mean() == pytest.approx(
            (tone - 6) / (PAPER_WHITE - 6), abs=0.02
        )

    @given(
        width_mm=st.floats(3, 104),
        height_mm=st.floats(3, 60),
        dots=st.sampled_from((8.0, 203 / 25.4, 11.811, 12, 23.622)),
    )
    @settings(deadline=None, max_examples=30)
    def test_the_bitmap_has_exactly_the_dots_that_fit_the_box(self, width_mm, height_mm, dots):
        recipe = replace(DOTS, width_mm=width_mm, height_mm=height_mm, dots_per_mm=dots)
        (made,) = render_renditions(encode(Image.new("L", (50, 40), 120)), (recipe,)).rendered
        assert opened(made.data).size == (made.width, made.height) == recipe.size
        assert recipe.size == (int(width_mm * dots + 1e-6), int(height_mm * dots + 1e-6))

    def test_forty_mm_are_320_dots_at_8_a_mm(self):
        assert replace(DOTS, width_mm=40, height_mm=40).size == (320, 320)


def test_a_profile_as_odd_as_you_like_is_a_finding_at_most():
    chance = random.Random(4711)
    for _ in range(40):
        damaged = bytearray(COATED.data)
        for _ in range(chance.randint(1, 60)):
            damaged[chance.randrange(len(damaged))] = chance.randrange(256)
        picture = encode(Image.new("CMYK", (60, 60), (90, 30, 40, 10)), "JPEG", icc_profile=bytes(damaged))
        for made in render_renditions(picture, PROFILES).rendered:
            assert made.data
            assert {finding.code for finding in made.findings} <= {"picture.low_resolution", "picture.bad_profile"}
