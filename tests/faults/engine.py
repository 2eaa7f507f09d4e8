"""What the harness itself asks of the engine, past all links; each call runs to its end on a thread of its own."""

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from contextlib import closing
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.service import RPCError

from eventstore.clock_guard import ClockGuard
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.rules.rulebooks import messages_file, read_messages, read_rulebook
from tests.faults.cluster import Cluster
from tests.faults.given import QUEUE
from workers.petition_worker import make_current
from workers.reading.relay import wake
from workers.rhythm.reconciling import reconcile

AT_ONCE = 16
WITHIN_SECONDS = 60.0


async def client_of(cluster: Cluster) -> Client:
    """A client of the engine.

    Raises:
        RuntimeError: it does not answer.
    """
    return await Client.connect(cluster.temporal.address, data_converter=pydantic_data_converter)


def promote(cluster: Cluster) -> bool:
    """Let this program's build have the tasks again; whether it was done."""

    async def promoted() -> None:
        await make_current(await client_of(cluster), QUEUE)

    return _done(promoted())


def bring_back(cluster: Cluster) -> bool:
    """Hold every workflow against the log and repair what differs; whether it was done."""

    async def brought() -> None:
        rules = read_rulebook(cluster.folder / "book")
        delivery = read_messages(messages_file(cluster.folder / "book")).delivery
        with closing(Datastore(cluster.dsn)) as datastore:
            log = EventLog(datastore, MasterKey(cluster.master), ClockGuard(story=True))
            await reconcile(log, await client_of(cluster), QUEUE, rules, cluster.clock, delivery=delivery)

    return _done(brought())


def wake_all(cluster: Cluster, petitions: Sequence[str]) -> bool:
    """Each workflow reads its agenda again, as by `workflows rebuild`; whether all were told."""

    async def woken() -> None:
        client = await client_of(cluster)
        few = asyncio.Semaphore(AT_ONCE)

        async def one(petition: str) -> None:
            async with few:
                await wake(client, petition, QUEUE)

        await asyncio.gather(*(one(petition) for petition in petitions))

    return _done(woken())


def _done(work: Coroutine[Any, Any, None]) -> bool:
    """Whether it came to its end."""
    outcome: list[bool] = []

    def run() -> None:
        try:
            asyncio.run(asyncio.wait_for(work, WITHIN_SECONDS))
        except (RPCError, RuntimeError, TimeoutError):
            outcome.append(False)
        else:
            outcome.append(True)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join()
    return outcome[0]
