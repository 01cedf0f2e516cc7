"""Ink: what on a page is drawn in more than black and white.

A thermal head burns a dot or does not; grey becomes noise there, and a tint of another colour something else each time.
Asked only of pages that show it: see `raster`.
"""

import io
from collections.abc import Iterator, Mapping, Sequence

import pikepdf

#: Operands of pure black and white, by operator in lower case.
_PURE: Mapping[str, frozenset[tuple[float, ...]]] = {
    "g": frozenset({(0.0,), (1.0,)}),
    "rg": frozenset({(0.0, 0.0, 0.0), (1.0, 1.0, 1.0)}),
    "k": frozenset({(0.0, 0.0, 0.0, 0.0), (0.0, 0.0, 0.0, 1.0)}),
}
_READ = "g G rg RG k K cs CS sc SC scn SCN sh gs Do BI INLINE"

_Streams = set[tuple[int, int]]


def impure_inks(data: bytes, number: int) -> tuple[str, ...]:
    """Each ink of a page that is neither black nor white, in words; the page is counted from 1."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        page = pdf.pages[number - 1]
        resources = page.obj.get("/Resources", pikepdf.Dictionary())
        return tuple(dict.fromkeys(_faults(page.obj, resources, set())))


def _faults(stream: pikepdf.Object, resources: pikepdf.Object, seen: _Streams) -> Iterator[str]:
    for instruction in pikepdf.parse_content_stream(stream, _READ):
        if isinstance(instruction, pikepdf.ContentStreamInlineImage):
            if not _is_bilevel(instruction.iimage.obj):
                yield "a picture with greys or colours"
            continue
        operator, operands = str(instruction.operator), list(instruction.operands)
        match operator:
            case "g" | "G" | "rg" | "RG" | "k" | "K":
                values = tuple(float(str(value)) for value in operands)
                if values not in _PURE[operator.lower()]:
                    yield f"colour {' '.join(f'{value:g}' for value in values)} {operator}"
            case "sh":
                yield "a gradient"
            case "cs" | "CS" | "sc" | "SC" | "scn" | "SCN":
                yield from _special(operator, operands, resources, seen)
            case "gs":
                yield from _state(resources, str(operands[0]))
            case "Do":
                yield from _object(
                    resources.get("/XObject", pikepdf.Dictionary()).get(str(operands[0])), resources, seen
                )


def _special(operator: str, operands: Sequence[object], resources: pikepdf.Object, seen: _Streams) -> Iterator[str]:
    name = str(operands[-1]) if operands else ""
    if operator in {"cs", "CS"}:
        if name not in {"/DeviceGray", "/DeviceRGB", "/Pattern"}:
            yield f"colour space {name.lstrip('/')}"
    elif name.startswith("/"):
        pattern = resources.get("/Pattern", pikepdf.Dictionary()).get(name)
        if pattern is None or int(pattern.get("/PatternType", 0)) != 1:
            yield "a gradient"
        else:
            yield from _object(pattern, resources, seen)
    elif len({float(str(value)) for value in operands} | {0.0, 1.0}) > 2 or len({str(value) for value in operands}) > 1:
        yield f"colour {' '.join(str(value) for value in operands)}"


def _state(resources: pikepdf.Object, name: str) -> Iterator[str]:
    state = resources.get("/ExtGState", pikepdf.Dictionary()).get(name)
    if state is None:
        return
    if float(state.get("/ca", 1)) < 1 or float(state.get("/CA", 1)) < 1:
        yield "opacity below 1"
    if state.get("/SMask", "/None") != "/None":
        yield "a soft mask"


def _object(thing: pikepdf.Object | None, resources: pikepdf.Object, seen: _Streams) -> Iterator[str]:
    if thing is None or thing.objgen in seen:
        return
    seen.add(thing.objgen)
    if thing.get("/Subtype") == "/Image":
        if not _is_bilevel(thing):
            yield "a picture with greys or colours"
        return
    yield from _faults(thing, thing.get("/Resources", resources), seen)


def _is_bilevel(image: pikepdf.Object) -> bool:
    if "/SMask" in image:
        return False
    return bool(image.get("/ImageMask", False)) or int(image.get("/BitsPerComponent", 8)) == 1
