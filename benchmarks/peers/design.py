"""The design of atelier-a4 as numbers, for peers that rewrite it: one table a brand, mm and pt as in slip.css.

A voice is a way of setting type. `edge` is the text edge, `left` where letter and table begin.
"""

from dataclasses import asdict, dataclass, replace

Measure = float


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Font, size and line in pt, tracking in em."""

    family: str
    size: float
    line: float
    colour: str
    weight: int = 400
    italic: bool = False
    tracking: float = 0
    upper: bool = False
    oldstyle: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """One brand's page; lengths in mm, rules in pt."""

    stacked: bool  #: facts stand beside the letter, under the mark
    logo: str
    logo_width: Measure
    mark_below: tuple[Measure, Measure]  #: airy, compact
    left: Measure
    edge: Measure
    measure: Measure
    headline_width: Measure
    headline_above: Measure
    headline_below: Measure
    body_width: Measure
    letter_above: tuple[Measure, Measure]
    letter_below: tuple[Measure, Measure]
    ticket_above: Measure
    ticket_columns: tuple[Measure, Measure]
    ticket_rule: float
    ticket_below: Measure
    quantity: Measure
    amount: Measure
    table_width: Measure
    rows_ruled_above: bool
    after_columns: tuple[Measure, Measure]
    total_amount: Measure
    band_left: Measure
    band_figure: tuple[Measure, Measure]
    band_heading_beside: bool
    solo_columns: tuple[Measure, Measure]
    solo_picture: tuple[Measure, Measure]
    accent: str
    rule: str
    hairline: str
    voices: dict[str, Voice]

    def data(self) -> dict[str, object]:
        """Everything as plain values."""
        return asdict(self)


def _voices(
    text: Voice, display: Voice, small: float, meta_line: float, kicker: Voice, *, quiet: str, accent: str
) -> dict[str, Voice]:
    fine = replace(text, size=small, line=10, colour=quiet)
    return {
        "text": text,
        "strong": replace(text, weight=600),
        "quiet": replace(text, colour=quiet),
        "fine": fine,
        "meta": replace(fine, line=meta_line),
        "meta_strong": replace(text, line=meta_line, weight=600),
        "address": replace(text, line=11.4),
        "kicker": kicker,
        "until": replace(fine, line=11),
        "sub": replace(fine, line=10.4),
        "come": replace(fine, line=10.4, colour=accent),
        "total": replace(text, line=11),
        "total_label": replace(text, line=11, colour=quiet),
        "total_strong": replace(text, line=11, weight=600),
        "caption": replace(text, line=11),
        "caption_fine": replace(fine, line=11),
        "ask": replace(text, line=11.6),
        "ask_strong": replace(text, line=11.6, weight=600),
        "notice": replace(fine, line=9.6),
        "foot": replace(fine, line=10.2),
        "foot_strong": replace(fine, line=10.2, weight=600, colour=text.colour),
        "pick": replace(fine, line=10.2, tracking=0.04),
        "headline": display,
    }


_JOST = Voice(family="Jost", size=8.5, line=12, colour="#25221e")
_SERIF = Voice(family="Cormorant Garamond", size=31, line=33, colour="#25221e", tracking=-0.005)
_KICKER = replace(_JOST, size=7, line=10, tracking=0.16, upper=True, colour="#8b6b43")
_INTER = Voice(family="Inter", size=8, line=12, colour="#1d2426")
_LIGHT = replace(_INTER, size=25, line=29, weight=300, tracking=-0.025)
_SPOKEN = replace(_INTER, size=8.5, line=10, weight=600, colour="#2f5d5a")

ORIEL = Look(
    stacked=False,
    logo="oriel-ash.svg",
    logo_width=44,
    mark_below=(5, 5),
    left=0,
    edge=20,
    measure=134,
    headline_width=134,
    headline_above=0,
    headline_below=3.6,
    body_width=130,
    letter_above=(7.8, 7),
    letter_below=(6.3, 6),
    ticket_above=4.5,
    ticket_columns=(66, 68),
    ticket_rule=0.4,
    ticket_below=2.8,
    quantity=23,
    amount=24,
    table_width=174,
    rows_ruled_above=False,
    after_columns=(98, 76),
    total_amount=26,
    band_left=20,
    band_figure=(47.3, 35.475),
    band_heading_beside=False,
    solo_columns=(54, 94),
    solo_picture=(54, 33.75),
    accent="#8b6b43",
    rule="#25221e",
    hairline="#c9c2b6",
    voices=_voices(_JOST, _SERIF, 7, 11.4, _KICKER, quiet="#6d665c", accent="#8b6b43")
    | {
        "heading": replace(_JOST, size=7, line=10, tracking=0.12, upper=True, colour="#6d665c"),
        "body": replace(_SERIF, size=12.6, line=16.2, tracking=0, oldstyle=True),
        "gift": replace(_SERIF, size=12.6, line=16.2, tracking=0, italic=True, oldstyle=True),
        "what": _JOST,
        "code": replace(_SERIF, size=20, line=24, tracking=0.08),
        "name": replace(_JOST, weight=600),
        "band": replace(_SERIF, size=12.6, line=16, tracking=0, italic=True),
        "title": replace(_SERIF, size=12.6, line=14, tracking=0),
        "content": replace(_JOST, size=7, line=10, colour="#6d665c"),
        "content_solo": replace(_JOST, colour="#6d665c"),
        "content_kicker": _KICKER,
    },
)

HALDEN = Look(
    stacked=True,
    logo="halden.svg",
    logo_width=33.72,
    mark_below=(14, 10),
    left=45,
    edge=18,
    measure=129,
    headline_width=124,  # 122 in CSS, where the space a line ends with may hang
    headline_above=-1,
    headline_below=5,
    body_width=108,
    letter_above=(0, 0),
    letter_below=(10, 7),
    ticket_above=6,
    ticket_columns=(64.5, 64.5),
    ticket_rule=1.2,
    ticket_below=0,
    quantity=17,
    amount=21,
    table_width=129,
    rows_ruled_above=True,
    after_columns=(115, 59),
    total_amount=24,
    band_left=0,
    band_figure=(39, 29.25),
    band_heading_beside=True,
    solo_columns=(39, 100),
    solo_picture=(39, 24.375),
    accent="#2f5d5a",
    rule="#1d2426",
    hairline="#c3cccc",
    voices=_voices(_INTER, _LIGHT, 6.6, 10.5, _SPOKEN, quiet="#5b6668", accent="#2f5d5a")
    | {
        "heading": replace(_INTER, size=6.6, line=10, colour="#5b6668"),
        "body": replace(_INTER, size=10.5, line=16, weight=300),
        "gift": replace(_INTER, size=10.5, line=16, weight=300),
        "what": replace(_INTER, weight=600),
        "code": replace(_INTER, size=18, line=23, weight=300, tracking=0.02),
        "name": _INTER,
        "band": replace(_INTER, size=10.5, line=14, tracking=-0.01),
        "title": replace(_INTER, size=8.5, line=12),
        "content": replace(_INTER, size=6.6, line=10, colour="#5b6668"),
        "content_solo": replace(_INTER, colour="#5b6668"),
        "content_kicker": replace(_SPOKEN, line=10),
    },
)

LOOKS = {"oriel-ash": ORIEL, "halden": HALDEN}
