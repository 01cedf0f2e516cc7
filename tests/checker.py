"""The checker: what was dropped and asked for against what the printers received. Knows nothing of packslip.

It is given a `History` of plain values, gathered from outside, and says in sentences what is wrong with it. What it
holds true:

- Whole: every document received is one that was ordered, or a sheet of such documents, to the byte.
- Once: each record is printed at most once, on all papers and sheets together, unless a person asked for it again or
  the paper says that it is a copy.
- Not lost: each record dropped is printed, or it is told where it stands and why: held with a reason, called off by a
  person, waiting for a call, or uncertain.
- Uncertain only where nobody can know: `History.doubts` names the jobs that the printer itself left open.
- Honest: a try told delivered is a paper, or a place on the sheet that its job was; one told given up is none, and
  no paper came and no place was taken without a try. A record told
  done is printed, one told anything else but uncertain is not.
- In order: of two records for one printer, the one that came first, and ranks no lower, is printed first, as long as
  nothing but the printer itself held it up. Where the line was started again, that holds within each file.
- Answered: each file has one answer, with a row for each of its rows.
- At rest: nothing is left half done.
- Codes: none is lost, none stands on the documents of two orders, no order has two. Each that stands on one is issued
  to its order, and one that is reserved has an order that may still print.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache

_LINE = 40
_END = b"%%EOF\n"


@dataclass(frozen=True)
class Record:
    """One row of a dropped file: which parcel, and which data."""

    order: str
    parcel: int
    text: str

    @property
    def key(self) -> tuple[str, int]:
        return self.order, self.parcel


@dataclass(frozen=True)
class Row:
    record: Record
    printer: str  #: that it is for
    rank: str = ""
    on_call: bool = False
    is_steady: bool = True  #: nothing in it has it held


@dataclass
class File:
    """A dropped file, in the order of dropping."""

    name: str
    rows: tuple[Row, ...]
    disturbed: bool = False  #: it could not be claimed or drawn at once


@dataclass(frozen=True)
class Received:
    """What a printer put out."""

    printer: str
    name: str  #: of the job
    data: bytes


@dataclass(frozen=True)
class Act:
    """What a person asked for, and was told: `done`, `refused`, or `unknown` where the command was killed."""

    kind: str  #: cancel, drop, release, retry, call, reprint, mark
    record: Record
    told: str


@dataclass(frozen=True)
class Try:
    """A try at delivering, as it stands on record."""

    record: Record
    name: str
    printer: str
    outcome: str  #: delivered, given up, uncertain, or one that is open


@dataclass(frozen=True)
class Standing:
    """What is told of a record in the end."""

    record: Record
    state: str
    reasons: tuple[str, ...] = ()


@dataclass(frozen=True)
class CodeOf:
    """Where a promo code of the pool is told to be."""

    state: str
    order: str = ""


@dataclass
class History:
    files: list[File] = field(default_factory=list)
    received: list[Received] = field(default_factory=list)  #: in the order it came out
    acts: list[Act] = field(default_factory=list)
    tries: list[Try] = field(default_factory=list)
    standings: list[Standing] = field(default_factory=list)
    answers: dict[str, list[list[tuple[str, str, str]]]] = field(default_factory=dict)  #: file → answers → cells
    doubts: set[str] = field(default_factory=set)  #: jobs whose printer leaves open what became of them
    deputies: dict[str, str] = field(default_factory=dict)
    copies_allowed: set[str] = field(default_factory=set)  #: printers that print a marked copy of what is uncertain
    imported: frozenset[str] = frozenset()  #: promo codes that were put into the pool
    codes: dict[str, CodeOf] = field(default_factory=dict)
    on_documents: list[tuple[str, str]] = field(default_factory=list)  #: order and the code that its document shows
    leftovers: list[str] = field(default_factory=list)  #: files that should be gone
    was_restarted: bool = False


@lru_cache(4096)
def make_paper(record: Record, mark: str = "") -> bytes:
    """A document of a few sectors that says whose it is, and whose every part is needed to believe it."""
    head = f"{record.order}|{record.parcel}|{record.text}|{mark}\n".encode()
    body = b"".join(hashlib.sha256(head + bytes([n])).hexdigest().encode()[:_LINE] + b"\n" for n in range(30))
    return b"%PDF " + head + body + _END


def read_paper(data: bytes) -> tuple[Record, str] | None:
    """The record and the mark of a document, None where it is not whole."""
    head = data.removeprefix(b"%PDF ").partition(b"\n")[0].decode("ascii", "replace")
    parts = head.split("|")
    if len(parts) != 4 or not parts[1].isdecimal():
        return None
    record = Record(parts[0], int(parts[1]), parts[2])
    return (record, parts[3]) if make_paper(record, parts[3]) == data else None


def make_sheet(papers: Sequence[bytes]) -> bytes:
    """A sheet that some documents stand on; it says how many."""
    return b"%%SHEET %d\n" % len(papers) + b"".join(papers)


def read_sheet(data: bytes) -> tuple[tuple[Record, str], ...]:
    """Whose the documents of a sheet are, or the one of a paper; none where not all of it is whole."""
    papers = [data]
    if data.startswith(b"%SHEET "):
        _, _, rest = data.partition(b"\n")
        papers = [part + _END for part in rest.split(_END)[:-1]]
        if make_sheet(papers) != data or not papers:
            return ()
    found = [read_paper(paper) for paper in papers]
    return tuple(one for one in found if one is not None) if None not in found else ()


def check(history: History) -> list[str]:
    """All that is wrong."""
    return list(_Check(history).everything())


class _Check:
    def __init__(self, history: History) -> None:
        self.history = history
        self.rows: dict[Record, Row] = {}
        self.place: dict[Record, tuple[int, int]] = {}
        self.torn: list[Received] = []
        self.plain: Counter[Record] = Counter()
        self.marked: Counter[Record] = Counter()
        self.first: dict[Record, tuple[tuple[int, int], str]] = {}  #: when it came, and where
        self.came: Counter[tuple[str, Record]] = Counter()  #: by job
        self.astray: list[tuple[Record, str]] = []
        for number, file in enumerate(history.files):
            for line, row in enumerate(file.rows):
                self.rows.setdefault(row.record, row)
                self.place.setdefault(row.record, (number, line))
        for number, paper in enumerate(history.received):
            read = read_sheet(paper.data)
            if not read:
                self.torn.append(paper)
            for place, (record, mark) in enumerate(read):
                self.came[paper.name, record] += 1
                (self.marked if mark else self.plain)[record] += 1
                if not mark:
                    self.first.setdefault(record, ((number, place), paper.printer))
                if record not in self.rows or paper.printer not in self._may_print(self.rows[record].printer):
                    self.astray.append((record, paper.printer))
        self.asked: defaultdict[tuple[str, Record], list[str]] = defaultdict(list)
        for act in history.acts:
            self.asked[act.kind, act.record].append(act.told)

    def everything(self) -> Iterator[str]:
        yield from self._whole()
        yield from self._once()
        yield from self._honest()
        yield from self._not_lost()
        yield from self._in_order()
        yield from self._answered()
        yield from self._codes()
        yield from (f"left behind: {name}" for name in self.history.leftovers)

    def _whole(self) -> Iterator[str]:
        for paper in self.torn:
            yield f"torn: {paper.name} at {paper.printer} is not whole ({len(paper.data)} bytes)"
        for record, printer in self.astray:
            row = self.rows.get(record)
            if row is None:
                yield f"invented: {record} came out of {printer} and was never dropped"
            else:
                yield f"astray: {record} is for {row.printer} and came out of {printer}"

    def _codes(self) -> Iterator[str]:
        history = self.history
        for code in sorted(history.imported ^ history.codes.keys()):
            yield f"code: {code} is {'lost' if code in history.imported else 'invented'}"
        shown: defaultdict[str, set[str]] = defaultdict(set)
        for order, code in history.on_documents:
            shown[order].add(code)
            known = history.codes.get(code)
            if known != CodeOf("issued", order):
                yield f"code: {code} stands on a document of {order}, and is told as {known}"
        yield from (f"code: {order} has {sorted(codes)}" for order, codes in shown.items() if len(codes) > 1)
        owners = Counter(code.order for code in history.codes.values() if code.order)
        yield from (f"code: {order} owns {count}" for order, count in owners.items() if count > 1)
        waiting = {standing.record.order for standing in history.standings if standing.state in {"accepted", "held"}}
        for name, code in history.codes.items():
            if code.state == "reserved" and code.order not in waiting:
                yield f"code: {name} is reserved for {code.order}, which will not print"
            if code.state == "issued" and name not in shown[code.order]:
                yield f"code: {name} is issued to {code.order}, whose documents show it nowhere"

    def _may_print(self, printer: str) -> set[str]:
        found = {printer}
        while (printer := self.history.deputies.get(printer, "")) and printer not in found:
            found.add(printer)
        return found

    def _times(self, kind: str, record: Record, *told: str) -> int:
        return sum(one in told for one in self.asked[kind, record])

    def _once(self) -> Iterator[str]:
        for record, count in self.plain.items():
            most = 1 + self._times("reprint", record, "done", "unknown")
            if count > most:
                yield f"doubled: {record} was printed {count} times, and {most} were asked for"
        for record, count in self.marked.items():
            most = self._times("mark", record, "done", "unknown") + len(
                self.history.copies_allowed & self._tried(record)
            )
            if count > most:
                yield f"doubled: {record} was printed {count} times as a copy, and {most} were asked for"
        by_parcel: defaultdict[tuple[str, int], set[Record]] = defaultdict(set)
        for record in self.plain:
            by_parcel[record.key].add(record)
        for key, printed in by_parcel.items():
            let = sum(self._times("release", one, "done", "unknown") > 0 for one in self.rows if one.key == key)
            if len(printed) > 1 + let:
                yield f"doubled: parcel {key} was printed with {len(printed)} different data, and {let} were let pass"

    def _tried(self, record: Record) -> set[str]:
        return {one.printer for one in self.history.tries if one.record == record}

    def _honest(self) -> Iterator[str]:
        jobs = Counter(paper.name for paper in self.history.received)
        known = {(one.name, one.record) for one in self.history.tries}
        for one in self.history.tries:
            count = self.came[one.name, one.record]
            if one.outcome == "delivered" and count == 0:
                yield f"lost: {one.name} at {one.printer} is told delivered and never came"
            elif one.outcome == "given up" and count:
                yield f"untrue: {one.name} at {one.printer} is told not printed and came"
            elif one.outcome not in {"delivered", "given up", "uncertain"}:
                yield f"not at rest: {one.name} at {one.printer} is {one.outcome}"
            if one.outcome == "uncertain" and one.name not in self.history.doubts:
                yield f"uncertain without need: {one.name} at {one.printer}"
        for name, count in jobs.items():
            if count > 1:
                yield f"doubled: job {name} came {count} times"
        for (name, record), count in self.came.items():
            if count > jobs[name]:
                yield f"doubled: {record} stands {count} times on {name}"
            if (name, record) not in known:
                yield f"no try: {record} came as {name} and none is on record"

    def _not_lost(self) -> Iterator[str]:
        told: dict[Record, Standing] = {}
        for standing in self.history.standings:
            if standing.record in told:
                yield f"told twice: {standing.record}"
            told[standing.record] = standing
        for record, row in self.rows.items():
            standing = told.get(record)
            if standing is not None:
                yield from self._stands(record, row, standing)
            elif self.plain[record]:
                yield f"untrue: {record} was printed and is not on record"
            elif not self._has_given_way(record):
                yield f"lost: {record} is nowhere on record"

    def _has_given_way(self, record: Record) -> bool:
        """Whether other data came for its parcel: what is held gives way."""
        return any(one != record and one.key == record.key for one in self.rows)

    def _stands(self, record: Record, row: Row, standing: Standing) -> Iterator[str]:
        plain, marked = self.plain[record], self.marked[record]
        match standing.state:
            case "done":
                again = self._times("reprint", record, "done")
                if plain + marked == 0 or plain < again:
                    yield f"lost: {record} is told done and printed {plain} times, {again} of them once more"
            case "uncertain":
                return
            case "held" | "dropped" | "cancelled" if plain:
                yield f"untrue: {record} is {standing.state} and was printed"
            case "held" if not standing.reasons:
                yield f"held without a reason: {record}"
            case "cancelled" | "dropped":
                kind = "cancel" if standing.state == "cancelled" else "drop"
                if not self._times(kind, record, "done", "unknown"):
                    yield f"lost: {record} is {standing.state}, and nobody asked for that"
            case "held":
                return
            case "ready" if row.on_call and not self._times("call", record, "done"):
                return
            case state:
                yield f"lost: {record} is still {state}"

    def _in_order(self) -> Iterator[str]:
        touched = {act.record.key for act in self.history.acts}
        steady = [
            (self.place[record], row.rank, self.first[record][0], record)
            for record, row in self.rows.items()
            if record in self.first
            and self.first[record][1] == row.printer
            and row.is_steady
            and not row.on_call
            and record.key not in touched
            and not any(file.disturbed for file in self.history.files if row in file.rows)
        ]
        for place, rank, number, record in sorted(steady):
            for other_place, other_rank, other_number, other in steady:
                is_asked = place[0] == other_place[0] or not self.history.was_restarted
                is_same = self.rows[record].printer == self.rows[other].printer
                is_first = place < other_place and rank <= other_rank
                if is_asked and is_same and is_first and number > other_number:
                    yield f"out of order: {other} came before {record} at {self.rows[record].printer}"

    def _answered(self) -> Iterator[str]:
        for file in self.history.files:
            answers = self.history.answers.get(file.name, [])
            if len(answers) != 1:
                yield f"unanswered: {file.name} has {len(answers)} answers"
                continue
            wanted = [(row.record.order, str(row.record.parcel)) for row in file.rows]
            if [cells[:2] for cells in answers[0]] != wanted:
                yield f"unanswered: {file.name} has other rows in its answer"
                continue
            for row, (_, _, state) in zip(file.rows, answers[0], strict=True):
                printed = self.plain[row.record] + self.marked[row.record]
                if state == "done" and not printed and not self._has_given_way(row.record):
                    yield f"untrue: {file.name} is answered with done for {row.record}, which was not printed"
