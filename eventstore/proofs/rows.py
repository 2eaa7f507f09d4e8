"""Stretches of the log (ranges of positions) read and recomputed: the first error, and the hashes of all before it."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from psycopg import Connection
from psycopg.rows import tuple_row

from eventstore.leaf import leaf_hash
from eventstore.proofs import merkle
from eventstore.proofs.tree import STEP, TILE

STRETCH = 8_192
"""Events read at once: a multiple of 256."""


EventRow = tuple[int, str, int, str, bytes, datetime, str, bytes]
"""Position, stream, version, topic, body, time of recording, command id, leaf hash."""


class Wrong(NamedTuple):
    """The first error: its position, stream and version (None where unknown), and what it is."""

    position: int | None
    stream: str | None
    version: int | None
    what: str


class Run(NamedTuple):
    """A stream's events within a segment: position of the first, first and last version, leaf hash of the last."""

    position: int
    first: int
    last: int
    leaf: bytes


class Segment(NamedTuple):
    """Rows up to a checkpoint's size or the stretch's end: subtrees as `merkle.parts` has them, of height 8 at most,
    and the run of each stream in it.
    """

    end: int
    hashes: list[tuple[int, int, bytes]]
    streams: dict[str, Run]


class Stretch(NamedTuple):
    """The result for a stretch; `segments` end before the first wrong row."""

    segments: list[Segment]
    wrong: Wrong | None


def read_stretch(connection: Connection[Any], begin: int, end: int, cuts: Sequence[int]) -> Stretch:
    """Recompute the rows at positions `begin + 1` to `end`; a segment ends at each of `cuts` and at `end`."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        rows = cursor.execute(
            "SELECT position, originator_id, originator_version, topic, state, recorded_at, command_id, leaf_hash "
            "FROM suqiu.events WHERE position > %s AND position <= %s ORDER BY position",
            (begin, end),
            prepare=True,
        ).fetchall()
    return examine(rows, begin, end, cuts)


def examine(rows: Sequence[EventRow], begin: int, end: int, cuts: Sequence[int]) -> Stretch:
    """Recompute rows that should be those at positions `begin + 1` to `end`, from the database or a backup."""
    segments: list[Segment] = []
    at = begin
    for cut in [*(cut for cut in cuts if begin < cut < end), end]:
        leaves: list[bytes] = []
        streams: dict[str, Run] = {}
        for row in rows[at - begin : cut - begin]:
            wrong = _look(row, at + len(leaves) + 1, streams)
            if wrong is not None:
                return Stretch(segments, wrong)
            leaves.append(row[7])
        if len(leaves) < cut - at:
            return Stretch(segments, missing(at + len(leaves) + 1))
        segments.append(Segment(cut, _subtrees(leaves, at, cut), streams))
        at = cut
    return Stretch(segments, None)


def missing(position: int) -> Wrong:
    """The error for a row that does not exist."""
    return Wrong(position, None, None, "the row is missing: positions have a gap here")


def _look(row: EventRow, expected: int, streams: dict[str, Run]) -> Wrong | None:
    position, stream, version, topic, state, recorded_at, command_id, stored = row
    if position != expected:
        return missing(expected)
    try:
        computed = leaf_hash(stream, version, topic, state, command_id, recorded_at)
    except (ValueError, RecursionError) as error:
        return Wrong(position, stream, version, f"the body cannot be read: {type(error).__name__}")
    if computed != stored:
        return Wrong(position, stream, version, "the row is not what its leaf hash was made of")
    known = streams.get(stream)
    if known is None:
        streams[stream] = Run(position, version, version, stored)
    elif known.last + 1 != version:
        return Wrong(position, stream, version, f"the stream's version should be {known.last + 1}")
    else:
        streams[stream] = Run(known.position, known.first, version, stored)
    return None


def _subtrees(leaves: list[bytes], begin: int, end: int) -> list[tuple[int, int, bytes]]:
    found = []
    at = begin
    while at < end:
        until = min(end, (at // TILE + 1) * TILE)
        for height, index in merkle.parts(at, until):
            first = (index << height) - begin
            found.append((height, index, merkle.complete(leaves[first : first + (1 << height)])))
        at = until
    return found


class Frontier:
    """The right edge of a growing tree: its complete subtrees, merged when two form a larger one."""

    def __init__(self, subtrees: Iterable[tuple[int, int, bytes]] = ()) -> None:
        """Begin with these complete subtrees, from the left; without any, with an empty tree."""
        self._stack = list(subtrees)

    def add(self, height: int, index: int, digest: bytes) -> list[tuple[int, int, bytes]]:
        """Add the next subtree; returns the subtrees now complete at heights that are stored (8, 16, 24 …)."""
        complete = []
        while True:
            if height and height % STEP == 0:
                complete.append((height, index, digest))
            if not (index & 1 and self._stack and self._stack[-1][:2] == (height, index - 1)):
                break
            digest = merkle.node(self._stack.pop()[2], digest)
            height, index = height + 1, index >> 1
        self._stack.append((height, index, digest))
        return complete

    @property
    def subtrees(self) -> tuple[tuple[int, int, bytes], ...]:
        """The complete subtrees (height, index, hash), from the left."""
        return tuple(self._stack)

    @property
    def root(self) -> bytes:
        """The root over everything added."""
        return merkle.fold(digest for _, _, digest in self._stack) if self._stack else merkle.EMPTY_ROOT
