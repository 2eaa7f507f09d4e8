"""Both embedded servers on one data folder: started, announced, watched, stopped in order."""

import asyncio
import os
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import structlog

from workers.machine.data_folder import DataFolder, RunInfo, read_run
from workers.machine.embedded_postgres import EmbeddedPostgres
from workers.machine.embedded_temporal import EmbeddedTemporal, stop_left_running
from workers.machine.ports import choose_ports
from workers.machine.server_process import ServerFailed

WATCH_EVERY = 0.5  # seconds
TRY_AGAIN_AFTER = 2.0  # seconds

log = structlog.get_logger(__name__)


@asynccontextmanager
async def servers(
    folder: Path,
    *,
    port: int | None = None,
    temporal_options: Sequence[str] = (),
    namespace: str = "default",
    task_queue: str = "suqiu",
    announce: bool = True,
) -> AsyncIterator[RunInfo]:
    """Run PostgreSQL and Temporal on `folder` while the block runs; one that dies is started again.

    `port` as in `choose_ports`; `temporal_options` is dynamic configuration, as TIME_SKIPPING.
    With `announce` off, the caller writes `run.json` when it is ready: `DataFolder(folder).announce(run)`.
    Raises FolderInUse, FolderUnusable, PortTaken, ServerFailed.
    """
    async with AsyncExitStack() as stack:
        home = stack.enter_context(DataFolder(folder))
        await asyncio.to_thread(stop_left_running, home.temporal_database)  # it holds the ports we want
        ports = choose_ports(port)
        postgres = EmbeddedPostgres(home.postgres, logs=home.logs)
        temporal = EmbeddedTemporal(
            home.temporal_database,
            port=ports.temporal,
            ui_port=ports.temporal_ui,
            logs=home.logs,
            namespace=namespace,
            options=temporal_options,
        )
        for server in (postgres, temporal):
            stack.push_async_callback(asyncio.to_thread, server.stop)
        await _start((postgres, temporal))
        run = RunInfo(
            database=postgres.dsn(),
            temporal=temporal.address,
            temporal_ui=temporal.ui,
            pid=os.getpid(),
            namespace=namespace,
            task_queue=task_queue,
            pids={"postgres": postgres.pid, "temporal": temporal.pid},
            web_port=ports.web,
        )
        if announce:
            home.announce(run)
        ended = asyncio.Event()
        watch = asyncio.create_task(_watch(home, (postgres, temporal), ended), name="servers.watch")
        try:
            yield run
        finally:
            ended.set()
            for server in (temporal, postgres):
                server.give_up_starting()
            await watch


async def _start(starting: Sequence[EmbeddedPostgres | EmbeddedTemporal]) -> None:
    """Start side by side. If one fails or we are cancelled, no thread is left that still starts one."""
    tasks = [asyncio.ensure_future(asyncio.to_thread(server.start)) for server in starting]
    try:
        await asyncio.wait(tasks)  # unlike gather, it does not cancel what it waits for
    except asyncio.CancelledError:
        for server in starting:
            server.give_up_starting()
        await asyncio.wait(tasks)
        raise
    for task in tasks:
        task.result()


async def _watch(
    home: DataFolder, watched: Sequence[EmbeddedPostgres | EmbeddedTemporal], ended: asyncio.Event
) -> None:
    """Start a server that died again, at the same address, until `ended`."""
    pause = WATCH_EVERY
    while not await _within(pause, ended):
        pause = WATCH_EVERY
        for server in watched:
            if server.alive() or ended.is_set():
                continue
            log.warning("server.died", server=server.name)
            try:
                await asyncio.to_thread(server.start)
            except ServerFailed as error:
                log.error("server.restart_failed", server=server.name, says=str(error))  # noqa: TRY400
                pause = TRY_AGAIN_AFTER
                continue
            log.warning("server.restarted", server=server.name, pid=server.pid)
            if (run := read_run(home.path)) is not None:
                home.announce(run.model_copy(update={"pids": {each.name: each.pid for each in watched}}))


async def _within(seconds: float, event: asyncio.Event) -> bool:
    """Say whether the event happened within so many seconds."""
    try:
        await asyncio.wait_for(event.wait(), seconds)
    except TimeoutError:
        return False
    return True
