"""Digests of PDF objects by what they say: not by number, order, compression or the way a number is written."""

import hashlib

import pikepdf

from packslip.press.sameness.values import UnprovableError, exact

_LENGTH = frozenset({"/Length"})
_FILTERS = frozenset({"/Length", "/Filter", "/DecodeParms"})

#: Objects within objects, and objects in all; more would be told as a difference.
_DEEPEST = 100
_MOST = 50_000

_Id = tuple[int, int]


def stream_data(stream: pikepdf.Object) -> bytes | None:
    """What a stream holds, None where its filter is one of pictures (DCT, JPX …)."""
    try:
        return stream.read_bytes()
    except pikepdf.PdfError:
        return None


class Digests:
    """The digests of one document's objects, each made once."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self._pages: dict[_Id | None, int] = {page.obj.objgen: number for number, page in enumerate(pdf.pages, start=1)}
        self._known: dict[_Id | None, str] = {}
        self._visits = 0

    def of(self, value: object) -> str:
        """The digest of a value and all it refers to; a page counts by its number.

        Raises:
            UnprovableError: that is too much.
        """
        number = _number(value)
        if number in self._known:
            return self._known[number]
        self._visits = 0
        digest = hashlib.sha256(self._said(value, ())).hexdigest()
        if number is not None:
            self._known[number] = digest
        return digest

    def _said(self, value: object, inside: tuple[_Id | None, ...]) -> bytes:
        """A value in one way of writing; what it lies inside of counts by how far out it is."""
        self._visits += 1
        if len(inside) > _DEEPEST or self._visits > _MOST:
            raise UnprovableError("an object of too many parts")
        number = _number(value)
        if number is not None and number in inside:
            return b"up %d" % inside[::-1].index(number)
        if number in self._pages:
            return b"page %d" % self._pages[number]
        return self._parts(value, (*inside, number))

    def _parts(self, value: object, inside: tuple[_Id | None, ...]) -> bytes:
        if isinstance(value, pikepdf.Array):
            return b"[%b]" % b" ".join(self._said(each, inside) for each in value.as_list())
        if isinstance(value, pikepdf.Stream):
            data = stream_data(value)
            if data is None:
                return self._entries(value, _LENGTH, inside) + hashlib.sha256(value.read_raw_bytes()).digest()
            return self._entries(value, _FILTERS, inside) + hashlib.sha256(data).digest()
        if isinstance(value, pikepdf.Dictionary):
            return self._entries(value, frozenset(), inside)
        return _plain(value)

    def _entries(self, value: pikepdf.Object, skipped: frozenset[str], inside: tuple[_Id | None, ...]) -> bytes:
        said = []
        for key in sorted(set(value.keys()) - skipped):
            entry: object = value.get(key)
            if entry is not None and not (key == "/Type" and isinstance(entry, pikepdf.Name)):  # says what is known
                said.append(b"%b %b" % (key.encode(), self._said(entry, inside)))
        return b"<<%b>>" % b" ".join(said)


def _number(value: object) -> _Id | None:
    """The number of an object of its own."""
    return value.objgen if isinstance(value, pikepdf.Object) and value.objgen != (0, 0) else None


def _plain(value: object) -> bytes:
    if isinstance(value, pikepdf.String):
        return b"%d:%b" % (len(bytes(value)), bytes(value))
    if isinstance(value, bool | pikepdf.Name) or value is None:
        return str(value).encode()
    return exact(value).encode()
