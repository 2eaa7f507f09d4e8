"""A town on the real engine for tests: real store, real worker, real relay; the engine's own clock, moved to 2025.

Time skipping gives each workflow a clock of its own that starts at the wall's. `EngineClock` shifts it by one offset,
so that a test begins on the day its story needs; what then fires early or late is the real server's doing.
"""

import asyncio
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.testing import TimeSkipper, TimeSkippingConfig

from aggregates.event import Actor, Event
from aggregates.petition import commands as c
from aggregates.petition.state import Petition
from eventstore.sealing import MasterKey
from machine.embedded_temporal import EmbeddedTemporal
from office.composition import Office, office
from office.intake import Offered, Taken, submission
from office.settings import read_settings
from tests.aggregates.office import known_of
from tests.people import CLERK, OFFICER, somebody_of
from workers.engine.connecting import connect
from workers.engine.temporal_profile import Profile, WorkerSettings, load_profile
from workers.processes import relaying, working

WITHIN_SECONDS = 30


class EngineClock:
    """`Now`: the engine's time where a workflow asks, else the wall's and what was skipped; both shifted."""

    def __init__(self, offset: timedelta) -> None:
        self.offset = offset
        self.skipped = timedelta()

    def __call__(self, engine: datetime | None = None) -> datetime:
        if engine is not None:
            return engine + self.offset
        return datetime.now(UTC) + self.offset + self.skipped


class Town:
    """What a test does to the town, and what it can see of it."""

    def __init__(
        self, here: Office, client: Client, skipper: TimeSkipper, clock: EngineClock, settings: WorkerSettings
    ) -> None:
        self.office = here
        self.client = client
        self.skipper = skipper
        self.clock = clock
        self.settings = settings

    async def submit(self, text: str, **fields: Any) -> str:
        """Take one petition in; its id."""
        return (await self.take_in([{"text": text, **fields}]))[0].petition or ""

    async def take_in(self, rows: list[dict[str, Any]]) -> list[Taken]:
        """Take rows in through the real intake."""
        intake = self.office.intake
        assert intake is not None
        offered = [Offered(number, submission(row), None) for number, row in enumerate(rows, 1)]
        return await asyncio.to_thread(lambda: list(intake.take_in(offered, Actor.resident())))

    async def act(self, petition: str, kind: type[c.Command], by: Actor = CLERK, **fields: Any) -> Petition:
        """Somebody does something now."""
        if by == OFFICER:
            state = await asyncio.to_thread(self.office.handler.load, petition)
            by = somebody_of(state.in_charge, self.office.rules)
        command = kind(at=self.clock(), by=by, **{**known_of(kind, by), **fields})
        answer = await asyncio.to_thread(self.office.handler.execute, petition, command, uuid.uuid4().hex)
        return answer.petition

    def events(self, petition: str, kind: type[Event] | None = None) -> list[Any]:
        """What is on record."""
        recorded = [record.event for record in self.office.event_log.read(petition)]
        return [event for event in recorded if kind is None or isinstance(event, kind)]

    async def until(self, petition: str, holds: Callable[[Petition], bool]) -> Petition:
        """Wait until the petition on record is as expected."""
        for _ in range(WITHIN_SECONDS * 20):
            state = await asyncio.to_thread(self.office.handler.load, petition)
            if holds(state):
                return state
            await asyncio.sleep(0.05)
        raise AssertionError(f"not within {WITHIN_SECONDS} s: {state!r}")

    async def forward(self, petitions: list[str], by: timedelta) -> None:
        """Let so much time go by for these petitions' workflows, and for the people."""
        handles = [self.client.get_workflow_handle(petition) for petition in petitions]
        for handle in handles:  # one that was begun anew by an act is begun a moment after it
            for _ in range(WITHIN_SECONDS * 20):
                if (await handle.describe()).status is WorkflowExecutionStatus.RUNNING:
                    break
                await asyncio.sleep(0.05)
        await asyncio.gather(*(self.skipper.fast_forward(handle, by) for handle in handles))
        self.clock.skipped += by


def test_settings(database: str) -> Any:
    """Settings of a test's process: nothing of the user's environment."""
    return read_settings(database_url=database)


def profile_for(temporal: EmbeddedTemporal, queue: str) -> Profile:
    """A profile on the test's server with a queue and a deployment of its own."""
    base = load_profile(None, "local", {}).at(temporal.address, temporal.namespace)
    worker = base.worker.model_copy(update={"task_queue": queue, "deployment_name": queue})
    return Profile(base.name, base.client, worker)


@asynccontextmanager
async def town(
    database: str, temporal: EmbeddedTemporal, begins: datetime, *, worker: bool = True, master: bytes | None = None
) -> AsyncIterator[Town]:
    """Open a town whose story begins at `begins`; `worker=False` leaves the worker to the test."""
    clock = EngineClock(begins - datetime.now(UTC))
    queue = f"test-{uuid.uuid4().hex[:10]}"
    profile = profile_for(temporal, queue)
    skipper = TimeSkipper(await connect(profile), config=TimeSkippingConfig(enabled=False))
    async with AsyncExitStack() as stack:
        here = stack.enter_context(
            office(test_settings(database), now=clock, pool_size=12, master=MasterKey(master or os.urandom(32)))
        )
        if worker:
            await stack.enter_async_context(working(here, skipper.client, profile.worker, promote=True))
        await stack.enter_async_context(relaying(here, skipper.client, queue))
        yield Town(here, skipper.client, skipper, clock, profile.worker)
