"""Whoever brings the engine back is heard of all the while: nobody cuts it off, however long the log is."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import psycopg
import pytest
from temporalio.client import Client, Interceptor, OutboundInterceptor, StartWorkflowInput, WorkflowHandle

from aggregates.event import Actor
from aggregates.record import Entry
from eventstore.log import EventLog
from eventstore.parts import pulse
from machine.embedded_temporal import EmbeddedTemporal
from office.composition import Office
from office.rules.adoption import adopt
from tests.replay.lives import with_days
from tests.rulebook.books import baiyang
from tests.workflows.town import Town, town
from workers.engine.task_failures import TaskFailures
from workers.keeping.bringing_back import BringingBack
from workers.keeping.holding import NAME
from workers.keeping.keeper import EngineKeeper
from workers.messaging import sender as message_sender
from workers.reading import rebuilding
from workers.rhythm import reconciling
from workers.rhythm.workflow_standing import standing_of
from workflows.adoption_contract import workflow_id

MORNING = datetime(2025, 9, 30, 10, 0, tzinfo=ZoneInfo("Asia/Shanghai"))
PETITIONS = 6
pytestmark = pytest.mark.engine


class Waits:
    """Waits for servers that take a minute for each answer; notes what was asked after silence."""

    def __init__(self, database: str) -> None:
        self.asked = 0
        self.after_silence: list[str] = []
        self._database = database

    def a_minute(self, what: str) -> None:
        """Let it go by since the last heartbeat of who is at it, if anybody is."""
        with psycopg.connect(self._database, autocommit=True) as connection:
            aged = connection.execute(
                "UPDATE suqiu.parts p SET beat_at = clock_timestamp() - interval '1 minute' "
                "FROM suqiu.parts was WHERE p.name = %s AND p.holding AND was.name = p.name AND was.holder = p.holder "
                "RETURNING was.beat_at < clock_timestamp() - interval '50 seconds'",
                (NAME,),
            ).fetchall()
        self.asked += len(aged)
        self.after_silence += [what for (silent,) in aged if silent]


class LongLog(EventLog):
    """A log that is long in answering."""

    waits: Waits

    def entries(self, after: int, limit: int) -> list[Entry]:
        """As in the log."""
        self.waits.a_minute(f"the log after {after}")
        return super().entries(after, limit)

    def entries_of(self, stream: str, after: int = 0) -> list[Entry]:
        """As in the log."""
        self.waits.a_minute(stream)
        return super().entries_of(stream, after)


class Slow(Interceptor):
    """Workflows that take long to begin."""

    def __init__(self, waits: Waits) -> None:
        self.waits = waits

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:  # noqa: A002 - the SDK's name
        """Stand before the client."""
        return _Starting(next, self.waits)


class _Starting(OutboundInterceptor):
    def __init__(self, following: OutboundInterceptor, waits: Waits) -> None:
        super().__init__(following)
        self._waits = waits

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:  # noqa: A002
        self._waits.a_minute(f"start {input.id}")
        return await super().start_workflow(input)


@contextmanager
def a_beat_is_written_whenever_it_is_due(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """And everything is done a little at a time."""
    with monkeypatch.context() as patch:
        patch.setattr(pulse, "BEAT_SECONDS", 0.0)
        patch.setattr(reconciling, "SETTLES_SECONDS", 0.1)
        for module in (rebuilding, message_sender):
            patch.setattr(module, "PAGE", 3)
        for module in (rebuilding, reconciling):
            patch.setattr(module, "AT_ONCE", 1)
        yield


@asynccontextmanager
async def slow_town(database: str, temporal: EmbeddedTemporal) -> AsyncIterator[tuple[Town, Office, Client, Waits]]:
    """A town of some petitions and adopted books that no workflow attends to, and its office on slow servers."""
    async with town(database, temporal, MORNING, worker=False) as here:
        begun = [await here.submit(f"第{number}栋楼道灯坏了") for number in range(PETITIONS)]
        log, now = here.office.event_log, here.office.now()
        for days in (4, 6, 8):  # the first book of all has no petition before it
            adopt(log, with_days("district", days), Actor.engine(), now, now.date())
        for id_ in (*begun, *(workflow_id(baiyang().id, number) for number in (2, 3))):
            await lost(here.client, id_)
        waits = Waits(database)
        slow = LongLog(log.datastore, None, log.guard)
        slow.waits = waits
        client = Client(**{**here.client.config(), "interceptors": [Slow(waits)]})
        yield here, replace(here.office, event_log=slow), client, waits


async def lost(client: Client, id_: str) -> None:
    """Wait until the relay has begun it, and end it."""
    for _ in range(600):
        if (await standing_of(client, id_)).running:
            break
        await asyncio.sleep(0.05)
    await client.get_workflow_handle(id_).terminate("a test")


async def test_the_keeper(database: str, temporal_server: EmbeddedTemporal, monkeypatch: pytest.MonkeyPatch) -> None:
    async with slow_town(database, temporal_server) as (here, office, client, waits):
        keeper = EngineKeeper(office, client, here.settings, TaskFailures())
        with a_beat_is_written_whenever_it_is_due(monkeypatch):
            assert await keeper.look() is True
    assert waits.asked > 3 * PETITIONS
    assert waits.after_silence == []


async def test_a_rebuild(database: str, temporal_server: EmbeddedTemporal, monkeypatch: pytest.MonkeyPatch) -> None:
    async with slow_town(database, temporal_server) as (here, office, client, waits):
        with a_beat_is_written_whenever_it_is_due(monkeypatch):
            brought = await BringingBack(office, client, here.settings, None, patience=1).run()
    assert (brought.recorded, brought.adoptions) == (PETITIONS, 2)
    assert waits.asked > 2 * PETITIONS
    assert waits.after_silence == []
