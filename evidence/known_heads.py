"""Checkpoints known outside the database (the checkpoint file, witnesses' notes), compared with the log.

A database restored from an old copy is consistent in itself. Only checkpoints kept elsewhere show that there was more,
or something else. So they are compared before anything is signed, and before `up` and the relay start.
"""

from bisect import bisect_right
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
import structlog
from psycopg import Connection

from eventstore.extent import is_there, last_recorded_at, log_size
from eventstore.proofs.checkpoint import Checkpoint
from eventstore.proofs.merkle import EMPTY_ROOT
from eventstore.proofs.notes import BadNote, Verifier
from eventstore.proofs.tree import LogTree
from evidence.checkpoint_file import finished, notes_in, size_in
from evidence.eras import eras, keys_of, read_by
from rulebook.problems import Expected

LATEST_BYTES = 16 << 20
"""Bytes at a file's end that are read for the latest checkpoints: weeks of them. If something is wrong, all is read."""

log = structlog.get_logger(__name__)


class LogPutBack(Expected):
    """The log does not continue a known checkpoint: nothing is signed or started; the message says what to do."""


class KeyRetired(LogPutBack):
    """The signing key was retired by a recorded act: it must not sign any more."""


class Known(NamedTuple):
    """A signed checkpoint, and the file it is from."""

    where: str
    checkpoint: Checkpoint


class PutBack(NamedTuple):
    """The size of the log, and the largest known checkpoint that it does not continue.

    `kept`: size of the last checkpoint that the log does continue, and when that was signed; 0: none. `last_at`: when
    the newest event here was recorded.
    """

    size: int
    last_at: datetime | None
    known: Known
    kept: int
    kept_at: datetime | None

    @property
    def missing(self) -> int:
        """How many events are lost, at least."""
        return self.known.checkpoint.size - min(self.size, self.kept if self.forked else self.size)

    @property
    def forked(self) -> bool:
        """Whether the log went on from an older state, and now has as many events or more."""
        return self.size >= self.known.checkpoint.size

    def sentence(self) -> str:
        """What is wrong, with both sizes and times, and what can be done."""
        known = self.known.checkpoint
        here = f"{self.size} events" + (f" (the last of {self.last_at:%Y-%m-%dT%H:%M:%SZ})" if self.last_at else "")
        there = f"a checkpoint of {known.size} events, signed {known.at:%Y-%m-%dT%H:%M:%SZ}"
        common = (
            f"both have the first {self.kept}, as signed {self.kept_at:%Y-%m-%dT%H:%M:%SZ}"
            if self.kept_at
            else "no checkpoint is known that both have"
        )
        what = "they are other events" if self.forked else f"at least {self.missing} events are missing"
        return (
            f"the log was put back or rewritten: the database has {here}, but {self.known.where} has {there}; {what}, "
            f"{common}. Nothing is signed and nothing begins until a person decides: put the right copy back, or see "
            "`suqiu audit missing` and then `suqiu audit accept-loss` (docs/evidence.md, A log that was put back)"
        )


def sources(file: Path | None, witnesses: Path | None) -> list[Path]:
    """The files to read: the checkpoint file, and witnesses' notes (a file, or all files of a folder).

    Raises:
        OSError: the folder cannot be listed.
    """
    found = [] if file is None else [file]
    if witnesses is not None:
        found += sorted(each for each in witnesses.iterdir() if each.is_file()) if witnesses.is_dir() else [witnesses]
    return [each for each in found if each.is_file()]


def put_back(
    connection: Connection[Any], verifier: Verifier, files: Sequence[Path], seen: Sequence[Known] = ()
) -> PutBack | None:
    """Compare the log with the latest checkpoints in these files; None: it continues all of them.

    `seen`: further checkpoints, whose signatures were verified earlier. Ignored: checkpoints not signed by a key of
    this log, an unfinished line, and checkpoints accepted as lost.

    Raises:
        KeyRetired: the signing key was retired.
        OSError: a file cannot be read.
        BrokenLog: leaves are missing.
        psycopg.Error: the database was lost.
    """
    empty = not is_there(connection)
    ended = [] if empty else eras(connection)
    if any(era.retired == verifier for era in ended):
        raise KeyRetired(
            f"the key {verifier.name}+{verifier.id.hex()} was retired: {ended[-1].sentence()}. Run `suqiu audit "
            f"accept-loss` once more to put the new key in place, or set SUQIU_LOG_KEY to that of {ended[-1].key.name}"
        )
    if any(era.retired.name == verifier.name for era in ended):
        now = ended[-1].key.name
        raise KeyRetired(
            f"the key {verifier.name}+{verifier.id.hex()} has a name that was retired: {ended[-1].sentence()}. If that "
            f"key was lost, make another of its name (`suqiu keys make-log FILE --name {now}`) and let it take over "
            "(`suqiu audit vouch`)"
        )
    keys = keys_of(verifier, ended)
    size, tree = 0 if empty else log_size(connection), LogTree(connection)
    worst: Known | None = None
    latest = (Known(file.name, checkpoint) for file in files for checkpoint in _latest(file, keys))
    for known in (*latest, *seen):
        if any(era.lost_here(known.checkpoint) for era in ended) or _leads_to(tree, size, known.checkpoint):
            continue
        if worst is None or known.checkpoint.size > worst.checkpoint.size:
            worst = known
    if worst is None:
        return None
    kept = _last_common(tree, size, files, keys)
    last_at = None if empty else last_recorded_at(connection)
    return PutBack(size, last_at, worst, kept.size if kept else 0, kept.at if kept else None)


def latest_in(connection: Connection[Any], verifier: Verifier, files: Sequence[Path]) -> Checkpoint | None:
    """Of the largest checkpoints in these files, signed by a key of this log and not accepted as lost, the latest.

    Raises:
        OSError: a file cannot be read.
        psycopg.Error: the database was lost.
    """
    ended = eras(connection) if is_there(connection) else []
    keys = keys_of(verifier, ended)
    found = [each for file in files for each in _latest(file, keys) if not any(era.lost_here(each) for era in ended)]
    return max(found, key=lambda each: each.at, default=None)


def hold(dsn: str, verifier: Verifier, files: Sequence[Path]) -> None:
    """Refuse a log that does not continue these files' checkpoints. A file that cannot be read is logged and ignored.

    Raises:
        LogPutBack: a checkpoint in `files` is of a longer log, or of another one.
        BrokenLog: leaves are missing.
        psycopg.Error: the database was lost.
    """
    try:
        with psycopg.connect(dsn) as connection:
            found = put_back(connection, verifier, files)
    except OSError as error:
        log.warning("checkpoints.unreadable", error=str(error), then="nothing is signed until they can be read")
        return
    if found is not None:
        raise LogPutBack(found.sentence())


def _latest(file: Path, keys: Sequence[Verifier]) -> list[Checkpoint]:
    """The largest checkpoints at the end of a file that a key of the log has signed; all of one size."""
    with file.open("rb") as opened:
        opened.seek(max(0, file.stat().st_size - LATEST_BYTES))
        text = opened.read().decode("utf-8", errors="replace")
    notes = sorted(((size_in(note), note) for note in set(notes_in(finished(text)))), reverse=True)
    found: list[Checkpoint] = []
    for size, note in notes:
        if found and size < found[0].size:
            break
        try:
            found.append(read_by(note, keys))
        except BadNote:
            continue
    return found


def _leads_to(tree: LogTree, size: int, checkpoint: Checkpoint) -> bool:
    if checkpoint.size > size:
        return False
    return (tree.root(checkpoint.size) if checkpoint.size else EMPTY_ROOT) == checkpoint.root


def _last_common(tree: LogTree, size: int, files: Sequence[Path], keys: Sequence[Verifier]) -> Checkpoint | None:
    """The largest checkpoint of the files that the log continues (bisection: it continues all smaller ones)."""
    notes: dict[int, str] = {}
    for file in files:
        for note in notes_in(finished(file.read_bytes().decode("utf-8", errors="replace"))):
            notes.setdefault(size_in(note), note)
    sizes = sorted(each for each in notes if 0 < each <= size)
    signed: dict[int, Checkpoint] = {}

    def beyond(at: int) -> bool:
        try:
            signed[at] = read_by(notes[at], keys)
        except BadNote:
            return True
        return not _leads_to(tree, size, signed[at])

    place = bisect_right(sizes, False, key=beyond)
    return signed.get(sizes[place - 1]) if place else None
