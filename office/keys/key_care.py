"""Looking after the keys: a new master key, a backup of their own, and bringing them back without the erased."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, NamedTuple

from eventstore.folder_owner import hand_over, make_folder
from eventstore.key_backup import lines, restore
from eventstore.keyring import Keyring
from eventstore.log import EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from office.connection import database_of
from office.keys.erasing import erased_keys
from office.keys.master_key import make_key_file, master_key_file, read_key_file
from office.settings import Settings

FEW = 2


class Rotated(NamedTuple):
    """What came of a rotation: keys wrapped anew (0: it was done already), the new file, whether it was made here."""

    keys: int
    file: Path
    made: bool
    in_place: bool
    """Whether the data folder's own key file is the new key now; else the environment must be given it."""


class Restored(NamedTuple):
    """Keys put back, and those of them destroyed again because their residents had been erased since."""

    keys: int
    erased: int


@contextmanager
def store_of(settings: Settings, master: MasterKey | None) -> Iterator[EventLog]:
    """The store without its office: keys can be looked after while they fit nothing.

    Raises:
        NotReachable, PersistenceError: the database is not there.
    """
    datastore = Datastore(database_of(settings), pool_size=FEW)
    try:
        yield EventLog(datastore, master)
    finally:
        datastore.close()


def rotate(petitions: EventLog, old: MasterKey, settings: Settings, new: Path) -> Rotated:
    """Wrap all keys with the master key of the file `new`, made there if it is missing; the old key opens nothing then.

    Safe to repeat with the same file, whatever stopped it. Processes that still hold the old key refuse to seal: they
    have to be started again.

    Raises:
        SettingsError: the file holds no key.
        CannotOpen: the old master key is not the one of this store, and neither is the new one.
    """
    made = not new.exists()
    if made:
        make_key_file(new)
    fresh = read_key_file(new)
    done = Keyring(petitions.datastore, old).rewrap(fresh)
    in_place = settings.master_key is None
    if in_place:
        _replace(master_key_file(settings.data), new.read_bytes())
    return Rotated(done, new, made, in_place)


def back_up(petitions: EventLog, file: Path) -> int:
    """Write every key, wrapped, into a file only its owner can read; whole or not at all. Answers how many keys."""
    number = 0
    with _draft(file) as out:
        for number, line in enumerate(lines(petitions.datastore), 1):  # noqa: B007 - the count is the answer
            out.write(line + "\n")
    return number - 2


def bring_back(petitions: EventLog, master: MasterKey, file: Path) -> Restored:
    """Put back keys that are missing, then destroy again those that were erased since the backup was made.

    Raises:
        BadBackup, CannotOpen: see `restore`.
    """
    with file.open(encoding="utf-8") as backup:
        keys = restore(petitions.datastore, master, backup)
    erased = sum(petitions.keyring.destroy(resident, name) for resident, name in erased_keys(petitions))
    petitions.keyring.sweep()
    return Restored(keys, erased)


def _replace(path: Path, content: bytes) -> None:
    """The data folder's key, from one moment to the next."""
    if path.is_file() and path.read_bytes() == content:
        return
    make_folder(path.parent)
    draft = path.with_name(f"{path.name}.new")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    hand_over(draft)
    draft.replace(path)


@contextmanager
def _draft(path: Path) -> Iterator[IO[str]]:
    draft = path.with_name(f"{path.name}.part")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        hand_over(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
