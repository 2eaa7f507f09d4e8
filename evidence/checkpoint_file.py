"""The file of checkpoints: notes one after another, an empty line after each, on a disk that is best another machine's.

Only ever appended to. A process killed while it wrote leaves an unfinished line: readers stop before it, and the next
note begins after what was finished.
"""

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from eventstore.folder_owner import hand_over
from eventstore.proofs.notes import Note

FILE_TAIL = 1 << 20
"""How much of the file's end is looked through for a note that is in it already."""


def append(file: Path, note: Note) -> None:
    """Append a note to the file of checkpoints, once, on disk when this returns; one process at a time.

    Raises:
        OSError: it cannot be written.
    """
    text = f"{note}\n".encode()
    with file.open("a+b") as opened:
        hand_over(file)
        fcntl.flock(opened, fcntl.LOCK_EX)
        opened.seek(max(0, opened.seek(0, os.SEEK_END) - FILE_TAIL))
        tail = opened.read()
        if text in tail:
            return
        _finish(opened, tail)
        opened.write(text)
        opened.flush()
        os.fsync(opened.fileno())


def _finish(opened: BinaryIO, tail: bytes) -> None:
    """Take an unfinished line away, and end what is before it with an empty line."""
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        opened.truncate(opened.seek(0, os.SEEK_END) - len(tail) + len(whole))
    if whole and not whole.endswith(b"\n\n"):
        opened.write(b"\n")


def finished(text: str) -> str:
    """What a file has without the line at its end that nobody has finished writing."""
    return text[: text.rfind("\n") + 1]


def notes_in(text: str) -> list[str]:
    """The notes of a file: one, or many with empty lines between. A text without signatures below it is none."""
    found: list[str] = []
    body: str | None = None
    for block in (each.strip("\n") for each in text.split("\n\n")):
        if not block:
            continue
        if block.startswith("— "):
            if body is not None:
                found.append(f"{body}\n\n{block}\n")
            body = None
        else:
            body = block
    return found


def size_in(note: str) -> int:
    """The size a checkpoint's note says on its second line; -1 where it says none. Its signature is not looked at."""
    lines = note.split("\n", 2)
    return int(lines[1]) if len(lines) > 2 and lines[1].isdecimal() and len(lines[1]) <= 18 else -1
