"""Each fault of a running office, made, makes `suqiu doctor` exit 1 and say what to do; without one it exits 0."""

import contextlib
import io
import json
import os
import secrets
import socket
import time
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from aggregates.erasures.events import ErasureAsked, ErasureDecided, ResidentErased
from aggregates.event import Actor, Event
from aggregates.known import BY_CODE
from aggregates.messages.events import MessageFailed, MessageWritten
from aggregates.petition import commands as c
from cli.main import run
from eventstore.log import Append, EventLog
from eventstore.proofs.notes import KeySigner
from eventstore.recorder import Datastore
from eventstore.sealing import MasterKey
from evidence.notary import Notary
from machine.diagnosis import disks
from machine.diagnosis.check import Check
from machine.diagnosis.examination import diagnose
from office.clock import wall_clock
from office.keys import master_key_due
from office.keys.erasing import stream_of as erasure_of
from office.rules.adoption import adopt
from office.rules.rulebooks import read_rulebook
from office.settings import read_settings
from projections import read_models
from projections.generation import Generation
from tests.eventstore.examples import EXAMPLES
from tests.projections.town import PaperTown
from workers.vitals.log_readers import ACTING

pytestmark = pytest.mark.engine
MASTER = secrets.token_bytes(32)
NOT_OF_THE_STORE = {"parts", "temporal"}
"""What fails in every test here: the store is looked at, and nothing runs beside it."""


@dataclass
class Store:
    """A store in which all is well, and what goes wrong in it."""

    dsn: str
    log: EventLog
    notary: Notary
    monkeypatch: pytest.MonkeyPatch
    long_ago: datetime
    opened: contextlib.ExitStack

    def settles(self, *, signed: bool = True) -> None:
        """Every reader reads all there is, and the log is signed."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            for model in read_models():
                serving = Generation(model, connection)
                serving.create()
                reached = serving.reached()
                position = reached.position if reached else 0
                while entries := self.log.entries(position, 1_000):
                    position = serving.apply(position, entries)
            for name in ACTING:
                connection.execute(
                    "INSERT INTO suqiu.readers (name, position) VALUES (%s, %s) "
                    "ON CONFLICT (name) DO UPDATE SET position = EXCLUDED.position",
                    (name, self.log.head()),
                )
        if signed:
            self.notary.checkpoint()

    def says(self, stream: str, *events: Event, signed: bool = True) -> None:
        """Somebody wrote events long ago, and everybody read them."""
        version = len(self.log.read(stream))
        assert self.log.append([Append(stream, version, events, f"{stream}:{version}", self.long_ago)]) == [True]
        self.settles(signed=signed)

    def sql(self, statement: str, *values: object) -> None:
        """Somebody's hand in the database."""
        with psycopg.connect(self.dsn, autocommit=True) as connection:
            connection.execute(statement, values)

    def doctor(self) -> tuple[int, dict[str, Check]]:
        """`suqiu doctor --json`: its exit code and its checks."""
        with contextlib.redirect_stdout(io.StringIO()) as out:
            code = run(["doctor", "--json"])
        answer = json.loads(out.getvalue())
        return code, {check["name"]: Check(**check) for check in answer["checks"]}

    def faults(self) -> dict[str, Check]:
        """The checks that fail beside those that always do here; with any the exit code is 1."""
        code, checks = self.doctor()
        assert code == 1
        failed = {name: check for name, check in checks.items() if not check.ok}
        assert all(check.remedy for check in failed.values())
        return {name: check for name, check in failed.items() if name not in NOT_OF_THE_STORE}


@pytest.fixture
def fresh(database: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Store]:
    """A store nobody has used, as the environment names it."""
    for name in list(os.environ):
        if name.startswith(("SUQIU_", "TEMPORAL_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("SUQIU_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("SUQIU_DATABASE_URL", database)
    monkeypatch.setenv("SUQIU_MASTER_KEY", b64encode(MASTER).decode())
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    datastore = Datastore(database)
    log = EventLog(datastore, MasterKey(MASTER))
    notary = Notary(log, KeySigner("suqiu/baiyang", bytes(32)), wall_clock)
    with contextlib.ExitStack() as opened:
        yield Store(database, log, notary, monkeypatch, datetime.now(UTC) - timedelta(hours=3), opened)
    datastore.close()


@pytest.fixture
def store(fresh: Store) -> Store:
    """Rules in force, a petition that came and was withdrawn hours ago, everything read and signed."""
    adopt(fresh.log, read_rulebook(read_settings().rulebook), Actor.engine(), fresh.long_ago)
    town = PaperTown()
    town.receive("p-withdrawn", fresh.long_ago).does(
        lambda at: c.Withdraw(at=at, by=Actor.resident(), known=BY_CODE, reason="不用了")
    )
    town.write(fresh.log)
    fresh.settles()
    return fresh


def message(kind: type[Any], at: datetime, **values: object) -> Any:
    """The canonical example of a message's event, at another time."""
    return next(each for each in EXAMPLES if isinstance(each, kind)).model_copy(update={"at": at, **values})


MESSAGES = "m-0123456789abcdef0123456789abcdef"


def a_petition_nobody_classifies(store: Store) -> None:
    town = PaperTown()
    town.receive("p-waits", store.long_ago)
    town.write(store.log)
    store.settles()


def the_relay_stopped(store: Store) -> None:
    store.sql("UPDATE suqiu.readers SET position = position - 2 WHERE name = 'relay'")


def a_read_model_stopped(store: Store) -> None:
    store.sql("UPDATE view_ledger.progress SET position = position - 1")


def a_row_of_another_program(store: Store) -> None:
    store.sql(
        "INSERT INTO suqiu.events SELECT position + 1, 'p-strange', 1, 'petition.of_another_world', '{}', now(), 'x', "
        "'\\x00' FROM suqiu.head"
    )
    store.sql("UPDATE suqiu.head SET position = position + 1")


def a_row_in_the_middle_that_stops_a_reader(store: Store) -> None:
    a_row_of_another_program(store)
    a_flood(store)


def a_flood(store: Store) -> None:
    store.sql(
        "INSERT INTO suqiu.events SELECT position + n, 'p-flood-' || n, 1, topic, state, now(), 'x', '\\x00' "
        "FROM suqiu.head, generate_series(1, 1500) n, (SELECT topic, state FROM suqiu.events "
        "WHERE originator_id = 'p-withdrawn' AND originator_version = 1) AS like_it"
    )
    store.sql("UPDATE suqiu.head SET position = position + 1500")


def a_row_that_every_reader_set_aside(store: Store) -> None:
    a_row_of_another_program(store)
    store.settles()


def a_store_of_a_newer_program(store: Store) -> None:
    store.sql("UPDATE suqiu.store_format SET format = 99")


def nobody_signs(store: Store) -> None:
    store.says(MESSAGES, message(MessageWritten, store.long_ago, way="outbox"), signed=False)


def the_gateway_refused(store: Store) -> None:
    given_up = datetime.now(UTC) - timedelta(hours=1)
    store.says(MESSAGES, message(MessageWritten, store.long_ago), message(MessageFailed, given_up))


def the_gateway_hangs(store: Store) -> None:
    store.says(MESSAGES, message(MessageWritten, store.long_ago))


def an_adoption_stopped_half_way(store: Store) -> None:
    adopt(store.log, read_rulebook(read_settings().rulebook), Actor.engine(), store.long_ago, date(2025, 2, 1))
    store.settles()


def the_checkpoint_file_is_a_folder(store: Store) -> None:
    store.monkeypatch.setenv("SUQIU_CHECKPOINT_FILE", str(Path(__file__).parent))


def an_older_copy_was_put_back(store: Store) -> None:
    """What was signed after it stands in the file beside it."""
    signer = KeySigner("suqiu/baiyang", bytes(32))
    store.monkeypatch.setenv("SUQIU_LOG_KEY", signer.text())
    file = Path(os.environ["SUQIU_DATA"]).parent / "checkpoints.txt"
    store.monkeypatch.setenv("SUQIU_CHECKPOINT_FILE", str(file))
    before = store.log.head()
    store.says(MESSAGES, message(MessageWritten, store.long_ago, way="outbox"), signed=False)
    Notary(store.log, signer, wall_clock, file).checkpoint()
    with psycopg.connect(store.dsn, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        for statement in (
            "DELETE FROM suqiu.events WHERE position > %s",
            "DELETE FROM suqiu.checkpoints WHERE size > %s",
            "UPDATE suqiu.head SET position = %s",
            "UPDATE suqiu.readers SET position = least(position, %s)",
        ):
            connection.execute(statement, (before,))
    with psycopg.connect(store.dsn, autocommit=True) as connection:
        for model in read_models():
            Generation(model, connection).drop()
    store.settles(signed=False)


def a_clock_was_two_days_ahead(store: Store) -> None:
    """As a program before the guard wrote it."""
    store.sql("ALTER TABLE suqiu.events DISABLE TRIGGER nothing_is_recorded_ahead")
    store.sql(
        "INSERT INTO suqiu.events SELECT position + 1, 'p-ahead', 1, topic, state, now() + interval '2 days', 'x', "
        "'\\x00' FROM suqiu.head, (SELECT topic, state FROM suqiu.events WHERE originator_id = 'p-withdrawn' "
        "AND originator_version = 1) AS like_it"
    )
    store.sql("UPDATE suqiu.head SET position = position + 1")


def another_town_s_rulebook(store: Store) -> None:
    other = Path(__file__).parents[2] / "rulebook" / "linhe" / "rulebook.yaml"
    assert other.is_file()
    store.monkeypatch.setenv("SUQIU_RULEBOOK", str(other))


def a_part_whose_endpoint_is_silent(store: Store) -> None:
    """Whoever scrapes it is let in, and hears nothing."""
    mute = store.opened.enter_context(socket.create_server(("127.0.0.1", 0)))
    url = f"http://127.0.0.1:{mute.getsockname()[1]}/metrics"
    store.sql(
        "INSERT INTO suqiu.parts (name, holder, kind, host, pid, backend, holding, build, epoch, detail) VALUES "
        "('relay', gen_random_uuid(), 'relay', %s, 1, 1, true, 'x', 1, jsonb_build_object('metrics', %s::text))",
        socket.gethostname(),
        url,
    )


def a_disk_that_is_nearly_full(store: Store) -> None:
    """As much room as there is on PostgreSQL's disk is less than what is asked for."""
    store.monkeypatch.setattr(disks, "FREE_MEGABYTES", 2**40)


def a_resident_was_erased_and_the_master_key_stayed(store: Store) -> None:
    """Forty days ago: an older backup of keys, with the same master key, still opens what was erased."""
    events = tuple(each for each in EXAMPLES if isinstance(each, ErasureAsked | ErasureDecided | ResidentErased))
    stream = erasure_of(str(getattr(events[0], "subject")))  # noqa: B009 - which event is not said
    assert store.log.append([Append(stream, 0, events, "erased", datetime.now(UTC) - timedelta(days=40))]) == [True]
    store.settles()


def a_master_key_of_long_ago(store: Store) -> None:
    store.monkeypatch.setattr(master_key_due, "AT_LEAST_EVERY", timedelta(hours=2))


def a_table_the_role_may_not_read(store: Store) -> None:
    store.sql("ALTER TABLE view_outbox.messages RENAME TO gone")


@pytest.mark.parametrize(
    ("fault", "names", "says", "advises"),
    [
        (a_petition_nobody_classifies, {"steps"}, "classify of p-waits, due 3 h ago", "suqiu workflows reconcile"),
        (the_relay_stopped, {"readers"}, "relay 2 events, 3 h behind", "`suqiu relay`"),
        (a_read_model_stopped, {"readers"}, "projection ledger 1 events, 3 h behind", "`suqiu project`"),
        (a_row_of_another_program, {"unreadable rows"}, "position 4, petition.of_another_world, stream p-", "version"),
        (a_row_in_the_middle_that_stops_a_reader, {"unreadable rows"}, "position 4, petition.of_another_", "version"),
        (a_row_that_every_reader_set_aside, {"set aside"}, "at position 4, petition.of_another_world", "version"),
        (a_store_of_a_newer_program, {"store format"}, "99: newer than what this program knows", "start the suqiu"),
        (nobody_signs, {"checkpoints"}, "over 3 of 4 events; what comes after it waits since 3 h", "`suqiu relay`"),
        (the_gateway_refused, {"messages"}, "1 were given up within 24 hours (gateway_refused)", "`suqiu messenger`"),
        (the_gateway_hangs, {"messages"}, "1 wait for the gateway, the longest for", "`suqiu messenger`"),
        (an_adoption_stopped_half_way, {"rules adopted"}, "adoption 2, from 2025-02-01", "suqiu workflows rebuild"),
        (the_checkpoint_file_is_a_folder, {"checkpoint file"}, "cannot be read and written", "SUQIU_CHECKPOINT_FILE"),
        (an_older_copy_was_put_back, {"log"}, "at least 1 events are missing", "`suqiu audit missing`"),
        (a_clock_was_two_days_ahead, {"times"}, "position 4", "`suqiu petition set-aside`"),
        (another_town_s_rulebook, {"rules in force"}, "baiyang", "SUQIU_RULEBOOK"),
        (a_part_whose_endpoint_is_silent, {"metrics"}, "/metrics does not answer", "end it, start it again"),
        (a_disk_that_is_nearly_full, {"database disk"}, " MB free", "make room: "),
        (
            a_resident_was_erased_and_the_master_key_stayed,
            {"master key age"},
            "; 1 erased keys could still be opened with it",
            "`suqiu keys rotate-master --new FILE`",
        ),
        (a_master_key_of_long_ago, {"master key age"}, "no replacement on record since", "suqiu keys rotate-master"),
        (a_table_the_role_may_not_read, {"messages"}, "could not look: relation", "again"),
    ],
)
def test_a_fault_of_the_store_is_named_alone_and_what_to_do(
    store: Store, fault: Callable[[Store], None], names: set[str], says: str, advises: str
) -> None:
    assert store.faults() == {}
    fault(store)
    found = store.faults()
    assert found.keys() == names
    (check,) = found.values()
    assert says in check.says
    assert advises in check.remedy


def test_a_store_without_adopted_rules_is_not_ready(fresh: Store) -> None:
    found = fresh.faults()["rules adopted"]
    assert "no rulebook baiyang was adopted" in found.says
    assert "suqiu rulebook adopt" in found.remedy


@pytest.mark.parametrize(("seconds", "ok"), [(-30, True), (30, True), (-75, False), (75, False), (172_800, False)])
@pytest.mark.usefixtures("store")
async def test_a_clock_that_is_off_is_said_with_its_difference(seconds: int, ok: bool) -> None:
    checks = await diagnose(read_settings(), raw=lambda: datetime.now(UTC) + timedelta(seconds=seconds))
    (clock,) = [check for check in checks if check.name == "clock"]
    assert clock.ok == ok
    side = "ahead of" if seconds > 0 else "behind"
    assert f"{abs(seconds)}." in clock.says or f"{abs(seconds) - 1}.9" in clock.says
    assert side in clock.says
    assert "timedatectl" in clock.remedy


async def test_servers_that_take_a_connection_and_never_answer_do_not_hold_the_doctor(store: Store) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        address = f"127.0.0.1:{mute.getsockname()[1]}"
        store.monkeypatch.setenv("SUQIU_DATABASE_URL", f"postgresql://nobody@{address}/none")
        store.monkeypatch.setenv("TEMPORAL_ADDRESS", address)
        began = time.monotonic()
        checks = {check.name: check for check in await diagnose(read_settings())}
        took = time.monotonic() - began
    assert not checks["database"].ok
    assert "timeout" in checks["database"].says
    assert not checks["temporal"].ok
    assert "does not answer" in checks["temporal"].says
    assert took < 45
