"""Phrases: catalogues as texts, what is found wrong in them, and what a sync makes of them."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from packslip.errors import WorkspaceError
from packslip.library.phrases import find_unused, load_phrases, sync_phrases
from packslip.library.placeholders import LATER, PLACEHOLDERS, PLAIN, fill, names_in
from packslip.library.po import PoEntry, PoFile, PoSyntaxError, read_po, write_po

SHIPPED = Path(__file__).parent.parent / "rules" / "phrases"

EN = 'msgid "a.one"\nmsgstr "One"\n\nmsgid "a.two"\nmsgstr "Two {order_id}"\n'
DE = (
    'msgctxt "a.one"\nmsgid "One"\nmsgstr "Eins"\n\nmsgctxt "a.two"\nmsgid "Two {order_id}"\nmsgstr "Zwei {order_id}"\n'
)
PLURAL_EN = 'msgid "p.n"\nmsgid_plural "p.n"\nmsgstr[0] "One piece"\nmsgstr[1] "{count} pieces"\n'
PLURAL_FR = (
    'msgid ""\nmsgstr "Plural-Forms: nplurals=2; plural=(n > 1);\\n"\n\n'
    'msgctxt "p.n"\nmsgid "One piece"\nmsgid_plural "{count} pieces"\n'
    'msgstr[0] "{count} pièce"\nmsgstr[1] "{count} pièces"\n'
)


def write(tmp_path: Path, **texts: str) -> Path:
    folder = tmp_path / "rules" / "phrases"
    for name, text in texts.items():
        path = folder / (name.replace("__", "/").replace("_", "-") + ".po")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def found(folder: Path) -> list[tuple[str, str]]:
    return [(finding.code, str(finding.where)) for finding in load_phrases(folder)[1]]


def test_good_catalogues_have_no_findings(tmp_path):
    assert found(write(tmp_path, en=EN, de=DE)) == []


@pytest.mark.parametrize(
    ("german", "code", "place"),
    [
        (DE.replace('"Eins"', '""'), "phrase.untranslated", "rules/phrases/de.po:2: a.one"),
        (DE.partition("\n\n")[0] + "\n", "phrase.untranslated", "rules/phrases/de.po: a.two"),
        ("#, fuzzy\n" + DE, "phrase.fuzzy", "rules/phrases/de.po:3: a.one"),
        (DE.replace('"One"', '"Only"'), "phrase.stale", "rules/phrases/de.po:2: a.one"),
        (DE.replace("Zwei {order_id}", "Zwei"), "phrase.placeholder", "rules/phrases/de.po:6: a.two"),
        (DE.replace("Eins", "Eins {date}"), "phrase.placeholder", "rules/phrases/de.po:2: a.one"),
        (DE.replace("Eins", "Eins {nope}"), "phrase.placeholder", "rules/phrases/de.po:2: a.one"),
        (DE.replace("Eins", "Eins {"), "phrase.brace", "rules/phrases/de.po:2: a.one"),
        (DE + "\n" + DE.partition("\n\n")[0], "phrase.duplicate", "rules/phrases/de.po:10: a.one"),
        (DE + '\nmsgctxt "a.three"\nmsgid "x"\nmsgstr "y"\n', "phrase.unknown", "rules/phrases/de.po:10: a.three"),
        (DE + '\nmsgid "x"\nmsgstr "y"\n', "phrase.bad_key", "rules/phrases/de.po:9"),
        (DE.replace("Eins", "It's"), "phrase.typography", "rules/phrases/de.po:2: a.one"),
        (DE.replace('"Eins"', '"Eins'), "phrase.unreadable", "rules/phrases/de.po:3"),
        (DE.replace("msgstr", "msgstring", 1), "phrase.unreadable", "rules/phrases/de.po:3"),
        ('msgstr "x"\n' + DE, "phrase.unreadable", "rules/phrases/de.po:1"),
        (DE + 'msgctxt "a.four"\n', "phrase.unreadable", "rules/phrases/de.po:8"),
    ],
)
def test_a_fault_is_found_with_file_and_line(tmp_path, german, code, place):
    assert (code, place) in found(write(tmp_path, en=EN, de=german))


def test_bytes_that_are_no_utf8_are_found_with_their_line(tmp_path):
    folder = write(tmp_path, en=EN)
    (folder / "de.po").write_bytes(DE.replace("Zwei", "Zwöi").encode("cp1252"))
    assert found(folder) == [("phrase.unreadable", "rules/phrases/de.po:7")]


@pytest.mark.parametrize("name", ["german", "de_at", "EN"])
def test_a_file_is_named_by_a_locale(tmp_path, name):
    folder = write(tmp_path, en=EN)
    (folder / f"{name}.po").write_text(DE, encoding="utf-8")
    assert found(folder) == [("phrase.unreadable", f"rules/phrases/{name}.po:1")]


def test_a_folder_without_source_says_so(tmp_path):
    assert ("phrase.no_source", "rules/phrases/en.po") in found(write(tmp_path, de=DE))


def test_a_plural_expression_that_is_none_is_found(tmp_path):
    folder = write(tmp_path, en=PLURAL_EN, fr=PLURAL_FR.replace("n > 1", "__import__"))
    assert found(folder) == [("phrase.unreadable", "rules/phrases/fr.po:1")]


def test_french_wants_its_narrow_spaces(tmp_path):
    french = 'msgctxt "a.one"\nmsgid "One"\nmsgstr "Un{}?"\n'
    for space, wrong in ((" ", True), ("", True), ("\u202f", False)):
        folder = write(tmp_path, en=EN.partition("\n\n")[0] + "\n", fr=french.replace("{}", space))
        assert (("phrase.typography", "rules/phrases/fr.po:2: a.one") in found(folder)) is wrong


def test_a_name_that_can_be_blank_needs_a_plain_sibling(tmp_path):
    english = 'msgid "a.hi"\nmsgstr "Hi {first_name}."\n'
    plain = '\nmsgid "a.hi.plain"\nmsgstr "Hi."\n'
    assert found(write(tmp_path, en=english)) == [("phrase.no_plain", "rules/phrases/en.po:1: a.hi")]
    assert found(write(tmp_path, en=english + plain)) == []
    bad = plain.replace("Hi.", "Hi {name}.")
    assert found(write(tmp_path, en=english + bad)) == [("phrase.not_plain", "rules/phrases/en.po:4: a.hi.plain")]


def test_an_overlay_brings_its_own_plain_sibling(tmp_path):
    english = 'msgid "a.hi"\nmsgstr "Hi {first_name}."\n\nmsgid "a.hi.plain"\nmsgstr "Hi."\n'
    overlay = 'msgid "a.hi"\nmsgstr "Hej {first_name}."\n'
    folder = write(tmp_path, en=english, halden__en=overlay)
    assert found(folder) == [("phrase.no_plain", "rules/phrases/halden/en.po:1: a.hi")]


def test_a_language_may_use_the_whole_name_where_english_uses_the_first(tmp_path):
    english = 'msgid "a.hi"\nmsgstr "Hi {first_name}."\n\nmsgid "a.hi.plain"\nmsgstr "Hi."\n'
    german = (
        'msgctxt "a.hi"\nmsgid "Hi {first_name}."\nmsgstr "Guten Tag, {name}."\n\n'
        'msgctxt "a.hi.plain"\nmsgid "Hi."\nmsgstr "Guten Tag."\n'
    )
    assert found(write(tmp_path, en=english, de=german)) == []


def test_a_regional_catalogue_holds_differences_only(tmp_path):
    folder = write(tmp_path, en=EN, de=DE, de_AT='msgctxt "a.one"\nmsgid "One"\nmsgstr "Oans"\n')
    book, findings = load_phrases(folder)
    assert findings == ()
    assert book.text("a.one", "de-AT", "s", {}) == ("Oans", ())
    assert book.text("a.two", "de-AT", "s", {"order_id": "7"}) == ("Zwei 7", ())


def test_a_brand_speaks_before_everybody(tmp_path):
    folder = write(tmp_path, en=EN, de=DE, halden__de='msgctxt "a.one"\nmsgid "One"\nmsgstr "Eins, du"\n')
    book, _ = load_phrases(folder)
    assert book.text("a.one", "de-DE", "halden", {})[0] == "Eins, du"
    assert book.text("a.one", "de-DE", "oriel-ash", {})[0] == "Eins"


def test_the_locale_of_a_slip_is_settled_as_a_whole(tmp_path):
    book, _ = load_phrases(write(tmp_path, en=EN, de=DE))
    assert book.settle_locale("de-DE", "en-GB") == ("de-DE", ())
    assert book.settle_locale("en-GB", "en-GB") == ("en-GB", ())
    locale, (finding,) = book.settle_locale("de-AT", "en-GB")
    assert (locale, finding.code, finding.severity) == ("de-AT", "locale.inherited", "note")
    for tag in ("it-IT", "xx", "", "{order_id}"):
        locale, (finding,) = book.settle_locale(tag, "en-GB")
        assert (locale, finding.code, finding.severity) == ("en-GB", "locale.fallback", "warning")
    assert book.settle_locale("it", "xx")[0] == "en"


def test_a_phrase_missing_in_a_language_falls_back_with_a_finding(tmp_path):
    book, _ = load_phrases(write(tmp_path, en=EN, de=DE.partition("\n\n")[0] + "\n"))
    text, (finding,) = book.text("a.two", "de-DE", "s", {"order_id": "7"}, default="en-GB")
    assert (text, finding.code, finding.severity) == ("Two 7", "phrase.fallback", "warning")
    text, (finding,) = book.text("a.none", "de-DE", "s", {})
    assert (text, finding.code, finding.severity) == ("", "phrase.missing", "error")


def test_plural_forms_follow_the_language(tmp_path):
    book, findings = load_phrases(write(tmp_path, en=PLURAL_EN, fr=PLURAL_FR))
    assert findings == ()
    texts = [book.text("p.n", locale, "s", {"count": str(n)}, count=n)[0] for locale in ("en", "fr") for n in (0, 1, 2)]
    assert texts == ["0 pieces", "One piece", "2 pieces", "0 pièce", "1 pièce", "2 pièces"]


def test_a_blank_value_gives_way_to_the_plain_sibling_else_is_an_error(tmp_path):
    english = 'msgid "a.hi"\nmsgstr "Hi {first_name}."\n\nmsgid "a.hi.plain"\nmsgstr "Hi."\n'
    english += '\nmsgid "a.at"\nmsgstr "At {website}"\n'
    book, _ = load_phrases(write(tmp_path, en=english))
    assert book.text("a.hi", "en", "s", {"first_name": "Ada"}) == ("Hi Ada.", ())
    assert book.text("a.hi", "en", "s", {"first_name": ""}) == ("Hi.", ())
    text, (finding,) = book.text("a.at", "en", "s", {"website": ""})
    assert (text, finding.code, finding.severity) == ("At ", "phrase.blank_value", "error")


def test_a_value_with_braces_prints_as_it_is():
    assert fill("Hi {name}, {email}", {"name": "{email}", "email": "x@y"}) == "Hi {email}, x@y"
    assert fill("{name}", {"name": "{name.__class__} {0} {}"}) == "{name.__class__} {0} {}"
    assert fill("Page {page} of {pages}", {}) == "Page {page} of {pages}"


@given(st.text(), st.text())
def test_filling_is_one_pass(name, email):
    assert fill("<{name}|{email}>", {"name": name, "email": email}) == f"<{name}|{email}>"


def test_phrases_nobody_asks_for_are_found(tmp_path):
    book, _ = load_phrases(write(tmp_path, en=EN))
    assert [finding.where.spot for finding in find_unused(book, {"a.two"})] == ["a.one"]


def test_sync_adds_marks_and_retires_by_key(tmp_path):
    folder = write(
        tmp_path,
        en='msgid "a.new"\nmsgstr "New"\n\n' + EN.replace('"One"', '"Number one"'),
        de=DE + '\nmsgctxt "a.gone"\nmsgid "New"\nmsgstr "Neu"\n',
        de_AT='msgctxt "a.one"\nmsgid "One"\nmsgstr "Oans"\n',
    )
    changes = {(change.file, change.key, change.change.value) for change in sync_phrases(folder)}
    assert changes == {
        ("rules/phrases/de.po", "a.new", "added"),
        ("rules/phrases/de.po", "a.one", "fuzzy"),
        ("rules/phrases/de.po", "a.gone", "obsolete"),
        ("rules/phrases/de-AT.po", "a.one", "fuzzy"),
    }
    text = (folder / "de.po").read_text(encoding="utf-8")
    assert 'msgctxt "a.new"\nmsgid "New"\nmsgstr ""\n' in text  # not "Neu": never by similarity
    assert '#, fuzzy\n#| msgid "One"\nmsgctxt "a.one"\nmsgid "Number one"\nmsgstr "Eins"\n' in text
    assert '#~ msgctxt "a.gone"\n#~ msgid "New"\n#~ msgstr "Neu"\n' in text
    assert ("phrase.fuzzy", "rules/phrases/de.po:8: a.one") in found(folder)


def test_sync_twice_changes_nothing(tmp_path):
    folder = write(tmp_path, en=EN.replace("One", "Uno"), de=DE.replace("a.two", "a.old"), halden__de=DE)
    assert sync_phrases(folder)
    before = {path: path.read_bytes() for path in folder.rglob("*.po")}
    assert sync_phrases(folder) == ()
    assert before == {path: path.read_bytes() for path in folder.rglob("*.po")}


def test_sync_forgives_an_english_text_that_changed_back_and_revives_the_obsolete(tmp_path):
    folder = write(tmp_path, en=EN, de=DE)
    write(tmp_path, en=EN.replace("One", "Uno").replace("a.two", "a.three"))
    sync_phrases(folder)
    write(tmp_path, en=EN)
    assert {(change.key, change.change.value) for change in sync_phrases(folder)} == {
        ("a.one", "cleared"),
        ("a.two", "revived"),
        ("a.three", "obsolete"),
    }
    assert found(folder) == []


def test_sync_writes_nothing_where_a_file_is_broken(tmp_path):
    folder = write(tmp_path, en=EN, de='msgctxt "a.one"\nmsgid "x"\nmsgstr "y"\n', fr="nonsense")
    before = (folder / "de.po").read_bytes()
    with pytest.raises(WorkspaceError, match=r"rules/phrases/fr\.po:1"):
        sync_phrases(folder)
    assert (folder / "de.po").read_bytes() == before


texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=60)
keys = st.from_regex(r"[a-z]{1,6}\.[a-z]{1,6}", fullmatch=True)


@given(st.dictionaries(keys, st.tuples(texts.filter(bool), texts, st.booleans()), max_size=6))
def test_po_files_survive_writing_and_reading(entries):
    file = PoFile(
        header=None,
        entries=tuple(
            PoEntry(context=key, ids=(source,), forms=(text,), previous=(text,) if fuzzy and text else ())
            for key, (source, text, fuzzy) in entries.items()
        ),
        plural="",
        plurals=2,
    )
    again = read_po(write_po(file))
    assert [(entry.context, entry.ids, entry.forms, entry.previous) for entry in again.entries] == [
        (entry.context, entry.ids, entry.forms, entry.previous) for entry in file.entries
    ]
    assert write_po(read_po(write_po(again))) == write_po(again)


def line_of_fault(data: bytes) -> int:
    """Line at which bytes are refused, 1 where they are not."""
    try:
        read_po(data)
    except PoSyntaxError as fault:
        return fault.line
    return 1


@given(st.integers(min_value=0, max_value=4000))
def test_a_catalogue_cut_anywhere_is_read_or_refused(cut):
    data = (SHIPPED / "fr.po").read_bytes()[:cut]
    assert 1 <= line_of_fault(data) <= data.count(b"\n") + 1


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_bytes_are_read_or_refused(data):
    assert 1 <= line_of_fault(data) <= data.count(b"\n") + 1


PO_LINES = [
    "msgid",
    "msgctxt",
    "msgid_plural",
    "msgstr",
    "msgstr[0]",
    "msgstr[1]",
    "msgstr[9]",
    "#~ msgid",
    "#~ msgstr",
]
PO_LINES += ["#~| msgid", "#|", "#~", "#", "#,", "#:", "#.", ""]


@given(st.lists(st.tuples(st.sampled_from(PO_LINES), st.sampled_from(['""', '"x"', '"\\', "x", "fuzzy"])), max_size=12))
def test_anything_like_a_catalogue_is_read_or_refused(lines):
    data = "\n".join(f"{word} {text}" for word, text in lines).encode()
    assert 1 <= line_of_fault(data) <= data.count(b"\n") + 1


@given(st.sampled_from(["Plural-Forms", "Language", "Content-Type", "PO-Revision-Date", "X"]), st.text(max_size=60))
def test_any_header_is_read_or_refused(name, value):
    header = PoEntry(ids=("",), forms=(f"{name}: {value}\n",))
    data = write_po(PoFile(header=header, entries=(), plural="", plurals=2))
    assert line_of_fault(data) >= 1


def test_the_shipped_catalogues_are_faultless():
    book, findings = load_phrases(SHIPPED)
    assert findings == ()
    assert book.locales == ("de", "en", "fr")


def test_the_shipped_catalogues_are_in_sync(tmp_path):
    folder = tmp_path / "rules" / "phrases"
    for path in SHIPPED.rglob("*.po"):
        target = folder / path.relative_to(SHIPPED)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(path.read_bytes())
    assert sync_phrases(folder) == ()


@pytest.mark.parametrize("store", ["oriel-ash", "halden"])
@pytest.mark.parametrize("locale", ["en-GB", "de-DE", "fr-FR"])
def test_every_shipped_phrase_prints_in_every_language(locale, store):
    book, _ = load_phrases(SHIPPED)
    values = {name: f"‹{name}›" for name in PLACEHOLDERS.keys() - LATER}
    for key in book.keys:
        for count in (1, 2):
            text, findings = book.text(key, locale, store, values, count=count)
            assert findings == (), key
            assert text
            assert names_in(text) <= LATER


def test_no_shipped_phrase_cries_or_shouts():
    book, _ = load_phrases(SHIPPED)
    for catalogue in book.catalogues.values():
        for key, phrase in catalogue.phrases.items():
            assert not any("!" in form or (len(form) > 4 and form.isupper()) for form in phrase.forms), key


def test_plain_siblings_have_somebody_to_stand_in_for():
    book, _ = load_phrases(SHIPPED)
    assert all(key.removesuffix(PLAIN) in book.keys for key in book.keys if key.endswith(PLAIN))


def test_the_page_for_marketers_names_every_placeholder_and_every_finding():
    page = (SHIPPED.parent.parent / "docs" / "phrases.md").read_text(encoding="utf-8")
    for name in PLACEHOLDERS:
        assert f"| `{{{name}}}` |" in page
    library = SHIPPED.parent.parent / "packslip" / "library"
    codes = {
        code
        for path in [*library.glob("phrase*.py"), library.parent / "compose" / "words.py"]
        for code in re.findall(r"\"((?:phrase|locale)\.[a-z_]+)\"", path.read_text(encoding="utf-8"))
    }
    assert len(codes) > 10
    assert {code for code in codes if f"`{code}`" not in page} == set()
