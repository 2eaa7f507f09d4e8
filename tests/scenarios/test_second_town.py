"""The second town on the real program: up, handed in, triaged, brought to its centre, answered, settled."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from office.rules.rulebooks import read_rulebook
from tests.suqiu import Suqiu

pytestmark = [pytest.mark.engine, pytest.mark.timeout(240)]

LINHE = Path(__file__).parents[2] / "rulebook" / "linhe"


def wait_for(town: Suqiu, receipt: str, status: str) -> Any:
    until = time.monotonic() + 30
    while (shown := town.json("petition", "show", receipt))["status"] != status:
        assert time.monotonic() < until, f"{shown['status']}, not {status}"
    return shown


@pytest.fixture(scope="module")
def linhe(short_folder: Path) -> Iterator[Suqiu]:
    town = Suqiu(short_folder / "linhe")
    town.environment["SUQIU_RULEBOOK"] = str(LINHE)
    town.up()
    yield town
    town.end()


def test_a_whole_life_under_another_towns_rules(linhe: Suqiu) -> None:
    assert linhe.json("rulebook", "check")["id"] == "linhe"
    (handed_in,) = linhe.rows("submit", "地界：西岸邻居占了我的地，田埂也挪了，还有欠条（虚构）")
    receipt = handed_in["receipt"]
    wait_for(linhe, receipt, "proposed")
    linhe.run("petition", "triage", receipt, "--by", "duty-1")
    shown = wait_for(linhe, receipt, "dispatched")
    assert (shown["category"], shown["tier"], shown["unit"]) == ("legal", "village", "village-elders")
    linhe.run("petition", "hand-over", receipt, "--unit", "township-law-point", "--by", "elder-1")
    linhe.run("petition", "confirm-hand-over", receipt, "--by", "law-1")
    said = ("--outcome", "resolved", "--text", "双方认了田埂（虚构）", "--grounds", "承包合同")
    linhe.run("petition", "reply", receipt, "--by", "elder-1", *said)
    linhe.run("petition", "confirm", receipt, "--by", "duty-1", "--satisfied", "yes")
    wait_for(linhe, receipt, "closed")
    settled = linhe.json("petition", "show", receipt)
    assert settled["hand_over"] == {"unit": "township-law-point", "confirmed": True}
    assert settled["community"] == read_rulebook(LINHE).id
    assert linhe.json("ledger", "--status", "closed")["rows"][0]["receipt"] == receipt
    assert linhe.down() == 0
