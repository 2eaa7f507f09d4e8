"""Whether Temporal is behind the log: an old copy of its database put back, or none at all.

The petitions that the log tells of last are the first that such a Temporal knows nothing of, or thinks something else
of. So a few of them are looked at every half minute; nothing has to be written into Temporal, and a quiet night needs
no more than a busy day. What differs there is reason to hold everything against the log.
"""

import asyncio
from datetime import timedelta

import psycopg
from temporalio.client import Client

from aggregates.office import Fault
from aggregates.streams import is_attended
from eventstore.log import PetitionLog
from rulebook.model import Rulebook
from workers.clock import Now
from workers.reading.readers import place_of
from workers.reading.relay import NAME as RELAY
from workers.rhythm.reconciling import reconcile

LATEST = 16
"""Petitions and orders that are looked at."""
LOOK_BACK = 500
"""Positions of the log among which they are looked for."""
SETTLED = timedelta(seconds=10)
"""What was recorded less long ago is still on its way to the engine."""
FORGOTTEN: frozenset[Fault] = frozenset({"missing", "ended", "waits_for_nothing", "waits_for_another_time", "surplus"})
"""Faults that an engine behind the log has. That a task waits for a worker, or a step fails, says nothing of that."""
WENT_BACK: frozenset[Fault] = frozenset({"missing", "waits_for_another_time", "surplus"})
"""Those of them that one workflow ended by hand does not have: the engine itself is in an older state."""


async def behind_by(
    petitions: PetitionLog, client: Client, task_queue: str, rules: Rulebook, now: Now
) -> frozenset[Fault]:
    """What is wrong with the workflows of the log's latest petitions, if anything that an engine behind the log has.

    Raises:
        RPCError, PersistenceError, psycopg.Error: Temporal or the database was lost.
    """
    streams = await asyncio.to_thread(_latest, petitions, now)
    if not streams:
        return frozenset()
    seen = await reconcile(petitions, client, task_queue, rules, now, repair=False, only=streams)
    return frozenset(each.fault for each in seen.differences) & FORGOTTEN


def _latest(petitions: PetitionLog, now: Now) -> list[str]:
    """The streams that the relay has told the engine of last."""
    with psycopg.connect(petitions.datastore.dsn, autocommit=True, connect_timeout=10) as connection:
        place = place_of(connection, RELAY)
    page = petitions.page(max(place - LOOK_BACK, 0), LOOK_BACK)
    told = [each for each in page if each.position <= place and is_attended(each.stream)]
    on_their_way = {each.stream for each in told if each.recorded_at > now() - SETTLED}
    latest = dict.fromkeys(each.stream for each in reversed(told))
    return [stream for stream in latest if stream not in on_their_way][:LATEST]
