"""Bringing Temporal back from the store: every open petition of the log gets its workflow again."""

import asyncio
from collections.abc import Callable, Collection, Iterator, Mapping

from temporalio.client import Client
from temporalio.common import Priority
from temporalio.service import RPCError

from aggregates.orders.state import Order
from aggregates.orders.state import evolve as evolve_order
from aggregates.record import Recorded
from aggregates.state import Petition, evolve
from aggregates.streams import is_order, is_petition
from eventstore.log import PetitionLog
from workers.reading.relay import AT_ONCE, wake
from workers.urgency import priority_of

PAGE = 2_000
LAST = 5
"""The priority of who is served last."""


def open_petitions(petitions: PetitionLog) -> tuple[dict[str, Priority], int]:
    """The open petitions and orders with their place in the line, and how many there are in all, closed ones too.

    Folded from the log: no read model is asked.

    Raises:
        PersistenceError: the database was lost.
    """
    states = states_of(petitions)
    return {petition: priority_of(state) for petition, state in states.items() if state.open}, len(states)


def states_of(petitions: PetitionLog, *, only: Collection[str] | None = None) -> dict[str, Petition | Order]:
    """Every petition and order as the log has it, or those of these ids.

    Raises:
        PersistenceError: the database was lost.
    """
    states: dict[str, Petition | Order] = {}
    for record in _whole(petitions) if only is None else (each for id_ in only for each in petitions.read(id_)):
        stream, event = record.stream, record.event
        state = states.get(stream)
        if is_petition(stream):
            states[stream] = evolve(state if isinstance(state, Petition) else Petition(id=stream), event)
        elif is_order(stream):
            states[stream] = evolve_order(state if isinstance(state, Order) else Order(id=stream), event)
    return states


def _whole(petitions: PetitionLog) -> Iterator[Recorded]:
    place = 0
    while page := petitions.page(place, PAGE):
        yield from page
        place = page[-1].position


async def wake_each(
    client: Client, petitions: Mapping[str, Priority], task_queue: str, progress: Callable[[int], None]
) -> None:
    """Start or wake the workflow of each, some at a time, urgent ones first; `progress` hears how many are done.

    One that Temporal refuses, or is too busy for, is left out: whoever looks afterwards finds it.

    Raises:
        RPCError: Temporal was lost; those told before have their workflows, and it is safe to repeat.
    """
    line = sorted(petitions.items(), key=lambda each: each[1].priority_key or LAST)
    for first in range(0, len(line), AT_ONCE):
        some = line[first : first + AT_ONCE]
        told = await asyncio.gather(
            *(wake(client, petition, task_queue, priority=priority) for petition, priority in some),
            return_exceptions=True,
        )
        failed = [each for each in told if isinstance(each, BaseException)]
        if failed and (len(failed) == len(some) or not all(isinstance(each, RPCError) for each in failed)):
            raise failed[0]
        progress(first + len(some))
