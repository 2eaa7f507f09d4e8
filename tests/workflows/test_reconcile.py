"""The engine held against the log: what is missing, ended, stuck or waits wrongly is found, repaired and on record."""

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from temporalio import workflow
from temporalio.client import Client
from temporalio.worker import Worker

from aggregates.office.events import RECONCILER, Difference, WorkflowsReconciled
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import TIME_SKIPPING, EmbeddedTemporal
from machine.ports import choose_ports
from tests.workflows.town import Town, town
from workers.processes import working
from workers.rhythm import reconciling
from workers.rhythm.reconciling import FAILS_AFTER, Reconciled, reconcile
from workers.rhythm.workflow_standing import standing_of

SHANGHAI = ZoneInfo("Asia/Shanghai")
MORNING = datetime(2025, 9, 30, 10, 0, tzinfo=SHANGHAI)
EVENING = datetime(2025, 9, 30, 17, 30, tzinfo=SHANGHAI)
SLACK = timedelta(seconds=20)


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "SETTLES_SECONDS", 0.3)


async def look(here: Town, *, repair: bool = True, fails_after: int = FAILS_AFTER) -> Reconciled:
    ours, queue = here.office, here.settings.task_queue
    return await reconcile(
        ours.event_log, here.client, queue, ours.rules, ours.now, repair=repair, fails_after=fails_after
    )


def on_record(here: Town) -> list[Difference]:
    events = [record.event for record in here.office.event_log.read(RECONCILER)]
    return [each for event in events if isinstance(event, WorkflowsReconciled) for each in event.differences]


async def dispatched(here: Town, text: str = "请帮帮我") -> str:
    petition = await here.submit(text)
    await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
    await here.act(petition, c.Triage, category="administrative", tier="community")
    await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)
    return petition


async def waits(here: Town, petition: str) -> datetime:
    """When its workflow wakes, by the office's clock."""
    for _ in range(200):
        standing = await standing_of(here.client, petition)
        if standing.wakes_at:
            return standing.wakes_at + here.clock.offset
        await asyncio.sleep(0.05)
    raise AssertionError(f"{petition}: no timer")


async def test_an_ended_workflow_is_found_repaired_and_on_record(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING) as here:
        petition, other = await dispatched(here), await dispatched(here, "请帮帮他")
        due = await waits(here, petition)
        await waits(here, other)
        assert await look(here) == Reconciled(2, ())
        assert on_record(here) == []

        await here.client.get_workflow_handle(petition).terminate("a test")
        seen = await look(here, repair=False)
        assert [(each.petition, each.fault, each.repaired) for each in seen.differences] == [(petition, "ended", False)]
        assert on_record(here) == []
        assert not (await standing_of(here.client, petition)).running

        done = await look(here)
        assert [(each.petition, each.fault, each.repaired) for each in done.differences] == [(petition, "ended", True)]
        assert on_record(here) == list(done.differences)
        assert abs(await waits(here, petition) - due) < SLACK
        assert (await look(here)).differences == ()


async def test_a_workflow_that_waits_for_another_time_reads_its_agenda_again(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING) as here:
        petition = await dispatched(here)
        due = await waits(here, petition)
        here.clock.offset += timedelta(hours=1)  # the engine's clock falls behind the office's
        found = (await look(here)).differences
        assert [(each.fault, each.step, each.repaired) for each in found] == [
            ("waits_for_another_time", "remind", True)
        ]
        assert found[0].expected_at is not None
        assert found[0].found_at is not None
        assert abs(found[0].found_at - found[0].expected_at - timedelta(hours=1)) < SLACK
        await asyncio.sleep(0.5)
        assert abs(await waits(here, petition) - due) < SLACK
        assert (await look(here)).differences == ()


async def test_a_task_that_fails_again_and_again_is_begun_anew(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING, worker=False) as here:
        async with Worker(here.client, task_queue=here.settings.task_queue, workflows=[Broken]):
            petition = await here.submit("请帮帮我")
            for _ in range(200):
                if (await standing_of(here.client, petition)).attempt > 1:
                    break
                await asyncio.sleep(0.05)
        found = (await look(here, fails_after=1)).differences
        assert [(each.petition, each.fault, each.repaired) for each in found] == [(petition, "task_fails", True)]
        async with working(here.office, here.client, here.settings, promote=True):
            await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
            await waits(here, petition)
            assert (await look(here)).differences == ()


@workflow.defn(name="petition", sandboxed=False)
class Broken:
    """A petition's workflow with a mistake in it."""

    @workflow.run
    async def run(self, petition: str) -> None:
        raise RuntimeError(f"no step for {petition}")


async def test_a_task_nobody_takes_is_said(
    database: str, temporal_server: EmbeddedTemporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reconciling, "LATE", timedelta(0))
    async with town(database, temporal_server, MORNING, worker=False) as here:
        petition = await here.submit("请帮帮我")
        await exists(here.client, petition)
        found = (await look(here, repair=False)).differences
        assert [(each.petition, each.fault) for each in found] == [(petition, "task_waits")]
        for _ in range(2):  # people have to start a worker: it is said, once
            assert [each.repaired for each in (await look(here)).differences] == [False]
        assert len(on_record(here)) == 1
        await here.client.get_workflow_handle(petition).terminate("a test")


async def test_a_workflow_of_a_petition_that_owes_nothing_is_surplus(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, MORNING) as here:
        petition = await dispatched(here)
        await here.act(petition, c.Withdraw, e.Actor.resident())
        await asyncio.wait_for(here.client.get_workflow_handle(petition).result(), 20)
        assert (await look(here)).differences == ()
        await here.client.start_workflow("petition", petition, id=petition, task_queue="nobody-polls-this")
        for _ in range(100):
            found = (await look(here, repair=False)).differences
            if found:
                break
        assert [(each.petition, each.fault, each.step) for each in found] == [(petition, "surplus", None)]
        await here.client.get_workflow_handle(petition).terminate("a test")


@asynccontextmanager
async def new_temporal(folder: Path, name: str) -> AsyncIterator[EmbeddedTemporal]:
    ports = choose_ports(0)
    server = EmbeddedTemporal(
        folder / name / "temporal.db",
        port=ports.temporal,
        ui_port=ports.temporal_ui,
        logs=folder / "logs",
        options=TIME_SKIPPING,
    )
    await asyncio.to_thread(server.start)
    try:
        yield server
    finally:
        await asyncio.to_thread(server.stop)


async def test_temporals_whole_database_is_lost_and_every_deadline_is_kept(
    database: str, temporal_server: EmbeddedTemporal, short_folder: Path
) -> None:
    master = os.urandom(32)
    async with town(database, temporal_server, MORNING, master=master) as here:
        petitions = [await dispatched(here), await dispatched(here, "请帮帮他")]
        owing = [await waits(here, petition) for petition in petitions]
    noon = MORNING + timedelta(hours=2)
    async with (
        new_temporal(short_folder, "empty") as empty,
        town(database, empty, noon, master=master) as here,
    ):
        found = (await look(here)).differences
        assert {(each.petition, each.fault, each.repaired) for each in found} == {
            (petition, "missing", True) for petition in petitions
        }
        for petition, due in zip(petitions, owing, strict=True):
            wakes = await waits(here, petition)
            assert abs(wakes - due) < SLACK
        assert (await look(here)).differences == ()
        await here.forward(petitions, timedelta(hours=6))
        for petition in petitions:
            await here.until(petition, lambda state: state.tier == "district")
            (risen,) = here.events(petition, e.PetitionEscalated)
            assert EVENING <= risen.at <= EVENING + SLACK


async def exists(client: Client, petition: str) -> None:
    for _ in range(200):
        if (await standing_of(client, petition)).there:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(petition)


def test_what_is_wrong_is_told_from_how_it_stands() -> None:
    from workers.rhythm.reconciling import Owing, fault_of
    from workers.rhythm.workflow_standing import GONE, Standing

    now = datetime(2025, 9, 30, 2, 0, tzinfo=UTC)
    hour = timedelta(hours=1)
    soon, late = Owing("p-1", "remind", now + hour), Owing("p-1", "remind", now - hour)
    nothing = timedelta()

    def waiting(at: datetime) -> Standing:
        return Standing(there=True, running=True, wakes_at=at)

    assert fault_of(soon, GONE, nothing, now) == "missing"
    assert fault_of(soon, Standing(there=True), nothing, now) == "ended"
    assert fault_of(soon, Standing(there=True, running=True), nothing, now) == "waits_for_nothing"
    assert fault_of(soon, waiting(now + hour), nothing, now) is None
    assert fault_of(soon, waiting(now), hour, now) is None, "the engine's clock may be another"
    assert fault_of(soon, waiting(now + 2 * hour), nothing, now) == "waits_for_another_time"
    assert fault_of(soon, waiting(now), nothing, now) == "waits_for_another_time"
    assert fault_of(late, waiting(now - hour), nothing, now) is None, "its timer has fired, its task is about to be"
    assert fault_of(late, waiting(now + hour), nothing, now) == "waits_for_another_time"
    tried = Standing(there=True, running=True, attempt=9, since=now - hour)
    assert fault_of(soon, tried, nothing, now) == "task_fails"
    assert fault_of(soon, Standing(there=True, running=True, attempt=1, since=now - hour), nothing, now) == "task_waits"
    assert fault_of(soon, Standing(there=True, running=True, attempt=1, since=now), nothing, now) is None
    assert fault_of(late, Standing(there=True, running=True, tries=2), nothing, now) is None
    assert fault_of(late, Standing(there=True, running=True, tries=11), nothing, now) == "step_fails"
