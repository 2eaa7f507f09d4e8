"""The times at which events were recorded, by queries that need one pass of the log, or an index."""

from array import array
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection, Cursor
from psycopg.rows import class_row, tuple_row

from eventstore.clock_guard import TOLERANCE
from eventstore.stories import NOT_TOLD

PAGE = 10_000

_OTHER_WAYS = ("enable_seqscan", "enable_indexscan", "enable_indexonlyscan")
"""Scans the planner prefers where it expects an early match; here there is mostly none, and it would read half the log.
"""

_CONTRADICTED = """
SELECT EXISTS (
    SELECT FROM suqiu.events own
    WHERE own.originator_id = %(stream)s AND (
        own.recorded_at > clock_timestamp() + %(tolerance)s
        OR EXISTS (SELECT FROM suqiu.events later
                   WHERE later.position > own.position AND later.recorded_at < own.recorded_at - %(tolerance)s)
        OR EXISTS (SELECT FROM suqiu.checkpoints
                   WHERE size >= own.position AND made_at < own.recorded_at - %(tolerance)s)))
"""


class Times(NamedTuple):
    """Positions in order, and for each the time of recording, in seconds since 1970."""

    positions: "array[int]"
    seconds: "array[float]"


class RecordedAt(NamedTuple):
    """An event without its body."""

    position: int
    stream: str
    version: int
    topic: str
    recorded_at: datetime


def times_outside_stories(connection: Connection[Any]) -> Times:
    """Recording times of every event not recorded with a simulated clock; reads the whole log, a page at a time.

    Raises:
        psycopg.Error: the database was lost.
    """
    found = Times(array("q"), array("d"))
    with connection.transaction(), connection.cursor("times", row_factory=tuple_row, binary=True) as rows:
        rows.itersize = PAGE
        rows.execute(
            "SELECT position, extract(epoch FROM recorded_at)::float8 FROM suqiu.events "  # noqa: S608
            f"WHERE {NOT_TOLD} ORDER BY position"
        )
        for position, at in rows:
            found.positions.append(position)
            found.seconds.append(at)
    return found


def seconds_ahead(connection: Connection[Any]) -> dict[int, float]:
    """Positions recorded more than the tolerance after the present → by how many seconds; uses an index.

    Raises:
        psycopg.Error: the database was lost.
    """
    with _in_ranges(connection) as cursor:
        cursor.execute(
            "SELECT position, extract(epoch FROM recorded_at - clock_timestamp())::float8 FROM suqiu.events "  # noqa: S608
            f"WHERE recorded_at > statement_timestamp() + %s AND {NOT_TOLD}",
            (TOLERANCE,),
        )
        return dict(cursor.fetchall())


def contradicted(connection: Connection[Any], stream: str) -> bool:
    """Whether a later event, a checkpoint or the present shows that an event of the stream was recorded ahead.

    Uses indices: the log's length does not matter.

    Raises:
        psycopg.Error: the database was lost.
    """
    with _in_ranges(connection) as cursor:
        row = cursor.execute(_CONTRADICTED, {"stream": stream, "tolerance": TOLERANCE}).fetchone()
    return row != (False,)


def recorded_at(connection: Connection[Any], positions: Collection[int]) -> list[RecordedAt]:
    """The events at these positions, without bodies, in order.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(RecordedAt)) as cursor:
        return cursor.execute(
            "SELECT position, originator_id AS stream, originator_version AS version, topic, recorded_at "
            "FROM suqiu.events WHERE position = ANY(%s) ORDER BY position",
            (list(positions),),
        ).fetchall()


@contextmanager
def _in_ranges(connection: Connection[Any]) -> Iterator[Cursor[tuple[Any, ...]]]:
    """A cursor whose statements use the BRIN index `events_in_time`; by its statistics the planner would not."""
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        for way in _OTHER_WAYS:
            cursor.execute(f"SET LOCAL {way} = off")
        yield cursor
        for way in _OTHER_WAYS:  # the caller's transaction may go on
            cursor.execute(f"SET LOCAL {way} TO DEFAULT")
