"""The command line: arguments → calls → exit code. Decides nothing, prints everything."""

from packslip.cli.main import main

__all__ = ["main"]
