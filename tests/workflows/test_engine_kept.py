"""Beside the worker somebody watches: what cannot be replayed, and what Temporal has lost, comes back by itself."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from temporalio import workflow
from temporalio.client import ScheduleActionExecutionStartWorkflow, ScheduleHandle
from temporalio.worker import Worker

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from tests.workflows.test_reconcile import Broken, look, on_record, waits
from tests.workflows.town import Town, town
from workers.engine.task_failures import TaskFailures
from workers.keeping.keeper import EngineKeeper, keeping_engine
from workers.keeping.mending import reported_problems
from workers.processes import working
from workers.rhythm.schedules import apply_schedules
from workers.rhythm.worker import keeping_rhythm
from workflows.petition import PetitionWorkflow
from workflows.petition_contract import PETITION_WORKFLOW, WAKE
from workflows.rhythm_contract import RHYTHM_WORKFLOW, Beat
from workflows.rhythm_contract import queue_of as beats_queue_of

MORNING = datetime(2025, 9, 30, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
A_MINUTE = 60
pytestmark = pytest.mark.engine


@asynccontextmanager
async def kept(here: Town, *, ground: bool = True) -> AsyncIterator[EngineKeeper]:
    """A worker, the rhythm and the keeper on a town that has none; without `ground`: of failing tasks only."""
    failures = TaskFailures()
    queue = here.settings.task_queue
    async with (
        working(here.office, here.client, here.settings, promote=True, failures=failures),
        keeping_rhythm(here.office, here.client, queue, failures=failures),
        keeping_engine(here.office, here.client, here.settings, failures, ground=ground) as keeper,
    ):
        yield keeper


async def eventually(holds: Callable[[], Awaitable[bool]], within: float = A_MINUTE) -> float:
    """Wait until it holds; the seconds it took."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() < began + within, f"not within {within} s"
        await asyncio.sleep(0.2)
    return time.monotonic() - began


@workflow.defn(name=PETITION_WORKFLOW, sandboxed=False)
class ForgetfulWorkflow(PetitionWorkflow):
    """Another release's workflow: it sleeps before it reads, so that today's cannot replay its history."""

    @workflow.init
    def __init__(self, petition: str) -> None:
        super().__init__(petition)

    @workflow.run
    async def run(self, petition: str) -> None:  # noqa: ARG002 (it has the parameter of the one it stands for)
        """Sleep for a moment, then for ever."""
        await workflow.sleep(timedelta(milliseconds=10))
        await workflow.wait_condition(lambda: False)


async def test_a_history_that_cannot_be_replayed_is_noticed_and_begun_anew_while_all_else_goes_on(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING, worker=False) as here:
        async with Worker(here.client, task_queue=here.settings.task_queue, workflows=[ForgetfulWorkflow]):
            lost = await here.submit("请帮帮我")
            await eventually(lambda: slept(here, lost))
        async with kept(here, ground=False):
            other = await here.submit("请帮帮他")
            await here.until(other, lambda state: state.stage is Stage.PROPOSED)
            await here.client.get_workflow_handle(lost).signal(WAKE)
            await eventually(lambda: at_stage(here, lost, Stage.PROPOSED))
            await waits(here, lost)
            await waits(here, other)
            assert [(each.petition, each.fault, each.repaired) for each in on_record(here)] == [
                (lost, "task_fails", True)
            ]
            assert (await look(here)).differences == ()
            for petition in (lost, other):
                await here.act(petition, c.Withdraw, e.Actor.resident())


@workflow.defn(name=RHYTHM_WORKFLOW, sandboxed=False)
class ForgetfulRhythm:
    """Another release's rhythm: its history cannot be replayed by today's."""

    @workflow.run
    async def run(self, beat: Beat) -> None:  # noqa: ARG002 (it has the parameter of the one it stands for)
        """Sleep for a moment, then for ever."""
        await workflow.sleep(timedelta(milliseconds=10))
        await workflow.wait_condition(lambda: False)

    @workflow.signal(name=WAKE)
    def wake(self) -> None:
        """Let it have a task."""


async def test_a_beat_that_cannot_be_replayed_does_not_keep_its_schedule_from_knocking(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING, worker=False) as here:
        queue = here.settings.task_queue
        await apply_schedules(here.client, here.office.rules, queue)
        schedule = here.client.get_schedule_handle(f"{queue}-retention-2025-01-01")
        async with Worker(here.client, task_queue=beats_queue_of(queue), workflows=[ForgetfulRhythm]):
            await schedule.trigger()
            await eventually(lambda: runs(schedule, 1))
            stuck = (await schedule.describe()).info.recent_actions[-1].action
            assert isinstance(stuck, ScheduleActionExecutionStartWorkflow)
            await eventually(lambda: slept(here, stuck.workflow_id))
        async with kept(here, ground=False):
            await here.client.get_workflow_handle(stuck.workflow_id).signal(WAKE)
            await eventually(lambda: runs(schedule, 2))
            anew = (await schedule.describe()).info.recent_actions[-1].action
            assert isinstance(anew, ScheduleActionExecutionStartWorkflow)
            kept_ = await asyncio.wait_for(here.client.get_workflow_handle(anew.workflow_id).result(), A_MINUTE)
            assert kept_["what"].startswith("retention")
        await schedule.delete()


async def runs(schedule: ScheduleHandle, many: int) -> bool:
    return (await schedule.describe()).info.num_actions == many


async def test_what_was_ended_or_deleted_is_made_again_and_told(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING, worker=False) as here:
        told: list[str] = []
        here.office.clock.tell = told.append
        queue = here.settings.task_queue
        await apply_schedules(here.client, here.office.rules, queue)
        schedule = here.client.get_schedule_handle(f"{queue}-retention-2025-01-01")
        async with kept(here, ground=False) as keeper:
            ended = await here.submit("请帮帮我")
            await here.until(ended, lambda state: state.stage is Stage.PROPOSED)
            await waits(here, ended)
            await keeper.look()
            assert told == [], "all is well"

            await here.client.get_workflow_handle(ended).terminate("somebody who may")
            await schedule.delete()

            async def told_of_both() -> bool:
                await keeper.look()
                return len(told) >= 2

            await eventually(told_of_both)
            assert (await schedule.describe()).schedule.action
            await waits(here, ended)
            assert [(each.petition, each.fault, each.repaired) for each in on_record(here)] == [(ended, "ended", True)]
            schedules, workflows = told
            assert f"{queue}-retention-2025-01-01" in schedules
            assert "1 件的流程" in workflows
            assert ended not in workflows
            await here.act(ended, c.Withdraw, e.Actor.resident())


async def test_what_fails_in_another_process_is_seen_where_the_server_shows_it(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING, worker=False) as here:
        keeper = EngineKeeper(here.office, here.client, here.settings, TaskFailures())
        async with Worker(here.client, task_queue=here.settings.task_queue, workflows=[Broken]):
            petition = await here.submit("请帮帮我")
            await eventually(lambda: shown(here, petition))
            began = time.monotonic()
            while not on_record(here):
                assert time.monotonic() < began + A_MINUTE
                await keeper.look()
                await keeper.mend_once()
                await asyncio.sleep(1)
        assert [(each.petition, each.fault, each.repaired) for each in on_record(here)] == [
            (petition, "task_fails", True)
        ]
        assert await keeper.mend_once() == [], "not again and again"
        await here.client.get_workflow_handle(petition).terminate("a test")


async def shown(here: Town, petition: str) -> bool:
    return any(id_ == petition for id_, _ in await reported_problems(here.client, here.settings.task_queue))


async def at_stage(here: Town, petition: str, stage: Stage) -> bool:
    return (await asyncio.to_thread(here.office.handler.load, petition)).stage is stage


async def slept(here: Town, petition: str) -> bool:
    history = here.client.get_workflow_handle(petition).fetch_history_events()
    try:
        return any([event.HasField("timer_fired_event_attributes") async for event in history])
    except Exception:  # noqa: BLE001 - it is not there yet
        return False
