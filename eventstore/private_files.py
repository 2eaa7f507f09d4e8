"""Files with petitions' data: for their owner only from the moment they are there, whatever the umask says."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PRIVATE = 0o600


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
