"""The map of heads: every stream's latest version and that event's leaf hash; it proves presence and absence.

Streams are sorted into 65,536 buckets by the first 16 bits of the SHA-256 of their id, and within a bucket by that
hash. A bucket is an RFC 9162 tree over its entries; the map is a tree over all buckets, of fixed size. So an event
costs its bucket and 16 hashes, and the absence of a stream is proven by its neighbours in one small bucket.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple

from eventstore.proofs import merkle

DEPTH = 16
BUCKETS = 1 << DEPTH
MIDDLE = DEPTH // 2
"""The height whose 256 nodes are stored for each checkpoint (`kept_heads.keep_nodes`)."""
NODES = 1 << DEPTH - MIDDLE


class Head(NamedTuple):
    """A stream's latest version, and that event's leaf hash."""

    version: int
    leaf: bytes


class Entry(NamedTuple):
    """A stream and its head, in the stream's bucket."""

    stream: str
    head: Head

    @property
    def hash(self) -> bytes:
        """The leaf of the entry in its bucket's tree."""
        return sha256(f"\0suqiu/head/1\n{self.stream}\n{self.head.version}\n".encode() + self.head.leaf).digest()


def place(stream: str) -> bytes:
    """The SHA-256 of a stream's id, by which streams are sorted."""
    return sha256(stream.encode()).digest()


def bucket_of(stream: str) -> int:
    """The number of a stream's bucket: the first 16 bits of its place."""
    return int.from_bytes(place(stream)[:2], "big")


def node_of(stream: str) -> int:
    """The number of the middle node above a stream: the first byte of its place."""
    return bucket_of(stream) >> MIDDLE


def bucket_hash(count: int, root: bytes) -> bytes:
    """The leaf of a bucket in the map's tree."""
    return merkle.leaf(b"suqiu/heads/1\n" + count.to_bytes(8, "big") + root)


def _empty_levels() -> list[bytes]:
    levels = [bucket_hash(0, merkle.EMPTY_ROOT)]
    for _ in range(DEPTH):
        levels.append(merkle.node(levels[-1], levels[-1]))
    return levels


EMPTY = _empty_levels()
EMPTY_MAP = EMPTY[-1]


@dataclass(frozen=True)
class HeadProof:
    """Proof of a stream's latest version (or, with `head` None, that the stream has no event).

    `entries` of its bucket are (index in the bucket, entry, audit path): the stream's own, or its left and right
    neighbours. `path` is the bucket's audit path to the map's root.
    """

    stream: str
    head: Head | None
    count: int
    bucket_root: bytes
    entries: tuple[tuple[int, Entry, tuple[bytes, ...]], ...]
    path: tuple[bytes, ...]

    def verify(self, map_root: bytes) -> None:
        """Verify the proof against the root of a signed map.

        Raises:
            merkle.BadProof: a path does not lead to the root, or an entry is neither the stream's nor a neighbour's.
        """
        number = bucket_of(self.stream)
        merkle.verify_inclusion(number, BUCKETS, bucket_hash(self.count, self.bucket_root), self.path, map_root)
        for index, entry, path in self.entries:
            merkle.verify_inclusion(index, self.count, entry.hash, path, self.bucket_root)
            if bucket_of(entry.stream) != number:
                raise merkle.BadProof(f"{entry.stream} stands in the wrong bucket")
        if self.head is not None:
            if [(entry.stream, entry.head) for _, entry, _ in self.entries] != [(self.stream, self.head)]:
                raise merkle.BadProof(f"{self.stream} is not the entry shown")
            return
        own = place(self.stream)
        left = [(index, entry) for index, entry, _ in self.entries if place(entry.stream) < own]
        right = [(index, entry) for index, entry, _ in self.entries if place(entry.stream) > own]
        if len(left) + len(right) != len(self.entries) or len(left) > 1 or len(right) > 1:
            raise merkle.BadProof(f"{self.stream}: the entries shown are not its neighbours")
        after = left[0][0] + 1 if left else 0
        if (right[0][0] if right else self.count) != after:
            raise merkle.BadProof(f"{self.stream}: something stands between the neighbours shown")


class HeadMap:
    """The map, updated event by event. Changed entries are hashed when the root or a proof is asked for."""

    def __init__(self, heads: Mapping[str, Head] | None = None) -> None:
        """Begin with these heads."""
        self._buckets: dict[int, dict[str, tuple[bytes, Head]]] = {}
        self._levels: list[dict[int, bytes]] = [{} for _ in range(DEPTH + 1)]
        self._touched: set[int] = set()
        self.count = 0
        self.put((heads or {}).items())

    def put(self, heads: Iterable[tuple[str, Head]]) -> None:
        """Set the heads of streams."""
        for stream, head in heads:
            where = place(stream)
            number = where[0] << 8 | where[1]
            bucket = self._buckets.setdefault(number, {})
            self.count += stream not in bucket
            bucket[stream] = (where, head)
            self._touched.add(number)

    @property
    def root(self) -> bytes:
        """The root of the map; hashes what changed since it was last asked for."""
        touched, self._touched = self._touched, set()
        for number in touched:
            entries = self._entries(number)
            root = merkle.root_of([entry.hash for entry in entries])
            self._levels[0][number] = bucket_hash(len(entries), root)
        for height in range(DEPTH):
            below, level, empty = self._levels[height], self._levels[height + 1], EMPTY[height]
            touched = {number >> 1 for number in touched}
            for number in touched:
                level[number] = merkle.node(below.get(2 * number, empty), below.get(2 * number + 1, empty))
        return self._levels[DEPTH].get(0, EMPTY_MAP)

    @property
    def nodes(self) -> list[bytes]:
        """The map's 256 nodes at the middle height, of which the root is computed."""
        _ = self.root
        return [self._levels[MIDDLE].get(number, EMPTY[MIDDLE]) for number in range(NODES)]

    def get(self, stream: str) -> Head | None:
        """A stream's head; None: the map has no such stream."""
        found = self._buckets.get(bucket_of(stream), {}).get(stream)
        return None if found is None else found[1]

    def prove(self, stream: str, nodes: Sequence[bytes] | None = None) -> HeadProof:
        """The proof of a stream's head, or of its absence.

        With the `nodes` of the whole map, this one need only hold the streams below the stream's own node.
        """
        _ = self.root
        number = bucket_of(stream)
        entries = self._entries(number)
        leaves = [entry.hash for entry in entries]
        at = bisect_left([place(entry.stream) for entry in entries], place(stream))
        head = self.get(stream)
        shown = [at] if head is not None else [index for index in (at - 1, at) if 0 <= index < len(entries)]
        path = [self._levels[height].get(number >> height ^ 1, EMPTY[height]) for height in range(DEPTH)]
        if nodes is not None:
            path[MIDDLE:] = merkle.inclusion(node_of(stream), NODES, merkle.subtrees_of(nodes))
        below = merkle.subtrees_of(leaves)
        proofs = tuple((index, entries[index], tuple(merkle.inclusion(index, len(leaves), below))) for index in shown)
        return HeadProof(stream, head, len(entries), merkle.root_of(leaves), proofs, tuple(path))

    def _entries(self, number: int) -> list[Entry]:
        bucket = self._buckets.get(number, {})
        placed = sorted((where, stream, head) for stream, (where, head) in bucket.items())
        return [Entry(stream, head) for _, stream, head in placed]
