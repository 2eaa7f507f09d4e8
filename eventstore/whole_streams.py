"""Whole streams, many in one query: for what goes through the log case by case, as a replay does."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Final

from eventstore.recorder import Datastore, StoredRow

STREAMS: Final = 200
"""Streams read in one round trip."""


def count_streams(datastore: Datastore, without: Sequence[str]) -> int:
    """The number of streams, except those whose ids begin with a prefix of `without`."""
    with datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT count(DISTINCT originator_id) AS streams FROM suqiu.events WHERE NOT originator_id ^@ ANY(%s)",
            (list(without),),
        ).fetchone()
    assert row is not None
    return int(row["streams"])


def whole_streams(datastore: Datastore, without: Sequence[str]) -> Iterator[list[StoredRow]]:
    """The rows of each stream, by version, except streams whose ids begin with a prefix of `without`; by id."""
    after = ""
    while page := _page(datastore, without, after):
        for _, rows in groupby(page, key=lambda row: row.stream):
            yield list(rows)
        after = page[-1].stream


def _page(datastore: Datastore, without: Sequence[str], after: str) -> list[StoredRow]:
    with datastore.get_connection() as connection:
        answer = connection.execute(
            "SELECT e.position, e.originator_id, e.originator_version, e.topic, e.state, e.recorded_at, e.command_id "
            "FROM (SELECT DISTINCT originator_id FROM suqiu.events WHERE originator_id > %s "
            "AND NOT originator_id ^@ ANY(%s) ORDER BY originator_id LIMIT %s) s "
            "JOIN suqiu.events e USING (originator_id) ORDER BY e.originator_id, e.originator_version",
            (after, list(without), STREAMS),
        )
        return [
            StoredRow(
                row["position"],
                row["originator_id"],
                row["originator_version"],
                row["topic"],
                bytes(row["state"]),
                row["recorded_at"],
                row["command_id"],
            )
            for row in answer
        ]
