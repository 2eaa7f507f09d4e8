"""The office's rhythm as its schedules keep it: at the minute the rulebook says, with nobody who asks."""

import asyncio
import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from aggregates.event import Role
from machine.embedded_temporal import EmbeddedTemporal
from office.reporting import reports_of
from rulebook.rhythm import Beat, ReportKind, Rhythm
from tests.workflows.test_rhythm import local, rhythm_of
from tests.workflows.town import town
from workers.rhythm.schedules import apply_schedules, planned, schedule_id
from workers.rhythm.worker import keeping_rhythm

MADE: tuple[tuple[ReportKind, str], ...] = (
    ("digest", "2025-10-09"),
    ("situation", "2025-09"),
    ("scorecard", "2025-09"),
    ("publication", "2025-Q3"),
)
"""What is due at the opening after the holiday: of the day, of the month and of the quarter that are over."""

AHEAD = timedelta(seconds=20)
"""How long the engine takes to have the schedules, at most, on a busy machine."""


@pytest.mark.timeout(240)
async def test_the_first_working_day_of_a_month_and_a_quarter_makes_their_reports_by_itself(
    database: str, temporal_server: EmbeddedTemporal
) -> None:
    async with town(database, temporal_server, local(9, 30)) as here:
        await here.submit("路灯坏了好几天，晚上走路很黑，请维修路灯")
        here.clock.offset += local(10, 9) - local(9, 30)
        rules, queue = here.office.rules, here.settings.task_queue
        minute = next_minute(rules.zone)
        wanted = {kind for kind, _ in MADE}
        beats = tuple(at_minute(beat, minute) for beat in rhythm_of(here).beats if beat.does in wanted)
        soon = rules.model_copy(update={"rhythm": Rhythm(beats=beats)})
        async with keeping_rhythm(here.office, here.client, queue):
            await apply_schedules(here.client, soon, queue)
            try:
                assert {plan.runs for plan in await planned(here.client, soon, queue)} == {0}
                until = time.monotonic() + 120
                while not all(reports_of(here.office.event_log, kind, period) for kind, period in MADE):
                    assert time.monotonic() < until, [
                        plan._asdict() for plan in await planned(here.client, soon, queue)
                    ]
                    await asyncio.sleep(0.5)
                assert {plan.runs for plan in await planned(here.client, soon, queue)} == {1}
            finally:
                for beat in beats:
                    await here.client.get_schedule_handle(schedule_id(queue, beat)).delete()
        for kind, period in MADE:
            (report,) = reports_of(here.office.event_log, kind, period)
            assert report.rule == next(beat.rule for beat in beats if beat.does == kind)
            assert report.by.role is Role.ENGINE


def next_minute(zone: ZoneInfo) -> datetime:
    """The next full minute the engine can still be told of."""
    return (datetime.now(UTC) + AHEAD + timedelta(minutes=1)).astimezone(zone).replace(second=0, microsecond=0)


def at_minute(beat: Beat, minute: datetime) -> Beat:
    """The same beat, on the same days, at another time of day."""
    return beat.model_copy(update={"at": minute.time()})
