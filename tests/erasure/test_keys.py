"""The keys' own care: another master key, a backup apart, and coming back without the erased."""

from pathlib import Path

import pytest

from eventstore.key_backup import BadBackup, lines, restore
from eventstore.keyring import Keyring
from eventstore.log import ERASED, EventLog
from eventstore.sealing import CannotOpen, MasterKey
from office.intake import Intake
from office.keys.key_care import back_up, bring_back, rotate
from office.keys.master_key import make_master_key, master_key
from office.settings import Settings
from tests.erasure.conftest import CANARY, MASTER, Place

NEW = MasterKey(b"\x09" * 32)


def text(event_log: EventLog, petition: str) -> str | None:
    return event_log.unseal(event_log.read(petition)[0], ("text",))["text"]


def forgotten(place: Place) -> None:
    """All keys are lost."""
    with place.event_log.datastore.get_connection() as connection:
        connection.execute("TRUNCATE suqiu_keys.residents, suqiu_keys.secrets")


def test_after_a_new_master_key_the_old_one_opens_and_makes_nothing(place: Place) -> None:
    petition, _ = place.comes(1)
    place.comes(2)
    assert Keyring(place.event_log.datastore, MASTER).rewrap(NEW) == 3, "two residents and the identity secret"
    renewed = EventLog(place.event_log.datastore, NEW)
    assert CANARY in (text(renewed, petition) or "")
    assert Intake(renewed, place.rules, place.now, community="baiyang").identities.receipt("x") == (
        place.intake.identities.receipt("x")
    )
    with pytest.raises(CannotOpen, match="another master key"):
        text(place.event_log, petition)
    head = place.event_log.head()
    with pytest.raises(CannotOpen, match="master key of this store was replaced"):
        place.comes(3)
    with pytest.raises(CannotOpen):
        place.comes(1, "再来")
    assert place.event_log.head() == head, "a process that was not started again takes nothing in"
    assert Keyring(place.event_log.datastore, MASTER).rewrap(NEW) == 0, "once more does nothing"
    with pytest.raises(CannotOpen):
        Keyring(place.event_log.datastore, MasterKey(b"\x01" * 32)).rewrap(MasterKey(b"\x02" * 32))


def test_a_rotation_that_was_stopped_half_way_is_repeated(
    place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = Settings(data=tmp_path / "data", database_url=place.dsn)
    old = make_master_key(settings)
    Keyring(place.event_log.datastore, MASTER).rewrap(old)
    new = tmp_path / "new.key"
    monkeypatch.setattr("office.keys.key_care._replace", _stops)
    with pytest.raises(KeyboardInterrupt):
        rotate(place.event_log, old, settings, new)
    monkeypatch.undo()
    assert master_key(settings).id == old.id  # type: ignore[union-attr]
    done = rotate(place.event_log, old, settings, new)
    assert (done.keys, done.made, done.in_place) == (0, False, True)
    found = master_key(settings)
    assert found is not None
    assert found.id != old.id
    assert Keyring(place.event_log.datastore, found).identity_secret()
    assert new.stat().st_mode & 0o077 == 0


def _stops(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_backup_brings_keys_back_but_not_those_of_the_erased(place: Place, tmp_path: Path) -> None:
    kept, _ = place.comes(1)
    gone, resident = place.comes(2)
    file = tmp_path / "keys.jsonl"
    assert back_up(place.event_log, file) == 3
    assert file.stat().st_mode & 0o077 == 0
    place.erases(resident)
    forgotten(place)
    assert text(place.event_log, kept) == ERASED
    with pytest.raises(CannotOpen, match="its keys are not here"):
        Intake(place.event_log, place.rules, place.now, community="baiyang")
    done = bring_back(place.event_log, MASTER, file)
    assert (done.keys, done.erased) == (2, 1)
    assert CANARY in (text(place.event_log, kept) or "")
    assert text(place.event_log, gone) == ERASED
    assert place.comes(1)[0] == kept, "the same receipts again"
    assert bring_back(place.event_log, MASTER, file) == (1, 1), "the erased one's again, and gone again"


def test_a_broken_backup_puts_nothing_back(place: Place) -> None:
    place.comes(1)
    whole = list(lines(place.event_log.datastore))
    forgotten(place)
    for broken in (whole[:-1], [*whole[:-2], whole[-1]], whole[1:], [*whole[:-1], "{"], ["[]"], []):
        with pytest.raises(BadBackup, match="backup"):
            restore(place.event_log.datastore, MASTER, broken)
    with pytest.raises(CannotOpen):
        restore(place.event_log.datastore, NEW, whole)
    assert place.event_log.keyring.residents() == frozenset()
    assert restore(place.event_log.datastore, MASTER, whole) == 1


def test_a_backup_of_another_store_is_refused(place: Place) -> None:
    place.comes(1)
    whole = list(lines(place.event_log.datastore))
    with place.event_log.datastore.get_connection() as connection:
        connection.execute("DELETE FROM suqiu_keys.secrets; DELETE FROM suqiu.head")
        connection.execute("DROP TABLE suqiu.events CASCADE")
    fresh = EventLog(place.event_log.datastore, MASTER)
    fresh.keyring.identity_secret()
    with pytest.raises(CannotOpen, match="of another store"):
        restore(place.event_log.datastore, MASTER, whole)
