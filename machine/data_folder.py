"""The folder that holds everything of one machine: its lock, its logs, and `run.json` while `up` runs.

DIR/up.lock      held by the `up` that runs here; says its pid
DIR/run.json     addresses, for other commands; there as soon as the database is, and until `up` ends
DIR/postgres/    the database        DIR/temporal/    Temporal's (can be lost: it is rebuilt)
DIR/logs/        one file a server
"""

import fcntl
import json
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from eventstore.private_files import new_private_file
from office.run_info import RunInfo
from rulebook.problems import Expected


class FolderInUse(Expected, RuntimeError):
    """Another `up` runs on this folder; the message names it."""


class FolderUnusable(Expected, RuntimeError):
    """The folder cannot be created or written; the message says which and why."""


class DataFolder:
    """One data folder; as a context manager it holds its lock."""

    def __init__(self, path: Path) -> None:
        self.path = path.expanduser().absolute()
        self._lock: int | None = None

    @property
    def postgres(self) -> Path:
        """PostgreSQL's data directory."""
        return self.path / "postgres"

    @property
    def temporal_database(self) -> Path:
        """The Temporal dev server's SQLite file, in a folder of its own."""
        return self.path / "temporal" / "temporal.db"

    @property
    def earlier_temporal_database(self) -> Path:
        """Where earlier versions had that file."""
        return self.path / "temporal.db"

    @property
    def logs(self) -> Path:
        """The folder of the servers' logs."""
        return self.path / "logs"

    def __enter__(self) -> Self:
        """Make the folder and lock it. Raises FolderInUse, FolderUnusable."""
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            # Nobody else lists it. As root, PostgreSQL runs as another user and has to pass through.
            self.path.chmod(0o711 if os.geteuid() == 0 else 0o700)
            self.logs.mkdir(exist_ok=True)
            self.logs.chmod(0o700)
            lock = os.open(self.path / "up.lock", os.O_RDWR | os.O_CREAT, 0o600)
        except OSError as error:
            raise FolderUnusable(f"data folder {self.path} cannot be used: {error.strerror}") from None
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.read(lock, 20).decode(errors="replace").strip()
            os.close(lock)
            raise FolderInUse(
                f"data folder {self.path} is in use by another `suqiu up` (pid {holder or 'unknown'}); "
                "stop that one, or give another folder with --data"
            ) from None
        os.ftruncate(lock, 0)
        os.write(lock, f"{os.getpid()}\n".encode())
        self._lock = lock
        (self.path / "run.json").unlink(missing_ok=True)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Remove `run.json` and release the lock."""
        (self.path / "run.json").unlink(missing_ok=True)
        if self._lock is not None:
            os.ftruncate(self._lock, 0)
            os.close(self._lock)
            self._lock = None

    def announce(self, run: RunInfo) -> None:
        """Write `run.json` atomically: other commands read it."""
        draft = self.path / "run.json.new"
        with new_private_file(draft) as file:
            file.write((json.dumps(run.model_dump(exclude_none=True), indent=2) + "\n").encode())
        draft.replace(self.path / "run.json")
