"""The road of one order, with a press that does as it is told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from packslip.engine.render import open_drop
from packslip.intake import read_orders
from packslip.ledger import make_grant
from packslip.library.mappings import CONTRACT
from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Pressed
from packslip.line.walk import Outcome, Road, walk
from packslip.model import (
    DRY,
    Choice,
    Document,
    Facts,
    Finding,
    Grant,
    Order,
    PageBox,
    PressPath,
    Product,
    Slip,
    Where,
    Withheld,
    error,
    has_errors,
    warning,
)
from packslip.pictures.library import Box, PictureLibrary
from packslip.pictures.recipe import Ink
from packslip.units import Pt
from packslip.world import World

ROOT = Path(__file__).resolve().parent.parent
TODAY = date(2026, 11, 20)
OVERFLOW = error("text.overflow", Where(spot="page 1"), "text stands outside the page")
TOO_SMALL = error("code.too_small", Where(spot="codes.order"), "bars too narrow")
Press = Callable[[Slip], Pressed]


@cache
def world() -> World:
    return World.open(ROOT)


@cache
def order() -> Order:
    """Eleanor's first parcel: three lines, one of them partly still to come."""
    drop = replace(
        open_drop(ROOT / "samples" / "01-new-en-partial.csv"), accepted_at=datetime(2026, 11, 20, tzinfo=UTC)
    )
    (read,) = read_orders(drop, CONTRACT, world().settings).orders
    assert read.order is not None
    return read.order


def facts() -> Facts:
    products = tuple(product for product in world().catalogue.products if product.category == "vases")[1:5]
    assert all(isinstance(product, Product) for product in products)
    return Facts(known_orders=0, suggestions={"same_category": products})


def pressed(*findings: Finding, pages: int = 1) -> Pressed:
    document = Document(
        data=b"%PDF",
        sha256="0" * 64,
        media="a4",
        pages=(PageBox(width=Pt(595), height=Pt(842)),) * pages,
        codes=(),
        path=PressPath.REFERENCE,
        render_ms=1.0,
    )
    return Pressed(document=document, findings=findings)


def go(
    press: Press,
    this: Order | None = None,
    *,
    late: bool = False,
    read: tuple[Finding, ...] = (),
    forgiven: frozenset[str] = frozenset(),
    withheld: Withheld | None = None,
) -> Outcome:
    """`withheld` is what the ledger says of every offer."""

    def grant(order: Order, choice: Choice, today: date) -> Grant | Withheld:
        if withheld is not None and choice.offer is not None:
            return withheld
        return make_grant(b"x" * 32, order.key, choice.offer, today=today, template="HTTPS://A.EXAMPLE/{token}")

    road = Road(world=world(), pictures=PictureDesk(world()), grant=grant, press=press)
    return walk(this or order(), facts(), road, today=TODAY, read=read, late=late, forgiven=forgiven)


def test_a_sound_slip_is_ready_with_everything_on_it() -> None:
    outcome = go(lambda slip: pressed())
    assert outcome.is_ready
    assert outcome.slip is not None
    assert outcome.slip.offer is not None
    assert len(outcome.slip.recommendations) == 3
    assert outcome.slip.dropped == ()


def test_what_cannot_be_drawn_whole_loses_the_recommendations_first() -> None:
    outcome = go(lambda slip: pressed(*() if not slip.recommendations else (OVERFLOW,)))
    assert outcome.slip is not None
    assert outcome.slip.dropped == ("recommendations",)
    assert outcome.is_ready
    assert "left_out.text.overflow" in {finding.code for finding in outcome.findings}
    assert not has_errors(outcome.findings)


def test_what_is_never_left_out_is_held() -> None:
    seen: list[Slip] = []

    def press(slip: Slip) -> Pressed:
        seen.append(slip)
        return pressed(OVERFLOW)

    outcome = go(press)
    assert not outcome.is_ready
    assert {finding.code for finding in outcome.findings if finding.severity == "error"} == {"text.overflow"}
    assert all(slip.lines == seen[0].lines or not any(line.picture for line in slip.lines) for slip in seen)
    assert all([line.name for line in slip.lines] == [line.name for line in seen[0].lines] for slip in seen)
    assert all(slip.ship_to == seen[0].ship_to for slip in seen)


DRY_POOL = Withheld(offer="welcome", why="no code is left in spring", pools=("spring", "summer"), holds=True)


def test_an_order_waits_for_its_code() -> None:
    outcome = go(lambda slip: pressed(), withheld=DRY_POOL)
    (finding,) = (finding for finding in outcome.findings if finding.severity == "error")
    assert (outcome.is_ready, outcome.grant) == (False, None)
    assert (finding.code, finding.where.spot) == (DRY, "spring, summer")
    assert "packslip codes import FILE --pool spring" in finding.hint


@pytest.mark.parametrize(
    ("values", "withheld"),
    [
        ({}, replace(DRY_POOL, holds=False)),
        ({"late": True}, DRY_POOL),
        ({"forgiven": frozenset({DRY})}, DRY_POOL),
    ],
    ids=["the pool's policy", "near the cut-off", "a person's word"],
)
def test_an_order_goes_without_a_code(values: dict[str, Any], withheld: Withheld) -> None:
    outcome = go(lambda slip: pressed(), withheld=withheld, **values)
    assert outcome.is_ready
    assert outcome.slip is not None
    assert outcome.slip.offer is None
    assert "15" not in outcome.slip.copy["message"]["body"]
    assert "offer.withheld" in {finding.code for finding in outcome.findings}


def test_near_the_cut_off_the_plain_slip_goes_instead() -> None:
    def press(slip: Slip) -> Pressed:
        return pressed() if slip.layout == "plain" else pressed(OVERFLOW)

    assert not go(press).is_ready
    outcome = go(press, late=True)
    assert outcome.is_ready
    assert outcome.slip is not None
    assert (outcome.slip.layout, outcome.slip.message, outcome.slip.offer) == ("plain", "transactional", None)


def test_an_order_id_too_long_for_its_bars_prints_without_them() -> None:
    outcome = go(lambda slip: pressed(*(TOO_SMALL,) if slip.order.code else ()))
    assert outcome.is_ready
    assert outcome.slip is not None
    assert outcome.slip.dropped == ("order code",)
    assert len(outcome.slip.recommendations) == 3


def test_a_code_that_is_merely_tight_stays() -> None:
    tight = warning("code.too_small", Where(), "bars are narrow")
    outcome = go(lambda slip: pressed(tight))
    assert outcome.slip is not None
    assert outcome.slip.order.code


@pytest.mark.parametrize(
    ("is_long", "dropped"),
    [
        (lambda slip: slip.content is not None, ("content",)),
        (lambda slip: slip.recommendations, ("recommendations",)),
        (lambda slip: slip.content is not None or slip.recommendations, ("content", "recommendations")),
    ],
)
def test_nothing_optional_is_worth_another_sheet(is_long: Callable[[Slip], object], dropped: tuple[str, ...]) -> None:
    outcome = go(lambda slip: pressed(pages=2 if is_long(slip) else 1))
    assert outcome.slip is not None
    assert outcome.slip.dropped == dropped
    assert outcome.document is not None
    assert len(outcome.document.pages) == 1


def test_what_saves_no_sheet_stays() -> None:
    outcome = go(lambda slip: pressed(pages=2))
    assert outcome.slip is not None
    assert outcome.slip.dropped == ()


def test_totals_that_contradict_each_other_hold_where_they_would_print() -> None:
    fault = warning("totals.disagree", Where(file="a.csv", line=2), "stated 3, but the parts make 4")
    assert not go(lambda slip: pressed(), read=(fault,)).is_ready
    card = replace(order(), extra={"layout": "note-a5"})
    assert go(lambda slip: pressed(), card, read=(fault,)).is_ready


def test_too_many_pieces_hold_before_anything_is_granted() -> None:
    line = replace(order().lines[0], quantity=1, quantity_shipped=2)
    outcome = go(lambda slip: pytest.fail("pressed"), replace(order(), lines=(line,)))
    assert (outcome.is_ready, outcome.choice, outcome.grant) == (False, None, None)


def test_who_objected_to_advertising_gets_the_facts_alone() -> None:
    outcome = go(lambda slip: pressed(), replace(order(), marketing_opt_out=True))
    assert outcome.slip is not None
    slip = outcome.slip
    assert (slip.segment, slip.offer, slip.review, slip.recommendations, slip.content) == (
        "transactional",
        None,
        None,
        (),
        None,
    )


def test_a_gift_shows_no_price_and_nothing_of_the_giver_s_history() -> None:
    outcome = go(lambda slip: pressed(), replace(order(), gift=True, gift_message="For you"))
    assert outcome.slip is not None
    slip = outcome.slip
    assert not slip.totals
    assert not any(line.price for line in slip.lines)
    assert (slip.offer, slip.review, slip.recommendations) == (None, None, ())
    assert slip.order.gift_message == "For you"


def test_a_missing_picture_leaves_its_place_empty() -> None:
    lines = (replace(order().lines[0], sku="", image="nowhere.jpg"), *order().lines[1:])
    outcome = go(lambda slip: pressed(), replace(order(), lines=lines))
    assert outcome.is_ready
    assert outcome.slip is not None
    assert outcome.slip.lines[0].picture == ""
    assert {finding.severity for finding in outcome.findings if finding.code == "picture.missing"} == {"warning"}


def test_prices_print_as_given() -> None:
    line = replace(order().lines[0], unit_price=Decimal("64.005"))
    outcome = go(lambda slip: pressed(), replace(order(), lines=(line,)))
    assert outcome.slip is not None
    assert "64.005" in outcome.slip.lines[0].price


def test_what_a_person_let_pass_holds_nothing() -> None:
    assert not go(lambda slip: pressed(OVERFLOW)).is_ready
    outcome = go(lambda slip: pressed(OVERFLOW), forgiven=frozenset({"text.overflow"}))
    assert outcome.is_ready
    assert outcome.slip is not None
    assert outcome.slip.dropped == ()
    assert "text.overflow" in {finding.code for finding in outcome.findings}
    assert not go(lambda slip: pressed(OVERFLOW), forgiven=frozenset({"code.too_small"})).is_ready


def test_nothing_prints_without_a_document_whoever_let_it_pass() -> None:
    nothing = Pressed(document=None, findings=(OVERFLOW,))
    assert not go(lambda slip: nothing, forgiven=frozenset({"text.overflow"})).is_ready


def test_the_pictures_of_a_slip_share_one_deadline(monkeypatch: pytest.MonkeyPatch) -> None:
    given: list[float] = []
    now = [100.0]

    def fetch(
        _library: PictureLibrary,
        _reference: str,
        _box: Box,
        _dots: float,
        _ink: Ink,
        _condition: None,
        *,
        within_s: float,
    ) -> tuple[None, tuple[Finding, ...]]:
        given.append(within_s)
        now[0] += 1.5
        return None, ()

    monkeypatch.setattr(PictureLibrary, "fetch", fetch)
    desk = PictureDesk(world(), clock=lambda: now[0])
    desk.fetch([("line", f"http://a.example/{number}.jpg") for number in range(4)], world().layout("atelier-a4"))
    assert given == [4.0, 2.5, 1.0, -0.5]
