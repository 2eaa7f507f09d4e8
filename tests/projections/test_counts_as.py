"""Every event of a petition is counted as somebody decided: a new one is not silently an act of a unit."""

from aggregates.petition.events import EVENTS
from projections.stays import COUNTS_AS


def test_every_topic_says_what_it_counts_as() -> None:
    assert set(COUNTS_AS) == {event.TOPIC for event in EVENTS}


def test_a_look_is_no_work() -> None:
    assert COUNTS_AS["petition.sealed_fields_read"] == "looked"
    assert COUNTS_AS["petition.replied"] == "responded"
