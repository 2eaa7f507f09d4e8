"""Both embedded servers on one data folder: started, announced in `run.json`, kept running, stopped in order."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import psycopg

from eventstore.store_format import must_be_known
from machine.data_folder import DataFolder
from machine.embedded_postgres import EmbeddedPostgres
from machine.embedded_temporal import EmbeddedTemporal, stop_left_running, stop_left_running_by_an_earlier_version
from machine.looking_after import Keeper
from machine.ports import Ports, choose_ports
from office.run_info import RunInfo


class Machine:
    """The servers of one folder, created by `machine`: PostgreSQL runs, the engine may still be starting."""

    def __init__(
        self,
        home: DataFolder,
        ports: Ports,
        postgres: EmbeddedPostgres,
        temporal: EmbeddedTemporal,
        queue: str,
        say: Callable[[str], None],
    ) -> None:
        self._home = home
        self._ports = ports
        self._postgres = postgres
        self._temporal = temporal
        self._queue = queue
        self._known = asyncio.Event()  # that the store is none of a newer program, whose engine this one leaves alone
        self._keepers = (
            Keeper(postgres, "the database (PostgreSQL)", self.changed, say),
            Keeper(temporal, "the engine (Temporal)", self.changed, say, after=self._known),
        )
        self.metrics: str | None = None  # the URL of its figures, for `run`
        self._ready = False
        self._announced: RunInfo | None = None

    @property
    def run(self) -> RunInfo:
        """The content of `run.json` as of now."""
        up = [keeper.up.is_set() for keeper in self._keepers]
        return RunInfo(
            database=self._postgres.dsn(),
            temporal=self._temporal.address,
            temporal_ui=self._temporal.ui,
            engine_private=self._temporal.private,
            pid=os.getpid(),
            namespace=self._temporal.namespace,
            task_queue=self._queue,
            pids={keeper.server.name: keeper.pid for keeper in self._keepers if keeper.pid},
            web_port=self._ports.web,
            metrics=self.metrics,
            ready=self._ready and all(up),
            engine=up[1],
        )

    def announce(self, *, ready: bool) -> None:
        """Write `run.json`, and from now on again whenever it changes; `ready`: everything runs. Raises OSError."""
        self._ready = ready
        self._write()

    async def end(self) -> None:
        """Stop both servers, the engine before the database."""
        for keeper in reversed(self._keepers):
            await keeper.end()

    async def database(self) -> None:
        """Wait for PostgreSQL's first start, then let the engine start."""
        await asyncio.shield(self._keepers[0].first)
        await asyncio.to_thread(_must_be_known, self._postgres.dsn())
        self._known.set()

    async def engine(self) -> None:
        """Wait for the engine's first start. Raises ServerFailed if that failed; it is retried all the same."""
        await asyncio.shield(self._keepers[1].first)

    async def engine_answers(self) -> None:
        """Wait until the engine runs, for as long as that takes."""
        await self._keepers[1].up.wait()

    @property
    def engine_is_new(self) -> bool:
        """Whether the engine's database is new and workflows were not restored into it yet."""
        return self._temporal.database.new

    def engine_brought_back(self) -> None:
        """Note that every open petition has its workflow. Raises OSError."""
        self._temporal.database.brought_back()

    def changed(self) -> None:
        """Write `run.json` again if its content changed. Raises OSError."""
        if self._announced is not None and self._announced != self.run:
            self._write()

    def _write(self) -> None:
        run = self.run
        self._home.announce(run)
        self._announced = run


def _must_be_known(dsn: str) -> None:
    with psycopg.connect(dsn, connect_timeout=10) as connection:
        must_be_known(connection)


@asynccontextmanager
async def machine(
    folder: Path,
    *,
    port: int | None = None,
    ui: bool = False,
    temporal_options: Sequence[str] = (),
    namespace: str = "default",
    task_queue: str = "suqiu",
    say: Callable[[str], None] = lambda _: None,
) -> AsyncIterator[Machine]:
    """Run PostgreSQL and Temporal on `folder` while the block runs, which begins as soon as PostgreSQL answers.

    One that dies or hangs is started again, for good. `port` as in `choose_ports`; `ui`: with Temporal's web pages;
    `temporal_options` is dynamic configuration, as TIME_SKIPPING; `say` gets a sentence for each thing that goes wrong.
    Raises FolderInUse, FolderUnusable, PortTaken, ServerFailed (PostgreSQL does not start), StoreIsNewer.
    """
    async with AsyncExitStack() as stack:
        home = stack.enter_context(DataFolder(folder))
        for stop, database in (
            (stop_left_running, home.temporal_database),
            (stop_left_running_by_an_earlier_version, home.earlier_temporal_database),
        ):
            await asyncio.to_thread(stop, database)  # it holds the ports we want
        ports = choose_ports(port)
        postgres = EmbeddedPostgres(home.postgres, logs=home.logs)
        temporal = EmbeddedTemporal(
            home.temporal_database,
            port=ports.temporal,
            ui_port=ports.temporal_ui if ui else None,
            logs=home.logs,
            namespace=namespace,
            options=temporal_options,
            say=say,
        )
        temporal.database.take_over(home.earlier_temporal_database)
        it = Machine(home, ports, postgres, temporal, task_queue, say)
        stack.push_async_callback(it.end)
        await it.database()
        yield it


@asynccontextmanager
async def servers(
    folder: Path, *, port: int | None = None, temporal_options: Sequence[str] = ()
) -> AsyncIterator[RunInfo]:
    """Run both servers, announced, while the block runs, which begins when both answer; otherwise as `machine`.

    Raises FolderInUse, FolderUnusable, PortTaken, ServerFailed (either does not start), StoreIsNewer.
    """
    async with machine(folder, port=port, temporal_options=temporal_options) as it:
        await it.engine()
        it.announce(ready=True)
        yield it.run
