"""What replies are worth: printers in Python that drop, drip, lie, forget, and a count of what they printed."""

import json
import socket
import threading
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from printer_kit import A4, PretendedJob, PretendedPrinter, http_reply, ipp_settings, reset

from packslip.dispatch.ipp import IppPrinter
from packslip.dispatch.ipp.client import Operation
from packslip.dispatch.ipp.codec import decode, encode
from packslip.dispatch.ipp.http import LARGEST
from packslip.dispatch.ipp.jobs import Receipt, read_receipt
from packslip.dispatch.ipp.printer import QUIET_S
from packslip.dispatch.ipp.values import Attributes, Group, GroupTag, Message, Tag, attribute
from packslip.dispatch.printer import Asked, Job, Progress, Sent
from packslip.errors import HoldOrder, RetryLater

JOB = Job(name="ORDER-1-1-0a0b0c0d.pdf", data=b"%PDF-1.7\n" + b"x" * 200_000)
NOON = datetime(2026, 11, 27, 12, 0, tzinfo=UTC)


class Clock:
    """Time that tests move on."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.seconds)

    def elapsed(self) -> float:
        return self.seconds


@pytest.fixture
def pretended() -> Iterator[PretendedPrinter]:
    with PretendedPrinter() as printer:
        yield printer


@pytest.fixture
def clock() -> Clock:
    return Clock()


def at(pretended: PretendedPrinter, clock: Clock, **settings: object) -> IppPrinter:
    chosen = ipp_settings(pretended.uri, **{"answer_s": 0.6, **settings})
    printer = IppPrinter("p", chosen, A4, now=clock.now, elapsed=clock.elapsed)
    printer.findings()
    return printer


def asked_for(name: str = JOB.name, receipt: str = "", at: datetime = NOON) -> Asked:
    return Asked(name=name, intended_at=at, receipt=receipt)


def verdict(printer: IppPrinter, clock: Clock, asked: Asked | None = None) -> Sent:
    """The answer once the printer has had time to find the job."""
    (first,) = printer.ask([asked or asked_for()])
    if first.progress is not Progress.PRINTING:
        return first
    clock.seconds += QUIET_S
    (second,) = printer.ask([asked or asked_for()])
    return second


# --- replies that go wrong -----------------------------------------------------------------------------------------


def drop(peer: socket.socket, reply: bytes) -> None:
    """The line breaks before a byte of the reply."""


def rude(peer: socket.socket, reply: bytes) -> None:
    reset(peer)


def half(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(reply[: len(reply) // 2])


def silent(peer: socket.socket, reply: bytes) -> None:
    peer.settimeout(10)
    peer.recv(1)


def drip(peer: socket.socket, reply: bytes) -> None:
    """A byte now and then: each in time, all together never."""
    for at in range(len(reply)):
        peer.sendall(reply[at : at + 1])
        threading.Event().wait(0.05)


def endless(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
    while True:
        peer.sendall(b"8000\r\n" + bytes(0x8000) + b"\r\n")


def endless_head(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n")
    while True:
        peer.sendall(b"X-More: more\r\n" * 100)


def endless_line(peer: socket.socket, reply: bytes) -> None:
    while True:
        peer.sendall(b"H" * 10_000)


def gigantic(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (LARGEST + 1))


def untold(peer: socket.socket, reply: bytes) -> None:
    """No length, and no end."""
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        peer.sendall(bytes(65_536))


def garbage(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(b"\x00\xff\x1b%-12345X" * 50)


def html(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(http_reply(b"<html>It works!</html>"))


def bad_length(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(reply.replace(b"Content-Length: ", b"Content-Length: -"))


def bad_chunk(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n")


def another(peer: socket.socket, reply: bytes) -> None:
    """The answer to another question."""
    body = reply.partition(b"\r\n\r\n")[2]
    said = decode(body)
    peer.sendall(http_reply(encode(Message(code=0, request_id=said.request_id + 1, groups=said.groups))))


def gateway(peer: socket.socket, reply: bytes) -> None:
    peer.sendall(http_reply(b"", "504 Gateway Timeout"))


SPOILS = (
    drop,
    rude,
    half,
    silent,
    drip,
    endless,
    endless_head,
    endless_line,
    gigantic,
    untold,
    garbage,
    html,
    bad_length,
    bad_chunk,
    another,
    gateway,
)


TOO_MUCH = (endless, endless_head, endless_line, gigantic, untold)


@pytest.mark.parametrize("spoil", SPOILS, ids=lambda spoil: spoil.__name__)
def test_a_job_whose_reply_is_spoilt_is_found_again_and_printed_once(
    pretended: PretendedPrinter, clock: Clock, spoil: Callable[[socket.socket, bytes], None]
) -> None:
    printer = at(pretended, clock)
    pretended.spoil = spoil
    sent = printer.send(JOB)
    assert sent.progress is Progress.UNKNOWN
    assert sent.told.startswith("the printer ")
    assert ("beyond all measure" in sent.told) is (spoil in TOO_MUCH)
    (answer,) = printer.ask([asked_for(receipt=sent.receipt)])
    assert answer.progress is Progress.DONE
    assert answer.receipt
    assert pretended.printed == [JOB.name]


def test_a_reply_in_chunks_or_without_a_length_is_read(pretended: PretendedPrinter, clock: Clock) -> None:
    def chunked(peer: socket.socket, reply: bytes) -> None:
        body = reply.partition(b"\r\n\r\n")[2]
        pieces = b"".join(b"%x;x=y\r\n%s\r\n" % (len(piece), piece) for piece in (body[:5], body[5:]))
        peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        peer.sendall(pieces + b"0\r\n\r\n")

    def until_the_end(peer: socket.socket, reply: bytes) -> None:
        peer.sendall(b"HTTP/1.0 200 OK\r\n\r\n" + reply.partition(b"\r\n\r\n")[2])

    printer = at(pretended, clock)
    for spoil in (chunked, until_the_end):
        pretended.spoil = spoil
        assert printer.send(JOB).progress is Progress.DONE


def test_a_question_with_a_spoilt_reply_is_asked_later(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    for spoil in (garbage, half, html):
        pretended._serve = lambda port, peer, spoil=spoil: spoil(peer, b"HTTP/1.1 200 OK\r\n")
        with pytest.raises(RetryLater):
            printer.ask([asked_for()])
        condition = printer.look()
        assert not condition.is_up
        assert condition.reasons[0] == "offline"


# --- certainly not printed -----------------------------------------------------------------------------------------


def test_a_busy_printer_gets_the_job_when_it_is_free(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    pretended.statuses = [0x0507] * 3
    for _ in range(3):
        with pytest.raises(RetryLater, match="printer p: is busy"):
            printer.send(JOB)
    assert printer.send(JOB).progress is Progress.DONE
    assert pretended.printed == [JOB.name]


@pytest.mark.parametrize("status", [0x0401, 0x0402, 0x0403, 0x0404, 0x0406, 0x040B, 0x0501, 0x0502, 0x0505, 0x0506])
def test_a_refusal_is_certain_and_tried_later(pretended: PretendedPrinter, clock: Clock, status: int) -> None:
    printer = at(pretended, clock)
    pretended.statuses = [status]
    with pytest.raises(RetryLater):
        printer.send(JOB)
    assert pretended.printed == []


@pytest.mark.parametrize("status", [0x0408, 0x040A, 0x0411])
def test_a_document_that_the_printer_will_never_take_is_held(
    pretended: PretendedPrinter, clock: Clock, status: int
) -> None:
    printer = at(pretended, clock)
    pretended.statuses = [status]
    with pytest.raises(HoldOrder):
        printer.send(JOB)


@pytest.mark.parametrize("status", [0x0500, 0x0504, 0x0508, 0x1234])
def test_a_fault_that_may_have_left_a_job_behind_is_asked_about(
    pretended: PretendedPrinter, clock: Clock, status: int
) -> None:
    printer = at(pretended, clock)
    pretended.statuses = [status]
    assert printer.send(JOB).progress is Progress.UNKNOWN


@pytest.mark.parametrize(
    ("status", "told"), [("401 Unauthorized", "login"), ("426 Upgrade Required", "TLS"), ("404 Not Found", "queue")]
)
def test_a_server_that_refuses_below_ipp_took_nothing(
    pretended: PretendedPrinter, clock: Clock, status: str, told: str
) -> None:
    printer = at(pretended, clock)
    pretended._serve = lambda port, peer: peer.sendall(http_reply(b"", status))
    with pytest.raises(RetryLater, match=told):
        printer.send(JOB)


def test_a_server_that_refuses_the_size_below_ipp_holds_the_order(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    pretended.spoil = lambda peer, reply: peer.sendall(http_reply(b"", "413 Content Too Large"))
    with pytest.raises(HoldOrder):
        printer.send(JOB)


def test_a_printer_known_to_say_100_gets_no_document_without_it(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    pretended.says_100 = False
    with pytest.raises(RetryLater):
        printer.send(JOB)
    assert pretended.printed == []


def test_a_printer_that_never_says_100_gets_documents_all_the_same(clock: Clock) -> None:
    with PretendedPrinter(says_100=False) as pretended:
        printer = at(pretended, clock)
        assert printer.send(JOB).progress is Progress.DONE


def test_an_empty_document_never_leaves(pretended: PretendedPrinter, clock: Clock) -> None:
    with pytest.raises(HoldOrder, match="empty"):
        at(pretended, clock).send(Job(name="a.pdf", data=b""))


@pytest.mark.parametrize("name", ["a\r\nX: y", "a\x1b%-12345X@PJL", 'a"b', "ä.pdf", "", "a b", "a\n", "x" * 256])
def test_a_title_that_is_not_plain_reaches_no_printer(pretended: PretendedPrinter, clock: Clock, name: str) -> None:
    printer = at(pretended, clock)
    for act in (printer.prepare, printer.send):
        with pytest.raises(ValueError, match="a job's name"):
            act(Job(name=name, data=b"x"))
    assert Operation.PRINT_JOB not in pretended.asked


# --- asking --------------------------------------------------------------------------------------------------------


def before(pretended: PretendedPrinter) -> None:
    """A job that ended before ours was meant to be sent."""
    pretended.jobs.append(PretendedJob(90, "urn:uuid:90", "earlier.pdf", ended_s=pretended.up_s - 100))


def test_a_job_that_the_printer_never_got_may_be_sent_again(pretended: PretendedPrinter, clock: Clock) -> None:
    before(pretended)
    printer = at(pretended, clock)
    (first,) = printer.ask([asked_for()])
    assert first.progress is Progress.PRINTING
    assert verdict(printer, clock).progress is Progress.NOT_PRINTED


def test_a_job_that_turns_up_late_is_not_sent_again(pretended: PretendedPrinter, clock: Clock) -> None:
    """A printer that was frozen answers a question before it has read what came earlier."""
    before(pretended)
    printer = at(pretended, clock)
    printer.ask([asked_for()])
    clock.seconds += QUIET_S / 2
    printer.ask([asked_for()])
    pretended.jobs.append(PretendedJob(91, "urn:uuid:91", JOB.name))
    clock.seconds += QUIET_S / 2
    (answer,) = printer.ask([asked_for()])
    assert answer.progress is Progress.DONE


def test_a_printer_that_went_silent_in_between_is_given_its_time_again(
    pretended: PretendedPrinter, clock: Clock
) -> None:
    before(pretended)
    printer = at(pretended, clock)
    printer.ask([asked_for()])
    serve, pretended._serve = pretended._serve, lambda port, peer: None
    with pytest.raises(RetryLater):
        printer.ask([asked_for()])
    pretended._serve = serve
    clock.seconds += QUIET_S
    assert printer.ask([asked_for()])[0].progress is Progress.PRINTING
    assert verdict(printer, clock).progress is Progress.NOT_PRINTED


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda printer: printer.jobs.clear(), "forgotten"),
        (lambda printer: setattr(printer, "up_s", 5), "restarted"),
        (lambda printer: setattr(printer, "up_s", 1_795_000_000), "how long"),
        (lambda printer: setattr(printer, "up_s", 0), "restarted"),
        (lambda printer: printer.jobs.append(PretendedJob(1, "u", "")), "all its jobs"),
        (lambda printer: printer.jobs.append(PretendedJob(1, "u", JOB.name[:12])), "cut its title"),
    ],
    ids=["no history", "restarted", "time of day", "no up-time", "a job without a name", "a title cut short"],
)
def test_a_job_that_is_missing_proves_nothing_where_the_printer_may_have_lost_it(
    pretended: PretendedPrinter, clock: Clock, change: Callable[[PretendedPrinter], None], told: str
) -> None:
    before(pretended)
    change(pretended)
    answer = verdict(at(pretended, clock), clock)
    assert answer.progress is Progress.UNKNOWN
    assert told in answer.told


def test_a_printer_that_tells_only_some_of_its_jobs_proves_nothing(
    pretended: PretendedPrinter, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    before(pretended)
    monkeypatch.setattr("packslip.dispatch.ipp.roll.MOST_JOBS", 1)
    answer = verdict(at(pretended, clock), clock)
    assert (answer.progress, "all its jobs" in answer.told) == (Progress.UNKNOWN, True)


def test_a_restarted_printer_s_job_of_the_same_number_is_not_ours(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    ours = printer.send(JOB)
    pretended.restart()
    (forgotten,) = printer.ask([asked_for(receipt=ours.receipt)])
    assert forgotten.progress is Progress.UNKNOWN
    other = printer.send(Job(name="other.pdf", data=b"x"))
    assert json.loads(other.receipt)["job_id"] == json.loads(ours.receipt)["job_id"] == 1
    (answer,) = printer.ask([asked_for(receipt=ours.receipt)])
    assert (answer.progress, "restarted" in answer.told) == (Progress.UNKNOWN, True)


def test_a_printer_that_lies_about_the_name_of_a_job_of_another_uuid_is_not_believed(
    pretended: PretendedPrinter, clock: Clock
) -> None:
    printer = at(pretended, clock)
    sent = printer.send(JOB)
    pretended.jobs[0].uuid = "urn:uuid:somebody-else"
    (answer,) = printer.ask([asked_for(receipt=sent.receipt)])
    assert answer.progress is Progress.UNKNOWN


def test_a_printer_that_cuts_names_short_is_asked_by_uuid(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    sent = printer.send(JOB)
    pretended.jobs[0].name = JOB.name[:8]
    (answer,) = printer.ask([asked_for(receipt=sent.receipt)])
    assert answer.progress is Progress.DONE


def test_many_jobs_are_looked_up_at_once(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    jobs = [Job(name=f"{number}.pdf", data=b"x") for number in range(20)]
    receipts = [printer.send(job).receipt for job in jobs]
    pretended.asked.clear()
    answers = printer.ask([asked_for(job.name, text) for job, text in zip(jobs, receipts, strict=True)])
    assert {answer.progress for answer in answers} == {Progress.DONE}
    assert len(pretended.asked) == 3


def test_a_job_sent_to_the_printer_of_old_settings_is_not_asked_of_the_new(
    pretended: PretendedPrinter, clock: Clock
) -> None:
    receipt = Receipt(uri="ipp://old/ipp/print", job_id=1).text()
    (answer,) = at(pretended, clock).ask([asked_for(receipt=receipt)])
    assert (answer.progress, "another printer" in answer.told) == (Progress.UNKNOWN, True)


@pytest.mark.parametrize(
    ("state", "reasons", "begun", "progress"),
    [
        (3, ("none",), None, Progress.PRINTING),
        (4, ("job-hold-until-specified",), None, Progress.PRINTING),
        (5, ("job-printing",), 1, Progress.PRINTING),
        (6, ("printer-stopped",), 1, Progress.PRINTING),
        (7, ("job-canceled-by-user",), None, Progress.UNKNOWN),
        (7, ("job-canceled-at-device",), 1, Progress.UNKNOWN),
        (8, ("aborted-by-system",), 1, Progress.UNKNOWN),
        (8, ("aborted-by-system",), None, Progress.NOT_PRINTED),
        (8, ("document-format-error",), None, Progress.UNKNOWN),
        (9, ("job-completed-successfully",), 1, Progress.DONE),
        (9, ("job-completed-with-errors",), 1, Progress.UNKNOWN),
        (99, ("none",), 1, Progress.UNKNOWN),
    ],
)
def test_what_a_state_is_worth(
    pretended: PretendedPrinter,
    clock: Clock,
    state: int,
    reasons: tuple[str, ...],
    begun: int | None,
    progress: Progress,
) -> None:
    pretended.jobs.append(PretendedJob(1, "u", JOB.name, state, reasons, begun))
    printer = at(pretended, clock)
    receipt = Receipt(uri=pretended.uri, job_id=1, job_uuid="u").text()
    for asked in (asked_for(), asked_for(receipt=receipt)):
        (answer,) = printer.ask([asked])
        assert answer.progress is progress


def test_a_job_without_its_data_is_called_off_and_sent_again(pretended: PretendedPrinter, clock: Clock) -> None:
    pretended.jobs.append(PretendedJob(1, "u", JOB.name, 4, ("job-data-insufficient",), None, None))
    printer = at(pretended, clock)
    (first,) = printer.ask([asked_for()])
    assert (first.progress, pretended.jobs[0].state) == (Progress.PRINTING, 4)
    assert verdict(printer, clock).progress is Progress.NOT_PRINTED
    assert pretended.jobs[0].state == 7


def test_a_document_that_broke_off_is_not_done_because_the_printer_says_so(
    pretended: PretendedPrinter, clock: Clock
) -> None:
    pretended.jobs.append(PretendedJob(1, "u", JOB.name))
    receipt = Receipt(uri=pretended.uri, broke_off=True).text()
    printer = at(pretended, clock)
    pretended.jobs[0].state = 5
    (answer,) = printer.ask([asked_for(receipt=receipt)])
    assert answer.progress is Progress.PRINTING
    pretended.jobs[0].state = 9
    for text in (receipt, answer.receipt):
        (ended,) = printer.ask([asked_for(receipt=text)])
        assert (ended.progress, "not all of it" in ended.told) == (Progress.UNKNOWN, True)


def test_a_printer_that_stops_reading_breaks_the_document_off(pretended: PretendedPrinter, clock: Clock) -> None:
    hold = threading.Event()

    def stop_reading(port: object, peer: socket.socket) -> None:
        peer.recv(1000)
        peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        hold.wait(20)

    printer = at(pretended, clock)
    pretended._serve = stop_reading
    sent = printer.send(Job(name=JOB.name, data=bytes(30_000_000)))
    hold.set()
    assert sent.progress is Progress.UNKNOWN
    receipt = read_receipt(sent.receipt)
    assert receipt
    assert receipt.broke_off


@given(st.text(max_size=60) | st.sampled_from(['{"uri":1}', "[]", '{"uri":"u","job_id":"x"}', "null", "[[[" * 9]))
def test_any_text_is_a_receipt_or_none(text: str) -> None:
    receipt = read_receipt(text)
    assert receipt is None or read_receipt(receipt.text()) == receipt


# --- how it is -----------------------------------------------------------------------------------------------------


def state(code: int, *reasons: str, accepting: bool = True) -> tuple[object, ...]:
    return (
        attribute("operations-supported", Tag.ENUM, 2, 9, 10, 11),
        attribute("document-format-supported", Tag.MIME_TYPE, "application/pdf"),
        attribute("printer-state", Tag.ENUM, code),
        attribute("printer-state-reasons", Tag.KEYWORD, *reasons),
        attribute("printer-is-accepting-jobs", Tag.BOOLEAN, accepting),
    )


@pytest.mark.parametrize(
    ("code", "reasons", "is_up", "told"),
    [
        (3, ("none",), True, None),
        (4, ("none",), True, None),
        (5, ("none",), False, "stopped"),
        (5, ("paused",), False, "paused"),
        (3, ("media-low-report",), True, "paper low"),
        (3, ("media-empty-warning",), True, "out of paper"),
        (4, ("media-empty-warning", "media-needed-warning"), False, "needs paper"),
        (5, ("media-empty-error",), False, "out of paper"),
        (4, ("media-jam-error",), False, "jam"),
        (3, ("media-jam",), False, "jam"),
        (3, ("cover-open-error",), False, "cover open"),
        (3, ("toner-empty-error",), False, "out of toner"),
        (3, ("toner-low-warning",), True, "toner low"),
        (3, ("moving-to-paused",), True, "being paused"),
        (3, ("offline-report",), False, "offline"),
        (3, ("shutdown",), False, "switched off"),
        (3, ("spool-area-full-warning",), False, "its disk is full"),
        (3, ("com.vendor.odd-thing-error",), True, "com.vendor.odd thing"),
        (3, ("\x1b[2J<script>",), True, "2j script"),
    ],
)
def test_reasons_are_told_in_plain_words(
    pretended: PretendedPrinter, clock: Clock, code: int, reasons: tuple[str, ...], is_up: bool, told: str | None
) -> None:
    pretended.able = state(code, *reasons)  # type: ignore[assignment]
    condition = at(pretended, clock).look()
    assert condition.is_up is is_up
    assert condition.reasons == () if told is None else told in condition.reasons


def test_jobs_in_the_queue_and_a_closed_queue_are_told(pretended: PretendedPrinter, clock: Clock) -> None:
    pretended.able = (*state(3, "none", accepting=False), attribute("queued-job-count", Tag.INTEGER, 4))  # type: ignore[assignment]
    printer = at(pretended, clock)
    assert printer.look().reasons == ("takes no jobs now", "busy: 4 in its queue")
    with pytest.raises(RetryLater, match="takes no jobs now"):
        printer.prepare(JOB)
    pretended.able = state(3, "none")  # type: ignore[assignment]
    printer.prepare(JOB)
    assert printer.look().is_up


def test_preparing_finds_a_printer_that_has_gone(pretended: PretendedPrinter, clock: Clock) -> None:
    printer = at(pretended, clock)
    printer.prepare(JOB)
    pretended.close()
    clock.seconds += 60
    with pytest.raises(RetryLater, match="connection refused"):
        printer.prepare(JOB)


def test_an_unknown_host_was_sent_nothing(clock: Clock) -> None:
    printer = IppPrinter("p", ipp_settings("ipp://no-such-host.invalid/ipp/print"), A4)
    with pytest.raises(RetryLater, match="name is not known"):
        printer.send(JOB)


def test_a_printer_of_the_first_edition_is_spoken_to_in_it(pretended: PretendedPrinter, clock: Clock) -> None:
    reply = pretended.reply

    def old(request: Message) -> Message:
        if request.version != (1, 1):
            return Message(code=0x0503, request_id=request.request_id)
        return reply(request)

    pretended.reply = old  # type: ignore[method-assign]
    assert at(pretended, clock).send(JOB).progress is Progress.DONE


# --- the promise, over every history -------------------------------------------------------------------------------


class History:
    """A printer that keeps a few ended jobs, or all for a while, and may be switched off; without any network."""

    def __init__(self, keeps: int, keeps_s: float | None) -> None:
        self.keeps, self.keeps_s = keeps, keeps_s
        self.now_s, self.started_s = 1000.0, 0.0
        self.jobs: list[PretendedJob] = []
        self.printed: list[str] = []

    def up_s(self) -> int:
        return max(1, int(self.now_s - self.started_s))

    def print(self, name: str) -> None:
        up_s = self.up_s()
        self.jobs.append(PretendedJob(len(self.jobs) + 1, f"u{self.now_s}-{name}", name, ended_s=up_s))
        self.printed.append(name)

    def known(self) -> list[PretendedJob]:
        young = [j for j in self.jobs if self.keeps_s is None or self.up_s() - (j.ended_s or 0) <= self.keeps_s]
        return young[-self.keeps :] if self.keeps else []

    def restart(self) -> None:
        self.started_s, self.jobs = self.now_s, []

    def call(self, operation: int, asked: object = (), **more: object) -> Message:
        pretended = object.__new__(PretendedPrinter)
        pretended.jobs, pretended.up_s, pretended.able = self.known(), self.up_s(), ()
        return pretended.reply(
            Message(code=operation, request_id=1, groups=(Group(GroupTag.OPERATION, Attributes(tuple(asked))),))  # type: ignore[arg-type]
        )


STEPS = st.lists(
    st.one_of(
        st.just("other"),
        st.just("restart"),
        st.floats(0, 300).map(lambda seconds: ("wait", seconds)),
    ),
    max_size=12,
)


@given(
    keeps=st.integers(0, 4),
    keeps_s=st.none() | st.floats(1, 200),
    earlier=STEPS,
    later=STEPS,
    ours=st.booleans(),
    steps_of_the_clock=st.floats(-20, 20),
)
def test_what_is_proved_unprinted_was_never_printed(
    keeps: int, keeps_s: float | None, earlier: list[object], later: list[object], ours: bool, steps_of_the_clock: float
) -> None:
    """Whatever the printer forgets, and however it is switched off: sent again only what it never printed.

    Our own clock may have been set by up to 20 s meanwhile.
    """
    history = History(keeps, keeps_s)
    count = 0

    def live(steps: list[object]) -> None:
        nonlocal count
        for step in steps:
            match step:
                case "other":
                    count += 1
                    history.print(f"other-{count}")
                case "restart":
                    history.restart()
                case ("wait", float(seconds)):
                    history.now_s += seconds

    live(earlier)
    intended_at = NOON + timedelta(seconds=history.now_s)
    if ours:
        history.print(JOB.name)
    live(later)
    printer = IppPrinter(
        "p",
        ipp_settings("ipp://127.0.0.1/"),
        A4,
        now=lambda: NOON + timedelta(seconds=history.now_s + steps_of_the_clock),
        elapsed=lambda: history.now_s,
    )
    printer._client = printer._inquiry.client = history  # type: ignore[assignment]
    history.uri = "ipp://127.0.0.1/"  # type: ignore[attr-defined]
    asked = Asked(name=JOB.name, intended_at=intended_at)
    printer.ask([asked])
    history.now_s += QUIET_S
    (answer,) = printer.ask([asked])
    if answer.progress is Progress.NOT_PRINTED:
        assert JOB.name not in history.printed
    if answer.progress is Progress.DONE:
        assert JOB.name in history.printed
