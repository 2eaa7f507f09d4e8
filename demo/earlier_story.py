"""The data folder of an earlier version's demo, whose story is not marked: marked when `suqiu up` opens it."""

from pathlib import Path

import psycopg

from eventstore.stories import mark_what_is_older_than_the_server


def mark_earlier_story(folder: Path, dsn: str) -> bool:
    """Mark the events of a demo played in this data folder by a program that kept no mark; whether there were any.

    They were recorded before their database was created. In a folder without a demo nothing is marked.

    Raises:
        psycopg.Error: the database was lost.
    """
    if not (folder.expanduser() / "logs" / "demo.log").exists():
        return False
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        return mark_what_is_older_than_the_server(connection)
