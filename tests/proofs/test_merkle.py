"""The Merkle tree: all public vectors, and every index and size up to 256."""

import base64
import json
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from eventstore.proofs import merkle as m

VECTORS = Path(__file__).resolve().parents[2].parent / "shared" / "data" / "merkle"
LARGEST = 256
LEAVES = [m.leaf(bytes([number])) for number in range(LARGEST)]


def slow_root(leaves: list[bytes]) -> bytes:
    """The root as RFC 9162, 2.1.1 defines it."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return m.node(slow_root(leaves[:split]), slow_root(leaves[split:]))


ROOTS = [slow_root(LEAVES[:size]) for size in range(LARGEST + 1)]


def vectors(name: str) -> list[dict[str, Any]]:
    path = VECTORS / f"{name}.jsonl"
    if not path.exists():
        assert not os.environ.get("CI"), f"{path} is missing"
        pytest.skip("the public vectors are not on this machine")
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


def proves(check: Any, *given: Any) -> bool:
    try:
        check(*given)
    except m.BadProof:
        return False
    return True


def test_public_vectors_of_inclusion() -> None:
    rows = vectors("inclusion")
    assert len(rows) == 98
    for row in rows:
        path = [raw(each) for each in row["proof"] or ()]
        given = (row["leafIdx"], row["treeSize"], raw(row["leafHash"]), path, raw(row["root"]))
        assert proves(m.verify_inclusion, *given) is not row["wantErr"], row["name"]


def test_public_vectors_of_consistency() -> None:
    rows = vectors("consistency")
    assert len(rows) == 98
    for row in rows:
        path = [raw(each) for each in row["proof"] or ()]
        given = (row["size1"], row["size2"], raw(row["root1"]), raw(row["root2"]), path)
        assert proves(m.verify_consistency, *given) is not row["wantErr"], row["name"]


def memory() -> m.Subtree:
    """Subtrees of all leaves, each counted once."""
    kept: dict[tuple[int, int], bytes] = {(0, index): each for index, each in enumerate(LEAVES)}

    def subtree(height: int, index: int) -> bytes:
        if (height, index) not in kept:
            kept[height, index] = m.node(subtree(height - 1, 2 * index), subtree(height - 1, 2 * index + 1))
        return kept[height, index]

    return subtree


def test_the_root_is_that_of_the_definition() -> None:
    subtree = memory()
    assert [m.root(size, subtree) for size in range(LARGEST + 1)] == ROOTS
    assert m.root_of(LEAVES[:77]) == ROOTS[77]
    assert ROOTS[0].hex() == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


def test_every_leaf_of_every_tree_is_proven_and_in_no_other_place() -> None:
    subtree = memory()
    for size in range(1, LARGEST + 1):
        for index in range(size):
            path = m.inclusion(index, size, subtree)
            m.verify_inclusion(index, size, LEAVES[index], path, ROOTS[size])
            wrong = (index + 1 + (index * size) % 7) % LARGEST
            if wrong != index:
                assert not proves(m.verify_inclusion, index, size, LEAVES[wrong], path, ROOTS[size])
                assert not proves(m.verify_inclusion, wrong, size, LEAVES[index], path, ROOTS[size])
            assert not proves(m.verify_inclusion, index, size, LEAVES[index], [*path, ROOTS[size]], ROOTS[size])
            assert not path or not proves(m.verify_inclusion, index, size, LEAVES[index], path[:-1], ROOTS[size])


def test_every_tree_continues_every_smaller_one_and_no_other() -> None:
    subtree = memory()
    for new in range(LARGEST + 1):
        for old in range(1, new + 1):
            proof = m.consistency(old, new, subtree)
            m.verify_consistency(old, new, ROOTS[old], ROOTS[new], proof)
            forged = m.node(ROOTS[old], ROOTS[new])
            assert not proves(m.verify_consistency, old, new, forged, ROOTS[new], proof)
            assert not proves(m.verify_consistency, old, new, ROOTS[old], forged, proof)
            if proof:
                at = (old * new) % len(proof)
                bent = [*proof[:at], forged, *proof[at + 1 :]]
                assert not proves(m.verify_consistency, old, new, ROOTS[old], ROOTS[new], bent)
                assert not proves(m.verify_consistency, old, new, ROOTS[old], ROOTS[new], proof[:-1])
            assert not proves(m.verify_consistency, old, new, ROOTS[old], ROOTS[new], [*proof, forged])


def test_what_cannot_be_proven_is_refused_in_words() -> None:
    subtree = memory()
    with pytest.raises(m.BadProof, match="a tree of 3 leaves has no leaf 3"):
        m.inclusion(3, 3, subtree)
    with pytest.raises(m.BadProof, match="a tree of 3 leaves cannot continue one of 4"):
        m.consistency(4, 3, subtree)
    with pytest.raises(m.BadProof, match="without leaves proves nothing"):
        m.verify_consistency(0, 3, ROOTS[0], ROOTS[3], m.consistency(0, 3, subtree))
    with pytest.raises(m.BadProof, match="different roots"):
        m.verify_consistency(3, 3, ROOTS[3], ROOTS[4], [])
    with pytest.raises(m.BadProof, match="hashes of 32 bytes"):
        m.verify_inclusion(0, 2, LEAVES[0], [b"short"], ROOTS[2])
