"""A part of the town in a process of its own: `python -m tests.faults.part JSON`; says `ready`, works until ended.

It ends by itself when its input does: what started it is gone then.
"""

import os
import signal
import sys
import threading
from contextlib import AsyncExitStack

from eventstore import build
from machine.interpreter_exit import asked_to_stop, run_and_leave
from office.composition import office
from office.logs import configure_logs
from tests.faults import bugs
from tests.faults.gateway import WritingGateway
from tests.faults.given import Given
from workers import petition_worker, processes
from workers.engine.connecting import connect
from workers.engine.task_failures import TaskFailures
from workers.keeping import ground
from workers.keeping.keeper import keeping_engine
from workers.rhythm.worker import keeping_rhythm


async def work(given: Given) -> int:
    """Work until asked to stop."""
    configure_logs("info")
    if given.bug:
        bugs.seed(given.bug)
    if given.build:
        _another_build(given.build)
    profile = given.profile
    queue = profile.worker.task_queue
    with office(given.settings, now=given.now, raw=given.clock.raw, pool_size=12, master=given.key) as here:
        async with AsyncExitStack() as stack:
            if given.kind == "project":
                await stack.enter_async_context(processes.projecting(here))
            else:
                client = await connect(profile)
                match given.kind:
                    case "worker":
                        failures, settings = TaskFailures(), profile.worker
                        working = processes.working(
                            here, client, settings, promote=bool(given.build), failures=failures
                        )
                        await stack.enter_async_context(working)
                        await stack.enter_async_context(keeping_rhythm(here, client, queue, failures=failures))
                        await stack.enter_async_context(keeping_engine(here, client, settings, failures))
                    case "relay":
                        await stack.enter_async_context(processes.relaying(here, client, queue))
                        await stack.enter_async_context(processes.signing(here))
                    case "messenger":
                        gateway = WritingGateway(given.folder)
                        failures = TaskFailures()
                        messaging = processes.messaging(here, client, queue, gateway, failures)
                        await stack.enter_async_context(messaging)
                        keeping = keeping_engine(here, client, profile.worker, failures, ground=False)
                        await stack.enter_async_context(keeping)
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            threading.Thread(target=_end_with_the_input, daemon=True).start()
            await asked_to_stop()
    return 0


def _end_with_the_input() -> None:
    sys.stdin.read()
    os.kill(os.getpid(), signal.SIGTERM)


def _another_build(suffix: str) -> None:
    """This program as a newer one: its workflows are the same, its build's id is another."""
    own = build.build_id()
    for module in (build, petition_worker, processes, ground):
        module.build_id = lambda: f"{own}-{suffix}"


if __name__ == "__main__":
    run_and_leave(work(Given.model_validate_json(sys.argv[1])))
