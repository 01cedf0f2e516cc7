"""A workspace with a line that draws no real slip: orders in `id,parcel,text` rows, documents of a few bytes."""

import csv
import hashlib
import io
import os
import signal
import sys
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from packslip.engine.run import run_line
from packslip.errors import HoldOrder, WorkspaceError
from packslip.intake import ending_of
from packslip.ledger import Ledger, Refusal, Source, Wish, crash
from packslip.library.mappings import CONTRACT
from packslip.model import (
    DRY,
    Address,
    Choice,
    Document,
    Drop,
    Finding,
    Grant,
    Line,
    Offer,
    Order,
    OrderKey,
    PageBox,
    Parcel,
    PressPath,
    Slip,
    SlipAddress,
    SlipBrand,
    SlipOffer,
    SlipOrder,
    SlipParcel,
    Where,
    error,
    has_errors,
    settle_parcel,
    warning,
)
from packslip.settings import Settings
from packslip.units import Pt
from packslip.world import Workspace

HEADER = "order_id,parcel,quantity,text"
OFFER = Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90)
POOL = "spring"


def make_workspace(root, *, settings="", release="r1"):
    root.mkdir(parents=True, exist_ok=True)
    (root / "packslip.toml").write_text("[hotfolder]\nsettle_s = 0.0\nscan_s = 0.05\n" + settings)
    workspace = Workspace(root.resolve())
    publish(workspace, release)
    return workspace


def publish(workspace, release):
    workspace.releases.mkdir(parents=True, exist_ok=True)
    (workspace.releases / release).mkdir(exist_ok=True)
    (workspace.releases / release / "packslip.toml").write_text((workspace.root / "packslip.toml").read_text())
    (workspace.releases / "current").write_text(release)


def run(workspace, **values):
    """Run the fake line until nothing is left."""
    return run_line(workspace, open_road=FakeRoad, once=True, workers=2, **values)


def run_child(workspace, crash_at):
    """The same in a process of its own that dies at a crash point; whether it was killed."""
    child = os.fork()
    if child == 0:
        os.environ["PACKSLIP_CRASH_AT"] = crash_at
        try:
            run(workspace)
        finally:
            os._exit(0)
    return os.WTERMSIG(os.waitpid(child, 0)[1]) == signal.SIGKILL


def drop_file(workspace, name, *rows, header=HEADER):
    inbox = workspace.root / "hotfolder/in"
    inbox.mkdir(parents=True, exist_ok=True)
    hidden = inbox / f".{name}.part"
    hidden.write_text("\n".join((header, *rows)) + "\n")
    hidden.rename(inbox / name)
    return inbox / name


def tray(workspace, printer="bench-a4"):
    return sorted(path.name for path in (workspace.root / "hotfolder/out" / printer).glob("*.pdf"))


def documents(workspace, printer="bench-a4"):
    return [(workspace.root / "hotfolder/out" / printer / name).read_text() for name in tray(workspace, printer)]


def results(workspace):
    rows = []
    for path in sorted((workspace.root / "hotfolder/results").rglob("*.csv")):
        rows += csv.DictReader(io.StringIO(path.read_text()))
    return rows


class Crash(BaseException):
    """The process is gone."""


@pytest.fixture
def crash_at(monkeypatch):
    def fall():
        raise Crash

    monkeypatch.setattr(crash, "die", fall)
    yield lambda point: monkeypatch.setenv("PACKSLIP_CRASH_AT", point)
    crash._passes.clear()


@dataclass(frozen=True, kw_only=True)
class FakeRead:
    key: OrderKey | None
    label: str
    order: Order | None
    findings: tuple[Finding, ...]
    where: Where
    sha256: str


@dataclass(kw_only=True)
class FakeReading:
    findings: tuple[Finding, ...]
    orders: object
    skipped: dict = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class FakeOutcome:
    parcel: Parcel
    choice: Choice | None = None
    grant: Grant | None = None
    slip: Slip | None = None
    document: Document | None = None
    findings: tuple[Finding, ...] = ()


class FakeRoad:
    """Texts that mean something: `bad` is unreadable, `hold` is held, `bug` raises, `late` waits for its turn."""

    def __init__(self, workspace, release, ledger, workers):
        if release == "broken":
            raise WorkspaceError("no such release")
        self.release = release
        self.settings: Settings = workspace.settings()
        self._ledger: Ledger = ledger
        self.remembered = []
        self.walked = []
        self.imposed = []
        self.closed = False

    def read(self, drop: Drop):
        data = drop.spool.read_bytes()
        if b"\0" in data:
            return FakeReading(findings=(error("file.no_csv", Where(file=drop.name), "no CSV"),), orders=iter(()))
        rows = csv.DictReader(io.StringIO(data.decode()))
        return FakeReading(findings=(), orders=self._read(rows, drop), skipped={"postage": 2})

    def _read(self, rows, drop):
        for number, row in enumerate(rows, 2):
            where = Where(file=drop.name, line=number)
            digest = hashlib.sha256(str(sorted(row.items())).encode()).hexdigest()
            key = OrderKey(store="s", order_id=row["order_id"], parcel=int(row["parcel"])) if row["order_id"] else None
            if row["text"] == "torn":
                raise ZeroDivisionError
            order, findings = None, ()
            if row["text"] == "bad" or key is None:
                findings = (error("record.bad", where, "not readable"),)
            else:
                order = _order(key, row, where)
            yield FakeRead(key=key, label=row["order_id"], order=order, findings=findings, where=where, sha256=digest)

    def probe(self, drop: Drop):
        return ending_of(drop, CONTRACT, self.settings.limits)

    def walk(self, order, *, shipped_before, today, read, forgiven):
        self.walked.append(str(order.key))
        text = order.extra["text"]
        if text == "bug":
            raise KeyError("Ada Lovelace")
        parcel, findings = settle_parcel(order, shipped_before)
        if text == "hold" and "text.hold" not in forgiven:
            findings += (error("text.hold", order.where, "says hold"),)
        if text == "warn":
            findings += (warning("text.warn", order.where, "=HYPERLINK(1)"),)
        if has_errors(findings):
            return FakeOutcome(parcel=parcel, findings=findings)
        grant = self._grant(order, today)
        if grant is Refusal.DRY:
            return FakeOutcome(parcel=parcel, findings=(*findings, error(DRY, replace(order.where, spot=POOL), "dry")))
        data = f"%PDF {order.key} {text} {self.release} {grant.promo_code} {parcel.kind}".encode()
        media = "label-4x6" if text == "label" else "a3" if text == "poster" else "a4"
        document = Document(
            data=data,
            sha256=hashlib.sha256(data).hexdigest(),
            media=media,
            pages=(PageBox(width=Pt(1), height=Pt(1)),),
            codes=(),
            path=PressPath.REFERENCE,
            render_ms=1.0,
        )
        return FakeOutcome(
            parcel=parcel,
            choice=make_choice(),
            grant=grant,
            slip=_slip(order, self.release, grant),
            document=document,
            findings=findings,
        )

    def _grant(self, order, today):
        return self._ledger.grant(order.key, OFFER, today=today, template="HTTPS://X/{token}", segment="new")

    def impose(self, printer, works):
        if b" torn-page " in b"".join(work.data for work in works):
            raise HoldOrder("a page with /Annots cannot be imposed")
        if b" crumpled " in b"".join(work.data for work in works):
            raise KeyError("Ada Lovelace")
        self.imposed.append([work.caption.order_id for work in works])
        return b"\n".join(work.data for work in works)

    def remember(self, order, parcel):
        self.remembered.append(str(order.key))

    def close(self):
        self.closed = True


class PoolRoad(FakeRoad):
    """Takes codes out of an imported pool."""

    def _grant(self, order, today):
        sources = (Source(pool=POOL, is_imported=True),)
        wish = Wish(offer=OFFER, begins=today, sources=sources)
        return self._ledger.grant_from(order.key, wish, today=today, template="HTTPS://X/{token}", segment="new")


def _order(key, row, where):
    return Order(
        key=key,
        order_date=date(2026, 11, 20),
        currency="GBP",
        locale="en-GB",
        ship_to=Address(name="Ada Lovelace", country="GB"),
        lines=(
            Line(
                line_id="1",
                description="Bowl",
                quantity=3,
                quantity_shipped=int(row["quantity"]) if row["quantity"] else None,
                where=where,
            ),
        ),
        extra={"text": row["text"]},
        station="nowhere" if row["text"] == "lost" else row.get("station") or "",
        deadline=datetime(2026, 11, 20, 17, tzinfo=UTC) if row["text"] == "urgent" else None,
        where=where,
    )


def make_choice(because=()):
    return Choice(
        segment="new",
        message="new",
        offer=None if because else OFFER,
        strategy="",
        recommendations=(),
        layout="atelier-a4",
        review=True,
        content=False,
        prices=True,
        because=because,
    )


def _slip(order, release, grant):
    return Slip(
        key=order.key,
        layout="atelier-a4",
        release=release,
        dated=date(2026, 11, 20),
        locale="en-GB",
        segment="new",
        message="new",
        order=SlipOrder(id=order.key.order_id, date="20 November 2026"),
        parcel=SlipParcel(number="1", kind="complete", density="airy", pieces="1"),
        ship_to=SlipAddress(name="Ada Lovelace", lines=()),
        lines=(),
        copy={},
        offer=SlipOffer(code=grant.promo_code, amount="15 %", until="soon"),
        brand=SlipBrand(store="s", name="S", logo="", address="", email="", website="", returns=""),
    )


def main(*, once=True):
    """Run the fake line in the workspace named by the last argument: a child process to be killed."""
    run_line(Workspace(Path(sys.argv[-1])), open_road=FakeRoad, once=once, workers=2, listener=_tell)


def _tell(event):
    """A line for the parent, in one piece: several threads tell."""
    sys.stdout.write(f"{event.kind} {event.state} {event.text}\n")
    sys.stdout.flush()
