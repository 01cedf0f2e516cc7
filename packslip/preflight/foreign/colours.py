"""Colour spaces of a PDF as data: what a name or an array means among the resources of a page.

Source: ISO 32000-1:2008, 8.6.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

from packslip.preflight.foreign.icc import Profile, read_profile
from packslip.preflight.foreign.values import content, entry, identity, items, name, number, numbers, path, whole

DEVICE: Final[Mapping[str, int]] = {"DeviceGray": 1, "DeviceRGB": 3, "DeviceCMYK": 4}
#: Names that inline images may use. Source: ISO 32000-1:2008, Table 94.
SHORT: Final[Mapping[str, str]] = {"G": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK", "I": "Indexed"}
_BY_CHANNELS = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}
_DEFAULTS = {"DeviceGray": "DefaultGray", "DeviceRGB": "DefaultRGB", "DeviceCMYK": "DefaultCMYK"}
#: Spaces within spaces, and names for names, that are followed.
DEEPEST: Final = 6

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, kw_only=True)
class Space:
    """A colour space."""

    family: str  #: `DeviceCMYK`, `ICCBased`, …; "" where it makes no sense
    channels: int
    inks: tuple[str, ...] = ()  #: colourants of Separation and DeviceN
    under: "Space | None" = None  #: base of Indexed and Pattern, alternate of Separation and DeviceN
    profile: Profile | None = None  #: of ICCBased; None where it cannot be read
    is_remapped: bool = False  #: a device space for which the page has a Default space
    full: tuple[float, ...] = ()  #: a Separation's full tint in its alternate space, where that is told plainly

    @property
    def device(self) -> str:
        """The device space that its colours end in without any profile, "" where none does."""
        if self.family in DEVICE:
            return "" if self.is_remapped else self.family
        return self.under.device if self.under is not None else ""

    @property
    def is_whole(self) -> bool:
        """Whether it makes sense down to the last space in it."""
        if not self.family or (self.family == "ICCBased" and not self._agrees()):
            return False
        return self.under is None or self.under.is_whole

    @property
    def start(self) -> tuple[float, ...]:
        """The colour that holds until one is set."""
        if self.family == "DeviceCMYK":
            return 0.0, 0.0, 0.0, 1.0
        return (1.0 if self.inks else 0.0,) * self.channels

    @property
    def is_cmyk(self) -> bool:
        """Whether its four channels are the process inks."""
        return self.family == "DeviceCMYK" or (self.family == "ICCBased" and self.channels == 4)

    def _agrees(self) -> bool:
        return self.profile is not None and self.profile.channels == self.channels


NOTHING: Final = Space(family="", channels=0)
GRAY: Final = Space(family="DeviceGray", channels=1)


class Lookup(Generic[Found]):
    """Colour spaces as a file names them, taken for something; what is an object of its own is read once."""

    def __init__(self) -> None:
        self._read: dict[tuple[int, int], Found] = {}

    def named(self, said: object, resources: object, depth: int = 0) -> Found:
        """What a name or an array means, among these resources."""
        said_name = said if isinstance(said, str) else name(said)
        if said_name:
            return self._by_name(said_name, resources, depth)
        key = identity(said)
        if key is None:
            return self._by_array(said, resources, depth)
        if key not in self._read:
            self._read[key] = self._by_array(said, resources, depth)
        return self._read[key]

    def _by_name(self, said: str, resources: object, depth: int) -> Found:
        raise NotImplementedError

    def _by_array(self, said: object, resources: object, depth: int) -> Found:
        raise NotImplementedError


def default_of(device: str, resources: object) -> object:
    """What stands in for a device space among these resources, if anything. Source: ISO 32000-1:2008, 8.6.5.6."""
    return path(resources, "/ColorSpace", f"/{_DEFAULTS[device]}")


class Spaces(Lookup[Space]):
    """Colour spaces as they are named on one page."""

    def _by_name(self, said: str, resources: object, depth: int) -> Space:
        if said in DEVICE:
            default = default_of(said, resources)
            remapped = default is not None and self._remaps(default, resources, said, depth)
            return Space(family=said, channels=DEVICE[said], is_remapped=remapped)
        if said == "Pattern":
            return Space(family="Pattern", channels=0)
        found = path(resources, "/ColorSpace", f"/{said}")
        if found is None or depth >= DEEPEST:
            return NOTHING
        return self.named(found, resources, depth + 1)

    def _remaps(self, default: object, resources: object, device: str, depth: int) -> bool:
        """Whether a Default space stands in for a device space."""
        if name(default) or depth >= DEEPEST:
            return False
        found = self.named(default, resources, depth + 1)
        return found.is_whole and found.channels == DEVICE[device] and found.family not in ("Pattern", "Indexed")

    def _by_array(self, said: object, resources: object, depth: int) -> Space:
        parts = items(said)
        family = name(parts[0]) if parts else ""
        family = SHORT.get(family, family)
        if depth >= DEEPEST:
            return NOTHING
        if len(parts) == 1:
            return self._by_name(family, resources, depth)
        if family in ("Separation", "DeviceN") and len(parts) > 3:
            return self._of_inks(family, parts, resources, depth)
        if family in ("Indexed", "Pattern"):
            base = self.named(parts[1], resources, depth + 1)
            return Space(family=family, channels=1 if family == "Indexed" else base.channels, under=base)
        return _measured(family, parts)

    def _of_inks(self, family: str, parts: list[object], resources: object, depth: int) -> Space:
        inks = tuple(name(each) for each in items(parts[1])) or (name(parts[1]),)
        alternate = self.named(parts[2], resources, depth + 1)
        return Space(
            family=family, channels=len(inks), inks=inks, under=alternate, full=_full_tint(parts[3], alternate)
        )


def device_space(channels: int) -> Space:
    """The device space of so many channels."""
    return Space(family=_BY_CHANNELS.get(channels, ""), channels=channels)


def _measured(family: str, parts: list[object]) -> Space:
    """A space that says itself what its colours look like."""
    if family == "ICCBased":
        return _icc(parts[1])
    channels = {"CalGray": 1, "CalRGB": 3, "Lab": 3}.get(family, 0)
    return Space(family=family, channels=channels) if channels else NOTHING


def _icc(stream: object) -> Space:
    channels = whole(entry(stream, "/N")) or 0
    return Space(family="ICCBased", channels=channels, profile=read_profile(content(stream, 16_000_000)))


def _full_tint(function: object, alternate: Space) -> tuple[float, ...]:
    """What a tint of 1 comes to, where the function is exponential or sampled; () elsewhere."""
    ends = numbers(entry(function, "/C1"))
    if whole(entry(function, "/FunctionType")) == 2 and len(ends) == alternate.channels:
        return ends
    sides = numbers(entry(function, "/Range"))
    data = content(function, 1_000_000)
    if whole(entry(function, "/FunctionType")) != 0 or number(entry(function, "/BitsPerSample")) != 8 or not data:
        return ()
    last = data[-alternate.channels :]
    if len(sides) != 2 * alternate.channels or len(last) != alternate.channels:
        return ()
    return tuple(low + (high - low) * byte / 255 for low, high, byte in zip(sides[::2], sides[1::2], last, strict=True))
