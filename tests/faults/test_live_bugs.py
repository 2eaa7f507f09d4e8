"""Bugs seeded into running processes: the town lives on with them, and the checker finds each by its rule.

Several in one town, each in a part of its own and found by a rule of its own; a town without any shows none of them.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.checker import check, told
from tests.faults.figures import figures
from tests.faults.run import Run, Size

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.timeout(900)]

SIZE = Size(petitions=24, faults=0, acts=5, rounds=3)
BUSY = SIZE._replace(petitions=60, acts=8)
"""For a bug that shows only where something is owed at the very end: acts enough that it surely is."""
WORKERS = ("worker-1", "worker-2")

TOWNS: dict[str, tuple[dict[str, str], dict[str, str]]] = {
    "readers that pass over": (
        {"messenger-1": "place-before-page", "project-1": "skipped-page", **dict.fromkeys(WORKERS, "other-workflow")},
        {
            "place-before-page": "message-lost",
            "skipped-page": "view-differs",
            "other-workflow": "history-differs",
        },
    ),
    "acts done twice or not at all": (
        {
            "door-1": "command-id-forgotten",
            "door-2": "acknowledged-before-it-is-written,key-kept",
            "messenger-1": "message-twice",
        },
        {
            "command-id-forgotten": "nobody-asked",
            "acknowledged-before-it-is-written": "acknowledged-lost",
            "message-twice": "message-double",
        },
    ),
    "a log written twice": (
        dict.fromkeys(("door-1", "door-2"), "double-append,key-kept"),
        {"double-append": "command-double", "key-kept": "erased-readable"},
    ),
    "nobody is woken": (
        {"relay-1": "dropped-wake", **dict.fromkeys(WORKERS, "nobody-repairs")},
        {"dropped-wake": "deadline-missed", "nobody-repairs": "engine-differs"},
    ),
    "waits that are too long": (
        dict.fromkeys(WORKERS, "waits-too-long,nobody-repairs"),
        {"waits-too-long": "engine-differs"},
    ),
    "a clock nobody compares": (
        dict.fromkeys(WORKERS, "clock-ahead"),
        {"clock-ahead": "recorded-ahead"},
    ),
}


def test_a_town_without_any_bug_shows_none(place: Callable[[], Path]) -> None:
    with Run(place(), 5, SIZE) as run:
        evidence = run.live()
    findings = check(evidence)
    assert not findings, told(evidence, findings)
    assert figures(evidence)["petitions"] == SIZE.petitions


@pytest.mark.parametrize("town", TOWNS)
def test_a_bug_in_a_running_process_is_found_by_its_rule(place: Callable[[], Path], town: str) -> None:
    bugs, expected = TOWNS[town]
    size = BUSY if "deadline-missed" in expected.values() else SIZE
    with Run(place(), 5, size, bugs=bugs, patience=20.0) as run:
        evidence = run.live()
    findings = check(evidence)
    rules = {finding.rule for finding in findings}
    missed = {bug: rule for bug, rule in expected.items() if rule not in rules}
    assert not missed, told(evidence, findings)
