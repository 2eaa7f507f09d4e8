"""The worker: polls the task queue for petitions' workflows and their activities, under a deployment version."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import structlog
from temporalio import activity, workflow
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

from eventstore.build import build_id
from office.clock_watch import ClockWatch
from workers.activities import PetitionActivities
from workers.adoption_activities import AdoptionActivities
from workers.engine.calls import patiently
from workers.engine.clock import StepsInTime
from workers.engine.task_failures import ListeningRunner, TaskFailures
from workers.engine.temporal_profile import WorkerSettings
from workflows.adoption import AdoptionWorkflow
from workflows.order import OrderWorkflow
from workflows.petition import PetitionWorkflow

log = structlog.get_logger(__name__)

# Ids of workflow and activity are fields of each log line (`office/logs.py`), not text in its message.
workflow.logger.workflow_info_on_message = False
activity.logger.activity_info_on_message = False

STICKY_SECONDS = 4
"""How long a workflow task waits for the worker that has the workflow in its cache: the pause after a killed worker."""


def sandbox(failures: TaskFailures | None = None) -> SandboxedWorkflowRunner:
    """The SDK's sandbox, with our own messages and pydantic passed through: they are pure, and slow to reload.

    With `failures`, every failed workflow task is noted there.
    """
    restrictions = SandboxRestrictions.default.with_passthrough_modules("workflows", "pydantic", "pydantic_core")
    if failures is None:
        return SandboxedWorkflowRunner(restrictions)
    return ListeningRunner(restrictions, failures=failures)


def petition_worker(
    client: Client,
    bodies: PetitionActivities,
    settings: WorkerSettings,
    threads: ThreadPoolExecutor,
    adoption: AdoptionActivities,
    clock: ClockWatch,
    failures: TaskFailures | None = None,
) -> Worker:
    """A worker on the settings' queue; activities run in `threads`, failed workflow tasks are noted in `failures`.

    No activity runs while this process's clock differs too much from the engine's or the database's (`clock`).
    """
    return Worker(
        client,
        task_queue=settings.task_queue,
        workflows=[PetitionWorkflow, OrderWorkflow, AdoptionWorkflow],
        activities=[bodies.read_agenda, bodies.carry_out, adoption.count_again],
        activity_executor=threads,
        max_concurrent_activities=settings.max_concurrent_activities,
        max_concurrent_local_activities=settings.max_concurrent_activities,
        max_concurrent_workflow_tasks=settings.max_concurrent_workflow_tasks,
        interceptors=[StepsInTime(clock)],
        workflow_runner=sandbox(failures),
        sticky_queue_schedule_to_start_timeout=timedelta(seconds=STICKY_SECONDS),
        deployment_config=WorkerDeploymentConfig(
            version=WorkerDeploymentVersion(deployment_name=settings.deployment_name, build_id=build_id()),
            use_worker_versioning=True,
            default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
        ),
    )


async def current_build(client: Client, deployment: str) -> str | None:
    """The deployment's current build, which gets new tasks; None: nobody has set one.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment)
        answer = await patiently(lambda: client.workflow_service.describe_worker_deployment(request))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    routing = answer.worker_deployment_info.routing_config
    return routing.current_deployment_version.build_id or None


async def make_current(client: Client, deployment: str, build: str | None = None) -> None:
    """Make a build (default: this one) current; it gets the tasks of running petitions too (auto-upgrade).

    Raises:
        RPCError: Temporal cannot be reached or no worker of this build has polled yet.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment,
        build_id=build or build_id(),
        identity=client.identity,
        ignore_missing_task_queues=True,
        allow_no_pollers=True,
    )
    await patiently(lambda: client.workflow_service.set_worker_deployment_current_version(request))
