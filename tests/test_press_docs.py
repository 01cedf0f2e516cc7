"""What docs/press.md shows is what the press does: its toy is run, each answer compared with the page."""

import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
from press_kit import REPOSITORY

PAGE = (REPOSITORY / "docs" / "press.md").read_text(encoding="utf-8")

#: A block of the program, and what the page says it prints.
SHOWN = re.findall(r"^```python\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", PAGE, re.DOTALL | re.MULTILINE)
MAPPED = re.findall(r"^\| (`press/.*?) \|", PAGE, re.MULTILINE)

_TURN = "\f"


@cache
def answers() -> list[str]:
    """What each block prints, all of them run as one program, as the page tells its readers to."""
    program = f"\nprint({_TURN!r})\n".join(block for block, _ in SHOWN)
    command = [sys.executable, "-"]
    run = subprocess.run(command, input=program, capture_output=True, text=True, cwd=REPOSITORY, check=False)
    assert run.returncode == 0, run.stderr
    return run.stdout.split(f"{_TURN}\n")


@pytest.mark.parametrize("number", range(len(SHOWN)))
def test_the_toy_answers_as_the_page_says(number: int) -> None:
    assert answers()[number] == SHOWN[number][1]


def test_the_toy_is_all_there_and_its_layout_has_five_lines() -> None:
    assert len(SHOWN) == PAGE.count("```python") == 12
    assert PAGE.count("```text") == sum(bool(answer) for _, answer in SHOWN) == 11
    layout = re.search(r'HTML = """\\\n(.*?)"""', SHOWN[0][0], re.DOTALL)
    assert layout is not None
    assert len(layout[1].splitlines()) == 5


def test_the_command_on_the_page_runs_the_blocks_and_nothing_else() -> None:
    command = re.search(r"^    (awk .*) \| \.venv/bin/python -$", PAGE, re.MULTILINE)
    assert command is not None
    told = subprocess.run(["sh", "-c", command[1]], capture_output=True, text=True, cwd=REPOSITORY, check=True).stdout
    assert told == "".join(block for block, _ in SHOWN)


def test_the_modules_on_the_page_are_there() -> None:
    assert len(MAPPED) > 5
    for names in MAPPED:
        folder = Path()
        for name in re.findall(r"`(.*?)`", names):
            path = Path(name)
            folder = path.parent if len(path.parts) > 1 else folder
            assert (REPOSITORY / "packslip" / folder / path.name).exists(), name


def test_links_on_the_page_lead_somewhere() -> None:
    for target in re.findall(r"\]\(([^)#]+)\)", PAGE):
        assert (REPOSITORY / "docs" / target).exists(), target
