"""Service orders on the real engine: one nobody claims rises by itself; a broken promise is recorded once."""

import asyncio
import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from aggregates.commands import Command
from aggregates.events import Actor, Event, Role
from aggregates.orders import commands as c
from aggregates.orders import events as e
from aggregates.orders.state import Order, Stage
from tests.workflows.test_deadlines import SLACK, local
from tests.workflows.town import CLERK, WITHIN_SECONDS, Town, town
from workers.embedded_temporal import EmbeddedTemporal
from workers.order_handling import OrderDesk

SCHOOL = Actor(role=Role.OFFICER, id="contact-school-1")


async def post(here: Town, **said: Any) -> str:
    """Order something; the order's id."""
    assert here.office.intake is not None
    desk = OrderDesk(here.office.handler, here.office.orders, here.office.intake.identities, community="baiyang")
    posted = await asyncio.to_thread(desk.post, uuid.uuid4().hex, Actor.resident(), **said)
    return posted.order


async def act(here: Town, order: str, kind: type[Command], by: Actor = SCHOOL, **fields: Any) -> Order:
    command = kind(at=here.clock(), by=by, **fields)
    return (await asyncio.to_thread(here.office.orders.execute, order, command, uuid.uuid4().hex)).state


async def until(here: Town, order: str, holds: Callable[[Order], bool]) -> Order:
    """Wait until the order on record is as expected."""
    for _ in range(WITHIN_SECONDS * 20):
        state = await asyncio.to_thread(here.office.orders.load, order)
        if holds(state):
            return state
        await asyncio.sleep(0.05)
    raise AssertionError(f"not within {WITHIN_SECONDS} s: {state!r}")


async def attended(here: Town, order: str) -> None:
    """Wait until the order's workflow stands before its timer."""
    for _ in range(WITHIN_SECONDS * 20):
        found = [each async for each in here.client.list_workflows(f"WorkflowId = '{order}'")]
        if found and found[0].workflow_type == "order":
            return
        await asyncio.sleep(0.05)
    raise AssertionError("no workflow attends to it")


async def test_an_unclaimed_order_rises_by_itself(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, local(9, 22, 9)) as here:
        order = await post(here, kind="service", service="homework-help", text="想有人教数学", age=72)
        await attended(here, order)
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
        told: list[Event] = here.events(order)
        assert told[-1].TOPIC == "order.closed"
