"""Printer languages: a document of record, said as a printer takes it.

`translate` is all that dispatch needs; each module owns one language, as a pure function from bitmaps to bytes. Same
document, same bytes. Sets nothing that a printer keeps for itself: darkness, speed, gap and cutter stay as IT set them.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from packslip.dispatch.languages.epl import encode_epl
from packslip.dispatch.languages.escpos import encode_escpos
from packslip.dispatch.languages.png import encode_png
from packslip.dispatch.languages.pwg import encode_pwg
from packslip.dispatch.languages.reading import read_bitmaps
from packslip.dispatch.languages.tspl import encode_tspl
from packslip.dispatch.languages.zpl import encode_zpl, encode_zpl_hex
from packslip.errors import HoldOrder
from packslip.model import Bitmap
from packslip.printers import Language

__all__ = ["suffix_of", "translate"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Encoder:
    encode: Callable[[tuple[Bitmap, ...]], bytes]
    suffix: str
    most_pages: int | None = None  #: None: any number


_ENCODERS: Mapping[Language, _Encoder] = {
    Language.ZPL: _Encoder(encode=encode_zpl, suffix=".zpl"),
    Language.ZPL_HEX: _Encoder(encode=encode_zpl_hex, suffix=".zpl"),
    Language.EPL: _Encoder(encode=encode_epl, suffix=".epl"),
    Language.TSPL: _Encoder(encode=encode_tspl, suffix=".tspl"),
    Language.ESCPOS: _Encoder(encode=encode_escpos, suffix=".escpos"),
    Language.PWG_RASTER: _Encoder(encode=encode_pwg, suffix=".pwg"),
    Language.PNG: _Encoder(encode=lambda bitmaps: encode_png(bitmaps[0]), suffix=".png", most_pages=1),
}


def suffix_of(language: Language) -> str:
    """How the name of a file in a language ends."""
    return ".pdf" if language is Language.PDF else _ENCODERS[language].suffix


def translate(data: bytes, language: Language) -> bytes:
    """A document in a printer's language; in PDF it is what it was.

    Raises:
        HoldOrder: it is no document of dots, or has more pages than a file of this language holds.
    """
    if language is Language.PDF:
        return data
    encoder = _ENCODERS[language]
    try:
        bitmaps = read_bitmaps(data)
    except ValueError as fault:
        hint = "its media must have the profile thermal; send the order again where that was set later"
        raise HoldOrder(f"the document cannot be said in {language.value}: {fault}", hint=hint) from None
    if encoder.most_pages and len(bitmaps) > encoder.most_pages:
        message = f"a file in {language.value} holds {encoder.most_pages} page, the document has {len(bitmaps)}"
        raise HoldOrder(message, hint="give the printer another language, or the layout max_pages = 1")
    return encoder.encode(bitmaps)
