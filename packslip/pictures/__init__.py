"""Pictures: fetched once, checked, and kept as print-ready renditions."""

from packslip.pictures.folder import PictureFolder
from packslip.pictures.library import Box, Decode, PictureLibrary, Rendition
from packslip.pictures.recipe import Ink, Recipe, Rendered, refused
from packslip.pictures.remote import is_url
from packslip.pictures.rendering import render_rendition

__all__ = [
    "Box",
    "Decode",
    "Ink",
    "PictureFolder",
    "PictureLibrary",
    "Recipe",
    "Rendered",
    "Rendition",
    "is_url",
    "refused",
    "render_rendition",
]
