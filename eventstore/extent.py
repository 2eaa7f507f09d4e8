"""How far the log reaches: its position counter, its first and last row, and the age of single rows."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row


class Extent(NamedTuple):
    """The position counter `head`, and the positions of the last and first row; in a whole log `head` is `last`.

    None: there is no counter, or no row. An empty log has `head` 0.
    """

    head: int | None
    last: int | None
    first: int | None


def extent(connection: Connection[Any]) -> Extent:
    """The position counter, and the positions of the last and first row.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Extent)) as cursor:
        row = cursor.execute(
            "SELECT (SELECT position FROM suqiu.head) AS head, "
            "(SELECT position FROM suqiu.events ORDER BY position DESC LIMIT 1) AS last, "
            "(SELECT position FROM suqiu.events ORDER BY position LIMIT 1) AS first"
        ).fetchone()
    assert row is not None
    return row


def log_size(connection: Connection[Any]) -> int:
    """How many events the log has.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT position FROM suqiu.head").fetchone()
    assert row is not None
    return int(row[0])


def is_there(connection: Connection[Any]) -> bool:
    """Whether this database has the tables of a store; False for a new database in the place of one that was lost.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT to_regclass('suqiu.head') IS NOT NULL").fetchone()
    return bool(row and row[0])


def last_recorded_at(connection: Connection[Any]) -> datetime | None:
    """When the newest event was recorded; None while there is none.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute("SELECT recorded_at FROM suqiu.events ORDER BY position DESC LIMIT 1").fetchone()
    return row[0] if row else None


def seconds_since(connection: Connection[Any], positions: Iterable[int]) -> dict[int, float]:
    """Seconds since each position was recorded, by the database's time; positions without a row are left out.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT position, greatest(0, extract(epoch FROM clock_timestamp() - recorded_at))::float8 "
            "FROM suqiu.events WHERE position = ANY(%s)",
            (sorted(set(positions)),),
        )
        return dict(cursor)
