"""What the workflow does when this worker cannot do its step, and when its history grows long."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from eventsourcing.persistence import OperationalError
from temporalio.client import WorkflowHistoryEventFilterType
from temporalio.service import RPCError

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import TIME_SKIPPING, EmbeddedTemporal
from machine.ports import choose_ports
from office.handling import StreamHandler
from tests.workflows.town import Town, town
from workers.activities import PetitionActivities
from workflows.petition_contract import Attend, Owed

BEGINS = datetime(2025, 9, 29, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
CLEAR = "路灯坏了好几天，晚上走路很黑，请维修路灯"


async def test_a_step_that_fails_at_hand_is_done_from_the_queue(
    database: str, temporal_server: EmbeddedTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries = 0
    real = PetitionActivities._owed

    def failing(self: PetitionActivities, handler: StreamHandler[Any], state: object, engine: datetime) -> Owed:
        nonlocal tries
        tries += 1
        if tries <= 5:  # three tries at hand, two from the queue
            raise OperationalError("the database is away")
        return real(self, handler, state, engine)

    monkeypatch.setattr(PetitionActivities, "_owed", failing)
    async with town(database, temporal_server, BEGINS) as here:
        petition = await here.submit(CLEAR)
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
        history = await here.client.get_workflow_handle(petition).fetch_history()
        queued = [event for event in history.events if event.HasField("activity_task_scheduled_event_attributes")]
        assert len(queued) == 1
        assert len(here.events(petition, e.PetitionClassified)) == 1
        assert len(here.events(petition, e.PetitionDispatched)) == 1
        await here.act(petition, c.Withdraw, e.Actor.resident())
        await asyncio.wait_for(here.client.get_workflow_handle(petition).result(), 20)


async def test_a_step_done_twice_is_recorded_once(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, BEGINS, worker=False) as here:
        petition = await here.submit(CLEAR)
        bodies = PetitionActivities(here.office.handler, here.office.classifier)
        ask = Attend(petition=petition, now=datetime.now(UTC), step="classify", version=1)
        answers = await asyncio.gather(*(asyncio.to_thread(bodies.carry_out, ask) for _ in range(8)))
        assert {answer.version for answer in answers} == {3}
        assert len(here.events(petition, e.PetitionClassified)) == 1
        stale = bodies.carry_out(ask.model_copy(update={"step": "dispatch", "version": 2}))
        assert stale.step == "dispatch", "a step owed at another version is not carried out"
        assert not here.events(petition, e.PetitionDispatched)
        await told(here, petition)
        await here.client.get_workflow_handle(petition).terminate()


async def told(here: Town, petition: str) -> None:
    """Wait until the relay has started the petition's workflow."""
    for _ in range(200):
        with suppress(RPCError):
            await here.client.get_workflow_handle(petition).describe()
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{petition} was not told to the engine")


async def test_a_long_history_continues_as_new_and_loses_nothing(database: str, short_folder: object) -> None:
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        short_folder / "short-history" / "temporal.db",  # type: ignore[operator]
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=short_folder / "logs",  # type: ignore[operator]
        options=(*TIME_SKIPPING, "limit.historyCount.suggestContinueAsNew=12"),
    )
    server.start()
    try:
        async with town(database, server, BEGINS) as here:
            petition = await here.submit(CLEAR)
            await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
            handle = here.client.get_workflow_handle(petition)
            first = (await handle.describe()).run_id
            for _ in range(8):
                await handle.signal("wake")
                await asyncio.sleep(0.1)
            await here.act(petition, c.Withdraw, e.Actor.resident())
            await asyncio.wait_for(handle.result(), 20)
            assert (await handle.describe()).run_id != first
            runs = [
                event.workflow_execution_continued_as_new_event_attributes
                async for event in here.client.get_workflow_handle(petition, run_id=first).fetch_history_events(
                    event_filter_type=WorkflowHistoryEventFilterType.CLOSE_EVENT
                )
            ]
            assert runs[0].new_execution_run_id
            assert len(here.events(petition, e.PetitionDispatched)) == 1
    finally:
        server.stop()
