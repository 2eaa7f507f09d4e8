"""Whatever is given to the verifier, it answers with a sentence and an exit code; never with a traceback."""

import io
import json
import struct
import zipfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import COSIGNATURE, KeySigner, read_note
from evidence.dossiers import verify
from evidence.dossiers.making import Asked
from evidence.dossiers.redaction import Reader
from evidence.notary import continuation
from tests.dossiers.bare import Answer, Bare
from tests.dossiers.registry import OTHER_SIGNER, SIGNER, Registry
from tests.dossiers.story import Story, short_story
from tests.dossiers.test_altered import dump, sealed, signed
from tests.erasure.conftest import Place

Said = Callable[..., Answer]


@pytest.fixture
def said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> Said:
    """What the verifier says of a dossier's bytes; options follow."""

    def run(content: bytes, *words: str) -> Answer:
        (tmp_path / "given.zip").write_bytes(content)
        capsys.readouterr()
        try:
            code = verify.main([str(tmp_path / "given.zip"), *words])
        except SystemExit as ended:  # argparse
            code = int(ended.code or 0)
        told = capsys.readouterr()
        return Answer(code, told.out, told.err)

    return run


@pytest.fixture
def story(place: Place) -> Story:
    return short_story(place, 1)


@pytest.fixture
def content(story: Story) -> bytes:
    return story.registry.dossier(story.petition).content


def zipped(files: dict[str, bytes], how: int = zipfile.ZIP_DEFLATED) -> bytes:
    """The same files packed by another program."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", how) as file:
        for name, each in files.items():
            file.writestr(name, each)
    return made.getvalue()


def linked(files: dict[str, bytes]) -> bytes:
    """A ZIP in which one file is a link to another place."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_STORED) as file:
        for name, each in files.items():
            info = zipfile.ZipInfo(name)
            info.create_system, info.external_attr = 3, 0o120777 << 16
            file.writestr(info, b"/etc/passwd" if name == "verify.py" else each)
    return made.getvalue()


def test_what_is_no_dossier(said: Said, content: bytes) -> None:
    files = verify.unpacked(content)
    big = struct.pack("<4s5H3I2H", b"PK\3\4", 20, 0, 0, 0, 33, 0, 2**32 - 1, 2**32 - 1, 9, 0) + b"verify.py"
    encrypted = content[:6] + b"\1\0" + content[8:]
    streamed = content[:6] + b"\x08\0" + content[8:]
    wrong: list[tuple[bytes, str]] = [
        (b"", "does not begin as a ZIP does"),
        (b"PK\3\4", "cut short at byte 4"),
        (b"\x89PNG\r\n\x1a\n" + bytes(100), "does not begin as a ZIP does"),
        (content[: len(content) // 2], "cut short within"),
        (content[:-1], "directory is not that of its files"),
        (zipped(files), "packed again by another program"),
        (zipped({"dossier.zip": content}, zipfile.ZIP_STORED), "no dossier has: 'dossier.zip'"),
        (zipped({"bomb": bytes(50_000_000)}), "packed again by another program"),
        (zipped({"../../etc/passwd": b"x"}, zipfile.ZIP_STORED), "no dossier has"),
        (zipped({"verify.py .zip": b"x"}, zipfile.ZIP_STORED), "no dossier has"),
        (linked(files), "ZIP"),
        (encrypted, "encrypted"),
        (streamed, "packed again by another program"),
        (big, "cut short within verify.py"),
        (verify.entry(b"verify.py", b"one") + verify.entry(b"verify.py", b"two"), "stands twice or out of order"),
        (verify.packed({}), "does not begin as a ZIP does"),
        (verify.packed({"verify.py": b""}), "A file is missing: manifest.json"),
    ]
    for given, expected in wrong:
        answer = said(given)
        assert (answer.code, answer.err) == (1, ""), expected
        assert answer.out.startswith("✗ ")
        assert expected in answer.out, answer.out
        row = said(given, "--json").row
        assert row["ok"] is False
        assert expected in row["wrong"]["en"]


def test_json_that_is_not_as_it_must_be(said: Said, content: bytes) -> None:
    files = verify.unpacked(content)
    manifest = json.loads(files["manifest.json"])

    def of(text: bytes) -> bytes:
        return verify.packed({**files, "manifest.json": text})

    wrong: list[tuple[bytes, str]] = [
        (of(b"[" * 100_000), "no JSON as it must be"),
        (of(b"\xff\xfe"), "no JSON as it must be"),
        (of(b'{"format":"suqiu/dossier/1","format":"suqiu/dossier/1"}'), "no JSON as it must be"),
        (of(b'{"format":NaN}'), "no JSON as it must be"),
        (of(b"[" + b"0," * 3_100_000 + b"0]"), "More than 3000000 values"),
        (of(b"9" * 10_000), "no JSON as it must be"),
        (of(b"7"), "not that of a dossier"),
        (of(b"{}"), "not that of a dossier"),
        (of(dump({**manifest, "format": "suqiu/dossier/3"})), "suqiu/dossier/3: take the verify.py of that version"),
        (of(dump({**manifest, "more": 1})), "expected the members"),
        (of(dump({**manifest, "log": {"key": "x", "name": "x"}})), "expected a public key NAME+ID+KEY"),
        (signed({**files, "events.jsonl": files["events.jsonl"][:-1]}), "its last line is cut short"),
        (signed({**files, "events.jsonl": b"\n" * 20_001}), "more than 20000 lines"),
        (signed({**files, "proofs.json": b'{"consistency":[],"heads":[],"inclusion":[]}'}), "0 proofs of inclusion"),
        (signed({**files, "proofs.json": b"[]"}), "expected the members"),
        (sealed({**files, "manifest.json": dump({**manifest, "files": {}})}), "A file was added"),
    ]
    for given, expected in wrong:
        answer = said(given)
        assert (answer.code, answer.err) == (1, ""), expected
        assert expected in answer.out, answer.out


def test_memory_stays_bounded_whatever_is_written_in_it(content: bytes, bare: Bare, tmp_path: Path) -> None:
    files = verify.unpacked(content)
    lists = b"[" + b"[],[[]]," * 350_000 + b"[]]"
    given = tmp_path / "big.zip"
    given.write_bytes(signed({**files, "proofs.json": lists, "report.pdf": bytes(50_000_000)}))
    (tmp_path / "verify.py").write_bytes(files["verify.py"])
    limited = (
        "import resource, runpy, sys; resource.setrlimit(resource.RLIMIT_AS, (700_000_000,) * 2); "
        f"sys.argv = ['verify.py', {str(given)!r}]; "
        f"runpy.run_path({str(tmp_path / 'verify.py')!r}, run_name='__main__')"
    )
    answer = bare.run("-c", limited)
    assert (answer.code, answer.err) == (1, "")
    assert "proofs.json: expected the members" in answer.out
    with given.open("r+b") as file:
        file.truncate(3_000_000_000)  # sparse: nothing of it is on the disk
    answer = bare.run("-c", limited)
    assert (answer.code, answer.out) == (2, "")
    assert "larger than any dossier" in answer.err


def test_wrong_use_is_told(said: Said, content: bytes, tmp_path: Path) -> None:
    for words in (
        ("--key", "nonsense"),
        ("--key", str(SIGNER.verifier)[:-4] + "AAA="),
        ("--witness", "nonsense"),
        ("--checkpoint", str(tmp_path / "missing.txt")),
        ("--no-such-option",),
    ):
        answer = said(content, *words)
        assert (answer.code, answer.out) == (2, ""), words
        assert answer.err
        assert "Traceback" not in answer.err
    assert verify.main([str(tmp_path / "missing.zip")]) == 2
    assert verify.main([str(tmp_path)]) == 2


def test_a_key_got_elsewhere(said: Said, content: bytes, tmp_path: Path) -> None:
    assert said(content, "--key", str(SIGNER.verifier)).code == 0
    (tmp_path / "log.pub").write_text(f"{SIGNER.verifier}\n", "utf-8")
    answer = said(content, "--key", str(tmp_path / "log.pub"))
    assert (answer.code, "公钥取自卷宗本身" in answer.out) == (0, False)
    assert "公钥取自卷宗本身" in said(content).out
    answer = said(content, "--key", str(OTHER_SIGNER.verifier))
    assert (answer.code, "of another log or key" in answer.out) == (1, True)
    same_name = KeySigner(SIGNER.verifier.name, b"\x09" * 32)
    assert said(content, "--key", str(same_name.verifier)).code == 1


def test_checkpoints_got_elsewhere(said: Said, story: Story, tmp_path: Path) -> None:
    registry, dsn = story.registry, story.place.dsn
    old = story.registry.sign(story.place.time)
    note = str(continuation(dsn, old).note)
    story.place.comes(8)
    middle = registry.dossier(story.petition)
    story.place.comes(9)
    registry.sign(registry.now + timedelta(minutes=1))
    newest = continuation(dsn, middle.checkpoint.size)
    shows = registry.maker.make(
        Asked(story.petition, Reader.AUDITOR, middle.checkpoint.size, opened=False, seen=(old,))
    )

    def against(content: bytes, text: str) -> Answer:
        (tmp_path / "seen.txt").write_text(text, "utf-8")
        return said(content, "--checkpoint", str(tmp_path / "seen.txt"))

    same = verify.unpacked(middle.content)[f"checkpoints/{middle.checkpoint.size}.note"].decode()
    assert "The checkpoint got elsewhere" in against(middle.content, same).out
    assert f"continues the checkpoint got elsewhere ({old})" in against(shows.content, note).out
    assert "continues the dossier" in against(middle.content, str(newest)).out
    for content, text, expected in (
        (middle.content, str(newest.note), "ask there for `suqiu audit consistency"),
        (middle.content, "nonsense", "it is no signed note"),
        (middle.content, note.replace("suqiu/baiyang", "suqiu/other"), "of another log"),
        (middle.content, str(newest).replace("old ", "old 1"), "ask there for"),
        (middle.content, "old x\n\n" + str(newest.note), "no number of events"),
        (middle.content, str(newest._replace(proof=newest.proof[::-1])), "does not continue the dossier"),
    ):
        answer = against(content, text)
        assert (answer.code, expected in answer.out) == (1, True), answer.out
    if old not in [each.size for each in verify.verify(middle.content).dossier.checkpoints]:
        answer = against(middle.content, note)
        assert (answer.code, "--seen" in answer.out) == (1, True)


def test_a_history_written_anew_is_not_what_was_seen(said: Said, story: Story, tmp_path: Path) -> None:
    """The real key signs another history of the same size: whoever kept a checkpoint of the first sees it."""
    made = story.registry.dossier(story.petition)
    forged = made.checkpoint._replace(root=bytes(32)).signed(SIGNER)
    (tmp_path / "seen.txt").write_text(str(forged), "utf-8")
    answer = said(made.content, "--checkpoint", str(tmp_path / "seen.txt"))
    assert (answer.code, "history was rewritten" in answer.out) == (1, True)


def test_a_witness_is_asked_for(said: Said, story: Story) -> None:
    from eventstore.proofs import archive

    witness = KeySigner("court.example", b"\x05" * 32, COSIGNATURE)
    registry: Registry = story.registry
    size = registry.sign(story.place.time + timedelta(minutes=5))
    plain = registry.dossier(story.petition, size=size).content
    answer = said(plain, "--witness", str(witness.verifier))
    assert (answer.code, "countersigned by" in answer.out) == (1, True)
    with story.place.event_log.datastore.get_connection() as connection, connection.transaction():
        row = archive.at_size(connection, size)
        assert row is not None
        seen = int(read_checkpoint(row.note).at.timestamp()) + 60
        line = str(read_note(row.note).cosigned(witness, seen)).splitlines()[-1]
        assert archive.cosign(connection, archive.Cosignature(size, "court.example", line), story.place.time)
    content = registry.dossier(story.petition, size=size).content
    answer = said(content, "--witness", str(witness.verifier))
    assert (answer.code, "court.example countersigned the checkpoint" in answer.out) == (0, True)
    assert said(content).code == 0
    other = KeySigner("court.example", b"\x06" * 32, COSIGNATURE)
    assert said(content, "--witness", str(other.verifier)).code == 1
    files = verify.unpacked(content)
    name = f"checkpoints/{size}.cosigned"
    cosigned = read_note(files[name].decode())
    bad = [
        (who, each[:-1] + bytes([each[-1] ^ 1])) if who != SIGNER.verifier.name else (who, each)
        for who, each in cosigned.signatures
    ]
    forged = str(type(cosigned)(cosigned.text, tuple(bad))).encode()
    answer = said(signed({**files, name: forged}), "--witness", str(witness.verifier))
    assert (answer.code, "the cosignature of court.example is wrong" in answer.out) == (1, True)
