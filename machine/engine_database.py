"""The engine's SQLite file: checked before it is used, renamed when broken, and marked while new.

Its data can be lost: workflows are restored from the log. So a broken file is renamed and kept, and the server creates
another. Broken means an error of SQLite about its content, or of the server when it ends; not a file that is slow,
locked, on a full disk, or another user's.

It stands in a folder of its own, in which the server's user writes; what we keep about it stands beside that folder.
"""

import os
import pwd
import sqlite3
import stat
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
    """The file, which may not exist yet, and its mark `FOLDER.new`: workflows must still be restored into it."""

    def __init__(self, file: Path) -> None:
        self.file = file
        self._mark = beside(file, ".new")

    def give_to(self, user: pwd.struct_passwd | None) -> None:
        """Make the folder; as root, give it and what is in it to the server's user.

        Raises:
            ServerFailed: it is another's, or other things are in it; or it cannot be made.
        """
        folder = self.file.parent
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if user is None:
                return
            found = [(each, each.lstat()) for each in folder.iterdir()]
            if folder.stat().st_uid not in (0, user.pw_uid) or not all(
                each.name.startswith(self.file.name) for each, _ in found
            ):
                raise ServerFailed(f"{folder} is not the engine's own: give it a folder with nothing else in it")
            folder.chmod(0o700)
            for each, about in found:
                if about.st_uid != user.pw_uid and stat.S_ISREG(about.st_mode) and about.st_nlink == 1:
                    os.lchown(each, user.pw_uid, user.pw_gid)
            os.chown(folder, user.pw_uid, user.pw_gid)  # last: from here on the user may exchange what is in it
        except OSError as error:
            raise ServerFailed(f"{folder} cannot be used: {error.strerror}") from None

    def take_over(self, earlier: Path) -> None:
        """Move a file of an earlier version, which stood among our own, into the folder; nothing if there is none.

        Raises:
            ServerFailed: it cannot be moved.
        """
        try:
            mark = earlier.with_name(f"{earlier.name}.new")
            if mark.exists():
                mark.rename(self._mark)
            if earlier.exists() and not self.file.exists():
                self.file.parent.mkdir(mode=0o700, exist_ok=True)
                if os.geteuid() == 0:
                    about = earlier.lstat()
                    os.chown(self.file.parent, about.st_uid, about.st_gid)
                for ending in reversed(BESIDE):  # the file itself last: broken off, it is done again
                    with suppress(FileNotFoundError):
                        earlier.with_name(earlier.name + ending).rename(self.file.with_name(self.file.name + ending))
        except OSError as error:
            raise ServerFailed(f"{earlier} cannot be moved into {self.file.parent}: {error.strerror}") from None

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


def beside(file: Path, ending: str) -> Path:
    """What we keep about the engine's file: beside its folder, which is not ours."""
    return file.parent.with_name(file.parent.name + ending)


def says_broken(output: str) -> str | None:
    """The last words of a server that ended over a broken file; None: it ended for another reason."""
    for line in reversed(output.splitlines()):
        if line.startswith("Error:") and any(words in line for words in SAYS_BROKEN):
            return line.strip()[-200:]
    return None
