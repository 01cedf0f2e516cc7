"""The benchmark's own honesty: the run is what it says, and the command works. How fast anything is, no test asks."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from packslip.model import Slip

REPOSITORY = Path(__file__).parents[1]


@pytest.fixture(scope="module", autouse=True)
def _benchmarks_importable() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(REPOSITORY))
        yield


def make_run(count: int, *, seed: int = 11, lines: int | None = None) -> list[Slip]:
    from benchmarks.slips import Run, fresh_world

    with fresh_world() as world:
        return Run(world).slips(count, seed=seed, lines=lines)


@pytest.fixture(scope="module")
def slips(_benchmarks_importable: None) -> list[Slip]:
    return make_run(300)


def test_the_run_is_the_same_in_any_workspace_and_length(slips: list[Slip]) -> None:
    again = make_run(12)
    assert [slip.to_json() for slip in again] == [slip.to_json() for slip in slips[:12]]


def test_another_seed_gives_another_run(slips: list[Slip]) -> None:
    assert make_run(3, seed=12)[0].ship_to != slips[0].ship_to


def test_no_two_slips_are_alike(slips: list[Slip]) -> None:
    assert len({slip.key for slip in slips}) == len(slips)
    assert len({slip.digest for slip in slips}) == len(slips)
    assert len({(slip.ship_to, slip.lines) for slip in slips}) == len(slips)


def test_the_run_has_the_promised_mix(slips: list[Slip]) -> None:
    from benchmarks.slips import LAYOUT, mix

    shares = mix(slips)
    assert {slip.layout for slip in slips} == {LAYOUT}
    assert sum(len(slip.lines) for slip in slips) / len(slips) == pytest.approx(3, abs=0.2)
    assert max(len(slip.lines) for slip in slips) >= 8
    for language in ("en", "fr", "de"):
        assert 0.2 < shares[f"language {language}"] < 0.5
    for segment in ("new", "repeat", "ambassador", "transactional", "gift"):
        assert shares[f"segment {segment}"] > 0.03
    for kind in ("partial", "final"):
        assert shares[f"parcel {kind}"] > 0.05
    assert shares["brand halden"] > 0.1
    assert shares["three recommendations"] > 0.7
    assert shares["QR"] > 0.75


def test_who_orders_first_gets_a_code_and_who_opted_out_gets_nothing_to_buy(slips: list[Slip]) -> None:
    assert all(slip.offer is not None and slip.review is not None for slip in slips if slip.segment == "new")
    quiet = [slip for slip in slips if slip.segment in {"transactional", "gift"}]
    assert quiet
    assert not any(slip.offer or slip.recommendations or slip.review for slip in quiet)


def test_every_recommendation_of_the_run_has_its_picture(slips: list[Slip]) -> None:
    assert all(item.picture for slip in slips for item in slip.recommendations)


def test_a_number_of_lines_can_be_asked_for() -> None:
    assert {len(slip.lines) for slip in make_run(6, lines=24)} == {24}


def test_a_run_survives_its_file(slips: list[Slip], tmp_path: Path) -> None:
    from benchmarks.slips import read_slips, write_slips

    write_slips(slips[:5], tmp_path / "run.jsonl")
    assert read_slips(tmp_path / "run.jsonl") == slips[:5]


@pytest.mark.timeout(300)  # all on one core, which others may be using
def test_the_quick_command_draws_and_reads_back(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.press", "--count", "2", "--rounds", "1", "--warm-up", "1"),
            *("--only", "plates", "reference", "--no-rows", "--no-plots", "--out", str(tmp_path)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "packslip, reference" in done.stdout
    assert "2/2" in done.stdout
    assert len(list((tmp_path / "documents").glob("reference-*.pdf"))) == 2


def test_what_is_missing_on_a_page_is_told(slips: list[Slip], tmp_path: Path) -> None:
    from benchmarks.peers.house import Reference
    from benchmarks.peers.shop import Shop
    from benchmarks.reading_back import read_back
    from benchmarks.slips import Run, fresh_world

    with fresh_world() as world:
        one, other = Run(world).slips(2)
        path = tmp_path / "one.pdf"
        path.write_bytes(Reference(Shop(world.workspace.root)).draw(one))
    assert read_back(path, one) == ()
    missing = read_back(path, other)
    assert {"name", "line", "code order"} <= set(missing)


def test_a_contestant_that_is_not_installed_is_left_out(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from benchmarks.peers import Absent, Shop, open_peer

    monkeypatch.setitem(sys.modules, "typst", None)
    monkeypatch.delitem(sys.modules, "benchmarks.peers.typesetter", raising=False)
    with pytest.raises(Absent, match="typst is not installed"):
        open_peer("typst", Shop(tmp_path))


def test_the_picture_command_makes_looks_up_and_compares(tmp_path: Path) -> None:
    done = subprocess.run(
        [
            *(sys.executable, "-m", "benchmarks.pictures", "--count", "3", "--only", "packslip", "draft"),
            *("--folder", str(tmp_path)),
        ],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "3 pictures" in done.stdout
    assert "lookup of a product's picture" in done.stdout
    assert [path.name for path in tmp_path.iterdir()] == ["3"]


def test_insights_are_judged_by_effects_that_are_known() -> None:
    import numpy as np

    from benchmarks import insights

    rng = np.random.default_rng(3)
    figures = [*insights.rates(rng, 300), *insights.nothing(rng, 60), *insights.power(rng, 300)]
    assert [figure.what for figure in figures if not figure.holds] == []
    study = insights.simulate(rng, 4000, insights.make_campaign(), {"code": 0.6})
    assert study.deciding("code").ratio is not None
    assert study.customers == 4000
    verdicts = {outlook.arm: str(outlook.verdict) for outlook in study.outlooks}
    assert verdicts["code"] == "sure"
    assert verdicts["letter"] != "sure"
