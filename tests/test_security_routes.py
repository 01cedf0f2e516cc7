"""Every way that HTML, CSS and SVG can name another file: none leads anywhere but to the layout's own.

The proof does not ask WeasyPrint: the interpreter tells of each file opened, process started and host asked for, and
the document is searched for what lies in the files.
"""

import io
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pikepdf
import pytest
from press_kit import CSS, HTML, SmallWorld, make_layout, make_slip, make_world, no_pictures

from packslip.model import Document
from packslip.press import check_layout, press

CANARY = "canary-of-the-quay"
_WATCHED = {"open", "socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen", "os.system"}


class Watch:
    """What the interpreter does while it is watched; a hook cannot be taken away, so there is one."""

    def __init__(self) -> None:
        self.seen: list[str] | None = None
        sys.addaudithook(self._hear)

    def _hear(self, event: str, arguments: tuple[object, ...]) -> None:
        if self.seen is not None and event in _WATCHED:
            self.seen.append(f"{event} {arguments[:2]!r}")


@pytest.fixture(scope="module")
def watch(tmp_path_factory: pytest.TempPathFactory) -> Watch:
    press(make_slip(), make_world(tmp_path_factory.mktemp("warm")), no_pictures)  # what is loaded only once is now
    return Watch()


@contextmanager
def watching(watch: Watch) -> Iterator[list[str]]:
    watch.seen = seen = []
    try:
        yield seen
    finally:
        watch.seen = None


class Handler(BaseHTTPRequestHandler):
    """Gives the canary to whoever asks."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(CANARY.encode())

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[str, list[str]]]:
    handler = type("Asked", (Handler,), {"asked": []})
    with HTTPServer(("127.0.0.1", 0), handler) as listening:
        thread = threading.Thread(target=listening.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{listening.server_port}", handler.asked
        listening.shutdown()
        thread.join()


def said(document: Document | None) -> bytes:
    """Everything in a document, unpacked."""
    if document is None:
        return b""
    with pikepdf.open(io.BytesIO(document.data)) as pdf:
        assert not pdf.attachments
        streams = [
            item.read_bytes()
            for item in pdf.objects
            if isinstance(item, pikepdf.Stream) and item.get("/Filter") not in ("/DCTDecode",)
        ]
        return b"".join([*streams, *(item.unparse() for item in pdf.objects if not isinstance(item, pikepdf.Stream))])


IN_HTML = {
    "img": '<img src="URL">',
    "img srcset": '<img srcset="URL 2x" src="URL">',
    "picture source": '<picture><source srcset="URL"><img src="URL"></picture>',
    "input image": '<input type="image" src="URL">',
    "video poster": '<video poster="URL" src="URL"></video>',
    "audio": '<audio src="URL"></audio>',
    "object": '<object data="URL"></object>',
    "embed": '<embed src="URL">',
    "iframe": '<iframe src="URL"></iframe>',
    "frame": '<frameset><frame src="URL"></frameset>',
    "body background": '<table background="URL"><tr><td background="URL">x</td></tr></table>',
    "stylesheet": '<link rel="stylesheet" href="URL">',
    "alternate stylesheet": '<link rel="alternate stylesheet" href="URL">',
    "attachment": '<link rel="attachment" href="URL" title="x">',
    "attachment of a word": '<a rel="attachment" href="URL">x</a>',
    "icon": '<link rel="icon" href="URL">',
    "import": '<link rel="import" href="URL">',
    "base": '<base href="URL/"><img src="x.png"><link rel="stylesheet" href="y.css">',
    "refresh": '<meta http-equiv="refresh" content="0;url=URL">',
    "script": '<script src="URL"></script>',
    "style": "<style>@import 'URL';</style>",
    "style attribute": '<p style="background:url(URL)">x</p>',
    "svg image": '<svg width="9" height="9"><image width="9" height="9" href="URL"/></svg>',
    "svg image, linked": '<svg width="9" height="9"><image width="9" height="9" xlink:href="URL"/></svg>',
    "svg use": '<svg width="9" height="9"><use href="URL#x"/></svg>',
    "svg fill": '<svg width="9" height="9"><rect width="9" height="9" fill="url(URL#x)"/></svg>',
    "svg style": "<svg width='9' height='9'><style>@import 'URL';</style><path d='M0 0h9'/></svg>",
    "svg filter": '<svg width="9" height="9"><filter id="f"><feImage href="URL"/></filter></svg>',
    "svg in data": "<img src='data:image/svg+xml,%3Csvg xmlns=%22http://www.w3.org/2000/svg%22%3E"
    "%3Cimage href=%22URL%22/%3E%3C/svg%3E'>",
    "cite": '<blockquote cite="URL">x</blockquote>',
    "longdesc": '<img alt="x" longdesc="URL">',
}

IN_CSS = {
    "import": "@import 'URL';",
    "import of a url": "@import url(URL) print;",
    "background": "h1{background:url(URL)}",
    "background image": "h1{background-image:linear-gradient(red,red),url('URL')}",
    "image-set": "h1{background-image:image-set('URL' 1x)}",
    "border image": "h1{border:1mm solid;border-image-source:url(URL)}",
    "border image of a shorthand": "h1{border-image:url(URL) 3}",
    "list style": "h1{display:list-item;list-style:url(URL)}",
    "list style image": "h1{display:list-item;list-style-image:url(URL)}",
    "content": "h1::before{content:url(URL)}",
    "content of the element": "h1{content:url(URL)}",
    "content of a margin": "@page{@top-left{content:url(URL)}}",
    "page background": "@page{background:url(URL)}",
    "margin background": "@page{@bottom-right{content:'x';background:url(URL)}}",
    "cursor": "h1{cursor:url(URL),auto}",
    "mask": "h1{mask:url(URL);mask-image:url(URL)}",
    "clip path": "h1{clip-path:url(URL#x)}",
    "filter": "h1{filter:url(URL#x)}",
    "shape outside": "h1{float:left;shape-outside:url(URL)}",
    "font": "@font-face{font-family:Other;src:url(URL)} h1{font-family:Other}",
    "font, local": "@font-face{font-family:Other;src:local('DejaVu Sans'),url(URL)} h1{font-family:Other}",
    "colour profile": "@color-profile --x{src:url(URL)} h1{color:color(--x 0 0 0 1)}",
    "device colour profile": "@color-profile device-cmyk{src:url(URL)} h1{color:device-cmyk(0 0 0 1)}",
    "variable": ":root{--x:url(URL)} h1{background:var(--x)}",
    "attribute": "h1{content:attr(lang url)}",
    "target": "h1::after{content:target-counter(url(URL#x),page)}",
    "link": "h1{-weasy-link:url(URL);link:url(URL)}",
    "string": "h1{string-set:x url(URL)}",
    "namespace": "@namespace x url(URL);",
    "supports": "@supports (background:url(URL)){h1{background:url(URL)}}",
    "media": "@media print{h1{background:url(URL)}}",
    "escaped": "h1{background:u\\72l(URL)}",
    "svg in data": "h1{background:url(\"data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg'>"
    "<image href='URL'/></svg>\")}",
    "sheet in data": "@import url(\"data:text/css,@import 'URL';h1{background:url(URL)}\");",
}


def drawn(content: str) -> str:
    names = "xmlns='http://www.w3.org/2000/svg' xmlns:xlink='http://www.w3.org/1999/xlink'"
    return f"<svg {names} viewBox='0 0 9 9'>{content}</svg>"


IN_SVG = {
    "image": drawn("<image width='9' height='9' href='URL'/>"),
    "image, linked": drawn("<image width='9' height='9' xlink:href='URL'/>"),
    "use": drawn("<use href='URL#x'/>"),
    "use, linked": drawn("<use xlink:href='URL#x'/>"),
    "fill": drawn("<rect width='9' height='9' fill='url(URL#x)' stroke='url(URL#y)'/>"),
    "gradient": drawn("<linearGradient id='g' href='URL#x'/><rect width='9' height='9' fill='url(#g)'/>"),
    "pattern": drawn("<pattern id='g' xlink:href='URL#x'/><rect width='9' height='9' fill='url(#g)'/>"),
    "mask": drawn("<rect width='9' height='9' mask='url(URL#x)' clip-path='url(URL#x)'/>"),
    "marker": drawn("<path d='M0 0 9 9' marker-end='url(URL#x)' stroke='red'/>"),
    "filter": drawn("<filter id='f'><feImage href='URL'/></filter><rect width='9' height='9' filter='url(#f)'/>"),
    "style": drawn("<style>@import 'URL'; rect{fill:url(URL)}</style><rect width='9' height='9'/>"),
    "font": drawn("<style>@font-face{font-family:X;src:url(URL)}</style><text font-family='X'>x</text>"),
    "link": drawn("<a xlink:href='URL'><rect width='9' height='9'/></a>"),
    "foreign": drawn("<foreignObject width='9' height='9'><img src='URL'/></foreignObject>"),
    "script": drawn("<script href='URL'/><image href='x' onerror='fetch(\"URL\")'/>"),
    "text path": drawn("<text><textPath href='URL#x'>x</textPath></text>"),
    "sheet": "<?xml-stylesheet href='URL'?>" + drawn("<rect width='9' height='9'/>"),
    "entity": "<!DOCTYPE svg [<!ENTITY x SYSTEM 'URL'>]>" + drawn("<text y='9'>&x;</text>"),
    "parameter entity": "<!DOCTYPE svg [<!ENTITY % x SYSTEM 'URL'> %x;]>" + drawn("<path d='M0 0h9'/>"),
    "document type": "<!DOCTYPE svg SYSTEM 'URL'>" + drawn("<path d='M0 0h9'/>"),
    "inclusion": drawn("<x:include xmlns:x='http://www.w3.org/2001/XInclude' href='URL' parse='text'/>"),
    "image in data": drawn(
        '<image width="9" height="9" href="data:image/svg+xml,&lt;svg xmlns=%22http://www.w3.org/2000/svg%22&gt;'
        '&lt;image href=%22URL%22/&gt;&lt;/svg&gt;"/>'
    ),
}


Build = Callable[[Path, str], SmallWorld]


def prove_nothing_is_fetched(watch: Watch, server: tuple[str, list[str]], tmp_path: Path, build: Build) -> None:
    """Press what `build` makes of each address; whatever is found, nothing may have been read."""
    base, asked = server
    secret = tmp_path / "secret.svg"
    secret.write_text(CANARY)
    secret.with_suffix(".css").write_text(CANARY)
    for number, url in enumerate((f"{base}/{CANARY}", f"file://{secret}", "../../../secret.css")):
        world = build(tmp_path / f"world-{number}", url)
        with watching(watch) as seen:
            document, _ = press(make_slip(), world, no_pictures, reference=True)
        assert [told for told in seen if not told.startswith("open") or "secret" in told] == [], url
        assert CANARY.encode() not in said(document).replace(url.encode(), b""), url
    assert asked == []


@pytest.mark.parametrize("route", IN_HTML)
def test_no_element_fetches(watch: Watch, server: tuple[str, list[str]], tmp_path: Path, route: str) -> None:
    def build(root: Path, url: str) -> SmallWorld:
        return make_world(root, HTML.replace("<h1>", IN_HTML[route].replace("URL", url) + "<h1>"))

    prove_nothing_is_fetched(watch, server, tmp_path, build)


@pytest.mark.parametrize("route", IN_CSS)
def test_no_property_fetches(watch: Watch, server: tuple[str, list[str]], tmp_path: Path, route: str) -> None:
    def build(root: Path, url: str) -> SmallWorld:
        return make_world(root, css=IN_CSS[route].replace("URL", url) + CSS)

    prove_nothing_is_fetched(watch, server, tmp_path, build)


@pytest.mark.parametrize("route", IN_SVG)
def test_no_drawing_fetches(watch: Watch, server: tuple[str, list[str]], tmp_path: Path, route: str) -> None:
    def build(root: Path, url: str) -> SmallWorld:
        world = make_world(root, HTML.replace("<h1>", '<img src="art:mark.svg" style="width:9mm;height:9mm"><h1>'))
        (root / "layouts" / "art" / "mark.svg").write_text(IN_SVG[route].replace("URL", url))
        return world

    prove_nothing_is_fetched(watch, server, tmp_path, build)


def test_the_watch_sees_what_it_is_for(watch, server, tmp_path) -> None:
    """A proof that nothing was read is worth as much as its eyes."""
    import urllib.request

    base, asked = server
    (tmp_path / "secret").write_text("x")
    with watching(watch) as seen:
        (tmp_path / "secret").read_text()
        with urllib.request.urlopen(f"{base}/seen") as answer:
            assert CANARY in answer.read().decode()
    assert any("secret" in told for told in seen)
    assert any("socket.connect" in told for told in seen)
    asked.clear()


@pytest.mark.parametrize("route", ["object", "embed", "iframe", "base", "attachment", "icon", "script"])
def test_elements_that_fetch_are_refused_before_they_are_drawn(route) -> None:
    html = HTML.replace("<h1>", IN_HTML[route] + "<h1>")
    assert "layout.element" in {finding.code for finding in check_layout(make_layout(html), set())}
