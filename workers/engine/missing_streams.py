"""What Temporal knows and the log lost: workflows of petitions and orders not on record, or at a higher version.

Ids and versions only. A workflow's last answer about its agenda contains the stream's version.
"""

import asyncio
import json
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from temporalio.api.enums.v1 import EventType
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from aggregates.office.events import Missing
from eventstore.log import EventLog
from workflows.petition_contract import ORDER_WORKFLOW, PETITION_WORKFLOW

AT_ONCE = 32
BEFORE = timedelta(minutes=5)
"""A workflow that ended so long before the log's newest event, or earlier, knew nothing that is not on record."""


async def missing_streams(
    client: Client,
    event_log: EventLog,
    last_at: datetime | None,
    progress: Callable[[int], None] = lambda _: None,
) -> list[Missing]:
    """Petitions and orders that Temporal knows and the log does not, or only at an earlier version; by id.

    `last_at`: when the log's newest event was recorded. `progress` is called with the number of workflows checked.

    Raises:
        RPCError, PersistenceError: Temporal or the database was lost.
    """
    kinds = f"WorkflowType IN ('{PETITION_WORKFLOW}', '{ORDER_WORKFLOW}')"
    since = (
        ""
        if last_at is None
        else f" AND (ExecutionStatus = 'Running' OR CloseTime > '{last_at - BEFORE:%Y-%m-%dT%H:%M:%SZ}')"
    )
    ids = sorted({listed.id async for listed in client.list_workflows(kinds + since)})
    found: list[Missing] = []
    for first in range(0, len(ids), AT_ONCE):
        some = ids[first : first + AT_ONCE]
        known = await asyncio.gather(*(known_version(client, id_) for id_ in some))
        here = await asyncio.to_thread(_versions, event_log, some)
        found += [
            Missing(stream=id_, on_record=on_record, known=version)
            for id_, on_record, version in zip(some, here, known, strict=True)
            if on_record == 0 or (version or 0) > on_record
        ]
        progress(first + len(some))
    return found


def _versions(event_log: EventLog, ids: Sequence[str]) -> list[int]:
    return [len(event_log.read(id_)) for id_ in ids]


async def known_version(client: Client, id_: str) -> int | None:
    """The highest stream version in a workflow's history; None: it has none, or the workflow is gone.

    Raises:
        RPCError: Temporal was lost.
    """
    try:
        history = await client.get_workflow_handle(id_).fetch_history()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return None
        raise
    versions: list[int] = []
    for event in history.events:
        if event.event_type == EventType.EVENT_TYPE_MARKER_RECORDED:
            payloads = [
                each for part in event.marker_recorded_event_attributes.details.values() for each in part.payloads
            ]
        elif event.event_type == EventType.EVENT_TYPE_ACTIVITY_TASK_COMPLETED:
            payloads = list(event.activity_task_completed_event_attributes.result.payloads)
        else:
            continue
        versions += [version for payload in payloads if (version := _version(payload.data)) is not None]
    return max(versions, default=None)


def _version(data: bytes) -> int | None:
    try:
        value: Any = json.loads(data)
    except (ValueError, UnicodeDecodeError):
        return None
    version = value.get("version") if isinstance(value, dict) else None
    return version if isinstance(version, int) else None
