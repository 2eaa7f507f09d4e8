"""How far each reader is behind the log: in events, and in the age of the oldest unread one."""

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
"""Readers that act on the log; the others update read models."""


class Lag(NamedTuple):
    """One reader, by the name of its lock. `events` and `seconds` are 0 if it has read everything.

    `position` None: it never began. `seconds`: age of the oldest event it has not read.
    """

    reader: str
    position: int | None
    events: int
    seconds: float


def lags(connection: Connection[Any]) -> list[Lag]:
    """The lag of every reader this program has, running or not. The connection is in autocommit.

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
    # Read after the positions: a head read before them could be smaller.
    head = extent(connection).head or 0
    waits = seconds_since(connection, ((position or 0) + 1 for position in reached.values()))
    return [
        Lag(name, position, max(0, head - (position or 0)), waits.get((position or 0) + 1, 0.0))
        for name, position in reached.items()
    ]
