"""Care of the keys: replacing the master key, backing the keys up, and restoring them without those of the erased."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from aggregates.event import Actor, Header
from aggregates.office.decisions import replace_master_key
from aggregates.office.events import KEYS, MasterKeyReplaced
from aggregates.record import Recorded
from eventstore.folder_owner import hand_over, make_folder
from eventstore.key_backup import lines, restore
from eventstore.keyring import Keyring
from eventstore.log import Append, EventLog
from eventstore.once import append_once
from eventstore.private_files import create, new_private_file
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.connection import database_of
from office.keys.erasing import erased_keys
from office.keys.master_key import make_key_file, master_key_file, read_key_file
from office.rules.book_in_use import book_in_use
from office.settings import Settings
from rulebook.problems import Expected

FEW = 2


class Rotated(NamedTuple):
    """The result of a rotation: keys wrapped again (0: done before), the new key's file, and whether it was created."""

    keys: int
    file: Path
    made: bool
    in_place: bool
    """Whether the data folder's key file now holds the new key; else the environment must be given it."""


class Restored(NamedTuple):
    """How many keys were restored, and how many of them destroyed again because their residents were erased since."""

    keys: int
    erased: int


@contextmanager
def store_of(settings: Settings, master: MasterKey | None) -> Iterator[EventLog]:
    """The store alone, without rulebook, clock or handlers, so that keys can be cared for even when none fits.

    Raises:
        NotReachable, PersistenceError: the database cannot be reached.
    """
    datastore = Datastore(database_of(settings), pool_size=FEW)
    try:
        yield EventLog(datastore, master)
    finally:
        datastore.close()


def rotate(event_log: EventLog, old: MasterKey, settings: Settings, new: Path) -> Rotated:
    """Wrap all keys with the master key in the file `new`, created if missing; then the old master key opens nothing.

    Idempotent with the same file, whatever stopped it. Processes that still hold the old key refuse to seal: restart
    them.

    That it was done is on record in the log, so that the next time is known (`office/keys/master_key_due.py`).

    Raises:
        SettingsError: the file holds no key.
        CannotOpen: the old master key is not the one of this store, and neither is the new one.
        ClockWrong: this machine's clock is wrong; nothing was done.
    """
    with event_log.datastore.get_connection() as connection:
        event_log.guard.ask(connection)
    event_log.must_be_in_time()
    before = event_log.head()
    made = not new.exists()
    if made:
        make_key_file(new)
    fresh = read_key_file(new)
    done = Keyring(event_log.datastore, old).rewrap(fresh)
    _note(event_log, fresh.id, before if done else None, settings)
    in_place = settings.master_key is None
    if in_place:
        _replace(master_key_file(settings.data), new.read_bytes())
    return Rotated(done, new, made, in_place)


def _note(event_log: EventLog, key: str, as_of: int | None, settings: Settings) -> None:
    """Record a replacement, once."""
    try:
        rulebook = book_in_use(settings).hash
    except Expected:  # keys are cared for where no rulebook can be read, too
        rulebook = ""
    header = Header(at=event_log.guard.now(), by=Actor.engine(), rulebook=rulebook, rule=None)

    def decide(records: list[Recorded]) -> Append | None:
        replaced = [record.event for record in records if isinstance(record.event, MasterKeyReplaced)]
        event = replace_master_key(header, replaced[-1] if replaced else None, key, as_of)
        if event is None:
            return None
        return Append(KEYS, len(records), (event,), f"master-key:{len(records) + 1}", header.at)

    append_once(event_log, KEYS, decide)


def back_up(event_log: EventLog, file: Path) -> int:
    """Write every key, wrapped, to a file (mode 0600), atomically; returns how many keys (residents' and the
    identity secret).
    """
    number = 0
    with _draft(file) as out:
        for line in lines(event_log.datastore):
            number += "wrapped" in line
            out.write(line + "\n")
    return number


def bring_back(event_log: EventLog, master: MasterKey, file: Path) -> Restored:
    """Restore missing keys, then destroy again those that were erased since the backup.

    Raises:
        BadBackup, CannotOpen: see `restore`.
    """
    with file.open(encoding="utf-8") as backup:
        keys = restore(event_log.datastore, master, backup)
    erased = sum(event_log.keyring.destroy(resident, name) for resident, name in erased_keys(event_log))
    event_log.keyring.sweep()
    return Restored(keys, erased)


def _replace(path: Path, content: bytes) -> None:
    """Replace the data folder's key file atomically."""
    if path.is_file() and path.read_bytes() == content:
        return
    make_folder(path.parent)
    draft = path.with_name(f"{path.name}.new")
    with new_private_file(draft) as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    hand_over(draft)
    draft.replace(path)


@contextmanager
def _draft(path: Path) -> Iterator[IO[str]]:
    draft = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(create(draft), "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        hand_over(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
