"""Plates and languages: one plate strikes slips of every language, and each is set in its own."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import pytest
from plate_kit import PLATE, REFERENCE, SLIPS, Pictures, compare, draw, make_pictures, worded
from press_kit import CSS, SmallWorld, make_layout, make_slip, make_world
from weasyprint.css import ComputedStyle
from weasyprint.text.line_break import get_log_attrs, strut

from packslip.model import Slip
from packslip.press import plates
from packslip.press.kept import kept_of
from packslip.press.skeleton import read_skeleton
from packslip.press.template import mark_layout
from packslip.press.weasy import Trace, languages

BODY = """<h1>{{ copy.message.headline }}</h1>
<p class="to">{{ ship_to.name }}{% for line in ship_to.lines %}<br>{{ line }}{% endfor %}</p>
<p class="gift">{{ order.gift_message }}</p><p class="at">{{ order.id }} · <span class="page-of"></span></p>
<table>{% for line in lines %}<tr><td>{{ line.name }}</td><td class="n">{{ line.here }}</td></tr>{% endfor %}</table>"""
STYLE = f"{CSS} .to,.gift{{hyphens:auto;width:31mm}} h1{{text-transform:uppercase}} .at{{text-align:right}}"

#: Long words, for which every language has hyphens of its own.
WORDS = worded(
    "Willkommen in Istanbul, information",
    "Maximiliane Oberfinanzpräsidentin",
    ("Donaudampfschifffahrtsgesellschaftsstraße 118", "Incomprehensibilities Avenue"),
    [("Anticonstitutionnellement", "1"), ("Bowl", "2")],
    gift="Donaudampfschifffahrtsgesellschaftskapitän, communication, international, anniversaire, Weihnachtsbäckerei",
)
NUMBERED = {"en-GB": "Page {page} of {pages}", "fr-FR": "Page {page} sur {pages}", "de-DE": "Seite {page} von {pages}"}


def said(slip: Slip, locale: str) -> Slip:
    """A slip in a language."""
    return replace(
        slip, locale=locale, copy={**slip.copy, "label": {"page_of": NUMBERED.get(locale, "{page}/{pages}")}}
    )


SPOKEN: Mapping[str, Slip] = {locale: said(WORDS, locale) for locale in NUMBERED}


def page(body: str = BODY, tag: str = '<html lang="{{ locale }}">', head: str = "") -> str:
    return f'<!doctype html>{tag}<head><meta charset="utf-8">{head}</head><body>{body}</body></html>'


def traced(world: SmallWorld) -> int:
    return kept_of(world).plates.traced


@pytest.fixture
def pictures(tmp_path: Path) -> Pictures:
    return make_pictures(tmp_path)


# --- one plate ---


@pytest.mark.parametrize("first", NUMBERED)
def test_one_plate_strikes_every_language(first: str, tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, page(), STYLE)
    for slip in (SPOKEN[first], *SPOKEN.values()):
        assert compare(slip, world, pictures) == (PLATE, ())
    assert traced(world) == 1


def test_each_is_hyphenated_as_its_language_asks(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, page(), STYLE)
    numbered = [replace(slip, copy=WORDS.copy) for slip in SPOKEN.values()]
    assert len({draw(slip, world, pictures)[0].data for slip in numbered}) == 3
    assert len({_content(slip, world, pictures) for slip in numbered}) == 3


def _content(slip: Slip, world: SmallWorld, pictures: Pictures) -> bytes:
    """The page's operators, which say nothing of the language but what it does to the text."""
    found: list[bytes] = []
    plain, kept = plates.Plate.strike, plates.Plate
    with pytest.MonkeyPatch.context() as patch:

        def strike(plate: plates.Plate, matter: plates.Matter, *seats: object) -> plates.Struck | None:
            struck = plain(plate, matter, *seats)
            found.extend(each.content for each in struck.imprint.pages if struck is not None)
            return struck

        patch.setattr(kept, "strike", strike)
        draw(slip, world, pictures)
    return found[-1]


def test_no_order_of_languages_shows_in_the_bytes(tmp_path: Path, pictures: Pictures) -> None:
    drawn = []
    for number, order in enumerate((1, -1)):
        world = make_world(tmp_path / str(number), page(), STYLE)
        world.public_texts = lambda amount: frozenset(WORDS.order.gift_message.split("\0"))  # type: ignore[method-assign]
        slips = [*SPOKEN.values(), *SLIPS.values()][::order]
        drawn.append([draw(slip, world, pictures)[0].data for slip in (*slips, *slips)])
    forward, backward = drawn
    half = len(forward) // 2
    assert forward[:half] == forward[half:] == backward[:half][::-1] == backward[half:][::-1]


def test_a_trace_knows_no_language(tmp_path: Path, pictures: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    traces: list[Trace] = []
    made = plates.Plate.__init__

    def note(plate: plates.Plate, trace: Trace, *arguments: object, **options: object) -> None:
        traces.append(trace)
        made(plate, trace, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(plates.Plate, "__init__", note)
    for number, slip in enumerate(SPOKEN.values()):
        draw(slip, make_world(tmp_path / str(number), page(), STYLE), pictures)
    told = [repr((trace.paragraphs, trace.texts, trace.breaks)) for trace in traces]
    assert len(told) == 3
    assert not any(locale in each for each in told for locale in NUMBERED)
    assert repr(languages.OWN) in told[0]


# --- what the layout says of languages ---


@pytest.mark.parametrize(
    ("css", "body", "head"),
    [
        ("h1:lang(de){color:#800;padding-left:5mm}", BODY, ""),
        ('[lang|="de"] h1{padding-left:5mm}', BODY, ""),
        ("html[ LANG = 'de-DE' ] h1{padding-left:5mm}", BODY, ""),
        ("h1:l\\61 ng(de){padding-left:5mm}", BODY, ""),
        ("[/**/lang|=de] h1{padding-left:5mm}", BODY, ""),
        ("h1::before{content:open-quote} h1::after{content:close-quote}", BODY, ""),
        ("", f"{BODY}<p><q>{{{{ order.id }}}}</q></p>", ""),
        ("html::after{content:attr(lang);font:9pt Jost}", BODY, ""),
        ("", BODY, "<style>h1:lang(de){padding-left:5mm}</style>"),
    ],
)
def test_a_layout_that_asks_for_the_language_has_plates_for_each(
    css: str, body: str, head: str, tmp_path: Path, pictures: Pictures
) -> None:
    world = make_world(tmp_path, page(body, head=head), STYLE + css)
    for slip in (*SPOKEN.values(), *SPOKEN.values()):
        assert compare(slip, world, pictures) == (PLATE, ())
    assert traced(world) == len(SPOKEN)


@pytest.mark.parametrize(
    "css", ["", "h1{font-language-override:'DEU'}", "/* every lang */", ".lang-note,h1#lang{color:red}"]
)
def test_other_words_of_a_style_sheet_ask_for_nothing(css: str) -> None:
    world_html = page()
    assert read_skeleton(_marked(world_html), STYLE + css).language == 0


def test_a_sheet_that_is_not_at_hand_may_ask_for_anything() -> None:
    for head in ('<link rel="stylesheet" href="more.css">', "<style>@import 'more.css';</style>"):
        assert read_skeleton(_marked(page(head=head)), STYLE).language is None
    assert read_skeleton(_marked(page(head='<link rel="stylesheet" href="slip.css">')), STYLE).language == 0


def _marked(html: str) -> str:
    filled = mark_layout(make_layout(html), WORDS)
    assert filled is not None
    return filled.text


def test_a_language_that_the_layout_names_stays(tmp_path: Path, pictures: Pictures) -> None:
    body = BODY.replace('<p class="gift">', '<p class="gift" lang="it">') + '<h1 lang="tr">{{ order.id }} info</h1>'
    world = make_world(tmp_path, page(body), STYLE)
    for slip in SPOKEN.values():
        assert compare(slip, world, pictures) == (PLATE, ())
    assert traced(world) == 1


def test_a_fact_of_the_order_is_no_language(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, page(tag='<html lang="{{ order.id }}">'), STYLE)
    assert draw(make_slip(), world, pictures)[0].path is REFERENCE


# --- what is set once for all languages ---


def test_letters_follow_the_language(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, page(), STYLE)
    for locale in ("en-GB", "tr-TR", "de-DE", "nl-NL"):
        assert compare(said(WORDS, locale), world, pictures) == (PLATE, ())
    assert traced(world) == 2  # Istanbul, İstanbul: as long a word, but page_of is another


@pytest.mark.parametrize(
    ("css", "plates_made"),
    [("", 1), (".own{text-transform:uppercase}", 2), (".own{hyphens:auto;width:12mm}", 3)],
)
def test_words_of_the_layout_are_asked_again_in_each_language(
    css: str, plates_made: int, tmp_path: Path, pictures: Pictures
) -> None:
    body = f'{BODY}<p class="own">information · international</p>'
    world = make_world(tmp_path, page(body), STYLE + css)
    slips = [replace(said(WORDS, locale), copy=WORDS.copy) for locale in ("en-GB", "tr-TR", "de-DE")]
    for slip in (*slips, *slips):
        assert compare(slip, world, pictures) == (PLATE, ())
    assert traced(world) == plates_made


@pytest.mark.parametrize("css", ["h1{line-height:normal}", "h1{margin-left:2ch}", "td{text-decoration:overline}"])
def test_a_font_that_measures_otherwise_makes_another_plate(
    css: str, tmp_path: Path, pictures: Pictures, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Stands in for font files that share a name and cover other letters."""
    measured = languages.Speaker.measured
    of = {"normal": "strut", "2ch": "ch", "overline": "decoration"}[css.split(":")[1].rstrip("}")]

    def in_french(speaker: languages.Speaker, style: languages.TextStyle, what: str, text: str) -> object:
        value = measured(speaker, style, what, text)
        return (value, "larger") if what == of and speaker._language == "fr-FR" else value

    monkeypatch.setattr(languages.Speaker, "measured", in_french)
    world = make_world(tmp_path, page(), STYLE + css)
    for slip in (*SPOKEN.values(), *SPOKEN.values()):
        assert compare(slip, world, pictures) == (PLATE, ())
    assert traced(world) == 2


def test_a_strut_is_measured_in_the_language_of_the_strike(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, pictures: Pictures
) -> None:
    asked: set[object] = set()

    def note(style: ComputedStyle) -> tuple[float, float]:
        asked.add(style["lang"])
        height, baseline = strut(style)
        return height, baseline

    monkeypatch.setattr(languages, "strut", note)
    world = make_world(tmp_path, page(), STYLE)
    for slip in SPOKEN.values():
        draw(slip, world, pictures)
    assert set(NUMBERED) <= asked
    assert languages.OWN not in asked


def test_lines_break_alike_in_all_languages_but_for_hyphens() -> None:
    """Pango knows rules for languages, none of which moves a line break; measures and guards may lean on that."""
    letters = "aZé0 -–—/.,;:!?'’“”„«»()[]%€$£°·…\u00a0\u202f\u3042\u3063\u30fc\u4e00\u3001\uff01\u0e01"
    for one in letters:
        for other in letters:
            text = f"a{one}{other}b"
            breaks = {
                tuple(attribute.is_line_break for attribute in get_log_attrs(text, language))
                for language in ("en", "fr", "de", "nl", "pl", "ja", "zh", "th", "ca")
            }
            assert len(breaks) == 1, text


# --- counting pages ---


def test_pages_are_counted_in_a_paragraph_with_words(tmp_path: Path, pictures: Pictures) -> None:
    body = f'{BODY}<p class="at" style="break-before:page">{{{{ ship_to.name }}}} – <span class="page-of"></span></p>'
    world = make_world(tmp_path, page(body), STYLE, max_pages=3)
    for slip in (*SPOKEN.values(), *SLIPS.values()):
        assert compare(slip, world, pictures) == (PLATE, ())


def test_pages_are_counted_in_margins(tmp_path: Path, pictures: Pictures) -> None:
    css = STYLE + "@page{@bottom-right{content:var(--page-of);font:8pt Jost}}"
    world = make_world(tmp_path, page(), css)
    for slip in SPOKEN.values():
        assert compare(slip, world, pictures) == (PLATE, ())
    assert traced(world) == 1


def test_a_phrase_that_is_not_plain_is_left_to_weasyprint(tmp_path: Path, pictures: Pictures) -> None:
    world = make_world(tmp_path, page(), STYLE)
    slip = replace(WORDS, copy={**WORDS.copy, "label": {"page_of": "Page  {page} \\ '{pages}'"}})
    assert compare(slip, world, pictures) == (PLATE, ())


# --- words before a box ---


def test_words_that_may_break_before_a_box_are_another_layout(tmp_path: Path, pictures: Pictures) -> None:
    body = '<div style="width:30mm">{{ ship_to.name }}(<span style="display:inline-block;width:24mm">x</span></div>'
    world = make_world(tmp_path, page(body), STYLE)
    for name in ("Ottilie", "Al Ay", "Bo"):
        path, told = compare(replace(WORDS, ship_to=replace(WORDS.ship_to, name=name)), world, pictures)
        assert (path, told) == (REFERENCE if " " in name else PLATE, ())
