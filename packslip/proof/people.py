"""People and things for proofs: invented, with the longest and oddest names paper must bear."""

from collections.abc import Mapping
from types import MappingProxyType

from packslip.model import Address

#: By language; the first is used for usual names. Nobody lives here.
_USUAL: Mapping[str, Address] = MappingProxyType(
    {
        "en": Address(
            name="Eleanor Fitzgerald",
            line1="14 Wharf Lane",
            city="Bristol",
            postcode="BS1 6XN",
            country="GB",
        ),
        "fr": Address(
            name="Camille Delorme",
            line1="8 bis, rue des Glycines",
            city="Lyon",
            postcode="69002",
            country="FR",
        ),
        "de": Address(
            name="Johanna Brückner",
            line1="Lindenstraße 27",
            city="Leipzig",
            postcode="04105",
            country="DE",
        ),
        "": Address(
            name="Sigrún Ólafsdóttir",
            line1="Hafnargata 12",
            city="Seyðisfjörður",
            postcode="710",
            country="IS",
        ),
    }
)

_LONGEST_NAMES = Address(
    name="Maximiliane-Alexandrina von Hohenstein-Wittgensteinbrunn",
    company="Ateliergemeinschaft Hohenstein, Wittgensteinbrunn & Partner, Restaurierungen",
    line1="Westliche Karl-Friedrich-Uferpromenade 148a, Hinterhaus, dritter Aufgang",
    line2="c/o Kunst- und Möbelwerkstätten der Gebrüder Achterberg-Siebenmorgen",
    line3="Lieferungen bitte nur über die Einfahrt Obere Gartenstraße",
    city="Hellschen-Heringsand-Unterschaar",
    postcode="25764",
    country="DE",
)

_LONGEST_WORDS = Address(
    name="Friederike Oberleitungsmeister",
    company="Rechtsanwaltsfachangestelltenausbildungswerkstatt",
    line1="Bezirksschornsteinfegermeisterstraße 112",
    city="Schmedeswurtherwesterdeich",
    postcode="25729",
    country="DE",
)

_RIGHT_TO_LEFT = Address(
    name="ליאורה בן־עמי",
    line1="רחוב הזית 7",
    city="חיפה",
    postcode="3303142",
    country="IL",
)

LONG_PRODUCT = (
    "Hand-thrown stoneware serving dish with foot ring and reactive ash glaze, large, with matching lid and spoon"
)
LONG_WORD_PRODUCT = "Weihnachtsbaumkerzenhalterungsaufbewahrungsschatulle"
RIGHT_TO_LEFT_PRODUCT = "קערת הגשה מעץ אגוז"

#: what an order holds where there is no catalogue
PLAIN_PRODUCTS = ("Stoneware bowl", "Ribbed tumbler", "Linen cushion", "Walnut board", "Beeswax candle")

GIFT_MESSAGE = "Happy birthday, dear Nora. May this stand where the morning light falls."


def recipient(text: str, language: str) -> Address:
    """Who gets the parcel of a proof."""
    special = {"longest-names": _LONGEST_NAMES, "longest-words": _LONGEST_WORDS, "right-to-left": _RIGHT_TO_LEFT}
    return special.get(text) or _USUAL.get(language) or _USUAL[""]
