"""Readers of the log that keep their place: one at a time under an advisory lock, others stand by."""

import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import psycopg

LOCKS = 732
"""The first key of our advisory locks; the second is the reader's name, hashed."""


def key_of(name: str) -> int:
    """The second key of a reader's lock, a signed 32-bit number."""
    return zlib.crc32(name.encode()) - 2**31


@contextmanager
def standing_alone(dsn: str, name: str) -> Iterator[psycopg.Connection | None]:
    """Hold the reader's lock on a connection of its own; None when another process holds it.

    The lock goes with the connection, so that a killed process frees it at once; one that ends well gives it back
    before, as a server notices a closed connection only a moment later.
    """
    with psycopg.connect(dsn, autocommit=True, connect_timeout=10) as connection:
        row = connection.execute("SELECT pg_try_advisory_lock(%s, %s)", (LOCKS, key_of(name))).fetchone()
        alone = bool(row and row[0])
        try:
            yield connection if alone else None
        finally:
            if alone and not connection.closed:
                with suppress(psycopg.Error):
                    connection.execute("SELECT pg_advisory_unlock(%s, %s)", (LOCKS, key_of(name)))


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
