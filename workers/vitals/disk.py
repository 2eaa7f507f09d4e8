"""Free space on the disks that this machine writes to."""

import shutil
from pathlib import Path
from typing import Any

from psycopg import Connection, Error

from eventstore.server import data_folder


def rooms(data: Path, connection: Connection[Any] | None = None) -> dict[str, int]:
    """Free bytes by what is written there: `data`, `logs`, and `database` if PostgreSQL is on this machine."""
    folder = data.expanduser().absolute()
    free = {"data": _free(folder), "logs": _free(folder / "logs")}
    home = _database_folder(connection) if connection is not None else None
    if home is not None:
        free["database"] = _free(home)
    return free


def _free(path: Path) -> int:
    there = next(each for each in (path, *path.parents) if each.exists())
    return shutil.disk_usage(there).free


def _database_folder(connection: Connection[Any]) -> Path | None:
    """PostgreSQL's data directory; None on another machine, or where the role may not see it.

    The connection's address must be this machine's too: a folder of that name can be anybody's.
    """
    if connection.info.host and not connection.info.host.startswith(("/", "127.", "localhost", "::1")):
        return None
    try:
        path = data_folder(connection)
    except Error:
        return None
    try:
        return path if path is not None and path.exists() else None
    except OSError:
        return None
