"""Colours: any mode Pillow decodes, turned into 8-bit sRGB or grey.

Owns modes, alpha and profiles. Sizes are none of its business.
"""

import io
from functools import lru_cache

from PIL import Image, ImageCms

from packslip.library.printing_conditions import shipped_conditions
from packslip.model import Finding, Where, note

WHITE = (255, 255, 255)

#: What CMYK without a profile is taken to be made for.
_CMYK_CONDITION = "FOGRA39L_coated"
_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}


def to_scalable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resampled without harm: L, RGB, RGBA, CMYK or LAB, 8 bits each.

    Palettes, bilevel and premultiplied alpha are resolved; deep greys are brought to 8 bits.
    """
    mode = image.mode
    if mode in {"CMYK", "LAB", "RGBA"}:
        return image
    if mode in {"LA", "PA", "La", "RGBa"} or (mode in {"1", "L", "P", "RGB"} and image.has_transparency_data):
        return image.convert("RGBA")
    if mode in {"L", "RGB"}:
        return image
    if mode == "1":
        return image.convert("L")
    if mode in {"I", "F"} or mode.startswith("I;"):
        return _shallow(image)
    return image.convert("RGB")


def to_srgb(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The picture in sRGB on white paper, its own profile honoured; mode RGB.

    CMYK without a profile is read as coated offset (FOGRA39). A profile that does not fit the picture is left aside
    with a note.
    """
    alpha = image.getchannel("A") if image.mode == "RGBA" else None
    opaque = image.convert("RGB") if alpha else image
    colours, findings = _convert(opaque, profile)
    paper = Image.new("RGB", colours.size, WHITE)  # new, so that no metadata comes along
    paper.paste(colours, mask=alpha)
    return paper, findings


def _shallow(image: Image.Image) -> Image.Image:
    """A deep grey picture in 8 bits: 16 bits by their upper half, anything else by its own extremes where it must."""
    if image.mode.startswith("I;"):
        image = image.convert("I")
    low, high = (float(value) for value in _extremes(image))
    if image.mode == "F" and low >= 0 and high <= 1:
        scale, offset = 255.0, 0.0
    elif low >= 0 and high <= 255:
        scale, offset = 1.0, 0.0
    elif low >= 0 and high <= 65535 and image.mode == "I":
        scale, offset = 1 / 257, 0.0
    else:
        scale = 255 / ((high - low) or 1.0)
        offset = -low * scale
    return image.point(lambda value: value * scale + offset).convert("L")


def _extremes(image: Image.Image) -> tuple[float, float]:
    match image.getextrema():
        case (int() | float() as low, int() | float() as high):
            return low, high
        case _:
            return 0.0, 0.0


def _convert(image: Image.Image, profile: bytes | None) -> tuple[Image.Image, tuple[Finding, ...]]:
    findings: tuple[Finding, ...] = ()
    if profile and image.mode != "LAB":
        try:
            return _apply(_transform(profile, image.mode), image), ()
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError) as fault:
            hint = "export the picture again with an sRGB profile"
            reason = str(fault).split("\n", 1)[0]
            findings = (note("picture.bad_profile", Where(), f"colour profile left aside: {reason}", hint),)
    if image.mode == "CMYK":
        if not findings:
            message = "CMYK without a colour profile, read as coated offset (FOGRA39)"
            findings = (
                note("picture.no_profile", Where(), message, "export the picture as sRGB, or embed its profile"),
            )
        return _apply(_transform(shipped_conditions()[_CMYK_CONDITION].data, "CMYK"), image), findings
    if image.mode == "LAB":
        return _apply(_lab_transform(), image), findings
    return image.convert("RGB"), findings


def _apply(transform: ImageCms.ImageCmsTransform, image: Image.Image) -> Image.Image:
    converted = ImageCms.applyTransform(image, transform)
    if converted is None:  # only in-place transforms give nothing
        raise ValueError("profile gave no picture")
    return converted


@lru_cache(maxsize=16)
def _transform(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform:
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    space = source.profile.xcolor_space.strip()
    if space != _SPACES[mode]:
        raise ValueError(f"it is made for {space}, the picture is {_SPACES[mode]}")
    return _build(source, mode)


@lru_cache(maxsize=1)
def _lab_transform() -> ImageCms.ImageCmsTransform:
    return _build(ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")), "LAB")


def _build(source: ImageCms.ImageCmsProfile, mode: str) -> ImageCms.ImageCmsTransform:
    return ImageCms.buildTransform(
        source,
        ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")),
        mode,
        "RGB",
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )
