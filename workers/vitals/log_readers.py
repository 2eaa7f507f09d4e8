"""How far each reader of the log is behind it: in events, and in how long the oldest of them waits."""

from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row

from projections import read_models
from projections.generation import Generation
from workers.messaging.messenger import Messenger
from workers.messaging.sender import MessageSender
from workers.reading.projection_loop import reader_name
from workers.reading.relay import Relay

ACTING = (Relay.name, Messenger.name, MessageSender.name)
"""Readers that do something with the log; the others keep read models."""


class Lag(NamedTuple):
    """One reader: its name is its lock's. `events` and `seconds` are 0 where it has read all there is.

    `position` is None where it never began. `seconds`: since the oldest event it has not read was recorded.
    """

    reader: str
    position: int | None
    events: int
    seconds: float


def lags(connection: Connection[Any]) -> list[Lag]:
    """Every reader this program has, whether it runs or not. The connection is in autocommit.

    Raises:
        psycopg.Error: the database was lost.
    """
    reached: dict[str, int | None] = dict.fromkeys(ACTING)
    with connection.cursor(row_factory=tuple_row) as cursor:
        for name, position in cursor.execute("SELECT name, position FROM suqiu.readers").fetchall():
            if name in reached:
                reached[name] = position
        for model in read_models():
            place = Generation(model, connection).reached()
            reached[reader_name(model)] = place.position if place else None
        # Read after the positions: a head read before them could stand behind.
        row = cursor.execute("SELECT position FROM suqiu.head").fetchone()
        head = int(row[0]) if row else 0
        places = sorted({(position or 0) + 1 for position in reached.values()})
        cursor.execute(
            "SELECT position, greatest(0, extract(epoch FROM clock_timestamp() - recorded_at))::float8 "
            "FROM suqiu.events WHERE position = ANY(%s)",
            (places,),
        )
        waits: dict[int, float] = dict(cursor)
    return [
        Lag(name, position, max(0, head - (position or 0)), waits.get((position or 0) + 1, 0.0))
        for name, position in reached.items()
    ]
