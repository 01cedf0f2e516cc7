"""Recommend: sales of a store in, a model out; a model and an order in, ranked products out.

Pure arithmetic over numbers and SKUs, and the folder that models are kept in. Where sales come from and whose they are
is the history's business; what a rule does with the products is the rules'.
"""

from packslip.recommend.advising import advise
from packslip.recommend.arrays import day_number
from packslip.recommend.keeping import Kept, kept_models, load, remove_old, save, serving
from packslip.recommend.model import Model, Recipe
from packslip.recommend.occasion import Advice, Occasion
from packslip.recommend.shelf import ModelShelf

__all__ = [
    "Advice",
    "Kept",
    "Model",
    "ModelShelf",
    "Occasion",
    "Recipe",
    "advise",
    "day_number",
    "kept_models",
    "load",
    "remove_old",
    "save",
    "serving",
]
