"""Keyed lines: added to by anybody, torn by a crash, seen by whoever has the file open."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from packslip.world import KeyedLine, KeyedLines

NOON = datetime(2026, 11, 27, 12, tzinfo=UTC)


def line(kind: str, key: str, hours: int = 0) -> KeyedLine:
    return KeyedLine(at=NOON + timedelta(hours=hours), kind=kind, key=key, who="Ada")


def test_the_last_word_counts(tmp_path: Path) -> None:
    lines = KeyedLines(tmp_path / "state/lines")
    assert not lines
    assert lines.latest("a", ("yes", "no")) is None
    lines.add([line("yes", "a"), line("no", "a", 2), line("yes", "b", 1)])
    other = KeyedLines(tmp_path / "state/lines")
    assert other.latest("a", ("yes", "no")) == line("no", "a", 2)
    assert other.latest("a", ("yes",)) == line("yes", "a")
    lines.add([line("yes", "a", 3), line("yes", "b", 1)])
    assert other.latest("a", ("yes", "no")) == line("yes", "a", 3)
    assert len(other.lines()) == 4
    assert (tmp_path / "state/lines").stat().st_mode & 0o777 == 0o600


def test_lines_of_another_file_come_in_any_order(tmp_path: Path) -> None:
    lines = KeyedLines(tmp_path / "lines")
    lines.add([line("no", "a", 2)])
    lines.add([line("yes", "a", 1)])
    assert lines.latest("a", ("yes", "no")) == line("no", "a", 2)


def test_a_torn_line_is_left_out_and_nothing_is_added_to_it(tmp_path: Path) -> None:
    lines = KeyedLines(tmp_path / "lines")
    lines.add([line("yes", "a"), line("yes", "b")])
    whole = (tmp_path / "lines").read_bytes()
    for cut in range(1, len(whole)):
        (tmp_path / "lines").write_bytes(whole[:cut])
        KeyedLines(tmp_path / "lines").add([line("yes", "c")])
        keys = [one.key for one in KeyedLines(tmp_path / "lines").lines()]
        assert keys[-1] == "c"
        assert keys[:-1] in ([], ["a"], ["a", "b"])
