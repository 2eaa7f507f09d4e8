"""Figures as clerks read them: reports with names, receipts and local times; long lists in pages."""

import json

import pytest

from tests.cli.conftest import Inside

pytestmark = pytest.mark.engine


@pytest.fixture(scope="module")
def lamps(here: Inside) -> list[str]:
    """Some petitions about the same thing in the same section."""
    receipts = [here.receipt(f"第{number}个路灯坏了，晚上走路很黑", "--section", "section-2") for number in range(4)]
    for receipt in receipts:
        here.until(receipt, "dispatched")
    return receipts


def test_a_report_reads_with_names_receipts_and_local_times(here: Inside, lamps: list[str]) -> None:
    day = here("petition", "show", lamps[0], "--json").row["timeline"][0]["at"][:10]
    reads = ("--by", "leader-1")
    made = here("report", "make", "digest", "--period", day, *reads, "--json").row
    page = here("report", "show", made["report"], *reads).out
    assert "城建环卫办" in page
    assert "受理编号 petition" in page
    # The first few of each unit are named: which ones depends on what other tests asked for.
    listed = {row[1] for table in made["tables"] for row in table["rows"] if len(row) == 4}
    known = {row["petition"]: row for row in here("ledger", *reads, "--json", "--limit", "1000").row["rows"]}
    assert listed
    for petition in listed:
        assert known[petition]["receipt"] in page
        due = known[petition]["due_at"]
        assert due is None or due[:16].replace("T", " ") in page
        assert petition not in page, "ids are for programs"

    card = here("report", "make", "scorecard", "--period", day[:7])
    assert "按时率" in card.out
    assert "受理派单台" in card.out
    assert "on_time_kept" not in card.out
    assert "不计入的 excluded：无 none" in card.out or "不计入的 excluded" in card.out


def test_a_period_that_has_not_begun_is_refused_in_local_time(here: Inside) -> None:
    refused = here("report", "make", "review", "--period", "2999")
    assert refused.code == 2
    assert "begins only after" in refused.err
    assert "+08:00" in refused.err


@pytest.mark.parametrize(
    "command", [("recurring",), ("scorecard", "--explain", "district-works"), ("scorecard", "--explain", "desk")]
)
def test_long_lists_come_in_pages_that_add_up(here: Inside, lamps: list[str], command: tuple[str, ...]) -> None:
    assert lamps
    whole = here(*command, "--limit", "1000", "--json").row
    assert whole["total"] == len(whole["rows"]) > 0
    assert whole["next"] is None
    rows, after, limit = [], (), whole["total"] // 3 + 1
    while True:
        page = here(*command, "--limit", str(limit), "--json", "--as-of", whole["as_of"], *after).row
        assert page["total"] == whole["total"]
        assert 0 < len(page["rows"]) <= limit
        rows += page["rows"]
        if page["next"] is None:
            break
        after = ("--after", page["next"])
    assert [json.dumps(row) for row in rows] == [json.dumps(row) for row in whole["rows"]]
    if whole["total"] > 1:
        assert "go on with --after" in here(*command, "--limit", "1").err
    assert here(*command, "--limit", "0").code == 2
    for cursor in ("nonsense", "WzEsMl0", "Wy0xXQ", "W3RydWVd"):
        wrong = here(*command, "--after", cursor)
        assert wrong.code == 2, cursor
        assert "expected one that a list gave out" in wrong.err


def test_the_workload_says_what_each_person_has_open(here: Inside, lamps: list[str]) -> None:
    assert lamps
    (row,) = [each for each in here("workload", "--json").row["rows"] if each["unit"] == "district-works"]
    assert row["staff"] == 2
    assert row["open_per_person"] == row["open"] / 2
    assert "人均在办" in here("workload").out
