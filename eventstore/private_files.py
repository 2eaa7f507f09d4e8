"""Files with secrets or petitions' data: for their owner only from the moment they are there, whatever the umask says.

Secrets are read only from a file that nobody but its owner could read or write.
"""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, BinaryIO

from rulebook.problems import BadInput

PRIVATE = 0o600
OTHERS = 0o077


class NotPrivate(BadInput, OSError):
    """Somebody else could read or exchange the file; the message names it and what to do."""


def create(path: Path) -> int:
    """A descriptor of a new file (mode 0600) to write to; what was at its place is removed, not written into.

    A file that somebody else put there, readable for all, or a link to another one, gets nothing.

    Raises:
        OSError: the file cannot be created.
    """
    with suppress(FileNotFoundError):
        path.unlink()
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, PRIVATE)


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A new file (mode 0600) beside `path`, which takes its place once it is whole and on disk.

    Raises:
        OSError: the file cannot be written.
    """
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        opened = create(part)
    except OSError as error:
        error.filename = str(path)  # what was asked for, not what is beside it
        raise
    try:
        with os.fdopen(opened, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    finally:
        part.unlink(missing_ok=True)


def opener(path: str, flags: int) -> int:
    """For `open(…, opener=opener)`: what it creates is for its owner only."""
    return os.open(path, flags | os.O_CLOEXEC, PRIVATE)


def new_private_file(path: Path) -> IO[bytes]:
    """As `create`, open for writing.

    Raises:
        OSError: it cannot be made, or somebody put something in its place meanwhile.
    """
    return os.fdopen(create(path), "wb")


def read_private_file(path: Path) -> str:
    """The text of a file that holds a secret.

    Its owner is this user or root; for root also whoever owns the folder it is in.

    Raises:
        NotPrivate: it is another user's, open to others, or no file.
        OSError, UnicodeDecodeError: it cannot be read.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
        found = os.fstat(file.fileno())
        if not stat.S_ISREG(found.st_mode):
            raise NotPrivate(f"{path} is no file")
        owners = {0, os.geteuid()}
        if os.geteuid() == 0:
            owners.add(path.resolve().parent.stat().st_uid)
        if found.st_uid not in owners:
            raise NotPrivate(
                f"{path} belongs to another user (uid {found.st_uid}), who could exchange it: if it is the right one, "
                f"`chown {os.geteuid()} {path}`"
            )
        mode = stat.S_IMODE(found.st_mode)
        if mode & OTHERS:
            raise NotPrivate(
                f"{path} is open to others than its owner (mode {mode:04o}): `chmod 600 {path}`, and replace the "
                "key if somebody may have read or exchanged it"
            )
        return file.read().decode("utf-8")
