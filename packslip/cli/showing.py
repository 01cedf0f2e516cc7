"""The demo: the line runs for real, and somebody drops one sample order after another into its hot folder."""

import shutil
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.progress import Progress, TaskID

from packslip.cli.exits import Exit
from packslip.cli.screen import clean, err, out, progress_bar, say
from packslip.engine.events import Kind, RunEvent
from packslip.engine.run import run_line
from packslip.engine.waking import StopSign
from packslip.files import write_atomic
from packslip.proof import tray_sheet
from packslip.world import Workspace, World

_PATIENCE_S = 180.0


class _Audience:
    """Counts drops that were answered, and tells of each parcel."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task
        self._answered = threading.Semaphore(0)
        self._dropped_at = 0.0
        self.listening = threading.Event()
        self.parcels = 0

    def hear(self, event: RunEvent) -> None:
        if event.kind is Kind.LISTENING:
            self.listening.set()
        elif event.kind is Kind.PARCEL:
            self.parcels += 1
            took = (time.monotonic() - self._dropped_at) * 1000
            name = clean(f"{event.order_id}/{event.parcel}")
            self._progress.console.print(
                f"  {name:<14}[green]{event.state:<6}[/] [dim]{took:5.0f} ms after the drop[/]"
            )
        elif event.kind is Kind.DROP:
            self._progress.update(self._task, advance=1)
            self._answered.release()

    def drop(self, sample: Path, inbox: Path) -> None:
        """Drop a file as a careful sender does, and wait for its answer."""
        part = inbox / f".{sample.name}.part"
        shutil.copyfile(sample, part)
        self._dropped_at = time.monotonic()
        part.rename(inbox / sample.name)
        self._answered.acquire(timeout=_PATIENCE_S)


def show_demo(workspace: Workspace) -> int:
    """Run the line on the samples of a workspace; names what came out."""
    settings = workspace.settings()
    samples = sorted((workspace.root / "samples").glob("*.csv"))
    inbox = workspace.inbox(settings)
    inbox.mkdir(parents=True, exist_ok=True)
    sign = StopSign()
    say(f"the line runs in {workspace.root}")
    with progress_bar() as progress, ThreadPoolExecutor(1) as background:
        audience = _Audience(progress, progress.add_task("dropping orders", total=len(samples)))
        running = background.submit(run_line, workspace, listener=audience.hear, stop=sign)
        try:
            while not audience.listening.wait(0.1):
                if running.done():
                    running.result()
            for sample in samples:
                audience.drop(sample, inbox)
        finally:
            sign.set()
        summary = running.result()
    documents = sorted(workspace.trays(settings).glob("*/*.pdf"))
    sheet = workspace.root / "contact-sheet.png"
    write_atomic(sheet, tray_sheet(World.open(workspace.root), documents, title="What the line printed"), mode=0o644)
    results = workspace.results(settings)
    err.print(f"\n{len(documents)} slips of {len(samples)} dropped files")
    for what, path in (("slips", workspace.trays(settings)), ("results", results), ("contact sheet", sheet)):
        out.print(f"{what:<14}{path}")
    return Exit.FINDINGS if summary.wants_a_person else Exit.WELL
