"""Since when the master key in use wraps the keys, by what is on record."""

from datetime import datetime
from typing import Any, LiteralString, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row

from aggregates.office.events import KEYS, MasterKeyReplaced
from eventstore.stories import NOT_TOLD

_AGE: LiteralString = (
    "WITH last AS (SELECT recorded_at, (convert_from(state, 'UTF8')::json ->> 'as_of')::bigint AS as_of "  # noqa: S608
    "FROM suqiu.events WHERE originator_id = %s AND topic = %s ORDER BY originator_version DESC LIMIT 1) "
    "SELECT coalesce((SELECT recorded_at FROM last), "
    f"(SELECT recorded_at FROM suqiu.events WHERE {NOT_TOLD} ORDER BY position LIMIT 1)) AS since, "
    "(SELECT as_of FROM last) AS as_of, clock_timestamp() AS now"
)


class MasterKeyAge(NamedTuple):
    """`since`: the last replacement on record, else the log's first event with a real time; None: there is none.

    `as_of`: keys destroyed up to this position were wrapped by an older one (None: no replacement is on record).
    `now`: the database's time.
    """

    since: datetime | None
    as_of: int | None
    now: datetime


def master_key_age(connection: Connection[Any]) -> MasterKeyAge:
    """The age of the master key.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(MasterKeyAge)) as cursor:
        found = cursor.execute(_AGE, (KEYS, MasterKeyReplaced.TOPIC)).fetchone()
    assert found is not None
    return found
