"""Headless Chromium: one warm page a brand, its style sheet parsed once; each slip replaces the body and is printed.

Spoken to over a pipe with the DevTools protocol, without a driver in between.
"""

import base64
import json
import os
import shutil
import subprocess
import time
from pathlib import Path
from tempfile import mkdtemp

from benchmarks.peers import page
from benchmarks.peers.shop import Absent, Peer, Shop
from packslip.model import Slip

_FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-extensions",
    "--disable-background-networking",
    "--disable-component-update",
    "--no-first-run",
    "--hide-scrollbars",
    "--font-render-hinting=none",
    "--remote-debugging-pipe",
    "--allow-file-access-from-files",
]
_TICK_S = 1 / os.sysconf("SC_CLK_TCK")
_OVERRIDES = Path(__file__).with_name("print.css")

#: Puts a slip into the page and waits for its pictures: one round trip.
_REPLACE = """async (lang, css, body) => {
  document.documentElement.lang = lang;
  document.getElementById("slip").textContent = css;
  document.body.className = body[0];
  document.body.innerHTML = body[1];
  await Promise.all([...document.images].map(image => image.decode()));
}"""


class Browser(Peer):
    """One browser, one tab a brand."""

    def __init__(self, shop: Shop) -> None:
        program = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
        if program is None:
            raise Absent("no chromium on this machine")
        self._shop = shop
        self._folder = Path(mkdtemp(prefix="packslip-bench-chromium-"))
        self._link = _Link(program, self._folder, shop)
        self._tabs: dict[str, _Tab] = {}

    def draw(self, slip: Slip) -> bytes:
        store = slip.brand.store
        if store not in self._tabs:
            css = page.fixed_css(slip, self._shop) + _OVERRIDES.read_text(encoding="utf-8")
            self._tabs[store] = _Tab(self._link, self._folder / f"{store}.html", css)
        html = page.fill(slip, self._shop)
        _, _, body = html.partition("<body class=")
        _, classes, rest = body.split('"', 2)
        inner = rest.partition(">")[2].rpartition("</body>")[0]
        return self._tabs[store].print(slip.locale, page.margin_css(slip), (classes, inner))

    def cpu_s(self) -> float:
        """This process and every process of the browser; in ticks of the kernel, so only sums mean much."""
        return time.process_time() + _tree_cpu_s(self._link.pid)

    def close(self) -> None:
        self._link.close()
        shutil.rmtree(self._folder, ignore_errors=True)


class _Tab:
    def __init__(self, link: "_Link", path: Path, css: str) -> None:
        path.write_text(
            f'<!doctype html><html><head><meta charset="utf-8"><style>{css}</style><style id="slip"></style>'
            "</head><body></body></html>",
            encoding="utf-8",
        )
        self._link = link
        target = link.call("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = link.call("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        link.call("Page.navigate", {"url": path.as_uri()}, self._session)  # answers when the new page is in place
        self._wait()

    def print(self, *slip: object) -> bytes:
        """The slip's PDF."""
        words = ", ".join(json.dumps(part) for part in slip)
        said = {"expression": f"({_REPLACE})({words})", "awaitPromise": True}
        answer = self._link.call("Runtime.evaluate", said, self._session)
        if "exceptionDetails" in answer:
            raise RuntimeError(answer["exceptionDetails"])
        settings = {"preferCSSPageSize": True, "printBackground": True, "generateTaggedPDF": False}
        return base64.b64decode(self._link.call("Page.printToPDF", settings, self._session)["data"])

    def _wait(self) -> None:
        ready = "new Promise(done => document.readyState == 'complete' ? done() : addEventListener('load', done))"
        self._link.call("Runtime.evaluate", {"expression": ready, "awaitPromise": True}, self._session)


class _Link:
    """The browser's process and its pipe: messages are JSON, each ended by a zero byte."""

    def __init__(self, program: str, folder: Path, shop: Shop) -> None:
        there, self._out = os.pipe()
        self._in, back = os.pipe()
        environment = {**os.environ, "FONTCONFIG_FILE": str(shop.font_configuration), "HOME": str(folder)}
        command = [program, *_FLAGS, f"--user-data-dir={folder / 'profile'}", "about:blank"]
        self._process = subprocess.Popen(
            ["sh", "-c", f'exec "$@" 3<&{there} 4>&{back}', "sh", *command],
            pass_fds=(there, back),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(there)
        os.close(back)
        self._number, self._rest = 0, b""

    @property
    def pid(self) -> int:
        return self._process.pid

    def call(self, method: str, params: dict[str, object], session: str = "") -> dict[str, str]:
        """The answer to one command; events are passed over."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": params}
        if session:
            message["sessionId"] = session
        self._send(json.dumps(message).encode() + b"\0")
        while True:
            answer = json.loads(self._message())
            if answer.get("id") == self._number:
                if "error" in answer:
                    raise RuntimeError(f"{method}: {answer['error']}")
                return answer["result"]

    def _send(self, data: bytes) -> None:
        while data:
            data = data[os.write(self._out, data) :]

    def _message(self) -> bytes:
        while b"\0" not in self._rest:
            data = os.read(self._in, 1 << 20)
            if not data:
                raise RuntimeError("chromium ended")
            self._rest += data
        message, _, self._rest = self._rest.partition(b"\0")
        return message

    def close(self) -> None:
        os.close(self._out)
        os.close(self._in)
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()


def _tree_cpu_s(root: int) -> float:
    """User and system time of a process and all below it, the ended ones included."""
    parents: dict[int, list[int]] = {}
    times: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            fields = (entry / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue  # ended meanwhile
        pid = int(entry.name)
        parents.setdefault(int(fields[1]), []).append(pid)
        times[pid] = sum(int(ticks) for ticks in fields[11:15])
    total, waiting = 0, [root]
    while waiting:
        pid = waiting.pop()
        total += times.get(pid, 0)
        waiting += parents.get(pid, [])
    return total * _TICK_S
