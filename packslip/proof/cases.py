"""Proof cases: real orders from the catalogue and invented people, one for every two traits that can meet.

Owns which slips a proof shows. Drawing them is `drawing`'s, judging them the press's.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from itertools import product
from types import MappingProxyType

from packslip.errors import UsageError
from packslip.model import Order
from packslip.proof.orders import make_order
from packslip.proof.pairwise import pairwise
from packslip.world import World

SEGMENTS = ("new", "repeat", "ambassador", "opt-out", "no-customer", "gift")
KINDS = ("complete", "partial", "final")
LINES = ("3-lines", "1-line", "40-lines")
TEXTS = ("usual", "longest-names", "longest-words", "right-to-left")
PICTURES = ("pictures", "no-picture")
ASKS = ("review", "survey")  #: where rules ask for surveys

#: tried in turn: the first without phrases is the unknown one
_STRANGE_LOCALES = ("is-IS", "eu-ES", "mi-NZ", "cy-GB")
#: what `edge=` may name
_EDGES = ("lines", "text", "pictures", "segment", "locale")
_ALIASES = {"transactional": ("opt-out", "no-customer"), "40": ("40-lines",), "1": ("1-line",), "plain": ("usual",)}
UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProofCase:
    """One slip of a proof, before it is drawn."""

    number: int  #: counted from 1
    layout: str
    traits: Mapping[str, str]  #: segment, locale, kind, lines, text, pictures, store, asks
    strange: bool  #: its locale has no phrases, on purpose
    order: Order
    today: date

    @property
    def name(self) -> str:
        """A file name that tells the case."""
        return f"{self.number:02d}-" + "-".join(self.told).replace("/", "-")

    @property
    def told(self) -> tuple[str, ...]:
        """The traits worth telling, the usual ones left out."""
        usual = {"usual", "pictures", "3-lines", "review"}
        return tuple(value for value in self.traits.values() if value not in usual)


def proof_cases(
    world: World, layout: str, *, today: date, every: bool = False, only: str = ""
) -> tuple[ProofCase, ...]:
    """The slips of a layout's proof: every pair of traits at least once, or nearly every combination.

    `only` narrows: `locale=de,segment=new`; several values of one trait are parted by `|`. Where it leaves nothing of
    the pairwise set, it chooses from all combinations.

    Raises:
        LayoutError: no such layout.
        UsageError: `only` names no trait or value there is.
    """
    world.layout(layout)
    axes = _axes(world)
    dealers = _dealers(world)
    wanted = _parse(only, {**axes, "store": (*axes["store"], *dealers)})
    axes["store"] = (*axes["store"], *(dealer for dealer in dealers if dealer in wanted.get("store", ())))
    rows = _every_row(axes) if every else _pairs(axes)
    chosen = [row for row in rows if _matches(row, wanted)]
    if not chosen:
        narrowed = {
            axis: [value for value in values if value in wanted.get(axis, values)] for axis, values in axes.items()
        }
        chosen = [row for row in _pairs(narrowed) if _matches(row, wanted)]
    strange = _strange_locale(world)
    return tuple(
        ProofCase(
            number=number,
            layout=layout,
            traits=MappingProxyType(row),
            strange=row["locale"] == strange,
            order=make_order(world, row, number=number, today=today),
            today=today,
        )
        for number, row in enumerate(chosen, start=1)
    )


def _pairs(axes: Mapping[str, Sequence[str]]) -> tuple[Mapping[str, str], ...]:
    return _pairwise(tuple((axis, tuple(values)) for axis, values in axes.items()))


@lru_cache(maxsize=64)
def _pairwise(axes: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[Mapping[str, str], ...]:
    """Found once: the trial slips of a check ask for the same rows for each layout."""
    return tuple(MappingProxyType(row) for row in pairwise(dict(axes)))


def _axes(world: World) -> dict[str, Sequence[str]]:
    asks = {"asks": ASKS} if "yes" in world.rules.constants("survey") else {}
    return {
        "segment": SEGMENTS,
        "locale": (*_locales(world), _strange_locale(world)),
        "kind": KINDS,
        "lines": LINES,
        "text": TEXTS,
        "pictures": PICTURES,
        "store": _stores(world),
        **asks,
    }


def _stores(world: World) -> tuple[str, ...]:
    """Every brand, the shop's own first."""
    own = world.settings.shop.store
    return tuple(sorted(world.brands, key=lambda store: (store != own, store))) or (own,)


def _dealers(world: World) -> tuple[str, ...]:
    """Every dealer as `store/dealer`; a proof shows those it is asked for."""
    return tuple(
        f"{dealer.store}/{dealer.dealer}" for brand in world.brands.values() for dealer in brand.dealers.values()
    )


def _locales(world: World) -> tuple[str, ...]:
    """One locale for each language that has phrases, English first: the shop's own where it has one."""
    shop = world.settings.shop
    known = [shop.locale, *shop.country_locales.values()]
    languages = sorted(
        {tag.split("-")[0] for tag in world.phrases.locales}, key=lambda tag: (tag != "en", tag != "fr", tag)
    )
    home = {language: f"{language}-{language.upper()}" for language in languages}
    return tuple(
        home[language]
        if home[language] in known
        else next((tag for tag in known if tag.split("-")[0] == language), language)
        for language in languages
    )


def _strange_locale(world: World) -> str:
    languages = {tag.split("-")[0] for tag in world.phrases.locales}
    return next((tag for tag in _STRANGE_LOCALES if tag.split("-")[0] not in languages), _STRANGE_LOCALES[0])


def _every_row(axes: Mapping[str, Sequence[str]]) -> tuple[dict[str, str], ...]:
    """Segment × locale × kind × one edge at a time; brands and pictures take turns."""
    edges = [
        *({"lines": lines, "text": axes["text"][0]} for lines in axes["lines"]),
        *({"lines": axes["lines"][0], "text": text} for text in axes["text"][1:]),
    ]
    rows: list[dict[str, str]] = []
    for segment, locale, kind, edge in product(axes["segment"], axes["locale"], axes["kind"], edges):
        turn = len(rows)
        rest = {
            "pictures": axes["pictures"][turn // len(axes["store"]) % len(axes["pictures"])],
            "store": axes["store"][turn % len(axes["store"])],
        }
        rest |= {"asks": axes["asks"][turn // 2 % 2]} if "asks" in axes else {}
        rows.append({"segment": segment, "locale": locale, "kind": kind, **edge, **rest})
    return tuple(rows)


def _parse(only: str, axes: Mapping[str, Sequence[str]]) -> dict[str, frozenset[str]]:
    wanted: dict[str, frozenset[str]] = {}
    for part in filter(None, (piece.strip() for piece in only.split(","))):
        axis, sign, text = part.partition("=")
        axis = axis.strip().lower()
        if not sign or axis not in {*axes, "edge"}:
            raise UsageError(
                f"--only {part!r} names no trait", hint=f"choose from {', '.join(axes)}, edge; as locale=de"
            )
        pool = axes[axis] if axis != "edge" else [value for name in _EDGES for value in axes[name]]
        values = frozenset(value for asked in text.split("|") for value in _meant(asked.strip(), pool, axes))
        if not values:
            raise UsageError(f"--only {part!r} names no value", hint=f"choose from {', '.join(pool)}")
        wanted[axis] = values
    return wanted


def _meant(asked: str, pool: Sequence[str], axes: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    if asked.lower() == UNKNOWN:
        return tuple(value for value in pool if value == axes["locale"][-1])
    if asked.lower() in _ALIASES:
        return tuple(value for value in _ALIASES[asked.lower()] if value in pool)
    exact = tuple(value for value in pool if value.lower() == asked.lower())
    return exact or tuple(value for value in pool if value.split("-")[0] == asked and value in axes["locale"])


def _matches(row: Mapping[str, str], wanted: Mapping[str, frozenset[str]]) -> bool:
    return all(
        any(row[name] in values for name in _EDGES) if axis == "edge" else row[axis] in values
        for axis, values in wanted.items()
    )
