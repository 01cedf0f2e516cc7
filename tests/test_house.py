"""The house itself: what documents promise is there, and rooms keep their size."""

import ast
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import typer.main

from packslip.cli.exits import Exit
from packslip.cli.main import PARTS, build_app

ROOT = Path(__file__).resolve().parent.parent
MODULES = sorted((ROOT / "packslip").rglob("*.py"))
DOCS = "\n".join(path.read_text(encoding="utf-8") for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")])


def commands(group: typer.main.TyperGroup, prefix: str = "packslip") -> list[str]:
    names: list[str] = []
    for name, command in group.commands.items():
        full = f"{prefix} {name}"
        names += commands(command, full) if isinstance(command, typer.main.TyperGroup) else [full]
    return names


def every_command() -> list[str]:
    group = typer.main.get_command(build_app())
    assert isinstance(group, typer.main.TyperGroup)
    return commands(group)


@pytest.mark.parametrize("command", every_command())
def test_every_command_is_in_the_documents(command: str) -> None:
    name = command.removeprefix("packslip ")
    assert re.search(rf"packslip (-w \S+ )?{re.escape(name)}\b", DOCS) or f"`{name}`" in DOCS, command


def test_every_command_is_found_where_it_is_said_to_be() -> None:
    for part, names in PARTS.items():
        for name in names:
            group = typer.main.get_command(build_app([name]))
            assert isinstance(group, typer.main.TyperGroup)
            assert set(group.commands) == set(names), part


def test_every_exit_code_is_documented() -> None:
    text = (ROOT / "docs" / "operator.md").read_text(encoding="utf-8")
    for code in Exit:
        assert f"| {int(code)} |" in text


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_says_what_it_owns_and_stays_small(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "a module begins by saying what it owns"
    assert len(text.splitlines()) <= 450, "it wants to be two"


@pytest.mark.parametrize(
    "modules", ["packslip.engine.presses, packslip.line.pressing", "packslip.engine.decoding"], ids=["press", "decoder"]
)
def test_a_worker_loads_no_ledger_and_no_network(modules: str) -> None:
    """It has no use for them, and starts sooner and smaller without; `packslip` alone says that the look is good."""
    look = f"import sys, {modules}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", look], capture_output=True, text=True, check=True).stdout.split()
    assert {"packslip", "sqlalchemy", "httpx", "pandas", "scipy"} & {*loaded} == {"packslip"}


def test_only_one_place_catches_whatever_comes() -> None:
    broad = [path for path in MODULES if re.search(r"except Exception", path.read_text(encoding="utf-8"))]
    assert {str(path.relative_to(ROOT / "packslip")) for path in broad} == {"engine/faults.py", "cli/main.py"}


def test_links_in_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for target in re.findall(r"\]\(([^)]+)\)|src=\"([^\"]+)\"", text):
        assert (ROOT / "".join(target)).exists(), target


def test_samples_that_documents_name_are_there() -> None:
    named = set(re.findall(r"\bsamples/[\w./-]*\w\.csv", DOCS))
    assert named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_locked_requirements_name_every_dependency() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    names = {re.split(r"[<>=]", item)[0] for item in project["dependencies"]}
    for lock in ("run", "dev"):
        text = (ROOT / "requirements" / f"{lock}.lock").read_text(encoding="utf-8")
        assert names <= set(re.findall(r"^([a-z0-9-]+)==", text, re.MULTILINE))
        assert "://" not in text
