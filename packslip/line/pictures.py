"""Pictures of one slip: what the order and its choice want, fetched, and the layout's policy for what is missing."""

import time
from collections.abc import Callable, Iterable
from dataclasses import replace

from packslip.library.layouts import Layout
from packslip.model import Finding, Severity, Slip
from packslip.pictures.library import PictureLibrary
from packslip.pictures.recipe import Decode
from packslip.pictures.rendering import render_renditions
from packslip.world import World

#: What stands before a rendition's digest in a slip.
PICTURE = "picture:"


class PictureDesk:
    """Renditions for the layouts of one release."""

    def __init__(
        self, world: World, decode: Decode = render_renditions, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        """`decode` may run `render_renditions` in limited children; `clock` counts seconds from anywhere."""
        workspace, settings = world.workspace, world.settings.pictures
        self._world = world
        self._clock = clock
        self._fetch_s = settings.fetch_s
        self._products = PictureLibrary(
            workspace.image_cache, workspace.root / settings.folder, settings, decode=decode
        )
        editorial = settings.model_copy(update={"folder": "layouts/art"})
        self._editorial = PictureLibrary(
            workspace.image_cache, world.root / "layouts" / "art", editorial, decode=decode
        )

    def fetch(
        self, wanted: Iterable[tuple[str, str]], layout: Layout
    ) -> tuple[dict[tuple[str, str], str], tuple[Finding, ...]]:
        """`picture:<digest>` for each (role, reference) that could be had, and what was found.

        A picture that is missing holds the order only where the layout says so. All pictures of a slip together are
        waited for no longer than `pictures.fetch_s`.
        """
        until = self._clock() + self._fetch_s
        media = self._world.media(layout)
        condition = self._world.condition(media)
        pictures: dict[tuple[str, str], str] = {}
        findings: list[Finding] = []
        for role, reference in wanted:
            box = layout.pictures.get(role)
            if box is None or not reference:
                continue
            library = self._editorial if role == "content" else self._products
            rendition, found = library.fetch(
                reference, box, media.dots_per_mm, media.ink, condition, within_s=until - self._clock()
            )
            findings += found if box.missing == "hold" else [_soften(finding) for finding in found]
            if rendition is not None:
                pictures[role, reference] = f"{PICTURE}{rendition.digest}"
        return pictures, tuple(findings)

    def remake(self, slip: Slip, layout: Layout) -> tuple[str, ...]:
        """Make the renditions of a slip again that are gone; digests of those that no picture of today gives.

        A picture whose source has changed since gives another rendition, which is not the slip's.
        """
        lost = lost_pictures(slip, self._products)
        if lost:
            catalogue = self._world.catalogue
            skus = [line.sku for line in slip.lines] + [product.sku for product in slip.recommendations]
            references = [catalogue.image(sku) for sku in dict.fromkeys(skus)]
            wanted = [(role, name) for role in ("line", "recommendation") for name in references]
            wanted += [("content", content.picture) for content in self._world.contents]
            roles = {role for role, _ in lost}
            self.fetch((pair for pair in wanted if pair[0] in roles), layout)
        return tuple(digest for _, digest in lost if not self._products.is_whole(digest))


def lost_pictures(slip: Slip, library: PictureLibrary) -> tuple[tuple[str, str], ...]:
    """Role and digest of each picture of a slip whose rendition is gone or was changed; such a one is removed."""
    named = [("line", line.picture) for line in slip.lines]
    named += [("recommendation", product.picture) for product in slip.recommendations]
    named += [("content", slip.content.picture)] if slip.content else []
    found = dict.fromkeys((role, picture.removeprefix(PICTURE)) for role, picture in named if picture)
    return tuple((role, digest) for role, digest in found if not library.is_whole(digest))


def _soften(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding
