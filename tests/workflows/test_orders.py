"""Service orders on the real engine: one nobody claims rises by itself; a broken promise is recorded once."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.common import Priority
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from aggregates.event import Actor
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from tests.people import CLERK
from tests.workflows.order_town import act, attended, post, until
from tests.workflows.test_deadlines import SLACK, local
from tests.workflows.town import town
from workers.petition_worker import sandbox
from workers.reading.rebuilding import open_petitions
from workflows.order import OrderWorkflow

HISTORIES = sorted((Path(__file__).parent / "histories" / "orders").glob("*.json"))


async def test_an_unclaimed_order_rises_by_itself(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, local(9, 22, 9)) as here:
        order = await post(here, kind="service", service="homework-help", text="想有人教数学", age=72)
        await attended(here, order)
        assert open_petitions(here.office.event_log) == ({order: Priority(priority_key=2, fairness_key="baiyang")}, 1)
        await here.forward([order], timedelta(days=3))
        given = await until(here, order, lambda state: state.climbed == 1)
        assert (given.unit, given.tier) == ("team-culture", "community")
        await here.forward([order], timedelta(days=5))
        risen = await until(here, order, lambda state: state.climbed == 2)
        assert (risen.unit, risen.tier) == ("service-station", "district")
        assigned, escalated = (here.events(order, kind)[0] for kind in (e.OrderAssigned, e.OrderEscalated))
        assert local(9, 25, 8, 30) <= assigned.at <= local(9, 25, 8, 30) + SLACK
        assert local(9, 30, 8, 30) <= escalated.at <= local(9, 30, 8, 30) + SLACK
        await act(here, order, c.Withdraw, CLERK)
        await asyncio.wait_for(here.client.get_workflow_handle(order).result(), 20)


async def test_a_broken_promise_is_recorded_once_and_a_rating_closes_the_order(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 22, 9)) as here:
        order = await post(here, kind="service", service="homework-help", text="想有人教数学")
        await attended(here, order)
        await act(here, order, c.Claim, unit="partner-school", promised_by=local(9, 26, 17))
        await here.forward([order], timedelta(days=8))
        await until(here, order, lambda state: state.promises[-1].outcome == "broken" and state.reminders_given > 0)
        await act(here, order, c.Deliver)
        await act(here, order, c.Rate, Actor.resident(), score=2)
        closed = await until(here, order, lambda state: state.stage is Stage.CLOSED)
        await asyncio.wait_for(here.client.get_workflow_handle(order).result(), 20)
        (broken,) = here.events(order, e.CommitmentBroken)
        assert local(9, 26, 17) <= broken.at <= local(9, 26, 17) + SLACK
        assert (closed.promises[-1].outcome, closed.promises[-1].satisfied) == ("late", False)
        assert here.events(order)[-1].TOPIC == "order.closed"
        assert open_petitions(here.office.event_log) == ({}, 1)


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("o-" + "0" * 32, path.read_text("utf-8"))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=[OrderWorkflow], workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))


@workflow.defn(name="order", sandboxed=False)
class ImpatientOrder(OrderWorkflow):
    """A change that would break waiting orders: it sleeps before it reads."""

    @workflow.init
    def __init__(self, order: str) -> None:
        super().__init__(order)

    @workflow.run
    async def run(self, order: str) -> None:
        """Sleep, then go on."""
        await workflow.sleep(timedelta(seconds=1))
        await super().run(order)


def test_there_are_histories() -> None:
    assert {path.stem.split("-", 1)[1] for path in HISTORIES} >= {"order-risen-and-late"}


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_breaking_change_would_be_seen(path: Path) -> None:
    replayer = Replayer(workflows=[ImpatientOrder], data_converter=pydantic_data_converter)
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history_holds_no_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "@" not in text
    assert ".py" not in text
