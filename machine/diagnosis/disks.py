"""Free space on the disks of the data folder, the logs and PostgreSQL."""

from collections.abc import Iterator
from typing import Any

import psycopg

from eventstore.server import size_in_words
from machine.diagnosis.check import Check
from machine.diagnosis.folder import FREE_MEGABYTES
from machine.diagnosis.looking import Site
from workers.vitals.disk import rooms


def look_at_disks(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """Free space on PostgreSQL's disk, if it is this machine's; else the size of the database."""
    room = rooms(site.settings.data.expanduser(), connection).get("database")
    if room is None:
        size = size_in_words(connection)
        yield Check("database disk", True, f"not to be seen from here; the database holds {size}: watch its disk there")
        return
    free = room // 2**20
    yield Check("database disk", free >= FREE_MEGABYTES, f"{free} MB free", f"make room: {FREE_MEGABYTES} MB at least")
