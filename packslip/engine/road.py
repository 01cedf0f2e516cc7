"""The road of a published release: intake, facts, the line's walk and the press, with the ledger's grants."""

import contextlib
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from packslip.engine.alarms import AlarmDesk
from packslip.engine.decoding import Decoders
from packslip.engine.imposing import Imposer
from packslip.engine.offers import Offers
from packslip.engine.presses import Presses, open_presses
from packslip.engine.recommending import Recommender
from packslip.engine.shadowing import Shadows
from packslip.engine.suppressing import Suppressions
from packslip.history import History
from packslip.intake import Reading, ReadOrder, ending_of, read_orders
from packslip.ledger import Ledger
from packslip.library.mappings import OrderMapping
from packslip.line.pictures import PictureDesk
from packslip.line.pressed import Pressed
from packslip.line.walk import Outcome, Road, walk
from packslip.model import Drop, Ending, Finding, Order, Parcel, Slip, Work
from packslip.settings import Settings
from packslip.world import Workspace, World


class ReleasedRoad:
    """One release, open, its presses warming up."""

    def __init__(self, workspace: Workspace, release: str, ledger: Ledger, workers: int | None) -> None:
        self._world = World.open(workspace.root, release)
        with contextlib.ExitStack() as stack:
            self._presses: Presses = stack.enter_context(open_presses(self._world, workers))
            alarms = AlarmDesk(workspace, ledger, self._world.retired)
            self._shadows = stack.enter_context(Shadows(self._world, alarms.take_up))
            self._suppressions = Suppressions(workspace)
            self._history = stack.enter_context(History.open(workspace.history))
            self._recommender = Recommender(workspace)
            settings = self._world.settings
            self._mappings = {
                name: self._world.mapping(settings.folder(name).mapping) for name in ("", *settings.folders)
            }
            pictures = PictureDesk(self._world, stack.enter_context(Decoders(self._world.settings.pictures)))
            self._imposer = stack.enter_context(Imposer(self._world))
            self._road = Road(
                world=self._world, pictures=pictures, grant=Offers(self._world, ledger).grant, press=self._press
            )
            self._open = stack.pop_all()

    @property
    def release(self) -> str:
        """Id of the release."""
        return self._world.release

    @property
    def settings(self) -> Settings:
        """The settings of the release."""
        return self._world.settings

    def read(self, drop: Drop) -> Reading:
        """The orders of a drop, one after another, as its hot folder says."""
        reading = read_orders(drop, self._mapping(drop), self.settings, secret=self._world.workspace.secret)
        station = self.settings.folder(drop.folder).station
        if station:
            reading.orders = (_at_station(read, station) for read in reading.orders)
        return reading

    def probe(self, drop: Drop) -> Ending:
        """How a file that nobody said is whole ends."""
        return ending_of(drop, self._mapping(drop), self.settings.limits)

    def _mapping(self, drop: Drop) -> OrderMapping:
        """The mapping of a drop's hot folder; of one that is declared no more, that of the first."""
        return self._mappings.get(drop.folder, self._mappings[""])

    def walk(
        self,
        order: Order,
        *,
        shipped_before: Mapping[str, int],
        today: date,
        read: tuple[Finding, ...],
        forgiven: frozenset[str],
    ) -> Outcome:
        """Take an order to its document."""
        facts = replace(
            self._history.facts(order, self._world.catalogue, today, self._recommender),
            shipped_before=shipped_before,
            suppressed=self._suppressions.holds_any(order.key.store, self._world.catalogue.ids_of(order.customer_id)),
            arms=self._world.arms(order.key.store, order.customer_id, today),
        )
        return walk(order, facts, self._road, today=today, read=read, late=self._is_late(order), forgiven=forgiven)

    def _is_late(self, order: Order) -> bool:
        """Whether the carrier's cut-off is near or past."""
        if order.deadline is None:
            return False
        return order.deadline - datetime.now(UTC) < timedelta(minutes=self._world.settings.shop.late_minutes)

    def impose(self, printer: str, works: Sequence[Work]) -> bytes:
        """The sheets of some documents, as a printer takes them."""
        return self._imposer.for_printer(printer, works)

    def remember(self, order: Order, parcel: Parcel) -> None:
        """Add a printed order to the history."""
        self._history.add(order, parcel, self._world.catalogue)

    def close(self) -> None:
        """End the presses and let go of the files."""
        self._open.close()

    def _press(self, slip: Slip) -> Pressed:
        pressed = self._presses(slip)
        self._shadows.look(slip, pressed)
        return pressed


def _at_station(read: ReadOrder, station: str) -> ReadOrder:
    """An order that names no station, at that of its hot folder."""
    if read.order is None or read.order.station:
        return read
    return replace(read, order=replace(read.order, station=station))
