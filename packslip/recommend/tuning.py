"""Tuning: how loud each voice of a model should be in one store, found by what its latest days would have asked.

The links are learnt once, from the days before. Then every loudness of a few is tried on what was asked since, and the
one whose lists have the best nDCG is taken; the recipe as it came stays where nothing is better beyond chance.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np

from packslip.recommend.arrays import Numbers, Scores, best
from packslip.recommend.baskets import Baskets
from packslip.recommend.building import learn
from packslip.recommend.learning import near
from packslip.recommend.links import Links
from packslip.recommend.measures import SHOWN, ndcg
from packslip.recommend.model import Model, Recipe
from packslip.recommend.questions import Question, Task, sample

#: days at the end of the sales whose questions decide, or a quarter of all days where that is less
WINDOW_DAYS = 56

_LEAST_ASKED = 100
_MOST_ASKED = 1200
_CANDIDATES = 100  #: of each voice
_LOUDER = (1 / 16, 1 / 4, 1.0, 4.0, 16.0, 64.0)
_FADING_DAYS = (60.0, 180.0, 720.0)


def learn_tuned(baskets: Baskets, recipe: Recipe, *, until: int) -> Model:
    """The model of some baskets, all of them of days before `until`, its voices tuned to them."""
    return learn(baskets, tune(baskets, recipe, until=until), until=until)


def tune(baskets: Baskets, recipe: Recipe, *, until: int) -> Recipe:
    """A recipe with the voices that would have done best in the latest days; itself where too few asked then."""
    if not len(baskets):
        return recipe
    first = until - min(WINDOW_DAYS, (until - int(baskets.days[0])) // 4)
    asked = {task: sample(baskets, first, until, task, _MOST_ASKED) for task in Task}
    if all(len(questions) < _LEAST_ASKED for questions in asked.values()):
        return recipe
    known = baskets.before(first)
    plain = learn(known, replace(recipe, near_share=0.0), until=first)
    trial = _Trial(model=plain, near=near(known.matrix, most=recipe.links))
    for task, questions in asked.items():
        if len(questions) >= _LEAST_ASKED:
            recipe = _tuned(trial, recipe, task, questions)
    return recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class _Trial:
    """A model of the days before, and what is near to what apart from it."""

    model: Model
    near: Links


def _tuned(trial: _Trial, recipe: Recipe, task: Task, questions: Sequence[Question]) -> Recipe:
    tried = [recipe, *_VOICES[task](recipe)]
    worth = np.array([_worth(_scorer(trial, question), question, tried) for question in questions])
    gains = worth - worth[:, :1]
    leader = int(gains.mean(axis=0).argmax())
    chance = float(gains[:, leader].std()) / len(questions) ** 0.5
    return tried[leader] if gains[:, leader].mean() > chance else recipe


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scorer:
    """What a recipe makes of one question, over the products that can stand in a list."""

    places: Numbers
    score: Callable[[Recipe], Scores]


def _worth(scorer: _Scorer, question: Question, tried: Sequence[Recipe]) -> list[float]:
    """What each recipe's list is worth for a question."""
    found: dict[bytes, float] = {}  # many recipes give the same list
    worths = []
    for recipe in tried:
        given = scorer.places[best(scorer.score(recipe), _NOTHING, SHOWN)]
        mark = given.tobytes()
        if mark not in found:
            found[mark] = ndcg(given, question.answer)
        worths.append(found[mark])
    return worths


def _scorer(trial: _Trial, question: Question) -> _Scorer:
    model = trial.model
    popular = model.popular.astype(np.float64)
    if question.task is Task.REST:
        said = model.beside(question.basket).scores()
        beside = replace(model, together=trial.near).beside(question.basket).scores()
        places = _loudest(question, said, beside, popular)
        said, beside, popular = said[places], beside[places], popular[places]
        return _Scorer(
            places=places, score=lambda recipe: recipe.rest_scores(said + recipe.near_share * beside, popular)
        )
    said = model.ahead(question.basket, question.earlier, question.ages).scores()
    places = _loudest(question, said, popular)
    said, popular = said[places], popular[places]
    if question.task is Task.NEW:
        return _Scorer(places=places, score=lambda recipe: recipe.new_scores(said, popular))
    is_placed = np.isin(question.earlier, places)
    own, ages = np.searchsorted(places, question.earlier[is_placed]), question.ages[is_placed]
    return _Scorer(places=places, score=lambda recipe: recipe.next_scores(said, popular, own, ages))


def _loudest(question: Question, *voices: Scores) -> Numbers:
    """What can stand in a list: what any voice is for, and what was bought before."""
    loud = (best(voice, question.banned, _CANDIDATES) for voice in voices)
    return np.setdiff1d(np.concatenate([*loud, question.earlier]), question.banned)


def _new_voices(recipe: Recipe) -> Iterator[Recipe]:
    return (replace(recipe, popularity_share=recipe.popularity_share * louder) for louder in _LOUDER)


def _next_voices(recipe: Recipe) -> Iterator[Recipe]:
    for louder, often, days in product(_LOUDER, _LOUDER, _FADING_DAYS):
        yield replace(
            recipe,
            next_popularity=recipe.next_popularity * louder,
            again=recipe.again * often,
            again_days=days,
        )


def _rest_voices(recipe: Recipe) -> Iterator[Recipe]:
    for louder, nearer in product(_LOUDER, _LOUDER):
        yield replace(
            recipe, together_popularity=recipe.together_popularity * louder, near_share=recipe.near_share * nearer
        )


_NOTHING = np.zeros(0, dtype=np.int64)
_VOICES: Mapping[Task, Callable[[Recipe], Iterator[Recipe]]] = {
    Task.NEW: _new_voices,
    Task.NEXT: _next_voices,
    Task.REST: _rest_voices,
}
