"""How far the signatures are behind the log."""

from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row


class Signed(NamedTuple):
    """`size`: events under the last checkpoint, None before the first; `seconds`: since when the next one waits."""

    size: int | None
    head: int
    seconds: float


def signed(connection: Connection[Any]) -> Signed:
    """The log's head against its last checkpoint.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Signed)) as cursor:
        row = cursor.execute(
            "WITH last AS (SELECT max(size) AS size FROM suqiu.checkpoints) "
            "SELECT last.size, head.position AS head, COALESCE((SELECT greatest(0, extract(epoch FROM "
            "clock_timestamp() - e.recorded_at)) FROM suqiu.events e WHERE e.position = COALESCE(last.size, 0) + 1), 0)"
            "::float8 AS seconds FROM suqiu.head, last"
        ).fetchone()
    assert row is not None
    return row
