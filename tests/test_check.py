"""What only two rooms together can see, and that nothing wrong can go live."""

import os
import shutil
import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import date
from pathlib import Path

import pytest

from packslip.check import check_world
from packslip.model import Severity, has_errors
from packslip.proof import try_layouts
from packslip.settings_toml import settings_toml
from packslip.world import World
from packslip.world.starter import make_workspace

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("check") / "shop"
    make_workspace(folder)
    return folder


@pytest.fixture
def shop(pristine: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(pristine, tmp_path / "shop"))


def edit(shop: Path, name: str, change: Callable[[str], str]) -> list[str]:
    path = shop / name
    was = path.read_text(encoding="utf-8-sig") if path.exists() else ""
    path.write_text(change(was), encoding="utf-8")
    return [f"{finding.severity} {finding.code} {finding}" for finding in check_world(World.open(shop))]


def test_what_is_shipped_is_well(shop: Path) -> None:
    assert check_world(World.open(shop)) == ()


@pytest.mark.parametrize(
    ("name", "old", "new", "told"),
    [
        ("layouts/plain/slip.html", "</body>", "\n{{ order.nmae }}</body>", "'order.nmae'"),
        ("layouts/plain/slip.html", "</body>", "{% set x = 1 %}</body>", "layouts/plain/slip.html"),
        ("layouts/plain/slip.html", "</body>", "{{ copy.label.nothing }}</body>", "copy.label.nothing"),
        ("layouts/plain/layout.toml", 'media = "a4"', 'media = "a3"', "no media 'a3'"),
        ("layouts/plain/layout.toml", 'media = "a4"', 'media = "a4"\nback = "atelier-a4"', "prints both sides"),
        ("layouts/plain/slip.css", "", "p { font-family: Helvetica }\n", "Helvetica"),
        ("layouts/brands/halden.toml", "Inter", "Intre", "did you mean 'Inter'"),
        ("rules/20-message.csv", "new,new,", "new,brandnew,", "20-message.csv"),
        ("rules/50-layout.csv", ",,,atelier-a4,", ",,,atelier-a5,", "50-layout.csv"),
        ("rules/10-segment.csv", "customer.orders", "customer.order", "did you mean"),
        ("rules/phrases/de.po", 'msgstr "Was noch folgt"', 'msgstr ""', "parcel.partial.title"),
        ("rules/phrases/en.po", "", '\nmsgid "label.unheard"\nmsgstr "Unheard"\n', "label.unheard"),
        (
            "packslip.toml",
            'profile = "office"',
            'profile = "pdfx4-cmyk"\ncondition = "FOGRA39L_coated"',
            "lays down 31",
        ),
        ("packslip.toml", 'profile = "office"', 'profile = "pdfx4-cmyk"\ncondition = "FOGRA93"', "FOGRA93"),
        (
            "packslip.toml",
            'profile = "office"',
            'profile = "pdfx4-rgb"\ncondition = "FOGRA47L_uncoated"',
            "is for CMYK",
        ),
        ("rules/20-message.csv", "segment,set", "customer.days_since.vasse,segment,set", "days_since.vases"),
        ("rules/40-recommend.csv", ",known,same", ",Vasse,same", "rules.value rules/40-recommend.csv: B4"),
        ("rules/40-recommend.csv", ",known,same", ",Vasse,same", "did you mean vases?"),
        ("rules/50-layout.csv", "order.channel", "order.station", "'boutique' is nowhere in packslip.toml"),
        ("rules/examples/shipped.csv", "new,welcome", "new,friends", "expected offer friends, came welcome"),
        ("catalogue/customer-ids.csv", "", "customer_id,same_as\nC-10412,till-7\n", "1 rows name an id"),
        ("catalogue/products.csv", "vase-stoneware-ash.jpg", "vase-stoneware-ahs.jpg", "vase-stoneware-ahs.jpg"),
    ],
)
def test_each_fault_is_told_with_its_place(shop: Path, name: str, old: str, new: str, told: str) -> None:
    def change(text: str) -> str:
        text = text.replace('condition = "" ', "") if "condition" in new else text
        return text.replace(old, new, 1) if old else text + new

    findings = edit(shop, name, change)
    assert any(told in finding for finding in findings), findings


def test_one_fault_does_not_hide_the_others(shop: Path) -> None:
    path = shop / "rules" / "10-segment.csv"
    rows = path.read_text(encoding="utf-8-sig").splitlines()
    broken = [rows[0], rows[1], rows[1], ",,=> 5,,new,why", *rows[2:-1]]
    path.write_text("\n".join(broken), encoding="utf-8")
    findings = edit(shop, "rules/20-message.csv", lambda text: text.replace("repeat,repeat", "repeet,repeat"))
    told = "\n".join(findings)
    assert "10-segment.csv: C4" in told
    assert "rules.no_default rules/10-segment.csv" in told
    assert "rules.unreachable rules/10-segment.csv:3" in told
    assert "did you mean repeat" in told


def test_a_shop_without_its_brand_is_told(shop: Path) -> None:
    (shop / "packslip.toml").write_text(settings_toml().replace('store = "oriel-ash"', 'store = "oriel"'))
    assert "store.unknown" in {finding.code for finding in check_world(World.open(shop))}


def test_a_colour_that_cannot_come_out_as_meant_stops_a_release(shop: Path) -> None:
    for layout in set(shop.glob("layouts/*/layout.toml")) - {shop / "layouts" / "plain" / "layout.toml"}:
        shutil.rmtree(layout.parent)
    (shop / "layouts" / "brands" / "halden.toml").unlink()
    css = shop / "layouts" / "plain" / "slip.css"
    sheet = f"{css.read_text(encoding='utf-8')}\nbody {{ background: linear-gradient(device-cmyk(0 0 0 .1), #fff) }}\n"
    css.write_text(sheet, encoding="utf-8")
    found = [finding for finding in try_layouts(World.open(shop), today=date(2026, 11, 20)) if finding.hint]
    assert ("colour.mixed", "layouts/plain/slip.css") in {(finding.code, finding.where.file) for finding in found}
    assert has_errors(found)


def test_what_keeps_slips_from_being_struck_is_a_note_that_stops_nobody(shop: Path) -> None:
    for layout in set(shop.glob("layouts/*/layout.toml")) - {shop / "layouts" / "plain" / "layout.toml"}:
        shutil.rmtree(layout.parent)
    (shop / "layouts" / "brands" / "halden.toml").unlink()
    assert try_layouts(World.open(shop), today=date(2026, 11, 20)) == ()
    css = shop / "layouts" / "plain" / "slip.css"
    css.write_text(f"{css.read_text(encoding='utf-8')}\np, td {{ word-spacing: 1pt }}\n", encoding="utf-8")
    found = try_layouts(World.open(shop), today=date(2026, 11, 20))
    assert not has_errors(found)
    assert [(finding.severity, finding.code) for finding in found] == [(Severity.NOTE, "plate.reference")]
    assert "layouts/plain/slip.css" in str(found[0])
    assert "word-spacing" in found[0].message


#: a file of each kind that is read from a workspace
READ = (
    "layouts/plain/layout.toml",
    "layouts/plain/slip.html",
    "layouts/plain/slip.css",
    "layouts/brands/halden.toml",
    "layouts/brands/halden.css",
    "layouts/content/odd.toml",
    "layouts/fonts/odd.ttf",
    "layouts/fonts/odd.otf",
    "layouts/profiles/odd.icc",
    "rules/10-segment.csv",
    "rules/mappings/odd.toml",
    "rules/phrases/de.po",
)


@contextmanager
def ended_soon() -> Iterator[None]:
    """Ends what waits for a pipe or reads a device without end."""

    def end(*_: object) -> None:
        raise TimeoutError("it waits for what is no plain file")

    before = signal.signal(signal.SIGALRM, end)
    signal.alarm(20)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


@contextmanager
def something_odd(path: Path, kind: str) -> Iterator[None]:
    """What is no plain file, in the place of one."""
    path.parent.mkdir(exist_ok=True)
    path.unlink(missing_ok=True)
    with closing(socket.socket(socket.AF_UNIX)) as listening:
        match kind:
            case "a pipe":
                os.mkfifo(path)
            case "a folder":
                path.mkdir()
            case "a device":
                path.symlink_to("/dev/zero")
            case _:
                listening.bind(os.path.relpath(path))
        yield


@pytest.mark.parametrize("kind", ["a pipe", "a folder", "a device", "a socket"])
def test_what_is_no_plain_file_is_told_and_never_opened(shop: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(shop)
    for name in READ:
        path = shop / name
        whole = path.read_bytes() if path.exists() else None
        with something_odd(path, kind), ended_soon():
            told = [str(finding) for finding in World.open(shop).findings if finding.code == "file.not_plain"]
        assert told == [f"{name}: {kind}, no plain file; hint: put a plain file in its place, or take it away"]
        shutil.rmtree(path) if kind == "a folder" else path.unlink()
        if whole is not None:
            path.write_bytes(whole)
