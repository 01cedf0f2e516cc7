"""The printers of a workspace: opened when first asked for, and again when their settings have changed."""

from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Executor
from pathlib import Path

from packslip.disk import LOCAL, Disk
from packslip.dispatch.folder import FolderPrinter
from packslip.dispatch.opening import open_printer, paper_of
from packslip.dispatch.printer import Printer
from packslip.dispatch.tray import Tray
from packslip.errors import RetryLater, WorkspaceError
from packslip.files import names_in
from packslip.printers import Language, PrinterSettings
from packslip.settings import MediaSettings, Settings

#: What was opened, and with which settings.
_Opened = tuple[Printer, PrinterSettings | None, MediaSettings | None]


class Printers:
    """Keeps printers open. Each printer is used by one thread at a time; any thread may open one."""

    def __init__(
        self, trays: Path, settings: Callable[[], Settings], disk: Disk = LOCAL, *, threads: Executor | None = None
    ) -> None:
        """`trays` is the folder of the folder printers; `settings` gives those of the release that is live.

        `threads` stage documents side by side.
        """
        self._trays = trays
        self._settings = settings
        self._disk = disk
        self._threads = threads
        self._open: dict[str, _Opened] = {}

    @property
    def declared(self) -> Mapping[str, PrinterSettings]:
        """Every printer of the settings."""
        return self._settings().printers

    def trays(self) -> Iterator[tuple[str, Tray]]:
        """Every tray there is, those of printers that are declared no more too."""
        for name in names_in(self._trays, disk=self._disk):
            yield name, self.tray(name)

    def tray(self, name: str) -> Tray:
        """The tray of a folder printer."""
        wanted = self.declared.get(name)
        return Tray(self._trays / name, self._disk, mode=int(wanted.tray_mode, 8) if wanted else 0o600)

    def open(self, name: str) -> Printer:
        """A printer; one that is declared no more is the tray of that name.

        Raises:
            RetryLater: it is away, or cannot do what the settings ask of it.
        """
        settings = self._settings()
        wanted = settings.printers.get(name)
        media = paper_of(name, settings) if wanted else None
        opened = self._open.get(name)
        if opened is not None and opened[1:] == (wanted, media):
            return opened[0]
        if opened is not None:
            opened[0].close()
        printer = self._make(name, wanted, media)
        self._open[name] = printer, wanted, media
        return printer

    def language_of(self, name: str) -> Language:
        """What a printer is told documents in."""
        return self._settings().language_of(name)

    def is_folder(self, name: str) -> bool:
        """Whether a printer is a tray."""
        wanted = self.declared.get(name)
        return wanted is None or wanted.kind == "folder"

    def close(self) -> None:
        """Let go of all of them."""
        for printer, _, _ in self._open.values():
            printer.close()
        self._open.clear()

    def _make(self, name: str, wanted: PrinterSettings | None, media: MediaSettings | None) -> Printer:
        if wanted is None or media is None or wanted.kind == "folder":
            return FolderPrinter(self.tray(name), self._disk, threads=self._threads)
        try:
            return open_printer(name, wanted, media)
        except WorkspaceError as fault:
            raise RetryLater(fault.message, hint=fault.hint) from fault
