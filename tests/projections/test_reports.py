"""The list of reports: a row each making, page by page, the same from zero."""

from datetime import timedelta
from typing import Any

import pytest
from psycopg import Connection

from aggregates.event import Actor
from eventstore.log import EventLog
from office.reporting import make_report
from projections.paging import BadCursor
from projections.reports import Reports, list_reports
from rulebook.rhythm import ReportKind
from tests.projections.conftest import project, tables_of
from tests.projections.town import MONDAY, RULES, TOWN

KINDS: tuple[ReportKind, ...] = ("situation", "scorecard", "situation")


def test_reports_are_listed_by_kind_page_by_page_and_the_same_from_zero(
    log: EventLog, connection: Connection[Any]
) -> None:
    TOWN.write(log)
    later = MONDAY + timedelta(days=25)
    made = [
        make_report(log, RULES, kind, "2026-03", later + timedelta(hours=hour), Actor.engine())
        for hour, kind in enumerate(KINDS)
    ]
    project(Reports(), log, connection, page=7)
    served = tables_of(connection, "view_reports")
    assert [row.report for row in list_reports(connection).rows] == [each.id for each in made]
    first = list_reports(connection, limit=2)
    assert (first.total, first.rows[0].sha256) == (3, made[0].event.sha256)
    assert [row.report for row in list_reports(connection, limit=2, cursor=first.next).rows] == [made[2].id]
    assert list_reports(connection, kind="scorecard").total == 1
    with pytest.raises(BadCursor):
        list_reports(connection, cursor="nonsense")
    connection.execute("DROP SCHEMA view_reports CASCADE")
    project(Reports(), log, connection)
    assert tables_of(connection, "view_reports") == served
