"""Rows of the log that this program cannot decode, after each reader's position and at the log's end."""

from collections.abc import Iterable
from typing import Any

from psycopg import Connection

from aggregates.record import Unreadable
from eventstore.codec import UnreadableEvent, decode
from eventstore.extent import extent
from eventstore.positions import rows_between

LOOKED_AT = 500
"""Rows checked after each position."""


def unreadable_rows(connection: Connection[Any], places: Iterable[int]) -> list[Unreadable]:
    """Rows that cannot be decoded, of those after each position and of the last ones; each once, in order.

    Raises:
        psycopg.Error: the database was lost.
    """
    found: dict[int, Unreadable] = {}
    ends = extent(connection).head or 0
    seen = -1
    for place in sorted({max(0, ends - LOOKED_AT), *places}):
        for row in rows_between(connection, max(place, seen), place + LOOKED_AT):
            try:
                decode(row.topic, row.state)
            except UnreadableEvent as error:
                # First line only: the lines after it may quote the body.
                reason = str(error).splitlines()[0][:200]
                found[row.position] = Unreadable(row.position, row.stream, row.version, row.topic, reason)
        seen = max(seen, place + LOOKED_AT)
    return [found[position] for position in sorted(found)]
