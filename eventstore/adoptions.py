"""Adoptions of a rulebook as the log has them: from when each counts, and which were brought to running petitions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from aggregates.office.events import adoption_stream
from aggregates.streams import RULEBOOK
from eventstore.stream_lookup import begun_among


class Adopted(NamedTuple):
    """One adoption of a book: its number, its day, and for how many seconds it counts; below 0: not yet."""

    number: int
    effective_from: str
    seconds: float


def adopted(connection: Connection[Any], book: str, zone: str) -> list[Adopted]:
    """Every adoption of a book's id in the store, oldest first; its day begins at midnight of `zone`.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Adopted)) as cursor:
        return cursor.execute(
            "SELECT number, day AS effective_from, extract(epoch FROM clock_timestamp() - "
            "greatest(recorded_at, day::timestamp AT TIME ZONE %s))::float8 AS seconds FROM ("
            "SELECT originator_version AS number, recorded_at, "
            "convert_from(state, 'UTF8')::json ->> 'effective_from' AS day FROM suqiu.events "
            "WHERE originator_id = %s) AS adoptions ORDER BY number",
            (zone, RULEBOOK + book),
        ).fetchall()


def unfinished(connection: Connection[Any], book: str, adoptions: Sequence[Adopted]) -> list[Adopted]:
    """Of those that count already, the ones that are not brought to every running petition yet.

    The first of all has no petition before it.

    Raises:
        psycopg.Error: the database was lost.
    """
    due = {adoption_stream(book, each.number): each for each in adoptions if each.number > 1 and each.seconds > 0}
    done = begun_among(connection, due)
    return [each for stream, each in due.items() if stream not in done]
