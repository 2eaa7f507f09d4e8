"""Activities that fail as they are told, under the names of ours; and a worker of every workflow type that uses them.

As a program (`python -m tests.workflows.failing_activities JSON`) it is a worker that can go in the middle of one.
"""

import asyncio
import json
import os
import sys
import threading
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import asynccontextmanager, contextmanager, suppress
from typing import Any, Literal, NamedTuple

from temporalio import activity
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.exceptions import ApplicationError, CancelledError
from temporalio.service import RPCError
from temporalio.worker import Worker, WorkerDeploymentConfig

from eventstore.build import build_id
from machine.interpreter_exit import asked_to_stop, run_and_leave
from workers.petition_worker import current_build, make_current, sandbox
from workflows import (
    adoption,
    adoption_contract,
    message,
    message_contract,
    petition,
    petition_contract,
    rhythm,
    rhythm_contract,
)
from workflows.adoption import AdoptionWorkflow
from workflows.message import MessageWorkflow
from workflows.order import OrderWorkflow
from workflows.petition import PetitionWorkflow
from workflows.rhythm import RhythmWorkflow

Kind = Literal["raises", "refuses", "hangs", "says_cancelled", "waits", "gone"]
"""Raises what is tried again · what is not · takes longer than it may · raises a cancellation nobody asked for · waits
until it is cancelled · its process ends in the middle of it."""

HANGS_SECONDS = 2.0
GIVEN_SECONDS = 1.0
"""What every activity is given; ours are given longer, but a test does not wait so long."""
AT_HAND_SECONDS = 0.3
WAITS_SECONDS = 20.0
WORKFLOWS = (PetitionWorkflow, OrderWorkflow, MessageWorkflow, AdoptionWorkflow, RhythmWorkflow)


class Case(NamedTuple):
    """A workflow of a type, its argument, and how its activities fail before they answer, one after the other."""

    type: str
    argument: Any
    script: tuple[Kind, ...] = ()


def petition_case(script: Sequence[Kind], *, order: bool = False) -> Case:
    """A petition's, or an order's: it reads its agenda and owes nothing."""
    type_ = petition_contract.ORDER_WORKFLOW if order else petition_contract.PETITION_WORKFLOW
    return Case(type_, ("o-" if order else "p-") + "0" * 32, tuple(script))


def message_case(script: Sequence[Kind]) -> Case:
    """A message's: it has three tries."""
    given = message_contract.Sending(message="m-1", tries=3, first_pause_seconds=0.1, longest_pause_seconds=0.2)
    return Case(message_contract.MESSAGE_WORKFLOW, given, tuple(script))


def adoption_case(script: Sequence[Kind]) -> Case:
    """An adoption's, begun before."""
    return Case(
        adoption_contract.ADOPTION_WORKFLOW,
        adoption_contract.Adopted(book="baiyang", number=2, position=1),
        tuple(script),
    )


def rhythm_case(script: Sequence[Kind]) -> Case:
    """A beat's."""
    return Case(
        rhythm_contract.RHYTHM_WORKFLOW,
        rhythm_contract.Beat(beat="digest", activity=rhythm_contract.MAKE_REPORT),
        tuple(script),
    )


class Failing:
    """The activities. Each workflow's fail as its script says, by its id; `waiting` are those that wait."""

    def __init__(self, scripts: dict[str, list[Kind]]) -> None:
        self._scripts = scripts
        self._lock = threading.Lock()
        self.waiting: set[str] = set()

    def _fail(self) -> None:
        workflow = activity.info().workflow_id or ""
        with self._lock:
            script = self._scripts.get(workflow, [])
            kind = script.pop(0) if script else None
        match kind:
            case "raises":
                raise RuntimeError("as it was told")
            case "refuses":
                raise ApplicationError("as it was told", type="refused", non_retryable=True)
            case "says_cancelled":
                raise CancelledError("as it was told")
            case "hangs":
                time.sleep(HANGS_SECONDS)
            case "waits":
                self.waiting.add(workflow)
                until = time.monotonic() + WAITS_SECONDS
                while time.monotonic() < until and not activity.is_cancelled():
                    time.sleep(0.05)
                    if not activity.info().is_local:
                        activity.heartbeat()
            case "gone":
                os._exit(1)

    @activity.defn(name=petition_contract.READ_AGENDA)
    def read_agenda(self, ask: petition_contract.Attend) -> petition_contract.Owed:
        """Fail, or: classify now."""
        self._fail()
        return petition_contract.Owed(step="classify", wait_seconds=0, version=ask.version + 1, stage="received")

    @activity.defn(name=petition_contract.CARRY_OUT)
    def carry_out(self, ask: petition_contract.Attend) -> petition_contract.Owed:
        """Fail, or: nothing is owed any more."""
        self._fail()
        return petition_contract.Owed(step=None, wait_seconds=0, version=ask.version + 1, stage="closed")

    @activity.defn(name=message_contract.DELIVER)
    def deliver(self, message: str) -> float | None:
        """Fail, or deliver."""
        self._fail()
        return None if message else 0.0

    @activity.defn(name=message_contract.GIVE_UP)
    def give_up(self, given_up: message_contract.GivenUp) -> None:
        """Fail, or note it."""
        assert given_up.message
        self._fail()

    @activity.defn(name=adoption_contract.COUNT_AGAIN)
    def count_again(self, turn: adoption_contract.Turn) -> adoption_contract.Adopted:
        """Fail, or be done."""
        self._fail()
        return turn.adopted.model_copy(update={"done": True})

    @activity.defn(name=rhythm_contract.MAKE_REPORT)
    def make_report(self, turn: rhythm_contract.Turn) -> rhythm_contract.Kept:
        """Fail, or make it."""
        self._fail()
        return rhythm_contract.Kept(done=True, what=turn.beat)


@contextmanager
def hasty() -> Iterator[None]:
    """Give activities seconds where ours have minutes. A timeout is no part of what is replayed."""
    short = {
        (petition, "AT_HAND"): AT_HAND_SECONDS,
        (petition, "QUEUED"): GIVEN_SECONDS,
        (message, "ONE_TRY"): GIVEN_SECONDS,
        (adoption, "ONE_STRETCH"): GIVEN_SECONDS,
        (rhythm, "ONE_TRY"): GIVEN_SECONDS,
    }
    before = {(module, name): getattr(module, name) for module, name in short}
    for (module, name), seconds in short.items():
        setattr(module, name, type(before[module, name])(seconds=seconds))
    try:
        yield
    finally:
        for (module, name), was in before.items():
            setattr(module, name, was)


@asynccontextmanager
async def failing_worker(
    client: Client, queue: str, failing: Failing, threads: ThreadPoolExecutor
) -> AsyncIterator[None]:
    """A worker of every workflow type, in the sandbox of ours, under a deployment of its own, while the block runs."""
    every: list[Callable[..., Any]] = [
        failing.read_agenda,
        failing.carry_out,
        failing.deliver,
        failing.give_up,
        failing.count_again,
        failing.make_report,
    ]
    version = WorkerDeploymentVersion(deployment_name=queue, build_id=build_id())
    worker = Worker(
        client,
        task_queue=queue,
        workflows=list(WORKFLOWS),
        activities=every,
        activity_executor=threads,
        max_concurrent_activities=64,
        workflow_runner=sandbox(),
        deployment_config=WorkerDeploymentConfig(
            version=version, use_worker_versioning=True, default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE
        ),
    )
    async with worker:
        while await current_build(client, queue) is None:
            with suppress(RPCError):  # a deployment is known to the server a moment after its first worker polls
                await make_current(client, queue)
            await asyncio.sleep(0.1)
        yield


async def work(given: dict[str, Any]) -> int:
    """Work until asked to stop, or until an activity takes the process with it."""
    client = await Client.connect(given["address"], data_converter=pydantic_data_converter)
    with hasty(), ThreadPoolExecutor(64) as threads:
        async with failing_worker(client, given["queue"], Failing(given["scripts"]), threads):
            sys.stdout.write("ready\n")
            sys.stdout.flush()
            await asked_to_stop()
    return 0


if __name__ == "__main__":
    run_and_leave(work(json.loads(sys.argv[1])))
