"""Reasons: why slips of a world's layouts were not struck, for those who can change the layouts."""

from packslip.model import Finding, Where, note
from packslip.press.kept import PressWorld, kept_of


def why_not_struck(world: PressWorld) -> tuple[Finding, ...]:
    """A note for each construct that kept a slip of this process from being struck, as far as slips were drawn.

    A slip tells of the first that it meets. What only one slip's words bring about is not told: no layout can help it.
    """
    found: dict[Finding, None] = {}
    for reason in kept_of(world).plates.reasons:
        obstacle = reason.obstacle
        file = "slip.html" if obstacle.in_html else "slip.css"
        where = Where(file=f"layouts/{reason.layout}/{file}", spot=reason.spot)
        found[
            note("plate.reference", where, f"{obstacle.construct} keeps slips from being struck", obstacle.remedy)
        ] = None
    return tuple(found)
