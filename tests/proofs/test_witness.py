"""A witness elsewhere: it countersigns what continues what it saw, and refuses a log rolled back or rewritten."""

import json
from pathlib import Path

import pytest

from eventstore.log import EventLog
from eventstore.proofs.checkpoint import Continuation, read_checkpoint, read_continuation
from eventstore.proofs.notes import BadKey, KeySigner, read_verifier
from eventstore.recorder import Datastore
from evidence.checkpoint_file import notes_in
from evidence.notary import LogRewritten, Notary, continuation
from evidence.witness import BadState, Refused, Witnessed, seen_before, witness
from tests.proofs.conftest import MASTER, SIGNER, changed, grow, now
from tests.proofs.test_tampering import forge, rewrite

AT = 1_758_675_600
LOG = SIGNER.verifier


@pytest.fixture
def state(tmp_path: Path) -> Path:
    return tmp_path / "witness.json"


def see(dsn: str, state: Path, size: int | None = None) -> Witnessed:
    return witness(LOG, state, lambda old: read_continuation(str(continuation(dsn, old, size))), AT, "court.example")


def test_a_log_that_grows_is_countersigned_each_time(log_dsn: str, state: Path) -> None:
    first = see(log_dsn, state, 50)
    assert (first.before, first.checkpoint.size) == (None, 50)
    for size in (137, 200, 200):
        answer = see(log_dsn, state, size)
        assert answer.checkpoint.size == size
        assert answer.witness == first.witness
        answer.note.check(LOG)
        assert answer.note.check_cosignature(read_verifier(str(first.witness))) == AT
    seen = seen_before(state, LOG)
    assert seen is not None
    assert seen.size == 200
    assert state.with_name("witness.json.key").stat().st_mode & 0o077 == 0


def test_a_log_put_back_is_refused_and_the_witness_remembers(log_dsn: str, state: Path) -> None:
    see(log_dsn, state, 200)
    kept = state.read_bytes()
    with pytest.raises(Refused, match=r"rolled back: this checkpoint has 137 events, .* has 200"):
        see(log_dsn, state, 137)
    assert state.read_bytes() == kept


def test_a_rewritten_log_signed_with_its_real_key_is_refused(log_dsn: str, state: Path) -> None:
    see(log_dsn, state, 137)
    same = state.with_name("same.json")
    see(log_dsn, same, 200)
    kept = state.read_bytes()
    with changed(log_dsn):
        rewrite(log_dsn)
        forge(log_dsn)
        with pytest.raises(Refused, match="forked: the first 137 events of this checkpoint are not those seen before"):
            see(log_dsn, state, 200)
        with pytest.raises(Refused, match="forked: two checkpoints of 200 events differ"):
            see(log_dsn, same, 200)
    assert state.read_bytes() == kept
    assert see(log_dsn, state, 200).checkpoint.size == 200


def test_what_is_not_proven_or_not_the_logs_is_refused(log_dsn: str, state: Path) -> None:
    see(log_dsn, state, 50)
    whole = continuation(log_dsn, 50, 200)
    with pytest.raises(Refused, match=r"not proven: .* `suqiu audit consistency --from 50`"):
        witness(LOG, state, lambda _: Continuation(0, [], whole.note), AT)
    with pytest.raises(Refused, match="forked"):
        witness(LOG, state, lambda _: whole._replace(proof=whole.proof[:-1]), AT)
    forger = KeySigner(LOG.name, b"\x09" * 32)
    forged = read_checkpoint(whole.note).signed(forger)
    with pytest.raises(Refused, match="not a checkpoint of this log: not signed by suqiu/baiyang"):
        witness(LOG, state, lambda _: whole._replace(note=forged), AT)


def test_a_state_that_is_none_signs_nothing(log_dsn: str, state: Path) -> None:
    for broken in ("", "{}", "[]", json.dumps({"log": str(LOG), "note": "x"})):
        state.write_text(broken, "utf-8")
        with pytest.raises(BadState, match="nothing is signed"):
            see(log_dsn, state)
    state.write_text(json.dumps({"log": "other", "note": ""}), "utf-8")
    with pytest.raises(BadState, match="another log"):
        see(log_dsn, state)
    state.unlink()
    state.with_name("witness.json.key").write_text("x", "utf-8")
    state.with_name("witness.json.key").chmod(0o600)
    with pytest.raises(BadKey):
        see(log_dsn, state)


def test_the_notary_signs_nothing_over_a_rewritten_log(log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    with changed(log_dsn):
        rewrite(log_dsn)
        with pytest.raises(LogRewritten, match="the first 200 events are not those of the last checkpoint"):
            Notary(event_log, SIGNER, now).checkpoint()
    datastore.close()


def test_the_file_has_every_checkpoint_once(log_dsn: str, tmp_path: Path) -> None:
    file = tmp_path / "checkpoints.txt"
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    notary = Notary(event_log, SIGNER, now, file)
    with changed(log_dsn):
        first, made = notary.checkpoint()
        assert not made
        notary.checkpoint()
        grow(event_log, 300)
        second, made = notary.checkpoint()
        assert made
        fresh, made = Notary(event_log, SIGNER, now, file).checkpoint()
        assert (str(fresh), made) == (str(second), False)
        grow(event_log, 310)
        third, _ = notary.checkpoint()
    assert notes_in(file.read_text("utf-8")) == [str(first), str(second), str(third)]
    assert read_checkpoint(third).streams == 25
    datastore.close()
