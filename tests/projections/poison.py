"""Rows as another program would write them: through `append_events`, with a topic or body that this one cannot read."""

import hashlib
from datetime import UTC, datetime

from eventstore.leaf import leaf_hash
from eventstore.log import EventLog


def write_poison(log: EventLog, stream: str, topic: str, body: bytes) -> int:
    """Append one such row after the stream's last; answers its position."""
    now = datetime.now(UTC)
    with log.datastore.get_connection() as connection:
        row = connection.execute(
            "SELECT COALESCE(max(originator_version), 0) + 1 AS version FROM suqiu.events WHERE originator_id = %s",
            (stream,),
        ).fetchone()
        assert row is not None
        written = connection.execute(
            "SELECT at_position FROM suqiu.append_events("
            "%b::text[], %b::bigint[], %b::text[], %b::bytea[], %b::text[], %b::bytea[], %b::timestamptz[])",
            (
                [stream],
                [row["version"]],
                [topic],
                [body],
                [f"poison-{row['version']}"],
                [_leaf(stream, row["version"], topic, body, f"poison-{row['version']}", now)],
                [now],
            ),
        ).fetchone()
        assert written is not None
        return int(written["at_position"])


def _leaf(stream: str, version: int, topic: str, body: bytes, command_id: str, now: datetime) -> bytes:
    """The row's leaf; a body that is no JSON has none, and gets some hash."""
    try:
        return leaf_hash(stream, version, topic, body, command_id, now)
    except ValueError:
        return hashlib.sha256(body).digest()
