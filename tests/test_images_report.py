"""Picture report, budget and command: what people see of the picture library."""

import base64
import io
import json
import os
import re
from dataclasses import replace
from datetime import UTC, datetime
from html.parser import HTMLParser
from pathlib import Path

import pytest
from picture_kit import RED, WHITE, PictureShop, encode, noise, photo, picture_shop
from PIL import Image

from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.cli.pace import Pace, duration
from packslip.engine.images import catalogue_feed, remember_feed
from packslip.engine.lock import sync_lock
from packslip.library.catalogue import load_catalogue
from packslip.library.feeds import Feed, FeedItem, FeedKind
from packslip.library.printing_conditions import shipped_conditions
from packslip.line.pictures import PictureDesk
from packslip.model import Where
from packslip.pictures.budget import GRACE_S, trim_cache
from packslip.pictures.quality import Use
from packslip.pictures.recipe import Recipe
from packslip.pictures.rendering import render_renditions
from packslip.pictures.report import KINDS, make_report, report_json
from packslip.pictures.report_page import MOST_SHOWN, report_page
from packslip.pictures.store import Store
from packslip.pictures.sync import PictureSync
from packslip.settings import PictureSettings
from packslip.world import World
from packslip.world.starter import make_workspace

__all__ = ["picture_shop"]

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def use(label: str, width: float, height: float) -> Use:
    recipe = Recipe(width_mm=width, height_mm=height, dots_per_mm=23.622, ink="colour", max_pixels=1_000_000)
    return Use(label=label, recipe=recipe)


USES = (use("tall line", 14, 14), use("tall recommendation", 48, 36))


class Shelf:
    """A picture folder, its cache and their report."""

    def __init__(self, root: Path) -> None:
        self.root = root
        (root / "pictures").mkdir()
        self.settings = PictureSettings(folder="pictures")

    def report(self, pictures: dict[str, bytes], *more: FeedItem, others=(), uses=USES):
        for name, data in pictures.items():
            (self.root / "pictures" / name).write_bytes(data)
        items = (*(FeedItem(sku=f"<{name}>", image=name, where=Where(file="feed", line=2)) for name in pictures), *more)
        cache, folder = self.root / "cache", self.root / "pictures"
        PictureSync(
            cache, folder, self.settings, tuple(each.recipe for each in uses), decode=render_renditions, decoders=1
        ).run(item.image for item in items if item.image)
        feed = Feed(kind=FeedKind.CATALOGUE, file="feed", items=items)
        return make_report(feed, others, uses, cache=cache, folder=folder, settings=self.settings, made_at=NOW)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path)


def found(report) -> dict[str, list[str]]:
    return {
        verdict.picture or verdict.sku: [finding.code.removeprefix("picture.") for finding in verdict.findings]
        for verdict in report.verdicts
    }


class TestQuality:
    @pytest.mark.parametrize(
        ("data", "codes"),
        [
            (photo(1, (800, 600)), []),
            (photo(1, (400, 300)), ["soft"]),
            (photo(1, (200, 150)), ["low_resolution", "soft"]),
            (photo(1, (100, 75)), ["low_resolution", "low_resolution"]),
            (photo(1, (600, 1200)), ["aspect", "aspect"]),
            (photo(1, (700, 900)), ["aspect"]),
            (encode(Image.new("RGB", (800, 600), RED)), ["one_colour"]),
            (encode(Image.new("RGB", (800, 600), WHITE)), ["one_colour"]),
            (photo(1, (800, 600))[:4000], ["broken"]),
            (photo(1, (1200, 900)), ["too_large"]),
            (b"<html>", ["not_readable"]),
        ],
    )
    def test_what_is_wrong_at_the_size_it_is_printed(self, shelf, data, codes):
        assert found(shelf.report({"a.jpg": data})).get("a.jpg", []) == codes

    def test_nearly_white(self, shelf):
        picture = Image.new("RGB", (800, 600), (250, 250, 250))
        picture.paste(RED, (390, 290, 420, 310))
        assert found(shelf.report({"a.png": encode(picture)})) == {"a.png": ["nearly_white"]}
        picture.paste(RED, (300, 250, 500, 350))
        assert found(shelf.report({"a.png": encode(picture)})) == {}

    def test_cmyk_without_a_profile(self, shelf):
        data = encode(noise(9, 7).resize((800, 600)).convert("CMYK"), "JPEG")
        assert found(shelf.report({"a.jpg": data})) == {"a.jpg": ["no_profile"]}

    def test_missing_in_every_way(self, shelf):
        where = Where(file="feed", line=9)
        report = shelf.report(
            {},
            FeedItem(sku="none", image="", where=where),
            FeedItem(sku="gone", image="gone.jpg", where=where),
            FeedItem(sku="away", image="http://pictures.example/a.jpg?key=secret", where=where),
        )
        assert found(report) == {
            "none": ["missing"],
            "gone.jpg": ["missing"],
            "http://pictures.example/a.jpg": ["host_not_allowed"],
        }
        assert report.counts()["missing"] == 3
        assert str(report.verdicts[0].findings[0]).startswith("feed:9: none: no picture is named; hint: ")

    def test_orphans_are_files_that_nothing_names(self, shelf):
        picture = photo(1, (800, 600))
        (shelf.root / "pictures" / "old.jpg").write_bytes(picture)
        (shelf.root / "pictures" / "other.jpg").write_bytes(picture)
        assert found(shelf.report({"a.jpg": picture}, others=["other.jpg"])) == {"old.jpg": ["orphaned"]}

    def test_resolution_is_that_of_the_place_and_names_it(self, shelf):
        (verdict,) = shelf.report({"a.jpg": photo(1, (200, 150))}).verdicts
        low, soft = (str(finding) for finding in verdict.findings)
        assert low == (
            "feed:2: <a.jpg>: 200 × 150 pixels make 106 to the inch in tall recommendation, 48 × 36 mm; "
            "hint: give a picture of 567 × 425 pixels or more"
        )
        assert soft == (
            "feed:2: <a.jpg>: 200 × 150 pixels make 272 to the inch in tall line, 14 × 14 mm; "
            "hint: give a picture of 165 × 165 pixels or more"
        )


class Page(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.images: list[str] = []
        self.links: list[str] = []
        self.ids: list[str] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag == "img":
            self.images.append(values["src"])
        if "href" in values:
            self.links.append(values["href"])
        if tag == "section":
            self.ids.append(values["id"])

    def handle_data(self, data):
        self.text += data


class TestPages:
    def test_the_page_stands_alone_and_shows_what_it_tells_of(self, shelf):
        report = shelf.report({"a&b.jpg": photo(1, (200, 150)), "broken.jpg": b"\xff\xd8\xff"})
        text = report_page(report).decode()
        page = Page()
        page.feed(text)
        assert len(page.images) == 2  # once for each kind of fault
        assert all(src.startswith("data:image/jpeg;base64,") for src in page.images)
        assert page.links == [f"#{name}" for name in page.ids] == ["#broken", "#below_150", "#below_300"]
        assert "a&b.jpg" in page.text
        assert "<a.jpg>" not in text
        assert not re.search(r"(?:src|href)=.https?:", text)

    @pytest.mark.parametrize("inks", [("black", "cmyk"), ("black", "cmyk", "screen"), ("black",)])
    def test_thumbnails_are_in_the_colours_of_the_screen(self, shelf, inks):
        recipe = USES[0].recipe
        kinds = {
            "black": replace(recipe, ink="black", dots_per_mm=8),
            "cmyk": replace(recipe, condition=shipped_conditions()["FOGRA47L_uncoated"]),
            "screen": recipe,
        }
        uses = tuple(Use(label=ink, recipe=kinds[ink]) for ink in inks)
        report = shelf.report({"flat.png": encode(Image.new("RGB", (300, 300), (70, 110, 170)))}, uses=uses)
        page = report_page(report).decode()
        data = base64.b64decode(page.split("data:image/jpeg;base64,")[1].split('"')[0])
        shown = Image.open(io.BytesIO(data)).convert("RGB").resize((1, 1), Image.Resampling.BOX).getpixel((0, 0))
        wanted = (102, 102, 102) if inks == ("black",) else (70, 110, 170)
        tolerance = 16 if inks == ("black",) else 5
        assert all(abs(one - other) <= tolerance for one, other in zip(shown, wanted, strict=True)), shown
        assert ("in FOGRA47L_uncoated" in page) == ("cmyk" in inks)

    def test_many_are_counted_not_shown(self, shelf):
        pictures = {f"{number}.jpg": b"x" for number in range(MOST_SHOWN + 5)}
        page = Page()
        page.feed(report_page(shelf.report(pictures)).decode())
        assert "and 5 more, in the JSON beside this page" in page.text
        assert len(json.loads(report_json(shelf.report(pictures)))["pictures"]) == MOST_SHOWN + 5

    def test_all_well(self, shelf):
        assert b"Every picture is as it should be" in report_page(shelf.report({"a.jpg": photo(1, (800, 600))}))

    def test_the_json_counts_each_kind(self, shelf):
        values = json.loads(report_json(shelf.report({"a.jpg": photo(1, (200, 150))})))
        assert set(values["counts"]) == {kind.name for kind in KINDS}
        assert values["counts"]["below_150"] == 1
        assert values["uses"] == [
            {"where": "tall line", "mm": [14, 14], "condition": ""},
            {"where": "tall recommendation", "mm": [48, 36], "condition": ""},
        ]


class TestBudget:
    @pytest.fixture
    def store(self, tmp_path: Path) -> Store:
        store = Store(tmp_path / "cache")
        for number in range(6):
            digest = store.keep(os.urandom(400_000), "jpg")
            path = store.find(digest)
            os.utime(path, (1000 + number, 1000 + number))
        source = store.source(store.keep_source(os.urandom(400_000)))
        os.utime(source, (5000, 5000))
        return store

    def by_age(self, store: Store) -> list[str]:
        renditions = (kept for kept in store.files() if not kept.is_source)
        return [kept.digest for kept in sorted(renditions, key=lambda kept: kept.used)]

    def test_within_the_budget_nothing_is_asked_or_removed(self, store):
        def never():
            raise AssertionError("the ledger was asked")

        trimmed = trim_cache(store.root, 3, pinned=never, now=1e9)
        assert (trimmed.before, trimmed.after, trimmed.removed) == (2_800_000, 2_800_000, 0)

    def test_originals_go_first_then_what_was_used_longest_ago(self, store):
        before = self.by_age(store)
        trimmed = trim_cache(store.root, 2, pinned=frozenset, now=1e9)
        assert (trimmed.after, trimmed.removed, trimmed.findings) == (2_000_000, 2, ())
        assert self.by_age(store) == before[1:]
        assert not any(kept.is_source for kept in store.files())

    def test_what_a_kept_slip_names_stays(self, store):
        before = self.by_age(store)
        trimmed = trim_cache(store.root, 1, pinned=lambda: frozenset(before[:2]), now=1e9)
        assert self.by_age(store) == before[:2]
        assert (trimmed.after, trimmed.pinned) == (800_000, 2)
        trimmed = trim_cache(store.root, 1, pinned=lambda: frozenset(before[:2]), now=1e9)
        assert trimmed.removed == 0

    def test_what_is_in_use_stays_and_is_told(self, store):
        before = self.by_age(store)
        trimmed = trim_cache(store.root, 1, pinned=frozenset, now=1000 + GRACE_S)
        assert self.by_age(store) == before[1:]
        (finding,) = trimmed.findings
        assert str(finding).startswith(
            "packslip.toml: pictures.budget_mb: image_cache takes 2 MB, more than its budget of 1 MB"
        )

    def test_other_files_are_nobody_s_business(self, store):
        for name in ("notes.txt", "index.db", "ab/notes.txt", f"{'0' * 64}.jpg"):
            (store.root / name).parent.mkdir(exist_ok=True)
            (store.root / name).write_bytes(bytes(4_000_000))
        assert trim_cache(store.root, 3, pinned=frozenset, now=1e9).removed == 0


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    make_workspace(tmp_path / "shop")
    catalogue = tmp_path / "shop" / "catalogue"
    for path in sorted((catalogue / "pictures").iterdir())[4:]:
        path.unlink()
    names = [path.name for path in sorted((catalogue / "pictures").iterdir())]
    rows = [f"OA-{number},Thing {number},{name}" for number, name in enumerate(names)]
    (catalogue / "products.csv").write_text("\n".join(["sku,name,image", *rows, ""]))
    return tmp_path / "shop"


def sync(workspace: Path, capsys, *arguments: str) -> tuple[int, dict]:
    code = run(["-w", str(workspace), "images", "sync", "--json", *arguments])
    return code, json.loads(capsys.readouterr().out)


class TestCommand:
    def test_the_catalogue_is_synced_and_the_second_time_nothing_is_done(self, workspace, capsys):
        code, values = sync(workspace, capsys)
        assert (code, values["total"], values["made"], values["failed"]) == (Exit.WELL, 4, 8, 0)
        page = workspace / "out" / "pictures" / "pictures.html"
        assert values["report"] == str(page)
        assert page.exists()
        assert json.loads(page.with_suffix(".json").read_bytes())["products"] == 4
        named, elsewhere = str(workspace / "catalogue" / "products.csv"), workspace / "elsewhere"
        code, values = sync(workspace, capsys, named, "--out", str(elsewhere))
        assert (code, values["current"], values["made"]) == (Exit.WELL, 4, 0)
        assert sorted(path.name for path in elsewhere.iterdir()) == ["pictures.html", "pictures.json"]
        assert not (workspace / "catalogue" / "pictures.csv").exists()
        code, values = sync(workspace, capsys)
        assert (code, values["current"], values["made"]) == (Exit.WELL, 4, 0)

    def test_an_order_draws_what_was_synced(self, workspace, capsys):
        sync(workspace, capsys)
        world = World.open(workspace)

        def never(*_):
            raise AssertionError("decoded")

        desk = PictureDesk(world, never)
        wanted = [(role, product.image) for role in ("line", "recommendation") for product in world.catalogue.products]
        pictures, findings = desk.fetch(wanted, world.layout("atelier-a4"))
        assert (len(pictures), findings) == (8, ())

    def test_a_feed_tells_lines_their_pictures_by_sku(self, workspace, capsys, picture_shop: PictureShop):
        picture_shop.pictures = {"new.jpg": photo(1, (800, 600)), "b.jpg": photo(2, (800, 600))}
        feed = workspace / "feed.tsv"
        feed.write_text(
            f"id\ttitle\timage_link\nNEW-1\tNew\t{picture_shop.url('new.jpg')}\nNEW-2\tOther\t{picture_shop.url('none')}\n"
        )
        code, values = sync(workspace, capsys, str(feed))
        (finding,) = [each for each in values["findings"] if each["code"] == "picture.host_not_allowed"]
        assert (code, values["fetched"]) == (Exit.FINDINGS, 0)
        assert f'set hosts = ["{picture_shop.host}"]' in finding["hint"]
        toml = workspace / "packslip.toml"
        toml.write_text(toml.read_text().replace("hosts = []", f'hosts = ["{picture_shop.host}"]'))
        code, values = sync(workspace, capsys, str(feed))
        assert (code, values["fetched"], values["failed"]) == (Exit.FINDINGS, 1, 1)
        catalogue = World.open(workspace).catalogue
        assert catalogue.image("NEW-1") == picture_shop.url("new.jpg")
        assert catalogue.image("OA-1").endswith(".jpg")
        code, values = sync(workspace, capsys)  # the catalogue knows them now
        assert (values["total"], values["current"]) == (6, 1)

    def test_plain_lines_where_nobody_watches(self, workspace, capsys):
        assert run(["-w", str(workspace), "images", "sync"]) == Exit.WELL
        said = capsys.readouterr().err
        assert "4 pictures, 0 up to date, 0 fetched, 8 renditions made" in said
        assert "every picture is as it should be" in said

    def test_a_missing_feed_and_a_second_sync_are_told(self, workspace, capsys):
        assert run(["-w", str(workspace), "images", "sync", str(workspace / "none.xml")]) == Exit.USAGE
        assert "No such file" in capsys.readouterr().err
        with sync_lock(workspace / ".packslip"):
            assert run(["-w", str(workspace), "images", "sync"]) == Exit.WORKSPACE
        assert "pictures are being synced here already (process" in capsys.readouterr().err

    def test_a_feed_that_is_none_changes_nothing(self, workspace, capsys):
        (workspace / "feed.csv").write_text("colour,size\nred,4\n")
        code, values = sync(workspace, capsys, str(workspace / "feed.csv"))
        assert (code, values["total"]) == (Exit.FINDINGS, 0)
        assert not (workspace / "catalogue" / "pictures.csv").exists()


class TestCatalogue:
    def test_feeds_add_up_and_the_catalogue_s_own_picture_wins(self, tmp_path):
        workspace = make_workspace(tmp_path / "shop")
        (workspace.catalogue / "products.csv").write_text("sku,name,image\nA,Lamp,a.jpg\nB,Vase,\n")

        def feed(*pairs: tuple[str, str]) -> Feed:
            items = tuple(FeedItem(sku=sku, image=image, where=Where()) for sku, image in pairs)
            return Feed(kind=FeedKind.SHOPIFY, file="feed", items=items)

        first = feed(("A", "http://a.example/a"), ("B", "http://a.example/b"), ("=C", "http://a.example/c"), ("D", ""))
        assert remember_feed(workspace, load_catalogue(workspace.catalogue)[0], first) == 3
        assert remember_feed(workspace, load_catalogue(workspace.catalogue)[0], first) == 0
        second = feed(("=C", "http://a.example/c2"))
        assert remember_feed(workspace, load_catalogue(workspace.catalogue)[0], second) == 1
        catalogue, findings = load_catalogue(workspace.catalogue)
        assert not [each for each in findings if "pictures" in each.where.file]
        assert catalogue.image("A") == "a.jpg"
        assert catalogue.image("B") == catalogue.product("B").image == "http://a.example/b"
        assert catalogue.image("=C") == "http://a.example/c2"
        assert catalogue.image("D") == ""
        assert [item.sku for item in catalogue_feed(catalogue).items] == ["A", "B", "=C"]


class TestPace:
    def test_rate_and_time_left(self):
        pace = Pace()
        assert pace.text(0, 40_000, 100.0) == "0 of 40,000"
        assert pace.text(2000, 40_000, 110.0) == "2,000 of 40,000, 200/s, 3 min 10 s left"
        assert pace.text(2005, 40_000, 130.0) == "2,005 of 40,000, 0.2/s, 42 h 13 min left"
        assert pace.text(40_000, 40_000, 140.0) == "40,000 of 40,000"

    def test_lines_come_now_and_then(self):
        pace = Pace()
        lines = [pace.line(done, 1000, done / 100) for done in range(1001)]
        assert [line.split(" of ")[0] for line in lines if line] == [
            *(f"{number}" for number in range(100, 1000, 100)),
            "1,000",
        ]
        slow = Pace()
        assert [bool(slow.line(1, 1000, now)) for now in (0.0, 29.0, 30.0, 31.0)] == [False, False, True, False]

    @pytest.mark.parametrize(
        ("seconds", "told"),
        [(-1, "0 s"), (59.4, "59 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (7500, "2 h 05 min")],
    )
    def test_duration(self, seconds, told):
        assert duration(seconds) == told
