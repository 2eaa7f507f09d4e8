"""`suqiu backup` and `suqiu restore`: the log in a folder, its keys apart, and both restored into an empty store."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

import psycopg
from psycopg.conninfo import make_conninfo
from psycopg.errors import UndefinedTable
from psycopg.rows import dict_row

from eventstore.backup.bringing_back import check_files, must_be_empty, whole, write_back
from eventstore.backup.manifest import Manifest
from eventstore.backup.taking import take
from eventstore.folder_owner import make_folder
from eventstore.key_backup import fits
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from eventstore.set_up import set_up
from evidence.auditing import Verified, verify
from evidence.checkpoint_file import append, notes_in
from evidence.log_key import checkpoint_file
from machine.data_folder import DataFolder
from machine.embedded_postgres import EmbeddedPostgres
from office.connection import CONNECT_SECONDS, database_of
from office.keys.key_care import Restored, back_up, bring_back
from office.run_info import read_run
from office.settings import Settings
from projections import read_models
from projections.generation import Generation
from workers.reading.projection_runner import ProjectionRunner

Progress = Callable[[str, int, int], object]
"""(what is being done, how much of it, of how much)."""

FEW = 2


class BackedUp(NamedTuple):
    """A backup: events in the folder, how many of them are new in it, keys in their file."""

    events: int
    added: int
    bytes: int
    keys: int
    root: str


class BroughtBack(NamedTuple):
    """What is in the store after a restore; `lost`: events above it that this machine's checkpoints know of."""

    made_at: datetime
    events: int
    keys: Restored | None
    verified: Verified
    models: int
    lost: int


def keys_beside(folder: Path) -> Path:
    """Default path of the keys: a file beside the folder, so that the folder alone can be given away."""
    return folder.with_name(f"{folder.name}.keys")


def back_up_store(settings: Settings, folder: Path, keys: Path, now: datetime, progress: Progress) -> BackedUp:
    """Back up the log to the folder and the keys to their file, while everything runs.

    Keys are read after the events: every resident in the log has a key in the file, except those erased in between.

    Raises:
        NotReachable, psycopg.Error, PersistenceError: the database cannot be reached.
        BadBackup, OSError: see `take`.
    """
    dsn = database_of(settings)
    psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS).close()
    make_folder(keys.parent)
    datastore = Datastore(dsn, pool_size=FEW)
    try:
        event_log = EventLog(datastore, None)
        taken = take(dsn, folder, now, version("suqiu"), lambda done, of: progress("事件 events", done, of))
        number = back_up(event_log, keys)
    finally:
        datastore.close()
    parts = (*taken.manifest.stretches, *taken.manifest.tables)
    size = sum(part.bytes for part in parts)
    return BackedUp(taken.manifest.events, taken.added, size, number, taken.manifest.root)


def restore_store(
    settings: Settings,
    folder: Path,
    *,
    keys: Path | None,
    master: MasterKey | None,
    program: str | None,
    progress: Progress,
) -> BroughtBack:
    """Fill an empty store, destroy again the keys of the erased, build the read models, and verify.

    Every check that can refuse is made before the first row is written. `program`: database role that owns the read
    models and may work in the store.

    Raises:
        BadBackup, NotEmpty, CannotOpen: the folder, the store or the keys do not fit.
        NotReachable, psycopg.Error, NotSetUp: the database cannot be reached, or refuses.
    """
    manifest = whole(folder)
    if keys is not None:
        assert master is not None
        with keys.open(encoding="utf-8") as backup:
            fits(master, backup)
    with _server(settings) as dsn:
        _prepare(dsn, program)
        check_files(folder, manifest, lambda done, of: progress("文件 files", done, of))
        write_back(dsn, folder, manifest, lambda done, of: progress("文件 files", done, of))
        restored = _keys_back(dsn, keys, master)
        models = _make_models(dsn, program, progress)
        found = verify(dsn, None, progress=lambda done, of: progress("验证 verified", done, of))
        lost = _known_beyond(settings, dsn, manifest)
    return BroughtBack(manifest.made_at, manifest.events, restored, found, models, lost)


@contextmanager
def _server(settings: Settings) -> Iterator[str]:
    """The DSN of the configured or running database; else the data folder's embedded server, started for this."""
    if settings.database_url is not None or read_run(settings.data) is not None:
        yield database_of(settings)
        return
    with DataFolder(settings.data) as home:
        postgres = EmbeddedPostgres(home.postgres, logs=home.logs)
        try:
            postgres.start()
            yield postgres.dsn()
        finally:
            postgres.stop()


def _prepare(dsn: str, program: str | None) -> None:
    with suppress(UndefinedTable), psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS) as looking:
        must_be_empty(looking)
    with (
        psycopg.connect(dsn, connect_timeout=CONNECT_SECONDS, row_factory=dict_row) as connection,
        connection.cursor() as cursor,
    ):
        set_up(cursor, program)


def _keys_back(dsn: str, keys: Path | None, master: MasterKey | None) -> Restored | None:
    if keys is None or master is None:
        return None
    datastore = Datastore(dsn, pool_size=FEW)
    try:
        return bring_back(EventLog(datastore, master), master, keys)
    finally:
        datastore.close()


def _make_models(dsn: str, program: str | None, progress: Progress) -> int:
    """Build every read model, as the role `program`; tables of an earlier log are dropped."""
    theirs = dsn if program is None else make_conninfo(dsn, options=f"-c role={program}")
    models = read_models()
    datastore = Datastore(theirs, pool_size=FEW)
    try:
        runner = ProjectionRunner(EventLog(datastore, None), models)
        for model in models:
            with psycopg.connect(theirs, autocommit=True) as connection:
                Generation(model, connection).drop()
            runner.rebuild(model.name, _named(progress, model.name))
    finally:
        datastore.close()
    return len(models)


def _named(progress: Progress, name: str) -> Callable[[int, int], None]:
    def moved(at: int, of: int) -> None:
        progress(name, at, of)

    return moved


def _known_beyond(settings: Settings, dsn: str, manifest: Manifest) -> int:
    """How many events above the backup this machine's checkpoint file knows. A missing file is written."""
    file = checkpoint_file(settings)
    if file is None:
        return 0
    if file.exists():
        sizes = [read_checkpoint(note).size for note in notes_in(file.read_text("utf-8"))]
        return max([*sizes, manifest.events]) - manifest.events
    with psycopg.connect(dsn) as connection:
        for row in archive.stored(connection):
            append(file, archive.whole(connection, row))
    return 0
