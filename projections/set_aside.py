"""Streams a read model set aside: from a row that it cannot read or apply. They wait, in order, and others go on.

The list stands beside the model's tables and is written in the same transaction: what a row of it leaves out is nowhere
in the tables, and comes into them, once, when it can be read.
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
    """Every stream that is set aside, the longest waiting first."""
    rows = cursor.execute(
        "SELECT position, stream, version, topic, reason, since FROM set_aside ORDER BY since, stream"
    )
    return [Waiting(Unreadable(*row[:5]), row[5]) for row in rows]


def waiting_of(cursor: Cursor[TupleRow], stream: str) -> Unreadable | None:
    """The row from which on a stream is set aside; None: it is not."""
    query = "SELECT position, stream, version, topic, reason FROM set_aside WHERE stream = %s"
    row = cursor.execute(query, (stream,)).fetchone()
    return Unreadable(*row) if row else None


def waiting_among(cursor: Cursor[TupleRow], streams: Iterable[str]) -> set[str]:
    """Those of the streams that are set aside."""
    rows = cursor.execute("SELECT stream FROM set_aside WHERE stream = ANY(%s)", (list(streams),))
    return {stream for (stream,) in rows}


def set_aside(cursor: Cursor[TupleRow], rows: Iterable[Unreadable]) -> None:
    """Set streams aside from these rows on; one that waits already goes on waiting, from another row."""
    for row in rows:
        cursor.execute(
            "INSERT INTO set_aside (position, stream, version, topic, reason) VALUES (%s, %s, %s, %s, %s) "
            "ON CONFLICT (stream) DO UPDATE SET position = EXCLUDED.position, version = EXCLUDED.version, "
            "topic = EXCLUDED.topic, reason = EXCLUDED.reason",
            row,
        )


def take_up(cursor: Cursor[TupleRow], stream: str) -> None:
    """A stream waits no more."""
    cursor.execute("DELETE FROM set_aside WHERE stream = %s", (stream,))
