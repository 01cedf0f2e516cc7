"""Pictures of one slip: what the order and its choice want, fetched, and the layout's policy for what is missing."""

from collections.abc import Iterable
from dataclasses import replace

from packslip.library.layouts import Layout
from packslip.model import Finding, Severity
from packslip.pictures import PictureLibrary
from packslip.world import World


class PictureDesk:
    """Renditions for the layouts of one release."""

    def __init__(self, world: World, library: PictureLibrary | None = None) -> None:
        workspace, settings = world.workspace, world.settings.pictures
        self._world = world
        self._products = library or PictureLibrary(workspace.image_cache, workspace.root / settings.folder, settings)
        editorial = settings.model_copy(update={"folder": "layouts/art"})
        self._editorial = PictureLibrary(workspace.image_cache, world.root / "layouts" / "art", editorial)

    def fetch(
        self, wanted: Iterable[tuple[str, str]], layout: Layout
    ) -> tuple[dict[tuple[str, str], str], tuple[Finding, ...]]:
        """`picture:<digest>` for each (role, reference) that could be had, and what was found.

        A picture that is missing holds the order only where the layout says so.
        """
        media = self._world.media(layout)
        pictures: dict[tuple[str, str], str] = {}
        findings: list[Finding] = []
        for role, reference in wanted:
            box = layout.pictures.get(role)
            if box is None or not reference:
                continue
            library = self._editorial if role == "content" else self._products
            rendition, found = library.fetch(reference, box, media.dots_per_mm, media.ink)
            findings += found if box.missing == "hold" else [_soften(finding) for finding in found]
            if rendition is not None:
                pictures[role, reference] = f"picture:{rendition.digest}"
        return pictures, tuple(findings)


def _soften(finding: Finding) -> Finding:
    return replace(finding, severity=Severity.WARNING) if finding.severity is Severity.ERROR else finding
