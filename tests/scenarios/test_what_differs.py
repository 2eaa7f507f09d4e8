"""A scenario that is not so names file, line, scenario, what was expected and what is; one written badly is refused."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from office.rules.scenarios import check_file
from rulebook.problems import RulebookError
from tests.suqiu import SUQIU
from tests.towns import FROZEN, SHIPPED

STORY = """\
scenarios:
  - title: { zh: 路灯, en: A lamp }
    proposes: { category: public_service, tier: district }
    given:
      - { at: 2025-09-22 09:00, by: window-1, do: receive, text: （虚构）路灯坏了。 }
    when: { at: 2025-09-22 10:00, by: works-1, do: accept }
    then:
      status: accepted
      unit: district-works
      events: [petition.accepted: { unit: district-works }]
    due: { tier: 2025-09-25 17:30 }
"""
MAIN = FROZEN / "rulebook.yaml"


def suqiu(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """A command as an office types it: on the rulebook that is shipped, unless the environment names another."""
    ours = {name: value for name, value in os.environ.items() if not name.startswith("SUQIU_")} | environment
    return subprocess.run([SUQIU, *words], capture_output=True, text=True, check=False, env=ours)


def told(tmp_path: Path, old: str = "", new: str = "") -> list[str]:
    assert old in STORY
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace(old, new) if old else STORY, "utf-8")
    return [str(each).removeprefix(str(file)) for each in check_file(file, FROZEN).outcomes[0]]


def test_what_is_so_differs_in_nothing(tmp_path: Path) -> None:
    assert told(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("status: accepted", "status: closed", ":8: “路灯”: then.status: expected closed; found accepted"),
        ("unit: district-works\n", "unit: window\n", ":9: “路灯”: then.unit: expected window; found district-works"),
        ("25 17:30", "26 17:30", ":11: “路灯”: due.tier: expected 2025-09-26 17:30; found 2025-09-25 17:30"),
        ("{ unit: district-works }", "{ unit: w }", "unit: expected w; found district-works"),
        ("petition.accepted:", "petition.returned:", "expected ['petition.returned']; found ['petition.accepted']"),
        ("status: accepted", "refused: not-now", "then.refused: expected not-now; found nothing"),
        ("do: accept", "do: resume", ":6: “路灯”: when: expected an act that can be done; found not-now"),
        ("do: receive", "do: recieve", ":5: “路灯”: given[0]: expected an act that can be done; found unknown-act"),
        ("by: works-1", "by: nobody-1", "when.by: expected an act that can be done; found no staff member is called"),
        ("text:", "txet:", "given[0]: expected an act that can be done; found receive: text"),
        ("due: { tier:", "due: { review:", "due.review: expected 2025-09-25 17:30; found none"),
    ],
)
def test_each_difference_has_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    assert says in "\n".join(told(tmp_path, old, new))


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("status:", "stage:", ":8: scenarios[0].then.stage: extra inputs"),
        ("at: 2025-09-22 09:00", "at: monday", ":5: scenarios[0].given[0].at: expected a local time"),
        ("    when:", "    wenn:", "scenarios[0].when: expected field required; found nothing"),
        ("zh: 路灯, ", "", "title.zh: expected field required; found nothing"),
    ],
)
def test_a_file_written_wrongly_is_refused_with_its_line(tmp_path: Path, old: str, new: str, says: str) -> None:
    with pytest.raises(RulebookError) as refused:
        told(tmp_path, old, new)
    assert says.replace(": extra", ": expected extra") in str(refused.value)


def test_a_changed_figure_shows_before_it_is_put_in_force(tmp_path: Path) -> None:
    changed = shutil.copytree(FROZEN, tmp_path / "changed")
    main = changed / "rulebook.yaml"
    main.write_text(main.read_text("utf-8").replace("      days: 3\n", "      days: 4\n", 1), "utf-8")
    outcomes = check_file(FROZEN / "scenarios" / "categories.yaml", changed).outcomes
    said = [str(each) for outcome in outcomes for each in outcome]
    assert any(
        "法律援助中心三天内答复”: due.tier: expected 2025-09-25 17:30; found 2025-09-26 17:30" in each for each in said
    )


def test_the_command_ends_with_1_when_a_rule_is_otherwise(tmp_path: Path) -> None:
    file = tmp_path / "story.yaml"
    file.write_text(STORY.replace("25 17:30", "26 17:30"), "utf-8")
    ran = suqiu("rulebook", "scenarios", str(file), "--rulebook", str(FROZEN), "--json")
    answer = json.loads(ran.stdout)
    assert (ran.returncode, answer["ok"], answer["scenarios"], answer["failed"]) == (1, False, 1, 1)
    assert (answer["differences"][0]["line"], answer["differences"][0]["place"]) == (11, "due.tier")
    file.write_text(STORY, "utf-8")
    assert suqiu("rulebook", "scenarios", str(file), "--rulebook", str(FROZEN)).returncode == 0
    assert suqiu("rulebook", "scenarios", str(file)).returncode == 2, "no rulebook near it"


def test_what_comes_out_as_written_is_summed_up_and_listed_for_one_file_or_when_asked_for(tmp_path: Path) -> None:
    for name in ("one.yaml", "two.yaml"):
        (tmp_path / name).write_text(STORY, "utf-8")
    several = ("rulebook", "scenarios", str(tmp_path), "--rulebook", str(FROZEN))
    assert suqiu(*several).stdout.splitlines() == ["2 / 2"]
    assert suqiu(*several, "--verbose").stdout.splitlines() == ["✓ 路灯 A lamp", "✓ 路灯 A lamp", "2 / 2"]
    one = ("rulebook", "scenarios", str(tmp_path / "one.yaml"), "--rulebook", str(FROZEN))
    assert suqiu(*one).stdout.splitlines() == ["✓ 路灯 A lamp", "1 / 1"]
    (tmp_path / "two.yaml").write_text(STORY.replace("status: accepted", "status: closed"), "utf-8")
    assert suqiu(*several).stdout.splitlines() == ["✗ 路灯 A lamp", "1 / 2"]


def test_differences_stand_in_line_order(tmp_path: Path) -> None:
    swapped = STORY.replace(
        "status: accepted\n      unit: district-works\n", "unit: window\n      status: closed\n      category: legal\n"
    )
    file = tmp_path / "story.yaml"
    file.write_text(swapped, "utf-8")
    places = [(each.line, each.place) for each in check_file(file, FROZEN).outcomes[0]]
    assert places == [(8, "then.unit"), (9, "then.status"), (10, "then.category")]


def test_with_nothing_said_the_shipped_scenarios_are_played() -> None:
    answer = json.loads(suqiu("rulebook", "scenarios", "--json").stdout)
    assert answer["files"] == len(list((SHIPPED / "scenarios").glob("*.yaml")))


@pytest.mark.parametrize("named", [{"SUQIU_RULEBOOK": str(FROZEN)}, {"SUQIU_RULEBOOK": str(MAIN)}])
def test_without_a_path_the_scenarios_of_the_rulebook_in_use_are_played(named: dict[str, str]) -> None:
    ran = suqiu("rulebook", "scenarios", "--json", **named)
    assert ran.returncode == 0, ran.stderr
    answer = json.loads(ran.stdout)
    assert answer["files"] == len(list((FROZEN / "scenarios").glob("*.yaml")))
    assert answer["scenarios"] >= 80
