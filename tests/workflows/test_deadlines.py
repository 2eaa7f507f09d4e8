"""Deadlines on the real engine: same day → 3 days → 7 days → the leader, across National Day 2025."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from tests.people import OFFICER
from tests.workflows.town import town

SHANGHAI = ZoneInfo("Asia/Shanghai")
SLACK = timedelta(seconds=20)
"""How late a step may be recorded after its time: real tasks on a busy machine, never early."""


def local(month: int, day: int, hour: int, minute: int = 0) -> datetime:
    return datetime(2025, month, day, hour, minute, tzinfo=SHANGHAI)


async def test_nobody_answers_and_it_rises_by_itself_through_every_tier(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 30, 10)) as here:
        petition = await here.submit("请帮帮我")
        await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
        await here.act(petition, c.Triage, category="administrative", tier="community")
        waiting = await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        assert waiting.due_at == local(9, 30, 17, 30)

        await here.forward([petition], timedelta(hours=8))
        risen = await here.until(petition, lambda state: state.tier == "district")
        # Three days from 30 September end on 3 October; the office is closed until the 8th.
        assert risen.due_at == local(10, 9, 17, 30)

        await here.forward([petition], timedelta(days=9))
        beyond = await here.until(petition, lambda state: state.tier == "beyond")
        assert beyond.due_at == local(10, 16, 17, 30)

        await here.forward([petition], timedelta(days=7))
        await here.until(petition, lambda state: state.with_leader)

        risings = here.events(petition, e.PetitionEscalated)
        assert [(event.from_tier, event.to_tier) for event in risings] == [
            ("community", "district"),
            ("district", "beyond"),
            ("beyond", None),
        ]
        for event in risings:
            assert event.missed_due_at <= event.at <= event.missed_due_at + SLACK
        for event in here.events(petition, e.PetitionReminded):
            hour = event.at.astimezone(SHANGHAI)
            assert hour.replace(hour=8, minute=30, second=0, microsecond=0) <= hour
            assert hour <= hour.replace(hour=17, minute=31)
        assert len(here.events(petition, e.PetitionReminded)) >= 6


async def test_an_answer_in_time_stops_the_clock_and_silence_closes_the_case(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 28, 9)) as here:  # a Sunday that is a working day
        petition = await here.submit("请帮帮我")
        await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
        await here.act(petition, c.Triage, category="administrative", tier="community")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        await here.act(petition, c.Accept, OFFICER)
        await here.act(petition, c.Reply, OFFICER, outcome="resolved", text="办好了", grounds="职责范围内")
        await here.forward([petition], timedelta(days=1))
        asked = await here.until(petition, lambda state: state.answer_by is not None)
        # Asked on Monday the 29th; the fifth working day after that is after the holiday.
        assert asked.answer_by == local(10, 13, 8, 30)
        handle = here.client.get_workflow_handle(petition)
        skipping = asyncio.ensure_future(here.skipper.fast_forward(handle, timedelta(days=15)))
        closed = await here.until(petition, lambda state: state.stage is Stage.CLOSED)
        await skipping
        assert closed.outcome == "resolved"
        assert not here.events(petition, e.PetitionEscalated)
        assert here.events(petition, e.PetitionClosed)[0].reason == "unanswered"
        await asyncio.wait_for(handle.result(), 20)


async def test_a_withdrawn_petition_never_rings(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, local(9, 30, 10)) as here:
        petition = await here.submit("路灯坏了好几天，晚上走路很黑，请维修路灯")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        await here.act(petition, c.Withdraw, e.Actor.resident())
        await asyncio.wait_for(here.client.get_workflow_handle(petition).result(), 20)
        assert (await here.until(petition, lambda _: True)).stage is Stage.WITHDRAWN
        assert not here.events(petition, e.PetitionReminded)
        assert not here.events(petition, e.PetitionEscalated)


async def test_confirmed_by_the_resident_it_is_closed_at_once(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, local(9, 23, 10)) as here:
        petition = await here.submit("路灯坏了好几天，晚上走路很黑，请维修路灯")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        await here.act(petition, c.Reply, OFFICER, outcome="resolved", text="已修好", grounds="现场核查")
        await here.act(petition, c.Confirm, e.Actor.resident(), satisfied=True)
        await here.until(petition, lambda state: state.stage is Stage.CLOSED)
        await asyncio.wait_for(here.client.get_workflow_handle(petition).result(), 20)
