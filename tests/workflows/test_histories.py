"""Every history ever recorded replays on today's workflow: petitions that wait survive an upgrade."""

from datetime import timedelta
from pathlib import Path

import pytest
from temporalio import workflow
from temporalio.client import WorkflowHistory
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.worker import Replayer

from workers.petition_worker import sandbox
from workflows.petition import PetitionWorkflow

HISTORIES = sorted((Path(__file__).parent / "histories").glob("*.json"))


def history(path: Path) -> WorkflowHistory:
    return WorkflowHistory.from_json("p-" + "0" * 32, path.read_text("utf-8"))


def test_there_are_histories() -> None:
    stories = {path.stem.split("-", 1)[1] for path in HISTORIES}
    assert {"answered", "unanswered-follow-up", "up-to-the-leader", "by-the-queue"} <= stories
    assert "step-queued-after-a-timeout" in stories


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_recorded_history_replays(path: Path) -> None:
    replayer = Replayer(workflows=[PetitionWorkflow], workflow_runner=sandbox(), data_converter=pydantic_data_converter)
    await replayer.replay_workflow(history(path))


@workflow.defn(name="petition", sandboxed=False)
class ImpatientWorkflow(PetitionWorkflow):
    """A change that would break waiting petitions: it sleeps before it reads."""

    @workflow.init
    def __init__(self, petition: str) -> None:
        super().__init__(petition)

    @workflow.run
    async def run(self, petition: str) -> None:
        """Sleep, then go on."""
        await workflow.sleep(timedelta(seconds=1))
        await super().run(petition)


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
async def test_a_breaking_change_would_be_seen(path: Path) -> None:
    replayer = Replayer(workflows=[ImpatientWorkflow], data_converter=pydantic_data_converter)
    with pytest.raises(workflow.NondeterminismError):
        await replayer.replay_workflow(history(path))


@pytest.mark.parametrize("path", HISTORIES, ids=lambda path: path.stem)
def test_a_history_holds_no_machine(path: Path) -> None:
    text = path.read_text("utf-8")
    assert "@" not in text, "identities are scrubbed"
    assert ".py" not in text, "stack traces are scrubbed"
