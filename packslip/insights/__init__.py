"""Insights: what a campaign's variants did to what customers buy, against those who were held out.

Owns the statistics, the study of one campaign and its page. Opens no file: exposures, orders and used codes come in as
values, and what it gives are values and bytes.
"""

from packslip.insights.customers import WINDOW, Subject, Subjects, gather
from packslip.insights.intervals import Count
from packslip.insights.page import study_page
from packslip.insights.redemptions import Redemptions, read_redemptions
from packslip.insights.study import Study, Verdict, make_study
from packslip.insights.tables import study_csv, study_json, study_values
from packslip.insights.words import say_verdict

__all__ = [
    "WINDOW",
    "Count",
    "Redemptions",
    "Study",
    "Subject",
    "Subjects",
    "Verdict",
    "gather",
    "make_study",
    "read_redemptions",
    "say_verdict",
    "study_csv",
    "study_json",
    "study_page",
    "study_values",
]
