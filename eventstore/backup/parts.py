"""One file of a backup: a table's rows copied out, checked by hash, and copied in."""

import gzip
import hashlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, Any

from psycopg import Connection, sql

from eventstore.backup.manifest import BadBackup, Part
from eventstore.folder_owner import hand_over
from eventstore.private_files import create

LEVEL = 3
"""gzip's level: above it the time grows faster than the file shrinks."""
BLOCK = 1 << 20
ALL, FIRST_COLUMN = sql.SQL("true"), sql.SQL("1")


class _Hashed:
    """A file being written, with its hash and length."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self.sha256 = hashlib.sha256()
        self.bytes = 0

    def write(self, block: bytes) -> int:
        """Write a block."""
        self.sha256.update(block)
        self.bytes += len(block)
        return self._file.write(block)

    def flush(self) -> None:
        """Flush the file."""
        self._file.flush()


def copy_out(
    connection: Connection[Any],
    table: str,
    file: Path,
    *,
    where: sql.Composable = ALL,
    order: sql.Composable = FIRST_COLUMN,
    progress: Callable[[int], object] = lambda _rows: None,
) -> Part:
    """Write rows of `suqiu.<table>` into a file (mode 0600) that is on disk when this returns.

    `progress` is called with the rows written so far.

    Raises:
        OSError: the file cannot be written.
        psycopg.Error: the database was lost.
    """
    columns = columns_of(connection, table)
    names = sql.SQL(", ").join(map(sql.Identifier, columns))
    query = sql.SQL("COPY (SELECT {} FROM {} WHERE {} ORDER BY {}) TO STDOUT").format(
        names, sql.Identifier("suqiu", table), where, order
    )
    rows = 0
    with os.fdopen(create(file), "wb") as opened:
        hashed = _Hashed(opened)
        with (
            gzip.GzipFile(fileobj=hashed, mode="wb", filename="", mtime=0, compresslevel=LEVEL) as packed,
            connection.cursor() as cursor,
            cursor.copy(query) as copy,
        ):
            for block in copy:
                packed.write(block)
                rows += bytes(block).count(b"\n")
                progress(rows)
        opened.flush()
        os.fsync(opened.fileno())
    hand_over(file)
    return Part(
        name=file.name,
        table=table,
        columns=columns,
        rows=rows,
        bytes=hashed.bytes,
        sha256=hashed.sha256.hexdigest(),
    )


def copy_in(connection: Connection[Any], folder: Path, part: Part) -> int:
    """Write the rows of a file into its table; returns how many. The caller has checked the file.

    Raises:
        psycopg.Error: the database refuses the rows.
        BadBackup: the table lacks one of the columns: another version of suqiu made the backup.
    """
    there = columns_of(connection, part.table)
    if unknown := [name for name in part.columns if name not in there]:
        raise BadBackup(f"{part.name}: suqiu.{part.table} has no {', '.join(unknown)} here; restore with a newer suqiu")
    names = sql.SQL(", ").join(map(sql.Identifier, part.columns))
    query = sql.SQL("COPY {} ({}) FROM STDIN").format(sql.Identifier("suqiu", part.table), names)
    with connection.cursor() as cursor:
        with cursor.copy(query) as copy, gzip.open(folder / part.name, "rb") as packed:
            while block := packed.read(BLOCK):
                copy.write(block)
        return cursor.rowcount


def check(folder: Path, part: Part, progress: Callable[[int], object] = lambda _bytes: None) -> None:
    """Compare a file with its hash in the manifest. `progress` is called with the bytes of each block.

    Raises:
        BadBackup: the file is missing, or was altered.
    """
    digest = hashlib.sha256()
    try:
        with (folder / part.name).open("rb") as file:
            while block := file.read(BLOCK):
                digest.update(block)
                progress(len(block))
    except OSError as error:
        raise BadBackup(f"{folder / part.name}: {error.strerror}; take another copy of this backup") from None
    if digest.hexdigest() != part.sha256:
        raise BadBackup(f"{folder / part.name}: it is not what was written ({part.bytes} bytes): take another copy")


def lines(folder: Path, part: Part) -> Iterator[bytes]:
    """The rows of a file in COPY's text format, without line ends.

    Raises:
        BadBackup: the file is cut short or damaged.
    """
    try:
        with gzip.open(folder / part.name, "rb") as packed:
            for line in packed:
                yield line.removesuffix(b"\n")
    except (OSError, EOFError) as error:
        raise BadBackup(f"{folder / part.name}: cannot be read back: {error}") from None


def columns_of(connection: Connection[Any], table: str) -> tuple[str, ...]:
    """The columns of `suqiu.<table>`, in order; empty: there is no such table."""
    rows = connection.execute(
        "SELECT attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "JOIN pg_namespace n ON n.oid = c.relnamespace "
        "WHERE n.nspname = 'suqiu' AND c.relname = %s AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        (table,),
    ).fetchall()
    return tuple(str(row[0]) for row in rows)
