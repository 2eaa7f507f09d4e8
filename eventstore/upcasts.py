"""Old shapes of events to today's: `UPCASTS[topic, version]` takes a body of `version` to `version + 1`.

Each entry stays for ever; `tests/eventstore/golden/` keeps a stored example of every version ever released.
"""

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


def _order_posted_2(body: Body) -> Body:
    """Orders had no place in the line: they were served as the engine serves what has none."""
    return {**body, "priority": 3}


def _unmerged_2(body: Body) -> Body:
    """Only people un-merged, as it was not the same thing."""
    return {**body, "cause": "different"}


def _message_written_2(body: Body) -> Body:
    """Messages left at once, whatever the hour."""
    return {**body, "not_before": None}


def _sealed_fields_read_2(body: Body) -> Body:
    """Only what the petition began with could be looked at."""
    return {**body, "event": 1, "event_topic": "petition.received"}


UPCASTS: dict[tuple[str, int], Callable[[Body], Body]] = {
    ("message.written", 1): _message_written_2,
    ("order.posted", 1): _order_posted_2,
    ("petition.sealed_fields_read", 1): _sealed_fields_read_2,
    ("petition.unmerged", 1): _unmerged_2,
}
