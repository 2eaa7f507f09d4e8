"""A demo's folder of a version that did not mark its story: marked when `suqiu up` opens it."""

from pathlib import Path

import psycopg

OF_THE_STORY = """
INSERT INTO suqiu.stories (first, until)
SELECT 1, last FROM (
    SELECT max(position) AS last FROM suqiu.events
    WHERE recorded_at < (SELECT to_timestamp(system_identifier >> 32) FROM pg_control_system())
) AS told
WHERE last IS NOT NULL AND NOT EXISTS (SELECT FROM suqiu.stories)
"""
"""What was recorded before its database was made. The upper half of a cluster's identifier is when `initdb` ran, in
seconds since 1970 (PostgreSQL, xlog.c, BootStrapXLOG)."""


def mark_earlier_story(folder: Path, dsn: str) -> bool:
    """Mark the events of a demo told in this data folder by a program that kept no mark; whether there were any.

    Of a folder in which no demo was told nothing is marked.

    Raises:
        psycopg.Error: the database was lost.
    """
    if not (folder.expanduser() / "logs" / "demo.log").exists():
        return False
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        return connection.execute(OF_THE_STORY).rowcount > 0
