"""The whole ledger of real messages decided again: identical for all; under other rules the report adds up."""

import time
from datetime import timedelta
from pathlib import Path

import pytest

from aggregates.event import Actor
from aggregates.replay.differing import LEADER
from eventstore.log import EventLog
from evidence.replaying import AllReplayed, AllUnder, Case, books_of, cases, how_many, in_force_of, replayed
from office.rules.adoption import adopt, adopt_file
from office.rules.rulebooks import read_rulebook
from rulebook.model import Rulebook
from tests.aggregates.office import PETITION, at
from tests.replay.conftest import END, Ledger
from tests.replay.lives import Filed, with_days
from tests.rulebook.books import baiyang

pytestmark = pytest.mark.engine

ALL = 3_906
LINHE = Path(__file__).parents[2] / "rulebook" / "linhe"


def again(event_log: EventLog) -> AllReplayed:
    books, report = books_of(event_log, baiyang()), AllReplayed()
    may = in_force_of(event_log, baiyang(), books)
    for case in cases(event_log):
        report.add(case, replayed(case, books, may))
    return report


def under(event_log: EventLog, other: Rulebook) -> AllUnder:
    books, report = books_of(event_log, baiyang()), AllUnder()
    for case in cases(event_log):
        report.add(case, books, other, END)
    return report


def walk(event_log: EventLog, rows: int) -> None:
    began = time.monotonic()
    own = again(event_log)
    replaying = time.monotonic() - began
    assert [str(each) for _, told in own.examples for each in told.differences] == []
    assert own.petitions == own.identical == how_many(event_log)
    assert own.petitions > rows * 0.9, "but for messages sent twice, each is a petition"

    same = under(event_log, baiyang())
    assert (same.sums.identical, same.unfoldable) == (own.petitions, 0)

    began = time.monotonic()
    town = under(event_log, read_rulebook(LINHE))
    elsewhere = time.monotonic() - began
    assert town.sums.petitions == own.petitions
    assert town.sums.add_up()
    assert town.sums.stuck == town.unfoldable == 0
    assert town.sums.deadlines_earlier + town.sums.deadlines_later > own.petitions / 2
    print(f"{own.petitions} petitions, {own.events} events: {own.petitions / replaying:.0f}/s")  # noqa: T201
    print(f"under the second town's rules: {own.petitions / elsewhere:.0f}/s {town.sums}")  # noqa: T201
    shorter(event_log, same)


def shorter(event_log: EventLog, same: AllUnder) -> None:
    """With a day less in the district, its deadlines end earlier, and what follows from it; the door's do not."""
    told = under(event_log, with_days("district", 2))
    assert told.sums.add_up()
    assert told.sums.deadlines_earlier > 0
    assert told.sums.breaches_then >= same.sums.breaches_recorded
    for _, one in told.examples:
        promises = [each.promise for each in one.moved]
        assert len(promises) == len(set(promises)), "each once"
        assert not any(each.startswith("tier:1") for each in promises)
        assert one.then.level >= one.recorded.level or one.recorded.level == LEADER


def test_a_step_under_a_book_that_was_not_in_force_is_a_difference(event_log: EventLog) -> None:
    """Adopted in October and in force from December: what named it in November was decided by the wrong book."""
    adopt_file(event_log, baiyang(), at("2025-09-01 09:00"))
    later = with_days("district", 2)
    adopt(event_log, later, Actor.engine(), at("2025-10-01 09:00"), at("2025-12-01 00:00").date())
    books = books_of(event_log, baiyang())
    may = in_force_of(event_log, baiyang(), books)

    def told(when: str, book: Rulebook) -> list[str]:
        case = Filed(book).receive(when).step()
        return [each.field for each in replayed(Case(PETITION, case.records, None), books, may).differences]

    assert told("2025-11-03 09:00", baiyang()) == []
    assert told("2025-11-03 09:00", later) == ["rulebook", "rulebook"]
    assert told("2025-12-03 09:00", later) == []
    assert told("2025-12-03 09:00", baiyang()) == ["rulebook", "rulebook"]
    assert told("2025-08-03 09:00", later) == [], "before anything was adopted the file of the start was in force"


def test_of_two_books_adopted_within_a_moment_a_step_may_name_the_first_or_the_second(event_log: EventLog) -> None:
    """Found by the fault harness: what was decided between the two adoptions differed for ever."""
    adopt_file(event_log, baiyang(), at("2025-09-01 09:00"))
    first, second = with_days("district", 2), with_days("district", 4)
    day = at("2025-10-01 00:00").date()
    adopt(event_log, first, Actor.engine(), at("2025-10-01 09:00"), day)
    adopt(event_log, second, Actor.engine(), at("2025-10-01 09:00") + timedelta(seconds=3), day)
    books = books_of(event_log, baiyang())
    may = in_force_of(event_log, baiyang(), books)

    def told(seconds: int, book: Rulebook) -> list[str]:
        case = Filed(book).receive(str(at("2025-10-01 09:00") + timedelta(seconds=seconds))[:19])
        return [each.field for each in replayed(Case(PETITION, case.records, None), books, may).differences]

    assert [told(2, book) for book in (baiyang(), first)] == [[], []]
    assert [told(5, book) for book in (baiyang(), first, second)] == [[], [], []]
    assert told(12, first) == [], "a process may not have heard of the second one yet"
    assert told(30, first) == ["rulebook"]


def test_some_hundred_messages_are_decided_again_just_so(ledger: Ledger) -> None:
    walk(ledger(200), 200)


@pytest.mark.long
@pytest.mark.timeout(1_200)
def test_all_messages_are_decided_again_just_so(ledger: Ledger) -> None:
    walk(ledger(ALL), ALL)
