"""A merged petition whose target is withdrawn goes on by itself, with the time it waited, and its resident is told."""

import asyncio
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from temporalio.client import WorkflowExecutionStatus

from aggregates.event import Actor
from aggregates.messages.outbox import fold_outbox, stream_of
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from tests.people import CLERK
from tests.workflows.town import town
from workers.messaging.gateways import Outbox
from workers.processes import messaging

BEGINS = datetime(2025, 9, 22, 9, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
LAMP = "路灯坏了好几天，晚上走路很黑，请维修路灯"
pytestmark = pytest.mark.engine


async def test_the_engine_takes_it_up_again_and_its_deadline_still_rings(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with (
        town(database, temporal_server, BEGINS) as here,
        messaging(here.office, here.client, here.settings.task_queue, Outbox()),
    ):
        first = await here.submit(LAMP, name="样例甲", phone="13800000001")
        double = await here.submit(LAMP, name="样例乙", phone="13800000002", external_id="double")
        promised = (await here.until(double, lambda state: state.stage is Stage.DISPATCHED)).due_at
        receipt = (await here.until(first, lambda state: state.stage is Stage.DISPATCHED)).receipt
        await here.act(double, c.Merge, CLERK, into=first, reason="同一盏路灯")
        await asyncio.wait_for(here.client.get_workflow_handle(double).result(), 30)

        await here.act(first, c.Withdraw, Actor.resident())

        again = await here.until(double, lambda state: state.stage is Stage.DISPATCHED)
        (gone_on,) = here.events(double, e.PetitionUnmerged)
        assert (gone_on.cause, gone_on.by.role, gone_on.was_in) == ("left_alone", "engine", first)
        assert again.due_at == promised, "the time it was merged counts"
        told = ""
        for _ in range(200):
            outbox = fold_outbox(here.office.event_log.read(stream_of(double)))
            if found := [each for each in outbox.messages.values() if each.event.template == "unmerged-alone"]:
                told = here.office.event_log.unseal(found[0].record, ("zh",))["zh"] or ""
                break
            await asyncio.sleep(0.05)
        assert again.receipt in told
        assert receipt not in told, "who is told never learns the other's receipt"

        for _ in range(600):
            if (await here.client.get_workflow_handle(double).describe()).status is WorkflowExecutionStatus.RUNNING:
                break
            await asyncio.sleep(0.05)
        await here.forward([double], timedelta(days=5))
        risen = await here.until(double, lambda state: state.escalations == 1)
        assert risen.tier == "beyond"
        await here.act(double, c.Withdraw, Actor.resident())
