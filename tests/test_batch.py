"""One PDF of many slips: the same pages as the documents, in far fewer bytes, with no slip kept."""

import gc
import io
import json
import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pikepdf
import pypdfium2 as pdfium
import pytest
from press_kit import make_slip, make_world, no_pictures
from thorough_kit import thorough

from benchmarks.slips import Run, fresh_world
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.model import Document, PressPath, Slip
from packslip.pictures.library import PictureLibrary
from packslip.press import Batch, press
from packslip.press.foreign import read_imprint
from packslip.world import World
from packslip.world.starter import make_workspace

ROOT = Path(__file__).resolve().parent.parent
DAY = date(2026, 11, 20)
#: enough to pass the aim by a margin; a batch of 1,000 is smaller still, slip for slip
MANY = 200
SAMPLED = 12

Draw = Callable[..., Document]


def rasters(data: bytes) -> list[np.ndarray]:
    pdf = pdfium.PdfDocument(data)
    try:
        return [page.render(scale=1).to_numpy() for page in pdf]
    finally:
        pdf.close()


def raster(pdf: pdfium.PdfDocument, page: int) -> np.ndarray:
    return pdf[page - 1].render(scale=1).to_numpy()


def drawer(world: World) -> tuple[Draw, Callable[[str], Path]]:
    settings = world.settings.pictures
    library = PictureLibrary(world.workspace.image_cache, world.workspace.root / settings.folder, settings)

    def draw(slip: Slip, *, reference: bool = False) -> Document:
        document, _ = press(slip, world, library.path, reference=reference)
        assert document is not None
        return document

    return draw, library.path


@pytest.fixture(scope="module")
def shop() -> Iterator[tuple[World, list[Slip]]]:
    with fresh_world() as world:
        yield world, Run(world).slips(MANY)


@thorough
@pytest.mark.timeout(600)
def test_a_batch_of_many_slips_is_small_and_shows_the_same_pages(shop: tuple[World, list[Slip]]) -> None:
    world, slips = shop
    draw, pictures = drawer(world)
    output, firsts, sample = io.BytesIO(), [], {}
    struck = struck_sample = 0
    step = MANY // SAMPLED
    with Batch(output, world, pictures, title="run", dated=DAY, condition=None) as batch:
        for number, slip in enumerate(slips):
            document = draw(slip)
            firsts.append(batch.add(slip, document))
            struck += len(document.data)
            if number % step == 0:
                sample[number] = draw(slip, reference=True)
                struck_sample += len(document.data)
    together = output.getvalue()
    # references are dear; the sample tells how much larger than their struck documents they are
    references = struck * sum(len(document.data) for document in sample.values()) / struck_sample
    assert len(together) <= references / 8
    pdf = pdfium.PdfDocument(together)
    assert len(pdf) == batch.pages
    for number, document in sample.items():
        for offset, page in enumerate(rasters(document.data)):
            assert np.array_equal(raster(pdf, firsts[number] + offset), page), slips[number].key
    pdf.close()


@pytest.fixture(scope="module")
def mixed(tmp_path_factory: pytest.TempPathFactory) -> tuple[object, list[Slip], list[Document]]:
    """Slips of which every second is drawn by the reference path alone."""
    world = make_world(tmp_path_factory.mktemp("mixed"))
    names = ["Ada Brink", "לאה בן־עמי", "Vic Xu", "נועה לוי"]
    slips = [make_slip(ship_to=replace(make_slip().ship_to, name=name)) for name in names]
    documents = [press(slip, world, no_pictures)[0] for slip in slips]
    assert [each.path for each in documents] == [PressPath.PLATE, PressPath.REFERENCE] * 2
    return world, slips, documents


def joined(world: object, slips: list[Slip], documents: list[Document]) -> tuple[bytes, list[int], int]:
    output = io.BytesIO()
    with Batch(output, world, no_pictures, title="day", dated=DAY, condition=None) as batch:
        firsts = [batch.add(slip, document) for slip, document in zip(slips, documents, strict=True)]
    return output.getvalue(), firsts, batch.taken_in


def test_slips_of_the_reference_path_stand_in_their_place(mixed: tuple[object, list[Slip], list[Document]]) -> None:
    world, slips, documents = mixed
    data, firsts, taken_in = joined(world, slips, documents)
    assert (firsts, taken_in) == ([1, 2, 3, 4], 2)
    for ours, document in zip(rasters(data), documents, strict=True):
        (theirs,) = rasters(document.data)
        assert np.array_equal(ours, theirs)
    with pikepdf.open(io.BytesIO(data)) as pdf:
        assert pdf.check_pdf_syntax() == []
        for page, document in zip(pdf.pages, documents, strict=True):
            with pikepdf.open(io.BytesIO(document.data)) as single:
                for box in ("/MediaBox", "/TrimBox", "/BleedBox"):
                    assert list(page.obj[box].as_list()) == list(single.pages[0].obj[box].as_list())
    words = pdfium.PdfDocument(data)
    assert "Ada Brink" in words[0].get_textpage().get_text_bounded()
    words.close()


def test_a_document_that_is_not_what_its_plate_gives_is_taken_in_as_it_is(
    mixed: tuple[object, list[Slip], list[Document]],
) -> None:
    world, slips, documents = mixed
    other = replace(documents[2], path=PressPath.PLATE)  # another slip's paper under the first one's name
    data, _, taken_in = joined(world, slips[:1], [other])
    assert taken_in == 1
    assert np.array_equal(rasters(data)[0], rasters(documents[2].data)[0])


def test_equal_documents_of_the_reference_path_are_written_once(
    mixed: tuple[object, list[Slip], list[Document]],
) -> None:
    world, slips, documents = mixed
    once, _, _ = joined(world, slips[1:2], documents[1:2])
    often, firsts, _ = joined(world, [slips[1]] * 20, [documents[1]] * 20)
    assert firsts == list(range(1, 21))
    assert len(often) < len(once) * 1.5


def page_with(**entries: object) -> bytes:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(100, 100))
    for key, value in entries.items():
        pdf.pages[0].obj[f"/{key}"] = value
    output = io.BytesIO()
    pdf.save(output)
    return output.getvalue()


def test_what_a_group_cannot_draw_is_refused() -> None:
    with pytest.raises(ValueError, match="a page with /Rotate"):
        read_imprint(page_with(Rotate=90))
    with pytest.raises(ValueError, match="/Annots"):
        read_imprint(page_with(Annots=pikepdf.Array([])))


def test_an_object_that_holds_itself_is_refused() -> None:
    pdf = pikepdf.new()
    pdf.add_blank_page(page_size=(100, 100))
    state = pdf.make_indirect(pikepdf.Dictionary())
    state.Self = state
    pdf.pages[0].obj.Resources = pikepdf.Dictionary(ExtGState=pikepdf.Dictionary(a=state))
    output = io.BytesIO()
    pdf.save(output)
    with pytest.raises(ValueError, match="holds itself"):
        read_imprint(output.getvalue())


class Drain(io.RawIOBase):
    """A file that keeps nothing."""

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        return len(data)


def test_a_batch_keeps_no_slip(tmp_path: Path) -> None:
    world = make_world(tmp_path)
    slips = [
        make_slip(ship_to=replace(make_slip().ship_to, name=name, lines=(f"{number} Kiln Yard",)))
        for number in range(80)
        for name in ("Ada Brink" if number % 4 else "לאה בן־עמי",)
    ]
    documents = [press(slip, world, no_pictures)[0] for slip in slips]
    data = sum(len(document.data) for document in documents)
    with Batch(Drain(), world, no_pictures, title="", dated=DAY, condition=None) as batch:  # type: ignore[arg-type]
        for slip, document in zip(slips[:30], documents[:30], strict=True):
            batch.add(slip, document)
        tracemalloc.start()
        for slip, document in zip(slips[30:], documents[30:], strict=True):
            batch.add(slip, document)
        gc.collect()
        kept, _ = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert batch.pages == len(slips)
    assert kept < data / 8


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("batch") / "shop"
    make_workspace(folder)
    return folder


def samples(*numbers: int) -> list[str]:
    return [str(next((ROOT / "samples").glob(f"{number:02d}-*.csv"))) for number in numbers]


def test_render_says_on_which_page_each_slip_starts(
    place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    batch = tmp_path / "new" / "slips.pdf"
    arguments = ["-w", str(place), "render", *samples(1, 3), "--workers", "1", "--json"]
    assert run([*arguments, "--batch", str(batch), "--out", str(tmp_path / "out")]) == Exit.WELL
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    page = 1
    for row in rows:
        assert row["batch_page"] == page
        page += row["pages"]
    singles = [page for row in rows for page in rasters(Path(row["document"]).read_bytes())]
    data = batch.read_bytes()
    assert all(np.array_equal(one, other) for one, other in zip(rasters(data), singles, strict=True))
    assert batch.stat().st_mode & 0o777 == 0o600
    assert [each.name for each in batch.parent.iterdir()] == ["slips.pdf"]
    assert run([*arguments, "--batch", str(batch)]) == Exit.WELL
    rows = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert {row["document"] for row in rows} == {None}
    assert batch.read_bytes() == data


def test_a_batch_without_a_slip_is_not_written(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header, row = Path(samples(1)[0]).read_text(encoding="utf-8").splitlines()[:2]
    bad = tmp_path / "bad.csv"
    bad.write_text(f"{header}\n{row.replace('GBP', 'EURO')}\n", encoding="utf-8")
    batch = tmp_path / "slips.pdf"
    batch.write_bytes(b"yesterday's")
    assert run(["-w", str(place), "render", str(bad), "--batch", str(batch), "--workers", "1"]) == Exit.FINDINGS
    assert "no slip is ready" in capsys.readouterr().err
    assert batch.read_bytes() == b"yesterday's"
    assert {each.name for each in tmp_path.iterdir()} == {"bad.csv", "slips.pdf"}


def test_pages_of_several_media_are_told(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    batch = tmp_path / "slips.pdf"
    assert run(["-w", str(place), "render", *samples(1, 11), "--batch", str(batch), "--workers", "1"]) == Exit.WELL
    assert "several media: a4, label-4x6" in capsys.readouterr().err


def test_slips_for_two_printing_conditions_are_no_one_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Inks mixed for one paper would be taken for those of another: a file has one output intent."""
    folder, batch = tmp_path / "shop", tmp_path / "slips.pdf"
    make_workspace(folder)
    settings = folder / "packslip.toml"
    said = settings.read_text(encoding="utf-8").replace('"office"', '"pdfx4-cmyk"', 1)
    said = said.replace(
        "[media.a5]", '[media.a5]\nprofile = "pdfx4-cmyk"\ncondition = "FOGRA39L_coated"\nmost_ink = 330'
    )
    settings.write_text(said, encoding="utf-8")
    arguments = ["--batch", str(batch), "--workers", "1"]
    assert run(["-w", str(folder), "render", *samples(1, 10), *arguments]) == Exit.USAGE
    told = " ".join(capsys.readouterr().err.split())
    assert "its slips are for FOGRA47L_uncoated, OA-104930 on 'a5' is for FOGRA39L_coated" in told
    assert not batch.exists()


@pytest.mark.parametrize(
    ("arguments", "told"),
    [([], "--out DIR, --batch FILE or both"), (["--batch", "orders.csv"], "expected a PDF file, got orders.csv")],
)
def test_a_call_without_a_place_for_the_slips(
    place: Path, arguments: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["-w", str(place), "render", *samples(1), *arguments]) == Exit.USAGE
    assert told in capsys.readouterr().err
