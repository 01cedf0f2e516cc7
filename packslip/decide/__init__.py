"""Order, parcel and facts → Choice: the decision tables, run by zen-engine, and the policies no table overrules.

Owns the running, the policies and the check of whether tables make sense. Reads no file and no clock.
"""

from packslip.decide.checking import check_rules
from packslip.decide.deciding import decide
from packslip.decide.examples import Tried, try_examples
from packslip.decide.policies import without_unknown_borders
from packslip.library.rules_format import format_rules

__all__ = ["Tried", "check_rules", "decide", "format_rules", "try_examples", "without_unknown_borders"]
