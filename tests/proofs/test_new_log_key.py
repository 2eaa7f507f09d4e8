"""The log's private key was lost: another one vouches for what was signed, and signs on."""

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from cli.main import run
from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.notes import KeySigner, read_note
from eventstore.recorder import Datastore
from evidence.auditing import verify
from evidence.log_key import keep_key
from evidence.notary import Notary
from tests.proofs.conftest import MASTER, SIGNER, Typed, changed, now

NEW = KeySigner(SIGNER.verifier.name, b"\x0b" * 32)


@pytest.fixture
def lost(log_dsn: str, typed: Typed, tmp_path: Path) -> Iterator[str]:  # noqa: ARG001 - its folder has the key
    """The old key is gone, a new one stands in its place; the file of checkpoints was kept."""
    (tmp_path / "checkpoints.txt").write_text("\n".join(row.note for row in _stored(log_dsn)), "utf-8")
    (tmp_path / "keys" / "log.key").unlink()
    keep_key(tmp_path / "keys" / "log.key", NEW)
    with changed(log_dsn):
        yield log_dsn


def _stored(dsn: str) -> list[archive.Stored]:
    with psycopg.connect(dsn) as connection:
        return list(archive.stored(connection))


def test_a_new_key_vouches_for_every_checkpoint_and_verifies_all(lost: str, typed: Typed) -> None:
    code, said = typed("verify")
    assert code == 1
    assert "not signed by" in said

    code, said = typed("vouch", "--log", str(SIGNER.verifier))
    assert (code, f"{len(_stored(lost))} checkpoints are signed" in said) == (0, True), said
    assert "0 checkpoints are signed" in typed("vouch")[1], "again does nothing"

    code, said = typed("verify")
    assert code == 0, said
    assert "0 checkpoints are countersigned" in said, "no witness's"
    assert "prove nothing" not in said
    assert verify(lost, SIGNER.verifier).wrong is None, "whoever has the old public key checks as ever"


def test_the_notary_signs_on_with_the_new_key(lost: str, typed: Typed) -> None:
    typed("vouch")
    datastore = Datastore(lost)
    notary = Notary(EventLog(datastore, MASTER), NEW, now)
    note, made = notary.checkpoint()
    datastore.close()
    assert not made, "nothing is new since"
    read_note(str(note)).check(NEW.verifier)


def test_a_log_that_differs_from_its_checkpoints_is_not_vouched_for(lost: str, typed: Typed) -> None:
    with psycopg.connect(lost) as connection:
        connection.execute("UPDATE suqiu.events SET command_id = 'forged' WHERE position = 7")
    code, said = typed("vouch")
    assert (code, "does not agree" in said) == (1, True)
    with psycopg.connect(lost) as connection:
        assert archive.cosignatures(connection) == []


@pytest.mark.usefixtures("lost")
def test_checkpoints_of_another_old_key_are_not_vouched_for(typed: Typed) -> None:
    other = KeySigner(SIGNER.verifier.name, b"\x0c" * 32)
    code, said = typed("vouch", "--log", str(other.verifier))
    assert (code, "not signed by" in said) == (1, True)


def test_a_key_is_made_for_production_and_stays(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "log.key"
    assert run(["keys", "make-log", str(file)]) == 0
    first = file.read_text()
    assert run(["keys", "make-log", str(file)]) == 0
    assert file.read_text() == first
    assert file.stat().st_mode & 0o077 == 0
    assert (tmp_path / "log.key.pub").read_text().strip() in capsys.readouterr().out
