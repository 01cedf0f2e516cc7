"""Stores: bounded dictionaries for what is kept from slip to slip."""

from typing import TypeVar

#: Entries kept in one store: public lines, for one, of all phrases in all widths.
MOST = 8192

Key = TypeVar("Key")
Made = TypeVar("Made")


class Store(dict[Key, Made]):
    """A bounded store; what came first leaves first."""

    def keep(self, key: Key, made: Made) -> None:
        """Keep what was made."""
        if len(self) >= MOST:
            del self[next(iter(self))]
        self[key] = made
