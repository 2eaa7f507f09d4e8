"""Petitions and orders of the log, folded as it grows: the state of each, and what happened since the last read."""

from collections.abc import Callable
from datetime import datetime
from typing import NamedTuple

from aggregates.orders.agenda import agenda as agenda_of_order
from aggregates.orders.state import Order
from aggregates.orders.state import evolve as evolve_order
from aggregates.petition.agenda import agenda
from aggregates.petition.state import Petition, evolve
from aggregates.record import Recorded
from aggregates.streams import is_order, is_petition
from eventstore.log import EventLog

PAGE = 500


class Happening(NamedTuple):
    """One event of the log, with the petition before and after it."""

    record: Recorded
    before: Petition
    after: Petition


class OrderHappening(NamedTuple):
    """One event of a service order, with the order after it."""

    record: Recorded
    after: Order


def due_at(state: Petition | Order) -> datetime | None:
    """When the next step of the agenda is due; None: nothing is owed."""
    return agenda_of_order(state).due_at if isinstance(state, Order) else agenda(state).due_at


class Chronicle:
    """Follows one log and reports each event once, in the order of the log."""

    def __init__(
        self,
        log: EventLog,
        tell: Callable[[Happening], None],
        tell_order: Callable[[OrderHappening], None] = lambda _: None,
    ) -> None:
        """Follow a log from its beginning."""
        self._log = log
        self._tell = tell
        self._tell_order = tell_order
        self._position = 0
        self.petitions: dict[str, Petition] = {}
        self.orders: dict[str, Order] = {}
        self.happenings: list[Happening] = []

    def read_on(self) -> None:
        """Read new events, and report them."""
        while page := self._log.page(self._position, PAGE):
            self._position = page[-1].position
            for record in page:
                if is_order(record.stream):
                    order = evolve_order(self.orders.get(record.stream) or Order(id=record.stream), record.event)
                    self.orders[record.stream] = order
                    self._tell_order(OrderHappening(record, order))
                if not is_petition(record.stream):
                    continue
                before = self.petitions.get(record.stream) or Petition(id=record.stream)
                after = evolve(before, record.event)
                self.petitions[record.stream] = after
                self.happenings.append(Happening(record, before, after))
                self._tell(self.happenings[-1])

    def next_due(self) -> datetime | None:
        """The earliest due time of any petition's or order's next step; None: nothing is owed."""
        return min((due for each in self._all() if (due := due_at(each))), default=None)

    def due(self, at: datetime) -> list[Petition | Order]:
        """Petitions and orders whose next step is due at an instant."""
        return [each for each in self._all() if (due := due_at(each)) and due <= at]

    def _all(self) -> list[Petition | Order]:
        return [*self.petitions.values(), *self.orders.values()]
