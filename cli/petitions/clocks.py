"""The clocks of a petition for whoever asks: where each began, where it ends, how it stands, and day by day why."""

from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from cli.moments import iso
from projections.words import CLOCKS, CLOCKS_EN

if TYPE_CHECKING:
    from aggregates.event import Clock, Event, Moved
    from aggregates.petition.state import Petition, RunningClock
    from rulebook.clocks import Deadline
    from rulebook.model import Rulebook

STANDINGS = {
    "running": "计时中",
    "overdue": "逾期",
    "paused": "暂停",
    "stopped": "已停",
    "with_leader": "领导督办",
    "set_aside": "搁置",
}
"""How a clock stands: it counts, it counts and has ended, it stands still, it has done its work, the leader has the
petition instead, or the petition is merged or at its end."""


class Shown(NamedTuple):
    """A clock, how it stands, and how it was counted; None where no calendar reaches it any more."""

    running: "RunningClock"
    standing: str
    counted: "Deadline | None"
    used: int | None
    whole: int | None

    @property
    def clock(self) -> "Clock":
        """The promise itself."""
        return self.running.clock


def clocks_of(state: "Petition", book: "Rulebook", now: datetime) -> list[Shown]:
    """The clocks of a petition as they stand at `now`, the tier's first. `used` and `whole` are promised days."""
    return [_shown(each, state, book, now) for each in state.clocks.values()]


def _shown(each: "RunningClock", state: "Petition", book: "Rulebook", now: datetime) -> Shown:
    from aggregates.petition.decisions import Refused, explained

    standing = _standing(each, state, now)
    try:
        counted = explained(each.clock, book)
    except Refused:
        return Shown(each, standing, None, None, None)
    until = min(now, each.stopped_at or each.paused_at or now)
    used = sum(day.counted for day in counted.days if day.date < until.astimezone(book.zone).date())
    return Shown(each, standing, counted, used, sum(day.counted for day in counted.days))


def _standing(each: "RunningClock", state: "Petition", now: datetime) -> str:
    if each.stopped_at:
        return "stopped"
    if not state.open:
        return "set_aside"
    if each.clock.name == "tier" and state.with_leader:
        return "with_leader"
    if each.paused_at:
        return "paused"
    return "overdue" if each.clock.due_at < now else "running"


def clock_facts(shown: Shown, state: "Petition", book: "Rulebook", *, days: bool) -> dict[str, Any]:
    """A clock for programs; with `days`, one entry a day."""
    each, clock, zone = shown.running, shown.clock, book.zone
    asked = state.extension_asked if state.extension_asked and state.extension_asked.clock == clock.name else None
    facts = {
        "name": clock.name,
        "zh": CLOCKS[clock.name],
        "en": CLOCKS_EN[clock.name],
        "rule": clock.rule,
        "kind": clock.kind,
        "days": clock.days,
        "extra_days": clock.extra_days,
        "counting": clock.counting,
        "started_at": iso(clock.started_at, zone),
        "due_at": iso(clock.due_at, zone),
        "standing": shown.standing,
        "used_days": shown.used,
        "counted_days": shown.whole,
        "reminders": [iso(moment, zone) for moment in clock.reminders],
        "reminders_given": each.reminders_given,
        "paused_at": iso(each.paused_at, zone),
        "stopped_at": iso(each.stopped_at, zone),
        "breached_at": iso(each.breached_at, zone),
        "pauses": [
            {"since": iso(pause.since, zone), "until": iso(pause.until, zone), "why": pause.why}
            for pause in clock.pauses
        ],
        "extended": each.extended,
        "extension_asked": {"days": asked.days, "by": asked.by} if asked else None,
        "provisional": clock.provisional,
        "calendar": clock.calendar,
    }
    if days:
        facts["explained"] = _days(shown)
    return facts


def _days(shown: Shown) -> list[dict[str, Any]] | None:
    if shown.counted is None:
        return None
    return [{"date": day.date.isoformat(), "counted": day.counted, "why": day.why} for day in shown.counted.days]


def moves(event: "Event") -> "list[Moved]":
    """The clocks whose end an event moved, each with the end it had before."""
    moved: Moved | tuple[Moved, ...] | None = getattr(event, "moved", None)
    every = moved if isinstance(moved, tuple) else () if moved is None else (moved,)
    return [each for each in every if each.was_due_at != each.clock.due_at]
