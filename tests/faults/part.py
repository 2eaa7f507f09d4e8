"""A part of the town in a process of its own: `python -m tests.faults.part JSON`; says `ready`, works until ended."""

import sys
from contextlib import AsyncExitStack

from tests.faults import bugs
from tests.faults.gateway import WritingGateway
from tests.faults.given import Given
from workers import petition_worker, processes
from workers.composition import connect, office
from workers.logs import configure_logs
from workers.machine.interpreter_exit import asked_to_stop, run_and_leave


async def work(given: Given) -> int:
    """Work until asked to stop."""
    configure_logs("info")
    if given.bug:
        bugs.seed(given.bug)
    if given.build:
        _another_build(given.build)
    profile = given.profile
    queue = profile.worker.task_queue
    with office(given.settings, now=given.clock, pool_size=12, master=given.key) as here:
        async with AsyncExitStack() as stack:
            if given.kind == "project":
                await stack.enter_async_context(processes.projecting(here))
            else:
                client = await connect(profile)
                match given.kind:
                    case "worker":
                        working = processes.working(here, client, profile.worker, promote=bool(given.build))
                        await stack.enter_async_context(working)
                    case "relay":
                        await stack.enter_async_context(processes.relaying(here, client, queue))
                        await stack.enter_async_context(processes.signing(here))
                    case "messenger":
                        gateway = WritingGateway(given.folder)
                        await stack.enter_async_context(processes.messaging(here, client, queue, gateway))
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asked_to_stop()
    return 0


def _another_build(suffix: str) -> None:
    """This program as a newer one: its workflows are the same, its build's id is another."""
    own = petition_worker.build_id()
    for module in (petition_worker, processes):
        module.build_id = lambda: f"{own}-{suffix}"


if __name__ == "__main__":
    run_and_leave(work(Given.model_validate_json(sys.argv[1])))
