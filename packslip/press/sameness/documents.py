"""What a document and its pages say beside what they paint: metadata, boxes, links, outlines, output intents."""

from collections.abc import Iterator, Mapping

import pikepdf

from packslip.press.sameness.digests import Digests
from packslip.press.sameness.paths import Rectangle
from packslip.press.sameness.resources import items
from packslip.press.sameness.values import UnprovableError, Value, number, same

_BOXES = ("/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox")
_ELSEWHERE = frozenset({"/Type", "/Parent", "/Contents", "/Resources"})


def document_facts(pdf: pikepdf.Pdf, digests: Digests) -> Mapping[str, Value]:
    """Document information, the file's permanent identifier, and the whole catalogue but for the pages."""
    facts: dict[str, Value] = {f"information {key}": str(value) for key, value in pdf.docinfo.items()}
    facts |= {
        f"catalogue {key}": digests.of(pdf.Root[key])
        for key in sorted(pdf.Root.keys())
        if key not in ("/Type", "/Pages")
    }
    identifiers = pdf.trailer.get("/ID")
    if identifiers is not None:  # the second changes with the file's bytes
        facts["identifier /ID"] = bytes(identifiers[0]).hex()
    return facts


def page_facts(page: pikepdf.Object, digests: Digests) -> Mapping[str, Value]:
    """Boxes in pt, and digests of all else a page has beside its content: annotations, its group, its turn.

    What pages inherit, pikepdf has already handed down to each.
    """
    facts: dict[str, Value] = {}
    for key in set(page.keys()) - _ELSEWHERE:
        facts[key] = box(page[key]) if key in _BOXES else digests.of(page[key])
    if facts.get("/Rotate") == digests.of(0):
        del facts["/Rotate"]
    if "/Annots" in page and not len(page["/Annots"]):
        del facts["/Annots"]
    return facts


def box(value: object) -> Rectangle:
    """A box, its corners in order."""
    numbers = [number(each) for each in items(value)]
    if len(numbers) != 4:
        raise UnprovableError("a box that has not four sides")
    left, bottom, right, top = numbers
    return min(left, right), min(bottom, top), max(left, right), max(bottom, top)


def compare_facts(one: Mapping[str, Value], other: Mapping[str, Value]) -> Iterator[str]:
    """A sentence for each fact that differs, without the fact."""
    for key in sorted({*one, *other}):
        if key not in one or key not in other:
            yield f"only one of the two has {key}"
        elif not same(one[key], other[key]):
            yield f"{key} differs"
