"""A printer from its settings: which kind of printer stands behind a name."""

from packslip.dispatch.ipp import IppPrinter
from packslip.dispatch.printer import Printer
from packslip.dispatch.raw_socket import SocketPrinter
from packslip.errors import WorkspaceError
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings, Settings


def open_printer(name: str, settings: PrinterSettings, media: MediaSettings) -> Printer:
    """A printer, ready to be asked; nobody is asked yet, so it may be away.

    `media` is the paper that lies in it: see `paper_of`.

    Raises:
        WorkspaceError: its settings can never work.
    """
    match settings.kind:
        case "ipp":
            return IppPrinter(name, settings, media)
        case "socket":
            return SocketPrinter(name, settings)
        case "folder":
            raise WorkspaceError(f"printers.{name}.kind: a folder printer is a tray, not a connection")


def paper_of(name: str, settings: Settings) -> MediaSettings:
    """What lies in a printer: the sheets of its imposition, or else its media."""
    printer = settings.printers[name]
    if printer.imposition:
        return settings.media[settings.impositions[printer.imposition].media]
    return settings.media[printer.media]
