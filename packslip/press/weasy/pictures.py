"""Pictures as plates take them."""

from dataclasses import dataclass

from packslip.press.imprint import PdfObject


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture: its size in pixels, and the object a document draws it from."""

    width: int
    height: int
    ratio: float
    smooth: PdfObject  #: viewers may interpolate
    crisp: PdfObject
