"""The values of the gauges, subject by subject, from the same queries as `suqiu doctor`."""

from collections.abc import Awaitable, Callable, Iterator
from datetime import timedelta
from math import inf
from pathlib import Path
from typing import Any, NamedTuple

from psycopg import Connection
from temporalio.client import Client

from eventstore.adoptions import adopted, unfinished
from eventstore.clock_guard import ClockGuard, RawClock, time_of
from eventstore.proofs.archive import signed_so_far
from office.set_aside import everything_set_aside
from projections.outbox import undelivered
from projections.steps import overdue_steps
from rulebook.model import Rulebook
from workers.engine.clock import engine_ahead
from workers.engine.temporal_profile import WorkerSettings
from workers.metrics.gauges import Sample, sample
from workers.vitals.deployment import deployed
from workers.vitals.disk import rooms
from workers.vitals.log_readers import lags
from workers.vitals.parts import running
from workers.vitals.rhythm import schedules
from workers.vitals.unreadable import unreadable_rows

GRACE = timedelta(minutes=1)


class OfTheStore(NamedTuple):
    """What queries to the store need."""

    connection: Connection[Any]
    book: Rulebook
    data: Path
    raw: RawClock


def clock(asked: OfTheStore) -> Iterator[Sample]:
    """This process's clock against the database's."""
    yield sample("clock_ahead_seconds", ClockGuard(asked.raw).ask(asked.connection).total_seconds(), of="database")


def parts(asked: OfTheStore) -> Iterator[Sample]:
    """Which parts run. One that never wrote a heartbeat is silent for ever (`inf`)."""
    for part in running(asked.connection)[0]:
        yield sample("part_working", part.working, name=part.name)
        silent = inf if part.silent_seconds is None else part.silent_seconds
        yield sample("part_silent_seconds", silent, name=part.name)


def readers(asked: OfTheStore) -> Iterator[Sample]:
    """The lag of each reader, streams set aside, and rows ahead that cannot be decoded."""
    found = lags(asked.connection)
    for lag in found:
        yield sample("reader_lag_events", lag.events, reader=lag.reader)
        yield sample("reader_lag_seconds", lag.seconds, reader=lag.reader)
    yield sample("streams_set_aside", len({each.waiting.row.stream for each in everything_set_aside(asked.connection)}))
    yield sample("unreadable_rows", len(unreadable_rows(asked.connection, {lag.position or 0 for lag in found})))


def steps(asked: OfTheStore) -> Iterator[Sample]:
    """Overdue steps, by the database's time."""
    now = time_of(asked.connection)
    late = overdue_steps(asked.connection, now - GRACE, limit=1)
    yield sample("steps_overdue", late.petitions, kind="petition")
    yield sample("steps_overdue", late.orders, kind="order")
    oldest = (now - late.oldest[0].due_at).total_seconds() if late.oldest else 0.0
    yield sample("steps_overdue_seconds", oldest)


def checkpoints(asked: OfTheStore) -> Iterator[Sample]:
    """How far the log is signed."""
    found = signed_so_far(asked.connection)
    yield sample("log_events", found.head)
    yield sample("checkpoint_behind_seconds", found.seconds)


def rules(asked: OfTheStore) -> Iterator[Sample]:
    """Adoptions of the office's rulebook."""
    known = adopted(asked.connection, asked.book.id, asked.book.time_zone)
    yield sample("rules_adopted", len(known))
    yield sample("adoptions_unfinished", len(unfinished(asked.connection, asked.book.id, known)))


def messages(asked: OfTheStore) -> Iterator[Sample]:
    """Messages the gateway has not taken."""
    found = undelivered(asked.connection)
    yield sample("messages_failed", found.failed)
    yield sample("messages_waiting", found.waiting)
    yield sample("messages_waiting_seconds", found.seconds)


def disks(asked: OfTheStore) -> Iterator[Sample]:
    """Free space."""
    for of, free in rooms(asked.data, asked.connection).items():
        yield sample("disk_free_bytes", free, of=of)


OF_THE_STORE: dict[str, Callable[[OfTheStore], Iterator[Sample]]] = {
    each.__name__: each for each in (clock, parts, readers, steps, checkpoints, rules, messages, disks)
}


class OfTheEngine(NamedTuple):
    """What queries to the engine need."""

    client: Client
    settings: WorkerSettings
    book: Rulebook
    raw: RawClock


async def workers(asked: OfTheEngine) -> list[Sample]:
    """The current build, and whether its workers poll."""
    ours, current, polling = await deployed(asked.client, asked.settings.deployment_name, asked.settings.task_queue)
    return [
        sample("current_build_set", current is not None),
        sample("current_build_polled", current in polling),
        sample("current_build_ours", current == ours),
    ]


async def rhythm(asked: OfTheEngine) -> list[Sample]:
    """The rulebook's schedules, missing or paused."""
    found = await schedules(asked.client, asked.book, asked.settings.task_queue)
    return [sample("schedules_missing", len(found.missing)), sample("schedules_paused", len(found.paused))]


async def engine_clock(asked: OfTheEngine) -> list[Sample]:
    """This process's clock against the engine's.

    Raises:
        TimeoutError: the engine did not answer.
    """
    answer = await engine_ahead(asked.client, asked.raw)
    if answer is None:
        raise TimeoutError
    return [sample("clock_ahead_seconds", answer[0].total_seconds(), of="engine")]


OF_THE_ENGINE: dict[str, Callable[[OfTheEngine], Awaitable[list[Sample]]]] = {
    each.__name__: each for each in (workers, rhythm, engine_clock)
}
