"""Which submission a sender's own id was first given for, as keyed hashes: another one under the same id is told so."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row


class SenderId(NamedTuple):
    """A keyed hash of a sender and their own id, and the stream it was given for."""

    mac: bytes
    stream: str


def remember(connection: Connection[Any], ids: Sequence[SenderId]) -> set[str]:
    """Remember ids in this order; returns the streams whose sender gave the same id for another one before."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        columns = [each.mac for each in ids], [each.stream for each in ids]
        cursor.execute(
            "INSERT INTO suqiu_keys.sender_ids (mac, stream) SELECT mac, stream "
            "FROM unnest(%s::bytea[], %s::text[]) WITH ORDINALITY AS o (mac, stream, place) ORDER BY place "
            "ON CONFLICT DO NOTHING",
            columns,
        )
        cursor.execute(
            "SELECT mine.stream FROM suqiu_keys.sender_ids mine "
            "JOIN unnest(%s::bytea[], %s::text[]) AS o (mac, stream) USING (mac, stream) "
            "WHERE EXISTS (SELECT 1 FROM suqiu_keys.sender_ids other "
            "WHERE other.mac = mine.mac AND other.number < mine.number)",
            columns,
        )
        return {stream for (stream,) in cursor}
