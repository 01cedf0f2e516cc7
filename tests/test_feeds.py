"""Feeds: Google Merchant as XML and tables, Shopify, catalogues; their faults as findings, the rest goes on."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.errors import UsageError
from packslip.library.feeds import Feed, FeedKind, read_feed
from packslip.library.feeds import reading as feeds_reading
from packslip.library.feeds.reading import parse_feed

RSS = (
    '<?xml version="1.0"?>\n<rss version="2.0" xmlns:g="http://base.google.com/ns/1.0"><channel>\n{}\n</channel></rss>'
)


def item(sku: str = "L-1", image: str = "https://pictures.example/l-1.jpg", name: str = "Lamp") -> str:
    return f"<item><g:id>{sku}</g:id><title>{name}</title><g:image_link>{image}</g:image_link></item>"


def rss(*items: str) -> bytes:
    return RSS.format("\n".join(items)).encode()


def read(data: bytes | str) -> tuple[Feed, list[str]]:
    feed, findings = parse_feed(data.encode() if isinstance(data, str) else data, name="feed")
    return feed, [str(finding) for finding in findings]


def pairs(feed: Feed) -> list[tuple[str, str]]:
    return [(each.sku, each.image) for each in feed.items]


class TestMerchantXml:
    def test_rss_gives_id_picture_name_and_line(self):
        feed, findings = read(rss(item(), item("L-2", "http://pictures.example/2.png?w=1&amp;h=2", "Vase &amp; bowl")))
        assert findings == []
        assert feed.kind is FeedKind.MERCHANT_XML
        assert pairs(feed) == [
            ("L-1", "https://pictures.example/l-1.jpg"),
            ("L-2", "http://pictures.example/2.png?w=1&h=2"),
        ]
        assert feed.items[1].name == "Vase & bowl"
        assert str(feed.items[1].where) == "feed:4"

    def test_an_atom_entry_s_own_id_is_not_the_product_s(self):
        feed, findings = read(
            '<feed xmlns="http://www.w3.org/2005/Atom" xmlns:c="http://base.google.com/ns/1.0"><entry>'
            "<id>urn:entry:1</id><c:id>L-1</c:id><c:image_link>https://a.example/1.jpg</c:image_link>"
            "<c:shipping><c:id>deeper</c:id></c:shipping></entry></feed>"
        )
        assert (pairs(feed), findings) == ([("L-1", "https://a.example/1.jpg")], [])

    def test_elements_of_another_namespace_are_somebody_else_s(self):
        feed, _ = read(rss('<item xmlns:x="http://x.example/"><x:id>no</x:id>' + item()[6:]))
        assert pairs(feed) == [("L-1", "https://pictures.example/l-1.jpg")]

    def test_cdata_and_the_first_of_several(self):
        twice = item("L-1", "<![CDATA[https://a.example/1.jpg?a=1&b=2]]>").replace(
            "</item>", "<g:image_link>https://a.example/other.jpg</g:image_link></item>"
        )
        assert pairs(read(rss(twice))[0]) == [("L-1", "https://a.example/1.jpg?a=1&b=2")]

    @pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "iso-8859-1", "windows-1252"])
    def test_encodings(self, encoding):
        text = RSS.format(item(name="Leuchte für draußen")).replace('"1.0"?', f'"1.0" encoding="{encoding}"?', 1)
        feed, findings = read(text.encode(encoding))
        assert (feed.items[0].name, findings) == ("Leuchte für draußen", [])

    def test_a_bare_ampersand_costs_its_item_alone(self):
        feed, findings = read(rss(item(), item("L-2", "https://a.example/?a=1&b=2"), item("L-3"), item("L-4", "a&b")))
        assert [sku for sku, _ in pairs(feed)] == ["L-1", "L-3"]
        assert findings == [
            f"feed:{line}: not well-formed (invalid token) on line {line}, the item is left out; "
            "hint: write &amp; for & and &lt; for <; an XML editor shows the place"
            for line in (4, 6)
        ]

    def test_there_is_an_end_to_broken_items(self, monkeypatch):
        monkeypatch.setattr("packslip.library.feeds.merchant_xml._MOST_STOPS", 300)
        _, findings = read("<rss>" + "<item><\n" * 1000)
        assert len(findings) == 202
        assert findings[-2].startswith("feed:301: 300 broken items, the rest is not read")
        assert "100 more findings" in findings[-1]

    def test_a_broken_item_in_another_encoding(self):
        text = RSS.format("\n".join([item("L-1", "a&b"), item("L-2", name="für")]))
        text = text.replace('"1.0"?', '"1.0" encoding="iso-8859-1"?', 1)
        feed, _ = read(text.encode("iso-8859-1"))
        assert [each.name for each in feed.items] == ["für"]

    def test_html_s_names_of_characters_are_read_and_told_once(self):
        feed, findings = read(rss(item(name="Caf&eacute;&nbsp;cup"), item("L-2", name="&euro;&nosuch;")))
        assert [each.name for each in feed.items] == ["Café\xa0cup", "€"]
        assert len(findings) == 1
        assert "&eacute; is not declared in XML" in findings[0]

    def test_a_document_that_declares_entities_is_refused_before_it_laughs(self):
        laughs = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        feed, findings = read(f'<!DOCTYPE rss [<!ENTITY l0 "ha">{laughs}]><rss><item><id>&l11;</id></item></rss>')
        assert feed.items == ()
        assert findings == [
            "feed:1: the document declares entities of its own, it is not read; hint: write the feed without a DOCTYPE"
        ]

    def test_nothing_outside_is_opened(self, tmp_path):
        (tmp_path / "secret").write_text("secret")
        text = f'<!DOCTYPE rss SYSTEM "file://{tmp_path}/secret"><rss>{item()}</rss>'
        assert read(text)[0].items[0].sku == "L-1"
        text = f'<!DOCTYPE rss [<!ENTITY x SYSTEM "file://{tmp_path}/secret">]><rss>{item(name="&x;")}</rss>'
        assert read(text)[0].items == ()

    def test_a_huge_element_is_cut_and_deep_nesting_is_nothing_special(self):
        feed, _ = read(rss(item(name="x" * 3_000_000), "<item>" + "<a>" * 20_000 + "</a>" * 20_000 + item("L-2")[6:]))
        assert len(feed.items[0].name) == 10_000
        assert feed.items[1].sku == "L-2"

    @pytest.mark.parametrize(
        ("text", "told"),
        [
            ("<html><body>Not found</body></html>", "feed: no item in it"),
            ("<rss><channel></rss>", "feed:1: mismatched tag"),
            ('<?xml version="1.0" encoding="klingon"?><rss/>', "feed:1: unknown encoding 'klingon'"),
            ("<", "feed:1: "),
        ],
    )
    def test_what_is_no_feed_is_told(self, text, told):
        feed, findings = read(text)
        assert feed.items == ()
        assert findings[0].startswith(told)


class TestItems:
    def test_the_same_id_twice(self):
        feed, findings = read(rss(item(), item(image="https://a.example/other.jpg")))
        assert pairs(feed) == [("L-1", "https://pictures.example/l-1.jpg")]
        assert findings[0].startswith("feed:4: g:id: id 'L-1' stands on line 3 already")

    @pytest.mark.parametrize(
        ("image", "code"),
        [
            ("", "feed.no_picture"),
            ("/media/l-1.jpg", "feed.relative_address"),
            ("//cdn.example/l-1.jpg", "feed.relative_address"),
            ("file:///etc/passwd", "feed.relative_address"),
            ("https://a.example/a b.jpg", "feed.relative_address"),
            ("https://a.example/" + "x" * 3000, "feed.bad_address"),
        ],
    )
    def test_a_picture_that_cannot_be_fetched_leaves_its_product(self, image, code):
        feed, findings = parse_feed(rss(item(image=image)), name="feed")
        assert pairs(feed) == [("L-1", "")]
        assert [finding.code for finding in findings] == [code]

    def test_many_findings_are_counted(self):
        _, findings = parse_feed(rss(*(item(f"L-{n}", "") for n in range(300))), name="feed")
        assert len(findings) == 201
        assert "100 more findings" in findings[-1].message

    def test_more_products_than_any_shop_has(self, monkeypatch):
        monkeypatch.setattr("packslip.library.feeds.feed.MOST_ITEMS", 2)
        feed, findings = parse_feed(rss(item("1"), item("2"), item("3")), name="feed")
        assert len(feed.items) == 2
        assert findings[-1].code == "feed.too_many"


class TestTables:
    @pytest.mark.parametrize(
        "header", ["id\ttitle\timage_link", "ID\tTitle\timage link", "g:id\tg:title\tg:image_link"]
    )
    def test_a_merchant_table(self, header):
        feed, findings = read(f"{header}\nL-1\tLamp\thttps://a.example/1.jpg\nL-2\tVase\t\n")
        assert feed.kind is FeedKind.MERCHANT_TABLE
        assert pairs(feed) == [("L-1", "https://a.example/1.jpg"), ("L-2", "")]
        assert findings == ["feed:3: image_link: blank; hint: give the address of a picture"]

    def test_a_row_that_cannot_be_read_is_lost_alone(self):
        feed, findings = read(
            'id\ttitle\timage_link\nL-1\t"Lamp" tall\thttps://a.example/1.jpg\nL-2\tVase\thttps://a.example/2.jpg\n'
        )
        assert pairs(feed) == [("L-2", "https://a.example/2.jpg")]
        assert findings[0].startswith("feed:2: quotation marks do not pair")

    @pytest.mark.parametrize(
        "header",
        [
            "Handle,Title,Variant SKU,Image Src,Image Position,Variant Image",
            "URL handle,Title,SKU,Product image URL,Image position,Variant image URL",
        ],
    )
    def test_shopify_gives_each_variant_its_own_or_the_first_picture(self, header):
        feed, findings = read(
            f"{header}\n"
            "lamp,Lamp,L-1,https://a.example/2.jpg,2,\n"
            "lamp,,L-2,https://a.example/1.jpg,1,https://a.example/green.jpg\n"
            "lamp,,,https://a.example/3.jpg,3,\n"
            "card,Gift card,,,,\n"
        )
        assert feed.kind is FeedKind.SHOPIFY
        assert pairs(feed) == [
            ("L-1", "https://a.example/1.jpg"),
            ("L-2", "https://a.example/green.jpg"),
            ("card", ""),
        ]
        assert [each.name for each in feed.items] == ["Lamp", "Lamp", "Gift card"]
        assert findings == ["feed:5: Image Src: blank; hint: give the address of a picture"]

    def test_a_catalogue_may_name_files(self):
        feed, _ = read("sku,name,image\nL-1,Lamp,lamp.jpg\n")
        assert (feed.kind, pairs(feed)) == (FeedKind.CATALOGUE, [("L-1", "lamp.jpg")])

    def test_an_unknown_table_tells_what_it_was_and_what_is_read(self):
        feed, findings = read("colour,size\nred,4\n")
        assert feed.kind is FeedKind.UNKNOWN
        assert "its columns are 'colour', 'size'; hint: expected id and image_link" in findings[0]


class TestFile:
    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(UsageError, match=r"No such file.*downloaded first"):
            read_feed(tmp_path / "feed.xml")

    def test_a_file_that_is_too_large(self, tmp_path: Path, monkeypatch):
        (tmp_path / "feed.xml").write_bytes(rss(item()))
        assert read_feed(tmp_path / "feed.xml")[0].file == "feed.xml"
        monkeypatch.setattr(feeds_reading, "MOST_BYTES", 10)
        with pytest.raises(UsageError, match="more than the 10 a feed may have"):
            read_feed(tmp_path / "feed.xml")


class TestTotality:
    @given(st.binary(max_size=400))
    def test_any_bytes(self, data):
        parse_feed(data, name="feed")

    @given(st.integers(0, 400), st.binary(max_size=6))
    def test_a_feed_damaged_anywhere_keeps_what_came_before(self, place, damage):
        whole = rss(item("L-1"), item("L-2"), item("L-3", name="&amp;&eacute;<![CDATA[x]]>"))
        place = min(place, len(whole))
        feed, _ = parse_feed(whole[:place] + damage, name="feed")
        complete = whole[:place].count(b"</item>")
        assert [each.sku for each in feed.items][:complete] == ["L-1", "L-2", "L-3"][:complete]

    @given(
        st.lists(st.tuples(st.text(min_size=1, max_size=12), st.sampled_from(["https://a.example/1.jpg", "", "/x"])))
    )
    def test_tables_take_any_text_as_id(self, rows):
        cells = ["\t".join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows]
        feed, _ = parse_feed("\n".join(["id\timage_link", *cells]).encode("utf-8", "surrogatepass"), name="feed")
        assert len(feed.items) <= len(rows)
