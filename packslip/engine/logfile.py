"""The log of the line: private files, a few of them, that are never larger than they may be together."""

import contextlib
import io
import logging
import os
from collections.abc import Iterator
from logging.handlers import RotatingFileHandler
from pathlib import Path

from packslip.world import OLDER_LOGS

_MOST_BYTES = 5_000_000  #: of one file
_LINE = "%(asctime)s %(levelname)s %(message)s"


@contextlib.contextmanager
def log_file(path: Path) -> Iterator[None]:
    """What goes wrong inside is written to a private file; a full one becomes the first of the older ones."""
    handler = _PrivateLog(path, maxBytes=_MOST_BYTES, backupCount=OLDER_LOGS, encoding="utf-8")
    handler.setFormatter(logging.Formatter(_LINE))
    logger = logging.getLogger("packslip")
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        handler.close()


class _PrivateLog(RotatingFileHandler):
    def _open(self) -> io.TextIOWrapper:
        descriptor = os.open(self.baseFilename, os.O_CREAT | os.O_APPEND | os.O_WRONLY | os.O_CLOEXEC, 0o600)
        return open(descriptor, "a", encoding=self.encoding)  # noqa: PTH123 - a descriptor, closed by the handler
