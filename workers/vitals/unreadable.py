"""Rows of the log that this program cannot read, where a reader would meet them next, and at the log's end."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from aggregates.record import Unreadable
from eventstore.codec import UnreadableEvent, decode

LOOKED_AT = 500
"""Rows after each place."""


def unreadable_rows(connection: Connection[Any], places: Iterable[int]) -> list[Unreadable]:
    """Of the rows after each position, and of the last ones, those that cannot be read; each once, in order.

    Raises:
        psycopg.Error: the database was lost.
    """
    found: dict[int, Unreadable] = {}
    with connection.cursor(row_factory=tuple_row) as cursor:
        head = cursor.execute("SELECT position FROM suqiu.head").fetchone()
        ends = int(head[0]) if head else 0
        seen = -1
        for place in sorted({max(0, ends - LOOKED_AT), *places}):
            first = max(place, seen)
            rows = cursor.execute(
                "SELECT position, originator_id, originator_version, topic, state FROM suqiu.events "
                "WHERE position > %s AND position <= %s ORDER BY position",
                (first, place + LOOKED_AT),
            )
            for position, stream, version, topic, state in rows:
                try:
                    decode(topic, bytes(state))
                except UnreadableEvent as error:
                    # Of a body that does not fit, the first line: what follows it quotes the body.
                    reason = str(error).splitlines()[0][:200]
                    found[position] = Unreadable(position, stream, version, topic, reason)
            seen = max(seen, place + LOOKED_AT)
    return [found[position] for position in sorted(found)]
