"""Which petitions complain about a unit: their events that name one, found by an index of their own, not by the log."""

from collections.abc import Iterator
from typing import Any, LiteralString

from psycopg import Connection
from psycopg.rows import tuple_row

from aggregates.event import Event
from eventstore.codec import UnreadableEvent, decode

NAMING: LiteralString = (
    "SELECT originator_id, topic, state FROM suqiu.events "
    "WHERE topic IN ('petition.received', 'petition.reclassified', 'petition.triaged') "
    'AND substring(encode(state, \'escape\') FROM \'"complained_about":"([^"]*)"\') IS NOT NULL '
    "ORDER BY originator_id, originator_version"
)


def naming(connection: Connection[Any]) -> Iterator[tuple[str, Event | None]]:
    """(petition, event) for every event that names a unit complained about, petition by petition, oldest first.

    None: an event that this program cannot decode. It names somebody, and nobody can say whom.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        for petition, topic, state in cursor.execute(NAMING).fetchall():
            try:
                yield str(petition), decode(topic, bytes(state))
            except UnreadableEvent:
                yield str(petition), None
