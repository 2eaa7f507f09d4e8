"""Ten minutes of every kind of fault."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.checker import check, told
from tests.faults.figures import figures
from tests.faults.run import Run, Size

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.timeout(2_400)]


def test_ten_minutes_of_faults(place: Callable[[], Path]) -> None:
    with Run(place(), 9, Size(petitions=150, faults=30)) as run:
        evidence = run.live()
    findings = check(evidence)
    assert not findings, told(evidence, findings)
    assert figures(evidence)["petitions"] == 150
