"""A town in the present: no story is told, so that rows are held against the database's time as in production."""

from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest

from tests.faults.checker import check, told
from tests.faults.figures import figures
from tests.faults.nemesis import draw
from tests.faults.run import Run, Size

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.timeout(900)]

SEED = 57
SIZE = Size(petitions=24, faults=4, kinds=("clock",))


def test_beside_parts_with_wrong_clocks_nothing_is_recorded_ahead_and_nothing_is_lost(
    place: Callable[[], Path],
) -> None:
    faults = draw(SEED, SIZE.faults, SIZE.kinds)
    wrong = {name for fault in faults for name in fault.whom}
    assert {fault.amount > 0 for fault in faults} == {True, False}, "some are ahead, some behind"
    assert {name.partition("-")[0] for name in wrong} >= {"worker", "door"}
    with Run(place(), SEED, SIZE, present=True) as run:
        evidence = run.live()
        with psycopg.connect(run.cluster.dsn) as connection:
            assert connection.execute("SELECT count(*) FROM suqiu.stories").fetchone() == (0,), "no row is a story's"
    findings = check(evidence)
    assert not findings, told(evidence, findings)
    assert figures(evidence)["petitions"] == SIZE.petitions
    refused = {each.asked["door"] for each in evidence.operations if each.answer.get("error") == "ClockWrong"}
    for name in wrong - {"door-1"}:
        assert "clock.wrong" in (run.cluster.logs / f"{name}.log").read_text("utf-8"), name
    assert refused == wrong & {"door-1"}, "people at that door were asked to come again"
