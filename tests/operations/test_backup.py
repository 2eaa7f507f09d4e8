"""A backup is whole, apart from its keys, added to, and put back into an empty store only."""

import base64
import gzip
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cli.main import run
from eventstore.backup import event_rows
from eventstore.backup.bringing_back import NotEmpty, check_files, whole
from eventstore.backup.manifest import BadBackup, read_manifest, write_manifest
from eventstore.backup.taking import KEPT, LEFT_OUT, take
from eventstore.clock_guard import ClockGuard
from eventstore.group_commit import GroupCommit
from eventstore.log import ERASED, EventLog
from eventstore.recorder import Datastore
from eventstore.sealing import CannotOpen, MasterKey
from machine import backup
from machine.embedded_postgres import EmbeddedPostgres
from office.settings import Settings
from projections import read_models
from projections.generation import Generation
from tests.erasure.conftest import CANARY, MASTER, Place
from tests.eventstore.conftest import receive

pytestmark = pytest.mark.engine

NOW = datetime(2025, 9, 24, 9, tzinfo=UTC)


def quiet(_what: str, _done: int, _of: int) -> None:
    """No bar."""


@pytest.fixture
def place(database: str) -> Iterator[Place]:
    """A store in which residents bring petitions."""
    datastore = Datastore(database)
    event_log = EventLog(datastore, MASTER)
    with GroupCommit(event_log) as commit:
        yield Place(database, event_log, commit)
    datastore.close()


@pytest.fixture
def empty(postgres: EmbeddedPostgres) -> Iterator[str]:
    """Another database, with nothing in it."""
    postgres.make_database("put_back")
    yield postgres.dsn("put_back")
    with psycopg.connect(postgres.dsn("postgres"), autocommit=True) as connection:
        connection.execute("DROP DATABASE put_back WITH (FORCE)")


def of(dsn: str, data: Path) -> Settings:
    return Settings(data=data, database_url=dsn)


def backed_up(place: Place, folder: Path) -> backup.BackedUp:
    return backup.back_up_store(of(place.dsn, folder / "data"), folder / "log", folder / "apart.keys", NOW, quiet)


def put_back(dsn: str, folder: Path, **given: object) -> backup.BroughtBack:
    options = {"keys": folder / "apart.keys", "master": MASTER, "program": None, "progress": quiet} | given
    return backup.restore_store(of(dsn, folder / "other"), folder / "log", **options)  # type: ignore[arg-type]


def rows(dsn: str, table: str) -> list[tuple[object, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2").fetchall()  # noqa: S608


def test_what_comes_back_is_the_same_and_the_erased_stay_erased(place: Place, empty: str, tmp_path: Path) -> None:
    """Given petitions, messages and an erasure after the keys' backup, then all comes back but what was erased."""
    kept, _ = place.comes(1)
    gone, resident = place.comes(2)
    place.withdraws(gone)
    place.tells()
    backed_up(place, tmp_path)
    old_keys = (tmp_path / "apart.keys").read_bytes()
    place.erases(resident)
    done = backed_up(place, tmp_path)
    assert done.events == place.event_log.head()
    assert done.keys == 2, "of one resident, and the secret of receipts"
    (tmp_path / "apart.keys").write_bytes(old_keys)

    back = put_back(empty, tmp_path)

    assert back.verified.wrong is None
    assert back.events == place.event_log.head()
    assert back.keys is not None
    assert (back.keys.keys, back.keys.erased) == (2, 1), "the older file of keys still had the erased one's"
    for table in ("suqiu.events", "suqiu.head", "suqiu.readers", "suqiu_keys.residents"):
        assert rows(empty, table) == rows(place.dsn, table), table
    datastore = Datastore(empty)
    event_log = EventLog(datastore, MASTER)
    assert CANARY in (event_log.unseal(event_log.read(kept)[0], ("text",))["text"] or "")
    assert event_log.unseal(event_log.read(gone)[0], ("text",))["text"] == ERASED
    with psycopg.connect(empty) as connection:
        reached = {model.name: Generation(model, connection).reached() for model in read_models()}
    assert {each.position for each in reached.values() if each} == {place.event_log.head()}
    datastore.close()


def test_another_backup_adds_what_is_new(place: Place, empty: str, tmp_path: Path) -> None:
    place.comes(1)
    first = backed_up(place, tmp_path)
    files = {path.name: path.read_bytes() for path in (tmp_path / "log").glob("events-*")}
    place.comes(2)
    second = backed_up(place, tmp_path)
    third = backed_up(place, tmp_path)
    assert (first.added, second.added, third.added) == (first.events, second.events - first.events, 0)
    assert all((tmp_path / "log" / name).read_bytes() == content for name, content in files.items())
    manifest = read_manifest(tmp_path / "log")
    assert manifest is not None
    named = {part.name for part in (*manifest.stretches, *manifest.tables)} | {"manifest.json"}
    assert {path.name for path in (tmp_path / "log").iterdir()} == named, "nothing of earlier backups is left"
    assert put_back(empty, tmp_path).verified.wrong is None


def test_a_backup_that_is_stopped_leaves_the_one_before_it_whole(
    place: Place, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Given another backup of the same events, killed before its manifest stands, then what its files say is theirs."""

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    place.comes(1)
    backed_up(place, tmp_path)
    with psycopg.connect(place.dsn) as connection:
        connection.execute("INSERT INTO suqiu.readers (name, position) VALUES ('another', 1)")
    for _ in range(2):
        monkeypatch.setattr("eventstore.backup.taking.write_manifest", killed)
        with pytest.raises(KeyboardInterrupt):
            backed_up(place, tmp_path)
    monkeypatch.undo()
    manifest = read_manifest(tmp_path / "log")
    assert manifest is not None
    check_files(tmp_path / "log", manifest)
    backed_up(place, tmp_path)
    manifest = read_manifest(tmp_path / "log")
    assert manifest is not None
    assert len(list((tmp_path / "log").iterdir())) == len(manifest.stretches) + len(manifest.tables) + 1
    assert put_back(empty, tmp_path).verified.wrong is None
    assert "another" in {name for name, *_ in rows(empty, "suqiu.readers")}


def test_a_backup_whose_tables_are_named_by_size_alone_is_added_to_and_put_back(
    place: Place, empty: str, tmp_path: Path
) -> None:
    """As this program wrote them before."""
    place.comes(1)
    size = backed_up(place, tmp_path).events
    manifest = read_manifest(tmp_path / "log")
    assert manifest is not None
    tables = []
    for part in manifest.tables:
        name = f"{part.table}-{size:012}.copy.gz"
        (tmp_path / "log" / part.name).rename(tmp_path / "log" / name)
        tables.append(part.model_copy(update={"name": name}))
    write_manifest(tmp_path / "log", manifest.model_copy(update={"tables": tuple(tables)}))
    check_files(tmp_path / "log", whole(tmp_path / "log"))
    assert backed_up(place, tmp_path).added == 0
    assert not (tmp_path / "log" / tables[0].name).exists()
    assert put_back(empty, tmp_path).verified.wrong is None


def test_what_a_wrong_clock_once_wrote_and_a_story_come_back_as_they_were(
    place: Place, empty: str, tmp_path: Path
) -> None:
    """Given rows two days ahead, which an earlier version let in, then nothing refuses them where they are put back."""
    place.comes(1)
    story = EventLog(place.event_log.datastore, MASTER, ClockGuard(lambda: datetime.now(UTC), story=True))
    to_come = datetime.now(UTC) + timedelta(days=2)
    assert story.append([receive("p-ahead")._replace(recorded_at=to_come)]) == [True]
    with psycopg.connect(place.dsn) as connection:
        connection.execute("DELETE FROM suqiu.stories")
    assert story.append([receive("p-told")._replace(recorded_at=to_come)]) == [True]
    backed_up(place, tmp_path)
    assert put_back(empty, tmp_path).verified.wrong is None
    assert rows(empty, "suqiu.events") == rows(place.dsn, "suqiu.events")
    assert len(rows(empty, "suqiu.stories")) == 1
    with psycopg.connect(empty) as connection, pytest.raises(psycopg.DatabaseError, match="ahead of the database's"):
        connection.execute(
            "INSERT INTO suqiu.events SELECT 99, 'p-later', 1, topic, state, recorded_at, command_id, leaf_hash "
            "FROM suqiu.events WHERE originator_id = 'p-ahead'"
        )


def test_what_came_back_is_asked_by_its_indices_at_once(place: Place, empty: str, tmp_path: Path) -> None:
    place.comes(1)
    backed_up(place, tmp_path)
    put_back(empty, tmp_path)
    with psycopg.connect(empty) as connection:
        counted = connection.execute("SELECT reltuples FROM pg_class WHERE oid = 'suqiu.events'::regclass").fetchone()
    assert counted == (place.event_log.head(),)


def test_a_backup_while_petitions_come_is_one_instant(place: Place, empty: str, tmp_path: Path) -> None:
    """Given petitions that come all the while, then each backup is a beginning of the log, and it verifies."""
    ending = threading.Event()

    def come() -> None:
        number = 0
        while not ending.is_set():
            number += 1
            place.comes(number)

    coming = threading.Thread(target=come)
    coming.start()
    try:
        found = [backed_up(place, tmp_path) for _ in range(4)]
    finally:
        ending.set()
        coming.join()
    sizes = [each.events for each in found]
    assert sizes == sorted(sizes)
    assert sizes[-1] > sizes[0], "petitions came between them"
    back = put_back(empty, tmp_path)
    assert back.verified.wrong is None
    assert back.events == sizes[-1]
    assert rows(empty, "suqiu.events") == rows(place.dsn, "suqiu.events")[: back.events]
    assert back.keys is not None
    assert back.keys.keys >= len({row[1] for row in rows(empty, "suqiu.events")})


def test_a_store_that_has_something_is_left_as_it_is(place: Place, tmp_path: Path) -> None:
    place.comes(1)
    backed_up(place, tmp_path)
    place.comes(2)
    before = rows(place.dsn, "suqiu.events")
    with pytest.raises(NotEmpty, match="empty store only"):
        put_back(place.dsn, tmp_path)
    assert rows(place.dsn, "suqiu.events") == before


@pytest.mark.parametrize("how", ["a bit", "a file", "cut", "the manifest", "another folder"])
def test_a_damaged_backup_is_refused_before_anything_is_written(
    place: Place, empty: str, tmp_path: Path, how: str
) -> None:
    place.comes(1)
    backed_up(place, tmp_path)
    (file,) = (tmp_path / "log").glob("events-*")
    content = bytearray(file.read_bytes())
    if how == "a bit":
        content[len(content) // 2] ^= 1
        file.write_bytes(content)
    elif how == "a file":
        file.unlink()
    elif how == "cut":
        file.write_bytes(content[:-10])
    elif how == "the manifest":
        (tmp_path / "log" / "manifest.json").write_text('{"form": "suqiu/backup/1"}')
    else:
        (tmp_path / "log" / "manifest.json").unlink()
    with pytest.raises(BadBackup, match=str(tmp_path)):
        put_back(empty, tmp_path)
    with psycopg.connect(empty) as connection:
        found = connection.execute("SELECT to_regclass('suqiu.events')").fetchone()
        assert found is not None
        assert found[0] is None or rows(empty, "suqiu.events") == []


def test_another_master_key_is_refused_before_anything_is_written(place: Place, empty: str, tmp_path: Path) -> None:
    place.comes(1)
    backed_up(place, tmp_path)
    with pytest.raises(CannotOpen):
        put_back(empty, tmp_path, master=MasterKey(b"\x01" * 32))
    assert put_back(empty, tmp_path, keys=None, master=None).keys is None, "and without keys it goes"


def test_the_backup_of_another_log_is_not_added_to(place: Place, empty: str, tmp_path: Path) -> None:
    place.comes(1)
    backed_up(place, tmp_path)
    datastore = Datastore(empty)
    other = EventLog(datastore, MASTER)
    with pytest.raises(BadBackup, match="more than the 0 of this store"):
        take(empty, tmp_path / "log", NOW, "x")
    with GroupCommit(other) as commit:
        stranger = Place(empty, other, commit)
        for number in range(7, 10):
            stranger.comes(number)
    with pytest.raises(BadBackup, match="another store's backup"):
        take(empty, tmp_path / "log", NOW, "x")
    datastore.close()


def test_a_row_that_was_changed_in_the_store_does_not_count_as_backed_up(place: Place, tmp_path: Path) -> None:
    place.comes(1)
    with psycopg.connect(place.dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE suqiu.events DISABLE TRIGGER ALL")
        connection.execute("UPDATE suqiu.events SET command_id = 'forged' WHERE position = 1")
    with pytest.raises(BadBackup, match="position 1: the row is not what its leaf hash was made of"):
        backed_up(place, tmp_path)
    assert read_manifest(tmp_path / "log") is None


def test_events_in_many_files_come_back_in_order(
    place: Place, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("eventstore.backup.taking.STRETCH", 3)
    for number in range(8):
        place.comes(number)
    backed_up(place, tmp_path)
    place.comes(9)
    backed_up(place, tmp_path)
    assert len(list((tmp_path / "log").glob("events-*"))) == 4
    assert put_back(empty, tmp_path).verified.wrong is None
    assert rows(empty, "suqiu.events") == rows(place.dsn, "suqiu.events")


def test_events_can_be_put_back_by_psql_alone(place: Place, tmp_path: Path) -> None:
    """The files are COPY's own texts: whoever has them needs no program of ours in thirty years."""
    place.comes(1)
    backed_up(place, tmp_path)
    (file,) = (tmp_path / "log").glob("events-*")
    with psycopg.connect(place.dsn) as connection:
        connection.execute("CREATE TEMPORARY TABLE copied (LIKE suqiu.events)")
        with connection.cursor() as cursor, cursor.copy("COPY copied FROM STDIN") as copy:
            copy.write(gzip.decompress(file.read_bytes()))
        found = connection.execute("SELECT * FROM copied ORDER BY 1").fetchall()
    assert found == rows(place.dsn, "suqiu.events")


def test_every_table_of_the_store_is_kept_or_left_out_on_purpose(place: Place) -> None:
    with psycopg.connect(place.dsn) as connection:
        found = connection.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = 'suqiu'::regnamespace AND relkind IN ('r', 'p')"
        ).fetchall()
    assert {name for (name,) in found} == {"events", *KEPT} | LEFT_OUT


@settings(max_examples=200, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(text=st.text(st.characters(exclude_characters="\0", exclude_categories=("Cs",)), max_size=40))
def test_any_text_is_read_back_as_postgresql_wrote_it(postgres_dsn: str, text: str) -> None:
    with psycopg.connect(postgres_dsn) as connection, connection.cursor() as cursor:
        query = f"COPY (SELECT {_literal(connection, text)}) TO STDOUT"
        with cursor.copy(query) as copy:  # type: ignore[arg-type]
            written = b"".join(copy)
    assert event_rows._plain(written.removesuffix(b"\n")).decode() == text


def _literal(connection: psycopg.Connection, text: str) -> str:
    return psycopg.sql.Literal(text).as_string(connection)


def test_the_manifest_is_readable_by_anybody(place: Place, tmp_path: Path) -> None:
    place.comes(1)
    done = backed_up(place, tmp_path)
    written = json.loads((tmp_path / "log" / "manifest.json").read_text("utf-8"))
    assert written["form"] == "suqiu/backup/1"
    assert written["events"] == done.events
    assert CANARY not in json.dumps(written, ensure_ascii=False)
    everything = b"".join(gzip.decompress(path.read_bytes()) for path in (tmp_path / "log").glob("*.gz"))
    assert CANARY.encode() not in everything


def test_both_commands_say_what_they_did(
    place: Place, empty: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Typed as an operator types them, once without --json; and what cannot be meant is wrong use."""
    place.comes(1)
    folder = str(tmp_path / "log")
    monkeypatch.setenv("SUQIU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SUQIU_DATABASE_URL", place.dsn)
    assert run(["backup", folder]) == 0
    said = capsys.readouterr()
    assert "事件 events" in said.out
    assert "neither the master key nor the log key is in it" in said.err
    assert run(["backup", folder, "--keys", f"{folder}/keys"]) == 2
    assert run(["backup", folder, "--keys", str(tmp_path / "safe" / "keys")]) == 0, "a place that is not there is made"
    capsys.readouterr()

    monkeypatch.setenv("SUQIU_DATABASE_URL", empty)
    assert run(["restore", folder]) == 2
    assert "no master key, and it is in no backup" in capsys.readouterr().err
    assert run(["restore", folder, "--keys", str(tmp_path / "nowhere")]) == 2
    assert "--without-keys" in capsys.readouterr().err
    monkeypatch.setenv("SUQIU_MASTER_KEY", base64.b64encode(b"\x07" * 32).decode())
    assert run(["restore", folder]) == 0
    said = capsys.readouterr()
    assert "1 密钥 keys back, 0 of the erased destroyed again" in said.out
    assert "✓ verified" in said.out
    assert "suqiu workflows rebuild" in said.err
    assert run(["restore", folder]) == 1
    assert "empty store only" in capsys.readouterr().err
