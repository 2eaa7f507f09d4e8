"""The office's rhythm on the real engine: schedules made once, knocked by hand, and done on the right day only."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from temporalio.client import WorkflowFailureError
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.exceptions import ActivityError

from aggregates.office.events import RECEPTION, ReceptionDayAnnounced
from aggregates.petition.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from office.reporting import reports_of
from rulebook.rhythm import Rhythm
from tests.workflows.town import Town, town
from workers.rhythm.activities import ahead_by
from workers.rhythm.schedules import apply_schedules, planned, schedule_id
from workers.rhythm.worker import keeping_rhythm
from workflows.rhythm import SCHEDULED
from workflows.rhythm_contract import (
    ANNOUNCE,
    ERASE,
    MAKE_REPORT,
    RECONCILE,
    RHYTHM_WORKFLOW,
    Beat,
    Kept,
    Turn,
    queue_of,
)

SHANGHAI = ZoneInfo("Asia/Shanghai")


def local(month: int, day: int, hour: int = 9) -> datetime:
    return datetime(2025, month, day, hour, 0, tzinfo=SHANGHAI)


@asynccontextmanager
async def office(database: str, server: EmbeddedTemporal, begins: datetime) -> AsyncIterator[Town]:
    async with town(database, server, begins) as here:
        queue = here.settings.task_queue
        async with keeping_rhythm(here.office, here.client, queue, apply=True):
            schedules = [here.client.get_schedule_handle(schedule_id(queue, beat)) for beat in rhythm_of(here).beats]
            try:
                for schedule in schedules:  # the wall's clock goes on: at each tenth minute one would knock by itself
                    await schedule.pause()
                yield here
            finally:
                for schedule in schedules:
                    await schedule.delete()


def rhythm_of(here: Town) -> Rhythm:
    rhythm = here.office.rules.rhythm
    assert rhythm is not None
    return rhythm


async def knock(here: Town, name: str) -> Kept:
    """Trigger a schedule by hand, and what its workflow answers."""
    beat = next(each for each in rhythm_of(here).beats if each.id == name)
    handle = here.client.get_schedule_handle(schedule_id(here.settings.task_queue, beat))
    before = (await handle.describe()).info.num_actions
    await handle.trigger()
    for _ in range(1_200):
        about = await handle.describe()
        if about.info.num_actions > before:
            run = about.info.recent_actions[-1].action
            started = here.client.get_workflow_handle(run.workflow_id, result_type=Kept)
            return await asyncio.wait_for(started.result(), 60)
        await asyncio.sleep(0.05)
    raise AssertionError(f"{name}: nothing started")


async def test_schedules_are_made_once_and_follow_the_rulebook(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 30)) as here:
        rules, queue = here.office.rules, here.settings.task_queue
        names = [schedule_id(queue, beat) for beat in rhythm_of(here).beats]
        assert await apply_schedules(here.client, rules, queue) == (names, [], [], [])
        assert await apply_schedules(here.client, rules, queue) == ([], [], names, [])
        plans = {plan.beat: plan for plan in await planned(here.client, rules, queue)}
        digest, every = plans["daily-digest"].next_at, plans["reconcile"].next_at
        assert digest is not None
        assert every is not None
        assert (digest.astimezone(SHANGHAI).hour, digest.astimezone(SHANGHAI).minute) == (8, 30)
        assert every.minute % 10 == 0

        await here.client.get_schedule_handle(names[0]).pause(note="by a person")
        first, *others = rhythm_of(here).beats
        assert first.at is not None
        earlier = first.model_copy(update={"at": first.at.replace(hour=7)})
        changed = rules.model_copy(update={"rhythm": Rhythm(beats=(earlier, *others))})
        assert (await apply_schedules(here.client, changed, queue)).updated == names[:1]
        plan = (await planned(here.client, changed, queue))[0]
        assert plan.paused
        assert plan.next_at is None or plan.next_at.astimezone(SHANGHAI).hour == 7

        none = rules.model_copy(update={"rhythm": None})
        gone: set[str] = set()
        for _ in range(100):  # the list of schedules lags
            gone |= set((await apply_schedules(here.client, none, queue)).deleted)
            if gone == set(names):
                break
            await asyncio.sleep(0.1)
        assert gone == set(names)


async def test_a_digest_is_made_on_a_working_day_once_and_never_on_a_holiday(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with office(database, temporal_server, local(9, 30)) as here:
        assert await knock(here, "daily-digest") == Kept(
            done=False, what="daily-digest: nothing on record of 2025-09-30"
        )
        petition = await here.submit("路灯坏了好几天，晚上走路很黑，请维修路灯")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        assert await knock(here, "daily-digest") == Kept(done=True, what="digest-2025-09-30.1")
        assert await knock(here, "daily-digest") == Kept(done=False, what="daily-digest: 2025-09-30 is made")
        (digest,) = reports_of(here.office.event_log, "digest", "2025-09-30")
        assert petition in digest.figures
        assert digest.rule == "rhythm.daily-digest"
        here.clock.offset += local(10, 2) - local(9, 30)
        assert await knock(here, "daily-digest") == Kept(done=False, what="daily-digest: not on this day")
        here.clock.offset += local(10, 9) - local(10, 2)
        assert (await knock(here, "daily-digest")).what == "digest-2025-10-09.1"
        assert await knock(here, "monthly-scorecard") == Kept(done=True, what="scorecard-2025-09.1")
        assert (await knock(here, "situation-report")).what == "situation-2025-09.1"
        assert (await knock(here, "quarterly-publication")).what == "publication-2025-Q3.1"
        assert not (await knock(here, "yearly-review")).done, "2024 has nothing on record"


async def test_a_beat_for_a_day_that_has_not_come_is_refused(database: str, temporal_server: EmbeddedTemporal) -> None:
    """Given somebody who may start workflows, when he names a later day, then nothing is done for it."""
    async with office(database, temporal_server, local(9, 30)) as here:
        petition = await here.submit("路灯坏了好几天，晚上走路很黑，请维修路灯")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        queue = queue_of(here.settings.task_queue)
        for number, (beat, does, days) in enumerate(
            (
                ("reception-day", ANNOUNCE, 30),
                ("monthly-scorecard", MAKE_REPORT, 9),
                ("retention", ERASE, 3_650),
                ("reconcile", RECONCILE, 1),
            )
        ):
            ahead = datetime.now(UTC) + timedelta(days=days)
            attributes = TypedSearchAttributes([SearchAttributePair(SCHEDULED, ahead)])
            with pytest.raises(WorkflowFailureError) as refused:
                await here.client.execute_workflow(
                    RHYTHM_WORKFLOW,
                    Beat(beat=beat, activity=does),
                    id=f"{queue}-forged-{number}",
                    task_queue=queue,
                    search_attributes=attributes,
                    execution_timeout=timedelta(seconds=60),
                )
            assert isinstance(refused.value.cause, ActivityError)
            assert "ahead" in str(refused.value.cause.cause)
        assert list(here.office.event_log.read(RECEPTION)) == []
        assert reports_of(here.office.event_log, "scorecard", "2025-09") == []


MOMENTS = st.timedeltas(timedelta(), timedelta(days=7_000)).map(lambda span: datetime(2020, 1, 1, tzinfo=UTC) + span)
SPANS = st.timedeltas(timedelta(), timedelta(days=400))


@given(scheduled=MOMENTS, waited=SPANS, taken=SPANS)
def test_a_beat_of_its_schedule_is_never_ahead_however_late(
    scheduled: datetime, waited: timedelta, taken: timedelta
) -> None:
    turn = Turn(beat="b", now=scheduled + waited, scheduled=scheduled)
    assert ahead_by(turn, turn.now + taken) == timedelta()
    assert ahead_by(turn, None) == timedelta()


@given(now=MOMENTS, scheduled=MOMENTS, begun=MOMENTS)
def test_no_beat_reaches_a_day_after_the_one_on_which_it_is_begun(
    now: datetime, scheduled: datetime, begun: datetime
) -> None:
    """Whatever times somebody names: the day worked for is `begun`, less how late the beat says it is."""
    turn = Turn(beat="b", now=now, scheduled=scheduled)
    if ahead_by(turn, begun) == timedelta():
        assert begun - (turn.now - turn.scheduled) <= begun
    else:
        assert max(now, scheduled) > min(now, begun)


async def test_the_reconciler_and_the_reception_day_are_beats_too(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with office(database, temporal_server, local(10, 24)) as here:
        assert await knock(here, "reception-day") == Kept(done=True, what="2025-10: 2025-10-31")
        assert not (await knock(here, "reception-day")).done
        (announced,) = here.office.event_log.read(RECEPTION)
        assert isinstance(announced.event, ReceptionDayAnnounced)
        assert announced.event.opens.astimezone(SHANGHAI) == local(10, 31, 8).replace(minute=30)

        petition = await here.submit("请帮帮我")
        await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
        await here.client.get_workflow_handle(petition).terminate("a test")
        assert (await knock(here, "reconcile")).what == "reconcile: 1 looked at, 1 differed"
        assert (await knock(here, "reconcile")).what == "reconcile: 1 looked at, 0 differed"
