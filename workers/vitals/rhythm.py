"""Whether Temporal has every schedule of the rulebook's rhythm, and which are paused."""

import asyncio
from typing import NamedTuple

from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from rulebook.model import Rulebook
from workers.rhythm.schedules import schedule_id


class Schedules(NamedTuple):
    """Ids of the schedules that the rulebook wants, of those missing, and of those paused."""

    wanted: tuple[str, ...]
    missing: tuple[str, ...]
    paused: tuple[str, ...]


async def schedules(client: Client, rules: Rulebook, task_queue: str) -> Schedules:
    """The rulebook's schedules as Temporal has them.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    wanted = [schedule_id(task_queue, beat) for beat in (rules.rhythm.beats if rules.rhythm else ())]
    found = await asyncio.gather(*(_paused(client, name) for name in wanted))
    state = dict(zip(wanted, found, strict=True))
    missing = tuple(name for name, paused in state.items() if paused is None)
    return Schedules(tuple(wanted), missing, tuple(name for name, paused in state.items() if paused))


async def _paused(client: Client, name: str) -> bool | None:
    """Whether the schedule is paused; None: it does not exist."""
    try:
        return (await client.get_schedule_handle(name).describe()).schedule.state.paused
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
