"""Content feeds: what is read of RSS, Atom and JSON, and that nothing but words ever comes out."""

import json
import re
import unicodedata
from datetime import date
from pathlib import Path

import pytest
from content_kit import item, only, read, rss
from hypothesis import given
from hypothesis import strategies as st

from packslip.library.content_feeds import MOST_ENTRIES
from packslip.library.contents import Content, ContentText, content_toml, load_contents
from packslip.library.plain_text import cut, read_html

ROOT = Path(__file__).resolve().parent.parent
LOOKS_LIKE_A_TAG = re.compile(r"<[A-Za-z/!?]")

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de-DE"><title>Journal</title><entry{more}>
<id>urn:1</id><title type="html">Der &lt;i&gt;Brand&lt;/i&gt; im Winter</title>
<link rel="alternate" href="/brand"/><updated>2026-11-21T23:30:00-05:00</updated>
<category term="werk" label="Werkstatt"/>
<summary type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Zwei <b>Tage</b>.</p>
<script>alert(1)</script></div></summary>
<content type="html">&lt;img src="ofen.jpg"&gt; Der ganze Text.</content></entry></feed>"""

JSON_FEED = {
    "version": "https://jsonfeed.org/version/1.1",
    "language": "fr",
    "items": [
        {
            "id": 7,
            "title": "La cuisson",
            "content_html": "<p>Une fois l’an.</p>",
            "tags": ["Atelier"],
            "image": "https://a.example/four.jpg",
            "date_published": "2026-11-20T09:00:00Z",
        }
    ],
}


class TestWords:
    @pytest.mark.parametrize(
        ("html", "text"),
        [
            ("<p>One.</p><p>Two<br>three</p>", "One. Two three"),
            ("half<b>bold</b>", "halfbold"),
            ("<ul><li>a</li><li>b</li></ul>", "a b"),
            ("fish&nbsp;&amp;&#32;chips &eacute;", "fish & chips é"),
            ("a<script>alert(1)</script><style>p{}</style><iframe src=x>y</iframe>b", "ab"),
            ("<img src=x onerror=alert(1)>after", "after"),
            ("&lt;script&gt;alert(1)&lt;/script&gt;safe", "safe"),
            ("&amp;lt;b&amp;gt;twice&amp;lt;/b&amp;gt;", "twice"),
            ("&amp;amp;lt;b&amp;amp;gt;thrice", "b>thrice"),
            ("a&#x202e;b&#8238;c&#7;d", "abcd"),
            ("1 &lt; 2 and I <3 tea", "1 < 2 and I <3 tea"),
            ("evil \u202egnp.exe\u202c \u2066x\u2069 \u061c", "evil gnp.exe x"),
            ("zero\u200bwidth soft\u00adhyphen", "zerowidth softhyphen"),
            ("bell\x07 null\x00 escape\x1b[31m", "bell null escape[31m"),
            ("cafe\u0301", "café"),
            ("zalgo" + "\u0336" * 40, "zalgo" + "\u0336" * 3),
            ("tea 👩‍👩‍👧 time ❤️ ✨", "tea time"),
            ("می\u200cخواهم", "می\u200cخواهم"),
            ("<figure><img src=a><figcaption>Caption</figcaption></figure>Text", "Text"),
            ("<!-- hidden --><![CDATA[x]]>shown", "shown"),
            ("<svg><text>drawn</text></svg><template>kept</template>", ""),
        ],
    )
    def test_markup_becomes_words(self, html: str, text: str) -> None:
        assert read_html(html).text == text

    @given(
        st.lists(
            st.one_of(
                st.text(max_size=12),
                st.sampled_from(
                    [
                        *"<>&;\"'/!?=\u202e\u200d\x00\x1b",
                        "<script>",
                        "</",
                        "&lt;",
                        "&amp;amp;lt;",
                        "&#x202e;",
                        "&amp;lt;",
                        "<svg",
                        "<!--",
                        "<![CDATA[",
                    ]
                ),
            ),
            max_size=30,
        ).map("".join)
    )
    def test_never_markup_never_a_control_character(self, html: str) -> None:
        text = read_html(html).text
        assert not LOOKS_LIKE_A_TAG.search(text)
        assert {unicodedata.category(letter) for letter in text} & {"Cc", "Cs", "Co", "Cn", "Zl", "Zp"} == set()
        assert not set(text) & set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u200e\u200f")
        assert text == " ".join(text.split())

    @given(st.text(alphabet="ab .!?…,\u3002", max_size=200), st.integers(5, 20))
    def test_a_text_is_never_longer_than_asked_for(self, text: str, most: int) -> None:
        text = " ".join(text.split())
        made = cut(text, most)
        assert len(made.split()) <= most
        assert text.startswith(made.removesuffix("…"))

    @pytest.mark.parametrize(
        ("text", "most", "made"),
        [
            ("One two. Three four.", 9, "One two. Three four."),
            ("It was early. The kiln was cold then.", 5, "It was early."),
            ("The firing takes Dr. Ash two long days in all", 6, "The firing takes Dr. Ash two…"),
            ("All e.g. bowls are here. And more words follow", 6, "All e.g. bowls are here."),
            ("Cut by the feed. And then [...]", 40, "Cut by the feed."),
            ("Cut by the feed and then […]", 40, "Cut by the feed and then…"),
            (f"See {'https://a.example/' + 'x' * 60} for more", 40, "See…"),
            ("word, " * 30, 5, "word, word, word, word, word…"),
        ],
    )
    def test_it_ends_with_a_sentence_where_one_ends(self, text: str, most: int, made: str) -> None:
        assert cut(text, most) == made

    def test_writing_without_spaces_is_cut_too(self) -> None:
        assert len(cut("灰釉は一年に一度焼かれる。" * 30, 10)) <= 90


class TestReading:
    def test_rss(self) -> None:
        more = '<media:content url="a.jpg" medium="image"/>'
        entry = only(
            rss(
                item(category="Studio", link="/kiln", content_encoded="<img src=b.jpg>").replace(
                    "</item>", f"{more}</item>"
                )
            )
        )
        assert entry.texts == {
            "en": ContentText(kicker="Studio", headline="A kiln in winter", body="The ash glaze is fired once.")
        }
        assert (entry.guid, entry.published, entry.link) == ("1", date(2026, 11, 20), "https://a.example/kiln")
        assert entry.picture == "https://a.example/feed/a.jpg"

    def test_the_first_picture_of_the_article_where_there_is_no_other(self) -> None:
        entry = only(rss(item(content_encoded="<p>x<img src='//cdn.example/b.jpg'><img src=c.jpg>")))
        assert entry.picture == "https://cdn.example/b.jpg"

    def test_atom(self) -> None:
        entry = only(ATOM.replace("{more}", "").encode())
        text = ContentText(kicker="Werkstatt", headline="Der Brand im Winter", body="Zwei Tage.")
        assert entry.texts == {"de": text}
        assert (entry.guid, entry.published) == ("urn:1", date(2026, 11, 21))  # the day it was where it was written
        assert entry.picture == "https://a.example/feed/ofen.jpg"

    def test_the_language_of_an_entry_goes_before_that_of_its_feed_and_the_settings_before_both(self) -> None:
        french = ATOM.replace("{more}", ' xml:lang="fr-CA"').encode()
        assert [*only(french).texts] == ["fr"]
        assert [*only(french, locale="de-AT").texts] == ["de-AT"]
        assert [*only(rss(item(), language="")).texts] == ["en"]

    def test_json_feed(self) -> None:
        entry = only(json.dumps(JSON_FEED).encode())
        assert entry.texts == {"fr": ContentText(kicker="Atelier", headline="La cuisson", body="Une fois l’an.")}
        assert (entry.guid, entry.picture) == ("7", "https://a.example/four.jpg")

    def test_our_own_form_says_languages_days_and_stores(self) -> None:
        entries, findings = read((ROOT / "samples/feeds/journal.json").read_bytes())
        assert findings == ()
        assert entries is not None
        linen, kiln = entries
        assert [*kiln.texts] == ["en", "de", "fr"]
        assert (kiln.valid_from, kiln.valid_to) == (date(2026, 12, 1), date(2026, 12, 24))
        assert (kiln.stores, kiln.picture) == (("oriel-ash",), "content-winter-table.jpg")
        assert (linen.stores, linen.picture) == ((), "")

    @pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "iso-8859-1"])
    def test_the_encodings_that_xml_declares(self, encoding: str) -> None:
        data = (
            rss(item(title="Café")).decode().replace('"UTF-8"', f'"{encoding.removesuffix("-sig")}"').encode(encoding)
        )
        assert only(data).texts["en"].headline == "Café"

    def test_names_of_characters_that_only_html_knows(self) -> None:
        data = rss(item(text="x").replace("<description>x", "<description>a&nbsp;b &hellip; c."))
        assert only(data).texts["en"].body == "a b … c."

    @pytest.mark.parametrize(
        "text", ["yesterday", "32 Nov 2026", "1970-01-01", "9999-12-31T00:00:00Z", "Fri, 99 Nov 2026"]
    )
    def test_a_date_that_is_none_is_told_and_the_entry_kept(self, text: str) -> None:
        entries, findings = read(rss(item(date=text)))
        assert entries is not None
        assert entries[0].published is None
        assert [finding.code for finding in findings] == ["content.date"]

    @pytest.mark.parametrize(
        "address", ["javascript:alert(1)", "data:image/png;base64,AAAA", "file:///etc/passwd", "http://[", "//"]
    )
    def test_a_picture_that_is_no_web_address_is_left_out_and_told(self, address: str) -> None:
        data = rss(item(content_encoded=f'<img src="{address}">'))
        entries, findings = read(data)
        assert entries is not None
        assert entries[0].picture == ""
        assert [finding.code for finding in findings] == ["content.picture"]

    def test_an_entry_without_words_or_id_is_left_out_and_told_with_its_line(self) -> None:
        entries, findings = read(rss(item(guid="1"), "\n" + item(guid="2", title=""), "\n" + item(guid="")))
        assert entries is not None
        assert [entry.guid for entry in entries] == ["1"]
        assert [(finding.code, finding.where.line) for finding in findings] == [
            ("content.no_words", 2),
            ("content.no_id", 3),
        ]

    def test_of_ten_thousand_entries_the_newest_are_looked_at(self) -> None:
        days = [f"2026-{1 + number // 28 % 12:02}-{1 + number % 28:02}" for number in range(10_000)]
        entries, _ = read(rss(*(item(guid=str(place), date=day) for place, day in enumerate(days))))
        assert entries is not None
        assert len(entries) == MOST_ENTRIES
        assert {entry.published for entry in entries} <= {date(2026, 12, day) for day in range(20, 29)}

    @pytest.mark.parametrize(
        ("data", "told"),
        [
            (b"", "no JSON"),
            (b"<rss><channel></channel></rss>", "no entry"),
            (b"<html><body>Not found</body></html>", "<html> is no feed"),
            (rss(item())[:-30], "not well-formed"),
            (rss(item()).replace(b"UTF-8", b"klingon"), "encoding"),
            (rss(item(title="\xe9")).replace(b"\xc3\xa9", b"\xe9"), "not well-formed"),
            (b'<!DOCTYPE r [<!ENTITY a "b">]>' + rss(item())[38:], "entities of its own"),
            (
                b'<!DOCTYPE r [<!ENTITY a SYSTEM "file:///etc/passwd">]><rss><channel><item>&a;</item></channel></rss>',
                "entities",
            ),
            (b"<a>" * 500, "elements in each other"),
            (b"[" * 100_000, "nested without end"),
            (b'{"version": "https://jsonfeed.org/version/1.1", "items": 3}', "no entry"),
            (b'{"packslip": 2}', "form"),
            (b'{"items": []}', "neither"),
            ('{"packslip": 1, "entries": []}'.encode("utf-16"), "not UTF-8"),
        ],
    )
    def test_what_is_no_feed_is_told_and_gives_nothing(self, data: bytes, told: str) -> None:
        entries, findings = read(data)
        assert entries is None
        assert told in findings[0].message
        assert findings[0].code == "content.no_feed"

    def test_a_feed_that_is_not_what_the_settings_say_is_not_believed(self) -> None:
        assert read(rss(item()), kind="rss")[0] is not None
        assert read(rss(item()), kind="json")[0] is None

    @given(st.binary(max_size=200) | st.text(max_size=200).map(lambda text: rss(raw=text)))
    def test_no_bytes_raise(self, data: bytes) -> None:
        read(data)

    def test_a_laughing_document_is_refused_before_it_grows(self) -> None:
        lol = "".join(f'<!ENTITY l{n} "{f"&l{n - 1};" * 10}">' for n in range(1, 12))
        data = f'<!DOCTYPE r [<!ENTITY l0 "lol">{lol}]><rss><channel><item><title>&l11;</title></item></channel></rss>'
        assert read(data.encode())[0] is None


@given(
    st.dictionaries(
        st.sampled_from(["en", "de", "fr-CH"]),
        st.builds(ContentText, kicker=st.text(max_size=20), headline=st.text(max_size=20), body=st.text(max_size=50)),
        min_size=1,
    )
)
def test_a_block_that_is_written_reads_back(
    tmp_path_factory: pytest.TempPathFactory, texts: dict[str, ContentText]
) -> None:
    texts = {tag: ContentText(**{name: read_html(said).text for name, said in text}) for tag, text in texts.items()}
    folder = tmp_path_factory.mktemp("layouts") / "content"
    folder.mkdir()
    block = Content(
        file="layouts/content/feed-x.toml",
        valid_from=date(2026, 11, 20),
        valid_to=date(2026, 12, 3),
        stores=("oriel-ash",),
        picture="",
        texts=texts,
    )
    (folder / "feed-x.toml").write_text(content_toml(block, told="from a test"), encoding="utf-8")
    assert load_contents(folder) == ((block,), ())
