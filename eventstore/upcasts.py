"""Old shapes of events to today's: `UPCASTS[topic, version]` takes a body of `version` to `version + 1`.

Each entry stays for ever; `tests/eventstore/golden/` keeps a stored example of every version ever released.
"""

from collections.abc import Callable
from typing import Any

Body = dict[str, Any]


def _order_posted_2(body: Body) -> Body:
    """Version 1 had no priority; such orders were served as the engine serves them by default, as 3."""
    return {**body, "priority": 3}


def _unmerged_2(body: Body) -> Body:
    """In version 1 only people un-merged, always because the matters were different."""
    return {**body, "cause": "different"}


def _message_written_2(body: Body) -> Body:
    """In version 1 messages were sent at once, whatever the hour."""
    return {**body, "not_before": None}


def _sealed_fields_read_2(body: Body) -> Body:
    """In version 1 only the petition's first event could be opened."""
    return {**body, "event": 1, "event_topic": "petition.received"}


def _nobody_recorded(body: Body) -> Body:
    """In version 1 it was not recorded who was of the unit complained about that day."""
    return {**body, "recused": None}


def _merged_2(body: Body) -> Body:
    """Version 1 named the other petition by its receipt, too: that is another resident's, and shown to nobody."""
    return {name: value for name, value in body.items() if name != "into_receipt"}


def _before_codes(body: Body) -> Body:
    """Before there were codes nobody was asked for one; what the engine did is nobody's word."""
    return {**body, "known": None if body["by"]["role"] == "engine" else {"how": "before_codes", "seen": None}}


UPCASTS: dict[tuple[str, int], Callable[[Body], Body]] = {
    ("message.written", 1): _message_written_2,
    ("order.inspected", 1): _before_codes,
    ("order.posted", 1): _order_posted_2,
    ("order.rated", 1): _before_codes,
    ("order.supported", 1): _before_codes,
    ("order.withdrawn", 1): _before_codes,
    ("petition.confidentiality_set", 1): _before_codes,
    ("petition.confirmed", 1): _before_codes,
    ("petition.disputed", 1): _before_codes,
    ("petition.merged", 1): _merged_2,
    ("petition.received", 1): _nobody_recorded,
    ("petition.reclassified", 1): _nobody_recorded,
    ("petition.resident_joined", 1): _before_codes,
    ("petition.resumed", 1): _before_codes,
    ("petition.review_requested", 1): _before_codes,
    ("petition.sealed_fields_read", 1): _sealed_fields_read_2,
    ("petition.triaged", 1): _nobody_recorded,
    ("petition.unmerged", 1): _unmerged_2,
    ("petition.unmerged", 2): _before_codes,
    ("petition.withdrawn", 1): _before_codes,
    ("resident.erasure_asked", 1): _before_codes,
    ("resident.erasure_wished", 1): _before_codes,
}
