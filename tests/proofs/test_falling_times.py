"""Times never fall along positions by more than five minutes: the notary signs none, no witness takes one."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from hypothesis import given
from hypothesis import strategies as some

from eventstore.log import EventLog
from eventstore.proofs import archive
from eventstore.proofs.checkpoint import Continuation, read_checkpoint, read_continuation
from eventstore.proofs.notes import COSIGNATURE, KeySigner, read_note
from eventstore.recorder import Datastore
from evidence.checkpoint_file import append
from evidence.falling_times import FALLS, Sight, falls
from evidence.notary import ClockGoesBack, Notary, continuation
from evidence.witness import WITHIN, Refused, Witnessed, witness
from tests.proofs.conftest import MASTER, RECORDED, SIGNER, Typed, changed, grow, look, row, unguard

LOG = SIGNER.verifier
COURT = KeySigner("court.example", b"\x05" * 32, COSIGNATURE)
HOUR = timedelta(hours=1)


@pytest.fixture
def event_log(log_dsn: str) -> Iterator[EventLog]:
    """The log of 200 events, signed until some seconds after 2025-09-24T01:03Z; put back afterwards."""
    with changed(log_dsn):
        datastore = Datastore(log_dsn)
        yield EventLog(datastore, MASTER)
        datastore.close()


def notary(event_log: EventLog, now: datetime, file: Path | None = None) -> Notary:
    return Notary(event_log, SIGNER, lambda _=None: now, file)


def signs(event_log: EventLog, now: datetime, file: Path | None = None) -> datetime:
    """The time of the checkpoint that is signed of one event more."""
    grow(event_log, event_log.head() + 1)
    return read_checkpoint(notary(event_log, now, file).checkpoint()[0], LOG).at


# The notary.


def test_the_notary_signs_no_time_before_the_last_ones(event_log: EventLog) -> None:
    last = RECORDED.replace(microsecond=0) + timedelta(seconds=200)
    with pytest.raises(ClockGoesBack, match=r"the clock 2025-09-24T00:.*: nothing is signed with an earlier time"):
        signs(event_log, last - HOUR)
    assert signs(event_log, last - timedelta(minutes=4)) == last, (
        "as far as clocks differ, the last time is signed again"
    )
    assert signs(event_log, last + HOUR) == last + HOUR


def test_a_checkpoint_taken_from_the_store_still_binds_the_notary_by_its_file(
    event_log: EventLog, log_dsn: str, tmp_path: Path
) -> None:
    """Given: who can change rows takes the last checkpoint away, to have its tree signed with an earlier time."""
    file = tmp_path / "checkpoints.txt"
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        unguard(connection)
        newest = next(archive.stored(connection, order="DESC", limit=1))
        append(file, read_note(newest.note))
        connection.execute("DELETE FROM suqiu.checkpoints WHERE size > 50")
    before = RECORDED + timedelta(seconds=60) - HOUR
    with pytest.raises(ClockGoesBack):
        notary(event_log, before, file).checkpoint()


def test_a_checkpoint_once_signed_ahead_does_not_stop_the_notary_for_ever(
    event_log: EventLog, typed: Typed, log_dsn: str
) -> None:
    """An earlier version signed two days ahead; a leader notes that, and signing goes on."""
    grow(event_log, 201)
    ahead = datetime.now(UTC) + timedelta(days=2)
    with psycopg.connect(log_dsn) as connection:
        newest = read_checkpoint(next(archive.stored(connection, order="DESC", limit=1)).note)
    made = read_checkpoint(notary(event_log, RECORDED + HOUR).checkpoint()[0])._replace(at=ahead.replace(microsecond=0))
    with psycopg.connect(log_dsn, autocommit=True) as connection:
        unguard(connection)
        connection.execute("DELETE FROM suqiu.checkpoints WHERE size > %s", (newest.size,))
        archive.keep(connection, made, made.signed(SIGNER))
    grow(event_log, 202)
    with pytest.raises(ClockGoesBack, match="suqiu audit note-times"):
        notary(event_log, datetime.now(UTC)).checkpoint()
    answer = row(typed("note-times", "--by", "leader-1", "--reason", "clock_set_wrong", "--json"))
    assert answer == {"events": 0, "streams": 0, "behind": 0, "checkpoints": 1}
    assert notary(event_log, datetime.now(UTC)).checkpoint()[1]
    code, said = typed("verify")
    assert (code, "times fall at 0 events and 1 checkpoints; an act on record names each" in said) == (0, True)
    assert typed("note-times", "--by", "leader-1", "--reason", "unknown")[0] == 1, "noted once"


# The witness.


def sees(note: Continuation, state: Path, now: datetime, within: timedelta = WITHIN) -> Witnessed:
    return witness(LOG, state, lambda _: note, int(now.timestamp()), within=within)


def again(note: Continuation, at: datetime) -> Continuation:
    """The same tree, signed by the log's own key with another time."""
    made = read_checkpoint(note.note)._replace(at=at.replace(microsecond=0))
    return note._replace(note=made.signed(SIGNER))


def test_the_witness_refuses_a_time_that_goes_back(log_dsn: str, tmp_path: Path) -> None:
    state, now = tmp_path / "w.json", RECORDED + HOUR
    whole = read_continuation(str(continuation(log_dsn, 0, 200)))
    first = sees(whole, state, now)
    kept = state.read_bytes()
    for earlier in (timedelta(seconds=1), HOUR, timedelta(days=3)):
        with pytest.raises(Refused, match="dated back: this checkpoint says"):
            sees(again(whole, first.checkpoint.at - earlier), state, now)
    assert state.read_bytes() == kept
    assert sees(again(whole, first.checkpoint.at + timedelta(minutes=9)), state, now).checkpoint.size == 200


def test_the_witness_refuses_a_time_far_from_its_own(log_dsn: str, tmp_path: Path) -> None:
    whole = read_continuation(str(continuation(log_dsn, 0, 200)))
    at = read_checkpoint(whole.note).at
    for name, now, said in (
        ("ahead", at - timedelta(minutes=6), "dated ahead"),
        ("three days back", at + timedelta(days=3), "too old: .* more than 24 hours ago"),
    ):
        state = tmp_path / f"{name}.json"
        with pytest.raises(Refused, match=said):
            sees(whole, state, now)
        assert not state.exists()
    assert sees(whole, tmp_path / "a.json", at - timedelta(minutes=4)).before is None
    assert sees(whole, tmp_path / "b.json", at + timedelta(days=3), timedelta(days=4)).before is None
    assert sees(whole, tmp_path / "b.json", at + timedelta(days=30)).before is not None, "seen before: a quiet log"


def test_a_witness_that_once_saw_a_time_far_ahead_is_not_stuck_with_it(log_dsn: str, tmp_path: Path) -> None:
    state = tmp_path / "w.json"
    whole = read_continuation(str(continuation(log_dsn, 0, 200)))
    at = read_checkpoint(whole.note).at
    sees(again(whole, at + timedelta(days=60)), state, at + timedelta(days=60))
    assert sees(whole, state, at + timedelta(minutes=1)).checkpoint.at == at


def test_the_command_says_how_old_it_is(typed: Typed, tmp_path: Path) -> None:
    (tmp_path / "sent.txt").write_text(typed("consistency", "--from", "0")[1], "utf-8")
    words = (
        "witness",
        "--log",
        str(LOG),
        "--state",
        str(tmp_path / "w.json"),
        "--checkpoint",
        str(tmp_path / "sent.txt"),
    )
    code, said = typed(*words)
    assert (code, "too old" in said, "--within" in said) == (1, True, True)
    code, said = typed(*words, "--within", "999999")
    assert (code, "the checkpoint is " in said, "old by the clock here" in said) == (0, True, True)
    assert typed(*words, "--within", "0")[0] == 2


# The audit.


def test_an_event_dated_back_is_a_finding_until_an_act_names_it(event_log: EventLog, typed: Typed) -> None:
    """Recorded three days before what stands before it, in a petition: no clock that is right does that."""
    assert event_log.append([look("p-3", 8)._replace(recorded_at=RECORDED - timedelta(days=3))]) == [True]
    assert all(event_log.append([look(f"p-{number}", 8, 201) for number in range(4, 9)]))
    code, said = typed("verify")
    assert (code, "200 events" in said, "206 events of 25 streams are whole" in said) == (1, False, True)
    assert "times fall along the log by more than five minutes: dated back, or a clock was wrong" in said
    assert "p-3, position 201: #9 petition.sealed_fields_read" in said
    found = row(typed("verify", "--json"))
    assert (found["ok"], found["wrong"], found["untimely"]["behind"]) == (False, None, 1)
    answer = row(typed("note-times", "--by", "leader-1", "--reason", "unknown", "--json"))
    assert answer == {"events": 0, "streams": 0, "behind": 1, "checkpoints": 0}
    code, said = typed("verify")
    assert (code, "times fall at 1 events and 0 checkpoints; an act on record names each" in said) == (0, True)


def test_an_event_before_a_checkpoint_that_does_not_hold_it_is_one(event_log: EventLog, typed: Typed) -> None:
    """Nothing stands between: only the checkpoint, signed an hour after the last event, says that it was not there."""
    grow(event_log, 201)
    notary(event_log, RECORDED + 2 * HOUR).checkpoint()
    assert event_log.append([look("p-3", 8)._replace(recorded_at=RECORDED + HOUR)]) == [True]
    code, said = typed("verify")
    assert (code, "position 202: #9" in said, "1 h 0 min before what stands before it" in said) == (1, True, True)


def test_a_tree_signed_again_earlier_is_found_by_the_file_and_by_a_witness(
    typed: Typed, tmp_path: Path, log_dsn: str
) -> None:
    with psycopg.connect(log_dsn) as connection:
        newest = next(archive.stored(connection, order="DESC", limit=1))
    honest = read_note(newest.note)
    later = read_checkpoint(honest)._replace(at=RECORDED.replace(microsecond=0) + 2 * HOUR).signed(SIGNER)
    (tmp_path / "seen.txt").write_text(str(later), "utf-8")
    code, said = typed("verify", "--checkpoint", str(tmp_path / "seen.txt"))
    assert (code, "200 events (seen.txt, 2025-09-24T03:00:00Z), of which it has all events" in said) == (1, True)
    (tmp_path / "keys" / "witnesses.txt").write_text(f"{COURT.verifier}\n", "utf-8")
    seconds = int((RECORDED - HOUR).timestamp())
    (tmp_path / "seen.txt").write_text(str(honest.cosigned(COURT, seconds)), "utf-8")
    code, said = typed("verify", "--checkpoint", str(tmp_path / "seen.txt"))
    assert (code, "the cosignature over the checkpoint of 200 events (court.example" in said) == (1, True)
    found = row(typed("verify", "--checkpoint", str(tmp_path / "seen.txt"), "--json"))
    assert (found["ok"], [each["noted"] for each in found["falls"]]) == (False, [False])


SPANS = some.timedeltas(timedelta(), timedelta(days=2))


@given(some.lists(SPANS, max_size=30), some.data())
def test_an_honest_row_of_checkpoints_never_falls_and_one_dated_back_always_does(
    spans: list[timedelta], data: some.DataObject
) -> None:
    at, sights = RECORDED, []
    for size, span in enumerate(spans, 1):
        at += span
        sights.append(Sight(size, at, "the store"))
        sights.append(Sight(size, at + data.draw(SPANS), "a witness", closed=False))
    assert falls(data.draw(some.permutations(sights)), set()) == []
    if sights:
        back = data.draw(some.sampled_from([each for each in sights if each.closed]))
        wrong = Sight(len(spans) + 1, back.at - FALLS - timedelta(seconds=1), "the store")
        found = falls([*sights, wrong], set())
        assert {each.later for each in found} == {wrong}
