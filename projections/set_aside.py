"""Streams that a read model set aside, from a row on that it cannot decode or apply; other streams go on.

The list is in the model's schema and written in the same transaction: the tables have nothing of the rows left out, and
get each of them once when it can be applied.
"""

from collections.abc import Iterable
from typing import LiteralString

from psycopg import Cursor
from psycopg.rows import TupleRow

from aggregates.record import Unreadable, Waiting

TABLE: LiteralString = """
CREATE TABLE IF NOT EXISTS set_aside (
    stream   text        PRIMARY KEY,
    position bigint      NOT NULL,
    version  bigint      NOT NULL,
    topic    text        NOT NULL,
    reason   text        NOT NULL,
    since    timestamptz NOT NULL DEFAULT now()
)
"""


def waiting(cursor: Cursor[TupleRow]) -> list[Waiting]:
    """Streams set aside, the longest waiting first."""
    rows = cursor.execute(
        "SELECT position, stream, version, topic, reason, since FROM set_aside ORDER BY since, stream"
    )
    return [Waiting(Unreadable(*row[:5]), row[5]) for row in rows]


def waiting_of(cursor: Cursor[TupleRow], stream: str) -> Unreadable | None:
    """The row from which on a stream is set aside; None: the stream is not set aside."""
    query = "SELECT position, stream, version, topic, reason FROM set_aside WHERE stream = %s"
    row = cursor.execute(query, (stream,)).fetchone()
    return Unreadable(*row) if row else None


def waiting_among(cursor: Cursor[TupleRow], streams: Iterable[str]) -> set[str]:
    """Which of the streams are set aside."""
    rows = cursor.execute("SELECT stream FROM set_aside WHERE stream = ANY(%s)", (list(streams),))
    return {stream for (stream,) in rows}


def set_aside(cursor: Cursor[TupleRow], rows: Iterable[Unreadable]) -> None:
    """Set streams aside from these rows on; a stream set aside already keeps its `since` and gets the new row."""
    for row in rows:
        cursor.execute(
            "INSERT INTO set_aside (position, stream, version, topic, reason) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (stream) DO UPDATE SET position = EXCLUDED.position, version = EXCLUDED.version, "
            "topic = EXCLUDED.topic, reason = EXCLUDED.reason",
            row,
        )


def take_up(cursor: Cursor[TupleRow], stream: str) -> None:
    """Remove a stream from the list."""
    cursor.execute("DELETE FROM set_aside WHERE stream = %s", (stream,))
