"""After an erasure it is said what could still be opened and until when; the master key's replacement has its day."""

import base64
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aggregates.office.events import KEYS, MasterKeyReplaced
from eventstore.keyring import Keyring
from eventstore.log import EventLog
from eventstore.master_key_age import MasterKeyAge, master_key_age
from eventstore.sealing import CannotOpen
from office.keys.key_care import back_up, bring_back, rotate
from office.keys.master_key import make_master_key, read_key_file
from office.keys.master_key_due import AFTER_AN_ERASURE, AT_LEAST_EVERY, due, recoverable_until
from office.settings import Settings
from projections import read_models
from projections.erasures import KeysDestroyed, keys_destroyed
from tests.erasure.conftest import CANARY, MASTER, Place
from workers.reading.projection_runner import ProjectionRunner

NOW = datetime(2026, 1, 1, tzinfo=UTC)
instants = st.integers(-400, 400).map(lambda days: NOW + timedelta(days=days))


def age_of(place: Place) -> MasterKeyAge:
    with psycopg.connect(place.dsn) as connection:
        return master_key_age(connection)


def destroyed_since(place: Place) -> int:
    """By the read model, brought up to date."""
    runner = ProjectionRunner(place.event_log, read_models())
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute("DROP SCHEMA IF EXISTS view_erasures CASCADE")
    runner.rebuild("erasures", lambda *_: None)
    with psycopg.connect(place.dsn) as connection:
        return keys_destroyed(connection, age_of(place).as_of or 0).number


def settings_of(place: Place, folder: Path) -> Settings:
    settings = Settings(data=folder / "data", database_url=place.dsn)
    Keyring(place.event_log.datastore, MASTER).rewrap(make_master_key(settings))
    return settings


def replaced(place: Place) -> list[MasterKeyReplaced]:
    return [each.event for each in place.event_log.read(KEYS) if isinstance(each.event, MasterKeyReplaced)]


def with_its_key_of(file: Path, place: Place, petition: str, resident: str) -> dict[str, str | None]:
    """What can be read while the key that an older backup has of a resident is back; then it is gone again."""
    kept = [json.loads(each) for each in file.read_text("utf-8").splitlines() if resident in each]
    (line,) = [each for each in kept if "wrapped" in each]
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        row = (resident, base64.b64decode(line["wrapped"]))
        connection.execute("INSERT INTO suqiu_keys.residents VALUES (%s, %s)", row)
    try:
        return place.words(petition)
    finally:
        with psycopg.connect(place.dsn, autocommit=True) as connection:
            connection.execute("DELETE FROM suqiu_keys.residents WHERE resident = %s", (resident,))


def test_an_erased_key_is_recoverable_until_the_master_key_is_replaced_and_its_old_copy_gone(
    place: Place, tmp_path: Path
) -> None:
    settings = settings_of(place, tmp_path)
    old = make_master_key(settings)
    office = EventLog(place.event_log.datastore, old, place.event_log.guard)
    place.event_log.keyring = office.keyring
    petition, resident = place.comes(1)
    file = tmp_path / "keys"
    back_up(office, file)
    place.erases(resident)
    erased = place.eraser.load(resident).erased
    assert erased is not None
    # With an older backup of keys and the master key, what was erased is read again: that is what has to end.
    assert CANARY in str(with_its_key_of(file, place, petition, resident))
    assert recoverable_until(NOW, erased.position, age_of(place)) == NOW + AFTER_AN_ERASURE
    assert destroyed_since(place) == 1

    rotate(office, old, settings, tmp_path / "new.key")

    assert recoverable_until(NOW, erased.position, age_of(place)) is None
    assert destroyed_since(place) == 0
    (event,) = replaced(place)
    fresh = read_key_file(tmp_path / "new.key")
    assert event.key == fresh.id
    with pytest.raises(CannotOpen, match="another master key"):
        bring_back(EventLog(place.event_log.datastore, fresh, place.event_log.guard), fresh, file)
    place.event_log.keyring = Keyring(place.event_log.datastore, fresh)
    with pytest.raises(CannotOpen, match="another master key"):
        with_its_key_of(file, place, petition, resident)
    assert CANARY not in str(place.words(petition))


def test_a_story_of_long_ago_makes_no_key_old(place: Place) -> None:
    """Given what a simulated clock recorded, as this test's own; then the key's age does not count from there."""
    place.comes(1)
    assert age_of(place).since is None
    with psycopg.connect(place.dsn) as connection:
        connection.execute("DELETE FROM suqiu.stories")
        assert master_key_age(connection).since is not None
        connection.rollback()


def test_a_replacement_is_on_record_once_however_often_it_is_repeated(place: Place, tmp_path: Path) -> None:
    settings = settings_of(place, tmp_path)
    old = make_master_key(settings)
    office = EventLog(place.event_log.datastore, old, place.event_log.guard)
    head = office.head()
    for _ in range(3):
        rotate(office, old, settings, tmp_path / "new.key")
    assert [each.as_of for each in replaced(place)] == [head]


def test_one_that_was_stopped_before_it_was_on_record_is_recorded_by_whoever_repeats_it(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When it was is not known then: keys erased before stay counted, so that none is forgotten."""
    settings = settings_of(place, tmp_path)
    old = make_master_key(settings)
    place.event_log.keyring = Keyring(place.event_log.datastore, old)
    _, resident = place.comes(1)
    place.comes(2)
    place.erases(resident)
    office = EventLog(place.event_log.datastore, old, place.event_log.guard)

    def stops(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("office.keys.key_care._note", stops)
    with pytest.raises(KeyboardInterrupt):
        rotate(office, old, settings, tmp_path / "new.key")
    monkeypatch.undo()
    assert replaced(place) == []
    rotate(office, old, settings, tmp_path / "new.key")
    assert [each.as_of for each in replaced(place)] == [0]
    assert destroyed_since(place) == 1
    later = make_master_key(settings)
    again = EventLog(place.event_log.datastore, later, place.event_log.guard)
    rotate(again, later, settings, tmp_path / "newer.key")
    assert destroyed_since(place) == 0


@given(instants, st.lists(instants, max_size=4))
def test_the_day_is_never_later_than_a_year_nor_than_a_month_after_any_erasure(
    since: datetime, erased: list[datetime]
) -> None:
    found = due(since, KeysDestroyed(len(erased), min(erased, default=None)))
    assert found.by <= since + AT_LEAST_EVERY
    assert all(found.by <= each + AFTER_AN_ERASURE for each in erased)
    assert found.erased == len(erased)


@given(st.integers(1, 1_000), st.none() | st.integers(0, 1_000))
def test_an_erasure_counts_as_over_only_if_it_was_before_a_replacement(position: int, as_of: int | None) -> None:
    until = recoverable_until(NOW, position, MasterKeyAge(NOW - timedelta(days=1), as_of, NOW))
    assert (until is None) == (as_of is not None and position <= as_of)
