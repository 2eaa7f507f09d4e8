"""The heads of streams as the log has them, and the nodes of their map that are kept for each checkpoint."""

from collections.abc import Iterator, Sequence
from typing import Any

from psycopg import Connection
from psycopg.rows import tuple_row

from eventstore.proofs.heads import EMPTY, MIDDLE, NODES, Head


def heads(connection: Connection[Any], after: int, size: int) -> Iterator[tuple[str, Head]]:
    """Heads of the streams that have events at positions above `after` up to `size`, as they stood then."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT DISTINCT ON (originator_id) originator_id, originator_version, leaf_hash FROM suqiu.events "
            "WHERE position > %s AND position <= %s ORDER BY originator_id, originator_version DESC",
            (after, size),
        )
        for stream, version, leaf in cursor:
            yield stream, Head(version, leaf)


def heads_below(connection: Connection[Any], node: int, size: int) -> Iterator[tuple[str, Head]]:
    """Heads of the streams below one of the map's 256 nodes, as they stood after the first events."""
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
    """The map's 256 nodes as they are kept for a checkpoint; nobody has to believe them."""
    with connection.cursor(row_factory=tuple_row, binary=True) as cursor:
        cursor.execute(
            "SELECT kept.hash FROM generate_series(0, %s) AS each (number) LEFT JOIN LATERAL (SELECT hash "
            "FROM suqiu.head_nodes WHERE number = each.number AND size <= %s ORDER BY size DESC LIMIT 1) kept ON true "
            "ORDER BY each.number",
            (NODES - 1, size),
        )
        return [EMPTY[MIDDLE] if row[0] is None else row[0] for row in cursor]


def keep_nodes(connection: Connection[Any], size: int, nodes: Sequence[bytes]) -> None:
    """Keep those of the map's nodes that are others than before."""
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
