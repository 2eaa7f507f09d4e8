"""Times of checkpoints that fall along the log, by whom they are known, and what an act on record says of them."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from psycopg import Connection

from aggregates.office.events import TIMES, FallsNoted
from eventstore.stream_lookup import bodies

FALLS = timedelta(minutes=5)
"""By how much a time may lie before that of what stands before it: as far as clocks may differ."""


STORE = "the store"


class Sight(NamedTuple):
    """That the log's first `size` events were there `at`. `closed`: a checkpoint; its signer says these were all."""

    size: int
    at: datetime
    where: str
    closed: bool = True


class Fall(NamedTuple):
    """`later`, which has all events of `first`, is of an earlier time. `noted`: an act on record names `first`."""

    first: Sight
    later: Sight
    noted: bool

    def sentence(self) -> str:
        """Which two, and their times."""
        return f"{_named(self.later)} is dated before {_named(self.first)}, of which it has all events"


def falls(sights: Iterable[Sight], noted: set[int]) -> list[Fall]:
    """Every sight that is dated, by more than clocks may differ, before a checkpoint of as many events or fewer.

    What follows a checkpoint that an act names is noted with it. Of one tree signed at two times, the store's is the
    one dated back where it is the earlier; where it is the later, the log was put back and signed it anew.
    """
    found: list[Fall] = []
    newest: Sight | None = None
    told: Sight | None = None
    for each in sorted(sights, key=lambda each: (each.size, not each.closed, each.where == STORE, each.at)):
        earlier = [before for before in (newest, told) if before is not None and each.at < before.at - FALLS]
        found += [Fall(before, each, before.size in noted) for before in earlier]
        if not each.closed:
            continue
        if each.size in noted:
            told = each if told is None or each.at > told.at else told
        elif newest is None or each.at > newest.at:
            newest = each
    return found


def sizes_noted(connection: Connection[Any]) -> set[int]:
    """Sizes of the checkpoints that an act on record names as signed ahead of their time.

    Raises:
        psycopg.Error: the database was lost.
    """
    acts = bodies(connection, [TIMES], FallsNoted.TOPIC)
    return {size for act in acts for size in json.loads(act.state)["checkpoints"]}


def events_noted(connection: Connection[Any]) -> set[tuple[str, int]]:
    """The (stream, version) pairs that an act on record names as recorded behind what stands before them.

    Raises:
        psycopg.Error: the database was lost.
    """
    return {
        (each["stream"], version)
        for body in bodies(connection, [TIMES], FallsNoted.TOPIC)
        for each in json.loads(body.state)["streams"]
        for version in each["versions"]
    }


def _named(sight: Sight) -> str:
    kind = "the checkpoint" if sight.closed else "the cosignature over the checkpoint"
    return f"{kind} of {sight.size} events ({sight.where}, {sight.at:%Y-%m-%dT%H:%M:%SZ})"
