"""What outsiders know of time is held against the dossier: dated back, signed again, seen too late, seen too early."""

from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path

import psycopg
import pytest

from aggregates.petition import commands as c
from eventstore.log import Append
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import COSIGNATURE, KeySigner, read_note
from evidence.dossiers import verify
from evidence.dossiers.making import Asked, Made
from evidence.dossiers.redaction import Reader
from tests.aggregates.office import at, proposal
from tests.dossiers.registry import Registry
from tests.dossiers.test_altered import signed
from tests.proofs.conftest import unguard
from tests.replay.lives import Filed

PETITION = "p-" + "7" * 32
DUE = at("2025-09-26 17:30")
COURT = KeySigner("court.example", b"\x05" * 32, COSIGNATURE)
WITNESS = verify.read_key(str(COURT.verifier), "")


@pytest.fixture
def case(registry: Registry) -> Filed:
    """Received and dispatched, due at 17:30 on the 26th; on record, and not answered."""
    case = Filed(proposes=proposal("public_service", "district")).receive("2025-09-23 15:00").step().step()
    registry.write({PETITION: case.records})
    return case


def says(registry: Registry, case: Filed, when: datetime, *kinds: type[c.Command]) -> None:
    """Acts come into the log now, and say that they were recorded then."""
    for kind in kinds:
        case.now, there = when, len(case.records)
        case.act(kind)
        events = tuple(record.event for record in case.records[there:])
        assert registry.event_log.append([Append(PETITION, there, events, f"act {there}", when)]) == [True]


def note_at(registry: Registry, size: int) -> str:
    """A checkpoint with its cosignatures, as whoever was given it has it."""
    with psycopg.connect(registry.event_log.datastore.dsn) as connection:
        row = archive.at_size(connection, size)
        assert row is not None
        return str(archive.whole(connection, row))


def forgets(registry: Registry) -> Registry:
    """The office takes its checkpoints away; whoever signs next remembers none of them."""
    with psycopg.connect(registry.event_log.datastore.dsn) as connection:
        unguard(connection)
        connection.execute("DELETE FROM suqiu.cosignatures")
        connection.execute("DELETE FROM suqiu.checkpoints")
    return Registry(registry.event_log, registry.known)


def sees(registry: Registry, size: int, when: datetime) -> None:
    """The court countersigns a checkpoint then."""
    with psycopg.connect(registry.event_log.datastore.dsn) as connection:
        row = archive.at_size(connection, size)
        assert row is not None
        line = read_note(row.note).cosigned(COURT, int(when.timestamp())).lines[-1]
        assert archive.cosign(connection, archive.Cosignature(size, archive.named(COURT.verifier), line), when)


def dossier(registry: Registry, when: datetime, *seen: int) -> Made:
    """The dossier at a checkpoint signed then."""
    size = registry.sign(when)
    return registry.maker.make(Asked(PETITION, Reader.AUDITOR, size, opened=False, seen=seen))


def finding(verified: verify.Verified) -> verify.Finding:
    (found,) = [each for each in verified.findings if each.clock.tier == "district"]
    return found


def test_a_reply_dated_back_is_refused_by_an_honest_checkpoint_the_reader_has(registry: Registry, case: Filed) -> None:
    size = registry.sign(at("2025-09-29 10:00"))
    honest = note_at(registry, size).encode()
    office = forgets(registry)
    says(office, case, at("2025-09-26 16:00"), c.Reply)
    made = dossier(office, at("2025-09-26 16:05"), size)
    alone = finding(verify.verify(made.content))
    assert (alone.verdict, alone.proven) == ("kept", "by_checkpoint"), "by the log's own clock it is"
    assert "by the log's own clock" in alone.sentences[-1].en
    assert "依日志自己的时钟" in alone.sentences[-1].zh
    with pytest.raises(verify.Wrong, match=r"got elsewhere, 2025-09-29T02:00:00Z.*dated back, or a clock was wrong"):
        verify.verify(made.content, elsewhere=[honest])


def test_the_same_tree_signed_again_an_hour_earlier_proves_nothing(registry: Registry, case: Filed) -> None:
    says(registry, case, at("2025-09-26 17:20"), c.Reply)
    size = registry.sign(at("2025-09-26 18:25"))
    honest = note_at(registry, size).encode()
    made = dossier(forgets(registry), at("2025-09-26 17:25"))
    assert made.checkpoint.size == size
    with pytest.raises(verify.Wrong, match=r"Times fall: the checkpoint of .* dated back, or a clock was wrong"):
        verify.verify(made.content, elsewhere=[honest])


def test_signed_again_within_what_clocks_differ_by_the_later_time_counts(registry: Registry, case: Filed) -> None:
    says(registry, case, at("2025-09-26 17:27"), c.Reply)
    honest = note_at(registry, registry.sign(at("2025-09-26 17:32"))).encode()
    made = dossier(forgets(registry), at("2025-09-26 17:28"))
    assert finding(verify.verify(made.content)).proven == "by_checkpoint"
    verified = verify.verify(made.content, elsewhere=[honest])
    assert finding(verified).proven == "between_checkpoints"
    assert any("but signed at another time" in each.en for each in verified.proven)


def test_signed_again_later_after_an_old_copy_was_put_back_is_said_and_holds(registry: Registry, case: Filed) -> None:
    """Honest: the database came back without its last checkpoint, and the same events were signed once more."""
    says(registry, case, at("2025-09-26 17:20"), c.Reply)
    first = note_at(registry, registry.sign(at("2025-09-26 17:25"))).encode()
    made = dossier(forgets(registry), at("2025-09-28 09:00"))
    verified = verify.verify(made.content, elsewhere=[first])
    assert finding(verified).verdict == "kept"
    assert any("2025-09-26T09:25:00Z there, 2025-09-28T01:00:00Z here" in each.en for each in verified.proven)


def test_a_witness_who_saw_it_before_the_end_is_a_verdict_of_its_own(registry: Registry, case: Filed) -> None:
    says(registry, case, at("2025-09-26 16:00"), c.Reply)
    size = registry.sign(at("2025-09-26 16:01"))
    sees(registry, size, at("2025-09-26 16:02"))
    made = dossier(registry, at("2025-10-09 09:00"))
    found = finding(verify.verify(made.content, witnesses=[WITNESS]))
    assert (found.verdict, found.proven) == ("kept", "by_witness")
    assert found.witness is not None
    assert (found.witness.witness, found.witness.size) == ("court.example", size)
    assert found.sentences[-1].en.startswith("Proven by witness: the cosignature of court.example over")
    assert found.sentences[-1].zh.startswith("已由证人证明：证人 court.example")
    assert finding(verify.verify(made.content)).proven == "by_checkpoint", "of nobody asked for it is no proof"


def test_the_last_countersigned_checkpoint_before_the_end_is_in_the_dossier(registry: Registry, case: Filed) -> None:
    """The witness comes by once a day; the log signs after each act."""
    says(registry, case, at("2025-09-25 16:00"), c.Reply)
    seen = registry.sign(at("2025-09-25 16:01"))
    sees(registry, seen, at("2025-09-25 20:00"))
    says(registry, case, at("2025-09-26 09:00"), c.Dispute)
    registry.sign(at("2025-09-26 09:01"))
    made = dossier(registry, at("2025-10-09 09:00"))
    verified = verify.verify(made.content, witnesses=[WITNESS])
    assert seen in [each.size for each in verified.dossier.checkpoints]
    assert finding(verified).proven == "by_witness"
    assert any("That is 3 h after the time which the checkpoint says." in each.en for each in verified.proven)
    assert any("events it covers the first" in each.en for each in verified.proven)


@pytest.mark.parametrize(
    ("signs", "seen", "covers"),
    [("2025-09-24 10:00", "2025-09-24 10:01", "the first"), ("2025-09-26 16:01", "2026-01-30 09:00", "all")],
    ids=["from before the act", "months after"],
)
def test_a_cosignature_from_before_the_act_or_months_after_is_no_proof_of_it(
    registry: Registry, case: Filed, signs: str, seen: str, covers: str
) -> None:
    if at(signs) < at("2025-09-26 16:00"):
        sees(registry, registry.sign(at(signs)), at(seen))
        says(registry, case, at("2025-09-26 16:00"), c.Reply)
    else:
        says(registry, case, at("2025-09-26 16:00"), c.Reply)
        sees(registry, registry.sign(at(signs)), at(seen))
    made = dossier(registry, at("2025-09-26 16:01"))
    verified = verify.verify(made.content, witnesses=[WITNESS])
    found = finding(verified)
    assert (found.verdict, found.proven, found.witness) == ("kept", "by_checkpoint", None)
    assert "by the log's own clock" in found.sentences[-1].en
    (said,) = [each.en for each in verified.proven if "court.example" in each.en]
    assert covers in said
    assert ("125 d after the time which the checkpoint says" in said) is (covers == "all")


def test_a_note_the_witness_itself_gives_counts_too(registry: Registry, case: Filed) -> None:
    """The office keeps no cosignature; the witness has its own."""
    says(registry, case, at("2025-09-26 16:00"), c.Reply)
    size = registry.sign(at("2025-09-26 16:01"))
    own = str(read_note(note_at(registry, size)).cosigned(COURT, int(at("2025-09-26 16:02").timestamp()))).encode()
    made = dossier(registry, at("2025-10-09 09:00"), size)
    found = finding(verify.verify(made.content, elsewhere=[own], witnesses=[WITNESS]))
    assert found.proven == "by_witness"
    with pytest.raises(verify.Wrong, match="No checkpoint of the dossier is countersigned"):
        verify.verify(made.content, witnesses=[WITNESS])


def test_a_checkpoint_dated_after_its_witness_is_refused(registry: Registry, case: Filed) -> None:
    says(registry, case, at("2025-09-26 16:00"), c.Reply)
    size = registry.sign(at("2025-09-26 16:01"))
    sees(registry, size, at("2025-09-26 15:01"))
    made = dossier(registry, at("2025-09-26 16:01"))
    verify.verify(made.content)
    with pytest.raises(verify.Wrong, match=r"Times fall: the cosignature of court\.example"):
        verify.verify(made.content, witnesses=[WITNESS])


def test_times_that_fall_along_the_log_are_refused(registry: Registry, case: Filed) -> None:
    """A contact of 17:40 is on record; the reply after it says 17:20. No checkpoint was signed between the two."""
    says(registry, case, at("2025-09-26 17:27"), c.Contact)
    says(registry, case, at("2025-09-26 17:23"), c.ReadSealedFields)
    made = dossier(registry, at("2025-09-26 17:28"))
    verify.verify(made.content)
    office = forgets(registry)
    says(office, case, at("2025-09-26 17:21"), c.Reply)
    made = dossier(office, at("2025-09-26 17:29"))
    with pytest.raises(verify.Wrong, match=r"Times fall along the log: .* dated back, or a clock was wrong"):
        verify.verify(made.content)


def test_a_stamp_that_contradicts_the_times_is_refused(registry: Registry, case: Filed) -> None:
    """Whose it is nobody looks at here; one that says the events were there before they were is held against them."""
    says(registry, case, at("2025-09-26 16:00"), c.Reply)
    made = dossier(registry, at("2025-09-26 16:01"))
    files = verify.unpacked(made.content)
    size = made.checkpoint.size
    imprint = b"\x04\x20" + sha256(files[f"checkpoints/{size}.note"]).digest()
    for stamped, wrong in (("20250926080030Z", False), ("20251226080000Z", False), ("20250926030000Z", True)):
        content = signed({**files, f"checkpoints/{size}.tsr": imprint + b"\x18\x0f" + stamped.encode()})
        if wrong:
            with pytest.raises(verify.Wrong, match="Times fall: the time stamp"):
                verify.verify(content)
        else:
            verify.verify(content)


def test_an_old_dossier_is_too_old_for_who_says_so_and_its_age_is_said(
    registry: Registry, case: Filed, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    sees(registry, registry.sign(at("2025-09-24 10:00")), at("2025-09-24 10:00"))
    says(registry, case, at("2025-09-26 16:00"), c.Reply)
    content = dossier(registry, at("2025-09-26 16:01")).content
    (tmp_path / "one.zip").write_bytes(content)
    holds = verify.NOT_IN_FORCE  # it holds; no rulebook was adopted in this log
    assert verify.main([str(tmp_path / "one.zip"), "--not-before", "2025-09-26"]) == holds
    said = capsys.readouterr().out
    assert " old by this computer's clock; what happened since is not in the dossier" in said
    assert verify.main([str(tmp_path / "one.zip"), "--not-before", "2025-09-27T00:00:00+08:00"]) == 1
    assert "too old for --not-before 2025-09-26T16:00:00Z" in capsys.readouterr().out
    assert verify.main([str(tmp_path / "one.zip"), "--not-before", "yesterday"]) == 2
    words = [str(tmp_path / "one.zip"), "--not-before", "2025-09-26", "--witness", str(COURT.verifier)]
    assert verify.main(words) == 1, "the witness has seen nothing since the 24th"
    now = read_checkpoint(verify.unpacked(content)[f"checkpoints/{registry.event_log.head()}.note"].decode()).at
    early = verify.verify(content, now=now - timedelta(days=2))
    assert any("2 d ahead of this computer's clock" in each.en for each in early.remarks)
