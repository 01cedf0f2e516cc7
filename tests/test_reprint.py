"""Parcels printed once more: the stored bytes, the same drawn again, or what has changed; and marked copies."""

import os
import shutil
import signal
import sqlite3
from contextlib import closing
from datetime import date
from pathlib import Path

import pikepdf
import pypdfium2 as pdfium
import pytest
from workspace_kit import go_on, make_quick

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.redrawing import changed_tools
from packslip.engine.reprint import reprint_parcel
from packslip.errors import HoldOrder
from packslip.files import sha256
from packslip.ledger import Ledger
from packslip.line.pressing import PressRoom
from packslip.model import Slip
from packslip.world import Workspace, World, changed_files, release_folder

#: Most tests start a worker, which loads the press.
pytestmark = pytest.mark.timeout(300)

ROOT = Path(__file__).resolve().parent.parent
STRUCK, LAID_OUT, LABEL = "OA-104882", "OA-104930", "OA-104938"
GERMAN = "HA-20518"
SAMPLES = {STRUCK: "01-new-en-partial", LAID_OUT: "10-note-card-en", LABEL: "11-label-de", GERMAN: "08-halden-de"}


@pytest.fixture(scope="module")
def printed(tmp_path_factory) -> Path:
    """A shop that has printed parcels: struck, by the reference path, for a thermal printer, in German."""
    shop = tmp_path_factory.mktemp("printed") / "shop"
    workspace = make_quick(shop)
    with (shop / "layouts/note-a5/slip.css").open("a", encoding="utf-8") as css:
        css.write("\nbody { text-align: justify }\n")  # no plate holds that
    for sample in SAMPLES.values():
        shutil.copy(ROOT / "samples" / f"{sample}.csv", shop / "hotfolder/in")
    go_on(workspace)
    assert run(["-w", str(shop), "run", "--once"]) == Exit.WELL
    return shop


@pytest.fixture
def shop(printed, tmp_path) -> Workspace:
    """That shop, to be spoilt."""
    shutil.copytree(printed, tmp_path / "shop")
    return Workspace.at(tmp_path / "shop")


def ledger_of(shop):
    return Ledger.open(shop.ledger, secret=shop.secret(), who="Ada")


def record_of(shop, order):
    with ledger_of(shop) as ledger:
        return ledger.find(order)[0]


def stored(shop, order) -> Path:
    digest = record_of(shop, order).document
    return shop.documents / digest[:2] / f"{digest}.pdf"


def reprint(shop, order, **values):
    with ledger_of(shop) as ledger:
        return reprint_parcel(shop, ledger, ledger.find(order)[0], **values)


def change(shop, statement, *values):
    with closing(sqlite3.connect(shop.ledger)) as database, database:
        database.execute(statement, values)


def grants(shop):
    with ledger_of(shop) as ledger:
        return ledger.grants()


def refusal(shop, order):
    before = sorted((shop.root / "hotfolder/out").rglob("*.pdf"))
    with pytest.raises(HoldOrder) as caught:
        reprint(shop, order)
    assert sorted((shop.root / "hotfolder/out").rglob("*.pdf")) == before
    return str(caught.value)


# the stored bytes


def test_a_reprint_sends_the_stored_bytes_and_grants_nothing(shop):
    before = grants(shop)
    done = reprint(shop, STRUCK)
    assert done.path.read_bytes() == stored(shop, STRUCK).read_bytes()
    assert not done.redrawn
    assert grants(shop) == before
    with ledger_of(shop) as ledger:
        assert [event.kind for event in ledger.events(record_of(shop, STRUCK).key)][-2:] == [
            "reprint",
            "reprint.delivered",
        ]


def test_what_each_document_was_drawn_with_is_on_record(shop):
    with ledger_of(shop) as ledger:
        rows = {order: ledger.document(record_of(shop, order).document) for order in SAMPLES}
    assert {order: row.drawn_by for order, row in rows.items()} == {
        STRUCK: "plate",
        LAID_OUT: "reference",
        LABEL: "plate",
        GERMAN: "plate",
    }
    (versions,) = {row.drawn_with for row in rows.values()}
    for name in ("weasyprint 70.0", "pango ", "harfbuzz ", "pillow ", "packslip ", "zlib "):
        assert name in versions
    assert versions.encode() not in stored(shop, STRUCK).read_bytes()


# drawn again


@pytest.mark.parametrize("order", [STRUCK, LAID_OUT, LABEL])
def test_a_document_that_is_gone_is_drawn_again_to_the_byte(shop, order):
    path, digest, before = stored(shop, order), record_of(shop, order).document, grants(shop)
    path.unlink()
    with (shop.root / "layouts/atelier-a4/slip.css").open("a", encoding="utf-8") as css:
        css.write("\nh1 { color: #777 }\n")
    go_on(shop)
    done = reprint(shop, order)
    assert done.redrawn
    assert sha256(done.path.read_bytes()) == digest
    assert path.read_bytes() == done.path.read_bytes()
    assert grants(shop) == before
    assert not reprint(shop, order).redrawn


def test_a_document_that_was_changed_on_disk_is_put_right(shop):
    path = stored(shop, STRUCK)
    data = path.read_bytes()
    path.write_bytes(data[:-9])
    assert reprint(shop, STRUCK).path.read_bytes() == data
    assert path.read_bytes() == data


def test_a_rendition_that_is_gone_or_was_changed_is_made_again(shop):
    stored(shop, STRUCK).unlink()
    lines = Slip.from_json(record_of(shop, STRUCK).slip).lines
    digest = next(line.picture for line in lines if line.picture).removeprefix("picture:")
    (rendition,) = shop.image_cache.rglob(f"{digest}.*")
    data = rendition.read_bytes()
    rendition.write_bytes(data[:-5] + b"wrong")
    assert sha256(reprint(shop, STRUCK).path.read_bytes()) == record_of(shop, STRUCK).document
    assert rendition.read_bytes() == data


def test_a_rendition_whose_source_gives_another_now_is_told(shop):
    stored(shop, STRUCK).unlink()
    shutil.rmtree(shop.image_cache)
    for picture in (shop.root / "catalogue").rglob("*.jpg"):
        picture.unlink()
    told = refusal(shop, STRUCK)
    assert "pictures are gone, and no picture of today gives them again" in told
    assert "--marked" in told


def test_a_release_that_is_gone_is_told(shop):
    stored(shop, STRUCK).unlink()
    release = record_of(shop, STRUCK).release
    (shop.root / "layouts/atelier-a4/slip.css").write_text("h1 { color: #777 }\n", encoding="utf-8")
    go_on(shop)
    shutil.rmtree(shop.releases / release)
    assert f"release {release} is not kept any more" in refusal(shop, STRUCK)


def test_fonts_and_files_of_a_release_that_were_changed_are_named(shop):
    stored(shop, STRUCK).unlink()
    release = record_of(shop, STRUCK).release
    assert changed_files(shop, release) is None
    folder = release_folder(shop, release)
    fonts = folder / "layouts/fonts/inter"
    shutil.copy(fonts / "Inter_600SemiBold.ttf", fonts / "Inter_400Regular.ttf")
    with (folder / "layouts/atelier-a4/slip.css").open("a", encoding="utf-8") as css:
        css.write("\nh1 { color: #777 }\n")
    told = refusal(shop, STRUCK)
    assert f"fonts of release {release} were changed: layouts/fonts/inter/Inter_400Regular.ttf" in told
    assert f"files of release {release} were changed: layouts/atelier-a4/slip.css" in told
    (shop.releases / f"{release}.files").unlink()
    assert f"files of release {release} were changed;" in refusal(shop, STRUCK) + ";"


def test_another_version_of_what_draws_is_told(shop):
    stored(shop, STRUCK).unlink()
    old = record_of(shop, STRUCK).document
    other = sha256(b"as another WeasyPrint drew it")
    change(
        shop,
        "INSERT INTO documents SELECT ?, size, pages, media, drawn_by, made_at, 'then', NULL "
        "FROM documents WHERE sha256 = ?",
        *(other, old),
    )
    with ledger_of(shop) as ledger:
        now = ledger.document(old).drawn_with
    change(shop, "INSERT INTO tools VALUES ('then', ?)", now.replace("weasyprint 70.0", "weasyprint 69.0"))
    change(shop, "UPDATE parcels SET document = ? WHERE order_id = ? AND parcel = 1", other, STRUCK)
    told = refusal(shop, STRUCK)
    assert "weasyprint was 69.0 and is 70.0" in told
    assert told.count(" was ") == 1


def test_the_difference_of_two_sets_of_tools_names_what_differs():
    told = [*changed_tools("pango 1.50, packslip 0.1.0+ab, old 1", "pango 1.52, packslip 0.1.0+ab, new 2")]
    assert told == ["new was absent and is 2", "old was 1 and is absent", "pango was 1.50 and is 1.52"]
    assert [*changed_tools("", "pango 1")] == ["what it was drawn with was never written down"]


def test_a_plate_that_was_retired_since_is_told(shop):
    stored(shop, STRUCK).unlink()
    retire_all(shop)
    assert "is struck no more" in refusal(shop, STRUCK)


def retire_all(shop):
    record = record_of(shop, STRUCK)
    digest = PressRoom(World.open(shop.root, record.release)).plate_of(Slip.from_json(record.slip))
    shop.retired_plates.mkdir(parents=True, exist_ok=True)
    (shop.retired_plates / digest).touch()


def test_a_slip_that_kills_its_worker_is_told(shop):
    stored(shop, STRUCK).unlink()
    toml = release_folder(shop, record_of(shop, STRUCK).release) / "packslip.toml"
    toml.write_text(toml.read_text(encoding="utf-8").replace("deadline_s = 60.0", "deadline_s = 0.001"))
    assert "drawing ended its worker" in refusal(shop, STRUCK)


def test_a_slip_of_another_version_is_told(shop):
    stored(shop, STRUCK).unlink()
    change(shop, "UPDATE parcels SET slip = '{}'")
    assert "does not read" in refusal(shop, STRUCK)


# marked

DAY = date(2026, 11, 26)


def words(path):
    with closing(pdfium.PdfDocument(path)) as pdf:
        return pdf[0].get_textpage().get_text_bounded()


def test_a_marked_reprint_is_a_document_of_its_own_with_its_parent_on_record(shop):
    before, parent = grants(shop), record_of(shop, STRUCK).document
    done = reprint(shop, STRUCK, marked_on=DAY)
    data = done.path.read_bytes()
    digest = sha256(data)
    assert "Copy, printed 26 November 2026" in words(done.path)
    assert (shop.documents / digest[:2] / f"{digest}.pdf").read_bytes() == data
    assert record_of(shop, STRUCK).document == parent
    with ledger_of(shop) as ledger:
        key = record_of(shop, STRUCK).key
        (event,) = (event for event in ledger.events(key) if event.kind == "marked")
        assert event.detail == f"{digest} is a marked copy of {parent}"
        assert event.who == "Ada"
        assert ledger.document(digest).drawn_by == "reprint mark"
    with pikepdf.open(done.path) as pdf:
        assert str(pdf.docinfo["/PackslipParent"]) == parent
        assert str(pdf.docinfo["/PackslipRelease"]) == record_of(shop, STRUCK).release
    assert grants(shop) == before
    again = reprint(shop, STRUCK, marked_on=DAY)
    assert again.path != done.path
    assert again.path.read_bytes() == data
    assert reprint(shop, STRUCK).path.read_bytes() == stored(shop, STRUCK).read_bytes()


@pytest.mark.parametrize("has_slip", [True, False])
def test_the_mark_speaks_the_language_of_its_slip(shop, has_slip):
    if not has_slip:
        change(shop, "UPDATE parcels SET slip = ''")
    done = reprint(shop, GERMAN, marked_on=DAY)
    assert "Kopie, gedruckt am 26. November 2026" in words(done.path)


def test_what_cannot_be_drawn_as_it_was_goes_out_marked_or_not_at_all(shop):
    stored(shop, STRUCK).unlink()
    parent = record_of(shop, STRUCK).document
    with (release_folder(shop, record_of(shop, STRUCK).release) / "layouts/atelier-a4/slip.css").open("a") as css:
        css.write("\nh1 { color: #777 }\n")
    refusal(shop, STRUCK)
    done = reprint(shop, STRUCK, marked_on=DAY)
    assert "layouts/atelier-a4/slip.css" in done.changes[0]
    assert "Copy, printed 26 November 2026" in words(done.path)
    with ledger_of(shop) as ledger:
        (event,) = (event for event in ledger.events(record_of(shop, STRUCK).key) if event.kind == "marked")
    assert f"is a marked copy of {parent}, drawn anew: files of release" in event.detail
    assert not stored(shop, STRUCK).exists()
    shutil.rmtree(shop.releases / record_of(shop, STRUCK).release / "layouts/atelier-a4")
    with pytest.raises(HoldOrder, match="cannot be drawn any more"):
        reprint(shop, STRUCK, marked_on=DAY)


def test_a_kill_between_marking_and_delivering_loses_nothing(shop):
    tray = shop.root / "hotfolder/out" / record_of(shop, STRUCK).printer
    before = set(tray.glob("*.pdf"))
    for point in ("dispatch.marked", "dispatch.intended"):
        assert dies_at(point, lambda: reprint(shop, STRUCK, marked_on=DAY))
    assert set(tray.glob("*.pdf")) == before
    assert run(["-w", str(shop.root), "run", "--once"]) == Exit.WELL  # finishes what was intended
    (copy,) = set(tray.glob("*.pdf")) - before
    assert "Copy, printed" in words(copy)


def test_reprint_marked_on_the_command_line(shop, capsys):
    assert run(["-w", str(shop.root), "reprint", STRUCK, "--marked"]) == Exit.WELL
    assert "Copy, printed" in words(Path(capsys.readouterr().out.strip()))


# purged


def test_a_purged_parcel_says_so(shop):
    stored(shop, STRUCK).unlink()
    change(shop, "UPDATE parcels SET slip = ''")
    assert "was purged: neither its document nor its slip is kept" in refusal(shop, f"{STRUCK}")
    change(shop, "UPDATE parcels SET document = NULL")
    assert "was purged" in refusal(shop, f"{STRUCK}")
    assert run(["-w", str(shop.root), "reprint", STRUCK]) == Exit.FINDINGS


# killed


def dies_at(point, act):
    """Whether a process of its own that does something is killed at a crash point."""
    child = os.fork()
    if child == 0:
        os.environ["PACKSLIP_CRASH_AT"] = point
        try:
            act()
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def test_a_kill_between_storing_and_delivering_loses_nothing(shop):
    path = stored(shop, STRUCK)
    path.unlink()
    tray = shop.root / "hotfolder/out" / record_of(shop, STRUCK).printer
    before = set(tray.glob("*.pdf"))
    assert dies_at("reprint.stored", lambda: reprint(shop, STRUCK))
    assert set(tray.glob("*.pdf")) == before
    assert sha256(path.read_bytes()) == record_of(shop, STRUCK).document
    done = reprint(shop, STRUCK)
    assert not done.redrawn
    assert set(tray.glob("*.pdf")) - before == {done.path}
