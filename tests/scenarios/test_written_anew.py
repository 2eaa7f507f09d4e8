"""`suqiu rulebook scenarios --write`: after a change of the rules expected values follow, nothing else moves."""

import json
import shutil
from difflib import ndiff
from pathlib import Path

import pytest

from aggregates.scenarios import Correction, rewrite
from rulebook.document import read_document
from tests.scenarios.test_what_differs import suqiu
from tests.towns import FROZEN

TEXT = """\
scenarios:  # those of the lamp
  - title: { zh: 路灯, en: A lamp }
    then:
      status: accepted  # by the unit
      unit: "works"
      assisting: [a, b]
      events:
        - petition.accepted: { unit: works }
        # the engine did the rest
        - petition.closed
      happened: { petition.reminded: 2 }
    due: { tier: 2025-09-25 17:30, review: stopped }
"""


@pytest.fixture
def town(tmp_path: Path) -> Path:
    """Baiyang, whose district now has four working days."""
    shutil.copytree(FROZEN, tmp_path / "baiyang")
    main = tmp_path / "baiyang" / "rulebook.yaml"
    text = main.read_text("utf-8")
    old = "      days: 3\n      counting: calendar"
    assert old in text
    main.write_text(text.replace(old, "      days: 4\n      counting: working", 1), "utf-8")
    return tmp_path / "baiyang"


def test_values_change_where_they_stand_and_comments_stay() -> None:
    at = ("scenarios", 0)
    told = rewrite(
        TEXT,
        [
            Correction((*at, "then", "status"), "closed"),
            Correction((*at, "then", "unit"), "window"),
            Correction((*at, "then", "assisting"), ["c"]),
            Correction((*at, "then", "happened", "petition.reminded"), 0),
            Correction((*at, "due", "tier"), "2025-09-29 17:30 provisional"),
            Correction((*at, "due", "review"), "none"),
        ],
    )
    assert told == TEXT.replace("status: accepted ", "status: closed ").replace('"works"', '"window"').replace(
        "[a, b]", "[c]"
    ).replace("reminded: 2", "reminded: 0").replace("25 17:30", "29 17:30 provisional").replace("stopped", "none")


def test_a_list_over_several_lines_is_replaced_up_to_its_end() -> None:
    told = rewrite(TEXT, [Correction(("scenarios", 0, "then", "events"), ["petition.accepted", "petition.replied"])])
    assert "      events:\n        [petition.accepted, petition.replied]\n      happened: {" in told
    value, problems = read_document("x", told)
    assert problems == ()
    assert value["scenarios"][0]["then"]["events"] == ["petition.accepted", "petition.replied"]


@pytest.mark.parametrize(
    "value",
    ["a: b", "#1", "- x", "a, b", "", " x", "2025-09-25 17:30", "petition.accepted", "null", "3", 3, True, None],
)
def test_what_is_written_is_read_again(value: object) -> None:
    told = rewrite(TEXT, [Correction(("scenarios", 0, "then", "status"), value)])
    found, problems = read_document("x", told)
    assert problems == ()
    assert found["scenarios"][0]["then"]["status"] == value


def test_a_place_that_is_not_there_is_refused() -> None:
    with pytest.raises(LookupError, match="owed"):
        rewrite(TEXT, [Correction(("scenarios", 0, "then", "owed"), "close")])


def test_after_a_change_of_a_clock_every_scenario_that_can_follows(town: Path) -> None:
    before = {file: file.read_text("utf-8").splitlines() for file in (town / "scenarios").glob("*.yaml")}
    differs = json.loads(suqiu("rulebook", "scenarios", str(town), "--json").stdout)
    assert differs["failed"] > 10
    assert differs["written"] == {}
    written = suqiu("rulebook", "scenarios", str(town), "--write", "--json")
    answer = json.loads(written.stdout)
    assert sum(answer["written"].values()) >= len(differs["differences"]) - len(answer["differences"])
    assert all(each["place"].startswith(("when", "given", "then.refused")) for each in answer["differences"])
    assert answer["failed"] < differs["failed"] / 3
    assert written.returncode == (1 if answer["differences"] else 0)
    again = json.loads(suqiu("rulebook", "scenarios", str(town), "--write", "--json").stdout)
    assert (again["written"], again["differences"]) == ({}, answer["differences"])
    for file, lines in before.items():
        changed = [line for line in ndiff(lines, file.read_text("utf-8").splitlines()) if line.startswith("- ")]
        assert all(
            "title" not in line and " do: " not in line and not line[2:].lstrip().startswith("#") for line in changed
        )


def test_what_is_so_already_is_not_touched() -> None:
    file = FROZEN / "scenarios" / "days.yaml"
    before = (file.read_bytes(), file.stat().st_mtime_ns)
    assert suqiu("rulebook", "scenarios", str(file), "--write").returncode == 0
    assert (file.read_bytes(), file.stat().st_mtime_ns) == before
