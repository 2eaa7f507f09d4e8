"""Clocks by the rulebook: set, recomputed, moved. Days are counted by `rulebook.clocks.deadline`."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from aggregates.event import Clock, ClockName, Moment, Moved, Pause, Posting
from aggregates.petition.decisions.refusal import Refused
from aggregates.petition.state import Petition, RunningClock
from rulebook import clocks as rb
from rulebook.calendar import CalendarError
from rulebook.clocks import Deadline, deadline, moment_at
from rulebook.model import Rulebook
from rulebook.promises import ClockRule

WHY = {"resident": rb.PAUSED, "parked": "paused: parked until it can be done"}
"""The explanation of a day on which a clock was paused."""

KEPT = 64
_LATEST: dict[tuple[str, ClockRule, datetime, str, tuple[Posting, ...]], Clock] = {}


def explained(clock: Clock, rules: Rulebook) -> Deadline:
    """A clock's deadline, day by day: what is shown, and what `promised` and `counted_again` enforce.

    Raises:
        Refused: `no-calendar`, if the calendars do not cover its days.
    """
    try:
        return deadline(
            clock, clock.started_at, rules, _postings(clock), pauses=_pauses(clock), extra_days=clock.extra_days
        )
    except (CalendarError, OverflowError) as error:
        raise Refused("no-calendar", str(error)) from error


def promised(
    rule: ClockRule,
    start: datetime,
    rules: Rulebook,
    name: ClockName = "tier",
    *,
    like: Clock | None = None,
    postings: tuple[Posting, ...] = (),
) -> Clock:
    """A new clock by a rule, from `start`. `like`: a clock whose pauses, extension and rosters it takes over.

    The last clocks are cached: the petitions of one file, received at one instant, share one computation.

    Raises:
        Refused: see `explained`.
    """
    same = (rules.hash, rule, start, name, postings)
    if like is None and (counted := _LATEST.get(same)) is not None:
        return counted
    carried = {"pauses": like.pauses, "postings": like.postings, "extra_days": like.extra_days} if like else {}
    clock = counted_again(
        Clock(
            name=name,
            rule=rule.rule,
            kind=rule.kind,
            days=rule.days,
            counting=rule.counting,
            pausable=rule.pausable,
            started_at=start,
            due_at=start,
            reminders=(),
            provisional=False,
            calendar="",
            **{"postings": postings, **carried},
        ),
        rules,
    )
    if like is None:
        if len(_LATEST) >= KEPT:
            _LATEST.clear()
        _LATEST[same] = clock
    return clock


def counted_again(clock: Clock, rules: Rulebook, **changes: Any) -> Clock:
    """The clock with these changes, recomputed from its start.

    Raises:
        Refused: see `explained`.
    """
    changed = Clock(**{**dict(clock), **changes})
    ends = explained(changed, rules)
    counted = {"due_at": ends.due_at, "provisional": ends.provisional, "calendar": ends.calendar}
    # A one-day clock other than the tier's gets no warnings: the tier's reminders come on the same day.
    parts = rules.reminders.at if clock.name == "tier" or (changed.days or 0) > 1 else ()
    reminders = tuple(
        moment_at(part, ends.started_at, ends.due_at, rules, _postings(changed), pauses=_pauses(changed))
        for part in parts
    )
    return Clock(**{**dict(changed), **counted, "reminders": reminders})


def _pauses(clock: Clock) -> list[rb.Pause]:
    return [rb.Pause(each.since, each.until, WHY[each.why]) for each in clock.pauses]


def _postings(clock: Clock) -> list[rb.Posting]:
    return [(each.since, each.roster) for each in clock.postings]


def moved(before: Clock, after: Clock) -> tuple[Moved, ...]:
    """The `Moved` of a clock that changed; empty if it did not."""
    return () if after == before else (Moved(clock=after, was_due_at=before.due_at),)


def clocks_beside(
    category: str | None, channel: str, start: datetime, rules: Rulebook, had: Iterable[Clock] = ()
) -> tuple[Clock, ...]:
    """The clocks besides the tier's, from `start`; those in `had` keep their pauses, extensions and rosters.

    Raises:
        Refused: see `explained`.
    """
    before = {clock.name: clock for clock in had}
    return tuple(
        promised(beside, start, rules, beside.name, like=before.get(beside.name))
        for beside in rules.clocks
        if channel not in beside.except_channels and (not beside.categories or category in beside.categories)
    )


def posted(state: Petition, unit: str, at: datetime, rules: Rulebook) -> tuple[Moved, ...]:
    """The tier's clock recomputed by the roster of the unit that gets the petition; empty if nothing changes.

    The other clocks are the office's own and keep its calendar.

    Raises:
        Refused: see `explained`.
    """
    running, roster = state.clocks.get("tier"), rules.unit(unit).calendar
    if running is None or state.with_leader:
        return ()
    had = running.clock.postings[-1].roster if running.clock.postings else "working"
    if roster == had:
        return ()
    postings = (*running.clock.postings, Posting(since=at, roster=roster))
    return moved(running.clock, counted_again(running.clock, rules, postings=postings))


def posting(unit: str, at: datetime, rules: Rulebook) -> tuple[Posting, ...]:
    """The roster that a new clock begins with; empty: the working calendar."""
    roster = rules.unit(unit).calendar
    return () if roster == "working" else (Posting(since=at, roster=roster),)


def that_can_wait(state: Petition) -> tuple[ClockName, ...]:
    """The running clocks that pause while the resident is waited for; not those missed already."""
    return tuple(
        each.clock.name
        for each in state.running
        if each.clock.pausable and not each.breached_at and not (each.clock.name == "tier" and state.with_leader)
    )


def run_on(state: Petition, at: datetime, why: Any, rules: Rulebook) -> tuple[Moved, ...]:
    """The paused clocks resumed, each with the time it had left. A pause ends at its limit at the latest.

    Raises:
        Refused: see `explained`.
    """
    until = min(at, state.waits_until or at)
    return tuple(
        Moved(clock=_after_a_wait(each, each.paused_at, until, why, rules), was_due_at=each.clock.due_at)
        for each in state.clocks.values()
        if each.paused_at
    )


def _after_a_wait(each: RunningClock, since: Moment, until: datetime, why: Any, rules: Rulebook) -> Clock:
    pauses = (*each.clock.pauses, Pause(since=since, until=max(since, until), why=why))
    return counted_again(each.clock, rules, pauses=pauses)


def window_end(start: datetime, days: int, rules: Rulebook) -> datetime:
    """Close of business of the last of so many calendar days after `start`, moved to a working day.

    Raises:
        Refused: see `explained`.
    """
    rule = ClockRule(rule="window", kind="days", days=days, source="-", verified=rules.effective_from)
    try:
        return deadline(rule, start, rules).due_at
    except (CalendarError, OverflowError) as error:
        raise Refused("no-calendar", str(error)) from error
