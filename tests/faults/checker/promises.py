"""Deadlines: none early, each once, each in time, and none forgotten."""

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from aggregates.petition import events as e
from aggregates.petition.agenda import Step, agenda
from aggregates.petition.decisions import explained
from aggregates.petition.state import Petition, evolve
from aggregates.record import Recorded
from rulebook.model import Rulebook
from tests.faults.evidence import Evidence, Outage

About = Iterator[tuple[str, str]]
WITHIN_SECONDS = 60.0
"""After a deadline, or after what kept it from being done was mended."""


class Done(NamedTuple):
    """A step of the engine on record: the state it met, and when it was due by that."""

    record: Recorded
    before: Petition
    step: Step | None
    due_at: datetime | None


def steps(evidence: Evidence) -> Iterator[Done]:
    """Every step the engine carried out on a petition, the first event of each command."""
    for stream, records in evidence.petitions.items():
        state, last = Petition(id=stream), ""
        for record in records:
            if record.command_id.startswith("engine:") and record.command_id != last:
                yield Done(record, state, *agenda(state))
            state, last = evolve(state, record.event), record.command_id


def early(evidence: Evidence) -> About:
    """No step before its time, by the agenda of the state it met and by what the event itself says of its clock."""
    for done in steps(evidence):
        record, event = done.record, done.record.event
        if done.due_at is not None and min(event.at, record.recorded_at) < done.due_at:
            yield record.stream, f"version {record.version}, {event.TOPIC} at {event.at}, due at {done.due_at}"
        match event:
            case e.PetitionEscalated(cause="deadline", missed_due_at=due) | e.ClockBreached(due_at=due):
                if due is not None and event.at < due:
                    yield record.stream, f"version {record.version}, {event.TOPIC} at {event.at}, its clock ends {due}"
            case _:
                pass


def deadline_wrong(evidence: Evidence) -> About:
    """Each clock ends when the rules say: counted again from all that happened to it."""
    for stream, records in evidence.petitions.items():
        state = Petition(id=stream)
        for record in records:
            state = evolve(state, record.event)
        for running in state.clocks.values():
            told = explained(running.clock, _book(evidence))
            if told.due_at != running.clock.due_at:
                yield stream, f"clock {running.clock.name} ends {running.clock.due_at}, counted again {told.due_at}"


def _book(evidence: Evidence) -> Rulebook:
    """The books of a run differ in reminders and pauses, not in calendars and hours: any of them counts days alike."""
    return evidence.rules


def deadline_twice(evidence: Evidence) -> About:
    """Each clock escalates once, is missed once and reminds once for each reminder it has.

    A petition whose kind is settled or corrected has another clock, of another unit, that may end at the same instant:
    its reminders are its own.
    """
    for stream, records in evidence.petitions.items():
        rung: Counter[tuple[str, ...]] = Counter()
        set_by = 0
        for record in records:
            set_by = record.version if getattr(record.event, "clock", None) and not _rings(record.event) else set_by
            match record.event:
                case e.PetitionEscalated(cause="deadline", from_tier=tier, missed_due_at=due):
                    rung["escalated", str(tier), str(due)] += 1
                case e.ClockBreached(clock=clock, due_at=due):
                    rung["breached", clock, str(due)] += 1
                case e.PetitionReminded(due_at=due, number=number, next_at=None):
                    rung["reminded", str(due), str(number), f"by the clock of version {set_by}"] += 1
                case e.ClockWarned(clock=clock, due_at=due, number=number):
                    rung["warned", clock, str(due), str(number), f"by the clock of version {set_by}"] += 1
                case _:
                    pass
        for what, times in rung.items():
            if times > 1:
                yield stream, f"{' '.join(what)}: {times} times"


def _rings(event: e.Event) -> bool:
    """Whether its `clock` names one that rang, and is not one that it sets."""
    return isinstance(event.clock, str)  # type: ignore[attr-defined]


def deadline_missed(evidence: Evidence) -> About:
    """Once all is quiet nothing is overdue: each promise was kept, escalated or recorded as missed."""
    now = evidence.timeline.town(evidence.settled_at - WITHIN_SECONDS / 12)
    for stream, records in evidence.petitions.items():
        state = Petition(id=stream)
        for record in records:
            state = evolve(state, record.event)
        step, due_at = agenda(state)
        if due_at is not None and due_at < now:
            yield stream, f"owes {step} since {due_at}; it was {now} when all was quiet"


def late(evidence: Evidence) -> About:
    """Each step within a minute of its time, or of the end of what was broken then."""
    for done in steps(evidence):
        if done.due_at is None:
            continue
        due = evidence.timeline.wall(done.due_at)
        written = evidence.timeline.wall(done.record.recorded_at)
        allowed = allowed_until(due, evidence.outages)
        if written > allowed:
            what = f"version {done.record.version}, {done.record.event.TOPIC}: {written - due:.0f} s after its time, "
            yield done.record.stream, what + f"{written - allowed + WITHIN_SECONDS:.0f} s after all was mended"


def allowed_until(due: float, outages: list[Outage]) -> float:
    """The end of the minute after a step's time, moved on by each outage that begins before it is over."""
    until = due + WITHIN_SECONDS
    for outage in outages:
        if outage.begins <= until and outage.ends >= due:
            until = max(until, outage.ends + WITHIN_SECONDS)
    return until


def takeover(evidence: Evidence) -> About:
    """A reader whose holder stands still for more than half a minute has another holder by then."""
    for entry in evidence.entries:
        if entry.said == "ended" and entry.detail.get("not_taken_over"):
            yield f"fault {entry.op}", f"nobody took over: {entry.detail['not_taken_over']}"


def recovery(evidence: Evidence) -> About:
    """A minute after a fault has ended, all that was due by then is done, and every reader has read it."""
    for entry in evidence.entries:
        if entry.said == "recovered" and (entry.detail["seconds"] > WITHIN_SECONDS or not entry.detail["whole"]):
            yield f"fault {entry.op}", f"not recovered within {WITHIN_SECONDS:.0f} s: {entry.detail}"
