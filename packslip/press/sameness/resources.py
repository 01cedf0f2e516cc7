"""Resources: what the names in a content stream stand for."""

import warnings
from collections.abc import Iterable, Mapping, Sequence

import pikepdf

from packslip.press.sameness.digests import Digests
from packslip.press.sameness.fonts import Font, open_font
from packslip.press.sameness.matrices import IDENTITY, Matrix
from packslip.press.sameness.paths import Path
from packslip.press.sameness.values import UnprovableError, Value, number

#: The colour a space starts with, where PDF names it for all spaces of its kind.
INITIAL_COLOURS: Mapping[str, tuple[str, ...]] = {
    "/DeviceGray": ("0",),
    "/DeviceRGB": ("0", "0", "0"),
    "/DeviceCMYK": ("0", "0", "0", "1"),
    "/Pattern": (),
}
_DEFAULTS = ("/DefaultGray", "/DefaultRGB", "/DefaultCMYK")


class Library:
    """What the streams of one document share, each read once."""

    def __init__(self, pdf: pikepdf.Pdf) -> None:
        self.digests = Digests(pdf)
        self._fonts: dict[tuple[int, int], Font] = {}

    def font(self, font: object) -> Font:
        """A font of the resources."""
        if not isinstance(font, pikepdf.Dictionary):
            raise UnprovableError("a font that is no dictionary")
        if font.objgen == (0, 0):
            return open_font(font, self.digests)
        if font.objgen not in self._fonts:
            self._fonts[font.objgen] = open_font(font, self.digests)
        return self._fonts[font.objgen]


class Resources:
    """The resources of one content stream."""

    def __init__(self, library: Library, dictionary: pikepdf.Object) -> None:
        self.library = library
        self._dictionary = dictionary
        spaces = dictionary.get("/ColorSpace", pikepdf.Dictionary())
        #: What stands in for the device's colour spaces.
        self.defaults = tuple(f"{name} {self.digest(spaces[name])}" for name in _DEFAULTS if name in spaces)

    def of(self, stream: pikepdf.Object) -> "Resources":
        """The resources of a stream that is one of these; without its own it uses these."""
        own = stream.get("/Resources")
        return self if own is None else Resources(self.library, own)

    def find(self, kind: str, name: object) -> pikepdf.Object:
        """What a name stands for.

        Raises:
            UnprovableError: nothing.
        """
        group = self._dictionary.get(kind)
        found: object = None if group is None else group.get(str(name))
        if not isinstance(found, pikepdf.Object):
            raise UnprovableError(f"a resource of {kind} that is not there")
        return found

    def digest(self, value: object) -> str:
        """The digest of an object."""
        return self.library.digests.of(value)

    def identity(self, thing: pikepdf.Object, digest: str = "") -> Value:
        """A picture or shading by what it says, also where it names its colour space as these resources do."""
        space: object = thing.get("/ColorSpace")
        named = self.space(space) if isinstance(space, pikepdf.Name) else None
        return digest or self.digest(thing), named, *self.defaults

    def space(self, space: object) -> Value:
        """A colour space, whatever its name here."""
        if not isinstance(space, pikepdf.Name):
            return self.digest(space)
        if str(space) in INITIAL_COLOURS:
            return (str(space), *self.defaults)
        return self.space(self.find("/ColorSpace", space))


def instructions_of(
    stream: pikepdf.Object,
) -> Sequence[pikepdf.ContentStreamInstruction | pikepdf.ContentStreamInlineImage]:
    """The instructions of a page or stream.

    Raises:
        UnprovableError: it breaks off in the middle of one, of which pikepdf only warns.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        try:
            return pikepdf.parse_content_stream(stream)
        except UserWarning:
            raise UnprovableError("content that breaks off") from None


def items(array: object) -> Iterable[object]:
    """The items of an array."""
    if not isinstance(array, pikepdf.Array):
        raise UnprovableError("something else where an array should stand")
    return array.as_list()


def matrix_of(stream: pikepdf.Object) -> Matrix:
    """The /Matrix of a form or pattern."""
    array: object = stream.get("/Matrix")
    if array is None:
        return IDENTITY
    a, b, c, d, e, f = map(number, items(array))
    return a, b, c, d, e, f


def box_of(stream: pikepdf.Object, matrix: Matrix) -> Path:
    """The /BBox of a form or pattern, on the page."""
    left, bottom, right, top = map(number, items(stream.get("/BBox")))
    path = Path()
    path.rectangle(matrix, left, bottom, right - left, top - bottom)
    return path
