"""Alarms: what becomes of a slip that its plate and the reference path drew unlike each other.

Keeps both documents, records the alarm, and only then retires the plate. Nothing is held back for it.
"""

import logging
import os
from importlib import metadata
from pathlib import Path

from packslip import __version__
from packslip.errors import RetryLater
from packslip.files import private_folder, sha256, sweep_unfinished, write_atomic
from packslip.ledger import Ledger
from packslip.model import Alarm, OrderKey, Slip
from packslip.world import Retired, Workspace

log = logging.getLogger("packslip.engine")


class AlarmDesk:
    """Takes alarms up."""

    def __init__(self, workspace: Workspace, ledger: Ledger, retired: Retired) -> None:
        self._folder = workspace.alarms
        self._ledger = ledger
        self._retired = retired

    def take_up(self, slip: Slip, alarm: Alarm) -> None:
        """Keep the documents, record the alarm, retire the plate.

        Raises:
            RetryLater: the disk is full or may not be written.
        """
        name = alarm_name(slip, alarm)
        try:
            self._keep(self._folder / name, slip, alarm)
        except OSError as fault:
            raise RetryLater(f"an alarm cannot be kept: {os.strerror(fault.errno or 0)}") from fault
        self._ledger.alarm(slip.key, f"{name}, plate {alarm.plate}")
        self._retired.add(alarm.plate)
        log.warning("alarm %s: layout %s, plate %s retired", name, alarm.layout, alarm.plate)

    def _keep(self, folder: Path, slip: Slip, alarm: Alarm) -> None:
        private_folder(self._folder)
        private_folder(folder)
        write_atomic(folder / "struck.pdf", alarm.struck)
        if alarm.reference:
            write_atomic(folder / "reference.pdf", alarm.reference)
        write_atomic(folder / "differences.txt", _report(slip, alarm).encode())


def alarm_name(slip: Slip, alarm: Alarm) -> str:
    """Date, digest of the parcel's key and the plate's: always the same for the same alarm, and no order's id."""
    return f"{slip.dated}-{_digest(slip.key)}-{alarm.plate[:8]}"


def alarm_folders(workspace: Workspace, key: OrderKey) -> tuple[Path, ...]:
    """The folders of a parcel's alarms."""
    return tuple(workspace.alarms.glob(f"*-{_digest(key)}-*"))


def _digest(key: OrderKey) -> str:
    return sha256(f"{key.store}|{key.order_id}|{key.parcel}".encode())[:16]


def kept_alarms(workspace: Workspace) -> tuple[str, ...]:
    """Every alarm whose folder nobody took away yet, oldest first."""
    if not workspace.alarms.is_dir():
        return ()
    return tuple(sorted(entry.name for entry in os.scandir(workspace.alarms) if entry.is_dir()))


def sweep_alarms(workspace: Workspace) -> None:
    """Remove what a killed run left half written; before this process takes up alarms itself."""
    sweep_unfinished(workspace.retired_plates)
    for name in kept_alarms(workspace):
        sweep_unfinished(workspace.alarms / name)


def _report(slip: Slip, alarm: Alarm) -> str:
    """All that somebody who mends the press needs to know beside the documents."""
    facts = (
        f"layout: {alarm.layout}",
        f"locale: {slip.locale}",
        f"release: {slip.release}",
        f"plate: {alarm.plate}",
        f"packslip {__version__}, WeasyPrint {metadata.version('weasyprint')}",
    )
    return "\n".join((*facts, "", *alarm.differences, ""))
