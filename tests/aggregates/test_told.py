"""Every act says what it is called, every event what people are told of it: no list and no read model has to guess."""

import re
from typing import get_args

import pytest

from aggregates.event import Counted, Event, Role
from aggregates.petition import commands as c
from aggregates.petition.events import EVENTS
from aggregates.petition.what_may_follow import TABLE


@pytest.mark.parametrize("kind", EVENTS, ids=lambda kind: kind.TOPIC)
def test_every_event_says_what_people_are_told(kind: type[Event]) -> None:
    assert "TOLD" in vars(kind), f"{kind.__name__} needs a sentence, and what it counts as in workload figures: TOLD"
    assert re.search("[一-鿿]|[{]", kind.TOLD.zh)
    assert kind.TOLD.en
    assert kind.TOLD.counts in get_args(Counted)


@pytest.mark.parametrize("kind", TABLE, ids=lambda kind: kind.NAME)
def test_what_people_do_has_a_word_and_what_the_engine_does_none(kind: type[c.Command]) -> None:
    by_people = kind is not c.Receive and bool(TABLE[kind].roles - {Role.ENGINE})
    assert (kind.WORD is not None) == by_people, f"{kind.__name__}: WORD"
