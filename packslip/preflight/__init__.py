"""Preflight: takes the finished bytes apart, as the printer will, and says what would go wrong.

Knows nothing of how a document came about: bytes, the slip they must hold, and the media they must fit. Never fails on
bytes; what cannot be read is a finding.
"""

import io

import pikepdf
import pypdfium2

from packslip.library.layouts import Layout
from packslip.model import Document, Finding, Slip, Where, error
from packslip.preflight.codes import check_codes
from packslip.preflight.pictures import check_pictures
from packslip.preflight.structure import check_structure
from packslip.settings import MediaSettings

__all__ = ["preflight"]

_AGAIN = "press the slip again"


def preflight(document: Document, slip: Slip, layout: Layout, media: MediaSettings) -> tuple[Finding, ...]:
    """Everything that keeps a document from printing as meant; an error means it may not print."""
    try:
        with pikepdf.open(io.BytesIO(document.data)) as pdf:
            findings = list(check_structure(pdf, document, layout, media))
            if pdf.get_warnings():
                findings.append(error("pdf.broken", Where(), "damaged; readable only by guessing", _AGAIN))
    except (pikepdf.PdfError, TypeError, ValueError, RecursionError) as fault:
        return (_broken(fault),)
    try:
        with pypdfium2.PdfDocument(document.data) as raster:
            findings += check_pictures(raster)
            findings += check_codes(raster, document, slip, media)
    except pypdfium2.PdfiumError as fault:
        findings.append(_broken(fault))
    return tuple(dict.fromkeys(findings))


def _broken(fault: Exception) -> Finding:
    return error("pdf.broken", Where(), f"not readable as PDF ({type(fault).__name__})", _AGAIN)
