"""A log of its own for each test, on the session's PostgreSQL."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from aggregates.decisions import decide
from aggregates.state import Petition
from eventstore.group_commit import GroupCommit
from eventstore.log import Append, PetitionLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from tests.aggregates.office import at, baiyang, say
from workers.handling import Handler

from aggregates import commands as c  # isort: skip

MASTER = MasterKey(b"\x07" * 32)
RECORDED = datetime(2025, 9, 24, 1, 0, 0, 123456, tzinfo=UTC)


@pytest.fixture
def petitions(database: str) -> Iterator[PetitionLog]:
    """An empty log."""
    datastore = Datastore(database)
    yield PetitionLog(datastore, MASTER)
    datastore.close()


@pytest.fixture
def handler(petitions: PetitionLog) -> Iterator[Handler]:
    """Commands on that log, whose clock stands still."""
    with GroupCommit(petitions) as commit:
        yield Handler(petitions, commit, baiyang(), lambda _=None: RECORDED)


def receive(stream: str, **values: object) -> Append:
    """The first append of a petition."""
    events = decide(Petition(id=stream), say(c.Receive, at("2025-09-24 09:00"), **values), baiyang())
    return Append(stream, 0, events, f"receive:{stream}", RECORDED)
