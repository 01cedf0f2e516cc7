"""What printers say of themselves and of jobs, as plain words.

Keywords are matched by their stem: printers and versions differ in `-error`, `-warning` and `-report`. An unknown
keyword is shown as it is, stripped to its letters, since a printer's reply is untrusted.

Source: RFC 8011, 5.3.8 and 5.4.12; PWG 5100.9.
"""

import re
from collections.abc import Sequence

_SEVERITY = re.compile(r"-(error|warning|report)$")
_NO_KEYWORD = re.compile(r"[^a-z0-9._-]+")
_LONGEST = 60
#: Most words of a printer that are shown at once.
MOST_WORDS = 12

#: What a printer is, by the stem of its keyword.
_PRINTER: dict[str, str] = {
    "media-empty": "out of paper",
    "media-needed": "needs paper",
    "media-jam": "jam",
    "media-low": "paper low",
    "cover-open": "cover open",
    "door-open": "door open",
    "interlock-open": "cover open",
    "input-tray-missing": "tray missing",
    "output-tray-missing": "output tray missing",
    "output-area-full": "output full",
    "output-area-almost-full": "output almost full",
    "toner-empty": "out of toner",
    "toner-low": "toner low",
    "marker-supply-empty": "out of ink or ribbon",
    "marker-supply-low": "ink or ribbon low",
    "marker-waste-full": "waste container full",
    "marker-waste-almost-full": "waste container almost full",
    "paused": "paused",
    "moving-to-paused": "being paused",
    "stopped-partly": "stopped in part",
    "stopping": "stopping",
    "shutdown": "switched off",
    "offline": "offline",
    "connecting-to-device": "connecting",
    "timed-out": "does not answer",
    "spool-area-full": "its disk is full",
    "hold-new-jobs": "holds new jobs",
    "deactivated": "switched off",
    "cups-missing-filter": "a filter of CUPS is missing",
    "cups-insecure-filter": "a filter of CUPS is not safe",
}

#: Stems that keep a printer from printing, unless it says that they are only a warning or a report.
_STOPPERS = frozenset(
    {
        "media-empty",
        "media-jam",
        "cover-open",
        "door-open",
        "interlock-open",
        "input-tray-missing",
        "output-tray-missing",
        "output-area-full",
        "toner-empty",
        "marker-supply-empty",
        "marker-waste-full",
        "cups-missing-filter",
    }
)
#: Those that do, whatever it says: nobody waits for paper as a warning.
_ALWAYS_STOPPERS = frozenset(
    {"media-needed", "paused", "shutdown", "offline", "timed-out", "spool-area-full", "hold-new-jobs", "deactivated"}
)

#: What became of a job, by keyword.
_JOB: dict[str, str] = {
    "aborted-by-system": "given up by the printer",
    "job-canceled-by-user": "cancelled",
    "job-canceled-by-operator": "cancelled by an operator",
    "job-canceled-at-device": "cancelled at the printer",
    "job-completed-with-errors": "ended with errors",
    "job-completed-with-warnings": "ended with warnings",
    "job-hold-until-specified": "held at the printer",
    "job-incoming": "not all of it has arrived",
    "job-data-insufficient": "not all of it has arrived",
    "job-printing": "printing",
    "job-queued": "waiting",
    "printer-stopped": "the printer is stopped",
    "printer-stopped-partly": "the printer is stopped in part",
    "resources-are-not-ready": "what it needs is not ready",
    "document-format-error": "the document cannot be read",
    "unsupported-document-format": "its format is not supported",
    "document-unprintable-error": "the document cannot be printed",
    "account-authorization-failed": "not allowed",
}


def keyword(text: str) -> str:
    """A keyword that is safe to show."""
    return _NO_KEYWORD.sub("-", text.lower())[:_LONGEST].strip("-")


def stem(text: str) -> str:
    """A keyword without its severity."""
    return _SEVERITY.sub("", keyword(text))


def printer_words(keywords: Sequence[str]) -> tuple[str, ...]:
    """A printer's reasons, each once, in its order."""
    stems = (stem(word) for word in keywords)
    words = dict.fromkeys(_PRINTER.get(word, word.replace("-", " ")) for word in stems if word not in ("none", ""))
    return tuple(words)[:MOST_WORDS]


def is_stopper(text: str) -> bool:
    """Whether a reason keeps a printer from printing."""
    word = stem(text)
    return word in _ALWAYS_STOPPERS or (word in _STOPPERS and not keyword(text).endswith(("-warning", "-report")))


def job_words(keywords: Sequence[str]) -> str:
    """A job's reasons, as one text."""
    named = (keyword(word) for word in keywords)
    words = (_JOB.get(word) or _PRINTER.get(stem(word)) or word.replace("-", " ") for word in named if word != "none")
    return ", ".join(list(dict.fromkeys(word for word in words if word))[:MOST_WORDS])
