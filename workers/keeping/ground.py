"""What Temporal must have before anything runs: search attributes, a current build, the schedules.

All of it is lost with Temporal's database; without a current build no task is given out, however many workers poll.
"""

from typing import NamedTuple

import structlog
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from eventstore.build import build_id
from rulebook.model import Rulebook
from workers.engine.calls import patiently
from workers.engine.search_attributes import ensure_search_attributes
from workers.engine.temporal_profile import WorkerSettings
from workers.petition_worker import current_build, make_current
from workers.rhythm.schedules import apply_schedules, missing_schedules

log = structlog.get_logger(__name__)


class Made(NamedTuple):
    """What was missing and was created: search attributes, the build made current, schedules."""

    search_attributes: tuple[str, ...] = ()
    build: str | None = None
    schedules: tuple[str, ...] = ()

    @property
    def anything(self) -> bool:
        """Whether something was missing."""
        return bool(self.search_attributes or self.build or self.schedules)

    def and_then(self, later: "Made") -> "Made":
        """Both together; the later build counts."""
        return Made(
            self.search_attributes + later.search_attributes,
            later.build or self.build,
            self.schedules + later.schedules,
        )


async def make_ground(client: Client, settings: WorkerSettings, rules: Rulebook) -> Made:
    """Create what is missing; what exists stays as it is, a paused schedule too. Idempotent, for any process.

    Without a current build, this program's becomes it if a worker of it has polled, else the newest that has; if no
    worker has polled yet, none.

    Raises:
        RPCError: Temporal cannot be reached or refuses.
    """
    attributes = tuple(await ensure_search_attributes(client))
    build = None
    if await current_build(client, settings.deployment_name) is None:
        build = await _promote_one_that_polls(client, settings.deployment_name)
    schedules: tuple[str, ...] = ()
    if missing := await missing_schedules(client, rules, settings.task_queue):
        await apply_schedules(client, rules, settings.task_queue)
        schedules = tuple(missing)
    made = Made(attributes, build, schedules)
    if made.anything:
        log.warning("engine.ground_made", search_attributes=attributes, build=build, schedules=schedules)
    return made


async def polling_builds(client: Client, deployment: str) -> list[str]:
    """Builds of which a worker has polled in Temporal's memory, newest first.

    Raises:
        RPCError: Temporal cannot be reached.
    """
    try:
        request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment)
        answer = await patiently(lambda: client.workflow_service.describe_worker_deployment(request))
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []
        raise
    known = sorted(
        answer.worker_deployment_info.version_summaries, key=lambda each: each.create_time.ToNanoseconds(), reverse=True
    )
    return [each.deployment_version.build_id for each in known]


async def _promote_one_that_polls(client: Client, deployment: str) -> str | None:
    builds = await polling_builds(client, deployment)
    if not builds:
        return None
    build = build_id() if build_id() in builds else builds[0]
    await make_current(client, deployment, build)
    return build
