"""Tools: what a document is drawn with, by name and version.

The same slip, release and pictures give the same bytes with the same tools. So the versions stand on record beside a
document, never in it, and tell whoever draws it again what has changed since.
"""

import hashlib
import platform
import zlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import packslip
from packslip.press import weasy

#: Packages that have a hand in the bytes of a document.
PACKAGES = (
    "weasyprint",
    "pydyf",
    "tinycss2",
    "tinyhtml5",
    "cssselect2",
    "pyphen",
    "fonttools",
    "uharfbuzz",
    "pillow",
    "jinja2",
    "markupsafe",
    "qrcode",
    "pikepdf",
    "pypdfium2",
    "reportlab",
)

_SOURCES_ID = 8


@cache
def tool_versions() -> str:
    """Everything that has a hand in the bytes, as `name version` in one line, sorted by name."""
    versions = {name: _version(name) for name in PACKAGES}
    versions |= weasy.library_versions()
    versions |= {"python": platform.python_version(), "zlib": zlib.ZLIB_RUNTIME_VERSION}
    versions["packslip"] = f"{packslip.__version__}+{_sources()}"
    return ", ".join(f"{name} {versions[name]}" for name in sorted(versions))


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "unknown"


def _sources() -> str:
    """Digest of packslip's own code and printing conditions: one version of it may be edited on the way to the next."""
    root = Path(packslip.__file__).parent
    digest = hashlib.sha256()
    for path in sorted(root.rglob("*")):
        if path.suffix in {".py", ".icc", ".conf"} and "starter" not in path.relative_to(root).parts:
            digest.update(f"{path.relative_to(root)}\0".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()[:_SOURCES_ID]
