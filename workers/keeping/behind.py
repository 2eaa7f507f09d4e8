"""Whether Temporal is behind the log: an old copy of its database was restored, or an empty one.

Such a Temporal lacks, or has in an older state, the workflows of the petitions changed last and of the messages that
wait since. So a few of these are checked every half minute; nothing has to be written into Temporal, and a quiet night
needs no more than a busy day. A difference is reason to compare everything with the log.
"""

import asyncio
from collections import Counter
from datetime import timedelta
from typing import NamedTuple

import psycopg
from temporalio.client import Client

from aggregates.messages.events import MessageDelivered, MessageFailed, MessageWritten
from aggregates.office.events import Fault
from aggregates.record import sift
from aggregates.streams import is_attended
from eventstore.log import EventLog
from eventstore.readers import place_of
from office.clock import Now
from rulebook.messages import Delivery
from rulebook.model import Rulebook
from workers.messaging.sender import MessageSender
from workers.reading.relay import NAME as RELAY
from workers.rhythm.errands import Errands
from workers.rhythm.reconciling import FAILS_AFTER, SETTLES_SECONDS, reconcile

LATEST = 16
"""How many petitions and orders are checked, and how many messages."""
LOOK_BACK = 500
"""How many positions of the log they are taken from."""
SETTLED = timedelta(seconds=10)
"""What was recorded more recently may still be on its way to the engine."""
FORGOTTEN: frozenset[Fault] = frozenset({"missing", "ended", "waits_for_nothing", "waits_for_another_time", "surplus"})
"""Faults of an engine behind the log. A task that waits for a worker, or a step that fails, is no sign of it."""


class Behind(NamedTuple):
    """How many of the log's latest petitions and waiting messages have which of these faults."""

    faults: Counter[Fault]

    @property
    def anything(self) -> bool:
        """Whether the engine is behind the log, or something of it is gone."""
        return bool(self.faults)

    @property
    def went_back(self) -> bool:
        """Whether Temporal is in an older state: timers differ, or workflows of ended petitions still run. Only then
        do workers' caches do harm, not when it began empty.
        """
        return bool(self.faults["waits_for_another_time"] or self.faults["surplus"])


async def look_behind(
    event_log: EventLog,
    client: Client,
    task_queue: str,
    rules: Rulebook,
    now: Now,
    delivery: Delivery | None = None,
) -> Behind:
    """Check the workflows of the log's latest petitions and waiting messages; `delivery` None: petitions only.

    Raises:
        RPCError, PersistenceError, psycopg.Error: Temporal or the database was lost.
    """
    faults: Counter[Fault] = Counter()
    if streams := await asyncio.to_thread(_latest, event_log, now):
        seen = await reconcile(event_log, client, task_queue, rules, now, repair=False, only=streams)
        faults.update(each.fault for each in seen.differences if each.fault in FORGOTTEN)
    if delivery is not None:
        errands = Errands(event_log, client, task_queue, rules, now, delivery)
        faults.update(await _unsent(event_log, errands, now))
    return Behind(faults)


async def _unsent(event_log: EventLog, errands: Errands, now: Now) -> list[Fault]:
    """Faults of messages without a workflow. Checked twice: a workflow ends a moment after its message was sent."""
    waiting = await asyncio.to_thread(_waiting, event_log, now)
    lost = await errands.lost([errands.of_message(each) for each in waiting], FAILS_AFTER)
    if lost:
        await asyncio.sleep(SETTLES_SECONDS)
        still = {each.message for each in await asyncio.to_thread(_waiting, event_log, now)}
        lost = await errands.lost([errand for errand, _ in lost if errand.id in still], FAILS_AFTER)
    return [fault for _, fault in lost if fault in FORGOTTEN]


def _waiting(event_log: EventLog, now: Now) -> list[MessageWritten]:
    """Messages that wait for a gateway, of those that Temporal was given last."""
    with psycopg.connect(event_log.datastore.dsn, autocommit=True, connect_timeout=10) as connection:
        place = place_of(connection, MessageSender.name)
    page = sift(event_log.entries(max(place - LOOK_BACK, 0), 2 * LOOK_BACK)).readable
    waiting: dict[str, MessageWritten] = {}
    for record in page:
        match record.event:
            case MessageWritten(message=message, way="gateway") as written:
                if record.position <= place and record.recorded_at <= now() - SETTLED:
                    waiting[message] = written
            case MessageDelivered(message=message) | MessageFailed(message=message):
                waiting.pop(message, None)
            case _:
                pass
    return list(waiting.values())[-LATEST:]


def _latest(event_log: EventLog, now: Now) -> list[str]:
    """The streams that the relay signalled last."""
    with psycopg.connect(event_log.datastore.dsn, autocommit=True, connect_timeout=10) as connection:
        place = place_of(connection, RELAY)
    page = sift(event_log.entries(max(place - LOOK_BACK, 0), LOOK_BACK)).readable
    told = [each for each in page if each.position <= place and is_attended(each.stream)]
    on_their_way = {each.stream for each in told if each.recorded_at > now() - SETTLED}
    latest = dict.fromkeys(each.stream for each in reversed(told))
    return [stream for stream in latest if stream not in on_their_way][:LATEST]
