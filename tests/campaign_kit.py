"""Campaigns for tests: a file of one, and customers found for each arm."""

from datetime import date
from itertools import count
from pathlib import Path

from packslip.library.campaigns import Campaign, load_campaigns

SECRET = bytes(range(32))
STORE = "oriel-ash"

TOML = """\
name = "A letter after the first order"
begins = 2020-01-01
ends = 2099-12-31
stores = ["oriel-ash"]
tables = ["30-offer.csv"]
holdout = 20

[variants]
letter = 40
code = 30
"""


def write_campaign(folder: Path, text: str = TOML, key: str = "second-order") -> Path:
    """`rules/campaigns/<key>.toml` below a folder."""
    path = folder / "rules" / "campaigns" / f"{key}.toml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def load(folder: Path, text: str = TOML, key: str = "second-order"):
    """Campaigns and findings of a folder with one file."""
    return load_campaigns(write_campaign(folder, text, key).parent)


def make_campaign(key: str = "second-order", **values) -> Campaign:
    given = {
        "name": "A letter after the first order",
        "begins": date(2026, 1, 1),
        "ends": date(2026, 12, 31),
        "stores": (),
        "tables": ("30-offer.csv",),
        "holdout": 20.0,
        "measure": "repeat",
        "smallest_lift": 10.0,
        "variants": {"letter": 40.0, "code": 30.0},
    }
    return Campaign(key=key, **(given | values))


def customer_in(campaign: Campaign, arm: str, secret: bytes = SECRET, store: str = STORE) -> str:
    """The first customer number that falls into an arm."""
    return next(name for number in count() if campaign.arm(secret, store, name := f"C-{number}") == arm)
