"""`suqiu audit …` as it is typed: answers, sentences and exit codes, on a log beside which only its keys lie."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest

from eventstore.clock_guard import ClockGuard
from eventstore.log import EventLog
from eventstore.proofs.checkpoint import read_checkpoint
from eventstore.recorder import Datastore
from evidence.checkpoint_file import notes_in
from evidence.log_key import checkpoint_file, log_signer, make_log_key
from evidence.notary import Notary, keep_signing
from evidence.untimely_events import ahead_in
from office.settings import SettingsError, read_settings
from tests.proofs.conftest import ANY_AGE, MASTER, PETITIONS, RECORDED, SIGNER, Typed, changed, grow, look, now, row


def test_a_whole_log_is_said_to_be_whole(typed: Typed) -> None:
    code, said = typed("verify")
    assert code == 0
    assert "200 events of 25 streams are whole; 3 checkpoints agree" in said
    found = row(typed("verify", "--json"))
    assert (found["ok"], found["events"], found["wrong"], found["signed_by"]) == (
        True,
        200,
        None,
        str(SIGNER.verifier),
    )
    assert found["sealed"]["opened"] > 200
    assert row(typed("verify", "--json", "--leaves-only"))["sealed"] is None


def test_the_first_wrong_row_is_named(typed: Typed, log_dsn: str) -> None:
    with changed(log_dsn, "UPDATE suqiu.events SET command_id = 'x' WHERE position IN (90, 60)"):
        code, said = typed("verify")
        assert code == 1
        assert "position 60, stream p-9, version 3: the row is not what its leaf hash was made of" in said
        wrong = row(typed("verify", "--json"))["wrong"]
        assert (wrong["position"], wrong["stream"], wrong["version"]) == (60, "p-9", 3)


def test_a_checkpoint_of_another_log_is_not_taken_for_ours(typed: Typed, tmp_path: Path) -> None:
    other = tmp_path / "other.txt"
    other.write_text("no checkpoint at all", "utf-8")
    assert typed("verify", "--checkpoint", str(other))[0] == 2
    assert typed("verify", "--checkpoint", str(tmp_path / "missing.txt"))[0] == 2
    assert typed("verify", "--log", "nonsense")[0] == 2


def test_from_the_log_to_a_witness_and_back(typed: Typed, tmp_path: Path) -> None:
    public = typed("key")[1].strip()
    assert public == str(SIGNER.verifier)
    note = typed("checkpoint")[1]
    assert row(typed("checkpoint", "--json")) == {"made": False, "size": 200, "note": note}
    state, sent, signed = tmp_path / "w.json", tmp_path / "sent.txt", tmp_path / "signed.txt"
    sent.write_text(typed("consistency", "--from", "0")[1], "utf-8")
    code, said = typed("witness", "--log", public, "--state", str(state), "--checkpoint", str(sent), *ANY_AGE)
    assert (code, "the first checkpoint seen of this log" in said) == (0, True)
    assert "countersigned by witness+" in " ".join(said.split()), "what the log's machine is to know it by"
    again = row(typed("witness", "--log", public, "--state", str(state), "--from-data", "--json"))
    assert (again["size"], again["before"]) == (200, 200)
    signed.write_text(again["note"], "utf-8")
    code, said = typed("verify", "--checkpoint", str(signed))
    assert (code, "3 checkpoints agree" in said) == (0, True), "one that is in two places is one"
    sent.write_text(typed("consistency", "--from", "0")[1].replace("200", "199"), "utf-8")
    code, said = typed("witness", "--log", public, "--state", str(state), "--checkpoint", str(sent))
    assert (code, "not a checkpoint of this log" in said) == (1, True)


def test_wrong_use_is_told_in_a_sentence(typed: Typed, tmp_path: Path) -> None:
    code, said = typed("consistency", "--from", "201")
    assert (code, "the newest checkpoint has 200 events, fewer than 201" in said) == (2, True)
    assert typed("consistency", "--from", "-1")[0] == 2
    assert typed("witness", "--log", str(SIGNER.verifier), "--state", str(tmp_path / "w.json"))[0] == 2
    (tmp_path / "keys" / "log.key").unlink()
    for words in (("checkpoint",), ("key",)):
        code, said = typed(*words)
        assert (code, "no log key" in said) == (2, True)
    (tmp_path / "keys" / "log.key").write_text("nonsense", "utf-8")
    assert typed("key")[0] == 2
    code, said = typed("verify", "--log", str(SIGNER.verifier))
    assert (code, "log.key" in said) == (2, True)


def test_a_log_key_is_made_once_and_is_its_owners(tmp_path: Path) -> None:
    settings = read_settings(data=tmp_path, log_key=None, checkpoint_file=None)
    assert (log_signer(settings), checkpoint_file(settings)) == (None, None)
    made = make_log_key(settings, "baiyang")
    assert make_log_key(settings, "baiyang").verifier == made.verifier
    assert made.verifier.name == "suqiu/baiyang"
    assert (tmp_path / "keys" / "log.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys" / "log.pub").read_text("utf-8").strip() == str(made.verifier)
    assert checkpoint_file(settings) == tmp_path / "checkpoints.txt"
    with pytest.raises(SettingsError, match="SUQIU_LOG_KEY: a private key"):
        log_signer(read_settings(data=tmp_path, log_key="nonsense"))


async def test_while_there_is_something_new_a_checkpoint_is_made_and_only_then(log_dsn: str, tmp_path: Path) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    file = tmp_path / "checkpoints.txt"

    async def sizes(count: int) -> list[int]:
        while True:
            found = notes_in(file.read_text("utf-8")) if file.exists() else []
            if len(found) >= count:
                return [read_checkpoint(note).size for note in found]
            await asyncio.sleep(0.02)

    with changed(log_dsn):
        ending = asyncio.Event()
        notaries = [Notary(event_log, SIGNER, now, file) for _ in range(2)]
        every = timedelta(seconds=0.05)
        tasks = [asyncio.create_task(keep_signing(notary, event_log, ending, every)) for notary in notaries]
        await asyncio.sleep(0.2)
        assert not file.exists()
        await asyncio.to_thread(grow, event_log, 201)
        assert await asyncio.wait_for(sizes(1), 20) == [201]
        await asyncio.sleep(0.2)
        await asyncio.to_thread(grow, event_log, 202)
        assert await asyncio.wait_for(sizes(2), 20) == [201, 202]
        ending.set()
        await asyncio.gather(*tasks)
    datastore.close()


def test_times_that_cannot_be_true_are_named_in_a_log_that_is_whole(typed: Typed, log_dsn: str) -> None:
    """What a worker of an earlier version, two days ahead, wrote before anything refused it."""
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    with changed(log_dsn):
        ahead = timedelta(days=2, seconds=200)
        assert event_log.append([look("p-3", 8)._replace(recorded_at=RECORDED + ahead)]) == [True]
        assert event_log.append([look("p-3", 9)._replace(recorded_at=RECORDED + ahead)]) == [True]
        grow_on = [look(f"p-{number}", 8, 201 + number) for number in range(4, 9)]
        assert all(event_log.append(grow_on))
        code, said = typed("verify")
        assert code == 1
        assert "207 events of 25 streams are whole" in said, "the log itself is"
        assert "the times of 2 events cannot be true" in said
        assert "p-3, position 201: #9 petition.sealed_fields_read, #10 petition.sealed_fields_read" in said
        assert "2 d 0 h ahead" in said
        found = row(typed("verify", "--json"))
        assert (found["ok"], found["wrong"]) == (False, None)
        assert [event["position"] for event in found["untimely"]["events"]] == [201, 202]
        assert {key: found["untimely"][key] for key in ("ahead", "behind", "put_right")} == {
            "ahead": 2,
            "behind": 0,
            "put_right": 0,
        }
    datastore.close()


def test_a_story_has_a_clock_of_its_own_and_what_stands_around_it_is_judged(typed: Typed, log_dsn: str) -> None:
    """The demo's: its instants go to and fro, and nobody was reminded too early by them; but whoever audits is told."""
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    story = EventLog(datastore, MASTER, ClockGuard(story=True))
    with changed(log_dsn):
        there = event_log.head()
        to_and_fro = (timedelta(days=9), timedelta(days=-700), timedelta(days=3))
        for version, span in enumerate(to_and_fro, 8):
            assert story.append([look("p-3", version)._replace(recorded_at=RECORDED + span)]) == [True]
        assert event_log.append([look("p-4", 8, 300)]) == [True]
        code, said = typed("verify")
        assert (code, "cannot be true" in said) == (0, False)
        assert "3 events tell a story with a clock of its own, as the demo's do: their times are not judged" in said
        found = row(typed("verify", "--json"))
        assert (found["ok"], found["story"], found["untimely"]["events"]) == (True, 3, [])
        assert event_log.append([look("p-5", 8)._replace(recorded_at=RECORDED + timedelta(days=2))]) == [True]
        assert event_log.append([look("p-6", 8, 310)]) == [True]
        found = row(typed("verify", "--json"))
        assert [event["position"] for event in found["untimely"]["events"]] == [there + 5]
    datastore.close()


def test_whether_one_petition_has_any_is_told_without_reading_the_log(log_dsn: str) -> None:
    datastore = Datastore(log_dsn)
    event_log = EventLog(datastore, MASTER)
    with changed(log_dsn):
        assert event_log.append([look("p-3", 8)._replace(recorded_at=RECORDED + timedelta(days=2))]) == [True]
        assert event_log.append([look("p-4", 8, 300)]) == [True]
        assert event_log.append([look("p-5", 8)._replace(recorded_at=RECORDED - timedelta(days=2))]) == [True]
        assert event_log.append([look("p-6", 8, 310)]) == [True]
        told = {f"p-{number}": ahead_in(event_log, f"p-{number}") for number in range(PETITIONS)}
        assert {stream: versions for stream, versions in told.items() if versions} == {"p-3": {9}}
    datastore.close()


def test_what_was_recorded_late_is_said_and_is_no_finding(typed: Typed, log_dsn: str) -> None:
    """By less than clocks may differ by; more is a finding (`test_falling_times.py`)."""
    datastore = Datastore(log_dsn)
    with changed(log_dsn):
        event_log = EventLog(datastore, MASTER)
        assert all(event_log.append([look("p-3", 8, 200 - 240)]))
        assert all(event_log.append([look(f"p-{number}", 8, 201) for number in range(4, 9)]))
        code, said = typed("verify")
        assert code == 0
        assert "1 events were recorded up to 3 min 59 s behind" in said
    datastore.close()
