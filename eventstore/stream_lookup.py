"""Streams found by what their events contain (a resident, a petition), and event bodies of one topic."""

from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row


class Held(NamedTuple):
    """A stream whose events name a resident."""

    resident: str
    stream: str


class Body(NamedTuple):
    """An event's stored body, with its position and stream."""

    position: int
    stream: str
    state: bytes


def streams_of_resident(connection: Connection[Any], resident: str) -> list[str]:
    """Ids of streams that name a resident anywhere, by first mention. Scans the whole log."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT originator_id, min(position) FROM suqiu.events WHERE position(%b::bytea in state) > 0 "
            "GROUP BY 1 ORDER BY 2",
            (f'"resident":"{resident}"'.encode(),),
        )
        return [stream for stream, _ in cursor]


def streams_of_residents(connection: Connection[Any], residents: Collection[str]) -> list[Held]:
    """Streams with an event whose first-named resident is one of these, oldest first.

    Scans the whole log once, however many residents.
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
    """Ids of the service orders raised from a petition, in order of posting; uses an index of its own."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT originator_id FROM suqiu.events WHERE topic = 'order.posted' "
            """AND substring(encode(state, 'escape') FROM '"petition":"([^"]*)"') = %s ORDER BY position""",
            (petition,),
        )
        return [stream for (stream,) in cursor]


def begun_among(connection: Connection[Any], streams: Collection[str]) -> set[str]:
    """Which of the streams exist."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT originator_id FROM suqiu.events WHERE originator_id = ANY(%s) AND originator_version = 1",
            (list(streams),),
        )
        return {stream for (stream,) in cursor}


def bodies(connection: Connection[Any], streams: Collection[str], topic: str) -> Iterator[Body]:
    """Bodies of all events of one topic in these streams, undecoded as proofs need them; by stream, then version."""
    with connection.cursor(row_factory=class_row(Body)) as cursor:
        yield from cursor.execute(
            "SELECT position, originator_id AS stream, state FROM suqiu.events WHERE originator_id = ANY(%s) "
            "AND topic = %s ORDER BY originator_id, originator_version",
            (list(streams), topic),
        ).fetchall()
