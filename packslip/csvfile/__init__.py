"""CSV as shops and spreadsheets write it: any encoding, delimiter and line end, read as a stream of rows.

Owns bytes → rows and rows → bytes, with true file lines. Knows no column by name and no finding of the model: what is
wrong is a `Fault`, which the reader's owner turns into a finding of its own file.
"""

from packslip.csvfile.content import Content
from packslip.csvfile.encoding import CODECS, Encoding, detect_encoding
from packslip.csvfile.faults import Fault
from packslip.csvfile.headers import column_letters, plain_names
from packslip.csvfile.records import MOST_CELL_CHARS
from packslip.csvfile.rows import Row
from packslip.csvfile.table import Table, read_table
from packslip.csvfile.writing import bare_cell, safe_cell, write_csv

__all__ = [
    "CODECS",
    "MOST_CELL_CHARS",
    "Content",
    "Encoding",
    "Fault",
    "Row",
    "Table",
    "bare_cell",
    "column_letters",
    "detect_encoding",
    "plain_names",
    "read_table",
    "safe_cell",
    "write_csv",
]
