"""A printer or a CUPS queue that speaks IPP: jobs go by `Print-Job`, and can be asked for afterwards.

One request carries attributes and document, so a job is there whole or not at all. The other way, `Create-Job` and
`Send-Document`, leaves a killed sender's empty job behind, which keeps printers that hold one job busy for everybody.

Owns what each reply is worth. Certainly not printed: no byte of the request left, or the printer refused it by name.
Everything else is asked for, by job id or by name. That a printer does not know a job proves something only where it
was up before the job was meant to be sent and still remembers what ended before; elsewhere it stays unknown.
"""

import re
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from packslip.dispatch.ipp.client import Operation, is_success
from packslip.dispatch.ipp.conditions import condition_of
from packslip.dispatch.ipp.http import NotSentError, StatusError
from packslip.dispatch.ipp.inquiry import Inquiry
from packslip.dispatch.ipp.jobs import Receipt, is_same, judge, read_receipt, waits_for_data
from packslip.dispatch.ipp.refusals import (
    Refusal,
    fate_of_refusal,
    fate_of_status,
    left_out,
    refusal_words,
    status_words,
)
from packslip.dispatch.ipp.roll import Roll
from packslip.dispatch.ipp.values import Attributes, GroupTag, Message
from packslip.dispatch.printer import Asked, Condition, Job, Progress, Sent
from packslip.dispatch.wire import BrokenOffError, LostError
from packslip.errors import HoldOrder, RetryLater
from packslip.ledger import utc_now
from packslip.model import Finding, Where, has_errors, warning
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings

#: So long a job must stay away before that says anything: a printer that was frozen may have it in its ears still.
QUIET_S = 3.0
#: Longest wait when a printer is only looked at, in seconds.
LOOK_S = 5.0
#: More jobs than that are looked up on the printer's roll rather than one by one.
FEW = 3

_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")
#: Which of several jobs of one name tells what became of it.
_WEIGHT = {Progress.DONE: 0, Progress.PRINTING: 1, Progress.UNKNOWN: 2, Progress.NOT_PRINTED: 3}


class IppPrinter:
    """One printer or queue, by its URI."""

    def __init__(
        self,
        name: str,
        settings: PrinterSettings,
        media: MediaSettings,
        *,
        now: Callable[[], datetime] = utc_now,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        """`media` is the paper that lies in the printer. Nothing is asked yet."""
        self._name = name
        self._now = now
        self._elapsed = elapsed
        self._inquiry = Inquiry(name, settings, media, elapsed=elapsed)
        self._client = self._inquiry.client
        self._missing: dict[tuple[str, str], tuple[float, int]] = {}
        self._called_off: set[str] = set()  #: jobs without data that we cancelled ourselves

    def findings(self) -> tuple[Finding, ...]:
        """What the settings ask for and the printer cannot do; that it cannot be asked is one, too."""
        try:
            return self._inquiry.plan().findings
        except RetryLater as fault:
            where = Where(file="packslip.toml", spot=f"printers.{self._name}.uri")
            hint = fault.hint or "its jobs wait until it answers"
            return (warning("printer.away", where, fault.message, hint),)

    def prepare(self, *jobs: Job) -> None:
        """See that the printer is there, can do what is asked, and takes jobs."""
        for job in jobs:
            check_name(job.name)
        self._inquiry.able()
        self._inquiry.check_takes_jobs()

    def withdraw(self, name: str) -> None:
        """Nothing lies at the printer before it is sent."""

    def send(self, job: Job) -> Sent:
        """Print a job.

        Raises:
            RetryLater: the printer did not take it.
            HoldOrder: it will never take this document.
        """
        check_name(job.name)
        if not job.data:
            raise HoldOrder("the document is empty")
        how = self._inquiry.able()
        try:
            reply = self._client.call(Operation.PRINT_JOB, how.asked(job.name), job=how.job, document=job.data)
        except NotSentError as fault:
            raise self._inquiry.later(str(fault)) from None
        except StatusError as fault:
            fate = fate_of_status(fault.status, body_sent=fault.body_sent)
            return self._refused(fate, status_words(fault.status))
        except BrokenOffError as fault:
            receipt = Receipt(uri=self._client.uri, broke_off=True)
            return Sent(progress=Progress.UNKNOWN, receipt=receipt.text(), told=f"the printer {fault}")
        except LostError as fault:
            return Sent(progress=Progress.UNKNOWN, told=f"the printer {fault}")
        self._inquiry.hear()
        if is_success(reply.code):
            return self._taken(reply)
        number = reply.first_of(GroupTag.JOB).number("job-id")
        fate = fate_of_refusal(reply.code) if number is None else Refusal.IN_DOUBT
        return self._refused(fate, refusal_words(reply.code), number)

    def settle(self) -> None:
        """What a printer keeps is its own affair."""

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        """How far some jobs are.

        Raises:
            RetryLater: the printer cannot be asked now.
        """
        known = [(job, read_receipt(job.receipt) or Receipt(uri=self._client.uri)) for job in jobs]
        is_needed = len(jobs) > FEW or any(not receipt.job_id for _, receipt in known)
        roll = self._inquiry.roll(self._now) if is_needed else Roll(jobs=(), is_whole=False)
        return tuple(
            self._by_receipt(job, receipt, roll) if receipt.job_id else self._by_name(job, receipt, roll)
            for job, receipt in known
        )

    def look(self) -> Condition:
        """How the printer is."""
        try:
            state = self._inquiry.state(LOOK_S)
            how = self._inquiry.plan()
        except RetryLater as fault:
            return Condition(is_up=False, reasons=("offline", fault.message.removeprefix(f"printer {self._name}: ")))
        return condition_of(state, [item.message for item in how.findings if has_errors([item])])

    def path(self, name: str) -> Path | None:
        """Paper has no path."""

    def close(self) -> None:
        """No connection outlives its request."""

    def _taken(self, reply: Message) -> Sent:
        """A job that the printer has, with the UUID that tells it from one of the same number after a restart."""
        taken = reply.first_of(GroupTag.JOB)
        number = taken.number("job-id")
        if number is None:
            return Sent(progress=Progress.UNKNOWN, told="the printer took it and did not say as what")
        told = f"the printer left out {left_out(reply)}" if left_out(reply) else ""
        receipt = Receipt(uri=self._client.uri, job_id=number, job_uuid=taken.text("job-uuid"))
        try:
            job = self._inquiry.job(number)
        except RetryLater:
            job = None
        if job is None:
            return Sent(progress=Progress.PRINTING, receipt=receipt.text(), told=told)
        receipt = replace(receipt, job_uuid=job.text("job-uuid") or receipt.job_uuid)
        judged = judge(job, receipt)
        return replace(judged, told=told or judged.told)

    def _refused(self, fate: Refusal, why: str, number: int | None = None) -> Sent:
        """A no, and what it is worth."""
        match fate:
            case Refusal.IN_DOUBT:
                receipt = Receipt(uri=self._client.uri, job_id=number).text() if number is not None else ""
                return Sent(progress=Progress.UNKNOWN, receipt=receipt, told=f"the printer {why}")
            case Refusal.OF_THE_DOCUMENT:
                self._inquiry.forget()  # or of what it can do, which may have changed
                raise HoldOrder(f"it {why}")
            case Refusal.OF_NOW:
                self._inquiry.forget()
                raise self._inquiry.later(why)

    def _by_receipt(self, asked: Asked, receipt: Receipt, roll: Roll) -> Sent:
        if receipt.uri != self._client.uri:
            told = "it was sent to another printer, and the settings have changed since"
            return Sent(progress=Progress.UNKNOWN, receipt=asked.receipt, told=told)
        job = roll.numbered(receipt.job_id) or self._inquiry.job(receipt.job_id)
        if job is not None and is_same(job, asked.name, receipt):
            return self._judged(asked, job, receipt)
        told = "the printer knows another job by its number; it was restarted" if job else "the printer forgot it"
        return Sent(progress=Progress.UNKNOWN, receipt=asked.receipt, told=told)

    def _by_name(self, asked: Asked, receipt: Receipt, roll: Roll) -> Sent:
        found = [(job, job.number("job-id") or 0, job.text("job-uuid")) for job in roll.named(asked.name)]
        answers = [
            self._judged(asked, job, replace(receipt, job_id=number, job_uuid=uuid)) for job, number, uuid in found
        ]
        if answers:
            return min(answers, key=lambda answer: _WEIGHT[answer.progress])
        if not self._stays(asked.name, "away"):
            told = "the printer does not know it yet, and is asked once more"
            return Sent(progress=Progress.PRINTING, receipt=asked.receipt, told=told)
        doubt = roll.doubt(asked.name, asked.intended_at)
        if doubt:
            told = f"the printer does not know it, and {doubt}"
            return Sent(progress=Progress.UNKNOWN, receipt=asked.receipt, told=told)
        return Sent(progress=Progress.NOT_PRINTED, told="the printer never got it")

    def _judged(self, asked: Asked, job: Attributes, receipt: Receipt) -> Sent:
        """How far a job is that is ours; one that waits for its data in vain is called off."""
        if not receipt.job_id or not waits_for_data(job) or not self._stays(asked.name, "without data"):
            return judge(job, receipt, by_us=asked.name in self._called_off)
        self._called_off.add(asked.name)
        self._inquiry.cancel(receipt.job_id)
        left = self._inquiry.job(receipt.job_id)
        if left is None or not is_same(left, asked.name, receipt):
            told = "the printer forgot it when it was cancelled"
            return Sent(progress=Progress.UNKNOWN, receipt=receipt.text(), told=told)
        return judge(left, receipt, by_us=True)

    def _stays(self, name: str, how: str) -> bool:
        """Whether a job has been so for long enough, with the printer answering all the while."""
        now, failures = self._elapsed(), self._inquiry.failures
        since, then = self._missing.setdefault((name, how), (now, failures))
        if then != failures:
            self._missing[name, how] = (now, failures)
            return False
        if now - since < QUIET_S:
            return False
        del self._missing[name, how]
        return True


def check_name(name: str) -> None:
    """A job's title goes into requests and onto displays; a name that is not plain is a bug of whoever made it."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a job's name is letters, digits, dots, dashes and underscores, got {name!r}")
