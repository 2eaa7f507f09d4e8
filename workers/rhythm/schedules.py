"""The rulebook's rhythm as Temporal Schedules: created, updated, listed. Applying is idempotent.

A schedule only starts a workflow, on every morning that may be the right one, at the rulebook's time and zone; the
workflow's activity decides whether it is the day.
"""

from datetime import UTC, datetime, time, timedelta
from typing import NamedTuple

import structlog
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleCalendarSpec,
    ScheduleIntervalSpec,
    ScheduleOverlapPolicy,
    SchedulePolicy,
    ScheduleRange,
    ScheduleSpec,
    ScheduleUpdate,
    ScheduleUpdateInput,
)
from temporalio.service import RPCError, RPCStatusCode

from rulebook.model import Rulebook
from rulebook.rhythm import Beat, Due, Rhythm, next_due
from workflows import rhythm_contract
from workflows.rhythm_contract import ANNOUNCE, ERASE, MAKE_REPORT, RECONCILE, RHYTHM_WORKFLOW, queue_of

log = structlog.get_logger(__name__)

NOTE = "suqiu: "
"""Prefix of the note that says what a schedule of ours was made from."""
CATCH_UP = {"minutes": timedelta(minutes=2), "working_day": timedelta(hours=12)}
LONG_CATCH_UP = timedelta(days=1)
"""How late a missed start is made good; a period that is over stays due on later days anyway."""


class Applied(NamedTuple):
    """Ids of the schedules, by what was done with each."""

    created: list[str]
    updated: list[str]
    unchanged: list[str]
    deleted: list[str]


class Planned(NamedTuple):
    """A schedule in Temporal: it starts next at `next_at`, and has work to do on the day of `due`."""

    id: str
    beat: str
    paused: bool
    next_at: datetime | None
    due: Due | None
    last_at: datetime | None
    runs: int


def schedule_id(task_queue: str, beat: Beat) -> str:
    """The id of the schedule for one entry of the rulebook's rhythm."""
    return f"{task_queue}-{beat.id}-{beat.since}"


async def apply_schedules(client: Client, rules: Rulebook, task_queue: str) -> Applied:
    """Create missing schedules, update those that differ, delete those no longer in the rulebook. Idempotent.

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    applied = Applied([], [], [], [])
    rhythm = rules.rhythm or Rhythm(beats=())
    wanted = {schedule_id(task_queue, beat): _schedule(beat, rhythm, rules, task_queue) for beat in rhythm.beats}
    for name, schedule in wanted.items():
        try:
            await client.create_schedule(name, schedule)
            applied.created.append(name)
        except ScheduleAlreadyRunningError:
            await _update(client, name, schedule, applied)
    ours = queue_of(task_queue)
    async for listed in await client.list_schedules():
        if listed.id not in wanted and listed.id.startswith(f"{task_queue}-"):
            handle = client.get_schedule_handle(listed.id)
            found = (await handle.describe()).schedule.action
            if isinstance(found, ScheduleActionStartWorkflow) and found.task_queue == ours:
                await handle.delete()
                applied.deleted.append(listed.id)
    log.info("schedules.applied", **{name: len(ids) for name, ids in applied._asdict().items()})
    return applied


async def missing_schedules(client: Client, rules: Rulebook, task_queue: str) -> list[str]:
    """Ids of the rulebook's schedules that Temporal does not have; each is asked by its id.

    One whose end has passed is not missing: Temporal deletes such a one itself after a while.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    missing = []
    rhythm = rules.rhythm or Rhythm(beats=())
    for beat in rhythm.beats:
        name, ends = schedule_id(task_queue, beat), _spec(beat, rhythm, rules).end_at
        if ends is not None and ends <= datetime.now(UTC):
            continue
        try:
            await client.get_schedule_handle(name).describe()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            missing.append(name)
    return missing


async def planned(client: Client, rules: Rulebook, task_queue: str) -> list[Planned]:
    """The rulebook's schedules as Temporal has them, in the rulebook's order.

    Raises:
        RPCError: Temporal cannot be reached, or lacks one of them: apply them first.
    """
    found = []
    for beat in rules.rhythm.beats if rules.rhythm else ():
        name = schedule_id(task_queue, beat)
        about = await client.get_schedule_handle(name).describe()
        info = about.info
        following = info.next_action_times[0] if info.next_action_times else None
        last = info.recent_actions[-1].started_at if info.recent_actions else None
        due = next_due(beat, following.astimezone(rules.zone).date(), rules.calendar) if following else None
        found.append(Planned(name, beat.id, about.schedule.state.paused, following, due, last, info.num_actions))
    return found


async def _update(client: Client, name: str, schedule: Schedule, applied: Applied) -> None:
    """Update a schedule unless its note says that it was made from the same. A pause set by hand stays."""
    handle = client.get_schedule_handle(name)
    if (await handle.describe()).schedule.state.note == schedule.state.note:
        applied.unchanged.append(name)
        return

    def changed(found: ScheduleUpdateInput) -> ScheduleUpdate:
        schedule.state.paused = found.description.schedule.state.paused
        return ScheduleUpdate(schedule)

    await handle.update(changed)
    applied.updated.append(name)


def _schedule(beat: Beat, rhythm: Rhythm, rules: Rulebook, task_queue: str) -> Schedule:
    action = ScheduleActionStartWorkflow(
        RHYTHM_WORKFLOW,
        rhythm_contract.Beat(beat=beat.id, activity=_activity(beat)),
        id=schedule_id(task_queue, beat),
        task_queue=queue_of(task_queue),
    )
    policy = SchedulePolicy(overlap=ScheduleOverlapPolicy.SKIP, catchup_window=CATCH_UP.get(beat.each, LONG_CATCH_UP))
    schedule = Schedule(action, _spec(beat, rhythm, rules), policy=policy)
    schedule.state.note = f"{NOTE}{beat.model_dump_json()} {schedule.spec.end_at} {rules.time_zone}"
    return schedule


def _spec(beat: Beat, rhythm: Rhythm, rules: Rulebook) -> ScheduleSpec:
    later = min((each.since for each in rhythm.beats if each.id == beat.id and each.since > beat.since), default=None)
    ends = min((day for day in (later, beat.until and beat.until + timedelta(days=1)) if day), default=None)
    spec = ScheduleSpec(
        start_at=datetime.combine(beat.since, time(), rules.zone).astimezone(UTC),
        end_at=datetime.combine(ends, time(), rules.zone).astimezone(UTC) if ends else None,
        time_zone_name=rules.time_zone,
    )
    if beat.every_minutes is not None:
        spec.intervals = [ScheduleIntervalSpec(every=timedelta(minutes=beat.every_minutes))]
    else:
        at = beat.at or time()
        spec.calendars = [
            ScheduleCalendarSpec(hour=[ScheduleRange(at.hour)], minute=[ScheduleRange(at.minute)], comment=beat.id)
        ]
    return spec


def _activity(beat: Beat) -> str:
    others = {
        "reconcile": RECONCILE,
        "reception_day": ANNOUNCE,
        "erase": ERASE,
    }
    return others.get(beat.does, MAKE_REPORT)
