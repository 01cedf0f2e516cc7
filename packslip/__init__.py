"""packslip: variable-data print for the parcel."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("packslip")
except PackageNotFoundError:  # a source tree that was never installed
    __version__ = "0.0.0"

__all__ = ["__version__"]
