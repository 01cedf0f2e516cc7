from hypothesis import given
from hypothesis import strategies as st

from packslip.units import DotsPerMm, Mm, Pt, dots_per_mm, mm_from_dots, mm_from_pt, pt_from_mm, whole_dots


@given(st.floats(min_value=0, max_value=5000))
def test_millimetres_and_points_are_each_other_s_inverse(length: float) -> None:
    assert abs(mm_from_pt(pt_from_mm(Mm(length))) - length) < 1e-9


def test_an_a4_sheet_is_595_points_wide() -> None:
    assert round(pt_from_mm(Mm(210)), 2) == 595.28
    assert mm_from_pt(Pt(72)) == 25.4


def test_whole_dots_never_exceed_the_length() -> None:
    assert whole_dots(Mm(24), DotsPerMm(8)) == 192
    assert whole_dots(Mm(24.124), DotsPerMm(8)) == 192
    assert mm_from_dots(192, DotsPerMm(8)) == 24
    assert round(dots_per_mm(203.2), 6) == 8
