"""Asks whether the locked packages have known vulnerabilities, and says plainly where that could not be asked.

    .venv/bin/python script/audit.py            # ends with 1 where a vulnerability has a fix
    .venv/bin/python script/audit.py --advise   # says the same and never fails; what script/test does

The network's answer changes from day to day and a commit's tests must not, so the tests are advised, not judged, by it.
Which service is asked, pip-audit and the environment decide.
"""

import json
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCK = ROOT / "requirements" / "run.lock"
MOST_S = 90
_OPTIONS = ("--disable-pip", "--require-hashes", "--format", "json", "--progress-spinner", "off", "--timeout", "10")


@dataclass(frozen=True, slots=True, kw_only=True)
class Audit:
    """What is known of the locked packages."""

    asked: int = 0  #: packages that the service knows
    unknown: int = 0  #: packages that it does not
    told: tuple[str, ...] = ()  #: a line for each vulnerability
    fixable: bool = False  #: one of them is mended in a later version
    reason: str = ""  #: why nothing is known


def audit(program: Path, lock: Path = LOCK, seconds: float = MOST_S) -> Audit:
    """Ask pip-audit."""
    command = [str(program), "--requirement", str(lock), *_OPTIONS]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=seconds)
    except FileNotFoundError:
        return Audit(reason="pip-audit is not installed here")
    except subprocess.TimeoutExpired:
        return Audit(reason=f"no answer within {seconds:g} s")
    except OSError as fault:
        return Audit(reason=f"pip-audit does not start: {fault.strerror}")
    try:
        return read_report(json.loads(done.stdout)["dependencies"])
    except (ValueError, KeyError, TypeError, AttributeError):
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        return Audit(reason=f"no report: {last[0][:200]}")


def read_report(packages: Sequence[dict]) -> Audit:
    """What pip-audit's report says."""
    unknown = [package for package in packages if "skip_reason" in package]
    told, fixable = [], False
    for package in packages:
        for found in package.get("vulns", ()):
            fixes = ", ".join(found.get("fix_versions") or ())
            fixable = fixable or bool(fixes)
            mended = f"mended in {fixes}" if fixes else "no version mends it yet"
            told.append(f"{package['name']} {package['version']}: {found['id']}, {mended}")
    asked = len(packages) - len(unknown)
    reason = "" if asked else "the service that was asked knows none of the packages"
    return Audit(asked=asked, unknown=len(unknown), told=tuple(told), fixable=fixable, reason=reason)


def report(found: Audit) -> str:
    """The audit for people."""
    if found.reason:
        return f"not audited: {found.reason}"
    of = f"{found.asked} packages" + (f", {found.unknown} unknown to the service" if found.unknown else "")
    return "\n".join((*found.told, f"{len(found.told)} known vulnerabilities in {of}"))


def main(arguments: Sequence[str]) -> int:
    """Audit, tell, and say by the exit code whether something can be mended."""
    found = audit(Path(sys.executable).parent / "pip-audit")
    print(report(found))
    return int(found.fixable and "--advise" not in arguments)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
