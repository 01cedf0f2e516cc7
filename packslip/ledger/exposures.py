"""Who was part of a campaign, and since when: read from the log, which outlives the slips.

A stretch of the log at a time, each in a transaction of its own: a line that prints never waits for all of it.
"""

from datetime import datetime

from sqlalchemy import Connection, RowMapping, and_, func, select

from packslip.ledger.deliveries import CAMPAIGN
from packslip.ledger.records import Exposure
from packslip.ledger.states import ParcelState
from packslip.ledger.tables import events, parcels

STRETCH = 50_000  #: lines of the log looked at in one transaction

_CALLED_OFF = (ParcelState.CANCELLED, ParcelState.DROPPED, ParcelState.HELD)


def newest_event(connection: Connection) -> int:
    """Number of the last line of the log."""
    return int(connection.scalar(select(func.max(events.c.id))) or 0)


def exposures(connection: Connection, after: int) -> tuple[Exposure, ...]:
    """What a stretch of the log says, beginning behind a line."""
    same = and_(*(events.c[name] == parcels.c[name] for name in ("store", "order_id", "parcel", "revision")))
    query = (
        select(events.c.store, events.c.order_id, events.c.at, events.c.detail)
        .join(parcels, same)
        .where(
            events.c.id > after,
            events.c.id <= after + STRETCH,
            events.c.kind == CAMPAIGN,
            parcels.c.state.not_in(_CALLED_OFF),
        )
        .order_by(events.c.id)
    )
    return tuple(_exposure(row) for row in connection.execute(query).mappings())


def _exposure(row: RowMapping) -> Exposure:
    campaign, _, arm = str(row["detail"]).partition(" ")
    return Exposure(
        store=row["store"],
        order_id=row["order_id"],
        campaign=campaign,
        arm=arm,
        at=datetime.fromisoformat(row["at"]),
    )
