"""The activities of the rhythm's workflow: whether this is the day, and if so the work of the beat. Once a period."""

import asyncio
from collections.abc import Awaitable
from datetime import date, datetime, timedelta
from typing import TypeVar, cast, get_args

import structlog
from temporalio import activity
from temporalio.client import Client
from temporalio.exceptions import ApplicationError

from aggregates.event import Actor, Header
from aggregates.office.decisions import announce
from aggregates.office.events import RECEPTION
from aggregates.record import Recorded, sift
from aggregates.streams import is_petition
from eventstore.clock_guard import span
from eventstore.log import Append
from eventstore.once import append_once
from office.composition import Office
from office.keys.erasing import Eraser
from office.keys.retaining import erase_due
from office.reporting import make_report, reports_of
from office.rules.rulebooks import read_messages
from projections.periods import period_of
from rulebook.rhythm import Beat, ReportKind, due_on, reception_day
from workers.rhythm.reconciling import reconcile
from workflows.rhythm_contract import ANNOUNCE, ERASE, MAKE_REPORT, RECONCILE, Kept, Turn

log = structlog.get_logger(__name__)

T = TypeVar("T")

A_FEW = 500
"""Events among which a log's first petition is found."""
BEAT_SECONDS = 20.0
"""Seconds between the heartbeats of a long activity."""


class RhythmActivities:
    """The beats' bodies."""

    def __init__(self, office: Office, client: Client, task_queue: str) -> None:
        """Use an office; petitions' workflows are checked with `client`, and started on `task_queue`."""
        self._office = office
        self._client = client
        self._task_queue = task_queue

    @activity.defn(name=MAKE_REPORT)
    async def make_report(self, turn: Turn) -> Kept:
        """Make the report that is due; idempotent."""
        self._refuse_ahead(turn)
        return await _still_there(asyncio.to_thread(self._make, turn))

    @activity.defn(name=ANNOUNCE)
    async def announce(self, turn: Turn) -> Kept:
        """Announce the reception day, once a month."""
        self._refuse_ahead(turn)
        return await asyncio.to_thread(self._announce, turn)

    @activity.defn(name=RECONCILE)
    async def reconcile(self, turn: Turn) -> Kept:
        """Compare the workflows with the log and repair them, and finish erasures that stopped half-way."""
        self._refuse_ahead(turn)
        office = self._office
        await asyncio.to_thread(self._eraser(office).finish)
        delivery = await asyncio.to_thread(read_messages, office.templates)
        looking = reconcile(
            office.event_log,
            self._client,
            self._task_queue,
            office.rules,
            office.now,
            delivery=delivery.delivery,
        )
        done = await _still_there(looking)
        return Kept(done=True, what=f"{turn.beat}: {done.looked_at} looked at, {len(done.differences)} differed")

    @activity.defn(name=ERASE)
    async def erase(self, turn: Turn) -> Kept:
        """Erase data whose retention is over."""
        self._refuse_ahead(turn)
        return await _still_there(asyncio.to_thread(self._erase, turn))

    def _refuse_ahead(self, turn: Turn) -> None:
        """Whoever may start workflows can name any day: none that has not come is worked for.

        Raises:
            ApplicationError: the beat's time is ahead; the workflow fails, and no try follows.
        """
        guard = self._office.clock.guard
        begun = None if guard.story else activity.info().started_time
        if (ahead := ahead_by(turn, begun)) > guard.tolerance:
            log.error("rhythm.ahead_refused", beat=turn.beat, scheduled=str(turn.scheduled), now=str(turn.now))
            raise ApplicationError(
                f"{turn.beat}: its time is {span(ahead)} ahead", type="BeatAhead", non_retryable=True
            )

    def _erase(self, turn: Turn) -> Kept:
        office, now = self._office, self._office.now(turn.now)
        if self._due(turn, now)[1] is None:
            return Kept(done=False, what=f"{turn.beat}: not on this day")
        due = erase_due(office.event_log, self._eraser(office), office.rules, now)
        return Kept(done=True, what=f"{turn.beat}: {len(due)} residents erased")

    @staticmethod
    def _eraser(office: Office) -> Eraser:
        return Eraser(office.event_log, lambda: office.rules, office.now)

    def _make(self, turn: Turn) -> Kept:
        office, now = self._office, self._office.now(turn.now)
        beat, label = self._due(turn, now)
        if beat is None or label is None:
            return Kept(done=False, what=f"{turn.beat}: not on this day")
        assert beat.does in get_args(ReportKind)
        kind = cast("ReportKind", beat.does)
        period = period_of(label, office.rules.zone)
        told_from = period.starts if kind == "digest" else period.ends
        if any(report.moment >= told_from for report in reports_of(office.event_log, kind, label)):
            return Kept(done=False, what=f"{turn.beat}: {label} is made")
        first = next(
            (each for each in sift(office.event_log.entries(0, A_FEW)).readable if is_petition(each.stream)), None
        )
        if first is None or first.recorded_at >= period.ends:
            return Kept(done=False, what=f"{turn.beat}: nothing on record of {label}")
        made = make_report(office.event_log, office.rules, kind, label, now, Actor.engine(), rule=beat.rule)
        return Kept(done=True, what=made.id)

    def _announce(self, turn: Turn) -> Kept:
        office, now = self._office, self._office.now(turn.now)
        rules = office.rules
        beat, label = self._due(turn, now)
        if beat is None or label is None:
            return Kept(done=False, what=f"{turn.beat}: not on this day")
        year, month = label.split("-")
        day = reception_day(beat, int(year), int(month), rules.calendar)
        opens = datetime.combine(day, rules.office_hours.opens, rules.zone)
        closes = datetime.combine(day, rules.office_hours.closes, rules.zone)
        header = Header(now, Actor.engine(), rules.hash, beat.rule)

        def decide(records: list[Recorded]) -> Append | None:
            event = announce(records, header, label, day=day, opens=opens, closes=closes)
            return Append(RECEPTION, len(records), (event,), f"announce:{label}", now) if event else None

        if append_once(office.event_log, RECEPTION, decide).append is None:
            return Kept(done=False, what=f"{turn.beat}: {label} is announced")
        log.info("office.reception_day_announced", period=label, day=str(day))
        return Kept(done=True, what=f"{label}: {day}")

    def _due(self, turn: Turn, now: datetime) -> tuple[Beat | None, str | None]:
        """The beat as in force on the scheduled day, and the period it is due for (None: not on this day)."""
        day: date = (now - (turn.now - turn.scheduled)).astimezone(self._office.rules.zone).date()
        rhythm = self._office.rules.rhythm
        beat = next((each for each in rhythm.on(day) if each.id == turn.beat), None) if rhythm else None
        return beat, due_on(beat, day, self._office.rules.calendar) if beat else None


def ahead_by(turn: Turn, begun: datetime | None) -> timedelta:
    """How far a beat's times are ahead: the scheduled one of the workflow's, both of `begun`, the start of this try.

    None: the workflow's time is simulated. A beat that its schedule started is never ahead: it was scheduled, its
    workflow had a task, and its activity began, by one clock.
    """
    latest = turn.now if begun is None else min(turn.now, begun)
    return max(turn.scheduled, turn.now) - latest


async def _still_there(doing: Awaitable[T]) -> T:
    """Await a result, with an activity heartbeat every few seconds."""
    task = asyncio.ensure_future(doing)
    try:
        while not (await asyncio.wait({task}, timeout=BEAT_SECONDS))[0]:
            activity.heartbeat()
    finally:
        task.cancel()
    return await task
