"""Whose a service order is: the same parts as in petitions, and what stands of the petition it was raised from."""

from itertools import product

import pytest

from aggregates.command import Command
from aggregates.event import Actor, Role
from aggregates.orders import commands as c
from aggregates.orders.agenda import Step
from aggregates.orders.decisions import command_for, decide
from aggregates.orders.state import Order, Origin, Stage
from aggregates.orders.what_may_follow import STAFF, TABLE
from aggregates.petition.decisions import Refused
from rulebook.model import Rulebook
from tests.aggregates.office import at
from tests.aggregates.orders.market import MONDAY, Errand, brought_to, say
from tests.people import CARE, CLERK, LEADER, SCHOOL, SUPERVISOR
from tests.rulebook.books import baiyang

OTHER_CLERK = Actor(role=Role.CLERK, id="care-2")
"""A clerk of another team, who keeps no door."""
CULTURE = Actor(role=Role.OFFICER, id="culture-1")
COMPLAINT = Origin(confidential=True, complained_about=("team-culture",), recused=("culture-1", "culture-2"))
FIELDS = ("text", "name", "phone", "address")


class FromAComplaint(Errand):
    """An order raised from a petition that complains about the culture team, and hides who asks."""

    origin = COMPLAINT

    @property
    def state(self) -> Order:
        return super().state.model_copy(update={"origin": self.origin})


def raised(stage: Stage = Stage.POSTED) -> FromAComplaint:
    errand = FromAComplaint()
    errand.events = list(brought_to(stage).events)
    errand.now = at("2025-09-22 10:00")
    return errand


def test_a_clerk_who_has_nothing_to_do_with_an_order_reads_nothing_of_it() -> None:
    for stage, field in product((Stage.POSTED, Stage.CLAIMED, Stage.DELIVERED, Stage.CLOSED), FIELDS):
        told = brought_to(stage).refuses("not-your-unit", c.ReadFields, OTHER_CLERK, fields=(field,))
        assert "leader-1" in told, "it says whom to ask"


def test_the_door_reads_it_while_it_is_its_turn_and_not_after() -> None:
    brought_to(Stage.POSTED).act(c.ReadFields, CLERK, fields=FIELDS)
    brought_to(Stage.DELIVERED).act(c.ReadFields, CLERK, fields=("phone",))
    for stage in (Stage.CLAIMED, Stage.STARTED, Stage.CLOSED, Stage.WITHDRAWN):
        brought_to(stage).refuses("not-your-unit", c.ReadFields, CLERK, fields=("name",))
    for stage in Stage:
        if stage is not Stage.NEW:
            brought_to(stage).act(c.ReadFields, LEADER).act(c.ReadFields, SUPERVISOR, fields=FIELDS)


def test_who_posted_it_reads_what_they_took_in() -> None:
    errand = Errand().act(c.Post, OTHER_CLERK).act(c.Claim)
    errand.act(c.ReadFields, OTHER_CLERK, fields=("name",))
    errand.refuses("not-your-unit", c.ReadFields, CLERK)


def test_a_clerk_of_another_team_acts_for_no_unit() -> None:
    errand = brought_to(Stage.POSTED)
    errand.refuses("not-your-unit", c.Claim, OTHER_CLERK)
    errand.refuses("not-your-unit", c.Assign, OTHER_CLERK)
    errand.act(c.Claim)
    for kind in (c.Start, c.Deliver, c.Release):
        errand.refuses("not-your-unit", kind, OTHER_CLERK)
    errand.refuses("not-your-unit", c.Withdraw, OTHER_CLERK)
    brought_to(Stage.POSTED).act(c.Claim, CLERK).act(c.Start, CLERK).act(c.Deliver, CLERK)


@pytest.mark.parametrize("kind", [kind for kind in TABLE if TABLE[kind].roles & STAFF], ids=lambda kind: kind.NAME)
@pytest.mark.parametrize("stage", [stage for stage in Stage if stage is not Stage.NEW])
def test_the_unit_complained_about_does_nothing_with_an_order_from_the_complaint(
    kind: type[Command], stage: Stage
) -> None:
    errand = raised(stage)
    for role, person in product(STAFF & TABLE[kind].roles, ("culture-1", "culture-2")):
        with pytest.raises(Refused) as refused:
            decide(errand.state, say(kind, errand.now, Actor(role=role, id=person)), errand.rules)
        assert refused.value.code == ("complained-about" if stage in TABLE[kind].stages else "not-now")


def test_nobody_gives_it_to_the_unit_complained_about() -> None:
    errand = raised()
    errand.refuses("complained-about", c.Claim, CULTURE, unit="team-culture")
    errand.refuses("complained-about", c.Claim, CLERK, unit="team-culture")
    errand.refuses("complained-about", c.Assign, CLERK, unit="team-culture")
    errand.act(c.Claim)


def test_by_itself_the_engine_gives_it_to_another() -> None:
    """Homework help is the culture team's alone: it goes to the unit above instead."""
    errand = raised().until("2025-10-14 12:00")
    assert [topic for topic, _ in errand.told()] == ["posted", "assigned", "escalated", "reminded", "reminded"]
    assert "team-culture" not in [getattr(event, "unit", None) for event in errand.events]


def test_where_every_unit_of_the_ladder_is_complained_about_it_goes_to_the_leader_or_who_stands_in() -> None:
    for leaders_too in (False, True):
        errand = raised()
        ladder = {rung.unit for rung in errand.rules.service_orders.unclaimed}  # type: ignore[union-attr]
        out = {"team-culture", *ladder} | ({errand.rules.leader.unit} if leaders_too else set())
        errand.origin = COMPLAINT.model_copy(update={"complained_about": tuple(out)})
        errand.until("2025-10-14 12:00")
        expected = errand.rules.leader.stands_in if leaders_too else errand.rules.leader.unit
        assert {getattr(event, "unit", expected) for event in errand.events} == {expected}


def test_who_orders_from_a_confidential_petition_is_not_told_to_the_unit_that_comes() -> None:
    errand = raised(Stage.CLAIMED)
    for field in ("name", "phone"):
        errand.refuses("confidential", c.ReadFields, SCHOOL, fields=("text", field))
    errand.act(c.ReadFields, SCHOOL, fields=("text", "address"))
    errand.act(c.ReadFields, LEADER, fields=FIELDS)
    errand.act(c.ReadFields, SUPERVISOR, fields=FIELDS)
    brought_to(Stage.CLAIMED).act(c.ReadFields, SCHOOL, fields=FIELDS)


def test_named_while_it_was_at_it_the_unit_loses_it_and_the_door_takes_it_back() -> None:
    errand = raised()
    errand.origin = Origin(confidential=False, complained_about=(), recused=())
    errand.act(c.Claim, CULTURE, unit="team-culture")
    errand.origin = COMPLAINT
    for kind in (c.Start, c.Deliver, c.Release, c.ReadFields):
        errand.refuses("complained-about", kind, CULTURE)
    errand.act(c.Release, CLERK)
    errand.act(c.Claim)


def test_a_book_without_access_asks_for_roles_and_keeps_out_who_is_complained_about() -> None:
    book: Rulebook = baiyang().model_copy(update={"access": None})
    errand = Errand(book).act(c.Post).act(c.Claim, OTHER_CLERK).act(c.ReadFields, OTHER_CLERK, fields=FIELDS)
    errand.refuses("not-your-unit", c.Deliver, CARE)
    complained = raised()
    complained.rules = book
    complained.refuses("complained-about", c.ReadFields, Actor(role=Role.CLERK, id="culture-2"))


def test_the_engine_s_steps_are_never_refused_by_a_part() -> None:
    errand = raised(Stage.CLAIMED)
    errand.now = at(MONDAY)
    for _ in range(4):
        step, due_at = errand.owed
        assert step in (Step.REMIND, Step.BREAK)
        assert due_at is not None
        errand.events += decide(errand.state, command_for(step, due_at), errand.rules)
