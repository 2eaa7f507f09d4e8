"""Where things were settled, who has how much on their hands, who sends petitions on, and what comes back."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import Connection

from aggregates.known import BY_CODE
from aggregates.petition import commands as c
from aggregates.petition.state import Petition
from eventstore.log import EventLog
from projections.periods import period_of
from projections.ping_pong import Pair, ping_pong
from projections.recurring import Recurring, Threshold, clusters
from projections.settlement import settlement
from projections.stays import Stays
from projections.workload import TownLoad, per_thousand, staff_loads, town_load, unit_loads
from rulebook.proposal import Proposal
from tests.people import CLERK, GRID, LEADER, OFFICER, RESIDES
from tests.projections.any_town import WORDS
from tests.projections.conftest import project
from tests.projections.test_scorecard import big_town
from tests.projections.town import MONDAY, RULES, SOON, PaperTown, Story, sure

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = period_of("2026-03", ZONE)
YEAR = period_of("2026", ZONE)
LATER = datetime(2027, 1, 1, tzinfo=UTC)
TIERS = ("community", "district", "beyond")
LEADS = frozenset({GRID.id})

pytestmark = pytest.mark.engine


def answers(by: Any, outcome: str = "resolved") -> Callable[[datetime], c.Command]:
    return lambda at: c.Reply.model_validate({"at": at, "by": by, "outcome": outcome, "text": WORDS, "grounds": WORDS})


def accepts(by: Any) -> Callable[[datetime], c.Command]:
    return lambda at: c.Accept(at=at, by=by)


def told(log: EventLog, connection: Connection[Any], town: PaperTown) -> None:
    """Write a town and bring the tables up to it."""
    town.appends.sort(key=lambda append: append.recorded_at)
    town.write(log)
    for model in (Stays(), Recurring()):
        project(model, log, connection, page=5)


def test_what_a_lead_of_the_grid_answers_is_settled_in_the_grid(log: EventLog, connection: Connection[Any]) -> None:
    town = PaperTown()

    def new(petition: str, tier: str = "community") -> Story:
        return town.receive(petition, section="section-1").classified(sure(tier=tier)).engine()

    new("p-on-the-spot").does(answers(GRID))
    new("p-lead-took-it").does(accepts(GRID)).does(answers(GRID, "explained"))
    new("p-window-took-it").does(accepts(OFFICER)).does(answers(GRID))
    new("p-window").does(accepts(OFFICER)).does(answers(OFFICER, "refused"))
    new("p-above", "district").does(answers(OFFICER))
    new("p-disputed").does(answers(GRID)).does(lambda at: c.Dispute(at=at, by=RESIDES, known=BY_CODE, reason=WORDS))
    new("p-doubted").does(answers(GRID)).does(
        lambda at: c.RequestReview(at=at, by=RESIDES, known=BY_CODE, reason=WORDS)
    )
    told(log, connection, town)
    levels = {
        level.level: (level.settled, level.resolved, level.explained, level.refused)
        for level in settlement(connection, MARCH, LATER, tiers=TIERS, leads=LEADS)
    }
    assert levels == {"grid": (2, 1, 1, 0), "community": (2, 1, 0, 1), "district": (1, 1, 0, 0), "beyond": (0, 0, 0, 0)}
    assert list(levels) == ["grid", *TIERS]


def test_settled_is_what_stood_at_the_instant_asked_for(log: EventLog, connection: Connection[Any]) -> None:
    town = PaperTown()
    story = town.receive("p-1").classified(sure()).engine().does(answers(OFFICER))
    answered = story.at
    story.does(lambda at: c.Dispute(at=at, by=RESIDES, known=BY_CODE, reason=WORDS), after=timedelta(hours=5))
    told(log, connection, town)

    def settled(as_of: datetime) -> int:
        return sum(level.settled for level in settlement(connection, MARCH, as_of, tiers=TIERS, leads=LEADS))

    assert [settled(answered - SOON), settled(answered + SOON), settled(LATER)] == [0, 1, 0]


def test_without_a_grid_there_is_no_such_level(town_hall: Connection[Any]) -> None:
    levels = settlement(town_hall, MARCH, LATER, tiers=TIERS, leads=())
    assert [level.level for level in levels] == list(TIERS)


def test_an_answer_a_review_upheld_stands_again(log: EventLog, connection: Connection[Any]) -> None:
    town = PaperTown()
    for outcome in ("upheld", "revoked"):
        story = town.receive(f"p-{outcome}").classified(sure()).engine().does(answers(OFFICER))
        story.does(lambda at: c.RequestReview(at=at, by=RESIDES, known=BY_CODE, reason=WORDS)).does(
            lambda at, outcome=outcome: c.DecideReview(  # type: ignore[misc]
                at=at, by=LEADER, outcome=outcome, text=WORDS, grounds=WORDS
            )
        )
    told(log, connection, town)
    assert sum(level.settled for level in settlement(connection, MARCH, LATER, tiers=TIERS, leads=LEADS)) == 1


def test_what_is_open_at_a_unit_is_what_the_states_say(log: EventLog, connection: Connection[Any]) -> None:
    town = big_town()
    told(log, connection, town)
    held = {"dispatched", "accepted", "paused", "parked"}
    expected: dict[str | None, int] = {}
    for state in town.states.values():
        if state.stage in held:
            expected[state.unit] = expected.get(state.unit, 0) + 1
    loads = unit_loads(connection, YEAR, LATER)
    found = {load.unit: load.open for load in loads if load.unit is not None and load.open}
    assert found == expected
    assert sum(load.came for load in loads if load.unit is None) >= len(town.states)
    replies = sum(record.event.TOPIC == "petition.replied" for record in town.records())
    assert sum(load.answered for load in loads) == replies
    staff = staff_loads(connection, YEAR, LATER)
    assert sum(each.answered for each in staff) == replies
    assert {each.staff for each in staff} <= {person.id for person in RULES.staff}
    assert next(each.taken_in for each in staff if each.staff == CLERK.id) == len(town.states)
    assert town_load(connection, YEAR, LATER).received == len(town.states)


def test_the_load_of_a_past_instant(town_hall: Connection[Any]) -> None:
    assert town_load(town_hall, MARCH, MONDAY - SOON) == TownLoad(0, 0)
    assert unit_loads(town_hall, MARCH, MONDAY - SOON) == []
    early = town_load(town_hall, MARCH, MONDAY + timedelta(minutes=6))
    assert (early.received, early.open) == (2, 2)
    assert per_thousand(35, 17291) == 2.02


def returns(story: Story) -> Story:
    return story.does(lambda at: c.Return(at=at, by=OFFICER, reason=WORDS))


def dispatched(story: Story, unit: str) -> Story:
    return story.does(lambda at: c.Dispatch(at=at, by=CLERK, unit=unit))


def test_returns_and_transfers_are_counted_by_pair_and_the_way_of_those_sent_on_twice_is_told(
    log: EventLog, connection: Connection[Any]
) -> None:
    town = PaperTown()
    to_repairs = lambda at: c.Transfer(at=at, by=OFFICER, unit="team-repairs", reason=WORDS)  # noqa: E731
    to_care = lambda at: c.Transfer(at=at, by=OFFICER, unit="team-care", reason=WORDS)  # noqa: E731
    dispatched(returns(town.receive("p-1").classified(sure()).engine()), "window-housing").does(to_repairs)
    town.receive("p-2").classified(sure()).engine().does(to_repairs).does(to_care).does(to_repairs)
    returns(town.receive("p-3").classified(sure()).engine())
    town.receive("p-4").classified(sure()).engine(5)  # rises by the clock: no ping-pong
    told(log, connection, town)
    found = ping_pong(connection, MARCH, LATER)
    assert set(map(str, found.pairs)) == set(
        map(
            str,
            (
                Pair("window", "window-housing", returns=1),
                Pair("window-housing", "team-repairs", transfers=1),
                Pair("window", "team-repairs", transfers=1),
                Pair("team-repairs", "team-care", transfers=1),
                Pair("team-care", "team-repairs", transfers=1),
                Pair("window", None, returns=1),
            ),
        )
    )
    assert [(chain.receipt, chain.hops, chain.units) for chain in found.chains] == [
        ("R-p-2", 3, ("window", "team-repairs", "team-care", "team-repairs")),
        ("R-p-1", 2, ("window", "window-housing", "team-repairs")),
    ]
    assert ping_pong(connection, period_of("2026-04", ZONE), LATER) == ((), ())
    assert ping_pong(connection, MARCH, MONDAY) == ((), ())


LAMPS = Proposal(
    category="public_service",
    tier="community",
    matter="street-light",
    confidence=0.9,
    needs_human=False,
    reasons=(),
)


def reported(town: PaperTown, petition: str, at: datetime, section: str | None) -> Story:
    """A lamp is out in a section."""
    town.states[petition] = Petition(id=petition)
    story = Story(town, petition, at)
    said = {"receipt": f"R-{petition}", "resident": f"r-{petition}", "channel": "grid", "community": "baiyang"}
    received = c.Receive.model_validate({"at": at, "by": CLERK, "text": WORDS, "section": section, **said})
    return story.does(lambda _: received, after=timedelta(0)).classified(LAMPS)


def test_the_same_matter_in_the_same_section_is_seen_at_its_threshold(
    log: EventLog, connection: Connection[Any]
) -> None:
    town = PaperTown()
    day = timedelta(days=1)
    for number in range(3):
        reported(town, f"p-near-{number}", MONDAY + number * day, "b-101" if number else "section-1")
    for number in range(4):
        reported(town, f"p-slow-{number}", MONDAY + 8 * number * day, "section-2")
    gone = reported(town, "p-gone", MONDAY, "section-1")
    gone.does(lambda at: c.Withdraw(at=at, by=RESIDES, known=BY_CODE))
    reported(town, "p-nowhere", MONDAY, None)
    told(log, connection, town)
    windows = (Threshold(30, 4), Threshold(7, 3))
    found = clusters(connection, windows, MONDAY + 3 * day)
    assert [(each.section, each.matter, each.days, each.count, each.receipts) for each in found] == [
        ("section-1", "street-light", 7, 3, ("R-p-near-0", "R-p-near-1", "R-p-near-2"))
    ]
    found = clusters(connection, windows, MONDAY + 25 * day)
    assert [(each.section, each.days, each.count) for each in found] == [("section-2", 30, 4)]
    assert clusters(connection, windows, MONDAY + 80 * day) == []
    assert clusters(connection, (), LATER) == []


def test_a_matter_corrected_or_withdrawn_later_does_not_change_what_was_known(
    log: EventLog, connection: Connection[Any]
) -> None:
    town = PaperTown()
    stories = [reported(town, f"p-{number}", MONDAY, "section-1") for number in range(2)]
    seen = stories[0].at + timedelta(minutes=1)
    stories[0].does(lambda at: c.Withdraw(at=at, by=RESIDES, known=BY_CODE))
    told(log, connection, town)
    assert [each.count for each in clusters(connection, [Threshold(7, 2)], seen)] == [2]
    assert clusters(connection, [Threshold(7, 2)], seen + timedelta(hours=1)) == []


def test_nothing_of_a_person_stands_in_these_tables(log: EventLog, connection: Connection[Any]) -> None:
    told(log, connection, big_town())
    for table in ("view_stays.facts", "view_recurring.sightings", "view_recurring.petitions"):
        rows = connection.execute(f"SELECT t::text FROM {table} AS t").fetchall()  # noqa: S608 - names of ours
        assert rows
        assert not [row for (row,) in rows if "resident-" in row or "13800" in row or WORDS in row]
