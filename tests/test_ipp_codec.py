"""The IPP encoding: round trips, totality, limits, and the bytes of an example worked out by hand."""

import contextlib
import struct
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.dispatch.ipp.codec import DEEPEST, LONGEST, MOST_VALUES, IppError, decode, encode
from packslip.dispatch.ipp.values import (
    Attribute,
    Attributes,
    Group,
    GroupTag,
    InLanguage,
    Message,
    Range,
    Resolution,
    Tag,
    Value,
    attribute,
)

NUMBERS = st.integers(-(2**31), 2**31 - 1)
WORDS = st.text(max_size=12).filter(lambda text: "\ufffd" not in text)
TEXT_TAGS = (Tag.TEXT, Tag.NAME, Tag.KEYWORD, Tag.URI, Tag.URI_SCHEME, Tag.CHARSET, Tag.LANGUAGE, Tag.MIME_TYPE)


@st.composite
def moments(draw: st.DrawFn) -> datetime:
    east = draw(st.integers(-13 * 60, 13 * 60))
    zone = timezone(timedelta(minutes=east)) if east else UTC
    moment = draw(st.datetimes(timezones=st.just(zone)))
    return moment.replace(microsecond=moment.microsecond // 100_000 * 100_000)


PLAIN = st.one_of(
    st.builds(Value, st.sampled_from([0x10, 0x12, int(Tag.NO_VALUE)]), st.none()),
    st.builds(Value, st.sampled_from([Tag.INTEGER, Tag.ENUM]), NUMBERS),
    st.builds(Value, st.just(Tag.BOOLEAN), st.booleans()),
    st.builds(Value, st.sampled_from([int(Tag.OCTETS), 0x38, 0x7F]), st.binary(max_size=40)),
    st.builds(Value, st.sampled_from(TEXT_TAGS), WORDS),
    st.builds(Value, st.just(Tag.RANGE), st.builds(Range, NUMBERS, NUMBERS)),
    st.builds(Value, st.just(Tag.RESOLUTION), st.builds(Resolution, NUMBERS, NUMBERS, st.sampled_from([3, 4]))),
    st.builds(
        Value, st.sampled_from([Tag.TEXT_WITH_LANGUAGE, Tag.NAME_WITH_LANGUAGE]), st.builds(InLanguage, WORDS, WORDS)
    ),
    st.builds(Value, st.just(Tag.DATE_TIME), moments()),
)
NAMES = WORDS.filter(bool)


def holding(values: st.SearchStrategy[Value]) -> st.SearchStrategy[Attributes]:
    lists = st.lists(values, min_size=1, max_size=2).map(tuple)
    return st.lists(st.builds(Attribute, NAMES, lists), max_size=3).map(lambda items: Attributes(tuple(items)))


VALUES = st.recursive(PLAIN, lambda inner: st.builds(Value, st.just(Tag.COLLECTION), holding(inner)), max_leaves=4)
GROUPS = st.lists(st.builds(Group, st.sampled_from([1, 2, 4, 5, 9]), holding(VALUES)), max_size=2).map(tuple)
MESSAGES = st.builds(
    Message,
    code=st.integers(0, 0xFFFF),
    request_id=NUMBERS,
    groups=GROUPS,
    version=st.tuples(st.integers(0, 255), st.integers(0, 255)),
)


@given(MESSAGES, st.binary(max_size=20))
def test_a_message_comes_back_as_it_was_and_the_document_after_it_is_no_part_of_it(
    message: Message, document: bytes
) -> None:
    assert decode(encode(message) + document) == message


@given(st.binary(max_size=400))
def test_any_bytes_are_a_message_or_one_clear_error(data: bytes) -> None:
    with contextlib.suppress(IppError):
        assert isinstance(decode(data), Message)


@given(MESSAGES, st.data())
def test_a_message_with_bytes_cut_or_changed_is_a_message_or_one_clear_error(
    message: Message, data: st.DataObject
) -> None:
    whole = bytearray(encode(message))
    at = data.draw(st.integers(0, len(whole) - 1))
    whole[at] = data.draw(st.integers(0, 255))
    for piece in (bytes(whole), bytes(whole[: data.draw(st.integers(0, len(whole)))])):
        with contextlib.suppress(IppError):
            assert isinstance(decode(piece), Message)


@given(MESSAGES, st.data())
def test_a_message_cut_short_is_never_taken_for_whole(message: Message, data: st.DataObject) -> None:
    whole = encode(message)
    with pytest.raises(IppError):
        decode(whole[: data.draw(st.integers(0, len(whole) - 1))])


def test_a_request_has_the_bytes_that_the_standard_wants() -> None:
    size = Attributes((attribute("x-dimension", Tag.INTEGER, 21000),))
    message = Message(
        code=0x0002,
        request_id=7,
        groups=(
            Group(GroupTag.OPERATION, Attributes((attribute("job-name", Tag.NAME, "a", "b"),))),
            Group(GroupTag.JOB, Attributes((attribute("media-col", Tag.COLLECTION, size),))),
        ),
    )
    assert encode(message) == (
        b"\x02\x00\x00\x02\x00\x00\x00\x07"
        b"\x01\x42\x00\x08job-name\x00\x01a\x42\x00\x00\x00\x01b"
        b"\x02\x34\x00\x09media-col\x00\x00"
        b"\x4a\x00\x00\x00\x0bx-dimension\x21\x00\x00\x00\x04\x00\x00\x52\x08"
        b"\x37\x00\x00\x00\x00"
        b"\x03"
    )


def test_text_that_is_not_utf_8_is_read_with_marks() -> None:
    raw = b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x41\x00\x01t\x00\x02\xff!\x03"
    assert decode(raw).first_of(GroupTag.OPERATION).text("t") == "\ufffd!"


def test_a_time_that_no_calendar_has_keeps_its_bytes() -> None:
    raw = bytes([7, 0xEA, 13, 40, 25, 61, 61, 0]) + b"+\x00\x00"
    message = decode(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x31\x00\x01t\x00\x0b" + raw + b"\x03")
    assert message.first_of(GroupTag.OPERATION).values("t") == (Value(Tag.DATE_TIME, raw),)


def nested(depth: int) -> Attributes:
    inside = Attributes((attribute("x", Tag.INTEGER, 1),))
    for _ in range(depth):
        inside = Attributes((attribute("c", Tag.COLLECTION, inside),))
    return inside


def test_collections_inside_each_other_have_an_end() -> None:
    deepest = Message(code=0, request_id=1, groups=(Group(1, nested(DEEPEST)),))
    assert decode(encode(deepest)) == deepest
    with pytest.raises(IppError, match="inside each other"):
        encode(Message(code=0, request_id=1, groups=(Group(1, nested(DEEPEST + 1)),)))
    begin = b"\x34\x00\x01c\x00\x00" + b"\x4a\x00\x00\x00\x01c\x34\x00\x00\x00\x00" * 10_000
    with pytest.raises(IppError, match="inside each other"):
        decode(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01" + begin)


def test_values_without_end_are_not_read_to_the_end() -> None:
    more = b"\x21\x00\x00\x00\x04\x00\x00\x00\x01" * (MOST_VALUES + 1)
    with pytest.raises(IppError, match="more than"):
        decode(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x21\x00\x01n\x00\x04\x00\x00\x00\x01" + more + b"\x03")


@pytest.mark.parametrize(
    "item",
    [
        attribute("n", Tag.NAME, "x" * (LONGEST + 1)),
        attribute("n" * (LONGEST + 1), Tag.NAME, "x"),
        attribute("n", Tag.INTEGER, 2**31),
        attribute("", Tag.NAME, "x"),
        Attribute("n", ()),
        attribute("n", Tag.NAME, "\ud800"),
        Attribute("n", (Value(Tag.DATE_TIME, datetime(2026, 1, 1)),)),  # noqa: DTZ001
    ],
)
def test_what_ipp_cannot_say_is_refused(item: Attribute) -> None:
    with pytest.raises(IppError):
        encode(Message(code=0, request_id=1, groups=(Group(1, Attributes((item,))),)))


def test_a_length_below_zero_is_refused() -> None:
    with pytest.raises(IppError, match="negative"):
        decode(b"\x02\x00\x00\x00\x00\x00\x00\x01\x01\x21" + struct.pack(">h", -2) + b"ab\x03")


def test_reading_finds_or_does_not() -> None:
    held = Attributes(
        (
            Attribute("mixed", (Value(Tag.INTEGER, 3), Value(Tag.RANGE, Range(5, 9)), Value(Tag.BOOLEAN, True))),
            Attribute("title", (Value(Tag.NAME_WITH_LANGUAGE, InLanguage("de", "Brief")),)),
        )
    )
    assert held.ranges("mixed") == (Range(3, 3), Range(5, 9))
    assert held.numbers("mixed") == (3,)
    assert held.truth("mixed") is True
    assert held.text("title") == "Brief"
    assert (held.text("none"), held.number("none"), held.truth("title")) == ("", None, None)
    assert "mixed" in held
    assert "none" not in held
    assert Resolution(100, 200, 4).in_dpi() == (254.0, 508.0)
