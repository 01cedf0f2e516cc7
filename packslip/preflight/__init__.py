"""Preflight: takes the finished bytes apart, as the printer will, and says what would go wrong.

Knows nothing of how a document came about: bytes, the slip they must hold, and the media they must fit. Never fails on
bytes; what cannot be read is a finding. What can differ from slip to slip is looked at in each: that the file can be
drawn, its pages, codes read back from pixels, pictures, text in margins and zones. How it is built is proved once for
each plate, see `Proofs`.
"""

from collections.abc import Iterator

import pikepdf
import pypdfium2

from packslip.library.layouts import Layout
from packslip.model import Document, Finding, Slip, Where, error
from packslip.preflight.codes import check_absent, check_codes
from packslip.preflight.placed import check_placed
from packslip.preflight.proofs import Proofs
from packslip.preflight.structure import check_pages
from packslip.settings import MediaSettings

__all__ = ["Proofs", "preflight"]

_AGAIN = "press the slip again"


def preflight(
    document: Document, slip: Slip, layout: Layout, media: MediaSettings, proofs: Proofs | None = None
) -> tuple[Finding, ...]:
    """Everything that keeps a document from printing as meant; an error means it may not print.

    `proofs` remember which plates are sound; without them everything is looked at.
    """
    try:
        findings = list((proofs or Proofs()).check(document, layout, media))
    except (pikepdf.PdfError, TypeError, ValueError, RecursionError) as fault:
        return (_broken(fault),)
    try:
        findings += _check_drawn(document, slip, media)
    except pypdfium2.PdfiumError as fault:
        findings.append(_broken(fault))
    return tuple(dict.fromkeys(findings))


def _check_drawn(document: Document, slip: Slip, media: MediaSettings) -> Iterator[Finding]:
    """Every page is loaded once, for that is most of the work."""
    yield from check_absent(document, slip)
    with pypdfium2.PdfDocument(document.data) as pdf:
        yield from check_pages(pdf, document)
        for number in range(1, len(pdf) + 1):
            page = pdf[number - 1]
            yield from check_placed(page, number, media)
            yield from check_codes(page, number, document, media)
            page.close()


def _broken(fault: Exception) -> Finding:
    return error("pdf.broken", Where(), f"not readable as PDF ({type(fault).__name__})", _AGAIN)
