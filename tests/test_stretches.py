"""Orders blanked out of a drop: gone to the last letter, and every other order reads as before, on the same line."""

import csv
import io
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.intake import blank, read_orders, stretches_in
from packslip.library.mappings import CONTRACT
from packslip.model import Drop
from packslip.settings import Settings

HEADER = ("order_id", "order_date", "currency", "customer_id", "ship_name", "ship_country", "description", "quantity")
SETTINGS = Settings()

rows = st.lists(
    st.tuples(
        st.sampled_from(["A1", "A2", "A3", ""]),
        st.sampled_from(["Zoë Müller", 'Ann "Nan" Ng', "two\n\nlines", "a;b,c\td"]),
        st.sampled_from(["1", "two", "3"]),
    ),
    min_size=1,
    max_size=12,
)


def drop_of(folder: Path, data: bytes) -> Drop:
    path = folder / "x.csv"
    path.write_bytes(data)
    return Drop(name="x.csv", spool=path, sha256="", accepted_at=datetime(2026, 11, 27, tzinfo=UTC))


def write(lines: list[tuple[str, str, str]], *, codec: str, end: str, mark: str) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=mark, lineterminator=end, quoting=csv.QUOTE_ALL)
    writer.writerow(HEADER)
    for order, name, quantity in lines:
        writer.writerow((order, "2026-11-20", "GBP", f"c-{order}", name, "GB", f"for {order or 'nobody'}", quantity))
    return text.getvalue().encode(codec)


@given(
    lines=rows,
    gone=st.sets(st.sampled_from(["A1", "A2", "A3"])),
    codec=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "cp1252"]),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    mark=st.sampled_from(",;\t|"),
)
def test_the_rest_reads_as_before(tmp_path_factory, lines, gone, codec, end, mark) -> None:
    drop = drop_of(tmp_path_factory.mktemp("x"), write(lines, codec=codec, end=end, mark=mark))
    before = {read.where.line: read for read in read_orders(drop, CONTRACT, SETTINGS).orders}
    stretches = stretches_in(drop, CONTRACT, SETTINGS)
    assert stretches is not None
    left = [stretch for stretch in stretches if stretch.order_id not in gone]
    result = blank(drop, stretches, CONTRACT, lambda stretch: stretch.order_id in gone)
    assert (result.blanked, result.left) == (len(stretches) - len(left), len(left))
    drop.spool.write_bytes(result.data)
    text = result.data.decode(codec)
    assert not any(f"for {order}" in text or f"c-{order}" in text for order in gone)
    after = stretches_in(drop, CONTRACT, SETTINGS)
    if after is not None:
        assert [(one.order_id, one.first) for one in after] == [
            (one.order_id, one.first)
            for above, one in zip([None, *left], left, strict=False)
            if above is None or above.order_id != one.order_id  # scattered before, together now
        ]
    counts = Counter(stretch.order_id for stretch in stretches)
    for line, read in {read.where.line: read for read in read_orders(drop, CONTRACT, SETTINGS).orders}.items():
        if counts[read.label] == 1 and not counts[""]:
            assert (read.sha256, read.key) == (before[line].sha256, before[line].key)


def test_nothing_is_changed_where_nothing_is_wanted(tmp_path: Path) -> None:
    data = write([("A1", "two\nlines", "1"), ("A2", "x", "1")], codec="utf-16", end="\r\n", mark=";")
    drop = drop_of(tmp_path, data)
    stretches = stretches_in(drop, CONTRACT, SETTINGS)
    assert stretches is not None
    assert [(one.order_id, one.customer_id, one.store, one.first) for one in stretches] == [
        ("A1", "c-A1", "oriel-ash", 2),
        ("A2", "c-A2", "oriel-ash", 4),
    ]
    assert blank(drop, stretches, CONTRACT, lambda _: False).data == data


@pytest.mark.parametrize("data", [b"", b"\0\1\2", b"name\nx\n", b"order_id;quantity\n1;2\n"])
def test_what_is_no_order_file_has_no_stretches(data: bytes, tmp_path: Path) -> None:
    assert stretches_in(drop_of(tmp_path, data), CONTRACT, SETTINGS) is None
