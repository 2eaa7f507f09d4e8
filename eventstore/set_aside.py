"""Streams that readers of the log set aside (`suqiu.set_aside`), from a row on that could not be read or handled.

A reader's position and what it set aside are written together, on the connection that holds its lock. Read models keep
their own lists beside their tables (`projections/set_aside.py`).
"""

from collections.abc import Collection, Iterable
from typing import Any

from psycopg import Connection
from psycopg.errors import UndefinedTable
from psycopg.rows import tuple_row

from aggregates.record import Unreadable, Waiting


def waiting(connection: Connection[Any], reader: str) -> list[Waiting]:
    """Streams a reader has set aside, the longest waiting first."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT position, stream, version, topic, reason, since FROM suqiu.set_aside WHERE reader = %s "
            "ORDER BY since, stream",
            (reader,),
        )
        return [Waiting(Unreadable(*row[:5]), row[5]) for row in cursor]


def waiting_among(connection: Connection[Any], reader: str, streams: Collection[str]) -> set[str]:
    """Which of the streams a reader has set aside."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT stream FROM suqiu.set_aside WHERE reader = %s AND stream = ANY(%s)", (reader, list(streams))
        )
        return {stream for (stream,) in cursor}


def set_aside(connection: Connection[Any], reader: str, rows: Iterable[Unreadable]) -> None:
    """Set streams aside from these rows on; a stream set aside already keeps its `since` and gets the new row."""
    for row in rows:
        connection.execute(
            "INSERT INTO suqiu.set_aside (reader, position, stream, version, topic, reason) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (reader, stream) DO UPDATE SET position = EXCLUDED.position, "
            "version = EXCLUDED.version, topic = EXCLUDED.topic, reason = EXCLUDED.reason",
            (reader, *row),
        )


def take_up(connection: Connection[Any], reader: str, stream: str) -> None:
    """Remove a stream from those a reader has set aside."""
    connection.execute("DELETE FROM suqiu.set_aside WHERE reader = %s AND stream = %s", (reader, stream))


def readers_with_streams_aside(connection: Connection[Any]) -> list[str]:
    """Names of readers with streams set aside; empty where the store has no such table yet. Needs autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        try:
            rows = cursor.execute("SELECT DISTINCT reader FROM suqiu.set_aside ORDER BY reader").fetchall()
        except UndefinedTable:
            return []
    return [reader for (reader,) in rows]
