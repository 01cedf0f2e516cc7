"""TOML tables read key by key, with a finding for every key that does not fit."""

import re
from collections.abc import Iterable, Mapping
from difflib import get_close_matches

from packslip.model import Finding, Where, error


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """The closest known word as a hint, else the choices."""
    choices = sorted(known)
    close = get_close_matches(word, choices, n=1, cutoff=0.6)
    if close:
        return f"did you mean {close[0]}?"
    return f"choices: {', '.join(choices)}" if len(choices) <= 16 else ""


class Keys:
    """One TOML table; what is asked for and fits is returned, what does not fit becomes a finding."""

    def __init__(self, values: Mapping[str, object], *, file: str, path: str, findings: list[Finding]) -> None:
        self._values = values
        self._file = file
        self._path = path
        self._findings = findings

    def __contains__(self, key: str) -> bool:
        return key in self._values

    def names(self) -> tuple[str, ...]:
        """The table's keys."""
        return tuple(self._values)

    def path(self, key: str = "") -> str:
        """A key's place in the file."""
        return ".".join(part for part in (self._path, key) if part)

    def fault(self, code: str, key: str, message: str, hint: str = "") -> None:
        """Report what is wrong with a key."""
        self._findings.append(error(f"mapping.{code}", Where(file=self._file, spot=self.path(key)), message, hint))

    def only(self, *known: str) -> None:
        """Report every key that is none of these."""
        for key in self._values:
            if key not in known:
                self.fault("unknown_key", key, f"no such key {key!r}", did_you_mean(key, known))

    def value(self, key: str) -> object:
        """What stands at a key, None where nothing does."""
        return self._values.get(key)

    def text(self, key: str, default: str = "") -> str:
        """A text, or a number or flag written as one."""
        value = self._values.get(key, default)
        if isinstance(value, str):
            return value
        if isinstance(value, bool):
            return "yes" if value else "no"
        if isinstance(value, int | float):
            return str(value)
        self.fault("wrong_type", key, f"expected a text, got {_shown(value)}")
        return default

    def whole(self, key: str, default: int = 0) -> int:
        """A whole number."""
        value = self._values.get(key, default)
        if isinstance(value, int) and not isinstance(value, bool):
            return value
        self.fault("wrong_type", key, f"expected a whole number, got {_shown(value)}")
        return default

    def flag(self, key: str, *, default: bool) -> bool:
        """True or false."""
        value = self._values.get(key, default)
        if isinstance(value, bool):
            return value
        self.fault("wrong_type", key, f"expected true or false, got {_shown(value)}")
        return default

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of texts, or one."""
        value = self._values.get(key, [])
        if isinstance(value, str):
            return (value,)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self.fault("wrong_type", key, f"expected a list of texts, got {_shown(value)}")
        return ()

    def choice(self, key: str, choices: tuple[str, ...], default: str = "") -> str:
        """One of some words."""
        text = self.text(key, default)
        if text == default or text in choices:
            return text
        self.fault("unknown_choice", key, f"no such choice {text!r}", did_you_mean(text, choices))
        return default

    def pattern(self, key: str) -> re.Pattern[str] | None:
        """A regular expression."""
        if key not in self._values:
            return None
        text = self.text(key)
        try:
            return re.compile(text)
        except re.error as fault:
            self.fault("pattern", key, f"no regular expression: {fault}")
            return None

    def table(self, key: str) -> "Keys":
        """A table within, empty where there is none."""
        value = self._values.get(key, {})
        if not isinstance(value, dict):
            self.fault("wrong_type", key, f"expected a table, got {_shown(value)}")
            value = {}
        return self.within(key, value)

    def within(self, key: str, values: Mapping[str, object]) -> "Keys":
        """Values as if they stood in a table at a key."""
        return Keys(values, file=self._file, path=self.path(key), findings=self._findings)

    def tables(self, key: str) -> tuple["Keys", ...]:
        """A list of tables."""
        value = self._values.get(key, [])
        if not isinstance(value, list) or not all(isinstance(item, dict) for item in value):
            self.fault("wrong_type", key, f"expected [[{key}]] tables, got {_shown(value)}")
            return ()
        return tuple(
            Keys(item, file=self._file, path=f"{self.path(key)}[{number}]", findings=self._findings)
            for number, item in enumerate(value, 1)
        )


def _shown(value: object) -> str:
    if isinstance(value, dict):
        return "a table"
    return "a list" if isinstance(value, list) else repr(value)
