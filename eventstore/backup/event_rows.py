"""Events read from a file of a backup and recomputed, as `suqiu audit verify` does from the database."""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from itertools import islice
from pathlib import Path

from eventstore.backup.manifest import BadBackup, Part
from eventstore.backup.parts import lines
from eventstore.proofs.rows import STRETCH, EventRow, Frontier, examine

COLUMNS = (
    "position",
    "originator_id",
    "originator_version",
    "topic",
    "state",
    "recorded_at",
    "command_id",
    "leaf_hash",
)
"""In the order that `examine` expects."""
_ESCAPED = re.compile(rb"\\(.)", re.DOTALL)
_MEANT = {b"b": b"\b", b"f": b"\f", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"v": b"\v"}


def grow(frontier: Frontier, folder: Path, part: Part, begin: int) -> Iterator[int]:
    """Recompute the events of a file, the first one after position `begin`, and add their leaves to the tree.

    Yields the last position done.

    Raises:
        BadBackup: a row is missing, or does not match its leaf hash.
    """
    place = [part.columns.index(name) for name in COLUMNS]
    rows = (_row(line, place) for line in lines(folder, part))
    at = begin
    while page := list(islice(rows, STRETCH - at % STRETCH)):
        at = _take(frontier, folder / part.name, page, at)
        yield at
    if at != begin + part.rows:
        raise BadBackup(f"{folder / part.name}: {at - begin} events could be read back of {part.rows}")


def _take(frontier: Frontier, file: Path, page: Sequence[EventRow], at: int) -> int:
    found = examine(page, at, at + len(page), ())
    if found.wrong is not None:
        raise BadBackup(f"{file}: position {found.wrong.position}: {found.wrong.what}")
    for segment in found.segments:
        for subtree in segment.hashes:
            frontier.add(*subtree)
    return at + len(page)


def _row(line: bytes, place: Iterable[int]) -> EventRow:
    fields = line.split(b"\t")
    position, stream, version, topic, state, recorded_at, command_id, leaf = (_plain(fields[index]) for index in place)
    return (
        int(position),
        stream.decode(),
        int(version),
        topic.decode(),
        bytes.fromhex(state[2:].decode()),
        datetime.fromisoformat(recorded_at.decode()),
        command_id.decode(),
        bytes.fromhex(leaf[2:].decode()),
    )


def _plain(field: bytes) -> bytes:
    """A field of COPY's text format, unescaped."""
    if b"\\" not in field:
        return field
    return _ESCAPED.sub(lambda found: _MEANT.get(found[1], found[1]), field)
