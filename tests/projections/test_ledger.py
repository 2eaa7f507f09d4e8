"""The ledger shows where every petition stands, whatever happened to it."""

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from psycopg import Connection

from eventstore.log import EventLog
from projections.ledger import Filter, Ledger, LedgerRow, count_by, list_petitions, petition_of, row_of
from projections.paging import BadCursor
from tests.projections.conftest import project
from tests.projections.town import MONDAY, TOWN, PaperTown, sure, whole_town

CHINA = ZoneInfo("Asia/Shanghai")
pytestmark = pytest.mark.engine


def one(connection: Connection[Any], petition: str) -> LedgerRow:
    """The row, which is there."""
    row = row_of(connection, petition)
    assert row is not None
    return row


def test_a_petition_just_received_runs_on_the_doors_clock(town_hall: Connection[Any]) -> None:
    row = one(town_hall, "received")
    assert (row.receipt, row.status, row.tier, row.category, row.unit) == (
        "R-received", "received", "community", None, None,
    )  # fmt: skip
    assert row.received_at == MONDAY
    assert row.due_at == datetime(2026, 3, 2, 17, 30, tzinfo=CHINA)
    assert (row.anonymous, row.open, row.needs_human, row.on_time, row.closed_at) == (True, True, False, None, None)


def test_what_the_classifier_was_not_sure_of_and_what_was_returned_wait_for_a_person(
    town_hall: Connection[Any],
) -> None:
    waiting = list_petitions(town_hall, Filter(needs_human=True)).rows
    assert {row.petition for row in waiting} == {"unsure", "stuck-unsure", "returned"}
    assert one(town_hall, "returned").returns == 1


def test_a_dispute_lifts_it_and_keeps_the_outcome_that_was_disputed(town_hall: Connection[Any]) -> None:
    row = one(town_hall, "disputed")
    assert (row.status, row.tier, row.unit) == ("dispatched", "district", "service-station")
    assert (row.disputes, row.escalations, row.outcome, row.on_time) == (1, 1, "resolved", True)
    assert row.due_at == datetime(2026, 3, 5, 17, 30, tzinfo=CHINA)


def test_above_the_last_tier_the_leader_has_it(town_hall: Connection[Any]) -> None:
    row = one(town_hall, "with-leader")
    assert (row.with_leader, row.unit, row.tier, row.escalations) == (True, "district-leader", "beyond", 3)


def test_closed_and_withdrawn_ones_run_on_no_clock(town_hall: Connection[Any]) -> None:
    ended = list_petitions(town_hall, Filter(open=False)).rows
    assert {row.petition for row in ended} == {"closed", "unanswered", "withdrawn"}
    for row in ended:
        assert row.due_at is None
        assert row.closed_at == TOWN.states[row.petition].last_at
    assert one(town_hall, "closed").on_time is True


def test_every_row_says_what_the_fold_of_its_stream_says(town_hall: Connection[Any]) -> None:
    for petition, state in TOWN.states.items():
        row = one(town_hall, petition)
        assert (row.status, row.category, row.tier, row.unit, row.matter, row.due_at, row.version, row.open) == (
            state.stage, state.category, state.tier, state.unit, state.matter, state.due_at, state.version, state.open,
        )  # fmt: skip


def test_it_is_filtered_and_counted(town_hall: Connection[Any]) -> None:
    assert {row.petition for row in list_petitions(town_hall, Filter(unit="window", open=True)).rows} == {
        "dispatched", "returned",
    }  # fmt: skip
    assert list_petitions(town_hall, Filter(category="legal", tier="district", community="baiyang")).total == 1
    overdue = list_petitions(town_hall, Filter(overdue_at=datetime(2026, 3, 3, tzinfo=CHINA))).rows
    assert {row.petition for row in overdue} == {"received", "unsure", "dispatched", "returned", "transferred"}
    counted = count_by(town_hall, "category")
    assert counted == {"administrative": 7, "public_service": 3, "legal": 1, "none": 1}
    assert count_by(town_hall, "tier", Filter(open=False)) == {"community": 3}
    assert sum(count_by(town_hall, "status").values()) == len(TOWN.states)


def test_pages_do_not_shift_when_petitions_arrive(log: EventLog, connection: Connection[Any]) -> None:
    TOWN.write(log)
    project(Ledger(), log, connection)
    first = list_petitions(connection, limit=5)
    assert (first.total, len(first.rows)) == (12, 5)
    later = whole_town("-2")
    later.write(log)
    project(Ledger(), log, connection)
    seen, cursor = list(first.rows), first.next
    while cursor:
        page = list_petitions(connection, limit=5, cursor=cursor)
        assert page.total == 24
        seen += page.rows
        cursor = page.next
    places = [(row.received_at, row.petition) for row in seen]
    assert places == sorted(set(places))
    assert {row.petition for row in seen} >= TOWN.states.keys()


@pytest.mark.parametrize("cursor", ["x", "W10", "bnVsbA", "WzEsMl0", "WyIyMDI2LTAxLTAxIiwgIngiXQ"])
def test_a_cursor_from_elsewhere_is_refused(town_hall: Connection[Any], cursor: str) -> None:
    with pytest.raises(BadCursor, match="expected one that a list gave out"):
        list_petitions(town_hall, cursor=cursor)


def test_a_limit_out_of_bounds_is_refused(town_hall: Connection[Any]) -> None:
    with pytest.raises(ValueError, match="expected 1 to 1000; found 0"):
        list_petitions(town_hall, limit=0)


def test_a_receipt_leads_to_its_petition(town_hall: Connection[Any]) -> None:
    assert petition_of(town_hall, "R-closed") == "closed"
    assert petition_of(town_hall, "R-nobody") is None
    assert row_of(town_hall, "nobody") is None


def test_a_commands_events_cut_by_a_page_need_no_person(log: EventLog, connection: Connection[Any]) -> None:
    """Classified and triaged are one command; a page that ends between them shows nobody waiting."""
    town = PaperTown()
    town.receive("p").classified(sure())
    town.write(log)
    project(Ledger(), log, connection, page=1)
    assert list_petitions(connection, Filter(needs_human=True)).total == 0
    assert one(connection, "p").status == "triaged"
