"""Ten minutes of every kind of fault."""

import warnings
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.faults.checker import check, told
from tests.faults.figures import figures
from tests.faults.nemesis import KINDS
from tests.faults.run import Run, Size

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.timeout(2_400)]


def test_ten_minutes_of_faults(place: Callable[[], Path]) -> None:
    with Run(place(), 9, Size(petitions=150, faults=30)) as run:
        evidence = run.live()
    findings = check(evidence)
    assert not findings, told(evidence, findings)
    assert figures(evidence)["petitions"] == 150
    kinds = {entry.op: entry.detail["kind"] for entry in evidence.entries if entry.said == "fault"}
    ended = [(kinds[entry.op], entry.detail) for entry in evidence.entries if entry.said == "ended"]
    assert {kind for kind, _ in ended} == set(KINDS), "every kind of fault was there"
    skipped = {kind: detail["skipped"] for kind, detail in ended if "skipped" in detail}
    assert skipped == ({} if run.cluster.fills else {"disk": "this user may not mount a disk"})
    for kind, why in skipped.items():
        warnings.warn(f"not every kind of fault was there: {kind}, as {why}", pytest.PytestWarning, stacklevel=1)
    assert all(detail["brought_back"] for kind, detail in ended if kind == "engine-restored"), "the reconciler ended"
