"""The Merkle tree of the stored log: subtrees from the column `leaf_hash`, and from the nodes stored for complete ones.

Nodes are stored at heights 8, 16, 24 …: one row for 256 leaves. A proof over millions of events reads a few hundred
rows.
"""

from collections.abc import Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from eventstore.proofs import merkle
from rulebook.problems import Expected

STEP = 8
"""The distance between two heights at which nodes are stored."""
TILE = 1 << STEP


class BrokenLog(Expected):
    """Leaves or nodes that must exist are missing; `suqiu audit verify` says where."""


class LogTree:
    """Subtrees of the log, read on one connection."""

    def __init__(self, connection: Connection[Any], *, use_nodes: bool = True) -> None:
        """Use a connection; without nodes everything is computed from the leaves."""
        self._connection = connection
        self._use_nodes = use_nodes

    def subtree(self, height: int, index: int) -> bytes:
        """The root of a complete subtree.

        Raises:
            BrokenLog: a leaf of it is missing.
        """
        base = height // STEP * STEP if self._use_nodes else 0
        while True:
            count = 1 << height - base
            hashes = self._hashes(base, index * count, count)
            if len(hashes) == count:
                return merkle.complete(hashes)
            if base == 0:
                raise BrokenLog(f"leaves {index * count + 1} to {(index + 1) * count} are not all there")
            base -= STEP

    def root(self, size: int) -> bytes:
        """The root over the first `size` events.

        Raises:
            BrokenLog: see `subtree`.
        """
        return merkle.root(size, self.subtree)

    def consistency(self, old: int, new: int) -> list[bytes]:
        """The consistency proof from the tree of `old` events to that of `new`.

        Raises:
            merkle.BadProof: `old` is larger than `new`.
            BrokenLog: see `subtree`.
        """
        return merkle.consistency(old, new, self.subtree)

    def inclusion(self, position: int, size: int) -> list[bytes]:
        """The audit path of the event at `position` (from 1) in the tree of `size` events.

        Raises:
            merkle.BadProof: `position` is not within 1 to `size`.
            BrokenLog: see `subtree`.
        """
        return merkle.inclusion(position - 1, size, self.subtree)

    def store_nodes(self, size: int) -> None:
        """Store the nodes that the first `size` events complete and that are not stored yet.

        Raises:
            BrokenLog: see `subtree`.
        """
        height = STEP
        while size >> height:
            row = self._connection.execute(
                "SELECT COALESCE(max(number) + 1, 0) AS n FROM suqiu.nodes WHERE height = %s", (height,)
            ).fetchone()
            first = 0 if row is None else int(row["n"] if isinstance(row, dict) else row[0])
            new = [(height, number, self.subtree(height, number)) for number in range(first, size >> height)]
            with self._connection.cursor() as cursor:
                cursor.executemany("INSERT INTO suqiu.nodes VALUES (%s, %s, %s) ON CONFLICT DO NOTHING", new)
            height += STEP

    def _hashes(self, height: int, first: int, count: int) -> Sequence[bytes]:
        with self._connection.cursor(row_factory=tuple_row, binary=True) as cursor:
            if height:
                cursor.execute(
                    "SELECT hash FROM suqiu.nodes WHERE height = %s AND number >= %s AND number < %s ORDER BY number",
                    (height, first, first + count),
                )
            else:
                cursor.execute(
                    "SELECT leaf_hash FROM suqiu.events WHERE position > %s AND position <= %s ORDER BY position",
                    (first, first + count),
                )
            return [row[0] for row in cursor]


def stored_nodes(connection: Connection[Any]) -> dict[tuple[int, int], bytes]:
    """Every stored node, by (height, number). Unverified.

    Raises:
        psycopg.Error: the database was lost.
    """
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute("SELECT height, number, hash FROM suqiu.nodes")
        return {(height, number): digest for height, number, digest in cursor}
