"""Proofs: what was looked through once and is the same for every slip that is struck from the same plate.

That is how a file is built, and what it says of itself: boxes, fonts, forms and scripts, PDF/X-4 and its colours, what
the layout itself puts into margins and zones. A plate with a fault is proved by no document.
"""

import io
from collections import OrderedDict
from collections.abc import Iterator

import pikepdf

from packslip.library.layouts import Layout
from packslip.model import Document, Finding, Severity, Where, error, warning
from packslip.preflight.foreign import RULES, Asked, Fault, examine
from packslip.preflight.foreign import Profile as Judged
from packslip.preflight.structure import check_structure
from packslip.settings import MediaSettings

#: Plates that are remembered.
MOST = 10_000
_AGAIN = "press the slip again"
#: Rules beyond those of PDF/X-4 that a layout breaks on its media, whatever its words.
_OF_LAYOUT = frozenset({"page.unprintable", "zone.preprinted", "bleed.missing", "bleed.short"})


class Proofs:
    """The plates of one release that were found sound."""

    def __init__(self) -> None:
        self._sound: OrderedDict[tuple[object, ...], None] = OrderedDict()

    def check(self, document: Document, layout: Layout, media: MediaSettings) -> tuple[Finding, ...]:
        """What is wrong with a document's build; nothing is looked at where its plate is proved.

        Raises:
            pikepdf.PdfError, TypeError, ValueError, RecursionError: it cannot be read.
        """
        key = document.plate, document.media, document.pages
        if document.plate and key in self._sound:
            self._sound.move_to_end(key)
            return ()
        found = tuple(check_build(document, layout, media))
        if document.plate and not found:
            self._sound[key] = None
            if len(self._sound) > MOST:
                self._sound.popitem(last=False)
        return found


def check_build(document: Document, layout: Layout, media: MediaSettings) -> Iterator[Finding]:
    """How a file is built, and what it says of itself."""
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        yield from check_structure(pdf, document, layout, media)
        if pdf.get_warnings():
            yield error("pdf.broken", Where(), "damaged; readable only by guessing", _AGAIN)
    if media.profile.is_pdfx or media.zones or any(media.unprintable_mm):
        judged = Judged.PDFX4 if media.profile.is_pdfx else Judged.OFFICE
        for fault in examine(document.data, Asked(profile=judged, media=media)).faults:
            yield from _told(fault)


def _told(fault: Fault) -> Iterator[Finding]:
    rule = RULES[fault.code]
    where = Where(spot=fault.where)
    if rule.code in _OF_LAYOUT:
        yield warning(rule.code, where, fault.message, rule.remedy)
    elif rule.is_x4 and rule.is_exact and rule.severity is Severity.ERROR:
        yield error(rule.code, where, fault.message, rule.remedy)
