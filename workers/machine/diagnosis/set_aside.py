"""What the readers of the log set aside, as they could not read or handle a row: which row it is, and since when."""

from collections.abc import Iterator
from typing import Any

import psycopg

from workers.machine.diagnosis.check import Check
from workers.machine.diagnosis.looking import Site
from workers.reading.set_aside import everything_set_aside

REMEDY = (
    "run the version of suqiu that wrote the row: it is taken up by itself; `suqiu projections status` lists those of "
    "the read models"
)


def look_at_set_aside(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Streams that wait in some reader at a row."""
    found = everything_set_aside(connection)
    if not found:
        yield Check("set aside", True, "no stream waits")
        return
    rows = {each.waiting.row.position: each.waiting for each in found}
    first = min(rows)
    readers = ", ".join(dict.fromkeys(each.reader for each in found if each.waiting.row.position == first))
    more = f"; and {len(rows) - 1} more rows" if len(rows) > 1 else ""
    since = rows[first].since.isoformat(timespec="seconds")
    yield Check("set aside", False, f"since {since} by {readers}: {rows[first].row}{more}", REMEDY)
