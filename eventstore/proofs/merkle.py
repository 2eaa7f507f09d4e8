"""The Merkle tree of RFC 9162, 2.1 (the one of RFC 6962): roots, proofs of inclusion and of consistency.

Proofs are made from the roots of aligned complete subtrees, asked for by a function, so that whoever has stored some of
them need not read the whole log. `height` 0 is a leaf hash; the subtree (height, index) covers the leaves
`index << height` to `(index + 1) << height`.
"""

from collections.abc import Callable, Iterable, Sequence
from hashlib import sha256

from rulebook.problems import Expected

HASH_BYTES = 32
EMPTY_ROOT = sha256(b"").digest()

Subtree = Callable[[int, int], bytes]
"""(height, index) → the root of that complete subtree."""


class BadProof(Expected):
    """A proof does not verify; the message says why."""


def leaf(content: bytes) -> bytes:
    """The hash of a leaf's content (prefix 0x00)."""
    return sha256(b"\x00" + content).digest()


def node(left: bytes, right: bytes) -> bytes:
    """The hash of two subtrees (prefix 0x01)."""
    return sha256(b"\x01" + left + right).digest()


def complete(leaves: Sequence[bytes]) -> bytes:
    """The root over leaf hashes whose number is a power of two; verifying spends its time in this loop."""
    level = leaves
    while len(level) > 1:
        level = [sha256(b"\x01" + left + right).digest() for left, right in zip(level[::2], level[1::2], strict=True)]
    return level[0]


def root_of(leaves: Sequence[bytes]) -> bytes:
    """The root of the tree over these leaf hashes."""
    if leaves and len(leaves).bit_count() == 1:
        return complete(leaves)
    return root(len(leaves), subtrees_of(leaves))


def subtrees_of(leaves: Sequence[bytes]) -> Subtree:
    """The `Subtree` function of leaf hashes in memory."""
    return lambda height, index: complete(leaves[index << height : (index + 1) << height])


def parts(begin: int, end: int) -> list[tuple[int, int]]:
    """The fewest complete subtrees (height, index) that cover the leaves `begin` to `end`, from left to right."""
    found = []
    while begin < end:
        height = (begin & -begin).bit_length() - 1 if begin else end.bit_length() - 1
        while begin + (1 << height) > end:
            height -= 1
        found.append((height, begin >> height))
        begin += 1 << height
    return found


def fold(hashes: Iterable[bytes]) -> bytes:
    """One hash of subtrees of falling height, left to right.

    Raises:
        IndexError: there are no subtrees.
    """
    *left, answer = hashes
    for each in reversed(left):
        answer = node(each, answer)
    return answer


def root(size: int, subtree: Subtree) -> bytes:
    """The root of the tree over the first `size` leaves."""
    return fold(subtree(*part) for part in parts(0, size)) if size else EMPTY_ROOT


def inclusion(index: int, size: int, subtree: Subtree) -> list[bytes]:
    """The audit path of a leaf in the tree of `size` leaves, lowest first (RFC 9162, 2.1.3.1).

    Raises:
        BadProof: `index` is not below `size`.
    """
    if not 0 <= index < size:
        raise BadProof(f"a tree of {size} leaves has no leaf {index}")
    return _path(index, 0, size, subtree)


def consistency(old: int, new: int, subtree: Subtree) -> list[bytes]:
    """The consistency proof of the trees of `old` and `new` leaves (RFC 9162, 2.1.4.1); empty if equal, or `old` is 0.

    Raises:
        BadProof: `old` is larger than `new`.
    """
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} leaves cannot continue one of {old}")
    if old in (0, new):
        return []
    # The lowest subtree the two trees share at the old one's right edge; the path from there proves both roots.
    height = (old & -old).bit_length() - 1
    path = _path(old - 1, height, new, subtree)
    return path if old == 1 << height else [subtree(height, (old - 1) >> height), *path]


def _path(index: int, height: int, size: int, subtree: Subtree) -> list[bytes]:
    """The siblings on the way from the subtree of `height` that holds leaf `index` up to the root, lowest first."""
    begin, end = 0, size
    spans = []
    while end - begin > 1 << height:
        middle = begin + (1 << (end - begin - 1).bit_length() - 1)
        if index < middle:
            spans.append((middle, end))
            end = middle
        else:
            spans.append((begin, middle))
            begin = middle
    return [fold(subtree(*part) for part in parts(*span)) for span in reversed(spans)]


def verify_inclusion(index: int, size: int, leaf_hash: bytes, path: Sequence[bytes], expected: bytes) -> None:
    """Verify an audit path (RFC 9162, 2.1.3.2).

    Raises:
        BadProof: the path does not prove the leaf at that index under the expected root.
    """
    if not 0 <= index < size:
        raise BadProof(f"a tree of {size} leaves has no leaf {index}")
    inner = (index ^ (size - 1)).bit_length()
    outer = (index >> inner).bit_count()
    _hashes(path, inner + outer, leaf_hash, expected)
    if _up(leaf_hash, path, index, inner) != expected:
        raise BadProof("the path does not lead from this leaf to this root")


def verify_consistency(old: int, new: int, old_root: bytes, new_root: bytes, proof: Sequence[bytes]) -> None:
    """Verify a consistency proof (RFC 9162, 2.1.4.2). From an empty tree nothing can be proven.

    Raises:
        BadProof: it does not prove that the new tree begins with the old one.
    """
    if not 0 <= old <= new:
        raise BadProof(f"a tree of {new} leaves cannot continue one of {old}")
    if old == 0:
        raise BadProof("a tree without leaves proves nothing about another")
    if old == new:
        _hashes(proof, 0)
        if old_root != new_root:
            raise BadProof("two trees of one size have different roots")
        return
    height = (old & -old).bit_length() - 1
    inner = ((old - 1) ^ (new - 1)).bit_length() - height
    outer = ((old - 1) >> (inner + height)).bit_count()
    seeded = old != 1 << height
    _hashes(proof, inner + outer + seeded, old_root, new_root)
    seed, path = (proof[0], proof[1:]) if seeded else (old_root, proof)
    index = (old - 1) >> height
    if _up_left(seed, path, index, inner) != old_root:
        raise BadProof("the proof does not lead to the old root")
    if _up(seed, path, index, inner) != new_root:
        raise BadProof("the proof does not lead to the new root")


def _up(at: bytes, path: Sequence[bytes], index: int, inner: int) -> bytes:
    for level, sibling in enumerate(path):
        left = level >= inner or index >> level & 1
        at = node(sibling, at) if left else node(at, sibling)
    return at


def _up_left(at: bytes, path: Sequence[bytes], index: int, inner: int) -> bytes:
    for level, sibling in enumerate(path):
        if level >= inner or index >> level & 1:
            at = node(sibling, at)
    return at


def _hashes(path: Sequence[bytes], length: int, *others: bytes) -> None:
    if len(path) != length:
        raise BadProof(f"expected {length} hashes; found {len(path)}")
    if any(len(each) != HASH_BYTES for each in (*path, *others)):
        raise BadProof(f"expected hashes of {HASH_BYTES} bytes")
