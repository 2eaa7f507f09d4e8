"""Workflow tasks that fail in this process, heard from the SDK itself: also a history that today's code cannot replay.

The SDK puts a workflow out of its cache whenever a task of it fails, and says why; that reaches the workflow's instance
as an activation. So whoever runs the instance hears of it at once, by workflow id, on any server: no log line is
parsed, and visibility, which lags, is not asked.
"""

import re
import threading
from dataclasses import dataclass, field
from typing import Any, NamedTuple, cast

import structlog
from temporalio.bridge.proto.workflow_activation import RemoveFromCache, WorkflowActivation
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.worker import WorkflowInstance, WorkflowInstanceDetails
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

log = structlog.get_logger(__name__)

CANNOT_BE_REPLAYED = RemoveFromCache.EvictionReason.NONDETERMINISM
FAILED = RemoveFromCache.EvictionReason.LANG_FAIL
SAYS = re.compile(r'message: "(\[TMPRL[^"]{0,200})')
"""What the core says of a history: kinds of events and their numbers. Nothing else of a failure goes to the log."""


class TaskFailure(NamedTuple):
    """A workflow task that failed: of which workflow and run, its type, and whether its history cannot be replayed."""

    workflow: str
    run: str
    type: str
    cannot_be_replayed: bool


class TaskFailures:
    """What the workers of a process and its keeper tell each other: the last failure of each workflow since somebody
    took them, noted by any thread; and that the engine went back to an older state.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.turn = 0
        """How often the engine went back. What a worker remembers of workflows is from another turn then: it counts on
        from a history that is no more, and what it writes cannot be replayed. So it begins anew."""
        self._lock = threading.Lock()
        self._failures: dict[str, TaskFailure] = {}

    def note(self, failure: TaskFailure) -> None:
        """Remember one; that a history cannot be replayed is not forgotten over a later failure of the same run."""
        with self._lock:
            before = self._failures.get(failure.workflow)
            if before is None or before.run != failure.run or not before.cannot_be_replayed:
                self._failures[failure.workflow] = failure

    def engine_went_back(self) -> None:
        """Let the workers begin anew, without what they remember."""
        self.turn += 1

    def take(self) -> list[TaskFailure]:
        """What was noted since the last time."""
        with self._lock:
            taken, self._failures = list(self._failures.values()), {}
        return taken


@dataclass(frozen=True)
class ListeningRunner(SandboxedWorkflowRunner):
    """The SDK's sandbox, and an ear at each workflow that it runs."""

    failures: TaskFailures = field(default_factory=TaskFailures)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """An instance in the sandbox; its failed tasks are noted."""
        return cast("WorkflowInstance", _Listening(super().create_instance(det), self.failures))


class _Listening:
    """A workflow's instance; whatever is asked of it, it answers itself."""

    def __init__(self, instance: WorkflowInstance, failures: TaskFailures) -> None:
        self._instance = instance
        self._failures = failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Hand it on; note when it is put out of the cache over a failed task."""
        for job in act.jobs:
            if job.HasField("remove_from_cache") and job.remove_from_cache.reason in (CANNOT_BE_REPLAYED, FAILED):
                self._note(job.remove_from_cache)
        return self._instance.activate(act)

    def _note(self, why: RemoveFromCache) -> None:
        info = self._instance.get_info()
        failure = TaskFailure(info.workflow_id, info.run_id, info.workflow_type, why.reason == CANNOT_BE_REPLAYED)
        self._failures.note(failure)
        word = "workflow.cannot_be_replayed" if failure.cannot_be_replayed else "workflow.task_failed"
        says = SAYS.search(why.message)
        log.error(word, workflow=failure.workflow, workflow_type=failure.type, says=says[1] if says else "")
