"""ICC profiles: what their header and their list of tags say. Converts no colour.

Source: ICC.1:2004-10 (ISO 15076-1:2005), 7.2 and 7.3.
"""

import struct
from dataclasses import dataclass

#: Channels by data colour space.
CHANNELS = {"GRAY": 1, "RGB": 3, "CMYK": 4, "Lab": 3}
_HEADER = 128
_MOST_TAGS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a profile says of itself."""

    version: tuple[int, int]
    device_class: str  #: `prtr`, `mntr`, `scnr`, `spac`, …
    space: str  #: `CMYK`, `RGB`, `GRAY`, `Lab`, …
    connection: str  #: `Lab` or `XYZ`
    tags: frozenset[str]

    @property
    def channels(self) -> int:
        """How many channels a colour has, 0 where that is not known."""
        return CHANNELS.get(self.space, 0)


def read_profile(data: bytes | None) -> Profile | None:
    """What a profile says of itself, None where the bytes are no whole profile."""
    if data is None or len(data) < _HEADER + 4 or data[36:40] != b"acsp":
        return None
    size, count = struct.unpack_from(">I", data, 0)[0], struct.unpack_from(">I", data, _HEADER)[0]
    if size > len(data) or count > _MOST_TAGS or _HEADER + 4 + 12 * count > size:
        return None
    tags = [struct.unpack_from(">4sII", data, _HEADER + 4 + 12 * index) for index in range(count)]
    if any(offset + length > size for _, offset, length in tags):
        return None
    return Profile(
        version=(data[8], data[9] >> 4),
        device_class=_word(data[12:16]),
        space=_word(data[16:20]),
        connection=_word(data[20:24]),
        tags=frozenset(_word(tag) for tag, _, _ in tags),
    )


def _word(signature: bytes) -> str:
    return signature.decode("latin-1").strip()
