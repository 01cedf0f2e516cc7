from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.ledger import ALPHABET, Ledger, amount_text, export_codes, is_code, make_grant
from packslip.ledger.codes import CODE_CHARS, TOKEN_CHARS, promo_code, review_token
from packslip.model import Offer, OrderKey

SECRET = b"s" * 32
KEY = OrderKey(store="oriel-ash", order_id="4711")
WELCOME = Offer(name="welcome", amount=Decimal(15), unit="percent", valid_days=90)
FRIENDS = Offer(name="friends", amount=Decimal("10.00"), unit="GBP", valid_days=60)
TODAY = date(2026, 11, 20)
TEMPLATE = "HTTPS://OA.EXAMPLE/R/{token}"

orders = st.builds(lambda store, order: (store, order), st.text(max_size=12), st.text(max_size=20))


def code(order_id="4711", store="s", offer="welcome", secret=SECRET, prefix=""):
    return promo_code(secret, store=store, order_id=order_id, offer=offer, prefix=prefix)


def test_the_alphabet_has_no_look_alikes_and_no_vowels():
    assert len(set(ALPHABET)) == len(ALPHABET)
    assert not set(ALPHABET) & set("0O1ILUZSGBAE")


def test_codes_have_fifty_bits_and_tokens_sixty():
    accepted = len(ALPHABET) / 29  # payloads whose check character is in the alphabet
    assert len(ALPHABET) ** (CODE_CHARS - 1) * accepted > 2**50
    assert len(ALPHABET) ** (TOKEN_CHARS - 1) * accepted > 2**60


@given(orders)
def test_a_code_is_the_same_on_every_retry_and_reads_well(order):
    store, order_id = order
    made = code(order_id, store)
    assert made == code(order_id, store)
    assert [len(group) for group in made.split("-")] == [4, 4, 4]
    assert is_code(made)
    token = review_token(SECRET, store=store, order_id=order_id)
    assert len(token) == TOKEN_CHARS
    assert token == token.upper()
    assert is_code(token)


def test_a_code_depends_on_everything_that_makes_it():
    made = {
        code(),
        code(order_id="4712"),
        code(store="halden"),
        code(offer="friends"),
        code(secret=b"t" * 32),
        code(order_id="", store="s4711"),
        code(order_id="11", store="s47"),
    }
    assert len(made) == 7
    assert review_token(SECRET, store="s", order_id="4711").replace("-", "")[:11] not in code().replace("-", "")


@given(orders, st.data())
def test_a_single_wrong_character_shows(order, data):
    text = code(order[1], order[0]).replace("-", "")
    place = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from([char for char in ALPHABET if char != text[place]]))
    assert not is_code(text[:place] + other + text[place + 1 :])


@given(orders, st.data())
def test_two_characters_exchanged_show(order, data):
    chars = list(review_token(SECRET, store=order[0], order_id=order[1]))
    one = data.draw(st.integers(0, len(chars) - 1))
    two = data.draw(st.integers(0, len(chars) - 1))
    if chars[one] == chars[two]:
        return
    chars[one], chars[two] = chars[two], chars[one]
    assert not is_code("".join(chars))


@pytest.mark.parametrize("text", ["", "-", "H7QK", "0OIL-UUUU-0000", "é" * 12, "H7QK-M3XD-9FRT-H7QK-M3XD"])
def test_what_is_no_code_is_no_code(text):
    assert not is_code(text)


def test_a_code_is_read_as_people_type_it():
    assert is_code(code().lower().replace("-", " "))


@given(orders, st.from_regex(r"[A-Z0-9]{1,8}", fullmatch=True))
def test_a_prefix_goes_before_the_code_and_changes_nothing_of_it(order, prefix):
    plain, told = code(order[1], order[0]), code(order[1], order[0], prefix=prefix)
    assert told == f"{prefix}-{plain}"
    assert is_code(told.lower().replace("-", " "), prefix=prefix)
    wrong = plain[:-1] + next(char for char in ALPHABET if char != plain[-1])
    assert not is_code(f"{prefix}-{wrong}", prefix=prefix)
    assert not is_code(plain, prefix="AEIOU")


def test_a_prefix_is_recorded_with_the_code_it_was_granted_with(tmp_path):
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        first = ledger.grant(KEY, WELCOME, today=TODAY, template=TEMPLATE, prefix="OA")
        assert first == make_grant(SECRET, KEY, WELCOME, today=TODAY, template=TEMPLATE, prefix="OA")
        assert first.promo_code.startswith("OA-")
        assert ledger.grant(KEY, WELCOME, today=TODAY, template=TEMPLATE, prefix="XY") == first
        assert ledger.upkeep.check_records() == ()


def test_codes_do_not_collide_and_spread_over_the_alphabet():
    made = {code(order_id=str(number)) for number in range(20_000)}
    assert len(made) == 20_000
    for place in range(11):
        assert len({text.replace("-", "")[place] for text in made}) == len(ALPHABET)


def test_the_pure_grant_and_the_recorded_one_are_the_same(tmp_path):
    pure = make_grant(SECRET, KEY, WELCOME, today=TODAY, template=TEMPLATE)
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        assert ledger.grant(KEY, WELCOME, today=TODAY, template=TEMPLATE) == pure
    assert pure.expires_on == TODAY + timedelta(days=90)
    assert pure.review_url == f"HTTPS://OA.EXAMPLE/R/{pure.review_token}"


def test_the_first_grant_wins(tmp_path):
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        first = ledger.grant(KEY, WELCOME, today=TODAY, template=TEMPLATE, segment="new")
        second = OrderKey(store=KEY.store, order_id=KEY.order_id, parcel=2)
        later = TODAY + timedelta(days=30)
        assert ledger.grant(second, FRIENDS, today=later, template="HTTPS://ELSE/{token}", segment="repeat") == first
        record = ledger.granted(KEY.store, KEY.order_id)
        assert (record.segment, record.granted_on) == ("new", "2026-11-20")


def test_a_parcel_without_offer_shows_no_code_and_burns_none(tmp_path):
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        gift = ledger.grant(KEY, None, today=TODAY, template=TEMPLATE)
        assert (gift.promo_code, gift.offer, gift.expires_on) == ("", None, None)
        with_offer = ledger.grant(KEY, WELCOME, today=TODAY, template="HTTPS://ELSE/{token}")
        assert with_offer.promo_code
        assert (with_offer.review_token, with_offer.review_url) == (gift.review_token, gift.review_url)
        assert ledger.grant(KEY, None, today=TODAY, template=TEMPLATE) == gift
        assert ledger.grant(KEY, WELCOME, today=TODAY, template=TEMPLATE) == with_offer


def test_export_holds_codes_only_and_no_formula(tmp_path):
    key = OrderKey(store="s", order_id="=HYPERLINK(1)")
    with Ledger.open(tmp_path / "state/ledger.db", secret=SECRET) as ledger:
        code = ledger.grant(key, FRIENDS, today=TODAY, template=TEMPLATE, segment="new").promo_code
        ledger.grant(replace(key, order_id="gift"), None, today=TODAY, template=TEMPLATE, segment="gift")
        exported = export_codes(ledger.codes.all())
    assert exported.decode().splitlines() == [
        "store,order_id,code,offer,amount,unit,granted_on,expires_on,segment,pool,origin,state,minimum,redeemed",
        f"s,'=HYPERLINK(1),{code},friends,10.00,GBP,2026-11-20,2027-01-19,new,,slip,reserved,,",
    ]


def test_amounts_are_plain():
    assert amount_text(WELCOME) == "15%"
    assert amount_text(FRIENDS) == "10.00 GBP"
    assert amount_text(Offer(name="x", amount=Decimal("1E+1"), unit="percent", valid_days=1)) == "10%"
    assert amount_text(None) == ""
