"""The output intent: for which press the file is made. Source: ISO 15930-7:2010, 6.4; ISO 32000-1:2008, 14.11.5."""

import re
from collections.abc import Iterator

from packslip.preflight.foreign.icc import Profile, read_profile
from packslip.preflight.foreign.subject import Fault, Subject
from packslip.preflight.foreign.values import content, entry, items, name, text, whole

REGISTRY = "http://www.color.org"
#: Conditions of the ICC registry as their names begin.
_REGISTERED = re.compile(r"(?:FOGRA|CGATS|IFRA|JC20|PSR|EUROSB|CRPC|SWOP|JMPA|JNPA)", re.IGNORECASE)
_MOST_BYTES = 16_000_000
_DEVICES = {"GRAY": "DeviceGray", "RGB": "DeviceRGB", "CMYK": "DeviceCMYK"}
_NEWEST = (4, 2)


def find_intents(root: object) -> list[object]:
    """The output intents of PDF/X."""
    return [each for each in items(entry(root, "/OutputIntents")) if name(entry(each, "/S")) == "GTS_PDFX"]


def intent_profile(root: object) -> Profile | None:
    """The profile of the first output intent, None where it has none that can be read."""
    found = find_intents(root)
    return read_profile(content(entry(found[0], "/DestOutputProfile"), _MOST_BYTES)) if found else None


def intent_device(root: object) -> str:
    """The device space that the output intent describes, "" where nothing tells it.

    Its profile says so, or else its name: all conditions in the registry are CMYK.
    """
    profile = intent_profile(root)
    if profile is not None:
        return _DEVICES.get(profile.space, "")
    return next(("DeviceCMYK" for each in find_intents(root) if _REGISTERED.match(condition_of(each))), "")


def condition_of(intent: object) -> str:
    """The printing condition that an intent names."""
    return text(entry(intent, "/OutputConditionIdentifier"))


def check_intent(subject: Subject) -> Iterator[Fault]:
    """One intent, that names its condition and brings its profile."""
    found = find_intents(subject.root)
    if not found:
        yield Fault(code="intent.missing", message="no output intent: nothing says for which press the file is made")
        return
    if len(found) > 1:
        yield Fault(code="intent.several", message=f"{len(found)} output intents where one counts")
    intent = found[0]
    condition = condition_of(intent)
    if not condition:
        yield Fault(code="intent.identifier", message="the output intent has no OutputConditionIdentifier")
    elif _REGISTERED.match(condition) and text(entry(intent, "/RegistryName")).rstrip("/") != REGISTRY:
        yield Fault(code="intent.registry", message=f"{condition} without RegistryName {REGISTRY}")
    stream = entry(intent, "/DestOutputProfile")
    if subject.intent is None:
        message = "its profile cannot be read" if stream is not None else "it has no profile embedded"
        yield Fault(code="intent.profile", message=f"the output intent: {message}")
    else:
        yield from _check_profile(subject.intent, whole(entry(stream, "/N")))


def _check_profile(profile: Profile, channels: int | None) -> Iterator[Fault]:
    wrong: list[str] = []
    if profile.device_class != "prtr":
        wrong.append(f"a profile of class {profile.device_class!r}, not of an output device")
    if profile.space not in _DEVICES:
        wrong.append(f"a profile for {profile.space!r}, not for grey, RGB or CMYK")
    elif channels != profile.channels:
        wrong.append(f"N is {channels}, but the profile has {profile.channels} channels")
    if not (2, 0) <= profile.version <= _NEWEST:
        wrong.append(f"an ICC profile of version {profile.version[0]}.{profile.version[1]}")
    if profile.space == "CMYK" and "B2A0" not in profile.tags:
        wrong.append("a profile without a table from colour to ink (B2A0)")
    for message in wrong:
        yield Fault(code="intent.profile_kind", message=f"the output intent: {message}")
