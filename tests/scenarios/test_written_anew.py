"""`suqiu rulebook scenarios --write`: after a change of the rules times follow, and no story becomes its opposite."""

import json
import shutil
from difflib import ndiff
from pathlib import Path
from typing import Any

import pytest

from aggregates.scenarios import Correction, rewrite
from office.rules.scenarios import check_file, write_file
from rulebook.document import read_document
from tests.scenarios.test_what_differs import STORY, suqiu
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
    accepted = {"petition.accepted": {"unit": "works", "number": 1}}
    told = rewrite(TEXT, [Correction(("scenarios", 0, "then", "events"), [accepted, "petition.replied"])])
    assert (
        "      events:\n        [petition.accepted: { unit: works, number: 1 }, petition.replied]\n      happened: {"
        in told
    )
    value, problems = read_document("x", told)
    assert problems == ()
    assert value["scenarios"][0]["then"]["events"] == [accepted, "petition.replied"]


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


def told_anew(town: Path, file: str, title: str) -> dict[str, Any]:
    """A story as it stands in the file now."""
    value, problems = read_document(file, (town / "scenarios" / file).read_text("utf-8"))
    assert problems == ()
    (story,) = [each for each in value["scenarios"] if each["title"]["en"].startswith(title)]
    return dict(story)


def test_only_times_follow_and_a_story_that_comes_out_otherwise_is_left_and_named(town: Path) -> None:
    titles = {
        "days.yaml": ("Missed deadlines rise tier by tier", "Two reminders before the deadline"),
        "residents.yaml": ("After it rose",),
    }
    before = {(file, title): told_anew(town, file, title) for file, those in titles.items() for title in those}
    ran = suqiu("rulebook", "scenarios", str(town), "--write")
    assert ran.returncode == 1
    for (file, title), story in before.items():
        assert told_anew(town, file, title) == story, "its title would no longer be true"
        assert f"“{story['title']['zh']}”" in ran.stderr
    line = 1 + (town / "scenarios" / "days.yaml").read_text("utf-8").splitlines().index("      with_leader: true")
    assert f"days.yaml:{line}: “到期逐级上升，直到领导督办”: then.with_leader: expected True; found False" in ran.stderr
    assert "3 件故事的结果变了，未改写" in ran.stderr
    assert told_anew(town, "days.yaml", "The clock does not wait")["due"] == {"tier": "2025-09-26 17:30"}
    assert "“签收不影响时限”: due.tier: 2025-09-25 17:30 → 2025-09-26 17:30" in ran.stdout

    again = suqiu("rulebook", "scenarios", str(town), "--write", "--json")
    assert (again.returncode, json.loads(again.stdout)["written"]) == (1, {})


def test_what_comes_out_otherwise_is_written_when_it_is_asked_for_and_events_keep_their_fields(town: Path) -> None:
    assert suqiu("rulebook", "scenarios", str(town), "--write-outcomes").returncode == 0
    assert told_anew(town, "days.yaml", "Missed deadlines rise")["then"]["with_leader"] is False
    reminded = {"petition.reminded": {"number": 1, "unit": "district-works"}}
    assert told_anew(town, "days.yaml", "Two reminders")["then"]["events"] == [reminded]


@pytest.mark.parametrize(
    ("old", "new", "writes"),
    [
        ("due: { tier: 2025-09-25 17:30 }", "due: { tier: 2025-09-24 17:30 }", True),
        ("due: { tier: 2025-09-25 17:30 }", "due: { tier: 2025-09-25 17:30 provisional }", False),
        ("due: { tier: 2025-09-25 17:30 }", "due: { tier: stopped }", False),
        ("at: 2025-09-22 10:00 }", "at: 2025-09-22 11:00 }", True),
        ("{ at: 2025-09-22 10:00 }", "{ unit: window }", False),
        ("status: accepted", "status: closed", False),
    ],
)
def test_a_time_is_written_and_nothing_else(tmp_path: Path, old: str, new: str, writes: bool) -> None:
    story = STORY.replace("{ unit: district-works }", "{ at: 2025-09-22 10:00 }")
    assert old in story
    file = tmp_path / "story.yaml"
    file.write_text(story.replace(old, new), "utf-8")
    checked, written = write_file(check_file(file, FROZEN))
    assert (written, file.read_text("utf-8") == story) == (1, True) if writes else (0, False)
    assert bool(checked.outcomes[0]) is not writes
    if not writes:
        assert file.read_text("utf-8") == story.replace(old, new)


def test_a_number_of_days_is_written(town: Path) -> None:
    file = town / "scenarios" / "waiting.yaml"
    text = file.read_text("utf-8")
    wrong = "approved: true, days: 2, clock: tier"
    file.write_text(text.replace("approved: true, days: 3, clock: tier", wrong), "utf-8")
    assert wrong in file.read_text("utf-8")
    assert suqiu("rulebook", "scenarios", str(file), "--write").returncode == 0
    assert "approved: true, days: 3, clock: tier" in file.read_text("utf-8")


def test_after_a_change_of_a_clock_every_scenario_that_can_follows(town: Path) -> None:
    before = {file: file.read_text("utf-8").splitlines() for file in (town / "scenarios").glob("*.yaml")}
    differs = json.loads(suqiu("rulebook", "scenarios", str(town), "--json").stdout)
    assert differs["failed"] > 10
    assert differs["written"] == {}
    written = suqiu("rulebook", "scenarios", str(town), "--write-outcomes", "--json")
    answer = json.loads(written.stdout)
    assert sum(answer["written"].values()) >= len(differs["differences"]) - len(answer["differences"])
    assert all(each["place"].startswith(("when", "given", "then.refused")) for each in answer["differences"])
    assert answer["failed"] < differs["failed"] / 3
    assert written.returncode == (1 if answer["differences"] else 0)
    again = json.loads(suqiu("rulebook", "scenarios", str(town), "--write-outcomes", "--json").stdout)
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
