"""Rebuilds a read model from the log while the old tables serve, then swaps the two in one transaction."""

from collections.abc import Callable, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from aggregates.record import Entry
from projections.generation import Generation
from projections.read_model import ReadModel
from rulebook.problems import Expected

ReadPage = Callable[[int, int], Sequence[Entry]]
"""(after, limit) → the next rows of the log, as `EventLog.entries`."""

Progress = Callable[[int, int], None]
"""(position reached, head of the log); called after each page."""

PAGE = 5_000


class AlreadyRebuilding(Expected):
    """Another process rebuilds this read model."""


def rebuild(
    model: ReadModel,
    connection: Connection[Any],
    read_page: ReadPage,
    head: Callable[[], int],
    progress: Progress,
) -> int:
    """Build the model from position 0 in a second schema, swap it in, drop the old one; returns the position reached.

    The new tables are never behind those they replace. An exception from `progress` ends the rebuild, and the old
    tables stay. The connection is in autocommit.

    Raises:
        AlreadyRebuilding: another process rebuilds it.
    """
    serving = Generation(model, connection)
    fresh = Generation(model, connection, f"{model.schema}_rebuilt")
    aside = Generation(model, connection, f"{model.schema}_replaced")
    key = f"rebuild {model.name}"
    with connection.cursor(row_factory=tuple_row) as cursor:
        taken = cursor.execute("SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", (key,))
        if taken.fetchone() != (True,):
            raise AlreadyRebuilding(f"{model.name} is being rebuilt already")
        try:
            serving.create()
            for left_behind in (fresh, aside):
                left_behind.drop()
            fresh.create()
            position = 0
            more = True
            while more:
                page = read_page(position, PAGE)
                more = len(page) == PAGE
                if page:
                    position = fresh.apply(position, page)
                progress(position, max(position, head()))
            with connection.transaction():
                served = serving.lock(cursor).position
                while position < served:
                    position = fresh.apply(position, read_page(position, PAGE))
                serving.replace_with(fresh, cursor, aside.schema)
            aside.drop()
        finally:
            if not connection.closed:
                cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 0))", (key,))
    return position
