"""The hot folder: look, tell what is whole, claim, file away. Knows no CSV.

The look is the truth and events are a wake-up; a claim survives being killed at any step.
"""

from packslip.hotfolder.claiming import (
    Answer,
    Claimed,
    Claimer,
    Doubt,
    Probe,
    local_now,
    new_drop_id,
    spool_path,
    whole,
)
from packslip.hotfolder.filing import Filing
from packslip.hotfolder.names import NameKind, Names, printable
from packslip.hotfolder.overlap import refuse_overlap
from packslip.hotfolder.promises import BadMarkError, Promise, read_manifest, read_trigger
from packslip.hotfolder.readiness import Group, Manifested, OnSight, Readied, Readiness, Stable, Triggered
from packslip.hotfolder.settling import Settler
from packslip.hotfolder.sights import Look, Oddity, Sight, View, look_at
from packslip.hotfolder.taking import Aside
from packslip.hotfolder.watching import Watcher, sends_events
from packslip.hotfolder.writers import is_being_written

__all__ = [
    "Answer",
    "Aside",
    "BadMarkError",
    "Claimed",
    "Claimer",
    "Doubt",
    "Filing",
    "Group",
    "Look",
    "Manifested",
    "NameKind",
    "Names",
    "Oddity",
    "OnSight",
    "Probe",
    "Promise",
    "Readied",
    "Readiness",
    "Settler",
    "Sight",
    "Stable",
    "Triggered",
    "View",
    "Watcher",
    "is_being_written",
    "local_now",
    "look_at",
    "new_drop_id",
    "printable",
    "read_manifest",
    "read_trigger",
    "refuse_overlap",
    "sends_events",
    "spool_path",
    "whole",
]
