"""Surveys: a QR with a token of its own in the review's place, where rules ask for it."""

import csv
import json
import shutil
from datetime import date
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from workspace_kit import go_on, make_quick

from packslip.check import check_world
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.errors import WorkspaceError
from packslip.ledger import is_code
from packslip.ledger.codes import review_token, survey_token
from packslip.proof import proof_cases
from packslip.settings import load_settings
from packslip.world import Workspace, World

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
TODAY = date(2026, 11, 20)
URL = "HTTPS://OA.EXAMPLE/S/{token}"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace whose rules ask known customers for a survey."""
    shop = make_quick(tmp_path_factory.mktemp("survey") / "shop").root
    edit(shop, "packslip.toml", '[survey]\nurl = ""', f'[survey]\nurl = "{URL}"')
    table = shop / "rules" / "20-message.csv"
    rows = [row.rsplit(",", 1) for row in table.read_text(encoding="utf-8-sig").splitlines()]
    asked = {"repeat", "ambassador"}
    told = ["set: survey", *("yes" if row[0].split(",")[0] in asked else "no" for row in rows[1:])]
    lines = [",".join((row[0], survey, row[1])) for row, survey in zip(rows, told, strict=True)]
    table.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return shop


@pytest.fixture
def shop(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def edit(shop: Path, name: str, old: str, new: str) -> None:
    path = shop / name
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def rendered(shop: Path, capsys: pytest.CaptureFixture[str], *names: str) -> list[dict[str, str]]:
    files = [str(SAMPLES / f"{name}.csv") for name in names]
    capsys.readouterr()
    out = shop / "out"
    assert run(["-w", str(shop), "render", *files, "--out", str(out), "--workers", "1", "--json"]) == Exit.WELL
    return [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def seen(path: str) -> tuple[set[str], str]:
    """Codes and words of a document's first page."""
    pdf = pdfium.PdfDocument(path)
    try:
        codes = {found.text for found in zxingcpp.read_barcodes(pdf[0].render(scale=300 / 72).to_pil())}
        return codes, " ".join(pdf[0].get_textpage().get_text_bounded().split())
    finally:
        pdf.close()


@given(st.text(max_size=12), st.text(max_size=20))
def test_the_token_of_a_survey_is_another_than_that_of_the_review(store: str, order_id: str) -> None:
    token = survey_token(b"s" * 32, store=store, order_id=order_id)
    assert token == survey_token(b"s" * 32, store=store, order_id=order_id)
    assert is_code(token)
    assert token != review_token(b"s" * 32, store=store, order_id=order_id)
    assert token != survey_token(b"t" * 32, store=store, order_id=order_id)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("02-repeat-de-long-names", "Drei Fragen, eine Minute"),
        ("03-ambassador-fr", "Trois questions, une minute"),
        ("06-new-en-final", "How does it look?"),
    ],
)
def test_the_survey_stands_in_the_review_s_place_and_its_code_reads_back(
    shop: Path, capsys: pytest.CaptureFixture[str], name: str, words: str
) -> None:
    (row,) = rendered(shop, capsys, name)
    codes, text = seen(row["document"])
    asks = "survey" if "How" not in words else "review"
    other = {"survey": "review", "review": "survey"}[asks]
    assert row[f"{asks}_url"] in codes
    assert row[f"{asks}_url"].startswith({"survey": "HTTPS://OA.EXAMPLE/S/", "review": "HTTPS://OA.EXAMPLE/R/"}[asks])
    assert row[f"{other}_url"] is None
    assert words in text
    assert ("How does it look?" in text or "Wie gefällt" in text or "Qu’en dites" in text) is (asks == "review")


def test_without_an_address_the_review_is_asked_for_and_check_says_so(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    edit(shop, "packslip.toml", f'url = "{URL}"', 'url = ""')
    (row,) = rendered(shop, capsys, "03-ambassador-fr")
    assert row["review_url"]
    assert row["survey_url"] is None
    found = [finding for finding in check_world(World.open(shop)) if finding.code == "survey.no_url"]
    assert {str(finding.where) for finding in found} == {"rules/20-message.csv: E3"}
    assert len(found) == 2
    edit(shop, "layouts/brands/halden.toml", 'locale = "en-GB"', f'locale = "en-GB"\nsurvey_url = "{URL}"')
    found = [finding for finding in check_world(World.open(shop)) if finding.code == "survey.no_url"]
    assert ["oriel-ash" in finding.message for finding in found] == [True]


def test_nobody_who_wants_no_marketing_and_no_gift_is_asked(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    table = shop / "rules" / "20-message.csv"
    table.write_text(table.read_text(encoding="utf-8").replace(",no,no,no,", ",no,no,yes,"), encoding="utf-8")
    rows = rendered(shop, capsys, "04-gift-en", "05-opt-out-en")
    assert [(row["review_url"], row["survey_url"]) for row in rows] == [(None, None)] * 2
    order = next(csv.DictReader((SAMPLES / "03-ambassador-fr.csv").read_text(encoding="utf-8").splitlines()))
    assert run(["-w", str(shop), "customer", "suppress", order["customer_id"]]) == Exit.WELL
    (row,) = rendered(shop, capsys, "03-ambassador-fr")
    assert (row["review_url"], row["survey_url"]) == (None, None)


def test_a_language_without_its_words_is_told(shop: Path) -> None:
    assert check_world(World.open(shop)) == ()
    edit(shop, "rules/phrases/fr.po", 'msgstr "Trois questions, une minute"', 'msgstr ""')
    found = [str(finding) for finding in check_world(World.open(shop))]
    assert any("no phrase 'survey.headline' in fr" in line for line in found), found


def test_the_answer_to_the_shop_says_token_and_address_and_says_it_again(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    workspace = Workspace.at(shop)
    go_on(workspace)
    for turn in ("a", "b"):
        shutil.copy(SAMPLES / "03-ambassador-fr.csv", shop / "hotfolder" / "in" / f"{turn}.csv")
        shutil.copy(SAMPLES / "01-new-en-partial.csv", shop / "hotfolder" / "in" / f"{turn}-new.csv")
        assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    answers = [
        row for path in sorted((shop / "hotfolder" / "results").rglob("*.csv"))
        for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    ]  # fmt: skip
    assert len(answers) == 4
    asked = [row for row in answers if row["survey_url"]]
    assert len(asked) == 2
    assert {row["order_id"] for row in asked} != {row["order_id"] for row in answers}
    (pair,) = {(row["survey_token"], row["survey_url"]) for row in asked}
    order = asked[0]["order_id"]
    token = survey_token(workspace.secret(), store="oriel-ash", order_id=order)
    assert pair == (token, URL.replace("{token}", token))
    assert all(row["review_token"] for row in answers)
    capsys.readouterr()
    assert run(["-w", str(shop), "explain", order]) == Exit.WELL
    assert "survey" in capsys.readouterr().out


def test_proofs_show_both_where_rules_ask_for_surveys(shop: Path) -> None:
    world = World.open(shop)
    cases = proof_cases(world, "atelier-a4", today=TODAY)
    assert {case.traits["asks"] for case in cases} == {"review", "survey"}
    only = proof_cases(world, "atelier-a4", today=TODAY, only="asks=survey,locale=fr")
    assert {(case.traits["asks"], case.traits["locale"]) for case in only} == {("survey", "fr-FR")}
    assert "asks" not in proof_cases(World.open(ROOT), "atelier-a4", today=TODAY)[0].traits


@pytest.mark.parametrize(
    "url", ["https://a.example/", "https://a.example/{token}{token}", "https://a.example/{token}{x}"]
)
def test_an_address_holds_the_token_once(tmp_path: Path, url: str) -> None:
    path = tmp_path / "packslip.toml"
    path.write_text(f'[survey]\nurl = "{url}"\n', encoding="utf-8")
    with pytest.raises(WorkspaceError, match=r"survey.url: must hold \{token\} once"):
        load_settings(path)
