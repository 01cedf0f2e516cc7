"""The hot folder: look, settle, claim, file away. Knows no CSV.

The look is the truth and events are a wake-up; a claim survives being killed at any step.
"""

from packslip.hotfolder.claiming import Claimer, local_now, new_drop_id, spool_path
from packslip.hotfolder.filing import Filing, refuse_overlap
from packslip.hotfolder.settling import Settler
from packslip.hotfolder.sights import Look, Oddity, Sight, is_drop_name, look_at, printable
from packslip.hotfolder.watching import Watcher

__all__ = [
    "Claimer",
    "Filing",
    "Look",
    "Oddity",
    "Settler",
    "Sight",
    "Watcher",
    "is_drop_name",
    "local_now",
    "look_at",
    "new_drop_id",
    "printable",
    "refuse_overlap",
    "spool_path",
]
