"""What a test does with service orders in a town, and what it can see of them."""

import asyncio
import uuid
from collections.abc import Callable
from typing import Any

from aggregates.command import Command
from aggregates.event import Actor
from aggregates.orders.state import Order
from office.order_handling import OrderDesk
from tests.aggregates.office import known_of
from tests.people import SCHOOL
from tests.workflows.town import WITHIN_SECONDS, Town


async def post(here: Town, **said: Any) -> str:
    """Order something; the order's id."""
    assert here.office.intake is not None
    desk = OrderDesk(here.office.handler, here.office.orders, here.office.intake, community="baiyang")
    posted = await asyncio.to_thread(desk.post, uuid.uuid4().hex, Actor.resident(), **said)
    return posted.order


async def act(here: Town, order: str, kind: type[Command], by: Actor = SCHOOL, **fields: Any) -> Order:
    command = kind(at=here.clock(), by=by, **{**known_of(kind, by), **fields})
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
