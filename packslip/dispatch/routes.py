"""Routes: which printer an order's document goes to. Pure."""

from dataclasses import dataclass

from packslip.model import Finding, Where, error, warning
from packslip.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A packing table and the printer there that holds the document's media."""

    station: str
    printer: str


def route(station: str, media: str, settings: Settings, where: Where) -> tuple[Route | None, tuple[Finding, ...]]:
    """The first printer of an order's station that is loaded with a media.

    A blank station means the default one; so does an unknown one, with a warning.
    """
    findings: list[Finding] = []
    name = station or settings.default_station
    if name not in settings.stations:
        findings.append(
            warning(
                "station.unknown",
                where,
                f"no station {name!r}; its slip goes to {settings.default_station!r}",
                f"stations in packslip.toml: {', '.join(settings.stations)}",
            )
        )
        name = settings.default_station
    printers = settings.stations[name].printers
    fit = next((printer for printer in printers if settings.printers[printer].media == media), None)
    if fit is None:
        findings.append(
            error(
                "printer.no_media",
                where,
                f"no printer of station {name!r} is loaded with {media!r}",
                f"its printers: {', '.join(f'{one} ({settings.printers[one].media})' for one in printers) or 'none'}",
            )
        )
        return None, tuple(findings)
    return Route(station=name, printer=fit), tuple(findings)
