"""What a printer is asked that prints nothing: how it is, what it can do, which jobs it knows.

Any question may fail at any point and be asked again, so every failure is `RetryLater`. Keeps what was learnt until the
printer is restarted: what goes with each job, and whether the printer takes jobs.
"""

import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta

from packslip.dispatch.ipp.abilities import LONGEST_UP_S, Plan, plan
from packslip.dispatch.ipp.client import IppClient, Operation, Status, is_success
from packslip.dispatch.ipp.conditions import STATE, is_accepting
from packslip.dispatch.ipp.http import NotSentError, StatusError
from packslip.dispatch.ipp.jobs import JOB_ATTRIBUTES
from packslip.dispatch.ipp.refusals import left_out, refusal_words, status_words
from packslip.dispatch.ipp.roll import Roll, read_roll
from packslip.dispatch.ipp.values import Attribute, Attributes, GroupTag, Message, Tag, attribute
from packslip.dispatch.wire import LostError
from packslip.errors import RetryLater
from packslip.model import Where, error, has_errors
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings

#: So long after a printer's last answer it is taken to be there still, in seconds.
FRESH_S = 1.0


class Inquiry:
    """Asks one printer. Every method but `later` and the like may raise `RetryLater`: it cannot be asked now."""

    def __init__(
        self,
        name: str,
        settings: PrinterSettings,
        media: MediaSettings,
        *,
        elapsed: Callable[[], float] = time.monotonic,
    ) -> None:
        self.client = IppClient(settings.uri, fingerprint=settings.fingerprint, wait_s=settings.answer_s)
        self.failures = 0  #: questions that went unanswered
        self._name = name
        self._settings = settings
        self._media = media
        self._elapsed = elapsed
        self._plan: Plan | None = None
        self._up_s = 0
        self._is_accepting = True
        self._heard_at = float("-inf")

    def plan(self) -> Plan:
        """What goes with every job, from what the printer says of itself, and what it cannot do of it."""
        if self._plan is None:
            said = self._printer(("all", "media-col-database"))
            made = plan(self._name, self._settings, self._media, said)
            if Operation.VALIDATE_JOB in said.numbers("operations-supported") and not has_errors(made.findings):
                made = self._validated(made)
            self._plan = made
        return self._plan

    def able(self) -> Plan:
        """The same, of a printer that can do it all."""
        how = self.plan()
        for finding in how.findings:
            if has_errors([finding]):
                self.forget()  # somebody may change it at the printer
                raise self.later(finding.message, finding.hint)
        return how

    def check_takes_jobs(self) -> None:
        """See that the printer is there and takes jobs, where it has not just said so."""
        if not self._is_accepting or self._elapsed() - self._heard_at > FRESH_S:
            self.state()
        if not self._is_accepting:
            raise self.later("takes no jobs now")

    def state(self, wait_s: float | None = None) -> Attributes:
        """How the printer says it is."""
        return self._printer(STATE, wait_s)

    def job(self, number: int) -> Attributes | None:
        """A job by its number, None where the printer has none."""
        asked = (
            attribute("job-id", Tag.INTEGER, number),
            attribute("requested-attributes", Tag.KEYWORD, *JOB_ATTRIBUTES),
        )
        reply = self._ask(Operation.GET_JOB_ATTRIBUTES, asked)
        if reply.code in (Status.NOT_FOUND, Status.GONE):
            return None
        if not is_success(reply.code):
            raise self.later(f"{refusal_words(reply.code)}, asked about a job")
        return reply.first_of(GroupTag.JOB)

    def roll(self, now: Callable[[], datetime]) -> Roll:
        """Every job the printer knows, then how long it has been up: so it was up all the while."""
        roll = read_roll(lambda asked: self._ask(Operation.GET_JOBS, asked))
        up_s = self.state().number("printer-up-time")
        is_told = up_s is not None and 0 <= up_s <= LONGEST_UP_S
        return roll.dated(now(), timedelta(seconds=up_s or 0) if is_told else None)

    def cancel(self, number: int) -> None:
        """Have a job called off; whether it was is for `job` to tell."""
        self._ask(Operation.CANCEL_JOB, (attribute("job-id", Tag.INTEGER, number),))

    def forget(self) -> None:
        """Ask anew what the printer can do."""
        self._plan = None

    def hear(self) -> None:
        """Note that the printer has answered."""
        self._heard_at = self._elapsed()

    def later(self, why: str, hint: str = "") -> RetryLater:
        """That the printer is no use now."""
        return RetryLater(f"printer {self._name}: {why}", hint=hint)

    def _validated(self, made: Plan) -> Plan:
        """The same plan, with what the printer itself says of such jobs."""
        reply = self._ask(Operation.VALIDATE_JOB, made.asked("packslip-check"), made.job)
        names = left_out(reply)
        if is_success(reply.code) and not names:
            return made
        told = refusal_words(reply.code) if not is_success(reply.code) else "leaves out some of what its jobs ask for"
        where = Where(file="packslip.toml", spot=f"printers.{self._name}")
        message = f"the printer {told}: {names}" if names else f"the printer {told}"
        found = error("printer.refuses", where, message, "change the setting, or the printer's own")
        return replace(made, findings=(*made.findings, found))

    def _printer(self, names: Sequence[str], wait_s: float | None = None) -> Attributes:
        asked = (attribute("requested-attributes", Tag.KEYWORD, *names),)
        reply = self._ask(Operation.GET_PRINTER_ATTRIBUTES, asked, wait_s=wait_s)
        if not is_success(reply.code):
            raise self.later(refusal_words(reply.code))
        said = reply.first_of(GroupTag.PRINTER)
        up_s = said.number("printer-up-time") or 0
        if up_s < self._up_s:
            self.forget()  # it was restarted, and may be another
        self._up_s = up_s
        self._is_accepting = is_accepting(said)
        return said

    def _ask(
        self,
        operation: Operation,
        asked: Sequence[Attribute],
        job: Sequence[Attribute] = (),
        *,
        wait_s: float | None = None,
    ) -> Message:
        try:
            reply = self.client.call(operation, asked, job=job, wait_s=wait_s)
        except StatusError as fault:
            self.failures += 1
            raise self.later(status_words(fault.status)) from None
        except (NotSentError, LostError) as fault:
            self.failures += 1
            raise self.later(str(fault)) from None
        self.hear()
        return reply
