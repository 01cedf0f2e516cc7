"""Word lists for the standard run: invented people, streets and gift notes in three languages. Nobody lives here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Country:
    """How one country's orders look."""

    code: str
    locale: str
    currency: str
    language: str
    cities: tuple[tuple[str, str], ...]  #: city and postcode
    regions: tuple[str, ...] = ()
    ship: tuple[str, ...]


FIRST = {
    "en": ("Eleanor", "Rowan", "Imogen", "Tobias", "Harriet", "Callum", "Beatrix", "Jo", "Priya", "Winifred", "Owen"),
    "fr": ("Camille", "Baptiste", "Héloïse", "Aurélien", "Noémie", "Gaspard", "Inès", "Théophile", "Maëlle", "Guy"),
    "de": ("Johanna", "Friederike", "Konrad", "Jürgen", "Mareike", "Ulf", "Käthe", "Sönke", "Theresa", "Ole"),
}
LAST = {
    "en": (
        "Fitzgerald",
        "Ashdown",
        "Castellane",
        "Thorne",
        "Pemberley",
        "Okafor",
        "Wynter",
        "Lisle",
        "Marchbanks",
        "Ng",
    ),
    "fr": ("Delorme", "Morvan", "Leclère", "Saint-Aubin", "Vauquelin", "Besnard", "d’Arcourt", "Roux", "Quéméneur"),
    "de": ("Brückner", "Zumbusch", "Petersen", "Wiesenthaler", "Großkopf", "Achterberg", "Lüth", "Siebenmorgen", "Ey"),
}
STREETS = {
    "en": ("{n} Wharf Lane", "{n} Larkhill Crescent", "The Old Forge", "{n} Kiln Row", "Flat {n}, Sexton House"),
    "fr": ("{n}, rue des Glycines", "{n} bis, place du Vieux-Lavoir", "{n}, chemin de la Tuilerie", "Le Petit Moulin"),
    "de": ("Lindenstraße {n}", "Holunderweg {n}", "Deichgrafenstraße {n}", "Am Alten Speicher {n}", "Rebgasse {n}a"),
}
MORE = {
    "en": ("Sheepwash Lane", "Top floor, blue door", "c/o Marchbanks & Lisle"),
    "fr": ("Bâtiment C, 2e étage", "chez Mme Besnard", "Résidence des Tilleuls"),
    "de": ("Hinterhaus, 3. Stock", "c/o Achterberg", "Stiege 2, Tür 14"),
}
COMPANIES = {
    "en": ("Lisle & Daughters Interiors Ltd", "The Sexton House Hotel", "Okafor Architects"),
    "fr": ("Atelier Vauquelin SARL", "Maison d’hôtes du Petit Moulin", "Quéméneur & Fils, décoration"),
    "de": ("Zumbusch Raumgestaltung GmbH", "Wiesenthaler & Töchter Raumausstattung GmbH", "Hotel Alter Speicher KG"),
}
LONG = {
    "en": "Alexandrina Featherstonehaugh-Cholmondeley of Lower Slaughterford",
    "fr": "Marie-Hortense de La Rochebrune-Vauquelin d’Arcourt",
    "de": "Maximiliane von Hohenstein-Wittgensteinbrunn",
}
NOTES = {
    "en": (
        "Happy birthday, Mum. Two for the window seat, and something that smells of the garden in August.",
        "For the new house.\nMay the kettle always be on.\n\nAll our love, Tom and Bea",
        "Thank you, from all of us.",
    ),
    "fr": (
        "Pour les soirées d’hiver, et pour celles où nous serons de nouveau tous ensemble autour de la table.",
        "Joyeux anniversaire !\nÀ très bientôt, Inès",
    ),
    "de": (
        "Zum Einzug: für lange Abende, kurze Wege zur Küche und einen Tisch, an dem immer noch jemand Platz hat.",
        "Alles Gute, liebe Käthe!\nDeine Mareike",
    ),
}
#: Things the catalogue does not know: no picture, the name as the shop sent it.
ODD = {
    "en": (
        "Repair of a chipped rim",
        "Sample card, linens, autumn",
        "Hand-thrown garden planter, unglazed, with saucer",
    ),
    "fr": ("Réparation d’un bord ébréché", "Nuancier de lins, automne", "Jardinière tournée main, terre brute"),
    "de": ("Ausbesserung einer Randkante", "Leinenmusterkarte Herbst", "Freigedrehter Gartenkübel mit Untersetzer"),
}
SHIP = {
    "en": ("Courier, next working day", "Courier, named day", "Tracked parcel"),
    "fr": ("Livraison à domicile", "Point relais", "Transporteur, sur rendez-vous"),
    "de": ("Paketdienst", "Spedition, Zustellung nach Avis", "Paketpost Priority"),
}

COUNTRIES = (
    Country(
        code="GB",
        locale="en-GB",
        currency="GBP",
        language="en",
        cities=(("Bristol", "BS1 6XN"), ("Ludlow", "SY8 1QX"), ("Cardiff", "CF11 9NB"), ("Edinburgh", "EH3 6QQ")),
        regions=("Shropshire", "Avon"),
        ship=SHIP["en"],
    ),
    Country(
        code="FR",
        locale="fr-FR",
        currency="EUR",
        language="fr",
        cities=(("Lyon", "69002"), ("Annecy", "74000"), ("Saint-Rémy-de-Provence", "13210"), ("Quimper", "29000")),
        ship=SHIP["fr"],
    ),
    Country(
        code="DE",
        locale="de-DE",
        currency="EUR",
        language="de",
        cities=(("Leipzig", "04105"), ("Freiburg im Breisgau", "79102"), ("Lübeck", "23552"), ("Köln", "50667")),
        ship=SHIP["de"],
    ),
    Country(
        code="IE",
        locale="en-IE",
        currency="EUR",
        language="en",
        cities=(("Cork", "T12 X2V9"), ("Galway", "H91 E8W2")),
        ship=SHIP["en"],
    ),
    Country(
        code="AT",
        locale="de-AT",
        currency="EUR",
        language="de",
        cities=(("Wien", "1070"), ("Innsbruck", "6020")),
        ship=SHIP["de"],
    ),
    Country(
        code="CH",
        locale="de-CH",
        currency="CHF",
        language="de",
        cities=(("Zürich", "8004"), ("Bern", "3011")),
        ship=SHIP["de"],
    ),
    Country(
        code="BE",
        locale="fr-BE",
        currency="EUR",
        language="fr",
        cities=(("Namur", "5000"), ("Liège", "4000")),
        ship=SHIP["fr"],
    ),
)
#: How often each country orders, in the order above: about 40 % English, 28 % French, 32 % German.
COUNTRY_WEIGHTS = (36, 24, 24, 4, 5, 3, 4)
