"""Overdue steps, whatever the reason."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg

from eventstore.clock_guard import time_of
from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site
from machine.diagnosis.words import span
from projections.steps import overdue_steps

GRACE = timedelta(minutes=1)


def look_at_steps(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Petitions and orders whose next step was due more than a minute ago, by the database's time."""
    now = time_of(connection)
    late = overdue_steps(connection, now - GRACE)
    if not late.oldest:
        yield Check("steps", True, "none is overdue by more than a minute")
        return
    first = late.oldest[0]
    says = (
        f"{late.petitions} petitions and {late.orders} orders wait for a step that is overdue; the longest: "
        f"{first.step} of {first.stream}, due {span((now - first.due_at).total_seconds())} ago"
    )
    remedy = "see that workers and relay run; then `suqiu workflows reconcile`, after a loss `suqiu workflows rebuild`"
    yield Check("steps", False, says, remedy)
