"""What the rulebook keeps no longer is erased by the schedule itself, on the real engine, on the first working day."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest

from aggregates.event import Actor
from aggregates.petition import commands as c
from aggregates.petition.state import Stage
from eventstore.log import ERASED
from machine.embedded_temporal import EmbeddedTemporal
from office.keys.erasing import erasures_of
from office.keys.persons import Persons
from office.rules.adoption import adopt
from rulebook.model import Rulebook
from rulebook.retention import Retention
from rulebook.rhythm import Rhythm
from tests.people import AT_THE_COUNTER, CLERK
from tests.rulebook.books import baiyang
from tests.workflows.test_rhythm import SHANGHAI, knock, local, office
from tests.workflows.town import Town
from workers.rhythm.schedules import apply_schedules, schedule_id
from workflows.rhythm_contract import Kept

BEAT = "retention"
LAST_DAY = datetime(2026, 9, 24, 7, 30, tzinfo=SHANGHAI)
"""A year after the 24th of September 2025, a Thursday; then comes Mid-Autumn, and after it Monday the 28th."""


def a_year(knocks_at: datetime) -> Rulebook:
    """Baiyang's book that keeps what is closed for a year, and looks at a time of day."""
    book = baiyang()
    assert book.rhythm is not None
    keeping = {
        "since": "2025-01-01",
        "years": 1,
        "rule": "retention.closed",
        "source": "a test",
        "verified": "2026-11-20",
    }
    at = knocks_at.astimezone(SHANGHAI).time().replace(second=0, microsecond=0)
    beats = tuple(each.model_copy(update={"at": at}) if each.id == BEAT else each for each in book.rhythm.beats)
    rhythm = Rhythm(beats=beats, smallest_published=book.rhythm.smallest_published)
    return book.model_copy(update={"retention": Retention.model_validate({"closed": [keeping]}), "rhythm": rhythm})


async def knocked(here: Town) -> Kept:
    """Wait until the schedule has begun its workflow by itself; what that answers."""
    beat = next(each for each in baiyang().rhythm.beats if each.id == BEAT)  # type: ignore[union-attr] # it has one
    handle = here.client.get_schedule_handle(schedule_id(here.settings.task_queue, beat))
    for _ in range(600):
        about = await handle.describe()
        if about.info.num_actions:
            run = about.info.recent_actions[-1].action
            started = here.client.get_workflow_handle(run.workflow_id, result_type=Kept)  # type: ignore[union-attr]
            return await asyncio.wait_for(started.result(), 60)
        await asyncio.sleep(0.25)
    raise AssertionError("the schedule did not knock within 150 s")


@pytest.mark.long
@pytest.mark.timeout(300)
async def test_a_schedule_erases_what_is_kept_long_enough_and_nothing_else(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with office(database, temporal_server, local(9, 24)) as here:
        log, intake = here.office.event_log, here.office.intake
        assert intake is not None
        moment = datetime.now(UTC) + timedelta(seconds=100)
        book = a_year(moment)
        await asyncio.to_thread(adopt, log, book, Actor.engine(), here.clock())
        texts = {"closed": "13800000001", "later": "13800000002", "open": "13800000003", "one-of-two": "13800000004"}
        brought = {name: await here.submit(f"路灯坏了，请维修 {name}", phone=phone) for name, phone in texts.items()}
        brought["other-of-two"] = await here.submit("水管漏水，请维修", phone=texts["one-of-two"])
        one, two = (
            log.read(brought[name])[0].event.resident  # type: ignore[attr-defined] # its first event
            for name in ("one-of-two", "other-of-two")
        )
        await asyncio.to_thread(Persons(log, here.clock).link, one, two, CLERK, AT_THE_COUNTER)
        for name in ("closed", "one-of-two"):
            await here.act(brought[name], c.Withdraw, by=Actor.resident(), reason="自己修好了")
            await here.until(brought[name], lambda state: state.stage is Stage.WITHDRAWN)
        here.clock.offset += timedelta(days=30)
        await here.act(brought["later"], c.Withdraw, by=Actor.resident(), reason="自己修好了")
        await here.until(brought["later"], lambda state: state.stage is Stage.WITHDRAWN)

        def at(day: datetime) -> None:
            here.clock.offset += day - here.clock()

        at(LAST_DAY)
        assert await knock(here, BEAT) == Kept(done=True, what="retention: 0 residents erased"), "the last day is kept"
        at(LAST_DAY + timedelta(days=1))
        assert not (await knock(here, BEAT)).done, "a holiday"
        beat = next(each for each in baiyang().rhythm.beats if each.id == BEAT)  # type: ignore[union-attr] # it has one
        queue = here.settings.task_queue
        await here.client.get_schedule_handle(schedule_id(queue, beat)).delete()
        assert datetime.now(UTC) < moment - timedelta(seconds=62), "too slow: the minute of the knock would be missed"
        await apply_schedules(here.client, book, queue)
        at(LAST_DAY + timedelta(days=4))
        assert await knocked(here) == Kept(done=True, what="retention: 1 residents erased")

        def text(name: str) -> str | None:
            return log.unseal(log.read(brought[name])[0], ("text",))["text"]

        assert {name for name in brought if text(name) == ERASED} == {"closed"}
        resident = log.read(brought["closed"])[0].event.resident  # type: ignore[attr-defined] # its first event
        (erasure,) = erasures_of(log, [resident])
        assert erasure.asked is not None
        assert (erasure.asked_event.reason, erasure.asked_event.rule) == ("retention", "retention.closed")
        assert erasure.asked.event.by == Actor.engine()
        assert erasure.erased is not None
        assert erasure.erased.event.at.astimezone(SHANGHAI).date() == (LAST_DAY + timedelta(days=4)).date()
        assert await knock(here, BEAT) == Kept(done=True, what="retention: 0 residents erased"), "once"
