"""Sync: every picture of a feed made ready ahead of the orders, whatever servers, files and kills do to it."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest
from picture_kit import (
    Answer,
    PictureShop,
    Time,
    encode,
    odd_pictures,
    photo,
    picture_shop,
    tag,
)
from PIL import Image

from packslip.engine.decoding import Decoders
from packslip.model import has_errors
from packslip.pictures.asking import AWAY_AFTER, MOST_WAIT_S, TRIES, Asker, backoff
from packslip.pictures.index import Index
from packslip.pictures.library import PictureLibrary
from packslip.pictures.recipe import Recipe
from packslip.pictures.remote import UNASKED, Fetched, Fetcher, Validators
from packslip.pictures.rendering import render_renditions
from packslip.pictures.store import Store
from packslip.pictures.sync import PictureSync, Progress
from packslip.settings import PictureSettings

__all__ = ["picture_shop"]

SMALL = Recipe(width_mm=14, height_mm=14, dots_per_mm=23.622, ink="colour", max_pixels=60_000_000)
LARGE = Recipe(width_mm=48, height_mm=36, dots_per_mm=23.622, ink="colour", max_pixels=60_000_000)


class Counting:
    def __init__(self) -> None:
        self.calls: list[tuple[Recipe, ...]] = []
        self.open = self.most_open = 0
        self.lock = threading.Lock()

    def __call__(self, data, recipes):
        with self.lock:
            self.calls.append(recipes)
            self.open += 1
            self.most_open = max(self.open, self.most_open)
        try:
            return render_renditions(data, recipes)
        finally:
            with self.lock:
                self.open -= 1


class Bench:
    """One cache and one picture folder, synced again and again."""

    def __init__(self, root: Path, *hosts: str) -> None:
        self.cache, self.folder = root / "cache", root / "pictures"
        self.folder.mkdir()
        self.settings = PictureSettings(folder="pictures", hosts=hosts, sync_s=10)
        self.decode = Counting()
        self.time = Time()
        self.today = 1_700_000_000.0
        self.seen: list[Progress] = []

    def sync(self, *references: str, recipes=(SMALL, LARGE), **options) -> Progress:
        self.today += 60
        return PictureSync(
            self.cache,
            self.folder,
            self.settings,
            recipes,
            **{
                "decode": self.decode,
                "decoders": 2,
                "listener": self.seen.append,
                "clock": self.time,
                "today": lambda: self.today,
                "sleep": self.time.sleep,
                **options,
            },
        ).run(references)

    def write(self, name: str, data: bytes) -> None:
        (self.folder / name).write_bytes(data)

    def findings(self, reference: str):
        return Index(self.cache).source(reference).findings

    def look_up(self, reference: str, recipe: Recipe = SMALL):
        def never(*_):
            raise AssertionError("an order had to fetch or decode")

        library = PictureLibrary(self.cache, self.folder, self.settings, decode=never, fetch_url=never)
        return library.fetch(reference, recipe, recipe.dots_per_mm, recipe.ink)

    def digests(self) -> set[str]:
        return {kept.digest for kept in Store(self.cache).files() if not kept.is_source}


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture
def remote(tmp_path: Path, picture_shop: PictureShop) -> Bench:
    return Bench(tmp_path, picture_shop.host)


class TestFiles:
    def test_what_a_sync_made_an_order_finds_without_work(self, bench):
        bench.write("a.jpg", photo(1))
        progress = bench.sync("a.jpg", "a.jpg")
        assert (progress.total, progress.done, progress.made, progress.failed) == (1, 1, 2, 0)
        for recipe in (SMALL, LARGE):
            rendition, findings = bench.look_up("a.jpg", recipe)
            assert (rendition.width, rendition.height) == recipe.size
            assert findings == ()
            alone = render_renditions(photo(1), (recipe,)).rendered[0]
            assert rendition.path.read_bytes() == alone.data  # whoever makes it, and with whatever else

    def test_a_second_sync_touches_only_what_changed(self, bench):
        for seed in range(4):
            bench.write(f"{seed}.jpg", photo(seed))
        bench.sync(*(f"{seed}.jpg" for seed in range(4)))
        before = {kept.path: kept.path.stat().st_ino for kept in Store(bench.cache).files()}
        bench.decode.calls.clear()
        bench.write("2.jpg", photo(9))
        progress = bench.sync(*(f"{seed}.jpg" for seed in range(4)))
        assert (progress.current, progress.made, len(bench.decode.calls)) == (3, 2, 1)
        after = {kept.path: kept.path.stat().st_ino for kept in Store(bench.cache).files()}
        assert before.items() <= after.items()
        assert len(after) == len(before) + 2

    def test_a_new_layout_makes_only_its_own_renditions(self, bench):
        bench.write("a.jpg", photo(1))
        bench.sync("a.jpg", recipes=(SMALL,))
        bench.sync("a.jpg", recipes=(SMALL, LARGE))
        assert bench.decode.calls == [(SMALL,), (LARGE,)]

    def test_the_same_bytes_under_many_names_are_decoded_once(self, bench):
        for number in range(12):
            bench.write(f"{number}.jpg", photo(1))
        progress = bench.sync(*(f"{number}.jpg" for number in range(12)))
        assert (progress.done, progress.made, len(bench.decode.calls)) == (12, 2, 1)
        assert all(bench.look_up(f"{number}.jpg")[0] for number in range(12))

    def test_a_rendition_that_was_deleted_is_made_again(self, bench):
        bench.write("a.jpg", photo(1))
        bench.sync("a.jpg")
        rendition, _ = bench.look_up("a.jpg")
        rendition.path.unlink()
        assert bench.sync("a.jpg").made == 1
        assert rendition.path.exists()

    def test_what_is_missing_is_remembered_as_missing_until_it_comes(self, bench):
        assert bench.sync("late.jpg").failed == 1
        assert [finding.code for finding in bench.findings("pictures/late.jpg")] == ["picture.missing"]
        bench.write("late.jpg", photo(1))
        assert bench.sync("late.jpg").made == 2
        assert bench.findings("pictures/late.jpg") == ()

    def test_no_more_pictures_at_a_time_than_there_are_decoders(self, bench):
        for seed in range(20):
            bench.write(f"{seed}.jpg", photo(seed, (60, 60)))
        bench.sync(*(f"{seed}.jpg" for seed in range(20)))
        assert bench.decode.most_open <= 2

    def test_progress_never_runs_ahead_of_the_disk(self, bench):
        for seed in range(6):
            bench.write(f"{seed}.jpg", photo(seed, (60, 60)))
        known = []
        bench.sync(
            *(f"{seed}.jpg" for seed in range(6)),
            listener=lambda progress: known.append((progress.done, len(Index(bench.cache).sources()))),
        )
        assert len(known) == 7
        assert all(done <= written for done, written in known)

    def test_a_picture_without_any_layout_is_still_read(self, bench):
        bench.write("a.jpg", photo(1))
        assert bench.sync("a.jpg", recipes=()).made == 0


class TestOddPictures:
    def test_each_is_a_rendition_or_a_clear_finding_and_none_ends_the_service(self, bench):
        odd = odd_pictures()
        for name, (data, _) in odd.items():
            bench.write(name, data)
        settings = bench.settings.model_copy(update={"memory_mb": 700, "deadline_s": 20})
        with Decoders(settings) as decode:
            progress = bench.sync(*odd, decode=decode, decoders=decode.count)
        assert progress.done == len(odd)
        for name, (_, code) in odd.items():
            rendition, findings = bench.look_up(name)
            assert (rendition is None) == bool(code), (name, findings)
            assert code in {finding.code for finding in findings} | {""}, (name, findings)
            assert all(finding.hint and str(finding.where) == f"pictures/{name}" for finding in findings), name

    def test_a_picture_that_takes_too_long_or_too_much_ends_its_process_not_the_sync(self, bench):
        bench.write("slow.png", encode(Image.new("RGB", (9000, 6000), (9, 99, 199)), compress_level=1))
        bench.write("good.jpg", photo(1))
        settings = bench.settings.model_copy(update={"deadline_s": 0.05})
        with Decoders(settings) as decode:
            bench.sync("slow.png", decode=decode, decoders=1)
        (finding,) = bench.look_up("slow.png")[1]
        assert (finding.code, "took longer than 0.05 s" in finding.message) == ("picture.too_costly", True)
        settings = bench.settings.model_copy(update={"memory_mb": 330})
        bench.write("slow.png", encode(Image.new("RGB", (9000, 6001), (9, 99, 199)), compress_level=1))
        with Decoders(settings) as decode:
            bench.sync("slow.png", "good.jpg", decode=decode, decoders=1)
        (finding,) = bench.look_up("slow.png")[1]
        assert finding.code in {"picture.too_costly", "picture.broken"}
        assert bench.look_up("good.jpg")[0] is not None


class TestServers:
    def test_pictures_are_fetched_once_and_then_only_asked_after(self, remote, picture_shop):
        for seed in range(5):
            picture_shop.pictures[f"{seed}.jpg"] = photo(seed)
        urls = [picture_shop.url(f"{seed}.jpg") for seed in range(5)]
        progress = remote.sync(*urls)
        assert (progress.fetched, progress.made) == (5, 10)
        picture_shop.pictures["3.jpg"] = photo(77)
        progress = remote.sync(*urls)
        assert (progress.fetched, progress.made, progress.current) == (1, 2, 4)
        assert picture_shop.unchanged.total() == 4
        assert remote.look_up(urls[3])[0].path.read_bytes() == render_renditions(photo(77), (SMALL,)).rendered[0].data

    def test_last_modified_serves_where_there_is_no_etag(self, remote, picture_shop, monkeypatch):
        stamp = "Sat, 21 Nov 2026 10:00:00 GMT"
        asked = []

        def answer(path, headers):
            asked.append(headers.get("if-modified-since"))
            return Answer(status=304) if asked[-1] else Answer(body=photo(1), headers={"Last-Modified": stamp})

        monkeypatch.setattr(picture_shop, "answer", answer)
        for _ in range(2):
            remote.sync(picture_shop.url("a.jpg"))
        assert asked == [None, stamp]

    def test_a_server_that_knows_no_conditions_is_asked_in_full_but_nothing_is_decoded(self, remote, picture_shop):
        picture_shop.answers["a.jpg"] = [Answer(body=photo(1)), Answer(body=photo(1))]
        for _ in range(2):
            remote.sync(picture_shop.url("a.jpg"))
        assert len(remote.decode.calls) == 1

    def test_a_picture_of_which_nothing_is_left_is_asked_for_in_full(self, remote, picture_shop):
        picture_shop.pictures["a.jpg"] = photo(1)
        remote.sync(picture_shop.url("a.jpg"))
        for kept in Store(remote.cache).files():
            kept.path.unlink()
        assert remote.sync(picture_shop.url("a.jpg")).made == 2
        assert picture_shop.unchanged.total() == 0

    @pytest.mark.parametrize(
        "fault",
        [
            Answer(status=500),
            Answer(status=503, headers={"Retry-After": "2"}),
            Answer(status=429),
            Answer(body=photo(1)[:300], promised=len(photo(1))),
            Answer(body=b""),
        ],
        ids=["server_ill", "server_asks_to_wait", "too_many_requests", "died_mid_body", "empty_body"],
    )
    def test_what_may_pass_is_tried_again(self, remote, picture_shop, fault):
        picture_shop.pictures["a.jpg"] = photo(1)
        picture_shop.answers["a.jpg"] = [fault, fault]
        assert remote.sync(picture_shop.url("a.jpg")).failed == 0
        assert picture_shop.asked["a.jpg"] == 3
        assert remote.look_up(picture_shop.url("a.jpg"))[0] is not None

    @pytest.mark.parametrize(
        ("fault", "code", "told"),
        [
            (Answer(status=404), "picture.unreachable", "server answered 404"),
            (Answer(body=b"<!DOCTYPE html>gone", headers=tag(photo(1))), "picture.not_readable", "a web page"),
            (Answer(body=photo(1)[:900], headers=tag(photo(1))), "picture.broken", "truncated"),
            (Answer(body=photo(1), headers={"Content-Encoding": "gzip"}), "picture.unreachable", "compressed"),
            (Answer(status=304), "picture.unreachable", "server answered 304"),
            (Answer(status=302, headers={"Location": "http://10.0.0.1/"}), "picture.host_not_allowed", "10.0.0.1"),
        ],
        ids=["gone", "soft_404", "half_a_file_said_whole", "compressed", "unchanged_unasked", "led_away"],
    )
    def test_what_will_not_pass_is_told_at_once_and_mended_later(self, remote, picture_shop, fault, code, told):
        url = picture_shop.url("a.jpg")
        picture_shop.pictures["a.jpg"] = photo(1)
        picture_shop.answers["a.jpg"] = [fault]
        assert remote.sync(url).failed == 1
        assert picture_shop.asked["a.jpg"] == 1
        entry = Index(remote.cache).entry(Index(remote.cache).source(url).sha256, SMALL)
        (finding,) = (*remote.findings(url), *(entry.findings if entry else ()))
        assert (finding.code, told in finding.message) == (code, True)
        assert remote.sync(url).failed == 0
        assert picture_shop.unchanged.total() == 0
        assert remote.look_up(url)[0] is not None

    def test_the_wrong_content_type_does_not_matter_where_the_bytes_are_a_picture(self, remote, picture_shop):
        picture_shop.answers["a"] = [Answer(body=photo(1), headers={"Content-Type": "text/html"})]
        assert remote.sync(picture_shop.url("a")).made == 2

    def test_a_picture_that_is_gone_leaves_the_one_from_before(self, remote, picture_shop):
        url = picture_shop.url("a.jpg")
        picture_shop.pictures["a.jpg"] = photo(1)
        remote.sync(url)
        del picture_shop.pictures["a.jpg"]
        assert remote.sync(url).failed == 1
        assert has_errors(remote.findings(url))
        assert remote.look_up(url)[0] is not None
        picture_shop.pictures["a.jpg"] = photo(1)
        remote.sync(url)
        assert remote.findings(url) == ()
        assert picture_shop.unchanged.total() == 1

    def test_a_picture_that_has_become_broken_leaves_the_one_from_before(self, remote, picture_shop):
        url = picture_shop.url("a.jpg")
        picture_shop.pictures["a.jpg"] = photo(1)
        remote.sync(url)
        good, _ = remote.look_up(url)
        picture_shop.answers["a.jpg"] = [Answer(body=b"<!DOCTYPE html>gone", headers=tag(photo(1)))]
        assert remote.sync(url).failed == 1
        assert [finding.code for finding in remote.findings(url)] == ["picture.not_readable"]
        assert remote.look_up(url)[0] == good
        remote.sync(url)
        assert (remote.findings(url), picture_shop.unchanged.total()) == ((), 0)
        assert remote.look_up(url) == (good, ())

    def test_one_page_in_the_place_of_many_pictures_is_told_for_each(self, remote, picture_shop):
        urls = [picture_shop.url(f"{number}.jpg") for number in range(4)]
        picture_shop.pictures["0.jpg"] = photo(1)
        remote.sync(urls[0])
        for number in range(4):
            picture_shop.pictures[f"{number}.jpg"] = b"<!DOCTYPE html>gone"
        for _ in range(2):
            assert remote.sync(*urls).failed == 4
            assert [finding.code for finding in remote.findings(urls[0])] == ["picture.not_readable"]
            assert [remote.look_up(url)[0] is not None for url in urls] == [True, False, False, False]
            assert {finding.code for url in urls[1:] for finding in remote.look_up(url)[1]} == {"picture.not_readable"}

    def test_a_running_line_sees_what_a_sync_brought(self, remote, picture_shop):
        url, now = picture_shop.url("a.jpg"), [0.0]
        picture_shop.pictures["a.jpg"] = photo(1)
        remote.sync(url)
        line = PictureLibrary(remote.cache, remote.folder, remote.settings, clock=lambda: now[0])
        before, _ = line.fetch(url, SMALL, SMALL.dots_per_mm, SMALL.ink)
        picture_shop.pictures["a.jpg"] = photo(2)
        remote.sync(url)
        now[0] = 60.0
        after, _ = line.fetch(url, SMALL, SMALL.dots_per_mm, SMALL.ink)
        assert before != after == remote.look_up(url)[0]

    def test_a_host_that_is_not_allowed_is_not_asked(self, remote, picture_shop):
        remote.settings = PictureSettings(folder="pictures")
        assert remote.sync(picture_shop.url("a.jpg")).failed == 1
        assert picture_shop.asked.total() == 0
        assert [finding.code for finding in remote.findings(picture_shop.url("a.jpg"))] == ["picture.host_not_allowed"]

    def test_no_more_requests_are_open_than_are_allowed(self, remote, picture_shop):
        remote.settings = remote.settings.model_copy(update={"connections": 3})
        for seed in range(30):
            picture_shop.pictures[f"{seed}.jpg"] = photo(seed, (30, 30))
        remote.sync(*(picture_shop.url(f"{seed}.jpg") for seed in range(30)))
        assert 0 < picture_shop.most_open <= 3

    def test_offline_makes_what_is_there_and_asks_nobody(self, remote, picture_shop):
        picture_shop.pictures["a.jpg"] = photo(1)
        remote.sync(picture_shop.url("a.jpg"), recipes=(SMALL,))
        progress = remote.sync(picture_shop.url("a.jpg"), picture_shop.url("b.jpg"), offline=True)
        assert (progress.made, progress.unasked, picture_shop.asked.total()) == (1, 1, 1)

    def test_names_and_addresses_are_synced_together(self, remote, picture_shop):
        remote.write("b.jpg", photo(1))
        picture_shop.pictures["a.jpg"] = photo(1)
        assert remote.sync("b.jpg", picture_shop.url("a.jpg")).made == 2  # the same bytes


class TestKilled:
    #: A sync in a process of its own, one picture at a time.
    PROGRAM = """
import sys
from pathlib import Path
from packslip.pictures.recipe import Recipe
from packslip.pictures.rendering import render_renditions
from packslip.pictures.sync import PictureSync
from packslip.settings import PictureSettings
root, host, *urls = sys.argv[1:]
cache, folder = Path(root, "cache"), Path(root, "pictures")
recipe = Recipe(width_mm=14, height_mm=14, dots_per_mm=23.622, ink="colour", max_pixels=60_000_000)
settings = PictureSettings(folder="pictures", hosts=(host,), connections=1)
PictureSync(cache, folder, settings, (recipe,), decode=render_renditions, decoders=1).run(urls)
"""

    def run(self, remote: Bench, shop: PictureShop, urls: list[str]) -> subprocess.Popen[bytes]:
        root = str(remote.cache.parent)
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
        return subprocess.Popen([sys.executable, "-c", self.PROGRAM, root, shop.host, *urls], env=environment)

    def test_a_sync_that_is_killed_goes_on_where_it_was(self, remote, picture_shop):
        for seed in range(8):
            picture_shop.pictures[f"{seed}.jpg"] = photo(seed)
        urls = [picture_shop.url(f"{seed}.jpg") for seed in range(8)]
        picture_shop.answers["6.jpg"] = [Answer(stalls=True)]
        running = self.run(remote, picture_shop, urls)
        assert picture_shop.stalled.wait(60)
        os.kill(running.pid, signal.SIGKILL)
        assert running.wait() == -signal.SIGKILL
        picture_shop.over.set()
        (remote.cache / "ab").mkdir(exist_ok=True)
        (remote.cache / "ab" / f".{running.pid}-x.tmp").write_bytes(b"half")  # what it may have been writing
        done = len(Index(remote.cache).sources())
        assert done >= 4
        second = self.run(remote, picture_shop, urls)
        assert second.wait(60) == 0
        assert all(remote.look_up(url)[0] is not None for url in urls)
        again = [path for path, count in picture_shop.asked.items() if count > 1]
        assert len(again) <= 8 - done  # nothing that was done is asked for again
        assert picture_shop.unchanged.total() == 0
        assert len(remote.digests()) == 8
        assert not list(remote.cache.rglob("*.tmp"))
        third = self.run(remote, picture_shop, urls)  # the one after is a sync of its own
        assert third.wait(60) == 0
        assert picture_shop.unchanged.total() == 8

    def test_what_was_asked_long_ago_is_asked_again(self, remote, picture_shop):
        picture_shop.pictures["a.jpg"] = photo(1)
        url = picture_shop.url("a.jpg")
        remote.sync(url)
        begun = Index(remote.cache).source(url).asked
        Index(remote.cache).begin_sync(begun)  # as a killed one leaves it
        assert remote.sync(url).resumed
        assert picture_shop.asked.total() == 1
        Index(remote.cache).begin_sync(begun)
        remote.today += 25 * 3600
        assert not remote.sync(url).resumed
        assert picture_shop.asked.total() == 2

    def test_a_full_disk_ends_the_sync_and_keeps_what_was_done(self, bench, monkeypatch):
        for seed in range(4):
            bench.write(f"{seed}.jpg", photo(seed))
        keep, kept = Store.keep, []

        def disk_full(store, data, suffix):
            if len(kept) == 4:
                raise OSError(28, "No space left on device")
            kept.append(keep(store, data, suffix))
            return kept[-1]

        monkeypatch.setattr(Store, "keep", disk_full)
        with pytest.raises(OSError, match="No space left"):
            bench.sync(*(f"{seed}.jpg" for seed in range(4)), decoders=1)
        monkeypatch.setattr(Store, "keep", keep)
        progress = bench.sync(*(f"{seed}.jpg" for seed in range(4)))
        assert (progress.resumed, progress.done) == (True, 4)
        assert all(bench.look_up(f"{seed}.jpg")[0] for seed in range(4))


class Scripted:
    """A fetcher that gives what it is told, and counts."""

    def __init__(self, *answers: Fetched) -> None:
        self.answers = list(answers)
        self.asked: list[str] = []

    async def fetch(self, url: str, validators: Validators = UNASKED) -> Fetched:
        self.asked.append(url)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


GOOD, ILL = Fetched(data=b"picture"), Fetched(may_pass=True)


class TestAsker:
    def ask(self, fetcher: Scripted, *urls: str, time: Time | None = None) -> list[Fetched]:
        clock = time or Time()
        asker = Asker(fetcher, connections=2, clock=clock, sleep=clock.sleep)

        async def one_by_one() -> list[Fetched]:
            return [await asker.ask(url) for url in urls]

        return asyncio.run(one_by_one())

    def test_it_waits_ever_longer_and_not_as_long_as_for_another_picture(self):
        time = Time()
        assert self.ask(Scripted(ILL), "http://a.example/1", time=time) == [ILL]
        assert len(time.slept) == TRIES - 1
        for number, wait in enumerate(time.slept):
            assert 0.5 * 2**number <= wait < 2**number
        assert backoff("http://a.example/1", 0) != backoff("http://a.example/2", 0)

    def test_a_host_that_asks_to_be_left_alone_is_left_alone_for_all_pictures(self):
        time = Time()
        self.ask(Scripted(Fetched(may_pass=True, wait_s=30), GOOD), "http://a.example/1", time=time)
        assert sum(time.slept) == pytest.approx(30)

    def test_one_that_asks_for_too_long_is_left_to_the_next_sync(self):
        fetcher, time = Scripted(Fetched(may_pass=True, wait_s=MOST_WAIT_S + 1)), Time()
        self.ask(fetcher, "http://a.example/1", time=time)
        assert (len(fetcher.asked), time.slept) == (1, [])

    def test_a_host_that_is_away_is_given_up_and_others_are_not(self):
        fetcher = Scripted(ILL)
        urls = [f"http://a.example/{number}" for number in range(AWAY_AFTER + 20)]
        *_, last, other = self.ask(fetcher, *urls, "http://b.example/1")
        assert len(fetcher.asked) == (AWAY_AFTER + 1) * TRIES
        assert "gave none of 8 pictures in a row" in last.findings[0].message
        assert other is ILL

    def test_one_answer_and_a_host_is_there(self):
        fetcher = Scripted(*[ILL] * TRIES * (AWAY_AFTER - 1), GOOD, ILL)
        self.ask(fetcher, *(f"http://a.example/{number}" for number in range(AWAY_AFTER + 4)))
        assert len(fetcher.asked) == TRIES * (AWAY_AFTER - 1) + 1 + 4 * TRIES

    def test_a_host_has_only_so_many_requests_open_and_another_its_own(self):
        opened: list[str] = []
        most: dict[str, int] = {}

        class Slow:
            async def fetch(self, url: str, validators: Validators = UNASKED) -> Fetched:
                host = url[:12]
                opened.append(host)
                most[host] = max(most.get(host, 0), opened.count(host))
                for _ in range(5):
                    await asyncio.sleep(0)
                opened.remove(host)
                return GOOD

        async def all_at_once() -> None:
            time = Time()
            asker = Asker(Slow(), connections=2, clock=time, sleep=time.sleep)
            urls = [f"http://{host}.example/{number}" for host in ("a", "b") for number in range(9)]
            await asyncio.gather(*map(asker.ask, urls))

        asyncio.run(all_at_once())
        assert most == {"http://a.exa": 2, "http://b.exa": 2}

    @pytest.mark.parametrize(
        ("header", "wait"),
        [
            ("7", 7.0),
            ("Sun, 22 Nov 2026 12:00:30 GMT", 30.0),
            ("Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
            ("soon", None),
            ("-3", None),
            ("9" * 400, 999_999_999.0),
            ("", None),
        ],
    )
    def test_retry_after_in_both_its_forms(self, picture_shop, header, wait):
        picture_shop.answers["a"] = [Answer(status=429, headers={"Retry-After": header})]
        noon = 1795348800.0

        async def fetch() -> Fetched:
            settings = PictureSettings(hosts=(picture_shop.host,))
            async with Fetcher(settings, deadline_s=5, clock=lambda: noon) as fetcher:
                return await fetcher.fetch(picture_shop.url("a"))

        fetched = asyncio.run(fetch())
        assert (fetched.may_pass, fetched.wait_s) == (True, wait)


def test_cookies_are_never_kept(picture_shop: PictureShop) -> None:
    seen: list[str | None] = []

    def answer(path: str, headers: Mapping[str, str]) -> Answer:
        seen.append(headers.get("cookie"))
        return Answer(body=b"x", headers={"Set-Cookie": "who=you"})

    picture_shop.answer = answer  # type: ignore[method-assign, assignment]

    async def twice() -> None:
        async with Fetcher(PictureSettings(hosts=(picture_shop.host,)), deadline_s=5) as fetcher:
            for _ in range(2):
                await fetcher.fetch(picture_shop.url("a"))

    asyncio.run(twice())
    assert seen == [None, None]
