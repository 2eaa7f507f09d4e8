"""Every way an activity can fail, made on the real engine at hand and from the queue, for every workflow type: each
history replays, in the sandbox of ours. What no engine can be made to do is written into a history that was.
"""

import asyncio
import json
import random
import sys
import uuid
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.api.common.v1 import ActivityType
from temporalio.api.enums.v1 import EventType, TimeoutType
from temporalio.api.failure.v1 import (
    ActivityFailureInfo,
    ApplicationFailureInfo,
    CanceledFailureInfo,
    Failure,
    ServerFailureInfo,
    TerminatedFailureInfo,
    TimeoutFailureInfo,
)
from temporalio.client import Client, WorkflowFailureError, WorkflowHandle, WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from machine.embedded_temporal import EmbeddedTemporal
from tests.workflows.failing_activities import (
    WORKFLOWS,
    Case,
    Failing,
    Kind,
    adoption_case,
    failing_worker,
    hasty,
    message_case,
    petition_case,
    rhythm_case,
)
from workers.petition_worker import sandbox

pytestmark = [pytest.mark.engine, pytest.mark.timeout(300)]
TIMED_OUT = Path(__file__).parent / "histories" / "v0.1-step-queued-after-a-timeout.json"
ENDS_WITHIN_SECONDS = 120
FAILURES: tuple[Kind, ...] = ("raises", "refuses", "hangs", "says_cancelled")
AT_HAND: tuple[Kind, ...] = ("raises", "raises", "raises")
"""What brings a step to the queue."""

ALIKE = [
    *(petition_case([kind] * 3, order=order) for kind in FAILURES for order in (False, True)),
    *(petition_case([*AT_HAND, kind, kind], order=order) for kind in FAILURES for order in (False, True)),
    *(
        make([kind] * times)
        for make in (message_case, adoption_case, rhythm_case)
        for kind in FAILURES
        for times in (1, 3)
    ),
    message_case(["raises"] * 3 + ["hangs", "raises"]),
    message_case(["refuses", "refuses"]),
]
CANCELLED = [
    *(petition_case([*before, "waits"], order=order) for before in ((), AT_HAND) for order in (False, True)),
    message_case(["waits"]),
    message_case(["refuses", "waits"]),
    adoption_case(["waits"]),
    rhythm_case(["waits"]),
]
GONE = [
    *(petition_case([*before, "gone"], order=order) for before in ((), AT_HAND) for order in (False, True)),
    message_case(["gone"]),
    adoption_case(["gone"]),
    rhythm_case(["gone"]),
]


async def begin(client: Client, queue: str, cases: Sequence[Case]) -> dict[WorkflowHandle, Case]:
    """Start a workflow of each case, with an id of its own."""
    begun = {}
    for number, case in enumerate(cases):
        id_ = f"{queue}-{number}"
        begun[await client.start_workflow(case.type, case.argument, id=id_, task_queue=queue)] = case
    return begun


async def ended(handle: WorkflowHandle) -> None:
    """Wait until it ends, however it does."""
    try:
        await asyncio.wait_for(handle.result(), ENDS_WITHIN_SECONDS)
    except WorkflowFailureError:
        return


async def replays(handles: dict[WorkflowHandle, Case]) -> None:
    """Each history replays; all that do not are named."""
    broken = []
    replayer = Replayer(workflows=list(WORKFLOWS), workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    for handle, case in handles.items():
        history = await handle.fetch_history()
        assert any(shows_a_failure(event) for event in history.events), f"{case}: it did not fail as it was told"
        result = await replayer.replay_workflow(history, raise_on_replay_failure=False)
        if result.replay_failure is not None:
            broken.append((case, result.replay_failure))
    assert not broken


def shows_a_failure(event: object) -> bool:
    match event.event_type:  # type: ignore[attr-defined]
        case EventType.EVENT_TYPE_MARKER_RECORDED:
            marker = event.marker_recorded_event_attributes  # type: ignore[attr-defined]
            # A step that failed at hand and was done at hand at the next try leaves its number of tries only.
            tries = [json.loads(each.data)["attempt"] for each in marker.details["data"].payloads]
            return bool(marker.HasField("failure")) or any(count > 1 for count in tries)
        case EventType.EVENT_TYPE_ACTIVITY_TASK_STARTED:
            return bool(event.activity_task_started_event_attributes.attempt > 1)  # type: ignore[attr-defined]
        case (
            EventType.EVENT_TYPE_ACTIVITY_TASK_FAILED
            | EventType.EVENT_TYPE_ACTIVITY_TASK_TIMED_OUT
            | EventType.EVENT_TYPE_ACTIVITY_TASK_CANCELED
            | EventType.EVENT_TYPE_WORKFLOW_TASK_TIMED_OUT
            | EventType.EVENT_TYPE_WORKFLOW_TASK_FAILED
            | EventType.EVENT_TYPE_WORKFLOW_EXECUTION_CANCEL_REQUESTED
        ):
            return True
    return False


async def lived_and_replayed(temporal: EmbeddedTemporal, cases: Sequence[Case], *, cancel: bool = False) -> None:
    client = await Client.connect(temporal.address, data_converter=pydantic_data_converter)
    queue = f"failing-{uuid.uuid4().hex[:8]}"
    failing = Failing({f"{queue}-{number}": list(case.script) for number, case in enumerate(cases)})
    with hasty(), ThreadPoolExecutor(64) as threads:
        async with failing_worker(client, queue, failing, threads):
            handles = await begin(client, queue, cases)
            if cancel:
                await asyncio.gather(*(cancelled(handle, failing) for handle in handles))
            await asyncio.gather(*(ended(handle) for handle in handles))
    await replays(handles)


async def cancelled(handle: WorkflowHandle, failing: Failing) -> None:
    """Cancel it while its activity waits."""
    for _ in range(600):
        if handle.id in failing.waiting:
            await handle.cancel()
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{handle.id}: its activity was not begun")


async def test_whatever_an_activity_raises_and_however_long_it_takes(temporal_server: EmbeddedTemporal) -> None:
    await lived_and_replayed(temporal_server, ALIKE)


async def test_cancelled_in_the_middle_of_an_activity(temporal_server: EmbeddedTemporal) -> None:
    await lived_and_replayed(temporal_server, CANCELLED, cancel=True)


async def test_a_worker_that_is_gone_in_the_middle_of_an_activity(temporal_server: EmbeddedTemporal) -> None:
    client = await Client.connect(temporal_server.address, data_converter=pydantic_data_converter)
    queue = f"gone-{uuid.uuid4().hex[:8]}"
    handles = {}
    for number, case in enumerate(GONE):  # one after the other: it takes all others with it
        id_ = f"{queue}-{number}"
        given_ = {"address": temporal_server.address, "queue": queue, "scripts": {id_: list(case.script)}}
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "tests.workflows.failing_activities", json.dumps(given_)),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
        )
        try:
            assert process.stdout is not None
            assert await asyncio.wait_for(process.stdout.readline(), ENDS_WITHIN_SECONDS) == b"ready\n"
            handle = await client.start_workflow(case.type, case.argument, id=id_, task_queue=queue)
            assert await asyncio.wait_for(process.wait(), ENDS_WITHIN_SECONDS) == 1, "it went in the middle"
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        handles[handle] = case
    with hasty(), ThreadPoolExecutor(64) as threads:
        async with failing_worker(client, queue, Failing({}), threads):
            await asyncio.gather(*(ended(handle) for handle in handles))
    await replays(handles)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
async def test_failures_in_any_order(temporal_server: EmbeddedTemporal, seed: int) -> None:
    draw = random.Random(seed)  # noqa: S311 (a seed is what it is for)
    makers = (petition_case, lambda script: petition_case(script, order=True), message_case, adoption_case, rhythm_case)
    await lived_and_replayed(
        temporal_server,
        [draw.choice(makers)(draw.choices(FAILURES, k=draw.randint(1, 7))) for _ in range(60)],
    )


KINDS = (
    st.just(Failure(application_failure_info=ApplicationFailureInfo(type="any")))
    | st.builds(
        lambda kind: Failure(timeout_failure_info=TimeoutFailureInfo(timeout_type=kind)),
        st.sampled_from(TimeoutType.values()),
    )
    | st.just(Failure(canceled_failure_info=CanceledFailureInfo()))
    | st.just(Failure(terminated_failure_info=TerminatedFailureInfo()))
    | st.just(Failure(server_failure_info=ServerFailureInfo(non_retryable=True)))
    | st.just(Failure(message="of no kind"))
)


def within_an_activity(cause: Failure) -> Failure:
    about = ActivityFailureInfo(activity_type=ActivityType(name="read-agenda"), activity_id="4")
    return Failure(message="activity failed", activity_failure_info=about, cause=cause)


def caused(outer: Failure, cause: Failure) -> Failure:
    failure = Failure()
    failure.CopyFrom(outer)
    failure.cause.CopyFrom(cause)
    return failure


ANY_FAILURE = st.recursive(
    KINDS, lambda inner: st.builds(within_an_activity, inner) | st.builds(caused, KINDS, inner), max_leaves=4
)


@pytest.mark.parametrize("type_", ["petition", "order"])
@settings(max_examples=40, deadline=None)
@given(failure=ANY_FAILURE)
def test_whatever_failure_stands_in_a_marker_the_step_goes_to_the_queue(type_: str, failure: Failure) -> None:
    history = WorkflowHistory.from_json("p-" + "0" * 32, TIMED_OUT.read_text("utf-8"))
    history.events[0].workflow_execution_started_event_attributes.workflow_type.name = type_
    (marker,) = [event for event in history.events if shows_a_failure(event) and is_marker(event)]
    marker.marker_recorded_event_attributes.failure.CopyFrom(failure)
    replayer = Replayer(workflows=list(WORKFLOWS), workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    asyncio.run(replayer.replay_workflow(history))


def is_marker(event: object) -> bool:
    return bool(event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED)  # type: ignore[attr-defined]
