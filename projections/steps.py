"""Overdue steps of the engine, of petitions and orders, whatever the reason.

The worklist and the list of orders store each agenda's next step under an index, so that the query costs as much as is
overdue, not as there is.
"""

from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row


class OverdueStep(NamedTuple):
    """A step that was due at `due_at` and is not done; `stream`: the petition or order."""

    stream: str
    step: str
    due_at: datetime


class Overdue(NamedTuple):
    """How many streams have an overdue step, and the longest overdue of them, oldest first."""

    petitions: int
    orders: int
    oldest: tuple[OverdueStep, ...]


_OF = """
    SELECT petition AS stream, step, step_at AS due_at FROM view_worklist.petitions WHERE step_at < %(before)s
    UNION ALL SELECT order_id, step, step_at FROM view_orders.orders WHERE step_at < %(before)s
"""


def overdue_steps(connection: Connection[Any], before: datetime, limit: int = 5) -> Overdue:
    """Steps due before an instant and not done, as far as the read models have come.

    Raises:
        psycopg.errors.UndefinedTable, UndefinedColumn: the tables do not exist yet, or are another version's.
    """
    asked = {"before": before, "limit": limit}
    with connection.cursor(row_factory=tuple_row) as cursor:
        counts = cursor.execute(
            "SELECT (SELECT count(*) FROM view_worklist.petitions WHERE step_at < %(before)s), "
            "(SELECT count(*) FROM view_orders.orders WHERE step_at < %(before)s)",
            asked,
        ).fetchone()
    assert counts is not None
    with connection.cursor(row_factory=class_row(OverdueStep)) as cursor:
        oldest = cursor.execute(f"{_OF} ORDER BY due_at, stream LIMIT %(limit)s", asked).fetchall()
    petitions, orders = counts
    return Overdue(petitions, orders, tuple(oldest))
