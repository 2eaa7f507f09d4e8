"""A backup taken while everything runs: one snapshot of the log and its accompanying tables, then read back."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection, IsolationLevel, sql

from eventstore.backup.event_rows import grow
from eventstore.backup.manifest import BadBackup, Manifest, Part, read_manifest, write_manifest
from eventstore.backup.parts import columns_of, copy_out
from eventstore.extent import log_size
from eventstore.folder_owner import make_folder
from eventstore.proofs.merkle import EMPTY_ROOT
from eventstore.proofs.rows import Frontier
from eventstore.proofs.tree import LogTree

KEPT = (
    "store_format",
    "head",
    "stories",
    "readers",
    "set_aside",
    "nodes",
    "head_nodes",
    "checkpoints",
    "cosignatures",
)
"""Tables beside `events`, copied whole in each backup."""
LEFT_OUT = frozenset({"set_ups", "parts", "terms"})
"""Tables about this installation, not the log: a restored store has its own."""
STRETCH = 500_000
"""The most events in one file."""

Progress = Callable[[int, int], object]
"""(events done, of how many): copying and reading back count one half each."""


class Taken(NamedTuple):
    """A backup's manifest, and how many of its events were added this time."""

    manifest: Manifest
    added: int


def take(
    dsn: str, folder: Path, made_at: datetime, program: str, progress: Progress = lambda _done, _all: None
) -> Taken:
    """Write the log into a folder, or add new events to the backup in it; then read the new files back.

    The manifest is replaced last: a run that stops before leaves the earlier backup intact.

    Raises:
        BadBackup: the folder holds something else, or the files do not read back as the log.
        OSError: a file cannot be written.
        psycopg.Error: the database was lost.
    """
    make_folder(folder)
    before = read_manifest(folder)
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        _as_it_is_now(connection)
        size = log_size(connection)
        _continues(before, connection, size, folder)
        begin = before.events if before else 0
        new = _stretches(connection, folder, begin, size, lambda at: progress(at - begin, 2 * (size - begin)))
        tables = _tables(connection, folder, size, made_at)
        root = LogTree(connection).root(size) if size else EMPTY_ROOT
    frontier = before.frontier() if before else Frontier()
    at = begin
    for part in new:
        for at in grow(frontier, folder, part, at):  # noqa: B020 - each file begins where the last ended
            progress(at - begin + size - begin, 2 * (size - begin))
    if frontier.root != root:
        raise BadBackup(f"{folder}: what was written is not the log of the store: is somebody changing rows? audit it")
    manifest = Manifest(
        made_at=made_at,
        program=program,
        events=size,
        root=root.hex(),
        tree=tuple((height, index, digest.hex()) for height, index, digest in frontier.subtrees),
        stretches=(*(before.stretches if before else ()), *new),
        tables=tables,
    )
    write_manifest(folder, manifest)
    _clear(folder, manifest)
    return Taken(manifest, size - begin)


def _as_it_is_now(connection: Connection[Any]) -> None:
    """One snapshot for everything that follows, and text formats that do not depend on the server's settings."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    connection.execute(
        "SET LOCAL timezone = 'UTC'; SET LOCAL datestyle = 'ISO'; SET LOCAL bytea_output = 'hex'; "
        "SET LOCAL client_encoding = 'UTF8'; SET LOCAL statement_timeout = 0"
    )


def _continues(before: Manifest | None, connection: Connection[Any], size: int, folder: Path) -> None:
    """Refuse a folder whose backup is not the beginning of this log."""
    if before is None or before.events == 0:
        return
    if size < before.events:
        raise BadBackup(
            f"{folder}: holds {before.events} events, more than the {size} of this store: an old copy of the log was "
            "put back, or it is another store; keep this folder and back up into a new one"
        )
    if LogTree(connection).root(before.events).hex() != before.root:
        raise BadBackup(
            f"{folder}: its {before.events} events are not the first of this log: it is another store's backup, or "
            "rows were changed (`suqiu audit verify`); keep this folder and back up into a new one"
        )


def _stretches(
    connection: Connection[Any], folder: Path, begin: int, size: int, progress: Callable[[int], object]
) -> tuple[Part, ...]:
    """The events above `begin`, a file for each half million."""
    found = []
    for first in range(begin, size, STRETCH):
        last = min(first + STRETCH, size)
        found.append(
            copy_out(
                connection,
                "events",
                folder / f"events-{first + 1:012}-{last:012}.copy.gz",
                where=sql.SQL("position > {} AND position <= {}").format(first, last),
                order=sql.SQL("position"),
                progress=lambda rows, first=first: progress(first + rows),  # type: ignore[misc]
            )
        )
    return tuple(found)


def _tables(connection: Connection[Any], folder: Path, size: int, made_at: datetime) -> tuple[Part, ...]:
    """Copy the tables beside the events to new file names: the last backup's files stay until the manifest changes."""
    there = [table for table in KEPT if columns_of(connection, table)]
    name = f"{size:012}-{made_at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
    return tuple(copy_out(connection, table, _unwritten(folder, f"{table}-{name}")) for table in there)


def _unwritten(folder: Path, name: str) -> Path:
    """An unused file of that name, numbered if necessary: two backups may see the same time."""
    file, number = folder / f"{name}.copy.gz", 1
    while file.exists():
        number += 1
        file = folder / f"{name}-{number}.copy.gz"
    return file


def _clear(folder: Path, manifest: Manifest) -> None:
    """Delete files that the manifest does not name: those of earlier backups, or of one that was stopped."""
    named = {part.name for part in (*manifest.stretches, *manifest.tables)}
    for file in folder.glob("*.copy.gz"):
        if file.name not in named:
            file.unlink()
