"""What the engine forgot comes back as it was: each in its place of the line, and what was begun once, begun again."""

import asyncio
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from temporalio.common import Priority

from aggregates.office.events import AdoptionCarriedOut, adoption_stream
from aggregates.petition import commands as c
from aggregates.petition import events as e
from machine.embedded_temporal import EmbeddedTemporal
from office.rules.adoption import adopt, adopt_file, unfinished
from tests.workflows.order_town import post
from tests.workflows.test_adoption import until_2025, waiting, with_2026
from tests.workflows.test_deadlines import local
from tests.workflows.test_reconcile import look
from tests.workflows.test_urgent_first import place_of, told, urgent
from tests.workflows.town import Town, town
from workers.processes import working
from workers.reading.rebuilding import open_petitions, wake_each
from workers.rhythm import reconciling
from workers.rhythm.workflow_standing import standing_of
from workflows.adoption_contract import workflow_id

LIFE, ELDERLY, USUAL = (1, "baiyang"), (2, "baiyang"), (3, "baiyang")


@pytest.fixture(autouse=True)
def _short(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reconciling, "SETTLES_SECONDS", 0.3)


async def forgotten(here: Town, workflows: Iterable[str]) -> None:
    for each in workflows:
        await here.client.get_workflow_handle(each).terminate("as if Temporal had forgotten it")


async def test_rebuilt_or_reconciled_each_has_its_place_in_the_line(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 22, 9)) as here:
        line = {
            await asyncio.to_thread(urgent, here): LIFE,
            await post(here, kind="service", service="homework-help", text="想有人教数学", age=72): ELDERLY,
            await post(here, kind="service", service="homework-help", text="想有人教语文"): USUAL,
            await here.submit("请帮帮我"): USUAL,
        }
        await told(here, list(line))
        assert {each: await place_of(here, each) for each in line} == line, "as the relay begins them"

        await forgotten(here, line)
        found, seen = await asyncio.to_thread(open_petitions, here.office.event_log)
        assert seen == len(line)
        assert {each: (place.priority_key, place.fairness_key) for each, place in found.items()} == line
        await wake_each(here.client, found, here.settings.task_queue, lambda _: None)
        assert {each: await place_of(here, each) for each in line} == line, "as a rebuild begins them"

        await forgotten(here, line)
        assert {each.fault for each in (await look(here)).differences} == {"ended"}
        assert {each: await place_of(here, each) for each in line} == line, "as the reconciler begins them"


async def test_urgent_ones_are_brought_back_first(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[str] = []

    async def wake(_: object, petition: str, *__: object, priority: Priority) -> None:
        begun.append(f"{petition}:{priority.priority_key}")

    monkeypatch.setattr("workers.reading.rebuilding.wake", wake)
    line = {f"p-{number}": Priority(priority_key=key) for number, key in enumerate((3, 2, 3, 1))}
    await wake_each(None, line, "queue", lambda _: None)  # type: ignore[arg-type]  # nobody is asked
    assert begun == ["p-3:1", "p-1:2", "p-0:3", "p-2:3"]


async def test_an_adoption_lost_half_way_is_begun_again_and_then_stands_in_the_log(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(12, 30, 9), worker=False) as here:
        log = here.office.event_log
        await asyncio.to_thread(adopt_file, log, until_2025(), here.clock())
        async with working(here.office, here.client, here.settings, promote=True):
            petitions = await waiting(here, 3)
        assert unfinished(log, "baiyang") == []
        await asyncio.to_thread(adopt, log, with_2026(), e.Actor.engine(), here.clock())
        adoption = workflow_id("baiyang", 2)
        await told(here, [adoption])
        await forgotten(here, [adoption])  # no worker has taken it yet, however long this took: nothing is done
        assert unfinished(log, "baiyang") == [2]

        found = [each for each in (await look(here)).differences if each.petition == adoption]
        assert [(each.fault, each.step, each.repaired) for each in found] == [("ended", "count-again", True)]
        async with working(here.office, here.client, here.settings, promote=True):
            await _stands_in_the_log(here, adoption, petitions)


async def _stands_in_the_log(here: Town, adoption: str, petitions: list[str]) -> None:
    """Begun again it goes to its end: each petition counted again once, the end on record, nothing to repair."""
    log = here.office.event_log
    await asyncio.wait_for(here.client.get_workflow_handle(adoption).result(), 60)
    for petition in petitions:
        assert len(here.events(petition, e.ClocksRecomputed)) == 1
    (done,) = [record.event for record in log.read(adoption_stream("baiyang", 2))]
    assert isinstance(done, AdoptionCarriedOut)
    assert (done.number, done.petitions, done.moved) == (2, 3, 3)
    assert unfinished(log, "baiyang") == []
    await asyncio.sleep(0.5)
    assert [each for each in (await look(here)).differences if each.petition == adoption] == []
    for petition in petitions:
        await here.act(petition, c.Withdraw, e.Actor.resident())


async def test_an_adoption_from_a_day_to_come_waits_and_is_no_difference(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(12, 30, 9)) as here:
        log, clock = here.office.event_log, here.clock
        await asyncio.to_thread(adopt_file, log, until_2025(), clock())
        tomorrow = (clock() + timedelta(days=2)).date()
        await asyncio.to_thread(adopt, log, with_2026(), e.Actor.engine(), clock(), tomorrow)
        adoption = workflow_id("baiyang", 2)
        await told(here, [adoption])
        assert unfinished(log, "baiyang") == [2]
        assert (await look(here)).differences == ()
        await forgotten(here, [adoption])


async def test_an_adoption_that_oversleeps_is_begun_anew(database: str, temporal_server: EmbeddedTemporal) -> None:
    async with town(database, temporal_server, local(12, 30, 9)) as here:
        log, clock = here.office.event_log, here.clock
        await asyncio.to_thread(adopt_file, log, until_2025(), clock())
        petitions = await waiting(here, 2)
        tomorrow = (clock() + timedelta(days=2)).date()
        await asyncio.to_thread(adopt, log, with_2026(), e.Actor.engine(), clock(), tomorrow)
        adoption = workflow_id("baiyang", 2)
        await told(here, [adoption])
        await sleeps(here, adoption, timedelta(hours=1))
        assert (await look(here)).differences == ()

        clock.offset += timedelta(days=3)  # as if who told it to sleep so long had had a clock three days behind
        found = [each for each in (await look(here)).differences if each.petition == adoption]
        assert [(each.fault, each.repaired) for each in found] == [("waits_for_another_time", True)]
        await asyncio.wait_for(here.client.get_workflow_handle(adoption).result(), 60)
        (done,) = [record.event for record in log.read(adoption_stream("baiyang", 2))]
        assert isinstance(done, AdoptionCarriedOut)
        for petition in petitions:
            await here.act(petition, c.Withdraw, e.Actor.resident())


async def sleeps(here: Town, workflow: str, longer: timedelta) -> None:
    """Wait until it sleeps for longer than that."""
    for _ in range(600):
        wakes_at = (await standing_of(here.client, workflow)).wakes_at
        if wakes_at is not None and wakes_at > datetime.now(UTC) + longer:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{workflow} does not sleep")
