"""A page in which nothing gets on is let go: what was asked never answers, and another process may have better luck."""

import asyncio
import socket
import threading
from collections.abc import Iterator, Sequence
from datetime import timedelta

import pytest
from temporalio.client import Client
from temporalio.service import RPCError

from aggregates.record import Recorded
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from tests.projections.town import whole_town
from workers.reading import page_reader, relay
from workers.reading.page_reader import PageReader

pytestmark = pytest.mark.engine


class Counting(PageReader):
    """Counts what it was given; the first page of a hanging one never ends."""

    name = "counting"

    def __init__(self, event_log: EventLog, *, hangs: bool) -> None:
        super().__init__(event_log)
        self.hangs = hangs
        self.came = asyncio.Event()
        self.done: list[int] = []
        self._never = threading.Event()

    async def handle(self, page: Sequence[Recorded]) -> None:
        """Take the page, or hang in a thread as a gateway would."""
        self.came.set()
        if self.hangs:
            await asyncio.to_thread(self._never.wait, 60)
        self.done += [record.position for record in page]

    def answer(self) -> None:
        """Let what hangs go on."""
        self._never.set()


@pytest.fixture
def log(database: str) -> Iterator[EventLog]:
    """A log with a town in it."""
    datastore = Datastore(database)
    log = EventLog(datastore, MasterKey(bytes(32)))
    whole_town().write(log)
    yield log
    datastore.close()


async def test_a_page_that_hangs_is_let_go_and_another_does_it(log: EventLog, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_reader, "LETS_GO_SECONDS", 0.5)
    stuck, well = Counting(log, hangs=True), Counting(log, hangs=False)
    first = asyncio.create_task(stuck.run())
    await asyncio.wait_for(stuck.came.wait(), 30)
    second = asyncio.create_task(well.run())
    await asyncio.wait_for(well.came.wait(), 30)
    stuck.answer()
    for reader in (stuck, well):
        reader.stop()
    await asyncio.wait_for(asyncio.gather(first, second), 30)
    assert well.done == list(range(1, log.head() + 1))
    assert stuck.done == [], "what came back late counts for nothing"


async def test_an_engine_that_takes_the_call_and_never_answers_is_not_waited_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(relay, "ANSWERS_WITHIN", timedelta(seconds=1))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = await Client.connect(f"127.0.0.1:{silent.getsockname()[1]}", lazy=True)
        with pytest.raises((RPCError, RuntimeError)):
            await asyncio.wait_for(relay.wake(client, "p-1", "queue"), 60)
