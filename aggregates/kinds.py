"""The kinds of streams that have commands and an agenda: functions to create, decide, evolve, and find the next step.

One value a kind. Handler, activities, relay, reconciler and retention, which work on any kind, ask `kind_of`.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

import aggregates.orders.agenda as of_orders
import aggregates.orders.decisions as decisions_of_orders
import aggregates.petition.agenda as of_petitions
import aggregates.petition.decisions as decisions_of_petitions
from aggregates.command import Command
from aggregates.event import Event
from aggregates.orders.state import Order
from aggregates.orders.state import evolve as evolve_order
from aggregates.petition.state import Petition
from aggregates.petition.state import evolve as evolve_petition
from aggregates.streams import is_order, is_petition
from rulebook.model import Rulebook


class Owed(Protocol):
    """The next step of an agenda and when it is due; `step` None: nothing is owed any more."""

    @property
    def step(self) -> Any:
        """A `StrEnum`'s member, or None."""

    @property
    def due_at(self) -> datetime | None:
        """When it is due."""


StateT = TypeVar("StateT")


@dataclass(frozen=True)
class Kind(Generic[StateT]):
    """One kind of stream. `workflow`: the name of its workflow type, permanent, as running workflows have it."""

    name: str
    workflow: str
    new: Callable[[str], StateT]
    evolve: Callable[[StateT, Event], StateT]
    decide: Callable[[StateT, Command, Rulebook], tuple[Event, ...]]
    agenda: Callable[[StateT], Owed]
    command_for: Callable[[Any, StateT, datetime], Command]

    def fold(self, stream: str, events: Iterable[Event]) -> StateT:
        """The state of a stream from its events, oldest first."""
        state = self.new(stream)
        for event in events:
            state = self.evolve(state, event)
        return state


PETITIONS: Final = Kind(
    name="petition",
    workflow="petition",
    new=lambda stream: Petition(id=stream),
    evolve=evolve_petition,
    decide=decisions_of_petitions.decide,
    agenda=of_petitions.agenda,
    command_for=decisions_of_petitions.command_for,
)
ORDERS: Final = Kind(
    name="order",
    workflow="order",
    new=lambda stream: Order(id=stream),
    evolve=evolve_order,
    decide=decisions_of_orders.decide,
    agenda=of_orders.agenda,
    command_for=lambda step, _, at: decisions_of_orders.command_for(step, at),
)


def kind_of(stream: str) -> Kind[Any] | None:
    """The kind of a stream by its id; None: it has no commands and no agenda."""
    if is_petition(stream):
        return PETITIONS
    return ORDERS if is_order(stream) else None
