"""The command line as its users meet it: real workspaces, real presses, exit codes."""

import csv
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pypdfium2 as pdfium
import pytest
import zxingcpp
from thermal_kit import read_zpl
from workspace_kit import make_quick

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.ledger import is_code

ROOT = Path(__file__).resolve().parent.parent
SAMPLES = ROOT / "samples"
FIELDS = {
    "order_id",
    "parcel",
    "state",
    "document",
    "sha256",
    "pages",
    "segment",
    "message",
    "offer",
    "parcel_kind",
    "locale",
    "layout",
    "path",
    "render_ms",
    "because",
    "findings",
}


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """A workspace of one's own, made as `init` makes it, that settles drops at once."""
    return make_quick(tmp_path / "shop").root


def objects(text: str) -> list[dict[str, object]]:
    return [json.loads(line) for line in text.splitlines()]


def words(path: Path) -> str:
    pdf = pdfium.PdfDocument(path)
    try:
        text = " ".join(page.get_textpage().get_text_bounded() for page in pdf)
    finally:
        pdf.close()
    return " ".join(text.replace("\ufffe", "-").split())  # pdfium's sign for a hyphen that it takes for a line's end


def codes(path: Path) -> set[str]:
    pdf = pdfium.PdfDocument(path)
    try:
        return {found.text for found in zxingcpp.read_barcodes(pdf[0].render(scale=300 / 72).to_pil())}
    finally:
        pdf.close()


@pytest.mark.usefixtures("no_trials")
def test_the_workspace_in_the_repository_is_well(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(ROOT), "check"]) == Exit.WELL
    assert "all well" in capsys.readouterr().err


def test_render_says_and_draws_the_same(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(SAMPLES / f"{name}.csv") for name in ("01-new-en-partial", "03-ambassador-fr", "08-halden-de")]
    assert run(["-w", str(ROOT), "render", *files, "--out", str(tmp_path), "--workers", "1", "--json"]) == Exit.WELL
    english, french, german = objects(capsys.readouterr().out)
    assert english.keys() >= FIELDS
    assert (english["segment"], english["offer"], english["parcel_kind"], english["locale"]) == (
        "new",
        "welcome",
        "partial",
        "en-GB",
    )
    path = Path(str(english["document"]))
    text = words(path)
    assert "Welcome home, Eleanor." in text
    assert "£64.00" in text
    assert "21 February 2027" in text  # ninety days from the day of delivery
    assert str(english["promo_code"]) in text
    assert is_code(str(english["promo_code"]))
    assert {str(english["review_url"]), "OA-104882/1"} <= codes(path)
    assert english["because"]
    text = words(Path(str(french["document"])))
    assert "139,00 €" in text
    assert "commande" in text
    text = words(Path(str(german["document"])))
    assert "Willkommen zurück, Jost." in text
    assert (german["locale"], german["layout"]) == ("de-DE", "atelier-a4")


def test_a_slip_is_written_in_the_language_of_a_printer(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One that is not on thermal media is held, and says why."""
    files = [str(ROOT / "samples" / name) for name in ("11-label-de.csv", "10-note-card-en.csv")]
    command = ["-w", str(ROOT), "render", *files, "--workers", "1", "--json", "--language"]
    assert run([*command, "zpl", "--out", str(tmp_path)]) == Exit.FINDINGS
    label, note = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert [path.name for path in tmp_path.iterdir()] == [Path(label["document"]).name]
    assert Path(label["document"]).suffix == ".zpl"
    (page,) = read_zpl(Path(label["document"]).read_bytes())
    assert (len(page[0]), len(page)) == (812, 1220)
    assert (note["state"], note["document"]) == ("held", None)
    assert [finding["code"] for finding in note["findings"]] == ["printer.language"]
    assert run([*command, "zpl", "--batch", str(tmp_path / "all.pdf")]) == Exit.USAGE


def test_rendering_again_gives_the_same_bytes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shas = []
    for order, workers in (((1, 11), "2"), ((11, 1), "1")):
        files = [str(next(SAMPLES.glob(f"{number:02d}-*.csv"))) for number in order]
        run(["-w", str(ROOT), "render", *files, "--out", str(tmp_path), "--workers", workers, "--json"])
        shas.append({item["order_id"]: item["sha256"] for item in objects(capsys.readouterr().out)})
    assert shas[0] == shas[1]
    assert len(set(shas[0].values())) == 2


def test_one_bad_order_is_held_and_the_others_are_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = (SAMPLES / "16-evening-batch.csv").read_text(encoding="utf-8").splitlines()
    header = rows[0].split(",")
    broken = next(row for row in rows if row.startswith("OA-104972"))
    cells = next(csv.reader([broken]))
    cells[header.index("currency")] = "EURO"
    drop = tmp_path / "drop.csv"
    with drop.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream)
        for row in csv.reader(rows):
            writer.writerow(cells if row == next(csv.reader([broken])) else row)
    args = ["-w", str(ROOT), "render", str(drop), "--out", str(tmp_path / "out"), "--workers", "1", "--json"]
    assert run(args) == Exit.FINDINGS
    items = {item["order_id"]: item for item in objects(capsys.readouterr().out)}
    assert {name for name, item in items.items() if item["state"] == "held"} == {"OA-104972"}
    told = [str(fault) for fault in items["OA-104972"]["findings"]]  # type: ignore[union-attr]
    assert any("drop.csv:" in fault and "currency" in fault and "EURO" in fault for fault in told), told


@pytest.mark.parametrize(
    ("arguments", "code", "told"),
    [
        (["explain", "NOBODY"], Exit.USAGE, "NOBODY"),
        (["render", "missing.csv", "--out", "o"], Exit.USAGE, "missing.csv"),
        (["render", "--mapping", "nope", "missing.csv", "--out", "o"], Exit.USAGE, "online-retail"),
        (["proof", "nope"], Exit.WORKSPACE, "atelier-a4"),
        (["--bogus"], Exit.USAGE, "--help"),
        (["frobnicate"], Exit.USAGE, "--help"),
        (
            ["preflight", "a.pdf", "--profile", "x4"],
            Exit.USAGE,
            "for '--profile': 'x4' is not one of 'pdfx4', 'office'; hint",
        ),
        (["render", "a.csv", "--workers", "0"], Exit.USAGE, "for '--workers': should be greater"),
    ],
)
def test_a_wrong_call_is_told_what_to_do(
    shop: Path,
    arguments: list[str],
    code: Exit,
    told: str,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(shop.parent)
    assert run(["-w", str(shop), *arguments]) == code
    assert told in capsys.readouterr().err


def test_without_a_workspace_it_says_how_to_make_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(tmp_path), "status"]) == Exit.WORKSPACE
    assert "packslip init" in capsys.readouterr().err


def test_saving_is_not_going_live(
    shop: Path, capsys: pytest.CaptureFixture[str], request: pytest.FixtureRequest
) -> None:
    here = ["-w", str(shop)]
    assert run([*here, "run", "--once"]) == Exit.WORKSPACE
    assert "nothing is published" in capsys.readouterr().err
    assert run([*here, "publish"]) == Exit.WELL
    request.getfixturevalue("no_trials")  # those of the shipped layouts were just drawn
    layout = shop / "layouts" / "plain" / "slip.html"
    sound = layout.read_text(encoding="utf-8")
    layout.write_text(sound + "{{ order.nmae }}", encoding="utf-8")
    assert run([*here, "check"]) == Exit.FINDINGS
    assert "order.nmae" in capsys.readouterr().out
    assert run([*here, "publish"]) == Exit.FINDINGS
    layout.write_text(sound.replace("</body>", "<!-- two --></body>"), encoding="utf-8")
    assert run([*here, "publish"]) == Exit.WELL
    assert run([*here, "releases", "--json"]) == Exit.WELL
    newest, oldest = objects(capsys.readouterr().out)[-2:]
    assert newest["changed"] == ["layouts/plain/slip.html"]
    assert run([*here, "publish", "--rollback"]) == Exit.WELL
    assert str(oldest["id"]) in capsys.readouterr().err


@pytest.mark.usefixtures("no_trials")
def test_a_day_at_the_line(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    here = ["-w", str(shop)]
    inbox = shop / "hotfolder" / "in"
    assert run([*here, "publish"]) == Exit.WELL
    for name in ("01-new-en-partial", "06-new-en-final", "11-label-de"):
        shutil.copyfile(SAMPLES / f"{name}.csv", inbox / f"{name}.csv")
    shutil.copyfile(SAMPLES / "01-new-en-partial.csv", inbox / "again.csv")
    broken = next((SAMPLES / "broken").glob("*number*.csv"))
    shutil.copyfile(broken, inbox / broken.name)
    assert run([*here, "run", "--once"]) == Exit.FINDINGS
    capsys.readouterr()

    printed = sorted(path.name.rsplit("-", 1)[0] for path in (shop / "hotfolder" / "out").rglob("*.pdf"))
    assert printed.count("OA-104882-1") == 1
    assert {"OA-104882-1", "OA-104882-2", "OA-104938-1"} <= set(printed)
    rows = [
        row
        for path in (shop / "hotfolder" / "results").rglob("*.csv")
        for row in csv.DictReader(path.read_text(encoding="utf-8-sig").splitlines())
    ]
    done = {(row["order_id"], row["parcel"]): row for row in rows if row["state"] == "done"}
    assert {row["promo_code"] for key, row in done.items() if key[0] == "OA-104882"} == {
        done["OA-104882", "1"]["promo_code"]
    }
    assert done["OA-104882", "1"]["promo_code"]
    assert (shop / done["OA-104938", "1"]["document"]).is_file()
    assert not any(inbox.iterdir())
    assert [row["state"] for row in rows if row["order_id"] == "OA-104882"].count("duplicate") == 1

    assert run([*here, "status"]) == Exit.FINDINGS
    capsys.readouterr()
    assert run([*here, "held", "list", "--json"]) == Exit.FINDINGS
    held = objects(capsys.readouterr().out)
    assert len(held) == 1
    name = f"{held[0]['order_id']}/{held[0]['parcel']}"
    assert run([*here, "held", "show", name]) == Exit.FINDINGS
    assert run([*here, "held", "release", name]) == Exit.FINDINGS
    assert "stays held, since it cannot be read" in capsys.readouterr().err
    assert run([*here, "held", "list"]) == Exit.FINDINGS
    assert run([*here, "held", "drop", name]) == Exit.WELL
    assert run([*here, "held", "retry", name]) == Exit.USAGE
    capsys.readouterr()

    assert run([*here, "reprint", "OA-104882/1"]) == Exit.WELL
    again = Path(capsys.readouterr().out.strip())
    first = shop / done["OA-104882", "1"]["document"]
    assert again.read_bytes() == first.read_bytes()
    assert run([*here, "reprint", "OA-104882"]) == Exit.USAGE
    assert run([*here, "explain", "OA-104882/1"]) == Exit.WELL
    assert "10-segment.csv" in capsys.readouterr().out
    assert run([*here, "codes", "export"]) == Exit.WELL
    assert done["OA-104882", "1"]["promo_code"] in capsys.readouterr().out
    assert run([*here, "doctor"]) == Exit.WELL


def test_explain_names_every_table_before_anything_prints(capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(ROOT), "explain", str(SAMPLES / "05-opt-out-en.csv"), "--json"]) == Exit.WELL
    (item,) = objects(capsys.readouterr().out)
    tables = [row["table"] for row in item["because"]]  # type: ignore[union-attr]
    assert {path.name for path in (ROOT / "rules").glob("*.csv")} <= set(tables)
    assert item["segment"] == "transactional"


@pytest.mark.parametrize("arguments", [["variables"], ["variables", "--rules"]])
def test_variables_lists_layout_and_rule_words(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["-w", str(ROOT), *arguments, "--json"]) == Exit.WELL
    paths = {str(item["path"]) for item in objects(capsys.readouterr().out)}
    assert ("customer.orders" in paths) == ("--rules" in arguments)
    assert ("lines.name" in paths) != ("--rules" in arguments)


def test_formatting_and_syncing_what_is_shipped_changes_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for command in (["rules", "fmt"], ["phrases", "sync"]):
        assert run(["-w", str(shop), *command]) == Exit.WELL
        assert capsys.readouterr().out == ""


def test_a_table_in_a_pipe_is_not_folded() -> None:
    called = [sys.executable, "-m", "packslip", "-w", str(ROOT), "variables"]
    unset = {name: value for name, value in os.environ.items() if name != "COLUMNS"}  # readline may have set it unseen

    def widest(env: dict[str, str]) -> int:
        shown = subprocess.run(called, capture_output=True, text=True, check=True, timeout=60, env=env).stdout
        return max(len(line) for line in shown.splitlines())

    assert widest(unset) > 80
    assert widest({**unset, "COLUMNS": "80"}) <= 80
