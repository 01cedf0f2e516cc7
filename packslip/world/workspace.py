"""The workspace: which folder holds what. Paths only; nothing is read but the site secret."""

import contextlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from packslip.disk import LOCAL
from packslip.errors import WorkspaceError
from packslip.files import private_folder, write_atomic
from packslip.settings import FILE_NAME, Settings, load_settings

#: What a release freezes.
RELEASED = ("layouts", "rules", FILE_NAME)

#: Logs that are kept beside the one that is written.
OLDER_LOGS = 3

_SECRET_BYTES = 32


@dataclass(frozen=True, slots=True)
class Workspace:
    """The folders of one shop."""

    root: Path

    @staticmethod
    def at(root: Path) -> "Workspace":
        """The workspace in a folder.

        Raises:
            WorkspaceError: the folder holds no packslip.toml.
        """
        if not (root / FILE_NAME).is_file():
            raise WorkspaceError(
                f"{root}: no {FILE_NAME} here",
                hint="run packslip init DIR, or name a workspace with --workspace or PACKSLIP_WORKSPACE",
            )
        return Workspace(root.resolve())

    def settings(self) -> Settings:
        """The settings as they lie in the workspace now; a release has its own."""
        return load_settings(self.root / FILE_NAME)

    @property
    def state(self) -> Path:
        """Everything packslip keeps for itself, on local disk, open to its owner alone."""
        return self.root / ".packslip"

    @property
    def spool(self) -> Path:
        """Private copies of claimed drops."""
        return self.state / "spool"

    @property
    def documents(self) -> Path:
        """Documents by digest."""
        return self.state / "documents"

    @property
    def releases(self) -> Path:
        """Published releases."""
        return self.state / "releases"

    @property
    def done(self) -> Path:
        """Finished drops, a folder a day."""
        return self.state / "done"

    @property
    def held(self) -> Path:
        """Drops that are no order file at all."""
        return self.state / "held"

    @property
    def ledger(self) -> Path:
        """The queue of record."""
        return self.state / "ledger.db"

    @property
    def history(self) -> Path:
        """What earlier orders tell of customers and products."""
        return self.state / "history.db"

    @property
    def models(self) -> Path:
        """What sales tell of products, a folder for each model."""
        return self.state / "models"

    @property
    def content(self) -> Path:
        """Entries of content feeds, a file for each feed, and their pictures; what is approved lies in layouts."""
        return self.state / "content"

    @property
    def alarms(self) -> Path:
        """Slips that their plate and the reference path drew unlike each other, a folder each."""
        return self.state / "alarms"

    @property
    def retired_plates(self) -> Path:
        """Plates that strike no more, an empty file each."""
        return self.state / "plates" / "retired"

    @property
    def erased(self) -> Path:
        """Who was erased, by keyed hash; no restore takes a line away."""
        return self.state / "erased"

    @property
    def suppressed(self) -> Path:
        """Who wants no marketing, by keyed hash; no restore and no erasure takes a line away."""
        return self.state / "suppressed"

    @property
    def log(self) -> Path:
        """What the line says of itself; no personal data."""
        return self.state / "log"

    @property
    def logs(self) -> tuple[Path, ...]:
        """The log and the older ones, the newest first, whether they are there or not."""
        return self.log, *(self.log.with_name(f"{self.log.name}.{age}") for age in range(1, OLDER_LOGS + 1))

    @property
    def catalogue(self) -> Path:
        """Products and customers."""
        return self.root / "catalogue"

    @property
    def image_cache(self) -> Path:
        """Renditions by digest."""
        return self.root / "image_cache"

    def inbox(self, settings: Settings) -> Path:
        """The folder the shop drops into."""
        return self.root / settings.hotfolder.inbox

    def inboxes(self, settings: Settings) -> dict[str, Path]:
        """Every folder the shop drops into, by name; the first one's is ""."""
        others = {name: self.root / folder.path for name, folder in settings.folders.items()}
        return {"": self.inbox(settings), **others}

    def trays(self, settings: Settings) -> Path:
        """The folder of the printers' trays."""
        return self.root / settings.hotfolder.trays

    def results(self, settings: Settings, folder: str = "") -> Path:
        """The folder of the result files, of all hot folders or of one that has its own."""
        own = settings.folders[folder].results if folder in settings.folders else ""
        return self.root / (own or settings.hotfolder.results)

    def all_results(self, settings: Settings) -> tuple[Path, ...]:
        """Every folder of result files, once."""
        return tuple(dict.fromkeys(self.results(settings, name) for name in ("", *settings.folders)))

    def secret(self) -> bytes:
        """The site secret that codes and tokens derive from, made at first use, never in settings or releases.

        Raises:
            WorkspaceError: the file is there, but not 32 bytes in hexadecimal.
        """
        path = self.state / "secret"
        private_folder(self.state)
        if not path.exists():
            fresh = self.state / f".secret.{secrets.token_hex(8)}"
            write_atomic(fresh, secrets.token_hex(_SECRET_BYTES).encode())
            with contextlib.suppress(FileExistsError):
                os.link(fresh, path)  # the first of several processes or threads wins
            fresh.unlink()
            LOCAL.sync_folder(self.state)
        try:
            secret = bytes.fromhex(path.read_text(encoding="ascii").strip())
        except ValueError:
            secret = b""
        if len(secret) != _SECRET_BYTES:
            raise WorkspaceError(
                f"{path}: the site secret is damaged", hint="restore it from a back-up; codes depend on it"
            )
        return secret
