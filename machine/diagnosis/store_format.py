"""The store's format: whether this program may touch it."""

import psycopg

from eventstore.store_format import FORMAT, format_of
from machine.diagnosis.check import Check
from machine.diagnosis.words import first_line

NAME = "store format"


def check_store_format(dsn: str) -> Check:
    """Asked before anything else of a store that answers; nothing is made or changed."""
    remedy = "start the suqiu that wrote it, or put back a backup from before the upgrade"
    try:
        with psycopg.connect(dsn, autocommit=True, connect_timeout=5) as connection:
            found = format_of(connection)
    except psycopg.Error as error:
        return Check(NAME, False, f"could not look: {first_line(error)}", "see `database role`")
    if found > FORMAT:
        return Check(NAME, False, f"{found}: newer than what this program knows, {FORMAT}", remedy)
    return Check(NAME, True, f"{found or 'no store yet'}; this program knows {FORMAT}")
