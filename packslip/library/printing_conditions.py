"""Printing conditions: ICC profiles of paper and press, shipped or in layouts/profiles, by file name.

Reads what a profile says of itself. Converts nothing.
"""

import io
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Literal

from PIL import ImageCms

from packslip.errors import LayoutError
from packslip.library.source_file import read_source
from packslip.model import Finding, Where, error
from packslip.settings import MediaSettings

SHIPPED = Path(__file__).with_name("profiles")

Space = Literal["CMYK", "RGB"]

#: Characterisations that the registry at color.org lists, as a file's name begins.
_REGISTERED = re.compile(r"(FOGRA\d\d|CGATS21-2-CRPC[1-7]|JC20\d\d|PSR[a-z_]*\d?|IFRA26)")
_REGISTRY = "http://www.color.org"
#: What stands for a condition that no registry lists. Source: ISO 32000-1:2008, table 365.
_UNREGISTERED = "Custom"

_HEADER = 128
_SPACES: dict[bytes, Space] = {b"CMYK": "CMYK", b"RGB ": "RGB"}


@dataclass(frozen=True, slots=True, kw_only=True)
class PrintingCondition:
    """How colours come out on a paper and press."""

    name: str  #: `FOGRA47L_uncoated`, as settings name it
    data: bytes  #: the ICC profile
    space: Space
    title: str  #: what the profile calls itself
    identifier: str  #: `FOGRA47`, or `Custom`
    registry: str  #: "" for one that no registry lists


def load_printing_conditions(folder: Path) -> tuple[dict[str, PrintingCondition], tuple[Finding, ...]]:
    """Every condition by name, a workspace's own before the shipped of that name, and the files that are none."""
    conditions = dict(shipped_conditions())
    findings: list[Finding] = []
    for path in _profiles(folder):
        label = f"layouts/profiles/{path.name}"
        data, found = read_source(path, label=label)
        findings += found
        if data is None:
            continue
        try:
            conditions[path.stem] = _read(data, path.stem)
        except ValueError as fault:
            where = Where(file=label)
            hint = "it must be an ICC profile of a printing condition (output, CMYK or RGB, ICC 2 to 4.2)"
            findings.append(error("condition.broken", where, str(fault), hint))
    return conditions, tuple(findings)


def condition_of(media: MediaSettings, conditions: Mapping[str, PrintingCondition]) -> PrintingCondition | None:
    """The printing condition of a media, None where its profile has none.

    Raises:
        LayoutError: there is no such condition, or it is for another kind of colour.
    """
    name = media.printing_condition
    if not name:
        return None
    condition = conditions.get(name)
    if condition is None:
        known = ", ".join(conditions)
        raise LayoutError(
            f"no printing condition {name!r}", hint=f"choose one of {known}, or put its file into layouts/profiles"
        )
    if condition.space != media.profile.space:
        raise LayoutError(
            f"printing condition {name!r} is for {condition.space}, the profile is {media.profile.value}",
            hint="choose another condition or profile in packslip.toml",
        )
    return condition


@cache
def shipped_conditions() -> dict[str, PrintingCondition]:
    """The conditions that come with packslip."""
    return {path.stem: _read(path.read_bytes(), path.stem) for path in _profiles(SHIPPED)}


def _profiles(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.glob("*")) if path.suffix.lower() in {".icc", ".icm"})


def _read(data: bytes, name: str) -> PrintingCondition:
    """A condition.

    Raises:
        ValueError: the file is no profile for output.
    Source: ICC.1:2004-10, 7.2.
    """
    if len(data) < _HEADER or data[36:40] != b"acsp":
        raise ValueError("no ICC profile")
    kind, space = data[12:16], _SPACES.get(data[16:20])
    if kind != b"prtr" or space is None:
        raise ValueError(f"a profile of class {_word(kind)} for {_word(data[16:20])}")
    if (data[8], data[9] >> 4) > (4, 2):
        raise ValueError(f"a profile of ICC {data[8]}.{data[9] >> 4}, which is newer than PDF/X-4 takes")
    if int.from_bytes(data[:4]) > len(data):
        raise ValueError(f"an ICC profile cut short: {len(data)} of {int.from_bytes(data[:4])} bytes")
    try:
        title = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(data))).strip()
        _prove(data, space)
    except (ImageCms.PyCMSError, OSError) as fault:
        raise ValueError(f"a broken ICC profile: {str(fault).splitlines()[0]}") from None
    found = _REGISTERED.match(name)
    return PrintingCondition(
        name=name,
        data=data,
        space=space,
        title=title or name,
        identifier=found[1] if found else _UNREGISTERED,
        registry=_REGISTRY if found else "",
    )


def _prove(profile: bytes, space: Space) -> None:
    """Convert from and to a profile: its header may be whole where its tables are not, or are for other colours.

    Raises:
        PyCMSError: it cannot be done.
    """
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB"))
    own = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    ImageCms.buildTransform(lab, own, "LAB", space, ImageCms.Intent.RELATIVE_COLORIMETRIC)
    ImageCms.buildTransform(own, lab, space, "LAB", ImageCms.Intent.RELATIVE_COLORIMETRIC)


def _word(tag: bytes) -> str:
    return repr(tag.decode("ascii", "replace").strip())
