"""Colour transforms between ICC profiles, built in one place: relative to paper white and with the black point."""

import io
from functools import lru_cache

from PIL import Image, ImageCms


@lru_cache(maxsize=64)
def transform(source: bytes | None, mode: str, target: bytes | None, to_mode: str) -> ImageCms.ImageCmsTransform:
    """From one profile to another, None for sRGB on either side; modes as Pillow names them.

    Raises:
        ImageCms.PyCMSError: a profile is broken, or is for another kind of colour.
    """
    return ImageCms.buildTransform(
        open_profile(source),
        open_profile(target),
        mode,
        to_mode,
        ImageCms.Intent.RELATIVE_COLORIMETRIC,
        ImageCms.Flags.BLACKPOINTCOMPENSATION,
    )


@lru_cache(maxsize=1)
def lab_profile() -> bytes:
    """The profile of CIELAB."""
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()


def open_profile(profile: bytes | None) -> ImageCms.ImageCmsProfile:
    """A profile, None for sRGB."""
    return ImageCms.ImageCmsProfile(io.BytesIO(profile) if profile is not None else ImageCms.createProfile("sRGB"))


def converted(image: Image.Image, by: ImageCms.ImageCmsTransform) -> Image.Image:
    """A picture in other colours."""
    found = ImageCms.applyTransform(image, by)
    if found is None:  # only in-place transforms give nothing
        raise ValueError("the profile gave no picture")
    return found
