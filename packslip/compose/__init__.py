"""Compose: from order, choice and grant to the slip; every word, number and date in one language, final."""

from packslip.compose.blocks import wanted_pictures
from packslip.compose.compose import compose
from packslip.compose.format import long_date, money, number, offer_amount, share
from packslip.compose.glyphs import faces_of, lacking_letters, name_letters
from packslip.compose.needs import ComposeWorld
from packslip.compose.variables import VARIABLES, Variable, VariableKind, known_paths
from packslip.compose.words import asked_keys, check_copy, copy_words

__all__ = [
    "VARIABLES",
    "ComposeWorld",
    "Variable",
    "VariableKind",
    "asked_keys",
    "check_copy",
    "compose",
    "copy_words",
    "faces_of",
    "known_paths",
    "lacking_letters",
    "long_date",
    "money",
    "name_letters",
    "number",
    "offer_amount",
    "share",
    "wanted_pictures",
]
