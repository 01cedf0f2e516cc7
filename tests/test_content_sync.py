"""Content sync: whatever a feed's server does, what was good stays; nothing goes live that was not checked."""

import json
import shutil
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from content_kit import item, rss
from picture_kit import Answer, PictureShop, photo, picture_shop
from workspace_kit import go_on, make_quick

from packslip.check import check_world
from packslip.cli.exits import Exit
from packslip.cli.main import run
from packslip.engine.content import going_live
from packslip.engine.content.deciding import approve_entries, listed, reject_entries
from packslip.engine.content.keeping import KEPT_DAYS, EntryState, KeptEntry, kept_feed
from packslip.engine.content.syncing import Synced, is_due, sync_content
from packslip.engine.lock import content_lock
from packslip.engine.upkeep import nightly
from packslip.engine.upkeep.nightly import Nightly
from packslip.errors import RetryLater, UsageError, WorkspaceError
from packslip.ledger import Ledger
from packslip.model import Finding, Where, error
from packslip.pictures.library import PictureLibrary
from packslip.world import Workspace, World, current_release, go_live, release_folder, release_log, snapshot

__all__ = ["picture_shop"]

TODAY = date(2026, 11, 26)
NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
FEED = "feed.xml"


@dataclass
class Journal:
    """A workspace with a feed on a server, synced again and again."""

    shop: PictureShop
    workspace: Workspace
    today: date = TODAY
    checked: list[tuple[date, ...]] = field(default_factory=list)
    judged: list[str] = field(default_factory=list)

    def says(self, *items: str, **more: str) -> None:
        self.shop.pictures[FEED] = rss(*items, **more)

    def sync(self) -> Synced:
        world = World.open(self.workspace.root)
        return sync_content(world, now=self.now, today=self.today, judge=self.judge, check=self.check)

    @property
    def now(self) -> datetime:
        return NOW + (self.today - TODAY)

    def judge(self, path: Path) -> tuple[Finding, ...]:
        self.judged.append(path.name)
        good = path.read_bytes() != b"\xff\xd8\xff broken"
        return () if good else (error("picture.broken", Where(), "half of it is missing"),)

    def check(self, world: World, days: Iterable[date]) -> tuple[Finding, ...]:
        self.checked.append(tuple(days))
        return check_world(world)

    @property
    def entries(self) -> dict[str, KeptEntry]:
        return {entry.guid: entry for entry in kept_feed(self.workspace.content, "journal").entries}

    @property
    def states(self) -> dict[str, str]:
        return {row.entry.guid: row.state.value for row in listed(self.workspace, self.today)}

    def approve(self, guid: str) -> None:
        entry = self.entries[guid]
        approve_entries(self.workspace, [entry.id], who="ada", now=self.now, today=self.today)

    def block(self, guid: str) -> Path:
        return self.workspace.root / "layouts" / "content" / f"feed-{self.entries[guid].id}.toml"

    def set(self, before: str, after: str) -> None:
        toml = self.workspace.root / "packslip.toml"
        text = toml.read_text(encoding="utf-8")
        assert before in text
        toml.write_text(text.replace(before, after), encoding="utf-8")

    def live(self, guid: str) -> bool:
        return next(row.is_live for row in listed(self.workspace, self.today) if row.entry.guid == guid)


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace, made once and copied for each test."""
    root = tmp_path_factory.mktemp("template") / "shop"
    make_quick(root)
    return root


@pytest.fixture
def journal(template: Path, tmp_path: Path, picture_shop: PictureShop) -> Journal:
    root = tmp_path / "shop"
    shutil.copytree(template, root)
    toml = root / "packslip.toml"
    text = toml.read_text(encoding="utf-8").replace("[content]", "[content]\nfetch_s = 2.0", 1)
    text = text.replace("fetch_s = 20.0", "").replace("hosts = []  # hosts that", f'hosts = ["{picture_shop.host}"]  #')
    feed = f'[[content_feeds]]\nname = "journal"\nurl = "{picture_shop.url(FEED)}"\napproval = "each"\ndays = 14\n'
    toml.write_text(f"{text}\n{feed}", encoding="utf-8")
    made = Journal(picture_shop, Workspace.at(root))
    made.says(item("1"))
    return made


def by_itself(journal: Journal) -> None:
    """The feed needs no approval, and the settings that say so are live."""
    journal.set('approval = "each"', 'approval = "none"')
    go_on(journal.workspace)


class TestFetching:
    def test_an_entry_is_proposed_and_nothing_is_written(self, journal: Journal) -> None:
        synced = journal.sync()
        assert [(feed.fresh, feed.waiting, feed.fault) for feed in synced.feeds] == [(1, 1, "")]
        entry = journal.entries["1"]
        assert (entry.valid_from, entry.valid_to) == (date(2026, 11, 20), date(2026, 12, 3))
        assert journal.states == {"1": "proposed"}
        assert not journal.block("1").exists()

    def test_what_has_not_changed_is_not_sent_again(self, journal: Journal) -> None:
        journal.sync()
        again = journal.sync()
        assert (journal.shop.unchanged[FEED], again.feeds[0].fresh) == (1, 0)
        assert journal.states == {"1": "proposed"}

    def test_it_is_sent_again_where_the_settings_have_changed(self, journal: Journal) -> None:
        journal.sync()
        journal.set("days = 14", "days = 3")
        journal.today = date(2026, 11, 21)
        journal.sync()
        assert journal.shop.unchanged[FEED] == 0
        assert journal.entries["1"].valid_to == date(2026, 11, 22)

    @pytest.mark.parametrize(
        ("answer", "code", "told"),
        [
            (Answer(status=500), "feed.unreachable", "server answered 500"),
            (Answer(status=404), "feed.unreachable", "server answered 404"),
            (Answer(status=304), "feed.unreachable", "server answered 304"),
            (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "feed.host_not_allowed", "10.0.0.1"),
            (Answer(status=302, headers={"Location": "file:///etc/passwd"}), "feed.bad_url", "http and https"),
            (Answer(body=rss(item("2")), promised=99_999), "feed.unreachable", "not fetched"),
            (Answer(body=rss(item("2"))[:-40]), "content.no_feed", "not well-formed"),
            (Answer(body=b"<!DOCTYPE html><p>We are moving."), "content.no_feed", ""),
            (Answer(body=rss()), "content.no_feed", "no entry"),
            (Answer(body=b""), "feed.unreachable", "empty"),
            (Answer(body=rss(item("2")), headers={"Content-Encoding": "gzip"}), "feed.unreachable", "compressed"),
            (Answer(body=rss(item("2")) + b" " * 5_000_000), "feed.too_large", "4000000 bytes"),
            (Answer(stalls=True), "feed.unreachable", "within 2 s"),
        ],
        ids=[
            "ill", "gone", "unchanged_unasked", "led_inward", "led_to_a_file", "cut_off", "half", "page", "empty_feed",
            "nothing", "compressed", "huge", "silent",
        ],
    )  # fmt: skip
    def test_a_feed_that_fails_changes_nothing_and_is_told(
        self, journal: Journal, answer: Answer, code: str, told: str
    ) -> None:
        journal.sync()
        journal.approve("1")
        before = journal.entries, journal.block("1").read_bytes()
        kept = kept_feed(journal.workspace.content, "journal")
        path = journal.workspace.content / "journal.json"
        path.write_text(kept.model_copy(update={"etag": "", "last_modified": ""}).model_dump_json(), encoding="utf-8")
        journal.shop.answers[FEED] = [answer]
        synced = journal.sync()
        assert [finding.code for finding in synced.findings] == [code]
        assert told in synced.findings[0].message
        assert "content_feeds.journal" in str(synced.findings[0].where) or synced.findings[0].where.file == "journal"
        assert synced.feeds[0].fault
        assert (journal.entries, journal.block("1").read_bytes()) == before
        assert journal.sync().feeds[0].fault == ""

    def test_a_host_that_is_not_listed_is_not_asked(self, journal: Journal) -> None:
        journal.set(f'hosts = ["{journal.shop.host}"]', "hosts = []")
        synced = journal.sync()
        assert journal.shop.asked.total() == 0
        assert [(finding.code, finding.hint) for finding in synced.findings] == [
            ("feed.host_not_allowed", "add it to content.hosts in packslip.toml, if you trust it")
        ]

    def test_a_file_of_the_workspace_is_a_feed_too(self, journal: Journal) -> None:
        journal.set(f'url = "{journal.shop.url(FEED)}"', 'file = "samples/feeds/journal.json"')
        synced = journal.sync()
        assert synced.findings == ()
        assert sorted(journal.states) == ["2026-12-kiln", "2027-01-linen"]
        assert journal.entries["2026-12-kiln"].picture == "art:content-winter-table.jpg"


class TestPictures:
    def test_the_picture_of_an_entry_is_fetched_once_and_comes_along(self, journal: Journal) -> None:
        journal.shop.pictures["a.jpg"] = photo(1)
        journal.says(item("1", content_encoded=f"<img src='{journal.shop.url('a.jpg')}'>"))
        journal.sync()
        journal.says(item("1", content_encoded=f"<img src='{journal.shop.url('a.jpg')}'>"), item("2"))
        journal.sync()
        assert (journal.shop.asked["a.jpg"], len(journal.judged)) == (1, 1)
        journal.approve("1")
        name = journal.entries["1"].art
        assert (journal.workspace.root / "layouts" / "art" / name).read_bytes() == photo(1)
        assert f'picture = "{name}"' in journal.block("1").read_text(encoding="utf-8")
        world = World.open(journal.workspace.root)
        assert [finding for finding in check_world(world) if finding.where.file == str(journal.block("1"))] == []

    @pytest.mark.parametrize(
        ("answer", "code"),
        [
            (Answer(body=b"<svg onload='alert(1)'/>", headers={"Content-Type": "image/png"}), "picture.not_readable"),
            (Answer(body=b"\xff\xd8\xff broken"), "picture.broken"),
            (Answer(status=404), "picture.unreachable"),
            (Answer(status=302, headers={"Location": "http://169.254.169.254/"}), "picture.host_not_allowed"),
        ],
        ids=["drawing", "broken", "gone", "led_inward"],
    )
    def test_a_picture_that_cannot_be_had_costs_the_picture_alone(
        self, journal: Journal, answer: Answer, code: str
    ) -> None:
        journal.shop.answers["a.jpg"] = [answer]
        journal.says(item("1", content_encoded=f"<img src='{journal.shop.url('a.jpg')}'>"))
        synced = journal.sync()
        assert [(finding.code, finding.severity) for finding in synced.findings] == [(code, "warning")]
        assert (journal.entries["1"].picture, journal.states) == ("", {"1": "proposed"})

    def test_a_picture_that_may_yet_come_is_asked_for_again(self, journal: Journal) -> None:
        journal.shop.pictures["a.jpg"] = photo(1)
        journal.shop.answers["a.jpg"] = [Answer(status=503)]
        journal.says(item("1", content_encoded=f"<img src='{journal.shop.url('a.jpg')}'>"))
        journal.sync()
        assert journal.entries["1"].picture == ""
        journal.sync()
        assert journal.entries["1"].picture
        assert journal.shop.unchanged[FEED] == 0

    def test_pictures_that_no_entry_has_are_taken_away(self, journal: Journal) -> None:
        journal.shop.pictures["a.jpg"] = photo(1)
        journal.says(item("1", content_encoded=f"<img src='{journal.shop.url('a.jpg')}'>"))
        journal.sync()
        assert len([*(journal.workspace.content / "pictures").iterdir()]) == 1
        journal.says(item("1"))
        journal.sync()
        assert [*(journal.workspace.content / "pictures").iterdir()] == []

    def test_renditions_are_made_ahead_of_the_orders(self, journal: Journal) -> None:
        journal.shop.pictures["a.jpg"] = photo(1, size=(1400, 900))
        journal.says(item("1", content_encoded=f"<img src='{journal.shop.url('a.jpg')}'>"))
        assert run(["-w", str(journal.workspace.root), "content", "sync"]) == Exit.WELL
        journal.approve("1")
        world = World.open(journal.workspace.root)
        decoded: list[bytes] = []
        library = PictureLibrary(
            world.workspace.image_cache, world.root / "layouts" / "art", world.settings.pictures,
            decode=lambda data, recipes: decoded.append(data),  # type: ignore[arg-type, return-value, func-returns-value]
        )  # fmt: skip
        media = world.media(world.layouts["atelier-a4"])
        box = world.layouts["atelier-a4"].pictures["content"]
        rendition, _ = library.fetch(journal.entries["1"].art, box, media.dots_per_mm, media.ink)
        assert rendition is not None
        assert decoded == []


class TestDeciding:
    def test_an_approved_entry_goes_live_with_the_next_publish(self, journal: Journal) -> None:
        journal.sync()
        go_on(journal.workspace)
        journal.approve("1")
        assert (journal.states, journal.live("1")) == ({"1": "approved"}, False)
        go_on(journal.workspace)
        assert journal.live("1")
        entry = journal.entries["1"]
        assert (entry.who, entry.at) == ("ada", NOW)
        assert "approved by ada on 2026-11-26" in journal.block("1").read_text(encoding="utf-8")

    def test_a_change_is_proposed_anew_and_what_was_approved_stays(self, journal: Journal) -> None:
        journal.sync()
        journal.approve("1")
        before = journal.block("1").read_bytes()
        journal.says(item("1", text="Something else altogether."))
        journal.sync()
        assert (journal.states, journal.block("1").read_bytes()) == ({"1": "proposed"}, before)
        journal.approve("1")
        assert b"Something else" in journal.block("1").read_bytes()

    def test_a_rejected_entry_is_proposed_again_only_where_it_has_changed(self, journal: Journal) -> None:
        journal.sync()
        journal.approve("1")
        reject_entries(journal.workspace, [journal.entries["1"].id], who="ada", now=NOW, check=journal.check)
        assert not journal.block("1").exists()
        journal.says(item("1"), item("2"))
        journal.sync()
        assert journal.states == {"1": "rejected", "2": "proposed"}
        journal.says(item("1", title="Another title"))
        journal.sync()
        assert journal.states["1"] == "proposed"

    def test_an_entry_that_disappears_stays_until_its_last_day(self, journal: Journal) -> None:
        journal.says(item("1"), item("2"))
        journal.sync()
        journal.approve("1")
        journal.says(item("3"))
        journal.sync()
        assert journal.states == {"1": "approved", "2": "proposed", "3": "proposed"}
        assert [guid for guid, entry in journal.entries.items() if entry.is_gone] == ["2", "1"]
        assert journal.block("1").exists()

    def test_after_its_last_day_it_goes_and_its_file_a_month_later(self, journal: Journal) -> None:
        journal.says(item("1"), item("2"))
        journal.sync()
        journal.approve("1")
        block = journal.block("1")
        journal.says(item("3", date="2027-06-01"))
        journal.today = date(2026, 12, 4)
        journal.sync()
        assert journal.states == {"1": "expired", "3": "proposed"}
        assert block.exists()
        with pytest.raises(UsageError, match="its last day was 2026-12-03"):
            journal.approve("1")
        journal.today += timedelta(days=KEPT_DAYS)
        journal.sync()
        assert journal.states == {"3": "proposed"}
        assert not block.exists()

    def test_a_file_that_was_edited_is_never_written_over(self, journal: Journal) -> None:
        journal.sync()
        journal.approve("1")
        mine = journal.block("1").read_text(encoding="utf-8").replace("A kiln", "My kiln")
        journal.block("1").write_text(mine, encoding="utf-8")
        journal.says(item("1", title="Theirs"))
        journal.sync()
        with pytest.raises(UsageError, match="edited by hand"):
            journal.approve("1")
        assert journal.block("1").read_text(encoding="utf-8") == mine

    def test_an_entry_that_is_not_there_is_told_with_what_was_meant(self, journal: Journal) -> None:
        journal.sync()
        identity = journal.entries["1"].id
        with pytest.raises(UsageError, match=f"did you mean {identity}"):
            approve_entries(journal.workspace, [identity[:-1]], who="ada", now=NOW, today=TODAY)

    def test_one_command_at_a_time(self, journal: Journal) -> None:
        with content_lock(journal.workspace.state), pytest.raises(WorkspaceError, match="being synced or decided"):
            journal.sync()

    def test_a_store_that_no_brand_has_keeps_an_entry_out(self, journal: Journal) -> None:
        entry = {"id": "1", "stores": ["nowhere"], "text": {"en": {"headline": "H", "body": "B."}}}
        journal.shop.pictures[FEED] = json.dumps({"packslip": 1, "entries": [entry]}).encode()
        synced = journal.sync()
        assert [finding.code for finding in synced.findings] == ["store.unknown"]
        assert journal.entries == {}


class TestByItself:
    def test_it_goes_live_in_a_release_made_of_the_live_one(self, journal: Journal) -> None:
        by_itself(journal)
        before = current_release(journal.workspace)
        half_edited = journal.workspace.root / "layouts" / "atelier-a4" / "slip.html"
        half_edited.write_text("{% if", encoding="utf-8")
        synced = journal.sync()
        (release,) = synced.releases
        assert synced.findings == ()
        assert current_release(journal.workspace) == release.id != before
        assert release.changed == (f"layouts/content/feed-{journal.entries['1'].id}.toml",)
        assert release.who == "content sync"
        assert journal.live("1")
        assert journal.block("1").exists()  # so the next publish has it too

    def test_the_next_sync_makes_nothing_live_that_is(self, journal: Journal) -> None:
        by_itself(journal)
        journal.sync()
        assert journal.sync().releases == ()
        assert len(journal.checked) == 1

    def test_a_rollback_is_not_undone_by_the_next_sync(self, journal: Journal) -> None:
        by_itself(journal)
        before = current_release(journal.workspace)
        assert before
        journal.sync()
        go_live(journal.workspace, before, who="ada", at=NOW, rollback=True)
        journal.sync()
        assert current_release(journal.workspace) == before

    def test_an_entry_with_an_error_does_not_go_live_and_keeps_no_other_waiting(self, journal: Journal) -> None:
        by_itself(journal)
        journal.says(item("1"), item("2", title="\u1681 ogham", date="2026-11-21"))
        synced = journal.sync()
        assert [(finding.code, finding.severity) for finding in synced.findings] == [("glyph.missing", "error")]
        assert (journal.live("1"), journal.live("2")) == (True, False)
        assert not journal.block("2").exists()  # so that it keeps nobody from publishing
        journal.says(item("1"), item("2", title="latin", date="2026-11-21"))
        assert journal.sync().findings == ()
        assert journal.live("2")

    def test_a_change_with_an_error_leaves_what_was_good_live_and_in_the_folder(self, journal: Journal) -> None:
        by_itself(journal)
        journal.shop.pictures["a.jpg"] = photo(1)
        picture = f"<img src='{journal.shop.url('a.jpg')}'>"
        journal.says(item("1", content_encoded=picture))
        journal.sync()
        before = journal.block("1").read_bytes(), journal.entries["1"].art, current_release(journal.workspace)
        journal.says(item("1", title="\u1681 ogham"))
        for _ in range(2):
            assert [finding.code for finding in journal.sync().findings] == ["glyph.missing"]
            after = journal.block("1").read_bytes(), journal.entries["1"].art, current_release(journal.workspace)
            assert after == before
            assert (journal.workspace.root / "layouts" / "art" / before[1]).read_bytes() == photo(1)
            assert (journal.states, journal.live("1")) == ({"1": "proposed"}, True)
        journal.says(item("1", title="Latin again"))
        assert journal.sync().findings == ()
        assert b"Latin again" in journal.block("1").read_bytes()

    def test_a_file_that_was_edited_stays_and_is_told(self, journal: Journal) -> None:
        by_itself(journal)
        journal.sync()
        journal.block("1").write_text(journal.block("1").read_text(encoding="utf-8") + "# mine\n", encoding="utf-8")
        journal.says(item("1", title="Theirs"))
        assert [finding.code for finding in journal.sync().findings] == ["content.edited"]
        assert "# mine" in journal.block("1").read_text(encoding="utf-8")
        journal.block("1").unlink()
        assert journal.sync().findings == ()
        assert "Theirs" in journal.block("1").read_text(encoding="utf-8")

    def test_slips_are_tried_on_the_days_it_would_be_printed_on(self, journal: Journal) -> None:
        by_itself(journal)
        journal.says(item("1"), item("2", date="2026-12-01"))
        journal.sync()
        assert journal.checked == [(TODAY, date(2026, 12, 1))]

    def test_the_live_settings_decide_not_the_saved_ones(self, journal: Journal) -> None:
        go_on(journal.workspace)
        before = current_release(journal.workspace)
        journal.set('approval = "each"', 'approval = "none"')
        journal.sync()
        assert (journal.states, current_release(journal.workspace)) == ({"1": "approved"}, before)

    def test_rejecting_takes_it_out_of_the_live_release(self, journal: Journal) -> None:
        by_itself(journal)
        before = current_release(journal.workspace)
        journal.sync()
        reject_entries(journal.workspace, [journal.entries["1"].id], who="ada", now=NOW, check=journal.check)
        assert current_release(journal.workspace) == before  # the same files are the same release
        assert [entry.who for entry in release_log(journal.workspace)] == ["Ada", "content sync", "ada"]
        journal.sync()
        assert journal.states == {"1": "rejected"}

    def test_whoever_publishes_meanwhile_loses_nothing(self, journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
        by_itself(journal)
        published: list[str] = []

        def check(world: World, days: Iterable[date]) -> tuple[Finding, ...]:
            if not published:
                (journal.workspace.root / "layouts" / "plain" / "slip.css").write_text("/* new */", encoding="utf-8")
                published.append(snapshot(journal.workspace))
                go_live(journal.workspace, published[0], who="bo", at=NOW)
            return ()

        monkeypatch.setattr(journal, "check", check)
        journal.sync()
        live = current_release(journal.workspace)
        assert live
        css = release_folder(journal.workspace, live) / "layouts" / "plain" / "slip.css"
        assert css.read_text(encoding="utf-8") == "/* new */"
        assert journal.live("1")

    def test_the_same_entries_give_the_same_release_wherever_they_are_read(self, journal: Journal) -> None:
        by_itself(journal)
        (first,) = journal.sync().releases
        live = release_folder(journal.workspace, first.id)
        block = (live / f"layouts/content/feed-{journal.entries['1'].id}.toml").read_bytes()
        base = release_log(journal.workspace)[0].id
        changes = {f"layouts/content/feed-{journal.entries['1'].id}.toml": block}
        assert going_live.derive(journal.workspace, base, changes) == first.id


def test_it_is_due_as_often_as_the_settings_say(journal: Journal) -> None:
    settings = journal.workspace.settings()
    assert is_due(journal.workspace, settings, NOW)
    journal.sync()
    assert not is_due(journal.workspace, settings, NOW + timedelta(minutes=59))
    assert is_due(journal.workspace, settings, NOW + timedelta(minutes=60))
    journal.set("sync_minutes = 60", "sync_minutes = 0")
    assert not is_due(journal.workspace, journal.workspace.settings(), NOW + timedelta(days=9))


def test_a_running_line_asks_when_it_is_due_and_goes_on_where_a_feed_fails(
    journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[tuple[str, ...]] = []

    def aside(workspace: Workspace, command: tuple[str, ...], stop: threading.Event, *, longest_s: float) -> bool:
        asked.append(command)
        if len(asked) == 1:
            raise RetryLater("journal: not read")
        journal.sync()
        return True

    monkeypatch.setattr(nightly, "run_aside", aside)
    now = NOW
    with Ledger.open(journal.workspace.ledger, secret=journal.workspace.secret()) as ledger:
        night = Nightly(journal.workspace, ledger, journal.workspace.settings, lambda _: None, now=lambda: now)
        with pytest.raises(RetryLater):
            night.content()
        assert not night.content()
        now += timedelta(minutes=15)
        assert night.content()
        assert not night.content()
        now += timedelta(hours=1)
        assert night.content()
    assert asked == [("content", "sync")] * 3


def test_the_commands_tell_it_all(journal: Journal, capsys: pytest.CaptureFixture[str]) -> None:
    place = ["-w", str(journal.workspace.root), "content"]
    journal.says(item("1", date=f"{date.today()}"))  # noqa: DTZ011
    assert run([*place, "sync", "--json"]) == Exit.WELL
    assert json.loads(capsys.readouterr().out)["feeds"] == [
        {"name": "journal", "fault": None, "fresh": 1, "waiting": 1}
    ]
    identity = journal.entries["1"].id
    assert run([*place, "approve", identity]) == Exit.WELL
    capsys.readouterr()
    assert run([*place, "list", "--json"]) == Exit.WELL
    row = json.loads(capsys.readouterr().out)
    assert (row["id"], row["state"], row["live"]) == (identity, EntryState.APPROVED, False)
    assert run([*place, "list"]) == Exit.WELL
    assert "A kiln in winter" in capsys.readouterr().out
    assert run([*place, "reject", identity]) == Exit.WELL
    del journal.shop.pictures[FEED]
    assert run([*place, "sync"]) == Exit.FINDINGS
    assert "what was had before stays: server answered 404" in capsys.readouterr().err.splitlines()[-1]
