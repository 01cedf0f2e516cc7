from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from packslip.model import Address, Line, Order, OrderKey, ParcelKind, Where, has_errors, settle_parcel

WHERE = Where(file="a.csv", line=2)


def order(*lines: Line) -> Order:
    return Order(
        key=OrderKey(store="oriel-ash", order_id="1"),
        order_date=date(2026, 11, 20),
        currency="GBP",
        ship_to=Address(name="A", country="GB"),
        lines=lines,
        where=WHERE,
    )


def line(number: int, quantity: int, shipped: int | None = None, before: int | None = None) -> Line:
    return Line(
        line_id=str(number),
        description="Vase",
        quantity=quantity,
        quantity_shipped=shipped,
        quantity_before=before,
        where=WHERE,
    )


def test_everything_at_once_is_complete() -> None:
    parcel, findings = settle_parcel(order(line(1, 2), line(2, 1)), {})
    assert (parcel.kind, findings) == (ParcelKind.COMPLETE, ())
    assert [(settled.here, settled.to_come) for settled in parcel.lines] == [(2, 0), (1, 0)]


def test_something_still_to_come_is_partial() -> None:
    parcel, _ = settle_parcel(order(line(1, 2, shipped=1), line(2, 1)), {})
    assert parcel.kind is ParcelKind.PARTIAL


def test_what_the_ledger_knows_completes_a_second_parcel() -> None:
    parcel, _ = settle_parcel(order(line(1, 2), line(2, 1)), {"1": 1, "2": 1})
    assert parcel.kind is ParcelKind.FINAL
    assert [settled.here for settled in parcel.lines] == [1, 0]


def test_what_the_csv_says_wins_over_the_ledger() -> None:
    parcel, _ = settle_parcel(order(line(1, 3, before=1)), {"1": 2})
    assert parcel.lines[0].here == 2


def test_more_than_was_ordered_is_an_error() -> None:
    _, findings = settle_parcel(order(line(1, 2, shipped=2, before=1)), {})
    assert [finding.code for finding in findings] == ["quantity.too_many"]


def test_a_parcel_with_nothing_in_it_is_an_error() -> None:
    _, findings = settle_parcel(order(line(1, 2)), {"1": 2})
    assert [finding.code for finding in findings] == ["parcel.empty"]


@given(
    st.integers(min_value=1, max_value=99),
    st.none() | st.integers(min_value=0, max_value=99),
    st.none() | st.integers(min_value=0, max_value=99),
    st.integers(min_value=0, max_value=99),
)
def test_quantities_always_add_up_or_are_an_error(
    quantity: int, shipped: int | None, before: int | None, known: int
) -> None:
    parcel, findings = settle_parcel(order(line(1, quantity, shipped, before)), {"1": known})
    settled = parcel.lines[0]
    assert has_errors(findings) or settled.before + settled.here + settled.to_come == settled.ordered
