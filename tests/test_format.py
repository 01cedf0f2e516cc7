from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.compose import long_date, money, number, offer_amount, share
from packslip.compose.address import country_name, format_address
from packslip.compose.people import first_name, full_name
from packslip.compose.text import one_line, paragraph
from packslip.library.locales import cldr_locale, is_home_region, lookup_order, tag_of
from packslip.model import Address, Line, Offer, Order, OrderKey, Where


def order_for(name: str, country: str = "GB", **more: str) -> Order:
    return Order(
        key=OrderKey(store="oriel-ash", order_id="OA-1"),
        order_date=date(2026, 11, 20),
        currency="GBP",
        ship_to=Address(name=name, country=country, company=more.get("company", "")),
        bill_name=more.get("bill_name", ""),
        lines=(Line(line_id="1", description="Vase", quantity=1, where=Where()),),
        where=Where(),
    )


@pytest.mark.parametrize(
    ("amount", "currency", "locale", "text"),
    [
        ("64", "GBP", "en-GB", "£64.00"),
        ("64", "GBP", "de-DE", "64,00\u00a0£"),
        ("1264.5", "EUR", "de-DE", "1.264,50\u00a0€"),
        ("1264.5", "EUR", "fr-FR", "1\u202f264,50\u00a0€"),
        ("1264.5", "EUR", "de-AT", "€\u00a01.264,50"),
        ("64.00", "JPY", "de-DE", "64\u00a0¥"),
        ("2.555", "GBP", "en-GB", "£2.555"),
        ("12", "KWD", "en-GB", "KWD12.000"),
        ("-3", "GBP", "en-GB", "-£3.00"),
    ],
)
def test_money_is_written_by_the_locale_and_never_rounded(amount, currency, locale, text):
    assert money(Decimal(amount), currency, locale) == text


@given(st.decimals(allow_nan=False, allow_infinity=False, min_value=0, max_value=10**9, places=4))
def test_money_keeps_every_digit(amount):
    written = money(amount, "GBP", "en-GB").removeprefix("£").replace(",", "")
    assert Decimal(written) == amount


@pytest.mark.parametrize(
    ("locale", "text"),
    [
        ("en-GB", "14 February 2027"),
        ("en-US", "February 14, 2027"),
        ("de-DE", "14. Februar 2027"),
        ("fr-FR", "14 février 2027"),
    ],
)
def test_dates_are_long(locale, text):
    assert long_date(date(2027, 2, 14), locale) == text


@pytest.mark.parametrize(("locale", "text"), [("en-GB", "15%"), ("de-DE", "15\u202f%"), ("fr-FR", "15\u202f%")])
def test_shares_space_the_sign_as_the_locale_does(locale, text):
    assert share(Decimal(15), locale) == text


def test_an_offer_gives_a_share_or_money():
    assert offer_amount(Offer(name="w", amount=Decimal("12.5"), unit="percent", valid_days=9), "de-DE") == "12,5\u202f%"
    assert offer_amount(Offer(name="w", amount=Decimal(10), unit="EUR", valid_days=9), "fr-FR") == "10,00\u00a0€"


def test_numbers_are_grouped():
    assert (number(1200, "en-GB"), number(1200, "de-DE")) == ("1,200", "1.200")


@pytest.mark.parametrize(
    ("tag", "known"),
    [
        ("de-AT", "de-AT"),
        ("DE_at", "de-AT"),
        ("de-XX", "de"),
        ("zh-Hant-TW", "zh-Hant-TW"),
        ("de-DE-u-co-phonebk", "de-DE"),
    ],
)
def test_a_tag_finds_the_nearest_locale(tag, known):
    locale = cldr_locale(tag)
    assert locale is not None
    assert tag_of(locale) == known


@pytest.mark.parametrize("tag", ["xx", "", "-", "x" * 400, "../..", "{x}"])
def test_a_tag_of_no_language_finds_nothing(tag):
    assert cldr_locale(tag) is None


@given(st.text(max_size=40))
def test_any_tag_is_looked_up_without_a_fault(tag):
    found = cldr_locale(tag)
    assert found is None or cldr_locale(tag_of(found)) is not None


def test_parents_of_a_tag_come_nearest_first():
    assert lookup_order("zh-Hant-TW") == ("zh-Hant-TW", "zh-Hant", "zh")
    assert is_home_region("de-DE")
    assert is_home_region("fr")
    assert not is_home_region("de-AT")


def address(country: str, **fields: str) -> Address:
    values = {"line1": "14 Wharf Lane", "city": "Town", "postcode": "P1", "region": "Region"} | fields
    return Address(name="A", country=country, **values)


@pytest.mark.parametrize(
    ("country", "last"),
    [
        ("GB", ("Town P1",)),
        ("DE", ("P1 Town",)),
        ("FR", ("P1 Town",)),
        ("IT", ("P1 Town Region",)),
        ("US", ("Town, Region P1",)),
        ("CA", ("Town Region P1",)),
        ("IE", ("Town", "Region", "P1")),
        ("BR", ("P1 Town", "Region")),
    ],
)
def test_an_address_follows_the_custom_of_its_country(country, last):
    assert format_address(address(country), locale="en-GB", from_country=country).lines == ("14 Wharf Lane", *last)


def test_blank_fields_leave_no_stray_sign():
    blank = {"region": "", "postcode": ""}
    assert format_address(address("US", **blank), locale="en-GB", from_country="US").lines == ("14 Wharf Lane", "Town")
    assert format_address(address("US", city=""), locale="en-GB", from_country="US").lines[-1] == "Region P1"


def test_the_country_stands_where_a_border_is_crossed_in_the_language_of_the_slip():
    assert format_address(address("DE"), locale="fr-FR", from_country="GB").lines[-1] == "Allemagne"
    assert "Germany" not in format_address(address("DE"), locale="en-GB", from_country="DE").lines
    assert country_name("ZZ9", "en-GB") == "ZZ9"


@given(
    st.builds(Address, name=st.text(), country=st.text(max_size=3), city=st.text(), line1=st.text(), region=st.text())
)
def test_an_address_says_only_what_was_given(given_address):
    lines = format_address(given_address, locale="en-GB", from_country=given_address.country).lines
    allowed = [one_line(part) for part in (given_address.city, given_address.line1, given_address.region)]
    for line in lines:
        rest = line
        for part in sorted(filter(None, allowed), key=len, reverse=True):
            rest = rest.replace(part, "", 1)
        assert rest.strip(" ,") == ""


@pytest.mark.parametrize(
    ("name", "first"),
    [
        ("Eleanor Fitzgerald", "Eleanor"),
        ("Jean-Pierre Dupont", "Jean-Pierre"),
        ("Zoë O’Neill", "Zoë"),
        ("Anna von Berg", "Anna"),
        ("Mary Ann Smith", "Mary"),
        ("Ian McKay", "Ian"),
        ("Søren Ølgård", "Søren"),
    ],
)
def test_a_certain_first_name_is_found(name, first):
    assert first_name(order_for(name)) == first
    assert full_name(order_for(name)) == name


@pytest.mark.parametrize(
    "name",
    [
        *("Eleanor", "ELEANOR FITZGERALD", "eleanor fitzgerald", "Dr Eleanor Fitzgerald", "Fitzgerald, Eleanor"),
        *("E. Fitzgerald", "E Fitzgerald", "Mr Fitzgerald", "Familie Müller", "Müller GmbH", "Mueller AG", "McKAY Ian"),
        *("Ada & Tom Hill", "Anna und Peter", "Room 12 Hill", "Maria de la Cruz", "Kunde 12345", "Test Kunde"),
        *("{email} Hill", "Ada <b>Hill</b>", "Hotel Adler", "山田 太郎", "", " ", "Ada\x00 Hill", "ACME Tools"),
        "A" + "a" * 30 + " Hill",
    ],
)
def test_in_doubt_nobody_is_named(name):
    assert first_name(order_for(name)) == ""
    assert full_name(order_for(name)) == ""


def test_nobody_is_named_where_the_buyer_is_another_or_the_family_name_comes_first():
    assert first_name(order_for("Ada Hill", bill_name="Tom Hill")) == ""
    assert first_name(order_for("Ada Hill", bill_name="ADA HILL")) == "Ada"
    assert first_name(order_for("Nagy Anna", country="HU")) == ""
    assert first_name(order_for("Ada Hill", company="Ada Hill")) == ""


def test_text_from_outside_keeps_its_words():
    assert one_line("  Zoe\u0308\r\n  Hill\u2028x ") == "Zoë Hill x"
    assert paragraph("a  b\r\nc\r\rd") == "a b\nc\n\nd"
    assert one_line("15\u00a0%\u202fx") == "15\u00a0%\u202fx"
