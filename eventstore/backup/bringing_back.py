"""A backup's log restored into an empty store, in one transaction."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
from psycopg import Connection, sql

from eventstore.backup.manifest import FILE, BadBackup, Manifest, read_manifest
from eventstore.backup.parts import check, copy_in
from rulebook.problems import Expected

Progress = Callable[[int, int], object]
"""(bytes done, of how many): checking and writing count one half each."""


WRITTEN_ONCE = frozenset({"events", "checkpoints", "cosignatures"})
"""Tables that refuse deletions and are empty. In the others, the few rows of a new store are replaced."""


class NotEmpty(Expected):
    """The store is not empty; the message says what it holds, and where to restore instead."""


def whole(folder: Path) -> Manifest:
    """The manifest of a folder that is a backup.

    Raises:
        BadBackup: the folder has no manifest.
    """
    manifest = read_manifest(folder)
    if manifest is None:
        raise BadBackup(f"{folder}: no {FILE} is in it: expected a folder that `suqiu backup` wrote")
    return manifest


def check_files(folder: Path, manifest: Manifest, progress: Progress = lambda _done, _all: None) -> None:
    """Compare every file with its hash in the manifest.

    Raises:
        BadBackup: a file is missing or was altered.
    """
    parts = (*manifest.stretches, *manifest.tables)
    total = 2 * sum(part.bytes for part in parts)
    done = 0

    def read(count: int) -> None:
        nonlocal done
        done += count
        progress(done, total)

    for part in parts:
        check(folder, part, read)


def must_be_empty(connection: Connection[Any]) -> None:
    """Refuse to restore into a store that holds anything: the backup would be mixed with it.

    Raises:
        NotEmpty: there are events, keys or checkpoints.
    """
    row = connection.execute(
        "SELECT (SELECT position FROM suqiu.head), (SELECT count(*) FROM suqiu_keys.residents), "
        "(SELECT count(*) FROM suqiu.checkpoints), current_database()"
    ).fetchone()
    assert row is not None
    events, keys, checkpoints, database = row
    if events or keys or checkpoints:
        raise NotEmpty(
            f"the database {database} has {events} events, {keys} keys of residents and {checkpoints} checkpoints: a "
            "backup is put back into an empty store only; make another database, or give a new folder with --data"
        )


def write_back(dsn: str, folder: Path, manifest: Manifest, progress: Progress = lambda _done, _all: None) -> None:
    """Write a backup into an empty store, in one transaction. The caller has run `check_files`.

    Raises:
        NotEmpty: the store holds something.
        BadBackup: the rows written are not as many as the manifest says.
        psycopg.Error: the database refuses, or was lost; nothing was written.
    """
    parts = (*manifest.tables, *manifest.stretches)
    total = 2 * sum(part.bytes for part in parts)
    done = total // 2
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        connection.execute("SET LOCAL statement_timeout = 0; SET LOCAL client_encoding = 'UTF8'")
        # Rows that an earlier version recorded ahead, or with a simulated clock, keep their times: the owner may.
        connection.execute("SET LOCAL suqiu.story = 'on'")
        connection.execute("LOCK TABLE suqiu.head IN ACCESS EXCLUSIVE MODE")
        must_be_empty(connection)
        for part in parts:
            if part.table not in WRITTEN_ONCE:
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier("suqiu", part.table)))
            if (rows := copy_in(connection, folder, part)) != part.rows:
                raise BadBackup(f"{folder / part.name}: {rows} rows came in of {part.rows}")
            done += part.bytes
            progress(done, total)
        row = connection.execute("SELECT position FROM suqiu.head").fetchone()
        if row != (manifest.events,):
            raise BadBackup(f"{folder}: the counter of positions came in as {row}, not {manifest.events}")
        for table in ("events", "checkpoints"):
            connection.execute("SELECT brin_summarize_new_values(%s)", (f"suqiu.{table}_in_time",))
            connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier("suqiu", table)))
