"""An order that lives under a fake clock, and one ready-made command of each kind: no store, no engine."""

from datetime import datetime, timedelta
from typing import Any, Self

import pytest

from aggregates.command import Command
from aggregates.event import Actor, Event
from aggregates.orders import commands as c
from aggregates.orders.agenda import Owed, Step, agenda
from aggregates.orders.decisions import command_for, decide
from aggregates.orders.state import Order, Stage, fold
from aggregates.petition.decisions import Refused
from rulebook.model import Rulebook
from tests.aggregates.office import RECEIPT, RESIDENT, at, known_of
from tests.people import CLERK, ENGINE, LEADER, RESIDES, SCHOOL
from tests.rulebook.books import baiyang

ORDER = "o-0123456789abcdef0123456789abcdef"
NEIGHBOUR = "r-00112233445566778899aabbccddeeff"
MONDAY = "2025-09-22 09:00"

SPOKEN: dict[type[Command], tuple[Actor, dict[str, Any]]] = {
    c.Post: (
        RESIDES,
        {
            "receipt": RECEIPT,
            "resident": RESIDENT,
            "community": "baiyang",
            "kind": "service",
            "service": "homework-help",
            "text": "孩子三年级，想有人教数学。",
            "name": "甲某",
            "phone": "+8613800000001",
            "address": "一片三号楼二单元",
        },
    ),
    c.Assign: (CLERK, {"unit": "team-culture"}),
    c.Escalate: (ENGINE, {}),
    c.Remind: (ENGINE, {}),
    c.Claim: (SCHOOL, {"unit": "partner-school", "promised_by": at("2025-09-26 17:00")}),
    c.Start: (SCHOOL, {}),
    c.BreakCommitment: (ENGINE, {}),
    c.Release: (SCHOOL, {"reason": "老师出差"}),
    c.Deliver: (SCHOOL, {"words": "教了两次"}),
    c.Rate: (RESIDES, {"score": 5, "words": "讲得清楚"}),
    c.Support: (RESIDES, {"supporter": NEIGHBOUR}),
    c.Inspect: (RESIDES, {"inspector": NEIGHBOUR, "satisfied": True}),
    c.Withdraw: (RESIDES, {"reason": "不需要了"}),
    c.Close: (ENGINE, {}),
    c.ReadFields: (LEADER, {"reason": "联系居民"}),
}


def say(command: type[Command], when: datetime, by: Actor | None = None, /, **values: Any) -> Command:
    """A command of a kind as it is usually spoken, with what differs."""
    usual, said = SPOKEN[command]
    return command(**{"at": when, "by": by or usual, **said, **known_of(command, by or usual), **values})


class Errand:
    """One order and a clock: people act when the story says so, the engine when its agenda says so."""

    def __init__(self, rules: Rulebook | None = None) -> None:
        self.rules = rules or baiyang()
        self.events: list[Event] = []
        self.now = at(MONDAY)

    @property
    def state(self) -> Order:
        return fold(ORDER, self.events)

    @property
    def owed(self) -> Owed:
        return agenda(self.state)

    def at(self, when: str) -> Self:
        """It is later; the engine has not looked yet."""
        self.now = at(when)
        return self

    def act(self, command: type[Command], by: Actor | None = None, /, **values: Any) -> Self:
        """Somebody acts now."""
        self.events += decide(self.state, say(command, self.now, by, **values), self.rules)
        return self

    def refuses(self, code: str, command: type[Command], by: Actor | None = None, /, **values: Any) -> str:
        """Somebody is refused now; answers the reason."""
        with pytest.raises(Refused) as refused:
            decide(self.state, say(command, self.now, by, **values), self.rules)
        assert refused.value.code == code, refused.value
        return str(refused.value)

    def step(self) -> Self:
        """The engine waits for what is owed next and does it."""
        step, due_at = self.owed
        assert step is not None
        assert due_at is not None
        self.now = max(self.now, due_at)
        self.events += decide(self.state, command_for(step, self.now), self.rules)
        return self

    def until(self, when: str) -> Self:
        """The engine does everything due up to an instant; then it is that instant."""
        while self.owed.due_at is not None and self.owed.due_at <= at(when):
            self.step()
        self.now = at(when)
        return self

    def until_owed(self, step: Step) -> Self:
        """The engine goes on until this step is the next one, and waits for its time."""
        for _ in range(30):
            assert self.owed.due_at is not None, f"{step} will never be owed"
            if self.owed.step is step:
                self.now = max(self.now, self.owed.due_at)
                return self
            self.step()
        raise AssertionError(f"{step} is not owed after 30 steps")

    def told(self) -> list[tuple[str, str]]:
        """Topics and times, on Baiyang's clock."""
        zone = self.rules.zone
        return [
            (event.TOPIC.removeprefix("order."), f"{event.at.astimezone(zone):%m-%d %H:%M}") for event in self.events
        ]


def brought_to(stage: Stage, **posted: Any) -> Errand:
    """An order in this stage, by the shortest way."""
    errand = Errand()
    if stage is Stage.NEW:
        return errand
    ways: dict[Stage, list[type[Command]]] = {
        Stage.POSTED: [],
        Stage.CLAIMED: [c.Claim],
        Stage.STARTED: [c.Claim, c.Start],
        Stage.DELIVERED: [c.Claim, c.Deliver],
        Stage.RATED: [c.Claim, c.Deliver, c.Rate],
        Stage.CLOSED: [c.Claim, c.Deliver, c.Rate, c.Close],
        Stage.WITHDRAWN: [c.Withdraw],
    }
    errand.act(c.Post, **posted)
    for kind in ways[stage]:
        errand.now += timedelta(minutes=5)
        errand.act(kind)
    assert errand.state.stage is stage
    return errand
