"""The rulebook that ships: what the offices of Baiyang have agreed on is all there."""

from datetime import date, time

from rulebook.catalogue import CATEGORIES
from tests.rulebook.books import shipped

LOOKED_UP = date(2026, 11, 20)
"""When the figures were first looked up; one is verified again, never earlier."""


def test_the_three_tiers_and_their_clocks() -> None:
    assert [(tier.id, tier.clock.kind, tier.clock.days, tier.clock.counting) for tier in shipped().tiers] == [
        ("community", "same_day", None, "calendar"),
        ("district", "days", 3, "calendar"),
        ("beyond", "days", 7, "calendar"),
    ]


def test_office_hours_and_the_cut_off() -> None:
    hours = shipped().office_hours
    assert (hours.opens, hours.closes, hours.same_day_cutoff) == (time(8, 30), time(17, 30), time(16))


def test_who_receives_what() -> None:
    book = shipped()
    assert {
        category.id: (category.person_confirms, *(category.desks[tier.id] for tier in book.tiers))
        for category in book.categories
    } == {
        "administrative": (False, "window", "service-station", "coordination-desk"),
        "public_service": (False, "convenience-team", "district-works", "coordination-desk"),
        "legal": (True, "community-officer", "legal-aid-centre", "coordination-desk"),
        "stability": (True, "community-lead", "petition-centre", "coordination-desk"),
    }
    assert book.leader.unit == "district-leader"


def test_every_agreed_figure_says_where_it_comes_from() -> None:
    book = shipped()
    promises = (
        *(book.leader, book.reminders, book.returns, book.triage, book.follow_up, book.intake, book.hand_over),
        *(book.pauses, book.parking, book.supervision, book.reviews, book.urgency, book.mediation),
    )
    clocks = [*(tier.clock for tier in book.tiers), *book.clocks, book.reviews.first, book.reviews.second]
    for value in (book.office_hours, *promises, *book.calendars, *clocks):
        assert value.source
        assert value.verified >= LOOKED_UP
    rules = [promise.rule for promise in promises] + [clock.rule for clock in clocks]
    assert len(set(rules)) == len(rules)


def test_the_catalogue_is_wide_enough_to_work_with() -> None:
    book = shipped()
    assert len(book.matters) >= 80
    assert {matter.category for matter in book.matters} == set(CATEGORIES)
    assert {matter.tier for matter in book.matters} == {tier.id for tier in book.tiers}
    assert all(book.terms[category] for category in CATEGORIES)


def test_every_unit_that_receives_has_somebody_in_it() -> None:
    book = shipped()
    desks = {matter.desk for matter in book.matters} | {
        unit for category in book.categories for unit in category.desks.values()
    }
    assert not [desk for desk in desks if not book.unit(desk).staff]


def test_six_sections_of_ten_buildings_and_five_service_teams() -> None:
    book = shipped()
    assert [len(section.buildings) for section in book.sections] == [10] * 6
    assert len([unit for unit in book.units if unit.kind == "service_team"]) == 5
