"""docs/safety.md keeps its word: each test it names is there."""

import ast
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NAMED = re.compile(r"`(test_\w+\.py)::(test_\w+)`")


def names_in(path: Path) -> set[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def rows() -> list[str]:
    text = (ROOT / "docs" / "safety.md").read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.startswith("| ") and not line.startswith("| threat")]


def test_every_threat_names_a_test() -> None:
    assert len(rows()) >= 15
    assert [row for row in rows() if not NAMED.search(row)] == []


def test_every_test_that_is_named_is_there() -> None:
    named = [found for row in rows() for found in NAMED.findall(row)]
    assert [(file, name) for file, name in named if name not in names_in(ROOT / "tests" / file)] == []


def test_every_test_of_safety_is_named() -> None:
    """Whoever adds one to these files says in the table what it is for; tests of the tests' own eyes aside."""
    named = {pair for row in rows() for pair in NAMED.findall(row)}
    own = {"test_the_watch_sees_what_it_is_for"}
    files = ("test_security_routes.py", "test_security_bombs.py", "test_security_layouts.py", "test_security_line.py")
    wanted = {(file, name) for file in files for name in names_in(ROOT / "tests" / file) if name.startswith("test_")}
    assert {pair for pair in wanted if pair not in named and pair[1] not in own} == set()
