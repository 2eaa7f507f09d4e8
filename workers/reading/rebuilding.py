"""Restoring Temporal from the store: the open petitions and orders of the log, and starting their workflows."""

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple

import structlog
from temporalio.client import Client
from temporalio.common import Priority
from temporalio.service import RPCError

from aggregates.kinds import Owed, kind_of
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from aggregates.record import Recorded, Unreadable, sift
from eventstore.log import EventLog
from workers.reading.relay import AT_ONCE, wake
from workers.reading.troubles import stopped_at
from workers.urgency import priority_of

log = structlog.get_logger(__name__)

PAGE = 2_000
LAST = 5
"""The priority that is served last."""


class States(NamedTuple):
    """Petitions and orders folded from the log; and those left out, with the row that could not be read or applied."""

    of: dict[str, Petition | Order]
    left_out: tuple[Unreadable, ...] = ()


def open_petitions(event_log: EventLog) -> tuple[dict[str, Priority], int]:
    """Open petitions and orders with their priority, and the number of all, closed ones included.

    Folded from the log: no read model is used.

    Raises:
        PersistenceError: the database was lost.
    """
    states = states_of(event_log).of
    return {petition: priority_of(state) for petition, state in states.items() if state.open}, len(states)


def states_of(
    event_log: EventLog, *, only: Collection[str] | None = None, beat: Callable[[], None] = lambda: None
) -> States:
    """Every petition and order folded from the log, or those of these ids; `beat` is called to report progress.

    One with a row that cannot be read or applied, or whose agenda raises, is left out and the others returned.

    Raises:
        PersistenceError: the database was lost.
    """
    states: dict[str, Petition | Order] = {}
    left_out: dict[str, Unreadable] = {}
    pages = event_log.sifted(PAGE) if only is None else (sift(event_log.entries_of(id_)) for id_ in only)
    last: dict[str, Recorded] = {}
    for page in pages:
        beat()
        for record in page.readable:
            if record.stream not in left_out:
                last[record.stream] = record
                try:
                    _take(states, record)
                except Exception as error:  # noqa: BLE001 - whatever one petition does to its fold, others are folded
                    left_out[record.stream] = stopped_at(record, error)
        for row in page.stops:
            left_out.setdefault(row.stream, row)
    for stream, state in states.items():
        beat()
        try:
            owed_by(state)
        except Exception as error:  # noqa: BLE001 - or to its agenda
            left_out.setdefault(stream, stopped_at(last[stream], error))
    for row in left_out.values():
        log.error("stream.left_out", row=str(row))
    known = {stream: state for stream, state in states.items() if stream not in left_out}
    return States(known, tuple(left_out.values()))


def _take(states: dict[str, Petition | Order], record: Recorded) -> None:
    stream = record.stream
    if kind := kind_of(stream):
        states[stream] = kind.evolve(states[stream] if stream in states else kind.new(stream), record.event)


def owed_by(state: Petition | Order) -> Owed:
    """The next step of a petition or an order, and when it is due."""
    kind = kind_of(state.id)
    assert kind is not None, f"{state.id} is acted on"
    return kind.agenda(state)


async def wake_each(
    client: Client, petitions: Mapping[str, Priority], task_queue: str, progress: Callable[[int], None]
) -> None:
    """Start or wake the workflow of each, some at a time, urgent first; `progress` is called with the number done.

    One that Temporal refuses, or is too busy for, is left out: a later check finds it.

    Raises:
        RPCError: Temporal was lost; those woken before have their workflows, and it is safe to repeat.
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
