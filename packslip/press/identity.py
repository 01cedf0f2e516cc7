"""Identity: what a document says of itself: Info, metadata, and for PDF/X-4 the printing condition it was made for.

Values only, ready to be written; both paths of the press and all that is made of documents later write these. Says
nothing of a person, and takes nothing from the clock.
Source: ISO 15930-7:2010, 6.2 to 6.10; ISO 32000-1:2008, 14.3, 14.4 and 14.11.5.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from uuid import UUID
from xml.sax.saxutils import escape

from packslip.library.printing_conditions import PrintingCondition
from packslip.press.pdffile import HARD, deflate, literal, text

#: Printing conditions whose profiles are kept pressed.
MOST_CONDITIONS = 8

#: Writes a stream of a dictionary's inside and final data; gives its reference.
AddStream = Callable[[bytes, bytes], bytes]

#: Where a document names the release it was drawn from, in Info.
RELEASE = "PackslipRelease"
#: Where a marked copy names the document on record that it is a copy of, in Info.
PARENT = "PackslipParent"

#: What XML cannot hold, or gives back otherwise. Source: XML 1.0, 2.2 and 2.11.
_UNTOLD = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_DOCUMENT_ID = re.compile(r"<xmpMM:DocumentID>([^<]*)</xmpMM:DocumentID>")
_COPY_DATES = re.compile(r"<(xmp:ModifyDate|xmp:MetadataDate)>[^<]*</\1>")
_DERIVED_FROM = re.compile(r"<xmpMM:DerivedFrom [^>]*>.*?</xmpMM:DerivedFrom>\n", re.DOTALL)
_DERIVED = """<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
<xmpMM:DerivedFrom rdf:parseType="Resource" xmlns:stRef="http://ns.adobe.com/xap/1.0/sType/ResourceRef#">
<stRef:documentID>{parent}</stRef:documentID></xmpMM:DerivedFrom>"""
_XMP = """<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>
<x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"
 xmlns:pdfxid="http://www.npes.org/pdfx/ns/id/" xmlns:xmp="http://ns.adobe.com/xap/1.0/"
 xmlns:xmpMM="http://ns.adobe.com/xap/1.0/mm/">
<dc:format>application/pdf</dc:format>
<dc:title><rdf:Alt><rdf:li xml:lang="x-default">{title}</rdf:li></rdf:Alt></dc:title>
<pdf:Producer>{producer}</pdf:Producer>
<pdf:Trapped>False</pdf:Trapped>
<pdfxid:GTS_PDFXVersion>PDF/X-4</pdfxid:GTS_PDFXVersion>{variable}
<xmp:CreatorTool>{producer}</xmp:CreatorTool>
<xmp:CreateDate>{day}T00:00:00Z</xmp:CreateDate>
<xmp:ModifyDate>{day}T00:00:00Z</xmp:ModifyDate>
<xmp:MetadataDate>{day}T00:00:00Z</xmp:MetadataDate>
<xmpMM:DocumentID>uuid:{identifier}</xmpMM:DocumentID>
<xmpMM:VersionID>1</xmpMM:VersionID>
<xmpMM:RenditionClass>default</xmpMM:RenditionClass>
</rdf:Description>
</rdf:RDF>
</x:xmpmeta>
<?xpacket end="r"?>"""


#: Source: ISO 16612-2:2010, 6.2.
_VARIABLE = """
<pdfvtid:GTS_PDFVTVersion xmlns:pdfvtid="http://www.npes.org/pdfvt/ns/id/">PDF/VT-1</pdfvtid:GTS_PDFVTVersion>
<pdfvtid:GTS_PDFVTModDate xmlns:pdfvtid="http://www.npes.org/pdfvt/ns/id/">{day}T00:00:00Z</pdfvtid:GTS_PDFVTModDate>"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What a document says of itself; no name, address or e-mail."""

    title: str
    dated: date
    language: str  #: BCP 47; "" for several
    producer: str
    identifier: bytes  #: 32 hexadecimal digits that follow from the content, or nothing
    condition: PrintingCondition | None = None  #: a document that has one is PDF/X-4
    has_parts: bool = False  #: it tells whose each page is: a PDF/X-4 that does is PDF/VT-1
    release: str = ""  #: id of the release it was drawn from, "" where that says nothing

    @property
    def told_title(self) -> str:
        """The title in letters that Info and metadata both can say; a batch has the name of its file."""
        return _UNTOLD.sub("?", self.title)

    @property
    def version(self) -> bytes:
        """The version of PDF. PDF/X-4 is PDF 1.6. Source: ISO 15930-7:2010, 6.1."""
        return b"1.6" if self.condition else b"1.7"


def info_entries(facts: Facts) -> dict[bytes, bytes]:
    """The Info dictionary, values as they are written."""
    day = text(f"D:{facts.dated:%Y%m%d}000000Z" if facts.condition else f"D:{facts.dated:%Y%m%d}")
    titled = {b"Title": text(facts.told_title)} if facts.title else {}
    trapped = {b"Trapped": b"/False"} if facts.condition else {}
    release = {RELEASE.encode(): text(facts.release)} if facts.release else {}
    return {
        b"Producer": text(facts.producer),
        **titled,
        b"Creator": text(facts.producer),
        b"CreationDate": day,
        b"ModDate": day,
        **trapped,
        **release,
    }


def catalog_entries(facts: Facts, add_stream: AddStream) -> dict[bytes, bytes]:
    """What the catalog has beside its pages, values as they are written."""
    entries = {b"Lang": text(facts.language)} if facts.language else {}
    condition = facts.condition
    if condition is None:
        return entries
    metadata = add_stream(b"/Type/Metadata/Subtype/XML", xmp(facts))
    components = len(condition.space)
    profile = add_stream(b"/N %d/Filter/FlateDecode" % components, _pressed(condition.data))
    return entries | {b"Metadata": metadata, b"OutputIntents": b"[<<%b>>]" % _intent(condition, profile)}


def page_entries(facts: Facts) -> dict[bytes, bytes]:
    """What each page has beside its content, boxes and resources: the space in which its transparency blends."""
    if facts.condition is None:
        return {}
    return {b"Group": b"<</Type/Group/S/Transparency/I true/CS/Device%b>>" % facts.condition.space.encode()}


def xmp(facts: Facts) -> bytes:
    """The metadata of a PDF/X-4, which says what Info says."""
    identifier = UUID(facts.identifier.decode()) if facts.identifier else UUID(int=0)
    return _XMP.format(
        title=escape(facts.told_title or facts.producer),
        producer=escape(facts.producer),
        day=f"{facts.dated:%Y-%m-%d}",
        variable=_VARIABLE.format(day=f"{facts.dated:%Y-%m-%d}") if facts.has_parts else "",
        identifier=identifier,
    ).encode()


def xmp_of_copy(metadata: bytes, identifier: str, day: date) -> bytes:
    """The metadata of a copy made on a day, from its parent's: a document of its own, derived from that one.

    `identifier` is 32 hexadecimal digits. Source: XMP Specification Part 2, 2.2: DerivedFrom.
    """
    told = metadata.decode("utf-8", "surrogateescape")
    parent = _DOCUMENT_ID.search(told)
    if parent is None:
        return metadata
    moment = f"{day:%Y-%m-%d}T00:00:00Z"
    told = _COPY_DATES.sub(lambda found: f"<{found[1]}>{moment}</{found[1]}>", told)
    derived = _DERIVED.format(identifier=UUID(identifier), parent=parent[1])
    return _DOCUMENT_ID.sub(lambda _: derived, _DERIVED_FROM.sub("", told), count=1).encode("utf-8", "surrogateescape")


def _intent(condition: PrintingCondition, profile: bytes) -> bytes:
    """An output intent, but for its brackets."""
    registry = b"/RegistryName" + literal(condition.registry.encode()) if condition.registry else b""
    return (
        b"/Type/OutputIntent/S/GTS_PDFX/OutputConditionIdentifier%b/OutputCondition%b%b/Info%b/DestOutputProfile %b"
        % (
            text(condition.identifier),
            text(condition.title),
            registry,
            text(condition.title),
            profile,
        )
    )


@lru_cache(maxsize=MOST_CONDITIONS)
def _pressed(profile: bytes) -> bytes:
    return deflate(profile, HARD)
