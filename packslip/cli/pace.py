"""Pace: how fast long work goes and how long it will take, in words. Time enters as an argument."""

from collections import deque

#: The rate is that of so many seconds.
_WINDOW_S = 20.0
#: Without a terminal one line is told for each of so many parts of the work, and after so long a silence.
_PARTS = 10
_SILENCE_S = 30.0
_LEAST_S = 1.0  #: between two lines


class Pace:
    """The pace of one piece of work, told how far it is."""

    def __init__(self) -> None:
        self._seen: deque[tuple[float, int]] = deque()
        self._told = 0
        self._told_at = 0.0

    def text(self, done: int, total: int, now: float) -> str:
        """How far it is, its rate and the time left, as far as that can be known."""
        self._see(done, now)
        rate = self._rate()
        text = f"{done:,} of {total:,}"
        if rate <= 0 or done >= total:
            return text
        shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.1f}"
        return f"{text}, {shown}/s, {duration((total - done) / rate)} left"

    def line(self, done: int, total: int, now: float) -> str:
        """The same now and then, "" in between."""
        first = not self._seen
        self._see(done, now)
        part = done * _PARTS // total if total else 0
        if first:
            self._told, self._told_at = part, now
            return ""
        if now - self._told_at < (_SILENCE_S if part == self._told else _LEAST_S):
            return ""
        self._told, self._told_at = part, now
        return self.text(done, total, now)

    def _see(self, done: int, now: float) -> None:
        self._seen.append((now, done))
        while len(self._seen) > 2 and now - self._seen[1][0] >= _WINDOW_S:
            self._seen.popleft()

    def _rate(self) -> float:
        (start, before), (now, done) = self._seen[0], self._seen[-1]
        return (done - before) / (now - start) if now > start else 0.0


def duration(seconds: float) -> str:
    """A time as people say it: `48 s`, `3 min 20 s`, `2 h 05 min`."""
    whole = max(round(seconds), 0)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
