"""Report: what a feed's pictures are like, product by product, as a value and as JSON.

Made from the index alone: nothing is decoded, no server is asked.
"""

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from packslip.library.feeds import Feed, FeedItem
from packslip.library.printing_conditions import PrintingCondition
from packslip.model import Finding, Severity, Where, note
from packslip.pictures.folder import PictureFolder
from packslip.pictures.index import Index
from packslip.pictures.quality import Known, Use, judge
from packslip.pictures.recipe import Recipe
from packslip.pictures.remote import is_url
from packslip.pictures.sources import place_of, plain, reference_name
from packslip.pictures.store import Kept, Store
from packslip.settings import PictureSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A kind of fault, as the report groups them."""

    name: str
    title: str
    codes: frozenset[str]
    severity: Severity


def _kind(name: str, title: str, severity: Severity, *codes: str) -> Kind:
    return Kind(name=name, title=title, severity=severity, codes=frozenset(f"picture.{code}" for code in codes))


KINDS = (
    _kind("missing", "Missing", Severity.ERROR, "missing", "unreachable", "host_not_allowed", "bad_url", "unasked"),
    _kind("broken", "Broken", Severity.ERROR, "broken", "not_readable", "too_costly"),
    _kind("too_large", "Too large", Severity.ERROR, "too_large"),
    _kind("below_150", "Below 150 ppi", Severity.WARNING, "low_resolution"),
    _kind("aspect", "Wrong aspect", Severity.WARNING, "aspect"),
    _kind("nearly_white", "Nearly white", Severity.WARNING, "nearly_white"),
    _kind("one_colour", "One colour", Severity.WARNING, "one_colour"),
    _kind("profile", "Colour profile", Severity.WARNING, "no_profile", "bad_profile", "much_ink"),
    _kind("below_300", "Below 300 ppi", Severity.NOTE, "soft"),
    _kind("orphaned", "Orphaned", Severity.NOTE, "orphaned"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One product, or one file that no product names."""

    sku: str
    name: str
    picture: str  #: as findings show it: without the query of an address
    thumbnail: Path | None  #: a small rendition of it, on the screen's side where there is one
    condition: PrintingCondition | None  #: whose colours the thumbnail is in
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PictureReport:
    """What is wrong with the pictures of a feed."""

    feed: str
    made_at: datetime
    products: int
    uses: tuple[Use, ...]
    verdicts: tuple[Verdict, ...]  #: of products with any finding, then of orphans

    def of(self, kind: Kind) -> tuple[Verdict, ...]:
        """Every product with a fault of a kind."""
        return tuple(
            verdict for verdict in self.verdicts if any(finding.code in kind.codes for finding in verdict.findings)
        )

    def counts(self) -> dict[str, int]:
        """How many products have each kind of fault."""
        codes = Counter(
            kind.name
            for verdict in self.verdicts
            for kind in KINDS
            if any(finding.code in kind.codes for finding in verdict.findings)
        )
        return {kind.name: codes[kind.name] for kind in KINDS}


def make_report(
    feed: Feed,
    others: Iterable[str],
    uses: tuple[Use, ...],
    *,
    cache: Path,
    folder: Path,
    settings: PictureSettings,
    made_at: datetime,
) -> PictureReport:
    """The report of a feed; `others` are pictures that something beside the feed names, so that they are no orphans."""
    index, store = Index(cache), Store(cache)
    sources, looks = index.sources(), index.looks()
    made = {use.recipe: index.entries(use.recipe) for use in uses}
    index.close()
    present = {kept.digest: kept for kept in store.files() if not kept.is_source}
    verdicts = []
    for item in feed.items:
        source = sources.get(reference_name(item.image, settings)) if item.image else None
        sha = source.sha256 if source else ""
        entries = {recipe: made[recipe][sha] for recipe in made if sha in made[recipe]}
        findings = judge(item, Known(source=source, look=looks.get(sha), entries=entries), uses)
        if findings:
            files = [(recipe, present[entry.digest]) for recipe, entry in entries.items() if entry.digest in present]
            verdicts.append(_verdict(item, min(files, key=_dimness, default=None), findings))
    named = {item.image for item in feed.items} | set(others)
    verdicts += _orphans(PictureFolder(folder), named, settings)
    return PictureReport(feed=feed.file, made_at=made_at, products=len(feed.items), uses=uses, verdicts=tuple(verdicts))


def report_json(report: PictureReport) -> bytes:
    """The report for programs."""
    values = {
        "feed": report.feed,
        "made_at": report.made_at.isoformat(timespec="seconds"),
        "products": report.products,
        "uses": [
            {
                "where": use.label,
                "mm": [use.recipe.width_mm, use.recipe.height_mm],
                "condition": use.recipe.condition.name if use.recipe.condition else "",
            }
            for use in report.uses
        ],
        "counts": report.counts(),
        "pictures": [
            {
                "sku": verdict.sku,
                "name": verdict.name,
                "picture": verdict.picture,
                "findings": [
                    {
                        "severity": finding.severity.value,
                        "code": finding.code,
                        "where": str(finding.where),
                        "message": finding.message,
                        "hint": finding.hint,
                    }
                    for finding in verdict.findings
                ],
            }
            for verdict in report.verdicts
        ],
    }
    return json.dumps(values, ensure_ascii=False, indent=1).encode() + b"\n"


def _verdict(item: FeedItem, shown: tuple[Recipe, Kept] | None, findings: tuple[Finding, ...]) -> Verdict:
    return Verdict(
        sku=item.sku,
        name=item.name,
        picture=place_of(item.image).spot if is_url(item.image) else plain(item.image),
        thumbnail=shown[1].path if shown else None,
        condition=shown[0].condition if shown else None,
        findings=findings,
    )


def _dimness(made: tuple[Recipe, Kept]) -> tuple[bool, bool, int]:
    """How little a rendition serves to show a picture on a screen: dots least, inks less, large ones less."""
    recipe, kept = made
    return recipe.ink == "black", recipe.condition is not None, kept.size


def _orphans(folder: PictureFolder, named: set[str], settings: PictureSettings) -> list[Verdict]:
    """Files of the picture folder that nothing names."""
    used = {folder.find(name) for name in named if name and not is_url(name)}
    orphans = []
    for name in sorted(folder.names()):
        if folder.find(name) in used:
            continue
        where = Where(file=f"{settings.folder}/{plain(name)}")
        finding = note(
            "picture.orphaned", where, "no product names this file", "delete it, or name it in the catalogue"
        )
        orphans.append(
            Verdict(sku="", name="", picture=plain(name), thumbnail=None, condition=None, findings=(finding,))
        )
    return orphans
