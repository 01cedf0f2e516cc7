"""Remote pictures, and whatever else is fetched: URLs of allowed hosts, each within a deadline and a size.

The host must be listed and so must every host it redirects to. Its name is resolved once and the connection goes to
that very address, which must be public unless the address itself is listed. No proxy, no cookies, no compression.
"""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC
from email.utils import parsedate_to_datetime
from functools import cache
from http.cookiejar import CookieJar, DefaultCookiePolicy
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import httpx

from packslip import __version__
from packslip.model import Finding, Where, error
from packslip.settings import PictureSettings

Resolve = Callable[[str, int], Sequence[str]]

_MOST_REDIRECTS = 3
_DEFAULT_PORTS = {"http": 80, "https": 443}
_ADDRESS_S = 60.0  #: so long a host's addresses are taken for the same
_MOST_VALIDATOR = 200
_HEADERS = {"User-Agent": f"packslip/{__version__}", "Accept-Encoding": "identity"}
#: Answers that may be others in a while: time-out, too early, too many requests, and what an ill server says.
_PASSING = frozenset({408, 425, 429, 500, 502, 503, 504})
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: IPv6 addresses that end in the IPv4 address they stand for. Source: RFC 4291, 2.5.5; RFC 6052, 2.1.
_TRANSLATIONS = tuple(map(ipaddress.IPv6Network, ("::ffff:0:0/96", "64:ff9b::/96", "::/96")))
#: What passes for public and is not: IPv6 that a network translates as it likes, IETF's own, and where machines of
#: Azure and Oracle find their secrets. Source: RFC 8215; RFC 6890; the providers' manuals.
_NEVER = tuple(map(ipaddress.ip_network, ("64:ff9b:1::/48", "192.0.0.0/24", "168.63.129.16/32")))
_resolvers = ThreadPoolExecutor(max_workers=4, thread_name_prefix="resolve")


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """What is fetched, in the words of findings."""

    what: str = "picture"  #: also begins the codes of findings
    accept: str = "image/*"
    hosts: str = "pictures.hosts"  #: setting that lists the hosts
    most: str = "pictures.max_bytes"  #: setting that says how large it may be


PICTURES = Errand()


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """What a server said of a picture, so that it can be asked whether that has changed."""

    etag: str = ""
    last_modified: str = ""


UNASKED = Validators()


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """What came of asking for one URL; `data` is empty where it failed or did not change."""

    data: bytes = b""
    validators: Validators = UNASKED
    is_unchanged: bool = False  #: what the validators told of is still what there is
    may_pass: bool = False  #: it failed for a reason that asking again may mend
    wait_s: float | None = None  #: how long the server asks to be left alone
    findings: tuple[Finding, ...] = field(default=())  #: their `where` is blank


class _RefusedError(Exception):
    """Why a URL is not fetched; travels inside this module only."""

    def __init__(
        self, code: str, message: str, hint: str, *, may_pass: bool = False, wait_s: float | None = None
    ) -> None:
        super().__init__(message)
        self.fetched = Fetched(findings=(error(code, Where(), message, hint),), may_pass=may_pass, wait_s=wait_s)


def is_url(reference: str) -> bool:
    """Whether a picture reference asks for a web address."""
    return reference[:8].lower().startswith(("http://", "https://"))


def resolve(host: str, port: int) -> Sequence[str]:
    """Every address of a host, as the system knows it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(address[4][0]) for address in found))


def host_of(url: str) -> str:
    """What `pictures.hosts` has to list for a URL: its host, with the port where it is an unusual one; "" for none."""
    try:
        address = httpx.URL(url)
        host = address.raw_host.decode("ascii").strip("[]").lower()
    except (httpx.InvalidURL, UnicodeError, ValueError):
        return ""
    usual = _DEFAULT_PORTS.get(address.scheme)
    return host if address.port in {None, usual} else f"{host}:{address.port}"


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

    async def once() -> Fetched:
        async with Fetcher(settings, deadline_s=settings.fetch_s, resolve=resolve, transport=transport) as fetcher:
            return await fetcher.fetch(url)

    return asyncio.run(once())


class Fetcher:
    """Fetches many pictures, keeping its connections; each host has its own, so that none borrows another's."""

    def __init__(
        self,
        settings: PictureSettings,
        *,
        deadline_s: float,
        resolve: Resolve = resolve,
        transport: httpx.AsyncBaseTransport | None = None,
        clock: Callable[[], float] = time.time,
        errand: Errand = PICTURES,
    ) -> None:
        """Each picture is given `deadline_s`; `clock` tells seconds since 1970, for servers that name a time of day."""
        self._errand = errand
        self._settings = settings
        self._deadline_s = deadline_s
        self._resolve = resolve
        self._transport = transport
        self._clock = clock
        self._listed = {entry.lower() for entry in settings.hosts}
        self._clients: dict[tuple[str, str, str, int], httpx.AsyncClient] = {}
        self._addresses: dict[tuple[str, int], tuple[float, Sequence[str]]] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        for client in self._clients.values():
            await client.aclose()

    async def fetch(self, url: str, validators: Validators = UNASKED) -> Fetched:
        """The bytes behind a URL, or that they are what the validators told of."""
        try:
            async with asyncio.timeout(self._deadline_s):
                return await self._follow(url, validators)
        except _RefusedError as refused:
            return refused.fetched
        except TimeoutError:
            reason = f"not fetched within {self._deadline_s:g} s"
        except (httpx.HTTPError, httpx.InvalidURL, OSError, UnicodeError, ValueError) as fault:
            reason = f"not fetched: {str(fault).split(chr(10), 1)[0][:120] or type(fault).__name__}"
        finding = error(f"{self._errand.what}.unreachable", Where(), reason, "it is asked for again later")
        return Fetched(findings=(finding,), may_pass=True)

    async def _follow(self, url: str, validators: Validators) -> Fetched:
        headers = {}
        if validators.etag:
            headers["If-None-Match"] = validators.etag
        if validators.last_modified:
            headers["If-Modified-Since"] = validators.last_modified
        for _ in range(_MOST_REDIRECTS + 1):
            client, request = await self._request(url, headers)
            response = await client.send(request, stream=True)
            try:
                if response.has_redirect_location:
                    url = urljoin(url, response.headers["location"])
                    continue
                if response.status_code == httpx.codes.NOT_MODIFIED and headers:
                    return Fetched(is_unchanged=True, validators=validators)
                return await _read(response, self._settings.max_bytes, self._clock(), self._errand)
            finally:
                await response.aclose()
        message = f"redirected more than {_MOST_REDIRECTS} times"
        what = self._errand.what
        raise _RefusedError(f"{what}.unreachable", message, f"give the {what}'s final address")

    async def _request(self, url: str, headers: Mapping[str, str]) -> tuple[httpx.AsyncClient, httpx.Request]:
        """A request that goes to an address which was judged, under the host's own name, and who sends it."""
        address = httpx.URL(url)
        if address.scheme not in _DEFAULT_PORTS or not address.host or address.userinfo:
            message = "only plain http and https addresses are fetched"
            raise _RefusedError(f"{self._errand.what}.bad_url", message, "correct the address")
        port = address.port or _DEFAULT_PORTS[address.scheme]
        host = address.raw_host.decode("ascii").strip("[]").lower()
        is_usual = port == _DEFAULT_PORTS[address.scheme]
        if not ({f"{host}:{port}"} | ({host} if is_usual else set())) & self._listed:
            shown = host if is_usual else f"{host}:{port}"
            message = f"host {shown!r} is not allowed; allowed: {', '.join(sorted(self._listed)) or 'none'}"
            hint = f"add it to {self._errand.hosts} in packslip.toml, if you trust it"
            raise _RefusedError(f"{self._errand.what}.host_not_allowed", message, hint)
        found = await self._look_up(host, port)
        chosen = next((each for each in found if _may_connect(each, port, self._listed)), None)
        if chosen is None:
            message = f"host {host!r} leads to a private address"
            hint = f"list that address itself in {self._errand.hosts}, if it is meant"
            raise _RefusedError(f"{self._errand.what}.host_not_allowed", message, hint)
        client = self._client(address.scheme, host, chosen, port)
        pinned = address.copy_with(host=chosen)
        extensions = {"sni_hostname": host, "timeout": client.timeout.as_dict()}
        headers = {**headers, "Host": address.netloc.decode("ascii")}
        return client, client.build_request("GET", pinned, headers=headers, extensions=extensions)

    async def _look_up(self, host: str, port: int) -> Sequence[str]:
        loop = asyncio.get_running_loop()
        until, found = self._addresses.get((host, port), (0.0, ()))
        if loop.time() >= until:
            found = await loop.run_in_executor(_resolvers, self._resolve, host, port)
            self._addresses[host, port] = loop.time() + _ADDRESS_S, found
        return found

    def _client(self, scheme: str, host: str, address: str, port: int) -> httpx.AsyncClient:
        key = (scheme, host, address, port)
        client = self._clients.get(key)
        if client is None:
            line = self._transport or httpx.AsyncHTTPTransport(verify=_trust(scheme), retries=0, trust_env=False)
            client = self._clients[key] = httpx.AsyncClient(
                transport=line,
                headers={**_HEADERS, "Accept": self._errand.accept},
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
                trust_env=False,
                timeout=self._deadline_s,
            )
        return client


@cache
def _trust(scheme: str) -> ssl.SSLContext:
    """Whom a connection trusts; loading the authorities takes as long as a picture, and plain http needs none."""
    return httpx.create_ssl_context(trust_env=False) if scheme == "https" else ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def _may_connect(found: str, port: int, listed: set[str]) -> bool:
    address = ipaddress.ip_address(found.split("%", 1)[0])
    goal = _goal(address)
    is_public = goal.is_global and not goal.is_multicast and not any(goal in net for net in _NEVER)
    return is_public or not listed.isdisjoint({str(goal), f"{goal}:{port}", str(address)})


def _goal(address: _Address) -> _Address:
    """Where a connection ends: an IPv6 address may stand for an IPv4 one, which somebody on the way translates to."""
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if any(address in net for net in _TRANSLATIONS):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address.sixtofour or address


async def _read(response: httpx.Response, max_bytes: int, now: float, errand: Errand) -> Fetched:
    what = errand.what
    if response.status_code != httpx.codes.OK:
        raise _RefusedError(
            f"{what}.unreachable",
            f"server answered {response.status_code}",
            f"check the {what}'s address",
            may_pass=response.status_code in _PASSING,
            wait_s=_wait(response.headers.get("retry-after", ""), now),
        )
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        message = "server sent compressed data that was not asked for"
        raise _RefusedError(f"{what}.unreachable", message, f"have the server send the {what} as it is")
    chunks: list[bytes] = []
    size = 0
    async for chunk in response.aiter_raw():
        size += len(chunk)
        if size > max_bytes:
            message = f"file is larger than the {max_bytes} bytes allowed"
            raise _RefusedError(f"{what}.too_large", message, f"give a smaller {what}, or raise {errand.most}")
        chunks.append(chunk)
    if not size:
        message = "server sent an empty file"
        raise _RefusedError(f"{what}.unreachable", message, f"check the {what}'s address", may_pass=True)
    etag, changed = (_plain(response.headers.get(name, "")) for name in ("etag", "last-modified"))
    return Fetched(data=b"".join(chunks), validators=Validators(etag=etag, last_modified=changed))


def _plain(header: str) -> str:
    """A validator as it may be sent back; "" where it is too long or no text of a header."""
    return header if len(header) <= _MOST_VALIDATOR and header.isascii() and header.isprintable() else ""


def _wait(header: str, now: float) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a time of day. Source: RFC 9110, 10.2.3."""
    header = header.strip()
    if header.isascii() and header.isdigit():
        return float(header[:9])
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    if until.tzinfo is None:
        until = until.replace(tzinfo=UTC)
    return max(until.timestamp() - now, 0.0)
