"""Raw ports: done only where the printer read to the end and said so; nothing is opened but to print."""

import os
import signal
import socket
import subprocess
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from printer_kit import A4, LETTER, RawPort, reset, until
from pydantic import ValidationError

from packslip.dispatch.dispatcher import tray_name
from packslip.dispatch.ipp import IppPrinter
from packslip.dispatch.ipp.printer import check_name
from packslip.dispatch.opening import check_printer, open_printer, paper_of
from packslip.dispatch.printer import Asked, Job, Progress
from packslip.dispatch.raw_socket import UEL, SocketPrinter
from packslip.errors import HoldOrder, RetryLater, WorkspaceError
from packslip.ledger import ParcelRef
from packslip.model import OrderKey
from packslip.printers import PrinterSettings
from packslip.settings import Settings

JOB = Job(name="ORDER-1-1-0a0b0c0d.pdf", data=b"%PDF-1.7\n" + bytes(range(256)) * 4000)
SMALL = Job(name="ORDER-2-1-0a0b0c0d.pdf", data=b"^XA^XZ" * 300)


def printer_at(uri: str, **settings: object) -> SocketPrinter:
    chosen = {"kind": "socket", "uri": uri, "media": "a4", "language": "pdf", "answer_s": 0.6, **settings}
    return SocketPrinter("p", PrinterSettings.model_validate(chosen))


def test_a_document_that_was_read_to_the_end_is_done_byte_for_byte() -> None:
    with RawPort() as port:
        printer = printer_at(port.uri)
        for job in (JOB, SMALL):
            printer.prepare(job)
            assert printer.send(job).progress is Progress.DONE
        assert port.received == [JOB.data, SMALL.data]
        assert port.connections == 2


def test_the_preamble_goes_before_and_an_exit_behind_each_document() -> None:
    with RawPort() as port:
        printer = printer_at(port.uri, preamble="@PJL SET MEDIASOURCE=TRAY2\n  @PJL ENTER LANGUAGE=PDF\n")
        assert printer.send(SMALL).progress is Progress.DONE
        lines = b"@PJL SET MEDIASOURCE=TRAY2\r\n@PJL ENTER LANGUAGE=PDF\r\n"
        assert port.received == [UEL + lines + SMALL.data + UEL]


def reads_and_resets(port: RawPort, peer: socket.socket) -> None:
    peer.recv(1000)
    reset(peer)


def never_reads(port: RawPort, peer: socket.socket) -> None:
    STOP.wait(10)


def reads_all_and_stays(port: RawPort, peer: socket.socket) -> None:
    port.swallow(peer)
    STOP.wait(10)


def reads_a_little(port: RawPort, peer: socket.socket) -> None:
    """So slowly that it would take for ever, but never quite standing still."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
    while not STOP.wait(0.05):
        peer.recv(64)


def talks_without_end(port: RawPort, peer: socket.socket) -> None:
    while True:
        peer.sendall(b"@PJL USTATUS\r\n" * 1000)


STOP = threading.Event()


@pytest.mark.parametrize("job", [JOB, SMALL], ids=["large", "small"])
@pytest.mark.parametrize("serve", [reads_and_resets, never_reads, reads_all_and_stays, talks_without_end])
def test_whatever_else_happens_is_unknown_and_is_told_in_time(serve: object, job: Job) -> None:
    with RawPort(serve) as port:  # type: ignore[arg-type]
        printer = printer_at(port.uri)
        sent = printer.send(job)
        assert sent.progress is Progress.UNKNOWN
        assert "bytes had left" in sent.told
        condition = printer.look()
        assert condition.is_up
        assert condition.reasons[0].startswith("the printer ")
        assert port.connections == 1
    STOP.set()
    STOP.clear()


def test_a_printer_that_only_just_reads_is_given_up_in_the_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("packslip.dispatch.wire.SLOWEST", 100_000_000)
    with RawPort(reads_a_little) as port:
        sent = printer_at(port.uri).send(Job(name="a.pdf", data=bytes(20_000_000)))
        assert (sent.progress, "takes no more data" in sent.told) == (Progress.UNKNOWN, True)
    STOP.set()
    STOP.clear()


def test_a_refused_connection_sent_nothing_and_is_tried_before_the_printer_is_called_up() -> None:
    with RawPort() as port:
        gone = port.uri
    printer = printer_at(gone)
    assert printer.look().is_up
    with pytest.raises(RetryLater, match="printer p: connection refused"):
        printer.send(JOB)
    assert printer.look().reasons == ("offline", "connection refused")
    with RawPort() as port:
        printer._address = printer_at(port.uri)._address
        assert printer.look().is_up
        until(lambda: port.received)
        assert printer.look().is_up
        assert (port.connections, port.received) == (1, [b""])


def test_an_unknown_host_sent_nothing() -> None:
    with pytest.raises(RetryLater, match="name is not known"):
        printer_at("socket://no-such-host.invalid").send(JOB)


def test_nothing_is_opened_to_look_to_prepare_or_to_ask() -> None:
    with RawPort() as port:
        printer = printer_at(port.uri)
        printer.prepare(JOB)
        printer.look()
        printer.withdraw(JOB.name)
        (answer,) = printer.ask([Asked(name=JOB.name, intended_at=datetime.now(UTC))])
        assert answer.progress is Progress.UNKNOWN
        printer.settle()
        printer.close()
        assert printer.path(JOB.name) is None
        assert port.connections == 0


@pytest.mark.parametrize("data", [b"", b"%PDF" + UEL + b"@PJL DMINFO", UEL, b"x" * 9 + UEL])
def test_a_document_that_is_empty_or_talks_to_the_printer_never_leaves(data: bytes) -> None:
    with RawPort() as port:
        with pytest.raises(HoldOrder):
            printer_at(port.uri).send(Job(name="a.pdf", data=data))
        assert port.connections == 0


@given(order=st.text(max_size=80), store=st.text(max_size=20))
def test_whatever_an_order_is_called_its_job_is_named_in_plain_letters(order: str, store: str) -> None:
    """Titles go into IPP requests and onto displays, and into nothing else: a raw port gets none."""
    key = OrderKey(store=store, order_id=f"\x1b%-12345X@PJL {order}\r\n", parcel=1)
    name = tray_name(ParcelRef(key=key), "0" * 64, 1)
    assert all(letter.isascii() and (letter.isalnum() or letter in "._-") for letter in name)
    check_name(name)


def test_a_sender_that_is_killed_over_a_document_does_not_end_it_in_peace() -> None:
    """The printer sees a reset, not an end, so it can throw the half away."""
    ends: list[str] = []
    ended = threading.Event()

    def watch(port: RawPort, peer: socket.socket) -> None:
        try:
            while peer.recv(65_536):
                pass
            ends.append("end")
        except ConnectionResetError:
            ends.append("reset")
        ended.set()

    with RawPort(watch) as port:
        script = f"""
import os, signal
from packslip.dispatch.wire import Address, connect
line = connect(Address(host="127.0.0.1", port={port.port}), 5)
line.send(b"x" * 1000, 5)
os.kill(os.getpid(), signal.SIGKILL)
"""
        env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent.parent)}
        done = subprocess.run([sys.executable, "-c", script], env=env, timeout=60, check=False)
        assert done.returncode == -signal.SIGKILL
        assert ended.wait(20)
    assert ends == ["reset"]


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"uri": "socket://host:99999"}, "uri"),
        ({"uri": "socket://host:0"}, "uri"),
        ({"uri": "socket://host/queue"}, "wants socket://host"),
        ({"uri": "socket://[::1"}, "uri"),
        ({"uri": "socket://me:secret@host"}, "no login"),
        ({"uri": "ipp://host/a b", "kind": "ipp"}, "uri"),
        ({"uri": "ipp://host/\r\nX: y", "kind": "ipp"}, "uri"),
        ({"uri": "ipp:///printers/a", "kind": "ipp"}, "uri"),
        ({"uri": "http://host/", "kind": "ipp"}, "wants ipp://host or ipps://host"),
        ({"uri": "ipp://host/", "kind": "ipp", "fingerprint": "0" * 64}, "only an ipps"),
        ({"preamble": "SET X=1"}, "begin with @PJL"),
        ({"preamble": "@PJL SET X=1\n^XA"}, "begin with @PJL"),
        ({"preamble": "@PJL SET X=\x1b%-12345X"}, "printable ASCII"),
        ({"copies": 2}, "copies: only an ipp printer"),
        ({"colour": "colour"}, "colour: only an ipp printer"),
        ({"resolution_dpi": 600}, "resolution_dpi: only an ipp printer"),
        ({"output_bin": "face-up"}, "output_bin: only an ipp printer"),
    ],
)
def test_settings_that_can_never_work_are_refused(change: dict[str, object], told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        printer_at(**{"uri": "socket://host", **change})  # type: ignore[arg-type]


def test_a_tray_that_a_raw_port_cannot_be_told_is_found() -> None:
    plain = PrinterSettings(kind="socket", uri="socket://host", media="letter", language="pdf")
    (found,) = check_printer("p", plain, LETTER)
    assert str(found).startswith("packslip.toml: printers.p.media: a raw port cannot be told to take 'main'")
    assert check_printer("p", plain, A4) == ()
    told = plain.model_copy(update={"preamble": "@PJL SET MEDIASOURCE=TRAY2"})
    assert check_printer("p", told, LETTER) == ()
    assert check_printer("p", PrinterSettings(media="letter"), LETTER) == ()


def test_each_kind_is_opened_and_gets_the_paper_that_lies_in_it() -> None:
    settings = Settings.model_validate(
        {
            "media": {"a4": A4.model_dump(), "letter": LETTER.model_dump(), "a6": {"width_mm": 105, "height_mm": 148}},
            "impositions": {"four": {"media": "a4", "across": 1, "down": 1, "marks": []}},
            "printers": {
                "office": {"kind": "ipp", "uri": "ipp://host/ipp/print", "media": "letter"},
                "sheets": {"kind": "ipp", "uri": "ipp://host/ipp/print", "media": "a6", "imposition": "four"},
                "labels": {"kind": "socket", "uri": "socket://host", "media": "a4", "language": "pdf"},
                "tray": {"media": "a4"},
            },
            "stations": {"bench": {"printers": ["office"]}},
        }
    )
    kinds = {"office": IppPrinter, "sheets": IppPrinter, "labels": SocketPrinter}
    for name, kind in kinds.items():
        assert isinstance(open_printer(name, settings.printers[name], paper_of(name, settings)), kind)
    assert paper_of("sheets", settings) == A4
    assert paper_of("office", settings) == LETTER
    with pytest.raises(WorkspaceError, match="folder"):
        open_printer("tray", settings.printers["tray"], A4)
