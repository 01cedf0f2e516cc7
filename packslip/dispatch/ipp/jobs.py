"""What a printer's word on a job is worth: which job it is, and how far.

Pure. A job is ours by its name, which is unique for ever; by id and UUID where the printer cuts names short.

Source: RFC 8011, 5.3.7 and 5.3.8.
"""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from enum import IntEnum

from packslip.dispatch.ipp.values import Attributes
from packslip.dispatch.ipp.words import job_words
from packslip.dispatch.printer import Progress, Sent


class JobState(IntEnum):
    """How far a printer says a job is."""

    PENDING = 3
    HELD = 4
    PROCESSING = 5
    STOPPED = 6
    CANCELED = 7
    ABORTED = 8
    COMPLETED = 9


#: What is asked of a job.
JOB_ATTRIBUTES = (
    "job-id",
    "job-uuid",
    "job-name",
    "job-state",
    "job-state-reasons",
    "job-printer-state-reasons",
    "job-printer-up-time",
    "time-at-processing",
    "time-at-completed",
    "job-impressions-completed",
    "job-media-sheets-completed",
)

#: Reasons that say that the same bytes would fail again.
_BLAME = frozenset({"document-format-error", "unsupported-document-format", "document-unprintable-error"})
_NO_DATA = frozenset({"job-incoming", "job-data-insufficient"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """What is known of a job beside its name: what the printer called it, or how its sending broke off."""

    uri: str
    job_id: int = 0  #: 0 where the printer did not say
    job_uuid: str = ""
    broke_off: bool = False  #: not all of the document had left

    def text(self) -> str:
        """As the ledger keeps it."""
        return json.dumps(asdict(self), sort_keys=True, separators=(",", ":"))


def read_receipt(text: str) -> Receipt | None:
    """The receipt that a text is, None where it is none."""
    try:
        data = json.loads(text)
        if not isinstance(data, dict):
            return None
        return Receipt(
            uri=str(data["uri"]),
            job_id=int(data["job_id"]),
            job_uuid=str(data.get("job_uuid", "")),
            broke_off=bool(data.get("broke_off")),
        )
    except (ValueError, KeyError, TypeError):
        return None


def is_same(job: Attributes, name: str, receipt: Receipt | None) -> bool:
    """Whether a job at the printer is ours."""
    uuid = job.text("job-uuid")
    if receipt and receipt.job_uuid and uuid and uuid != receipt.job_uuid:
        return False
    if job.text("job-name") == name:
        return True
    return bool(receipt and uuid and uuid == receipt.job_uuid)


def waits_for_data(job: Attributes) -> bool:
    """Whether a printer keeps a job open whose document never came."""
    reasons = job.texts("job-state-reasons")
    return job.number("job-state") in (JobState.PENDING, JobState.HELD) and not _NO_DATA.isdisjoint(reasons)


def judge(job: Attributes, receipt: Receipt, *, by_us: bool = False) -> Sent:
    """How far one of our jobs is.

    One that was cancelled is for a person to look at, who may have meant it; `by_us` where we cancelled it ourselves.
    """
    reasons, text = job.texts("job-state-reasons"), receipt.text()
    told = _told(job, reasons)
    match job.number("job-state"):
        case JobState.COMPLETED if receipt.broke_off:
            told = "the printer calls it complete, and not all of it had left"
            return Sent(progress=Progress.UNKNOWN, receipt=text, told=told)
        case JobState.COMPLETED if "job-completed-with-errors" not in reasons:
            return Sent(progress=Progress.DONE, receipt=text)
        case JobState.PENDING | JobState.HELD | JobState.PROCESSING | JobState.STOPPED:
            return Sent(progress=Progress.PRINTING, receipt=text, told=told)
        case JobState.CANCELED:
            progress = Progress.NOT_PRINTED if by_us and _never_began(job) else Progress.UNKNOWN
            return Sent(progress=progress, receipt=text, told=told if "cancelled" in told else "cancelled")
        case JobState.ABORTED:
            is_safe = _never_began(job) and _BLAME.isdisjoint(reasons)
            progress = Progress.NOT_PRINTED if is_safe else Progress.UNKNOWN
            return Sent(progress=progress, receipt=text, told=told or "given up by the printer")
        case _:
            return Sent(progress=Progress.UNKNOWN, receipt=text, told=told or "the printer does not say how far it is")


def _told(job: Attributes, reasons: Sequence[str]) -> str:
    at_the_printer = job.texts("job-printer-state-reasons") if job.number("job-state") != JobState.COMPLETED else ()
    return job_words((*reasons, *at_the_printer))


def _never_began(job: Attributes) -> bool:
    """Whether the printer says outright that it never touched a job: a missing word is not a no."""
    touched = (job.number("job-impressions-completed") or 0) + (job.number("job-media-sheets-completed") or 0)
    return "time-at-processing" in job and job.number("time-at-processing") is None and not touched
