"""Clocks: whether this machine's is the database's."""

from collections.abc import Iterator
from typing import Any

import psycopg

from workers.machine.diagnosis.check import Check
from workers.machine.diagnosis.looking import Site
from workers.vitals.clocks import ahead_of_database

TOLERATED_SECONDS = 60.0


def look_at_clock(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """The difference between this machine's clock and the database's."""
    ahead = ahead_of_database(connection, site.raw)
    says = f"this machine is {abs(ahead):.1f} s {'ahead of' if ahead >= 0 else 'behind'} the database"
    remedy = "set this machine's or the database's clock right (`timedatectl`, chrony), then start the parts here again"
    yield Check("clock", abs(ahead) <= TOLERATED_SECONDS, says, remedy)
