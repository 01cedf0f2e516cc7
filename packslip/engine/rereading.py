"""Rereading: what a held order's record says today, so that nobody is promised a print that cannot be."""

from packslip.hotfolder import Filing
from packslip.intake import read_orders
from packslip.ledger import DropRecord, ParcelRecord
from packslip.model import Drop, Finding, Where, error
from packslip.world import World


def why_unreadable(world: World, record: ParcelRecord, drop: DropRecord | None) -> tuple[Finding, ...]:
    """Why an order cannot be read from its drop, under a release; nothing where it can.

    No finding of these can be let pass: there is no order to print.
    """
    where = Where(file=record.drop_name, line=record.line)
    workspace = world.workspace
    copy = Filing(workspace.spool, workspace.done, workspace.held).find(drop) if drop else None
    if drop is None or copy is None:
        return (error("drop.gone", where, "its file is kept no more", "drop it again"),)
    named = Drop(name=drop.name, spool=copy, sha256=drop.sha256, accepted_at=drop.accepted_at, folder=drop.folder)
    mapping = world.mapping(world.settings.folder(drop.folder).mapping)
    reading = read_orders(named, mapping, world.settings, secret=world.workspace.secret)
    for read in reading.orders:
        if read.where.line == record.line:
            return read.findings if read.order is None else ()
    return reading.findings or (error("order.gone", where, "no order begins there any more", "drop the file again"),)
