"""Keyed hashes of the codes by which residents act, beside the keys: whose, and how often a wrong one was given.

A row goes with the resident's key when their data is erased. Nothing here knows a code.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import class_row, tuple_row


class KeptCode(NamedTuple):
    """The hash of a resident's code for one stream."""

    stream: str
    resident: str
    mac: bytes


class Tried(NamedTuple):
    """What came of a try: whose code it is (None: nobody's), or until when nothing is tried any more."""

    resident: str | None
    known: bool
    """Whether anybody has a code for this stream."""
    waits_until: datetime | None


def keep(connection: Connection[Any], codes: Sequence[KeptCode]) -> None:
    """Keep codes; one that was kept before for the same resident and stream opens nothing any more."""
    connection.execute(
        "INSERT INTO suqiu_keys.codes (stream, resident, mac) "
        "SELECT * FROM unnest(%s::text[], %s::text[], %s::bytea[]) "
        "ON CONFLICT (stream, resident) DO UPDATE SET mac = EXCLUDED.mac",
        ([each.stream for each in codes], [each.resident for each in codes], [each.mac for each in codes]),
    )


def forgive(connection: Connection[Any], stream: str) -> None:
    """Forget the wrong codes given for a stream: somebody proved in person who they are."""
    connection.execute("DELETE FROM suqiu_keys.wrong_codes WHERE stream = %s", (stream,))


def try_code(
    connection: Connection[Any],
    stream: str,
    fits: Callable[[KeptCode], bool],
    now: datetime,
    waits: Callable[[int], datetime | None],
) -> Tried:
    """Whose code it is. In one transaction under a lock of the stream's: guesses side by side count one by one.

    `waits`: until when nothing is tried after so many wrong codes in a row; None: the next may be tried.
    """
    with connection.transaction(), connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended('suqiu code ' || %s, 0))", (stream,))
        found = cursor.execute(
            "SELECT wrong, waits_until FROM suqiu_keys.wrong_codes WHERE stream = %s", (stream,)
        ).fetchone()
        wrong, until = found or (0, None)
        if until is not None and now < until:
            return Tried(None, known=True, waits_until=until)
        kept = _kept(connection, stream)
        whose = [each.resident for each in kept if fits(each)]
        if whose:
            forgive(connection, stream)
            return Tried(whose[0], known=True, waits_until=None)
        if kept:
            cursor.execute(
                "INSERT INTO suqiu_keys.wrong_codes VALUES (%s, %s, %s) ON CONFLICT (stream) "
                "DO UPDATE SET wrong = EXCLUDED.wrong, waits_until = EXCLUDED.waits_until",
                (stream, wrong + 1, waits(wrong + 1)),
            )
        return Tried(None, known=bool(kept), waits_until=None)


def _kept(connection: Connection[Any], stream: str) -> list[KeptCode]:
    with connection.cursor(row_factory=class_row(KeptCode)) as cursor:
        return cursor.execute(
            "SELECT stream, resident, mac FROM suqiu_keys.codes WHERE stream = %s ORDER BY resident", (stream,)
        ).fetchall()
