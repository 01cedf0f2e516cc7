"""Picture colours: every mode ends in the space of its printing condition, converted once."""

import io

import numpy as np
import pytest
from PIL import Image, ImageCms

from packslip.library.picture_colours import most_ink, on_paper, to_condition, to_scalable
from packslip.library.printing_conditions import shipped_conditions

CONDITIONS = shipped_conditions()
UNCOATED, COATED, RGB = (CONDITIONS[name] for name in ("FOGRA47L_uncoated", "FOGRA39L_coated", "sRGB_print"))
INTENT, BPC = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION


def every_colour(step=17):
    """A picture with colours from all over sRGB."""
    levels = np.arange(0, 256, step, dtype=np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), -1).reshape(len(levels), -1, 3))


def ink_of(image):
    return np.asarray(image).astype(int).sum(axis=-1).max() / 2.55


def opened(profile):
    return ImageCms.ImageCmsProfile(io.BytesIO(profile))


def lab_of(image, profile):
    transform = ImageCms.buildTransform(opened(profile), ImageCms.createProfile("LAB"), image.mode, "LAB", INTENT, BPC)
    found = np.frombuffer(ImageCms.applyTransform(image, transform).tobytes(), np.uint8).reshape(-1, 3).astype(float)
    return np.stack([found[:, 0] / 2.55, found[:, 1] - 128, found[:, 2] - 128], -1)


MODES = ["1", "L", "LA", "La", "P", "PA", "RGB", "RGBA", "RGBa", "CMYK", "YCbCr", "HSV", "LAB", "I", "F", "I;16"]


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("condition", [None, RGB, UNCOATED, COATED], ids=lambda it: it.name if it else "screen")
def test_every_mode_ends_in_the_space_of_the_condition(mode, condition):
    image = Image.new(mode, (5, 3))
    image.info["comment"] = "not for print"
    made, _ = to_condition(image, None, condition)
    assert made.mode == (condition.space if condition else "RGB")
    assert made.size == (5, 3)
    assert not made.info


@pytest.mark.parametrize("mode", ["LA", "RGBA", "PA", "RGBa", "La"])
def test_what_is_clear_is_paper_without_ink(mode):
    image = Image.new("RGBA", (4, 4), (10, 20, 30, 0)).convert({"La": "LA", "RGBa": "RGBA"}.get(mode, mode))
    image = image.convert(mode)
    assert to_condition(image, None, UNCOATED)[0].getextrema() == ((0, 0),) * 4
    assert on_paper(to_scalable(image)).convert("L").getextrema() == (255, 255)


@pytest.mark.parametrize("condition", [UNCOATED, COATED], ids=lambda it: it.name)
def test_ink_stays_within_what_the_profile_lays_down(condition):
    known = {"FOGRA47L_uncoated": 279, "FOGRA39L_coated": 317}[condition.name]
    assert most_ink(condition) == pytest.approx(known, abs=1)
    made, _ = to_condition(every_colour(), None, condition)
    assert ink_of(made) <= most_ink(condition) + 1


def test_a_picture_with_a_profile_goes_straight_to_the_condition():
    """An 8-bit step through sRGB would cut what sRGB lacks: the inks of a green that only CMYK has tell."""
    green = Image.new("CMYK", (1, 1), (255, 0, 200, 0))
    made, findings = to_condition(green, COATED.data, UNCOATED)
    straight = ImageCms.buildTransform(opened(COATED.data), opened(UNCOATED.data), "CMYK", "CMYK", INTENT, BPC)
    assert made.getpixel((0, 0)) == ImageCms.applyTransform(green, straight).getpixel((0, 0))
    through_screen, _ = to_condition(to_condition(green, COATED.data, None)[0], None, UNCOATED)
    assert made.getpixel((0, 0)) != through_screen.getpixel((0, 0))
    assert not findings


def test_colours_look_the_same_after_conversion():
    colours = Image.fromarray(np.array([[[200, 80, 70], [90, 140, 90], [120, 120, 180], [128, 128, 128]]], np.uint8))
    made, _ = to_condition(colours, None, COATED)
    wanted = lab_of(colours, ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    assert np.abs(lab_of(made, COATED.data) - wanted).max() < 8


def test_cmyk_made_for_the_condition_is_left_as_it_is():
    picture = Image.new("CMYK", (2, 2), (40, 80, 120, 60))
    made, findings = to_condition(picture, UNCOATED.data, UNCOATED)
    assert made.getpixel((1, 1)) == (40, 80, 120, 60)
    assert not findings


def test_cmyk_with_more_ink_than_its_profile_lays_down_is_converted_again():
    picture = Image.new("CMYK", (2, 2), (255, 255, 255, 255))
    made, findings = to_condition(picture, UNCOATED.data, UNCOATED)
    assert ink_of(made) <= most_ink(UNCOATED) + 1
    assert [finding.code for finding in findings] == ["picture.much_ink"]
    assert "400 % ink" in findings[0].message


def test_cmyk_without_a_profile_is_read_as_coated_offset():
    picture = Image.new("CMYK", (2, 2), (40, 80, 120, 60))
    as_coated, findings = to_condition(picture, None, UNCOATED)
    assert as_coated.getpixel((0, 0)) == to_condition(picture, COATED.data, UNCOATED)[0].getpixel((0, 0))
    assert [finding.code for finding in findings] == ["picture.no_profile"]


def test_grey_with_a_grey_profile_keeps_it_even_where_it_is_partly_clear():
    linear = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
    grey = Image.new("LA", (1, 1), (100, 255))
    _, findings = to_condition(grey, linear.tobytes(), UNCOATED)
    assert "it is made for RGB, the picture is GRAY" in findings[0].message


def test_a_profile_that_does_not_fit_is_left_aside():
    picture = Image.new("RGB", (1, 1), (200, 30, 30))
    plain, _ = to_condition(picture, None, UNCOATED)
    for profile in (b"nonsense", COATED.data):
        made, findings = to_condition(picture, profile, UNCOATED)
        assert made.getpixel((0, 0)) == plain.getpixel((0, 0))
        assert [finding.code for finding in findings] == ["picture.bad_profile"]
