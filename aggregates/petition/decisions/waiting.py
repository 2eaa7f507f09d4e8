"""Decisions about time: extensions, pauses, parking, recomputed clocks. Reminders: `reminding`."""

from datetime import datetime, time
from typing import Any

from aggregates.event import Clock, Event, Moved, Role
from aggregates.petition import commands as c
from aggregates.petition import events as e
from aggregates.petition.agenda import Step
from aggregates.petition.decisions.decision import Decision, Decisions
from aggregates.petition.decisions.promises import counted_again, moved, run_on, that_can_wait, window_end
from aggregates.petition.decisions.refusal import Refused, event_header, owed, shown
from aggregates.petition.decisions.whose_word import whose_word
from aggregates.petition.state import Petition, RunningClock
from rulebook.clocks import opening_after
from rulebook.model import Rulebook


def _not_over(state: Petition, running: RunningClock, at: datetime, what: str, rules: Rulebook) -> None:
    """Refuse a change of a clock that is over when it is recorded, whatever time it states. A paused clock is not over.

    Raises:
        Refused: `too-late`, if the deadline has passed, was missed, or the leader has it.
    """
    over = running.paused_at is None and at >= running.clock.due_at
    if over or running.breached_at or (running.clock.name == "tier" and state.with_leader):
        due = shown(running.clock.due_at, rules)
        raise Refused("too-late", f"{what}: the {running.clock.name} clock ended {due}; what is late cannot be moved")


def _entered_in_time(command: c.Command, rules: Rulebook) -> None:
    """Refuse what stops a clock and is dated back further than the rulebook allows, under a book with the part.

    Raises:
        Refused: `dated-back`.
    """
    part = rules.late_entries
    if part is not None and command.judged_at - command.at > rules.late_entry:
        raise Refused(
            "dated-back",
            f"at: {command.NAME} counts from when it is entered, or from at most {part.counts_within_minutes} minutes "
            f"before; found {shown(command.at, rules)}; enter it as of now",
        )


def ask_extension(state: Petition, command: c.RequestExtension, rules: Rulebook) -> tuple[Event, ...]:
    """Ask for more time: before the deadline, at most once for a clock, within what its rule allows.

    Raises:
        Refused: no such clock runs, one was asked for or approved, the clock is over, or the days do not fit the rule.
    """
    running = state.clocks.get(command.clock)
    if running is None or not running.owed:
        names = ", ".join(name for name, each in state.clocks.items() if each.owed)
        raise Refused("no-such-clock", f"clock: expected one that runs ({names}); found {command.clock!r}")
    if state.extension_asked:
        raise Refused("asked-already", "extend: an extension was asked for and is not decided yet; decide it first")
    if running.extended:
        raise Refused("extended-already", f"extend: the {command.clock} clock was extended once; that is all there is")
    _not_over(state, running, command.judged_at, "extend", rules)
    rule = rules.clock_rule(running.clock.rule)
    most = rule.extend_days if rule else None
    if most is None:
        raise Refused("not-extendable", f"extend: the rule {running.clock.rule} allows no extension; reply in time")
    if command.days > most:
        raise Refused(
            "too-long", f"days: expected at most {most} by the rule {running.clock.rule}; found {command.days}"
        )
    _moves(running, command.days, most, rules)
    return (
        e.ExtensionAsked(
            **event_header(command, rules, running.clock.rule),
            clock=command.clock,
            days=command.days,
            due_at=running.clock.due_at,
            resident=state.resident,
            reason=command.reason,
        ),
    )


def _moves(running: RunningClock, days: int, most: int, rules: Rulebook) -> None:
    """Refuse days that do not move the deadline, as a holiday gave them already: the one extension would be wasted.

    Raises:
        Refused: `moves-nothing`.
    """
    clock = running.clock

    def later(more: int) -> bool:
        return counted_again(clock, rules, extra_days=clock.extra_days + more).due_at > clock.due_at

    if later(days):
        return
    enough = next((more for more in range(days + 1, most + 1) if later(more)), None)
    what = f"ask for at least {enough}" if enough else f"the rule's {most} would not either; reply in time"
    raise Refused(
        "moves-nothing", f"days: {days} more do not move the deadline past the days off it moved over; {what}"
    )


def _somebody_else(command: c.Command, asked_by: str) -> None:
    """Refuse a decision by the person who made the request.

    Raises:
        Refused: `somebody-else`.
    """
    if command.by.id == asked_by:
        raise Refused("somebody-else", f"{command.NAME}: {asked_by} asked for it; somebody else has to decide")


def decide_extension(state: Petition, command: c.DecideExtension, rules: Rulebook) -> tuple[Event, ...]:
    """Approve the extension, before the deadline, or refuse it; by somebody else.

    Raises:
        Refused: none was asked for, by the same person, or the clock is over or does not run.
    """
    asked = state.extension_asked
    if asked is None:
        raise Refused("nothing-asked", "decide-extension: nobody asked for more time; use `extend` first")
    _somebody_else(command, asked.by)
    running = state.clocks.get(asked.clock)
    change: Moved | None = None
    if command.approved:
        if running is None or not running.owed:
            raise Refused(
                "no-such-clock", f"decide-extension: the {asked.clock} clock does not run any more; refuse it"
            )
        _not_over(state, running, command.judged_at, "decide-extension", rules)
        longer = counted_again(running.clock, rules, extra_days=running.clock.extra_days + asked.days)
        change = Moved(clock=longer, was_due_at=running.clock.due_at)
    return (
        e.ExtensionDecided(
            **event_header(command, rules, running.clock.rule if running else None),
            clock=asked.clock,
            approved=command.approved,
            days=asked.days,
            moved=change,
            resident=state.resident,
            reason=command.reason,
        ),
    )


def pause(state: Petition, command: c.Pause, rules: Rulebook) -> tuple[Event, ...]:
    """Ask the resident for what is missing; the pausable clocks pause, up to a limit.

    Raises:
        Refused: it paused too often, for too many days, the clock is over, or it is dated back too far.
    """
    _entered_in_time(command, rules)
    bound = rules.pauses
    if state.pauses >= bound.at_most:
        raise Refused(
            "paused-enough", f"pause: it waited for the resident {state.pauses} times; go on with what there is"
        )
    if command.days and command.days > bound.max_days:
        raise Refused("too-long", f"days: expected at most {bound.max_days} working days; found {command.days}")
    tier = state.clocks["tier"]
    if not state.with_leader:
        _not_over(state, tier, command.judged_at, "pause", rules)
    return (
        e.PetitionPaused(
            **event_header(command, rules, bound.rule),
            until=opening_after(command.at, command.days or bound.max_days, rules),
            clocks=that_can_wait(state),
            resident=state.resident,
            what=command.what,
        ),
    )


def resume(state: Petition, command: c.Resume, rules: Rulebook) -> tuple[Event, ...]:
    """The resident answered, or the limit was reached: the clocks run on with the time they had left.

    Raises:
        Refused: the engine resumes before the limit.
    """
    if by_engine(command):
        owed(state, command, Step.RESUME, rules)
    return (
        e.PetitionResumed(
            **event_header(command, rules, rules.pauses.rule),
            cause="ran_out" if by_engine(command) else "answered",
            known=whose_word(command),
            moved=run_on(state, command.at, "resident", rules),
            resident=state.resident,
            answer=command.answer,
        ),
    )


def by_engine(command: c.Command) -> bool:
    """Whether the engine is the actor; its step must be due."""
    return command.by.role is Role.ENGINE


def ask_parking(state: Petition, command: c.RequestParking, rules: Rulebook) -> tuple[Event, ...]:
    """Ask to park what cannot be done now, until a day of another look; somebody else must approve.

    Raises:
        Refused: it was asked for, the clock is over, or the day is not within the rulebook's limit.
    """
    if state.parking_asked:
        raise Refused("asked-already", "park: parking was asked for and is not decided yet; decide it first")
    if not state.with_leader:
        _not_over(state, state.clocks["tier"], command.judged_at, "park", rules)
    day = datetime.combine(command.look_again_on, time(), rules.zone)
    last = window_end(command.at, rules.parking.look_again_within_days, rules)
    if not command.at < day <= last:
        raise Refused(
            "look-again-date",
            f"look_again_on: expected a day ahead, by {shown(last, rules)[:10]}; found {command.look_again_on}",
        )
    return (
        e.ParkingAsked(
            **event_header(command, rules, rules.parking.rule),
            cause=command.cause,
            look_again_at=_opening_on(day, rules),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def _opening_on(day: datetime, rules: Rulebook) -> datetime:
    """The opening of that day, or of the first working day after it."""
    kind = rules.calendar.day(day.date())
    date = kind.date if kind.working else rules.calendar.next_working_day(kind.date)
    return datetime.combine(date, rules.office_hours.opens, rules.zone)


def decide_parking(state: Petition, command: c.DecideParking, rules: Rulebook) -> tuple[Event, ...]:
    """Approve or refuse parking, by somebody else; approved, the pausable clocks pause.

    Raises:
        Refused: none was asked for, by the same person, the clock is over, the day of the next look has passed, or it
            is dated back too far.
    """
    asked = state.parking_asked
    if asked is None:
        raise Refused("nothing-asked", "decide-parking: nobody asked to park it; use `park` first")
    _somebody_else(command, asked.by)
    if command.approved:
        _entered_in_time(command, rules)
    if command.approved and not state.with_leader:
        _not_over(state, state.clocks["tier"], command.judged_at, "decide-parking", rules)
    if command.approved and command.at >= asked.look_again_at:
        raise Refused("too-late", f"decide-parking: it was to be looked at again {shown(asked.look_again_at, rules)}")
    return (
        e.ParkingDecided(
            **event_header(command, rules, rules.parking.rule),
            approved=command.approved,
            cause=asked.cause,
            look_again_at=asked.look_again_at,
            clocks=that_can_wait(state) if command.approved else (),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def unpark(state: Petition, command: c.Unpark, rules: Rulebook) -> tuple[Event, ...]:
    """End parking; the clocks run on with the time they had left.

    Raises:
        Refused: the engine ends it before its day.
    """
    if by_engine(command):
        owed(state, command, Step.LOOK_AGAIN, rules)
    return (
        e.PetitionUnparked(
            **event_header(command, rules, rules.parking.rule),
            cause="date" if by_engine(command) else "early",
            moved=run_on(state, command.at, "parked", rules),
            resident=state.resident,
            reason=command.reason,
        ),
    )


def recompute(state: Petition, command: c.Recompute, rules: Rulebook) -> tuple[Event, ...]:
    """Recompute every running clock by the calendars in force.

    Unchanged clocks are left out. A clock keeps its promised budget, unless the rule in force says that running cases
    follow it.

    Raises:
        Refused: `unchanged`, if no clock changes.
    """
    changes: list[Moved] = []
    for each in state.clocks.values():
        if each.owed and not each.breached_at and not (each.clock.name == "tier" and state.with_leader):
            again = counted_again(each.clock, rules, **_budget_in_force(each.clock, rules))
            # A calendar that only adds other years moves nothing: the clock keeps the one it was counted by.
            same = again.model_copy(update={"calendar": each.clock.calendar}) == each.clock
            changes += () if same else moved(each.clock, again)
    if not changes:
        raise Refused("unchanged", "recompute: no clock of this petition changes under the rulebook in force")
    return (e.ClocksRecomputed(**event_header(command, rules), cause=command.cause, moved=tuple(changes)),)


def _budget_in_force(clock: Clock, rules: Rulebook) -> dict[str, Any]:
    rule = rules.clock_rule(clock.rule)
    if rule is None or rule.keep_old_rule:
        return {}
    return {"kind": rule.kind, "days": rule.days, "counting": rule.counting}


DECISIONS: Decisions = {
    c.RequestExtension: Decision(ask_extension, e.ExtensionAsked),
    c.DecideExtension: Decision(decide_extension, e.ExtensionDecided, lambda state: state.extension_asked is None),
    c.Pause: Decision(pause, e.PetitionPaused),
    c.Resume: Decision(resume, e.PetitionResumed),
    c.RequestParking: Decision(ask_parking, e.ParkingAsked),
    c.DecideParking: Decision(decide_parking, e.ParkingDecided, lambda state: state.parking_asked is None),
    c.Unpark: Decision(unpark, e.PetitionUnparked),
    c.Recompute: Decision(recompute, e.ClocksRecomputed),
}
