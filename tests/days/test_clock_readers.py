"""Nothing reads this machine's clock unseen: each place that does is named here, with what it needs it for."""

from pathlib import Path

import pytest

from tests.days.clock_readers import readers, reads_clock, reads_day
from tests.rooms import ROOMS

ROOT = Path(__file__).parents[2]
PROGRAM = {
    "cli/evidence/audit.py": "a witness signs when it saw a checkpoint: its own time, in a process without an office",
    "evidence/verifier/program.py": "how old a dossier is to whoever verifies it, by their own clock",
    "evidence/dossiers/verify.py": "the same, assembled",
    "eventstore/clock_guard.py": "the raw clock itself; all others get it from here or from the composition",
    "workers/keeping/bringing_back.py": "how far the office's clock is from this machine's, to set engine times by",
    "machine/embedded_temporal.py": "the name of a broken database that was set aside, as of when",
    "workers/metrics/exporting.py": "when the figures were read, as metrics count: by the machine that shows them",
    "workers/rhythm/errands.py": "how far the office's clock is from this machine's, to read engine times by",
    "workers/rhythm/reconciling.py": "how far the office's clock is from this machine's, to read engine times by",
    "workers/rhythm/schedules.py": "the engine takes no schedule that ended before its present",
    "workers/vitals/deployment.py": "since when the engine saw a worker, by its own time",
}
TESTS = {
    "tests/cli/test_acts.py": "a day two months ahead, which any day is",
    "tests/workflows/test_rhythm_by_itself.py": "the engine's schedules knock at a minute of its own clock",
}


def test_who_reads_the_clock_is_named_with_what_for() -> None:
    found = readers(ROOT, ROOMS, reads_clock)
    new = {file: lines for file, lines in found.items() if file not in PROGRAM}
    assert not new, (
        f"{new} read this machine's clock: take the composition's (`Office.now`, `office.clock.wall_clock`); what "
        "really needs it is named here, with what for"
    )
    assert not PROGRAM.keys() - found.keys(), "read it no longer"


def test_which_tests_live_on_the_day_it_is_is_named_with_what_for() -> None:
    found = readers(ROOT, ("tests",), reads_day)
    new = {file: lines for file, lines in found.items() if file not in TESTS}
    assert not new, (
        f"{new} take the day from this machine's clock: take a fixed day, or `tests.days.today`; what holds on any day "
        "is named here, with what for"
    )
    assert not TESTS.keys() - found.keys(), "live on it no longer"


@pytest.mark.parametrize(
    ("source", "lines", "of_days"),
    [
        ("from datetime import datetime\nNOW = datetime.now(UTC)\n", [2], [2]),
        ("import datetime as d\ndef f():\n    return d.datetime.now(), d.date.today()\n", [3, 3], [3]),
        ("import time\nstarted = time.monotonic()\n", [], []),
        ("import time\ndef f():\n    return [time.time]\n", [3], []),
        ("def f():\n    return workflow.now(), ours.now()\n", [], []),
        ("def f():\n    return datetime.now(UTC) - timedelta(hours=1)\n", [2], []),
        ("def f():\n    return (datetime.now(UTC) + timedelta(days=2)).date().isoformat()\n", [2], [2]),
        ("def f():\n    return f'{datetime.now(UTC):%Y-%m}'\n", [2], [2]),
        ("def f():\n    return f'{datetime.now(UTC)}'\n", [2], []),
        ("def f():\n    datetime.now(UTC)\n    return event.date\n", [2], []),
        ("def f():\n    return datetime.now(UTC).replace(microsecond=0)\n", [2], []),
        ("def f():\n    return datetime.now(UTC).replace(hour=9, microsecond=0)\n", [2], [2]),
    ],
)
def test_a_reader_is_found_however_it_reads(source: str, lines: list[int], of_days: list[int]) -> None:
    assert reads_clock(source) == lines
    assert reads_day(source) == of_days
