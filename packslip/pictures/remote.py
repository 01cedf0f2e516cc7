"""Remote pictures: one URL fetched from an allowed host, within a deadline and a size.

The host must be listed and so must every host it redirects to. Its name is resolved once and the connection goes to
that very address, which must be public unless the address itself is listed. No proxy, no cookies, no compression.
"""

import asyncio
import ipaddress
import socket
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from urllib.parse import urljoin

import httpx

from packslip import __version__
from packslip.model import Finding, Where, error
from packslip.settings import PictureSettings

Resolve = Callable[[str, int], Sequence[str]]

_MOST_REDIRECTS = 3
_DEFAULT_PORTS = {"http": 80, "https": 443}
_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of fetching one URL; `data` is empty where it failed."""

    data: bytes = b""
    etag: str = ""
    last_modified: str = ""
    findings: tuple[Finding, ...] = field(default=())  #: their `where` is blank


class _RefusedError(Exception):
    """Why a URL is not fetched; travels inside this module only."""

    def __init__(self, code: str, message: str, hint: str) -> None:
        super().__init__(message)
        self.finding = error(code, Where(), message, hint)


def is_url(reference: str) -> bool:
    """Whether a picture reference asks for a web address."""
    return reference[:8].lower().startswith(("http://", "https://"))


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the system knows it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def fetch_url(
    url: str,
    settings: PictureSettings,
    *,
    resolve: Resolve = resolve,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Fetched:
    """The bytes behind a URL, within `settings.fetch_s` seconds all told.

    Blocks; not to be called from a running event loop. Total: whatever goes wrong is a finding.
    """
    return asyncio.run(fetch_url_async(url, settings, resolve=resolve, transport=transport))


async def fetch_url_async(
    url: str,
    settings: PictureSettings,
    *,
    resolve: Resolve = resolve,
    transport: httpx.AsyncBaseTransport | None = None,
) -> Fetched:
    """The same, for many at once."""
    try:
        async with asyncio.timeout(settings.fetch_s):
            return await _follow(url, settings, resolve, transport)
    except _RefusedError as refused:
        return Fetched(findings=(refused.finding,))
    except TimeoutError:
        reason = f"not fetched within {settings.fetch_s:g} s"
    except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as fault:
        reason = f"not fetched: {str(fault).split(chr(10), 1)[0][:120] or type(fault).__name__}"
    return Fetched(findings=(error("picture.unreachable", Where(), reason, "it is tried again with a later order"),))


async def _follow(
    url: str, settings: PictureSettings, resolve: Resolve, transport: httpx.AsyncBaseTransport | None
) -> Fetched:
    headers = {"User-Agent": f"packslip/{__version__}", "Accept": "image/*", "Accept-Encoding": "identity"}
    line = transport or httpx.AsyncHTTPTransport(retries=0, trust_env=False, limits=httpx.Limits(max_connections=1))
    async with httpx.AsyncClient(transport=line, headers=headers, trust_env=False, timeout=settings.fetch_s) as client:
        for _ in range(_MOST_REDIRECTS + 1):
            request = await _request(client, url, settings, resolve)
            response = await client.send(request, stream=True)
            try:
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["location"])
                    continue
                return await _read(response, settings.max_bytes)
            finally:
                await response.aclose()
    message = f"redirected more than {_MOST_REDIRECTS} times"
    raise _RefusedError("picture.unreachable", message, "give the picture's final address")


async def _request(client: httpx.AsyncClient, url: str, settings: PictureSettings, resolve: Resolve) -> httpx.Request:
    """A request that goes to an address which was judged, under the host's own name."""
    address = httpx.URL(url)
    if address.scheme not in _DEFAULT_PORTS or not address.host or address.userinfo:
        raise _RefusedError("picture.bad_url", "only plain http and https addresses are fetched", "correct the address")
    port = address.port or _DEFAULT_PORTS[address.scheme]
    host = address.raw_host.decode("ascii").strip("[]").lower()
    listed = {entry.lower() for entry in settings.hosts}
    allowed = {f"{host}:{port}"} | ({host} if port == _DEFAULT_PORTS[address.scheme] else set())
    if not allowed & listed:
        shown = host if port == _DEFAULT_PORTS[address.scheme] else f"{host}:{port}"
        message = f"host {shown!r} is not allowed; allowed: {', '.join(sorted(listed)) or 'none'}"
        raise _RefusedError(
            "picture.host_not_allowed", message, "add it to pictures.hosts in packslip.toml, if you trust it"
        )
    found = await asyncio.get_running_loop().run_in_executor(_resolvers, resolve, host, port)
    chosen = next((each for each in found if _may_connect(each, port, listed)), None)
    if chosen is None:
        message = f"host {host!r} leads to a private address"
        hint = "list that address itself in pictures.hosts, if it is meant"
        raise _RefusedError("picture.host_not_allowed", message, hint)
    extensions = {"sni_hostname": host, "timeout": client.timeout.as_dict()}
    pinned = address.copy_with(host=chosen)
    return client.build_request("GET", pinned, headers={"Host": address.netloc.decode("ascii")}, extensions=extensions)


def _may_connect(found: str, port: int, listed: set[str]) -> bool:
    address = ipaddress.ip_address(found.split("%", 1)[0])
    mapped = getattr(address, "ipv4_mapped", None) or address
    return (mapped.is_global and not mapped.is_multicast) or bool({str(mapped), f"{mapped}:{port}"} & listed)


async def _read(response: httpx.Response, max_bytes: int) -> Fetched:
    if response.status_code != httpx.codes.OK:
        raise _RefusedError(
            "picture.unreachable", f"server answered {response.status_code}", "check the picture's address"
        )
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        message = "server sent compressed data that was not asked for"
        raise _RefusedError("picture.unreachable", message, "have the server send pictures as they are")
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            message = f"file is larger than the {max_bytes} bytes allowed"
            raise _RefusedError("picture.too_large", message, "give a smaller picture, or raise pictures.max_bytes")
        chunks.append(chunk)
    etag, changed = (response.headers.get(name, "")[:200] for name in ("etag", "last-modified"))
    return Fetched(data=b"".join(chunks), etag=etag, last_modified=changed)
