"""Who begins first when several processes share the tests: the files that take longest, so that all end together.

xdist hands out whole files (`--dist loadfile`, `--no-loadscope-reorder`) in the order they were collected. A long one
begun last leaves the other process idle. `pace.txt` has the seconds of each long file; it is written anew by

    python -m pytest -n 3 --dist loadfile --no-loadscope-reorder -m "not long" --write-pace

A file it does not name counts as short; the order decides nothing but how long the whole takes.
"""

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

import pytest

PACE = Path(__file__).with_name("pace.txt")
WORTH_NAMING_SECONDS = 2.0
_took: dict[str, float] = defaultdict(float)


def pace(text: str) -> dict[str, float]:
    """Seconds by file, from the lines of `pace.txt`."""
    lines = (line.split() for line in text.splitlines())
    return {file: float(seconds) for seconds, file in lines}


def pace_text(took: Mapping[str, float]) -> str:
    """The same lines again, longest first."""
    long = sorted(((seconds, file) for file, seconds in took.items() if seconds >= WORTH_NAMING_SECONDS), reverse=True)
    return "".join(f"{seconds:.0f} {file}\n" for seconds, file in long)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--write-pace`."""
    parser.addoption("--write-pace", action="store_true", help="write tests/pace.txt from what this run took")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Only where processes share the tests: alone, the pure ones stay first."""
    if hasattr(config, "workerinput"):
        files = pace(PACE.read_text(encoding="utf-8"))
        items.sort(key=lambda item: -files.get(file_of(item.nodeid), 0.0))  # as collected, where they are as long


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Count what a file took, what it set up included."""
    _took[file_of(report.nodeid)] += report.duration


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Write what was counted, by the process that hands the tests out."""
    if session.config.getoption("--write-pace") and not hasattr(session.config, "workerinput"):
        PACE.write_text(pace_text(_took), encoding="utf-8")


def file_of(nodeid: str) -> str:
    """The file of a test."""
    return nodeid.split("::", 1)[0]
