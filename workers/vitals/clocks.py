"""How far this process's clock is from the database's."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

RawClock = Callable[[], datetime]


def raw_clock() -> datetime:
    """This machine's own time, whatever clock a composition goes by."""
    return datetime.now(UTC)


def ahead_of_database(connection: Connection[Any], raw: RawClock = raw_clock) -> float:
    """Seconds by which a clock is ahead of the database's (negative: behind), exact to half a round trip.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        before = raw()
        row = cursor.execute("SELECT clock_timestamp()").fetchone()
        after = raw()
    assert row is not None
    middle = before + (after - before) / 2
    return float((middle - row[0]).total_seconds())
