"""Rotation of one machine's log files: our own rotates itself, those of the servers are copied and truncated.

A server holds its file open and appends to it, so that the file cannot be renamed. Lines written in the moment of
copying may be lost; the records are in the database, not here.
"""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import structlog

from office.logs import KEPT, LARGEST_BYTES

EVERY_SECONDS = 60.0

log = structlog.get_logger(__name__)


def turn_over(file: Path, largest: int = LARGEST_BYTES) -> bool:
    """Rotate a file larger than `largest` bytes, by copy and truncate; returns whether it did.

    Raises:
        OSError: there is no room for the copy.
    """
    try:
        if file.stat().st_size <= largest:
            return False
    except FileNotFoundError:
        return False
    for number in range(KEPT, 1, -1):
        with suppress(FileNotFoundError):
            _aside(file, number - 1).replace(_aside(file, number))
    draft = file.with_name(f"{file.name}.part")
    try:
        shutil.copy2(file, draft)
        draft.replace(_aside(file, 1))
    finally:
        draft.unlink(missing_ok=True)
    with file.open("r+b") as opened:
        opened.truncate(0)
    return True


@asynccontextmanager
async def kept_small(
    folder: Path, *, largest: int = LARGEST_BYTES, every: float = EVERY_SECONDS
) -> AsyncIterator[None]:
    """Rotate the servers' logs in a folder while the block runs."""
    task = asyncio.create_task(_look_after(folder, largest, every), name="logs")
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def _look_after(folder: Path, largest: int, every: float) -> None:
    while True:
        await asyncio.to_thread(_look_once, folder, largest)
        await asyncio.sleep(every)


def _look_once(folder: Path, largest: int) -> None:
    for file in sorted(folder.glob("*.log")):
        if file.name == OURS:
            continue
        try:
            turn_over(file, largest)
        except OSError as error:
            log.warning("log.not_turned_over", file=file.name, reason=error.strerror)


OURS = "suqiu.log"
"""Rotated by its writer (`office/logs.py`)."""


def _aside(file: Path, number: int) -> Path:
    return file.with_name(f"{file.name}.{number}")
