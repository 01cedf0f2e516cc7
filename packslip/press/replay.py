"""Replay: the steps of a trace as one Python function of straight-line arithmetic.

Asked with a slip's side of things it gives the numbers that WeasyPrint would have computed, to the last bit, or None
where a guard finds that this slip's layout is another.
"""

from collections.abc import Callable, Sequence
from typing import Protocol

from packslip.press.weasy.setting import SetLine
from packslip.press.weasy.tape import (
    CALLS,
    COMPARISONS,
    INFIX,
    PREFIX,
    Argument,
    Guard,
    Step,
    UntraceableError,
    constant,
)
from packslip.press.weasy.traces import Trace


class Asked(Protocol):
    """The slip's side: everything that a step or guard may ask."""

    @property
    def given(self) -> float:
        """Where a part starts."""

    def part(self, number: int, top: float) -> Sequence[object]:
        """A part that starts there: what leaves it."""

    def lines(self, number: int, x: float, width: float) -> tuple[SetLine, ...]:
        """A paragraph, set."""

    def width(self, number: int) -> float:
        """The width of a text."""

    def fits(self, number: int, available: float) -> bool:
        """Whether a text stays on one line."""

    def breaks(self, number: int) -> bool:
        """Whether a line may break between two texts."""

    def content(self, number: int, kind: str) -> float:
        """The min-content or max-content width of a paragraph."""

    def picture(self, number: int, which: int, resolution: float) -> float:
        """Width, height or ratio of a picture."""

    def code(self, number: int, which: int) -> float:
        """The same of a code."""


#: A trace's steps as a function.
Replay = Callable[[Asked], tuple[object, ...] | None]


def _end(lines: tuple[SetLine, ...], top: float) -> float:
    for line in lines:
        top += line.height
    return top


def _last_top(lines: tuple[SetLine, ...], top: float) -> float:
    for line in lines[:-1]:
        top += line.height
    return top


#: Steps that ask the slip: source of the call, with the arguments and the detail.
_ASKED = {
    "start": "{0}",
    "leave": "{0}",
    "given": "s.given",
    "part": "s.part({detail}, {0})",
    "out": "{0}[{detail}]",
    "lines": "s.lines({detail}, {0}, {1})",
    "first baseline": "-{0}[0].top",
    "last baseline": "-{0}[-1].top",
    "end": "end({0}, {1})",
    "last top": "last_top({0}, {1})",
    "line end": "{1} + {0}[{detail}].height",
    "width": "s.width({detail})",
    "min-content": "s.content({detail}, 'min')",
    "max-content": "s.content({detail}, 'max')",
    "picture 0": "s.picture({detail}, 0, {0})",
    "picture 1": "s.picture({detail}, 1, {0})",
    "picture 2": "s.picture({detail}, 2, {0})",
    "code 0": "s.code({detail}, 0)",
    "code 1": "s.code({detail}, 1)",
    "code 2": "s.code({detail}, 2)",
}
_ASKED_GUARDS = {"count": "len({0}) == {answer}", "fits": "s.fits({detail}, {0})", "breaks": "s.breaks({detail})"}


def compile_steps(trace: Trace, wanted: Sequence[int], *, guarded: bool) -> Replay:
    """The steps that lead to some numbers, as one function.

    Raises:
        UntraceableError: they hang on something that a strike cannot know.
    """
    guards = [guard for _, guard in trace.guards] if guarded else []
    needed = _reachable(trace.steps, [*wanted, *(ref for guard in guards for ref in guard.arguments)])
    lines = ["def run(s):"]
    asked = iter(trace.guards if guarded else ())
    following = next(asked, None)
    for number, step in enumerate(trace.steps):
        while following is not None and following[0] <= number:
            lines.append(f" if {_question(following[1])}: return None")
            following = next(asked, None)
        if number in needed:
            lines.append(f" v{number} = {_expression(step)}")
    while following is not None:
        lines.append(f" if {_question(following[1])}: return None")
        following = next(asked, None)
    lines.append(f" return ({''.join(f'v{number}, ' for number in wanted)})")
    names: dict[str, object] = {"inf": float("inf"), "nan": float("nan"), "end": _end, "last_top": _last_top}
    # nothing in the source comes from a slip: numbers, and names of operations from the tables above
    exec(compile("\n".join(lines), "<plate>", "exec"), names)  # noqa: S102
    return names["run"]  # type: ignore[return-value]


def _reachable(steps: Sequence[Step], wanted: Sequence[Argument]) -> set[int]:
    found: set[int] = set()
    waiting = [ref for ref in wanted if isinstance(ref, int)]
    while waiting:
        number = waiting.pop()
        if number not in found:
            found.add(number)
            if steps[number].operation == "unknown":
                raise UntraceableError("a width that follows text mixed with boxes")
            waiting += [ref for ref in steps[number].arguments if isinstance(ref, int)]
    return found


def _expression(step: Step) -> str:
    arguments = [_source(argument) for argument in step.arguments]
    name = step.operation
    if name in _ASKED:
        return _ASKED[name].format(*arguments, detail=step.detail)
    if name in CALLS:
        return f"{name}(({''.join(f'{argument}, ' for argument in arguments)}))"
    if name in PREFIX:
        return PREFIX[name].format(*arguments)
    if name in INFIX:
        return f"{arguments[0]} {name} {arguments[1]}"
    raise UntraceableError(f"no way to replay {name!r}")


def _question(guard: Guard) -> str:
    """True where the answer is another than it was."""
    arguments = [_source(argument) for argument in guard.arguments]
    name = guard.operation
    if name == "count":
        return f"len({arguments[0]}) != {int(guard.answer)}"
    if name in _ASKED_GUARDS:
        asked = _ASKED_GUARDS[name].format(*arguments, detail=guard.detail)
    elif name in COMPARISONS:
        asked = COMPARISONS[name].format(*arguments)
    else:
        asked = f"{arguments[0]} {name} {arguments[1]}"
    return f"not ({asked})" if guard.answer else asked


def _source(argument: Argument) -> str:
    if isinstance(argument, int):
        return f"v{argument}"
    text = constant(argument)
    return f"({text})" if text.startswith("-") else text
