"""Pictures: fetched once, checked, and kept as print-ready renditions."""

from packslip.pictures.budget import Trimmed, trim_cache
from packslip.pictures.folder import PictureFolder
from packslip.pictures.forgetting import forget_pictures
from packslip.pictures.index import NAME as INDEX
from packslip.pictures.library import Box, PictureLibrary, Rendition
from packslip.pictures.quality import Use
from packslip.pictures.recipe import Decode, Decoded, Ink, Look, Recipe, Rendered, refused
from packslip.pictures.remote import host_of, is_url
from packslip.pictures.rendering import render_renditions
from packslip.pictures.report import KINDS, PictureReport, make_report, report_json
from packslip.pictures.report_page import report_page
from packslip.pictures.sync import PictureSync, Progress

__all__ = [
    "INDEX",
    "KINDS",
    "Box",
    "Decode",
    "Decoded",
    "Ink",
    "Look",
    "PictureFolder",
    "PictureLibrary",
    "PictureReport",
    "PictureSync",
    "Progress",
    "Recipe",
    "Rendered",
    "Rendition",
    "Trimmed",
    "Use",
    "forget_pictures",
    "host_of",
    "is_url",
    "make_report",
    "refused",
    "render_renditions",
    "report_json",
    "report_page",
    "trim_cache",
]
