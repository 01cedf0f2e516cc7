"""Comparing display lists: which of the painted things differ, and in what."""

from collections.abc import Iterator

from packslip.press.sameness.values import Display, Look, Thing, same

#: Things told one by one; one slip of a hand can move all that follow.
_MOST = 8


def compare_displays(one: Display, other: Display) -> Iterator[str]:
    """A sentence for each thing that differs; by number, kind and what differs, never by what it says."""
    start = 0
    while start < min(len(one), len(other)) and same(one[start], other[start]):
        start += 1
    if len(one) == len(other):
        yield from _compare_things(one, other, start)
        return
    end = 0
    while end < min(len(one), len(other)) - start and same(one[-1 - end], other[-1 - end]):
        end += 1
    first, second = one[start : len(one) - end], other[start : len(other) - end]
    yield (
        f"{len(one)} painted things against {len(other)}: from number {start + 1} on,"
        f" {_kinds(first)} against {_kinds(second)}"
    )


def _compare_things(one: Display, other: Display, start: int) -> Iterator[str]:
    told = 0
    for number, (first, second) in enumerate(zip(one[start:], other[start:], strict=True), start=start + 1):
        if same(first, second):
            continue
        told += 1
        if told <= _MOST:
            yield f"painted thing {number} of {len(one)}, {_differing(first, second)}"
    if told > _MOST:
        yield f"{told - _MOST} more painted things differ"


def _differing(one: Thing, other: Thing) -> str:
    if one.kind != other.kind:
        return f"is a {one.kind} against a {other.kind}"
    parts = [
        _moved(one.place, other.place) if field == "place" else field
        for field, first, second in zip(Thing._fields, one, other, strict=True)
        if field != "look" and not same(first, second)
    ]
    if one.look is not None and other.look is not None:
        looks = zip(Look._fields, one.look, other.look, strict=True)
        parts += [field.replace("_", " ") for field, first, second in looks if not same(first, second)]
    return f"a {one.kind}, differs in {', '.join(parts)}"


def _moved(one: tuple[float, ...], other: tuple[float, ...]) -> str:
    if len(one) != len(other):
        return "place"
    return f"place (by {max(abs(a - b) for a, b in zip(one, other, strict=True)):.4f} pt)"


def _kinds(things: Display) -> str:
    kinds = [thing.kind for thing in things]
    return ", ".join(f"{kinds.count(kind)} × {kind}" for kind in dict.fromkeys(kinds)) or "nothing"
