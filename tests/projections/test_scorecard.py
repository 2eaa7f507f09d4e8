"""Whoever has the log can count a unit's figures again, and they come out the same whenever they are asked for."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from psycopg import Connection

from eventstore.log import EventLog
from projections.periods import Period, period_of
from projections.scorecard import MEASURES, Scorecard, cards_of, explained, scorecards, together
from projections.stays import Fact, Stays, walk
from tests.projections.any_town import ACTS, WAITS, Life, lives, town_of
from tests.projections.conftest import project
from tests.projections.counted_by_hand import by_hand
from tests.projections.town import MONDAY, TOWN, PaperTown

ZONE = ZoneInfo("Asia/Shanghai")
MARCH = period_of("2026-03", ZONE)
YEAR = period_of("2026", ZONE)
LATER = datetime(2027, 1, 1, tzinfo=UTC)


def facts_of(town: PaperTown, period: Period, as_of: datetime) -> list[Fact]:
    """What the tables would answer, without them."""
    found = [
        fact
        for fact in walk({}, town.records())
        if period.starts <= fact.began_at < period.ends and fact.recorded_at <= as_of
    ]
    return sorted(found, key=lambda fact: (fact.petition, fact.stay, fact.position, fact.fact))


def figures(cards: list[Scorecard]) -> dict[str | None, Counter[str]]:
    """Cards in the shape of the count by hand."""
    told: dict[str | None, Counter[str]] = {}
    for card in cards:
        row = told[card.unit] = Counter({"received": card.received, "answered": card.answered})
        for measure, rate in card.rates.items():
            row[f"{measure} kept"] = rate.numerator
            row[f"{measure} missed"] = rate.denominator - rate.numerator
            row[f"{measure} open"] = rate.open
            row.update({f"{measure} {reason}": count for reason, count in rate.excluded.items()})
    return {unit: +row for unit, row in told.items()}


@settings(max_examples=150, deadline=None)
@given(lives)
def test_the_figures_are_what_a_slow_count_of_the_raw_log_gives(lives: list[Life]) -> None:
    town = town_of(lives)
    records = town.records()
    moments = [record.recorded_at for record in records]
    for as_of in (moments[len(moments) // 2], LATER):
        for period in (MARCH, YEAR):
            counted = {unit: +row for unit, row in by_hand(records, period, as_of).items()}
            assert figures(cards_of(facts_of(town, period, as_of), as_of)) == counted


@settings(max_examples=50, deadline=None)
@given(lives)
def test_every_stay_is_in_each_figure_once_kept_missed_excluded_or_open(lives: list[Life]) -> None:
    for card in cards_of(facts_of(town_of(lives), YEAR, LATER), LATER):
        for measure, rate in card.rates.items():
            whole = rate.denominator + rate.open + rate.excluded.total()
            counted = whole - rate.excluded["set_aside"]
            if measure == "on_time" or (measure == "response" and card.unit is not None):
                assert counted == card.received
            elif measure not in ("contact", "response"):
                assert counted == card.answered


def big_town() -> PaperTown:
    """Sixty petitions with a fixed chance."""
    chance = random.Random(7)  # noqa: S311 - a fixed town, no secret
    return town_of(
        [
            [(chance.randrange(len(ACTS)), chance.randrange(len(WAITS))) for _ in range(chance.randrange(16))]
            for _ in range(60)
        ]
    )


@pytest.mark.engine
def test_the_tables_say_the_same_and_a_past_report_comes_out_again(log: EventLog, connection: Connection[Any]) -> None:
    town = big_town()
    half = len(town.appends) // 2
    town.write(log, town.appends[:half])
    project(Stays(), log, connection, page=7)
    written = town.appends[half - 1].recorded_at
    then = scorecards(connection, YEAR, written)
    assert figures(then) == figures(cards_of(facts_of(town, YEAR, written), written))
    town.write(log, town.appends[half:])
    project(Stays(), log, connection, page=7)
    assert scorecards(connection, YEAR, written) == then
    now = scorecards(connection, YEAR, LATER)
    assert now != then
    assert figures(now) == {unit: +row for unit, row in by_hand(town.records(), YEAR, LATER).items()}


@pytest.mark.engine
def test_explain_lists_the_petitions_and_events_behind_every_figure(town_hall: Connection[Any]) -> None:
    events = {record.position: record for record in TOWN.records()}
    for card in scorecards(town_hall, MARCH, LATER):
        found = explained(town_hall, MARCH, LATER, card.unit)
        for measure in MEASURES:
            ours = [verdict for verdict in found if verdict.measure == measure]
            rate = card.rates[measure]
            assert sum(verdict.finding == "kept" for verdict in ours) == rate.numerator
            assert Counter(verdict.reason for verdict in ours if verdict.finding == "excluded") == rate.excluded
            assert sum(verdict.finding == "open" for verdict in ours) == rate.open
        for verdict in found:
            behind = events[verdict.position]
            assert (behind.stream, behind.event.TOPIC) == (verdict.petition, verdict.topic)


@pytest.mark.engine
def test_the_window_of_the_town(town_hall: Connection[Any]) -> None:
    card = next(card for card in scorecards(town_hall, MARCH, LATER) if card.unit == "window")
    assert (card.received, card.answered) == (7, 3)
    assert (card.rates["on_time"].numerator, card.rates["on_time"].denominator) == (3, 4)
    assert card.rates["on_time"].excluded == {"returned": 1, "withdrawn": 1}
    assert (card.rates["satisfaction"].rate, card.rates["satisfaction"].excluded) == (0.5, {"silent": 1})
    assert card.rates["contact"].excluded == {}


@pytest.mark.engine
def test_a_period_without_anything_has_no_cards(town_hall: Connection[Any]) -> None:
    assert scorecards(town_hall, period_of("2025", ZONE), LATER) == []
    assert together([]).rates["response"].rate is None
    day = period_of(f"{MONDAY - timedelta(days=1):%Y-%m-%d}", ZONE)
    assert scorecards(town_hall, day, LATER) == []
