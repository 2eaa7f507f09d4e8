"""Questions to the PostgreSQL server itself, whatever is stored in it; its time: `clock_guard.time_of`."""

from contextlib import suppress
from pathlib import Path
from typing import Any, LiteralString

import psycopg
from psycopg import Connection, sql
from psycopg.rows import tuple_row


def make_database(dsn: str, name: str) -> None:
    """Create the database `name` on the server of `dsn`, unless it exists.

    Raises:
        psycopg.Error: the server cannot be reached, or the role may not create databases.
    """
    with psycopg.connect(dsn, autocommit=True) as connection:
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone() is None:
            with suppress(psycopg.errors.DuplicateDatabase):
                connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))


def keeps_what_it_is_given(connection: Connection[Any]) -> bool:
    """Whether committed data is on disk: the server's `fsync`.

    Raises:
        psycopg.Error: the database was lost.
    """
    return bool(_one(connection, "SELECT current_setting('fsync') = 'on'"))


def data_folder(connection: Connection[Any]) -> Path | None:
    """The server's data directory, on its own machine; None: this role may not see it.

    Raises:
        psycopg.Error: the database was lost, or refuses.
    """
    named = _one(connection, "SELECT current_setting('data_directory', true)")
    return Path(named) if named else None


def size_in_words(connection: Connection[Any]) -> str:
    """The size of the database, as PostgreSQL writes it: `7574 kB`.

    Raises:
        psycopg.Error: the database was lost.
    """
    return str(_one(connection, "SELECT pg_size_pretty(pg_database_size(current_database()))"))


def _one(connection: Connection[Any], question: LiteralString) -> Any:
    with connection.cursor(row_factory=tuple_row) as cursor:
        row = cursor.execute(question).fetchone()
    assert row is not None
    return row[0]
