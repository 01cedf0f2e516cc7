"""Picture colours: any mode Pillow decodes, on white paper, in sRGB or in the space of a printing condition.

Owns modes, alpha and profiles. Sizes are none of its business.
"""

from functools import lru_cache
from itertools import product

from PIL import Image, ImageChops, ImageCms, ImageMath

from packslip.files import sha256
from packslip.library.colour_transforms import converted, lab_profile, open_profile, transform
from packslip.library.printing_conditions import PrintingCondition, shipped_conditions
from packslip.model import Finding, Where, note

#: What CMYK without a profile is taken to be made for.
CMYK_ELSEWHERE = "FOGRA39L_coated"

_SPACES = {"L": "GRAY", "RGB": "RGB", "CMYK": "CMYK", "LAB": "Lab"}
#: An ink limit is met to so many per cent of one full ink.
_INK_TOLERANCE = 1.0
_LAB_STEPS, _RGB_STEPS = range(0, 256, 8), range(0, 256, 5)


def to_scalable(image: Image.Image) -> Image.Image:
    """The picture in a mode that can be resampled without harm: L, LA, RGB, RGBA, CMYK or LAB, 8 bits each.

    Palettes, bilevel and premultiplied alpha are resolved; deep greys are brought to 8 bits.
    """
    mode, is_clear = image.mode, image.has_transparency_data
    if mode in {"CMYK", "LAB", "LA", "RGBA"} or (mode in {"L", "RGB"} and not is_clear):
        return image
    if mode in {"I", "F"} or mode.startswith("I;"):
        return _shallow(image)
    if mode in {"1", "L", "La"}:
        return image.convert("LA" if is_clear else "L")
    return image.convert("RGBA" if is_clear else "RGB")


def on_paper(image: Image.Image) -> Image.Image:
    """A picture as `to_scalable` gives it, on white paper: mode L, RGB, CMYK or LAB, in its own colours."""
    if image.mode not in {"LA", "RGBA"}:
        return image
    opaque = image.convert("L" if image.mode == "LA" else "RGB")
    paper = Image.new(opaque.mode, image.size, "white")
    paper.paste(opaque, mask=image.getchannel("A"))
    return paper


def to_condition(
    image: Image.Image, profile: bytes | None, condition: PrintingCondition | None
) -> tuple[Image.Image, tuple[Finding, ...]]:
    """The picture on white paper in a condition's space, CMYK or RGB, else in sRGB; without metadata.

    Converted once, from its own profile, else from sRGB, relative to paper white and with its black point. CMYK without
    a profile is read as coated offset (FOGRA39). CMYK made for this very condition stays as it is, unless it takes more
    ink than the condition's profile ever lays down. A profile that does not fit the picture is left aside with a note.
    """
    picture = on_paper(to_scalable(image))
    source, findings = _source(picture, profile, condition)
    target = condition.data if condition else None
    if source == target and picture.mode in {"RGB", "CMYK"}:
        excess = _excess(picture, condition)
        if not excess:
            return _bare(picture), findings
        findings = (*findings, excess)
    if source is None and picture.mode == "L":
        picture = picture.convert("RGB")
        if target is None:
            return _bare(picture), findings
    return _bare(converted(picture, _transform(source, picture.mode, condition))), findings


def grey_of(image: Image.Image) -> Image.Image | None:
    """A picture without alpha as greys, 8 bits each, whatever the mode it was saved in; None where it has colours."""
    picture = to_scalable(image)
    if picture.mode == "RGB":
        red, green, blue = picture.split()
        apart = (ImageChops.difference(red, other) for other in (green, blue))
        return None if any(_extremes(each)[1] for each in apart) else red
    return picture if picture.mode == "L" else None


def mark_of(condition: PrintingCondition | None) -> bytes:
    """What a picture in a condition's space says of itself in a comment; nothing of sRGB, which needs no word."""
    return f"made for {profile_digest(condition.data)}".encode() if condition else b""


@lru_cache(maxsize=32)
def profile_digest(profile: bytes) -> str:
    """What a profile is known by, whatever its file is called."""
    return sha256(profile)[:32]


def _excess(picture: Image.Image, condition: PrintingCondition | None) -> Finding | None:
    """What is wrong with a picture that takes more ink than its own profile ever lays down."""
    if picture.mode != "CMYK" or condition is None:
        return None
    ink, most = _ink(picture), most_ink(condition)
    if ink <= most + _INK_TOLERANCE:
        return None
    message = f"it takes {ink:.0f} % ink where its profile lays down {most:.0f} %, so it is converted again"
    return note("picture.much_ink", Where(), message, "export it again through its own profile")


@lru_cache(maxsize=16)
def most_ink(condition: PrintingCondition) -> float:
    """The most ink a condition in CMYK lays down for any colour, in per cent of one full ink."""
    found = []
    for source, mode, steps in ((lab_profile(), "LAB", _LAB_STEPS), (None, "RGB", _RGB_STEPS)):
        levels = bytes(level for colour in product(steps, repeat=3) for level in colour)
        colours = Image.frombytes(mode, (len(levels) // 3, 1), levels)
        found.append(_ink(converted(colours, _transform(source, mode, condition))))
    return max(found)


def _source(
    picture: Image.Image, profile: bytes | None, condition: PrintingCondition | None
) -> tuple[bytes | None, tuple[Finding, ...]]:
    """The profile of a picture's colours, None for sRGB; what was found."""
    findings: tuple[Finding, ...] = ()
    if picture.mode == "LAB":
        return lab_profile(), findings
    if profile:
        unfit = _unfit(profile, picture.mode, condition)
        if not unfit:
            return profile, findings
        hint = "export the picture again with an sRGB profile"
        findings = (note("picture.bad_profile", Where(), f"colour profile left aside: {unfit}", hint),)
    if picture.mode != "CMYK":
        return None, findings
    if not findings:
        message = "CMYK without a colour profile, read as coated offset (FOGRA39)"
        hint = "export the picture as sRGB, or embed its profile"
        findings = (note("picture.no_profile", Where(), message, hint),)
    return shipped_conditions()[CMYK_ELSEWHERE].data, findings


@lru_cache(maxsize=16)
def _unfit(profile: bytes, mode: str, condition: PrintingCondition | None) -> str:
    """Why a profile cannot say what a picture's colours are on their way to a condition; "" where it can."""
    try:
        space = open_profile(profile).profile.xcolor_space.strip()
        if space != _SPACES[mode]:
            return f"it is made for {space}, the picture is {_SPACES[mode]}"
        _transform(profile, mode, condition)
    except (ImageCms.PyCMSError, OSError, TypeError, ValueError) as fault:
        return str(fault).split("\n", 1)[0]
    return ""


def _transform(source: bytes | None, mode: str, condition: PrintingCondition | None) -> ImageCms.ImageCmsTransform:
    """From a profile to a condition; None is sRGB on either side."""
    return transform(source, mode, condition.data if condition else None, condition.space if condition else "RGB")


def _bare(image: Image.Image) -> Image.Image:
    """A copy that no metadata comes along with."""
    bare = Image.new(image.mode, image.size)
    bare.paste(image)
    return bare


def _ink(image: Image.Image) -> float:
    """The most ink in any one place of a CMYK picture, in per cent of one full ink."""
    inks = dict(zip("cmyk", image.split(), strict=True))
    total = ImageMath.lambda_eval(lambda of: of["c"] + of["m"] + of["y"] + of["k"], **inks)
    return _extremes(total)[1] / 2.55


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
