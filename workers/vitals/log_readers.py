"""How far each reader of the log is behind it: in events, and in how long the oldest of them waits."""

from typing import Any, NamedTuple

from psycopg import Connection

from eventstore.extent import extent, seconds_since
from eventstore.readers import places
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
    for name, position in places(connection):
        if name in reached:
            reached[name] = position
    for model in read_models():
        place = Generation(model, connection).reached()
        reached[reader_name(model)] = place.position if place else None
    # Read after the positions: a head read before them could stand behind.
    head = extent(connection).head or 0
    waits = seconds_since(connection, ((position or 0) + 1 for position in reached.values()))
    return [
        Lag(name, position, max(0, head - (position or 0)), waits.get((position or 0) + 1, 0.0))
        for name, position in reached.items()
    ]
