"""Reports on record: counted again years later from the same events, and different where those are not the same."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import get_args

import psycopg
import pytest

from aggregates.event import Actor
from eventstore.log import EventLog
from eventstore.positions import position_at, prefix
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.reporting import BadReport, UnknownReport, find_report, make_report, verify_report
from office.rules.adoption import adopt
from projections.periods import BadPeriod
from rulebook.rhythm import ReportKind
from tests.projections.town import CANARY, MONDAY, RULES, TOWN, whole_town

LATER = MONDAY + timedelta(days=25)
BY = Actor.engine()


@contextmanager
def log_of(dsn: str) -> Iterator[EventLog]:
    datastore = Datastore(dsn, pool_size=4)
    try:
        yield EventLog(datastore, MasterKey(bytes(32)))
    finally:
        datastore.close()


@pytest.fixture
def event_log(database: str) -> Iterator[EventLog]:
    with log_of(database) as log:
        adopt(log, RULES, BY, MONDAY)
        TOWN.write(log)
        yield log


@pytest.mark.parametrize("kind", get_args(ReportKind))
def test_a_report_is_the_same_after_more_has_happened(event_log: EventLog, kind: ReportKind) -> None:
    label = "2026-03-27" if kind == "digest" else "2026"
    made = make_report(event_log, RULES, kind, label, LATER, BY)
    whole_town("-later").write(event_log)
    assert verify_report(event_log, RULES, made.id).outcome == "same"
    second = make_report(event_log, RULES, kind, label, LATER, BY)
    assert second.id == made.id[:-1] + "2"
    assert second.event.sha256 != made.event.sha256
    assert find_report(event_log, made.id) == made.event
    assert CANARY not in made.event.figures
    assert "R-" not in made.event.figures


def test_as_of_an_instant_it_is_counted_from_what_was_on_record_then(event_log: EventLog) -> None:
    then = MONDAY + timedelta(hours=3)
    early = make_report(event_log, RULES, "situation", "2026-03", LATER, BY, as_of=then)
    assert early.event.as_of == position_at(event_log, then)
    assert 0 < early.event.as_of < event_log.head()
    assert all(record.recorded_at <= then for record in prefix(event_log, early.event.as_of))
    again = make_report(event_log, RULES, "situation", "2026-03", LATER, BY, as_of=then)
    assert again == (early.id, early.event, True), "the same is not written twice"
    assert make_report(event_log, RULES, "situation", "2026-03", LATER, BY).event.sha256 != early.event.sha256


def test_another_prefix_gives_other_figures_and_is_told(event_log: EventLog, database: str) -> None:
    made = make_report(event_log, RULES, "scorecard", "2026-03", LATER, BY)
    with psycopg.connect(database, autocommit=True) as forger:
        forger.execute("ALTER TABLE suqiu.events DISABLE TRIGGER events_are_written_once")
        changed = forger.execute(
            "UPDATE suqiu.events SET state = convert_to(replace(convert_from(state, 'UTF8'), "
            "'\"outcome\":\"resolved\"', '\"outcome\":\"explained\"'), 'UTF8') WHERE topic = 'petition.replied'"
        )
        assert changed.rowcount > 0
    verdict = verify_report(event_log, RULES, made.id)
    assert verdict.outcome == "different"
    assert verdict.counted != verdict.recorded


def test_an_altered_report_is_told(event_log: EventLog, database: str) -> None:
    made = make_report(event_log, RULES, "review", "2026", LATER, BY)
    with psycopg.connect(database, autocommit=True) as forger:
        forger.execute("ALTER TABLE suqiu.events DISABLE TRIGGER events_are_written_once")
        forger.execute(
            "UPDATE suqiu.events SET state = convert_to(replace(convert_from(state, 'UTF8'), 'community', "
            "'commmunity'), 'UTF8') WHERE topic = 'office.report_made'"
        )
    assert verify_report(event_log, RULES, made.id).outcome == "different"


def test_it_is_counted_under_the_rules_of_its_day(event_log: EventLog) -> None:
    made = make_report(event_log, RULES, "digest", "2026-03-27", LATER, BY)
    newer = RULES.model_copy(update={"effective_from": date(2026, 4, 1)})
    assert newer.hash != RULES.hash
    assert verify_report(event_log, newer, made.id).outcome == "same", "the old book stands in the log"
    never = make_report(event_log, newer, "digest", "2026-03-27", LATER, BY)
    assert verify_report(event_log, newer, never.id).outcome == "same"
    assert verify_report(event_log, RULES, never.id).outcome == "other_rules"


def test_what_cannot_be_made_or_found_is_refused(event_log: EventLog) -> None:
    with pytest.raises(BadPeriod):
        make_report(event_log, RULES, "review", "last year", LATER, BY)
    with pytest.raises(BadReport, match="begins only after"):
        make_report(event_log, RULES, "review", "2027", LATER, BY)
    with pytest.raises(BadReport, match="one day"):
        make_report(event_log, RULES, "digest", "2026-03", LATER, BY)
    for name in ("", "review", "review-2026.1", "review-2026.x", "../etc"):
        with pytest.raises(UnknownReport):
            find_report(event_log, name)
