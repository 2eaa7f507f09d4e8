"""The engine's SQLite file: checked before it is used, renamed when broken, and marked while new.

Its data can be lost: workflows are restored from the log. So a broken file is renamed and kept, and the server creates
another. Broken means an error of SQLite about its content, or of the server when it ends; not a file that is slow,
locked, on a full disk, or another user's.
"""

import os
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from datetime import datetime
from pathlib import Path

from machine.server_process import ServerFailed

LOOK_SECONDS = 20.0
"""Time limit of the check: a file too large for it is used unchecked."""
ASK_EVERY = 100_000
"""SQLite virtual-machine steps between two checks of the time limit."""
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
UNREADABLE = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS})
SAYS_BROKEN = ("database disk image is malformed", "file is not a database", "no such table")
"""Last words of a server that ends over a broken file."""
BESIDE = ("", "-wal", "-shm")


class EngineDatabase:
    """The file, which may not exist yet, and its mark `FILE.new`: workflows must still be restored into it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._mark = file.with_name(file.name + ".new")

    @property
    def new(self) -> bool:
        """Whether workflows have not been restored into it yet: it was created anew, or with the store."""
        return self._mark.exists()

    def begin(self) -> None:
        """Mark the file if it does not exist yet; the mark survives a kill. Raises OSError."""
        if not self.file.exists():
            self._mark.touch(0o600)

    def brought_back(self) -> None:
        """Remove the mark: every open petition has its workflow. Raises OSError."""
        self._mark.unlink(missing_ok=True)

    def wrong(self, given_up: Callable[[], bool] = lambda: False) -> str | None:
        """What is broken in the file, in SQLite's words; None: nothing, or nothing found within LOOK_SECONDS.

        Raises:
            ServerFailed: this user may not read and write the file, so that it cannot be checked.
        """
        if not self.file.exists():
            return None
        if not self.file.is_file():
            return "it is no file"
        if not os.access(self.file, os.R_OK | os.W_OK, effective_ids=True):
            raise ServerFailed(
                f"{self.file}: this user may not read and write it: give it back to the user that runs `suqiu up`"
            )
        until = time.monotonic() + LOOK_SECONDS
        try:
            with closing(sqlite3.connect(f"{self.file.as_uri()}?mode=rw", uri=True, timeout=1)) as connection:
                connection.set_progress_handler(lambda: given_up() or time.monotonic() > until, ASK_EVERY)
                found = connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", 0)
            return str(error) if code & 0xFF in BROKEN or code in UNREADABLE else None
        says = "" if found is None else str(found[0])
        return None if says in ("ok", "") else " ".join(says.split())

    def set_aside(self, at: datetime) -> Path:
        """Rename the file, with the date, and SQLite's files beside it; mark the next one as new.

        Raises:
            OSError: one cannot be renamed; those renamed before stay renamed.
        """
        kept = self.file.with_name(f"{self.file.name}.broken-{at:%Y%m%dT%H%M%S}")
        number = 1
        while kept.exists():
            number += 1
            kept = self.file.with_name(f"{self.file.name}.broken-{at:%Y%m%dT%H%M%S}-{number}")
        self._mark.touch(0o600)
        for ending in BESIDE:
            with suppress(FileNotFoundError):
                self.file.with_name(self.file.name + ending).rename(kept.with_name(kept.name + ending))
        return kept


def says_broken(output: str) -> str | None:
    """The last words of a server that ended over a broken file; None: it ended for another reason."""
    for line in reversed(output.splitlines()):
        if line.startswith("Error:") and any(words in line for words in SAYS_BROKEN):
            return line.strip()[-200:]
    return None
