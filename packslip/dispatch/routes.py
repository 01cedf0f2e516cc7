"""Routes: which printer an order's document goes to, and when. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime

from packslip.model import Finding, Where, error, warning
from packslip.printers import RouteSettings
from packslip.settings import Settings

_ANYWHERE = RouteSettings()
_LOWEST = 1000  #: so that ranks of different priorities sort as texts


@dataclass(frozen=True, slots=True, kw_only=True)
class Parting:
    """What a route may ask of a document that is to leave."""

    station: str
    media: str
    country: str
    layout: str
    store: str
    deadline: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """A packing table and the printer for it that holds the document's media."""

    station: str
    printer: str
    rank: str = ""  #: sorts before greater ones at the printer
    on_call: bool = False  #: prints when the station asks for it


def route(
    parting: Parting, settings: Settings, where: Where, *, priority: int = 0
) -> tuple[Route | None, tuple[Finding, ...]]:
    """Where a document goes: to the first printer with its media, of its route or else of its station.

    A blank station means the default one; so does an unknown one, with a warning. `priority` is that of its drop.
    """
    findings: list[Finding] = []
    name = parting.station or settings.default_station
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
    way = next((one for one in settings.routes if _fits(one, parting, name)), _ANYWHERE)
    printer = printer_for(parting.media, way.printers or settings.stations[name].printers, settings)
    if printer is None:
        findings.append(_no_printer(parting.media, name, way, settings, where))
        return None, tuple(findings)
    rank = _rank(priority + way.priority, parting.deadline if way.deadline_first else None)
    return Route(station=name, printer=printer, rank=rank, on_call=way.print_on == "call"), tuple(findings)


def printer_for(media: str, printers: Iterable[str], settings: Settings) -> str | None:
    """The first of some printers that is loaded with a media."""
    return next((name for name in printers if settings.printers[name].media == media), None)


def _fits(way: RouteSettings, parting: Parting, station: str) -> bool:
    return way.fits(
        station=station,
        media=parting.media,
        country=parting.country,
        layout=parting.layout,
        store=parting.store,
    )


def _rank(priority: int, deadline: datetime | None) -> str:
    due = deadline.astimezone(UTC).isoformat() if deadline else "later"
    return f"{_LOWEST - priority:05d} {due}"


def _no_printer(media: str, station: str, way: RouteSettings, settings: Settings, where: Where) -> Finding:
    printers = way.printers or settings.stations[station].printers
    whose = "its route" if way.printers else f"station {station!r}"
    listed = ", ".join(f"{one} ({settings.printers[one].media})" for one in printers) or "none"
    return error(
        "printer.no_media", where, f"no printer of {whose} is loaded with {media!r}", f"its printers: {listed}"
    )
