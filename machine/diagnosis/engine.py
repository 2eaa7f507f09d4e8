"""Temporal: whether it answers, and has what our workflows need."""

import asyncio
import re

from temporalio.api.workflowservice.v1 import GetSystemInfoRequest
from temporalio.client import Client
from temporalio.service import RPCError

from machine.diagnosis.check import START_UP, Check
from workers.engine.connecting import temporal_runtime
from workers.engine.search_attributes import missing_search_attributes
from workers.engine.temporal_profile import Profile

CONNECTS_WITHIN_SECONDS = 5.0
ANSWERS_WITHIN_SECONDS = 5.0


async def check_temporal(profile: Profile, *, started_by_up: bool = False) -> tuple[list[Check], Client | None]:
    """Temporal answers, has the namespace and the search attributes; the client, if so.

    `started_by_up`: it need not run yet.
    """
    where = f"{profile.address}, namespace {profile.namespace}"
    try:
        connecting = Client.connect(**profile.connect_options(), runtime=temporal_runtime())
        client = await asyncio.wait_for(connecting, CONNECTS_WITHIN_SECONDS)
    except (RuntimeError, ValueError, OSError) as error:
        if started_by_up:
            return [Check("temporal", True, "the embedded one, started by `suqiu up`")], None
        says = f"{profile.address} does not answer: {_reason(error)}"
        return [Check("temporal", False, says, f"{START_UP}, or set TEMPORAL_ADDRESS to a server that runs")], None
    try:
        missing = await asyncio.wait_for(missing_search_attributes(client), ANSWERS_WITHIN_SECONDS)
        system = await asyncio.wait_for(
            client.workflow_service.get_system_info(GetSystemInfoRequest()), ANSWERS_WITHIN_SECONDS
        )
    except RPCError as error:
        remedy = f"`temporal operator namespace create --namespace {profile.namespace}`"
        return [Check("temporal", False, f"{where}: {error.message}", remedy)], None
    except TimeoutError:
        says = f"{where}: no answer within {ANSWERS_WITHIN_SECONDS:g} s"
        return [Check("temporal", False, says, "read that server's log; start it again if it hangs")], None
    answers = Check("temporal", True, f"{where} answers, version {system.server_version}")
    if missing:
        remedy = "start `suqiu worker` once: it registers them; or `temporal operator search-attribute create`"
        return [answers, Check("search attributes", False, f"missing: {', '.join(missing)}", remedy)], client
    return [answers, Check("search attributes", True, "registered")], client


def _reason(error: Exception) -> str:
    """The system's own words out of the SDK's nested ones."""
    words = re.search(r'message: "([^"]+)"', str(error))
    return words[1] if words else (str(error).splitlines() or [type(error).__name__])[0][:200]
