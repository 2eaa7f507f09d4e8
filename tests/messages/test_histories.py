"""Every history of a message ever recorded replays on today's workflow.

To record those of a release: `RECORD_HISTORIES=v0.1 pytest tests/messages/test_histories.py`. None is written again.
"""

import json
import os
from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from aggregates.messages.outbox import stream_of
from aggregates.petition import commands as c
from aggregates.petition import events as e
from machine.embedded_temporal import EmbeddedTemporal
from tests.messages.conftest import Recording
from tests.messages.test_delivery import BEGINS, CLEAR, PHONE, ended, hasty, posting
from tests.workflows.record_histories import scrubbed
from tests.workflows.town import town
from workers.petition_worker import sandbox
from workflows.message import MessageWorkflow

__all__ = ["hasty"]  # a fixture of the neighbour's

FOLDER = Path(__file__).parent / "histories"
HISTORIES = sorted(FOLDER.glob("*.json"))
STORIES = {"delivered": False, "given-up": True}


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("m-1:1:received", path.read_text("utf-8"))


def test_there_are_histories() -> None:
    assert {path.stem.split("-", 1)[1] for path in HISTORIES} >= STORIES.keys()


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=[MessageWorkflow], workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history_holds_no_machine_and_no_person(path: Path) -> None:
    text = path.read_text("utf-8")
    for word in ("@", ".py", PHONE, "路灯", "受理"):
        assert word not in text


@pytest.mark.long
@pytest.mark.parametrize(("story", "dead"), STORIES.items())
async def test_record(
    story: str,
    dead: bool,
    database: str,
    temporal_server: EmbeddedTemporal,
    hasty: Path,
) -> None:
    """Plays each story; with `RECORD_HISTORIES=v0.2` it is kept as that release's, never over an earlier one."""
    async with (
        town(database, temporal_server, BEGINS) as here,
        posting(here, Recording(dead=dead), hasty),
    ):
        petition = await here.submit(CLEAR, phone=PHONE)
        await ended(here, petition)
        handle = here.client.get_workflow_handle(f"{stream_of(petition)}:1:received")
        await handle.result()
        history = scrubbed(json.loads((await handle.fetch_history()).to_json()))
        assert history["events"]
        if release := os.environ.get("RECORD_HISTORIES"):
            with (FOLDER / f"{release}-{story}.json").open("x", encoding="utf-8") as file:
                json.dump(history, file, ensure_ascii=False, indent=1)
        await here.act(petition, c.Withdraw, e.Actor.resident())
