"""A unit sees what it has to act on, most pressing first."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import Connection

from eventstore.log import EventLog
from projections.worklist import Load, Worklist, loads, work_of
from tests.projections.conftest import project
from tests.projections.town import MONDAY, PaperTown, sure

CHINA = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.engine


def owed(connection: Connection[Any], unit: str) -> dict[str, str]:
    """Petition → what the unit owes."""
    return {row.petition: row.owes for row in work_of(connection, unit, MONDAY).rows}


def test_a_unit_sees_what_it_owes_at_each_stage(town_hall: Connection[Any]) -> None:
    assert owed(town_hall, "window") == {
        "dispatched": "accept",
        "returned": "dispatch",
        "disputed": "assist",
        "with-leader": "assist",
    }
    assert owed(town_hall, "legal-aid-centre") == {"accepted": "reply"}
    assert owed(town_hall, "team-repairs") == {"transferred": "accept"}


def test_what_waits_for_triage_waits_at_the_unit_of_the_proposed_category(town_hall: Connection[Any]) -> None:
    assert owed(town_hall, "convenience-team") == {"unsure": "triage", "stuck-unsure": "assist"}
    assert owed(town_hall, "district-works") == {"stuck-unsure": "triage"}


def test_after_an_escalation_the_unit_below_assists(town_hall: Connection[Any]) -> None:
    rows = {row.petition: row for row in work_of(town_hall, "window", MONDAY).rows}
    assert rows["disputed"].assisting
    assert not rows["dispatched"].assisting
    assert owed(town_hall, "service-station") == {"disputed": "accept", "with-leader": "assist"}
    leader = work_of(town_hall, "district-leader", MONDAY).rows
    assert [(row.petition, row.next_step, row.with_leader) for row in leader] == [("with-leader", "remind", True)]


def test_overdue_and_due_soon_are_as_of_the_instant_asked_for(log: EventLog, connection: Connection[Any]) -> None:
    town = PaperTown()
    town.receive("today").classified(sure()).engine()
    town.receive("days").classified(sure(tier="district")).engine().accepted()
    town.write(log)
    project(Worklist(), log, connection)
    clock = town.states["today"].clock
    assert clock is not None

    def flags(now: datetime) -> tuple[bool, bool, str | None, datetime | None]:
        (row,) = work_of(connection, "window", now).rows
        return row.due_soon, row.overdue, row.next_step, row.next_at

    ahead = ("remind", clock.reminders[0])
    assert flags(clock.reminders[0] - timedelta(seconds=1)) == (False, False, *ahead)
    assert flags(clock.reminders[0]) == (True, False, *ahead)
    assert flags(clock.due_at) == (True, False, *ahead)
    assert flags(clock.due_at + timedelta(seconds=1)) == (False, True, *ahead)
    assert loads(connection, clock.due_at + timedelta(seconds=1)) == [
        Load("window", open=1, due_soon=0, overdue=1, assisting=0),
        Load("service-station", open=1, due_soon=0, overdue=0, assisting=0),
    ]


def test_overdue_comes_first_and_pages_go_on(town_hall: Connection[Any]) -> None:
    now = datetime(2026, 3, 4, 12, 0, tzinfo=CHINA)
    first = work_of(town_hall, "window", now, limit=3)
    assert first.total == 4
    assert first.next is not None
    rest = work_of(town_hall, "window", now, limit=3, cursor=first.next)
    assert rest.next is None
    rows = [*first.rows, *rest.rows]
    assert [row.petition for row in rows] == ["dispatched", "returned", "disputed", "with-leader"]
    assert [row.overdue for row in rows] == [True, True, False, False]


def test_what_was_answered_closed_or_withdrawn_is_on_nobodys_list(town_hall: Connection[Any]) -> None:
    listed = {row.petition for load in loads(town_hall, MONDAY) for row in work_of(town_hall, load.unit, MONDAY).rows}
    assert listed.isdisjoint({"closed", "unanswered", "withdrawn", "received"})


def test_danger_to_life_stands_first_then_the_old_then_what_is_due(log: EventLog, connection: Connection[Any]) -> None:
    town = PaperTown()
    town.receive("plain").classified(sure()).engine()
    town.receive("old", urgent="elderly").classified(sure(tier="district")).engine()
    town.receive("danger", urgent="life").classified(sure(tier="district")).engine()
    town.receive("later").classified(sure(tier="district")).engine()
    for each in ("plain", "old", "danger", "later"):
        assert town.states[each].unit is not None
    town.write(log)
    project(Worklist(), log, connection)
    rows = [row for unit in ("window", "service-station") for row in work_of(connection, unit, MONDAY).rows]
    assert [row.petition for row in rows] == ["plain", "danger", "old", "later"]
    first = work_of(connection, "service-station", MONDAY, limit=1)
    rest = work_of(connection, "service-station", MONDAY, cursor=first.next)
    assert [row.petition for row in (*first.rows, *rest.rows)] == ["danger", "old", "later"]
