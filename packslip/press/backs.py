"""Backs: a layout printed on both sides, its back a layout of its own, drawn from the same slip.

The document has fronts and backs in turn; a front without a back has a blank one, so that every slip begins on a front.
"""

import io
from dataclasses import replace

import pikepdf
from pikepdf import ObjectStreamMode, Pdf, StreamDecodeLevel

from packslip.files import sha256
from packslip.library.layouts import Layout
from packslip.model import Document, PressPath, Slip

#: What a page has of its paper and its printing condition.
_OF_PAPER = ("/MediaBox", "/TrimBox", "/BleedBox", "/Group")


def slip_of_back(slip: Slip, back: Layout) -> Slip:
    """What stands on the back: the same slip, with the codes that the back has room for."""
    return replace(slip, layout=back.name, codes=tuple(code for code in slip.codes if code.name in back.codes))


def join_back(front: Document, back: Document) -> Document:
    """Two documents as one: page, its back, page, its back. There are no more backs than fronts."""
    blank = front.pages[0]
    backs = (*back.pages, *(blank,) * (len(front.pages) - len(back.pages)))
    data = _join(front.data, back.data)
    return replace(
        front,
        data=data,
        sha256=sha256(data),
        pages=tuple(page for pair in zip(front.pages, backs, strict=True) for page in pair),
        codes=(
            *(replace(code, page=2 * code.page - 1) for code in front.codes),
            *(replace(code, page=2 * code.page) for code in back.codes),
        ),
        plate=front.plate or back.plate,
        path=PressPath.PLATE if PressPath.PLATE in {front.path, back.path} else PressPath.REFERENCE,
        render_ms=front.render_ms + back.render_ms,
    )


def _join(front: bytes, back: bytes) -> bytes:
    output = io.BytesIO()
    with pikepdf.open(io.BytesIO(front)) as joined, pikepdf.open(io.BytesIO(back)) as other:
        fronts = len(joined.pages)
        for at in range(fronts):
            place = 2 * at + 1
            if at < len(other.pages):
                joined.pages.insert(place, other.pages[at])
            else:
                joined.pages.insert(place, _blank(joined, joined.pages[2 * at]))
        joined.save(
            output,
            deterministic_id=True,
            fix_metadata_version=False,
            force_version=max(joined.pdf_version, other.pdf_version),
            object_stream_mode=ObjectStreamMode.generate,
            stream_decode_level=StreamDecodeLevel.none,
        )
    return output.getvalue()


def _blank(file: Pdf, like: pikepdf.Page) -> pikepdf.Page:
    """An empty page of the boxes and the space of another."""
    page = pikepdf.Dictionary(Type=pikepdf.Name.Page, Resources=pikepdf.Dictionary(), Contents=file.make_stream(b""))
    for name in _OF_PAPER:
        if name in like.obj:
            page[name] = like.obj[name]
    return pikepdf.Page(file.make_indirect(page))
