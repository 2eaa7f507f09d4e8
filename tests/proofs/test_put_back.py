"""A log that was put back: refused, named, accepted by a person, and gone on under another key. Real databases."""

import asyncio
import json
import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, get_args

import psycopg
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from structlog.testing import capture_logs

from aggregates.office import events as office
from aggregates.office.events import LOG
from cli.evidence import put_back as put_back_command
from cli.main import run
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import Checkpoint, read_checkpoint
from eventstore.proofs.notes import COSIGNATURE, KeySigner, read_signer, read_verifier
from eventstore.recorder import Datastore
from evidence.accepting_loss import next_name
from evidence.checkpoint_file import append, finished, notes_in
from evidence.known_heads import LogPutBack, hold
from evidence.log_key import log_key_file
from evidence.notary import Notary, keep_signing
from tests.proofs.conftest import ANY_AGE, MASTER, RECORDED, SIGNER, Typed, filled, now, receive, row

Grown = Callable[[int], None]


@pytest.fixture
def put_back(database: str, tmp_path: Path, typed: Typed, monkeypatch: pytest.MonkeyPatch) -> Iterator[Grown]:
    """A log of 137 events, whose checkpoint file knows 200: an old copy was put back. Answers how it grows."""
    assert typed  # commands are typed beside its data folder
    monkeypatch.setenv("SUQIU_DATABASE_URL", database)
    filled(database, (50, 137, 200))
    with psycopg.connect(database) as connection:
        for stored in archive.stored(connection):
            append(tmp_path / "checkpoints.txt", archive.whole(connection, stored))
    cut(database, 137)
    datastore = Datastore(database, pool_size=2)
    event_log = EventLog(datastore, MASTER)
    yield lambda until: other(event_log, until)
    datastore.close()


def cut(dsn: str, size: int) -> None:
    """Make the database what it was when it had so many events, as an old copy of it is."""
    with psycopg.connect(dsn, autocommit=True) as connection:
        for table in ("events", "checkpoints"):
            connection.execute(f"ALTER TABLE suqiu.{table} DISABLE TRIGGER USER")
        connection.execute("DELETE FROM suqiu.events WHERE position > %s", (size,))
        connection.execute("DELETE FROM suqiu.checkpoints WHERE size > %s", (size,))
        connection.execute("DELETE FROM suqiu.head_nodes WHERE size > %s", (size,))
        connection.execute("UPDATE suqiu.head SET position = %s", (size,))
        for table in ("events", "checkpoints"):
            connection.execute(f"ALTER TABLE suqiu.{table} ENABLE TRIGGER USER")


def other(event_log: EventLog, until: int) -> None:
    """Grow by petitions that were never taken in before."""
    for place in range(event_log.head(), until):
        taken_in = receive(f"p-other-{place}", place)
        if event_log.read(LOG):  # the act was written down by today's clock
            taken_in = taken_in._replace(recorded_at=datetime.now(UTC))
        assert event_log.append([taken_in]) == [True]


@pytest.mark.usefixtures("put_back")
def test_the_notary_refuses_and_names_both_sizes_and_times(typed: Typed) -> None:
    code, said = typed("checkpoint")
    assert code == 1
    assert "the database has 137 events (the last of 2025-09-24T01:02:16Z)" in said
    assert "checkpoints.txt has a checkpoint of 200 events, signed 2025-09-24T01:" in said
    assert "at least 63 events are missing, both have the first 137" in said
    assert "suqiu audit accept-loss" in said
    answer = row(typed("missing", "--json"))
    assert (answer["put_back"]["size"], answer["put_back"]["known"], answer["put_back"]["missing"]) == (137, 200, 63)


@pytest.mark.usefixtures("put_back")
def test_a_relay_does_not_begin(typed: Typed, capsys: pytest.CaptureFixture[str]) -> None:
    """It would wake workflows for a log that is not the office's."""
    assert typed  # the log is named in the environment
    assert run(["relay", "--json"]) == 1
    assert "at least 63 events are missing" in json.loads(capsys.readouterr().out)["error"]


@pytest.mark.parametrize("size", [170, 200, 260])
def test_a_log_that_went_on_from_the_old_copy_is_a_fork_and_never_signed(
    put_back: Grown,
    typed: Typed,
    size: int,
    database: str,
    tmp_path: Path,
) -> None:
    put_back(size)
    code, said = typed("checkpoint")
    assert code == 1
    assert "both have the first 137" in said
    if size >= 200:
        assert "they are other events" in said
    with psycopg.connect(database) as connection:
        assert [each.size for each in archive.stored(connection)] == [50, 137]
    with pytest.raises(LogPutBack):
        hold(database, SIGNER.verifier, [tmp_path / "checkpoints.txt"])


def test_a_notary_that_runs_on_while_the_log_is_put_back_signs_no_fork(
    typed: Typed, database: str, tmp_path: Path
) -> None:
    """Given a notary that signed 200 events, then on the copy of 137 that goes on beside it nothing is signed."""
    assert typed  # commands are typed beside its data folder
    filled(database, (50, 137))
    file = tmp_path / "checkpoints.txt"
    datastore = Datastore(database, pool_size=2)
    event_log = EventLog(datastore, MASTER)
    notary = Notary(event_log, SIGNER, now, file)
    notary.checkpoint()
    other(event_log, 200)
    assert notary.checkpoint()[1]
    before = file.read_bytes()
    cut(database, 137)
    for until in (150, 230):
        for place in range(event_log.head(), until):
            assert event_log.append([receive(f"p-beside-{place}", place)]) == [True]
        with pytest.raises(LogPutBack, match="has a checkpoint of 200 events"):
            notary.checkpoint()
    assert file.read_bytes() == before
    datastore.close()


class SignerAway:
    """A signer that cannot be reached until it is `back`; an HSM, say."""

    def __init__(self) -> None:
        self.asked = 0
        self.back = False
        self.verifier = SIGNER.verifier

    def sign(self, message: bytes) -> bytes:
        self.asked += 1
        if not self.back:
            raise ConnectionError
        return SIGNER.sign(message)


async def test_a_notary_that_was_cut_off_reads_the_file_again_though_it_has_not_changed(
    typed: Typed, database: str, tmp_path: Path
) -> None:
    """Given one that has looked and signed nothing yet, then the copy after the cut is held against the file."""
    assert typed  # commands are typed beside its data folder
    filled(database, (50, 137, 200))
    file = tmp_path / "checkpoints.txt"
    with psycopg.connect(database) as connection:
        for stored in archive.stored(connection):
            append(file, archive.whole(connection, stored))
    datastore = Datastore(database, pool_size=2)
    petitions, away, ending = EventLog(datastore, MASTER), SignerAway(), asyncio.Event()
    other(petitions, 210)
    signing = asyncio.create_task(
        keep_signing(Notary(petitions, away, now, file), petitions, ending, timedelta(milliseconds=50))
    )

    async def until(holds: Callable[[], bool]) -> None:
        deadline = asyncio.get_running_loop().time() + 60
        while not holds():
            assert asyncio.get_running_loop().time() < deadline
            await asyncio.sleep(0.05)

    try:
        with capture_logs() as said:
            await until(lambda: away.asked > 0)
            cut(database, 137)
            for place in range(137, 150):
                assert petitions.append([receive(f"p-beside-{place}", place)]) == [True]
            with psycopg.connect(database, autocommit=True) as connection:
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND application_name LIKE 'suqiu %'"
                )
            away.back = True
            await until(
                lambda: any(line["event"].startswith(("checkpoint.refused", "checkpoint.made")) for line in said)
            )
        assert [line["event"] for line in said if line["event"] == "checkpoint.made"] == []
    finally:
        ending.set()
        await signing
        datastore.close()


def test_a_persons_word_goes_on_under_another_key_and_verify_names_the_loss(
    put_back: Grown,
    typed: Typed,
    database: str,
) -> None:
    put_back(150)
    assert "a leader" in typed("accept-loss", "--by", "window-1", "--reason", "disk_lost")[1]
    code, said = typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost", "--json")
    assert code == 0, said
    done = row((code, said))
    assert (done["kept"], done["lost"], done["position"]) == (137, 200, 151)
    assert read_verifier(done["key"]).name == "suqiu/baiyang/2"
    old_file, old_key = Path(done["checkpoints"]), Path(done["retired"])
    assert [read_checkpoint(note).size for note in notes_in(old_file.read_text("utf-8"))] == [50, 137, 200]
    assert SIGNER.text() in old_key.read_text("utf-8")
    assert typed("key")[1].strip() == done["key"]

    put_back(160)
    assert row(typed("checkpoint", "--json"))["size"] == 160
    for more in ((), ("--checkpoint", str(old_file))):
        found = row(typed("verify", *more, "--json"))
        assert (found["ok"], found["events"]) == (True, 160), found
        (loss,) = found["losses"]
        assert (loss["kept"], loss["lost"], loss["by"], loss["reason"]) == (137, 200, "leader leader-1", "disk_lost")
        assert found["lost_checkpoints"] == (1 if more else 0)
    said = " ".join(typed("verify")[1].split())
    assert "what was signed as event 138 to 200" in said
    assert "accepted" in said

    # The old key signs nothing more, wherever a copy of it is left.
    datastore = Datastore(database, pool_size=2)
    notary = Notary(EventLog(datastore, MASTER), SIGNER, now)
    with pytest.raises(LogPutBack, match="was retired"):
        notary.checkpoint()
    datastore.close()
    assert "nothing is missing" in typed("accept-loss", "--by", "leader-1", "--reason", "mistake")[1]


def test_what_the_retired_key_signs_later_and_a_later_head_than_was_accepted_are_found(
    put_back: Grown, typed: Typed, tmp_path: Path, database: str
) -> None:
    put_back(150)
    assert typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost")[0] == 0
    put_back(160)
    assert typed("checkpoint")[0] == 0
    with psycopg.connect(database) as connection:
        ours = read_checkpoint(next(archive.stored(connection, order="DESC")).note)
    seen = tmp_path / "seen.txt"
    today = datetime.now(UTC).replace(microsecond=0) + timedelta(days=1)
    old = ours._replace(origin=SIGNER.verifier.name, at=RECORDED.replace(microsecond=0))
    for forged in (old._replace(at=today), old._replace(size=201)):
        seen.write_text(str(forged.signed(SIGNER)), "utf-8")
        found = row(typed("verify", "--checkpoint", str(seen), "--json"))
        assert not found["ok"]
        assert "after it was retired" in found["wrong"]["what"]
    seen.write_text(str(old.signed(SIGNER)), "utf-8")
    found = row(typed("verify", "--checkpoint", str(seen), "--json"))
    assert (found["ok"], found["lost_checkpoints"]) == (True, 1), "one of then that nobody here had"


@pytest.mark.usefixtures("put_back")
def test_put_back_behind_the_act_itself_is_noticed_again(typed: Typed, database: str) -> None:
    assert typed("accept-loss", "--by", "leader-1", "--reason", "copy_restored")[0] == 0
    cut(database, 137)
    code, said = typed("checkpoint")
    assert code == 1
    assert "checkpoints.txt has a checkpoint of 138 events" in said
    done = row(typed("accept-loss", "--by", "leader-1", "--reason", "mistake", "--json"))
    assert read_verifier(done["key"]).name == "suqiu/baiyang/3"


@pytest.mark.usefixtures("put_back")
def test_only_a_witness_knows_better_and_needs_a_persons_word_itself(
    typed: Typed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    file, notes = tmp_path / "checkpoints.txt", tmp_path / "witness"
    notes.mkdir()
    newest = notes_in(file.read_text("utf-8"))[-1]
    state, sent = tmp_path / "state.json", tmp_path / "sent.txt"
    sent.write_text(newest, "utf-8")
    old = str(SIGNER.verifier)
    code, seen = typed("witness", "--log", old, "--state", str(state), "--checkpoint", str(sent), *ANY_AGE, "--json")
    assert code == 0
    (notes / "seen.txt").write_text(row((0, seen))["note"], "utf-8")
    file.unlink()  # the file of checkpoints went with the disk
    assert typed("checkpoint")[0] == 0, "nobody here knows better"
    monkeypatch.setenv("SUQIU_WITNESS_NOTES", str(notes))
    code, said = typed("checkpoint")
    assert code == 1
    assert "seen.txt has a checkpoint of 200 events" in said
    assert typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost")[0] == 0
    assert row(typed("verify", "--json"))["ok"]

    new = typed("key")[1].strip()
    sent.write_text(typed("consistency", "--from", "0")[1], "utf-8")
    words = ("witness", "--log", new, "--state", str(state), "--checkpoint", str(sent), *ANY_AGE)
    code, said = typed(*words)
    assert (code, "--accept-loss" in said) == (2, True)
    assert row(typed(*words, "--accept-loss", "--json"))["before"] is None
    (kept,) = tmp_path.glob("state.json.until-*")
    assert old in kept.read_text("utf-8")
    assert row(typed(*words, "--accept-loss", "--json"))["before"] == 138, "once is enough, and it forgets nothing"
    code, said = typed("witness", "--log", old, "--state", str(state), "--checkpoint", str(sent), "--accept-loss")
    assert code != 0, "the retired key's word is of another log now"


@pytest.mark.parametrize("how", ["torn in the text", "torn in a signature", "torn between", "empty", "older", "none"])
def test_no_false_refusal(put_back: Grown, typed: Typed, tmp_path: Path, how: str) -> None:
    file = tmp_path / "checkpoints.txt"
    notes = notes_in(file.read_text("utf-8"))
    whole = "".join(f"{note}\n" for note in notes[:2])
    last = notes[2]
    file.write_text(
        {
            "torn in the text": whole + last[:40],
            "torn in a signature": whole + last[:-9],
            "torn between": whole + last[: last.index("— ")],
            "empty": "",
            "older": f"{notes[0]}\n",
            "none": "",
        }[how],
        "utf-8",
    )
    if how == "none":
        file.unlink()
    put_back(140)
    assert row(typed("checkpoint", "--json"))["size"] == 140
    assert row(typed("verify", "--json"))["ok"]
    sizes = [read_checkpoint(note, SIGNER.verifier).size for note in notes_in(file.read_text("utf-8"))]
    expected = {"empty": [140], "none": [140], "older": [50, 140]}
    assert sizes == expected.get(how, [50, 137, 140])
    assert typed("missing")[0] == 0


@pytest.mark.usefixtures("put_back")
def test_notes_of_another_log_or_of_nobodys_key_do_not_count(typed: Typed, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.txt"
    later = read_checkpoint(notes_in(file.read_text("utf-8"))[-1])._replace(size=900)
    file.unlink()
    stranger = KeySigner("suqiu/baiyang", os.urandom(32))
    append(file, later.signed(stranger))
    append(file, later._replace(origin="suqiu/linhe").signed(KeySigner("suqiu/linhe", os.urandom(32))))
    assert typed("checkpoint")[0] == 0


@pytest.mark.usefixtures("put_back")
def test_broken_off_at_any_step_it_is_repeated_and_the_old_key_signs_nothing_in_between(
    typed: Typed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from evidence import accepting_loss

    class Killed(BaseException):
        pass

    def killed(*_: object) -> None:
        raise Killed

    whole = accepting_loss.change_keys
    monkeypatch.setattr(accepting_loss, "change_keys", killed)
    with suppress(Killed):
        typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost")
    monkeypatch.setattr(accepting_loss, "change_keys", whole)
    assert SIGNER.text() in log_key_file(tmp_path).read_text("utf-8")
    code, said = typed("checkpoint")
    assert (code, "was retired" in said) == (1, True)
    assert typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost")[0] == 0
    assert typed("checkpoint")[0] == 0
    found = row(typed("verify", "--json"))
    assert (found["ok"], len(found["losses"])) == (True, 1)


def test_a_key_lost_after_an_accepted_loss_is_followed_by_another_that_vouches_for_its_own_era(
    put_back: Grown, typed: Typed, tmp_path: Path
) -> None:
    """Given a loss accepted, then its new key lost, then a key of that name takes over, and none of the old name."""
    put_back(150)
    assert typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost")[0] == 0
    put_back(160)
    assert typed("checkpoint")[0] == 0
    old, place = typed("key")[1].strip(), log_key_file(tmp_path)
    place.unlink()
    place.with_suffix(".pub").unlink()

    def made(*words: str) -> int:
        place.unlink(missing_ok=True)
        return run(["keys", "make-log", str(place), *words])

    assert made() == 0, "as `suqiu up` would"
    code, said = typed("checkpoint")
    assert (code, "--name suqiu/baiyang/2" in said) == (1, True), said
    code, said = typed("vouch")
    assert (code, "--name suqiu/baiyang/2" in said) == (1, True), said
    assert typed("accept-loss", "--by", "leader-1", "--reason", "mistake")[0] == 1
    assert not place.with_suffix(".next").exists()
    assert run(["keys", "make-log", str(place), "--name", "suqiu/baiyang/2"]) == 2, "another key is there"
    assert made("--name", "suqiu/b 2") == 2
    assert made("--name", "suqiu/baiyang/2") == 0

    code, said = typed("vouch", "--log", old)
    assert (code, "2 checkpoints are signed" in said) == (0, True), said
    assert "0 checkpoints are signed" in typed("vouch", "--log", old)[1]
    put_back(170)
    assert row(typed("checkpoint", "--json"))["size"] == 170
    found = row(typed("verify", "--json"))
    assert (found["ok"], len(found["losses"])) == (True, 1), found
    code, said = typed("verify", "--log", old)
    assert (code, "not signed by" in said) == (1, True), "what the new key signed alone"


def test_a_checkpoint_from_before_the_loss_that_its_own_key_has_not_signed_is_not_vouched_for(
    put_back: Grown, typed: Typed, tmp_path: Path, database: str
) -> None:
    put_back(150)
    assert typed("accept-loss", "--by", "leader-1", "--reason", "disk_lost")[0] == 0
    place = log_key_file(tmp_path)
    place.unlink()
    assert run(["keys", "make-log", str(place), "--name", "suqiu/baiyang/2"]) == 0
    with psycopg.connect(database) as connection:
        stored = archive.at_size(connection, 50)
        assert stored is not None
        forged = read_checkpoint(stored.note).signed(KeySigner("suqiu/baiyang", b"\x05" * 32))
        connection.execute("UPDATE suqiu.checkpoints SET note = %s WHERE size = 50", (str(forged),))
    code, said = typed("vouch")
    assert (code, "the checkpoint of 50 events" in said) == (1, True), said


@pytest.mark.usefixtures("put_back")
@pytest.mark.parametrize("step", ["link", "rename", "replace", "write_public"])
def test_killed_while_the_keys_change_places_there_is_always_one_and_it_is_repeated(
    typed: Typed, tmp_path: Path, step: str
) -> None:
    """Before each step and after it: the key that is there is the old one or the next, never another under its name."""
    from evidence import accepting_loss

    class Killed(BaseException):
        pass

    words, place = ("accept-loss", "--by", "leader-1", "--reason", "disk_lost"), log_key_file(tmp_path)
    owner: Any = {"link": os, "write_public": accepting_loss}.get(step, Path)
    real = getattr(owner, step)
    for after in (False, True):

        def killed(*given: Any, after: bool = after) -> Any:
            of_a_key = str(given[0]).startswith(str(place))
            if after or not of_a_key:
                done = real(*given)
            if of_a_key:
                raise Killed
            return done

        with pytest.MonkeyPatch.context() as patch, suppress(Killed):
            patch.setattr(owner, step, killed)
            typed(*words)
        assert place.exists()
    code, said = typed(*words)
    assert code == 0 or "nothing is missing" in said
    assert read_signer(place.read_text("utf-8")).verifier.name == "suqiu/baiyang/2"
    assert str(read_signer(place.read_text("utf-8")).verifier) in place.with_suffix(".pub").read_text("utf-8")
    (kept,) = place.parent.glob("log.key.until-*")
    assert SIGNER.text() in kept.read_text("utf-8")
    assert typed("checkpoint")[0] == 0
    found = row(typed("verify", "--json"))
    assert (found["ok"], len(found["losses"])) == (True, 1)


@pytest.mark.usefixtures("put_back")
def test_a_key_in_the_environment_is_changed_by_a_file(
    typed: Typed,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log_key_file(tmp_path).unlink()
    monkeypatch.setenv("SUQIU_LOG_KEY", SIGNER.text())
    monkeypatch.setenv("SUQIU_CHECKPOINT_FILE", str(tmp_path / "checkpoints.txt"))
    words = ("accept-loss", "--by", "leader-1", "--reason", "disk_lost")
    code, said = typed(*words)
    assert (code, "--new-key FILE" in said) == (2, True)
    new = tmp_path / "new.key"
    assert typed(*words, "--new-key", str(new))[0] == 0
    code, said = typed("checkpoint")
    assert (code, "set SUQIU_LOG_KEY" in said) == (1, True)
    monkeypatch.setenv("SUQIU_LOG_KEY", new.read_text("utf-8").strip())
    assert typed("checkpoint")[0] == 0
    assert row(typed("verify", "--json"))["ok"]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(cut_at=st.integers(0, 1200), after=st.integers(1, 3))
def test_wherever_a_write_was_torn_what_was_finished_is_read_and_the_next_is_added_whole(
    tmp_path: Path, cut_at: int, after: int
) -> None:
    notes = [
        checkpoint_of(size).signed(SIGNER).cosigned(KeySigner("w", b"\x05" * 32, COSIGNATURE), 5)
        for size in range(1, 4 + after)
    ]
    file = tmp_path / "torn.txt"
    file.unlink(missing_ok=True)
    for note in notes[:3]:
        append(file, note)
    content = file.read_bytes()
    file.write_bytes(content[: min(cut_at, len(content))])
    for note in notes[3:]:
        append(file, note)
    read = notes_in(finished(file.read_text("utf-8", errors="replace")))
    for text in read:
        read_checkpoint(text, SIGNER.verifier)
    assert [str(note) for note in notes[3:]] == read[-after:]


def checkpoint_of(size: int) -> Checkpoint:
    return Checkpoint("suqiu/baiyang", size, bytes(32), 1, bytes(32), datetime(2025, 9, 24, tzinfo=UTC))


def test_names_of_keys_count_up() -> None:
    assert [next_name(name) for name in ("suqiu/baiyang", "suqiu/baiyang/2", "suqiu/a/99")] == [
        "suqiu/baiyang/2",
        "suqiu/baiyang/3",
        "suqiu/a/100",
    ]


def test_an_empty_database_in_the_place_of_the_lost_one_is_refused_too(database: str, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.txt"
    hold(database, SIGNER.verifier, [])
    append(file, checkpoint_of(5).signed(SIGNER))
    with pytest.raises(LogPutBack, match=r"has 0 events, but checkpoints\.txt has a checkpoint of 5"):
        hold(database, SIGNER.verifier, [file])


def test_the_command_takes_the_reasons_an_event_has() -> None:
    assert get_args(put_back_command.LossReason) == get_args(office.LossReason)
