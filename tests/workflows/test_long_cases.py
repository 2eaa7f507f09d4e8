"""Cases that take months, on the real engine with time skipping: everything at its time."""

import asyncio
from datetime import date, datetime, timedelta
from typing import Any

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Petition, Stage
from machine.embedded_temporal import EmbeddedTemporal
from tests.people import CLERK, LEADER, OFFICER, somebody_of
from tests.workflows.test_deadlines import SHANGHAI, SLACK, local
from tests.workflows.town import Town, town

LATE = SLACK + timedelta(minutes=2)
"""The people's clock and the engine's drift apart by what a busy machine takes for the steps between."""


async def dispatched(here: Town, **triage: Any) -> str:
    """A petition at a unit, sorted by a person."""
    petition = await here.submit("请帮帮我")
    await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
    await here.act(petition, c.Triage, **triage)
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    return petition


async def forward_to(here: Town, petition: str, moment: datetime) -> None:
    """Let time go by until an instant of the story."""
    await here.forward([petition], moment - here.clock())


def breaches(here: Town, petition: str) -> list[tuple[str, datetime, datetime]]:
    return [(event.clock, event.due_at, event.at) for event in here.events(petition, e.ClockBreached)]


async def test_a_stability_petition_from_hand_over_to_second_review(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 1, 9)) as here:
        centre = next(unit for unit in here.office.rules.units if unit.id == "petition-centre")
        staff = Actor(role=Role.OFFICER, id=centre.staff[0])
        petition = await dispatched(here, category="stability", tier="community")
        await here.act(petition, c.HandOver, OFFICER, unit="petition-centre")
        await here.act(petition, c.ConfirmHandOver, staff)
        (confirmed,) = here.events(petition, e.HandOverConfirmed)
        assert confirmed.on_time is True
        state = here.office.handler.load(petition)
        clocks = {name: each.clock.due_at for name, each in state.clocks.items()}
        assert clocks["statutory_accept"] == local(9, 16, 17, 30)
        assert clocks["statutory_handle"] == local(10, 31, 17, 30)

        await forward_to(here, petition, local(9, 17, 9))
        await here.until(petition, lambda state: state.with_leader)
        ((clock, due, at),) = breaches(here, petition)
        assert (clock, due) == ("statutory_accept", local(9, 16, 17, 30))
        assert due <= at <= due + LATE

        await forward_to(here, petition, local(10, 30, 9))
        await here.act(petition, c.Reply, OFFICER, outcome="refused", text="不予支持", grounds="政策依据")
        assert [clock for clock, _, _ in breaches(here, petition)] == ["statutory_accept"], "60 days were kept"

        await here.act(petition, c.RequestReview, Actor.resident(), reason="不服")
        first = here.office.handler.load(petition)
        assert first.stage is Stage.UNDER_REVIEW
        assert first.due_at == local(12, 1, 17, 30)  # 30 days end on Saturday 29 November
        await forward_to(here, petition, local(12, 1, 18))
        await here.until(petition, lambda state: state.clocks["review"].breached_at is not None)
        clock, due, at = breaches(here, petition)[-1]
        assert (clock, due) == ("review", local(12, 1, 17, 30))
        assert due <= at <= due + LATE
        await forward_to(here, petition, local(12, 2, 10))
        await here.act(
            petition,
            c.DecideReview,
            somebody_of("district-leader", here.office.rules, but=("leader-1",)),
            outcome="upheld",
            text="维持",
            grounds="事实清楚",
        )
        assert here.events(petition, e.ReviewDecided)[0].on_time is False

        await here.act(petition, c.RequestReview, Actor.resident(), reason="仍然不服")
        second = await here.until(petition, lambda state: state.stage is Stage.UNDER_SECOND_REVIEW)
        assert second.due_at == datetime(2026, 1, 4, 17, 30, tzinfo=SHANGHAI)  # 1 January and after: 4 is a make-up day

        await forward_to(here, petition, datetime(2026, 1, 4, 10, tzinfo=SHANGHAI))
        assert {"leader-1", "leader-2"} <= {*second.handled_by}, "both have had it: who stands in for them decides"
        decider = somebody_of(here.office.rules.leader.stands_in, here.office.rules)
        final = await here.act(petition, c.DecideReview, decider, outcome="upheld", text="维持", grounds="终结")
        assert (final.stage, final.final) == (Stage.CLOSED, True)
        assert here.events(petition, e.ReviewDecided)[1].on_time is True
        await asyncio.wait_for(here.client.get_workflow_handle(petition).result(), 30)


async def test_a_petition_paused_across_national_day_resumes_by_itself(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 29, 9)) as here:
        petition = await dispatched(here, category="administrative", tier="district")
        before: Petition = here.office.handler.load(petition)
        assert before.due_at == local(10, 9, 17, 30)
        await forward_to(here, petition, local(9, 30, 9))
        paused = await here.act(petition, c.Pause, OFFICER, what="缺户口本复印件", days=3)
        assert paused.waits_until == local(10, 11, 8, 30)  # after 9, 10 and 11 October, the last a make-up Saturday
        reminders = len(here.events(petition, e.PetitionReminded))
        await forward_to(here, petition, local(10, 11, 9))
        resumed = await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        (event,) = here.events(petition, e.PetitionResumed)
        assert event.cause == "ran_out"
        assert local(10, 11, 8, 30) <= event.at <= local(10, 11, 8, 30) + LATE
        # The three days of it: 11, 12 and 13 October.
        assert resumed.due_at == local(10, 13, 17, 30)
        assert [moved.was_due_at for moved in event.moved] == [local(10, 9, 17, 30)]
        assert not here.events(petition, e.PetitionEscalated)
        assert len(here.events(petition, e.PetitionReminded)) == reminders
        await forward_to(here, petition, local(10, 13, 18))
        risen = await here.until(petition, lambda state: state.tier == "beyond")
        assert risen.escalations == 1
        await here.act(petition, c.Withdraw, Actor.resident())


async def test_a_parked_petition_rings_at_its_date_and_a_merged_one_never(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 22, 9)) as here:
        petition = await dispatched(here, category="administrative", tier="district")
        other = (await here.take_in([{"text": "请帮帮我", "external_id": "twice"}]))[0].petition or ""
        await here.until(other, lambda state: state.stage is Stage.PROPOSED)
        await here.act(other, c.Merge, CLERK, into=petition, reason="重复")
        await asyncio.wait_for(here.client.get_workflow_handle(other).result(), 30)
        told = len(here.events(other))

        await here.act(
            petition, c.RequestParking, OFFICER, cause="season", reason="冬季不能施工", look_again_on=date(2025, 10, 20)
        )
        await here.act(petition, c.DecideParking, LEADER, approved=True, reason="同意")
        await forward_to(here, petition, local(10, 20, 9))
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        (unparked,) = here.events(petition, e.PetitionUnparked)
        assert unparked.cause == "date"
        assert local(10, 20, 8, 30) <= unparked.at <= local(10, 20, 8, 30) + LATE
        assert not here.events(petition, e.PetitionEscalated)
        assert len(here.events(other)) == told, "a merged petition never rings"
        await here.act(petition, c.Withdraw, Actor.resident())
