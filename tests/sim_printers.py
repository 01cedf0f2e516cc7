"""Printers of a simulated history: devices that outlive every process, and how packslip's processes reach them.

A device has its troubles as attributes. What it prints is what `received` says; what became of a job that it cannot
or will not tell is in `doubts`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random

from checker import Received
from sim_world import Process

from packslip.dispatch import Condition, Job, Printers, Progress, Sent
from packslip.dispatch.printer import Asked
from packslip.errors import RetryLater

_QUIET_S = 3.0


@dataclass
class DeviceJob:
    number: int
    name: str
    data: bytes
    done_at: float
    state: str = "pending"  #: pending, completed, aborted, cancelled
    began: bool = False


@dataclass
class Device:
    """A printer behind a network."""

    name: str
    can_be_asked: bool
    random: Random
    received: list[Received] = field(default_factory=list)
    jobs: list[DeviceJob] = field(default_factory=list)
    ears: list[tuple[str, bytes]] = field(default_factory=list)  #: requests that lie there while it is frozen
    doubts: set[str] = field(default_factory=set)
    is_up: bool = True
    is_frozen: bool = False
    has_paper: bool = True
    keeps_history: bool = True
    one_at_a_time: bool = False
    up_since: float = -1000.0
    boot: int = 1
    troubles: float = 0.0  #: how often something goes wrong with a job
    _thaw_at: float = 0.0

    def advance(self, now: float) -> None:
        """Do what is due by now."""
        if not self.is_up or self.is_frozen:
            return
        if now >= self._thaw_at:
            waiting, self.ears = self.ears, []
            for name, data in waiting:
                self.take(name, data, now)
        while self.has_paper and (job := next((one for one in self.jobs if one.state == "pending"), None)):
            if job.done_at > now:
                return
            self._print(job)

    def take(self, name: str, data: bytes, now: float) -> DeviceJob:
        before = max((job.done_at for job in self.jobs if job.state == "pending"), default=now)
        job = DeviceJob(len(self.jobs) + 1, name, data, max(now, before) + self.random.choice((0.0, 0.3, 2.0)))
        self.jobs.append(job)
        return job

    def is_busy(self) -> bool:
        """Whether it takes no job now: it has one, or somebody else's."""
        if self.random.random() < self.troubles:
            return True
        return self.one_at_a_time and any(job.state == "pending" for job in self.jobs)

    def find(self, name: str) -> DeviceJob | None:
        return next((job for job in self.jobs if job.name == name and self._is_told(job)), None)

    def thaw(self, now: float) -> None:
        """Answer again; what lies in its ears is read a moment later."""
        self.is_frozen = False
        self._thaw_at = now + self.random.uniform(0.0, _QUIET_S - 0.5)

    def restart(self, now: float) -> None:
        """Lose everything that is not on paper."""
        self.doubts.update(job.name for job in self.jobs)
        self.doubts.update(name for name, _ in self.ears)
        self.jobs.clear()
        self.ears.clear()
        self.is_up, self.is_frozen, self.up_since = True, False, now
        self.boot += 1

    def cancel_one(self) -> None:
        """A person at the printer calls off what waits there."""
        job = next((one for one in self.jobs if one.state == "pending"), None)
        if job is not None:
            job.state = "cancelled"
            self.doubts.add(job.name)

    def in_doubt(self, name: str, intended_at: float) -> bool:
        """Whether nobody can know what became of a job."""
        return name in self.doubts or not self.keeps_history or self.up_since > intended_at

    def heal(self, now: float) -> None:
        self.troubles = 0.0
        if not self.is_up:
            self.restart(now)
        if self.is_frozen:
            self.thaw(now)
        self.has_paper = True

    def _is_told(self, job: DeviceJob) -> bool:
        return self.keeps_history or job.state == "pending"

    def _print(self, job: DeviceJob) -> None:
        chance = self.random.random()
        if self.can_be_asked and chance < self.troubles / 4:
            job.state = "aborted"
        elif self.can_be_asked and chance < self.troubles / 2:
            job.state, job.began = "aborted", True
            self.doubts.add(job.name)
        else:
            job.state, job.began = "completed", True
            self.received.append(Received(self.name, job.name, job.data))


class _Reached:
    """What askable and blind printers have in common, seen from a process."""

    def __init__(self, process: Process, device: Device) -> None:
        self._process = process
        self._device = device

    def withdraw(self, name: str) -> None:
        """Nothing lies there."""

    def settle(self) -> None:
        """Nothing is ours to settle."""

    def path(self, name: str) -> None:
        return None

    def close(self) -> None:
        """Nothing is open."""

    @property
    def _now(self) -> float:
        return self._process.world.hub.now

    def _act(self, name: str) -> None:
        self._process.act(f"{self._device.name}.{name}")
        self._device.advance(self._now)

    def _reach(self) -> None:
        if not self._device.is_up:
            raise RetryLater(f"printer {self._device.name}: connection refused")
        if self._device.is_frozen:
            raise RetryLater(f"printer {self._device.name}: does not answer")

    def _is_unlucky(self) -> bool:
        return self._device.random.random() < self._device.troubles


class AskedPrinter(_Reached):
    """A printer that speaks IPP, with the rules of its client and nothing of the wire."""

    def __init__(self, process: Process, device: Device) -> None:
        super().__init__(process, device)
        self._missing: dict[str, float] = {}

    def prepare(self, job: Job) -> None:
        self._act("prepare")
        self._reach()

    def send(self, job: Job) -> Sent:
        device = self._device
        self._act("send")
        if not device.is_up:
            raise RetryLater(f"printer {device.name}: connection refused")
        if device.is_frozen:
            device.ears.append((job.name, job.data))
            self._act("sent")
            return Sent(progress=Progress.UNKNOWN, told="gives no answer")
        if device.is_busy():
            raise RetryLater(f"printer {device.name}: is busy")
        taken = device.take(job.name, job.data, self._now)
        self._act("reply")
        if self._is_unlucky():
            return Sent(progress=Progress.UNKNOWN, told="gives no answer")
        return self._judge(taken)

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        self._act("ask")
        self._reach()
        return tuple(self._ask(job) for job in jobs)

    def look(self) -> Condition:
        self._act("look")
        try:
            self._reach()
        except RetryLater:
            return Condition(is_up=False, reasons=("offline",))
        paper = self._device.has_paper
        return Condition(is_up=paper, reasons=() if paper else ("out of paper",))

    def _ask(self, asked: Asked) -> Sent:
        device = self._device
        if asked.receipt:
            boot, _, number = asked.receipt.partition(":")
            job = next((one for one in device.jobs if one.number == int(number)), None)
            if int(boot) == device.boot and job is not None and device.find(job.name) is job:
                return self._judge(job)
            return Sent(progress=Progress.UNKNOWN, receipt=asked.receipt, told="the printer has forgotten it")
        job = device.find(asked.name)
        if job is not None:
            return self._judge(job)
        first = self._missing.setdefault(asked.name, self._now)
        if self._now - first < _QUIET_S:
            return Sent(progress=Progress.PRINTING)
        del self._missing[asked.name]
        since = self._process.world.clock().timestamp() - self._now + device.up_since
        if device.keeps_history and since < asked.intended_at.timestamp():
            return Sent(progress=Progress.NOT_PRINTED, told="the printer never got it")
        return Sent(progress=Progress.UNKNOWN, told="the printer was restarted, or does not remember")

    def _judge(self, job: DeviceJob) -> Sent:
        receipt = f"{self._device.boot}:{job.number}"
        if job.state == "completed":
            return Sent(progress=Progress.DONE, receipt=receipt)
        if job.state == "pending":
            return Sent(progress=Progress.PRINTING, receipt=receipt)
        is_safe = job.state == "aborted" and not job.began
        progress = Progress.NOT_PRINTED if is_safe else Progress.UNKNOWN
        return Sent(progress=progress, receipt=receipt, told=job.state)


class BlindPrinter(_Reached):
    """A printer at the end of a raw socket: it is fed, and can never be asked."""

    def prepare(self, job: Job) -> None:
        """Nothing: a connection may print."""

    def send(self, job: Job) -> Sent:
        device = self._device
        self._act("send")
        if not device.is_up:
            raise RetryLater(f"printer {device.name}: connection refused")
        if device.is_busy():
            raise RetryLater(f"printer {device.name}: connection refused")
        device.doubts.add(job.name)
        if device.is_frozen:
            device.ears.append((job.name, job.data))
            self._act("sent")
            return Sent(progress=Progress.UNKNOWN, told="gives no answer")
        if self._is_unlucky():
            return Sent(progress=Progress.UNKNOWN, told="reset by the printer")
        taken = device.take(job.name, job.data, self._now)
        self._act("reply")
        self._process.world.hub.pause(max(0.0, taken.done_at - self._now))
        device.advance(self._now)
        if taken.state != "completed" or self._is_unlucky():
            return Sent(progress=Progress.UNKNOWN, told="gives no answer")
        return Sent(progress=Progress.DONE)

    def ask(self, jobs: Sequence[Asked]) -> tuple[Sent, ...]:
        self._act("ask")
        return tuple(Sent(progress=Progress.UNKNOWN, told="it cannot be asked") for _ in jobs)

    def look(self) -> Condition:
        self._act("look")
        return Condition(is_up=self._device.is_up, reasons=() if self._device.is_up else ("offline",))


class SimPrinters(Printers):
    """The printers as a process opens them: trays are real, the others are devices."""

    def __init__(self, process: Process, trays, settings, devices: dict[str, Device]) -> None:
        super().__init__(trays, settings, process.disk)
        self._process = process
        self._devices = devices

    def _make(self, name, wanted, media):
        device = self._devices.get(name)
        if device is None:
            return super()._make(name, wanted, media)
        return (AskedPrinter if device.can_be_asked else BlindPrinter)(self._process, device)
