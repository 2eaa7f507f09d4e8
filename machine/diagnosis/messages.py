"""Messages: whether the gateway accepts them."""

from collections.abc import Iterator
from typing import Any

import psycopg

from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site
from machine.diagnosis.words import span
from projections.outbox import GIVEN_UP_WITHIN, undelivered

WAITS_SECONDS = 900.0
"""How long a message that may leave can wait: a gateway that is asked again has said no for that long."""


def look_at_gateway(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Messages that were given up within a day, or that have waited for long."""
    found = undelivered(connection)
    if not found.failed and found.seconds <= WAITS_SECONDS:
        yield Check("messages", True, f"none failed within {GIVEN_UP_WITHIN}; {found.waiting} are being sent")
        return
    parts = []
    if found.failed:
        parts.append(f"{found.failed} were given up within {GIVEN_UP_WITHIN} ({', '.join(found.codes)})")
    if found.seconds > WAITS_SECONDS:
        parts.append(f"{found.waiting} wait for the gateway, the longest for {span(found.seconds)}")
    remedy = "see that `suqiu messenger` runs and its gateway answers; pass on what `suqiu outbox --status failed` has"
    yield Check("messages", False, "; ".join(parts), remedy)
