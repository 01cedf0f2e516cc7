"""Pictures made for tests, odd ones among them, and a server that misbehaves as it is told."""

import contextlib
import io
import random
import struct
import threading
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from PIL import Image, ImageCms

RED, GREEN, BLUE, WHITE = (200, 30, 30), (30, 160, 60), (30, 60, 200), (255, 255, 255)


def encode(image: Image.Image, kind: str = "PNG", **options: object) -> bytes:
    stream = io.BytesIO()
    image.save(stream, kind, **options)
    return stream.getvalue()


def noise(width: int, height: int, seed: int = 4711) -> Image.Image:
    return Image.frombytes("RGB", (width, height), random.Random(seed).randbytes(width * height * 3))


def photo(seed: int = 1, size: tuple[int, int] = (700, 560), **options: object) -> bytes:
    """A picture with something on it, unlike that of every other seed."""
    return encode(noise(9, 7, seed).resize(size, Image.Resampling.BICUBIC), "JPEG", **options)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int = 50_000) -> bytes:
    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + png_chunk(b"IHDR", header)
        + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
        + png_chunk(b"IEND", b"")
    )


def text_bomb() -> bytes:
    """A small PNG whose comment grows to 20 MB."""
    whole = encode(Image.new("RGB", (40, 40), RED))
    comment = png_chunk(b"zTXt", b"Comment\0\0" + zlib.compress(bytes(20_000_000), 9))
    return whole[:33] + comment + whole[33:]


def damaged(data: bytes) -> bytes:
    """The same with one bit turned over in its middle."""
    middle = len(data) // 2
    return data[:middle] + bytes([data[middle] ^ 1]) + data[middle + 1 :]


def odd_pictures() -> dict[str, tuple[bytes, str]]:
    """Pictures that are not what they should be, each with the code of the finding it ends as; "" for a rendition."""
    whole, profile = photo(3), ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    return {
        "bomb.png": (png_bomb(), "picture.too_large"),
        "comment-bomb.png": (text_bomb(), "picture.broken"),
        "gif-bomb.gif": (
            b"GIF89a\xff\xff\xff\xff\x00\x00\x00,\0\0\0\0\xff\xff\xff\xff\0\x02\x02D\x01\0;",
            "picture.too_large",
        ),
        "half.jpg": (whole[: len(whole) // 2], "picture.broken"),
        "half.png": (encode(noise(200, 200))[:9000], "picture.broken"),
        "wrong-sum.png": (damaged(encode(noise(50, 50))), "picture.broken"),
        "header-only.tif": (b"II*\0\xff\xff\xff\x7f", "picture.broken"),
        "page.jpg": (b"<!DOCTYPE html><p>Not found", "picture.not_readable"),
        "drawing.svg": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "picture.not_readable"),
        "nothing.jpg": (b"", "picture.not_readable"),
        "wrong-suffix.png": (whole, ""),
        "cmyk.jpg": (encode(Image.open(io.BytesIO(whole)).convert("CMYK"), "JPEG"), ""),
        "deep.png": (encode(Image.new("I;16", (300, 300), 40_000)), ""),
        "alpha.webp": (encode(noise(300, 300).convert("RGBA"), "WEBP"), ""),
        "palette.gif": (encode(noise(300, 300).convert("P"), "GIF"), ""),
        "bilevel.tif": (encode(noise(300, 300).convert("1"), "TIFF"), ""),
        "progressive.jpg": (photo(4, progressive=True), ""),
        "sideways.jpg": (photo(5, exif=exif), ""),
        "wrong-profile.jpg": (encode(noise(300, 300).convert("L"), "JPEG", icc_profile=profile), ""),
        "one-pixel.png": (encode(Image.new("RGB", (1, 1), RED)), ""),
        "strip.png": (encode(noise(4000, 2)), ""),
    }


def tag(body: bytes) -> dict[str, str]:
    """The header by which the server knows a picture again."""
    return {"ETag": f'"{zlib.crc32(body)}"'}


@dataclass
class Answer:
    """What a server says to one request."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    promised: int | None = None  #: the length it announces, where it is another than the body's
    stalls: bool = False  #: it says nothing until the test is over


class PictureShop:
    """A server on this machine: what it says to whom, and what it was asked."""

    def __init__(self, server: ThreadingHTTPServer) -> None:
        self.host = f"127.0.0.1:{server.server_port}"
        self.pictures: dict[str, bytes] = {}
        self.answers: dict[str, list[Answer]] = {}  #: said first, one for each request
        self.asked: Counter[str] = Counter()
        self.unchanged: Counter[str] = Counter()
        self.stalled = threading.Event()
        self.over = threading.Event()
        self.open = self.most_open = 0
        self.lock = threading.Lock()

    def url(self, path: str) -> str:
        return f"http://{self.host}/{path}"

    def answer(self, path: str, headers: dict[str, str]) -> Answer:
        self.asked[path] += 1
        waiting = self.answers.get(path)
        if waiting:
            return waiting.pop(0)
        if path not in self.pictures:
            return Answer(status=404)
        body = self.pictures[path]
        if headers.get("if-none-match") == tag(body)["ETag"]:
            self.unchanged[path] += 1
            return Answer(status=304)
        return Answer(body=body, headers=tag(body))


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    shop: PictureShop

    def do_GET(self) -> None:
        shop = self.shop
        with shop.lock:
            shop.open += 1
            shop.most_open = max(shop.open, shop.most_open)
        try:
            self._answer(shop)
        finally:
            with shop.lock:
                shop.open -= 1

    def _answer(self, shop: PictureShop) -> None:
        headers = {name.lower(): value for name, value in self.headers.items()}
        with shop.lock:
            answer = shop.answer(self.path.lstrip("/").split("?")[0], headers)
        if answer.stalls:
            shop.stalled.set()
            shop.over.wait(60)
            self.close_connection = True
            return
        self.send_response(answer.status)
        length = len(answer.body) if answer.promised is None else answer.promised
        for name, value in {"Content-Length": str(length), **answer.headers}.items():
            self.send_header(name, value)
        self.end_headers()
        with contextlib.suppress(OSError):
            self.wfile.write(answer.body)
        if answer.promised is not None:
            self.close_connection = True

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def picture_shop() -> Iterator[PictureShop]:
    class Handler(_Handler):
        pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        server.daemon_threads = True
        Handler.shop = shop = PictureShop(server)
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield shop
        shop.over.set()
        server.shutdown()
        thread.join()


class Time:
    """A clock that only sleeping moves."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []

    def __call__(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
