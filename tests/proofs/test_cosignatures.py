"""What a witness countersigned comes back: kept beside the checkpoint, counted, and a wrong one named."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from eventstore.proofs import archive
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import COSIGNATURE, KeySigner, Note, read_note
from evidence.checkpoint_file import notes_in
from evidence.cosigning import witnesses
from office.settings import SettingsError, read_settings
from tests.proofs.conftest import SIGNER, Typed, changed, row, unguard
from tests.proofs.test_tampering import forge, rewrite

COURT = KeySigner("court.example", b"\x05" * 32, COSIGNATURE)
PETITIONS = KeySigner("petitions.example", b"\x06" * 32, COSIGNATURE)
STRANGER = KeySigner("stranger.example", b"\x07" * 32, COSIGNATURE)
SEEN = 1_758_675_600
"""2025-09-24T01:00:00Z."""

Given = Callable[[str], str]


@pytest.fixture
def notes(log_dsn: str) -> Iterator[dict[int, Note]]:
    """The log's checkpoints by size; whatever a test keeps beside them is taken away again."""
    with psycopg.connect(log_dsn) as connection:
        found = {each.size: read_note(each.note) for each in archive.stored(connection)}
    with changed(log_dsn):
        yield found


@pytest.fixture
def given(tmp_path: Path) -> Given:
    """A file of text, as a witness sends it; the court and the petition office are known as witnesses."""
    (tmp_path / "keys").mkdir(exist_ok=True)
    (tmp_path / "keys" / "witnesses.txt").write_text(
        f"# who may countersign\n{COURT.verifier}\n\n{PETITIONS.verifier}  # since September\n", "utf-8"
    )

    def write(text: str) -> str:
        (tmp_path / "sent.txt").write_text(text, "utf-8")
        return str(tmp_path / "sent.txt")

    return write


def test_a_cosignature_is_kept_counted_shown_and_filed(
    typed: Typed, notes: dict[int, Note], given: Given, tmp_path: Path
) -> None:
    assert "0 checkpoints are countersigned" in typed("verify")[1]
    both = notes[200].cosigned(COURT, SEEN).cosigned(PETITIONS, SEEN + 60)
    code, said = typed("cosign", given(f"{notes[137].cosigned(COURT, SEEN)}\n{both}"))
    assert code == 0, said
    assert "137 events · court.example · 见证 seen 2025-09-24T01:00:00Z" in said
    assert "200 events · petitions.example · 见证 seen 2025-09-24T01:01:00Z" in said
    code, said = typed("verify")
    assert (code, "2 checkpoints are countersigned: court.example+" in said) == (0, True)
    counted = row(typed("verify", "--json"))["countersigned"]
    court, petitions = (archive.named(each.verifier) for each in (COURT, PETITIONS))
    assert counted == {"checkpoints": 2, "by": {court: 2, petitions: 1}, "unknown": 0}
    shown = typed("checkpoint")[1]
    assert read_note(shown).check_cosignature(PETITIONS.verifier) == SEEN + 60
    filed = [read_note(text) for text in notes_in((tmp_path / "checkpoints.txt").read_text("utf-8"))]
    assert [read_checkpoint(each, SIGNER.verifier).size for each in filed] == [137, 200]
    assert filed[1].check_cosignature(COURT.verifier) == SEEN


@pytest.mark.parametrize(
    ("seconds", "said"), [(SEEN - 3600, "before the checkpoint was signed"), (SEEN + 9 * 365 * 86_400, "in the future")]
)
def test_a_cosignature_of_an_impossible_time_is_not_kept(
    typed: Typed, notes: dict[int, Note], given: Given, seconds: int, said: str
) -> None:
    code, told = typed("cosign", given(str(notes[200].cosigned(COURT, seconds))))
    assert (code, f"{said}: a clock was wrong" in " ".join(told.split())) == (1, True)
    assert "0 checkpoints are countersigned" in typed("verify")[1]


def test_how_long_after_the_signing_it_was_seen_is_said(typed: Typed, notes: dict[int, Note], given: Given) -> None:
    code, told = typed("cosign", given(str(notes[200].cosigned(COURT, SEEN + 200 + 7_200))))
    assert (code, "签署后 2 h 0 min after it was signed" in told) == (0, True)


def test_given_back_twice_it_is_kept_once(typed: Typed, notes: dict[int, Note], given: Given, tmp_path: Path) -> None:
    sent = given(str(notes[200].cosigned(COURT, SEEN)))
    assert [each["new"] for each in row(typed("cosign", sent, "--json"))["kept"]] == [True]
    file = (tmp_path / "checkpoints.txt").read_text("utf-8")
    later = given(str(notes[200].cosigned(COURT, SEEN + 5)))
    code, said = typed("cosign", later)
    assert (code, "已有 stood already" in said) == (0, True)
    assert (tmp_path / "checkpoints.txt").read_text("utf-8") == file
    (tmp_path / "checkpoints.txt").unlink()
    assert typed("cosign", sent)[0] == 0
    assert (tmp_path / "checkpoints.txt").read_text("utf-8") == file, "what failed at the file is made good"


def test_it_is_kept_with_the_key_from_the_environment_too(
    typed: Typed, notes: dict[int, Note], given: Given, monkeypatch: pytest.MonkeyPatch
) -> None:
    sent = given(str(notes[50].cosigned(STRANGER, SEEN)))
    code, said = typed("cosign", sent)
    assert (code, "stranger.example+" in said, "is no witness known here" in said) == (1, True, True)
    monkeypatch.setenv("SUQIU_WITNESS_KEYS", f"{COURT.verifier} {STRANGER.verifier}")
    assert typed("cosign", sent)[0] == 0
    monkeypatch.delenv("SUQIU_WITNESS_KEYS")
    counted = row(typed("verify", "--json"))["countersigned"]
    assert counted == {"checkpoints": 0, "by": {}, "unknown": 1}, "nobody who is not known counts"


def test_what_is_wrong_is_refused_and_nothing_of_its_file_is_kept(
    typed: Typed, notes: dict[int, Note], given: Given
) -> None:
    good = str(notes[50].cosigned(COURT, SEEN))
    other = read_checkpoint(notes[137])._replace(root=bytes(32)).signed(SIGNER).cosigned(COURT, SEEN)
    longer = read_checkpoint(notes[137])._replace(size=138).signed(SIGNER).cosigned(COURT, SEEN)
    foreign = read_checkpoint(notes[137])._replace(origin="suqiu/linhe").signed(SIGNER).cosigned(COURT, SEEN)
    moved = Note(notes[137].text, (*notes[137].signatures, *notes[200].cosigned(COURT, SEEN).signatures[1:]))
    never = notes[137].cosigned(COURT, 1 << 63)
    for bad, why in (
        (moved, "checkpoint of 137 events: the cosignature of court.example is wrong"),
        (never, "checkpoint of 137 events: the cosignature of court.example is wrong"),
        (notes[137], "checkpoint of 137 events: nobody has countersigned it"),
        (other, "checkpoint of 137 events: the one kept here says something else"),
        (longer, "checkpoint of 138 events: none of that size is kept here"),
        (foreign, "not a checkpoint of this log"),
        (notes[137].cosigned(COURT, SEEN).cosigned(STRANGER, SEEN), "stranger.example"),
    ):
        code, said = typed("cosign", given(f"{good}\n{bad}"))
        assert (code, why in " ".join(said.split())) == (1, True), said
        assert row(typed("verify", "--json"))["countersigned"]["checkpoints"] == 0


def test_a_cosignature_changed_in_the_store_or_a_file_is_named(
    typed: Typed, notes: dict[int, Note], given: Given, log_dsn: str, tmp_path: Path
) -> None:
    assert typed("cosign", given(str(notes[137].cosigned(COURT, SEEN))))[0] == 0
    assert typed("cosign", given(str(notes[200].cosigned(PETITIONS, SEEN))))[0] == 0
    (tmp_path / "checkpoints.txt").unlink()
    court = archive.named(COURT.verifier)
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        for table in ("events", "checkpoints", "cosignatures"):
            connection.execute(f"ALTER TABLE suqiu.{table} DISABLE TRIGGER USER")  # type: ignore[arg-type]
        for change in (
            f"UPDATE suqiu.cosignatures SET size = 200 WHERE witness = '{court}'",
            f"UPDATE suqiu.cosignatures SET size = 138 WHERE witness = '{court}'",
            f"UPDATE suqiu.cosignatures SET line = 'x' WHERE witness = '{court}'",
            "UPDATE suqiu.cosignatures SET line = (SELECT max(line) FROM suqiu.cosignatures) WHERE size = 137",
            f"UPDATE suqiu.cosignatures SET line = overlay(line placing 'AAAA' from 60) WHERE witness = '{court}'",
        ):
            connection.execute("CREATE TABLE public.before AS SELECT * FROM suqiu.cosignatures")
            connection.execute(change)  # type: ignore[arg-type]
            code, said = typed("verify")
            assert (code, "the cosignature of court.example" in " ".join(said.split())) == (1, True), (change, said)
            connection.execute("ALTER TABLE suqiu.cosignatures DISABLE TRIGGER USER")
            connection.execute("DELETE FROM suqiu.cosignatures")
            connection.execute("INSERT INTO suqiu.cosignatures SELECT * FROM public.before")
            connection.execute("DROP TABLE public.before")
    assert typed("verify")[0] == 0
    moved = Note(notes[50].text, (*notes[50].signatures, *notes[200].cosigned(COURT, SEEN).signatures[1:]))
    code, said = typed("verify", "--checkpoint", given(str(moved)))
    assert (code, "(sent.txt): the cosignature of court.example is wrong" in " ".join(said.split())) == (1, True), said


def test_history_rewritten_and_signed_anew_does_not_fit_what_a_witness_saw(
    typed: Typed, notes: dict[int, Note], given: Given, log_dsn: str, tmp_path: Path
) -> None:
    """No file from elsewhere is needed where the cosignatures are left standing."""
    assert typed("cosign", given(str(notes[200].cosigned(COURT, SEEN))))[0] == 0
    (tmp_path / "checkpoints.txt").unlink()
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        unguard(connection)
    rewrite(log_dsn)
    forge(log_dsn)
    code, said = typed("verify")
    what = "over the checkpoint of 200 events (the store): the cosignature of court.example is wrong"
    assert (code, what in " ".join(said.split())) == (1, True), said


def test_the_store_refuses_to_change_one(typed: Typed, notes: dict[int, Note], given: Given, log_dsn: str) -> None:
    assert typed("cosign", given(str(notes[137].cosigned(COURT, SEEN))))[0] == 0
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE suqiu.cosignatures ENABLE TRIGGER USER")
        for change in ("UPDATE suqiu.cosignatures SET size = 1", "DELETE FROM suqiu.cosignatures"):
            with pytest.raises(psycopg.errors.RaiseException, match="append-only"):
                connection.execute(change)  # type: ignore[arg-type]


def test_wrong_use_is_told(typed: Typed, notes: dict[int, Note], given: Given, tmp_path: Path) -> None:
    for text in ("", "nothing of the kind"):
        code, said = typed("cosign", given(text))
        assert (code, "no signed note is in it" in " ".join(said.split())) == (2, True)
    assert typed("cosign", str(tmp_path / "missing.txt"))[0] == 2
    (tmp_path / "sent.txt").write_bytes(b"\xff\xfe")
    assert typed("cosign", str(tmp_path / "sent.txt"))[0] == 2
    assert typed("cosign", given("a\n\nb\n"))[0] == 2
    (tmp_path / "keys" / "witnesses.txt").unlink()
    code, said = typed("cosign", given(str(notes[200].cosigned(COURT, SEEN))))
    assert (code, "no witness is known" in said) == (2, True)
    assert witnesses(read_settings(data=tmp_path)) == ()


@pytest.mark.parametrize(
    ("line", "why"),
    [("nonsense", r"line 2: a public key"), (str(SIGNER.verifier), r"line 2: expected a witness's public key")],
)
def test_a_list_of_witnesses_that_is_wrong_names_the_line(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "witnesses.txt").write_text(f"{COURT.verifier}\n{line}\n", "utf-8")
    with pytest.raises(SettingsError, match=why):
        witnesses(read_settings(data=tmp_path))
    with pytest.raises(SettingsError, match="SUQIU_WITNESS_KEYS"):
        witnesses(read_settings(data=tmp_path, witness_keys=json.dumps(line)))
