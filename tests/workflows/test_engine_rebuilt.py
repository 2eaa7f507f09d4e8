"""`suqiu workflows rebuild` ends when it has seen each workflow wait for its right time; those that do not it names."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from aggregates.petition import commands as c
from aggregates.petition import events as e
from eventstore.build import build_id
from machine.embedded_temporal import EmbeddedTemporal
from tests.workflows.test_engine_kept import MORNING, eventually
from tests.workflows.test_engine_lost import WITHIN, Server, all_wait_rightly, many, own_server
from tests.workflows.test_reconcile import dispatched, waits
from tests.workflows.town import Town, town
from workers.engine.search_attributes import missing_search_attributes
from workers.keeping.bringing_back import BringingBack, Brought
from workers.processes import working
from workers.rhythm.schedules import apply_schedules, missing_schedules
from workers.rhythm.workflow_standing import standing_of

pytestmark = [pytest.mark.engine, pytest.mark.timeout(400)]


async def rebuild(here: Town, *, patience: float = 60) -> Brought:
    return await BringingBack(here.office, here.client, here.settings, None, patience=patience).run()


async def test_temporals_database_is_lost_under_a_worker_and_one_command_brings_everything_back(
    database: str, tmp_path: Path
) -> None:
    async with own_server(tmp_path) as server, town(database, server.temporal, MORNING) as here:
        await apply_schedules(here.client, here.office.rules, here.settings.task_queue)
        stages = await many(here)
        await eventually(lambda: all_wait_rightly(here), WITHIN)
        due = {petition: await waits(here, petition) for petition in stages["dispatched"]}

        await server.stopped(server.lose)
        done = await rebuild(here)

        closed = len(stages["withdrawn"])
        assert (done.not_waiting, done.build) == ((), build_id())
        assert done.waiting == done.open == done.recorded - closed
        assert done.made.build == build_id()
        assert len(done.made.schedules) == len(here.office.rules.rhythm.beats if here.office.rules.rhythm else ())
        for petition, moment in due.items():
            wakes_at = (await standing_of(here.client, petition)).wakes_at
            assert wakes_at is not None, "seen to wait means that it waits"
            assert abs(wakes_at + here.clock.offset - moment) < timedelta(seconds=20)
        assert await missing_schedules(here.client, here.office.rules, here.settings.task_queue) == []
        assert await missing_search_attributes(here.client) == []
        await here.forward(stages["dispatched"], timedelta(hours=9))
        for petition in stages["dispatched"]:
            await here.until(petition, lambda state: state.tier == "district")
            assert len(here.events(petition, e.PetitionEscalated)) == 1

        again = await rebuild(here)
        assert (again.made, again.not_waiting) == (type(again.made)(), ()), "repeated, it makes nothing"


async def test_an_old_copy_is_put_back_and_one_command_ends_what_is_surplus_and_begins_what_is_missing(
    database: str, tmp_path: Path
) -> None:
    async with own_server(tmp_path) as server, town(database, server.temporal, MORNING) as here:
        old = [await dispatched(here, f"请帮帮我 {number}") for number in range(3)]
        await server.stopped(lambda: server.copy(tmp_path / "copy"))
        await end_one(here, old[0])
        new = await dispatched(here, "请帮帮他")
        await server.stopped(lambda: server.put_back(tmp_path / "copy"))
        assert (await running(here, server, old[0]), await running(here, server, new)) == (True, False)

        done = await rebuild(here)

        assert (done.recorded, done.open, done.waiting, done.not_waiting) == (4, 3, 3, ())
        assert not (await standing_of(here.client, old[0])).running
        for petition in (*old[1:], new):
            assert (await standing_of(here.client, petition)).wakes_at is not None


async def end_one(here: Town, petition: str) -> None:

    await here.act(petition, c.Withdraw, e.Actor.resident())
    await here.client.get_workflow_handle(petition).result()


async def running(here: Town, server: Server, petition: str) -> bool:
    assert server.temporal.alive()
    return (await standing_of(here.client, petition)).running


async def test_without_a_worker_it_ends_counts_and_names_them(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, MORNING, worker=False) as here:
        petitions = {await here.submit("请帮帮我"), await here.submit("请帮帮他")}
        began = time.monotonic()
        done = await rebuild(here, patience=3)
        assert time.monotonic() < began + 60, "it does not wait for ever"
        assert (done.open, done.waiting, done.build) == (2, 0, None)
        assert {each.id for each in done.not_waiting} == petitions
        assert set(done.faults) <= {"on_its_way", "task_waits"}

        async with working(here.office, here.client, here.settings, promote=True):
            done = await rebuild(here)
            assert (done.waiting, done.not_waiting) == (2, ())
