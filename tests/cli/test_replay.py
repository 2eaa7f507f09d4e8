"""A case decided again and a dispute answered, typed as an auditor would."""

from pathlib import Path

import pytest
from temporalio.client import Client

from cli.evidence.replay_page import tell_workflow
from cli.options import Common
from office.run_info import read_run
from tests.cli.conftest import Inside
from workers.workflow_replay import GONE, replay_workflow

pytestmark = pytest.mark.engine

BOOKS = Path(__file__).parents[2] / "rulebook"
TEXT = "我家楼道灯坏了三天了，晚上看不见，请派人维修"


@pytest.fixture(scope="module")
def receipt(here: Inside) -> str:
    """A petition with its unit, answered."""
    receipt = here.receipt(TEXT, "--name", "样例乙", "--by", "样窗一")
    shown = here.until(receipt, "dispatched", "proposed")
    if shown["status"] == "proposed":
        assert here("petition", "triage", receipt, "--by", "window-1").code == 0
        here.until(receipt, "dispatched")
    answer = ("--outcome", "resolved", "--text", "已修好", "--grounds", "维修记录")
    assert here("petition", "reply", receipt, "--by", "repairs-1", *answer).code == 0
    return receipt


def test_a_case_is_decided_again_just_so(here: Inside, receipt: str) -> None:
    told = here("replay", receipt, "--json")
    assert told.code == 0, told
    assert told.row["identical"] is True
    assert told.row["differences"] == []
    assert told.row["steps"] >= 3
    assert "identical" in here("replay", receipt).out


def test_under_its_own_rules_nothing_would_have_been_else_and_under_others_it_says_what(
    here: Inside, receipt: str
) -> None:
    own = here("replay", receipt, "--under", str(BOOKS / "baiyang"), "--json")
    assert own.code == 0, own
    assert own.row["kind"] == "identical"
    other = here("replay", receipt, "--under", str(BOOKS / "linhe"), "--json")
    assert other.code == 1, other
    assert other.row["kind"] == "differs"
    assert other.row["deadlines"]
    assert any("→" in each["why"] for each in other.row["mapped"])
    told = here("replay", receipt, "--under", str(BOOKS / "linhe"))
    assert told.code == 1
    assert "时限" in told.out


def test_the_whole_ledger_with_sums_that_add_up(here: Inside, receipt: str) -> None:
    assert receipt
    own = here("replay", "--all", "--json")
    assert own.code == 0, own
    assert own.row["petitions"] == own.row["identical"] > 0
    assert "petitions" in here("replay", "--all").out
    other = here("replay", "--all", "--under", str(BOOKS / "linhe"), "--json")
    assert other.code == 1, other
    row = other.row
    assert row["petitions"] == row["identical"] + row["details"] + row["differs"] + row["stuck"] == own.row["petitions"]
    assert here("replay", "--all", "--under", str(BOOKS / "linhe")).code == 1


def test_the_workflows_own_history_replays_while_temporal_has_it(here: Inside, receipt: str) -> None:
    told = here("replay", receipt, "--workflow", "--json")
    assert told.code == 0, told
    assert told.row["entries"] > 0
    assert "replays" in told.row["sentence"]


async def test_a_history_that_is_gone_is_said_to_be_gone(here: Inside) -> None:
    run = read_run(here.data)
    assert run is not None
    client = await Client.connect(run.temporal, namespace=run.namespace)
    assert await replay_workflow(client, "p-" + "f" * 32) == GONE


def test_gone_is_a_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    tell_workflow(GONE, "p-1", Common(json=True))
    assert "does not keep this workflow's history" in capsys.readouterr().out


def test_what_was_known_at_a_time(here: Inside, receipt: str) -> None:
    timeline = here("petition", "show", receipt, "--json").row["timeline"]
    then = timeline[0]["recorded_at"]
    told = here("replay", receipt, "--as-of", then, "--json")
    assert told.code == 0, told
    assert told.row["events"] == 1
    assert here("replay", receipt, "--as-of", "2020-01-01T00:00", "--json").code == 2
    shown = here("petition", "show", receipt, "--as-of", then, "--json").row
    assert [entry["version"] for entry in shown["timeline"]] == [1], "by when it was recorded"


def test_a_dispute_is_answered_in_sentences(here: Inside, receipt: str) -> None:
    told = here("audit", "deadline", receipt, "--clock", "tier", "--json")
    assert told.code == 0, told
    last = told.row["promises"][-1]
    assert last["verdict"] == "kept"
    assert last["sentences"][0]["zh"].startswith("按时")
    assert last["sentences"][0]["en"].startswith("Kept")
    assert last["days"]
    page = here("audit", "deadline", receipt).out
    assert "时限" in page
    assert "Clock:" in page
    assert "计入" in page


@pytest.mark.parametrize(
    "typed",
    [
        ("replay",),
        ("replay", "SQ-X", "--all"),
        ("replay", "--all", "--workflow"),
        ("replay", "SQ-0000-0000-0000-00000"),
        ("replay", "--all", "--under", "nowhere.yaml"),
        ("audit", "deadline", "SQ-0000-0000-0000-00000"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(here: Inside, typed: tuple[str, ...]) -> None:
    told = here(*typed)
    assert told.code == 2, told
    assert len(told.err.strip().splitlines()) == 1
    assert "Traceback" not in told.err


def test_a_clock_nobody_has(here: Inside, receipt: str) -> None:
    assert "expected one of" in here("audit", "deadline", receipt, "--clock", "lunch").err
    assert here("audit", "deadline", receipt, "--clock", "second_review").code == 2
