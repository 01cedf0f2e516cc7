"""Which parcels need prices for customs.

Two countries without a customs border between them share a territory; every other pair needs a declaration with values.
Told by country code alone, in doubt for the declaration: parts of a country outside its union (the Canary Islands,
Büsingen) cannot be seen, territories with a code of their own (RE, GG, FO) count as outside.
"""

#: countries within one customs border, by ISO 3166-1 alpha-2
#: Source: Regulation (EU) No 952/2013, article 4; UK–Isle of Man arrangement; Swiss–Liechtenstein treaty of 1923
TERRITORIES: tuple[frozenset[str], ...] = (
    frozenset((
        "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
        "LV", "MC", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
    )),
    frozenset(("GB", "IM")),
    frozenset(("CH", "LI")),
    frozenset(("US", "PR")),
)  # fmt: skip


def needs_prices(origin: str, destination: str) -> bool:
    """Whether a parcel between two countries must show prices for customs."""
    if origin == destination:
        return False
    return not any(origin in territory and destination in territory for territory in TERRITORIES)
