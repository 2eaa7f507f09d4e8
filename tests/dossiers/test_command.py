"""`suqiu audit dossier` as it is typed, and `python verify.py` as somebody runs it who has nothing of ours."""

import json
import stat
from hashlib import sha256
from pathlib import Path
from zipfile import ZipFile

import psycopg
import pytest

from aggregates.office.events import DossierGiven
from aggregates.petition import commands as c
from aggregates.petition.events import SealedFieldsRead
from aggregates.record import Recorded
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.proofs.notes import read_note
from evidence.checkpoint_file import append
from evidence.notary import Notary
from office.rules.adoption import adopt_file
from tests.aggregates.office import at, proposal, say
from tests.cli.conftest import Inside, Shell
from tests.dossiers.bare import Bare
from tests.dossiers.registry import SIGNER
from tests.erasure.conftest import CANARY, Place
from tests.people import somebody_of

WORKS = somebody_of("district-works")


@pytest.fixture
def receipt(place: Place, inside: Inside) -> str:
    """A petition with two clocks, letters, a service order, and checkpoints by the hour."""
    adopt_file(place.event_log, place.rules, place.now())
    notary = Notary(place.event_log, SIGNER, place.now)
    petition, _ = place.comes(1)
    steps: list[c.Command] = [
        say(c.Classify, place.time, proposal=proposal("public_service", "district")),
        say(c.Dispatch, place.time),
        say(c.Accept, place.time, WORKS),
        say(c.RequestExtension, place.time, WORKS, days=2),
        say(c.DecideExtension, place.time),
    ]
    for number, command in enumerate(steps):
        place.handler.execute(petition, command.model_copy(update={"at": place.time}), f"step {number}")
        place.tells()
        place.later(hours=1)
        notary.checkpoint()
    place.time = at("2025-09-28 09:30")
    place.handler.execute(petition, say(c.Reply, place.time, WORKS), "reply")
    place.later(days=1)
    notary.checkpoint()
    receipt = str(place.event_log.read(petition)[0].event.receipt)  # type: ignore[attr-defined]
    assert (
        inside("order", "post", "想有人陪着去医院", "--kind", "need", "--petition", receipt, "--by", "window-1").code
        == 0
    )
    return receipt


def looks(place: Place) -> list[Recorded]:
    """The looks on record."""
    return [each for each in place.event_log.page(0, 1_000) if isinstance(each.event, SealedFieldsRead)]


def test_a_bare_python_verifies_what_the_command_wrote(
    place: Place, inside: Inside, receipt: str, bare: Bare, tmp_path: Path
) -> None:
    file = tmp_path / "court.zip"
    words = ("audit", "dossier", receipt, "-o", str(file), "--for", "court", "--by", "leader-1", "--reason", "举证")
    answer = inside(*words, "--json")
    assert answer.code == 0, answer
    assert answer.row["verified"] is True
    assert answer.row["checkpoint"]["made"] is True
    assert answer.row["texts"]["sealed"] == answer.row["texts"]["erased"] == 0
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    (look,) = looks(place)
    assert look.event.by.id == "leader-1"
    assert "举证" in (place.event_log.unseal(look, ("reason",))["reason"] or "")

    assert bare.has("cryptography")
    for name in (
        "aggregates",
        "rulebook",
        "eventstore",
        "office",
        "evidence",
        "workers",
        "cli",
        "pydantic",
        "psycopg",
        "rfc8785",
        "yaml",
    ):
        assert not bare.has(name), name
    with ZipFile(file) as zipped:
        zipped.extract("verify.py", tmp_path)
        assert any(CANARY in line for line in zipped.read("openings.jsonl").decode().splitlines())
    said = bare.run(tmp_path / "verify.py", file, "--key", str(SIGNER.verifier))
    assert (said.code, said.err) == (0, "")
    assert "按时：层级时限 2025-09-29 17:30 到期，答复于 2025-09-28 09:30 在册，提前 1 天 8 小时。" in said.out
    assert "Kept: the tier clock was due 2025-09-29 17:30" in said.out
    assert "leader-1 于 2025-09-24" in said.out
    assert "由卷宗本身" not in said.out
    row = bare.run(tmp_path / "verify.py", file, "--json").row
    assert (row["ok"], row["receipt"], row["made_for"]) == (True, receipt, "court")
    streams = {json.loads(line)["stream"][:2] for line in ZipFile(file).read("events.jsonl").splitlines()}
    assert {"p-", "m-", "o-"} <= streams


def given(place: Place) -> list[DossierGiven]:
    """The dossiers on record as given out."""
    return [each.event for each in place.event_log.page(0, 1_000) if isinstance(each.event, DossierGiven)]


def test_nothing_opened_is_no_look_and_on_record_all_the_same(
    place: Place, inside: Inside, receipt: str, bare: Bare, tmp_path: Path
) -> None:
    file = tmp_path / "closed.zip"
    answer = inside("audit", "dossier", receipt, "-o", str(file), "--by", "leader-1")
    assert answer.code == 0, answer
    assert "a checkpoint was made for it" in answer.err
    assert "Kept: the tier clock" in answer.out
    assert looks(place) == []
    (made,) = given(place)
    assert (made.by.id, made.given_for, made.opened) == ("leader-1", "auditor", False)
    assert made.sha256 == sha256(file.read_bytes()).hexdigest()
    with ZipFile(file) as zipped:
        assert zipped.read("openings.jsonl") == b""
        zipped.extract("verify.py", tmp_path)
    assert CANARY.encode() not in file.read_bytes()
    assert bare.run(tmp_path / "verify.py", file).code == 0
    again = inside("audit", "dossier", receipt, "-o", str(tmp_path / "again.zip"), "--by", "leader-1", "--json")
    assert again.row["checkpoint"]["made"] is False
    assert (tmp_path / "again.zip").read_bytes() == file.read_bytes()
    # A process of its own, in another zone and folder.
    outside = Shell(inside.data, {**inside.environment, "TZ": "America/New_York", "LC_ALL": "C"})
    assert outside("audit", "dossier", receipt, "-o", str(tmp_path / "outside.zip"), "--by", "leader-1").code == 0
    assert (tmp_path / "outside.zip").read_bytes() == file.read_bytes()
    assert len({each.sha256 for each in given(place)}) == 1
    assert len(given(place)) == 3


def test_who_has_nothing_to_do_with_it_gives_no_dossier_out(
    place: Place, inside: Inside, receipt: str, tmp_path: Path
) -> None:
    for who in ("care-1", "care-2"):
        for words in ((), ("--for", "court", "--reason", "举证"), ("--for", "unit")):
            refused = inside("audit", "dossier", receipt, "-o", str(tmp_path / "no.zip"), "--by", who, *words)
            assert (refused.code, "this is not for" in refused.err) == (1, True), refused
    assert inside("audit", "dossier", receipt, "-o", str(tmp_path / "no.zip")).code == 2, "somebody gives it out"
    assert not (tmp_path / "no.zip").exists()
    assert given(place) == []


def test_wrong_use_is_told_in_a_sentence_and_writes_nothing(
    place: Place, inside: Inside, receipt: str, tmp_path: Path
) -> None:
    file = tmp_path / "none.zip"
    wrong: list[tuple[tuple[str, ...], str]] = [
        (("--for", "unit", "--reason", "看看"), "--by"),
        (("--for", "court", "--by", "leader-1", "--reason", "  "), "expected why sealed texts are opened"),
        (("--by", "leader-1", "--reason", "看看"), "nothing is opened for auditors"),
        (("--for", "court", "--by", "nobody", "--reason", "看看"), "nobody"),
        (
            (
                "--for",
                "everybody",
            ),
            "for",
        ),
        (("--by", "leader-1", "--seen", str(tmp_path / "missing.txt")), "missing.txt"),
    ]
    for words, said in wrong:
        answer = inside("audit", "dossier", receipt, "-o", str(file), *words)
        assert (answer.code, said in answer.err) == (2, True), (words, answer)
    who = ("--by", "leader-1")
    answer = inside("audit", "dossier", receipt, "-o", str(tmp_path / "no" / "folder.zip"), *who)
    assert (answer.code, "expected a file in a folder that is there" in answer.err) == (2, True)
    answer = inside("audit", "dossier", receipt, "-o", str(file), "--size", "900", *who)
    assert (answer.code, "no checkpoint of 900 events is kept" in answer.err) == (1, True)
    answer = inside("audit", "dossier", "SQ-0000-0000-0000-00000", "-o", str(file), *who)
    assert answer.code == 2
    (inside.data / "keys" / "log.key").unlink()
    answer = inside("audit", "dossier", receipt, "-o", str(file), *who)
    assert (answer.code, "no log key" in answer.err) == (2, True)
    assert not file.exists()
    assert looks(place) == []


def test_who_may_not_look_gets_no_dossier(place: Place, inside: Inside, tmp_path: Path) -> None:
    petition, _ = place.comes(2)
    for number, command in enumerate(
        [
            say(c.Classify, place.time, proposal=proposal("public_service", "district")),
            say(c.Dispatch, place.time),
            say(c.Reclassify, place.time, complained_about="service-station", tier="beyond"),
        ]
    ):
        place.handler.execute(petition, command, f"step {number}")
    receipt = str(place.event_log.read(petition)[0].event.receipt)  # type: ignore[attr-defined]
    file, words = tmp_path / "none.zip", ("--for", "unit", "--by", "station-1", "--reason", "看看是谁")
    answer = inside("audit", "dossier", receipt, "-o", str(file), *words)
    unknown = inside("audit", "dossier", "SQ-0000-0000-0000-00000", "-o", str(file), *words)
    assert answer.code == unknown.code == 2
    assert answer.err == unknown.err.replace("SQ-0000-0000-0000-00000", receipt), "unknown, as what does not exist"
    assert not file.exists()
    assert looks(place) == []


@pytest.mark.parametrize("kind", ["court", "resident"])
def test_the_unit_in_charge_gives_nobody_what_is_not_its_own_to_read(
    place: Place, inside: Inside, receipt: str, tmp_path: Path, kind: str
) -> None:
    """It may look at the petition, a field at a time; a dossier for the court would open everything to it."""
    file = tmp_path / "none.zip"
    words = ("audit", "dossier", receipt, "-o", str(file))
    answer = inside(*words, "--for", kind, "--by", WORKS.id, "--reason", "法院要的")
    assert (answer.code, f"a dossier for the {kind} is given out by a" in answer.err) == (1, True)
    assert "此事不由这一角色办理" in answer.err
    assert not file.exists()
    assert looks(place) == []
    assert inside(*words, "--for", "unit", "--by", WORKS.id, "--reason", "办理需要").code == 0
    assert inside(*words, "--for", kind, "--by", "leader-1", "--reason", "法院要的").code == 0


def test_a_court_is_handed_none_that_is_closed(place: Place, inside: Inside, receipt: str, tmp_path: Path) -> None:
    """Nothing opened, and yet “for the court” on its page."""
    file = tmp_path / "none.zip"
    answer = inside("audit", "dossier", receipt, "-o", str(file), "--for", "court", "--by", "leader-1")
    assert (answer.code, "a dossier for the court is made only opened: expected why" in answer.err) == (2, True)
    assert "须写明开启密封内容的理由" in answer.err
    assert inside("audit", "dossier", receipt, "-o", str(file), "--for", "court").code == 2, "by nobody's name"
    assert given(place) == []
    assert not file.exists()
    assert looks(place) == []


def test_a_dossier_of_a_log_that_was_put_back_says_so_and_holds_before_and_after(
    inside: Inside, receipt: str, bare: Bare, tmp_path: Path
) -> None:
    with psycopg.connect(inside.environment["SUQIU_DATABASE_URL"]) as connection:
        newest = next(archive.stored(connection, order="DESC", limit=1))
    append(inside.data / "checkpoints.txt", read_note(newest.note))
    later = read_checkpoint(newest.note)._replace(size=newest.size + 500, root=bytes(32))
    append(inside.data / "checkpoints.txt", later.signed(SIGNER))
    words = ("audit", "dossier", receipt, "--for", "auditor", "--by", "leader-1")
    refused = inside(*words, "-o", str(tmp_path / "refused.zip"))
    assert (refused.code, "was put back" in refused.err) == (1, True)
    accepted = inside("audit", "accept-loss", "--by", "leader-1", "--reason", "machine_lost", "--json")
    assert accepted.code == 0, accepted

    file = tmp_path / "after.zip"
    answer = inside(*words, "-o", str(file), "--json")
    assert (answer.code, answer.row["verified"]) == (0, True), answer
    with ZipFile(file) as zipped:
        zipped.extract("verify.py", tmp_path)
        log = json.loads(zipped.read("manifest.json"))["log"]
        signed_by = {zipped.read(name).split(b"\n")[0].decode() for name in zipped.namelist() if name.endswith(".note")}
    assert log["earlier"] == [str(SIGNER.verifier)]
    assert signed_by == {SIGNER.verifier.name, accepted.row["key"].partition("+")[0]}
    said = bare.run(tmp_path / "verify.py", file, "--key", accepted.row["key"])
    assert (said.code, said.err) == (0, ""), said
    assert "The log was put back once, and goes on under the present key by a person's word" in said.out
    assert bare.run(tmp_path / "verify.py", file, "--key", str(SIGNER.verifier)).code == 1
