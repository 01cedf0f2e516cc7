"""The mapping language: every fault has a file and a key; what is right does what it says."""

import re
from decimal import Decimal
from pathlib import Path

import pytest
from babel import Locale
from hypothesis import given
from hypothesis import strategies as st

from packslip.library.mappings import (
    BY_NAME,
    COLUMNS,
    CONTRACT,
    Condition,
    NumberShape,
    Scope,
    country_code,
    country_codes,
    load_mapping,
)
from packslip.library.mappings.casing import kept_words, sentence_case, title_case

ROOT = Path(__file__).parents[1]
CONSENT = '[consent]\nslip = "marketing"\nmeaning = "nothing is stated"\n'
REQUIRED = {column.name: f'{column.name} = "{column.name}"' for column in COLUMNS if column.required}


@pytest.fixture
def load(tmp_path):
    def load(text: str, *, without: tuple[str, ...] = (), consents: bool = True):
        """A mapping whose [columns] holds what the contract requires, and the given text."""
        before, mark, after = text.partition("[columns]")
        required = "\n".join(line for name, line in REQUIRED.items() if name not in without)
        path = tmp_path / "shop.toml"
        consent = "" if "[consent]" in text or not consents else CONSENT
        columns = f"[columns]\n{required}\n{after if mark else ''}"
        path.write_text(f"{before}\n{consent}\n{columns}", encoding="utf-8")
        return load_mapping(path)

    return load


def value(mapping, column: str, **cells: str) -> str:
    """What a column of the contract becomes from named cells."""
    source = mapping.columns.get(column) or mapping.extras[column]
    places = {name: place for place, name in enumerate(cells)}
    return source.taker(places)(tuple(cells.values()))


def test_a_sound_mapping_has_no_findings(load):
    mapping, findings = load("")
    assert findings == ()
    assert mapping.name == "shop"
    assert value(mapping, "order_id", order_id=" 4711 ") == "4711"


def test_the_shipped_mapping_is_sound():
    mapping, findings = load_mapping(ROOT / "rules" / "mappings" / "online-retail.toml")
    assert findings == ()
    countries = mapping.columns["ship_country"].steps.map
    assert len(countries) == 38
    assert (countries["EIRE"], countries["RSA"], countries["Unspecified"]) == ("IE", "ZA", "GB")


def test_the_contract_names_every_column_once():
    assert set(CONTRACT.columns) == set(BY_NAME)
    assert len(BY_NAME) == len(COLUMNS) == 45
    assert [column.name for column in COLUMNS if column.required] == [
        "order_id", "order_date", "currency", "ship_name", "ship_country", "description", "quantity",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("spec", "cells", "expected"),
    [
        ('"Name"', {"Name": "x"}, "x"),
        ('{ constant = "GBP" }', {}, "GBP"),
        ("{ constant = 2 }", {}, "2"),
        ("{ constant = true }", {}, "yes"),
        ('{ template = "{A} {{{B}}}" }', {"A": "x", "B": "y"}, "x {y}"),
        ('{ template = "{A}-{B}" }', {"A": "x", "B": " "}, ""),
        ('{ first = ["A", "B", { constant = "z" }] }', {"A": "", "B": "y"}, "y"),
        ('{ first = ["A", "B", { constant = "z" }] }', {"A": "", "B": ""}, "z"),
        ('{ from = "A", split = ",", part = 0 }', {"A": "Ash, Ann"}, "Ash"),
        ('{ from = "A", split = ",", part = -1 }', {"A": "Ash, Ann"}, "Ann"),
        ('{ from = "A", split = ",", part = 2 }', {"A": "Ash, Ann"}, ""),
        ('{ from = "A", key = "gift note" }', {"A": "colour: red\nGift note: Bravo; size=4"}, "Bravo"),
        ('{ from = "A", key = "size" }', {"A": "colour: red\nGift note: Bravo; size=4"}, "4"),
        ("{ from = \"A\", pattern = '(?P<value>\\d+) of' }", {"A": "3 of 9"}, "3"),
        ("{ from = \"A\", pattern = '^SKU (.+)$' }", {"A": "SKU 12"}, "12"),
        ("{ from = \"A\", pattern = '^SKU (.+)$' }", {"A": "none"}, ""),
        ("{ from = \"A\", matches = '(?i)gift' }", {"A": "a Gift for you"}, "yes"),
        ("{ from = \"A\", matches = '(?i)gift' }", {"A": ""}, "no"),
        ('{ from = "A", strip = "#£ " }', {"A": "# 12 £"}, "12"),
        ('{ from = "A", drop_prefix = "#", drop_suffix = ".0" }', {"A": "#17850.0"}, "17850"),
        ('{ from = "A", map = { EIRE = "IE" } }', {"A": "EIRE"}, "IE"),
        ('{ from = "A", map = { EIRE = "IE" } }', {"A": "Atlantis"}, "Atlantis"),
        ('{ from = "A", map = { EIRE = "IE" }, otherwise = "GB" }', {"A": "Atlantis"}, "GB"),
        ('{ from = "A", map = { EIRE = "IE" }, otherwise = "GB", default = "DE" }', {"A": ""}, "DE"),
        ('{ from = "A", case = "upper" }', {"A": "ab"}, "AB"),
    ],
)
def test_sources(load, spec, cells, expected):
    mapping, findings = load(f'[columns]\nsku = {spec}\n"extra.mine" = {spec}')
    assert findings == ()
    assert value(mapping, "sku", **cells) == expected
    assert value(mapping, "mine", **cells) == expected


@pytest.mark.parametrize(
    ("text", "spot", "part"),
    [
        ('[columns]\nsip_line1 = "x"', "columns.sip_line1", "did you mean ship_line1?"),
        ('[columns]\nsku = { form = "x" }', "columns.sku.form", "did you mean from?"),
        ('[columns]\nsku = { form = "x" }', "columns.sku", "expected one of from, constant, template, first; got none"),
        ('[columns]\nsku = { from = "x", constant = "y" }', "columns.sku", "got from and constant"),
        ("[columns]\nsku = { from = 'x', pattern = '(' }", "columns.sku.pattern", "no regular expression"),
        ('[columns]\nsku = { template = "{" }', "columns.sku.template", "braces do not pair"),
        ('[columns]\nsku = { template = "{a:>9}" }', "columns.sku.template", "expected {column}"),
        (
            '[columns]\nsku = { from = "x", case = "shout" }',
            "columns.sku.case",
            "choices: lower, sentence, title, upper",
        ),
        ('[columns]\nsku = { from = "x", decimal = "," }', "columns.sku.decimal", "no such key"),
        ('[columns]\nsku = { from = "x", part = "1" }', "columns.sku.part", "expected a whole number"),
        ("[columns]\nsku = []", "columns.sku", "expected a text, got a list"),
        ("[columns]\nsku = { first = [] }", "columns.sku.first", "expected a list such as"),
        ('[columns]\nsku = { first = [{ from = "x", cse = "y" }] }', "columns.sku.first[1].cse", "did you mean case?"),
        ('[columns]\n"extra." = "x"', "columns.extra.", "no column 'extra.'"),
        ("[colums]", "colums", "did you mean columns?"),
        ('[file]\ndecimal = ";"', "file.decimal", 'expected "." or ","'),
        ('[file]\ndecimal = ","\nthousands = ","', "file.thousands", "is the decimal mark too"),
        ('[file]\ndelimiter = "||"', "file.delimiter", "expected one character"),
        ('[file]\nencoding = "utf8"', "file.encoding", "did you mean utf-8?"),
        ("[file]\nskip_lines = -1", "file.skip_lines", "from 0"),
        ('[locale]\nde = "de-DE"', "locale.de", "two capital letters"),
        ('[locale]\nDE = "German"', "locale.DE", "expected a language tag"),
        ('[[skip]]\nwhere = { A = "x" }', "skip[1].reason", "a skip rule says why"),
        ('[[skip]]\nreason = "x"', "skip[1].where", "would skip every row"),
        ('[[skip]]\nreason = "x"\nwhere = { A = {} }', "skip[1].where.A", "the condition is empty"),
        ('[[skip]]\nreason = "x"\nwhere = { A = { less = 0 } }', "skip[1].where.A.less", "no such key"),
        ('[[skip]]\nreason = "x"\nwhere = { A = { below = "0" } }', "skip[1].where.A.below", "expected a number"),
        ('[[skip]]\nreason = "x"\nscope = "lines"\nwhere = { A = "x" }', "skip[1].scope", "did you mean line?"),
        ('skip = "x"', "skip", "expected [[skip]] tables"),
    ],
)
def test_faults_name_file_and_key(load, text, spot, part):
    _, findings = load(text)
    told = [str(finding) for finding in findings if finding.where.spot == spot]
    assert all(finding.where.file == "rules/mappings/shop.toml" for finding in findings)
    assert any(part in text for text in told), [str(finding) for finding in findings]


def test_every_required_column_must_come_from_somewhere(load):
    _, findings = load("", without=("currency", "quantity"))
    assert [finding.where.spot for finding in findings] == ["columns.currency", "columns.quantity"]
    assert {finding.code for finding in findings} == {"mapping.column_missing"}


@pytest.mark.parametrize(
    ("data", "code"), [(b"a = ", "mapping.no_toml"), (b"\xff\xfea", "mapping.no_toml"), (None, "file.missing")]
)
def test_a_file_that_is_no_mapping(tmp_path, data, code):
    path = tmp_path / "shop.toml"
    if data is not None:
        path.write_bytes(data)
    _, (finding,) = load_mapping(path)
    assert finding.code == code


@pytest.mark.parametrize(
    ("shape", "text", "plain"),
    [
        (NumberShape(), "2.5", "2.5"),
        (NumberShape(), "-2", "-2"),
        (NumberShape(), "−2", "-2"),
        (NumberShape(), "2,5", None),
        (NumberShape(), "1,234.5", None),
        (NumberShape(), "1e3", None),
        (NumberShape(), "٣", None),
        (NumberShape(), "nan", None),
        (NumberShape(), "1.", None),
        (NumberShape(decimal=","), "2,5", "2.5"),
        (NumberShape(decimal=","), "2.5", None),
        (NumberShape(decimal=",", thousands="."), "1.234,50", "1234.50"),
        (NumberShape(decimal=",", thousands="."), "1234,50", "1234.50"),
        (NumberShape(decimal=",", thousands="."), "12.34,50", None),
        (NumberShape(decimal=",", thousands=" "), "1\u202f234,5", "1234.5"),
        (NumberShape(thousands="’"), "1'234.5", "1234.5"),
    ],
)
def test_numbers(shape, text, plain):
    assert shape.plain(text) == plain


@given(st.decimals(allow_nan=False, allow_infinity=False, places=2, min_value=-(10**9), max_value=10**9))
def test_numbers_round_trip(number):
    german = f"{number:,.2f}".translate(str.maketrans(",.", ".,"))
    assert Decimal(NumberShape(decimal=",", thousands=".").plain(german) or "") == number


@pytest.mark.parametrize(
    ("text", "sentence", "title"),
    [
        (
            "WHITE HANGING HEART T-LIGHT HOLDER",
            "White hanging heart T-light holder",
            "White Hanging Heart T-Light Holder",
        ),
        ("SET OF 3 CAKE TINS", "Set of 3 cake tins", "Set of 3 Cake Tins"),
        ("3D DOG PICTURE", "3D dog picture", "3D Dog Picture"),
        ("60CM HEART", "60cm heart", "60cm Heart"),
        ("50'S CHRISTMAS BAG", "50's Christmas bag", "50's Christmas Bag"),
        ("S/4 PINK CANDLES", "S/4 pink candles", "S/4 Pink Candles"),
        ("M.O.P. EARRINGS", "M.O.P. earrings", "M.O.P. Earrings"),
        ('APRON, "DOLLY GIRL"', 'Apron, "dolly girl"', 'Apron, "Dolly Girl"'),
        ("BAG 500g MARBLES", "Bag 500g marbles", "Bag 500g Marbles"),
        ("STOP! HOT", "Stop! Hot", "Stop! Hot"),
        ("Boombox iPod Classic", "Boombox iPod Classic", "Boombox iPod Classic"),
        ("iPod", "iPod", "iPod"),
        ("", "", ""),
    ],
)
def test_shouted_names_are_calmed(text, sentence, title):
    kept = kept_words(("3D", "Christmas"))
    assert sentence_case(text, kept) == sentence
    assert title_case(text, kept) == title


@given(st.text(max_size=60))
def test_casing_changes_only_case(text):
    for cased in (sentence_case(text, {}), title_case(text, {})):
        assert cased.casefold() == text.casefold() or not text.isascii()


@pytest.mark.parametrize(
    ("condition", "cell", "holds"),
    [
        (Condition(column="x", among=frozenset(("POST", "M"))), " POST ", True),
        (Condition(column="x", among=frozenset(("POST", "M"))), "POSTER", False),
        (Condition(column="x", not_among=frozenset(("paid",))), "pending", True),
        (Condition(column="x", matches=re.compile("C.*")), "C536379", True),
        (Condition(column="x", matches=re.compile("C")), "C536379", False),
        (Condition(column="x", not_matches=re.compile("[0-9]+")), "12", False),
        (Condition(column="x", blank=True), "  ", True),
        (Condition(column="x", blank=False), "  ", False),
        (Condition(column="x", at_most=Decimal(0)), "0.0", True),
        (Condition(column="x", at_most=Decimal(0)), "-3", True),
        (Condition(column="x", below=Decimal(0)), "0", False),
        (Condition(column="x", above=Decimal(0)), "many", False),
        (Condition(column="x", at_least=Decimal(2), below=Decimal(3)), "2,5", False),
        (Condition(column="x", at_least=Decimal(2), below=Decimal(3), number=NumberShape(decimal=",")), "2,5", True),
    ],
)
def test_conditions(condition, cell, holds):
    assert condition.holds(cell) is holds


def test_skip_rules_are_read(load):
    mapping, findings = load(
        '[[skip]]\nreason = "pick-up"\nscope = "order"\nwhere = { Method = ["Pick-up", "Shop"], Total = { above = 0 } }'
    )
    assert findings == ()
    (rule,) = mapping.skips
    assert (rule.reason, rule.scope) == ("pick-up", Scope.ORDER)
    test = rule.test({"Method": 1, "Total": 0})
    assert test(("1", "Shop"))
    assert not test(("0", "Shop"))
    assert not test(("1", "Post"))


def test_the_docs_name_every_column_and_key():
    text = (ROOT / "docs" / "ecommerce.md").read_text(encoding="utf-8")
    for column in COLUMNS:
        assert f"`{column.name}{'*' if column.required else ''}`" in text
    shape = {"skip_lines", "header_holds", "decimal", "thousands", "dates", "short_rows", "unknown_columns", "quotes"}
    shape |= {
        "header",
        "blanks",
        "slip",
        "meaning",
        "email",
        "rows",
        "unless_all",
        "optional",
        "unescape",
        "country",
        "hash",
    }
    steps = {"key", "split", "part", "pattern", "matches", "strip", "drop_prefix", "drop_suffix", "case", "keep", "map"}
    others = {"otherwise", "default", "date", "reason", "scope", "where", "is_not", "not_matches", "blank", "at_most"}
    assert [key for key in shape | steps | others if f"`{key}`" not in text and f"{{ {key} =" not in text] == []


def test_the_example_of_the_docs_works(load):
    text = (ROOT / "docs" / "ecommerce.md").read_text(encoding="utf-8")
    example = re.search(r"```toml\n(.*?)```", text, re.DOTALL)
    assert example
    mapping, findings = load(
        example[1],
        without=("order_id", "order_date", "currency", "ship_name", "ship_country", "description", "quantity"),
    )
    assert findings == ()
    assert value(mapping, "ship_name", Firma="", Vorname="Ada", Nachname="Brink") == "Ada Brink"
    assert mapping.number_of("unit_price").plain("1.249,00") == "1249.00"


# --- what exports of shops need beside ---


@pytest.mark.parametrize(
    ("spec", "cells", "expected"),
    [
        ('{ from = "A", unescape = true }', {"A": "a &amp; b &#8211; &quot;c&quot;"}, 'a & b – "c"'),
        ('{ from = "A", country = true }', {"A": "Deutschland"}, "DE"),
        ('{ from = "A", country = true }', {"A": "de"}, "DE"),
        ('{ from = "A", country = true }', {"A": "the Netherlands"}, "NL"),
        ('{ from = "A", country = true }', {"A": "Atlantis"}, "Atlantis"),
        ('{ from = "A", map = { Sealand = "GB" }, country = true }', {"A": "Sealand"}, "GB"),
        ('{ from = "A", unless = "B" }', {"A": "x", "B": ""}, "x"),
        ('{ from = "A", unless = "B" }', {"A": "x", "B": "y"}, ""),
        ('{ from = "A", unless = "B" }', {"A": "x"}, "x"),
        ('{ first = ["B", { from = "A", unless = "C" }] }', {"A": "x", "B": "", "C": "z"}, ""),
        ('{ from = "A", key = "Gift_Note" }', {"A": "gift note: Dear;\nmy love; B.\nsize: 4"}, "Dear;\nmy love; B."),
        ('{ from = "A", key = "note" }', {"A": "note: one | two; three"}, "one | two; three"),
        ('{ from = "A", hash = "email" }', {"A": "ann@example.org"}, ""),
    ],
)  # fmt: skip
def test_more_sources(load, spec, cells, expected):
    mapping, findings = load(f"[columns]\nsku = {spec}")
    assert findings == ()
    assert value(mapping, "sku", **cells) == expected


@pytest.mark.parametrize(
    ("text", "spot", "part"),
    [
        ('[columns]\nsku = { from = "x", hash = "md5" }', "columns.sku.hash", "choices: email, text"),
        ('[columns]\nsku = { from = "x", country = "yes" }', "columns.sku.country", "expected true or false"),
        ('[columns]\nquantity = { from = "x", optional = true }', "columns.quantity.optional", "quantity is required"),
        ('[columns]\nsku = { from = "x", rows = "first" }', "columns.sku.rows", "no such key 'rows'"),
        ('[columns]\ngift = { from = "x", rows = "some" }', "columns.gift.rows", "no such choice 'some'"),
        ('[columns]\ngift = { from = "x", rows = "all" }', "columns.gift.rows", "gift is no text or note"),
        ('[columns]\nship_name = { from = "x", rows = "any" }', "columns.ship_name.rows", "ship_name is no flag"),
        ('[file]\nquotes = "single"', "file.quotes", "choices: cells, none"),
        ('[file]\nheader = "first"', "file.header", "choices: names, none"),
        ('[file]\nblanks = 3', "file.blanks", "expected a list of texts"),
        ('[[skip]]\nreason = "x"\noptional = "no"\nwhere = { A = "x" }', "skip[1].optional", "expected true or false"),
        (
            '[[skip]]\nreason = "x"\nscope = "order"\nunless_all = true\nwhere = { A = "x" }',
            "skip[1].unless_all",
            "goes with scope line",
        ),
    ],
)  # fmt: skip
def test_faults_of_the_newer_keys_name_them(load, text, spot, part):
    _, findings = load(text, without=("quantity", "ship_name"))
    told = [str(finding) for finding in findings if finding.where.spot == spot]
    assert any(part in text for text in told), [str(finding) for finding in findings]


CONSENTS = [
    ("", "consent", "does not say what the customers have agreed to"),
    ("[consent]", "consent.slip", "does not say which slips the customers get"),
    ('[consent]\nslip = "marketing"', "consent.meaning", "does not say what consent the export states"),
    ('[consent]\nslip = "marketing"\nmeaning = " "', "consent.meaning", "does not say"),
    ('[consent]\nslip = "all"\nmeaning = "x"', "consent.slip", "choices: marketing, transactional"),
    (
        '[consent]\nslip = "marketing"\nmeaning = "x"\nemail_column = "y"',
        "consent.email_column",
        "choices: email, meaning, slip",
    ),
]


@pytest.mark.parametrize(("text", "spot", "part"), CONSENTS)
def test_a_mapping_that_says_nothing_about_consent_is_refused_and_transactional(load, text, spot, part):
    mapping, findings = load(text, consents=False)
    told = [str(finding) for finding in findings if finding.where.spot == spot]
    assert any(part in text for text in told), [str(finding) for finding in findings]
    assert mapping.consent.is_transactional or 'slip = "marketing"' in text


def test_consent_to_e_mails_is_no_objection_to_a_slip(load):
    consent = '[consent]\nslip = "marketing"\nmeaning = "x"\nemail = "Newsletter"\n'
    _, findings = load(f'{consent}[columns]\nmarketing_opt_out = {{ from = "Newsletter", map = {{ yes = "no" }} }}')
    (finding,) = findings
    assert (finding.where.spot, finding.code) == ("consent.email", "mapping.consent")
    assert "none to e-mails is no objection to a slip" in finding.message
    assert load(f'{consent}[columns]\nmarketing_opt_out = "Objection to slips"')[1] == ()


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("GERMANY", "DE"), ("Allemagne", "DE"), ("Suède", "SE"), ("Österreich", "AT"), ("Schweiz", "CH"), ("USA", "US"),
        ("United States of America", "US"), ("United Kingdom (Great Britain)", "GB"), ("Bosnia & Herzegovina", "BA"),
        ("Côte d’Ivoire", "CI"), ("Türkiye", "TR"), ("Turkey", "TR"), ("Viet Nam", "VN"), ("Hong Kong", "HK"),
        ("uk", "GB"), ("ﬁ", ""), ("EU", ""), ("", ""), ("Nowhere", ""),
    ],
)  # fmt: skip
def test_countries_by_name(name, code):
    assert country_code(name) == code


@pytest.mark.parametrize("language", ["en", "de", "fr", "it", "es", "nl", "pt"])
def test_no_country_is_taken_for_another(language):
    for code, name in Locale(language).territories.items():
        if code in country_codes():
            assert country_code(str(name)) in (code, ""), name
