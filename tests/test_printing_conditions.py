"""Printing conditions: which files are taken, and that ours for RGB says what sRGB says."""

import importlib.util
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from packslip.library.printing_conditions import SHIPPED, load_printing_conditions, shipped_conditions

SCRIPT = Path(__file__).parents[1] / "script" / "make_rgb_condition.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_rgb_condition", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def convert(colours, source, target, modes=("RGB", "RGB"), *, bpc=True):
    flags = ImageCms.Flags.BLACKPOINTCOMPENSATION if bpc else ImageCms.Flags.NONE
    transform = ImageCms.buildTransform(source, target, *modes, ImageCms.Intent.RELATIVE_COLORIMETRIC, flags)
    image = Image.frombytes(modes[0], (len(colours), 1), colours.tobytes())
    return np.frombuffer(ImageCms.applyTransform(image, transform).tobytes(), np.uint8).reshape(len(colours), -1)


def lab_of(script, colours):
    """Lab under D50 by the equations of sRGB and CIE alone."""
    shades = colours / 255
    light = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
    xyz = light @ np.array(script.TO_XYZ).T / np.array(script.D50)
    x, y, z = np.where(xyz > (6 / 29) ** 3, np.cbrt(xyz), xyz * 841 / 108 + 4 / 29).T
    return np.stack([116 * y - 16, 500 * (x - y), 200 * (y - z)], axis=-1)


def difference(script, one, other):
    return np.sqrt(((lab_of(script, one) - lab_of(script, other)) ** 2).sum(axis=-1))


def every_fifteenth():
    values = np.arange(0, 256, 15, dtype=np.uint8)
    greys = np.repeat(np.arange(256, dtype=np.uint8)[:, None], 3, axis=1)
    return np.concatenate([np.stack(np.meshgrid(values, values, values), -1).reshape(-1, 3), greys])


def profile(data):
    return ImageCms.ImageCmsProfile(io.BytesIO(data))


def test_the_shipped_conditions_are_of_the_class_that_pdfx_takes():
    conditions = shipped_conditions()
    assert {name: (it.space, it.identifier) for name, it in conditions.items()} == {
        "FOGRA39L_coated": ("CMYK", "FOGRA39"),
        "FOGRA47L_uncoated": ("CMYK", "FOGRA47"),
        "sRGB_print": ("RGB", "Custom"),
    }
    assert all(it.data[12:16] == b"prtr" for it in conditions.values())
    assert conditions["sRGB_print"].title == "sRGB, for print"


def test_a_profile_for_displays_is_no_printing_condition(tmp_path):
    (tmp_path / "screen.icc").write_bytes(ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes())
    conditions, findings = load_printing_conditions(tmp_path)
    assert "screen" not in conditions
    assert [finding.code for finding in findings] == ["condition.broken"]
    assert "class 'mntr'" in findings[0].message


def test_the_script_gives_the_rgb_condition_that_is_shipped(script):
    assert script.make_profile() == (SHIPPED / "sRGB_print.icc").read_bytes()


def test_the_rgb_condition_has_the_tables_that_its_class_asks_for(script):
    data = script.make_profile()
    count = int.from_bytes(data[128:132], "big")
    tags = {data[at : at + 4] for at in range(132, 132 + 12 * count, 12)}
    assert tags >= {b"desc", b"cprt", b"wtpt", b"gamt"} | {
        f"{way}{n}".encode() for way in ("A2B", "B2A") for n in range(3)
    }
    assert int.from_bytes(data[:4], "big") == len(data)
    assert len(data) < 40_000


def cut_short(data):
    return data[:-1000]


def of_broken_tables(data):
    return data[:2000] + bytes(len(data) - 2000)


def without_a_way_there(data):
    return data.replace(b"B2A", b"xxx")


def of_other_colours(data):
    return data[:16] + b"RGB " + data[20:]


@pytest.mark.parametrize("harm", [cut_short, of_broken_tables, without_a_way_there, of_other_colours])
def test_a_profile_that_converts_nothing_is_told_when_it_is_read(tmp_path, harm):
    (tmp_path / "own.icc").write_bytes(harm(shipped_conditions()["FOGRA39L_coated"].data))
    conditions, (finding,) = load_printing_conditions(tmp_path)
    assert (finding.code, finding.where.file) == ("condition.broken", "layouts/profiles/own.icc")
    assert set(conditions) == set(shipped_conditions())


@pytest.mark.parametrize("bpc", [True, False])
def test_the_rgb_condition_is_srgb_to_within_a_delta_e(script, bpc):
    ours, theirs = profile(script.make_profile()), ImageCms.createProfile("sRGB")
    colours = every_fifteenth()
    for source, target in ((theirs, ours), (ours, theirs), (ours, ours)):
        assert difference(script, colours, convert(colours, source, target, bpc=bpc)).max() < 1


def test_the_rgb_condition_meets_other_spaces_as_srgb_does(script):
    ours, theirs = profile(script.make_profile()), ImageCms.createProfile("sRGB")
    paper = profile((SHIPPED / "FOGRA39L_coated.icc").read_bytes())
    colours = every_fifteenth()
    printed = [convert(colours, each, paper, ("RGB", "CMYK")) for each in (ours, theirs)]
    assert np.abs(printed[0].astype(int) - printed[1]).max() <= 1
    inks = printed[1]
    seen = [convert(inks, paper, each, ("CMYK", "RGB")) for each in (ours, theirs)]
    assert difference(script, *seen).max() < 1


def test_colours_of_lab_outside_the_gamut_are_cut_as_srgb_cuts_them(script):
    ours, theirs = profile(script.make_profile()), ImageCms.createProfile("sRGB")
    colours = np.random.default_rng(4711).integers(0, 256, (4000, 3), dtype=np.uint8)
    cut = [convert(colours, ImageCms.createProfile("LAB"), each, ("LAB", "RGB")) for each in (ours, theirs)]
    assert np.abs(cut[0].astype(int) - cut[1]).max() <= 1
