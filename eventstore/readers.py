"""Readers of the log with a stored position: one at a time works, under an advisory lock; standbys take over.

The lock ends with its connection, so a killed process frees it at once. A process that hangs, or whose machine is gone,
stops its heartbeat: a standby then has the server terminate its connections, so that it can write nothing more.
PostgreSQL lets any role do that to connections of the same role; parts that run as different roles need `GRANT
pg_signal_backend`, or membership of each other's.
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
"""Milliseconds the server is given to terminate a connection."""

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
"""The lock's holder, if its heartbeat is too old. Not while the server executes a statement for it, and not a holder
without a heartbeat row, as older programs have none."""

_CUT = """
SELECT bool_and(pg_terminate_backend(pid, %(within)s)) FROM (
    SELECT pid FROM pg_stat_activity WHERE application_name = %(mark)s OR pid = %(lock)s ORDER BY pid = %(lock)s
) AS connections
"""
"""The connection that holds the lock is terminated last: until then nobody else begins."""


def key_of(name: str) -> int:
    """The second key of a reader's advisory lock: the CRC-32 of its name, as a signed 32-bit number."""
    return zlib.crc32(name.encode()) - 2**31


@contextmanager
def standing_alone(dsn: str, pulse: Pulse) -> Iterator[psycopg.Connection[Any] | None]:
    """Hold the advisory lock of the pulse's name on a connection of its own; None: a live process holds it.

    On leaving, the lock is released before the connection closes: the server notices a closed connection a moment
    later.

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
    """Terminate the connections of a lock's holder whose heartbeat stopped; whether that was done."""
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
    """The names whose advisory lock some process holds.

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
    """Subscribe a connection to the NOTIFY of appends."""
    connection.execute(f"LISTEN {CHANNEL}")


class Place(NamedTuple):
    """A reader and the position it has reached."""

    reader: str
    position: int


def places(connection: psycopg.Connection[Any]) -> list[Place]:
    """The stored position of every reader, by name.

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
    """Store the position a reader has reached."""
    connection.execute(
        "INSERT INTO suqiu.readers (name, position) VALUES (%s, %s) "
        "ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position, moved_at = now()",
        (name, position),
    )
