"""What others know of the log: the file of checkpoints, and what witnesses countersigned, held against the database.

A database put back (an old copy restored) is whole in itself. Only what was signed and kept elsewhere tells that there
was more, or something else. So that is read before anything is signed, and before `up` and the relay begin.
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
"""How much of a file's end is read for the latest: weeks of checkpoints. All of it is read when something is wrong."""

log = structlog.get_logger(__name__)


class LogPutBack(Expected):
    """The log is not what was signed of it: nothing is signed, nothing begins; the message says what and what to do."""


class KeyRetired(LogPutBack):
    """The key at hand was retired by an act on record: it signs nothing any more."""


class Known(NamedTuple):
    """A checkpoint that was signed, and the file that has it."""

    where: str
    checkpoint: Checkpoint


class PutBack(NamedTuple):
    """What the database has, and the latest that is known to have been: the log does not lead to it.

    `kept`: of how many events the last checkpoint is that the log does lead to, and when it was signed; 0: none.
    `last_at`: when the newest event here was recorded.
    """

    size: int
    last_at: datetime | None
    known: Known
    kept: int
    kept_at: datetime | None

    @property
    def missing(self) -> int:
        """How many events are known to be lost, at least."""
        return self.known.checkpoint.size - min(self.size, self.kept if self.forked else self.size)

    @property
    def forked(self) -> bool:
        """Whether the log went on from an older state, and now has as many events or more."""
        return self.size >= self.known.checkpoint.size

    def sentence(self) -> str:
        """What is wrong, with both sizes and times, and the ways on."""
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
    """The files to read: the file of checkpoints, and what witnesses countersigned (a file, or every one of a folder).

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
    """What is wrong with the log against these files' checkpoints; None: the log leads to all of the latest.

    `seen`: checkpoints known otherwise, whose signatures were checked when they were.

    What nobody's key of this log has signed, an unfinished line, and what was accepted as lost do not count.

    Raises:
        KeyRetired: the key at hand signs nothing any more.
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


def hold(dsn: str, verifier: Verifier, files: Sequence[Path]) -> None:
    """Refuse a log that is not what was signed of it. What cannot be read is said, and holds nothing up.

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
    """The largest checkpoints in the end of a file that one of our keys has signed; all of that size."""
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
    """The largest checkpoint of the files that the log leads to: below it all of them do, above it none."""
    notes: dict[int, str] = {}
    for file in files:
        for note in notes_in(finished(file.read_text("utf-8", errors="replace"))):
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
