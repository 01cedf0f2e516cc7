"""The rules: what each asks, where that is written, how exact the check is, and what a designer does about it.

A table and nothing else. The checks stand in the `check_*` modules; docs/preflight.md is this table in print.
Clauses of ISO 15930-7:2010 are PDF/X-4, of ISO 32000-1:2008 PDF 1.7; *practice* is what printers ask beyond both.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from packslip.model import Severity


class Profile(StrEnum):
    """What a file is judged as."""

    PDFX4 = "pdfx4"  #: for a print shop
    OFFICE = "office"  #: for an office printer


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule."""

    code: str
    severity: Severity
    source: str
    asks: str  #: what a right file does
    remedy: str
    is_exact: bool = True  #: False where the check is an approximation
    is_x4: bool = False  #: of PDF/X-4 alone


_X = "ISO 15930-7:2010, "
_P = "ISO 32000-1:2008, "
#: What no standard says, but printers ask.
PRACTICE: Final = "practice"
_E, _W, _N = Severity.ERROR, Severity.WARNING, Severity.NOTE

_X4_EXPORT = "export it again as PDF/X-4"

_TABLE: Final = (
    # The file
    Rule("pdf.broken", _E, _P + "7.5", "the file is a PDF that can be read", "export it again"),
    Rule("pdf.repaired", _E, _P + "7.5", "the file is whole; no reader has to guess", "export it again"),
    Rule("pdf.too_much", _W, PRACTICE, "the file can be looked through within bounds", "split or simplify it", False),
    Rule("pdf.encrypted", _E, _X + "6.15", "the file is not encrypted", "take its password and its restrictions off"),
    Rule("pdf.version", _E, _X + "6.1", "header and catalog say PDF 1.6 or older", _X4_EXPORT, is_x4=True),
    Rule("pdf.no_pages", _E, _P + "7.7.3", "the file has pages", "export it again"),
    # What it says of itself
    Rule("x4.unclaimed", _E, _X + "6.10.2", "XMP says pdfxid:GTS_PDFXVersion PDF/X-4", _X4_EXPORT, is_x4=True),
    Rule("xmp.missing", _E, _X + "6.10.1", "the catalog has readable XMP metadata", _X4_EXPORT, is_x4=True),
    Rule("xmp.packed", _E, _X + "6.10.1", "XMP metadata is not compressed", _X4_EXPORT, is_x4=True),
    Rule(
        "xmp.entries",
        _E,
        _X + "6.10.3",
        "XMP has a title, three dates, and the document's id, version and rendition class",
        _X4_EXPORT,
        is_x4=True,
    ),
    Rule("info.differs", _E, _X + "6.10.2", "Info and XMP say the same", _X4_EXPORT, is_x4=True),
    Rule("id.missing", _E, _X + "6.10.4", "the trailer has an ID of two strings", _X4_EXPORT, is_x4=True),
    Rule(
        "trapped.missing",
        _E,
        _X + "6.11",
        "Trapped is True or False",
        "say in the export whether it is trapped",
        is_x4=True,
    ),
    # The printing condition
    Rule(
        "intent.missing",
        _E,
        _X + "6.4.2.1",
        "there is an output intent GTS_PDFX",
        "choose the printing condition in the export, such as FOGRA47",
        is_x4=True,
    ),
    Rule("intent.several", _E, _X + "6.4.2.1", "there is one output intent GTS_PDFX", _X4_EXPORT, is_x4=True),
    Rule("intent.identifier", _E, _X + "6.4.2.1", "the intent names its printing condition", _X4_EXPORT, is_x4=True),
    Rule(
        "intent.registry",
        _W,
        _P + "14.11.5",
        "a condition like FOGRA47 names the registry http://www.color.org",
        _X4_EXPORT,
        is_x4=True,
    ),
    Rule(
        "intent.profile",
        _E,
        _X + "6.4.2.1",
        "the intent's ICC profile is embedded and can be read",
        "embed the printing condition's profile",
        is_x4=True,
    ),
    Rule(
        "intent.profile_kind",
        _E,
        _X + "6.4.2.1",
        "the intent's profile is one for output, ICC 2 to 4.2, grey, RGB or CMYK, with as many channels as N says",
        "choose a printer's profile, not that of a screen",
        is_x4=True,
    ),
    Rule(
        "intent.other",
        _E,
        PRACTICE,
        "the output intent is the condition that the media is printed under",
        "export it for the media's printing condition",
    ),
    # What has no business in print
    Rule("active.script", _E, _X + "6.18", "nothing runs: no JavaScript, no launch", "take it out"),
    Rule("active.action", _E, _X + "6.18", "there are no actions, links among them", "take them out", is_x4=True),
    Rule("form.fields", _E, _X + "6.26", "there are no form fields, and no XFA", "flatten the form", is_x4=True),
    Rule("file.embedded", _E, _X + "6", "there are no embedded files", "take the attachments out", is_x4=True),
    Rule(
        "annotation.inside",
        _E,
        _X + "6.17",
        "annotations lie outside bleed, or outside trim where there is no bleed",
        "take notes and links out, or flatten them",
        is_x4=True,
    ),
    Rule(
        "layer.settings",
        _E,
        _X + "6.24",
        "each configuration of layers has a name and no automatic states",
        "merge the layers in the export",
        is_exact=False,
        is_x4=True,
    ),
    Rule("page.presentation", _E, _X + "6.22", "there are no alternate presentations", _X4_EXPORT, is_x4=True),
    Rule("xobject.postscript", _E, _X + "6.14", "there is no PostScript in the file", "place the art as PDF"),
    Rule(
        "external.content",
        _E,
        _X + "6.7",
        "all is in the file: no OPI, no reference to other files",
        "embed the placed art",
    ),
    Rule("stream.filter", _E, _X + "6.8", "nothing is packed by LZW or an unknown filter", _X4_EXPORT, is_x4=True),
    Rule(
        "picture.alternates",
        _E,
        _X + "6.16",
        "no picture has another one to be printed in its stead",
        "take the alternates out",
        is_exact=False,
        is_x4=True,
    ),
    Rule(
        "state.transfer",
        _E,
        _X + "6.13",
        "there are no transfer curves: TR, HTP, TR2 other than Default",
        "take transfer curves out of the export",
        is_x4=True,
    ),
    Rule(
        "state.halftone",
        _E,
        _X + "6.13",
        "halftones are of type 1 or 5, without a name",
        "take screens out of the export",
        is_x4=True,
    ),
    Rule("state.blend", _E, _X + "6.20", "blend modes are those of PDF 1.6", _X4_EXPORT, is_x4=True),
    Rule("colour.rendering_intent", _E, _X + "6.23", "rendering intents are those of PDF", _X4_EXPORT, is_x4=True),
    Rule("content.operator", _E, _X + "6.19", "content uses no operator that PDF does not know", "export it again"),
    Rule("content.broken", _E, _P + "7.8.2", "content can be read", "export it again"),
    Rule("content.loop", _E, _P + "8.10.1", "no drawing holds itself", "export it again"),
    Rule("limit.exceeded", _E, _X + "6.25", "PDF's own limits are kept", "simplify the art", is_x4=True),
    Rule(
        "name.encoding",
        _E,
        _X + "6.6",
        "names of fonts and spot colours are UTF-8",
        "rename the spot colour",
        is_x4=True,
    ),
    # Pages
    Rule("box.missing", _E, _X + "6.12", "each page has a MediaBox, and a TrimBox or ArtBox", _X4_EXPORT, is_x4=True),
    Rule("box.both", _E, _X + "6.12", "no page has both TrimBox and ArtBox", _X4_EXPORT, is_x4=True),
    Rule(
        "box.order", _E, _X + "6.12", "trim lies in bleed, bleed in crop and media, none empty", _X4_EXPORT, is_x4=True
    ),
    Rule(
        "page.turned", _W, _P + "7.7.3.3", "pages are neither turned nor scaled by their dictionary", "export upright"
    ),
    Rule("page.size", _E, PRACTICE, "the trimmed page is as large as the media", "set the page to the media's size"),
    Rule("page.blank", _W, PRACTICE, "each page prints something", "delete the page if it is not meant"),
    Rule(
        "page.surplus",
        _W,
        PRACTICE,
        "the file does not end in blank pages",
        "delete the page, or shorten what runs over",
    ),
    Rule(
        "bleed.short",
        _W,
        PRACTICE,
        "what reaches the trimmed edge goes on 2 mm beyond it, or as far as the media wants",
        "let it run over the edge, or end before it",
        is_exact=False,
        is_x4=True,
    ),
    Rule("bleed.missing", _E, PRACTICE, "there is as much bleed as the media wants", "export it with bleed"),
    Rule(
        "page.unprintable",
        _E,
        PRACTICE,
        "nothing prints in the margin that the device leaves",
        "move it in, or it is cut off",
        is_exact=False,
    ),
    Rule(
        "zone.preprinted",
        _E,
        PRACTICE,
        "nothing but background prints on what is printed already",
        "keep the zone free",
        is_exact=False,
    ),
    Rule("zone.fold", _W, PRACTICE, "no text and no code runs across a fold", "move it off the fold", is_exact=False),
    Rule(
        "zone.perforation",
        _E,
        PRACTICE,
        "no text and no code runs across a perforation",
        "move it to one side",
        is_exact=False,
    ),
    Rule(
        "zone.peel_off",
        _E,
        PRACTICE,
        "no text and no code runs across the edge of a part that is peeled off",
        "move it in or out",
        is_exact=False,
    ),
    # Fonts
    Rule(
        "font.missing", _E, _X + "6.5.1", "each font that shows text is embedded", "embed it, or turn text to outlines"
    ),
    Rule(
        "font.widths",
        _E,
        _X + "6.5",
        "PDF and font program tell the same widths",
        "export it again with the font embedded anew",
        is_exact=False,
        is_x4=True,
    ),
    # Colour
    Rule(
        "colour.device",
        _E,
        _X + "6.4.3.2",
        "device colours are those of the intent, or the page has a Default space for them",
        "convert to the printing condition, or keep the picture's own profile",
        is_x4=True,
    ),
    Rule("colour.unknown", _E, _P + "8.6", "each colour space makes sense, its profile too", "export it again"),
    Rule(
        "colour.group",
        _E,
        _X + "6.20",
        "transparency blends in a space that the intent allows",
        "set the blending space to that of the printing condition",
        is_x4=True,
    ),
    Rule("overprint.vanishes", _E, _P + "8.6.7", "nothing white overprints", "let white knock out"),
    Rule(
        "overprint.mode",
        _E,
        _X + "6.4",
        "CMYK with a profile of its own does not overprint in mode 1",
        "use CMYK without a profile for what overprints",
        is_x4=True,
    ),
    Rule(
        "overprint.idle",
        _W,
        _P + "8.6.7",
        "what is to overprint is in CMYK or a spot colour",
        "set it in black of CMYK",
    ),
    Rule(
        "ink.too_much",
        _W,
        PRACTICE,
        "no place gets more ink than the paper takes",
        "convert with the printing condition's profile",
        is_exact=False,
    ),
    Rule("ink.not_black", _E, PRACTICE, "on black-only media all is pure black or white", "use #000 and #fff only"),
    Rule(
        "colour.registration",
        _W,
        PRACTICE,
        "the colour of registration marks stays outside the trimmed page",
        "use black instead",
    ),
    Rule("text.many_inks", _W, PRACTICE, "small text prints in two inks at most", "set it in black alone"),
    # What people see
    Rule("picture.low_ppi", _W, PRACTICE, "pictures have 150 pixels to the inch", "supply a larger picture"),
    Rule("picture.modest_ppi", _N, PRACTICE, "pictures have 300 pixels to the inch", "supply a larger picture"),
    Rule("line.hair", _W, PRACTICE, "lines are a quarter of a point or more", "make it 0.25 pt"),
    Rule("text.hidden", _W, PRACTICE, "text can be seen", "delete it if it is not meant to print", is_exact=False),
    Rule("text.clipped", _W, PRACTICE, "text is not cut off", "give it more room", is_exact=False),
    Rule(
        "text.small", _W, PRACTICE, "text is 5 pt or more, light on dark 6 pt, or what the media says", "set it larger"
    ),
    Rule("text.faint", _W, PRACTICE, "text stands out from paper", "set it darker", is_exact=False),
    Rule("text.unsafe", _E, PRACTICE, "text keeps the media's margin", "move it in", is_exact=False),
    # Codes
    Rule("code.unreadable", _E, PRACTICE, "each code that is found reads back", "draw it anew, with its quiet zone"),
    Rule("code.small", _W, PRACTICE, "modules are as wide as scanners need", "draw it larger", is_exact=False),
    Rule("code.quiet", _W, "ISO/IEC 18004:2015, 6.3.8", "codes keep their quiet zone", "leave it free", is_exact=False),
    Rule(
        "code.uneven",
        _W,
        PRACTICE,
        "bars and modules have whole widths: to the dot on thermal media, to a quarter of a module elsewhere",
        "draw it anew on whole dots; do not scale a picture of it",
        is_exact=False,
    ),
    Rule("code.unsafe", _E, PRACTICE, "codes keep the media's margin", "move it in"),
)

RULES: Final = {rule.code: rule for rule in _TABLE}


def holds_for(rule: Rule, profile: Profile) -> bool:
    """Whether a rule is asked of a file of this profile."""
    return not rule.is_x4 or profile is Profile.PDFX4
