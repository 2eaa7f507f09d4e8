"""Streams that readers of the log set aside (`suqiu.set_aside`): from a row that could not be read or handled.

The place a reader has reached and what it set aside are written together, on the connection that has its lock. Read
models keep their own lists beside their tables (`projections/set_aside.py`).
"""

from collections.abc import Collection, Iterable
from typing import Any

from psycopg import Connection
from psycopg.errors import UndefinedTable
from psycopg.rows import tuple_row

from aggregates.record import Unreadable, Waiting


def waiting(connection: Connection[Any], reader: str) -> list[Waiting]:
    """What a reader set aside, the longest waiting first."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT position, stream, version, topic, reason, since FROM suqiu.set_aside WHERE reader = %s "
            "ORDER BY since, stream",
            (reader,),
        )
        return [Waiting(Unreadable(*row[:5]), row[5]) for row in cursor]


def waiting_among(connection: Connection[Any], reader: str, streams: Collection[str]) -> set[str]:
    """Those of the streams that a reader set aside."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT stream FROM suqiu.set_aside WHERE reader = %s AND stream = ANY(%s)", (reader, list(streams))
        )
        return {stream for (stream,) in cursor}


def set_aside(connection: Connection[Any], reader: str, rows: Iterable[Unreadable]) -> None:
    """Set streams aside from these rows on; one that waits already goes on waiting, from another row."""
    for row in rows:
        connection.execute(
            "INSERT INTO suqiu.set_aside (reader, position, stream, version, topic, reason) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (reader, stream) DO UPDATE SET position = EXCLUDED.position, "
            "version = EXCLUDED.version, topic = EXCLUDED.topic, reason = EXCLUDED.reason",
            (reader, *row),
        )


def take_up(connection: Connection[Any], reader: str, stream: str) -> None:
    """A stream waits no more."""
    connection.execute("DELETE FROM suqiu.set_aside WHERE reader = %s AND stream = %s", (reader, stream))


def readers_with_streams_aside(connection: Connection[Any]) -> list[str]:
    """Readers that set anything aside, by name; none where the store is older than the list. It is in autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        try:
            rows = cursor.execute("SELECT DISTINCT reader FROM suqiu.set_aside ORDER BY reader").fetchall()
        except UndefinedTable:
            return []
    return [reader for (reader,) in rows]
