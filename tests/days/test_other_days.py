"""What lives on this machine's own clock runs on each day of a week and on the days that were ever any trouble."""

import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from tests.days.other_days import ELSEWHEN, SPECIAL, WEEK, Day, NoFaketime, living_on
from tests.rulebook.books import baiyang

ROOT = Path(__file__).parents[2]
ACTS = (
    "tests/cli/test_acts.py::test_waiting_for_the_resident_stops_the_clock_and_the_answer_starts_it",
    "tests/cli/test_acts.py::test_more_time_is_asked_for_by_one_and_approved_by_another_once",
    "tests/cli/test_acts.py::test_what_cannot_be_done_now_is_parked_by_approval_and_looked_at_again",
    "tests/cli/test_acts.py::test_its_kind_is_corrected_and_its_clocks_with_it",
)
"""What is counted in days from now, on every day."""
EXAMPLES = ("extend", "decide-extension", "pause", "resume", "park", "decide-parking", "unpark", "close", "recompute")
MORE = (
    *ACTS,
    *(f"tests/cli/test_examples.py::test_the_example_works_as_it_is_printed[{name}]" for name in EXAMPLES),
    "tests/cli/test_life.py",
    "tests/cli/test_orders.py",
    "tests/cli/test_reports.py",
    "tests/cli/test_rhythm.py",
    "tests/cli/test_adopt.py",
)
"""What the commands do in a town that lives now, on the days that were trouble."""
NOT_THERE = (
    "tests/cli/test_rhythm.py::test_the_reconciler_says_that_all_is_as_the_log_says",
    "tests/cli/test_life.py::test_workflows_are_brought_back_and_the_doctor_finds_all_well",
)
"""They hold the engine's clock, which stays in the present, against the office's: here it must be found to differ."""
A_RUN_SECONDS = 900


def off(day: Day) -> list[bool]:
    """Whether the day, and each of the next seven, is a day off."""
    days = baiyang().days()
    return [not days.day(day.begins.date() + timedelta(days=later)).working for later in range(8)]


def test_the_days_are_what_they_are_said_to_be() -> None:
    assert [day.begins.isoweekday() for day in WEEK] == [1, 2, 3, 4, 5, 6, 7]
    assert [off(day)[0] for day in WEEK] == [False] * 5 + [True] * 2
    eve, holiday, make_up, last, unknown = SPECIAL
    assert off(eve) == [False] + [True] * 7
    assert off(holiday)[:5] == [True] * 5
    assert (make_up.begins.isoweekday(), off(make_up)[0]) == (6, False)
    known = baiyang().calendar.known_years[-1]
    assert (last.begins + timedelta(minutes=2)).year == known + 1
    assert baiyang().days().day(unknown.begins.date()).provisional


def test_where_libfaketime_is_not_it_says_what_to_install(tmp_path: Path) -> None:
    with pytest.raises(NoFaketime, match="apt install libfaketime"):
        living_on(WEEK[0], {"LIBFAKETIME": str(tmp_path / "none.so")})
    there = tmp_path / "libfaketime.so.1"
    there.touch()
    around = living_on(SPECIAL[0], {"LIBFAKETIME": str(there), "PYTHONPATH": "elsewhere"})
    assert around["PYTHONPATH"].split(os.pathsep) == [str(ELSEWHEN), "elsewhere"]
    assert around["LD_PRELOAD"] == str(there)


@pytest.mark.long
@pytest.mark.timeout(120)
def test_a_process_and_its_children_live_on_that_day() -> None:
    told = "import subprocess, time; time.sleep(0.1); print(time.time()); subprocess.run(['date', '+%s.0'])"
    ran = run(SPECIAL[1], "-c", told)
    assert ran.returncode == 0, ran.stderr
    moments = [float(line) for line in ran.stdout.split()]
    assert len(moments) == 2
    assert all(0 <= moment - SPECIAL[1].begins.timestamp() + 1 < 60 for moment in moments)


@pytest.mark.long
@pytest.mark.timeout(A_RUN_SECONDS + 60)
@pytest.mark.parametrize("day", WEEK + SPECIAL, ids=str)
def test_the_commands_hold_on(day: Day) -> None:
    tests = MORE if day in SPECIAL else ACTS
    left_out = [option for name in NOT_THERE for option in ("--deselect", name)]
    ran = run(day, "-m", "pytest", "-rA", "-m", "not long", *left_out, *tests)
    failed = [line for line in ran.stdout.splitlines() if line.startswith(("FAILED", "ERROR"))]
    assert ran.returncode == 0, "\n".join([f"{day}, {day.why}:", *failed, ran.stdout[-8000:], ran.stderr[-2000:]])


def run(day: Day, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Python on that day, to its end; one that does not end is killed, and what it said until then is told."""
    command = [sys.executable, *arguments]
    try:
        return subprocess.run(
            command,
            cwd=ROOT,
            env=living_on(day, os.environ),
            capture_output=True,
            text=True,
            timeout=A_RUN_SECONDS,
            check=False,
        )
    except subprocess.TimeoutExpired as late:
        said, errors = (bytes(each or b"").decode(errors="replace") for each in (late.stdout, late.stderr))
        return subprocess.CompletedProcess(command, -9, said, f"not done within {A_RUN_SECONDS} s\n{errors}")
