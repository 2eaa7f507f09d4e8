"""Workflow tasks that fail in this process, learned from the SDK: also histories that today's code cannot replay.

The SDK evicts a workflow from its cache whenever a task of it fails, with the reason; the workflow's instance gets that
as an activation. So the process that runs the instance learns of it at once, by workflow id, on any server: no log line
is parsed, and visibility, which lags, is not asked.
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
"""The core's words about a history: kinds and numbers of events. Nothing else of a failure is logged."""


class TaskFailure(NamedTuple):
    """A failed workflow task: workflow id, run id, workflow type, and whether the history cannot be replayed."""

    workflow: str
    run: str
    type: str
    cannot_be_replayed: bool


class TaskFailures:
    """Shared by the workers of a process and its keeper: the last failure of each workflow not taken yet, and
    whether Temporal was set back to an older state. Thread-safe.
    """

    def __init__(self) -> None:
        """Begin with none."""
        self.turn = 0
        """How often Temporal was set back. Workflows in a worker's cache then belong to a history that is gone; what it
        would write could not be replayed: so the worker starts again."""
        self._lock = threading.Lock()
        self._failures: dict[str, TaskFailure] = {}

    def note(self, failure: TaskFailure) -> None:
        """Remember a failure; a later one of the same run does not replace one whose history cannot be replayed."""
        with self._lock:
            before = self._failures.get(failure.workflow)
            if before is None or before.run != failure.run or not before.cannot_be_replayed:
                self._failures[failure.workflow] = failure

    def engine_went_back(self) -> None:
        """Have the workers start again with an empty cache."""
        self.turn += 1

    def take(self) -> list[TaskFailure]:
        """The failures noted since the last call."""
        with self._lock:
            taken, self._failures = list(self._failures.values()), {}
        return taken


@dataclass(frozen=True)
class ListeningRunner(SandboxedWorkflowRunner):
    """The SDK's sandbox, which also notes each workflow's failed tasks."""

    failures: TaskFailures = field(default_factory=TaskFailures)

    def create_instance(self, det: WorkflowInstanceDetails) -> WorkflowInstance:
        """A sandboxed instance whose failed tasks are noted."""
        return cast("WorkflowInstance", _Listening(super().create_instance(det), self.failures))


class _Listening:
    """A workflow's instance; everything but `activate` is passed through."""

    def __init__(self, instance: WorkflowInstance, failures: TaskFailures) -> None:
        self._instance = instance
        self._failures = failures

    def __getattr__(self, name: str) -> Any:
        return getattr(self._instance, name)

    def activate(self, act: WorkflowActivation) -> WorkflowActivationCompletion:
        """Note an eviction over a failed task, then pass the activation on."""
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
