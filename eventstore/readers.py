"""Readers of the log that keep their place: one at a time under an advisory lock, others stand by and take over.

The lock goes with its connection, so that a killed process frees it at once. One that only hangs, or whose machine is
gone, is silent: whoever stands by has the server cut its connection, and with it everything it could still write there.
PostgreSQL lets any role do that to connections of the same role; parts that run as different roles need
`GRANT pg_signal_backend`, or membership of each other's.
"""

import zlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, NamedTuple

import psycopg
import structlog
from psycopg.rows import class_row, tuple_row

from eventstore.connections import lasting
from eventstore.parts.pulse import Pulse, mark_of
from eventstore.parts.register import SILENT_SECONDS
from eventstore.recorder import CHANNEL

LOCKS = 732
"""The first key of our advisory locks; the second is the reader's name, hashed."""
CUT_WITHIN_MS = 5_000
"""How long the server is given to end a connection that was cut."""

log = structlog.get_logger(__name__)

_SILENT_HOLDER = """
SELECT p.holder, p.host, p.pid, extract(epoch FROM clock_timestamp() - p.beat_at)::int, l.pid
FROM pg_locks l JOIN suqiu.parts p ON p.backend = l.pid AND p.name = %(name)s AND p.holding
WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 2 AND l.classid::bigint = %(locks)s
    AND l.objid::bigint = %(key)s AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND p.beat_at < clock_timestamp() - %(silent)s * interval '1 second'
    AND NOT EXISTS (SELECT FROM pg_stat_activity a WHERE (a.pid = l.pid OR a.application_name = 'suqiu ' || p.holder)
        AND a.state = 'active' AND a.wait_event_type IS DISTINCT FROM 'Client')
"""
"""One for whom the server is at work just now is not silent. One whose heartbeat is not known, as older programs have
none, is left alone."""

_CUT = """
SELECT bool_and(pg_terminate_backend(pid, %(within)s)) FROM (
    SELECT pid FROM pg_stat_activity WHERE application_name = %(mark)s OR pid = %(lock)s ORDER BY pid = %(lock)s
) AS connections
"""
"""The one with the lock last: as long as it stands, nobody else begins."""


def key_of(name: str) -> int:
    """The second key of a reader's lock, a signed 32-bit number."""
    return zlib.crc32(name.encode()) - 2**31


@contextmanager
def standing_alone(dsn: str, pulse: Pulse) -> Iterator[psycopg.Connection[Any] | None]:
    """Hold the lock of the pulse's name on a connection of its own; None when another process holds it and is well.

    One that ends well gives the lock back before it closes, as a server notices a closed connection a moment later.

    Raises:
        psycopg.Error: the database cannot be reached.
    """
    with lasting(dsn, pulse.mark) as connection:
        alone = _locked(connection, pulse.name) or (
            _relieved(connection, pulse.name) and _locked(connection, pulse.name)
        )
        if not alone:
            pulse.write(connection)
            yield None
            return
        try:
            pulse.hold(connection)
            yield connection
        finally:
            pulse.let_go()
            if not connection.closed:
                with suppress(psycopg.Error):
                    connection.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCKS, key_of(pulse.name)))


def _locked(connection: psycopg.Connection[Any], name: str) -> bool:
    row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCKS, key_of(name))).fetchone()
    return bool(row and row[0])


def _relieved(connection: psycopg.Connection[Any], name: str) -> bool:
    """Have the server cut the connections of a holder that is silent; whether it did."""
    which = {"name": name, "locks": LOCKS, "key": key_of(name) % 2**32, "silent": SILENT_SECONDS}
    found = connection.execute(_SILENT_HOLDER, which).fetchone()
    if found is None:
        return False
    holder, host, pid, seconds, backend = found
    log.warning("reader.relieves", reader=name, host=host, pid=pid, silent_seconds=seconds)
    cut = {"mark": mark_of(holder), "lock": backend, "within": CUT_WITHIN_MS}
    try:
        row = connection.execute(_CUT, cut).fetchone()
    except psycopg.errors.InsufficientPrivilege as error:
        reason = str(error).splitlines()[0]
        log.error("reader.may_not_relieve", reader=name, reason=reason, needs="GRANT pg_signal_backend")  # noqa: TRY400
        return False
    return bool(row and row[0])


def held_among(connection: psycopg.Connection[Any], names: Iterable[str]) -> set[str]:
    """Those of the names whose lock some process holds.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        cursor.execute(
            "SELECT objid::bigint FROM pg_locks WHERE locktype = 'advisory' AND granted AND objsubid = 2 "
            "AND classid::bigint = %s AND database = (SELECT oid FROM pg_database WHERE datname = current_database())",
            (LOCKS,),
        )
        keys = {key for (key,) in cursor}
    return {name for name in names if key_of(name) % 2**32 in keys}


def listen(connection: psycopg.Connection[Any]) -> None:
    """From now on the connection is told when something is appended."""
    connection.execute(f"LISTEN {CHANNEL}")


class Place(NamedTuple):
    """How far a reader has come."""

    reader: str
    position: int


def places(connection: psycopg.Connection[Any]) -> list[Place]:
    """The place of every reader that ever moved, by name.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=class_row(Place)) as cursor:
        return cursor.execute("SELECT name AS reader, position FROM suqiu.readers ORDER BY name").fetchall()


def place_of(connection: psycopg.Connection, name: str) -> int:
    """The position the reader has reached; 0 before its first step."""
    row = connection.execute("SELECT position FROM suqiu.readers WHERE name = %s", (name,)).fetchone()
    return int(row[0]) if row else 0


def move_to(connection: psycopg.Connection, name: str, position: int) -> None:
    """Remember a position."""
    connection.execute(
        "INSERT INTO suqiu.readers (name, position) VALUES (%s, %s) "
        "ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position, moved_at = now()",
        (name, position),
    )
