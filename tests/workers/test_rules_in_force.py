"""Which rulebook is in force when, and what a start may adopt."""

from datetime import date, datetime, timedelta

from aggregates.event import Actor
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.rules import rules_in_force
from office.rules.adoption import adopt, adopt_file, adoptions
from office.rules.rules_in_force import RulesInForce
from rulebook.model import Rulebook
from tests.aggregates.office import at
from tests.rulebook.books import baiyang

NOW = at("2025-12-01 10:00")
BY = Actor.engine()


def book(since: date, leaders_rhythm: int = 1) -> Rulebook:
    """Baiyang's from another day, and one figure of it other."""
    leader = baiyang().leader.model_copy(update={"remind_every_days": leaders_rhythm})
    return baiyang().model_copy(update={"effective_from": since, "leader": leader})


def log_of(database: str) -> tuple[Datastore, EventLog]:
    datastore = Datastore(database, pool_size=2)
    return datastore, EventLog(datastore, MasterKey(b"1" * 32))


def test_the_book_of_the_day_counts_and_of_one_day_the_last(database: str) -> None:
    datastore, log = log_of(database)
    old, new, mended = (book(date(2025, 1, 1)), book(date(2026, 1, 1), 2), book(date(2026, 1, 1), 3))
    here = RulesInForce(log, old)
    assert here.at(NOW).hash == old.hash, "without any adoption, the file of the start"
    for each in (old, new, mended):
        adopt(log, each, BY, NOW)
    here = RulesInForce(log, new)
    assert here.at(NOW).hash == old.hash
    assert here.at(at("2025-12-31 23:59")).hash == old.hash
    assert here.at(at("2026-01-01 00:00")).hash == mended.hash
    assert here.at(at("2024-06-01 09:00")).hash == old.hash, "before the first one, the first"
    datastore.close()


def test_a_running_process_notices_an_adoption(database: str, monkeypatch: object) -> None:
    datastore, log = log_of(database)
    old, new = book(date(2025, 1, 1)), book(date(2025, 6, 1), 2)
    adopt(log, old, BY, NOW)
    here = RulesInForce(log, old)
    assert here.at(NOW).hash == old.hash
    adopt(log, new, BY, NOW)
    assert here.at(NOW).hash == old.hash, "for a second it goes by what it knows"
    monkeypatch.setattr(rules_in_force, "LOOK_EVERY_SECONDS", 0.0)  # type: ignore[attr-defined]
    assert here.at(NOW).hash == new.hash
    datastore.close()


def test_two_processes_with_different_files_do_not_flip_the_book(database: str) -> None:
    datastore, log = log_of(database)
    old, new, older = book(date(2025, 1, 1)), book(date(2025, 1, 1), 2), book(date(2024, 1, 1))
    assert adopt_file(log, old, NOW)
    assert adopt_file(log, new, NOW), "a mended file of the same day is adopted"
    for _ in range(3):
        assert not adopt_file(log, old, NOW), "the old one never comes back by a start"
        assert not adopt_file(log, new, NOW)
    assert not adopt_file(log, older, NOW), "nor one of an earlier day"
    assert RulesInForce(log, old).at(NOW).hash == new.hash
    assert adopt(log, old, BY, NOW) == (3, True), "to go back is an act"
    assert RulesInForce(log, new).at(NOW).hash == old.hash
    assert len(adoptions(log, "baiyang")) == 3
    datastore.close()


def test_an_adoption_may_name_another_day_than_the_book(database: str) -> None:
    datastore, log = log_of(database)
    old, new = book(date(2025, 1, 1)), book(date(2025, 1, 1), 2)
    adopt(log, old, BY, NOW)
    day = (NOW + timedelta(days=10)).date()
    assert adopt(log, new, BY, NOW, day) == (2, True)
    assert adopt(log, new, BY, NOW, day) == (2, False)
    here = RulesInForce(log, old)
    assert here.at(NOW).hash == old.hash
    assert here.at(datetime.combine(day, NOW.timetz())).hash == new.hash
    datastore.close()
