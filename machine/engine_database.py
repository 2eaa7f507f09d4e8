"""The engine's SQLite file: looked through before it is used, set aside when it is broken, and marked while it is new.

It can be lost: the log brings every workflow back. So a broken one is renamed and kept, and the server makes another.
Broken is what SQLite says of it, or what the server says of it when it ends. Slow, locked, on a full disk, or another
user's is not.
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
"""The longest look: a file too large for it is used as it is."""
ASK_EVERY = 100_000
"""Steps of SQLite's machine between two looks at the clock."""
BROKEN = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
UNREADABLE = frozenset({sqlite3.SQLITE_IOERR_READ, sqlite3.SQLITE_IOERR_SHORT_READ, sqlite3.SQLITE_IOERR_CORRUPTFS})
SAYS_BROKEN = ("database disk image is malformed", "file is not a database", "no such table")
"""What the server says last when it ends over a broken file."""
BESIDE = ("", "-wal", "-shm")


class EngineDatabase:
    """The file, which may not be there yet, and its mark `FILE.new`: workflows are to be brought back into it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._mark = file.with_name(file.name + ".new")

    @property
    def new(self) -> bool:
        """Whether workflows have not been brought back into it: it was made anew, or began with the store."""
        return self._mark.exists()

    def begin(self) -> None:
        """Mark a file that is not there yet; the mark outlives a kill. Raises OSError."""
        if not self.file.exists():
            self._mark.touch(0o600)

    def brought_back(self) -> None:
        """Take the mark away: every open petition has its workflow. Raises OSError."""
        self._mark.unlink(missing_ok=True)

    def wrong(self, given_up: Callable[[], bool] = lambda: False) -> str | None:
        """What is broken in it, in SQLite's words; None: nothing, or nothing that was found within LOOK_SECONDS.

        Raises:
            ServerFailed: this user may not read and write it: whether it is broken nobody can say.
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
        """Rename it, with the date, and what SQLite keeps beside it; mark the next one as new.

        Raises:
            OSError: it cannot be renamed; what was renamed before stays so.
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
    """What a server that ended says of its file, if it says that it is broken; its last words."""
    for line in reversed(output.splitlines()):
        if line.startswith("Error:") and any(words in line for words in SAYS_BROKEN):
            return line.strip()[-200:]
    return None
