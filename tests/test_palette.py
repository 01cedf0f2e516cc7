"""Colours of CSS as inks: neutrals in black alone, the rest by the condition's profile, device-cmyk() as it is said."""

import io
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageCms
from tinycss2.color4 import Color
from tinycss2.color5 import parse_color

from packslip.library.picture_colours import mark_of, most_ink
from packslip.library.printing_conditions import PrintingCondition, shipped_conditions
from packslip.press.css_colours import lab_of, srgb_of
from packslip.press.palette import GREY, SCREEN, palette_of

CONDITIONS = shipped_conditions()
CMYK = [condition for condition in CONDITIONS.values() if condition.space == "CMYK"]
UNCOATED = CONDITIONS["FOGRA47L_uncoated"]
BLACK = (0.0, 0.0, 0.0, 1.0)

shares = st.floats(0, 1)


def colour(text: str) -> Color:
    found = parse_color(text)
    assert isinstance(found, Color)
    return found


def lab(condition: PrintingCondition, inks: tuple[float, ...]) -> tuple[float, float, float]:
    """What LittleCMS says some inks look like, relative to paper white."""
    image = Image.new("CMYK", (1, 1), tuple(round(255 * ink) for ink in inks))
    transform = ImageCms.buildTransform(
        ImageCms.ImageCmsProfile(io.BytesIO(condition.data)),
        ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")),
        "CMYK",
        "LAB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
    )
    seen = ImageCms.applyTransform(image, transform)
    assert seen is not None
    lightness, a, b = seen.getpixel((0, 0))  # type: ignore[misc]
    return lightness / 2.55, a - 128, b - 128


@pytest.mark.parametrize("condition", CMYK, ids=lambda condition: condition.name)
class TestNeutrals:
    def test_paper_and_full_black(self, condition: PrintingCondition) -> None:
        palette = palette_of(condition)
        assert palette.inks(colour("white")) == (0, 0, 0, 0)
        assert palette.inks(colour("#000")) == palette.black == BLACK

    def test_greys_are_black_alone_and_as_light_as_black_can_make_them(self, condition: PrintingCondition) -> None:
        palette, darkest = palette_of(condition), lab(condition, BLACK)[0]
        for grey in range(0, 256, 15):
            inks = palette.inks(Color("srgb", (grey / 255,) * 3, 1))
            assert inks[:3] == (0, 0, 0)
            light = ((darkest + 16) / 116) ** 3
            scaled = light + (1 - light) * ((lab_of(Color("srgb", (grey / 255,) * 3, 1))[0] + 16) / 116) ** 3
            assert lab(condition, inks)[0] == pytest.approx(116 * scaled ** (1 / 3) - 16, abs=1.5)

    def test_a_darker_grey_never_gets_less_black(self, condition: PrintingCondition) -> None:
        blacks = [palette_of(condition).inks(Color("srgb", (grey / 255,) * 3, 1))[3] for grey in range(256)]
        assert all(dark >= light for dark, light in pairwise(blacks))
        assert len({*blacks}) > 200

    @pytest.mark.parametrize("text", ["#777", "rgb(119 119 119 / 40%)", "hsl(200 0% 46.67%)", "lab(50.03 0 0)"])
    def test_however_a_grey_is_written(self, condition: PrintingCondition, text: str) -> None:
        inks = palette_of(condition).inks(colour(text))
        assert inks[:3] == (0, 0, 0)
        assert inks[3] == pytest.approx(palette_of(condition).inks(colour("#777"))[3], abs=0.004)

    def test_colours_look_as_meant(self, condition: PrintingCondition) -> None:
        for text in ("#c96", "#6a8fa3", "#8a9a5b", "oklch(0.7 0.06 40)", "lch(60 20 250)"):
            meant, seen = lab_of(colour(text)), lab(condition, palette_of(condition).inks(colour(text)))
            assert sum((one - other) ** 2 for one, other in zip(meant, seen, strict=True)) ** 0.5 < 10, text

    @given(red=shares, green=shares, blue=shares)
    def test_no_colour_takes_more_ink_than_the_profile_lays_down(
        self, condition: PrintingCondition, red: float, green: float, blue: float
    ) -> None:
        assert 100 * sum(palette_of(condition).inks(Color("srgb", (red, green, blue), 1))) <= most_ink(condition) + 2


class TestText:
    @pytest.mark.parametrize("text", ["#000", "#25221e", "#1d2426", "lab(15 2 -3)", "device-cmyk(0 0 0 1)"])
    def test_small_dark_neutral_text_is_black_over_all(self, text: str) -> None:
        assert palette_of(UNCOATED).text_inks(colour(text), 12) == (BLACK, True)

    @pytest.mark.parametrize(
        ("text", "size"),
        [
            ("#25221e", 24),  # large
            ("#5a5a5a", 12),  # grey anyway, and not dark
            ("#400000", 12),  # not neutral
            ("device-cmyk(.6 .5 .5 .9)", 12),  # said so
        ],
    )
    def test_other_text_is_as_any_colour(self, text: str, size: float) -> None:
        palette = palette_of(UNCOATED)
        assert palette.text_inks(colour(text), size) == (palette.inks(colour(text)), False)

    def test_small_neutral_text_that_is_not_dark_is_black_alone_as_light_as_it_was(self) -> None:
        inks, overprints = palette_of(UNCOATED).text_inks(colour("#6b655c"), 9)
        assert inks[:3] == (0, 0, 0)
        assert inks == pytest.approx(palette_of(UNCOATED).inks(colour("#656565")), abs=0.02)
        assert not overprints

    def test_text_that_shows_what_lies_below_does_not_overprint(self) -> None:
        assert palette_of(UNCOATED).text_inks(colour("rgb(37 34 30 / 50%)"), 12) == (BLACK, False)

    def test_nothing_overprints_on_screen(self) -> None:
        assert SCREEN.text_inks(colour("#000"), 9) == ((0, 0, 0), False)


def test_device_cmyk_is_printed_as_said() -> None:
    assert palette_of(UNCOATED).inks(colour("device-cmyk(0 .81 .81 .3 / 50%)")) == (0, 0.81, 0.81, 0.3)


def test_device_cmyk_on_screen_is_what_coated_paper_shows() -> None:
    red, green, blue = SCREEN.inks(colour("device-cmyk(0 1 1 0)"))
    assert red > 0.8 > 0.25 > max(green, blue)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("lab(53.24 80.09 67.2)", (1, 0, 0)), ("oklch(62.8% 0.2577 29.23)", (1, 0, 0)), ("lab(100 0 0)", (1, 1, 1))],
)
def test_colours_of_light_in_srgb(text: str, expected: tuple[float, ...]) -> None:
    assert srgb_of(colour(text)) == pytest.approx(expected, abs=0.02)


@given(red=shares, green=shares, blue=shares)
def test_lab_and_back(red: float, green: float, blue: float) -> None:
    there = lab_of(Color("srgb", (red, green, blue), 1))
    assert srgb_of(Color("lab", there, 1)) == pytest.approx((red, green, blue), abs=1e-4)


class TestBlend:
    def test_greys_blend_in_black_alone(self) -> None:
        assert {inks[:3] for inks in palette_of(UNCOATED).blend((0, 0, 0), (1, 1, 1), 1)} == {(0, 0, 0)}

    def test_inks_do_not_jump_where_a_grey_meets_a_colour(self) -> None:
        steps = palette_of(UNCOATED).blend((0, 0, 0), (0.8, 0.1, 0.1), 1)
        assert max(abs(one - other) for pair in pairwise(steps) for one, other in zip(*pair, strict=True)) < 0.2

    def test_one_colour_is_one_colour(self) -> None:
        assert len({*palette_of(UNCOATED).blend((0.5, 0.2, 0.1), (0.5, 0.2, 0.1), 1)}) == 1


class TestPictures:
    @pytest.mark.parametrize("condition", CONDITIONS.values(), ids=lambda condition: condition.name)
    def test_what_was_made_for_the_condition_stays(self, condition: PrintingCondition) -> None:
        picture = Image.new(condition.space, (4, 4), 90)
        palette = palette_of(condition)
        assert palette.picture(picture, mark_of(condition)) is None
        assert palette.picture(picture, b"made for another") is not None
        picture.info["icc_profile"] = condition.data
        assert palette.picture(picture, b"") is None

    def test_a_grey_picture_is_black_alone(self) -> None:
        made = palette_of(UNCOATED).picture(Image.new("L", (1, 1), 119), b"")
        assert made is not None
        assert made.mode == "L"
        black = palette_of(UNCOATED).inks(colour("#777"))[3]
        assert made.getpixel((0, 0)) == round(255 * (1 - black))

    @pytest.mark.parametrize("mode", ["1", "P", "RGB", "I;16"])
    def test_line_art_in_greys_is_black_alone_whatever_it_was_saved_as(self, mode: str) -> None:
        """A logo of four inks shows a fringe where they do not meet."""
        black, white = Image.new("L", (2, 1), 0), Image.new("L", (1, 1), 255)
        black.paste(white, (1, 0))
        saved = Image.frombytes("I;16", (2, 1), b"\0\0\xff\xff") if mode == "I;16" else black.convert(mode)
        made = palette_of(UNCOATED).picture(saved, b"")
        assert made is not None
        assert (made.mode, [made.getpixel((x, 0)) for x in (0, 1)]) == ("L", [0, 255])

    def test_art_in_greys_and_one_colour_is_in_all_inks(self) -> None:
        picture = Image.new("RGB", (2, 1), (90, 90, 90))
        picture.putpixel((1, 0), (90, 90, 92))
        made = palette_of(UNCOATED).picture(picture, b"")
        assert made is not None
        assert made.mode == "CMYK"

    def test_screens_take_pictures_as_they_are_but_cmyk(self) -> None:
        assert SCREEN.picture(Image.new("RGB", (1, 1)), b"") is None
        made = SCREEN.picture(Image.new("CMYK", (1, 1)), b"")
        assert made is not None
        assert made.mode == "RGB"

    def test_masks_are_how_light_things_are(self) -> None:
        assert GREY.inks(colour("white")) == (1,)
        assert GREY.inks(colour("red")) == (0.3,)
        assert palette_of(UNCOATED).mask is GREY
        assert SCREEN.mask is SCREEN
