"""The catalogue: products and customers, typed, bad rows left out and said."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.library.catalogue import load_catalogue
from packslip.model import Severity


def load(folder: Path, *, products: str | bytes = "", customers: str | bytes = ""):
    for name, text in (("products.csv", products), ("customers.csv", customers)):
        if text:
            (folder / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_catalogue(folder)


def said(findings) -> list[tuple[int | None, str, str]]:
    return [(each.where.line, each.where.spot, each.message) for each in findings if each.severity is not Severity.NOTE]


def test_products_are_read_with_their_types(tmp_path):
    catalogue, findings = load(
        tmp_path,
        products="sku,name,name.de,name.de_CH,category,brand,store,price,currency,available,image\n"
        "A1,Moon jar,Mondvase,Mondvasli,Vases,Potter,oriel-ash,92.00,gbp,yes,moon.jpg\n"
        'B2,"Bowl, oak",,,bowls,,,"1.234,50",EUR,no,\n',
    )
    assert said(findings) == []
    jar, bowl = catalogue.products
    assert (jar.price, jar.currency, jar.store, jar.available) == (Decimal("92.00"), "GBP", "oriel-ash", True)
    assert (bowl.name, bowl.price, bowl.available, bowl.store) == ("Bowl, oak", Decimal("1234.50"), False, "")
    assert catalogue.product("A1") is jar
    assert catalogue.product("nothing") is None
    assert [catalogue.name("A1", tag) for tag in ("de-CH", "de-AT", "fr-FR", "de")] == [
        "Mondvasli",
        "Mondvase",
        "Moon jar",
        "Mondvase",
    ]
    assert catalogue.name("nothing", "de") == ""


@pytest.mark.parametrize(
    ("row", "column", "message"),
    [
        (",Name,1,EUR,yes", "sku", "blank"),
        ("A,,1,EUR,yes", "name", "blank"),
        ("A,Name,dear,EUR,yes", "price", "expected a number, got 'dear'"),
        ("A,Name,-1,EUR,yes", "price", "'-1' is less than nothing"),
        ("A,Name,1,EUX,yes", "currency", "no currency 'EUX'"),
        ("A,Name,1,,yes", "currency", "blank, but there is a price"),
        ("A,Name,1,EUR,perhaps", "available", "expected yes or no, got 'perhaps'"),
        ("OK,Name,1,EUR,yes", "sku", "sku 'OK' stands on line 2 already"),
    ],
)
def test_a_bad_row_is_left_out_and_said(tmp_path, row, column, message):
    catalogue, findings = load(tmp_path, products=f"sku,name,price,currency,available\nOK,Name,1,EUR,yes\n{row}\n")
    assert [product.sku for product in catalogue.products] == ["OK"]
    assert said(findings) == [(3, column, message)]
    assert {each.where.file for each in findings if each.severity is Severity.WARNING} == {"catalogue/products.csv"}


def test_lines_are_those_of_the_file_also_after_a_quoted_newline(tmp_path):
    _, findings = load(tmp_path, products='sku,name\nA,"two\nlines"\n,nameless\n')
    assert said(findings) == [(4, "sku", "blank")]


def test_a_missing_column_is_an_error_that_names_it(tmp_path):
    catalogue, findings = load(tmp_path, products="item,name\nA,B\n")
    assert catalogue.products == ()
    assert [str(each) for each in findings if each.severity is Severity.ERROR] == [
        "catalogue/products.csv:1: no column sku; hint: the columns are: item, name"
    ]


def test_missing_files_give_an_empty_catalogue_and_notes(tmp_path):
    catalogue, findings = load(tmp_path)
    assert catalogue.products == ()
    assert not catalogue.customer("anyone")
    assert [each.severity for each in findings] == [Severity.NOTE, Severity.NOTE]


def test_excels_own_spelling_is_read(tmp_path):
    text = "sku;name;price;currency\r\nA;Schüssel;1.234,50;EUR\r\n"
    catalogue, findings = load(tmp_path, products=text.encode("cp1252"))
    assert said(findings) == [(None, "", "nothing states the encoding, read as cp1252")]
    assert (catalogue.products[0].name, catalogue.products[0].price) == ("Schüssel", Decimal("1234.50"))


def test_customers_have_one_type_a_column(tmp_path):
    catalogue, findings = load(
        tmp_path,
        customers="customer_id,suppress,visits,credit,birthday,postcode,mixed\n"
        "C1,no,3,5.50,1984-03-09,01067,1\n"
        "C2,YES,0,12,1990-12-31,10115,x\n"
        "C3,,,,,,\n",
    )
    assert said(findings) == []
    assert dict(catalogue.customer("C1")) == {
        "suppress": False,
        "visits": 3,
        "credit": Decimal("5.50"),
        "birthday": date(1984, 3, 9),
        "postcode": "01067",
        "mixed": "1",
    }
    assert catalogue.customer("C2")["suppress"] is True
    assert set(catalogue.customer("C3").values()) == {None}
    assert catalogue.customer("C4") == {}


def test_an_odd_cell_stays_text_and_is_said(tmp_path):
    rows = "".join(f"C{number},no\n" for number in range(20))
    catalogue, findings = load(tmp_path, customers=f"customer_id,suppress\n{rows}ODD,please\n")
    assert catalogue.customer("ODD")["suppress"] == "please"  # never read as no
    assert catalogue.customer("C7")["suppress"] is False
    assert said(findings) == [(22, "suppress", "no yes or no, unlike the other cells of this column")]


def test_many_findings_are_counted_not_listed(tmp_path):
    _, findings = load(tmp_path, products="sku,name\n" + ",nameless\n" * 500)
    assert len(findings) == 202
    assert any(each.message == "300 more findings of this file are not listed" for each in findings)


@given(st.binary(max_size=300))
def test_any_bytes_give_a_catalogue(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("catalogue")
    load(folder, products=b"sku,name\n" + data, customers=data or b"x")


def test_customers_with_several_ids_are_one_and_any_objection_of_theirs_stands(tmp_path):
    (tmp_path / "customer-ids.csv").write_text(
        "customer_id,same_as\ntill-1,app-2\napp-2,C1\nold,C1\n", encoding="utf-8"
    )
    catalogue, findings = load(
        tmp_path, customers="customer_id,tier,credit,suppress\nC1,gold,,no\ntill-1,,3,yes\nother,,1,no\n"
    )
    assert said(findings) == []
    assert catalogue.ids_of("app-2") == ("app-2", "C1", "till-1", "old")
    assert catalogue.ids_of("nobody") == ("nobody",)
    for customer in ("C1", "till-1", "app-2", "old"):
        assert catalogue.customer(customer) == {"tier": "gold", "credit": 3, "suppress": True}
    assert catalogue.customer("other") == {"tier": None, "credit": 1, "suppress": False}


def test_ids_that_lead_round_in_a_circle_or_stand_twice_are_left_out_and_said(tmp_path):
    rows = "a,b\nb,c\nc,a\nd,d\ne,\nf,g\nf,h\nx,a\n"
    (tmp_path / "customer-ids.csv").write_text(f"customer_id,same_as\n{rows}", encoding="utf-8")
    catalogue, findings = load(tmp_path)
    assert catalogue.same == {"f": "g"}
    assert [(line, column) for line, column, _ in said(findings)] == [
        (5, "same_as"), (6, "same_as"), (8, "customer_id"),
        (2, "same_as"), (3, "same_as"), (4, "same_as"), (9, "same_as"),
    ]  # fmt: skip
