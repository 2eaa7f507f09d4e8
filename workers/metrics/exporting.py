"""A part's metrics, measured every few seconds while it runs, and served at its endpoint.

Every part serves the store's metrics: whichever of them is left still does. A value that cannot be measured stays, and
with it the time of its measurement (`suqiu_figures_at_seconds`): a dead database does not look well for long.
"""

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from importlib.metadata import version
from pathlib import Path

import structlog
from temporalio.client import Client
from temporalio.common import MetricGaugeFloat

from eventstore.build import build_id
from eventstore.connections import lasting, limit_statements
from office.composition import Office
from workers.engine.temporal_profile import WorkerSettings
from workers.metrics.endpoint import Endpoint
from workers.metrics.figures import OF_THE_ENGINE, OF_THE_STORE, OfTheEngine, OfTheStore
from workers.metrics.gauges import GAUGES, Sample, sample

EVERY_SECONDS = 10.0
ASKED_WITHIN_SECONDS = 30.0
"""Timeout for one subject at the engine."""
STATEMENT_MILLISECONDS = 5_000
ENDS_WITHIN_SECONDS = 2.0

log = structlog.get_logger(__name__)


class Board:
    """The gauges of one endpoint. A subject that cannot be measured is logged once, and once when it can again."""

    def __init__(self, endpoint: Endpoint) -> None:
        """Use an endpoint that listens."""
        meter = endpoint.runtime.metric_meter
        self._gauges: dict[str, MetricGaugeFloat] = {
            gauge.name: meter.create_gauge_float(gauge.name, gauge.says, gauge.unit) for gauge in GAUGES
        }
        self._missing: set[str] = set()

    def show(self, of: str, samples: Iterable[Sample]) -> None:
        """Set the gauges of a subject, measured now."""
        for each in (*samples, sample("figures_at_seconds", time.time(), of=of)):
            self._gauges[each.gauge].set(each.value, each.labels)
        if of in self._missing:
            self._missing.discard(of)
            log.info("metrics.asked_again", of=of)

    def lost(self, of: str, error: Exception) -> None:
        """A subject could not be measured; its gauges and their time stay."""
        if of not in self._missing:
            log.warning("metrics.not_asked", of=of, error=type(error).__name__)
        self._missing.add(of)


@asynccontextmanager
async def showing(part: str, endpoint: Endpoint, office: Office, data: Path) -> AsyncIterator[None]:
    """Serve the store's and this process's metrics while the block runs; without an endpoint, nothing.

    They are measured in a daemon thread, which a dead server can block.
    """
    if endpoint.address is None:
        yield
        return
    board, ending = Board(endpoint), threading.Event()
    board.show("process", [sample("build_info", 1, part=part, version=version("suqiu"), build=build_id())])

    def ask() -> None:
        while not ending.is_set():
            try:
                _ask_store(board, office, data)
            except Exception as error:  # noqa: BLE001 - a figure that cannot be asked never ends its part
                board.lost("store", error)
            ending.wait(EVERY_SECONDS)

    thread = threading.Thread(target=ask, name="metrics", daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        await asyncio.to_thread(thread.join, ENDS_WITHIN_SECONDS)


def _ask_store(board: Board, office: Office, data: Path) -> None:
    with lasting(office.event_log.datastore.dsn, "suqiu metrics") as connection:
        limit_statements(connection, STATEMENT_MILLISECONDS)
        asked = OfTheStore(connection, office.rules, data, office.event_log.guard.raw)
        for of, ask in OF_THE_STORE.items():
            try:
                board.show(of, list(ask(asked)))
            except Exception as error:  # noqa: BLE001 - as above; the other subjects are asked all the same
                board.lost(of, error)
    board.show("store", ())


@asynccontextmanager
async def showing_engine(
    endpoint: Endpoint, office: Office, settings: WorkerSettings, client: Client
) -> AsyncIterator[None]:
    """Serve the engine's metrics while the block runs, measured by `client`; without an endpoint, nothing."""
    if endpoint.address is None:
        yield
        return
    board = Board(endpoint)

    async def ask() -> None:
        while True:
            try:
                book = await asyncio.to_thread(lambda: office.rules)
            except Exception as error:  # noqa: BLE001 - as above
                board.lost("engine", error)
            else:
                asked = OfTheEngine(client, settings, book, office.event_log.guard.raw)
                for of, one in OF_THE_ENGINE.items():
                    try:
                        board.show(of, await asyncio.wait_for(one(asked), ASKED_WITHIN_SECONDS))
                    except Exception as error:  # noqa: BLE001 - as above
                        board.lost(of, error)
                board.show("engine", ())
            await asyncio.sleep(EVERY_SECONDS)

    task = asyncio.create_task(ask(), name="metrics")
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
