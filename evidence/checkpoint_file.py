"""The file of checkpoints: notes separated by empty lines, best kept on another machine's disk.

Append-only. A process killed while writing leaves an unfinished line: readers ignore it, and the next append removes
it.
"""

import fcntl
import os
from pathlib import Path
from typing import BinaryIO

from eventstore.folder_owner import hand_over
from eventstore.proofs.checkpoint import SIZE
from eventstore.proofs.notes import Note

FILE_TAIL = 1 << 20
"""Bytes at the file's end that are searched for a note that is in it already."""


def append(file: Path, note: Note) -> None:
    """Append a note to the file, under a file lock and on disk when this returns. Idempotent.

    Raises:
        OSError: the file cannot be written.
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
    """Remove an unfinished line, and end what is before it with an empty line."""
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        opened.truncate(opened.seek(0, os.SEEK_END) - len(tail) + len(whole))
    if whole and not whole.endswith(b"\n\n"):
        opened.write(b"\n")


def finished(text: str) -> str:
    """A file's text without an unfinished last line."""
    return text[: text.rfind("\n") + 1]


def notes_in(text: str) -> list[str]:
    """The notes in a text: one, or many separated by empty lines. A text without signatures below it is skipped."""
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
    """The size on the second line of a checkpoint's note; -1: no size there. Signatures are not verified."""
    lines = note.split("\n", 2)
    return int(lines[1]) if len(lines) > 2 and SIZE.fullmatch(lines[1]) else -1
