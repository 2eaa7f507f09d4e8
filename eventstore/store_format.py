"""The format of the store: one number, so that an older program refuses before it touches what it would misread.

Raise `FORMAT` only when a program of the format before would do harm: it would write what is wrong beside the new rows,
or answer wrongly from them. A new topic, a new column with a default, a new table, a new version of an event with an
upcast do not: readers of an older program set such rows aside and go on (`docs/rooms/eventstore.md`).
"""

from typing import Any, Final

from psycopg import Connection
from psycopg.rows import tuple_row

from rulebook.problems import Expected

FORMAT: Final = 1
"""What this program reads and writes."""


class StoreIsNewer(Expected):
    """The store was written in a format that this program does not know."""


def format_of(connection: Connection[Any]) -> int:
    """The format of the store; 1 where nothing says so, as before there was a number, 0 where there is no store.

    Of a store that the role of the connection may not read it is 1: whatever comes next says that.
    """
    with connection.cursor(row_factory=tuple_row) as cursor:
        there: dict[str, bool] = dict(
            cursor.execute(
                "SELECT c.relname, has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT') "
                "FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
                "WHERE n.nspname = 'suqiu' AND c.relname IN ('events', 'store_format')"
            ).fetchall()
        )
        if not there.get("store_format", False):
            return 1 if there else 0
        found = cursor.execute("SELECT max(format) FROM suqiu.store_format").fetchone()
    return int(found[0]) if found and found[0] is not None else 1


def must_be_known(connection: Connection[Any]) -> None:
    """Let a program of this format go on.

    Raises:
        StoreIsNewer: the store's is above it; nothing was touched.
    """
    found = format_of(connection)
    if found > FORMAT:
        raise StoreIsNewer(
            f"this store has format {found} and this program knows formats up to {FORMAT}: it was written by a newer "
            "suqiu; start that one again, or put back a backup from before the upgrade"
        )
