"""The readers of the log: whether each keeps up, and whether the rows it reads next can be decoded."""

from collections.abc import Iterator
from typing import Any

import psycopg

from machine.diagnosis.check import Check
from machine.diagnosis.looking import Site
from machine.diagnosis.words import span
from office.set_aside import everything_set_aside
from workers.vitals.log_readers import Lag, lags
from workers.vitals.unreadable import unreadable_rows

BEHIND_SECONDS = 60.0
"""How long an event may wait for a reader: bulk intake is read in seconds."""

_COMMANDS = {
    **dict.fromkeys(("worker", "rhythm"), "worker"),
    **dict.fromkeys(("relay", "notary"), "relay"),
    **dict.fromkeys(("messenger", "message sender", "message worker"), "messenger"),
}


def look_at_readers(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """How far each reader is behind the log."""
    found = lags(connection)
    behind = [lag for lag in found if lag.seconds > BEHIND_SECONDS]
    if not behind:
        worst = max(lag.events for lag in found)
        yield Check("readers", True, f"{len(found)} readers keep up; the slowest is {worst} events behind")
        return
    starts = "start " + ", ".join(dict.fromkeys(f"`suqiu {command_of(lag.reader)}`" for lag in behind))
    says = "; ".join(f"{_called(lag)} {lag.events} events, {span(lag.seconds)} behind" for lag in behind)
    yield Check("readers", False, says, f"{starts}; if it runs, its log says why it waits")


def look_at_rows(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Whether the rows that readers read next, and the last ones, can be decoded; streams set aside are left out."""
    known = {each.waiting.row.stream for each in everything_set_aside(connection)}
    rows = unreadable_rows(connection, {lag.position or 0 for lag in lags(connection)})
    found = [row for row in rows if row.stream not in known]
    if not found:
        yield Check("unreadable rows", True, "none where the readers stand, nor at the log's end")
        return
    first = found[0]
    says = f"{len(found)}: position {first.position}, {first.topic}, stream {first.stream}: {first.reason}"
    remedy = "run the version of suqiu that wrote it; if none did, docs/operations.md says how it is put right"
    yield Check("unreadable rows", False, says, remedy)


def _called(lag: Lag) -> str:
    return lag.reader if lag.position is not None else f"{lag.reader} (never began)"


def look_at_set_aside(connection: psycopg.Connection[Any], _: Site) -> Iterator[Check]:
    """Streams that a reader has set aside, while it goes on with the others."""
    found = everything_set_aside(connection)
    if not found:
        yield Check("set aside", True, "no stream")
        return
    row = found[0].waiting.row
    streams, names = {each.waiting.row.stream for each in found}, sorted({each.reader for each in found})
    says = (
        f"{len(streams)} streams, by {', '.join(names)}; the longest waits at position {row.position}, {row.topic}, "
        f"stream {row.stream}: {row.reason}"
    )
    yield Check("set aside", False, says, "run the version of suqiu that can read it: it is taken up again by itself")


def command_of(part: str) -> str:
    """The command that runs a part."""
    return _COMMANDS.get(part, "project")
