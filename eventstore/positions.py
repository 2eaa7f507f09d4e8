"""The log's position at a time, and the log up to a position: what reports are counted from."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from aggregates.record import Recorded
from eventstore.log import EventLog
from eventstore.recorder import StoredRow

PAGE = 2_000


def position_at(event_log: EventLog, moment: datetime) -> int:
    """The last position recorded at or before a moment; 0 before the first event. Scans every row: takes seconds."""
    with event_log.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT COALESCE(max(position), 0) AS place FROM suqiu.events WHERE recorded_at <= %s", (moment,)
        ).fetchone()
    assert row is not None
    return int(row["place"])


def prefix(event_log: EventLog, last: int) -> Iterator[Recorded]:
    """The log from its first event up to and with a position, page by page.

    Raises:
        UnreadableEvent: a row is no event this program knows.
    """
    place = 0
    while place < last and (page := event_log.page(place, min(PAGE, last - place))):
        yield from page
        place = page[-1].position


def rows_between(connection: Connection[Any], after: int, last: int) -> list[StoredRow]:
    """The rows at positions above `after` up to and with `last`, in order, undecoded.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(StoredRow)) as cursor:
        return cursor.execute(
            "SELECT position, originator_id AS stream, originator_version AS version, topic, state, recorded_at, "
            "command_id FROM suqiu.events WHERE position > %s AND position <= %s ORDER BY position",
            (after, last),
        ).fetchall()
