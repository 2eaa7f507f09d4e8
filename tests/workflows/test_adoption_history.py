"""Every recorded history of an adoption replays on today's workflow."""

from pathlib import Path

import pytest
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workers.petition_worker import sandbox
from workflows.adoption import AdoptionWorkflow

HISTORIES = sorted((Path(__file__).parent / "histories" / "adoptions").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("adoption-baiyang-2", path.read_text("utf-8"))


def test_there_are_histories() -> None:
    assert HISTORIES


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history_holds_no_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "@" not in text, "identities are scrubbed"
    assert ".py" not in text, "stack traces are scrubbed"


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=[AdoptionWorkflow], workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))
