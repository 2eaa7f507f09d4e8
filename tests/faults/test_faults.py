"""Petitions live through faults: what was acknowledged stands, each deadline rings once and in its time."""

from pathlib import Path

import pytest

from tests.faults.checker import check, told
from tests.faults.figures import figures
from tests.faults.run import Run, Size

pytestmark = pytest.mark.engine


def whole(folder: Path, seed: int, size: Size) -> dict[str, object]:
    """A run nothing is found in; its figures. On a finding seed, faults, petition and events are told."""
    with Run(folder, seed, size) as run:
        evidence = run.live()
    findings = check(evidence)
    assert not findings, told(evidence, findings)
    return figures(evidence)


@pytest.mark.timeout(600)
def test_a_minute_of_faults(place: Path) -> None:
    """What comes most: parts and servers killed and stopped, links that are slow, lose or end."""
    found = whole(place, 8, Size(petitions=30, faults=4, kinds=("kill", "stop", "drop", "cut")))
    assert found["petitions"] == 30
    assert found["steps"] > 30, "each is classified, and deadlines come while something is broken"
    assert found["rung"] > 0


@pytest.mark.long
@pytest.mark.timeout(2_400)
def test_ten_minutes_of_faults(place: Path) -> None:
    found = whole(place, 9, Size(petitions=150, faults=30))
    assert found["petitions"] == 150
