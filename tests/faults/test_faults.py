"""A minute of faults in which nothing is found; and the checker tried on it with seeded bugs, each found by its rule.

Here they are seeded into what the minute left: a row, a line of the journal, a place of a reader. Those seeded into
running processes are in `test_live_bugs.py`.
"""

import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from aggregates.messages.events import MessageDelivered, MessageWritten
from aggregates.petition import events as e
from aggregates.petition.state import fold
from aggregates.record import Recorded
from tests.faults.checker import check, told
from tests.faults.checker.promises import allowed_until, steps
from tests.faults.clock import Jump, Timeline
from tests.faults.conftest import MINUTE, SEED, Lived
from tests.faults.evidence import Evidence, Outage
from tests.faults.figures import figures
from tests.faults.gathering import by_the_wall
from tests.faults.journal import Entry
from tests.faults.load import plan
from tests.faults.nemesis import KINDS, draw

pytestmark = [pytest.mark.engine, pytest.mark.timeout(600)]


def test_a_minute_of_faults(lived: Lived) -> None:
    """What comes most: parts and servers killed and stopped, links that lose or end."""
    findings = check(lived.evidence)
    assert not findings, told(lived.evidence, findings)
    found = figures(lived.evidence)
    assert found["petitions"] == MINUTE.petitions
    assert found["steps"] > MINUTE.petitions, "each is classified, and deadlines come while something is broken"
    assert found["rung"] > 0


Seeded = Callable[[Evidence], Evidence]


def rules_of(evidence: Evidence) -> set[str]:
    return {finding.rule for finding in check(evidence)}


def first(evidence: Evidence, holds: Callable[[Recorded], bool]) -> Recorded:
    return next(record for record in evidence.records if holds(record))


def without(evidence: Evidence, *gone: Recorded) -> Evidence:
    return replace(evidence, records=[record for record in evidence.records if record not in gone])


def changed(evidence: Evidence, old: Recorded, new: Recorded) -> Evidence:
    return replace(evidence, records=[new if record is old else record for record in evidence.records])


def appended(evidence: Evidence, record: Recorded, **values: Any) -> Evidence:
    """The same event once more, at the end of its stream and of the log."""
    last = evidence.streams[record.stream][-1]
    again = record._replace(position=evidence.head + 1, version=last.version + 1, **values)
    return replace(evidence, records=[*evidence.records, again], head=evidence.head + 1)


def answered(evidence: Evidence, holds: Callable[[Entry, Entry], bool], **values: Any) -> Evidence:
    """The first answer for which it holds (the call, the answer) says something else."""
    calls = {entry.op: entry for entry in evidence.entries if entry.said == "invoked"}
    for number, entry in enumerate(evidence.entries):
        if entry.said in ("ok", "failed") and entry.op in calls and holds(calls[entry.op], entry):
            other = entry.model_copy(update={"detail": {**entry.detail, **values.pop("detail", {})}, **values})
            return replace(evidence, entries=[*evidence.entries[:number], other, *evidence.entries[number + 1 :]])
    raise AssertionError("no such answer")


def a_receipt_lost(evidence: Evidence) -> Evidence:
    gone = first(evidence, lambda record: isinstance(record.event, e.PetitionReceived)).stream
    return without(evidence, *evidence.streams[gone])


def an_act_lost(evidence: Evidence) -> Evidence:
    return without(evidence, first(evidence, lambda record: record.command_id.startswith("act-")))


def a_double_append(evidence: Evidence) -> Evidence:
    return appended(evidence, first(evidence, lambda record: record.command_id.startswith("act-")))


def a_repeat_taken_as_new(evidence: Evidence) -> Evidence:
    return answered(
        evidence,
        lambda call, answer: (
            "of" in call.detail and call.detail["kind"] == "act" and bool(answer.detail.get("repeated"))
        ),
        detail={"repeated": False},
    )


def a_second_receipt(evidence: Evidence) -> Evidence:
    def again(call: Entry, _answer: Entry) -> bool:
        return call.detail["kind"] == "submit" and "of" in call.detail

    rows = next(
        entry.detail["rows"]
        for entry in evidence.entries
        if entry.said == "ok" and entry.op in {c.op for c in evidence.entries if c.said == "invoked" and again(c, c)}
    )
    return answered(evidence, again, detail={"rows": [{**rows[0], "petition": "p-other"}, *rows[1:]]})


def a_refusal_on_record(evidence: Evidence) -> Evidence:
    def acted(call: Entry, answer: Entry) -> bool:
        sole = sum(1 for entry in evidence.entries if entry.detail.get("command_id") == call.detail.get("command_id"))
        return call.detail["kind"] == "act" and bool(answer.detail.get("topics")) and sole == 1

    return answered(evidence, acted, said="failed")


def an_act_nobody_asked_for(evidence: Evidence) -> Evidence:
    act = first(evidence, lambda record: record.command_id.startswith("act-"))
    return appended(evidence, act, command_id="act-of-nobody")


def a_gap(evidence: Evidence) -> Evidence:
    return replace(evidence, head=evidence.head + 1)


def an_adoption_not_brought(evidence: Evidence) -> Evidence:
    return without(evidence, first(evidence, lambda record: record.stream.startswith("office-adoption-")))


def an_erasure_not_noted(evidence: Evidence) -> Evidence:
    return without(evidence, *(r for r in evidence.records if r.event.TOPIC == "resident.erased"))


def a_clock_ahead(evidence: Evidence) -> Evidence:
    record = evidence.records[len(evidence.records) // 2]
    return changed(evidence, record, record._replace(recorded_at=record.recorded_at + timedelta(days=2)))


def a_clock_behind(evidence: Evidence) -> Evidence:
    record = evidence.records[-1]
    return changed(evidence, record, record._replace(recorded_at=record.recorded_at - timedelta(days=30)))


def an_early_timer(evidence: Evidence) -> Evidence:
    ringing = next(done for done in steps(evidence) if done.step in ("remind", "escalate", "breach") and done.due_at)
    assert ringing.due_at is not None
    record, early = ringing.record, ringing.due_at - timedelta(seconds=1)
    event = record.event.model_copy(update={"at": early})
    return changed(evidence, record, record._replace(recorded_at=early, event=event))


def a_deadline_twice(evidence: Evidence) -> Evidence:
    """Any deadline that rang, once more; a reminder only if the petition still has the clock that it is of."""

    def rang(record: Recorded) -> bool:
        match record.event:
            case e.PetitionEscalated(cause="deadline") | e.ClockBreached():
                return True
            case e.PetitionReminded(next_at=None):
                later = evidence.streams[record.stream][record.version :]
                return not any(getattr(each.event, "clock", None) is not None for each in later)
            case _:
                return False

    return appended(evidence, first(evidence, rang), command_id="engine:remind:99")


def an_unescalated_deadline(evidence: Evidence) -> Evidence:
    missed = first(evidence, lambda r: isinstance(r.event, e.PetitionEscalated | e.ClockBreached))
    return without(evidence, *(r for r in evidence.streams[missed.stream] if r.version >= missed.version))


def a_step_too_late(evidence: Evidence) -> Evidence:
    """The last one, by more than the outages and a minute."""
    done = list(steps(evidence))[-1]
    late = timedelta(seconds=evidence.settled_at - evidence.timeline.wall(done.record.recorded_at) + 3_600)
    return changed(evidence, done.record, done.record._replace(recorded_at=done.record.recorded_at + late))


def a_wrong_clock(evidence: Evidence) -> Evidence:
    """A decision that counts a day too few: the clock a petition keeps ends a day before it should."""
    for records in evidence.petitions.values():
        kept = fold(records[0].stream, [record.event for record in records]).clock
        for record in reversed(records):  # the one that set it last: what an earlier one says of it is overwritten
            if kept is not None and getattr(record.event, "clock", None) == kept:
                wrong = kept.model_copy(update={"due_at": kept.due_at - timedelta(days=1)})
                event = record.event.model_copy(update={"clock": wrong})
                return changed(evidence, record, record._replace(event=event))
    raise AssertionError("no clock stands as it was set")


def not_recovered(evidence: Evidence) -> Evidence:
    late = [
        entry.model_copy(update={"detail": {**entry.detail, "seconds": 75.0}}) if entry.said == "recovered" else entry
        for entry in evidence.entries
    ]
    return replace(evidence, entries=late)


def a_person_never_answered(evidence: Evidence) -> Evidence:
    def sole(call: Entry, _answer: Entry) -> bool:
        ids = [each.detail.get("command_id") for each in evidence.entries if each.said == "invoked"]
        return call.detail["kind"] == "act" and ids.count(call.detail["command_id"]) == 1

    return answered(evidence, sole, said="unknown")


def a_repeat_never_answered(evidence: Evidence) -> Evidence:
    """The first call was answered; the last one that asks the same again was not."""
    last = max(each.number for each in evidence.operations if each.of != each.number and each.outcome != "unknown")
    return answered(evidence, lambda call, _answer: call.op == last, said="unknown")


def settled(evidence: Evidence, **values: bool) -> Evidence:
    """The town came to rest so."""
    entries = [
        entry.model_copy(update={"detail": {**entry.detail, **values}}) if entry.said == "settled" else entry
        for entry in evidence.entries
    ]
    return replace(evidence, entries=entries)


def people_still_asking(evidence: Evidence) -> Evidence:
    return settled(evidence, load=False)


def never_quiet(evidence: Evidence) -> Evidence:
    return settled(evidence, quiet=False)


def a_journal_that_breaks_off(evidence: Evidence) -> Evidence:
    return replace(evidence, entries=[entry for entry in evidence.entries if entry.said != "settled"])


def not_taken_over(evidence: Evidence) -> Evidence:
    stuck = [
        entry.model_copy(update={"detail": {"not_taken_over": ["relay"]}}) if entry.said == "ended" else entry
        for entry in evidence.entries
    ]
    return replace(evidence, entries=stuck)


def a_message_lost(evidence: Evidence) -> Evidence:
    return without(evidence, first(evidence, lambda record: isinstance(record.event, MessageWritten)))


def a_message_twice(evidence: Evidence) -> Evidence:
    return appended(evidence, first(evidence, lambda record: isinstance(record.event, MessageWritten)))


def a_message_about_nothing(evidence: Evidence) -> Evidence:
    written = first(evidence, lambda record: isinstance(record.event, MessageWritten))
    event = written.event.model_copy(update={"message": f"{written.stream}:999:nothing"})
    return appended(evidence, written, event=event)


def a_message_that_waits(evidence: Evidence) -> Evidence:
    return without(evidence, first(evidence, lambda record: isinstance(record.event, MessageDelivered)))


def a_gateway_never_asked(evidence: Evidence) -> Evidence:
    return replace(evidence, delivered=())


def a_place_too_far(evidence: Evidence) -> Evidence:
    return replace(evidence, places={**evidence.places, "messenger": evidence.head + 1})


def a_page_not_read(evidence: Evidence) -> Evidence:
    return replace(evidence, places={**evidence.places, "relay": evidence.head - 1})


SEEDED: dict[Seeded, str] = {
    a_receipt_lost: "acknowledged-lost",
    an_act_lost: "acknowledged-lost",
    a_double_append: "command-double",
    a_repeat_taken_as_new: "repeat-taken-as-new",
    a_second_receipt: "receipt-double",
    a_refusal_on_record: "refused-on-record",
    an_act_nobody_asked_for: "nobody-asked",
    a_gap: "log-gap",
    an_adoption_not_brought: "adopted-once",
    an_erasure_not_noted: "erased",
    a_clock_ahead: "recorded-ahead",
    a_clock_behind: "recorded-behind",
    an_early_timer: "early",
    a_deadline_twice: "deadline-twice",
    an_unescalated_deadline: "deadline-missed",
    a_step_too_late: "late",
    a_wrong_clock: "deadline-wrong",
    not_recovered: "recovery",
    a_person_never_answered: "unanswered",
    a_repeat_never_answered: "unanswered",
    people_still_asking: "not-settled",
    never_quiet: "not-settled",
    a_journal_that_breaks_off: "not-settled",
    not_taken_over: "takeover",
    a_message_lost: "message-lost",
    a_message_twice: "message-double",
    a_message_about_nothing: "message-unasked",
    a_message_that_waits: "message-undelivered",
    a_gateway_never_asked: "message-undelivered",
    a_place_too_far: "reader-behind",
    a_page_not_read: "reader-behind",
}


@pytest.mark.parametrize("seeded", SEEDED, ids=lambda seeded: seeded.__name__)
def test_a_bug_in_what_is_left_is_found_by_its_rule(lived: Lived, seeded: Seeded) -> None:
    rule = SEEDED[seeded]
    assert rule not in rules_of(lived.evidence)
    assert rule in rules_of(seeded(lived.evidence))


OTHER_TIER = """
UPDATE suqiu.events
SET state = convert_to(replace(convert_from(state, 'UTF8'), '"tier":"community"', '"tier":"beyond"'), 'UTF8')
WHERE position = (
    SELECT min(position) FROM suqiu.events
    WHERE topic = 'petition.triaged' AND convert_from(state, 'UTF8') LIKE '%"tier":"community"%'
)
"""

ALTERED: dict[str, tuple[tuple[str, ...], set[str]]] = {
    "a stale read model": (
        ("DELETE FROM view_ledger.petitions WHERE ctid = (SELECT min(ctid) FROM view_ledger.petitions)",),
        {"view-differs"},
    ),
    "a page of a reader skipped": (
        ("DELETE FROM view_timeline.entries WHERE position BETWEEN 20 AND 40",),
        {"view-differs"},
    ),
    "a row altered": (("UPDATE suqiu.events SET command_id = 'x' WHERE position = 12",), {"log-whole"}),
    "a row removed": (
        ("DELETE FROM suqiu.events WHERE position = (SELECT position FROM suqiu.head)",),
        {"log-whole", "log-gap"},
    ),
    "a decision that is not the rules'": ((OTHER_TIER,), {"replay-differs", "log-whole"}),
    "a reader's place set back": (
        ("UPDATE suqiu.readers SET position = position - 5 WHERE name = 'messenger'",),
        {"reader-behind"},
    ),
}


@pytest.mark.parametrize("what", ALTERED)
def test_a_bug_in_a_copy_of_the_store_is_found_by_its_rule(lived: Lived, what: str) -> None:
    statements, rules = ALTERED[what]
    found = rules_of(lived.altered(what.replace(" ", "_").replace("'", ""), *statements))
    assert rules <= found


def test_a_copy_of_the_store_as_it_is_shows_nothing(lived: Lived) -> None:
    assert not check(lived.altered("as_it_is"))


def test_a_failure_tells_seed_faults_and_the_petitions_events(lived: Lived) -> None:
    broken = a_double_append(lived.evidence)
    text = told(broken, check(broken))
    assert f"'seed': {SEED}" in text
    assert "fault 1" in text
    assert "petition.received by" in text
    assert "command-double" in text


def test_the_same_seed_is_the_same_load_and_the_same_faults() -> None:
    assert plan(3, 50) == plan(3, 50) != plan(4, 50)
    assert draw(3, 50) == draw(3, 50) != draw(4, 50)
    assert {fault.seconds <= 40 for fault in draw(3, 200)} == {True}, "each fault ends"
    rows = [row["external_id"] for planned in plan(3, 50) for row in planned.rows]
    assert len(set(rows)) == 50


@pytest.mark.parametrize("seed", range(40))
def test_each_kind_of_fault_comes_where_there_are_faults_enough(seed: int) -> None:
    assert {fault.kind for fault in draw(seed, len(KINDS))} == set(KINDS)
    assert {fault.kind for fault in draw(seed, 4, MINUTE.kinds)} == set(MINUTE.kinds)
    assert [fault.number for fault in draw(seed, 30)] == list(range(1, 31))
    assert len(draw(seed, 3)) == 3


def test_a_book_adopted_as_the_clock_jumped_may_not_have_been_heard_of_for_a_moment_of_the_walls() -> None:
    days = 3 * 86_400.0
    timeline = Timeline([Jump(0.0, 0.0, 0.0), Jump(100.0, days, 101.0)])
    adopted = timeline.town(99.8)

    def may(_: datetime, noted: datetime) -> frozenset[str]:
        return frozenset({"new" if noted >= adopted else "old"})

    allowed = by_the_wall(may, timeline)
    for wall, books in ((99.0, {"old"}), (100.5, {"old", "new"}), (109.0, {"old", "new"}), (120.0, {"new"})):
        town = timeline.town(wall)
        assert allowed(town, town) == books, wall


def test_a_time_that_was_jumped_over_counts_from_when_everybody_had_heard_of_it() -> None:
    line = Timeline([Jump(0.0, 1_000.0, 0.0), Jump(100.0, 50_000.0, 103.0)])
    assert line.wall(line.town(90.0)) == 90.0
    assert line.wall(line.town(110.0)) == 110.0
    assert line.wall(line.town(90.0) + timedelta(seconds=5_000)) == 103.0
    rng = random.Random(1)
    walls: Sequence[float] = sorted(rng.uniform(0, 200) for _ in range(50))
    assert [line.town(wall) for wall in walls] == sorted(line.town(wall) for wall in walls)


def test_a_minute_is_counted_from_the_end_of_every_outage_that_reaches_it() -> None:
    outages = [Outage(100, 110, 1), Outage(160, 200, 2), Outage(400, 410, 3)]
    assert allowed_until(20, outages) == 80
    assert allowed_until(90, outages) == 260
    assert allowed_until(500, outages) == 560
