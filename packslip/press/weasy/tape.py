"""Tape: WeasyPrint's own arithmetic, recorded while it lays out and draws one slip.

A number that depends on a slip's text or pictures is a `Traced`: it behaves as the float it holds, and notes what is
done to it. Sums become steps; every comparison becomes a guard, a question whose answer must stay the same for the
recorded layout to hold. Replayed with another slip's numbers, the steps give what WeasyPrint would compute, to the last
bit, or a guard says that this layout is another one. What cannot be recorded raises `UntraceableError`, never guesses.
"""

import math
import operator
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from packslip.press.weasy.obstacles import ROUNDED, Obstacle, unnamed

#: An argument of a step: an int is the number of another step, a float a constant.
Argument = int | float


class UntraceableError(Exception):
    """WeasyPrint does something that a tape cannot hold. `spot` is the element, where it is known."""

    def __init__(self, obstacle: Obstacle | str, spot: str = "") -> None:
        self.obstacle = unnamed(obstacle) if isinstance(obstacle, str) else obstacle
        self.spot = spot
        self.so_far: Any = None  #: a `traces.Trace` without pages: what was recorded until then
        super().__init__(f"{spot}: {self.construct}" if spot else self.construct)

    @property
    def construct(self) -> str:
        """What it is, in CSS terms."""
        return self.obstacle.construct

    @property
    def remedy(self) -> str:
        """What a designer can write instead, "" where the layout is not at fault."""
        return self.obstacle.remedy


@dataclass(frozen=True, slots=True)
class Step:
    """One recorded value: `operation` over `arguments`; `detail` is what tells apart inputs of one operation."""

    operation: str
    arguments: tuple[Argument, ...]
    detail: int = 0


@dataclass(frozen=True, slots=True)
class Guard:
    """A question asked while recording, before which step, and its answer."""

    operation: str
    arguments: tuple[Argument, ...]
    answer: bool | int
    detail: int = 0


@dataclass(slots=True, eq=False)
class Tape:
    """What was recorded, in order: steps by number, and the guards."""

    steps: list[Step] = field(default_factory=list)
    guards: dict[Guard, int] = field(default_factory=dict)  #: guard → number of steps there were when it was asked
    _numbers: dict[Step, int] = field(default_factory=dict)

    def input(self, operation: str, arguments: tuple["Number", ...], detail: int, value: float) -> "Traced":
        """A number that comes from the slip, or from setting its text."""
        return self._step(Step(operation, tuple(map(self._argument, arguments)), detail), value)

    def step(self, operation: str, arguments: Iterable["Number"], value: float) -> "Traced":
        """A computed number."""
        return self._step(Step(operation, tuple(map(self._argument, arguments))), value)

    def guard(self, operation: str, arguments: Iterable["Number"], answer: bool | int, detail: int = 0) -> None:
        """Note a question and its answer."""
        self.guards.setdefault(Guard(operation, tuple(map(self._argument, arguments)), answer, detail), len(self.steps))

    def reference(self, number: "Number") -> Argument:
        """How plates refer to a number."""
        return self._argument(number)

    def _step(self, step: Step, value: float) -> "Traced":
        number = self._numbers.get(step)
        if number is None:
            number = self._numbers[step] = len(self.steps)
            self.steps.append(step)
        return Traced(self, number, value)

    def _argument(self, number: "Number") -> Argument:
        if not is_traced(number):
            return float(number)  # type: ignore[arg-type]
        traced: Traced = number  # type: ignore[assignment]
        if traced.tape is not self:
            raise UntraceableError("a number of another slip")
        return traced.number


def _arithmetic(name: str, function: Callable[[float, float], float]) -> tuple[Callable[..., Any], ...]:
    adds, takes = name == "+", name == "-"

    def forward(self: "Traced", other: object) -> object:
        value = plain(other)
        if value is None:
            return NotImplemented
        if value == 0 and (adds or takes) and not is_traced(other):
            return self  # to the last bit, but for the sign of zero, which nothing asks for
        if takes and is_traced(other) and other.number == self.number:  # type: ignore[attr-defined]
            return 0.0
        return self.tape.step(name, (self, other), function(self.value, value))  # type: ignore[arg-type]

    def backward(self: "Traced", other: object) -> object:
        value = plain(other)
        if value is None:
            return NotImplemented
        if value == 0 and adds:
            return self
        return self.tape.step(name, (other, self), function(value, self.value))  # type: ignore[arg-type]

    return forward, backward


def _comparison(name: str, function: Callable[[float, float], bool]) -> Callable[["Traced", object], object]:
    def compare(self: "Traced", other: object) -> object:
        value = plain(other)
        if value is None:
            return {"eq": False, "ne": True}.get(name, NotImplemented)
        answer = function(self.value, value)
        self.tape.guard(name, (self, other), answer)  # type: ignore[arg-type]
        return answer

    return compare


def _refused(what: str) -> Callable[..., object]:
    def refuse(self: "Traced", *_arguments: object) -> object:
        raise UntraceableError(ROUNDED)

    return refuse


class Traced:
    """A float that notes what is done to it. Not a subclass of float, so that nothing reads it unseen."""

    __slots__ = ("number", "tape", "value")

    def __init__(self, tape: Tape, number: int, value: float) -> None:
        self.tape, self.number, self.value = tape, number, value

    @property  # type: ignore[misc]
    def __class__(self) -> type:
        """A float to whoever asks with isinstance."""
        return float

    __add__, __radd__ = _arithmetic("+", operator.add)
    __sub__, __rsub__ = _arithmetic("-", operator.sub)
    __mul__, __rmul__ = _arithmetic("*", operator.mul)
    __truediv__, __rtruediv__ = _arithmetic("/", operator.truediv)
    __floordiv__, __rfloordiv__ = _arithmetic("//", operator.floordiv)
    __mod__, __rmod__ = _arithmetic("%", operator.mod)
    __pow__, __rpow__ = _arithmetic("**", operator.pow)

    __lt__ = _comparison("<", operator.lt)
    __le__ = _comparison("<=", operator.le)
    __gt__ = _comparison(">", operator.gt)
    __ge__ = _comparison(">=", operator.ge)
    __eq__ = _comparison("eq", operator.eq)  # type: ignore[assignment]
    __ne__ = _comparison("ne", operator.ne)  # type: ignore[assignment]

    def __bool__(self) -> bool:
        answer = bool(self.value)
        self.tape.guard("ne", (self, 0.0), answer)
        return answer

    def __neg__(self) -> "Traced":
        return self.tape.step("neg", (self,), -self.value)

    def __pos__(self) -> "Traced":
        return self

    def __abs__(self) -> "Traced":
        return self.tape.step("abs", (self,), abs(self.value))

    def __copy__(self) -> "Traced":
        return self

    def __deepcopy__(self, _memory: object) -> "Traced":
        return self

    def __repr__(self) -> str:
        return f"Traced({self.value!r}, step {self.number})"

    def is_integer(self) -> bool:
        """Refused: a number's text is made when it is replayed."""
        raise UntraceableError(ROUNDED)

    __float__ = _refused("taken as a plain number")
    __int__ = _refused("rounded")
    __index__ = _refused("used as an index")
    __round__ = _refused("rounded")
    __floor__ = _refused("rounded")
    __ceil__ = _refused("rounded")
    __trunc__ = _refused("rounded")
    __hash__ = _refused("used as a key")  # type: ignore[assignment]
    __format__ = _refused("written out")  # type: ignore[assignment]
    __str__ = _refused("written out")  # type: ignore[assignment]


Number = Traced | float


def plain(number: object) -> float | None:
    """The value of a number, traced or not; None of anything else."""
    kind = type(number)
    if kind is Traced:
        return number.value  # type: ignore[attr-defined, no-any-return]
    return number if kind is float or kind is int or kind is bool else None  # type: ignore[return-value]


def is_traced(number: object) -> bool:
    """Whether a number follows from the slip's text or pictures."""
    return type(number) is Traced


_LIMITS = {"max": math.inf, "min": -math.inf}


def _aggregate(name: str, function: Callable[..., Any]) -> Callable[..., object]:
    """`max`, `min` or `sum` as one step: fewer guards, and on replay the interpreter's own way of summing."""

    def gather(*arguments: Any, **options: Any) -> object:  # noqa: ANN401 -- takes what max, min and sum take
        items = arguments if len(arguments) > 1 and name != "sum" else tuple(arguments[0])
        if options or (name == "sum" and len(arguments) > 1) or not any(map(is_traced, items)):
            return function(items, *(arguments[1:] if name == "sum" else ()), **options)
        for item in items:
            if type(item) is float and item == _LIMITS.get(name):
                return item  # the very object: WeasyPrint asks `is inf`
        values = [plain(item) for item in items]
        if any(value is None for value in values):
            raise UntraceableError(ROUNDED)
        tape: Tape = next(item.tape for item in items if is_traced(item))
        return tape.step(name, items, function(values))

    return gather


_PATCHES = {"max": _aggregate("max", max), "min": _aggregate("min", min), "sum": _aggregate("sum", sum)}


@contextmanager
def aware(modules: Iterable[ModuleType]) -> Iterator[None]:
    """Let modules use `max`, `min` and `sum` that know traced numbers."""
    modules = tuple(modules)
    for module in modules:
        vars(module).update(_PATCHES)
    try:
        yield
    finally:
        for module in modules:
            for name in _PATCHES:
                del vars(module)[name]


#: How each operation is written in a replaying function; `{0}` and `{1}` are arguments.
INFIX = frozenset({"+", "-", "*", "/", "//", "%", "**", "<", "<=", ">", ">="})
PREFIX = {"neg": "-{0}", "abs": "abs({0})"}
CALLS = frozenset({"max", "min", "sum"})
COMPARISONS = {"eq": "{0} == {1}", "ne": "{0} != {1}"}


def constant(value: float) -> str:
    """A constant as Python source."""
    if math.isinf(value):
        return "inf" if value > 0 else "-inf"
    if math.isnan(value):
        return "nan"
    return repr(float(value))
