"""Schedules, reports and the reconciler as typed, beside a running `suqiu up`."""

import csv
import json
import time
from functools import cache
from pathlib import Path

import pytest

from tests.cli.conftest import Inside
from tests.days.today import day_with_time_left

pytestmark = pytest.mark.engine


@cache
def month() -> str:
    """The month the petitions below are brought in."""
    return day_with_time_left().isoformat()[:7]


def test_up_has_applied_the_rhythm_and_applying_it_again_changes_nothing(here: Inside) -> None:
    year = day_with_time_left().year
    listed = here("schedules", "--json")
    assert listed.code == 0, listed
    assert {row["beat"] for row in listed.row["rows"]} >= {"daily-digest", "reconcile", "yearly-review"}
    page = here("schedules").out
    assert all(row["id"] in page for row in listed.row["rows"]), "whole, to be copied"
    due = {row["beat"]: row["due"] for row in listed.row["rows"]}
    assert due["reconcile"] is None
    assert due["yearly-review"]["period"] in (str(year - 1), str(year))
    assert due["yearly-review"]["day"] in page, "a yearly review is not said to come tomorrow"
    again = here("schedules", "apply", "--json")
    assert again.code == 0, again
    assert (again.row["created"], again.row["updated"], again.row["deleted"]) == ([], [], [])
    assert len(again.row["unchanged"]) == listed.row["total"]
    wrong = here("schedules", "drop")
    assert wrong.code == 2
    assert "apply" in wrong.err


def test_a_report_is_made_listed_shown_and_counted_again(here: Inside, tmp_path: Path) -> None:
    here.until(here.receipt("小区门口路灯不亮了，晚上很危险，请维修路灯"), "dispatched", "proposed")
    made = here("report", "make", "situation", "--period", month(), "--json")
    assert made.code == 0, made
    name = made.row["report"]
    assert name.startswith(f"situation-{month()}.")
    assert sum(row[1] for row in made.row["tables"][0]["rows"]) >= 1
    here.until(here.receipt("楼道里堆满了杂物，请清理楼道"), "dispatched", "proposed")

    deadline = time.monotonic() + 60
    while name not in here("report", "list", "--kind", "situation").out:
        assert time.monotonic() < deadline
    file = tmp_path / "figures.csv"
    shown = here("report", "show", name, "--csv", str(file), "--json")
    assert shown.row["tables"] == made.row["tables"]
    assert file.read_bytes().startswith(b"\xef\xbb\xbf")
    with file.open(encoding="utf-8-sig", newline="") as lines:
        assert next(csv.reader(lines)) == ["table", *made.row["tables"][0]["columns"]]
    verified = here("report", "verify", name, "--json")
    assert verified.code == 0, verified
    assert verified.row["outcome"] == "same"
    assert verified.row["counted"] == made.row["sha256"]
    again = here("report", "make", "situation", "--period", month(), "--json")
    assert again.row["sha256"] != made.row["sha256"]
    assert here("petition", "show", "--help").code == 0


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("make", "ranking", "--period", "2025-10"), "expected one of digest"),
        (("make", "review", "--period", "soon"), "expected one as"),
        (("make", "review", "--period", "2900"), "begins only after"),
        (("make", "digest", "--period", "2025-10"), "one day"),
        (("make", "review", "--period", "2025-10", "--as-of", "2900-01-01T00:00+08:00"), "time that has been"),
        (("show", "review-1999.1"), "no 'review-1999.1' is on record"),
        (("verify", "nothing"), "no 'nothing' is on record"),
        (("list", "--kind", "ranking"), "expected one of digest"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_a_sentence(here: Inside, arguments: tuple[str, ...], says: str) -> None:
    refused = here("report", *arguments, "--json")
    assert refused.code == 2, refused
    assert says in refused.row["error"]


def test_the_reconciler_says_that_all_is_as_the_log_says(here: Inside) -> None:
    here.until(here.receipt("自来水发黄已经一周了，请检查水管"), "dispatched", "proposed")
    looked = here("workflows", "reconcile", "--dry-run", "--json")
    assert looked.code == 0, looked
    assert looked.row["total"] == 0
    assert looked.row["open"] >= 1
    repaired = here("workflows", "reconcile")
    assert repaired.code == 0, repaired
    assert "as the log says" in repaired.out
    assert json.loads(here("workflows", "reconcile", "--json").out)["rows"] == []
