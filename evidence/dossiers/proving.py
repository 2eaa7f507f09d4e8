"""The proofs in a dossier: audit paths of its events, consistency of its checkpoints, heads of its streams.

A head at an old checkpoint needs the map as it was then: 256 of its nodes are stored for each checkpoint, and the
streams below one of them are some hundreds of a hundred thousand.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from psycopg import Connection

from eventstore.proofs import archive, kept_heads, merkle
from eventstore.proofs.checkpoint import Checkpoint, encode
from eventstore.proofs.heads import HeadMap, HeadProof, node_of
from eventstore.proofs.notes import Verifier
from eventstore.proofs.tree import LogTree
from evidence.eras import Era, eras, keys_of, read_by


class Proven(NamedTuple):
    """Checkpoints with their stored rows and notes, oldest first, and `proofs.json` as values."""

    checkpoints: list[Checkpoint]
    kept: list[archive.Stored]
    notes: list[str]
    proofs: dict[str, Any]
    earlier: list[Verifier]


def prove(
    connection: Connection[Any],
    verifier: Verifier,
    newest: int,
    deadlines: Iterable[datetime],
    positions: Sequence[int],
    streams: Collection[str],
    petition: str,
    seen: Collection[int] = (),
) -> Proven:
    """Prove the events at `positions`, and heads of streams: the petition's at every checkpoint, all at the newest.

    `seen`: sizes of checkpoints known elsewhere, for which a consistency proof is added.

    Raises:
        BadNote, BadProof, BrokenLog: the log does not agree with its checkpoints.
    """
    kept = [row for size in chosen(connection, newest, deadlines) if (row := archive.at_size(connection, size))]
    keys = keys_of(verifier, eras(connection))
    checkpoints = [read_by(archive.signed(connection, row), keys) for row in kept]
    tree = LogTree(connection)
    subtree = cache(tree.subtree)
    sizes = sorted({each.size for each in checkpoints} | {size for size in seen if 0 < size < newest})
    wanted = {each.size: {petition} for each in checkpoints}
    wanted[newest] |= set(streams)
    return Proven(
        checkpoints,
        kept,
        [str(archive.whole(connection, row)) for row in kept],
        {
            "consistency": [
                {"path": _paths(merkle.consistency(size, newest, subtree)), "size": size}
                for size in sizes
                if size < newest
            ],
            "heads": [
                _head(size, proof)
                for size, proof in heads_at(connection, wanted, {each.size: each.heads for each in checkpoints})
            ],
            "inclusion": [
                {"path": _paths(merkle.inclusion(position - 1, newest, subtree)), "position": position}
                for position in positions
            ],
        },
        _earlier(verifier, eras(connection)),
    )


def _earlier(verifier: Verifier, ended: Sequence[Era]) -> list[Verifier]:
    """The keys that signed before this one, oldest first; none where no loss was accepted."""
    before = [key for era in ended for key in (*era.earlier, era.retired)]
    return [key for key in dict.fromkeys(before) if key.name != verifier.name]


def chosen(connection: Connection[Any], newest: int, deadlines: Iterable[datetime]) -> list[int]:
    """Sizes of the checkpoints in a dossier: the newest; the last before and the first after each deadline; the last
    that was countersigned before it, which shows more than the log's own clock.
    """
    sizes = {newest}
    for due in deadlines:
        sizes |= archive.around(connection, due, newest)
        cosigned = archive.cosigned_before(connection, due, newest)
        sizes |= {cosigned} if cosigned else set()
    return sorted(sizes)


def heads_at(
    connection: Connection[Any], wanted: Mapping[int, Collection[str]], roots: Mapping[int, bytes]
) -> list[tuple[int, HeadProof]]:
    """Proofs of streams' heads at checkpoints; `wanted`: size → streams.

    From the map's stored nodes; if they are missing (checkpoints of an older program) or do not fit, from all heads,
    counted once and updated from one checkpoint to the next.

    Raises:
        BadProof: the heads are not those that were signed.
    """
    found, left = [], dict[int, Collection[str]]()
    for size in sorted(wanted):
        try:
            found += [(size, proof) for proof in _by_nodes(connection, size, wanted[size], roots[size])]
        except merkle.BadProof:
            left[size] = wanted[size]
    heads, counted = HeadMap(), 0
    for size, streams in left.items():
        heads.put(kept_heads.heads(connection, counted, size))
        counted = size
        for stream in sorted(streams):
            proof = heads.prove(stream)
            proof.verify(roots[size])
            found.append((size, proof))
    return sorted(found, key=lambda each: (each[0], each[1].stream))


def _by_nodes(connection: Connection[Any], size: int, streams: Collection[str], root: bytes) -> list[HeadProof]:
    """Proofs from the streams that share a middle node with those wanted: some hundreds of a hundred thousand.

    Raises:
        BadProof: the stored nodes are not those of this checkpoint.
    """
    nodes, heads, found = kept_heads.nodes_at(connection, size), HeadMap(), []
    for node in sorted({node_of(stream) for stream in streams}):
        heads.put(kept_heads.heads_below(connection, node, size))
    for stream in sorted(streams):
        proof = heads.prove(stream, nodes)
        proof.verify(root)
        found.append(proof)
    return found


def _head(size: int, proof: HeadProof) -> dict[str, Any]:
    return {
        "checkpoint": size,
        "count": proof.count,
        "entries": [
            {
                "index": index,
                "leaf": encode(entry.head.leaf),
                "path": _paths(path),
                "stream": entry.stream,
                "version": entry.head.version,
            }
            for index, entry, path in proof.entries
        ],
        "path": _paths(proof.path),
        "root": encode(proof.bucket_root),
        "stream": proof.stream,
        "version": proof.head.version if proof.head else None,
    }


def _paths(hashes: Sequence[bytes]) -> list[str]:
    return [encode(each) for each in hashes]
