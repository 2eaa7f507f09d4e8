"""Heads of streams read from the log, and the nodes of their map stored for each checkpoint."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from eventstore.proofs.heads import EMPTY, MIDDLE, NODES, Head


def heads(connection: Connection[Any], after: int, size: int) -> Iterator[tuple[str, Head]]:
    """Heads, as of the first `size` events, of the streams that have an event above `after`."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (originator_id) originator_id, originator_version, leaf_hash FROM suqiu.events "
            "WHERE position > %s AND position <= %s ORDER BY originator_id, originator_version DESC",
            (after, size),
        )
        for stream, version, leaf in cursor:
            yield stream, Head(version, leaf)


def heads_below(connection: Connection[Any], node: int, size: int) -> Iterator[tuple[str, Head]]:
    """Heads, as of the first `size` events, of the streams below one of the map's 256 nodes."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT first.originator_id, last.originator_version, last.leaf_hash FROM suqiu.events first "
            "CROSS JOIN LATERAL (SELECT originator_version, leaf_hash FROM suqiu.events "
            "WHERE originator_id = first.originator_id AND position <= %s "
            "ORDER BY originator_version DESC LIMIT 1) last "
            "WHERE first.originator_version = 1 AND first.position <= %s "
            "AND get_byte(sha256(decode(first.originator_id, 'escape')), 0) = %s",
            (size, size, node),
        )
        for stream, version, leaf in cursor:
            yield stream, Head(version, leaf)


def nodes_at(connection: Connection[Any], size: int) -> list[bytes]:
    """The map's 256 nodes as stored for a checkpoint. Unverified: whoever uses them computes the root."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT kept.hash FROM generate_series(0, %s) AS each (number) LEFT JOIN LATERAL (SELECT hash "
            "FROM suqiu.head_nodes WHERE number = each.number AND size <= %s ORDER BY size DESC LIMIT 1) kept ON true "
            "ORDER BY each.number",
            (NODES - 1, size),
        )
        return [EMPTY[MIDDLE] if row[0] is None else row[0] for row in cursor]


def keep_nodes(connection: Connection[Any], size: int, nodes: Sequence[bytes]) -> None:
    """Store the map's nodes that differ from those stored for the checkpoint before."""
    changed = [
        (number, size, node)
        for number, (node, kept) in enumerate(zip(nodes, nodes_at(connection, size), strict=True))
        if node != kept
    ]
    with connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO suqiu.head_nodes VALUES (%s, %s, %s) ON CONFLICT (number, size) DO UPDATE SET hash = "
            "EXCLUDED.hash",
            changed,
        )
