"""Every event of a petition says what people are told of it: no read model has to guess."""

import re
from typing import get_args

import pytest

from aggregates.event import Counted, Event
from aggregates.petition.events import EVENTS


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.TOPIC)
def test_every_event_says_what_people_are_told(kind: type[Event]) -> None:
    assert "TOLD" in vars(kind), f"{kind.__name__} needs a sentence, and what it counts as in workload figures: TOLD"
    assert re.search("[一-鿿]|[{]", kind.TOLD.zh)
    assert kind.TOLD.en
    assert kind.TOLD.counts in get_args(Counted)
