"""What a soak found: a line of the table for each load, and the plots of latency, backlog, memory and handles."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field

from benchmarks.soak.samples import Sample

_SHARES = (0.5, 0.95, 0.99)


@dataclass(frozen=True, slots=True, kw_only=True)
class Soaked:
    """One load."""

    name: str
    per_file: int
    seconds: float  #: from the first drop to the last document
    latencies: Sequence[tuple[float, float]]  #: seconds after the start → seconds to the tray
    samples: Sequence[Sample]
    judged: Mapping[str, int]
    drawn_by: Mapping[str, int]
    changed: int  #: documents that are not what is on record
    notes: tuple[str, ...] = field(default=())

    @property
    def quantiles(self) -> tuple[float, float, float, float]:
        """Seconds: p50, p95, p99, max."""
        ordered = sorted(latency for _, latency in self.latencies) or [0.0]
        p50, p95, p99 = (ordered[min(int(share * len(ordered)), len(ordered) - 1)] for share in _SHARES)
        return p50, p95, p99, ordered[-1]

    @property
    def first(self) -> float:
        """Seconds from the first drop to the first document."""
        return min((at + latency for at, latency in self.latencies), default=0.0)

    @property
    def struck(self) -> float:
        """Share of slips that were struck from a plate."""
        return self.drawn_by.get("plate", 0) / max(sum(self.drawn_by.values()), 1)

    @property
    def rate(self) -> float:
        """Orders a second, over the middle half of the time, so that neither end counts."""
        moments = sorted(at + latency for at, latency in self.latencies)
        quarter = len(moments) // 4
        middle = moments[quarter : 3 * quarter + 1]
        return (len(middle) - 1) / (middle[-1] - middle[0]) if len(middle) > 1 and middle[-1] > middle[0] else 0.0

    def cpu_ms(self, who: str) -> float:
        """CPU ms an order: of the `parent`, or its `children`."""
        first, last = self.samples[0], self.samples[-1]
        spent = {
            "parent": last.parent_s - first.parent_s,
            "children": last.children_s - first.children_s,
        }
        return 1000 * spent[who] / max(last.printed - first.printed, 1)

    @property
    def others(self) -> float:
        """Cores that everything else on the machine took, this program itself too."""
        first, last = self.samples[0], self.samples[-1]
        ours = last.parent_s - first.parent_s + last.children_s - first.children_s
        return (last.machine_s - first.machine_s - ours) / max(last.at - first.at, 1e-9)

    def row(self) -> tuple[str, ...]:
        """Of the table."""
        p50, p95, p99, most = (f"{1000 * value:.0f}" for value in self.quantiles)
        return (
            self.name,
            str(self.per_file),
            str(len(self.latencies)),
            f"{self.rate:.1f}",
            f"{1000 * self.first:.0f}",
            p50,
            p95,
            p99,
            most,
            str(max(sample.backlog for sample in self.samples)),
            f"{max(sample.parent_mb for sample in self.samples):.0f}",
            f"{max(sample.children_mb for sample in self.samples):.0f}",
            str(max(sample.handles for sample in self.samples)),
            f"{self.struck:.1%}",
            f"{self.cpu_ms('parent'):.1f}",
            f"{self.cpu_ms('children'):.1f}",
            f"{self.others:.1f}",
        )

    def as_json(self) -> dict[str, object]:
        """All of it."""
        values = asdict(self)
        return values | {
            "rate": self.rate,
            "first": self.first,
            "struck": self.struck,
            "others": self.others,
            "quantiles": self.quantiles,
        }


HEADER = (
    "load",
    "a file",
    "orders",
    "orders/s",
    "first ms",
    "p50 ms",
    "p95 ms",
    "p99 ms",
    "max ms",
    "backlog",
    "MB parent",
    "MB children",
    "handles",
    "struck",
    "CPU ms parent",
    "CPU ms children",
    "cores others",
)


def table_text(results: Sequence[Soaked]) -> str:
    """The table as Markdown."""
    lines = [HEADER, tuple("---:" if place else "---" for place in range(len(HEADER)))]
    lines += [result.row() for result in results]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
