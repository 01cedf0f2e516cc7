"""Amounts: how much of each ink a colour prints, by the output intent's own profile.

What is in CMYK or grey is taken as it stands, what has a profile or is RGB is converted as a printer would: relative
colorimetric with black point compensation, in 8 bits.
Source: ISO 32000-1:2008, 8.6; ISO 15930-7:2010, 6.4.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import pikepdf
from PIL import Image, ImageCms

from packslip.library.colour_transforms import converted, lab_profile, open_profile, transform
from packslip.library.printing_conditions import shipped_conditions
from packslip.preflight.foreign.colours import DEEPEST, DEVICE, SHORT, Lookup, default_of
from packslip.preflight.foreign.functions import Floats
from packslip.preflight.foreign.icc import CHANNELS, read_profile
from packslip.preflight.foreign.samples import INDEXES
from packslip.preflight.foreign.values import (
    content,
    entry,
    is_array,
    items,
    name,
    names,
    numbers,
    path,
    whole,
)

#: The process inks, in the order of their plates.
PROCESS: Final = ("Cyan", "Magenta", "Yellow", "Black")
#: What stands in where a file does not say for which press it is.
USUAL: Final = "FOGRA39L_coated"
_MOST_PROFILE = 16_000_000
_MODES: dict[str, str] = {"GRAY": "L", "RGB": "RGB", "CMYK": "CMYK", "Lab": "LAB"}
_BROKEN = (ImageCms.PyCMSError, OSError, ValueError, TypeError)

#: (n, channels), 0 to 1, to (n, inks), 0 to 1
Mix = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Recipe:
    """What a colour space prints."""

    family: str
    channels: int
    mix: Mix
    touches: frozenset[int] | None = None  #: plates that it names; None: the process inks
    reach: tuple[float, ...] = ()  #: least and most of each channel; () for 0 to 1
    under: "Recipe | None" = None  #: of an uncoloured pattern
    is_light: bool = True  #: whether its colours begin without ink: as light, not as tints

    @property
    def start(self) -> tuple[float, ...]:
        """The colour that holds until one is set."""
        if self.family == "DeviceCMYK":
            return 0.0, 0.0, 0.0, 1.0
        return (0.0 if self.is_light else 1.0,) * self.channels


class Recipes(Lookup[Recipe]):
    """Colour spaces as one document names them; each is read once. `spots` are the plates after the process inks."""

    def __init__(self, intent: bytes | None, spots: Sequence[str] = ()) -> None:
        super().__init__()
        usual = shipped_conditions()[USUAL].data
        profile = read_profile(intent)
        space = "" if profile is None else profile.space
        self._intent = intent if intent is not None and space == "CMYK" else usual
        self._rgb = intent if space == "RGB" else None
        self._target = self._intent if _opens(self._intent) else usual
        self.inks = (*PROCESS, *spots)
        self._spread = len(spots)
        self._devices: dict[str, Recipe] = {}
        self._converted: dict[bytes, Mix | None] = {}

    def nothing(self) -> Recipe:
        """A space that makes no sense, and prints nothing."""
        return Recipe(family="", channels=1, mix=lambda values: np.zeros((len(values), len(self.inks))))

    def device(self, family: str) -> Recipe:
        """A device space."""
        if family not in self._devices:
            self._devices[family] = self._device(family)
        return self._devices[family]

    def _device(self, family: str) -> Recipe:
        mix: Mix = self._all
        if family == "DeviceGray":
            mix = lambda values: self._of_black(1 - values)  # noqa: E731
        elif family == "DeviceRGB":
            mix = self._by_profile(self._rgb, "RGB") or (lambda values: self._all(1 - values))
        return Recipe(family=family, channels=DEVICE[family], mix=mix)

    def _by_name(self, said: str, resources: object, depth: int) -> Recipe:
        said = SHORT.get(said, said)
        if said in DEVICE:
            default = default_of(said, resources)
            if is_array(default) and depth < DEEPEST:
                found = self.named(default, resources, depth + 1)
                if found.channels == DEVICE[said] and found.family not in ("", "Pattern", "Indexed"):
                    return found
            return self.device(said)
        if said == "Pattern":
            return Recipe(family="Pattern", channels=0, mix=self.nothing().mix)
        found_space = path(resources, "/ColorSpace", f"/{said}")
        if found_space is None or depth >= DEEPEST:
            return self.nothing()
        return self.named(found_space, resources, depth + 1)

    def _by_array(self, said: object, resources: object, depth: int) -> Recipe:
        parts = items(said)
        family = name(parts[0]) if parts else ""
        family = SHORT.get(family, family)
        if depth >= DEEPEST or not parts:
            return self.nothing()
        if len(parts) == 1:
            return self._by_name(family, resources, depth)
        found = self.nothing()
        match family:
            case "ICCBased":
                found = self._of_profile(parts[1])
            case "CalGray":
                found = Recipe(family=family, channels=1, mix=self.device("DeviceGray").mix)
            case "CalRGB":
                found = Recipe(family=family, channels=3, mix=self.device("DeviceRGB").mix)
            case "Lab":
                found = self._of_lab(parts[1])
            case "Separation" | "DeviceN":
                found = self._of_inks(family, (*names(parts[1]),))
            case "Pattern":
                base = self.named(parts[1], resources, depth + 1)
                found = Recipe(family=family, channels=base.channels, mix=base.mix, touches=base.touches, under=base)
            case "Indexed" if len(parts) > 3:
                found = self._of_table(self.named(parts[1], resources, depth + 1), parts[2], parts[3])
        return found

    def _of_inks(self, family: str, inks: tuple[str, ...]) -> Recipe:
        if "All" in inks:
            places: tuple[tuple[int, ...], ...] = (tuple(range(len(self.inks))),) * len(inks)
        else:
            places = tuple((self.inks.index(ink),) if ink in self.inks else () for ink in inks)

        def mix(values: Floats) -> Floats:
            result = np.zeros((len(values), len(self.inks)))
            for at, plates in enumerate(places):
                for plate in plates:
                    result[:, plate] = np.maximum(result[:, plate], values[:, at])
            return result

        touched = frozenset(plate for plates in places for plate in plates)
        return Recipe(family=family, channels=len(inks), mix=mix, touches=touched, is_light=False)

    def _of_profile(self, stream: object) -> Recipe:
        channels = whole(entry(stream, "/N")) or 0
        data = content(stream, _MOST_PROFILE)
        profile = read_profile(data)
        by_count = {1: "DeviceGray", 3: "DeviceRGB", 4: "DeviceCMYK"}
        if channels not in by_count:
            return self.nothing()
        if data is None or profile is None or profile.channels != channels or data == self._intent:
            return self.device(by_count[channels])
        mix = self._by_profile(data, profile.space) or self.device(by_count[channels]).mix
        return Recipe(family="ICCBased", channels=channels, mix=mix)

    def _of_lab(self, told: object) -> Recipe:
        sides = numbers(entry(told, "/Range"))
        reach = (0.0, 100.0, *(sides if len(sides) == 4 else (-100.0, 100.0, -100.0, 100.0)))
        inner = self._by_profile(b"Lab", "Lab") or self.nothing().mix

        def mix(values: Floats) -> Floats:
            lightness = np.clip(values[:, :1], 0, 100) * 2.55
            return inner(np.concatenate([lightness, np.clip(values[:, 1:], -128, 127) % 256], axis=1) / 255)

        return Recipe(family="Lab", channels=3, mix=mix, reach=reach)

    def _of_table(self, base: Recipe, most: object, table: object) -> Recipe:
        """Source: ISO 32000-1:2008, 8.6.6.3."""
        last = min(max(whole(most) or 0, 0), 255)
        data = content(table, 1_000_000)
        if data is None:
            data = bytes(table) if isinstance(table, pikepdf.String) else b""
        count = (last + 1) * base.channels
        rows = np.frombuffer(data[:count].ljust(count, b"\0"), np.uint8).reshape(-1, max(base.channels, 1)) / 255
        if base.reach:
            low, high = np.array(base.reach[::2]), np.array(base.reach[1::2])
            rows = low + rows * (high - low)
        mixed = base.mix(rows)

        def mix(values: Floats) -> Floats:
            return mixed[np.clip(np.rint(values[:, 0]), 0, last).astype(np.int64)]

        return Recipe(family="Indexed", channels=1, mix=mix, touches=base.touches, reach=INDEXES)

    def _all(self, values: Floats) -> Floats:
        held = np.clip(values, 0, 1)
        return np.pad(held, ((0, 0), (0, len(self.inks) - held.shape[1])))

    def _of_black(self, values: Floats) -> Floats:
        return np.pad(np.clip(values, 0, 1), ((0, 0), (3, self._spread)))

    def _by_profile(self, data: bytes | None, space: str) -> Mix | None:
        """Conversion from a profile to the intent; `None` is sRGB, `Lab` the space itself."""
        key = data if data is not None else b""
        if key not in self._converted:
            self._converted[key] = self._convert(data, space)
        return self._converted[key]

    def _convert(self, data: bytes | None, space: str) -> Mix | None:
        mode = _MODES.get(space)
        if mode is None:
            return None
        try:
            by = transform(lab_profile() if data == b"Lab" else data, mode, self._target, "CMYK")
        except _BROKEN:
            return None
        channels = CHANNELS[space]

        def mix(values: Floats) -> Floats:
            packed = np.rint(np.clip(values[:, :channels], 0, 1) * 255).astype(np.uint8)
            image = Image.frombytes(mode, (len(packed), 1), packed.tobytes())
            try:
                found = converted(image, by)
            except _BROKEN:
                return self._all(np.zeros((len(values), 4)))
            return self._all(np.asarray(found, np.float64).reshape(-1, 4) / 255)

        return mix


def _opens(profile: bytes) -> bool:
    try:
        open_profile(profile)
    except _BROKEN:
        return False
    return True
