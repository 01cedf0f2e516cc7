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
from datetime import datetime, timedelta
from pathlib import Path

from packslip.dispatch.ipp.abilities import LONGEST_UP_S, Plan, plan
from packslip.dispatch.ipp.client import IppClient, Operation, Status, is_success
from packslip.dispatch.ipp.conditions import STATE, condition_of, is_accepting
from packslip.dispatch.ipp.http import NotSentError, StatusError
from packslip.dispatch.ipp.jobs import JOB_ATTRIBUTES, Receipt, is_same, judge, read_receipt, waits_for_data
from packslip.dispatch.ipp.refusals import (
    Refusal,
    fate_of_refusal,
    fate_of_status,
    left_out,
    refusal_words,
    status_words,
)
from packslip.dispatch.ipp.roll import Roll, read_roll
from packslip.dispatch.ipp.values import Attribute, Attributes, GroupTag, Message, Tag, attribute
from packslip.dispatch.printer import Asked, Condition, Job, Progress, Sent
from packslip.dispatch.wire import BrokenOffError, LostError
from packslip.errors import HoldOrder, RetryLater
from packslip.ledger import utc_now
from packslip.model import Finding, Where, error, has_errors, warning
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings

#: So long a job must stay away before that says anything: a printer that was frozen may have it in its ears still.
QUIET_S = 3.0
#: Longest wait when a printer is only looked at, in seconds.
LOOK_S = 5.0
#: More jobs than that are looked up on the printer's roll rather than one by one.
FEW = 3
#: So long after a printer's last answer it is taken to be there still, in seconds.
FRESH_S = 1.0

_NAME = re.compile(r"[A-Za-z0-9._-]{1,255}")


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
        self._settings = settings
        self._media = media
        self._now = now
        self._elapsed = elapsed
        self._client = IppClient(settings.uri, fingerprint=settings.fingerprint, wait_s=settings.answer_s)
        self._plan: Plan | None = None
        self._up_s = 0
        self._is_accepting = True
        self._heard_at = float("-inf")
        self._missing: dict[str, float] = {}
        self._called_off: set[str] = set()  #: jobs without data that we cancelled ourselves

    def findings(self) -> tuple[Finding, ...]:
        """What the settings ask for and the printer cannot do; that it cannot be asked is one, too."""
        try:
            return self._ready().findings
        except RetryLater as fault:
            where = Where(file="packslip.toml", spot=f"printers.{self._name}.uri")
            hint = fault.hint or "its jobs wait until it answers"
            return (warning("printer.away", where, fault.message, hint),)

    def prepare(self, job: Job) -> None:
        """See that the printer is there, can do what is asked, and takes jobs."""
        check_name(job.name)
        self._able()
        if not self._is_accepting or self._elapsed() - self._heard_at > FRESH_S:
            self._note(self._ask_printer(STATE))
        if not self._is_accepting:
            raise self._later("takes no jobs now")

    def withdraw(self, name: str) -> None:
        """Nothing lies at the printer before it is sent."""
        self._missing.pop(name, None)

    def send(self, job: Job) -> Sent:
        """Print a job.

        Raises:
            RetryLater: the printer did not take it.
            HoldOrder: it will never take this document.
        """
        check_name(job.name)
        if not job.data:
            raise HoldOrder("the document is empty")
        how = self._able()
        asked = self._job_asked(job.name, how)
        try:
            reply = self._client.call(Operation.PRINT_JOB, asked, job=how.job, document=job.data)
        except NotSentError as fault:
            raise self._later(str(fault)) from None
        except StatusError as fault:
            return self._not_http(fault)
        except BrokenOffError as fault:
            receipt = Receipt(uri=self._client.uri, broke_off=True)
            return Sent(progress=Progress.UNKNOWN, receipt=receipt.text(), told=f"the printer {fault}")
        except LostError as fault:
            return Sent(progress=Progress.UNKNOWN, told=f"the printer {fault}")
        self._heard_at = self._elapsed()
        return self._taken(reply) if is_success(reply.code) else self._refused(reply)

    def settle(self) -> None:
        """What a printer keeps is its own affair."""

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        """How far some jobs are.

        Raises:
            RetryLater: the printer cannot be asked now.
        """
        roll: Roll | None = None
        answers: list[Sent] = []
        for job in jobs:
            receipt = read_receipt(job.receipt)
            if roll is None and (receipt is None or not receipt.job_id or len(jobs) > FEW):
                roll = self._roll()
            if receipt and receipt.job_id:
                answers.append(self._by_receipt(job, receipt, roll))
            elif roll is not None:
                answers.append(self._by_name(job, roll, broke_off=bool(receipt and receipt.broke_off)))
        return tuple(answers)

    def look(self) -> Condition:
        """How the printer is."""
        try:
            state = self._ask_printer(STATE, wait_s=LOOK_S)
            self._note(state)
            how = self._ready()
        except RetryLater as fault:
            return Condition(is_up=False, reasons=("offline", fault.message.removeprefix(f"printer {self._name}: ")))
        return condition_of(state, [item.message for item in how.findings if has_errors([item])])

    def path(self, name: str) -> Path | None:
        """Paper has no path."""

    def close(self) -> None:
        """No connection outlives its request."""

    def _ready(self) -> Plan:
        """What goes with every job, from what the printer says of itself; asked once, and again after its restart.

        Raises:
            RetryLater: the printer cannot be asked.
        """
        if self._plan is None:
            said = self._ask_printer(("all", "media-col-database"))
            self._note(said)
            made = plan(self._name, self._settings, self._media, said)
            if Operation.VALIDATE_JOB in said.numbers("operations-supported") and not has_errors(made.findings):
                made = self._validated(made)
            self._plan = made
        return self._plan

    def _able(self) -> Plan:
        how = self._ready()
        for finding in how.findings:
            if has_errors([finding]):
                self._plan = None  # somebody may change it at the printer
                raise RetryLater(f"printer {self._name}: {finding.message}", hint=finding.hint)
        return how

    def _validated(self, made: Plan) -> Plan:
        """The same, with what the printer itself says of such jobs."""
        asked = self._job_asked("packslip-check", made)
        reply = self._question(Operation.VALIDATE_JOB, asked, job=made.job)
        if is_success(reply.code) and not left_out(reply):
            return made
        where = Where(file="packslip.toml", spot=f"printers.{self._name}")
        told = refusal_words(reply.code) if not is_success(reply.code) else "leaves out some of what its jobs ask for"
        names = f": {left_out(reply)}" if left_out(reply) else ""
        found = error(
            "printer.refuses", where, f"the printer {told}{names}", "change the setting, or the printer's own"
        )
        return Plan(
            document_format=made.document_format,
            job=made.job,
            fidelity=made.fidelity,
            findings=(*made.findings, found),
        )

    def _job_asked(self, name: str, how: Plan) -> list[Attribute]:
        asked = [attribute("job-name", Tag.NAME, name)]
        if how.fidelity:
            asked.append(attribute("ipp-attribute-fidelity", Tag.BOOLEAN, True))
        asked.append(attribute("document-format", Tag.MIME_TYPE, how.document_format))
        return asked

    def _taken(self, reply: Message) -> Sent:
        taken = reply.first_of(GroupTag.JOB)
        number = taken.number("job-id")
        if number is None:
            return Sent(progress=Progress.UNKNOWN, told="the printer took it and did not say as what")
        told = f"the printer left out {left_out(reply)}" if left_out(reply) else ""
        receipt = Receipt(uri=self._client.uri, job_id=number, job_uuid=taken.text("job-uuid"))
        try:
            job = self._job(number)
        except RetryLater:
            job = None
        if job is None:
            return Sent(progress=Progress.PRINTING, receipt=receipt.text(), told=told)
        receipt = Receipt(
            uri=receipt.uri,
            job_id=number,
            job_uuid=job.text("job-uuid") or receipt.job_uuid,
        )
        judged = judge(job, receipt.text())
        return Sent(progress=judged.progress, receipt=judged.receipt, told=told or judged.told)

    def _refused(self, reply: Message) -> Sent:
        why = refusal_words(reply.code)
        number = reply.first_of(GroupTag.JOB).number("job-id")
        match fate_of_refusal(reply.code) if number is None else Refusal.IN_DOUBT:
            case Refusal.IN_DOUBT:
                receipt = Receipt(uri=self._client.uri, job_id=number).text() if number is not None else ""
                return Sent(progress=Progress.UNKNOWN, receipt=receipt, told=f"the printer {why}")
            case Refusal.OF_THE_DOCUMENT:
                raise HoldOrder(f"it {why}")
            case Refusal.OF_NOW:
                self._plan = None  # what it can do may have changed
                raise self._later(why)

    def _not_http(self, fault: StatusError) -> Sent:
        why = status_words(fault.status)
        match fate_of_status(fault.status) if fault.body_sent or fault.status == 413 else Refusal.OF_NOW:
            case Refusal.IN_DOUBT:
                return Sent(progress=Progress.UNKNOWN, told=f"the printer {why}")
            case Refusal.OF_THE_DOCUMENT:
                raise HoldOrder(f"it {why}")
            case Refusal.OF_NOW:
                raise self._later(why)

    def _by_receipt(self, asked: Asked, receipt: Receipt, roll: Roll | None) -> Sent:
        if receipt.uri != self._client.uri:
            told = "it was sent to another printer, and the settings have changed since"
            return Sent(progress=Progress.UNKNOWN, receipt=asked.receipt, told=told)
        job = (roll and roll.numbered(receipt.job_id)) or self._job(receipt.job_id)
        if job is not None and is_same(job, asked.name, receipt):
            return self._judged(asked, job, asked.receipt)
        told = (
            "the printer knows another job by its number; it was restarted" if job else "the printer has forgotten it"
        )
        return Sent(progress=Progress.UNKNOWN, receipt=asked.receipt, told=told)

    def _by_name(self, asked: Asked, roll: Roll, *, broke_off: bool) -> Sent:
        found = roll.named(asked.name)
        answers = [self._judged(asked, job, self._receipt_of(job)) for job in found]
        if broke_off:
            answers = [_half(answer) for answer in answers]
        for progress in (Progress.DONE, Progress.PRINTING, Progress.UNKNOWN):
            for answer in answers:
                if answer.progress is progress:
                    return answer
        if answers:
            return answers[0]
        if not self._stays_away(asked.name):
            return Sent(progress=Progress.PRINTING, told="the printer does not know it yet, and is asked once more")
        self._missing.pop(asked.name, None)
        doubt = roll.doubt(asked.intended_at)
        if doubt:
            return Sent(progress=Progress.UNKNOWN, told=f"the printer does not know it, and {doubt}")
        return Sent(progress=Progress.NOT_PRINTED, told="the printer never got it")

    def _judged(self, asked: Asked, job: Attributes, receipt: str) -> Sent:
        number = job.number("job-id")
        if number is None or not waits_for_data(job) or not self._stays_away(asked.name):
            return judge(job, receipt, by_us=asked.name in self._called_off)
        self._missing.pop(asked.name, None)
        self._called_off.add(asked.name)
        self._question(Operation.CANCEL_JOB, (attribute("job-id", Tag.INTEGER, number),))
        left = self._job(number)
        if left is None or not is_same(left, asked.name, read_receipt(receipt)):
            return Sent(progress=Progress.UNKNOWN, receipt=receipt, told="the printer forgot it when it was cancelled")
        return judge(left, receipt, by_us=True)

    def _stays_away(self, name: str) -> bool:
        """Whether a job, or its data, is missing for long enough."""
        first = self._missing.setdefault(name, self._elapsed())
        return self._elapsed() - first >= QUIET_S

    def _receipt_of(self, job: Attributes) -> str:
        number = job.number("job-id")
        if number is None:
            return ""
        return Receipt(uri=self._client.uri, job_id=number, job_uuid=job.text("job-uuid")).text()

    def _job(self, number: int) -> Attributes | None:
        """A job by its number, None where the printer has none.

        Raises:
            RetryLater: the printer cannot be asked now.
        """
        asked = (
            attribute("job-id", Tag.INTEGER, number),
            attribute("requested-attributes", Tag.KEYWORD, *JOB_ATTRIBUTES),
        )
        reply = self._question(Operation.GET_JOB_ATTRIBUTES, asked)
        if reply.code in (Status.NOT_FOUND, Status.GONE):
            return None
        if not is_success(reply.code):
            raise self._later(f"{refusal_words(reply.code)}, asked about a job")
        return reply.first_of(GroupTag.JOB)

    def _roll(self) -> Roll:
        """Every job the printer knows, then how long it has been up: so it was up all the while."""
        roll = read_roll(lambda asked: self._question(Operation.GET_JOBS, asked))
        state = self._ask_printer(STATE)
        self._note(state)
        up_s = state.number("printer-up-time")
        is_told = up_s is not None and 0 <= up_s <= LONGEST_UP_S
        return roll.dated(self._now(), timedelta(seconds=up_s or 0) if is_told else None)

    def _ask_printer(self, names: Sequence[str], *, wait_s: float | None = None) -> Attributes:
        asked = (attribute("requested-attributes", Tag.KEYWORD, *names),)
        reply = self._question(Operation.GET_PRINTER_ATTRIBUTES, asked, wait_s=wait_s)
        if not is_success(reply.code):
            raise self._later(refusal_words(reply.code))
        return reply.first_of(GroupTag.PRINTER)

    def _question(
        self,
        operation: Operation,
        asked: Sequence[Attribute],
        *,
        job: Sequence[Attribute] = (),
        wait_s: float | None = None,
    ) -> Message:
        """A call that prints nothing, so that it may fail at any point."""
        try:
            reply = self._client.call(operation, asked, job=job, wait_s=wait_s)
        except StatusError as fault:
            raise self._later(status_words(fault.status)) from None
        except (NotSentError, LostError) as fault:
            raise self._later(str(fault)) from None
        self._heard_at = self._elapsed()
        return reply

    def _note(self, state: Attributes) -> None:
        up_s = state.number("printer-up-time") or 0
        if up_s < self._up_s:
            self._plan = None  # it was restarted, and may be another
        self._up_s = up_s
        self._is_accepting = is_accepting(state)

    def _later(self, why: str) -> RetryLater:
        return RetryLater(f"printer {self._name}: {why}")


def check_name(name: str) -> None:
    """A job's title goes into requests and onto displays; a name that is not plain is a bug of whoever made it."""
    if not _NAME.fullmatch(name):
        raise ValueError(f"a job's name is letters, digits, dots, dashes and underscores, got {name!r}")


def _half(answer: Sent) -> Sent:
    """The same, where the printer has called complete what had not left whole."""
    if answer.progress is not Progress.DONE:
        return answer
    told = "the printer calls it complete, and not all of it had left"
    return Sent(progress=Progress.UNKNOWN, receipt=answer.receipt, told=told)
