"""Pictures: fetched once, checked, and kept as print-ready renditions."""

from packslip.pictures.library import Box, Decode, PictureLibrary, Rendition
from packslip.pictures.recipe import Ink, Recipe, Rendered, refused
from packslip.pictures.rendering import render_rendition

__all__ = ["Box", "Decode", "Ink", "PictureLibrary", "Recipe", "Rendered", "Rendition", "refused", "render_rendition"]
