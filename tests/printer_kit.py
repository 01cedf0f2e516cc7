"""Printers for tests: real ones (ippeveprinter, cupsd) in a scratch folder on the loopback interface, and pretended.

The real ones come from Debian's packages. ippeveprinter announces itself by DNS-SD and does not start without: it gets
a message bus and an avahi-daemon of its own, limited to the loopback interface.
"""

import contextlib
import os
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import pytest

from packslip.dispatch.ipp.client import Operation
from packslip.dispatch.ipp.codec import decode, encode
from packslip.dispatch.ipp.values import Attribute, Attributes, Group, GroupTag, Message, Tag, Value, attribute
from packslip.printers import PrinterSettings
from packslip.settings import MediaSettings

#: Programs the tests use, and the Debian packages that have them.
PACKAGES = {
    "ippeveprinter": "cups-ipp-utils",
    "ipptool": "cups-ipp-utils",
    "cupsd": "cups",
    "lpadmin": "cups-client",
    "avahi-daemon": "avahi-daemon",
    "dbus-daemon": "dbus-daemon",
    "unshare": "util-linux",
}
PATIENCE_S = 20.0
Found = TypeVar("Found")

A4 = MediaSettings(width_mm=210, height_mm=297)
LETTER = MediaSettings(width_mm=215.9, height_mm=279.4, source="main")


def need(*programs: str) -> None:
    """Skip the test where a program is missing, saying which package has it."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"
    missing = sorted({PACKAGES[name] for name in programs if not shutil.which(name, path=path)})
    if missing:
        pytest.skip(f"needs {', '.join(missing)}: apt-get install --no-install-recommends {' '.join(missing)}")
    if os.geteuid() != 0:
        pytest.skip("needs root: avahi-daemon and cupsd start as root alone")


def until(look: Callable[[], Found], patience_s: float = PATIENCE_S) -> Found:
    """What `look` gives once it gives something; fails where it never does."""
    end = time.monotonic() + patience_s
    while time.monotonic() < end:
        found = look()
        if found:
            return found
        threading.Event().wait(0.01)
    raise AssertionError(f"nothing came of {look} in {patience_s} s")


def free_port() -> int:
    with socket.socket() as peer:
        peer.bind(("127.0.0.1", 0))
        return int(peer.getsockname()[1])


def listens(port: int) -> bool:
    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
        return True
    return False


def ipp_settings(uri: str, **more: object) -> PrinterSettings:
    return PrinterSettings.model_validate({"kind": "ipp", "uri": uri, "media": "a4", "answer_s": 8.0, **more})


@contextlib.contextmanager
def scratch() -> Iterator[Path]:
    """A folder with a short path that every user may enter; gone at the end."""
    folder = Path(tempfile.mkdtemp(prefix="packslip-printers-"))
    folder.chmod(0o755)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@dataclass
class Process:
    """A program that runs until it is killed, with all that it started."""

    command: Sequence[str]
    log: Path
    env: dict[str, str] = field(default_factory=dict)
    running: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        env = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin", "LC_ALL": "C.UTF-8", **self.env}
        with self.log.open("ab") as log:
            self.running = subprocess.Popen(self.command, stdout=log, stderr=log, env=env, start_new_session=True)

    def is_alive(self) -> bool:
        return self.running is not None and self.running.poll() is None

    def kill(self) -> None:
        """Dead at once, its children too, wherever they have gone."""
        if self.running is None:
            return
        orphans = descendants(self.running.pid)
        for pid in (self.running.pid, *orphans):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.running.wait()
        self.running = None

    def signal(self, number: signal.Signals) -> None:
        assert self.running
        self.running.send_signal(number)


def descendants(pid: int) -> list[int]:
    """Processes that a process started, and those that they did."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            parents[int(entry.parent.name)] = int(entry.read_text().rpartition(")")[2].split()[1])
    found = [pid]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found[1:]


_BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>system</type><listen>unix:path={bus}</listen><auth>EXTERNAL</auth>
<policy context="default"><allow user="*"/><allow own="*"/><allow send_type="method_call"/>
<allow send_type="signal"/><allow send_requested_reply="true"/><allow receive_type="method_call"/>
<allow receive_type="method_return"/><allow receive_type="error"/><allow receive_type="signal"/></policy></busconfig>
"""
_AVAHI = "[server]\nallow-interfaces=lo\nuse-ipv4=yes\nuse-ipv6=no\nenable-dbus=yes\n[rlimits]\n"


@contextlib.contextmanager
def private_dns_sd() -> Iterator[dict[str, str]]:
    """A bus and an avahi-daemon for our printers alone; the environment that leads to them."""
    need("avahi-daemon", "dbus-daemon", "unshare")
    with scratch() as folder:
        bus, log = folder / "bus", folder / "log"
        (folder / "bus.conf").write_text(_BUS.format(bus=bus))
        (folder / "avahi.conf").write_text(_AVAHI)
        env = {"DBUS_SYSTEM_BUS_ADDRESS": f"unix:path={bus}"}
        daemon = Process(["dbus-daemon", f"--config-file={folder}/bus.conf", "--nofork", "--nopidfile"], log)
        # Its process id goes to /run, where another one may run: it gets a /run of its own.
        avahi = f"mount -t tmpfs none /run && exec avahi-daemon --no-drop-root --no-chroot -f {folder}/avahi.conf"
        names = Process(["unshare", "-m", "sh", "-c", avahi], log, env)
        try:
            daemon.start()
            until(bus.exists)
            names.start()
            until(lambda: "startup complete" in log.read_text() or not names.is_alive())
            if not names.is_alive():
                pytest.skip(f"no avahi-daemon of our own: {log.read_text()[-300:].strip() or 'it says nothing'}")
            yield env
        finally:
            names.kill()
            daemon.kill()


_COMMAND = """#!/bin/sh
# What the printer does with a job: obeys control files, then puts the paper out.
here="{folder}"
if [ -e "$here/empty" ]; then
  echo "STATE: +media-empty-error,media-needed-error" >&2
  while [ -e "$here/empty" ]; do sleep 0.02; done
  echo "STATE: -media-empty-error,media-needed-error" >&2
fi
if [ -e "$here/jam" ]; then echo "STATE: +media-jam-error" >&2; exit 1; fi
while [ -e "$here/slow" ]; do sleep 0.02; done
env > "$here/paper/.env-$$"
cp "$1" "$here/paper/.$$" && mv "$here/paper/.$$" "$here/paper/$$=$IPP_JOB_NAME"
"""


class EvePrinter:
    """A real ippeveprinter. Its `paper` folder holds what it printed."""

    def __init__(self, folder: Path, env: dict[str, str], formats: str = "application/pdf,image/pwg-raster") -> None:
        self.folder = folder
        self.port = free_port()
        self.paper = folder / "paper"
        self.paper.mkdir(parents=True)
        (folder / "spool").mkdir()
        (folder / "keys").mkdir()
        command = folder / "print"
        command.write_text(_COMMAND.format(folder=folder))
        command.chmod(0o755)
        options = ["-v", "-p", str(self.port), "-n", "localhost", "-d", str(folder / "spool"), "-f", formats]
        keys = ["-K", str(folder / "keys")]
        name = f"Eve {self.port}"
        self.process = Process(
            ["ippeveprinter", *options, *keys, "-c", str(command), name], folder / "log", {**env, "HOME": str(folder)}
        )

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    def start(self) -> None:
        """Run, answering; its announcement may need a second try."""
        for _ in range(5):
            self.process.start()
            until(lambda: listens(self.port) or not self.process.is_alive())
            if self.process.is_alive():
                return
            self.process.kill()
        raise AssertionError((self.folder / "log").read_text()[-2000:])

    def restart(self) -> None:
        self.process.kill()
        self.start()

    def does(self, what: str) -> Path:
        """Tell it to be `empty`, `jam` or `slow`, until the file is gone."""
        control = self.folder / what
        control.touch()
        return control

    def printed(self) -> list[str]:
        """Names of the jobs it printed, in order, each as often as it did."""
        papers = [path for path in self.paper.iterdir() if not path.name.startswith(".")]
        return [path.name.partition("=")[2] for path in sorted(papers, key=lambda path: path.stat().st_mtime_ns)]

    def bytes_of(self, name: str) -> bytes:
        """The one copy of a job that it printed."""
        (path,) = self.paper.glob(f"*={name}")
        return path.read_bytes()


@contextlib.contextmanager
def running_eve(env: dict[str, str]) -> Iterator[EvePrinter]:
    """A real ippeveprinter, until the block ends."""
    need("ippeveprinter")
    with scratch() as folder:
        printer = EvePrinter(folder, env)
        try:
            printer.start()
            yield printer
        finally:
            printer.process.kill()


_CUPSD = """LogLevel debug
Listen 127.0.0.1:{port}
Browsing Off
DefaultAuthType None
WebInterface No
DirtyCleanInterval {dirty}
JobRetryInterval 1
{more}
<Location />
Order allow,deny
Allow from 127.0.0.1
</Location>
<Location /admin>
Order allow,deny
Allow from 127.0.0.1
</Location>
<Policy default>
<Limit All>
Order deny,allow
</Limit>
</Policy>
"""
_CUPS_FILES = """User lp
Group lp
SystemGroup root
FileDevice Yes
SyncOnClose Yes
AccessLog {folder}/access
ErrorLog {folder}/error
PageLog {folder}/page
RequestRoot {folder}/spool
TempDir {folder}/tmp
CacheDir {folder}/cache
StateDir {folder}/state
ServerRoot {folder}/root
ServerKeychain {folder}/ssl
"""


class Cupsd:
    """A real cupsd of our own."""

    def __init__(self, folder: Path, *, dirty_clean_s: int = 0, more: str = "") -> None:
        need("cupsd", "lpadmin")
        self.port = free_port()
        self.folder = folder
        for name in ("spool", "tmp", "cache", "state", "root", "ssl"):
            (folder / name).mkdir(parents=True)
        for path in (folder, *folder.iterdir()):
            path.chmod(0o777)
        (folder / "cupsd.conf").write_text(_CUPSD.format(port=self.port, dirty=dirty_clean_s, more=more))
        (folder / "cups-files.conf").write_text(_CUPS_FILES.format(folder=folder))
        command = ["cupsd", "-f", "-c", str(folder / "cupsd.conf"), "-s", str(folder / "cups-files.conf")]
        self.process = Process(command, folder / "log")

    def start(self) -> None:
        self.process.start()
        until(lambda: listens(self.port) or not self.process.is_alive())
        assert self.process.is_alive(), (self.folder / "error").read_text()[-2000:]

    def restart(self) -> None:
        """Killed, with the backends that would outlive it, and started again."""
        self.process.kill()
        self.start()

    def add_queue(self, name: str, device: str, policy: str = "retry-job") -> str:
        """A queue that hands bytes on as they are; its URI."""
        self._admin("lpadmin", "-p", name, "-E", "-v", device, "-m", "raw", "-o", f"printer-error-policy={policy}")
        return f"ipp://127.0.0.1:{self.port}/printers/{name}"

    def admin(self, *command: str) -> None:
        self._admin(*command)

    def _admin(self, *command: str) -> None:
        env = {**os.environ, "PATH": f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin"}
        done = subprocess.run(
            [command[0], "-h", f"127.0.0.1:{self.port}", *command[1:]],
            capture_output=True,
            text=True,
            env=env,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, done.stderr


def ipptool(uri: str, test: str, *options: str, folder: Path | None = None) -> str:
    """What ipptool says after a test, one of its own or the text of one; it must pass."""
    need("ipptool")
    name = test
    if "{" in test:
        assert folder
        name = str(folder / "asked.test")
        Path(name).write_text(test)
    done = subprocess.run(
        ["ipptool", "-tv", *options, uri, name], capture_output=True, text=True, timeout=PATIENCE_S, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class RawPort:
    """A port like 9100: `serve` gets each connection, in a thread; `received` holds what whole ones brought."""

    def __init__(self, serve: Callable[["RawPort", socket.socket], None] | None = None) -> None:
        self._serve = serve or RawPort.swallow
        self._peer = socket.socket()
        self._peer.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._peer.bind(("127.0.0.1", 0))
        self._peer.listen(64)
        self.port = int(self._peer.getsockname()[1])
        self.received: list[bytes] = []
        self.connections = 0
        threading.Thread(target=self._run, daemon=True).start()

    @property
    def uri(self) -> str:
        return f"socket://127.0.0.1:{self.port}"

    def swallow(self, peer: socket.socket) -> None:
        """What a printer does that works: reads to the end, then closes."""
        data = bytearray()
        while piece := peer.recv(65_536):
            data += piece
        self.received.append(bytes(data))

    def close(self) -> None:
        with contextlib.suppress(OSError):
            self._peer.shutdown(socket.SHUT_RDWR)  # wakes the thread that accepts, which holds the socket
        self._peer.close()

    def __enter__(self) -> "RawPort":
        return self

    def __exit__(self, *fault: object) -> None:
        self.close()

    def _run(self) -> None:
        while True:
            try:
                peer, _ = self._peer.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._handle, args=(peer,), daemon=True).start()

    def _handle(self, peer: socket.socket) -> None:
        with contextlib.suppress(OSError), peer:
            self._serve(self, peer)


def reset(peer: socket.socket) -> None:
    """End a connection the rude way."""
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()


class Relay(RawPort):
    """Stands between us and a printer, and spoils the next job on its way, once."""

    def __init__(self, target: int, *, spoil: str, freeze: Callable[[], None] | None = None) -> None:
        """`spoil`: drop (the reply is lost), cut (half of the request arrives), freeze (it arrives at a frozen one)."""
        self._target = target
        self._spoil = spoil
        self._freeze = freeze
        super().__init__(Relay._pass_on)

    def _pass_on(self, peer: socket.socket) -> None:
        with socket.create_connection(("127.0.0.1", self._target)) as printer:
            quiet, answered = threading.Event(), threading.Event()
            pump = threading.Thread(target=_pump, args=(printer, peer, quiet, answered), daemon=True)
            pump.start()
            _, body = read_request(peer, on_head=printer.sendall)
            spoil = self._spoil if body[2:4] == b"\x00\x02" else ""
            if spoil:
                self._spoil = ""
                quiet.set()
                answered.clear()
            if spoil == "freeze" and self._freeze:
                self._freeze()
            printer.sendall(body[: len(body) // 2] if spoil == "cut" else body)
            if spoil == "drop":
                answered.wait(PATIENCE_S)
            elif spoil == "freeze":
                peer.recv(1)
            elif not spoil:
                pump.join()
            else:
                reset(peer)
                printer.shutdown(socket.SHUT_RD)  # ends the pump, which holds the socket
                pump.join()
                reset(printer)


def _pump(printer: socket.socket, peer: socket.socket, quiet: threading.Event, answered: threading.Event) -> None:
    with contextlib.suppress(OSError):
        while piece := printer.recv(65_536):
            if not quiet.is_set():
                peer.sendall(piece)
            answered.set()
        peer.shutdown(socket.SHUT_WR)


def read_request(
    peer: socket.socket, on_head: Callable[[bytes], object] = lambda head: None
) -> tuple[dict[bytes, bytes], bytes]:
    """A request's headers, and its body; OSError where it ends too early."""
    data = bytearray()
    while b"\r\n\r\n" not in data:
        data += _piece(peer)
    head, _, rest = bytes(data).partition(b"\r\n\r\n")
    headers = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
    on_head(head + b"\r\n\r\n")
    body = bytearray(rest)
    while len(body) < int(headers[b"content-length"]):
        body += _piece(peer)
    return headers, bytes(body)


def _piece(peer: socket.socket) -> bytes:
    piece = peer.recv(65_536)
    if not piece:
        raise ConnectionResetError
    return piece


@dataclass
class PretendedJob:
    """A job as the pretended printer has it."""

    number: int
    uuid: str
    name: str
    state: int = 9
    reasons: tuple[str, ...] = ("job-completed-successfully",)
    begun_s: int | None = 1
    ended_s: int | None = 1

    def attributes(self) -> Attributes:
        times = (
            Attribute(name, (Value(Tag.NO_VALUE, None) if moment is None else Value(Tag.INTEGER, moment),))
            for name, moment in (("time-at-processing", self.begun_s), ("time-at-completed", self.ended_s))
        )
        return Attributes(
            (
                attribute("job-id", Tag.INTEGER, self.number),
                attribute("job-uuid", Tag.URI, self.uuid),
                attribute("job-name", Tag.NAME, self.name),
                attribute("job-state", Tag.ENUM, self.state),
                attribute("job-state-reasons", Tag.KEYWORD, *self.reasons),
                *times,
            )
        )


_ABLE = (
    attribute("operations-supported", Tag.ENUM, 2, 4, 8, 9, 10, 11),
    attribute("document-format-supported", Tag.MIME_TYPE, "application/pdf"),
    attribute("printer-is-accepting-jobs", Tag.BOOLEAN, True),
    attribute("printer-state", Tag.ENUM, 3),
    attribute("printer-state-reasons", Tag.KEYWORD, "none"),
)


class PretendedPrinter(RawPort):
    """An IPP printer in Python that misbehaves as it is told. `printed` holds the names of what it printed."""

    def __init__(self, *, says_100: bool = True, able: tuple[Attribute, ...] = _ABLE) -> None:
        self.jobs: list[PretendedJob] = []
        self.printed: list[str] = []
        self.up_s = 10_000
        self.next_number = 1
        self.generation = 0
        self.able = able
        self.says_100 = says_100
        self.asked: list[int] = []
        self.statuses: list[int] = []  #: IPP statuses that the next jobs are refused with
        self.next_state = 9
        #: What takes the place of the answer to the next job: it gets the connection and the true reply.
        self.spoil: Callable[[socket.socket, bytes], None] | None = None
        super().__init__(PretendedPrinter._talk)

    @property
    def uri(self) -> str:
        return f"ipp://127.0.0.1:{self.port}/ipp/print"

    def restart(self) -> None:
        """Off and on: it forgets, and counts from 1 again."""
        self.jobs, self.up_s, self.next_number = [], 1, 1
        self.generation += 1

    def _talk(self, peer: socket.socket) -> None:
        def continue_(got: bytes) -> None:
            if b"100-continue" in got and self.says_100:
                peer.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")

        _, body = read_request(peer, on_head=continue_)
        request = decode(body)
        self.asked.append(request.code)
        reply = http_reply(encode(self.reply(request)))
        spoil = self.spoil if request.code == Operation.PRINT_JOB else None
        if spoil:
            self.spoil = None
            spoil(peer, reply)
        else:
            peer.sendall(reply)

    def reply(self, request: Message) -> Message:
        """What it says; printing as it goes."""
        asked = request.first_of(GroupTag.OPERATION)
        match request.code:
            case Operation.PRINT_JOB:
                return self._print(request, asked.text("job-name"))
            case Operation.GET_JOBS:
                ended = asked.text("which-jobs") == "completed"
                listed = [job.attributes() for job in self.jobs if (job.state >= 7) is ended]
                return _reply(request, *(Group(GroupTag.JOB, job) for job in listed))
            case Operation.GET_JOB_ATTRIBUTES | Operation.CANCEL_JOB:
                found = [job for job in self.jobs if job.number == asked.number("job-id")]
                if not found:
                    return _reply(request, code=0x0406)
                if request.code == Operation.CANCEL_JOB:
                    found[0].state, found[0].reasons = 7, ("job-canceled-by-user",)
                    return _reply(request)
                up_time = attribute("job-printer-up-time", Tag.INTEGER, self.up_s)
                return _reply(request, Group(GroupTag.JOB, Attributes((*found[0].attributes().items, up_time))))
            case _:
                up_time = attribute("printer-up-time", Tag.INTEGER, self.up_s)
                return _reply(request, Group(GroupTag.PRINTER, Attributes((*self.able, up_time))))

    def _print(self, request: Message, name: str) -> Message:
        if self.statuses:
            return _reply(request, code=self.statuses.pop(0))
        job = PretendedJob(
            number=self.next_number,
            uuid=f"urn:uuid:{self.generation}-{self.next_number}",
            name=name,
            state=self.next_state,
            begun_s=self.up_s,
            ended_s=self.up_s,
        )
        self.next_number += 1
        self.jobs.append(job)
        self.printed.append(name)
        return _reply(request, Group(GroupTag.JOB, Attributes((attribute("job-id", Tag.INTEGER, job.number),))))


def _reply(request: Message, *groups: Group, code: int = 0) -> Message:
    return Message(code=code, request_id=request.request_id, groups=groups)


def http_reply(body: bytes, status: str = "200 OK") -> bytes:
    return f"HTTP/1.1 {status}\r\nContent-Type: application/ipp\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body
