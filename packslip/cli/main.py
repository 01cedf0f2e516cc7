"""The command: finds the workspace, runs one subcommand, turns how it went into an exit code."""

import importlib
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from packslip import __version__
from packslip.cli.exits import BY_FATE, Exit
from packslip.cli.place import Place
from packslip.cli.screen import clean, out, say
from packslip.errors import PackslipError

#: Which module holds which commands; only what a call needs is loaded, so that `status` does not wait for the press.
PARTS = {
    "packslip.cli.setting_up": ("init", "doctor", "demo"),
    "packslip.cli.design": ("check", "proof", "publish", "releases", "variables", "phrases"),
    "packslip.cli.rules": ("rules",),
    "packslip.cli.line": ("run", "render", "explain"),
    "packslip.cli.images": ("images",),
    "packslip.cli.content": ("content",),
    "packslip.cli.status": ("status",),
    "packslip.cli.calling": ("call",),
    "packslip.cli.records": ("held", "cancel", "reprint"),
    "packslip.cli.codes": ("codes",),
    "packslip.cli.upkeep": ("ledger", "purge", "erase"),
    "packslip.cli.customers": ("customer",),
    "packslip.cli.recommending": ("recommend",),
    "packslip.cli.history": ("history",),
    "packslip.cli.insights": ("insights",),
    "packslip.cli.preflighting": ("preflight",),
    "packslip.cli.inspecting": ("inspect",),
}


def build_app(arguments: Sequence[str] = ()) -> typer.Typer:
    """The command line with every command that these arguments could mean; with all of them where they name none."""
    app = typer.Typer(
        name="packslip",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        rich_markup_mode="rich",
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(start)
    wanted = [part for part, commands in PARTS.items() if set(commands) & set(arguments)]
    for part in () if "--version" in arguments else wanted or PARTS:
        importlib.import_module(part).add_commands(app)
    return app


def _version(wanted: bool) -> None:
    if wanted:
        out.print(f"packslip {__version__}")
        raise typer.Exit


def start(
    context: typer.Context,
    workspace: Annotated[
        Path,
        typer.Option(
            "--workspace", "-w", envvar="PACKSLIP_WORKSPACE", help="Folder with packslip.toml.", show_default="."
        ),
    ] = Path(),
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version and stop.")
    ] = False,
) -> None:
    """Variable-data print for the parcel: order CSVs in, personalised print-ready slips out.

    Exit codes: 0 well · 1 findings, or something is held · 2 wrong usage or unknown order · 3 workspace broken or
    busy · 4 internal error · 130 interrupted.
    """
    context.obj = Place(workspace)


def main() -> NoReturn:
    """Run the command line and leave with its exit code."""
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of a command line."""
    try:
        code = build_app(arguments)(args=arguments, prog_name="packslip", standalone_mode=False)
    except TyperException as fault:
        told = fault.format_message().replace("Value error, ", "").replace("Input should", "should").rstrip(".")
        say(f"packslip: {told[:1].lower()}{told[1:]}; hint: packslip --help, or packslip COMMAND --help")
        return Exit.USAGE
    except (typer.Abort, KeyboardInterrupt):
        say("interrupted")
        return Exit.INTERRUPTED
    except PackslipError as fault:
        say(f"packslip: {fault}")
        return BY_FATE[fault.fate]
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Exit.WELL
    except Exception:  # noqa: BLE001 - the last line of defence: a bug is reported as one, with what is needed to mend it
        return _report_bug()
    return code if isinstance(code, int) else Exit.WELL


def _report_bug() -> int:
    handle, name = tempfile.mkstemp(prefix="packslip-", suffix=".log")
    with os.fdopen(handle, "w", encoding="utf-8") as log:
        traceback.print_exc(file=log)
    kind = sys.exc_info()[0]
    say(f"packslip: internal error ({clean(kind.__name__ if kind else 'unknown')}); the details are in {name}")
    say("nothing that was printed is affected; please report it with that file")
    return Exit.INTERNAL
