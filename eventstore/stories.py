"""Ranges of positions recorded with a simulated clock (`suqiu.stories`): the demo's story, and those of tests."""

from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row

NOT_TOLD: LiteralString = "NOT EXISTS (SELECT FROM suqiu.stories WHERE position BETWEEN first AND until)"
"""SQL condition: a row of `suqiu.events` is in no such range."""

_BEFORE_THE_CLUSTER = """
INSERT INTO suqiu.stories (first, until)
SELECT 1, last FROM (
    SELECT max(position) AS last FROM suqiu.events
    WHERE recorded_at < (SELECT to_timestamp(system_identifier >> 32) FROM pg_control_system())
) AS told
WHERE last IS NOT NULL AND NOT EXISTS (SELECT FROM suqiu.stories)
"""
"""The upper half of a cluster's identifier is when `initdb` ran, in seconds since 1970 (PostgreSQL, xlog.c,
BootStrapXLOG)."""


def events_told(connection: Connection[Any]) -> int:
    """How many events of the log were recorded with a simulated clock.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT coalesce(sum(until - first + 1), 0)::bigint FROM suqiu.stories").fetchone()
    assert row is not None
    return int(row[0])


def mark_what_is_older_than_the_server(connection: Connection[Any]) -> bool:
    """Mark what was recorded before the server's `initdb` as one story, unless one is marked; whether there was any.

    Raises:
        psycopg.Error: the database was lost, or its role does not own the store.
    """
    return connection.execute(_BEFORE_THE_CLUSTER).rowcount > 0
