"""Adoptions of a rulebook in the log: from when each is in force, and which were applied to the running petitions."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from aggregates.office.events import adoption_stream
from aggregates.streams import RULEBOOK
from eventstore.stream_lookup import begun_among


class Adopted(NamedTuple):
    """One adoption of a rulebook: its number, its effective day, and for how many seconds it has been in force.

    Negative seconds: not yet.
    """

    number: int
    effective_from: str
    seconds: float


def adopted(connection: Connection[Any], book: str, zone: str) -> list[Adopted]:
    """Every adoption of the rulebook with this id, oldest first.

    An adoption is in force from midnight of its day in `zone`, or from when it was recorded if that was later.

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
    """Adoptions in force that were not yet applied to every running petition.

    Number 1 is never among them: no petition is older.

    Raises:
        psycopg.Error: the database was lost.
    """
    due = {adoption_stream(book, each.number): each for each in adoptions if each.number > 1 and each.seconds > 0}
    done = begun_among(connection, due)
    return [each for stream, each in due.items() if stream not in done]
