"""Words: the texts that runs make with one slip's values."""

from collections.abc import Collection, Sequence

from packslip.press.weasy.setting import Run
from packslip.press.weasy.slots import words
from packslip.press.weasy.typesetter import UnsettableError


class Words:
    """Gives the text of runs. `public` has the texts of the release, which are the same for everybody."""

    def __init__(self, values: Sequence[str], public: Collection[str] = ()) -> None:
        self._values, self._public = values, public
        # the run is kept with its text, so that no other has its number
        self._known: dict[int, tuple[str, bool, Run]] = {}

    def __call__(self, run: Run) -> str:
        """The text of a run.

        Raises:
            UnsettableError: it has a line break where white space collapses.
        """
        return (self._known.get(id(run)) or self._make(run))[0]

    def is_public(self, run: Run) -> bool:
        """Whether nothing in a run is the slip's own."""
        return (self._known.get(id(run)) or self._make(run))[1]

    def _make(self, run: Run) -> tuple[str, bool, Run]:
        values, public = self._values, self._public
        text = words(run.parts, values, run.transform)
        if "\n" in text and run.style["white_space"] in ("normal", "nowrap"):
            raise UnsettableError("a line break that collapses")
        mine = any(type(part) is int and values[part] not in public for part in run.parts)
        made = self._known[id(run)] = text, not mine, run
        return made
