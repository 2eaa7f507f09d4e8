"""What a gateway did not take: given up within a day, or still tried."""

from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

WITHIN = "24 hours"


class Undelivered(NamedTuple):
    """Messages given up within `WITHIN`, and their codes; those that wait, and since when the oldest might leave."""

    failed: int
    codes: list[str]
    waiting: int
    seconds: float


def undelivered(connection: Connection[Any]) -> Undelivered:
    """As far as the outbox has come.

    Raises:
        psycopg.errors.UndefinedTable: it is not made yet.
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Undelivered)) as cursor:
        row = cursor.execute(
            "SELECT count(*) FILTER (WHERE lost) AS failed, "
            "COALESCE(array_agg(DISTINCT code ORDER BY code) FILTER (WHERE lost), '{}') AS codes, "
            "count(*) FILTER (WHERE waits) AS waiting, "
            "COALESCE(extract(epoch FROM clock_timestamp() - min(may_leave) FILTER (WHERE waits)), 0)::float8 "
            "AS seconds "
            "FROM (SELECT code, COALESCE(not_before, written_at) AS may_leave, "
            "status = 'failed' AND ended_at > clock_timestamp() - %s::interval AS lost, "
            "status = 'waiting' AND COALESCE(not_before, written_at) < clock_timestamp() AS waits "
            "FROM view_outbox.messages WHERE status IN ('waiting', 'failed', 'unreachable')) AS them",
            (WITHIN,),
        ).fetchone()
    assert row is not None
    return row
