"""Opening the printers that are no folders."""

from packslip.dispatch.printer import Printer
from packslip.errors import WorkspaceError
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings


def open_printer(name: str, settings: PrinterSettings, media: MediaSettings) -> Printer:
    """A printer that is no folder."""
    raise WorkspaceError(f"printer {name}: kind {settings.kind!r} for {media.width_mm} mm is not there yet")
