"""The Merkle tree (RFC 9162) and the map of heads: verifies proofs against a signed root."""

from __future__ import annotations

from hashlib import sha256
from typing import Any, NamedTuple

from evidence.verifier.limits import Wrong
from evidence.verifier.notes import Checkpoint
from evidence.verifier.strict_json import decode, hashes, shape


def leaf_of(content: bytes) -> bytes:
    """The hash of a leaf's content."""
    return sha256(b"\0" + content).digest()


def node_of(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees."""
    return sha256(b"\1" + left + right).digest()


def root_from_path(index: int, size: int, leaf: bytes, path: list[bytes]) -> bytes | None:
    """The root that an audit path leads to (RFC 9162, 2.1.3.2); None: the path does not fit."""
    if not 0 <= index < size:
        return None
    number, last, at = index, size - 1, leaf
    for each in path:
        if last == 0:
            return None
        if number & 1 or number == last:
            at = node_of(each, at)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            at = node_of(at, each)
        number, last = number >> 1, last >> 1
    return at if last == 0 else None


def continues(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Whether the tree of `new` leaves begins with that of `old` (RFC 9162, 2.1.4.2)."""
    if old == new:
        return old_root == new_root and not proof
    if not 0 < old < new or not proof:
        return False
    path = [old_root, *proof] if old & (old - 1) == 0 else list(proof)
    number, last = old - 1, new - 1
    while number & 1:
        number, last = number >> 1, last >> 1
    left = right = path[0]
    for each in path[1:]:
        if last == 0:
            return False
        if number & 1 or number == last:
            left, right = node_of(each, left), node_of(each, right)
            while number and not number & 1:
                number, last = number >> 1, last >> 1
        else:
            right = node_of(right, each)
        number, last = number >> 1, last >> 1
    return last == 0 and (left, right) == (old_root, new_root)


BUCKETS = 1 << 16


class Head(NamedTuple):
    """A stream's latest version and that event's leaf hash; None: the stream did not exist."""

    version: int | None
    leaf: bytes | None


def read_head(value: Any, checkpoint: Checkpoint, where: str) -> tuple[str, Head]:
    """Read a stream's head and verify its proof against the map's root in a checkpoint.

    Raises:
        Wrong: the proof does not verify.
    """
    given = shape(
        value,
        where,
        checkpoint=int,
        stream=str,
        version=(int, type(None)),
        count=int,
        root=str,
        entries=list,
        path=list,
    )
    stream, version, count, root = given["stream"], given["version"], given["count"], decode(given["root"], where)
    place = sha256(stream.encode()).digest()
    number = int.from_bytes(place[:2], "big")
    if not 0 <= count < 2**40:
        raise _no_head(where)
    bucket = leaf_of(b"suqiu/heads/1\n" + count.to_bytes(8, "big") + root)
    if root_from_path(number, BUCKETS, bucket, hashes(given["path"], where)) != checkpoint.heads:
        raise _no_head(where)
    shown: list[tuple[int, str, int, bytes]] = []
    for each in given["entries"]:
        shape(each, where, index=int, stream=str, version=int, leaf=str, path=list)
        leaf = decode(each["leaf"], where)
        head = leaf_of(f"suqiu/head/1\n{each['stream']}\n{each['version']}\n".encode() + leaf)
        if root_from_path(each["index"], count, head, hashes(each["path"], where)) != root:
            raise _no_head(where)
        shown.append((each["index"], each["stream"], each["version"], leaf))
    if version is not None:
        if len(shown) != 1 or shown[0][1:3] != (stream, version):
            raise _no_head(where)
        return stream, Head(version, shown[0][3])
    _neighbours(place, count, root, shown, where)
    return stream, Head(None, None)


def _neighbours(place: bytes, count: int, root: bytes, shown: list[tuple[int, str, int, bytes]], where: str) -> None:
    """Check that the stream is absent: its neighbours in the bucket are adjacent, or the bucket is empty."""
    places = [(index, sha256(name.encode()).digest()) for index, name, _, _ in shown]
    left = [index for index, each in places if each < place]
    right = [index for index, each in places if each > place]
    if any(each[:2] != place[:2] for _, each in places) or len(left) > 1 or len(right) > 1:
        raise _no_head(where)
    if len(left) + len(right) != len(places) or (count == 0 and root != sha256(b"").digest()):
        raise _no_head(where)
    if (right[0] if right else count) != (left[0] + 1 if left else 0):
        raise _no_head(where)


def _no_head(where: str) -> Wrong:
    return Wrong(f"{where}：不能证明所称事项。", f"{where}: the proof does not show what it says.")
