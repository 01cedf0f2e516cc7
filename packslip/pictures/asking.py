"""Asking: how servers are asked for thousands of pictures without falling upon them.

A few requests at a time to each host; again, ever later, where the reason may pass; not before the time a server names;
and not at all any more once a host has been away for many pictures in a row.
"""

import asyncio
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from packslip.model import Where, error
from packslip.pictures.remote import UNASKED, Fetched, Validators, host_of

TRIES = 4
#: Longest time a server may ask to be left alone for; past it the picture is left to the next sync.
MOST_WAIT_S = 120.0
#: So many pictures in a row that a host did not give, each asked for `TRIES` times, and it counts as away.
AWAY_AFTER = 8

_FIRST_WAIT_S = 0.5

Sleep = Callable[[float], Awaitable[None]]


class Fetch(Protocol):
    """Who fetches; `remote.Fetcher` does."""

    async def fetch(self, url: str, validators: Validators = UNASKED) -> Fetched:
        """The bytes behind a URL, or that they are what the validators told of."""
        ...


@dataclass(slots=True)
class _Host:
    places: asyncio.Semaphore
    opens: float = 0.0  #: not to be asked before, by the clock
    in_vain: int = field(default=0)  #: pictures in a row that it did not give


class Asker:
    """Asks for pictures with patience."""

    def __init__(
        self, fetcher: Fetch, *, connections: int, clock: Callable[[], float], sleep: Sleep = asyncio.sleep
    ) -> None:
        """At most `connections` requests are open to a host.

        `clock` counts seconds from anywhere, as `sleep` passes.
        """
        self._fetcher = fetcher
        self._connections = connections
        self._clock = clock
        self._sleep = sleep
        self._hosts: dict[str, _Host] = {}

    async def ask(self, url: str, validators: Validators = UNASKED) -> Fetched:
        """What came of asking for a picture, at last."""
        name = host_of(url)
        host = self._hosts.setdefault(name, _Host(asyncio.Semaphore(self._connections)))
        fetched = Fetched()
        for attempt in range(TRIES):
            if host.in_vain >= AWAY_AFTER:
                return _away(name)
            async with host.places:
                while (left := host.opens - self._clock()) > 0:
                    await self._sleep(left)
                fetched = await self._fetcher.fetch(url, validators)
            if not fetched.may_pass:
                host.in_vain = 0
                return fetched
            if fetched.wait_s is not None:
                if fetched.wait_s > MOST_WAIT_S:
                    return fetched
                host.opens = max(host.opens, self._clock() + fetched.wait_s)
            if attempt + 1 < TRIES:
                await self._sleep(backoff(url, attempt))
        host.in_vain += 1
        return fetched


def backoff(url: str, attempt: int) -> float:
    """Seconds before a picture is asked for again: twice as long each time, and not the same for every picture."""
    spread = zlib.crc32(f"{attempt} {url}".encode("utf-8", "surrogatepass")) / 2**32
    return _FIRST_WAIT_S * 2.0**attempt * (1 + spread)


def _away(host: str) -> Fetched:
    message = f"host {host!r} gave none of {AWAY_AFTER} pictures in a row, it is asked no more in this sync"
    return Fetched(findings=(error("picture.unreachable", Where(), message, "run packslip images sync again later"),))
