"""What other rules would have led to: each affected deadline once, refused acts named, other towns' names mapped."""

from datetime import datetime
from pathlib import Path

import pytest

from aggregates.event import Actor, Role
from aggregates.petition import commands as c
from aggregates.replay.differing import Differing, Sums, differing, ranks
from aggregates.replay.otherwise import otherwise
from aggregates.replay.steps import steps_of
from eventstore.recorder import StoredRow
from evidence.replaying import AllUnder, case_of, replayed, under
from office.rules.rulebooks import read_rulebook
from rulebook.model import Rulebook
from tests.aggregates.office import PETITION, at, proposal
from tests.people import LEADER
from tests.replay.lives import Filed, books, with_days
from tests.rulebook.books import baiyang

SHORTER = with_days("district", 2)
LINHE = read_rulebook(Path(__file__).parents[2] / "rulebook" / "linhe")


def held_against(case: Filed, other: Rulebook, until: datetime | None = None) -> Differing:
    told = otherwise(PETITION, case.records, books(baiyang()), other, until or case.now)
    own = ranks(tier.id for tier in baiyang().tiers)
    return differing(PETITION, case.records, told, own, ranks(tier.id for tier in other.tiers))


def moved(one: Differing) -> dict[str, tuple[str, str]]:
    def shown(moment: datetime | None) -> str:
        return moment.astimezone(baiyang().zone).strftime("%m-%d %H:%M") if moment else "—"

    return {each.promise: (shown(each.recorded), shown(each.then)) for each in one.moved}


def district(when: str) -> Filed:
    return Filed(proposes=proposal("public_service", "district")).receive(when).step().step()


def test_what_was_answered_in_time_either_way_differs_in_its_deadline_only() -> None:
    case = district("2025-10-13 09:00").until("2025-10-14 10:00").act(c.Reply)
    told = held_against(case, SHORTER)
    assert moved(told) == {"tier:2": ("10-16 17:30", "10-15 17:30")}
    assert told.breaches_only_then == told.breaches_only_recorded == []
    assert told.recorded.level == told.then.level
    assert told.kind == "differs"


def test_what_was_answered_on_the_third_day_would_have_been_late_and_risen() -> None:
    case = district("2025-10-13 09:00").until("2025-10-16 10:00").act(c.Reply).until("2025-11-01 00:00")
    told = held_against(case, SHORTER)
    assert moved(told) == {"tier:2": ("10-16 17:30", "10-15 17:30"), "tier:3": ("—", "10-22 17:30")}
    assert told.breaches_only_then == ["tier:2"]
    assert (told.recorded.level, told.then.level) == (1, 2)
    assert told.refused == ()


def test_each_deadline_of_an_unanswered_one_is_named_once() -> None:
    case = district("2025-10-13 09:00").until("2025-12-01 09:00")
    told = held_against(case, SHORTER)
    assert list(moved(told)) == ["tier:2", "tier:3"]
    assert told.recorded.breaches == told.then.breaches
    assert held_against(case, baiyang()).kind == "identical"


def test_a_petition_of_another_tier_does_not_differ() -> None:
    case = Filed().receive("2025-10-13 09:00").step().step().until("2025-10-13 11:00").act(c.Reply)
    told = held_against(case.until("2025-11-01 00:00"), SHORTER)
    assert told.kind == "identical"
    sums = Sums()
    sums.add(told)
    assert (sums.identical, sums.add_up()) == (1, True)


def test_an_act_that_would_have_been_refused_is_named_with_the_reason() -> None:
    book = baiyang()
    never = tuple(
        tier.model_copy(update={"clock": tier.clock.model_copy(update={"extend_days": None})}) for tier in book.tiers
    )
    case = district("2025-10-13 09:00").until("2025-10-14 10:00")
    case.act(c.RequestExtension, days=1).act(c.DecideExtension, LEADER)
    told = held_against(case, book.model_copy(update={"tiers": never}))
    assert [(each.version, each.what) for each in told.refused] == [(5, "extend"), (6, "decide-extension")]
    assert "allows no extension" in told.refused[0].why
    assert moved(told) == {"tier:2": ("10-17 17:30", "10-16 17:30")}


def test_other_reminders_are_details() -> None:
    book = baiyang()
    later = book.model_copy(update={"reminders": book.reminders.model_copy(update={"at": (0.9,)})})
    case = district("2025-10-13 09:00").until("2025-10-16 10:00").act(c.Reply)
    assert held_against(case, later).kind == "details"


def test_another_town_has_other_names_and_says_so() -> None:
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-10-13 09:00").step().step()
    case.act(c.Assist).act(c.Supervise).until("2025-10-15 10:00").act(c.Reply).until("2025-11-01 00:00")
    told = held_against(case, LINHE)
    assert any("→" in each.why for each in told.mapped)
    assert [each.what for each in told.refused] == ["assist"]
    assert "know no" in told.refused[0].why
    assert told.stuck is None


def test_who_has_no_part_in_it_under_the_other_rules_is_stood_in_for_and_that_is_said() -> None:
    before = baiyang().model_copy(update={"access": None})
    case = Filed(before, proposal("public_service", "district")).receive("2025-10-13 09:00").step().step()
    anybody = Actor(role=Role.OFFICER, id="education-1")
    case.until("2025-10-14 10:00").act(c.RequestExtension, anybody, days=1).act(c.DecideExtension).act(c.Reply, anybody)
    told = otherwise(PETITION, case.records, books(before), baiyang(), case.now)
    assert [each.why for each in told.mapped] == ["officer education-1 → works-1"] * 2
    assert (told.refused, told.stuck) == ([], None)


def test_a_category_the_other_rules_do_not_know_stops_it_and_counts_as_stuck() -> None:
    book = baiyang()
    fewer = book.model_copy(
        update={"categories": tuple(each for each in book.categories if each.id != "public_service")}
    )
    told = held_against(district("2025-10-13 09:00").act(c.Reply), fewer)
    assert told.kind == "stuck"
    assert "public_service" in (told.stuck or "")
    sums = Sums()
    sums.add(told)
    assert (sums.stuck, sums.deadlines_recorded, sums.add_up()) == (1, 0, True)


@pytest.mark.parametrize("topic", ["petition.unheard_of", "petition.accepted"])
def test_a_row_that_cannot_be_read_is_a_difference(topic: str) -> None:
    row = StoredRow(1, PETITION, 1, topic, b'{"no": "event"}', at("2025-10-13 09:00"), "one")
    case = case_of([row])
    told = replayed(case, books(baiyang()))
    assert len(told.differences) == 1
    assert "cannot be read" in told.differences[0].now
    assert under(case, books(baiyang()), SHORTER, at("2025-11-01 09:00")).kind == "stuck"
    report = AllUnder()
    report.add(case, books(baiyang()), SHORTER, at("2025-11-01 09:00"))
    assert (report.sums.stuck, report.sums.add_up()) == (1, True)


def test_steps_are_the_events_of_a_command() -> None:
    case = district("2025-10-13 09:00")
    assert [len(step) for step in steps_of(case.records)] == [1, 2, 1]
