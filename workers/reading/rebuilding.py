"""Bringing Temporal back from the store: every open petition of the log gets its workflow again."""

import asyncio
from collections.abc import Callable, Collection, Mapping

import structlog
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.service import RPCError

from aggregates.agenda import agenda
from aggregates.orders.agenda import agenda as agenda_of_order
from aggregates.orders.state import Order
from aggregates.orders.state import evolve as evolve_order
from aggregates.record import Recorded, sift
from aggregates.state import Petition, evolve
from aggregates.streams import is_order, is_petition
from eventstore.log import PetitionLog
from workers.reading.relay import AT_ONCE, wake
from workers.urgency import priority_of

log = structlog.get_logger(__name__)

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

    One with a row that cannot be read, or whose record cannot be, is left out and said: the others have theirs.

    Raises:
        PersistenceError: the database was lost.
    """
    states: dict[str, Petition | Order] = {}
    left_out: dict[str, str] = {}
    pages = petitions.sifted(PAGE) if only is None else (sift(petitions.entries_of(id_)) for id_ in only)
    for page in pages:
        left_out |= {stop.stream: str(stop) for stop in page.stops}
        for record in page.readable:
            if record.stream not in left_out:
                try:
                    _take(states, record)
                except (AssertionError, LookupError, ValueError) as error:
                    left_out[record.stream] = f"version {record.version}: {error}"
    for stream, state in states.items():
        try:
            agenda_of_order(state) if isinstance(state, Order) else agenda(state)
        except (AssertionError, LookupError, ValueError) as error:
            left_out[stream] = f"what is owed cannot be told: {error}"
    for stream, reason in left_out.items():
        log.warning("stream.left_out", petition=stream, reason=reason)
    return {stream: state for stream, state in states.items() if stream not in left_out}


def _take(states: dict[str, Petition | Order], record: Recorded) -> None:
    stream, state = record.stream, states.get(record.stream)
    if is_petition(stream):
        states[stream] = evolve(state if isinstance(state, Petition) else Petition(id=stream), record.event)
    elif is_order(stream):
        states[stream] = evolve_order(state if isinstance(state, Order) else Order(id=stream), record.event)


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
