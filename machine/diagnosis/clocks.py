"""Clocks: whether this machine's agrees with the database's and Temporal's."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psycopg
from temporalio.client import Client

from eventstore.clock_guard import ClockGuard, RawClock
from evidence.untimely_events import ahead_now
from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site, could_not_look
from machine.diagnosis.words import span
from office.settings import Settings
from workers.engine.clock import engine_ahead

REMEDY = "set this machine's or that server's clock right (`timedatectl`, chrony); parts go on by themselves then"


def look_at_clock(connection: psycopg.Connection[Any], site: Site) -> Iterator[Check]:
    """The difference between this machine's clock and the database's."""
    guard = ClockGuard(site.raw, site.settings.clock_tolerance)
    ahead = guard.ask(connection)
    yield Check("clock", guard.wrong is None, _says(ahead, "the database"), REMEDY)


def look_at_times(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Events recorded ahead of the present, by a clock that was ahead before anything refused that."""
    found = [event for event in ahead_now(connection) if not event.put_right]
    most = max(found, key=lambda event: event.seconds, default=None)
    says = (
        "nothing is recorded ahead of the database's time"
        if most is None
        else f"{len(found)} events are recorded ahead of the database's time, up to {span(most.seconds)}: "
        f"{most.topic} of {most.stream}, position {most.position}"
    )
    remedy = (
        "`suqiu audit verify` names every one; by a leader's word `suqiu petition set-aside` puts a petition right, "
        "`suqiu audit note-times` notes the rest"
    )
    yield Check("times", most is None, says, remedy)


async def look_at_engine_clock(client: Client, settings: Settings, raw: RawClock) -> Check:
    """The difference between this machine's clock and Temporal's."""
    name = "engine clock"
    answer = await engine_ahead(client, raw)
    if answer is None:
        return could_not_look(name, "Temporal did not say its time")
    ahead, engine = answer
    wrong = ClockGuard(raw, settings.clock_tolerance).judge(ahead, engine, "Temporal")
    return Check(name, wrong is None, _says(ahead, "Temporal"), REMEDY)


def _says(ahead: timedelta, other: str) -> str:
    side = "ahead of" if ahead >= timedelta() else "behind"
    return f"this machine is {abs(ahead).total_seconds():.1f} s {side} {other}"
