"""Insights: what a campaign's variants did to what customers buy, against those who were held out.

Owns the statistics, the study of one campaign, the comparison of codes by how they were given out, and their pages.
Opens no file: exposures, orders and used codes come in as values, and what it gives are values and bytes.
"""

from packslip.insights.customers import WINDOW, Subject, Subjects, gather
from packslip.insights.intervals import Count
from packslip.insights.origin_page import origin_csv, origin_json, origin_page, origin_values, say_origins
from packslip.insights.origins import OriginStudy, study_origins, used_orders
from packslip.insights.page import study_page
from packslip.insights.redemptions import Redemptions, read_redemptions
from packslip.insights.study import Study, Verdict, make_study
from packslip.insights.tables import arms_csv, study_csv, study_json, study_values
from packslip.insights.words import say_verdict

__all__ = [
    "WINDOW",
    "Count",
    "OriginStudy",
    "Redemptions",
    "Study",
    "Subject",
    "Subjects",
    "Verdict",
    "arms_csv",
    "gather",
    "make_study",
    "origin_csv",
    "origin_json",
    "origin_page",
    "origin_values",
    "read_redemptions",
    "say_origins",
    "say_verdict",
    "study_csv",
    "study_json",
    "study_origins",
    "study_page",
    "study_values",
    "used_orders",
]
