"""Identity: what the file says it is, in XMP, in Info, in its trailer.

Source: ISO 15930-7:2010, 6.1, 6.10, 6.11 and 6.15.
"""

import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta, timezone
from xml.etree.ElementTree import Element, ParseError, XMLParser

from packslip.preflight.foreign.subject import Fault, Subject
from packslip.preflight.foreign.values import content, entry, items, name, names, path, text

_RDF = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}"
_DC, _XMP = "{http://purl.org/dc/elements/1.1/}", "{http://ns.adobe.com/xap/1.0/}"
_MM, _PDF = "{http://ns.adobe.com/xap/1.0/mm/}", "{http://ns.adobe.com/pdf/1.3/}"
_VERSION = "{http://www.npes.org/pdfx/ns/id/}GTS_PDFXVersion"
_TITLE, _TRAPPED = f"{_DC}title", f"{_PDF}Trapped"
_MOST_XMP = 4_000_000

_NEEDED = {
    "dc:title": _TITLE,
    "xmp:CreateDate": f"{_XMP}CreateDate",
    "xmp:ModifyDate": f"{_XMP}ModifyDate",
    "xmp:MetadataDate": f"{_XMP}MetadataDate",
    "xmpMM:DocumentID": f"{_MM}DocumentID",
    "xmpMM:VersionID": f"{_MM}VersionID",
    "xmpMM:RenditionClass": f"{_MM}RenditionClass",
}
_TWINS = {
    "/Title": _TITLE,
    "/Creator": f"{_XMP}CreatorTool",
    "/Producer": f"{_PDF}Producer",
    "/CreationDate": f"{_XMP}CreateDate",
    "/ModDate": f"{_XMP}ModifyDate",
    "/GTS_PDFXVersion": _VERSION,
}
_PDF_DATE = re.compile(
    r"(?:D:)?(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(?:(Z)|([+-])(\d\d)'?(?:(\d\d)'?)?)?.*", re.DOTALL
)


def check_identity(subject: Subject) -> Iterator[Fault]:
    """Everything a file says of itself."""
    yield from _check_version(subject)
    said = read_xmp(subject.root)
    info = entry(subject.pdf.trailer, "/Info")
    yield from _check_xmp(subject, said)
    if said:
        yield from _compare(info, said)
    yield from _check_trapped(info, said or {})
    parts = [part for part in items(entry(subject.pdf.trailer, "/ID")) if _has_bytes(part)]
    if len(parts) != 2:
        yield Fault(code="id.missing", message="the trailer has no ID of two strings")


def claims_x4(root: object) -> bool:
    """Whether a file says it is PDF/X."""
    said = read_xmp(root)
    intents = (name(entry(each, "/S")) for each in items(entry(root, "/OutputIntents")))
    return "GTS_PDFX" in intents or (said or {}).get(_VERSION, "").startswith("PDF/X")


def read_xmp(root: object) -> Mapping[str, str] | None:
    """Properties of the XMP packet by their names in full, None where there is none that can be read."""
    packet = content(entry(root, "/Metadata"), _MOST_XMP)
    if packet is None:
        return None
    document = _parse(packet)
    if document is None:
        return None
    said: dict[str, str] = {}
    for description in document.iter(f"{_RDF}Description"):
        said |= {key: value for key, value in description.attrib.items() if not key.startswith(_RDF)}
        said |= {part.tag: " ".join("".join(part.itertext()).split()) for part in description}
    return said


def _parse(packet: bytes) -> Element | None:
    """XML without document types, so that no entity is ever expanded."""
    if b"<!DOCTYPE" in packet or b"<\0!\0D\0O\0C" in packet or b"\0<\0!\0D\0O\0C" in packet:
        return None
    parser = XMLParser()  # noqa: S314 - entities need a document type, which is refused above
    try:
        parser.feed(packet.strip(b"\0 \t\r\n"))
        return parser.close()
    except (ParseError, ValueError, LookupError):
        return None


def _check_version(subject: Subject) -> Iterator[Fault]:
    """The header, and what the catalog says over it."""
    version = max(subject.pdf.pdf_version, name(entry(subject.root, "/Version")))
    if version > "1.6":
        yield Fault(code="pdf.version", message=f"PDF {version}, newer than 1.6")
    if subject.pdf.is_encrypted:
        yield Fault(code="pdf.encrypted", message="the file is encrypted")


def _check_xmp(subject: Subject, said: Mapping[str, str] | None) -> Iterator[Fault]:
    if names(path(subject.root, "/Metadata", "/Filter")):
        yield Fault(code="xmp.packed", message="XMP metadata is compressed")
    if said is None:
        yield Fault(code="xmp.missing", message="no XMP metadata that can be read")
        return
    version = said.get(_VERSION, "")
    if version != "PDF/X-4":
        yield Fault(
            code="x4.unclaimed",
            message=f"XMP says {version!r} where PDF/X-4 says PDF/X-4" if version else "XMP does not say PDF/X-4",
        )
    missing = [label for label, key in _NEEDED.items() if not said.get(key)]
    if missing:
        yield Fault(code="xmp.entries", message=f"XMP lacks {', '.join(missing)}")


def _compare(info: object, said: Mapping[str, str]) -> Iterator[Fault]:
    """What Info and XMP both say must be the same."""
    for key, twin in _TWINS.items():
        own = text(entry(info, key))
        if own and twin in said and not _agree(" ".join(own.split()), said[twin], is_date=key.endswith("Date")):
            yield Fault(code="info.differs", message=f"Info {key[1:]} is not what XMP says")


def _agree(own: str, other: str, *, is_date: bool) -> bool:
    if not is_date:
        return own == other
    first, second = _pdf_date(own), _xmp_date(other)
    if first is None or second is None:
        return False
    return abs(first - second) < timedelta(seconds=1)


def _pdf_date(said: str) -> datetime | None:
    """Source: ISO 32000-1:2008, 7.9.4. A date without zone is taken for UTC, as in XMP."""
    found = _PDF_DATE.fullmatch(said)
    if found is None:
        return None
    year, month, day, hour, minute, second, _, sign, hours, minutes = found.groups()
    ahead = timedelta(hours=int(hours or 0), minutes=int(minutes or 0)) * (-1 if sign == "-" else 1)
    try:
        zone = timezone(ahead)
        return datetime(
            int(year), int(month or 1), int(day or 1), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=zone
        )
    except ValueError:
        return None


def _xmp_date(said: str) -> datetime | None:
    try:
        found = datetime.fromisoformat(said)
    except ValueError:
        return None
    return found.replace(microsecond=0, tzinfo=found.tzinfo or UTC)


def _check_trapped(info: object, said: Mapping[str, str]) -> Iterator[Fault]:
    own, other = name(entry(info, "/Trapped")), said.get(_TRAPPED, "")
    if not {own, other} & {"True", "False"}:
        shown = own or other
        message = f"Trapped is {shown!r}" if shown else "nothing says whether the file is trapped"
        yield Fault(code="trapped.missing", message=message)
    elif own and other and own != other:
        yield Fault(code="info.differs", message="Info Trapped is not what XMP says")


def _has_bytes(part: object) -> bool:
    try:
        return bool(bytes(part))  # type: ignore[call-overload]
    except (TypeError, ValueError, NotImplementedError):
        return False
