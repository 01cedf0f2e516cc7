"""The command that says how things stand: status."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

import typer
from rich.markup import escape

from packslip.cli.exits import Exit
from packslip.cli.options import Json
from packslip.cli.place import Place
from packslip.cli.screen import clean, out, print_json, table
from packslip.engine.alarms import kept_alarms
from packslip.engine.heartbeat import Heartbeat, last_beat
from packslip.engine.inbox import FolderCondition
from packslip.engine.pool_levels import PoolLevel, pool_levels
from packslip.engine.reprint import is_running
from packslip.ledger import Counts, DropState, ParcelRecord, ParcelState, PrinterRecord
from packslip.world import Retired, Workspace

_STUCK = timedelta(minutes=2)
_ALWAYS = {ParcelState.DONE, ParcelState.HELD}
_TROUBLE = {ParcelState.HELD, ParcelState.UNCERTAIN}


def add_commands(app: typer.Typer) -> None:
    """Put this module's command on the command line."""
    app.command()(status)


@dataclass(frozen=True, slots=True, kw_only=True)
class _State:
    """How things stand."""

    running: bool
    counts: Counts
    printers: Sequence[PrinterRecord]
    backlog: Mapping[str, int]
    awaiting: Mapping[str, int]
    late: Sequence[ParcelRecord]
    beat: Heartbeat | None
    alarms: Sequence[str]
    retired: int
    pools: Sequence[PoolLevel]
    now: datetime

    @property
    def waits_for_a_person(self) -> bool:
        held = sum(self.counts.parcels.get(state, 0) for state in _TROUBLE)
        return bool(held + self.counts.drops.get(DropState.HELD, 0))

    @property
    def down(self) -> tuple[PrinterRecord, ...]:
        return tuple(printer for printer in self.printers if not printer.is_up)

    @property
    def folders(self) -> tuple[FolderCondition, ...]:
        """Hot folders of the line that runs."""
        return self.beat.folders if self.running and self.beat else ()

    @property
    def is_stuck(self) -> bool:
        """Whether a line runs that has not looked at its folders for long."""
        return self.running and self.beat is not None and self.now - self.beat.at > _STUCK

    @property
    def away(self) -> tuple[FolderCondition, ...]:
        return tuple(folder for folder in self.folders if not folder.is_there)

    @property
    def low(self) -> tuple[PoolLevel, ...]:
        return tuple(level for level in self.pools if level.is_low)

    @property
    def exit_code(self) -> Exit:
        troubles = (self.alarms, self.down, self.late, self.away, self.low)
        return Exit.FINDINGS if self.waits_for_a_person or self.is_stuck or any(troubles) else Exit.WELL


def status(context: typer.Context, as_json: Json = False) -> int:
    """Say what waits, prints, is late, done and held, and how printers and hot folders are.

    Exit code 1 while something is held, uncertain, late or alarming, a printer cannot print, a hot folder is
    away, or a code pool is low or dry.
    """
    place: Place = context.obj
    state = _look(place)
    if as_json:
        print_json(_values(state))
    else:
        _show(state, place.workspace())
    return state.exit_code


def _look(place: Place) -> _State:
    workspace, now = place.workspace(), datetime.now(UTC)
    world = place.published() if place.is_published() else place.working()
    settings = world.settings
    with place.ledger() as ledger:
        return _State(
            running=is_running(workspace),
            counts=ledger.counts(),
            printers=[printer for printer in ledger.printers() if printer.name in settings.printers],
            backlog=ledger.backlog(),
            awaiting=ledger.awaiting_call(),
            late=ledger.late(now + timedelta(minutes=settings.shop.late_minutes)),
            beat=last_beat(workspace),
            alarms=kept_alarms(workspace),
            retired=len(Retired(workspace.retired_plates)),
            pools=pool_levels(world.pools, ledger.codes.levels(now)),
            now=now,
        )


def _values(state: _State) -> dict[str, object]:
    counts = state.counts
    return {
        "running": state.running,
        "parcels": {name.value: count for name, count in counts.parcels.items()},
        "drops": {name.value: count for name, count in counts.drops.items()},
        "oldest_open": counts.oldest_open.isoformat() if counts.oldest_open else None,
        "printers": [
            {
                "name": printer.name,
                "up": printer.is_up,
                "reasons": list(printer.reasons),
                "since": printer.since.isoformat(),
                "seen_at": printer.seen_at.isoformat(),
                "waiting": state.backlog.get(printer.name, 0),
            }
            for printer in state.printers
        ],
        "waiting": dict(state.backlog),
        "awaiting_call": dict(state.awaiting),
        "late": [
            {
                "order_id": record.key.order_id,
                "parcel": record.key.parcel,
                "store": record.key.store,
                "state": record.state.value,
                "deadline": record.deadline.isoformat() if record.deadline else None,
            }
            for record in state.late
        ],
        "folders": [asdict(folder) for folder in state.folders],
        "looked_at": state.beat.at.isoformat() if state.beat else None,
        "alarms": list(state.alarms),
        "retired_plates": state.retired,
        "pools": [level.values for level in state.pools],
    }


def _show(state: _State, workspace: Workspace) -> None:
    out.print("the line is [bold green]running[/]" if state.running else "the line is [bold]not running[/]")
    shown = table("parcels", "")
    for name, count in state.counts.parcels.items():
        if count or name in _ALWAYS:
            style = "bold red" if count and name in _TROUBLE else ""
            shown.add_row(f"[{style}]{name.value}[/]" if style else name.value, str(count))
    out.print(shown)
    _show_folders(state)
    _show_printers(state)
    _show_late(state)
    for level in state.low:
        left = f"[yellow]{level.free:,} codes left[/]" if level.free else "[bold red]no code left[/]"
        out.print(f"code pool {escape(clean(level.pool))}: {left}; packslip codes import adds some")
    for station, count in state.awaiting.items():
        out.print(f"{count} {_slips(count)} ready for {escape(station)} to call")
    if state.counts.oldest_open is not None:
        seconds = (state.now - state.counts.oldest_open).total_seconds()
        out.print(f"the oldest drop under way has waited {seconds:.0f} s")
    if state.waits_for_a_person:
        out.print("packslip held list shows what waits for a person")
    if state.alarms:
        many = f"{len(state.alarms)} {_slips(len(state.alarms))}"
        out.print(f"[bold red]alarm[/]: plates struck {many} unlike the reference path, whose documents went to print")
        out.print(f"{clean(str(workspace.alarms))} keeps both; docs/operator.md says what to send")
    if state.retired:
        out.print(f"plates retired: {state.retired}; their slips take the slower reference path")


def _show_folders(state: _State) -> None:
    if state.is_stuck and state.beat:
        out.print(f"[bold red]the line has not looked at its hot folders for {_ago(state.now - state.beat.at)}[/]")
    for folder in state.folders:
        path = escape(clean(folder.path))
        if not folder.is_there:
            out.print(f"hot folder [bold red]away[/]: {path}; it is awaited")
        elif folder.troubled:
            files = "1 file" if folder.troubled == 1 else f"{folder.troubled} files"
            out.print(f"hot folder {path}: [yellow]{files} not whole, or not to be read[/]")


def _show_printers(state: _State) -> None:
    known = {printer.name: printer for printer in state.printers}
    names = sorted(known.keys() | state.backlog.keys())
    if not names:
        return
    shown = table("printer", "", "waiting", "since")
    for name in names:
        printer, waiting = known.get(name), state.backlog.get(name, 0)
        told, since = "", ""
        if printer is not None:
            reasons = escape(clean(", ".join(printer.reasons)))
            told = (reasons or "[green]up[/]") if printer.is_up else f"[bold red]{reasons or 'down'}[/]"
            since = _ago(state.now - printer.since)
        shown.add_row(escape(name), told, str(waiting) if waiting else "", since)
    out.print()
    out.print(shown)


def _show_late(state: _State) -> None:
    if not state.late:
        return
    shown = table("late", "state", "must leave")
    for record in state.late:
        left = (record.deadline or state.now) - state.now
        when = f"in {_ago(left)}" if left > timedelta(0) else f"[bold red]{_ago(-left)} ago[/]"
        shown.add_row(escape(clean(str(record.key))), record.state.value, when)
    out.print()
    out.print(shown)


def _ago(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return f"{max(int(span.total_seconds()), 0)} s"
    if minutes < 120:
        return f"{minutes} min"
    return f"{minutes // 60} h" if minutes < 48 * 60 else f"{minutes // 1440} days"


def _slips(count: int) -> str:
    return "slip" if count == 1 else "slips"
