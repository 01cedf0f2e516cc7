"""What all tests share: golden files, real printers, and how Hypothesis runs."""

import gc
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import hypothesis
import pytest

if TYPE_CHECKING:
    from printer_kit import Cupsd, EvePrinter

GOLDEN = Path(__file__).parent / "golden"

# What a table looks like hangs on the terminal's width; what a test says of it must not.
os.environ.pop("COLUMNS", None)

# Two cores shared by many workers make single examples slow without making them wrong.
hypothesis.settings.register_profile("house", deadline=None, derandomize="CI" in os.environ)
hypothesis.settings.load_profile("house")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--update-golden", action="store_true", help="write the golden files instead of comparing; not in CI"
    )


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("--update-golden") and os.environ.get("CI"):
        raise pytest.UsageError("--update-golden is for people; CI compares")


def pytest_collection_finish() -> None:
    """What is loaded by now stays: the collector need not walk it again with every few thousand things of a test."""
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    """Bindings complain of what is there when all ends."""
    gc.unfreeze()


@pytest.fixture(autouse=True, scope="session")
def no_collection() -> Iterator[None]:
    """A line that starts has the collector walk all there is. Here that is every test's, and starts are thousands."""
    from packslip.cli import history
    from packslip.engine import roads

    lazy = SimpleNamespace(collect=lambda: 0, freeze=lambda: None, unfreeze=lambda: None)
    with pytest.MonkeyPatch.context() as patch:
        for module in (roads, history):
            patch.setattr(module, "gc", lazy)
        yield


@pytest.fixture
def no_trials(monkeypatch: pytest.MonkeyPatch) -> None:
    """`check` and `publish` without the trial slips, which take longer than all the rest; other tests draw them."""
    from packslip.cli import checking

    monkeypatch.setattr(checking, "try_layouts", lambda *_, **__: ())


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, str], None]:
    """Compare a text with `tests/golden/<name>`, or write it with --update-golden."""

    def compare(name: str, text: str) -> None:
        path = GOLDEN / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            return
        assert path.exists(), f"no golden file {path}; look at the output, then run pytest --update-golden"
        assert text == path.read_text(encoding="utf-8"), f"{path} differs; if that is meant, run pytest --update-golden"

    return compare


@pytest.fixture(scope="session")
def dns_sd() -> Iterator[dict[str, str]]:
    """The environment in which ippeveprinter starts."""
    from printer_kit import private_dns_sd

    with private_dns_sd() as env:
        yield env


@pytest.fixture
def eve(dns_sd: dict[str, str]) -> "Iterator[EvePrinter]":
    """A real ippeveprinter, running."""
    from printer_kit import running_eve

    with running_eve(dns_sd) as printer:
        yield printer


@pytest.fixture
def cupsd() -> "Iterator[Cupsd]":
    """A real cupsd, running, without a queue."""
    from printer_kit import Cupsd, need, scratch

    need("cupsd", "lpadmin")
    with scratch() as folder:
        server = Cupsd(folder)
        try:
            server.start()
            yield server
        finally:
            server.process.kill()
