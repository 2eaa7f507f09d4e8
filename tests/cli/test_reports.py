"""The reports as people ask for them: on the program that runs, in a terminal, for programs and as files."""

import csv
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from tests.cli.conftest import Inside
from tests.days.today import day_with_time_left

pytestmark = pytest.mark.engine


@cache
def today() -> str:
    """The day the petition below is answered on."""
    return day_with_time_left().isoformat()


def until(asked: Callable[[], Any]) -> Any:
    """What is asked, as soon as it is so: read models follow the log by a moment."""
    deadline = time.monotonic() + 60
    while not (found := asked()):
        assert time.monotonic() < deadline, "did not come to pass"
        time.sleep(0.1)
    return found


@pytest.fixture(scope="module")
def answered(here: Inside) -> str:
    """The receipt of a petition a lead of the grid settled on the spot, to the resident's liking."""
    today()  # before it begins
    receipt = here.receipt("小区路灯不亮", "--section", "b-301", "--channel", "grid", "--by", "lead-b-301")
    stage = here.until(receipt, "proposed", "dispatched")["status"]
    if stage == "proposed":
        done = here(
            "petition", "triage", receipt, "--matter", "street-light", "--tier", "community", "--by", "window-1"
        )
        assert done.code == 0, done
    shown = here.until(receipt, "dispatched")
    for act in (
        ("accept", receipt, "--by", "lead-b-301"),
        ("reply", receipt, "--outcome", "resolved", "--text", "换了", "--grounds", "已修", "--by", "lead-b-301"),
        ("confirm", receipt, "--satisfied", "yes", "--by", "window-1"),
    ):
        done = here("petition", *act)
        assert done.code == 0, done
    unit = shown["unit"]
    until(lambda: [row for row in card(here, unit) if row["satisfaction"]["numerator"]])
    return receipt


def card(here: Inside, unit: str) -> list[dict[str, Any]]:
    """The unit's card of today."""
    rows: list[dict[str, Any]] = here("scorecard", "--unit", unit, "--period", today(), "--json").row["rows"]
    return rows


def explained(here: Inside, unit: str, *options: str) -> list[dict[str, Any]]:
    """The whole explanation, page by page: other tests leave petitions of today in the same town."""
    rows: list[dict[str, Any]] = []
    following: tuple[str, ...] = ()
    while True:
        said = here("scorecard", "--explain", unit, "--period", today(), *options, *following, "--json").row
        rows += said["rows"]
        if said["next"] is None:
            return rows
        following = ("--after", said["next"])


def test_a_scorecard_has_each_rate_with_what_it_is_made_of(here: Inside, answered: str) -> None:
    unit = here("petition", "show", answered, "--json").row["unit"]
    (row,) = card(here, unit)
    assert (row["unit"], row["answered"] >= 1) == (unit, True)
    for measure in ("response", "on_time", "resolution", "satisfaction", "confirmation"):
        figure = row[measure]
        assert figure["rate"] == round(figure["numerator"] / figure["denominator"], 4)
    ours = {each["measure"]: each for each in explained(here, unit) if each["receipt"] == answered}
    assert ours["satisfaction"]["finding"] == "kept"
    assert ours["satisfaction"]["topic"] == "petition.confirmed"
    assert ours["satisfaction"]["position"] > 0
    assert answered in {each["receipt"] for each in explained(here, "desk")}


def test_a_report_of_the_past_knows_what_was_known_then(here: Inside, answered: str) -> None:
    def found(*as_of: str) -> list[str]:
        return [row["finding"] for row in explained(here, "desk", *as_of) if row["receipt"] == answered]

    received_at = here("petition", "show", answered, "--json").row["received_at"]
    assert found("--as-of", received_at) == ["open"]
    assert found() == ["kept"]


def test_settled_by_a_lead_is_settled_in_the_grid(here: Inside, answered: str) -> None:
    said = here("settlement", "--period", today(), "--json").row
    assert answered
    assert next(row for row in said["rows"] if row["level"] == "grid")["settled"] >= 1
    assert "网格 grid" in here("settlement").out


def test_the_workload_is_held_against_the_residents(here: Inside, answered: str) -> None:
    said = here("workload", "--json").row
    assert answered
    assert (said["residents"], said["residents_per_staff"], said["staff_by_norm"]) == (17291, 1000, 18)
    assert said["received_per_1000"] == round(said["received"] * 1000 / 17291, 2)
    staff = here("workload", "--staff", "--json").row["rows"]
    assert next(row for row in staff if row["staff"] == "lead-b-301")["answered"] >= 1
    assert "样楼长" not in here("workload", "--staff").out, "ids, no names"


def test_what_comes_back_in_a_section_is_shown_with_its_receipts(here: Inside, answered: str) -> None:
    receipts = {
        here.receipt(f"路灯坏了，{n}号灯", "--section", "section-3", "--channel", "grid", "--by", "lead-b-301")
        for n in range(3)
    }
    for receipt in receipts:
        if here.until(receipt, "proposed", "dispatched")["status"] == "proposed":
            here("petition", "triage", receipt, "--matter", "street-light", "--by", "window-1")

    def clusters() -> list[dict[str, Any]]:
        rows = here("recurring", "--days", "7", "--json").row["rows"]
        return [row for row in rows if row["section"] == "section-3" and receipts <= set(row["receipts"])]

    (cluster,) = until(clusters)
    assert (cluster["matter"], cluster["at_least"], answered in cluster["receipts"]) == ("street-light", 3, True)
    assert "第三片" in here("recurring").out


def test_ping_pong_counts_returns_and_transfers(here: Inside, answered: str) -> None:
    said = here("ping-pong", "--period", today(), "--json").row
    assert answered
    assert said["hops"] == sum(row["returns"] + row["transfers"] for row in said["rows"])
    assert here("ping-pong", "--petitions", "--json").row["total"] == said["back_and_forth"]


@pytest.mark.parametrize(
    "words",
    [
        ("ledger",),
        ("worklist",),
        ("worklist", "--unit", "window"),
        ("scorecard",),
        ("scorecard", "--explain", "desk"),
        ("settlement",),
        ("workload",),
        ("workload", "--staff"),
        ("ping-pong",),
        ("ping-pong", "--petitions"),
        ("recurring",),
    ],
    ids=" ".join,
)
def test_every_list_is_written_whole_to_files(
    here: Inside, answered: str, tmp_path: Path, words: tuple[str, ...]
) -> None:
    text, sheet = tmp_path / "list.csv", tmp_path / "list.xlsx"
    done = here(*words, "--csv", str(text), "--xlsx", str(sheet), "--json")
    assert done.code == 0, done
    assert done.row["files"] == [str(text), str(sheet)]
    with text.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.reader(file))
    page: Any = openpyxl.load_workbook(sheet).active
    assert page.max_row == len(rows) == done.row["total"] + 1
    assert [cell.value for cell in page[1]] == rows[0]
    assert page.freeze_panes == "A2"
    assert rows[0][0][0] > "一"
    if words == ("ledger",):
        assert answered in {row[0] for row in rows}
        assert done.row["total"] == here("ledger", "--limit", "1", "--json").row["total"]


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("scorecard", "--period", "2025-13"), "expected one as 2025-10-09, 2025-10"),
        (("scorecard", "--period", "2025", "--from", "2025-01-01"), "expected either a period or days"),
        (("workload", "--to", "2025-01-01"), "together with --from"),
        (("settlement", "--from", "someday"), "--from: expected a date, as 2026-03-01"),
        (("settlement", "--from", "2025-10-02", "--to", "2025-10-01"), "a last day on or after 2025-10-02"),
        (("ping-pong", "--as-of", "2999-01-01T00:00"), "--as-of: expected a time that has been"),
        (("scorecard", "--unit", "windw"), "no unit is called 'windw'"),
        (("scorecard", "--unit", "window", "--explain", "window"), "expected one of them"),
        (("recurring", "--days", "8"), "--days: expected one of 7, 30, 90; found 8"),
        (("ledger", "--csv", "/nowhere/at/all.csv"), "No such file"),
        (("submit", "路灯", "--section", "b-9"), "section: no section or building is called 'b-9'"),
    ],
    ids=lambda part: " ".join(part) if isinstance(part, tuple) else "",
)
def test_what_cannot_be_meant_is_said_in_a_sentence(here: Inside, words: tuple[str, ...], says: str) -> None:
    done = here(*words)
    assert done.code == 2
    assert says in done.err
    assert "Traceback" not in done.err
