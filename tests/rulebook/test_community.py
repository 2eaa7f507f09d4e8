"""How many people live in the community, how many hands that asks for, and which section a place lies in."""

from datetime import date

import pytest

from rulebook.community import Community
from rulebook.problems import RulebookError, UnknownName
from rulebook.reading import parse
from tests.rulebook.books import BAIYANG, baiyang, texts, village


def test_baiyang_counts_its_residents_and_says_where_the_count_is_from() -> None:
    community = baiyang().community
    assert community is not None
    assert (community.residents_on(date(2025, 10, 9)), community.norm_on(date(2025, 10, 9))) == (17291, 1000)
    assert all(entry.source and entry.verified for entry in (*community.residents, *community.residents_per_staff))


def test_a_count_holds_from_its_day_until_the_next_and_the_past_stays() -> None:
    said = {"source": "a census", "verified": "2026-11-20"}
    community = Community.model_validate(
        {
            "residents": [
                {"since": "2025-01-01", "count": 16000, **said},
                {"since": "2026-01-01", "count": 17000, **said},
            ],
            "residents_per_staff": [{"since": "2025-01-01", "count": 1000, **said}],
        }
    )
    days = (date(2024, 12, 31), date(2025, 12, 31), date(2026, 1, 1), date(2030, 1, 1))
    assert [community.residents_on(day) for day in days] == [16000, 16000, 17000, 17000]


def test_counts_out_of_order_are_named() -> None:
    files = texts(BAIYANG)
    line = "    - since: 2025-01-01\n      count: 17291\n"
    again = "    - since: 2025-01-01\n      count: 9\n      source: x\n      verified: 2026-11-20\n"
    with pytest.raises(RulebookError, match=r"community.yaml:5: community.residents: expected counts by `since`"):
        parse("rulebook.yaml", files | {"community.yaml": files["community.yaml"].replace(line, again + line)})


def test_what_is_recurring_is_a_figure_with_a_source() -> None:
    recurring = baiyang().recurring
    assert recurring is not None
    assert [window.days for window in recurring.windows] == [7, 30, 90]
    assert recurring.source
    assert village().recurring is None


def test_a_building_lies_in_its_section() -> None:
    book = baiyang()
    assert book.section_of("section-2").id == "section-2"
    assert book.section_of("b-201").id == "section-2"
    with pytest.raises(UnknownName, match="no section or building is called 'b-999'"):
        book.section_of("b-999")


def test_an_entrance_lies_in_its_section_and_has_a_lead() -> None:
    book = baiyang()
    assert book.section_of("b-201-2").id == "section-2"
    entrances = [each for section in book.sections for building in section.buildings for each in building.entrances]
    assert len(entrances) == 120
    assert {each.lead for each in entrances} <= book.grid_leads <= {person.id for person in book.staff}


def test_two_entrances_of_one_name_are_refused_where_they_stand() -> None:
    files = texts(BAIYANG)
    files["units.yaml"] = files["units.yaml"].replace("id: b-101-2,", "id: b-101-1,", 1)
    with pytest.raises(RulebookError) as refused:
        parse("rulebook.yaml", files)
    assert any("entrances[1].id" in str(problem) and "b-101-1" in str(problem) for problem in refused.value.problems)
