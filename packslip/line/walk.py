"""One order's road: settle → decide → grant → draw (pictures, compose, press), and what goes when drawing fails."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import date

from packslip.compose import compose, wanted_pictures
from packslip.decide import decide
from packslip.library.layouts import Layout
from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Pressed
from packslip.model import (
    DRY,
    Choice,
    Document,
    Facts,
    Finding,
    Grant,
    Order,
    Parcel,
    Severity,
    Slip,
    Where,
    Withheld,
    error,
    has_errors,
    note,
    settle_parcel,
    warning,
)
from packslip.world import World

#: The order id as a code is for the packer's scanner; the id itself stands beside it in letters.
ORDER_CODE = "order code"

#: What goes first when a slip cannot be drawn whole.
_LEAVE_OUT = ("recommendations", "content", "pictures", "review")

#: What is tried, in turn, to save a page.
_SPARED = (frozenset({"content"}), frozenset({"recommendations"}), frozenset({"content", "recommendations"}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Road:
    """The acts an order meets on its way; the ledger's, or stand-ins for a slip that does not count as printed."""

    world: World
    pictures: PictureDesk
    grant: Callable[[Order, Choice, date], Grant | Withheld]
    press: Callable[[Slip], Pressed]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How far an order came. A document means it is ready to print; none means it is held."""

    parcel: Parcel
    choice: Choice | None = None
    grant: Grant | None = None
    slip: Slip | None = None
    document: Document | None = None
    findings: tuple[Finding, ...]

    @property
    def is_ready(self) -> bool:
        """Whether the parcel may print."""
        return self.document is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawn:
    slip: Slip
    document: Document | None
    findings: tuple[Finding, ...]

    @property
    def pages(self) -> int:
        return len(self.document.pages) if self.document else 0

    @property
    def errors(self) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.severity is Severity.ERROR)

    @property
    def is_sound(self) -> bool:
        return self.document is not None and not has_errors(self.findings)


def walk(
    order: Order,
    facts: Facts,
    road: Road,
    *,
    today: date,
    read: tuple[Finding, ...] = (),
    late: bool = False,
    forgiven: frozenset[str] = frozenset(),
) -> Outcome:
    """Take an order from its record to its document.

    `read` is what intake found in the record; it is judged here, not repeated in the outcome. `late` says that the
    carrier's cut-off is near: then a slip that cannot be drawn falls back to the plain transactional one instead of
    being held. `forgiven` are codes of findings that a person let pass: they hold nothing, where there is a document.
    An offer for which there is no code holds the order, or is decided without.
    """
    judged = judge(order, facts, road.world, today=today, read=read)
    judged = replace(judged, findings=_forgive(judged.findings, forgiven))
    choice = judged.choice
    if choice is None or has_errors(judged.findings):
        return judged
    grant = road.grant(order, choice, today)
    if isinstance(grant, Withheld):
        if grant.holds and not late and DRY not in forgiven:
            return replace(judged, findings=(*judged.findings, _dry(order, grant)))
        without = replace(facts, withheld={**facts.withheld, grant.offer: grant})
        return walk(order, without, road, today=today, read=read, late=late, forgiven=forgiven)
    attempts = _Attempts(order=order, parcel=judged.parcel, grant=grant, road=road, today=today, forgiven=forgiven)
    drawn = _draw(attempts, choice, late=late)
    return replace(
        judged,
        grant=grant,
        slip=drawn.slip,
        document=drawn.document if drawn.is_sound else None,
        findings=judged.findings + drawn.findings,
    )


def _dry(order: Order, withheld: Withheld) -> Finding:
    """What holds an order whose code is still to come."""
    hint = f"packslip codes import FILE --pool {withheld.pools[0]}: then it goes on by itself; release it to do without"
    where = Where(file=order.where.file, line=order.where.line, spot=", ".join(withheld.pools))
    return error(DRY, where, withheld.why, hint)


def judge(order: Order, facts: Facts, world: World, *, today: date, read: tuple[Finding, ...] = ()) -> Outcome:
    """The first half of the road: quantities settled and the choice made; nothing granted, fetched or drawn."""
    parcel, findings = settle_parcel(order, facts.shipped_before)
    if has_errors(findings):
        return Outcome(parcel=parcel, findings=findings)
    choice, found = decide(order, parcel, facts, world.rules, today, origin=world.settings.shop.country)
    findings += found + _judge_totals(read, choice, world.layouts.get(choice.layout))
    return Outcome(parcel=parcel, choice=choice, findings=findings)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Attempts:
    """One order at the press, as often as it takes."""

    order: Order
    parcel: Parcel
    grant: Grant
    road: Road
    today: date
    forgiven: frozenset[str]

    def draw(self, choice: Choice, dropped: frozenset[str] = frozenset()) -> _Drawn:
        """The slip without some blocks."""
        world = self.road.world
        layout = world.layouts.get(choice.layout)
        pictures: dict[tuple[str, str], str] = {}
        findings: tuple[Finding, ...] = ()
        if layout is not None:
            wanted = wanted_pictures(self.order, choice, world, self.today)
            pictures, findings = self.road.pictures.fetch(wanted, layout)
        slip, found = compose(
            self.order, self.parcel, choice, self.grant, pictures, world, today=self.today, dropped=dropped
        )
        findings = _forgive(findings + found, self.forgiven)
        if has_errors(findings):
            return _Drawn(slip=slip, document=None, findings=findings)
        pressed = self.road.press(slip)
        findings += _forgive(pressed.findings, self.forgiven)
        return _Drawn(slip=slip, document=pressed.document, findings=findings)


def _draw(attempts: _Attempts, choice: Choice, *, late: bool) -> _Drawn:
    """The slip drawn whole, else with less, else what went wrong with the whole one."""
    layout = attempts.road.world.layouts.get(choice.layout)
    whole = attempts.draw(choice)
    if layout is None:
        return whole
    if whole.is_sound:
        return _save_a_page(whole, attempts, choice, layout)
    for lesser, dropped in _lesser(choice, whole, layout, late=late):
        drawn = attempts.draw(lesser, dropped)
        if drawn.is_sound:
            return replace(drawn, findings=_explain(whole) + drawn.findings)
    return whole


def _save_a_page(whole: _Drawn, attempts: _Attempts, choice: Choice, layout: Layout) -> _Drawn:
    """The slip without what only makes it longer: nothing optional is worth another sheet in the parcel."""
    if whole.pages < 2 * layout.sides:
        return whole
    present = {block for block, is_there in _present(whole.slip).items() if is_there} & layout.optional
    for dropped in _SPARED:
        if not dropped <= present:
            continue
        shorter = attempts.draw(choice, dropped)
        if shorter.is_sound and shorter.pages < whole.pages:
            message = f"printed without {' and '.join(sorted(dropped))}, to save a page"
            return replace(shorter, findings=(*shorter.findings, note("left_out.page", attempts.order.where, message)))
    return whole


def _lesser(choice: Choice, whole: _Drawn, layout: Layout, *, late: bool) -> Iterator[tuple[Choice, frozenset[str]]]:
    """What to try next, losing ever more."""
    present = _present(whole.slip)
    dropped: frozenset[str] = frozenset()
    if present[ORDER_CODE] and any(finding.code == "code.too_small" for finding in whole.errors):
        dropped |= {ORDER_CODE}
        yield choice, dropped
    for block in _LEAVE_OUT:
        if block in layout.optional and present[block]:
            dropped |= {block}
            yield choice, dropped
    if late and layout.fallback:
        message = "gift" if choice.message == "gift" else "transactional"
        plain = replace(choice, segment="transactional", message=message, layout=layout.fallback)
        yield replace(plain, offer=None, recommendations=(), review=False, survey=False, content=False), frozenset()


def _present(slip: Slip) -> dict[str, bool]:
    """Which blocks a slip has that could be left out."""
    return {
        ORDER_CODE: bool(slip.order.code),
        "recommendations": bool(slip.recommendations),
        "content": slip.content is not None,
        "pictures": any(line.picture for line in slip.lines),
        "review": slip.review is not None,
    }


def _explain(whole: _Drawn) -> tuple[Finding, ...]:
    """The faults of the whole slip, now only the reason why a lesser one prints."""
    return tuple(
        warning(f"left_out.{finding.code}", finding.where, finding.message, "printed without an optional block")
        for finding in whole.errors
    )


def _forgive(findings: tuple[Finding, ...], codes: frozenset[str]) -> tuple[Finding, ...]:
    return tuple(
        replace(finding, severity=Severity.WARNING) if finding.code in codes else finding for finding in findings
    )


def _judge_totals(read: tuple[Finding, ...], choice: Choice, layout: Layout | None) -> tuple[Finding, ...]:
    """Stated sums that contradict each other hold an order where the layout would print them."""
    if layout is None or not choice.prices or "totals" not in layout.variables:
        return ()
    return tuple(replace(finding, severity=Severity.ERROR) for finding in read if finding.code == "totals.disagree")
