"""Objects: what has no business in a file for print, wherever in the file it hides.

Looks at each object of the file by itself, so that it needs no way to get there and meets no loop.
Source: ISO 15930-7:2010, 6.6 to 6.8, 6.13 to 6.18, 6.20 to 6.26.
"""

from collections.abc import Callable, Iterator

import pikepdf

from packslip.preflight.foreign.operators_state import INTENTS
from packslip.preflight.foreign.subject import Fault, Subject
from packslip.preflight.foreign.values import (
    FAULTS,
    entries,
    entry,
    is_array,
    is_holder,
    is_stream,
    items,
    name,
    names,
    path,
    text,
    whole,
)

#: Objects that are looked at.
MOST_OBJECTS = 500_000
_FILTERS = frozenset(
    {
        "ASCIIHexDecode",
        "ASCII85Decode",
        "FlateDecode",
        "RunLengthDecode",
        "CCITTFaxDecode",
        "JBIG2Decode",
        "DCTDecode",
        "JPXDecode",
    }
)
_ACTIONS = frozenset(
    {
        "GoTo",
        "GoToR",
        "GoToE",
        "Launch",
        "Thread",
        "URI",
        "Sound",
        "Movie",
        "Hide",
        "Named",
        "SubmitForm",
        "ResetForm",
        "ImportData",
        "JavaScript",
        "SetOCGState",
        "Rendition",
        "GoTo3DView",
    }
)
_SCRIPTS = frozenset({"JavaScript", "Launch", "ImportData", "Rendition"})
#: Source: PDF Reference 1.6, 7.2.4.
_BLENDS = frozenset(
    {
        "Normal",
        "Compatible",
        "Multiply",
        "Screen",
        "Overlay",
        "Darken",
        "Lighten",
        "ColorDodge",
        "ColorBurn",
        "HardLight",
        "SoftLight",
        "Difference",
        "Exclusion",
        "Hue",
        "Saturation",
        "Color",
        "Luminosity",
    }
)
_STATE_KEYS = frozenset({"/TR", "/TR2", "/HTP", "/HT", "/BM", "/RI", "/SMask", "/ca", "/CA", "/OPM", "/SA"})
_MOST_NAME = 127


def check_objects(subject: Subject) -> Iterator[Fault]:
    """What no object may be or hold."""
    yield from _check_catalog(subject.root)
    try:
        for at, thing in enumerate(subject.pdf.objects):
            if at >= MOST_OBJECTS:
                yield Fault(code="pdf.too_much", message=f"more than {MOST_OBJECTS} objects; the others were not seen")
                break
            yield from _check_thing(thing, 0)
    except FAULTS:
        yield Fault(code="pdf.repaired", message="an object of the file cannot be read")


def _check_catalog(root: object) -> Iterator[Fault]:
    for key, what in (("/OpenAction", "an action on opening"), ("/AA", "actions")):
        told = entry(root, key)
        if told is not None and not (key == "/OpenAction" and is_array(told)):
            yield Fault(code="active.action", message=f"{what} in the document")
    if path(root, "/Names", "/JavaScript") is not None:
        yield Fault(code="active.script", message="JavaScript in the document")
    if path(root, "/Names", "/EmbeddedFiles") is not None:
        yield Fault(code="file.embedded", message="files are embedded in the document")
    if path(root, "/Names", "/AlternatePresentations") is not None:
        yield Fault(code="page.presentation", message="alternate presentations in the document")
    form = entry(root, "/AcroForm")
    if entry(form, "/XFA") is not None:
        yield Fault(code="form.fields", message="an XFA form in the document")
    if items(entry(form, "/Fields")):
        yield Fault(code="form.fields", message=f"{len(items(entry(form, '/Fields')))} form fields in the document")
    layers = entry(root, "/OCProperties")
    for told in (entry(layers, "/D"), *items(entry(layers, "/Configs"))):
        if told is not None and not text(entry(told, "/Name")):
            yield Fault(code="layer.settings", message="a configuration of layers without a name")
        if items(entry(told, "/AS")):
            yield Fault(code="layer.settings", message="layers that switch themselves on and off")


def _check_thing(thing: object, depth: int) -> Iterator[Fault]:
    """One object and what stands directly in it."""
    if depth > 4:
        return
    if is_holder(thing):
        found = dict(entries(thing))
        for check in _CHECKS:
            yield from check(thing, found)
        inner: list[object] = list(found.values())
    elif is_array(thing):
        inner = items(thing)
        yield from _check_colourants(inner)
    else:
        return
    for value in inner:
        if isinstance(value, pikepdf.Object) and not value.is_indirect:
            yield from _check_thing(value, depth + 1)


def _check_action(thing: object, found: dict[str, object]) -> Iterator[Fault]:
    kind = name(found.get("/S"))
    if kind in _ACTIONS and ("/Type" not in found or name(found["/Type"]) == "Action"):
        code = "active.script" if kind in _SCRIPTS else "active.action"
        yield Fault(code=code, message=f"an action in the file: {kind}")
    elif "/JS" in found and kind != "JavaScript":
        yield Fault(code="active.script", message="JavaScript in the file")
    if "/AA" in found and "/Pages" not in found:
        yield Fault(code="active.action", message="actions of a page or a field")


def _check_outside(thing: object, found: dict[str, object]) -> Iterator[Fault]:
    if "/OPI" in found:
        yield Fault(code="external.content", message="a picture by OPI, of which the file has but a proxy")
    if "/Ref" in found and name(found.get("/Subtype")) == "Form":
        yield Fault(code="external.content", message="a drawing that stands for one in another file")
    if "/F" in found and is_stream(thing):
        yield Fault(code="external.content", message="a stream that lies in another file")
    if name(found.get("/Type")) == "Filespec" and "/EF" in found:
        yield Fault(code="file.embedded", message="a file is embedded")
    if "/PresSteps" in found:
        yield Fault(code="page.presentation", message="a page is presented in steps")


def _check_stream(thing: object, found: dict[str, object]) -> Iterator[Fault]:
    if not is_stream(thing):
        return
    for said in names(found.get("/Filter")):
        if said not in _FILTERS:
            yield Fault(code="stream.filter", message=f"a stream is packed by {said.removesuffix('Decode')}")
    if "PS" in (name(found.get("/Subtype")), name(found.get("/Subtype2"))):
        yield Fault(code="xobject.postscript", message="PostScript in the file")
    for other in items(found.get("/Alternates")):
        if entry(other, "/DefaultForPrinting") is True:
            yield Fault(code="picture.alternates", message="a picture that is replaced by another when it is printed")
    told = found.get("/Intent")
    if name(found.get("/Subtype")) == "Image" and told is not None and name(told) not in INTENTS:
        yield Fault(code="colour.rendering_intent", message=f"rendering intent {name(told)!r} of a picture")


def _check_state(_thing: object, found: dict[str, object]) -> Iterator[Fault]:
    """Extended graphics states. Source: ISO 15930-7:2010, 6.13, 6.20, 6.23."""
    if name(found.get("/Type")) != "ExtGState" and not found.keys() <= _STATE_KEYS | {
        "/Type",
        "/LW",
        "/op",
        "/OP",
        "/AIS",
    }:
        return
    if not found.keys() & _STATE_KEYS:
        return
    for key in ("/TR", "/HTP"):
        if key in found:
            yield Fault(code="state.transfer", message=f"a graphics state with {key[1:]}")
    if "/TR2" in found and name(found["/TR2"]) != "Default":
        yield Fault(code="state.transfer", message="a graphics state with a transfer curve (TR2)")
    if "/RI" in found and name(found["/RI"]) not in INTENTS:
        yield Fault(code="colour.rendering_intent", message=f"rendering intent {name(found['/RI'])!r}")
    for said in names(found.get("/BM")):
        if said not in _BLENDS:
            yield Fault(code="state.blend", message=f"blend mode {said!r}, which PDF 1.6 does not know")
    halftone = found.get("/HT")
    if is_holder(halftone):
        kind = whole(entry(halftone, "/HalftoneType"))
        if kind not in (1, 5):
            yield Fault(code="state.halftone", message=f"a halftone of type {kind}")
        if entry(halftone, "/HalftoneName") is not None:
            yield Fault(code="state.halftone", message="a halftone that is asked for by name")


def _check_names(_thing: object, found: dict[str, object]) -> Iterator[Fault]:
    if name(found.get("/Type")) == "Font":
        yield from _check_name(name(found.get("/BaseFont")), "a font")


def _check_colourants(parts: list[object]) -> Iterator[Fault]:
    family = name(parts[0]) if len(parts) > 3 else ""
    if family == "Separation":
        yield from _check_name(name(parts[1]), "a spot colour")
    elif family == "DeviceN":
        inks = items(parts[1])
        if len(inks) > 32:
            yield Fault(code="limit.exceeded", message=f"a colour of {len(inks)} inks; PDF knows 32")
        for each in inks:
            yield from _check_name(name(each), "a spot colour")


def _check_name(said: str, what: str) -> Iterator[Fault]:
    try:
        said.encode("utf-8")
    except UnicodeEncodeError:
        yield Fault(code="name.encoding", message=f"the name of {what} is no UTF-8")
    if len(said.encode("utf-8", "replace")) > _MOST_NAME:
        yield Fault(code="limit.exceeded", message=f"the name of {what} is longer than {_MOST_NAME} bytes")


_CHECKS: tuple[Callable[[object, dict[str, object]], Iterator[Fault]], ...] = (
    _check_action,
    _check_outside,
    _check_stream,
    _check_state,
    _check_names,
)
