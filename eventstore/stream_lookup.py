"""Streams looked up by what stands in their events: a resident, a petition; and bodies of one kind of event."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row


class Held(NamedTuple):
    """A stream that holds something of a resident."""

    resident: str
    stream: str


class Body(NamedTuple):
    """An event's body as it is stored, and where it stands."""

    position: int
    stream: str
    state: bytes


def streams_of_resident(connection: Connection[Any], resident: str) -> list[str]:
    """Streams that name a resident anywhere, the first to do so first. Reads the whole log."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT originator_id, min(position) FROM suqiu.events WHERE position(%b::bytea in state) > 0 "
            "GROUP BY 1 ORDER BY 2",
            (f'"resident":"{resident}"'.encode(),),
        )
        return [stream for stream, _ in cursor]


def streams_of_residents(connection: Connection[Any], residents: Collection[str]) -> list[Held]:
    """Streams in which each of these residents is the first one an event names, the oldest first.

    Reads the whole log once, however many they are.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT resident, originator_id, min(position) FROM (SELECT position, originator_id, "
            """substring(encode(state, 'escape') from '"resident":"([^"]+)"') AS resident """
            "FROM suqiu.events) AS held "
            "WHERE resident = ANY(%s) GROUP BY 1, 2 ORDER BY 3",
            (list(residents),),
        )
        return [Held(resident, stream) for resident, stream, _ in cursor]


def orders_of(connection: Connection[Any], petition: str) -> list[str]:
    """The service orders that were raised from a petition, in the order they came; by an index of its own."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT originator_id FROM suqiu.events WHERE topic = 'order.posted' "
            """AND substring(encode(state, 'escape') FROM '"petition":"([^"]*)"') = %s ORDER BY position""",
            (petition,),
        )
        return [stream for (stream,) in cursor]


def begun_among(connection: Connection[Any], streams: Collection[str]) -> set[str]:
    """Those of the streams that are there."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT originator_id FROM suqiu.events WHERE originator_id = ANY(%s) AND originator_version = 1",
            (list(streams),),
        )
        return {stream for (stream,) in cursor}


def bodies(connection: Connection[Any], streams: Collection[str], topic: str) -> Iterator[Body]:
    """Bodies of the events of one topic in some streams, by stream and in order; undecoded, as proofs read them."""
    with connection.cursor(row_factory=class_row(Body)) as cursor:
        yield from cursor.execute(
            "SELECT position, originator_id AS stream, state FROM suqiu.events WHERE originator_id = ANY(%s) "
            "AND topic = %s ORDER BY originator_id, originator_version",
            (list(streams), topic),
        ).fetchall()
