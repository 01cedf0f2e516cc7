"""Functions of a PDF: sampled, exponential, stitched, and small programs, for many inputs at once.

Total: a function that makes no sense, or asks for more than is followed, is None.
Source: ISO 32000-1:2008, 7.10.
"""

import math
import operator
import re
from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from packslip.preflight.foreign.values import content, entry, is_array, items, number, numbers, whole

Floats = NDArray[np.float64]
#: (n, inputs) to (n, outputs)
Function = Callable[[Floats], Floats]

_MOST_SAMPLES = 4_000_000
_DEEPEST = 8
_MOST_STEPS = 2_000
_MOST_STACK = 100
_WORD = re.compile(rb"[{}]|[^\0\t\n\f\r {}%]+|%[^\r\n]*")


class _ProgramError(Exception):
    """A program that cannot go on."""


def read_function(told: object, depth: int = 0) -> Function | None:
    """A function, or an array of them with one output each."""
    if depth > _DEEPEST:
        return None
    if is_array(told):
        parts = [read_function(each, depth + 1) for each in items(told)[:40]]
        sound = [part for part in parts if part is not None]
        if not sound or len(sound) != len(parts):
            return None
        return lambda given: np.concatenate([part(given) for part in sound], axis=1)
    kinds = {0: _sampled, 2: _exponential, 3: _stitched, 4: _program}
    kind = whole(entry(told, "/FunctionType"))
    made = kinds[kind](told, depth) if kind in kinds else None
    return None if made is None else _held(made, numbers(entry(told, "/Domain")), numbers(entry(told, "/Range")))


def _held(made: Function, domain: tuple[float, ...], reach: tuple[float, ...]) -> Function:
    def evaluate(given: Floats) -> Floats:
        inside = _clip(given, domain)
        return np.nan_to_num(_clip(made(inside), reach), posinf=1.0, neginf=0.0)

    return evaluate


def _clip(values: Floats, bounds: tuple[float, ...]) -> Floats:
    if len(bounds) != 2 * values.shape[1]:
        return values
    return np.clip(values, bounds[::2], bounds[1::2])


def _exponential(told: object, _depth: int) -> Function | None:
    start, end = numbers(entry(told, "/C0")) or (0.0,), numbers(entry(told, "/C1")) or (1.0,)
    power = number(entry(told, "/N"))
    if len(start) != len(end) or power is None:
        return None
    low, high = np.array(start), np.array(end)

    def evaluate(given: Floats) -> Floats:
        found: Floats = low + np.power(np.maximum(given[:, :1], 1e-9), power) * (high - low)
        return found

    return evaluate


def _stitched(told: object, depth: int) -> Function | None:
    parts = [read_function(each, depth + 1) for each in items(entry(told, "/Functions"))[:1000]]
    sound = [part for part in parts if part is not None]
    bounds, encode = numbers(entry(told, "/Bounds")), numbers(entry(told, "/Encode"))
    domain = numbers(entry(told, "/Domain"))
    if not sound or len(sound) != len(parts) or len(bounds) != len(sound) - 1 or len(encode) != 2 * len(sound):
        return None
    if len(domain) != 2:
        return None
    edges = (domain[0], *bounds, domain[1])

    def evaluate(given: Floats) -> Floats:
        where = np.searchsorted(np.array(bounds), given[:, 0], side="right")
        pieces: list[tuple[NDArray[np.bool_], Floats]] = []
        for at, part in enumerate(sound):
            chosen = where == at
            if chosen.any():
                low, high = edges[at], edges[at + 1]
                share = (given[chosen, :1] - low) / (high - low) if high != low else given[chosen, :1] * 0
                start, end = encode[2 * at], encode[2 * at + 1]
                pieces.append((chosen, part(start + share * (end - start))))
        outputs = max((values.shape[1] for _, values in pieces), default=1)
        result = np.zeros((len(given), outputs))
        for chosen, values in pieces:
            result[chosen, : values.shape[1]] = values
        return result

    return evaluate


def _sampled(told: object, _depth: int) -> Function | None:
    sizes = [int(value) for value in numbers(entry(told, "/Size"))]
    domain, reach = numbers(entry(told, "/Domain")), numbers(entry(told, "/Range"))
    bits, inputs, outputs = whole(entry(told, "/BitsPerSample")), len(domain) // 2, len(reach) // 2
    if bits not in (1, 2, 4, 8, 16, 32) or len(sizes) != inputs or not outputs or inputs > 4 or min(sizes) < 1:
        return None
    count = math.prod(sizes) * outputs
    data = content(told, 64_000_000) if count <= _MOST_SAMPLES else None
    if data is None or len(data) * 8 < count * bits:
        return None
    table = unpack(data, bits)[:count].reshape(*reversed(sizes), outputs) / (2**bits - 1)
    decode = numbers(entry(told, "/Decode"))
    span = decode if len(decode) == len(reach) else reach
    low, high = np.array(span[::2]), np.array(span[1::2])
    encode = numbers(entry(told, "/Encode"))
    if len(encode) != 2 * inputs:
        encode = tuple(value for size in sizes for value in (0.0, size - 1.0))

    def evaluate(given: Floats) -> Floats:
        result = np.zeros((len(given), outputs))
        below: list[NDArray[np.int64]] = []
        shares: list[Floats] = []
        for at, size in enumerate(sizes):
            start, end = domain[2 * at : 2 * at + 2]
            place = (given[:, at] - start) / (end - start or 1.0)
            spot = np.clip(encode[2 * at] + place * (encode[2 * at + 1] - encode[2 * at]), 0, size - 1)
            below.append(np.floor(spot).astype(np.int64))
            shares.append(spot - below[-1])
        for corner in range(2**inputs):
            weight, index = np.ones(len(given)), []
            for at, size in enumerate(sizes):
                upper = corner >> at & 1
                weight = weight * (shares[at] if upper else 1 - shares[at])
                index.append(np.minimum(below[at] + upper, size - 1))
            result += weight[:, None] * table[tuple(reversed(index))]
        found: Floats = low + result * (high - low)
        return found

    return evaluate


def unpack(data: bytes, bits: int) -> NDArray[np.float64]:
    """Whole numbers of so many bits, packed without gaps; bits are 1, 2, 4, 8, 16 or 32."""
    if bits >= 8:
        size = bits // 8
        return np.frombuffer(data[: len(data) // size * size], f">u{size}").astype(np.float64)
    each = np.unpackbits(np.frombuffer(data, np.uint8)).reshape(-1, bits)
    found: Floats = (each @ (1 << np.arange(bits - 1, -1, -1))).astype(np.float64)
    return found


_Block = list["float | str | _Block"]


def _program(told: object, _depth: int) -> Function | None:
    """Source: ISO 32000-1:2008, 7.10.5."""
    data = content(told, 1_000_000)
    outputs = len(numbers(entry(told, "/Range"))) // 2
    if data is None or not outputs:
        return None
    words = [found[0].decode("latin-1") for found in _WORD.finditer(data) if found[0][:1] != b"%"]
    try:
        block, _ = _parse(words, 1, 0)
    except _ProgramError:
        return None

    def evaluate(given: Floats) -> Floats:
        result = np.zeros((len(given), outputs))
        for at, row in enumerate(given):
            stack = [float(value) for value in row]
            try:
                _run(block, stack, [_MOST_STEPS])
            except (_ProgramError, IndexError, ArithmeticError, ValueError):
                continue
            if len(stack) >= outputs:
                result[at] = stack[-outputs:]
        return result

    return evaluate


def _parse(words: list[str], at: int, depth: int) -> tuple[_Block, int]:
    block: _Block = []
    while at < len(words) and depth < _DEEPEST:
        word = words[at]
        if word == "}":
            return block, at + 1
        if word == "{":
            inner, at = _parse(words, at + 1, depth + 1)
            block.append(inner)
            continue
        try:
            block.append(float(word))
        except ValueError:
            block.append(word)
        at += 1
    raise _ProgramError


def _truncate(left: float, right: float) -> float:
    return float(math.fmod(int(left), int(right)))


_PAIRS: dict[str, Callable[[float, float], float]] = {
    "add": operator.add,
    "sub": operator.sub,
    "mul": operator.mul,
    "div": operator.truediv,
    "idiv": lambda left, right: float(int(left / right)),
    "mod": _truncate,
    "exp": lambda left, right: float(math.pow(left, right)),
    "atan": lambda left, right: math.degrees(math.atan2(left, right)) % 360,
    "eq": operator.eq,
    "ne": operator.ne,
    "gt": operator.gt,
    "ge": operator.ge,
    "lt": operator.lt,
    "le": operator.le,
    "and": lambda left, right: float(int(left) & int(right)),
    "or": lambda left, right: float(int(left) | int(right)),
    "xor": lambda left, right: float(int(left) ^ int(right)),
    "bitshift": lambda left, right: float(int(left) << int(right) if right >= 0 else int(left) >> int(-right)),
}
_SINGLES: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "neg": operator.neg,
    "ceiling": math.ceil,
    "floor": math.floor,
    "round": lambda value: math.floor(value + 0.5),
    "truncate": int,
    "cvi": int,
    "cvr": float,
    "sqrt": math.sqrt,
    "sin": lambda value: math.sin(math.radians(value)),
    "cos": lambda value: math.cos(math.radians(value)),
    "ln": math.log,
    "log": math.log10,
    "not": lambda value: float(not value),
}


def _run(block: _Block, stack: list[float], left: list[int]) -> None:
    blocks: list[_Block] = []
    for word in block:
        left[0] -= 1
        if left[0] < 0 or len(stack) > _MOST_STACK:
            raise _ProgramError
        if isinstance(word, float):
            stack.append(word)
        elif isinstance(word, list):
            blocks.append(word)
        elif word in _PAIRS:
            right, first = stack.pop(), stack.pop()
            if word == "bitshift" and abs(right) > 32:
                raise _ProgramError
            stack.append(float(_PAIRS[word](first, right)))
        elif word in _SINGLES:
            stack.append(float(_SINGLES[word](stack.pop())))
        elif word in ("if", "ifelse"):
            other = blocks.pop() if word == "ifelse" else []
            _run(blocks.pop() if stack.pop() else other, stack, left)
        else:
            _shuffle(word, stack)


def _shuffle(word: str, stack: list[float]) -> None:
    match word:
        case "pop":
            stack.pop()
        case "dup":
            stack.append(stack[-1])
        case "exch":
            stack[-1], stack[-2] = stack[-2], stack[-1]
        case "true" | "false":
            stack.append(float(word == "true"))
        case "copy" | "index" | "roll":
            _move(word, stack)
        case _:
            raise _ProgramError


def _move(word: str, stack: list[float]) -> None:
    count = int(stack.pop())
    if word == "roll":
        by, count = count, int(stack.pop())
        if not 0 < count <= len(stack):
            raise _ProgramError
        by %= count
        top = stack[-count:]
        stack[-count:] = top[count - by :] + top[: count - by]
    elif not 0 <= count <= len(stack) - (word == "index"):
        raise _ProgramError
    elif word == "index":
        stack.append(stack[-1 - count])
    elif count:
        stack += stack[-count:]
