"""A rulebook with something wrong is refused; every refusal names file, place and what belongs there."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rulebook.reading import Problem, RulebookError, includes_of, parse
from tests.rulebook.books import village, village_texts

RULES, DAYS, CATALOGUE = "rulebook.yaml", "days.yaml", "catalogue.yaml"
Edit = tuple[str, str, str]
FOUR = "one of administrative, public_service, legal, stability"


def refusals(*edits: Edit) -> tuple[Problem, ...]:
    """What is said of the village's book with some texts changed: (file, what stands there, instead)."""
    texts = village_texts()
    for file, old, new in edits:
        assert old in texts[file], f"{old!r} stands in {file}"
        texts[file] = texts[file].replace(old, new, 1)
    with pytest.raises(RulebookError) as refused:
        parse(RULES, texts)
    assert str(refused.value).splitlines() == [str(problem) for problem in refused.value.problems]
    return refused.value.problems


def test_a_sound_book_is_read() -> None:
    book = parse(RULES, village_texts())
    assert book == village()
    assert [tier.id for tier in book.tiers] == ["ward", "town"]


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        (
            (CATALOGUE, "tier: town\n    desk: head", "tier: county\n    desk: head"),
            "catalogue.yaml:5: matters[0].tier (allowance): expected one of ward, town; found 'county'",
        ),
        (
            (CATALOGUE, "desk: head", "desk: haed"),
            "catalogue.yaml:6: matters[0].desk (allowance): expected one of counter, team, head; found 'haed'",
        ),
        (
            (CATALOGUE, "desk: head", "desk: counter"),
            (
                "catalogue.yaml:6: matters[0].desk (allowance): expected a unit of the matter's tier town; "
                "found 'counter' of the tier ward"
            ),
        ),
        (
            (CATALOGUE, "category: administrative", "category: admin"),
            f"catalogue.yaml:4: matters[0].category (allowance): expected {FOUR}; found 'admin'",
        ),
        (
            (RULES, "{ ward: team, town: head }", "{ ward: team, town: major }"),
            (
                "rulebook.yaml:44: categories[1].desks.town (public_service): expected one of counter, team, head; "
                "found 'major'"
            ),
        ),
        (
            (RULES, "{ ward: team, town: head }", "{ ward: team }"),
            (
                "rulebook.yaml:44: categories[1].desks.town (public_service): expected a unit for the tier town; "
                "found nothing"
            ),
        ),
        (
            (RULES, "leader: { unit: head", "leader: { unit: mayor"),
            "rulebook.yaml:15: leader.unit: expected one of counter, team, head; found 'mayor'",
        ),
        (
            (CATALOGUE, "tier: ward, kind: window", "tier: district, kind: window"),
            "catalogue.yaml:23: units[0].tier (counter): expected one of ward, town; found 'district'",
        ),
        (
            (CATALOGUE, "staff: [wang]", "staff: [zhao]"),
            "catalogue.yaml:25: units[2].staff[0] (head): expected one of li, wang; found 'zhao'",
        ),
        (
            (CATALOGUE, "    lead: li\n", "    lead: zhao\n"),
            "catalogue.yaml:34: sections[0].lead (east): expected one of li, wang; found 'zhao'",
        ),
        (
            (CATALOGUE, "lead: li }]", "lead: zhao }]"),
            "catalogue.yaml:35: sections[0].buildings[0].lead (east-1): expected one of li, wang; found 'zhao'",
        ),
        (
            (CATALOGUE, "  legal: [{", "  law: [{"),
            f"catalogue.yaml:40: terms.law: expected {FOUR}; found 'law'",
        ),
        (
            (CATALOGUE, "{ id: wang, ", "{ id: li, "),
            "catalogue.yaml:29: staff[1].id: expected an id of its own (staff[0] has it); found 'li'",
        ),
        (
            (RULES, "at: [0.5]", "at: [0.8, 0.5]"),
            "rulebook.yaml:16: reminders.at[1]: expected fractions between 0 and 1, ascending; found 0.5",
        ),
        (
            (RULES, "at: [0.5]", "at: [1.0]"),
            "rulebook.yaml:16: reminders.at[0]: expected fractions between 0 and 1, ascending; found 1.0",
        ),
        (
            (RULES, 'same_day_cutoff: "16:00"', 'same_day_cutoff: "18:00"'),
            "rulebook.yaml:7: office_hours.same_day_cutoff: expected a time between 09:00 and 17:00; found 18:00",
        ),
        (
            (RULES, 'closes: "17:00"', 'closes: "08:00"'),
            "rulebook.yaml:7: office_hours.closes: expected a time after opening at 09:00; found 08:00",
        ),
        (
            (RULES, "kind: days, days: 2", "kind: days"),
            "rulebook.yaml:14: tiers[1].clock.days (town): expected a number of days; found nothing",
        ),
        (
            (RULES, "kind: same_day", "kind: same_day, days: 1"),
            "rulebook.yaml:11: tiers[0].clock.days (ward): expected no days with kind same_day; found 1",
        ),
        (
            (DAYS, "2026-10-10: 国庆节调休", "2026-10-12: 国庆节调休"),
            "days.yaml:4: calendar.make_up_days.2026-10-12: expected a Saturday or Sunday; found a Monday",
        ),
        (
            (DAYS, "2026-10-02: 国庆节", "2025-10-02: 国庆节"),
            "days.yaml:3: calendar.holidays.2025-10-02: expected a day of 2026; found 2025-10-02",
        ),
    ],
)
def test_what_contradicts_something_else_is_refused(edit: Edit, refusal: str) -> None:
    assert refusal in [str(problem) for problem in refusals(edit)]


@pytest.mark.parametrize(
    ("edit", "refusal"),
    [
        (
            (RULES, "days: 2", 'days: "2"'),
            "rulebook.yaml:14: tiers[1].clock.days (town): expected integer; found '2'",
        ),
        (
            (RULES, "days: 2", "days: 0"),
            "rulebook.yaml:14: tiers[1].clock.days (town): expected greater than 0; found 0",
        ),
        (
            (RULES, "kind: same_day", "kind: same-day"),
            "rulebook.yaml:11: tiers[0].clock.kind (ward): expected one of same_day, days; found 'same-day'",
        ),
        (
            (RULES, 'opens: "09:00"', 'opens: "09:00+08:00"'),
            "rulebook.yaml:7: office_hours.opens: expected a time of day, as 08:30; found '09:00+08:00'",
        ),
        (
            (RULES, 'opens: "09:00"', "opens: 9:00"),
            "rulebook.yaml:7: office_hours.opens: expected a time of day, as 08:30; found '9:00'",
        ),
        (
            (RULES, "effective_from: 2025-01-01", "effective_from: 2025-02-29"),
            "rulebook.yaml:3: effective_from: expected a day, as 2026-11-20; found '2025-02-29'",
        ),
        (
            (DAYS, "2026-10-01: 国庆节", '"1790812800": 国庆节'),
            "days.yaml:3: calendar.holidays.1790812800: expected a day, as 2026-11-20; found '1790812800'",
        ),
        (
            (RULES, "window_days: 1", "window_days: true"),
            "rulebook.yaml:17: returns.window_days: expected integer; found True",
        ),
        (
            (RULES, "window_days: 1, ", ""),
            "rulebook.yaml:17: returns.window_days: expected a value; found nothing",
        ),
        (
            (RULES, "source: test, verified: 2026-11-20 }\ntriage", "verified: 2026-11-20 }\ntriage"),
            "rulebook.yaml:17: returns.source: expected a value; found nothing",
        ),
        (
            (RULES, "window_days: 1", "window_days: 1, window_hours: 8"),
            "rulebook.yaml:17: returns.window_hours: expected no field of this name; found 'window_hours'",
        ),
        (
            (RULES, "time_zone: Asia/Shanghai", "time_zone: Asia/Haizhou"),
            "rulebook.yaml:4: time_zone: expected a time zone, as Asia/Shanghai; found 'Asia/Haizhou'",
        ),
        (
            (CATALOGUE, "role: clerk", "role: boss"),
            "catalogue.yaml:28: staff[0].role (li): expected one of clerk, officer, leader, supervisor; found 'boss'",
        ),
        (
            (CATALOGUE, "id: counter,", "id: the counter,"),
            "catalogue.yaml:23: units[0].id: expected letters, digits and . _ - only; found 'the counter'",
        ),
    ],
)
def test_a_value_of_the_wrong_kind_is_refused(edit: Edit, refusal: str) -> None:
    assert refusal in [str(problem) for problem in refusals(edit)]


def test_a_time_is_read_with_and_without_quotes_and_never_as_a_number() -> None:
    """In YAML 1.1 an unquoted 16:00 is the number 960."""
    texts = village_texts()
    texts[RULES] = texts[RULES].replace('"16:00"', "16:00").replace('"09:00"', "09:00")
    assert parse(RULES, texts) == village()


def test_a_number_where_a_time_belongs_is_refused() -> None:
    (problem,) = refusals((RULES, '"16:00"', "960"))
    assert (problem.file, problem.path, problem.found) == (RULES, "office_hours.same_day_cutoff", "960")


def test_no_is_a_word_and_not_false() -> None:
    texts = village_texts()
    texts[CATALOGUE] = texts[CATALOGUE].replace("en: lamp", "en: no")
    assert parse(RULES, texts).matter("lamp").name.en == "no"


def test_removing_a_tier_names_every_matter_unit_and_desk_that_refers_to_it() -> None:
    tier = village_texts()[RULES].split("  - id: town")[1].split("leader:")[0]
    problems = refusals((RULES, "  - id: town" + tier, ""))
    assert {(problem.file, problem.path, problem.expected) for problem in problems} == {
        (CATALOGUE, "matters[0].tier", "one of ward"),
        (CATALOGUE, "units[2].tier", "one of ward"),
        *((RULES, f"categories[{n}].desks.town", "one of ward") for n in range(4)),
    }
    assert {problem.found for problem in problems} == {"'town'"}


def test_no_tier_at_all_is_refused() -> None:
    tiers = village_texts()[RULES].split("tiers:")[1].split("leader:")[0]
    problem, *_ = refusals((RULES, tiers, " []\n"))
    assert (problem.file, problem.path) == (RULES, "tiers")


def test_the_four_categories_are_the_law_of_the_house() -> None:
    first, *_ = refusals((RULES, "id: stability", "id: unrest"))
    assert (first.file, first.path, first.expected) == (RULES, "categories", "the category stability")
    assert first.found == "administrative, public_service, legal, unrest"


def test_several_wrong_values_in_several_files_are_told_at_once() -> None:
    problems = refusals(
        (RULES, "days: 2", "days: two"),
        (CATALOGUE, "weight: 4.0", "weight: heavy"),
        (DAYS, "2026\n", "now\n"),
    )
    assert {(problem.file, problem.path) for problem in problems} == {
        (RULES, "tiers[1].clock.days"),
        (CATALOGUE, "terms.stability[0].weight"),
        (DAYS, "calendar.year"),
    }


def test_a_key_written_twice_is_refused_with_both_lines() -> None:
    (problem,) = refusals((RULES, "id: village\n", "id: village\nid: hamlet\n"))
    assert str(problem) == "rulebook.yaml: id (line 2): expected each key once (first on line 1); found 'id' again"


def test_keys_written_twice_in_two_files_are_told_at_once() -> None:
    problems = refusals(
        (RULES, "id: village\n", "id: village\nid: hamlet\n"),
        (DAYS, "  year: 2026\n", "  year: 2026\n  year: 2027\n"),
    )
    assert [problem.file for problem in problems] == [RULES, DAYS]


def test_broken_yaml_is_refused_with_its_line() -> None:
    (problem,) = refusals((CATALOGUE, "papers: [身份证]", "papers: [身份证"))
    assert (problem.file, problem.expected) == (CATALOGUE, "YAML that can be read")
    assert problem.path.startswith("line ")
    assert problem.found


@pytest.mark.parametrize(
    ("text", "expected", "found"),
    [
        (
            "matters: !!python/object:os.system x",
            "a value without a tag",
            "tag:yaml.org,2002:python/object:os.system",
        ),
        ("matters: [&a [1], *a]", "the value written out", "a YAML alias"),
        ("matters: {[1]: 2}", "a word as the key", "a list, a mapping or an alias"),
        ("- matters", "parts, as `units:`", "['matters']"),
        ("", "parts, as `units:`", "nothing"),
        ("maters: []", None, "'maters'"),
        ("units: []\nid: other", "each part in one file (rulebook.yaml has it)", "'id' again"),
        ("includes: [more.yaml]", None, "'includes'"),
        ("units: \ud800", "YAML that can be read", None),
        ("\x00", "YAML that can be read", None),
        ("[" * 100_000, None, None),
        ("units: []\n---\nb: 2", "one document in a file", "another one"),
    ],
)
def test_a_file_that_is_no_part_of_a_rulebook_is_refused(text: str, expected: str | None, found: str | None) -> None:
    with pytest.raises(RulebookError) as refused:
        parse(RULES, {**village_texts(), CATALOGUE: text})
    problem = refused.value.problems[0]
    assert problem.file == CATALOGUE
    assert expected in (None, problem.expected)
    assert found in (None, problem.found)


def test_a_file_that_was_not_read_is_named() -> None:
    texts = village_texts()
    del texts[DAYS]
    with pytest.raises(RulebookError) as refused:
        parse(RULES, texts)
    assert str(refused.value) == "rulebook.yaml: includes[0]: expected a file that is there; found 'days.yaml'"


def test_a_book_without_a_calendar_says_so() -> None:
    (problem,) = refusals((RULES, "days.yaml, ", ""))
    assert str(problem) == "rulebook.yaml:5: includes: expected a file with a calendar; found none"


def test_a_year_may_not_be_left_out() -> None:
    texts = village_texts()
    texts["later.yaml"] = "calendar: {year: 2028, holidays: {}, make_up_days: {}, source: t, verified: 2026-11-20}"
    texts[RULES] = texts[RULES].replace("[days.yaml,", "[days.yaml, later.yaml,")
    with pytest.raises(RulebookError, match=r"later.yaml:1: calendar.year: expected the year after 2026"):
        parse(RULES, texts)


def test_a_missing_main_file_is_named() -> None:
    with pytest.raises(RulebookError, match=r"other.yaml: the file: expected the main file's text; found nothing"):
        parse("other.yaml", village_texts())


def test_the_includes_are_told_to_the_caller_who_reads_the_files() -> None:
    assert includes_of("includes: [a.yaml, b.yaml]\nid: x") == ("a.yaml", "b.yaml")
    assert includes_of("id: x") == ()


@pytest.mark.parametrize("name", ["../secret.yaml", "/etc/passwd", "a\\b.yaml", "3", "''", ".hidden", "a.yaml, a.yaml"])
def test_an_include_stays_in_its_folder(name: str) -> None:
    with pytest.raises(RulebookError, match=r"rulebook.yaml: includes\[\d\]: expected"):
        includes_of(f"includes: [{name}]")


@settings(deadline=None)
@given(
    file=st.sampled_from([RULES, DAYS, CATALOGUE]),
    text=st.text(alphabet="id: {}[]-'\"\n&*!|>%@ 年a1.,#?", max_size=60),
)
def test_whatever_is_in_a_file_it_is_read_or_refused_by_name(file: str, text: str) -> None:
    try:
        parse(RULES, {**village_texts(), file: text})
    except RulebookError as refused:
        files = {problem.file for problem in refused.problems}
    else:
        files = {file}
    assert files
    assert files <= {RULES, DAYS, CATALOGUE}
