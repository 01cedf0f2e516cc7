"""Campaigns: who gets which variant of what the rules say, and who is held out so that the difference can be measured.

Owns `rules/campaigns/<name>.toml` and the assignment, a keyed hash of the customer: the same on every order, in every
process, without a list of who is in which arm. Which rows a variant fires is the tables' business: they ask for
`campaign.<name>`.
"""

import hmac
import json
import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from packslip.library.toml_file import read_toml
from packslip.model import Finding, Where, error

#: the arm of those who get the transactional slip; no variant may be called so
HOLDOUT = "holdout"

_NAME = re.compile(r"[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?")
_PURPOSE = b"packslip/1/campaign"
_EVERYBODY = 100.0
_ROUNDING = 1e-9

Share = Annotated[float, Field(gt=0, lt=100)]
Measure = Literal["repeat", "second purchase"]


class _CampaignFile(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1)
    begins: date
    ends: date
    stores: tuple[str, ...] = ()
    tables: tuple[str, ...] = Field(min_length=1)
    holdout: Share
    measure: Measure = "repeat"
    smallest_lift: float = Field(10.0, gt=0, le=1000)
    variants: dict[str, Share] = Field(min_length=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Campaign:
    """One campaign. Shares are per cent of the customers; those left over take no part."""

    key: str  #: name of its file; what rules ask for, and part of the hash
    name: str  #: for people
    begins: date
    ends: date  #: last day
    stores: tuple[str, ...]  #: empty: every store
    tables: tuple[str, ...]  #: file names of the decision tables in which it owns rows
    holdout: float
    measure: Measure  #: what decides whether it works
    smallest_lift: float  #: the smallest effect worth knowing, in per cent of the holdout's rate
    variants: Mapping[str, float]

    @property
    def file(self) -> str:
        """Its file, for places in findings."""
        return f"rules/campaigns/{self.key}.toml"

    @property
    def shares(self) -> Mapping[str, float]:
        """Share of each arm, the holdout last."""
        return {**self.variants, HOLDOUT: self.holdout}

    def runs(self, store: str, day: date) -> bool:
        """Whether it runs in a store on a day."""
        return self.begins <= day <= self.ends and (not self.stores or store in self.stores)

    def meets(self, other: "Campaign") -> bool:
        """Whether both run in one store on one day."""
        apart = self.ends < other.begins or other.ends < self.begins
        return not apart and (not self.stores or not other.stores or bool({*self.stores} & {*other.stores}))

    def arm(self, secret: bytes, store: str, customer_id: str) -> str:
        """The customer's arm: a variant, `holdout`, or "" for who takes no part.

        A pure function of its arguments and the shares. Variants lie from 0 upwards in the order of the file, the
        holdout from 100 downwards: a share that grows into what nobody had leaves everybody else where they were.
        """
        if not customer_id:
            return ""
        return self.arm_at(_place(secret, self.key, store, customer_id))

    def arm_at(self, place: float) -> str:
        """The arm of whoever stands at a place between 0 and 100."""
        if place >= _EVERYBODY - self.holdout:
            return HOLDOUT
        end = 0.0
        for variant, share in self.variants.items():
            end += share
            if place < end:
                return variant
        return ""


def _place(secret: bytes, campaign: str, store: str, customer_id: str) -> float:
    """Where a customer stands between 0 and 100; in another campaign, anywhere else."""
    key = hmac.digest(secret, _PURPOSE, "sha256")
    message = json.dumps([campaign, store, customer_id], ensure_ascii=True).encode()
    return int.from_bytes(hmac.digest(key, message, "sha256")[:8]) / 2**64 * _EVERYBODY


def arms_of(campaigns: Iterable[Campaign], secret: bytes, *, store: str, customer_id: str, day: date) -> dict[str, str]:
    """Campaign → arm of a customer, of the campaigns that run in a store on a day and that they take part in."""
    running = (campaign for campaign in campaigns if campaign.runs(store, day))
    arms = {campaign.key: campaign.arm(secret, store, customer_id) for campaign in running}
    return {key: arm for key, arm in arms.items() if arm}


def leaving(before: Campaign, after: Campaign) -> float:
    """How many per cent of the customers leave the arm they were in, where shares are changed."""
    steps = 1000
    places = [(step + 0.5) * _EVERYBODY / steps for step in range(steps)]
    left = sum(before.arm_at(place) not in {"", after.arm_at(place)} for place in places)
    return left * _EVERYBODY / steps


def load_campaigns(folder: Path) -> tuple[dict[str, Campaign], tuple[Finding, ...]]:
    """Every campaign of `rules/campaigns` by its file's name, and what is wrong with any.

    One with an error is left out: it assigns nobody.
    """
    campaigns: dict[str, Campaign] = {}
    findings: list[Finding] = []
    for path in sorted(folder.glob("*.toml")):
        label = f"rules/campaigns/{path.name}"
        record, found = read_toml(path, _CampaignFile, label=label)
        if record is not None:
            campaign = Campaign(key=path.stem, **record.model_dump())
            found = _faults(campaign, label)
            if not found:
                campaigns[path.stem] = campaign
        findings += found
    return campaigns, tuple(findings)


def _faults(campaign: Campaign, label: str) -> tuple[Finding, ...]:
    faults: list[Finding] = []

    def fault(kind: str, spot: str, message: str, hint: str) -> None:
        faults.append(error(f"campaign.{kind}", Where(file=label, spot=spot), message, hint))

    plain = "lower-case letters, digits and hyphens, such as second-order"
    if not _NAME.fullmatch(campaign.key):
        fault("name", "", f"rules cannot ask for a campaign called {campaign.key!r}", f"name the file with {plain}")
    for variant in campaign.variants:
        if variant == HOLDOUT:
            fault("name", f"variants.{variant}", "the holdout is no variant", "its share is the key holdout")
        elif not _NAME.fullmatch(variant):
            fault("name", f"variants.{variant}", f"no name for a variant: {variant!r}", f"use {plain}")
    if campaign.ends < campaign.begins:
        fault("dates", "ends", f"{campaign.ends} lies before {campaign.begins}", "ends is the last day")
    total = math.fsum(campaign.shares.values())
    if total > _EVERYBODY + _ROUNDING:
        message = f"shares overlap: variants and holdout make {total:g} per cent"
        fault("shares", "variants", message, "make them 100 or less; who is left over takes no part")
    return tuple(faults)
