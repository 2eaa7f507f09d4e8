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
"""The format that this program reads and writes."""


class StoreIsNewer(Expected):
    """The store was written in a format that this program does not know."""


def format_of(connection: Connection[Any]) -> int:
    """The format of the store; 1 where none is recorded (stores older than the number), 0 where there is no store.

    Also 1 where the role may not read the store: the next query reports that.
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
    """Refuse a store whose format this program does not know.

    Raises:
        StoreIsNewer: the store's format is above `FORMAT`; nothing was touched.
    """
    found = format_of(connection)
    if found > FORMAT:
        raise StoreIsNewer(
            f"this store has format {found} and this program knows formats up to {FORMAT}: it was written by a newer "
            "suqiu; start that one again, or put back a backup from before the upgrade"
        )
