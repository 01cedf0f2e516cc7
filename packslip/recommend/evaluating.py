"""Evaluating: who recommends best, by a temporal split: learn, then choose variants, then ask, each on later days.

The window of the test is the last days of the sales; the window of the validation lies before it, as long. Variants are
chosen by what they answer on the validation window, having learnt from all days before that; then they learn from all
days before the test window and are asked there. Nobody learns from a day on which, or after which, they are asked.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from packslip.recommend.arrays import Numbers, Scores
from packslip.recommend.baskets import Baskets
from packslip.recommend.contestants import OURS, Contestant
from packslip.recommend.measures import Interval, Resampling, coverage, hit, ndcg, surprise
from packslip.recommend.questions import Asker, Question, Task, sample

#: Questions of a task, evenly out of all where there are more.
MOST_ASKED = 4000

_MOST_CHOOSING = 800  #: the same, by which variants are chosen
#: told what is under way
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """The two windows of a sale's days, each from its first day to the day before the next one's."""

    validation: int
    test: int
    end: int

    @classmethod
    def of(cls, baskets: Baskets, days: int) -> "Split":
        """Two windows of so many days each, at the end."""
        end = int(baskets.days[-1]) + 1 if len(baskets) else 0
        return cls(validation=end - 2 * days, test=end - days, end=end)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How one contestant did in one task with one kind of askers."""

    task: Task
    asker: Asker
    name: str
    asked: int
    hit: Interval
    ndcg: Interval
    novelty: float  #: bits
    coverage: float  #: share of the products
    ahead_hit: Interval  #: by how much the model does better
    ahead_ndcg: Interval


def evaluate(
    baskets: Baskets, contestants: Sequence[Contestant], tasks: Sequence[Task], *, days: int, tell: Tell
) -> tuple[Standing, ...]:
    """Every contestant's standing by task and asker, over windows of so many days."""
    split = Split.of(baskets, days)
    learnt = baskets.before(split.test)
    asked = {task: sample(baskets, split.test, split.end, task, MOST_ASKED) for task in tasks}
    lists: dict[Task, dict[str, list[Numbers]]] = {task: {} for task in tasks}
    for contestant in contestants:
        tell(f"{contestant.name}: {len(contestant.variants)} variants")
        chosen = _choose(contestant, baskets, split, tasks)
        answerers = {place: contestant.variants[place](learnt, split.test) for place in sorted(set(chosen.values()))}
        for task in tasks:
            lists[task][contestant.name] = [answerers[chosen[task]](question) for question in asked[task]]
    return tuple(standing for task in tasks for standing in _standings(task, asked[task], lists[task], learnt))


def _choose(contestant: Contestant, baskets: Baskets, split: Split, tasks: Sequence[Task]) -> dict[Task, int]:
    """Which variant has the best nDCG on the validation window, by task."""
    if len(contestant.variants) == 1:
        return dict.fromkeys(tasks, 0)
    learnt, known = baskets.before(split.validation), baskets.before(split.test)
    asked = {task: sample(known, split.validation, split.test, task, _MOST_CHOOSING) for task in tasks}
    worth: dict[Task, list[float]] = {task: [] for task in tasks}
    for variant in contestant.variants:
        answerer = variant(learnt, split.validation)
        for task in tasks:
            worth[task].append(sum(ndcg(answerer(question), question.answer) for question in asked[task]))
    return {task: int(np.argmax(worth[task])) for task in tasks}


def _standings(
    task: Task, asked: Sequence[Question], lists: dict[str, list[Numbers]], learnt: Baskets
) -> Iterator[Standing]:
    shares: Scores = learnt.sold / max(len(learnt), 1)
    for asker in Asker:
        places = [place for place, question in enumerate(asked) if question.asker is asker]
        if not places:
            continue
        draws = Resampling(np.array([asked[place].customer for place in places]))
        values = {
            name: np.array(
                [
                    (
                        hit(given[place], asked[place].answer),
                        ndcg(given[place], asked[place].answer),
                        surprise(given[place], shares),
                    )
                    for place in places
                ]
            )
            for name, given in lists.items()
        }
        mine = values[OURS]
        for name, theirs in values.items():
            yield Standing(
                task=task,
                asker=asker,
                name=name,
                asked=len(places),
                hit=draws.interval(theirs[:, 0]),
                ndcg=draws.interval(theirs[:, 1]),
                novelty=float(theirs[:, 2].mean()),
                coverage=coverage([lists[name][place] for place in places], learnt.sold),
                ahead_hit=draws.interval(mine[:, 0] - theirs[:, 0]),
                ahead_ndcg=draws.interval(mine[:, 1] - theirs[:, 1]),
            )
