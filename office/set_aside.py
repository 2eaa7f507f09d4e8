"""Streams that readers of the log set aside: from a row that could not be read or handled. Others go on.

The place a reader has reached and what it set aside are written together, on the connection that has its lock.
"""

from collections.abc import Collection, Iterable
from typing import Any, NamedTuple

import psycopg
from psycopg.errors import UndefinedTable

from aggregates.record import Unreadable
from projections import read_models
from projections.generation import Generation
from projections.set_aside import Waiting


def waiting(connection: psycopg.Connection[Any], reader: str) -> list[Waiting]:
    """What a reader set aside, the longest waiting first."""
    rows = connection.execute(
        "SELECT position, stream, version, topic, reason, since FROM suqiu.set_aside WHERE reader = %s "
        "ORDER BY since, stream",
        (reader,),
    )
    return [Waiting(Unreadable(*row[:5]), row[5]) for row in rows]


def waiting_among(connection: psycopg.Connection[Any], reader: str, streams: Collection[str]) -> set[str]:
    """Those of the streams that a reader set aside."""
    rows = connection.execute(
        "SELECT stream FROM suqiu.set_aside WHERE reader = %s AND stream = ANY(%s)", (reader, list(streams))
    )
    return {stream for (stream,) in rows}


def set_aside(connection: psycopg.Connection[Any], reader: str, rows: Iterable[Unreadable]) -> None:
    """Set streams aside from these rows on; one that waits already goes on waiting, from another row."""
    for row in rows:
        connection.execute(
            "INSERT INTO suqiu.set_aside (reader, position, stream, version, topic, reason) "
            "VALUES (%s, %s, %s, %s, %s, %s) ON CONFLICT (reader, stream) DO UPDATE SET position = EXCLUDED.position, "
            "version = EXCLUDED.version, topic = EXCLUDED.topic, reason = EXCLUDED.reason",
            (reader, *row),
        )


def take_up(connection: psycopg.Connection[Any], reader: str, stream: str) -> None:
    """A stream waits no more."""
    connection.execute("DELETE FROM suqiu.set_aside WHERE reader = %s AND stream = %s", (reader, stream))


class SetAside(NamedTuple):
    """A reader or read model (`projection ledger`), and a stream that waits in it."""

    reader: str
    waiting: Waiting


def everything_set_aside(connection: psycopg.Connection[Any]) -> list[SetAside]:
    """What every reader of the log and every read model set aside. The connection is in autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    found = [
        SetAside(f"projection {model.name}", each)
        for model in read_models()
        for each in Generation(model, connection).waiting()
    ]
    try:
        names = connection.execute("SELECT DISTINCT reader FROM suqiu.set_aside ORDER BY reader").fetchall()
    except UndefinedTable:
        return found
    return [*(SetAside(name, each) for (name,) in names for each in waiting(connection, name)), *found]
