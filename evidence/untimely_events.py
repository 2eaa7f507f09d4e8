"""Events of a log whose times cannot be true, with what was done about them: for `suqiu audit verify`."""

import json
from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import tuple_row

from aggregates.office.events import TIMES, TimesNoted
from aggregates.streams import is_petition
from eventstore.clock_guard import TOLERANCE
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.untimely import untimely

PAGE = 10_000


SET_ASIDE = "petition.steps_set_aside"


class Untimely(NamedTuple):
    """One event. `seconds` it was recorded ahead (below zero: behind) of what the log says.

    `put_right`: an act on record names it: one in its stream, or, outside of petitions, one of the office's.
    """

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: datetime
    seconds: float
    put_right: bool

    @property
    def ahead(self) -> bool:
        """Whether it was recorded ahead, for which there is no honest reason; what is behind may have waited."""
        return self.seconds > 0


class Judged(NamedTuple):
    """`events`: every one whose time cannot be true, in the log's order. `told`: how many were not judged.

    Those tell a story with a clock of its own: the demo's.
    """

    events: list[Untimely]
    told: int


def untimely_events(connection: Connection[Any]) -> Judged:
    """Which events have times that cannot be true by more than the tolerance. The log is whole.

    Raises:
        psycopg.Error: the database was lost.
    """
    times, positions = array("d"), array("q")
    with connection.transaction(), connection.cursor("times", row_factory=tuple_row, binary=True) as rows:
        rows.itersize = PAGE
        rows.execute(
            "SELECT position, extract(epoch FROM recorded_at)::float8 FROM suqiu.events "
            "WHERE NOT EXISTS (SELECT FROM suqiu.stories WHERE position BETWEEN first AND until) ORDER BY position"
        )
        for position, at in rows:
            positions.append(position)
            times.append(at)
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(
            "SELECT extract(epoch FROM clock_timestamp())::float8, "
            "(SELECT coalesce(sum(until - first + 1), 0)::bigint FROM suqiu.stories)"
        ).fetchone()
    assert row is not None
    now, told = row
    signed = archive.times(connection)
    covered = {size: bisect_right(positions, size) for size in signed}
    known = {
        covered[size]: made.timestamp()
        for size, made in sorted(signed.items())
        if not covered[size] or positions[covered[size] - 1] == size  # else it was signed while a story was told
    }
    found = untimely(times, now, known, TOLERANCE.total_seconds())
    return Judged(_described(connection, {positions[index]: seconds for index, seconds in found.items()}), told)


CONTRADICTED = """
SELECT EXISTS (
    SELECT FROM suqiu.events own
    WHERE own.originator_id = %(stream)s AND (
        own.recorded_at > clock_timestamp() + %(tolerance)s
        OR EXISTS (SELECT FROM suqiu.events later
                   WHERE later.position > own.position AND later.recorded_at < own.recorded_at - %(tolerance)s)
        OR EXISTS (SELECT FROM suqiu.checkpoints
                   WHERE size >= own.position AND made_at < own.recorded_at - %(tolerance)s)))
"""
"""Whether anything at all says that an event of a stream was recorded ahead; by indices, whatever the log's length."""

OTHER_WAYS = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")
"""Ways to read a table that the planner takes where it expects to find something soon: it would read half the log."""


@contextmanager
def _in_ranges(connection: Connection[Any]) -> Iterator[Cursor[tuple[Any, ...]]]:
    """A cursor whose statements go by `events_in_time`: honest times leave nothing to find, which no statistics say."""
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        for way in OTHER_WAYS:
            cursor.execute(f"SET LOCAL {way} = off")
        yield cursor
        for way in OTHER_WAYS:  # the caller's transaction may go on
            cursor.execute(f"SET LOCAL {way} TO DEFAULT")


def ahead_now(connection: Connection[Any]) -> list[Untimely]:
    """Every event recorded ahead of the present by more than the tolerance. By an index, whatever the log's length.

    Raises:
        psycopg.Error: the database was lost.
    """
    with _in_ranges(connection) as cursor:
        cursor.execute(
            "SELECT position, extract(epoch FROM recorded_at - clock_timestamp())::float8 FROM suqiu.events "
            "WHERE recorded_at > statement_timestamp() + %s "
            "AND NOT EXISTS (SELECT FROM suqiu.stories WHERE position BETWEEN first AND until)",
            (TOLERANCE,),
        )
        found: dict[int, float] = dict(cursor.fetchall())
    return _described(connection, found)


def contradicted(connection: Connection[Any], stream: str) -> bool:
    """Whether anything says that an event of a stream was recorded ahead. By indices, whatever the log's length.

    Raises:
        psycopg.Error: the database was lost.
    """
    with _in_ranges(connection) as cursor:
        row = cursor.execute(CONTRADICTED, {"stream": stream, "tolerance": TOLERANCE}).fetchone()
    return row != (False,)


def ahead_in(petitions: EventLog, stream: str) -> set[int]:
    """Versions of a stream that were recorded ahead of their time.

    Reads the times of the whole log where anything contradicts one of the stream's, and else those of a few pages.

    Raises:
        PersistenceError: the database was lost.
    """
    with petitions.datastore.get_connection() as connection:
        if not contradicted(connection, stream):
            return set()
        found = untimely_events(connection).events
        return {each.version for each in found if each.stream == stream and each.ahead}


def _described(connection: Connection[Any], seconds: dict[int, float]) -> list[Untimely]:
    if not seconds:
        return []
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT position, originator_id, originator_version, topic, recorded_at FROM suqiu.events "
            "WHERE position = ANY(%s) ORDER BY position",
            (list(seconds),),
        )
        found = cursor.fetchall()
        cursor.execute(
            "SELECT originator_id, state FROM suqiu.events WHERE originator_id = ANY(%s) AND topic = %s",
            (list({row[1] for row in found}), SET_ASIDE),
        )
        known = {(stream, version) for stream, state in cursor for version in _named(state)}
        cursor.execute(
            "SELECT state FROM suqiu.events WHERE originator_id = %s AND topic = %s", (TIMES, TimesNoted.TOPIC)
        )
        known |= {noted for (state,) in cursor for noted in _noted(state)}
    return [
        Untimely(position, stream, version, topic, at.astimezone(UTC), seconds[position], (stream, version) in known)
        for position, stream, version, topic, at in found
    ]


def _named(state: bytes) -> list[int]:
    body = json.loads(state)
    return [*body["versions"], *body["noted"]]


def _noted(state: bytes) -> Iterator[tuple[str, int]]:
    """What an act names outside of petitions; a petition is put right by an act of its own."""
    for each in json.loads(state)["streams"]:
        if not is_petition(each["stream"]):
            yield from ((each["stream"], version) for version in each["versions"])


class ByStream(NamedTuple):
    """What is untimely in one stream, for a list: the topics in order, and the largest difference."""

    stream: str
    events: list[Untimely]

    @property
    def seconds(self) -> float:
        """The difference furthest from zero."""
        return max((event.seconds for event in self.events), key=abs)


def by_stream(events: Sequence[Untimely]) -> list[ByStream]:
    """The events of each stream together, the first stream first."""
    first = {event.stream: event.position for event in reversed(events)}
    in_order = sorted(events, key=lambda event: (first[event.stream], event.position))
    return [ByStream(stream, list(each)) for stream, each in groupby(in_order, key=lambda event: event.stream)]
