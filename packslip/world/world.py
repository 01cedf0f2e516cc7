"""The one door to a release: layouts, brands, contents, fonts, phrases, rules, mappings, media; and the live catalogue.

Each part is read at first use and kept. A world never changes; a new release is a new world.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from functools import cached_property
from pathlib import Path

from packslip.errors import LayoutError, UsageError
from packslip.library.brands import Brand, load_brands, with_dealers
from packslip.library.campaigns import Campaign, arms_of, load_campaigns
from packslip.library.catalogue import Catalogue, load_catalogue
from packslip.library.contents import Content, load_contents
from packslip.library.fonts import FontFile, load_fonts
from packslip.library.layouts import Layout, load_layouts
from packslip.library.mappings import CONTRACT, OrderMapping, load_mapping
from packslip.library.phrases import Phrasebook, load_phrases
from packslip.library.placeholders import fill, names_in
from packslip.library.pools import Pool, load_pools
from packslip.library.printing_conditions import PrintingCondition, condition_of, load_printing_conditions
from packslip.library.rule_examples import RuleExample, load_examples
from packslip.library.rule_fields import customer_kinds
from packslip.library.rules import RuleBook, load_rules
from packslip.library.vocabulary import Vocabulary, vocabulary
from packslip.model import Finding
from packslip.settings import FILE_NAME, MediaSettings, Settings, load_settings
from packslip.world.releases import release_folder
from packslip.world.retired import Retired
from packslip.world.workspace import Workspace

#: Release name of the working files.
WORKING = "working"

#: Offers whose wording is kept at a time.
MOST_AMOUNTS = 64


class World:
    """One release, or the working files, opened for reading."""

    def __init__(self, workspace: Workspace, *, root: Path, release: str) -> None:
        self.workspace = workspace
        self.root = root
        self.release = release

    @classmethod
    def open(cls, root: Path, release: str | None = None) -> "World":
        """The world of a workspace folder: a release by its id, or the working files.

        Raises:
            WorkspaceError: no workspace there.
            UsageError: no such release.
        """
        workspace = Workspace.at(root)
        if release is None or release == WORKING:
            return cls(workspace, root=workspace.root, release=WORKING)
        return cls(workspace, root=release_folder(workspace, release), release=release)

    @cached_property
    def settings(self) -> Settings:
        """The settings of this release."""
        return load_settings(self.root / FILE_NAME)

    @cached_property
    def retired(self) -> Retired:
        """The plates that strike no more; live, and the same for every release."""
        return Retired(self.workspace.retired_plates)

    @property
    def most_plates(self) -> int:
        """How many plates of pages a press keeps, and how many of their parts."""
        return self.settings.press.plates

    @cached_property
    def _public_texts(self) -> dict[str, frozenset[str]]:
        return {}

    @cached_property
    def _layouts(self) -> tuple[dict[str, Layout], tuple[Finding, ...]]:
        return load_layouts(self.root / "layouts")

    @cached_property
    def _brands(self) -> tuple[dict[str, Brand], tuple[Finding, ...]]:
        return load_brands(self.root / "layouts" / "brands")

    @cached_property
    def _contents(self) -> tuple[tuple[Content, ...], tuple[Finding, ...]]:
        return load_contents(self.root / "layouts" / "content")

    @cached_property
    def _fonts(self) -> tuple[tuple[FontFile, ...], tuple[Finding, ...]]:
        return load_fonts(self.root / "layouts" / "fonts")

    @cached_property
    def _conditions(self) -> tuple[dict[str, PrintingCondition], tuple[Finding, ...]]:
        return load_printing_conditions(self.root / "layouts" / "profiles")

    @cached_property
    def _phrases(self) -> tuple[Phrasebook, tuple[Finding, ...]]:
        return load_phrases(self.root / "rules" / "phrases")

    @cached_property
    def _rules(self) -> tuple[RuleBook, tuple[Finding, ...]]:
        return load_rules(self.root / "rules", self.vocabulary)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """What rules can ask and set: the shop's columns, stores, categories, campaigns beside the built-in fields."""
        return vocabulary(
            customers=customer_kinds(self.catalogue.customers.values()),
            stores=self.brands,
            categories=[product.category for product in self.catalogue.products if product.category],
            campaigns={key: campaign.variants for key, campaign in self.campaigns.items()},
        )

    @cached_property
    def _campaigns(self) -> tuple[dict[str, Campaign], tuple[Finding, ...]]:
        return load_campaigns(self.root / "rules" / "campaigns")

    @cached_property
    def _examples(self) -> tuple[tuple[RuleExample, ...], tuple[Finding, ...]]:
        return load_examples(self.root / "rules" / "examples", self.vocabulary)

    @cached_property
    def _pools(self) -> tuple[dict[str, Pool], tuple[Finding, ...]]:
        return load_pools(self.root / "rules" / "pools")

    @cached_property
    def _secret(self) -> bytes:
        return self.workspace.secret()

    @cached_property
    def _mappings(self) -> tuple[dict[str, OrderMapping], tuple[Finding, ...]]:
        mappings: dict[str, OrderMapping] = {}
        findings: list[Finding] = []
        for path in sorted((self.root / "rules" / "mappings").glob("*.toml")):
            mapping, found = load_mapping(path)
            mappings[path.stem] = mapping
            findings += found
        return mappings, tuple(findings)

    @cached_property
    def _catalogue(self) -> tuple[Catalogue, tuple[Finding, ...]]:
        return load_catalogue(self.workspace.catalogue)

    @property
    def layouts(self) -> Mapping[str, Layout]:
        """Layouts by name."""
        return self._layouts[0]

    @property
    def brands(self) -> Mapping[str, Brand]:
        """Brands by store."""
        return self._brands[0]

    @property
    def contents(self) -> tuple[Content, ...]:
        """Editorial blocks, newest first."""
        return self._contents[0]

    @property
    def fonts(self) -> tuple[FontFile, ...]:
        """The only fonts there are."""
        return self._fonts[0]

    @property
    def conditions(self) -> Mapping[str, PrintingCondition]:
        """Printing conditions by name."""
        return self._conditions[0]

    @property
    def phrases(self) -> Phrasebook:
        """The copy in every language."""
        return self._phrases[0]

    def public_texts(self, amount: str) -> frozenset[str]:
        """Every text that a slip may carry and that is nobody's: the copy, with the brands' own facts filled in.

        `amount` is what the slip's offer gives, as the rules chose it.
        """
        texts = self._public_texts.get(amount)
        if texts is None:
            if len(self._public_texts) >= MOST_AMOUNTS:
                self._public_texts.clear()
            texts = self._public_texts[amount] = frozenset(_public_texts(self, amount))
        return texts

    @property
    def rules(self) -> RuleBook:
        """The decision tables, compiled."""
        return self._rules[0]

    @property
    def examples(self) -> tuple[RuleExample, ...]:
        """What the rules shall say of some customers."""
        return self._examples[0]

    @property
    def findings_of_examples(self) -> tuple[Finding, ...]:
        """What was wrong with the files of examples alone."""
        return self._examples[1]

    @property
    def campaigns(self) -> Mapping[str, Campaign]:
        """Campaigns by the name of their file."""
        return self._campaigns[0]

    @property
    def pools(self) -> Mapping[str, Pool]:
        """Code pools by the name of their file, in its order."""
        return self._pools[0]

    def arms(self, store: str, customer_id: str, day: date) -> Mapping[str, str]:
        """Campaign → arm of a customer, of the campaigns that run in a store on a day and that they take part in."""
        if not self.campaigns:
            return {}
        chief = self.catalogue.same.get(customer_id, customer_id)
        return arms_of(self.campaigns.values(), self._secret, store=store, customer_id=chief, day=day)

    @property
    def mappings(self) -> Mapping[str, OrderMapping]:
        """Mappings of other shops' exports by name."""
        return self._mappings[0]

    @property
    def catalogue(self) -> Catalogue:
        """Products and customers, live: no release freezes them."""
        return self._catalogue[0]

    @property
    def findings_of_rules(self) -> tuple[Finding, ...]:
        """What was wrong with the decision tables alone."""
        return self._rules[1]

    @property
    def findings_of_catalogue(self) -> tuple[Finding, ...]:
        """What was wrong with the catalogue alone."""
        return self._catalogue[1]

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What was wrong with any file of this world; reads them all."""
        parts = (
            self._layouts[1],
            self._brands[1],
            self._contents[1],
            self._fonts[1],
            self._conditions[1],
            self._phrases[1],
            self._rules[1],
            self._campaigns[1],
            self._examples[1],
            self._pools[1],
            self._mappings[1],
            self._catalogue[1],
        )
        return tuple(finding for part in parts for finding in part)

    def layout(self, name: str) -> Layout:
        """A layout by name.

        Raises:
            LayoutError: there is no such layout.
        """
        try:
            return self.layouts[name]
        except KeyError:
            raise LayoutError(f"no layout {name!r}", hint=f"choose one of {', '.join(self.layouts)}") from None

    def media(self, layout: Layout) -> MediaSettings:
        """What a layout is printed on.

        Raises:
            LayoutError: the settings declare no such media.
        """
        try:
            return self.settings.media[layout.media]
        except KeyError:
            known = ", ".join(self.settings.media)
            raise LayoutError(f"layouts/{layout.name}: no media {layout.media!r}", hint=f"declared: {known}") from None

    def condition(self, media: MediaSettings) -> PrintingCondition | None:
        """The printing condition of a media, None where its profile has none.

        Raises:
            LayoutError: there is no such condition, or it is for another kind of colour.
        """
        return condition_of(media, self.conditions)

    def mapping(self, name: str) -> OrderMapping:
        """A mapping by name; blank is the order contract itself.

        Raises:
            UsageError: there is no such mapping.
        """
        if not name:
            return CONTRACT
        try:
            return self.mappings[name]
        except KeyError:
            known = ", ".join(self.mappings) or "none"
            raise UsageError(f"no mapping {name!r}", hint=f"rules/mappings holds: {known}") from None


def _public_texts(world: World, amount: str) -> Iterator[str]:
    for content in world.contents:
        for words in content.texts.values():
            yield from (words.kicker, words.headline, words.body)
    for brand in world.brands.values():
        facts = {"store": brand.name, "website": brand.website, "returns": brand.returns, "email": brand.email}
        yield from (*facts.values(), brand.address)
        for one in with_dealers([brand]):
            yield from (one.name, one.address, one.phone, one.hours, one.contact, one.email, one.website, one.returns)
        facts["amount"] = amount
        for catalogue in world.phrases.catalogues.values():
            forms = (form for phrase in catalogue.phrases.values() for form in phrase.forms)
            yield from (fill(form, facts) for form in forms if names_in(form) <= facts.keys())
