"""A rulebook is adopted while petitions wait: their clocks move once, and their timers with them."""

import asyncio
from datetime import datetime, timedelta
from itertools import pairwise

from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.state import Stage
from machine.embedded_temporal import EmbeddedTemporal
from office.rules.adoption import adopt, adopt_file
from rulebook.model import CalendarYear, Rulebook
from tests.rulebook.books import baiyang
from tests.workflows.test_deadlines import local
from tests.workflows.town import Town, town
from workflows.adoption_contract import workflow_id

MANY = 200
TEXT = "请帮帮我，我家的事情很久没有人管了"


def until_2025() -> Rulebook:
    """Baiyang's book before the calendar of 2026 was announced."""
    book = baiyang()
    return book.model_copy(update={"calendars": tuple(year for year in book.calendars if year.year == 2025)})


def with_2026() -> Rulebook:
    """The same with the next calendar: 5 January 2026 is a day off here, as no calendar guesses."""
    year = CalendarYear.model_validate(
        {
            "year": 2026,
            "holidays": {"2026-01-01": "元旦", "2026-01-02": "元旦", "2026-01-05": "本地假日"},
            "make_up_days": {},
            "source": "made up for this test",
            "verified": "2025-11-20",
        }
    )
    book = until_2025()
    return book.model_copy(update={"calendars": (*book.calendars, year)})


async def waiting(here: Town, many: int) -> list[str]:
    """Petitions that wait for the district until the first days of 2026, each before its timer."""
    taken = await here.take_in([{"text": f"{TEXT}{number}"} for number in range(many)])
    petitions = [each.petition or "" for each in taken]

    async def one(petition: str) -> None:
        await here.until(petition, lambda state: state.stage is Stage.PROPOSED)
        await here.act(petition, c.Triage, category="administrative", tier="district")
        await here.until(petition, lambda state: state.stage is Stage.DISPATCHED)

    for first in range(0, many, 20):
        await asyncio.gather(*(one(petition) for petition in petitions[first : first + 20]))
    return petitions


async def test_a_calendar_adopted_while_200_petitions_wait_moves_each_clock_once(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(12, 30, 9)) as here:
        log = here.office.event_log
        await asyncio.to_thread(adopt_file, log, until_2025(), here.clock())
        petitions = await waiting(here, MANY)
        before = {petition: here.office.handler.load(petition) for petition in petitions}
        assert all(state.clock and state.clock.provisional for state in before.values())

        number, written = await asyncio.to_thread(adopt, log, with_2026(), e.Actor.engine(), here.clock())
        assert (number, written) == (2, True)
        again = await asyncio.to_thread(adopt, log, with_2026(), e.Actor.engine(), here.clock())
        assert again == (2, False), "adopted twice, it stands once"
        handle = here.client.get_workflow_handle(workflow_id("baiyang", 2))
        for _ in range(200):
            moved = [petition for petition in petitions if here.events(petition, e.ClocksRecomputed)]
            if len(moved) == MANY:
                break
            await asyncio.sleep(0.2)
        done = await asyncio.wait_for(handle.result(), 60)
        assert (done["petitions"], done["moved"]) == (MANY, MANY)

        dues = set()
        for petition in petitions:
            (counted,) = here.events(petition, e.ClocksRecomputed)
            (tier,) = (each for each in counted.moved if each.clock.name == "tier")
            assert counted.cause == "calendar"
            assert counted.rulebook == with_2026().hash
            assert tier.was_due_at == before[petition].due_at
            assert not tier.clock.provisional
            dues.add((tier.was_due_at, tier.clock.due_at))
        # Three days from 30 December end on Friday the 2nd; by weekends alone that is a working day.
        assert dues == {(local_2026(1, 2), local_2026(1, 6))}

        some = petitions[:20]
        await here.forward(some, timedelta(days=4, hours=9))
        for petition in some:
            assert not here.events(petition, e.PetitionEscalated), "nothing rings at the old time"
        await here.forward(some, timedelta(days=3))
        for petition in some:
            await here.until(petition, lambda state: state.tier == "beyond")
            (risen,) = here.events(petition, e.PetitionEscalated)
            assert local_2026(1, 6) <= risen.at <= local_2026(1, 6) + timedelta(minutes=2)
        for earlier, later in pairwise(here.events(petitions[0])):
            assert earlier.at <= later.at or later.TOPIC == "petition.clocks_recomputed"


def local_2026(month: int, day: int) -> datetime:
    """Close of business."""
    return local(month, day, 17, 30).replace(year=2026)
