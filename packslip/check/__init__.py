"""Check: what is wrong with a release, gathered from every room; nothing is printed.

Each room judges its own files; what needs two rooms to see (a rule that names a layout, a layout that names a font)
stands here.
"""

from packslip.check.campaigns import check_changes
from packslip.check.check import check_world

__all__ = ["check_changes", "check_world"]
