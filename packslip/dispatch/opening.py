"""A printer from its settings: which kind of printer stands behind a name."""

from packslip.dispatch.ipp import IppPrinter
from packslip.dispatch.printer import Printer
from packslip.dispatch.raw_socket import SocketPrinter
from packslip.errors import WorkspaceError
from packslip.model import Finding, Where, error
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings, Settings


def open_printer(name: str, settings: PrinterSettings, media: MediaSettings) -> Printer:
    """A printer, ready to be asked; nobody is asked yet, so it may be away.

    `media` is the paper that lies in it: see `paper_of`.

    Raises:
        WorkspaceError: it is a folder.
    """
    match settings.kind:
        case "ipp":
            return IppPrinter(name, settings, media)
        case "socket":
            return SocketPrinter(name, settings)
        case "folder":
            raise WorkspaceError(f"printers.{name}.kind: a folder printer is a tray, not a connection")


def check_printer(name: str, settings: PrinterSettings, media: MediaSettings) -> tuple[Finding, ...]:
    """What the settings ask of a printer and it cannot do, in its own words; asks it, and waits for its answer."""
    match settings.kind:
        case "ipp":
            return IppPrinter(name, settings, media).findings()
        case "socket" if media.source and not settings.preamble:
            where = Where(file="packslip.toml", spot=f"printers.{name}.media")
            hint = "choose the tray at the printer, or in a preamble of PJL"
            return (error("printer.source", where, f"a raw port cannot be told to take {media.source!r}", hint),)
        case _:
            return ()


def paper_of(name: str, settings: Settings) -> MediaSettings:
    """What lies in a printer: the sheets of its imposition, or else its media."""
    printer = settings.printers[name]
    if printer.imposition:
        return settings.media[settings.impositions[printer.imposition].media]
    return settings.media[printer.media]
