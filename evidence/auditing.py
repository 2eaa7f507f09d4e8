"""`suqiu audit verify`: recomputes everything from the rows, and compares it with every known checkpoint."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import psycopg
from psycopg import Connection

from aggregates.office.events import LOG
from eventstore.extent import extent
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import Checkpoint
from eventstore.proofs.heads import Head, HeadMap
from eventstore.proofs.notes import BadNote, Verifier
from eventstore.proofs.row_readers import stretches
from eventstore.proofs.rows import Frontier, Segment, Wrong, missing
from eventstore.proofs.tree import stored_nodes
from evidence.cosigning import Countersigned, countersigned
from evidence.eras import Era, eras, keys_of, read_by
from evidence.falling_times import STORE, Sight
from evidence.time_stamps import BadStamp, TimeStamps

Progress = Callable[[int, int], object]


UNTRUSTED = TimeStamps(None, None)
"""Time stamps without a known authority: only what they are over is checked."""


class Seen(NamedTuple):
    """A checkpoint to compare the log with, and where it is from (`the store`, or a file)."""

    where: str
    checkpoint: Checkpoint


class Verified(NamedTuple):
    """The result: number of events and checkpoints (each once, wherever stored), root and map, and the first error.

    `eras`: those ended by an accepted loss; `lost`: number of checkpoints over events lost then. `outside`: what files
    of checkpoints and known witnesses' cosignatures say of time.
    """

    events: int
    streams: int
    root: bytes
    heads: bytes
    checkpoints: int
    stamps: int
    countersigned: Countersigned
    signed_by: str | None
    wrong: Wrong | None
    eras: tuple[Era, ...] = ()
    lost: int = 0
    outside: tuple[Sight, ...] = ()


def verify(
    dsn: str,
    verifier: Verifier | None,
    elsewhere: Iterable[tuple[str, str]] = (),
    *,
    stamps: TimeStamps = UNTRUSTED,
    witnesses: Sequence[Verifier] = (),
    processes: int | None = None,
    progress: Progress = lambda _done, _all: None,
) -> Verified:
    """Recompute the log and compare it with all checkpoints. `elsewhere`: (source, note) of checkpoints from outside.

    `witnesses`: whose cosignatures are verified; those of others are only counted as unknown.

    `verifier` None: signatures are not verified. Stops at the first wrong row.

    Raises:
        psycopg.Error: the database was lost.
    """
    elsewhere = list(elsewhere)
    with psycopg.connect(dsn, autocommit=True) as connection:
        ended, bad_era = _eras(connection)
        seen, wrong = _seen(connection, verifier, elsewhere, ended)
        lost = [each for each in seen if each.where != STORE and any(era.lost_here(each.checkpoint) for era in ended)]
        seen = [each for each in seen if each not in lost]
        wrong = bad_era or wrong or _of_another_era(seen, ended)
        stamped, bad_stamp = _stamped(connection, stamps)
        outside = [Sight(each.checkpoint.size, each.checkpoint.at, each.where) for each in seen if each.where != STORE]
        cosigned, bad_cosignature = countersigned(connection, witnesses, elsewhere, outside.append)
        size, misfit = _extent(connection)
        check = _Check(seen, size, stored_nodes(connection))
    signed_by = None if verifier is None else str(verifier)
    found = wrong or misfit
    cuts = sorted({each.checkpoint.size for each in seen if each.checkpoint.size <= size})
    earliest = check.hold()
    for begin, stretch in () if earliest else stretches(dsn, size, cuts, processes):
        earliest = check.take(stretch.segments) or stretch.wrong
        if earliest is not None:
            break
        progress(min(begin, size), size)
    # A wrong row says more than a count that does not fit; and that, more than a checkpoint of a larger log.
    found = earliest or found or bad_stamp or bad_cosignature or check.beyond() or check.nodes_beyond()
    progress(size, size)
    return Verified(
        events=check.events,
        streams=check.map.count,
        root=check.root,
        heads=check.map.root,
        checkpoints=len({each.checkpoint for each in seen}),
        stamps=stamped,
        countersigned=cosigned,
        signed_by=signed_by,
        wrong=found,
        eras=tuple(ended),
        lost=len({each.checkpoint for each in lost}),
        outside=tuple(outside),
    )


def _eras(connection: Connection[Any]) -> tuple[list[Era], Wrong | None]:
    try:
        return eras(connection), None
    except (ValueError, KeyError, TypeError) as error:
        return [], Wrong(None, LOG, None, f"what stands there is no loss that was accepted: {error}")


def _of_another_era(seen: Sequence[Seen], ended: Sequence[Era]) -> Wrong | None:
    """A checkpoint signed by a key after that was retired, or before it was in use."""
    for where, checkpoint in seen:
        for era in ended:
            late = checkpoint.origin == era.retired.name and checkpoint.size >= era.position
            if late or (checkpoint.origin == era.key.name and checkpoint.size < era.position):
                when = "after it was retired" if late else "before it was put in place"
                what = f"the checkpoint of {checkpoint.size} events ({where}) is of the key {checkpoint.origin}, {when}"
                return Wrong(None, None, None, f"{what} at position {era.position}")
    return None


def _extent(connection: Connection[Any]) -> tuple[int, Wrong | None]:
    """How many events there should be; and the error if the rows disagree with the position counter."""
    head, last, first = extent(connection)
    rows = last or 0
    if head is None:
        return rows, Wrong(None, None, None, "the counter of positions (suqiu.head) is missing")
    if rows > head:
        return rows, Wrong(head + 1, None, None, f"rows stand beyond the counter of positions, which is at {head}")
    if rows < head:
        return rows, missing(rows + 1)
    if first is not None and first < 1:
        return head, Wrong(first, None, None, "a row stands before the first position")
    return head, None


def _seen(
    connection: Connection[Any],
    verifier: Verifier | None,
    elsewhere: Iterable[tuple[str, str]],
    ended: Sequence[Era],
) -> tuple[list[Seen], Wrong | None]:
    """Every checkpoint, and the first error: not a checkpoint, or not signed by a key of the log."""
    seen: list[Seen] = []
    wrong: Wrong | None = None
    keys = () if verifier is None else keys_of(verifier, ended)
    rows = list(archive.stored(connection))
    # After the rows: each of them has its time then, also where the notary signs another meanwhile.
    made, later = archive.times(connection), archive.later_keys(connection)
    stored = [(STORE, row.size, row.note + later.get(row.size, "")) for row in rows]
    ours = {_text(note): note for _, _, note in stored}
    # What is in a file is read with what was signed of the same text since: by a later key of the log, after a loss.
    for where, size, note in [*stored, *((where, None, _with(ours, note)) for where, note in elsewhere)]:
        try:
            checkpoint = read_by(note, keys)
        except BadNote as error:
            at = "" if size is None else f" of {size} events"
            wrong = wrong or Wrong(None, None, None, f"checkpoint{at} ({where}): {error}")
        else:
            what = None
            if size not in (None, checkpoint.size):
                what = f"it is one of {checkpoint.size} events"
            elif size is not None and made[size].replace(microsecond=0) != checkpoint.at:
                what = f"it was signed at {checkpoint.at:%Y-%m-%dT%H:%M:%SZ}, its row says another time"
            if what is not None:
                wrong = wrong or Wrong(None, None, None, f"checkpoint of {size} events ({where}): {what}")
            seen.append(Seen(where, checkpoint))
    return seen, wrong


def _text(note: str) -> str:
    return note.partition("\n\n")[0]


def _with(ours: Mapping[str, str], note: str) -> str:
    return note if (same := ours.get(_text(note))) is None else note + same.partition("\n\n")[2]


def _stamped(connection: Connection[Any], stamps: TimeStamps) -> tuple[int, Wrong | None]:
    """How many checkpoints have a time stamp, and the first that is wrong."""
    count = 0
    for row in archive.stored(connection):
        if row.stamp is not None:
            try:
                stamps.check(row.note, row.stamp)
            except BadStamp as error:
                what = f"the time stamp of the checkpoint of {row.size} events: {error}"
                return count, Wrong(None, None, None, what)
            count += 1
    return count, None


class _Check:
    """The log as it is recomputed, compared with checkpoints and stored nodes."""

    def __init__(self, seen: Sequence[Seen], size: int, nodes: dict[tuple[int, int], bytes]) -> None:
        self.map = HeadMap()
        self.events = 0
        self._size = size
        self._frontier = Frontier()
        self._nodes = nodes
        self._seen = sorted(seen, key=lambda each: each.checkpoint.size)

    @property
    def root(self) -> bytes:
        return self._frontier.root

    def take(self, segments: Iterable[Segment]) -> Wrong | None:
        """Add segments; returns the first error."""
        for segment in segments:
            for stream, run in segment.streams.items():
                head = self.map.get(stream)
                due = 1 if head is None else head.version + 1
                if run.first != due:
                    return Wrong(run.position, stream, run.first, f"the stream's version should be {due}")
                self.map.put([(stream, Head(run.last, run.leaf))])
            for part in segment.hashes:
                for height, number, digest in self._frontier.add(*part):
                    if self._nodes.pop((height, number), digest) != digest:
                        first, last = (number << height) + 1, (number + 1) << height
                        return Wrong(first, None, None, f"positions {first} to {last} are not what was stored of them")
            self.events = segment.end
            if (wrong := self.hold()) is not None:
                return wrong
        return None

    def hold(self) -> Wrong | None:
        """Compare the log so far with the checkpoints of its size."""
        while self._seen and self._seen[0].checkpoint.size == self.events:
            where, checkpoint = self._seen.pop(0)
            named = f"the checkpoint of {checkpoint.size} events ({where}, {checkpoint.at:%Y-%m-%dT%H:%M:%SZ})"
            if checkpoint.root != self.root:
                what = f"the log up to here is not what {named} has signed"
                return Wrong(self.events, None, None, what)
            if (checkpoint.streams, checkpoint.heads) != (self.map.count, self.map.root):
                return Wrong(self.events, None, None, f"the map of heads is not what {named} has signed")
        return None

    def beyond(self) -> Wrong | None:
        """A checkpoint of more events than there are: the log was truncated, or an old database was restored."""
        for where, checkpoint in self._seen:
            if checkpoint.size > self._size:
                return Wrong(
                    self._size + 1,
                    None,
                    None,
                    f"the log has {self._size} events, but {where} has a checkpoint of {checkpoint.size} "
                    f"({checkpoint.at:%Y-%m-%dT%H:%M:%SZ}): it was cut, or an old copy was put back",
                )
        return None

    def nodes_beyond(self) -> Wrong | None:
        """A stored node that is not part of the log's tree."""
        if not self._nodes:
            return None
        height, number = min(self._nodes)
        return Wrong(None, None, None, f"a node is stored that the log does not have: height {height}, number {number}")
