"""Which pseudonyms are of one person, where somebody vouched for it: beside the keys, in no event.

A row goes with its resident's key when their data is erased.
"""

import secrets
from collections.abc import Collection
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row


class Vouched(NamedTuple):
    """How it is known that two are one: by both codes, or who looked at what at the counter, and when."""

    how: str
    seen: str | None
    by: str
    at: datetime


def link(connection: Connection[Any], one: str, other: str, vouched: Vouched) -> bool:
    """Note that two pseudonyms are of one person, and with them all that are linked to either; False: they were.

    In one transaction, under a lock: links made side by side do not part what they join.
    """
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("LOCK TABLE suqiu_keys.persons IN SHARE ROW EXCLUSIVE MODE")
        theirs, others = linked(connection, one), linked(connection, other)
        if other in theirs:
            return False
        person = secrets.token_hex(8)
        cursor.execute(
            "INSERT INTO suqiu_keys.persons (resident, person, how, seen, vouched_by, vouched_at) "
            "SELECT resident, %s, %s, %s, %s, %s FROM unnest(%s::text[]) AS o (resident) "
            "ON CONFLICT (resident) DO UPDATE SET person = EXCLUDED.person",
            (person, *vouched, [*theirs, *others]),
        )
        return True


def linked(connection: Connection[Any], resident: str) -> tuple[str, ...]:
    """All pseudonyms of the person of this one, itself first."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT other.resident FROM suqiu_keys.persons mine JOIN suqiu_keys.persons other USING (person) "
            "WHERE mine.resident = %s AND other.resident <> %s ORDER BY 1",
            (resident, resident),
        )
        return (resident, *(other for (other,) in cursor))


def persons(connection: Connection[Any], residents: Collection[str]) -> dict[str, str]:
    """The person of each of these residents who is linked to another."""
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT resident, person FROM suqiu_keys.persons WHERE resident = ANY(%s)", (list(residents),))
        return dict(cursor.fetchall())
