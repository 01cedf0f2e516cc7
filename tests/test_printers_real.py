"""Real printers: ippeveprinter and cupsd from Debian's packages, with ipptool as the judge of what we say."""

import hashlib
import os
import signal
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from printer_kit import (
    A4,
    LETTER,
    Cupsd,
    EvePrinter,
    RawPort,
    Relay,
    ipp_settings,
    ipptool,
    need,
    scratch,
    until,
)

from packslip.dispatch.ipp import IppPrinter
from packslip.dispatch.ipp.http import Expect
from packslip.dispatch.ipp.printer import QUIET_S
from packslip.dispatch.printer import Asked, Job, Progress, Sent
from packslip.errors import RetryLater
from packslip.files import sha256
from packslip.settings import MediaSettings

NUMBERS = count(1)
PDF = b"%PDF-1.7\n" + bytes(range(256)) * 40 + b"\n%%EOF\n"


def make_job(data: bytes = PDF) -> Job:
    number = next(NUMBERS)
    return Job(name=f"ORDER-{number}-1-{os.getpid():08x}.pdf", data=data + b"%d" % number)


def now() -> datetime:
    return datetime.now(UTC)


class Clock:
    """Time that tests move on, beside the real one."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def elapsed(self) -> float:
        return now().timestamp() + self.ahead_s


def printer_at(uri: str, media: MediaSettings = A4, clock: Clock | None = None, **settings: object) -> IppPrinter:
    return IppPrinter("p", ipp_settings(uri, **settings), media, elapsed=(clock or Clock()).elapsed)


def ended(printer: IppPrinter, job: Job, sent: Sent) -> Sent:
    """What became of a job at last."""
    asked = Asked(name=job.name, intended_at=now(), receipt=sent.receipt)

    def look() -> Sent | None:
        (answer,) = printer.ask([asked])
        return None if answer.progress is Progress.PRINTING else answer

    return until(look)


def send_when_free(printer: IppPrinter, job: Job) -> Sent:
    """Sent as a dispatcher does: tried again while the printer is busy."""

    def attempt() -> Sent | None:
        try:
            return printer.send(job)
        except RetryLater:
            return None

    return until(attempt)


# --- ippeveprinter -------------------------------------------------------------------------------------------------


def test_bytes_arrive_as_they_are_one_after_another_in_order(eve: EvePrinter) -> None:
    printer = printer_at(eve.uri)
    jobs = [make_job(PDF * size) for size in (1, 2, 200, 1, 3, 1)]
    for job in jobs:
        printer.prepare(job)
        assert ended(printer, job, send_when_free(printer, job)).progress is Progress.DONE
    assert eve.printed() == [job.name for job in jobs]
    assert [sha256(eve.bytes_of(job.name)) for job in jobs] == [sha256(job.data) for job in jobs]


def test_a_busy_printer_is_tried_again_and_prints_once(eve: EvePrinter) -> None:
    slow = eve.does("slow")
    printer = printer_at(eve.uri)
    first, second = make_job(), make_job(PDF * 300)
    sent = printer.send(first)
    assert sent.progress is Progress.PRINTING
    for _ in range(3):
        with pytest.raises(RetryLater, match="is busy"):
            printer.send(second)
    slow.unlink()
    assert ended(printer, first, sent).progress is Progress.DONE
    assert ended(printer, second, send_when_free(printer, second)).progress is Progress.DONE
    assert eve.printed() == [first.name, second.name]


def test_ipptool_reads_in_a_job_what_the_settings_say(eve: EvePrinter, tmp_path: Path) -> None:
    slow = eve.does("slow")
    job = make_job()
    printer = printer_at(eve.uri, LETTER, copies=3, colour="monochrome", resolution_dpi=600, output_bin="face-down")
    sent = printer.send(job)
    asked = """{
        OPERATION Get-Job-Attributes
        GROUP operation-attributes-tag
        ATTR charset attributes-charset utf-8
        ATTR language attributes-natural-language en
        ATTR uri printer-uri $uri
        ATTR integer job-id 1
        STATUS successful-ok
        EXPECT job-originating-user-name WITH-VALUE "packslip"
        EXPECT document-format-supplied WITH-VALUE "application/pdf"
        EXPECT copies OF-TYPE integer WITH-VALUE 3
        EXPECT sides OF-TYPE keyword WITH-VALUE "one-sided"
        EXPECT print-color-mode OF-TYPE keyword WITH-VALUE "monochrome"
        EXPECT printer-resolution OF-TYPE resolution WITH-VALUE 600dpi
        EXPECT output-bin OF-TYPE keyword WITH-VALUE "face-down"
        EXPECT media-col OF-TYPE collection
    }"""
    told = ipptool(eve.uri, asked, folder=tmp_path)
    assert f"job-name (nameWithoutLanguage) = {job.name}\n" in told
    assert "media-size={x-dimension=21590 y-dimension=27940}" in told
    assert "media-source=main" in told
    slow.unlink()
    assert ended(printer, job, sent).progress is Progress.DONE


def test_ipptool_passes_its_own_tests_on_the_printer_that_we_speak_to(eve: EvePrinter, tmp_path: Path) -> None:
    """The same server, by the same requests, is sound: what we prove against it is worth something."""
    document = tmp_path / "a.pdf"
    document.write_bytes(PDF)
    for test in ("get-printer-attributes.test", "validate-job.test", "print-job.test", "get-jobs.test"):
        assert "[PASS]" in ipptool(eve.uri, test, "-f", str(document), "-d", "filetype=application/pdf")


def test_what_the_printer_cannot_do_is_said_before_anything_is_sent(eve: EvePrinter) -> None:
    wrong = printer_at(
        eve.uri,
        MediaSettings(width_mm=100, height_mm=100),
        duplex="long",
        colour="colour",
        resolution_dpi=1200,
        output_bin="tray-9",
        copies=99,
    )
    found = {str(item.where).rpartition(".")[2]: str(item) for item in wrong.findings()}
    assert "one-sided" in found["duplex"]
    assert "monochrome" in found["colour"]
    assert "600 dpi" in found["resolution_dpi"]
    assert "face-down" in found["output_bin"]
    assert "100 × 100 mm" in found["media"]
    assert "copies" not in found
    assert not wrong.look().is_up
    with pytest.raises(RetryLater, match="cannot print both sides"):
        wrong.send(make_job())
    assert eve.printed() == []


def test_a_format_that_the_printer_does_not_take_is_said_before_anything_is_sent(eve: EvePrinter) -> None:
    label = MediaSettings.model_validate({"width_mm": 210, "height_mm": 297, "dots_per_mm": 8, "profile": "thermal"})
    for language, told in (("png", "does not take image/png"), ("pwg-raster", "no raster of 203 dpi")):
        printer = printer_at(eve.uri, label, language=language)
        with pytest.raises(RetryLater, match=told):
            printer.send(make_job())
    zpl = printer_at(eve.uri, label, language="zpl")
    assert any("application/octet-stream" in str(item) for item in zpl.findings())


def test_out_of_paper_is_seen_and_the_job_waits_in_the_printer(eve: EvePrinter) -> None:
    empty = eve.does("empty")
    printer, job = printer_at(eve.uri), make_job()
    sent = printer.send(job)
    condition = until(lambda: None if printer.look().is_up else printer.look())
    assert set(condition.reasons) >= {"out of paper", "needs paper"}
    (asked,) = printer.ask([Asked(name=job.name, intended_at=now(), receipt=sent.receipt)])
    assert asked.progress is Progress.PRINTING
    empty.unlink()
    assert ended(printer, job, sent).progress is Progress.DONE
    assert until(lambda: printer.look().is_up)
    assert eve.printed() == [job.name]


def test_a_jam_leaves_a_job_that_nobody_can_be_sure_of(eve: EvePrinter) -> None:
    jam = eve.does("jam")
    printer, job = printer_at(eve.uri), make_job()
    answer = ended(printer, job, printer.send(job))
    assert answer.progress is Progress.UNKNOWN
    assert "given up by the printer" in answer.told
    assert "jam" in printer.look().reasons
    jam.unlink()


def test_a_frozen_printer_has_the_request_in_its_ears_and_prints_it_once(eve: EvePrinter) -> None:
    """One that does not say 100 has the whole request already: only asking can tell."""
    printer = printer_at(eve.uri, answer_s=0.7)
    printer.findings()
    printer._client._expect = Expect.NEVER
    eve.process.signal(signal.SIGSTOP)
    job = make_job()
    sent = printer.send(job)
    assert (sent.progress, sent.receipt) == (Progress.UNKNOWN, "")
    assert printer.look().reasons[0] == "offline"
    asked = Asked(name=job.name, intended_at=now())
    with pytest.raises(RetryLater):
        printer.ask([asked])
    eve.process.signal(signal.SIGCONT)
    assert ended(printer_at(eve.uri), job, sent).progress is Progress.DONE
    assert eve.printed() == [job.name]


def test_a_lost_reply_is_found_again_by_the_job_s_name(eve: EvePrinter) -> None:
    with Relay(eve.port, spoil="drop") as relay:
        _, job = lost_on(relay)
    printer = printer_at(eve.uri)
    (answer,) = printer.ask([Asked(name=job.name, intended_at=now())])
    assert answer.receipt
    assert ended(printer, job, answer).progress is Progress.DONE
    assert eve.printed() == [job.name]


def test_a_request_that_was_cut_in_the_middle_was_not_printed_and_is_sent_again(eve: EvePrinter) -> None:
    with Relay(eve.port, spoil="cut") as relay:
        sent, job = lost_on(relay, data=PDF * 100)
    printer = printer_at(eve.uri)
    assert ended(printer, job, sent).progress is Progress.NOT_PRINTED
    assert ended(printer, job, send_when_free(printer, job)).progress is Progress.DONE
    assert eve.printed() == [job.name]


def test_a_sender_that_is_killed_over_a_document_leaves_no_half_of_it_behind(eve: EvePrinter) -> None:
    """A printer that sees a request end in peace prints what it has; this one sees it reset."""
    name = "KILLED-1-1-0a0b0c0d.pdf"
    script = f"""
import os, signal
from packslip.dispatch.ipp import IppPrinter, client, http
from packslip.dispatch.printer import Job
from packslip.dispatch.wire import Line
from printer_kit import A4, ipp_settings

printer = IppPrinter("p", ipp_settings({eve.uri!r}), A4)
printer.findings()
send = Line.send


def half(line, data, wait_s):
    if len(data) < 100_000:
        return send(line, data, wait_s)
    send(line, data[: len(data) // 2], wait_s)
    os.kill(os.getpid(), signal.SIGKILL)


Line.send = half
printer.send(Job(name={name!r}, data=b"%PDF-1.7" * 100_000))
"""
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent.parent), str(Path(__file__).parent)])}
    done = subprocess.run([sys.executable, "-c", script], env=env, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    printer = printer_at(eve.uri)
    asked = Asked(name=name, intended_at=now())
    answer = until(
        lambda: next((each for each in printer.ask([asked]) if each.progress is not Progress.PRINTING), None)
    )
    assert answer.progress is Progress.NOT_PRINTED, answer
    assert eve.printed() == []


def test_a_job_that_never_came_is_proved_unprinted_by_a_printer_that_remembers(eve: EvePrinter) -> None:
    """It has been up, and still tells of a job before: it cannot have printed one that it does not know."""
    clock = Clock()
    printer, before = printer_at(eve.uri, clock=clock), make_job()
    asked = Asked(name="NEVER-1-1-00000000.pdf", intended_at=now() + timedelta(seconds=40))

    def verdict() -> Sent:
        (first,) = printer.ask([asked])
        assert first.progress is Progress.PRINTING
        clock.ahead_s += QUIET_S
        (second,) = printer.ask([asked])
        return second

    assert "forgotten" in verdict().told
    until(lambda: printer.look().is_up and printer._inquiry._up_s)  # a job that ended in its first second has no time
    assert ended(printer, before, printer.send(before)).progress is Progress.DONE
    assert verdict().progress is Progress.NOT_PRINTED
    asked = Asked(name=asked.name, intended_at=now())
    assert "restarted" in verdict().told


def lost_on(relay: Relay, data: bytes = PDF, answer_s: float = 8.0) -> tuple[Sent, Job]:
    """A job whose outcome is not known, sent through a relay."""
    printer, job = printer_at(f"ipp://127.0.0.1:{relay.port}/ipp/print", answer_s=answer_s), make_job(data)
    sent = printer.send(job)
    assert (sent.progress, sent.receipt) == (Progress.UNKNOWN, "")
    return sent, job


def test_a_printer_that_was_restarted_takes_no_other_job_for_ours(eve: EvePrinter) -> None:
    printer, old = printer_at(eve.uri), make_job()
    sent = printer.send(old)
    assert ended(printer, old, sent).progress is Progress.DONE
    eve.restart()
    (answer,) = printer.ask([Asked(name=old.name, intended_at=now(), receipt=sent.receipt)])
    assert answer.progress is Progress.UNKNOWN
    assert "forgot it" in answer.told
    new = make_job()
    again = send_when_free(printer, new)
    assert '"job_id":1,' in sent.receipt
    assert '"job_id":1,' in again.receipt
    (answer,) = printer.ask([Asked(name=old.name, intended_at=now(), receipt=sent.receipt)])
    assert answer.progress is Progress.UNKNOWN
    assert "restarted" in answer.told
    assert ended(printer, new, again).progress is Progress.DONE


def test_a_printer_that_was_killed_is_away_and_comes_back(eve: EvePrinter) -> None:
    printer, job = printer_at(eve.uri, answer_s=2.0), make_job()
    printer.findings()
    eve.process.kill()
    for act in (lambda: printer.send(job), lambda: printer.ask([Asked(name=job.name, intended_at=now())])):
        with pytest.raises(RetryLater, match="connection refused"):
            act()
    assert printer.look().reasons == ("offline", "connection refused")
    eve.start()
    assert printer.look().is_up
    assert ended(printer, job, printer.send(job)).progress is Progress.DONE
    assert eve.printed() == [job.name]


def test_tls_with_the_fingerprint_of_a_certificate_that_nobody_signed(eve: EvePrinter) -> None:
    shown = ssl.PEM_cert_to_DER_cert(ssl.get_server_certificate(("127.0.0.1", eve.port)))
    uri, job = eve.uri.replace("ipp:", "ipps:"), make_job()
    printer = printer_at(uri, fingerprint=hashlib.sha256(shown).hexdigest())
    assert ended(printer, job, send_when_free(printer, job)).progress is Progress.DONE
    assert eve.bytes_of(job.name) == job.data
    for wrong, told in (("0" * 64, hashlib.sha256(shown).hexdigest()), ("", "not trusted")):
        with pytest.raises(RetryLater, match=told):
            printer_at(uri, fingerprint=wrong).send(make_job())
    assert eve.printed() == [job.name]


# --- CUPS ----------------------------------------------------------------------------------------------------------


def test_bytes_go_through_a_queue_of_cups_to_a_raw_port_as_they_are(cupsd: Cupsd) -> None:
    with RawPort() as port:
        uri = cupsd.add_queue("RAW", f"{port.uri}/?waiteof=true")
        printer = printer_at(uri)
        jobs = [make_job(PDF * size) for size in (1, 60, 2)]
        sent = [printer.send(job) for job in jobs]
        assert all(ended(printer, job, one).progress is Progress.DONE for job, one in zip(jobs, sent, strict=True))
        assert port.received == [job.data for job in jobs]


def test_bytes_go_through_a_queue_of_cups_to_an_ipp_printer_as_they_are(cupsd: Cupsd, eve: EvePrinter) -> None:
    printer, job = printer_at(cupsd.add_queue("EVE", eve.uri)), make_job()
    assert ended(printer, job, printer.send(job)).progress is Progress.DONE
    (paper,) = until(lambda: [path for path in eve.paper.iterdir() if not path.name.startswith(".")])
    assert paper.read_bytes() == job.data


def test_a_frozen_cups_is_found_out_before_the_document_leaves(cupsd: Cupsd) -> None:
    """It says 100 where it lives, so without one it gets nothing."""
    with RawPort() as port:
        printer = printer_at(cupsd.add_queue("RAW", port.uri), answer_s=0.7)
        printer.findings()
        cupsd.process.signal(signal.SIGSTOP)
        job = make_job()
        with pytest.raises(RetryLater, match="gives no answer"):
            printer.send(job)
        cupsd.process.signal(signal.SIGCONT)
        assert ended(printer, job, send_when_free(printer, job)).progress is Progress.DONE
        assert port.received == [job.data]


def test_a_cups_that_freezes_over_a_document_is_asked_later_and_prints_once(cupsd: Cupsd) -> None:
    with RawPort() as port:
        printer = printer_at(cupsd.add_queue("RAW", port.uri), answer_s=0.7)
        with Relay(cupsd.port, spoil="freeze", freeze=lambda: cupsd.process.signal(signal.SIGSTOP)) as relay:
            through = printer_at(f"ipp://127.0.0.1:{relay.port}/printers/RAW", answer_s=0.7)
            job = make_job()
            sent = through.send(job)
        assert (sent.progress, sent.receipt) == (Progress.UNKNOWN, "")
        with pytest.raises(RetryLater):
            printer.ask([Asked(name=job.name, intended_at=now())])
        cupsd.process.signal(signal.SIGCONT)
        assert ended(printer, job, sent).progress is Progress.DONE
        assert port.received == [job.data]


def test_jobs_that_cups_had_taken_outlive_its_death_and_are_told_by_their_receipts(cupsd: Cupsd, nobody: str) -> None:
    uri = cupsd.add_queue("RAW", nobody)
    printer = printer_at(uri)
    jobs = [make_job() for _ in range(3)]
    receipts = [printer.send(job).receipt for job in jobs]
    saved = cupsd.folder / "cache" / "job.cache"
    until(lambda: saved.exists() and saved.read_text().count("<Job") >= 3)
    cupsd.restart()
    asked = [Asked(name=job.name, intended_at=now(), receipt=text) for job, text in zip(jobs, receipts, strict=True)]
    assert [answer.progress for answer in printer.ask(asked)] == [Progress.PRINTING] * 3
    by_name = [Asked(name=job.name, intended_at=now()) for job in jobs]
    assert [answer.receipt for answer in printer.ask(by_name)] != [""] * 3


def test_jobs_that_cups_lost_in_its_death_are_nobody_s_to_resend(nobody: str) -> None:
    """As Debian sets it up, cupsd puts a job on record half a minute after it took it."""
    need("cupsd", "lpadmin")
    with scratch() as folder:
        server = Cupsd(folder, dirty_clean_s=30)
        try:
            server.start()
            clock = Clock()
            printer = printer_at(server.add_queue("RAW", nobody), clock=clock)
            jobs = [make_job() for _ in range(2)]
            asked = [Asked(name=job.name, intended_at=now(), receipt=printer.send(job).receipt) for job in jobs]
            server.restart()
            server.add_queue("RAW", nobody)  # it was as young as its jobs
            assert {answer.progress for answer in printer.ask(asked)} == {Progress.UNKNOWN}
            nameless = [Asked(name=job.name, intended_at=now()) for job in jobs]
            printer.ask(nameless)
            clock.ahead_s = QUIET_S
            assert {answer.progress for answer in printer.ask(nameless)} == {Progress.UNKNOWN}
        finally:
            server.process.kill()


def test_that_cups_does_not_know_a_job_proves_nothing(cupsd: Cupsd) -> None:
    """It tells the time of day for how long it has been up, and loses young jobs when it is killed."""
    clock = Clock()
    with RawPort() as port:
        printer = printer_at(cupsd.add_queue("RAW", port.uri), clock=clock)
        before = make_job()
        assert ended(printer, before, printer.send(before)).progress is Progress.DONE
        asked = Asked(name="never-sent.pdf", intended_at=now() + timedelta(seconds=40))
        printer.ask([asked])
        clock.ahead_s = QUIET_S
        (answer,) = printer.ask([asked])
    assert answer.progress is Progress.UNKNOWN
    assert "how long it has been up" in answer.told


def test_a_paused_queue_keeps_the_job_and_says_so(cupsd: Cupsd) -> None:
    with RawPort() as port:
        printer, job = printer_at(cupsd.add_queue("RAW", port.uri)), make_job()
        cupsd.admin("cupsdisable", "RAW")
        sent = printer.send(job)
        condition = printer.look()
        assert not condition.is_up
        assert "paused" in condition.reasons
        cupsd.admin("cupsenable", "RAW")
        assert ended(printer, job, sent).progress is Progress.DONE
        assert port.received == [job.data]


def test_a_queue_that_takes_no_jobs_is_tried_later(cupsd: Cupsd, nobody: str) -> None:
    printer = printer_at(cupsd.add_queue("RAW", nobody))
    cupsd.admin("cupsreject", "RAW")
    with pytest.raises(RetryLater, match="takes no jobs now"):
        printer.prepare(make_job())
    with pytest.raises(RetryLater):
        printer.send(make_job())
    with pytest.raises(RetryLater, match="no such queue"):
        printer_at(f"ipp://127.0.0.1:{cupsd.port}/printers/OTHER").send(make_job())


def test_a_job_cancelled_by_a_person_is_not_sent_again_by_itself(cupsd: Cupsd, nobody: str) -> None:
    uri = cupsd.add_queue("RAW", nobody)
    printer, job = printer_at(uri), make_job()
    cupsd.admin("cupsdisable", "RAW")
    sent = printer.send(job)
    cupsd.admin("cancel", "-a")
    answer = ended(printer, job, sent)
    assert answer.progress is Progress.UNKNOWN
    assert "cancelled" in answer.told


@pytest.fixture
def nobody() -> Iterator[str]:
    """The URI of a port where nobody listens, nor will."""
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        yield f"socket://127.0.0.1:{peer.getsockname()[1]}"
