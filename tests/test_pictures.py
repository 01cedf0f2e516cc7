"""Pictures: looked up or fetched, checked, and kept as print-ready renditions."""

import contextlib
import io
import os
import random
import sqlite3
import ssl
import struct
import threading
import zlib
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, ImageFile

from packslip.library.printing_conditions import shipped_conditions
from packslip.model import Severity
from packslip.pictures import remote
from packslip.pictures.index import Index
from packslip.pictures.library import PictureLibrary
from packslip.pictures.recipe import Recipe, Rendered
from packslip.pictures.remote import fetch_url
from packslip.pictures.rendering import render_renditions
from packslip.settings import PictureSettings

DATA = Path(os.environ.get("PACKSLIP_DATA", Path(__file__).parents[1].parent / "shared" / "data"))
RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (30, 60, 200), (255, 255, 255)


@dataclass(frozen=True)
class Box:
    width_mm: float = 14
    height_mm: float = 14


def recipe(width_mm=14.0, height_mm=14.0, dots=23.622, ink="colour", max_pixels=60_000_000) -> Recipe:
    return Recipe(width_mm=width_mm, height_mm=height_mm, dots_per_mm=dots, ink=ink, max_pixels=max_pixels)


def render_rendition(data: bytes, wanted: Recipe) -> Rendered:
    return render_renditions(data, (wanted,)).rendered[0]


def encode(image: Image.Image, kind="PNG", **options) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def plain(colour=RED, size=(400, 400), mode="RGB") -> Image.Image:
    return Image.new(mode, size, colour)


def noise(width: int, height: int) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(4711).randbytes(width * height * 3))


async def streamed(data: bytes):
    yield data


def decode(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


def close(found, wanted, tolerance=6) -> bool:
    return all(abs(one - other) <= tolerance for one, other in zip(found, wanted, strict=True))


def codes(findings) -> list[str]:
    return [each.code for each in findings]


class TestRendering:
    def test_colour_is_a_bare_baseline_jpeg_of_the_box(self):
        exif = Image.Exif()
        exif[0x010E] = "private"
        made = render_rendition(encode(plain(), "JPEG", exif=exif, comment=b"private"), recipe(20, 10))
        assert (made.width, made.height, made.suffix) == (236, 118, "jpg")
        image = decode(made.data)
        assert (image.format, image.mode, image.size) == ("JPEG", "RGB", (236, 118))
        assert "progressive" not in image.info
        assert b"private" not in made.data
        assert b"Exif" not in made.data
        assert [each[1:3] for each in image.layer] == [(1, 1)] * 3  # 4:4:4
        assert close(image.getpixel((100, 50)), RED)

    def test_fine_grain_takes_more_room_than_pillow_reserves(self):
        made = render_rendition(encode(noise(567, 425)), recipe(48, 36))
        assert made.findings == ()
        assert len(made.data) > made.width * made.height
        assert ImageFile.MAXBLOCK == 65536  # put back

    def test_black_is_a_bit_for_every_dot(self):
        made = render_rendition(encode(plain((128, 128, 128))), recipe(14.06, 14.2, dots=8, ink="black"))
        image = decode(made.data)
        assert (image.format, image.mode, image.size) == ("PNG", "1", (112, 113))
        share = sum(image.convert("L").histogram()[128:]) / (112 * 113)
        assert 0.45 < share < 0.6

    def test_nearly_white_is_paper_on_black_devices(self):
        made = render_rendition(encode(plain((245, 244, 243))), recipe(dots=8, ink="black"))
        assert decode(made.data).convert("L").getextrema() == (255, 255)

    def test_the_middle_is_kept(self):
        picture = plain(RED, (600, 200))
        picture.paste(GREEN, (200, 0, 400, 200))
        image = decode(render_rendition(encode(picture), recipe()).data)
        for spot in ((3, 3), (80, 80), (160, 160)):
            assert close(image.getpixel(spot), GREEN)

    def test_a_small_picture_is_not_blown_up_and_is_said(self):
        made = render_rendition(encode(plain(size=(60, 40))), recipe())
        assert (made.width, made.height) == (40, 40)
        assert [str(each) for each in made.findings] == [
            "60 × 40 pixels make 73 to the inch at 14 × 14 mm; hint: give a picture of 165 × 165 pixels or more"
        ]

    def test_resolution_is_never_finer_than_300(self):
        assert recipe(25.4, 25.4, dots=50).size == (300, 300)
        assert recipe(25.4, 25.4, dots=8).size == (203, 203)

    @pytest.mark.parametrize("orientation", range(1, 9))
    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "TIFF", "WEBP"])
    def test_every_orientation_ends_upright(self, orientation, kind):
        upright = plain(RED, (400, 200))
        upright.paste(GREEN, (200, 0, 400, 100))
        upright.paste(BLUE, (0, 100, 200, 200))
        turns = {2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how a camera would have stored it
        stored = upright.transpose(Image.Transpose(turns[orientation])) if orientation > 1 else upright
        exif = Image.Exif()
        exif[0x0112] = orientation
        made = render_rendition(encode(stored, kind, exif=exif), recipe(20, 10))
        image = decode(made.data)
        assert image.size == (236, 118)
        assert close(image.getpixel((30, 20)), RED, 12)
        assert close(image.getpixel((200, 20)), GREEN, 12)
        assert close(image.getpixel((30, 100)), BLUE, 12)

    def test_transparent_parts_are_paper(self):
        picture = plain((0, 0, 0, 0), mode="RGBA")
        picture.paste((*GREEN, 255), (0, 0, 400, 200))
        image = decode(render_rendition(encode(picture), recipe()).data)
        assert close(image.getpixel((80, 20)), GREEN)
        assert close(image.getpixel((80, 150)), WHITE)

    @pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"])
    def test_every_mode_keeps_white_white(self, mode):
        white = {"I;16": 65535, "CMYK": (0, 0, 0, 0)}.get(mode)
        picture = Image.new(mode, (200, 200), white) if white else plain(WHITE, (200, 200)).convert(mode)
        made = render_rendition(encode(picture, "TIFF" if mode in {"CMYK", "I;16"} else "PNG"), recipe())
        assert close(decode(made.data).getpixel((50, 50)), WHITE, 2)

    def test_a_palette_with_one_clear_colour_is_flattened(self):
        picture = plain(GREEN, (200, 200)).convert("P", palette=Image.Palette.ADAPTIVE)
        picture.info["transparency"] = picture.getpixel((0, 0))
        made = render_rendition(encode(picture, "GIF", transparency=picture.getpixel((0, 0))), recipe())
        assert close(decode(made.data).getpixel((50, 50)), WHITE)

    def test_cmyk_without_a_profile_is_read_as_offset_and_said(self):
        made = render_rendition(encode(Image.new("CMYK", (300, 300), (255, 0, 0, 0)), "TIFF"), recipe())
        assert codes(made.findings) == ["picture.no_profile"]
        red, _, blue = decode(made.data).getpixel((50, 50))
        assert red < 40 < 200 < blue  # process cyan, no screen cyan
        assert decode(made.data).getpixel((50, 50))[1] < 200

    def test_an_embedded_profile_is_honoured(self):
        wide = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
        lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("LAB")).tobytes()
        for profile in (wide, lab, b"no profile at all"):
            made = render_rendition(encode(plain(), icc_profile=profile), recipe())
            assert codes(made.findings) == ["picture.bad_profile"]
            assert close(decode(made.data).getpixel((50, 50)), RED)
        same = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
        made = render_rendition(encode(plain(), icc_profile=same), recipe())
        assert made.findings == ()
        assert close(decode(made.data).getpixel((50, 50)), RED)

    def test_lab_is_converted(self):
        to_lab = ImageCms.buildTransform(ImageCms.createProfile("sRGB"), ImageCms.createProfile("LAB"), "RGB", "LAB")
        picture = ImageCms.applyTransform(plain(), to_lab)
        assert close(decode(render_rendition(encode(picture, "TIFF"), recipe()).data).getpixel((50, 50)), RED)

    def test_too_many_pixels_are_not_decoded(self):
        def chunk(kind: bytes, data: bytes) -> bytes:
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        header = struct.pack(">IIBBBBB", 50_000, 50_000, 8, 2, 0, 0, 0)
        bomb = (
            b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", header)
            + chunk(b"IDAT", zlib.compress(bytes(1000)))
            + chunk(b"IEND", b"")
        )
        made = render_rendition(bomb, recipe())
        assert (made.data, codes(made.findings)) == (b"", ["picture.too_large"])
        made = render_rendition(encode(plain(size=(101, 100))), recipe(max_pixels=10_000))
        assert codes(made.findings) == ["picture.too_large"]
        assert "10000" in made.findings[0].message

    @pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF", "GIF"])
    def test_half_a_picture_is_an_error_even_after_weasyprint(self, kind, monkeypatch):
        monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)  # as `import weasyprint` leaves it
        data = encode(noise(300, 300), kind)
        made = render_rendition(data[: len(data) * 2 // 3], recipe())
        assert made.data == b""
        assert codes(made.findings) == ["picture.broken"]
        assert render_rendition(data, recipe()).data
        assert ImageFile.LOAD_TRUNCATED_IMAGES is True  # put back

    @pytest.mark.parametrize(
        ("data", "said"),
        [
            (b"", "an empty file"),
            (b"%PDF-1.7 hello", "a PDF"),
            (b"%!PS-Adobe-3.0 EPSF-3.0", "an EPS or PostScript file"),
            (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "an SVG drawing"),
            (b"<!DOCTYPE html>", "a web page"),
            (b"\x00\x00\x00\x1cftypavif", "an AVIF or HEIF picture"),
            (b"hello", "an unknown format"),
        ],
    )
    def test_what_is_no_picture_is_named(self, data, said):
        (finding,) = render_rendition(data, recipe()).findings
        assert finding.code == "picture.not_readable"
        assert said in finding.message

    def test_it_runs_in_a_child(self):
        data = encode(plain())
        with ProcessPoolExecutor(1) as pool:
            assert pool.submit(render_rendition, data, recipe()).result() == render_rendition(data, recipe())

    @settings(max_examples=150, deadline=None)
    @given(st.data())
    def test_damage_anywhere_gives_a_rendition_or_a_finding(self, data):
        kind = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "GIF"]))
        whole = bytearray(encode(noise(48, 32), kind))
        for place in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=4)):
            whole[place] = data.draw(st.integers(0, 255))
        made = render_rendition(bytes(whole[: data.draw(st.integers(0, len(whole)))]), recipe(max_pixels=100_000))
        assert made.data or any(each.severity is Severity.ERROR for each in made.findings)

    @settings(max_examples=40, deadline=None)
    @given(
        size=st.tuples(st.integers(1, 500), st.integers(1, 500)),
        box=st.tuples(st.floats(1, 60), st.floats(1, 60)),
        ink=st.sampled_from(["colour", "black"]),
    )
    def test_shape_follows_the_box(self, size, box, ink):
        wanted = recipe(*box, dots=8, ink=ink)
        made = render_rendition(encode(plain(size=size)), wanted)
        across, down = wanted.size
        assert made.width <= across
        assert made.height <= down
        assert (made.width, made.height) == decode(made.data).size
        if ink == "black":
            assert (made.width, made.height) == (across, down)
        assert abs(made.width * down - made.height * across) <= max(across, down)


@pytest.fixture
def shop(tmp_path):
    source = tmp_path / "pictures"
    (source / "winter").mkdir(parents=True)
    (source / "vase.png").write_bytes(encode(plain()))
    (source / "winter" / "bowl.jpg").write_bytes(encode(plain(GREEN), "JPEG"))
    return tmp_path


def library(shop, decode=render_renditions, settings=None, **options) -> PictureLibrary:
    return PictureLibrary(
        shop / "cache", shop / "pictures", settings or PictureSettings(folder="pictures"), decode=decode, **options
    )


class Counting:
    def __init__(self):
        self.calls = 0

    def __call__(self, data, recipes):
        self.calls += 1
        return render_renditions(data, recipes)


class TestLibrary:
    def test_a_name_gives_a_rendition_named_by_its_bytes(self, shop):
        pictures = library(shop)
        found, findings = pictures.fetch("vase.png", Box(), 23.622, "colour")
        assert findings == ()
        assert found.path == shop / "cache" / found.digest[:2] / f"{found.digest}.jpg"
        assert pictures.path(found.digest) == found.path
        assert decode(found.path.read_bytes()).size == (found.width, found.height) == (165, 165)
        again, _ = library(shop).fetch("vase.png", Box(), 23.622, "colour")
        assert again == found

    def test_sub_folders_by_listing(self, shop):
        assert library(shop).fetch("winter/bowl.jpg", Box(), 8, "colour")[0] is not None

    @pytest.mark.parametrize(
        "name",
        [
            "../secret.png",
            "winter/../vase.png",
            "/etc/passwd",
            "winter\\bowl.jpg",
            "winter",
            "",
            ".",
            "link.png",
            "linked/secret.png",
            ".hidden.png",
            "vase.png\0",
            "file:///etc/passwd",
            "%2e%2e/secret.png",
            "\ud800",
        ],
    )
    def test_no_name_leads_outside(self, shop, name):
        (shop / "secret.png").write_bytes(encode(plain(BLUE)))
        (shop / "pictures" / ".hidden.png").write_bytes(encode(plain(BLUE)))
        (shop / "pictures" / "link.png").symlink_to(shop / "secret.png")
        (shop / "pictures" / "linked").symlink_to(shop)
        found, (finding,) = library(shop).fetch(name, Box(), 8, "colour")
        assert found is None
        assert (finding.severity, finding.code) == (Severity.ERROR, "picture.missing")

    def test_a_missing_picture_says_what_was_probably_meant(self, shop):
        _, (finding,) = library(shop).fetch("Vase.JPG", Box(), 8, "colour")
        assert str(finding) == "pictures/Vase.JPG: no picture 'Vase.JPG'; hint: did you mean 'vase.png'?"

    def test_a_long_name_with_line_breaks_makes_a_short_message(self, shop):
        _, (finding,) = library(shop).fetch("x\n" * 5000, Box(), 8, "colour")
        assert len(str(finding)) < 400
        assert "\n" not in str(finding)

    def test_a_second_fetch_decodes_nothing(self, shop):
        counting = Counting()
        pictures = library(shop, counting)
        for _ in range(3):
            pictures.fetch("vase.png", Box(), 8, "colour")
        library(shop, counting).fetch("vase.png", Box(), 8, "colour")
        assert counting.calls == 1
        pictures.fetch("vase.png", Box(20, 20), 8, "colour")
        pictures.fetch("vase.png", Box(), 8, "black")
        assert counting.calls == 3

    def test_a_changed_picture_is_made_again(self, shop):
        counting = Counting()
        pictures = library(shop, counting)
        before, _ = pictures.fetch("vase.png", Box(), 8, "colour")
        (shop / "pictures" / "vase.png").write_bytes(encode(plain(BLUE)))
        os.utime(shop / "pictures" / "vase.png", ns=(1, 1))
        after, _ = pictures.fetch("vase.png", Box(), 8, "colour")
        assert before.digest != after.digest
        assert before.path.exists()  # an older slip may name it
        assert counting.calls == 2

    def test_a_touched_picture_is_read_but_not_decoded(self, shop):
        counting = Counting()
        pictures = library(shop, counting)
        before, _ = pictures.fetch("vase.png", Box(), 8, "colour")
        os.utime(shop / "pictures" / "vase.png", ns=(1, 1))
        assert pictures.fetch("vase.png", Box(), 8, "colour")[0] == before
        assert counting.calls == 1

    def test_a_broken_picture_is_remembered_until_it_changes(self, shop):
        counting = Counting()
        path = shop / "pictures" / "broken.png"
        path.write_bytes(encode(plain())[:60])
        pictures = library(shop, counting)
        for library_again in (pictures, pictures, library(shop, counting)):
            found, (finding,) = library_again.fetch("broken.png", Box(), 8, "colour")
            assert found is None
            assert (finding.code, finding.where.file) == ("picture.broken", "pictures/broken.png")
        assert counting.calls == 1
        path.write_bytes(encode(plain()))
        assert pictures.fetch("broken.png", Box(), 8, "colour")[0] is not None

    def test_a_new_picture_is_seen(self, shop):
        pictures = library(shop)
        assert pictures.fetch("late.png", Box(), 8, "colour")[0] is None
        (shop / "pictures" / "late.png").write_bytes(encode(plain()))
        os.utime(shop / "pictures", ns=(5, 5))
        assert pictures.fetch("late.png", Box(), 8, "colour")[0] is not None

    def test_what_was_deleted_from_the_cache_is_made_again_to_the_same_bytes(self, shop):
        pictures = library(shop)
        found, _ = pictures.fetch("vase.png", Box(), 8, "colour")
        bytes_before = found.path.read_bytes()
        found.path.unlink()
        assert pictures.fetch("vase.png", Box(), 8, "colour")[0] == found
        assert found.path.read_bytes() == bytes_before
        with pytest.raises(FileNotFoundError):
            pictures.path("0" * 64)
        with pytest.raises(FileNotFoundError):
            pictures.path(str(shop / "pictures" / "winter" / "bowl"))

    def test_a_damaged_index_is_made_again(self, shop):
        found, _ = library(shop).fetch("vase.png", Box(), 8, "colour")
        (shop / "cache" / "index.db").write_bytes(b"no database at all" * 100)
        assert library(shop).fetch("vase.png", Box(), 8, "colour")[0] == found

    def test_a_huge_file_is_not_read(self, shop):
        counting = Counting()
        settings = PictureSettings(folder="pictures", max_bytes=100)
        found, (finding,) = library(shop, counting, settings).fetch("vase.png", Box(), 8, "colour")
        assert (found, finding.code, counting.calls) == (None, "picture.too_large", 0)

    def test_names_composed_otherwise_are_the_same(self, shop):
        (shop / "pictures" / "fe\u0302te.png").write_bytes(encode(plain()))
        assert library(shop).fetch("f\u00eate.png", Box(), 8, "colour")[0] is not None

    def test_the_time_of_use_is_kept_by_the_hour(self, shop):
        now = [2_000_000_000.0]
        pictures = library(shop, today=lambda: now[0])
        found, _ = pictures.fetch("vase.png", Box(), 8, "colour")
        uses = []
        for later in (0, 1800, 3601, 7203):
            now[0] = 2_000_000_000.0 + later
            pictures.fetch("vase.png", Box(), 8, "colour")
            uses.append(found.path.stat().st_mtime - 2_000_000_000)
        assert uses == [0, 0, 3601, 7203]

    def test_an_index_that_cannot_be_written_costs_time_not_the_slip(self, shop, monkeypatch):
        def full(*_):
            raise sqlite3.OperationalError("database or disk is full")

        monkeypatch.setattr(Index, "note", full)
        assert library(shop).fetch("vase.png", Box(), 8, "colour")[0] is not None

    def test_an_index_of_another_version_is_put_away(self, shop):
        found, _ = library(shop).fetch("vase.png", Box(), 8, "colour")
        with sqlite3.connect(shop / "cache" / "index.db") as connection:
            connection.execute("PRAGMA user_version = 99")
        connection.close()
        counting = Counting()
        assert library(shop, counting).fetch("vase.png", Box(), 8, "colour")[0] == found
        assert counting.calls == 1
        assert (shop / "cache" / "index.damaged").exists()

    def test_two_folders_may_share_a_cache_and_a_name(self, shop):
        (shop / "art").mkdir()
        (shop / "art" / "vase.png").write_bytes(encode(plain(BLUE)))
        counting = Counting()
        art = PictureLibrary(shop / "cache", shop / "art", PictureSettings(folder="art"), decode=counting)
        pictures = library(shop, counting)
        for _ in range(2):
            red, _ = PictureLibrary(
                shop / "cache", shop / "pictures", PictureSettings(folder="pictures"), decode=counting
            ).fetch("vase.png", Box(), 8, "colour")
            blue, _ = art.fetch("vase.png", Box(), 8, "colour")
            assert red.digest != blue.digest == art.fetch("vase.png", Box(), 8, "colour")[0].digest
        assert pictures.fetch("vase.png", Box(), 8, "colour")[0] == red
        assert counting.calls == 2

    def test_many_threads_get_one_answer(self, shop):
        pictures = library(shop)
        found = []
        threads = [
            threading.Thread(target=lambda: found.append(pictures.fetch("vase.png", Box(), 8, "colour")))
            for _ in range(8)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(found) == 8
        assert len({rendition.digest for rendition, _ in found}) == 1


class PictureServer(BaseHTTPRequestHandler):
    seen: ClassVar[list[tuple[str, str]]] = []
    stall = threading.Event()

    def do_GET(self):
        self.seen.append((self.path, self.headers["Host"]))
        body = encode(plain(BLUE))
        match self.path.split("?")[0]:
            case "/vase.png":
                self.answer(200, body, ETag='"1"')
            case "/moved":
                self.answer(302, b"", Location="/vase.png")
            case "/away":
                self.answer(302, b"", Location="http://evil.example/vase.png")
            case "/file":
                self.answer(302, b"", Location="file:///etc/passwd")
            case "/loop":
                self.answer(302, b"", Location="/loop")
            case "/zipped":
                self.answer(200, body, **{"Content-Encoding": "gzip"})
            case "/endless":
                self.send_response(200)
                self.end_headers()
                with contextlib.suppress(OSError):
                    while True:
                        self.wfile.write(b"x" * 65536)
            case "/stall":
                self.stall.wait(20)
            case _:
                self.answer(404, b"")

    def answer(self, status, body, **headers):
        self.send_response(status)
        for name, value in {"Content-Length": str(len(body)), **headers}.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def server():
    PictureServer.seen.clear()
    PictureServer.stall.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), PictureServer) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"127.0.0.1:{running.server_port}"
        PictureServer.stall.set()
        running.shutdown()
        thread.join()


def allowing(*hosts, **options) -> PictureSettings:
    return PictureSettings(folder="pictures", hosts=hosts, **options)


class TestRemote:
    def test_a_url_is_fetched_once_and_kept(self, shop, server):
        pictures = library(shop, settings=allowing(server))
        url = f"http://{server}/vase.png?key=secret"
        found, findings = pictures.fetch(url, Box(), 8, "colour")
        assert findings == ()
        assert close(decode(found.path.read_bytes()).getpixel((50, 50)), BLUE)
        assert pictures.fetch(url, Box(20, 20), 8, "colour")[0] is not None
        assert library(shop, settings=allowing(server)).fetch(url, Box(), 8, "colour")[0] == found
        assert PictureServer.seen == [("/vase.png?key=secret", server)]

    def test_a_redirect_on_the_same_host_is_followed(self, server):
        assert fetch_url(f"http://{server}/moved", allowing(server)).data

    @pytest.mark.parametrize(
        ("path", "code", "message"),
        [
            ("/away", "picture.host_not_allowed", "host 'evil.example' is not allowed"),
            ("/file", "picture.bad_url", "only plain http and https"),
            ("/loop", "picture.unreachable", "redirected more than 3 times"),
            ("/zipped", "picture.unreachable", "compressed"),
            ("/endless", "picture.too_large", "larger than the 100000 bytes"),
            ("/none", "picture.unreachable", "server answered 404"),
            ("/stall", "picture.unreachable", "not fetched within 0.3 s"),
        ],
    )
    def test_what_a_server_may_do_wrong(self, server, path, code, message):
        patience = 0.3 if path == "/stall" else 20
        fetched = fetch_url(f"http://{server}{path}", allowing(server, max_bytes=100_000, fetch_s=patience))
        assert fetched.data == b""
        assert codes(fetched.findings) == [code]
        assert message in fetched.findings[0].message

    @pytest.mark.parametrize(
        "url",
        [
            "http://evil.example/a.png",
            "http://pictures.example.evil.example/a.png",
            "http://pictures.example@evil.example/a.png",
            "http://evil.example#@pictures.example/a.png",
            "http://pictures.example:8080/a.png",
            "http://user:word@pictures.example/a.png",
            "http://2130706433/a.png",
            "http://[::1]/a.png",
            "http:///a.png",
            "https://",
            "http://pictures.example.:80/a.png",
            "http://" + "a" * 5000,
            "http://\ud800.example/",
        ],
    )
    def test_only_listed_hosts_are_asked(self, url):
        def never(host, port):
            raise AssertionError(f"{host} was looked up")

        fetched = fetch_url(url, allowing("pictures.example"), resolve=never)
        assert fetched.data == b""
        assert fetched.findings

    @pytest.mark.parametrize(
        "address",
        [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "192.168.0.9",
            "::1",
            "fd00::1",
            "::ffff:10.0.0.1",
            "0.0.0.0",
            "100.64.0.1",
            "64:ff9b::a9fe:a9fe",
            "64:ff9b:1::808:808",
            "2002:7f00:1::",
            "2002:a9fe:a9fe::1",
            "::7f00:1",
            "::ffff:169.254.169.254",
            "fe80::1%eth0",
            "224.0.0.1",
            "ff02::1",
            "255.255.255.255",
            "240.0.0.1",
            "198.18.0.1",
            "192.0.0.192",
            "168.63.129.16",
        ],
    )
    def test_a_name_that_leads_to_a_private_address_is_refused(self, address):
        fetched = fetch_url(
            "https://pictures.example/a.png",
            allowing("pictures.example"),
            resolve=lambda host, port: [address],
            transport=httpx.MockTransport(lambda request: pytest.fail("connected")),
        )
        assert codes(fetched.findings) == ["picture.host_not_allowed"]

    def test_a_listed_host_may_not_redirect_inward(self):
        """Neither to a host that is not listed, nor to one that is and leads to a private address."""
        for goal, address in (
            ("http://inward.example/a.png", "169.254.169.254"),
            ("http://127.0.0.1/a.png", "127.0.0.1"),
        ):
            asked = []

            def answer(request, asked=asked, goal=goal):
                asked.append(str(request.url))
                return httpx.Response(302, headers={"location": goal})

            fetched = fetch_url(
                "https://pictures.example/a.png",
                allowing("pictures.example", "inward.example"),
                resolve=lambda host, port, address=address: (
                    ["93.184.216.34"] if host == "pictures.example" else [address]
                ),
                transport=httpx.MockTransport(answer),
            )
            assert codes(fetched.findings) == ["picture.host_not_allowed"]
            assert asked == ["https://93.184.216.34/a.png"]

    def test_the_judged_address_is_the_one_connected_to(self):
        asked = []

        def answer(request: httpx.Request) -> httpx.Response:
            asked.append((request.url.host, request.headers["host"], request.extensions["sni_hostname"]))
            return httpx.Response(200, content=streamed(b"picture"))

        fetched = fetch_url(
            "https://Pictures.example/a.png",
            allowing("pictures.example"),
            resolve=lambda host, port: ["10.0.0.1", "93.184.215.14"],
            transport=httpx.MockTransport(answer),
        )
        assert fetched.data == b"picture"
        assert asked == [("93.184.215.14", "pictures.example", "pictures.example")]

    def test_a_listed_private_address_is_meant(self):
        fetched = fetch_url(
            "http://pim.intranet/a.png",
            allowing("pim.intranet", "10.0.0.1"),
            resolve=lambda host, port: ["10.0.0.1"],
            transport=httpx.MockTransport(lambda request: httpx.Response(200, content=streamed(b"picture"))),
        )
        assert fetched.data == b"picture"

    def test_a_rendition_is_found_though_its_original_has_gone(self, shop, server):
        url = f"http://{server}/vase.png"
        found, _ = library(shop, settings=allowing(server)).fetch(url, Box(), 8, "colour")
        for original in (shop / "cache" / "sources").rglob("*"):
            if original.is_file():
                original.unlink()
        again = library(shop, settings=allowing(server))
        assert again.fetch(url, Box(), 8, "colour") == (found, ())
        assert len(PictureServer.seen) == 1
        assert again.fetch(url, Box(20, 20), 8, "colour")[0] is not None  # a new place needs it anew
        assert len(PictureServer.seen) == 2

    def test_a_slip_in_a_hurry_asks_no_server_and_the_next_one_may(self, shop, server):
        pictures = library(shop, settings=allowing(server))
        url = f"http://{server}/vase.png"
        found, (finding,) = pictures.fetch(url, Box(), 8, "colour", within_s=0)
        assert (found, finding.code) == (None, "picture.unreachable")
        assert "the other pictures of this slip took all its time" in finding.message
        assert PictureServer.seen == []
        stalled, _ = pictures.fetch(f"http://{server}/stall", Box(), 8, "colour", within_s=0.1)
        assert stalled is None
        assert pictures.fetch(url, Box(), 8, "colour", within_s=5)[0] is not None

    def test_certificates_are_checked(self):
        trust = remote._trust("https")
        assert (trust.verify_mode, trust.check_hostname) == (ssl.CERT_REQUIRED, True)
        assert trust.get_ca_certs()

    def test_a_failed_url_is_left_alone_for_a_while(self, shop, server):
        now = [0.0]
        pictures = library(shop, settings=allowing(server), clock=lambda: now[0])
        url = f"http://{server}/none?key=secret"
        for _ in range(3):
            found, (finding,) = pictures.fetch(url, Box(), 8, "colour")
            assert found is None
        assert len(PictureServer.seen) == 1
        assert "secret" not in str(finding)
        now[0] = 121.0
        pictures.fetch(url, Box(), 8, "colour")
        assert len(PictureServer.seen) == 2


@pytest.mark.data
@pytest.mark.skipif(not DATA.is_dir(), reason="no outside data folder")
class TestOutsidePictures:
    def test_each_is_a_rendition_or_a_finding(self):
        files = [path for path in sorted((DATA / "images").rglob("*")) if path.is_file()]
        assert len(files) > 440
        conditions = shipped_conditions()
        recipes = [recipe(), recipe(ink="black", dots=8)]
        recipes += [replace(recipe(), condition=conditions[name]) for name in ("FOGRA47L_uncoated", "sRGB_print")]
        modes = ("RGB", "1", "CMYK", "RGB")
        good = 0
        for path in files:
            made = render_renditions(path.read_bytes(), tuple(recipes)).rendered
            for rendered, mode in zip(made, modes, strict=True):
                assert bool(rendered.data) != any(each.severity is Severity.ERROR for each in rendered.findings), path
                assert not rendered.data or decode(rendered.data).mode == mode, path
            assert len({bool(rendered.data) for rendered in made}) == 1, path
            good += bool(made[0].data)
        assert good > 380

    def test_all_camera_orientations_look_alike(self):
        for name in ("Landscape", "Portrait"):
            views = [
                decode(render_rendition(path.read_bytes(), recipe(20, 20)).data).resize((12, 12)).convert("L")
                for path in sorted((DATA / "images" / "exif-orientation").glob(f"{name}_*.jpg"))
            ]
            assert len(views) == 9
            for view in views[1:]:
                apart = sum(abs(a - b) for a, b in zip(view.tobytes(), views[0].tobytes(), strict=True)) / 144
                assert apart < 6
