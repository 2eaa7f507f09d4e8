"""`suqiu rulebook` and `suqiu classify`: they need no server."""

import json
import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import Inside

BOOK = Path(__file__).parents[2] / "rulebook" / "baiyang"


def test_a_sound_rulebook_is_summed_up(inside: Inside) -> None:
    assert inside("rulebook", "check").code == 0
    answer = inside("rulebook", "check", str(BOOK / "rulebook.yaml"), "--json")
    assert answer.code == 0
    assert answer.row["ok"] is True
    assert answer.row["tiers"] == ["community", "district", "beyond"]


def test_every_problem_of_a_rulebook_is_named_on_its_line(inside: Inside, tmp_path: Path) -> None:
    folder = tmp_path / "book"
    folder.mkdir()
    for file in BOOK.glob("*.yaml"):
        (folder / file.name).write_text(file.read_text("utf-8"), "utf-8")
    main = folder / "rulebook.yaml"
    told = main.read_text("utf-8")
    beyond = told[told.index("  - id: beyond\n") : told.index("\nleader:")]
    main.write_text(told.replace(beyond, ""), "utf-8")
    answer = inside("rulebook", "check", str(main))
    assert answer.code == 2
    assert answer.out == ""
    lines = answer.err.splitlines()
    number = 1 + next(
        n for n, line in enumerate(main.read_text("utf-8").splitlines()) if "beyond: coordination" in line
    )
    place = f"rulebook.yaml:{number}: categories[0].desks.beyond (administrative)"
    assert f"{place}: expected one of community, district; found 'beyond'" in lines
    assert all(": expected " in line and "; found " in line for line in lines)
    problems = inside("rulebook", "check", str(main), "--json").row["problems"]
    assert len(problems) == len(lines)
    assert set(problems[0]) == {"file", "line", "path", "id", "expected", "found"}
    assert all(problem["line"] for problem in problems)

    missing = inside("rulebook", "check", str(tmp_path / "no.yaml"), "--json")
    assert missing.code == 2
    assert "No such file" in missing.row["error"]


def test_a_warning_and_a_problem_name_file_line_and_matter(inside: Inside, tmp_path: Path) -> None:
    town = tmp_path / "town"
    shutil.copytree(BOOK, town)
    file = town / "matters.yaml"
    entry = """\
  - id: another-aid
    name: { zh: 又一种救助, en: Another aid }
    category: administrative
    tier: district
    desk: window
    wording: [临时救助]
"""
    text = file.read_text("utf-8").rstrip("\n") + "\n"
    number = len(text.splitlines()) + 1
    file.write_text(text + entry, "utf-8")
    refused = inside("rulebook", "check", str(town))
    assert refused.code == 2
    assert f"matters.yaml:{number + 4}: matters[" in refused.err
    assert (
        "].desk (another-aid): expected a unit of the matter's tier district; found 'window' of the tier" in refused.err
    )

    file.write_text(text + entry.replace("tier: district", "tier: community"), "utf-8")
    warned = inside("rulebook", "check", str(town))
    assert warned.code == 0
    assert f"⚠ matters.yaml:{number + 5}: matters[" in warned.err
    assert "].wording (another-aid): '临时救助' stands in the matter temporary-aid too" in warned.err


def test_a_file_that_is_no_yaml_is_named_by_its_own_name_and_line(inside: Inside, tmp_path: Path) -> None:
    odd = tmp_path / "town.yaml"
    odd.write_text("id: x\nname: {zh: a, en: b}\nfoo: [1\n", "utf-8")
    answer = inside("rulebook", "check", str(odd))
    assert answer.code == 2
    assert answer.err.startswith("town.yaml: line 4: expected YAML that can be read; found a mistake: ")


def test_an_unknown_unit_of_an_order_list_is_told_with_some_of_the_many(inside: Inside, tmp_path: Path) -> None:
    town = tmp_path / "town"
    town.mkdir()
    for file in BOOK.glob("*.yaml"):
        text = file.read_text("utf-8").replace("lent_by: team-culture", "lent_by: team-cultur")
        (town / file.name).write_text(text, "utf-8")
    answer = inside("rulebook", "check", str(town))
    assert answer.code == 2
    assert "expected one of team-culture, " in answer.err, "what it may have meant stands first"
    assert len(answer.err) < 400


def test_a_deadline_over_the_holiday_is_told_day_by_day(inside: Inside) -> None:
    asked = ("rulebook", "deadline", "--received", "2025-09-30T15:00", "--tier", "district")
    told = inside(*asked, "--json").row
    assert told["received_at"] == "2025-09-30T15:00:00+08:00"
    assert told["due_at"] == "2025-10-09T17:30:00+08:00"
    assert told["rule"] == "clock.district"
    assert told["provisional"] is False
    days = {day["date"]: (day["counted"], day["skipped"]) for day in told["days"]}
    assert len(days) == 10
    assert days["2025-09-30"] == (False, True)
    assert days["2025-10-03"] == (True, False)
    assert days["2025-10-08"] == (False, True)
    assert days["2025-10-09"] == (False, True)
    assert told["notes"] == ["--received: no offset given; read as Asia/Shanghai time"]
    day = inside("rulebook", "deadline", "--received", "2025-09-30", "--tier", "community", "--json").row
    assert "--received: no time given; read as 00:00" in day["notes"]
    shown = inside(*asked)
    assert "周四 Thu" in shown.out
    assert "2025-10-09 17:30" in shown.out
    assert {line.split()[3] for line in shown.out.splitlines() if line.strip().startswith("2025-")} == {"✓", "·"}
    assert "\x1b" not in shown.out


@pytest.mark.parametrize("received", ["2025/9/30 15:00", "2025年9月30日 下午3点", "２０２５．９．３０　１５：００"])
def test_a_time_is_taken_as_people_write_it(inside: Inside, received: str) -> None:
    told = inside("rulebook", "deadline", "--received", received, "--tier", "district", "--json").row
    assert told["received_at"] == "2025-09-30T15:00:00+08:00"
    assert told["notes"] == ["--received: no offset given; read as Asia/Shanghai time"]
    twice = inside("rulebook", "deadline", "--received", "05/06/2025 15:00", "--tier", "district", "--json")
    assert (twice.code, "found '05/06/2025 15:00'" in twice.row["error"]) == (2, True)


def test_another_zone_and_an_unknown_year_are_said_so(inside: Inside) -> None:
    told = inside("rulebook", "deadline", "--received", "2026-12-30T01:00+00:00", "--tier", "district", "--json").row
    assert told["received_at"] == "2026-12-30T09:00:00+08:00"
    assert told["provisional"] is True
    assert "in Asia/Shanghai" in told["notes"][0]
    assert "2026" in told["notes"][1]


@pytest.mark.parametrize(
    ("received", "tier", "said"),
    [
        ("2025-02-30T10:00", "district", "--received: expected a date and time"),
        ("someday", "district", "--received: expected a date and time"),
        ("2019-06-03T10:00", "district", "before 2025"),
        ("0001-01-01T00:00+14:00", "district", "--received: expected a date and time"),
        ("9999-12-31T23:00-12:00", "beyond", "--received: expected a date and time"),
        ("2025-06-03T10:00", "province", "expected one of community, district, beyond"),
    ],
)
def test_what_no_deadline_can_be_counted_from_is_refused(inside: Inside, received: str, tier: str, said: str) -> None:
    answer = inside("rulebook", "deadline", "--received", received, "--tier", tier, "--json")
    assert answer.code == 2
    assert said in answer.row["error"]
    assert "Traceback" not in answer.err


def test_classify_proposes_for_each_row_and_names_bad_ones(inside: Inside, tmp_path: Path) -> None:
    file = tmp_path / "rows.jsonl"
    file.write_text(
        '{"text": "公司拖欠我三个月工资不给，想申请法律援助"}\nno json\n{"text": "楼道灯坏了没人修，晚上很黑"}\n'
    )
    answer = inside("classify", "--from", str(file), "--json")
    assert answer.code == 2
    first, bad, third = answer.rows
    assert set(first) == {"line", "category", "tier", "matter", "confidence", "needs_human", "reasons"}
    assert first["category"] == "legal"
    assert first["needs_human"] is True
    assert bad == {"line": 2, "error": bad["error"]}
    assert third["category"] == "public_service"
    assert inside("classify", "--from", "-", "--json", given=json.dumps({"text": "楼道灯坏了"})).code == 0
    assert "合计" in inside("classify", "--from", str(file)).out
    assert "类别" in inside("classify", "楼道灯坏了").out
    assert inside("classify").code == 2
    assert not inside.data.exists()


def test_units_and_staff_are_listed_by_the_ids_that_commands_take(inside: Inside) -> None:
    units = {row["id"]: row for row in inside("rulebook", "units", "--json").row["rows"]}
    assert (units["window"]["door"], units["window"]["notes_for"]) == (True, ["community"])
    assert units["district-works"]["staff"] == ["works-1", "works-2"]
    assert set(units) > {row["id"] for row in inside("rulebook", "units", "--tier", "district", "--json").row["rows"]}
    assert "受理 the door" in inside("rulebook", "units").out

    leaders = inside("rulebook", "staff", "--role", "leader", "--json").row["rows"]
    assert {row["role"] for row in leaders} == {"leader"}
    lead = inside("rulebook", "staff", "样片长一", "--json").row["rows"][0]
    assert (lead["id"], lead["units"], lead["places"]) == ("lead-section-1", ["convenience-team"], ["section-1"])
    assert "样片长一" in inside("rulebook", "staff", "--unit", "convenience-team").out
    for wrong in (("units", "--tier", "moon"), ("staff", "nobody"), ("staff", "--unit", "moon")):
        refused = inside("rulebook", *wrong, "--json")
        assert refused.code == 2, refused
        assert "expected one of" in refused.row["error"]
