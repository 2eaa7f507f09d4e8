"""Compares the engine with the log: every open petition and order has one workflow that waits for its next step.

So has every message that waits for a gateway, and every adoption not yet applied to all petitions (`errands.py`).

The log says what step is next and when; each workflow is asked by its id. A difference is checked a second time, as a
petition may just be on its way; if it is still there, the workflow is started or woken, and that is logged and
recorded.
"""

import asyncio
from collections.abc import Awaitable, Callable, Collection, Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import NamedTuple, TypeVar

import structlog
from temporalio.client import Client
from temporalio.common import Priority, WorkflowIDConflictPolicy
from temporalio.service import RPCError

from aggregates.event import Actor, Header
from aggregates.office.decisions import reconcile as reconciled
from aggregates.office.decisions import told_last
from aggregates.office.events import RECONCILER, Difference, Fault
from aggregates.orders.state import Order
from aggregates.petition.state import Petition
from aggregates.record import Recorded, Unreadable
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from office.clock import Now
from rulebook.messages import Delivery
from rulebook.model import Rulebook
from workers.reading.rebuilding import owed_by, states_of
from workers.reading.relay import AT_ONCE, wake
from workers.rhythm.errands import Errand, Errands
from workers.rhythm.workflow_standing import Standing, standing_of, standings_of
from workers.urgency import priority_of
from workflows.petition_contract import ORDER_WORKFLOW, PETITION_WORKFLOW

log = structlog.get_logger(__name__)

T = TypeVar("T")

SETTLES_SECONDS = 2.0
"""Between the two checks: an act, its relay and the workflow's answer to it take less."""
LATE = timedelta(seconds=30)
"""How much later than the agenda a timer may fire, and how long a task may wait for a worker, before it differs."""
EARLY = timedelta(minutes=1)
"""How much earlier a timer may fire: the workflow then reads its agenda again, and waits on."""
FAILS_AFTER = 3
"""More tries of one workflow task than this mean that it will not recover."""
STEP_FAILS_AFTER = 10
"""More tries of one queued step mean the same; the pauses between them have then grown to half a minute."""
FOR_PEOPLE: frozenset[Fault] = frozenset({"task_waits", "step_fails"})
"""Faults that waking the workflow does not repair: no worker takes its task, or its activity fails."""
REPORTED = 200
"""The most differences in one event."""


class Owing(NamedTuple):
    """What the log says of one workflow: its next step, when, and its priority; `step` None: nothing is due."""

    id: str
    step: str | None
    due_at: datetime | None
    priority: Priority = Priority.default


class Found(NamedTuple):
    """A difference: what the log says, the fault, and when the workflow's timer fires, by the office's clock."""

    owing: Owing
    fault: Fault
    wakes_at: datetime | None


class Reconciled(NamedTuple):
    """How many workflows were checked, and every difference; `left_out`: streams with an unreadable row."""

    looked_at: int
    differences: tuple[Difference, ...]
    left_out: tuple[Unreadable, ...] = ()


async def reconcile(
    event_log: EventLog,
    client: Client,
    task_queue: str,
    rules: Rulebook,
    now: Now,
    *,
    delivery: Delivery | None = None,
    repair: bool = True,
    only: Collection[str] | None = None,
    fails_after: int = FAILS_AFTER,
    beat: Callable[[], None] = lambda: None,
) -> Reconciled:
    """Check every open petition's and order's workflow, and errands; repair what differs, and record it.

    `repair` False: nothing is changed or recorded. `delivery`: how messages are sent; None: they are not checked.
    `only`: the workflows of these ids. A task tried more than `fails_after` times counts as failing. `beat` is called
    to report progress, so that a holder of a lock is not taken for silent, however long the log is.

    Raises:
        RPCError, PersistenceError: Temporal or the database was lost; it is safe to repeat.
        psycopg.Error: `beat` found that the lock is lost.
    """
    owing, left_out = await asyncio.to_thread(owing_of, event_log, only, beat)
    open_ = [each for each in owing if each.step is not None]
    errands = Errands(event_log, client, task_queue, rules, now, delivery)
    under_way = await asyncio.to_thread(errands.open, only, beat)
    lost = await errands.lost(under_way, fails_after, beat)
    first = await _look(client, open_, now, fails_after, beat)
    first += await surplus(client, owing, listed=only is None, beat=beat)
    second: list[Found] = []
    if first or lost:
        await asyncio.sleep(SETTLES_SECONDS)
        still = await asyncio.to_thread(errands.open, {errand.id for errand, _ in lost}, beat)
        lost = await errands.lost(still, fails_after, beat)
        again = (await asyncio.to_thread(owing_of, event_log, {found.owing.id for found in first}, beat)).owing
        second = await _look(client, [each for each in again if each.step is not None], now, fails_after, beat)
        second += await surplus(client, again, listed=False, beat=beat)
    settled = await in_turn([partial(_settle, client, found, task_queue, repair=repair) for found in second], beat)
    begun = [partial(_begin_again, errands, errand, fault, repair=repair) for errand, fault in lost]
    settled += await in_turn(begun, beat)
    differences, looked_at = tuple(settled), len(open_) + len(under_way)
    if repair and differences:
        await asyncio.to_thread(_write, event_log, rules, now, looked_at, differences, beat)
    log.info("workflows.reconciled", looked_at=looked_at, differences=len(differences), repair=repair)
    return Reconciled(looked_at, differences, left_out)


def fault_of(  # noqa: PLR0911 - one line a fault
    owing: Owing, standing: Standing, shift: timedelta, now: datetime, fails_after: int = FAILS_AFTER
) -> Fault | None:
    """The fault of a workflow whose petition has a next step; None: no fault.

    `shift`: the office's clock minus the engine's; `now`: the office's time.
    """
    if not standing.there:
        return "missing"
    if not standing.running:
        return "ended"
    if standing.attempt > fails_after:
        return "task_fails"
    if standing.since is not None:
        return "task_waits" if standing.since + shift + LATE < now else None
    if standing.tries:
        return "step_fails" if standing.tries > STEP_FAILS_AFTER else None
    if standing.wakes_at is None:
        return "waits_for_nothing"
    due = owing.due_at or now
    in_time = due - EARLY <= standing.wakes_at + shift <= max(due, now) + LATE
    return None if in_time else "waits_for_another_time"


class Owed(NamedTuple):
    """What the log says of every workflow; and the streams that are left out, as a row cannot be read or applied."""

    owing: list[Owing]
    left_out: tuple[Unreadable, ...]


def owing_of(event_log: EventLog, only: Collection[str] | None = None, beat: Callable[[], None] = lambda: None) -> Owed:
    """The next step of every petition and order, or of those of these ids; `beat` is called to report progress.

    Raises:
        PersistenceError: the database was lost.
    """
    states = states_of(event_log, only=only, beat=beat)
    return Owed([_owed(state, beat) for state in states.of.values()], states.left_out)


def _owed(state: Petition | Order, beat: Callable[[], None]) -> Owing:
    beat()
    owed = owed_by(state)
    return Owing(state.id, owed.step.value if owed.step else None, owed.due_at, priority_of(state))


async def _look(
    client: Client,
    owing: Sequence[Owing],
    now: Now,
    fails_after: int,
    beat: Callable[[], None],
) -> list[Found]:
    found: list[Found] = []
    for start in range(0, len(owing), AT_ONCE):
        some = owing[start : start + AT_ONCE]
        standings = await standings_of(client, [each.id for each in some], beat)
        here = datetime.now(UTC)
        shift, office = now(here) - here, now()
        for each, standing in zip(some, standings, strict=True):
            if fault := fault_of(each, standing, shift, office, fails_after):
                found.append(Found(each, fault, standing.wakes_at + shift if standing.wakes_at else None))
    return found


async def surplus(
    client: Client, owing: Sequence[Owing], *, listed: bool, beat: Callable[[], None] = lambda: None
) -> list[Found]:
    """Workflows that run although nothing is due; each is asked itself. `listed`: first take those that visibility
    lists as running. `beat` is called to report progress.
    """
    settled = {each.id: each for each in owing if each.step is None}
    if not settled:
        return []
    named = list(settled)
    if listed:
        query = f"WorkflowType IN ('{PETITION_WORKFLOW}', '{ORDER_WORKFLOW}') AND ExecutionStatus = 'Running'"
        named = []
        async for each in client.list_workflows(query):
            beat()
            if each.id in settled:
                named.append(each.id)
    found = []
    for id_ in named:
        if (await standing_of(client, id_)).running:
            found.append(Found(settled[id_], "surplus", None))
        beat()
    return found


async def in_turn(work: Sequence[Callable[[], Awaitable[T]]], beat: Callable[[], None] = lambda: None) -> list[T]:
    """Run these, some at a time, in order of their start; `beat` is called after each."""
    few = asyncio.Semaphore(AT_ONCE)

    async def one(each: Callable[[], Awaitable[T]]) -> T:
        async with few:
            done = await each()
            beat()
            return done

    return list(await asyncio.gather(*(one(each) for each in work)))


async def put_right(client: Client, owing: Owing, fault: Fault | str, task_queue: str) -> None:
    """Start, wake or replace the workflow. One that runs with a fault is terminated and started again: the log has
    everything it knew, and a worker's cache may belong to a history that a restored engine does not have.

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    conflict = WorkflowIDConflictPolicy.USE_EXISTING
    if fault in ("task_fails", "waits_for_nothing", "waits_for_another_time"):
        conflict = WorkflowIDConflictPolicy.TERMINATE_EXISTING
    await wake(client, owing.id, task_queue, conflict, owing.priority)


async def _settle(client: Client, found: Found, task_queue: str, *, repair: bool) -> Difference:
    owing, repaired = found.owing, False
    if repair and found.fault not in FOR_PEOPLE:
        try:
            await put_right(client, owing, found.fault, task_queue)
            repaired = True
        except RPCError as error:
            log.warning("workflows.not_repaired", petition=owing.id, fault=found.fault, error=error.status.name)
    log.warning("workflows.difference", petition=owing.id, fault=found.fault, step=owing.step, repaired=repaired)
    return Difference(
        petition=owing.id,
        fault=found.fault,
        step=owing.step,
        expected_at=owing.due_at,
        found_at=found.wakes_at,
        repaired=repaired,
    )


async def _begin_again(errands: Errands, errand: Errand, fault: Fault, *, repair: bool) -> Difference:
    """Start a message's or an adoption's workflow that is gone, or whose task fails repeatedly."""
    repaired = False
    if repair:
        try:
            await errands.begin(errand, replace=fault in ("task_fails", "waits_for_another_time"))
            repaired = True
        except RPCError as error:
            log.warning("workflows.not_repaired", petition=errand.id, fault=fault, error=error.status.name)
    log.warning("workflows.difference", petition=errand.id, fault=fault, step=errand.step, repaired=repaired)
    return Difference(
        petition=errand.id, fault=fault, step=errand.step, expected_at=None, found_at=None, repaired=repaired
    )


def _write(
    event_log: EventLog,
    rules: Rulebook,
    now: Now,
    looked_at: int,
    differences: Sequence[Difference],
    beat: Callable[[], None],
) -> None:
    beats = rules.rhythm.on(now().astimezone(rules.zone).date()) if rules.rhythm else ()
    beat()
    known = told_last(event_log.read(RECONCILER))
    differences = [each for each in differences if each.repaired or (each.petition, each.fault) not in known]
    rule = next((beat.rule for beat in beats if beat.does == "reconcile"), None)
    for start in range(0, len(differences), REPORTED):
        some = differences[start : start + REPORTED]

        def entry(records: list[Recorded], some: Sequence[Difference] = some) -> Append:
            beat()
            header = Header(now(), Actor.engine(), rules.hash, rule)
            event, number = reconciled(header, looked_at, some), len(records) + 1
            return Append(RECONCILER, number - 1, (event,), f"reconcile:{number}", header.at)

        beat()
        append_once(event_log, RECONCILER, entry)
