"""Proof page: a page on this machine that shows a proof and follows it as it is drawn again.

Serves 127.0.0.1 only, answers no name but its own (a page elsewhere could otherwise read proofs by rebinding its name),
takes nothing but GET, and holds everything in memory.
"""

import io
import os
import sys
import threading
import webbrowser
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from html import escape
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from importlib.resources import files
from pathlib import Path
from typing import Self

from packslip.model import Severity
from packslip.proof import Changes, Look, ProofSlip, Sheet, draw_pages, save_proof, watch_proof
from packslip.world import World

_PAGE_PX = 560  #: width of a page's picture, twice what is shown
_BEAT_S = 15.0  #: how often a silent stream proves that both ends are there
_POLICY = "default-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
_ASSETS = {"/page.css": "text/css; charset=utf-8", "/page.js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class _Card:
    """One slip on the page."""

    html: str
    pages: tuple[str, ...]  #: addresses of its pictures


class ProofPage:
    """What the page shows now; `show` may be called from any thread."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._version = 0
        self._head = "<h1>Proof</h1><p>is being drawn</p>"
        self._cards: dict[int, _Card] = {}
        self._bodies: dict[str, tuple[str, bytes]] = {}

    def show(self, look: Look) -> None:
        """Put a proof on the page. Slips not drawn yet stay as they were, so that nothing jumps."""
        with self._changed:
            numbers = {case.number for case in look.cases}
            self._cards = {number: card for number, card in self._cards.items() if number in numbers}
            for slip in look.slips[-1:]:
                self._cards[slip.case.number] = self._card(slip)
            self._head = _head(look)
            self._forget()
            self._version += 1
            self._changed.notify_all()

    def wait(self, version: int) -> int:
        """The page's version, as soon as it is another one, at the latest after some seconds."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != version, timeout=_BEAT_S)
            return self._version

    def content(self) -> str:
        """The part of the page that changes."""
        with self._changed:
            cards = "".join(self._cards[number].html for number in sorted(self._cards))
            return f"<header>{self._head}</header><main>{cards}</main>"

    def body(self, address: str) -> tuple[str, bytes] | None:
        """Content type and bytes of a picture or document that the page shows."""
        return self._bodies.get(address)

    def _card(self, slip: ProofSlip) -> _Card:
        pages: list[str] = []
        document = ""
        if slip.document is not None:
            document = f"/document/{slip.document.sha256}.pdf"
            self._bodies[document] = "application/pdf", slip.document.data
            known = self._cards.get(slip.case.number)
            stem = f"/page/{slip.document.sha256}"
            if known and known.pages and known.pages[0].startswith(stem):
                pages = list(known.pages)
            else:
                pages = self._draw(stem, slip.document.data)
        return _Card(_card_html(slip, pages, document), tuple(pages))

    def _draw(self, stem: str, data: bytes) -> list[str]:
        addresses = []
        for number, image in enumerate(draw_pages(data, _PAGE_PX)[0], start=1):
            stream = io.BytesIO()
            image.save(stream, "PNG", compress_level=1)
            address = f"{stem}-{number}.png"
            self._bodies[address] = "image/png", stream.getvalue()
            addresses.append(address)
        return addresses

    def _forget(self) -> None:
        """Let go of what no card shows any more."""
        shown = {address for card in self._cards.values() for address in card.pages}
        digests = {address.split("/")[2].split("-")[0] for address in shown}
        self._bodies = {
            address: body
            for address, body in self._bodies.items()
            if address.split("/")[2].split("-")[0].removesuffix(".pdf") in digests
        }


class PageServer:
    """Serves a proof page on a free port of 127.0.0.1 while the block lasts."""

    def __init__(self, page: ProofPage, port: int = 0) -> None:
        class Handler(_Handler):
            shown = page

        self._server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, name="proof-page", daemon=True)

    @property
    def url(self) -> str:
        """Where the page is."""
        return f"http://127.0.0.1:{self._server.server_port}/"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def serve_proof(
    root: Path, layout: str, *, folder: Path, tell: Callable[[str], None], every: bool = False, only: str = ""
) -> None:
    """Show a layout's proof on a page of this machine and draw it again on every save, until interrupted.

    Whenever a proof is whole, its PDFs and contact sheet are put into `folder`.
    """
    page = ProofPage()
    changes = Changes()

    def show(look: Look) -> None:
        page.show(look)
        if look.is_whole and not changes.pending:
            save_proof(World.open(root), Sheet(layout=look.layout, slips=tuple(look.slips)), folder)

    with PageServer(page) as server:
        tell(f"proof of {layout}: {server.url} (Ctrl+C ends it)")
        if sys.platform != "linux" or os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"):
            webbrowser.open(server.url)
        with suppress(KeyboardInterrupt):
            watch_proof(root, layout, today=date.today, show=show, every=every, only=only, changes=changes)


class _Handler(BaseHTTPRequestHandler):
    shown: ProofPage
    protocol_version = "HTTP/1.1"
    server_version = "packslip"
    sys_version = ""
    timeout = 60

    def do_GET(self) -> None:
        """Answer one request."""
        if not self._is_for_us():
            self._answer(HTTPStatus.FORBIDDEN, "text/plain; charset=utf-8", b"this page answers to 127.0.0.1 only\n")
        elif self.path == "/events":
            self._stream()
        else:
            found = self._find(self.path)
            if found is None:
                self._answer(HTTPStatus.NOT_FOUND, "text/plain; charset=utf-8", b"no such page\n")
            else:
                self._answer(HTTPStatus.OK, *found)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 (http.server's name)
        """Say nothing; requests are nobody's business."""

    def _is_for_us(self) -> bool:
        port = self.connection.getsockname()[1]
        return self.headers.get_all("Host", []) in ([f"127.0.0.1:{port}"], [f"localhost:{port}"])

    def _find(self, path: str) -> tuple[str, bytes] | None:
        if path == "/":
            return "text/html; charset=utf-8", _PAGE.format(content=self.shown.content()).encode()
        if path == "/content":
            return "text/html; charset=utf-8", self.shown.content().encode()
        if path in _ASSETS:
            return _ASSETS[path], files("packslip.desk").joinpath(f"proof_{path[1:]}").read_bytes()
        return self.shown.body(path)

    def _answer(self, status: HTTPStatus, kind: str, body: bytes) -> None:
        forever = status is HTTPStatus.OK and self.path.startswith(("/page/", "/document/"))
        self._head(status, {"Content-Type": kind, "Content-Length": str(len(body))}, keep=forever)
        self.wfile.write(body)

    def _head(self, status: HTTPStatus, headers: Mapping[str, str], *, keep: bool) -> None:
        self.send_response(status)
        safe = {
            "Cache-Control": "private, max-age=3600, immutable" if keep else "no-store",
            "Content-Security-Policy": _POLICY,
            "Cross-Origin-Resource-Policy": "same-origin",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
        }
        for name, value in {**headers, **safe}.items():
            self.send_header(name, value)
        self.end_headers()

    def _stream(self) -> None:
        """Tell the browser of each new version, for as long as it listens."""
        self.close_connection = True
        self._head(HTTPStatus.OK, {"Content-Type": "text/event-stream", "Connection": "close"}, keep=False)
        version = -1
        try:
            while True:
                version = self.shown.wait(version)
                self.wfile.write(f"data: {version}\n\n".encode())
                self.wfile.flush()
        except OSError:  # the page was closed
            return


_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>packslip proof</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/page.css"></head>
<body><div id="content">{content}</div><script src="/page.js"></script></body></html>
"""


def _head(look: Look) -> str:
    if look.fault:
        return f'<h1>{escape(look.title)}</h1><p class="error">{escape(look.fault)}</p>'
    held = sum(slip.has_errors for slip in look.slips)
    told = f"{len(look.slips)} of {len(look.cases)} slips"
    if len(look.slips) == len(look.cases):
        told = f"{len(look.cases)} slips"
    told += f" · {held} would be held" if held else ""
    return f"<h1>{escape(look.title)}</h1><p{' class=error' if held else ''}>{escape(told)}</p>"


def _card_html(slip: ProofSlip, pages: list[str], document: str) -> str:
    kind = "held" if slip.has_errors else "warned" if slip.faults else ""
    traits = slip.case.traits
    rest = " · ".join(value for value in slip.case.told if value not in {traits["segment"], traits["locale"]})
    images = "".join(f'<img src="{escape(page)}" alt="" width="{_PAGE_PX // 2}">' for page in pages)
    paper = f'<a href="{escape(document)}" target="_blank">{images}</a>' if pages else "<div>not drawn</div>"
    faults = "".join(
        f'<li class="{"error" if fault.severity is Severity.ERROR else "warning"}">{escape(str(fault))}</li>'
        for fault in slip.faults
    )
    return (
        f'<figure class="{kind}">{paper}<figcaption><b>{slip.case.number:02d}</b> '
        f"<strong>{escape(traits['segment'])} · {escape(traits['locale'])}</strong><br>{escape(rest)}</figcaption>"
        f"{f'<ul>{faults}</ul>' if faults else ''}</figure>"
    )
